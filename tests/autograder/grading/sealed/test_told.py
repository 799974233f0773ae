"""What a test would ask the student's process for is told with the reply of the cell above, and means the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

from autograder.grading.rebuild import Blueprint
from autograder.grading.sealed.supervisor import notebook
from autograder.grading.sealed.supervisor.notebook import _asked

Run = Callable[..., dict[str, Any]]

CELLS = {
    "given-n": "n = 3",
    "answer-one": "def f(): ...\nx = [1]",
    "test-one": "assert x == [1]\nx.append(2)",
    "test-two": "f()\nassert x == [1], x",
    "test-three": "assert x == [1, 5] and y == 2, (x, y)",
    "answer-two": "y = 2",
    "test-four": "assert y == 4",
}
ANSWERS = [
    {"answer-one": "x = [1]\ny = 2\ndef f():\n    x.append(5)", "answer-two": "y = 4"},
    {"answer-one": "x = [1]\ndef f():\n    global x\n    x = [1, 5]", "answer-two": "y = 4"},
    {"answer-one": "x = [1]\ny = 2\ndef f():\n    raise SystemExit", "answer-two": "import os\nos._exit(1)"},
    {"answer-one": "x = [1]\ny = 2\ndef f():\n    import os\n    os._exit(1)", "answer-two": "y = x"},
    {"answer-one": "class X:\n    def __getattribute__(self, name):\n        1 / 0\nx = X()\nf = X()"},
    {"answer-one": "class L(list):\n    pass\nx = L([1])\nf = print\ny = object()"},
    {"answer-one": "import numpy as np\nx = np.zeros(10**6)\ndef f():\n    return x"},
    {"answer-one": "from numpy import linalg as x\nimport math as f"},
    {"answer-one": "x = [1]\nx.append(x)\ndef f(): pass"},
    {"answer-one": "x = [1]\ndef f(): pass", "added": "x.append(7)"},
]


def seen(cells: dict[str, Any]) -> list[Any]:
    return [(name, mark(cell), printed(cell)) for name, cell in cells.items() if name.startswith("test")]


@pytest.mark.parametrize("answers", ANSWERS, ids=range(len(ANSWERS)))
def test_it_is_as_if_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> None:
    """Marks and words are those of tests that ask for each name themselves."""
    told = seen(run(CELLS, answers))
    monkeypatch.setattr(notebook, "_asked", lambda plans: [[] for _ in plans])
    assert seen(run(CELLS, answers)) == told


def test_something_is_told(run: Run) -> None:
    """A test that reads a plain name asks nothing; this would fail if it did."""
    look = "import gc\nside = next(o for o in gc.get_objects() if type(o).__name__ == 'TestSide')\n"
    cells = CELLS | {"test-one": f"{look}assert x == [1] and side.number == 0, side.number"}
    assert mark(run(cells, ANSWERS[0])["test-one"]) == 2.0


def test_which_names() -> None:
    """Asked for are the names of answers that the next tests read, whatever stands between cells of text."""
    plans = [
        Blueprint("g", "code", "def g(): return later + other", locked=True),
        Blueprint("a", "code", "x = 1\nlater = 2", solution=True),
        Blueprint("m", "markdown", "text"),
        Blueprint("t", "code", "assert x + n == g()", grade=True, locked=True, points=1),
        Blueprint("u", "code", "assert z", grade=True, locked=True, points=1),
        Blueprint("b", "code", "z = 3", solution=True),
        Blueprint("v", "code", "assert z", grade=True, locked=True, points=1),
    ]
    assert _asked(plans) == [[], ["later", "n", "x", "z"], [], [], [], ["later", "z"], []]
