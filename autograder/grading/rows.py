"""The rows that nbgrader makes for a submission before it runs anything.

Separate because nbgrader makes them one object at a time, in six sessions. Here they are the same rows, made at once,
inside whatever transaction is open; and rows that a notebook which was released later has not yet are added, where
nbgrader would stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook, new_uuid
from sqlalchemy import Connection, bindparam, insert, select, update


@dataclass(frozen=True)
class Shape:
    """What the rows of one assignment hang on.

    Args:
        assignment: the id of its row.
        notebooks: the ids of its notebooks' rows, by name.
        grades: by notebook, the ids of the cells that carry points.
        comments: by notebook, the ids of the cells that are commented on.
    """

    assignment: str
    notebooks: Mapping[str, str]
    grades: Mapping[str, tuple[str, ...]]
    comments: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, gradebook: Any, assignment: str) -> Shape:
        """Read it from an open gradebook."""
        found = gradebook.find_assignment(assignment)
        cells = {
            notebook.name: [
                [cell.id for cell in kind]
                for kind in (notebook.grade_cells, notebook.solution_cells, notebook.task_cells)
            ]
            for notebook in found.notebooks
        }
        return cls(
            assignment=found.id,
            notebooks={notebook.name: notebook.id for notebook in found.notebooks},
            grades={name: (*grade, *task) for name, (grade, _, task) in cells.items()},
            comments={name: (*solution, *task) for name, (_, solution, task) in cells.items()},
        )


NOTEBOOK, MARK, COMMENT = SubmittedNotebook.__table__, Grade.__table__, Comment.__table__

# Statements are made once: to make one takes several times as long as to execute it.
KNOWN = select(Student.id).where(Student.id == bindparam("student"))
ADD_STUDENT = insert(Student.__table__).values(id=bindparam("student"))
PLACE = (
    SubmittedAssignment.assignment_id == bindparam("of"),
    SubmittedAssignment.student_id == bindparam("student"),
)
SUBMISSION = select(SubmittedAssignment.id).where(*PLACE)
ADD_SUBMISSION = insert(SubmittedAssignment.__table__)
SET_TIME = update(SubmittedAssignment.__table__).where(*PLACE).values(timestamp=bindparam("when"))
NOTEBOOKS = select(NOTEBOOK.c.id, NOTEBOOK.c.notebook_id).where(NOTEBOOK.c.assignment_id == bindparam("submission"))
ADD_NOTEBOOK = insert(NOTEBOOK)
THERE = {
    table: select(table.c.cell_id).where(table.c.notebook_id == bindparam("notebook")) for table in (MARK, COMMENT)
}
ADD = {table: insert(table) for table in (MARK, COMMENT)}


def has_student(connection: Connection, student: str) -> bool:
    """Whether the gradebook knows a student."""
    return connection.execute(KNOWN, {"student": student}).scalar() is not None


def add_student(connection: Connection, student: str) -> None:
    """Add a student of whom only the name is known, as nbgrader does, unless there is one."""
    if not has_student(connection, student):
        connection.execute(ADD_STUDENT, {"student": student})


def hand_in(connection: Connection, shape: Shape, student: str, timestamp: datetime | None) -> None:
    """Make the rows of a submission, or what is missing of them.

    Args:
        connection: to an open gradebook.
        shape: of the assignment.
        student: whose submission it is; the gradebook knows them.
        timestamp: when it was handed in, in UTC; where that is not known, what is there stays.
    """
    submission = _submission(connection, shape, student, timestamp)
    found = connection.execute(NOTEBOOKS, {"submission": submission})
    theirs = {notebook: row for row, notebook in found}
    for name, notebook in shape.notebooks.items():
        new = notebook not in theirs
        if new:
            theirs[notebook] = new_uuid()
            row = {"id": theirs[notebook], "notebook_id": notebook, "assignment_id": submission, "flagged": False}
            connection.execute(ADD_NOTEBOOK, row)
        _add(connection, MARK, theirs[notebook], shape.grades[name], new, {"needs_manual_grade": True})
        _add(connection, COMMENT, theirs[notebook], shape.comments[name], new, {})


def _submission(connection: Connection, shape: Shape, student: str, timestamp: datetime | None) -> str:
    place = {"of": shape.assignment, "student": student}
    found = connection.execute(SUBMISSION, place).scalar()
    if found is None:
        found = new_uuid()
        row = {"id": found, "assignment_id": shape.assignment, "student_id": student, "timestamp": timestamp}
        connection.execute(ADD_SUBMISSION, row)
    elif timestamp is not None:
        connection.execute(SET_TIME, {**place, "when": timestamp})
    return str(found)


def _add(
    connection: Connection, table: Any, notebook: str, cells: Iterable[str], new: bool, values: Mapping[str, Any]
) -> None:
    """Add the rows of cells that have none yet; a new notebook has none."""
    there = set() if new else set(connection.execute(THERE[table], {"notebook": notebook}).scalars())
    rows = [
        {"id": new_uuid(), "cell_id": cell, "notebook_id": notebook, **values} for cell in cells if cell not in there
    ]
    if rows:
        connection.execute(ADD[table], rows)


def nothing_handed_in(connection: Connection, shape: Shape, student: str, notebooks: Iterable[str]) -> None:
    """Give nothing for notebooks of an assignment that a submission lacks."""
    missing = [shape.notebooks[name] for name in notebooks]
    if not missing:
        return
    theirs = (
        select(SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .where(SubmittedAssignment.assignment_id == shape.assignment, SubmittedAssignment.student_id == student)
        .where(SubmittedNotebook.notebook_id.in_(missing))
    )
    connection.execute(
        update(MARK).where(MARK.c.notebook_id.in_(theirs)).values(auto_score=0.0, needs_manual_grade=False)
    )
