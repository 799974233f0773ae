"""Writes the marks of one notebook, as nbgrader's ``SaveAutoGrades`` does, and never more than was earned.

nbgrader takes whatever it cannot read as a mark for full marks. Here it is left to a person, with a sentence: a last
value that is no number, not finite, negative or above the maximum; a check that failed by itself; whatever the executor
could not carry over. A preprocessor like any other, so that Formgrader's own button can use it:
``c.Autograde.autograde_preprocessors``. Rows are read and written all at once, not cell by cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import Connection, bindparam, select, update

from autograder.grading.gradebook import connected
from autograder.grading.reports import MANUAL, UNANSWERED, exercise_of, graded_cell

NUMBER = re.compile(r"np\.\w+\((.*)\)", re.DOTALL)
"""How NumPy prints a number of its own."""

ODD = "so a person will mark it."

THEIRS = (
    select(SubmittedNotebook.id)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .where(Assignment.name == bindparam("its_assignment"), Notebook.name == bindparam("its_notebook"))
    .where(SubmittedAssignment.student_id == bindparam("its_student"))
)


def _of_cells(kind: Any, column: Any) -> Any:
    """The cells, rows and one column of a notebook's marks or comments."""
    statement = select(BaseCell.name, kind.id, column).join(BaseCell, BaseCell.id == kind.cell_id)
    return statement.where(kind.notebook_id == bindparam("its_notebook"))


def _setting(table: Any, **values: Any) -> Any:
    return update(table).where(table.c.id == bindparam("row")).values(values)


# Statements are made once: to make one takes several times as long as to execute it.
MARKS, COMMENTS = _of_cells(Grade, Grade.manual_score), _of_cells(Comment, Comment.auto_comment)
SET_MARK = _setting(Grade.__table__, auto_score=bindparam("mark"), needs_manual_grade=bindparam("open"))
SET_COMMENT = _setting(Comment.__table__, auto_comment=bindparam("said"))


@dataclass
class Decided:
    """What a notebook's cells say.

    Args:
        marks: by graded cell, the mark; ``None`` where a person must give it.
        comments: by cell that is written in, nbgrader's comment on it.
    """

    marks: dict[str, float | None] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)


class SaveMarks(SaveAutoGrades):  # type: ignore[misc]  # nbgrader ships no types
    """Puts the marks of a notebook into the gradebook; marks and comments by hand are kept."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Decide on every cell, and write all of it in one commit.

        Raises:
            MissingEntry: the gradebook does not know a cell.
        """
        who, told = resources["nbgrader"], resources.get("mcourse", {})
        put_back(nb.cells, told.get(MANUAL, {}))
        decided = decide(nb.cells, reporting=bool(told.get("reporting")))
        with Gradebook(who["db_url"]) as gradebook, connected(gradebook) as connection:
            notebook = _notebook(connection, who)
            _save_marks(connection, notebook, decided.marks)
            _save_comments(connection, notebook, decided.comments)
        return nb, resources


def told_of(cells: Iterable[Any], *, reporting: bool) -> dict[str, Any]:
    """What this step must be told in ``resources["mcourse"]``, whatever the steps before it do to a notebook.

    nbgrader's list has a step that can clear the metadata of cells; a mark that a person must give would then be lost.

    Args:
        cells: of a notebook that was run.
        reporting: whether every check in it reports.
    """
    noted = [cell["metadata"] for cell in cells if "mcourse" in cell["metadata"]]
    named = ((own.get("nbgrader", {}).get("grade_id"), own["mcourse"]) for own in noted)
    return {"reporting": reporting, MANUAL: {name: note for name, note in named if name and note}}


def put_back(cells: Iterable[Any], notes: Mapping[str, Any]) -> None:
    """Give cells back what was noted of them."""
    for cell in cells if notes else ():
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in notes:
            cell.metadata["mcourse"] = dict(notes[name])


def decide(cells: Sequence[Any], *, reporting: bool = False) -> Decided:
    """Read the marks off a notebook that was run.

    Where a person must decide, the reason is kept in the cell's metadata and, as nbgrader's automatic comment, with the
    answers that it is about: those of the same exercise, or else the answer above.

    Args:
        cells: the notebook's cells; ``mcourse`` metadata may be added to them.
        reporting: whether every check in the notebook reports.
    """
    out = Decided()
    above = ""
    reasons: list[tuple[str, str, str]] = []
    for cell in cells:
        if "nbgrader" not in cell["metadata"]:
            continue
        if is_solution(cell) or is_task(cell):
            above = cell.metadata.nbgrader["grade_id"]
            same = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            out.comments[above] = UNANSWERED if same and not is_task(cell) else None
        if is_grade(cell):
            name = cell.metadata.nbgrader["grade_id"]
            out.marks[name], why = mark_of(cell, reporting=reporting)
            if why:
                cell.metadata.setdefault("mcourse", {})[MANUAL] = why
                reasons.append((name, above, why))
    _explain(out.comments, reasons)
    return out


