"""Answers that stand ready: given functions and those of mcutils, planted in the tiny unit and tried as answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.contract import ExerciseResult, verify_exercise
from autograder.authoring.model import Cell, Role
from autograder.authoring.mutation import mutate
from autograder.authoring.offers import READY
from autograder.authoring.units import read_unit
from autograder.authoring.verify import _tasks

HALF = "41-half-square"
QUESTION = "half = check.question(of=half_square"
TEST = "half.derivative(grad_half_square, points=2)"
COMPARED = 'check.equal(grad_half_square, to=slopes, sizes={"x": "n", "a": "n"}, points=2)'
IMPORT = "from autograder import check\n"
MISTAKE = f"```{{code-cell}} ipython3\n:exercise: {HALF}\n:role: mistake\n:expect: doubled\n"
Spoil = Callable[..., Path]


def verified(folder: Path, exercise: str = HALF) -> ExerciseResult:
    """What verify finds in one exercise, run in this process with the cells that come before it."""
    (task,) = _tasks([read_unit(folder)], f"{folder.name}#{exercise}", 2)
    return verify_exercise(*task)


def offered(folder: Path, exercise: str = HALF) -> list[str]:
    """The last line of each answer that stands ready and earns full marks."""
    problems = verified(folder, exercise).problems
    assert all("all of it stands ready" in problem.message for problem in problems), problems
    return [problem.diff.splitlines()[-1] for problem in problems]


def tried(given: str, parameters: str, solution: str, sizes: str) -> list[str]:
    """The offers that earn full marks, where a test compares an answer with the solution that it writes out itself."""
    written = f"def answer({parameters}):\n    return {solution}"
    sources: dict[str, Role] = {
        f"import numpy as np\nimport mcutils as mc\nfrom autograder import check\n{given}": "given",
        written: "answer",
        f"check.equal(answer, to=lambda {parameters}: {solution}, sizes={sizes}, points=1)": "test",
    }
    cells = [
        Cell(Path("x.md"), 1, "code", role, source, f"c-{k}", "x", float(role == "test"))
        for k, (source, role) in enumerate(sources.items())
    ]
    found = mutate(cells).mutants
    return [m.diff.splitlines()[-1] for m in found if m.operator == READY.name and m.fate == "survived"]


def compared_with(spoiled: Spoil, given: str, test: str = COMPARED) -> Path:
    """The tiny unit with a function in its given cell, and a test that compares with it."""
    spoiled(QUESTION, f"{given}\n\n\n{QUESTION}")
    return spoiled(TEST, test)


def test_a_reference_in_a_given_cell_is_found(spoiled: Spoil) -> None:
    """What the test compares with can simply be called, so it may not stand in a given cell."""
    folder = compared_with(spoiled, "def slopes(x, a):\n    return np.multiply.outer(a @ x, a)")
    (problem,) = verified(folder).problems
    lines = (folder / "exercises.md").read_text(encoding="utf-8").splitlines()
    assert lines[problem.line - 1] == "def grad_half_square(x, a):"
    assert problem.diff.splitlines()[-1] == "+    return slopes(x, a)"
    assert "move it into the test cell" in problem.message


def test_a_reference_in_the_test_cell_is_out_of_reach(spoiled: Spoil) -> None:
    """The same function in the test cell is no answer that stands ready."""
    folder = spoiled(TEST, f"def slopes(x, a):\n    return np.multiply.outer(a @ x, a)\n\n\n{COMPARED}")
    assert offered(folder) == []


TURNED = {
    "slopes(x, a)": "def slopes(x, a):\n    return a * (a @ x)",
    "-ready(x, a)": "def ready(x, a):\n    return -a * (a @ x)",
    "ready(x, a) - x": "def ready(x, a):\n    return (a @ x) * a + x",
    "mc.gradient(lambda x: ready(x, a), x)": "def ready(x, a):\n    return (a @ x) ** 2 / 2",
    "mc.frobenius(x, a)": "",
}
SOLUTIONS = {"mc.frobenius(x, a)": "x @ a"}


@pytest.mark.parametrize("text", TURNED)
def test_a_slight_turn_hides_nothing(text: str) -> None:
    """A sign, an argument too much, a derivative by mcutils: none of them makes work of it."""
    solution = SOLUTIONS.get(text, "a * (x @ a)")
    assert f"+    return {text}" in tried(TURNED[text], "x, a", solution, '{"x": "n", "a": "n"}')


def test_some_of_the_arguments_are_enough() -> None:
    """A function of fewer arguments is tried with some of the answer's, in their order, and a matrix is turned."""
    given = "def ready(A, b):\n    return np.outer(b, A[0])"
    sizes = '{"A": "m n", "x": "k", "b": "m"}'
    assert tried(given, "A, x, b", "np.outer(A[0], b)", sizes) == ["+    return ready(A, b).T"]


