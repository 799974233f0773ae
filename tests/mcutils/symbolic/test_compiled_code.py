"""Compiled derivatives: right at any sizes, no large identities, each sub-expression once, little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from symbolic_oracle import close, draw, slope

from mcutils import duplication_matrix
from mcutils._symbolic import differentiate, parse

LOGISTIC = {"X": "m n", "w": "n", "y": "m"}
FACTORS = {"U": "m k", "V": "n k", "R": "m n", "W": "m n"}


def test_a_compiled_function_takes_any_sizes_by_name_or_position():
    """One compiled function serves several sizes."""
    f = differentiate("sum(log(1 + exp(X @ w))) - y @ X @ w", "w", LOGISTIC, order=2).compile()
    for sizes in ({"m": 5, "n": 3}, {"m": 8, "n": 4}):
        arrays = draw(LOGISTIC, sizes)
        gradient = "X.T @ (exp(X @ w)/(1 + exp(X @ w)) - y)"
        assert close(f(**arrays), slope(gradient, "w", arrays, sizes))
        assert close(f(*arrays.values()), f(**arrays))


def test_a_common_sub_expression_is_computed_once():
    """exp of one argument is written once, however often it occurs."""
    source = differentiate("sum(log(1 + exp(X @ w)))", "w", LOGISTIC, order=2).to_numpy()
    assert source.count("np.exp(") == 1
    assert source.count("X @ w") == 1


def test_a_diagonal_is_never_a_matrix():
    """Neither the Hessian of logistic regression nor that of matrix factorisation builds an identity or np.diag."""
    for text, wrt, sizes in (
        ("sum(log(1 + exp(X @ w)))", "w", LOGISTIC),
        ("norm2(U @ V.T - R)**2/2", "U", FACTORS),
        ("norm2(W*(U @ V.T - R))**2/2", "U", FACTORS),
    ):
        source = differentiate(text, wrt, sizes, order=2).to_numpy()
        assert "eye" not in source
        assert "diag" not in source


def test_masked_factorisation_has_the_right_hessian():
    """The Hessian by U of a masked factorisation is a block diagonal with the right blocks."""
    sizes = {"m": 5, "n": 4, "k": 3}
    arrays = draw(FACTORS, sizes)
    arrays["W"] = (arrays["W"] > 0) * 1.0
    gradient = "(W*W*(U @ V.T - R)) @ V"
    hessian = differentiate("norm2(W*(U @ V.T - R))**2/2", "U", FACTORS, order=2)
    assert close(hessian.evaluate(**arrays), slope(gradient, "U", arrays, sizes))


NETWORK = "x"
for layer in range(1, 11):
    NETWORK = f"relu(W{layer} @ {NETWORK})"
LAYERS = {**{f"W{layer}": "n n" for layer in range(1, 11)}, "x": "n", "y": "n"}


@pytest.mark.parametrize(
    ("text", "wrt", "declared", "sizes", "intermediate"),
    [
        ("sum(log(1 + exp(X @ w))) - y @ X @ w", "w", LOGISTIC, {"m": 600, "n": 300}, ("m", "n")),
        ("norm2(U @ V.T - R)**2/2", "U", FACTORS, {"m": 60, "n": 50, "k": 5}, ("m", "n")),
        ("norm2(W*(U @ V.T - R))**2/2", "U", FACTORS, {"m": 60, "n": 50, "k": 5}, ("m", "n")),
        (f"norm2({NETWORK} - y)**2/2", "W1", LAYERS, {"n": 30}, ("n", "n", "n")),
    ],
    ids=["logistic", "factorisation", "masked", "network"],
)
def test_peak_memory_is_output_operands_and_two_intermediates(text, wrt, declared, sizes, intermediate):
    """A compiled Hessian holds at most its output, its operands and two intermediates of the contraction path."""
    arrays = {name: np.asarray(value) for name, value in draw(declared, sizes).items()}
    run = differentiate(text, wrt, declared, order=2).compile()
    output = run(**arrays).nbytes
    tracemalloc.start()
    run(**arrays)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    operands = sum(value.nbytes for value in arrays.values())
    assert peak <= output + operands + 2 * 8 * np.prod([sizes[axis] for axis in intermediate])


def test_numpy_source_reads_as_numpy():
    """The source is plain NumPy with the symbols as arguments."""
    assert parse("A.T @ (A @ x - b)", {"A": "m n", "x": "n", "b": "m"}).to_numpy("grad") == (
        "def grad(A, x, b):\n    t0 = A @ x\n    t1 = t0 - b\n    t2 = A.T @ t1\n    return t2\n"
    )


def test_a_softmax_layer_needs_nothing_but_numpy():
    """The source of a layer with softmax and sigmoid runs with NumPy alone."""
    f = parse("softmax(X @ A, axis=1) @ sigmoid(A)", {"X": "m n", "A": "n n"})
    arrays = draw({"X": "m n", "A": "n n"}, {"m": 3, "n": 4})
    space = {"np": np}
    exec(f.to_numpy(), space)
    assert close(space["f"](**arrays), f.evaluate(**arrays))


def test_the_duplication_matrix():
    """duplication(n) @ vech(S) is vec(S), and its vec form is a matrix of 0 and 1."""
    sizes = {"A": "n n", "x": "n"}
    f = parse('duplication("n")', sizes)
    assert close(f.evaluate(**draw(sizes, {"n": 4})), duplication_matrix(4))
    with pytest.raises(ValueError, match="has no source in plain NumPy"):
        f.to_numpy()


def test_large_and_small_arguments_do_not_overflow():
    """sigmoid, softmax and relu are evaluated without overflow."""
    f = parse("sigmoid(x) + softmax(x) + relu(x)", {"x": "n"})
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.all(np.isfinite(f.evaluate(x=np.array([-800.0, 0.0, 800.0]))))
