"""What a learner reads after a slip: one sentence, with the shapes and the names that are theirs."""

import re

import numpy as np
import pytest

import mcutils as mc

x = np.array([1.0, 2.0])


def loss(x):
    """Return nothing, as a learner's first attempt does."""


def label(x):
    """Return text."""
    return "low"


def ragged(x):
    """Return rows of different lengths."""
    return [[1, 2], [3]]


def spectrum(x):
    """Return complex numbers."""
    return x * 1j


def log_likelihood(x):
    """Return nan at one entry."""
    return np.log(x - [0.5, 5.0])


def positive_part(x):
    """Return fewer entries for fewer positive ones."""
    return x[np.real(x) > 1]


def table(x):
    """Return an array of objects."""
    return np.array([None, 2.0])


def nothing(x):
    """Return an array without entries."""
    return x[:0]


def residual(x):
    """Return an array where a number is wanted."""
    return x - 1


MESSAGES = [
    # what f returns
    (lambda: mc.gradient(loss, x), ValueError, "gradient: loss returned None; it must return a number or an array"),
    (lambda: mc.gradient(label, x), ValueError, "gradient: label returned 'low'; it must return a number or an array"),
    (lambda: mc.slope(ragged, x, x), mc.ShapeError, "slope: ragged returned a ragged list; every row needs the same"),
    (
        lambda: mc.jvp(spectrum, x, x),
        ValueError,
        "jvp: spectrum returned complex numbers; derivatives here are of real",
    ),
    (lambda: mc.jacobian(log_likelihood, x), ValueError, "jacobian: log_likelihood(x)[1] is nan; every number must be"),
    (
        lambda: mc.jacobian(positive_part, x),
        mc.ShapeError,
        "jacobian: positive_part returned shape (1,) at x and (2,) close by; its shape must not depend on",
    ),
    (
        lambda: mc.vjp(table, x, x),
        ValueError,
        "vjp: table returned an array of Python objects; it must return a number",
    ),
    (lambda: mc.jacobian(nothing, x), mc.ShapeError, "jacobian: nothing returned shape (0,), so no entries"),
    (lambda: mc.gradient(residual, x), mc.ShapeError, "gradient: residual returned shape (2,), wanted a number; for a"),
    (lambda: mc.gradient(lambda X: X, x), mc.ShapeError, "gradient: f returned shape (2,), wanted a number"),
    (
        lambda: mc.hessian(residual, x),
        mc.ShapeError,
        "hessian: residual returned shape (2,), wanted a number; a Hessian",
    ),
    (lambda: mc.hvp(residual, x, x), mc.ShapeError, "hvp: residual returned shape (2,), wanted a number; a Hessian"),
    # what f is
    (
        lambda: mc.gradient(3.0, x),
        TypeError,
        "gradient: f is of type float; give the function itself, f, not its value",
    ),
    (lambda: mc.hessian(x, x), TypeError, "hessian: f is an array of numbers; give the function itself"),
    # where
    (lambda: mc.gradient(np.sum, []), mc.ShapeError, "gradient: X has shape (0,), so no entries; every axis needs"),
    (lambda: mc.gradient(np.sum, [1, np.nan]), ValueError, "gradient: X[1] is nan; every number must be finite"),
    (
        lambda: mc.gradient(np.sum, [[1, 2], [-np.inf, 1]]),
        ValueError,
        "gradient: X[1, 0] is -inf; every number must be",
    ),
    (lambda: mc.slope(np.sum, np.inf, 1), ValueError, "slope: X is inf; every number must be finite"),
    (
        lambda: mc.gradient(np.sum, [1, 2j]),
        ValueError,
        "gradient: X is complex; derivatives here are by real variables",
    ),
    (
        lambda: mc.gradient(np.sum, ["a", "b"]),
        ValueError,
        "gradient: X is an array of text; wanted a number or an array",
    ),
    (lambda: mc.gradient(np.sum, "abc"), ValueError, "gradient: X is 'abc'; wanted a number or an array of numbers"),
    (lambda: mc.gradient(np.sum, None), ValueError, "gradient: X is None; wanted a number or an array of numbers"),
    (lambda: mc.gradient(np.sum, ...), ValueError, "gradient: X is ..., a blank not filled in yet; wanted a number"),
    (
        lambda: mc.gradient(np.sum, np.array([1.0, None])),
        ValueError,
        "gradient: X is an array of Python objects; wanted",
    ),
    (lambda: mc.gradient(np.sum, {"x": 1}), ValueError, "gradient: X is of type dict; wanted a number or an array"),
    (lambda: mc.gradient(np.sum, np.sum), ValueError, "gradient: X is a function; wanted a number or an array"),
    (lambda: mc.gradient(np.sum, [[1, 2], [3]]), mc.ShapeError, "gradient: X is ragged (its rows differ in length)"),
    # in which direction
    (
        lambda: mc.slope(np.sum, x, [1, 2, 3]),
        mc.ShapeError,
        "slope: dX has shape (3,), X has shape (2,); the two must be",
    ),
    (lambda: mc.jvp(np.sum, x, [[1, 2]]), mc.ShapeError, "jvp: dx has shape (1, 2), x has shape (2,); the two must be"),
    (lambda: mc.jvp(np.sum, x, [1, np.nan]), ValueError, "jvp: dx[1] is nan; every number must be finite"),
    (lambda: mc.hvp(np.sum, x, 1.0), mc.ShapeError, "hvp: v has shape (), x has shape (2,); the two must be equal"),
    (lambda: mc.vjp(residual, x, [1, 2, 3]), mc.ShapeError, "vjp: ybar has shape (3,), residual(x) has shape (2,)"),
    # symmetric variables
    (
        lambda: mc.gradient(np.trace, [[1, 2], [3, 4]], symmetric=True),
        ValueError,
        "gradient: X[0, 1] is 2 and X[1, 0] is 3; with symmetric=True give a symmetric X, such as (X + X.T) / 2",
    ),
    (
        lambda: mc.vjp(np.sum, x, 1, symmetric=True),
        mc.ShapeError,
        "vjp: x has shape (2,); symmetric=True is for a square",
    ),
    (
        lambda: mc.hvp(np.trace, np.eye(2), [[0, 1], [2, 0]], symmetric=True),
        ValueError,
        "hvp: v[0, 1] is 1 and v[1, 0] is 2; with symmetric=True give a symmetric v",
    ),
    # vec and its matrices
    (
        lambda: mc.vec(x),
        mc.ShapeError,
        "vec: X has shape (2,), wanted (m, n); a vector x becomes one column as x[:, None]",
    ),
    (lambda: mc.vec([["a"]]), ValueError, "vec: X is an array of text; wanted a number or an array of numbers"),
    (lambda: mc.vec(np.ones((0, 3))), mc.ShapeError, "vec: X has shape (0, 3), so no entries"),
    (lambda: mc.unvec([1, 2, 3], (2, 2)), mc.ShapeError, "unvec: x has 3 entries; shape (2, 2) needs 4"),
    (lambda: mc.unvec([[1, 2]], (1, 2)), mc.ShapeError, "unvec: x has shape (1, 2), wanted (m*n,)"),
    (lambda: mc.unvec([1, 2], 2), ValueError, "unvec: shape is 2; wanted a pair (m, n)"),
    (lambda: mc.unvec([1, 2], (2, -1)), ValueError, "unvec: shape[1] is -1; wanted a whole number of 1 or more"),
    (lambda: mc.vech([[1, 2]]), mc.ShapeError, "vech: S has shape (1, 2), wanted (n, n)"),
    (lambda: mc.frobenius([1, 2], [1, 2, 3]), mc.ShapeError, "frobenius: B has shape (3,), A has shape (2,)"),
    (lambda: mc.commutation_matrix(2.5, 2), ValueError, "commutation_matrix: m is 2.5; wanted a whole number of 1 or"),
    (lambda: mc.commutation_matrix(2, 0), ValueError, "commutation_matrix: n is 0; wanted a whole number of 1 or more"),
    (
        lambda: mc.duplication_matrix("3"),
        ValueError,
        "duplication_matrix: n is '3'; wanted a whole number of 1 or more",
    ),
    (lambda: mc.elimination_matrix(True), ValueError, "elimination_matrix: n is True; wanted a whole number of 1 or"),
    # patches
    (lambda: mc.patchify(x, 1), mc.ShapeError, "patchify: x has shape (2,), wanted (s, c); a signal with one channel"),
    (lambda: mc.patchify([[1], [2]], 3), mc.ShapeError, "patchify: a window of width 3 does not fit into a signal of"),
    (lambda: mc.patchify([[1], [2]], 2, 0), ValueError, "patchify: stride is 0; wanted a whole number of 1 or more"),
    (
        lambda: mc.unpatchify(np.ones((3, 2, 1)), 5),
        mc.ShapeError,
        "unpatchify: p has 3 windows; length 5, width 2 and stride 1 give (length - width) // stride + 1 = 4",
    ),
    (lambda: mc.unpatchify(x, 5), mc.ShapeError, "unpatchify: p has shape (2,), wanted (t, width, c)"),
    (lambda: mc.patch_tensor(2, 3), mc.ShapeError, "patch_tensor: a window of width 3 does not fit into a signal of"),
    (
        lambda: mc.conv1d(np.ones((4, 2)), np.ones((1, 2, 3))),
        mc.ShapeError,
        "conv1d: F has 3 channels, X has 2; F of shape (1, 2, 3) is (o, w, c), X of shape (4, 2) is (s, c)",
    ),
    (lambda: mc.conv1d(np.ones((4, 2)), x), mc.ShapeError, "conv1d: F has shape (2,), wanted (o, w, c)"),
]


@pytest.mark.parametrize(("slip", "error", "message"), MESSAGES)
def test_a_slip_is_answered_in_one_sentence(slip, error, message):
    """What we got, what was wanted, what to do: one line, numbers included."""
    with pytest.raises(error, match=re.escape(message)) as caught:
        slip()
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_an_error_inside_f_at_x_is_the_learners_own():
    """We do not hide it: its traceback ends in the learner's line."""

    def broken(x):
        return x @ np.ones(3)

    with pytest.raises(ValueError, match="matmul") as caught:
        mc.gradient(broken, x)
    assert caught.traceback[-1].name == "broken"


def test_errors_of_shape_are_errors_of_value():
    """Whoever catches ValueError catches ours."""
    assert issubclass(mc.ShapeError, ValueError)
    assert issubclass(mc.KinkError, ValueError)