def test_work_is_no_offer() -> None:
    """A given function that is one part of the answer may be used in it."""
    given = "def part(x):\n    return np.tanh(x)"
    assert tried(given, "x, a", "part(x) * a", '{"x": "n", "a": "n"}') == []


def test_the_derivative_functions_are_tried(spoiled: Spoil) -> None:
    """A question about a gradient may not be answered by mc.gradient; closed_form refuses that."""
    folder = spoiled(IMPORT, f"import mcutils as mc\n{IMPORT}")
    assert sorted(offered(folder)) == [
        "+    return mc.gradient(lambda x: half.f(x, a), x)",
        "+    return mc.gradient(lambda x: half_square(x, a), x)",
    ]
    folder = spoiled(TEST, TEST.replace("points", "closed_form=True, points"))
    found = verified(folder)
    assert found.problems == ()
    ready = [mutant.fate for mutant in found.mutation.mutants if "mc.gradient" in mutant.diff]
    assert ready == ["invalid", "invalid"]


def test_what_is_the_point_is_listed(spoiled: Spoil) -> None:
    """An exercise whose point is to call what is given says so in a right cell, with the reason."""
    folder = compared_with(spoiled, "def slopes(x, a):\n    return np.multiply.outer(a @ x, a)")
    head = f"```{{code-cell}} ipython3\n:exercise: {HALF}\n:role: right\n:because: to find this function is the point\n"
    spoiled(MISTAKE, f"{head}\ndef grad_half_square(x, a):\n    return slopes(x, a)\n```\n\n{MISTAKE}")
    found = verified(folder)
    assert found.problems == ()
    assert [m.said for m in found.mutation.mutants if m.fate == "accepted"] == ["to find this function is the point"]


def test_an_exercise_may_not_ask_twice_for_the_same(spoiled: Spoil) -> None:
    """The answer to one part of an exercise is no answer to its other part."""
    spoiled(
        "    return u * a\n    ### END SOLUTION\n",
        "    return u * a\n    ### END SOLUTION\n\n\ndef again(x, a):\n    ### BEGIN SOLUTION\n"
        "    return a * (a @ x)\n    ### END SOLUTION\n",
    )
    second = f"```{{code-cell}} ipython3\n:exercise: {HALF}\n:role: test\n\nhalf.derivative(again, points=1)\n```\n\n"
    spoiled(MISTAKE, f"{second}{MISTAKE}")
    folder = spoiled("def grad_half_square(x, a):\n    return a @ x\n", "def again(x, a):\n    return a @ x\n")
    assert "+    return grad_half_square(x, a)" in offered(folder)


def test_a_value_that_is_given_is_no_answer(spoiled: Spoil) -> None:
    """Where the answer is a value, given values and what given functions make of them are tried."""
    given = "three = 3\n\n\ndef size():\n    return len(np.ones(three))"
    spoiled(
        'def grad_half_square(x, a):\n    """Return the gradient of half_square at x, an array of shape (n,)."""\n',
        "",
    )
    spoiled(
        "    ### BEGIN SOLUTION\n    u = a @ x\n    return u * a\n    ### END", "### BEGIN SOLUTION\nrows = 3\n### END"
    )
    spoiled("def grad_half_square(x, a):\n    return 2 * (a @ x) * a\n", "rows = 6\n")
    spoiled("def grad_half_square(x, a):\n    return a @ x\n", "rows = np.ones(2)\n")
    folder = compared_with(spoiled, given, "check.equal(rows, to=size, points=2)")
    assert offered(folder) == ["+rows = three", "+rows = size()"]


def test_given_cells_of_earlier_exercises_are_tried(spoiled: Spoil) -> None:
    """A function of an earlier exercise is in the notebook too."""
    folder = spoiled(QUESTION, f"def early(A, B):\n    return A @ B\n\n\n{QUESTION}")
    (task,) = _tasks([read_unit(folder)], "41_tiny#41-product", 2)
    assert [("def early" in cell.source, cell.role) for cell in task[-1]] == [(True, "given")]
    assert not _tasks([read_unit(folder)], f"41_tiny#{HALF}", 2)[0][-1]
