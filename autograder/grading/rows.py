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
from sqlalchemy import insert, select, update


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


def has_student(db: Any, student: str) -> bool:
    """Whether the gradebook knows a student."""
    return db.execute(select(Student.id).where(Student.id == student)).scalar() is not None


def add_student(db: Any, student: str) -> None:
    """Add a student of whom only the name is known, as nbgrader does, unless there is one."""
    if not has_student(db, student):
        db.execute(insert(Student).values(id=student))


def hand_in(db: Any, shape: Shape, student: str, timestamp: datetime | None) -> None:
    """Make the rows of a submission, or what is missing of them.

    Args:
        db: the session of an open gradebook.
        shape: of the assignment.
        student: whose submission it is; the gradebook knows them.
        timestamp: when it was handed in, in UTC; where that is not known, what is there stays.
    """
    submission = _submission(db, shape, student, timestamp)
    theirs = {
        notebook: row
        for row, notebook in db.execute(
            select(SubmittedNotebook.id, SubmittedNotebook.notebook_id).where(
                SubmittedNotebook.assignment_id == submission
            )
        )
    }
    for name, notebook in shape.notebooks.items():
        if notebook not in theirs:
            theirs[notebook] = new_uuid()
            row = {"id": theirs[notebook], "notebook_id": notebook, "assignment_id": submission, "flagged": False}
            db.execute(insert(SubmittedNotebook).values(row))
        _add(db, Grade, theirs[notebook], shape.grades[name], {"needs_manual_grade": True})
        _add(db, Comment, theirs[notebook], shape.comments[name], {})


def _submission(db: Any, shape: Shape, student: str, timestamp: datetime | None) -> str:
    place = SubmittedAssignment.assignment_id == shape.assignment, SubmittedAssignment.student_id == student
    found = db.execute(select(SubmittedAssignment.id).where(*place)).scalar()
    if found is None:
        found = new_uuid()
        row = {"id": found, "assignment_id": shape.assignment, "student_id": student, "timestamp": timestamp}
        db.execute(insert(SubmittedAssignment).values(row))
    elif timestamp is not None:
        db.execute(update(SubmittedAssignment).where(*place).values(timestamp=timestamp))
    return str(found)


def _add(db: Any, kind: Any, notebook: str, cells: Iterable[str], values: Mapping[str, Any]) -> None:
    """Add the rows of cells that have none yet."""
    there = set(db.execute(select(kind.cell_id).where(kind.notebook_id == notebook)).scalars())
    rows = [
        {"id": new_uuid(), "cell_id": cell, "notebook_id": notebook, **values} for cell in cells if cell not in there
    ]
    if rows:
        db.connection().execute(insert(kind.__table__), rows)


def nothing_handed_in(db: Any, shape: Shape, student: str, notebooks: Iterable[str]) -> None:
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
    table = Grade.__table__
    db.connection().execute(
        update(table).where(table.c.notebook_id.in_(theirs)).values(auto_score=0.0, needs_manual_grade=False)
    )
