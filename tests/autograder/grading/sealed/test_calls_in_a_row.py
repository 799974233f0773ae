"""What a check says does not depend on whether its calls are sent ahead: nor what the student's code gets to see."""

from __future__ import annotations

from typing import Any

import pytest
from tasks import mark, printed

SHORT = """
import autograder.checks.call as c
if not hasattr(c, "whole"):
    c.whole = c.time_limit
    c.time_limit = lambda seconds: c.whole(0.3)
"""
ONE_BY_ONE = """
import autograder.checks.derivative, autograder.checks.values
autograder.checks.derivative.expect = autograder.checks.values.expect = lambda *_, **__: None
"""
CELLS = {
    "given-start": "from autograder import check",
    "answer-f": "def f(x, A): ...",
    "test-value": "check.equal(f, to=lambda x, A: A @ x, sizes={'x': 'n', 'A': 'n n'})",
    "test-slope": "check.question(of='x @ A @ x', wrt='x', sizes={'x': 'n', 'A': 'n n'}).derivative(f)",
    "test-count": "made_there = count()\nmade_there",
    "answer-count": "def count(): ...",
}
ORDER = ["given-start", "answer-f", "answer-count", "test-value", "test-slope", "test-count"]
COUNT = "def count():\n    return len(calls)"
BODIES = {
    "right": "return A @ x",
    "a gradient": "return (A + A.T) @ x",
    "raises": "if len(calls) % 3 == 2: raise ValueError(f'{len(calls)}, {x.shape}')\n    return A @ x",
    "no number": "return A @ x / (0.0 if len(calls) % 3 == 1 else 1.0)",
    "no array": "return list(A @ x) if len(calls) % 3 == 2 else A @ x",
    "changes": "x[0] += len(calls) % 3 == 2\n    return A @ x",
    "rebinds": "globals().update(calls=[*calls])\n    return A @ x",
    "endless": "while len(calls) % 3 == 2: pass\n    return A @ x",
    "ends": "if len(calls) % 3 == 2: import os; os._exit(1)\n    return A @ x",
    "prints": "print(len(calls))\n    return A @ x",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_same(run: Any, body: str) -> None:
    """Marks, words, and how often the function was called, are those of calls that are made one by one."""
    answers = {
        "answer-f": f"calls = []\ndef f(x, A):\n    calls.append(x)\n    {body}",
        "answer-count": COUNT,
    }
    together, apart = (
        run({name: SHORT + first + CELLS[name] if name == "test-value" else CELLS[name] for name in ORDER}, answers)
        for first in ("", ONE_BY_ONE)
    )
    for name in ("test-value", "test-slope", "test-count"):
        assert printed(together[name]) == printed(apart[name])
        assert mark(together[name]) == mark(apart[name])


def test_ahead(run: Any) -> None:
    """Three points are sent ahead: when the first has been asked for, the third has been answered."""
    seen = """
import time
from autograder.grading.sealed.trusted.asking import TestSide
one, frames = TestSide._asked, []
TestSide._asked = lambda side, *request: frames.append(side.number) or one(side, *request)
check.equal(f, to=lambda x: 2 * x, sizes={"x": "n"})
numbers = len(set(frames)), len(frames)
assert numbers == (1, 3), numbers
"""
    cells = {
        "given-a": "from autograder import check",
        "answer-f": "def f(x): ...",
        "test-f": seen,
    }
    out = run(cells, {"answer-f": "def f(x):\n    return 2 * x"})
    assert mark(out["test-f"]) == 2.0, printed(out["test-f"])
