"""Names of the student's, of the instructor's, and of tests: who binds which, and what others see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tasks import graded, mark, printed, task_of

from autograder.grading.sealed import Sealed

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


STAR = "from numpy.testing import *\n"
BOUND = "def f(x):\n    global assert_equal\n    assert_equal = print\n    return 3 if x == 1 else 0"


@pytest.mark.parametrize(
    ("given", "test"),
    [
        ("", STAR + "assert_equal(f(1), 3)\nassert_equal(f(2), 6)"),
        (STAR, "assert_equal(f(1), 3)\nassert_equal(f(2), 6)"),
        (STAR + "assert_equal(1, 1)", "assert_equal(f(1), 3)\nassert_equal(f(2), 6)"),
        ("exec('def assert_equal(one, other): assert one == other')\nassert_equal(1, 1)", "assert_equal(f(2), 6)"),
    ],
)
def test_names_that_no_text_says(run: Run, given: str, test: str) -> None:
    """What a cell of the instructor's binds without saying it is not the student's either, before a call or by it."""
    cells = {"given-a": given or "pass", "answer-f": "def f(x): ...", "test-a": test, "test-b": "assert_equal(f(2), 6)"}
    honest = run(cells, {"answer-f": "def f(x):\n    return 3 * x"})
    assert [mark(honest[name]) for name in ("test-a", "test-b")] == [2.0, 2.0]
    cheats = run(cells, {"answer-f": BOUND}), run(cells, {"answer-f": BOUND + "\nassert_equal = print"})
    assert all(mark(out[name]) in (0.0, "manual") for out in cheats for name in ("test-a", "test-b"))
    assert [mark(out["test-b"]) for out in cheats] == [0.0, 0.0]


LOOK = """
import autograder.grading.sealed.untrusted.student as own
asked, honest = [], own.StudentSide.perform
def perform(self, request):
    asked.append(request)
    return honest(self, request)
own.StudentSide.perform = perform
def f(x):
    return str(asked)
"""


def test_what_a_test_says_is_not_told(run: Run) -> None:
    """Neither names that a test binds itself nor the words of its messages come to the student's process."""
    test = "secret = 5\nassert 'f' in globals(), 'hush'\nprint('whisper')\nsaid = f(secret)\nprint(said)\nassert said"
    out = run({"answer-f": "def f(x): ...", "test-a": test}, {"answer-f": LOOK})
    said = printed(out["test-a"])
    assert "names" in said
    assert [word for word in ("secret", "hush", "'whisper'") if word in said] == []


def test_a_module_that_only_the_solution_imports(sealed: Sealed) -> None:
    """A module that a solution imports, though that is cut out, is the library's; a function is the student's."""
    test = "assert math.isclose(root, 2)\nassert gcd(4, 6) == 2"
    task = task_of({"answer-a": "", "test-a": test}, {"answer-a": "root = 2.0\nfrom math import gcd"})
    plans = [replace(plan, imports=("import math", "from fractions import gcd")) for plan in task.plans["n"]]
    assert mark(graded(sealed.run(replace(task, plans={"n": tuple(plans)})))["test-a"]) == 2.0
    cheat = task_of({"answer-a": "", "test-a": test}, {"answer-a": "class math:\n    isclose = print\nroot = 0"})
    assert mark(graded(sealed.run(replace(cheat, plans={"n": tuple(plans)})))["test-a"]) == 0.0


@pytest.mark.parametrize("before", ["t = Clock()", "t = 3", "def t(x):\n    return x", "t = shown(1)"])
def test_a_test_has_bound_what_an_answer_binds_below(run: Run, before: str) -> None:
    """What tests bind for themselves is the student's as soon as an answer binds it, and goes on until then."""
    cells = {
        "answer-a": "class Clock:\n    pass\ndef shown(x):\n    return lambda: x",
        "test-a": f"{before}\nassert shown(1)() == 1",
        "answer-b": "t.append(1)",  # and so it is known that the answer changes t
        "test-b": "assert t == [1]",
    }
    assert mark(run(cells, {"answer-b": "t = [1]"})["test-b"]) == 2.0
    assert mark(run(cells, {"answer-b": "t = [2]"})["test-b"]) == 0.0
    kept = cells | {"test-b": "t\nassert False, 'it is there'"}
    assert "it is there" in printed(run(kept, {"answer-b": "raise NotImplementedError"})["test-b"])


def test_a_name_of_a_tests_is_no_function_of_the_students(run: Run) -> None:
    """A test that binds another function of the student's under a name of its own does not take one away."""
    cells = {
        "answer-a": "def adder(n):\n    return lambda x: x + n",
        "test-a": "r = adder(1)\nassert r(1) == 2",
        "test-b": "r = adder(2)\nassert r(1) == 3 and adder(3)(1) == 4",
    }
    assert mark(run(cells, {})["test-b"]) == 2.0


def test_a_function_of_a_module_changes_no_module(run: Run) -> None:
    """A wrong answer is wrong, also where its test removes a file."""
    test = (
        "import os\nopen('a.txt', 'w').close()\ntry:\n    assert size('a.txt') == 0\nfinally:\n    os.remove('a.txt')"
    )
    out = run({"answer-a": "", "test-a": test}, {"answer-a": "def size(path):\n    return 1"})
    assert mark(out["test-a"]) == 0.0


def test_a_test_changes_what_was_given(run: Run) -> None:
    """A test that changes a given dictionary in place changes its own; a person decides where it fails."""
    test = "rates['EUR'] = 2\nassert price(3) == 6"
    cells = {"given-a": "rates = {'EUR': 1}", "answer-b": "", "test-b": test}
    assert mark(run(cells, {"answer-b": "def price(x):\n    return x * rates['EUR']"})["test-b"]) == "manual"
    assert mark(run(cells, {"answer-b": "def price(x):\n    return x"})["test-b"]) == 0.0


def test_a_test_takes_away_what_was_nothing(run: Run) -> None:
    """A name that stands for nothing can be taken away as any other."""
    out = run({"answer-a": "x = 1", "test-a": "del x\nassert 'x' not in globals()"}, {"answer-a": "x = None"})
    assert mark(out["test-a"]) == 2.0


def test_a_test_that_was_stopped_puts_back_what_it_replaced(run: Run) -> None:
    """What a test puts in the place of a student's function is gone where the test is left to a person."""
    own = "def f(x):\n    return 2 * x\ndef g(x):\n    return f(x)"
    replaced = "before = f\ndef f(x):\n    return 5\nassert g(1) == 5\nf = before"
    out = run({"answer-a": own, "test-a": replaced, "test-b": "assert f(3) == 6"}, {"answer-a": own})
    assert [mark(out[name]) for name in ("test-a", "test-b")] == ["manual", 2.0]


def test_a_function_of_a_test_above(run: Run) -> None:
    """What a test above has handed over cannot be called below; a person decides where a test fails by that."""
    kept = "def kept(f):\n    def inner(n, told={}):\n        if n not in told:\n            told[n] = f(n)\n"
    above = "@kept\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nassert fib(28) == 317811"
    cells = {"answer-a": "", "test-a": above, "test-b": "assert fib(4) == 3", "test-c": "assert fib(29) == 514229"}
    out = run(cells, {"answer-a": kept + "        return told[n]\n    return inner"})
    assert [mark(out[name]) for name in ("test-a", "test-b", "test-c")] == [2.0, 2.0, "manual"]
