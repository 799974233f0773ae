"""Products along a direction and back are the derivative contracted, for every question of the table."""

import numpy as np
import pytest
from symbolic_oracle import close
from symbolic_questions import ARRAYS, COOKBOOK, COURSE, SECOND, SYMBOLS, SYMMETRIC

from mcutils import differentiate, parse
from mcutils._symbolic.products import product

rng = np.random.default_rng(11)


def arrow(shape, symmetric=False):
    drawn = rng.standard_normal(shape)
    return drawn + drawn.T if symmetric else drawn


def is_symmetric(name):
    return any(flag in SYMBOLS[name] for flag in ("symmetric", "spd"))


@pytest.mark.parametrize(("text", "wrt"), COURSE + COOKBOOK + SYMMETRIC)
def test_a_product_of_first_order_is_the_derivative_contracted(text, wrt):
    """J dx and J* ybar have the numbers of the whole derivative times the arrow."""
    f = parse(text, SYMBOLS)
    D = np.asarray(differentiate(f, wrt, layout="array").evaluate(**ARRAYS))
    dX = arrow(ARRAYS[wrt].shape, is_symmetric(wrt))
    outputs = D.ndim - dX.ndim
    ybar = arrow(D.shape[:outputs])
    along, back = product(f, wrt, "jvp", "arrow"), product(f, wrt, "vjp", "arrow")
    assert close(along.evaluate(**ARRAYS, arrow=dX), np.tensordot(D, dX, dX.ndim))
    assert close(back.evaluate(**ARRAYS, arrow=ybar), np.tensordot(ybar, D, outputs))


@pytest.mark.parametrize(("text", "wrt"), SECOND)
def test_a_product_of_second_order_is_the_hessian_contracted(text, wrt):
    """H v has the numbers of the whole Hessian times v."""
    f = parse(text, SYMBOLS)
    H = np.asarray(differentiate(f, wrt, order=2).evaluate(**ARRAYS))
    v = arrow(ARRAYS[wrt].shape, is_symmetric(wrt))
    assert close(product(f, wrt, "hvp", "arrow").evaluate(**ARRAYS, arrow=v), np.tensordot(H, v, v.ndim))


def test_products_print_as_one_writes_them():
    """Along a direction and back, with the direction in its place."""
    f = parse("A @ X @ B", {"X": "m n", "A": "p m", "B": "n q"})
    assert product(f, "X", "jvp", "dX").to_matrix() == "A @ dX @ B"
    assert product(f, "X", "vjp", "Ybar").to_matrix() == "A.T @ Ybar @ B.T"


def test_a_taken_name_for_the_arrow_is_refused():
    """The direction is a symbol of its own."""
    with pytest.raises(ValueError, match="x is a symbol of this expression already"):
        product(parse("x @ x", {"x": "n"}), "x", "jvp", "x")


def test_products_hold_no_large_array():
    """At a size at which the Jacobian would have 4e9 entries a product takes as little as its arguments."""
    f = parse("A @ tanh(X) @ B", {"X": "m n", "A": "p m", "B": "n q"})
    A, X, B = (rng.standard_normal((250, 250)) for _ in range(3))
    assert np.shape(product(f, "X", "jvp", "dX").evaluate(X=X, A=A, B=B, dX=X)) == (250, 250)
    assert np.shape(product(f, "X", "vjp", "Ybar").evaluate(X=X, A=A, B=B, Ybar=X)) == (250, 250)
