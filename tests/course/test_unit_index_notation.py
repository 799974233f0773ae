"""Every formula that the unit on index notation prints, read by the engine and held against numbers."""

import numpy as np
import pytest

from mcutils import gradient, jacobian
from mcutils._symbolic import parse

rng = np.random.default_rng(3)
SIZE = {"m": 4, "n": 5, "p": 3, "k": 6, "d": 7, "N": 8, "r": 9, "q": 10}


def draw(sizes):
    return {name: rng.standard_normal([SIZE[axis] for axis in axes.split()]) for name, axes in sizes.items()}


def value(text, sizes, arrays, free=None, summation="levels"):
    return parse(text, sizes, notation="index", summation=summation, free=free).evaluate(**arrays)


READ = [
    ("W^i_j x^j", {"W": "m n", "x": "n"}, "i", lambda W, x: W @ x),
    ("A^i_j B^j_k", {"A": "m n", "B": "n p"}, "i k", lambda A, B: A @ B),
    ("M^i_i", {"M": "n n"}, "", lambda M: np.trace(M)),
    ("v^i x^i", {"v": "n", "x": "n"}, "i", lambda v, x: v * x),
    ("A^i_j v^j x^j", {"A": "m n", "v": "n", "x": "n"}, "i", lambda A, v, x: A @ (v * x)),
    ("A_i^j B_j^k", {"A": "m n", "B": "n p"}, "k i", lambda A, B: (A @ B).T),
    ("B_j^k A_i^j", {"A": "m n", "B": "n p"}, "k i", lambda A, B: B.T @ A.T),
    ("X_i^j Y^i_k", {"X": "m n", "Y": "m n"}, "j k", lambda X, Y: X.T @ Y),
    ("X^i_j Y_k^j", {"X": "m n", "Y": "m n"}, "i k", lambda X, Y: X @ Y.T),
    ("Y^i_j X_k^j u^k", {"X": "m n", "Y": "m n", "u": "m"}, "i", lambda X, Y, u: Y @ X.T @ u),
    ("M_i^j M^i_j", {"M": "m n"}, "", lambda M: np.linalg.norm(M) ** 2),
    ("B^j_k C^k_i A^i_j", {"A": "m n", "B": "n p", "C": "p m"}, "", lambda A, B, C: np.trace(A @ B @ C)),
    ("A^i_j C^j_k B^k_i", {"A": "n n", "B": "n n", "C": "n n"}, "", lambda A, B, C: np.trace(A @ C @ B)),
    ("X_i^j A^i_l x^l", {"X": "p q", "A": "p n", "x": "n"}, "j", lambda X, A, x: X.T @ A @ x),
    ("B_k^j A^i_j", {"A": "p n", "B": "r n"}, "i k", lambda A, B: A @ B.T),
]


@pytest.mark.parametrize(("text", "sizes", "free", "wanted"), READ, ids=[row[0] for row in READ])
def test_index_formulas_mean_what_the_unit_says(text, sizes, free, wanted):
    """A formula of the unit, read as the unit reads it, has the value of its translation."""
    arrays = draw(sizes)
    assert np.allclose(value(text, sizes, arrays, free), wanted(**arrays))


def half_square(E):
    return np.sum(E * E) / 2


