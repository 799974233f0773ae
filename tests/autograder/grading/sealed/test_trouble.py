"""Answers and cells that make trouble by accident or on purpose: what they cost, and what they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

pytestmark = pytest.mark.slow  # the warm process takes seconds to start

Run = Callable[..., dict[str, dict[str, Any]]]


def test_a_fork_that_goes_on(run: Run) -> None:
    """A process that a cell has forked, and that goes on with the notebook, answers nobody in place of the first."""
    cells = {"answer-a": "", "test-a": "assert a == 1", "answer-b": "", "test-b": "assert b == 2"}
    out = run(cells, {"answer-a": "import os\nos.fork()\na = 1", "answer-b": "b = a + 1\nprint('once')"})
    assert (mark(out["test-a"]), mark(out["test-b"])) == (2.0, 2.0)
    assert printed(out["answer-b"]) == "once\n"


@pytest.mark.parametrize(
    "answer",
    [
        "np.broadcast_to(np.float64(1), (1 << 40,))",
        "type('Shy', (), {'__class__': property(lambda self: exit())})()",
        "type('Shy', (), {'__getattribute__': lambda self, name: 1 / 0})()",
    ],
    ids=["an array that claims 8 TB", "an object that ends its process", "an object that raises"],
)
def test_what_cannot_be_written(run: Run, answer: str) -> None:
    """An answer that cannot be written down costs its own mark, or is for a person, and the process lives on."""
    cells = {"given": "import numpy as np", "answer-f": "", "test-f": "assert f() == 1", "test-g": "assert g == 2"}
    out = run(cells, {"answer-f": f"def f():\n    return {answer}\ng = 2"})
    assert mark(out["test-f"]) in (0.0, "manual")
    assert mark(out["test-g"]) == 2.0


def test_a_long_chain_of_exceptions(run: Run) -> None:
    """An exception at the end of a long chain is told in no time."""
    chain = "error = None\nfor k in range(2000):\n    try:\n        raise ValueError(k) from error\n"
    chain += "    except ValueError as problem:\n        error = problem\nraise error"
    out = run({"plain": "", "test-a": ""}, {"plain-more": chain}, limits={"cell_seconds": 5.0})
    assert "ValueError: 1999" in str(out)
    assert "LimitReached" not in str(out)
