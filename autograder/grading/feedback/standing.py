"""Reads what a page says of marks: points, what waits for a person, comments, and what was taken off for being late.

Separate because it is the only part of a page that the gradebook knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
    marks: Mapping[str, Mark] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
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


def standings(gradebook: Any, assignment: str, student: str) -> dict[str, Standing]:
    """Read the marks of a student's notebooks, by name.

    Args:
        gradebook: an open gradebook.
        assignment: its name.
        student: who; both are in the gradebook.
    """
    submission = gradebook.find_submission(assignment, student)
    names = (submission.student.first_name, submission.student.last_name)
    return {
        notebook.name: Standing(
            student=student,
            assignment=assignment,
            notebook=notebook.name,
            name=" ".join(name for name in names if name),
            marks={grade.name: _mark(grade) for grade in notebook.grades},
            comments={comment.name: comment.comment for comment in notebook.comments if comment.comment},
            late_penalty=float(notebook.late_submission_penalty or 0.0),
        )
        for notebook in submission.notebooks
    }


def _mark(grade: Any) -> Mark:
    waiting = bool(grade.needs_manual_grade and grade.manual_score is None)
    return Mark(float(grade.score), float(grade.max_score), waiting)