def mark_of(cell: Any, *, reporting: bool = False) -> tuple[float | None, str]:
    """Read the mark off a graded cell.

    Args:
        cell: with nbgrader's metadata, and the outputs of its run.
        reporting: whether every check in its notebook reports.

    Returns:
        The mark, ``None`` where a person must give it, and then why, where that is not plain: a written answer waits
        for a person anyway.
    """
    if is_solution(cell) or cell.cell_type != "code":
        mark, _ = determine_grade(cell)
        return (None if mark is None else float(mark)), ""
    said = graded_cell("", cell)
    if said.why:
        return None, said.why
    mark, why = _earned(cell.outputs, float(cell.metadata.nbgrader["points"]))
    if mark is not None and said.is_doubtful(mark, reporting):
        return None, f"The check could not be carried out, or did not say how it ended, {ODD}"
    return mark, why


def _earned(outputs: Sequence[Any], points: float) -> tuple[float | None, str]:
    """What a test's outputs say: nothing for an error, else its last value, else everything."""
    for output in outputs:
        if output.output_type == "error":
            return 0.0, ""
        if output.output_type == "execute_result":
            return _value(output.get("data", {}).get("text/plain", ""), points)
    return points, ""


def _value(printed: object, points: float) -> tuple[float | None, str]:
    """Read a last value.

    >>> _value("np.float64(0.5)", 2.0), _value("3", 2.0)
    ((0.5, ''), (None, 'The test ended with 3, and a mark is at least 0 and at most 2, so a person will mark it.'))
    """
    said = ("".join(map(str, printed)) if isinstance(printed, list) else str(printed)).strip()
    inner = NUMBER.fullmatch(said)
    try:
        number = float(inner[1] if inner else said)
    except ValueError:
        return None, f"The test ended with a value that is no number, {ODD}"
    if not math.isfinite(number) or not 0 <= number <= points:
        return None, f"The test ended with {number:g}, and a mark is at least 0 and at most {points:g}, {ODD}"
    return number, ""


def _explain(comments: dict[str, str | None], reasons: Sequence[tuple[str, str, str]]) -> None:
    """Write each reason beside the answers that it is about, once; not where nothing was answered."""
    for cell, above, why in reasons:
        same = [answer for answer in comments if exercise_of(answer) == exercise_of(cell) != cell]
        for answer in same or ([above] if above else []):
            said = comments[answer]
            if said != UNANSWERED and why not in (said or ""):
                comments[answer] = f"{said} {why}" if said else why


def _notebook(connection: Connection, who: Mapping[str, str]) -> str:
    """The row of a student's notebook."""
    found = connection.execute(THEIRS, {f"its_{kind}": who[kind] for kind in ("student", "assignment", "notebook")})
    if (row := found.scalar()) is None:
        raise MissingEntry(f"{who['student']} has no notebook {who['assignment']}/{who['notebook']} in the gradebook")
    return str(row)


def _save_marks(connection: Connection, notebook: str, marks: Mapping[str, float | None]) -> None:
    """Write the marks; one that a person gave before stays, and is to be looked at again, as nbgrader has it."""
    by_hand = _rows(connection, MARKS, notebook, marks)
    _many(
        connection,
        SET_MARK,
        [
            {"row": row, "mark": marks[name], "open": score is not None or marks[name] is None}
            for name, (row, score) in by_hand.items()
        ],
    )


def _save_comments(connection: Connection, notebook: str, comments: Mapping[str, str | None]) -> None:
    places = _rows(connection, COMMENTS, notebook, comments)
    rows = [{"row": row, "said": comments[name]} for name, (row, before) in places.items() if before != comments[name]]
    _many(connection, SET_COMMENT, rows)


def _rows(
    connection: Connection, statement: Any, notebook: str, wanted: Mapping[str, Any]
) -> dict[str, tuple[str, Any]]:
    """By cell, the row of a notebook's marks or comments, and one of its columns."""
    found = {name: (row, value) for name, row, value in connection.execute(statement, {"its_notebook": notebook})}
    if missing := sorted(set(wanted) - set(found)):
        raise MissingEntry(f"the gradebook has no row for {', '.join(missing)}; release the assignment again")
    return {name: found[name] for name in wanted}


def _many(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, list(rows))
