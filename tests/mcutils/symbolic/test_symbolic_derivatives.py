"""Every derivative of the course and of the Matrix Cookbook's real, invertible sections, against complex steps.

For each question the derivative must have the right numbers at non-symmetric arrays of pairwise different sizes; and
where it prints as a matrix formula, Python's value of that text must have them too, and so must its reading back.
"""

from __future__ import annotations

import numpy as np
import pytest
from symbolic_oracle import close, draw, functions, slope, value
from symbolic_questions import ARRAYS, COOKBOOK, COURSE, SECOND, SIZES, SYMBOLS, SYMMETRIC

from mcutils._symbolic import differentiate, parse


def check_printed(derivation, wanted):
    """The printed formula, if there is one, evaluates to the right numbers, and is read back to them."""
    try:
        text = derivation.to_matrix()
    except ValueError:
        return
    assert close(value(text, ARRAYS, SIZES), wanted), f"Python's value of {text}"
    assert close(parse(text, SYMBOLS).evaluate(**ARRAYS), wanted), f"the reading of {text}"


@pytest.mark.parametrize(("text", "wrt"), COURSE + COOKBOOK + SYMMETRIC)
def test_derivative_has_the_numbers_of_a_complex_step(text, wrt):
    """The derivative by entries, its vec form, and both as printed, agree with the complex step to 1e-9."""
    symmetric = any(flag in SYMBOLS[wrt] for flag in ("symmetric", "spd"))
    wanted = slope(text, wrt, ARRAYS, SIZES, symmetric)
    derivation = differentiate(text, wrt, SYMBOLS, layout="array")
    assert close(derivation.evaluate(**ARRAYS), wanted)
    check_printed(derivation, wanted)
    outputs = value(text, ARRAYS, SIZES).size
    stacked = wanted.reshape((outputs, -1), order="F")
    flat = differentiate(text, wrt, SYMBOLS, layout="vec")
    assert close(flat.evaluate(**ARRAYS), stacked)
    check_printed(flat, stacked)


@pytest.mark.parametrize(("text", "wrt"), SECOND)
def test_second_derivative_has_the_numbers_of_a_complex_step_of_the_gradient(text, wrt):
    """H[in..., in...], and its vec form, agree with a complex step of the printed or compiled gradient to 1e-9."""
    symmetric = any(flag in SYMBOLS[wrt] for flag in ("symmetric", "spd"))
    gradient = differentiate(text, wrt, SYMBOLS).to_matrix()
    wanted = slope(gradient, wrt, ARRAYS, SIZES, symmetric)
    hessian = differentiate(text, wrt, SYMBOLS, order=2)
    assert close(hessian.evaluate(**ARRAYS), wanted)
    check_printed(hessian, wanted)
    size = ARRAYS[wrt].size
    stacked = wanted.reshape((size, size), order="F")
    flat = differentiate(text, wrt, SYMBOLS, layout="vec", order=2)
    assert close(flat.evaluate(**ARRAYS), stacked)
    check_printed(flat, stacked)


def test_conv1d_by_its_patch_tensor():
    """A one-dimensional convolution, written with its constant patch tensor, has the right derivatives."""
    sizes = {"X": "s k", "P": "t w s", "F": "o w k"}
    arrays = draw(sizes, {"s": 9, "k": 3, "t": 4, "w": 5, "o": 2})
    f = parse("P^t_{w s} X^s_k F_o^{w k}", sizes, notation="index", free="t o")
    by_f = differentiate(f, "F", layout="array").evaluate(**arrays)
    by_x = differentiate(f, "X", layout="array").evaluate(**arrays)
    patches = np.einsum("tws,sk->twk", arrays["P"], arrays["X"])
    assert close(by_f, np.einsum("twk,op->topwk", patches, np.eye(2)))
    assert close(by_x, np.einsum("tws,owk->tosk", arrays["P"], arrays["F"]))


def test_conv1d_has_the_hessian_of_its_patches():
    """The Hessian of half the squared norm of a convolution by its filters is the Gram tensor of the patches."""
    sizes = {"X": "s k", "P": "t w s", "F": "o w k", "Y": "t o"}
    arrays = draw(sizes, {"s": 9, "k": 3, "t": 4, "w": 5, "o": 2})
    loss = "1/2 (P^t_{w s} X^s_k F_o^{w k} - Y^t_o) (P_t^{v r} X_r^l F^o_{v l} - Y_t^o)"
    hessian = differentiate(parse(loss, sizes, notation="index"), "F", order=2).evaluate(**arrays)
    patches = np.einsum("tws,sk->twk", arrays["P"], arrays["X"])
    assert close(hessian, np.einsum("twk,tvl,op->owkpvl", patches, patches, np.eye(2)))


def test_the_oracle_can_fail():
    """A wrong formula is told from the complex step: the oracle shares nothing with the engine."""
    wanted = slope("x @ A @ x", "x", ARRAYS, SIZES)
    assert not close(value("2*A @ x", ARRAYS, SIZES), wanted)
    assert close(value("(A + A.T) @ x", ARRAYS, SIZES), wanted)
    assert "tr" in functions(SIZES)
