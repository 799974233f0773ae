"""A class of learners as text: one ``.toml`` file each says what they hand in and, by hand, what it must earn.

Their notebooks are made from the released ones, so no notebook is ever committed. An answer is the unit's own solution
(``"solution"``), one of its listed mistakes (``"mistake:<tag>"`` or ``"mistake:<number>"``), or code; a cell without an
answer stays blank. Marks are never computed here: they are the expectation that grading is held to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring import names
from autograder.authoring.blanks import solved
from autograder.authoring.damages import NAMES, TO_CELL, UNREADABLE, damaged, grade_id
from autograder.authoring.ledger import write
from autograder.authoring.model import GRADED, AuthoringError, Cell, Exercise, Unit
from autograder.authoring.notebooks import NBGRADER
from autograder.nearest import did_you_mean


@dataclass(frozen=True)
class Submission:
    """What one learner hands in for one unit.

    Args:
        unit: the unit's name.
        answers: the source of each answered cell, by grade id.
        damage: what happens to the file, in order.
        marks: what each graded cell must earn, by grade id, as written by hand; none where the file cannot be read.
    """

    unit: str
    answers: Mapping[str, str]
    damage: tuple[str, ...]
    marks: Mapping[str, float]


@dataclass(frozen=True)
class Student:
    """One learner of the sample class.

    Args:
        name: the file's name, which is the student's id.
        about: what this learner is an example of.
        submissions: one for each unit.
    """

    name: str
    about: str
    submissions: tuple[Submission, ...]


def read_class(folder: Path, units: Sequence[Unit]) -> tuple[Student, ...]:
    """Read the learners of a class.

    Args:
        folder: holds one .toml file for each.
        units: the course; what a file names must be in it.

    Raises:
        AuthoringError: there are none, or a file names an exercise, cell, mistake or damage that does not exist, or
            leaves out the mark of a graded cell.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise AuthoringError(folder, None, "there is no learner here; write one .toml file for each")
    return tuple(_Reader(path, {unit.name: unit for unit in units}).student() for path in paths)


def hand_in(students: Sequence[Student], course: Path) -> tuple[Path, ...]:
    """Write ``submitted/<student>/<unit>/exercises.ipynb`` for each submission.

    Args:
        students: the class.
        course: a built course directory.

    Returns:
        The notebooks written.

    Raises:
        AuthoringError: the course has no release of a unit that somebody hands in.
    """
    return tuple(_hand_in(student, submission, course) for student in students for submission in student.submissions)


def _hand_in(student: Student, submission: Submission, course: Path) -> Path:
    release = course / "release" / submission.unit / "exercises.ipynb"
    if not release.is_file():
        raise AuthoringError(release, None, f"{student.name} hands in {submission.unit}; build the course first")
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells:
        cell.source = submission.answers.get(grade_id(cell) or "", cell.source)
    path = course / "submitted" / student.name / submission.unit / release.name
    write(path, damaged(notebook, submission.damage))
    return path


