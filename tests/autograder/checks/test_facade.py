"""What a test cell may write: every check in one call or by a question, with the same options."""

from __future__ import annotations

import numpy as np
import pytest

from autograder import check
from autograder.checks.publish import collecting

BOWL = {"of": "x @ A @ x - b @ x", "wrt": "x", "sizes": {"x": "n", "A": "n n", "b": "n"}}
LOSS = {"of": "sum(log(1 + exp(-y * (X @ w))))", "wrt": "w", "sizes": {"w": "p", "X": "n p", "y": "n"}}


def gradient(x, A, b):
    return (A + A.T) @ x - b


def curvature(w, X, y, v):
    s = 1 / (1 + np.exp(y * (X @ w)))
    return X.T @ (s * (1 - s) * y**2 * (X @ v))


ANSWERS = {
    "derivative": (gradient, BOWL),
    "formula": ("(A + A.T) @ x - b", BOWL),
    "index": ("A_{i}^{j} x_j + A^j_i x_j - b_i", BOWL),
    "steps": (["dx @ A @ x + x @ A @ dx - b @ dx", "((A + A.T) @ x - b) @ dx"], BOWL),
    "cost": (curvature, LOSS),
    "shape": ("p n", {"of": "A @ X", "sizes": {"A": "p m", "X": "m n"}}),
    "equal": (lambda x: 2 * x, {"to": lambda x: x + x, "sizes": {"x": "n"}}),
    "adjoint": (lambda y, A: A.T @ y, {"forward": lambda x, A: A @ x, "sizes": {"x": "n", "A": "m n"}}),
}


def asked(how: str, answer: object, stated: dict, **options: object) -> float:
    with collecting():
        if how == "adjoint":
            return check.adjoint(adjoint=answer, **stated, **options)
        return getattr(check, how)(answer, **stated, **options)


@pytest.mark.parametrize("how", ANSWERS)
def test_one_call_asks_what_a_question_asks(how):
    """Each check states its question and judges the answer in one call, and takes `draws` and `closed_form`."""
    answer, stated = ANSWERS[how]
    assert asked(how, answer, stated, points=2) == 2.0
    assert asked(how, answer, stated, points=2, draws=4, closed_form=True) == 2.0
    assert asked(how, ..., stated, points=2) == 0.0


@pytest.mark.parametrize("draws", [0, -1, 1.5, "3", None, True])
@pytest.mark.parametrize("how", ANSWERS)
def test_no_draws_are_no_check(how, draws):
    """With nothing drawn any answer would be right, so that is the author's to mend, in a sentence."""
    answer, stated = ANSWERS[how]
    with pytest.raises(ValueError, match=r"draws: got .*; give a whole number of at least 1"):
        asked(how, answer, stated, draws=draws)


def test_a_shape_may_be_asked_of_a_formula():
    """A formula as text serves as the function does; what cannot be read is the author's to hear."""
    how = {"of": "A @ X @ c", "sizes": {"c": "n", "A": "p m", "X": "m n"}}
    assert asked("shape", "p", how) == 1.0
    assert asked("shape", "m", how) == 0.0
    with pytest.raises(ValueError, match="A @ c is a matrix product"):
        asked("shape", "p", how | {"of": "A @ c"})
    with pytest.raises(ValueError, match="give a formula as text, or a function"):
        asked("shape", "p", how | {"of": 3})
