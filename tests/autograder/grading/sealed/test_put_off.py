"""Given cells that need nothing of the student's run in the tests' process when a test does, and mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

from autograder.grading.rebuild import Blueprint
from autograder.grading.sealed.supervisor import notebook, pair
from autograder.grading.sealed.supervisor.notebook import _alone

Run = Callable[..., dict[str, Any]]

CELLS = {
    "given-tools": "import math\nseen = []\ndef half(x):\n    return x / 2",
    "answer-f": "def f(x): ...",
    "given-early": "early = f(1)",
    "given-late": "def from_test():\n    return half(f(4))",
    "answer-g": "def g(): ...",
    "given-more": "quarter = half(half(8))\nseen.append(quarter)",
    "test-one": "assert early == 10 and quarter == 2 and seen == [2.0]",
    "answer-again": "pass",
    "given-last": "eighth = half(quarter)",
    "test-two": "assert from_test() == 50 and eighth == 1 and g() == 3",
}
ANSWERS = {
    "answer-f": "def f(x):\n    return 10 * x",
    "answer-g": "def f(x):\n    return 25 * x\ndef g():\n    return 3",
}


def test_order_is_kept_where_it_matters(run: Run) -> None:
    """A given cell that calls the student's function gets what that was there, not what it became."""
    cells = run(CELLS, ANSWERS)
    assert mark(cells["test-one"]) == 2.0, printed(cells["test-one"])
    assert mark(cells["test-two"]) == 2.0, printed(cells["test-two"])


def test_a_test_that_ends_its_process(run: Run) -> None:
    """What was put off is not lost with it, and the process of such a test is named as before."""
    crash = CELLS | {"test-one": "import os\nos._exit(1)"}
    cells = run(crash, ANSWERS)
    assert mark(cells["test-one"]) == "manual"
    assert mark(cells["test-two"]) == 2.0, printed(cells["test-two"])


def test_fewer_orders(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test and the given cells before it are one order; they were four."""
    sent: list[str] = []
    ordered = pair.Pair._ordered
    monkeypatch.setattr(pair.Pair, "_ordered", lambda self, *args: sent.append(args[1][0]) or ordered(self, *args))
    plain = {"given-a": "a = 1", "given-b": "b = a + 1", "answer-x": "x = 3", "given-c": "c = b + 1"}
    assert mark(run(plain | {"test-x": "assert a + b + c == 2 * x"}, {})["test-x"]) == 2.0
    assert [order for order in sent if order in ("given", "test")] == ["test"]


WRONG = {"answer-f": "f = 3", "answer-g": "import math as half\ng = half"}
FAULTS = [
    {},
    {"given-more": "import os\nos._exit(1)"},
    {"given-more": "1 / 0"},
    {"given-more": "quarter = half(half(8))\nraise SystemExit"},
    {"test-one": "assert half(3) == 1"},
    {"given-tools": "import math\nseen = []\nhalf = f"},
]


def seen(cells: dict[str, Any]) -> list[Any]:
    return [(name, mark(cell), printed(cell)) for name, cell in cells.items() if name.startswith("test")]


@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
def test_it_is_as_if_run_one_by_one(run: Run, monkeypatch: pytest.MonkeyPatch, fault: dict[str, str]) -> None:
    """Nothing that a learner reads depends on what was put off, whatever the answers, and whatever goes wrong."""
    together = [seen(run(CELLS | fault, answers)) for answers in (ANSWERS, WRONG, {})]
    monkeypatch.setattr(notebook, "_alone", lambda plans: [False] * len(plans))
    assert [seen(run(CELLS | fault, answers)) for answers in (ANSWERS, WRONG, {})] == together


@pytest.mark.parametrize(
    ("cells", "alone"),
    [
        (["g: import numpy as np\nA = np.eye(2)", "g: B = A @ A"], [True, True]),
        (["g: y = x", "g: z = y"], [False, False]),  # nobody of the instructor's binds x
        (["s: x = 1", "g: x = 2", "g: y = x"], [False, False, False]),  # a solution may bind it too
        (["g: def f():\n    return x", "g: y = f()", "s: x = 1"], [False, False, False]),
        (["g: %matplotlib inline", "g: x = 1"], [False, True]),
        (["g: x = 1", "t: x = y", "g: z = x"], [True, False, False]),  # a test has bound it to who knows what
        (["m: text", "g: print(len('abc'))"], [False, True]),
    ],
)
def test_which_cells(cells: list[str], alone: list[bool]) -> None:
    """Alone are given cells that read nothing but what such cells before them, and Python, define."""
    roles = {"g": {"locked": True}, "s": {"solution": True}, "t": {"locked": True, "grade": True}, "m": {}}
    plans = [
        Blueprint(str(k), "markdown" if text[0] == "m" else "code", text[3:], **roles[text[0]])
        for k, text in enumerate(cells)
    ]
    assert _alone(plans) == alone
