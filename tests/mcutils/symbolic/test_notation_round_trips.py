"""What is printed is read back to the same expression, and has the same numbers everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symbolic_oracle import close, draw, slope, value

from mcutils._symbolic import differentiate, equivalent, namespace, parse

SIZES = {"n": 4, "m": 3}
SYMBOLS = {"A": "n n", "B": "n n", "M": "m n", "x": "n", "y": "n", "b": "m", "c": "", "P": "n n spd"}
ARRAYS = draw(SYMBOLS, SIZES)

SCALAR_LEAVES = st.sampled_from(["c", "2", "(x @ y)", "tr(A)", "norm2(b)", "(b @ M @ x)", "logdet(P)", "sum(A)", "1/3"])
VECTOR_LEAVES = st.sampled_from(["x", "y", "M.T @ b", "exp(x)", "diag(A)", "softmax(y)", "A @ x", "sum(A, axis=0)"])
MATRIX_LEAVES = st.sampled_from(["A", "B.T", 'I("n")', "outer(x, y)", "inv(P)", "M.T @ M", "diag(x)", "tanh(A)", "A*B"])


@st.composite
def formulas(draw):
    """A random formula over n, of rank 0, 1 or 2."""
    rank = draw(st.integers(0, 2))
    return _grown(draw, rank, 3)


def _grown(draw, rank, depth):
    leaves = (SCALAR_LEAVES, VECTOR_LEAVES, MATRIX_LEAVES)[rank]
    if not depth or draw(st.integers(0, 3)) == 0:
        return draw(leaves)
    same = lambda: _grown(draw, rank, depth - 1)  # noqa: E731 - reads as the grammar it is
    rule = draw(st.integers(0, 3))
    if rule == 0:
        return f"({same()} + {same()})"
    if rule == 1:
        return f"({same()} - 3*{same()})"
    if rule == 2:
        return f"({_grown(draw, 0, depth - 1)})*({same()})"
    if rank == 0:
        return f"({_grown(draw, 1, depth - 1)}) @ ({_grown(draw, 1, depth - 1)})"
    if rank == 1:
        return f"({_grown(draw, 2, depth - 1)}) @ ({_grown(draw, 1, depth - 1)})"
    return f"({same()}) @ ({same()}).T"


@settings(max_examples=150, deadline=None)
@given(formulas())
def test_matrix_text_round_trip(text):
    """A formula's value is Python's; its printed form is read back to an equivalent expression with that value."""
    wanted = value(text, ARRAYS, SIZES)
    f = parse(text, SYMBOLS)
    assert close(f.evaluate(**ARRAYS), wanted)
    printed = f.to_matrix()
    assert ".T.T" not in printed
    assert close(value(printed, ARRAYS, SIZES), wanted)
    assert equivalent(printed, f)


@settings(max_examples=100, deadline=None)
@given(formulas(), st.sampled_from(["levels", "repeated"]))
def test_index_text_round_trip(text, summation):
    """Index text in either convention is read back to an equivalent expression, with the same levels."""
    f = parse(text, SYMBOLS)
    try:
        printed = f.to_index(summation)
    except ValueError:  # an elementwise product, which the other convention cannot say
        assert summation == "repeated"
        return
    free = " ".join("ij"[: len(f.axes)])
    back = parse(printed, SYMBOLS, notation="index", summation=summation, free=free)
    assert close(back.evaluate(**ARRAYS), value(text, ARRAYS, SIZES))
    assert back.axes == f.axes


@settings(max_examples=40, deadline=None)
@given(formulas())
def test_derivatives_round_trip_in_index_notation(text):
    """The derivative by x, of any rank, is read back from its index form to the same numbers."""
    d = differentiate(text, "x", SYMBOLS, layout="array")
    back = parse(d.to_index(), SYMBOLS, notation="index", free=" ".join("ijk"[: len(d.axes)]))
    assert close(back.evaluate(**ARRAYS), d.evaluate(**ARRAYS))


@settings(max_examples=60, deadline=None)
@given(formulas(), st.sampled_from("xAcP"))
def test_derivatives_of_random_formulas(text, wrt):
    """The derivative of any formula by a vector, a matrix, a scalar or a symmetric matrix is that of a complex step."""
    wanted = slope(text, wrt, ARRAYS, SIZES, symmetric=wrt == "P")
    d = differentiate(text, wrt, SYMBOLS, layout="array")
    assert close(d.evaluate(**ARRAYS), wanted)
    flat = differentiate(text, wrt, SYMBOLS, layout="vec")
    stacked = wanted.reshape((value(text, ARRAYS, SIZES).size, -1), order="F")
    assert close(flat.evaluate(**ARRAYS), stacked)
    for derivative, numbers in ((d, wanted), (flat, stacked)):
        try:
            printed = derivative.to_matrix()
        except ValueError:  # it has no matrix form
            continue
        assert close(value(printed, ARRAYS, SIZES), numbers)


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_numpy_source_and_einsum_text_have_the_value(text):
    """The NumPy source, run, and the einsum text, evaluated, give the formula's value."""
    f = parse(text, SYMBOLS)
    wanted = value(text, ARRAYS, SIZES)
    from mcutils._symbolic.arrays import softmax

    space = {"np": np}
    exec(f.to_numpy("g"), space)
    assert np.allclose(np.broadcast_to(space["g"](**ARRAYS), wanted.shape), wanted)
    names = {
        "einsum": np.einsum,
        "inv": np.linalg.inv,
        "logdet": lambda X: np.linalg.slogdet(X)[1],
        "exp": np.exp,
        "tanh": np.tanh,
    }
    names |= {"softmax": softmax, "I": np.eye, "ones": np.ones, **SIZES, **ARRAYS}
    assert np.allclose(eval(f.to_einsum(), names), wanted)


