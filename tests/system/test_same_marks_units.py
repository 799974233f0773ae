"""The sample class, graded by nbgrader and by us: on every well-formed submission nothing differs but what is meant to.

Its damaged submissions are another matter: ``test_whole_class.py`` has their marks, written by hand.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from comparing import Graded, differing, explanations
from differences import UNITS
from ledger import autograde_stock

from autograder.authoring.build import build
from autograder.authoring.sample_class import Student, hand_in, read_class
from autograder.authoring.units import find_units, read_units

pytestmark = pytest.mark.slow  # every submission starts a kernel

COURSE = Path(__file__).parents[2] / "course"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Graded, Graded]]:
    """What both graders left, by unit."""
    from autograder.grading import grade

    root = tmp_path_factory.mktemp("class")
    students = well_formed()
    units = sorted({submission.unit for student in students for submission in student.submissions})
    folders = [folder for folder in find_units(COURSE / "units") if folder.name in units]
    template = build(folders, root / "template", config=COURSE / "nbgrader_config.py").course
    hand_in(students, template)
    stock, ours = (Path(shutil.copytree(template, root / name)) for name in ("stock", "ours"))
    for unit in units:
        autograde_stock(stock, unit)
        grade(ours, unit)
    return {unit: (Graded.read(stock, unit), Graded.read(ours, unit)) for unit in units}


def well_formed() -> list[Student]:
    """The class, with the submissions to which nothing has happened."""
    students = read_class(COURSE / "sample_class", read_units(find_units(COURSE / "units")))
    kept = [replace(s, submissions=tuple(work for work in s.submissions if not work.damage)) for s in students]
    return [student for student in kept if student.submissions]


def test_every_mark_is_the_same(both: dict[str, tuple[Graded, Graded]]) -> None:
    """Cell by cell, what the gradebook says is what nbgrader says, but where the table has a reason."""
    assert len(both) >= 2
    occurred = set()
    for stock, ours in both.values():
        assert len(stock.cells) > 100
        found = list(explanations(stock, ours, UNITS))
        assert {key: (stock.columns[key], ours.columns[key]) for key, row, _ in found if row is None} == {}
        occurred |= {(row, pattern) for _, row, pattern in found}
    assert occurred == {(row, cell) for row, said in UNITS.items() for cell in said.cells}


def test_everything_else_is_the_same(both: dict[str, tuple[Graded, Graded]]) -> None:
    """So are comments, files, and the totals of everybody whose cells are."""
    for stock, ours in both.values():
        assert set(stock.rows) == set(ours.rows)
        cells = {key for key, *_ in explanations(stock, ours, UNITS)}
        free = differing(stock, ours, UNITS) | cells
        rest = {key for key in stock.rows if key[:-1] not in free}
        assert {key: (stock.rows[key], ours.rows[key]) for key in rest if stock.rows[key] != ours.rows[key]} == {}
        assert stock.files == ours.files
