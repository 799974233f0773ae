"""Names of the student's, of the instructor's, and of tests: who binds which, and what others see of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, Any]]


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


def test_globals_that_a_call_changes(run: Run) -> None:
    """What a call binds or changes among the student's names is seen by the test at once."""
    cells = {
        "answer-a": "count = 0\nlog = []",
        "test-a": "before = count\ntick()\nassert count == before + 1\ntick()\nassert log == [1, 2] and count == 2",
    }
    answer = "count = 0\nlog = []\ndef tick():\n    global count\n    count += 1\n    log.append(count)"
    out = run(cells, {"answer-a": answer})
    assert mark(out["test-a"]) == 2.0, printed(out["test-a"])


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x):\n    global x0, want\n    x0 = want = 0\n    return 0",  # names of the test, bound by a call
        "want = 0\ndef f(x):\n    return 0",  # and bound before it
        "x0 = 0\nwant = 0\ndef f(x):\n    raise ValueError",  # the first test fails before it binds them
    ],
)
def test_names_of_tests(run: Run, answer: str) -> None:
    """A name that a test binds is never the student's to bind, not even where the test fails before it does."""
    cells = {
        "answer-f": "def f(x): ...",
        "test-1": "x0 = 3\ny = f(x0)\nwant = x0 + 1\nassert y == want",
        "test-2": "assert f(0) == want if 'f' else 0\nassert want == 4",
        "test-3": "assert want == 0",
    }
    out = run(cells, {"answer-f": answer})
    assert [mark(out[f"test-{k}"]) for k in (1, 2, 3)] == [0.0, 0.0, 0.0]


def test_a_comprehension_in_a_test_binds_nothing(run: Run) -> None:
    """Its variable may be called as an answer is, and the tests below still read the answer."""
    cells = {
        "answer": "y = 0",
        "test-one": "assert [x for x in 'ab'] == ['a', 'b'] and {x: 1 for x in 'a'}",
        "test-two": "assert x == 5, x",
    }
    ran = run(cells, {"answer": "y = 0\nx = 5"})
    assert (mark(ran["test-one"]), mark(ran["test-two"])) == (2.0, 2.0)


USES = "def g():\n    return 1\ndef f():\n    return g()"
TAKES_AWAY = "own = g\ndel g\ntry:\n    f()\nexcept NameError:\n    pass\nelse:\n    raise AssertionError\n"


@pytest.mark.parametrize(
    ("answer", "test", "wanted"),
    [
        (USES, f"{TAKES_AWAY}finally:\n    g = own\nassert f() == 1", 2.0),
        (USES.replace("return g()", "return 1"), f"{TAKES_AWAY}finally:\n    g = own", 0.0),
        (USES, "del g\ntry:\n    f()\nexcept NameError:\n    pass\nelse:\n    raise AssertionError", 2.0),
        (USES, "def g():\n    return 2\nassert f() == 2", "manual"),
        (USES, "def g():\n    return 1\nassert f() == 1", "manual"),
        (USES, "g = lambda: 2", 2.0),
        (USES, "assert g() == 1\nh = g\nassert f() == h()", 2.0),
    ],
)
def test_a_function_that_a_test_takes_away(run: Run, answer: str, test: str, wanted: float | str) -> None:
    """What a test takes away is gone for its calls too; what it has instead a person looks at. Tests below go on."""
    cells = {"answer-a": "def g():\n    ...\ndef f():\n    ...", "test-a": test, "test-b": "assert f() == 1"}
    out = run(cells, {"answer-a": answer})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])
    assert mark(out["test-b"]) == 2.0


@pytest.mark.parametrize(
    ("answer", "test", "wanted"),
    [
        ("import numpy as np\nx = np.pi", "assert x == np.pi", 2.0),
        ("import numpy.testing as npt\nx = 1", "npt.assert_equal(x, 1)", 2.0),
        ("code = 3", "assert code == 3", 2.0),
        ("import math\nx = math.pi", "assert x == math.pi", 2.0),
        ("class np:\n    allclose = lambda *a: True\nx = 1", "assert np.allclose(x, 2)", 0.0),
        ("import math as np\nx = 1", "assert np.allclose(x, 1)", 2.0),
    ],
)
def test_modules_that_solutions_import(run: Run, answer: str, test: str, wanted: float) -> None:
    """A module that only the solution imports, which is cut out of the instructor's text, is there for the test."""
    out = run({"answer-a": "# your code here", "test-a": test}, {"answer-a": answer})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])