@pytest.mark.parametrize(
    ("text", "summation", "matrix"),
    [
        ("W^i_j x^j", "levels", "W @ x"),
        ("W_i^j b^i", "levels", "W.T @ b"),
        ("b_i W^i_j x^j", "levels", "b @ W @ x"),
        ("x^i y^i", "levels", "x*y"),
        ("x_i y^i", "levels", "x @ y"),
        ("x^i y^j", "levels", "outer(x, y)"),
        ("A^i_i", "levels", "tr(A)"),
        ("A^{i i}", "levels", "diag(A)"),
        ("x_i y^i v^i", "levels", "sum(v*x*y)"),
        ("A^i_j A_k^j", "levels", "A @ A.T"),
        ("W_{i j} x_j", "repeated", "W @ x"),
        ("W_{a d} (W_{a b} x_b - b_a)", "repeated", "W.T @ (W @ x - b)"),
        ("x_i x_i", "repeated", "x @ x"),
        ("A_{i i}", "repeated", "tr(A)"),
        ("(1/2) x_i x^i + c", "levels", "c + x @ x/2"),
        ("exp(W^i_j x^j)", "levels", "exp(W @ x)"),
        ("inv(A^i_j) x^j", "levels", "inv(A) @ x"),
        ("det(A^i_j) x^k", "levels", "det(A)*x"),
        ("(x_i x^i)**(-1/2) x^j", "levels", "x/norm2(x)"),
        ("delta^i_j x^j", "levels", "x"),
        ("x^j / n", "levels", "x/n"),
        ("softmax(x^i)", "levels", "softmax(x)"),
    ],
)
def test_index_text_reads_as_its_convention_says(text, summation, matrix):
    """Both summation conventions read textbook formulas to the expected matrix form."""
    sizes = {"W": "m n", "A": "n n", "x": "n", "y": "n", "v": "n", "b": "m", "c": ""}
    assert parse(text, sizes, notation="index", summation=summation).to_matrix() == matrix


def test_one_formula_two_conventions():
    """A repeat on one level is elementwise in one convention and a sum in the other."""
    sizes = {"x": "n", "y": "n"}
    assert parse("x^i y^i", sizes, notation="index").axes == ("n",)
    assert parse("x^i y^i", sizes, notation="index", summation="repeated").axes == ()


def test_the_index_form_of_a_gradient_reads_as_its_transpose():
    """The derivative by an upper index is a lower one: d(b W x)/dW is b_i x^j, the row index down."""
    d = differentiate("b @ W @ x", "W", {"b": "m", "W": "m n", "x": "n"})
    assert d.to_index() == "b_i x^j"
    assert differentiate("W @ x", "x", {"W": "m n", "x": "n"}, layout="numerator").to_index() == "W^i_j"


def test_a_size_before_a_bracket_is_a_product():
    """1/n (...) divides by the size of the axis n, and so does c (...) multiply by the symbol c."""
    sizes = {"x": "n", "c": ""}
    mean = parse("1/n (x^i x_i)", sizes, notation="index")
    assert mean.to_matrix() == parse("x @ x/n", sizes).to_matrix()
    assert parse("c (x^i + x^i)", sizes, notation="index").to_matrix() == "2*c*x"


@pytest.mark.parametrize(
    ("text", "wrt"),
    [("softmax(U.T, axis=1) @ Y.T", "U"), ("(P*P.T) @ C", "P"), ("(C.T*C) @ outer(x, x)", "C")],
)
def test_a_stacked_form_that_was_printed_is_printed_again(text, wrt):
    """A bracket of matrices on a stacked index is opened where it has no matrix form as it stands."""
    sizes = {"U": "n p", "Y": "m n", "P": "n n spd", "C": "n n", "x": "n"}
    printed = differentiate(text, wrt, sizes, layout="vec").to_matrix()
    again = parse(printed, sizes).to_matrix()
    assert equivalent(again, printed, sizes)


def test_a_namespace_takes_lists():
    """Lists are arrays in a formula that Python evaluates."""
    assert eval("A @ x", namespace({"A": "m n", "x": "n"}, A=[[1, 2], [3, 4]], x=[1, 1])).tolist() == [3, 7]
