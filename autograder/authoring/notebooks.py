"""Turn a unit's cells into notebooks: the source that nbgrader starts from, and the lesson.

The same text gives the same bytes: cell ids and grade ids come from exercise, role and position, and nothing is dated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import nbformat
from nbformat import v4

import mcutils
from autograder.authoring import sisters
from autograder.authoring.model import UNBUILT, Cell, Exercise, Unit
from autograder.authoring.units import HEADING
from autograder.authoring.variation import variation
from autograder.checks.hints import SISTER, summary
from autograder.checks.show import folded

NBGRADER: Mapping[str, Mapping[str, bool]] = {
    "statement": {"grade": False, "solution": False, "locked": True},
    "given": {"grade": False, "solution": False, "locked": True},
    "answer": {"grade": False, "solution": True, "locked": False},
    "test": {"grade": True, "solution": False, "locked": True},
    "hidden": {"grade": True, "solution": False, "locked": True},
    "manual": {"grade": True, "solution": True, "locked": False},
}
"""nbgrader's own words for the roles; hints and text outside exercises are nobody's business but the reader's."""

NAME = """\
from autograder import student

# In a class, write the name under which you hand in between the quotes.
# If you learn alone, or are signed in to a JupyterHub, leave it as it is.
student("")"""
"""Asks a learner's name where questions differ from student to student. nbgrader takes no notice of this cell."""

UNSEEN = "# This check runs when your work is marked."
"""What a learner sees of a hidden test."""


def source_notebook(unit: Unit) -> str:
    """Return the exercises with their solutions, as JSON text: what nbgrader makes the student version from."""
    exercises = {exercise.id: exercise for exercise in unit.exercises}
    cells = [_source_cell(cell, exercises.get(cell.exercise or "")) for cell in unit.cells if cell.role not in UNBUILT]
    if any(variation(exercise) for exercise in unit.exercises):
        first = next((k for k, cell in enumerate(cells) if cell.cell_type == "code"), 0)
        cells.insert(first + 1, v4.new_code_cell(NAME, id=f"{unit.name}-student"))
    return _notebook(unit, cells)


def lesson_notebook(unit: Unit) -> str:
    """Return the lesson as JSON text."""
    return _notebook(unit, [_new_cell(cell, cell.source) for cell in unit.lesson])


def hints_file(unit: Unit) -> str:
    """Return what ``hint`` reads beside the notebook, as JSON text."""
    exercises = {exercise.id: sisters.hints(exercise) for exercise in unit.exercises if exercise.having("hint")}
    return json.dumps({"unit": unit.name, "exercises": exercises}, ensure_ascii=False, indent=1) + "\n"


def amount(number: float, noun: str) -> str:
    """Write a number of something.

    >>> amount(1.0, "point"), amount(2.5, "point"), amount(8, "minute")
    ('1 point', '2.5 points', '8 minutes')
    """
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def _notebook(unit: Unit, cells: Iterable[Any]) -> str:
    notebook = v4.new_notebook(
        cells=list(cells),
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "mcourse": {"unit": unit.name, "mcutils": mcutils.__version__},
        },
    )
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def _source_cell(cell: Cell, exercise: Exercise | None) -> Any:
    role = "given" if cell.role is None and cell.kind == "code" else cell.role
    flags = NBGRADER.get(role or "")
    new = _new_cell(cell, _source(cell, exercise))
    if flags is not None:
        points = {"points": cell.points} if flags["grade"] else {}
        new.metadata["nbgrader"] = {"schema_version": 3, "grade_id": cell.id, "task": False, **flags, **points}
    return new


def _source(cell: Cell, exercise: Exercise | None) -> str:
    """Return the text of a cell as it stands in the source notebook."""
    if cell.role == "hint":
        return folded(SISTER, sisters.example(cell)) if cell.step is None else folded(summary(cell.step), cell.source)
    if cell.role == "hidden":
        return f"{UNSEEN}\n### BEGIN HIDDEN TESTS\n{cell.source}\n### END HIDDEN TESTS"
    if cell.role == "statement" and exercise is not None and cell is exercise.cells[0]:
        worth = [
            f"Objective {exercise.objective}",
            amount(exercise.minutes, "minute"),
            amount(exercise.points, "point"),
        ]
        return HEADING.sub(lambda heading: f"{heading[0]}\n\n<small>{' · '.join(worth)}</small>", cell.source, count=1)
    return cell.source


def _new_cell(cell: Cell, source: str) -> Any:
    shown_as = "markdown" if cell.role == "hint" else cell.kind
    make: Callable[..., Any] = v4.new_code_cell if shown_as == "code" else v4.new_markdown_cell
    return make(source, id=cell.id, metadata={"tags": list(cell.tags)} if cell.tags else {})
