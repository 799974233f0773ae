"""Sister questions: stated as text, worked into the notebook, and never the exercise's own question."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import check
from autograder.authoring import sisters
from autograder.authoring.contract import verify_exercise
from autograder.authoring.model import AuthoringError, Unit
from autograder.authoring.notebooks import hints_file, source_notebook
from autograder.authoring.units import find_units, read_unit

SISTER = 'check.question(of="(a @ x)**3 / 3", wrt="x", sizes={"x": "n", "a": "n"})'
STEP = '+++ {"exercise": "41-half-square", "role": "hint", "step": 3}\n\nNow $\\mathrm du = a^\\top\\mathrm dx$.\n'
COURSE = Path(__file__).parents[3] / "course" / "units"


def messages(folder: Path) -> list[str]:
    """What the contract says of the exercise with the sister question."""
    unit = read_unit(folder)
    return [problem.message for problem in verify_exercise(unit.name, unit.common, unit.exercises[0], 2).problems]


def test_what_lies_beside_the_notebook(tiny: Unit) -> None:
    """The file of hints has, for every exercise, its title, its steps, and the sister question as it was stated."""
    said = json.loads(hints_file(tiny))
    assert said["unit"] == "41_tiny"
    assert list(said["exercises"]) == ["41-half-square", "41-product", "41-explain"]
    half = said["exercises"]["41-half-square"]
    assert half["title"] == "Half a square"
    assert half["steps"][0] == "What is squared is one number."
    assert half["sister"] == {"of": "(a @ x)**3 / 3", "wrt": "x", "sizes": {"x": "n", "a": "n"}}
    assert said["exercises"]["41-product"]["sister"] is None


def test_what_stands_in_the_notebook(tiny: Unit) -> None:
    """The sister question stands folded after the third hint, worked, as text that needs no running."""
    cells = {cell["id"]: cell for cell in json.loads(source_notebook(tiny))["cells"]}
    cell = cells["41-half-square-hint-4"]
    text = "".join(cell["source"])
    assert cell["cell_type"] == "markdown"
    assert text.startswith("<details>\n<summary>A sister question, worked</summary>")
    assert r"\nabla f = \left(a^\top x\right)^{2} a" in text
    assert "nbgrader" not in cell["metadata"]


@pytest.mark.parametrize(
    "text",
    [
        'check.question(of="(a @ x)**2 / 2", wrt="x", sizes={"x": "n", "a": "n"})',
        'check.question(of="(u @ v)**2 / 2 + 7", wrt="v", sizes={"u": "k", "v": "k"})',
        'check.question(of="x @ outer(a, a) @ x / 2", wrt="x", sizes={"x": "n", "a": "n"}, layout="numerator")',
    ],
)
def test_the_exercise_itself_is_no_sister(spoiled: Callable[..., Path], text: str) -> None:
    """The same question with other letters, in another order, with a constant or in another layout is refused."""
    found = messages(spoiled(SISTER, text))
    assert found == ["the sister question is half, and working it gives the answer away; state another one"]


@pytest.mark.parametrize(
    "text",
    [
        SISTER,
        'check.question(of="(a @ x)**2", wrt="x", sizes={"x": "n", "a": "n"})',
        'check.question(of="(a @ x)**2 / 2", wrt="a", sizes={"x": "n", "a": "n"})'.replace("/ 2", "/ 3"),
        'check.question(of="tr(X.T @ X)", wrt="X", sizes={"X": "m n"})',
        'check.question(of="a @ x + b @ x + c @ x", wrt="x", sizes={"x": "n", "a": "n", "b": "n", "c": "n"})',
    ],
)
def test_another_question_is_a_sister(spoiled: Callable[..., Path], text: str) -> None:
    """A question with another derivative is accepted, also one of other shapes or with more arguments."""
    assert messages(spoiled(SISTER, text)) == []


def test_a_variant_of_the_exercise_is_no_sister(tmp_path: Path) -> None:
    """A sister that is some student's own question is refused."""
    varied = Path(__file__).parent / "varied" / "42_varied"
    folder = tmp_path / "42_varied"
    folder.mkdir()
    (folder / "lesson.md").write_bytes((varied / "lesson.md").read_bytes())
    text = (varied / "exercises.md").read_text(encoding="utf-8")
    assert "x @ A @ x + (b @ x)**2" in text
    own = text.replace('of="x @ A @ x + (b @ x)**2"', 'of="x @ A @ x - 5 * (b @ x)"')
    (folder / "exercises.md").write_text(own, encoding="utf-8")
    assert messages(folder) == [
        "the sister question is bowl_question, and working it gives the answer away; state another one"
    ]


def test_fewer_than_three_hints(spoiled: Callable[..., Path]) -> None:
    """An exercise with two hints is refused, with the line of its statement."""
    assert messages(spoiled(STEP, "")) == ["it has 2 of 3 hints: where to look, the rule, the next line"]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("1 + 1", "a hint of code is one sister question, such as check.question(of="),
        (f"q = {SISTER}", "a hint of code is one sister question"),
        (SISTER.replace('"(a @ x)**3 / 3"', "half_square"), "a sister question is written out, with nothing computed"),
        (SISTER.replace("a @ x", "a x"), "the sister question cannot be read: "),
        (SISTER.replace('wrt="x"', 'wrt="y"'), "the sister question cannot be read: question: wrt='y'"),
        (SISTER.replace("wrt=", "by="), "the sister question cannot be read: "),
        (SISTER.replace('"(a @ x)**3 / 3"', "3"), "the sister question cannot be read: question: of= is 3"),
        (
            f"{SISTER}\n```\n\n```{{code-cell}} ipython3\n:exercise: 41-half-square\n:role: hint\n\n{SISTER}",
            "an exercise has one sister question",
        ),
    ],
)
def test_what_is_no_sister_question(spoiled: Callable[..., Path], new: str, message: str) -> None:
    """What cannot be worked is refused where the text is read, with its line."""
    with pytest.raises(AuthoringError, match=re.escape(message)) as refused:
        read_unit(spoiled(SISTER, new))
    assert refused.value.line is not None


def test_a_sister_has_no_step(spoiled: Callable[..., Path]) -> None:
    """A step on a sister question is refused: it comes after all of them."""
    cell = ":exercise: 41-half-square\n:role: hint\n"
    with pytest.raises(AuthoringError, match="has no step of its own"):
        read_unit(spoiled(cell, f"{cell}:step: 4\n"))


def test_the_course_has_sisters() -> None:
    """Every unit but the first two has sister questions, and the course has twenty at least."""
    counts = {
        unit.name: sum(sisters.sister(exercise) is not None for exercise in unit.exercises)
        for unit in map(read_unit, find_units(COURSE))
    }
    assert sum(counts.values()) >= 20
    assert all(counts[name] >= 9 for name in ("02_gradients", "03_jacobians", "07_index_notation"))


def test_a_question_is_compared_by_its_function() -> None:
    """Two questions agree where their functions do, whether they are stated as text or as a function."""
    by_text = check.question(of="(a @ x)**2 / 2", wrt="x", sizes={"x": "n", "a": "n"}).stated
    by_function = check.question(of=lambda x, a: (a @ x) ** 2 / 2, wrt="x", sizes={"x": "n", "a": "n"}).stated
    assert sisters._agree(by_function, by_text, (0, 1))
    assert not sisters._agree(
        by_function, check.question(of="a @ x", wrt="x", sizes={"x": "n", "a": "n"}).stated, (0, 1)
    )
