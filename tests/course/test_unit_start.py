"""Unit 00: what its text claims is true."""

from pathlib import Path

import numpy as np
import pytest

import mcutils as mc
from autograder import check
from autograder.checks.look import LOOKS
from autograder.checks.publish import collecting
from mcutils.figures import start


def test_the_drawn_feedback_box_is_a_real_one():
    """The box that the lesson takes apart is what the check says to that answer, word for word."""
    with collecting() as published:
        check.derivative(lambda x: x, of=lambda x: x @ x, wrt="x", sizes={"x": "n"}, points=2)
    report = published[0].report
    assert (LOOKS[report.status][1], report.tag, report.message) == (start.VERDICT, start.TAG, start.MESSAGE)
    assert LOOKS[report.status][0] == "✗"
    assert report.details, "the figure shows a folded part"


@pytest.mark.parametrize("status", LOOKS)
def test_the_lesson_explains_every_verdict(status):
    """Whatever a box can say, the lesson says what it means, in the same words."""
    lesson = Path(__file__).parents[2] / "course" / "units" / "00_start" / "lesson.md"
    sign, word, _ = LOOKS[status]
    text = lesson.read_text(encoding="utf-8").replace("**", "")
    assert f"{sign} {word}" in text


def test_the_shapes_of_three_more_are_gradients():
    """X.T @ G, G @ W.T and G.sum(axis=0) are the gradients of <G, XW + b> by W, X and b, as the text says."""
    rng = np.random.default_rng(0)
    X, W, b, G = (rng.normal(size=shape) for shape in ((5, 3), (3, 4), (4,), (5, 4)))

    def number(X, W, b):
        return np.sum(G * (X @ W + b))

    np.testing.assert_allclose(mc.gradient(lambda Z: number(X, Z, b), W), X.T @ G)
    np.testing.assert_allclose(mc.gradient(lambda Z: number(Z, W, b), X), G @ W.T)
    np.testing.assert_allclose(mc.gradient(lambda Z: number(X, W, Z), b), G.sum(axis=0))
