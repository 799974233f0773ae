"""Everything that a unit's text may not say, planted in the tiny unit: each is refused, with its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.authoring.model import AuthoringError
from autograder.authoring.units import read_unit

ANSWER = ":exercise: 41-half-square\n:role: answer\n\n"
TEST = "half.derivative(grad_half_square, points=2)"
QUESTION = 'half = check.question(of=half_square, wrt="x", sizes={"x": "n", "a": "n"})'
HALF_STATEMENT = '+++ {"exercise": "41-half-square", "role": "statement", "objective": 1, "minutes": 5}'
TO = "to=lambda A, X: sum(summed(A, X))"
EQUAL = f'check.equal(total, {TO}, sizes={{"A": "p m", "X": "m n"}}, points=0.5)'

TO_TEST = "```\n\n```{code-cell} ipython3\n:exercise: 41-product\n:role: test\n\n"


@dataclass(frozen=True)
class Plant:
    """A piece of the text, what takes its place, the line to be named (by a piece of it), and the message."""

    old: str
    new: str
    line: str
    message: str
    file: str = "exercises.md"


PLANTS = {
    "unknown role": Plant(":role: answer", ":role: anwser", "def grad_half", "there is no role 'anwser'"),
    "role without exercise": Plant(ANSWER, ":role: answer\n\n", "def grad_half", "exercise and role go together"),
    "exercise id": Plant("41-half-square", "41 half", "### Half a square", "at most 48 letters, digits and hyphens"),
    "role of the wrong kind": Plant(
        '"41-half-square", "role": "hint", "step": 1',
        '"41-half-square", "role": "test"',
        "What is squared",
        "a test cell is code",
    ),
    "unknown metadata": Plant(
        ":expect: doubled\n\n", ":expects: doubled\n\n# planted\n", "# planted", "takes no 'expects'"
    ),
    "split exercise": Plant(
        '"41-explain", "role": "statement", "objective": 2, "minutes": 2',
        '"41-half-square", "role": "statement", "objective": 2, "minutes": 2',
        "### In your own words",
        r"41-half-square began at line 20, and another began since",
    ),
    "no statement": Plant(HALF_STATEMENT, '+++ {"tags": []}', "def half_square", "begins without a statement"),
    "no answer": Plant(":role: answer", ":role: given", "### Half a square", "has no answer cell"),
    "solution outside an answer": Plant(
        f"entries = 12\n### END SOLUTION\n{TO_TEST}",
        f"entries = 12\n### END SOLUTION\n{TO_TEST}### BEGIN SOLUTION\nentries = 12\n### END SOLUTION\n",
        "### BEGIN SOLUTION",
        "solution marks belong in answer cells",
    ),
    "no test": Plant(
        f"```{{code-cell}} ipython3\n:exercise: 41-half-square\n:role: test\n\n{TEST}\n```",
        "",
        "### Half a square",
        "has no test cell",
    ),
    "attachment": Plant("What is squared", "![a](attachment:b.png)", "attachment:", "an attachment does not travel"),
    "picture file": Plant("What is squared", "![a](b.png)", "b.png", "a picture file does not travel"),
    "hidden code cell": Plant("What is squared", "- ```{code_cell}", "code_cell", "this text hides a code cell"),
    "empty graded cell": Plant(f"\n{TEST}\n", "\n", ":exercise: 41-half-square", "this cell is empty"),
    "bare break": Plant(HALF_STATEMENT, "+++\n\nText.\n\n" + HALF_STATEMENT, "+++", "this \\+\\+\\+ has no metadata"),
    "break without text": Plant(
        HALF_STATEMENT, f'+++ {{"exercise": "41-lost"}}\n\n{HALF_STATEMENT}', "41-lost", "has no text after it"
    ),
    "broken break": Plant(HALF_STATEMENT, HALF_STATEMENT[:-1], HALF_STATEMENT[:-1], "the metadata of this cell"),
    "broken options": Plant(ANSWER, ":exercise: [\n\n", "```{code-cell}", "the metadata of this cell"),
    "no points": Plant(TEST, "half.derivative(grad_half_square)", "half.derivative", "its points as a number"),
    "computed points": Plant(TEST, f"worth = 2\n{TEST[:-2]}worth)", "half.derivative", "its points as a number"),
    "points of nothing": Plant(TEST, f"{TEST[:-2]}0)", "half.derivative", "its points as a number"),
    "points of truth": Plant(TEST, f"{TEST[:-2]}True)", "half.derivative", "its points as a number"),
    "one summand without points": Plant(TEST, f"{TEST} + 1", "half.derivative", "its points as a number"),
    "hidden value": Plant(TEST, f"{TEST} ;  # shown", "half.derivative", "a semicolon at the end"),
    "value not last": Plant(TEST, f"mark = {TEST}", "mark =", "its points as a number"),
    "literal in a visible cell": Plant(TO, "to=12", "to=12", "to= shows the answer"),
    "literal behind a lambda": Plant(TO, "to=lambda: [3, 4]", "to=lambda", "to= shows the answer"),
    "literal in a conversion": Plant(TO, "to=tuple([1, 2])", "to=tuple", "to= shows the answer"),
    "literal array": Plant(TO, "to=np.array([1.0, 2.0])", "to=np.array", "to= shows the answer"),
    "literal under a name": Plant(EQUAL, f"right = 12\n{EQUAL.replace(TO, 'to=right')}", "to=right", "to= shows"),
    "literal by place": Plant(f"total, {TO}", "total, 12", "total, 12", "to= shows the answer"),
    "question from the answer": Plant(
        QUESTION,
        QUESTION.replace("half_square", "grad_half_square"),
        "half = check",
        "of= depends on 'grad_half_square'",
    ),
    "question through a helper": Plant(
        QUESTION,
        f"def helper(x, a):\n    return grad_half_square(x, a)\n\n\n{QUESTION.replace('half_square', 'helper')}",
        "half = check",
        "of= depends on 'helper'",
    ),
    "question in one call from the answer": Plant(
        TEST,
        'check.formula("x", grad_half_square, "x", {"x": "n"}, points=2)',
        "check.formula",
        "of= depends on 'grad_half_square'",
    ),
    "forward map from the answer": Plant(
        EQUAL,
        'check.adjoint(total, total, sizes={"A": "p m", "X": "m n"}, points=0.5)',
        "check.adjoint",
        "forward= depends on 'total'",
    ),
    "reference from the answer": Plant("to=12, ", "to=entries, ", "to=entries", "to= depends on 'entries'"),
    "unknown tag": Plant(
        ":expect: doubled\n\n", ":expect: dubbled\n\n# planted\n", "# planted", "no check gives the tag 'dubbled'"
    ),
    "no tag": Plant(":expect: doubled\n\n", "\n# planted\n", "# planted", "no check gives the tag None"),
    "mistake nobody sees": Plant(
        "def grad_half_square(x, a):\n    return 2",
        "def grad_half(x, a):\n    return 2",
        "def grad_half(",
        "binds grad_half,",
    ),
    "hint of step 4": Plant('"hint", "step": 2', '"hint", "step": 4', "Call it", "steps 1, 2 and 3; this one says 4"),
    "hint without a step": Plant('"hint", "step": 2', '"hint"', "Call it", "needs 'step'"),
    "hints out of order": Plant('"hint", "step": 1', '"hint", "step": 2', "What is squared", "this should be step 1"),
    "solution without an end": Plant(
        "    ### END SOLUTION\n", "", "### BEGIN SOLUTION", "BEGIN SOLUTION has no END SOLUTION"
    ),
    "solution without a beginning": Plant(
        "    ### BEGIN SOLUTION\n", "", "### END SOLUTION", "END SOLUTION has no BEGIN SOLUTION"
    ),
    "solution inside a solution": Plant(
        "    u = a @ x\n", "    ### BEGIN SOLUTION again\n", "BEGIN SOLUTION again", "inside another region"
    ),
    "empty solution": Plant(
        "    u = a @ x\n    return u * a\n", "\n", "### BEGIN SOLUTION", "no solution between these marks"
    ),
    "answer without a blank": Plant(
        "    ### BEGIN SOLUTION\n    u = a @ x\n    return u * a\n    ### END SOLUTION\n",
        "    return a\n",
        "def grad_half_square",
        "has its solution between",
    ),
    "nbgrader's own marks": Plant(TEST, f"### BEGIN HIDDEN TESTS\n{TEST}", "BEGIN HIDDEN", "a mark of nbgrader's own"),
    "magic": Plant("import numpy as np", "%matplotlib inline", "%matplotlib", "this is not plain Python"),
    "shared name": Plant(
        f'shape_of_product = "p n"\n### END SOLUTION\n{TO_TEST}',
        f'shape_of_product = "p n"\nhalf = 3\n### END SOLUTION\n{TO_TEST}half\n',
        "### BEGIN SOLUTION",
        "'half' is bound by 41-half-square and again by 41-product",
    ),
    "shared helper": Plant(
        "def summed(A, X):\n    return np",
        "def half_square(x):\n    return x\n\n\ndef summed(A, X):\n    return half_square(1) * np",
        "def half_square(x):",
        "'half_square' is bound by 41-half-square and again by 41-product",
    ),
    "no heading": Plant("### Half a square", "Half a square", "Half a square", "statement has a heading"),
    "no minutes": Plant(', "minutes": 5', "", "### Half a square", "needs 'minutes'"),
    "no objective of that number": Plant(
        '"objective": 1', '"objective": 3', "### Half a square", "there are 2 objectives"
    ),
    "manual without points": Plant(', "points": 3', "", "It is summed over", "needs 'points'"),
    "kernel": Plant("  name: python3\n", "  name: ir\n", "---", "names no kernel"),
    "broken front matter": Plant(
        "  title: A tiny", "  title: [A", "  title: [A", "the front matter cannot be read", "lesson.md"
    ),
    "no title": Plant("  title: A tiny unit\n", "", "---", "needs mcourse:", "lesson.md"),
    "hours in words": Plant("hours: 0.5", "hours: half", "---", "needs mcourse:", "lesson.md"),
    "after no unit's name": Plant("[00_start]", "[start]", "---", "needs mcourse:", "lesson.md"),
    "unknown front matter": Plant("  hours:", "  level: 1\n  hours:", "---", "needs mcourse:", "lesson.md"),
    "no objectives": Plant("## You will be able to", "## Aims", "---", "there are no objectives", "lesson.md"),
    "role in a lesson": Plant(
        "```{code-cell} ipython3\n",
        "```{code-cell} ipython3\n:exercise: 41-x\n:role: given\n\n",
        "1 + 1",
        "a lesson's cells have no roles",
        "lesson.md",
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_wrong_text_is_refused_with_its_line(name: str, spoiled: Callable[..., Path]) -> None:
    """Each planted fault is refused in one line that begins with its file and line."""
    plant = PLANTS[name]
    folder = spoiled(plant.old, plant.new, plant.file)
    with pytest.raises(AuthoringError, match=plant.message) as caught:
        read_unit(folder)
    error = caught.value
    assert str(error).startswith(f"{folder / plant.file}:{error.line}: ")
    assert "\n" not in str(error)
    lines = (folder / plant.file).read_text(encoding="utf-8").splitlines()
    assert error.line is not None
    assert plant.line in lines[error.line - 1]


def test_a_cell_in_another_language_is_refused(spoiled: Callable[..., Path], recwarn: pytest.WarningsRecorder) -> None:
    """Jupytext would warn and make it Python."""
    folder = spoiled(f"```{{code-cell}} ipython3\n{ANSWER}", f"```{{code-cell}} r\n{ANSWER}")
    with pytest.raises(AuthoringError, match="must have the same language"):
        read_unit(folder)
    assert not recwarn.list


def test_a_byte_order_mark_is_no_text(spoiled: Callable[..., Path]) -> None:
    """Some editors put one first."""
    folder = spoiled("# A tiny unit", "# A tiny unit")
    plain = read_unit(folder)
    text = (folder / "exercises.md").read_text(encoding="utf-8")
    (folder / "exercises.md").write_text(text, encoding="utf-8-sig")
    assert read_unit(folder) == plain


def test_a_unit_has_two_files(spoiled: Callable[..., Path]) -> None:
    """A folder without exercises is no unit."""
    folder = spoiled("# A tiny unit", "# A tiny unit")
    (folder / "exercises.md").unlink()
    with pytest.raises(AuthoringError, match=r"exercises\.md: there is no such file"):
        read_unit(folder)


def test_text_is_utf8(spoiled: Callable[..., Path]) -> None:
    """Text in another encoding is refused, not read wrongly."""
    folder = spoiled("# A tiny unit", "# A tiny unit")
    (folder / "lesson.md").write_bytes("é".encode("latin-1"))
    with pytest.raises(AuthoringError, match="not UTF-8"):
        read_unit(folder)


def test_a_unit_is_named_by_its_place(spoiled: Callable[..., Path]) -> None:
    """A folder that is not named like a unit is refused."""
    with pytest.raises(AuthoringError, match="a name such as 02_gradients"):
        read_unit(spoiled("# A tiny unit", "# A tiny unit", unit="Tiny Unit"))


def test_an_import_may_be_repeated(spoiled: Callable[..., Path]) -> None:
    """Importing the same library again changes nothing for anybody."""
    read_unit(spoiled("def summed(", "import numpy as np\n\n\ndef summed("))


def test_literals_are_allowed_in_hidden_cells(tiny) -> None:
    """The tiny unit compares with a literal where learners do not see it, and stands."""
    assert "to=12" in next(cell.source for cell in tiny.cells if cell.role == "hidden")