class _Reader:
    """Reads one learner's file against the course."""

    def __init__(self, path: Path, units: Mapping[str, Unit]) -> None:
        self.path = path
        self.units = units
        try:
            self.text = path.read_text(encoding="utf-8")
            self.data = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise AuthoringError(path, None, f"this is not TOML ({error}); mend it") from None

    def error(self, name: str, message: str) -> AuthoringError:
        """Return an error about the first line on which a name stands."""
        lines = (k for k, line in enumerate(self.text.splitlines(), start=1) if name in line)
        return AuthoringError(self.path, next(lines, None), message)

    def student(self) -> Student:
        about = self.data.pop("about", None)
        if not isinstance(about, str) or not about:
            raise AuthoringError(self.path, 1, 'say what this learner is an example of: about = "..."')
        return Student(self.path.stem, about, tuple(self.submission(name, said) for name, said in self.data.items()))

    def submission(self, name: str, said: Any) -> Submission:
        if name not in self.units:
            raise self.error(name, f"there is no unit {name!r}; {did_you_mean(name, self.units)}")
        unknown = set(said) - {"damage", "answers", "marks"} if isinstance(said, dict) else {name}
        if unknown:
            raise self.error(sorted(unknown)[0], f"{name} has damage, answers and marks; got {sorted(unknown)[0]!r}")
        unit = self.units[name]
        exercises = {exercise.id: exercise for exercise in unit.exercises}
        answers: dict[str, str] = {}
        for exercise, answer in said.get("answers", {}).items():
            if exercise not in exercises:
                raise self.error(exercise, f"{name} has no exercise {exercise!r}; {did_you_mean(exercise, exercises)}")
            answers |= self.answers(exercises[exercise], answer)
        damage = self.damages(unit, said)
        return Submission(name, answers, damage, self.marks(unit, said.get("marks", {}), damage))

    def answers(self, exercise: Exercise, said: Any) -> dict[str, str]:
        """Return the source of each cell that this answer fills."""
        cells = exercise.having("answer", "manual")
        if isinstance(said, dict):
            by_number = {str(number): cell for number, cell in enumerate(cells, start=1)}
            if unknown := sorted(set(said) - set(by_number)):
                raise self.error(exercise.id, f"{exercise.id} has answer cells 1 to {len(cells)}; got {unknown[0]!r}")
            return {by_number[n].id: self.source(exercise, by_number[n], text) for n, text in said.items()}
        if said == "solution" or str(said).startswith("mistake:"):
            return {cell.id: self.source(exercise, cell, said) for cell in cells}
        if len(cells) > 1:
            raise self.error(
                exercise.id, f"{exercise.id} has {len(cells)} answer cells; say which: {{1 = ..., 2 = ...}}"
            )
        return {cell.id: self.source(exercise, cell, said) for cell in cells}

    def source(self, exercise: Exercise, cell: Cell, said: Any) -> str:
        """Return the source of one cell: the solution, with or without a listed mistake, or the learner's own text."""
        if not isinstance(said, str):
            raise self.error(exercise.id, f"an answer to {exercise.id} is text; got {said!r}")
        if said == "solution":
            return solved(cell.source)
        if not said.startswith("mistake:"):
            return said.strip("\n")
        mistake = self.mistake(exercise, said.removeprefix("mistake:"))
        if cell.kind == "code" and (rebound := names.bound(mistake.source)) & (own := names.bound(cell.source)):
            return mistake.source if own <= rebound else f"{solved(cell.source)}\n\n\n{mistake.source}"
        return solved(cell.source)

    def mistake(self, exercise: Exercise, wanted: str) -> Cell:
        listed = exercise.having("mistake")
        for number, cell in enumerate(listed, start=1):
            if wanted in (str(number), cell.expect):
                return cell
        there = ", ".join(f"{number} ({cell.expect})" for number, cell in enumerate(listed, start=1))
        raise self.error(f"mistake:{wanted}", f"{exercise.id} lists no mistake {wanted!r}; it lists {there}")

    def damages(self, unit: Unit, said: Mapping[str, Any]) -> tuple[str, ...]:
        ids = {cell.id for cell in unit.cells if cell.role in NBGRADER or cell in unit.common}
        for damage in said.get("damage", []):
            name, colon, cell = str(damage).partition(":")
            if (f"{name}:<grade_id>" if colon else name) not in NAMES:
                raise self.error(str(damage), f"there is no damage {damage!r}; use {', '.join(NAMES)}")
            if name in TO_CELL and cell not in ids:
                raise self.error(str(damage), f"{unit.name} has no cell {cell!r}")
        return tuple(said.get("damage", []))

    def marks(self, unit: Unit, said: Mapping[str, Any], damage: tuple[str, ...]) -> dict[str, float]:
        """Return the marks, which must name every graded cell and no other; what nobody can read has none."""
        if unreadable := UNREADABLE.intersection(damage):
            if said:
                raise self.error(f"{unit.name}.marks", f"a file that is {min(unreadable)} has no marks; take them out")
            return {}
        worth = {cell.id: cell.points for cell in unit.cells if cell.role in GRADED}
        if unknown := sorted(set(said) - set(worth)):
            raise self.error(unknown[0], f"{unit.name} has no graded cell {unknown[0]!r}")
        if missing := [cell for cell in worth if cell not in said]:
            raise self.error(f"{unit.name}.marks", f"the mark of {missing[0]} is missing; write what it must earn")
        for cell, mark in said.items():
            if isinstance(mark, bool) or not isinstance(mark, int | float) or not 0 <= mark <= worth[cell]:
                raise self.error(cell, f"{cell} earns from 0 to {worth[cell]:g}; got {mark!r}")
        return {cell: float(said[cell]) for cell in worth}
