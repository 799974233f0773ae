"""Reads what a page says of marks: points, what waits for a person, comments, and what was taken off for being late.

Separate because it is the only part of a page that the gradebook knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import BaseCell, Comment, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook

from autograder.grading.standing import of_everybody


@dataclass(frozen=True)
class Mark:
    """The mark of one cell.

    Args:
        score: what it earned so far.
        points: what it is worth.
        waiting: whether a person has still to decide.
    """

    score: float
    points: float
    waiting: bool = False

    def __add__(self, other: Mark) -> Mark:
        """Both together; they wait if one does."""
        return Mark(self.score + other.score, self.points + other.points, self.waiting or other.waiting)


@dataclass(frozen=True)
class Standing:
    """The marks of one notebook.

    Args:
        student: whose it is.
        name: the student's name, where the gradebook has it.
        assignment: what it belongs to.
        notebook: its name, without its ending.
        marks: by ``grade_id``.
        comments: by ``grade_id``, what was said of an answer.
        late_penalty: points taken off.
    """

    student: str
    assignment: str
    notebook: str
    name: str = ""
    marks: dict[str, Mark] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    late_penalty: float = 0.0

    @property
    def score(self) -> float:
        """What counts: the penalty is taken off, and nothing is below zero."""
        return max(0.0, sum(mark.score for mark in self.marks.values()) - self.late_penalty)

    @property
    def points(self) -> float:
        """What the notebook is worth."""
        return sum(mark.points for mark in self.marks.values())

    @property
    def waiting(self) -> bool:
        """Whether a person has still to decide on some of it."""
        return any(mark.waiting for mark in self.marks.values())


def standings(gradebook: Any, assignment: str, student: str | None = None) -> dict[str, dict[str, Standing]]:
    """Read the marks of a class, in three questions to the database.

    Args:
        gradebook: an open gradebook.
        assignment: its name.
        student: only this one.

    Returns:
        By student, and by the notebook's name.
    """

    def found(statement: Any) -> Any:
        everybody = SubmittedAssignment.student_id == student if student is not None else True
        return gradebook.db.execute(statement.where(everybody))

    out: dict[str, dict[str, Standing]] = {}
    about = Notebook.name, SubmittedNotebook.late_submission_penalty, Student.first_name, Student.last_name
    statement = of_everybody(assignment, *about).join(Student, Student.id == SubmittedAssignment.student_id)
    for who, notebook, penalty, first, last in found(statement):
        name = " ".join(part for part in (first, last) if part)
        out.setdefault(who, {})[notebook] = Standing(
            who, assignment, notebook, name, marks={}, comments={}, late_penalty=float(penalty or 0.0)
        )
    columns = Notebook.name, BaseCell.name, Grade.score, Grade.max_score, Grade.needs_manual_grade, Grade.manual_score
    for who, notebook, cell, score, points, by_hand, manual in found(_with_cells(assignment, Grade, columns)):
        mark = Mark(float(score), float(points), bool(by_hand and manual is None))
        out[who][notebook].marks[cell] = mark
    for who, notebook, cell, comment in found(_with_cells(assignment, Comment, (*columns[:2], Comment.comment))):
        if comment:
            out[who][notebook].comments[cell] = comment
    return out


def _with_cells(assignment: str, rows: Any, columns: Sequence[Any]) -> Any:
    """Select marks or comments with the names of their cells."""
    statement = of_everybody(assignment, *columns).join(rows, rows.notebook_id == SubmittedNotebook.id)
    return statement.join(BaseCell, BaseCell.id == rows.cell_id).order_by(BaseCell.name)
