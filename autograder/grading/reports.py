"""Reads back from graded notebooks what the checks said.

Only the outputs of cells that carry points and are not the student's to write count: a report that a student prints
elsewhere is a picture of a report. nbgrader takes a cell's last value for its mark, and anything it cannot read as a
number for full marks; so a mark that the reports do not bear out is doubtful, and a person decides.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.checks.publish import REPORT_TYPE

UNANSWERED = "No response."
"""nbgrader's own comment on an answer that is as it was released."""

MANUAL = "manual"
"""In a cell's ``mcourse`` metadata: the sentence that says why a person must mark it."""


@dataclass(frozen=True)
class CellReport:
    """What one check said.

    Args:
        status: ``right``, ``partly``, ``wrong``, ``invalid`` or ``fault``.
        tag: the name of the mistake, where one was recognised.
        earned: the points it gave.
    """

    status: str
    tag: str | None
    earned: float


@dataclass(frozen=True)
class GradedCell:
    """One cell that was marked by running it.

    Args:
        notebook: the notebook's name, without its ending.
        name: the ``grade_id``.
        reports: what the checks in it said.
        failed: whether it raised, or ran too long; there is nothing for it then.
        why: why a person must mark it; empty where nobody need to.
    """

    notebook: str
    name: str
    reports: tuple[CellReport, ...]
    failed: bool
    why: str = ""

    def is_doubtful(self, mark: float | None, reports_expected: bool) -> bool:
        """Whether a person must decide on the mark that nbgrader gave.

        Args:
            mark: nbgrader's.
            reports_expected: whether every check in the cell's notebook reports.
        """
        if any(report.status == "fault" for report in self.reports):
            return True
        if self.failed:
            return False
        if not self.reports:
            return reports_expected
        return mark is None or abs(sum(report.earned for report in self.reports) - mark) > 1e-9


def read_graded(folder: Path) -> tuple[GradedCell, ...]:
    """Read the cells that were marked by running them.

    Args:
        folder: one student's ``autograded`` folder for one assignment.

    Returns:
        The cells, in the order of the notebooks.
    """
    notebooks = ((path.stem, json.loads(path.read_bytes())) for path in sorted(folder.glob("*.ipynb")))
    return tuple(cell for name, notebook in notebooks for cell in graded_cells(name, notebook["cells"]))


def graded_cells(notebook: str, cells: Iterable[Mapping[str, Any]]) -> Iterator[GradedCell]:
    """Read the cells of one notebook that were marked by running them."""
    for cell in cells:
        own = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and own.get("grade") and not own.get("solution"):
            yield graded_cell(notebook, cell)


def graded_cell(notebook: str, cell: Mapping[str, Any]) -> GradedCell:
    """Read a cell that was marked by running it."""
    outputs = cell["outputs"]
    bundles = (output.get("data", {}).get(REPORT_TYPE) for output in outputs)
    reports = tuple(_report(bundle) for bundle in bundles if isinstance(bundle, dict))
    failed = any(output["output_type"] == "error" for output in outputs)
    note = cell["metadata"].get("mcourse")
    why = note.get(MANUAL) if isinstance(note, dict) else None
    name = cell["metadata"]["nbgrader"]["grade_id"]
    return GradedCell(notebook, name, reports, failed, why if isinstance(why, str) else "")


def _report(bundle: Mapping[str, Any]) -> CellReport:
    """Read one bundle; what is not as it should be makes it a fault."""
    status, tag, earned = bundle.get("status"), bundle.get("tag"), bundle.get("earned")
    if not isinstance(status, str) or not isinstance(earned, int | float):
        return CellReport("fault", None, 0.0)
    return CellReport(status, tag if isinstance(tag, str) else None, float(earned))


def exercise_of(cell: str) -> str:
    """The exercise that a cell with a grade_id belongs to.

    >>> exercise_of("02-tilted-bowl-test-1")
    '02-tilted-bowl'
    >>> exercise_of("somebody_elses_cell")
    'somebody_elses_cell'
    """
    return re.sub(r"-(?:answer|test|hidden|manual)-\d+$", "", cell)


def count_mistakes(students: Iterable[Iterable[GradedCell]]) -> Mapping[str, Mapping[str, int]]:
    """Count, for each exercise and tag, the students who made that mistake, commonest first.

    Args:
        students: one collection of graded cells for each student.

    >>> cell = GradedCell("exercises", "02-bowl-test-1", (CellReport("wrong", "doubled", 0.0),), False)
    >>> count_mistakes([[cell, cell], [cell]])
    {'02-bowl': {'doubled': 2}}
    """
    counts = Counter(pair for cells in students for pair in set(_mistakes(cells)))
    out: dict[str, dict[str, int]] = {}
    for (exercise, tag), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        out.setdefault(exercise, {})[tag] = count
    return out


def _mistakes(cells: Iterable[GradedCell]) -> Iterator[tuple[str, str]]:
    for cell in cells:
        for report in cell.reports:
            if report.tag is not None:
                yield exercise_of(cell.name), report.tag
