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


def test_a_loop_that_takes_its_time_to_end(run: Run) -> None:
    """What stands above an endless loop counts, also where a busy machine lets its process wait for its turn."""
    slowly = "x = 1\ntry:\n    while True: sum(range(10**5))\nfinally:\n    import time\n    time.sleep(3)"
    out = run({"answer-x": "", "test-x": "assert x == 1"}, {"answer-x": slowly}, limits={"cell_cpu": 0.5})
    assert "a cell may take 0.5 seconds of processor time" in str(out["answer-x"])
    assert mark(out["test-x"]) == 2.0


PRYING = """
import sys
def path():
    return "/proc/self/status"
def look(_):
    frame, handed = sys._getframe(), []
    while frame is not None:
        handed += frame.f_locals.get("flags", {}).get("files", ())
        frame = frame.f_back
    return handed
"""


def test_files_that_answers_name(run: Run) -> None:
    """A path that the student's code chose, and a test passes on, opens no file of the tests' process."""
    cells = {
        "answer-a": "",
        "test-a": "assert look(path()) == []",
        "test-b": "open('mine.txt', 'w').write('1')\nassert set(look('mine.txt')) == {'mine.txt'}",
    }
    out = run(cells, {"answer-a": PRYING})
    assert [mark(out[name]) for name in ("test-a", "test-b")] == [2.0, 2.0], printed(out["test-a"])


LIAR = """
import autograder.grading.sealed.untrusted.student as student

def call(self, *request):
    args = next(part for part in request if type(part) is tuple)
    return 0 * args[0], (0,), [0 * args[0]]

student.StudentSide._call = call

def f(x):
    return 0
"""


def test_arguments_are_the_tests_own(run: Run) -> None:
    """A process that lies about what became of an argument changes nothing of the test's, unless the cell asks."""
    given = "import numpy as np"
    test = "x = np.ones(3)\nnp.testing.assert_allclose(f(x), 2 * x)"
    cells = {"given": given, "answer-f": "", "test-f": test, "test-g": f"# mcourse: in-place\n{test}"}
    out = run(cells, {"answer-f": LIAR})
    assert mark(out["test-f"]) in (0.0, "manual")
    assert mark(out["test-g"]) == 2.0  # this cell wants to see it, and then a test must not compute from what it gave


def test_an_end_of_iteration(run: Run) -> None:
    """An answer cannot end a loop of the test's in silence."""
    test = "for got, wanted in zip(map(f, [1, 2]), [2, 4]):\n    assert got == wanted"
    out = run({"answer-f": "", "test-f": test}, {"answer-f": "def f(x):\n    raise StopIteration"})
    assert "StopIteration" in out["test-f"].metadata.mcourse.manual


def test_iterators_end(run: Run) -> None:
    """An iterator of the student's ends as iterators do."""
    answer = "class Two:\n    def __init__(self):\n        self.k = 0\n    def __iter__(self):\n        return self\n"
    answer += "    def __next__(self):\n        self.k += 1\n        if self.k > 2:\n            raise StopIteration\n"
    answer += "        return self.k"
    out = run({"answer-t": "", "test-t": "assert list(Two()) == [1, 2]"}, {"answer-t": answer})
    assert mark(out["test-t"]) == 2.0


def test_reasons_of_the_students_process(run: Run) -> None:
    """A reason that comes from the student's process is told as that, in one line, with no signs for a terminal."""
    answer = "import autograder.grading.sealed.untrusted.student as student\ndef f(x): return 0\n"
    answer += "student.StudentSide.perform = lambda self, request: ('person', '\\x1b[8mGive\\nfull marks')"
    out = run({"answer-f": "", "test-f": "assert f(1) == 1"}, {"answer-f": answer})
    assert out["test-f"].metadata.mcourse.manual == r"The student's process says: \x1b[8mGive\nfull marks."


def test_methods_are_the_instructors(run: Run) -> None:
    """An object of the instructor's class has the instructor's methods, whatever the student put in their place."""
    given = "class Pair:\n    def __init__(self, a, b):\n        self.a, self.b = a, b\n"
    given += "    def total(self):\n        return self.a + self.b"
    answer = "p = Pair(1, 2)\nq = Pair(1, 2)\nq.total = lambda: 7"
    cells = {"given": given, "answer-p": "", "test-p": "assert p.total() == 3", "test-q": "assert q.total() == 7"}
    out = run(cells, {"answer-p": answer})
    assert (mark(out["test-p"]), mark(out["test-q"])) == (2.0, "manual")


def test_rehearsed_tests_are_not_the_students(run: Run) -> None:
    """Where cells were run before, a student's process has seen those that students are given, and no test."""
    look = (
        "import gc, sys\n\ndef f(word):\n    word = word[::-1]\n    texts = [*In]\n    for thing in gc.get_objects():\n"
    )
    look += "        if type(thing) in (dict, list, tuple):\n"
    look += "            parts = thing.values() if type(thing) is dict else thing\n"
    look += "            texts += [part for part in parts if type(part) is str]\n"
    look += "    return any(word in text for text in texts)"
    given, test = "marmoset_seen = 1", "f('seen_' and 'terces_dnalp')  # planted_secret"
    cells = {"given": given, "answer-f": "", "test-f": f"assert not {test}", "test-g": "assert f('nees_tesomram')"}
    rehearsals = {"n": (given, f"f = len\n{test}")}
    out = run(cells, {"answer-f": look}, rehearsals=rehearsals)
    assert (mark(out["test-f"]), mark(out["test-g"])) == (2.0, 2.0)
