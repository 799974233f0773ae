"""The sample class shows what a class does: every listed mistake, and every damage, is handed in by somebody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.authoring.blanks import solved
from autograder.authoring.damages import NAMES
from autograder.authoring.model import Unit
from autograder.authoring.sample_class import Student, Submission, read_class
from autograder.authoring.units import read_units

COURSE = Path(__file__).parents[2] / "course"
HANDED_IN = ("02_gradients", "03_jacobians")


@pytest.fixture(scope="module")
def units() -> tuple[Unit, ...]:
    return read_units([COURSE / "units" / name for name in HANDED_IN])


@pytest.fixture(scope="module")
def students(units: Sequence[Unit]) -> tuple[Student, ...]:
    return read_class(COURSE / "sample_class", units)


def submissions(students: Sequence[Student], unit: Unit) -> list[Submission]:
    return [submission for student in students for submission in student.submissions if submission.unit == unit.name]


def missing(students: Sequence[Student], units: Sequence[Unit]) -> list[str]:
    """The listed mistakes that nobody hands in, as exercise and number."""
    return [
        f"{exercise.id} {number}"
        for unit in units
        for exercise in unit.exercises
        for number, mistake in enumerate(exercise.having("mistake"), start=1)
        if not any(mistake.source in text for one in submissions(students, unit) for text in one.answers.values())
    ]


def test_every_listed_mistake_is_handed_in(students: Sequence[Student], units: Sequence[Unit]) -> None:
    """What an author expects to see, the class makes; without one learner, a gap would be seen."""
    assert missing(students, units) == []
    without = [student for student in students if student.name != "cayley"]
    assert missing(without, units) == [
        "02-regression 4",
        "02-coupled-residuals 4",
        "03-find-the-error 4",
        "03-product-faded 4",
        "03-typed-jacobians 4",
    ]


def test_every_damage_is_suffered(students: Sequence[Student]) -> None:
    """Whatever can happen to a file on its way happens to somebody's."""
    suffered = {damage.partition(":")[0] for one in students for entry in one.submissions for damage in entry.damage}
    assert suffered == {name.partition(":")[0] for name in NAMES}


def test_three_are_right_throughout(students: Sequence[Student], units: Sequence[Unit]) -> None:
    """Each unit is answered in full by three learners, each in code of their own from the first line to the last."""
    for unit in units:
        solutions = {solved(cell.source) for cell in unit.cells if cell.role == "answer"}
        own = [
            one
            for one in submissions(students, unit)
            if sum(one.marks.values()) == unit.points and not one.damage and not solutions & set(one.answers.values())
        ]
        assert len(own) >= 3
