"""Our grader and nbgrader's own over the same submissions: what differs on purpose stands in a table, and no more.

The table is also in ``docs/marks.md``, for instructors. Every difference outside it fails, and so does every row of it
that does not occur.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from ledger import Key, autograde_stock, files, rows, shown
from ordinary_course import ASSIGNMENT, make_course

DOCS = Path(__file__).parents[2] / "docs" / "marks.md"


@dataclass(frozen=True)
class Difference:
    """Something that we grade otherwise than nbgrader, on purpose.

    Args:
        cells: patterns of ``student notebook/cell`` where it shows; each must show it at least once.
        stock: what nbgrader makes of such a cell: ``full``, ``part`` or ``none`` of its points, ``open`` for a person,
            or ``lost`` where it leaves no graded notebook.
        ours: what we make of it, in the same words.
    """

    cells: tuple[str, ...]
    stock: str
    ours: str


DIFFERENCES = {
    "A test that the student deleted": Difference(("karl functions/primes-test",), "open", "full"),
    "An answer for a person, deleted": Difference(("karl functions/own-test",), "open", "none"),
}
"""By the words that the first column of the table in the documentation has."""


@dataclass(frozen=True)
class Graded:
    """What a grader left.

    Args:
        rows: of the gradebook.
        files: in ``autograded/``.
        shown: outputs of cells.
    """

    rows: Mapping[Key, Any]
    files: Mapping[Key, Any]
    shown: Mapping[Key, Any]

    @classmethod
    def read(cls, root: Path) -> Graded:
        return cls(rows(root, ASSIGNMENT), files(root, ASSIGNMENT), shown(root, ASSIGNMENT))

    def kind(self, key: Key) -> str:
        """What became of a graded cell, in one word."""
        if (key[0], f"{key[1]}.ipynb") not in self.files:
            return "lost"
        if self.rows[*key, "needs_manual_grade"]:
            return "open"
        score, most = self.rows[*key, "score"], self.rows[*key, "max_score"]
        return "none" if score == 0 else "full" if score == most else "part"

    def columns(self, key: Key) -> dict[str, Any]:
        """The columns of the gradebook about one thing."""
        return {other[-1]: value for other, value in self.rows.items() if other[:-1] == key}

    @property
    def cells(self) -> list[Key]:
        """Everything in the gradebook that carries points."""
        return sorted(key[:-1] for key in self.rows if len(key) == 4 and key[-1] == "auto_score")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graded, Graded]:
    """The class of the ordinary course, graded by nbgrader and by us."""
    from autograder.grading import grade

    root = tmp_path_factory.mktemp("ordinary")
    template = make_course(root / "template")
    stock, ours = (Path(shutil.copytree(template, root / name)) for name in ("stock", "ours"))
    autograde_stock(stock, ASSIGNMENT)
    grade(ours, ASSIGNMENT)
    return Graded.read(stock), Graded.read(ours)


def explanations(stock: Graded, ours: Graded) -> Iterator[tuple[Key, str | None, str | None]]:
    """For each cell that differs: the cell, the row of the table that allows it, and the pattern in that row."""
    for key in stock.cells:
        if stock.columns(key) != ours.columns(key):
            name, kinds = f"{key[0]} {key[1]}/{key[2]}", (stock.kind(key), ours.kind(key))
            rows_of_table = (
                (row, pattern)
                for row, difference in DIFFERENCES.items()
                for pattern in difference.cells
                if fnmatchcase(name, pattern) and kinds == (difference.stock, difference.ours)
            )
            yield key, *next(rows_of_table, (None, None))


def differing(stock: Graded, ours: Graded) -> set[Key]:
    """Notebooks and students whose totals must differ, for a cell of theirs does."""
    cells = [key for key, *_ in explanations(stock, ours)]
    return {key[:length] for key in cells for length in (1, 2)}


@pytest.mark.slow
def test_every_mark_is_the_same(both: tuple[Graded, Graded]) -> None:
    """Cell by cell, what the gradebook says is what nbgrader says, but where the table has a reason."""
    stock, ours = both
    assert len(stock.cells) > 800
    strange = [key for key, row, _ in explanations(stock, ours) if row is None]
    assert {key: (stock.columns(key), ours.columns(key)) for key in strange} == {}


@pytest.mark.slow
def test_every_difference_occurs(both: tuple[Graded, Graded]) -> None:
    """Each line of the table is needed, and so is each cell in it."""
    occurred = {(row, pattern) for _, row, pattern in explanations(*both)}
    assert {(row, cell) for row, said in DIFFERENCES.items() for cell in said.cells} - occurred == set()


@pytest.mark.slow
def test_totals(both: tuple[Graded, Graded]) -> None:
    """Notebooks and submissions agree in every column: score, maximum, lateness, penalty, what is open, what failed."""
    stock, ours = both
    assert set(stock.rows) == set(ours.rows)
    free = differing(stock, ours)
    total = {key for key in stock.rows if len(key) < 4 and key[:-1] not in free}
    assert {key: (stock.rows[key], ours.rows[key]) for key in total if stock.rows[key] != ours.rows[key]} == {}
    penalties = {key for key in stock.rows if key[-1] in ("late_submission_penalty", "total_seconds_late", "max_score")}
    assert {key for key in penalties if stock.rows[key] != ours.rows[key]} == set()
    assert any(stock.rows[key] for key in penalties if key[-1] == "late_submission_penalty")


@pytest.mark.slow
def test_comments(both: tuple[Graded, Graded]) -> None:
    """Beside every answer stands the same comment."""
    stock, ours = both
    free = {key for key, *_ in explanations(stock, ours)}
    comments = {key for key in stock.rows if key[-1].endswith("comment") and key[:-1] not in free}
    assert {key: (stock.rows[key], ours.rows[key]) for key in comments if stock.rows[key] != ours.rows[key]} == {}
    assert {stock.rows[key] for key in comments} == {None, "No response."}


@pytest.mark.slow
def test_files(both: tuple[Graded, Graded]) -> None:
    """The same files are in ``autograded/``, and the same cells in the notebooks, in the same order."""
    stock, ours = both
    put_back = {("karl", "functions.ipynb")}
    assert set(stock.files) == set(ours.files)
    assert {key for key in stock.files if stock.files[key] != ours.files[key]} == put_back
    for key in put_back:
        assert [cell for cell in stock.files[key] if cell not in ours.files[key]] == []


@pytest.mark.slow
def test_what_answers_show(both: tuple[Graded, Graded]) -> None:
    """What a student's own cells print, show and raise is what they print, show and raise under nbgrader."""
    stock, ours = both
    answers = [key for key in stock.shown if key not in set(stock.cells) and key in ours.shown]
    different = {key for key in answers if timeless(stock.shown[key]) != timeless(ours.shown[key])}
    assert {key: (stock.shown[key], ours.shown[key]) for key in different} == {}
    assert sum(bool(stock.shown[key]) for key in answers) > 20


def timeless(outputs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Outputs without what no two runs have in common: addresses, and what ``%%time`` measures."""
    text = [tuple(re.sub(r"0x[0-9a-f]+", "0x", part) for part in output) for output in outputs]
    return [output for output in text if "CPU times" not in output[-1]]


def test_the_documentation_has_the_table() -> None:
    """Instructors read of every difference, and of no other."""
    section = DOCS.read_text(encoding="utf-8").partition("## Where our marks differ from nbgrader's, and why")[2]
    lines = re.findall(r"^\| (.+?) \|", section.partition("\n## ")[0], re.MULTILINE)
    assert lines[0] == "what"
    assert sorted(lines[1:]) == sorted(DIFFERENCES)