DERIVATIVES = [
    ("u_a x^b", "a b", "W", {"W": "m n", "u": "m", "x": "n"}, lambda W, u, x: u @ W @ x),
    ("u_i W^i_a", "a", "x", {"x": "n", "u": "m", "W": "m n"}, lambda x, u, W: u @ W @ x),
    ("A_{a j} x^j + x_i A^i_a", "a", "x", {"x": "n", "A": "n n"}, lambda x, A: x @ A @ x),
    ("x_j A_a^j + x_i A^i_a", "a", "x", {"x": "n", "A": "n n"}, lambda x, A: x @ A @ x),
    (
        "(W_c^b X^c_t - Y^b_t) X_a^t / N", "a b", "W", {"W": "d k", "X": "d N", "Y": "k N"},
        lambda W, X, Y: half_square(W.T @ X - Y) / SIZE["N"],
    ),
    (
        "(W_{c s} X^{c b} - Y_s^b) W_a^s / N", "a b", "X", {"X": "d N", "W": "d k", "Y": "k N"},
        lambda X, W, Y: half_square(W.T @ X - Y) / SIZE["N"],
    ),
    ("v^i delta^i_a", "i a", "x", {"x": "n", "v": "n"}, lambda x, v: v * x),
    ("x^i delta^i_a", "i a", "v", {"v": "n", "x": "n"}, lambda v, x: v * x),
    ("delta(m)^i_a X^b_j", "i j a b", "W", {"W": "m k", "X": "k n"}, lambda W, X: W @ X),
    ("u_i W^i_a x^b", "a b", "V", {"V": "k n", "u": "m", "W": "m k", "x": "n"}, lambda V, u, W, x: u @ W @ V @ x),
    (
        "U^i_a V^b_l x^l", "i a b", "W", {"W": "m k", "U": "p m", "V": "k n", "x": "n"},
        lambda W, U, V, x: U @ W @ V @ x,
    ),
    (
        "v_p + 1/2 W_{p j} x^j + 1/2 x_i W^i_p", "p", "x", {"x": "n", "v": "n", "W": "n n"},
        lambda x, v, W: v @ x + x @ W @ x / 2,
    ),
    ("1/2 x_p x^q", "p q", "W", {"W": "n n", "x": "n"}, lambda W, x: x @ W @ x / 2),
    ("delta^i_a x_j + x^i delta_{j a}", "i j a", "x", {"x": "n"}, lambda x: np.outer(x, x)),
    ("u_a v_j x^j + u_i x^i v_a", "a", "x", {"x": "n", "u": "n", "v": "n"}, lambda x, u, v: (u @ x) * (v @ x)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "free", "wrt", "sizes", "f"), DERIVATIVES, ids=[row[0] for row in DERIVATIVES])
def test_derivatives_agree_with_numbers(text, free, wrt, sizes, f):
    """A derivative that the unit prints in indices is the numerical one, entry by entry."""
    arrays = draw(sizes)
    variable, *others = arrays.values()
    assert next(iter(arrays)) == wrt
    measured = jacobian(lambda z: np.asarray(f(z, *others)), variable, layout="array")
    assert np.allclose(value(text, sizes, arrays, free), measured, atol=1e-8)


def test_every_repeat_summed():
    """Linear regression with all indices down: the printed result is the gradient 2/n X.T (X theta - Y)."""
    sizes = {"t": "d", "X": "n d", "Y": "n"}
    arrays = draw(sizes)
    t, X, Y = arrays.values()
    printed = value("2/n X_{a e} (X_{a b} t_b - Y_a)", sizes, arrays, summation="repeated")
    assert np.allclose(printed, gradient(lambda z: np.sum((X @ z - Y) ** 2) / len(Y), t))
    assert np.allclose(printed, 2 / len(Y) * X.T @ (X @ t - Y))


def test_printed_result_of_the_worked_example_is_the_transposed_gradient():
    """(W.T X - Y) X.T / N has the shape of W.T: it is right in numerator layout, and the gradient is its transpose."""
    W, X, Y = draw({"W": "d k", "X": "d N", "Y": "k N"}).values()
    printed = (W.T @ X - Y) @ X.T / SIZE["N"]
    f = lambda V: half_square(V.T @ X - Y) / SIZE["N"]  # noqa: E731 - a formula
    assert np.allclose(printed, jacobian(f, W))
    assert np.allclose(printed.T, gradient(f, W))


def test_barlow_twins():
    """Both gradients of the challenge, and the column of the second that belongs to one data point."""
    W, X = draw({"W": "k d", "X": "d N"}).values()

    def loss(W, X):
        features = [W @ x for x in X.T]
        return half_square(sum(np.outer(z, z) for z in features) - np.eye(len(W)))

    E = W @ X @ X.T @ W.T - np.eye(len(W))
    assert np.allclose(2 * E @ W @ X @ X.T, gradient(lambda V: loss(V, X), W), rtol=1e-6)
    by_X = 2 * W.T @ E @ W @ X
    assert np.allclose(by_X, gradient(lambda V: loss(W, V), X), rtol=1e-6)
    first = gradient(lambda x: loss(W, np.column_stack([x, X[:, 1:]])), X[:, 0])
    assert np.allclose(by_X[:, 0], first, rtol=1e-6)
