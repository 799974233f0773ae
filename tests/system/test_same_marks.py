"""Our grader and nbgrader's own over the same submissions: what differs on purpose stands in a table, and no more.

Every difference outside the table (``differences.py``) fails, and so does every row of it that does not occur.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from comparing import Graded, differing, explanations, timeless
from differences import ORDINARY
from ledger import autograde_stock
from ordinary_course import ASSIGNMENT, make_course


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graded, Graded]:
    """The class of the ordinary course, graded by nbgrader and by us."""
    from autograder.grading import grade

    root = tmp_path_factory.mktemp("ordinary")
    template = make_course(root / "template")
    stock, ours = (Path(shutil.copytree(template, root / name)) for name in ("stock", "ours"))
    autograde_stock(stock, ASSIGNMENT)
    grade(ours, ASSIGNMENT)
    return Graded.read(stock, ASSIGNMENT), Graded.read(ours, ASSIGNMENT)


@pytest.mark.slow
def test_every_mark_is_the_same(both: tuple[Graded, Graded]) -> None:
    """Cell by cell, what the gradebook says is what nbgrader says, but where the table has a reason."""
    stock, ours = both
    assert len(stock.cells) > 800
    strange = [key for key, row, _ in explanations(stock, ours, ORDINARY) if row is None]
    assert {key: (stock.columns[key], ours.columns[key]) for key in strange} == {}


@pytest.mark.slow
def test_every_difference_occurs(both: tuple[Graded, Graded]) -> None:
    """Each line of the table is needed, and so is each cell in it."""
    occurred = {(row, pattern) for _, row, pattern in explanations(*both, ORDINARY)}
    assert {(row, cell) for row, said in ORDINARY.items() for cell in said.cells} - occurred == set()


@pytest.mark.slow
def test_totals(both: tuple[Graded, Graded]) -> None:
    """Notebooks and submissions agree in every column: score, maximum, lateness, penalty, what is open, what failed."""
    stock, ours = both
    assert set(stock.rows) == set(ours.rows)
    free = differing(stock, ours, ORDINARY)
    total = {key for key in stock.rows if len(key) < 4 and key[:-1] not in free}
    assert {key: (stock.rows[key], ours.rows[key]) for key in total if stock.rows[key] != ours.rows[key]} == {}
    assert {key: ours.rows[*key, "score"] for key in free if ours.rows[*key, "score"] != ours.total(key)} == {}
    penalties = {key for key in stock.rows if key[-1] in ("late_submission_penalty", "total_seconds_late", "max_score")}
    assert {key for key in penalties if stock.rows[key] != ours.rows[key]} == set()
    assert any(stock.rows[key] for key in penalties if key[-1] == "late_submission_penalty")


@pytest.mark.slow
def test_comments(both: tuple[Graded, Graded]) -> None:
    """Beside every answer stands the same comment, and the reasons why a test of it is left to a person."""
    stock, ours = both
    free = differing(stock, ours, ORDINARY)
    comments = {key for key in stock.rows if key[-1] == "auto_comment"}
    assert {stock.rows[key] for key in comments} == {None, "No response."}
    for key in comments:
        if stock.rows[key] != ours.rows[key]:
            assert key[:2] in free
            left = str(ours.rows[key])
            for reason in (reason for cell, reason in ours.reasons.items() if cell[:2] == key[:2]):
                left = left.replace(reason, "").strip()
            assert left in ("", "No response.")


@pytest.mark.slow
def test_files(both: tuple[Graded, Graded]) -> None:
    """The same cells are in the notebooks of ``autograded/``, in the same order, and the same files beside them."""
    stock, ours = both
    lost = {key for key in ours.files if key[0] in ("heidi", "quentin")}
    written = {key for key in stock.files if key[1] in ("saved.txt", "three.txt") or key[1].startswith("__pycache__/")}
    assert set(ours.files) == set(stock.files) - written | lost
    assert written
    different = {key for key in stock.files if stock.files[key] != ours.files.get(key)} - written
    assert different == {("karl", "functions.ipynb")}
    for key in different:
        assert [cell for cell in stock.files[key] if cell not in ours.files[key]] == []


@pytest.mark.slow
def test_what_answers_show(both: tuple[Graded, Graded]) -> None:
    """What a student's own cells print, show and raise is what they print, show and raise under nbgrader."""
    stock, ours = both
    answers = [key for key in stock.shown if key not in set(stock.cells) and key in ours.shown]
    different = {key for key in answers if timeless(stock.shown[key]) != timeless(ours.shown[key])}
    assert {key: (stock.shown[key], ours.shown[key]) for key in different} == {}
    assert sum(bool(stock.shown[key]) for key in answers) > 20
