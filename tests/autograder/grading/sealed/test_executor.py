"""Whole notebooks through the sealed executor: right answers earn their marks, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, Any]]

SQUARE = {
    "given-import": "import numpy as np",
    "answer-square": "def square(x):\n    raise NotImplementedError",
    "test-square": "assert square(3) == 9\nassert np.allclose(square(np.array([1.0, 2.0])), [1.0, 4.0])",
}


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("def square(x):\n    return x * x", 2.0),
        ("square = lambda x: x**2", 2.0),
        ("import numpy\nsquare = numpy.square", 2.0),
        ("class S:\n    def __call__(self, x):\n        return x * x\nsquare = S()", 2.0),
        ("def square(x):\n    return 2 * x", 0.0),
        ("def square(x):\n    raise NotImplementedError", 0.0),
        ("", 0.0),
        ("def square(x)\n    return", 0.0),
        ("import os\ndef square(x):\n    os._exit(0)", 0.0),
    ],
)
def test_a_function(run: Run, answer: str, wanted: float) -> None:
    """A function of the student's is called across the processes; wrong, missing and dying ones fail."""
    assert mark(run(SQUARE, {"answer-square": answer})["test-square"]) == wanted


VALUES = {
    "answer-values": "n = ...\nlist_ = ...\narray = ...\ntext = ...",
    "test-values": "assert n == 3 and list_ == [1, (2,)] and array.shape == (2, 2) and text == 'ü'",
}


def test_values(run: Run) -> None:
    """Numbers, containers, arrays and texts that an answer binds are there in the test."""
    answer = "import numpy\nn, list_, array, text = 3, [1, (2,)], numpy.eye(2), 'ü'"
    assert mark(run(VALUES, {"answer-values": answer})["test-values"]) == 2.0


def test_a_given_cell_is_in_both_processes(run: Run) -> None:
    """What the instructor defines is there for answer and test, and the student cannot change the test's."""
    cells = {
        "given-data": "data = [1, 2, 3]\ndef helper(x):\n    return x + len(data)",
        "answer-total": "total = ...",
        "test-total": "assert helper(1) == 4\nassert total == sum(data)",
    }
    honest = run(cells, {"answer-total": "total = helper(0) + 3"})
    assert mark(honest["test-total"]) == 2.0
    cheat = run(cells, {"answer-total": "data.clear()\nhelper = lambda x: 4\ntotal = 0"})
    assert mark(cheat["test-total"]) == 0.0


def test_plain_cells_of_the_instructor(run: Run) -> None:
    """A cell of the instructor's that nbgrader does not know by name is run for the tests, whatever became of it."""
    cells = {"plain-1": "import math", "answer-root": "root = ...", "test-root": "assert root == math.sqrt(4)"}
    assert mark(run(cells, {"answer-root": "root = 2.0"})["test-root"]) == 2.0


def test_one_cell_dies(run: Run) -> None:
    """A cell that ends its process costs that cell: those below find what those above have defined."""
    cells = {
        "answer-a": "",
        "answer-b": "",
        "test-a": "assert a == 1",
        "test-b": "assert b == 2",
        "answer-c": "",
        "test-c": "assert c == 3",
    }
    out = run(cells, {"answer-a": "a = 1", "answer-b": "import os\nb = 2\nos._exit(3)", "answer-c": "c = a + 2"})
    assert [mark(out[f"test-{name}"]) for name in "abc"] == [2.0, 0.0, 2.0]
    assert "ended its process" in printed(out["answer-b"])
    assert "run again" in printed(out["answer-b"])


@pytest.mark.parametrize("ending", ["exit()", "quit()", "raise SystemExit", "import sys\nsys.exit(1)"])
def test_exit(run: Run, ending: str) -> None:
    """``exit()`` ends its cell and nothing else."""
    cells = {"answer-a": "", "answer-b": "", "test-a": "assert a == 1"}
    out = run(cells, {"answer-a": f"a = 1\n{ending}", "answer-b": "b = a"})
    assert mark(out["test-a"]) == 2.0
    assert not out["answer-b"].outputs


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ("0.5", 0.5),
        ("1", 1.0),
        ("2.0000000000000004", 2.0),
        ("import numpy as np; np.float64(0.5)", 0.5),
        ("None", 2.0),
        ("0.0", 0.0),
        ("print('x')", 2.0),
        ("import sys; print('careful', file=sys.stderr)", 2.0),
        ("float('nan')", "manual"),
        ("-1", "manual"),
        ("3.5", "manual"),
        ("float('inf')", "manual"),
        ("True", "manual"),
        ("'0.5'", "manual"),
        ("object()", "manual"),
        ("assert False", 0.0),
        ("raise KeyboardInterrupt", 0.0),
    ],
)
def test_last_value(run: Run, last: str, wanted: object) -> None:
    """A number in range is the mark, nothing is full marks, an error is none, and anything else is for a person."""
    assert mark(run({"test-it": last}, {})["test-it"]) == wanted


def test_reasons_are_sentences(run: Run) -> None:
    """What goes to a person says why."""
    out = run({"test-it": "3.5"}, {})
    assert out["test-it"].metadata.mcourse.manual == "The test gives 3.5 points, and the cell is worth 2."
