"""What is read from a unit's text."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

from autograder.authoring.model import AuthoringError, Unit
from autograder.authoring.units import find_units, read_units

ROOT = Path(__file__).parents[3]
UNITS = Path(__file__).parent / "units"
TEXTS = sorted([*ROOT.glob("course/units/*/*.md"), *UNITS.glob("*/*.md")])


def test_front_matter_and_objectives(tiny: Unit) -> None:
    """A lesson says its title, hours, what comes before it, and what the learner will be able to do."""
    assert (tiny.name, tiny.title, tiny.hours, tiny.after) == ("41_tiny", "A tiny unit", 0.5, ("00_start",))
    assert tiny.objectives == (
        "write the gradient of half a square",
        "read the shape of a product, and say what became of its axes",
    )


def test_exercises_group_their_cells(tiny: Unit) -> None:
    """Each exercise has its title, objective, minutes and points, and its cells in the order of the text."""
    found = [(e.id, e.title, e.objective, e.minutes, e.points) for e in tiny.exercises]
    assert found == [
        ("41-half-square", "Half a square", 1, 5, 2.0),
        ("41-product", "A product", 2, 3, 3.0),
        ("41-explain", "In your own words", 2, 2, 3.0),
    ]
    assert [cell.role for cell in tiny.exercises[0].cells] == (
        ["statement", "given", "answer", "test", "mistake", "mistake", "hint", "hint", "hint", "hint"]
    )
    assert (tiny.points, tiny.minutes) == (8.0, 10)


def test_ids_come_from_exercise_role_and_position(tiny: Unit) -> None:
    """A cell's id names its exercise, its role, and its number among that role's cells."""
    product = [cell.id for cell in tiny.exercises[1].cells]
    assert product[:4] == ["41-product-statement-1", "41-product-answer-1", "41-product-test-1", "41-product-given-1"]
    assert product[4:7] == ["41-product-answer-2", "41-product-test-2", "41-product-hidden-1"]
    assert [cell.id for cell in tiny.cells if cell.role is None] == ["41_tiny-text-1", "41_tiny-code-1"]
    assert [cell.id for cell in tiny.lesson] == ["41_tiny-lesson-text-1", "41_tiny-lesson-code-1"]


def test_every_cell_knows_its_line(tiny: Unit) -> None:
    """The line of a cell is the line of the file on which its source begins."""
    for cell in (*tiny.lesson, *tiny.cells):
        lines = cell.path.read_text(encoding="utf-8").splitlines()
        assert lines[cell.line - 1 : cell.line - 1 + len(cell.source.splitlines())] == cell.source.splitlines()


def test_points_of_a_sum_of_checks(spoiled) -> None:
    """A test that ends with a sum of checks is worth their sum."""
    one = "half.derivative(grad_half_square, points=2)"
    (unit,) = read_units([spoiled(one, f"{one} + half.derivative(\n    grad_half_square, points=0.5\n)")])
    assert unit.exercises[0].points == 2.5


def test_units_are_found_in_several_folders(spoiled) -> None:
    """Units of the course and private ones come in one list, sorted by name."""
    private = spoiled("# A tiny unit", "# A private unit", unit="05_private").parent
    assert [folder.name for folder in find_units(UNITS, private)] == ["05_private", "41_tiny"]


def test_units_of_one_name_are_refused(spoiled) -> None:
    """A private unit cannot hide one of the course."""
    with pytest.raises(AuthoringError, match="has the same name"):
        find_units(UNITS, spoiled("# A tiny unit", "# Another").parent)


@pytest.mark.parametrize("root", ["nowhere", "."])
def test_a_folder_without_units_is_refused(tmp_path: Path, root: str) -> None:
    """A folder that is not there, or holds no unit, is no folder of units."""
    with pytest.raises(AuthoringError, match=r"there is no such folder|holds no unit"):
        find_units(tmp_path / root)


def test_an_exercise_belongs_to_one_unit(spoiled) -> None:
    """Two units cannot both have an exercise of one name: marks are stored by it."""
    twin = spoiled("# A tiny unit: exercises", "# Twin", unit="42_twin")
    with pytest.raises(AuthoringError, match=r"42_twin/exercises.md:\d+: 41_tiny has an exercise 41-half-square too"):
        read_units([UNITS / "41_tiny", twin])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_jupytext_writes_a_unit_back_unchanged(path: Path) -> None:
    """An author who opens a unit in JupyterLab and saves it changes nothing but what was edited."""
    text = path.read_text(encoding="utf-8")
    assert jupytext.writes(jupytext.reads(text, fmt="md:myst"), fmt="md:myst") == text
