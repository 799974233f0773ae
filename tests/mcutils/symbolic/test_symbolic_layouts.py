"""The five layouts of the convention card: the symbolic derivative lies as the numeric functions lay it."""

from __future__ import annotations

import numpy as np
import pytest
from symbolic_oracle import close, draw, slope, value

from mcutils import gradient, hessian, jacobian
from mcutils._layouts import LAYOUTS, arrange
from mcutils._symbolic import differentiate

SIZES = {"n": 4, "m": 3, "p": 5}
SYMBOLS = {"x": "n", "y": "n", "b": "m", "c": "", "A": "n n", "M": "m n", "X": "n p", "S": "n n symmetric"}
ARRAYS = draw(SYMBOLS, SIZES)

QUESTIONS = [  # every pair of ranks up to two axes
    ("c**2", "c"),
    ("x @ A @ x", "x"),
    ("norm2(M @ X)**2", "X"),
    ("c*x + c**2*y", "c"),
    ("M @ sin(x)", "x"),
    ("M @ X @ exp(M @ X).T @ b", "X"),
    ("c**2*M", "c"),
    ("outer(x, M @ x)", "x"),
    ("M @ X", "X"),
    ("X.T", "X"),
    ("sum(A*S)", "S"),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("text", "wrt"), QUESTIONS)
def test_layout_is_that_of_the_numeric_table(text, wrt, layout):
    """The derivative in a layout equals the complex step arranged by the numeric half's own table."""
    full = slope(text, wrt, ARRAYS, SIZES, symmetric=wrt == "S")
    out = value(text, ARRAYS, SIZES).shape
    if layout == "gradient" and out:
        with pytest.raises(ValueError, match='use layout "numerator", "denominator", "array" or "vec"'):
            differentiate(text, wrt, SYMBOLS, layout=layout)
        return
    got = differentiate(text, wrt, SYMBOLS, layout=layout).evaluate(**ARRAYS)
    assert close(got, arrange(full, out, np.shape(ARRAYS[wrt]), layout))


@pytest.mark.parametrize(
    ("text", "wrt", "layout"),
    [
        ("M @ sin(x)", "x", "numerator"),
        ("M @ sin(x)", "x", "denominator"),
        ("M @ X", "X", "vec"),
        ("M @ X", "X", "array"),
    ],
)
def test_jacobian_agrees_with_the_numeric_function(text, wrt, layout):
    """`jacobian` of the compiled function and `differentiate` agree in each layout."""
    f = lambda v: value(text, {**ARRAYS, wrt: v}, SIZES)  # noqa: E731 - the function in question
    got = differentiate(text, wrt, SYMBOLS, layout=layout).evaluate(**ARRAYS)
    assert close(got, jacobian(f, ARRAYS[wrt], layout=layout), 1e-7)


def test_gradient_and_hessian_agree_with_the_numeric_functions():
    """`gradient` and `hessian` of a formula agree with its first and second derivative."""
    text = "exp(x @ A @ x/10) + norm2(M @ x)**2"
    f = lambda v: value(text, {**ARRAYS, "x": v}, SIZES)[()]  # noqa: E731 - the function in question
    assert close(differentiate(text, "x", SYMBOLS).evaluate(**ARRAYS), gradient(f, ARRAYS["x"]), 1e-7)
    assert close(differentiate(text, "x", SYMBOLS, order=2).evaluate(**ARRAYS), hessian(f, ARRAYS["x"]), 1e-4)


def test_second_order_layouts():
    """The Hessian by a matrix has four axes as gradient and array, and two as vec."""
    four = differentiate("norm2(M @ X)**2/2", "X", SYMBOLS, order=2)
    assert four.axes == ("n", "p", "n", "p")
    flat = differentiate("norm2(M @ X)**2/2", "X", SYMBOLS, order=2, layout="vec")
    assert flat.axes == ("n*p", "n*p")
    assert close(flat.evaluate(**ARRAYS), four.evaluate(**ARRAYS).reshape((20, 20), order="F"))


def test_the_gradient_by_a_symmetric_variable_is_symmetric():
    """It is half of G + G.T, not G + G.T - diag(G)."""
    d = differentiate("tr(A @ S)", "S", SYMBOLS)
    assert d.to_matrix() == "(A + A.T)/2"
