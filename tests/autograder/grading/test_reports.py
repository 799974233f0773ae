"""Reading back what the checks said, and doubting marks that it does not bear out."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.checks.publish import REPORT_TYPE, bundle
from autograder.checks.report import Report
from autograder.grading.reports import CellReport, GradedCell, count_mistakes, read_graded

RIGHT = CellReport("right", None, 2.0)
WRONG = CellReport("wrong", "sign", 0.0)
FAULT = CellReport("fault", None, 0.0)


@pytest.mark.parametrize(
    ("reports", "failed", "mark", "expected", "doubtful"),
    [
        ((RIGHT,), False, 2.0, True, False),
        ((RIGHT, WRONG), False, 2.0, True, False),
        ((WRONG,), False, 2.0, True, True),
        ((RIGHT,), False, 0.0, True, True),
        ((RIGHT,), True, 0.0, True, False),
        ((FAULT,), False, 0.0, True, True),
        ((FAULT,), True, 0.0, True, True),
        ((), False, 2.0, True, True),
        ((), False, 2.0, False, False),
        ((), True, 0.0, True, False),
    ],
    ids=[
        "agrees",
        "two checks in one cell",
        "full marks for a wrong answer",
        "nothing for a right answer",
        "raised afterwards",
        "the check failed",
        "the check failed and raised",
        "full marks without a word from the check",
        "a course whose tests are assertions",
        "raised before the check",
    ],
)
def test_doubt(reports: tuple[CellReport, ...], failed: bool, mark: float, expected: bool, doubtful: bool) -> None:
    """A mark stands only if the checks in its cell bear it out."""
    assert GradedCell("exercises", "a", reports, failed).is_doubtful(mark, expected) is doubtful


def test_read(tmp_path: Path) -> None:
    """Reports are read from cells that carry points, and from no other."""
    output = new_output("display_data", bundle(Report("wrong", "No.", tag="sign"), 2.0, 0.0))
    graded = {"nbgrader": {"grade": True, "solution": False, "grade_id": "a-test-1"}}
    cells = [new_code_cell(metadata=meta, outputs=[output]) for meta in (graded, {})]
    nbformat.write(new_notebook(cells=cells), tmp_path / "exercises.ipynb")
    assert read_graded(tmp_path) == (GradedCell("exercises", "a-test-1", (WRONG,), False),)


def test_unreadable_report(tmp_path: Path) -> None:
    """A report without a status or points counts as a failed check."""
    output = new_output("display_data", {REPORT_TYPE: {"status": "right", "earned": "2"}})
    graded = {"nbgrader": {"grade": True, "solution": False, "grade_id": "a-test-1"}}
    cells = [new_code_cell(metadata=graded, outputs=[output])]
    nbformat.write(new_notebook(cells=cells), tmp_path / "exercises.ipynb")
    assert read_graded(tmp_path)[0].reports == (FAULT,)


def test_commonest_first() -> None:
    """Mistakes are counted by student, and the commonest of an exercise comes first."""
    doubled = GradedCell("exercises", "a-test-1", (CellReport("wrong", "doubled", 0.0),), False)
    sign = GradedCell("exercises", "a-test-2", (WRONG,), False)
    counted = count_mistakes([[doubled, sign], [sign], [sign, sign]])
    assert list(counted["a"].items()) == [("sign", 3), ("doubled", 1)]
