"""Reads the marks of a whole class at once.

Separate because nbgrader's own objects ask the database for every cell of every student, which for a class of 200 takes
longer than grading it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select

from autograder.grading.records import cell_name
from autograder.grading.reports import UNANSWERED, exercise_of


@dataclass
class Standing:
    """What the gradebook says of one student's work.

    Args:
        marks: by cell, named as ``records.cell_name`` does; ``None`` where a person has still to decide.
        waiting: the exercises in which a person has.
        notes: by exercise, what nbgrader's automatic comments say beside its answers.
        score: the total, with any late penalty taken off.
    """

    marks: dict[str, float | None] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    notes: dict[str, str] = field(default_factory=dict)
    score: float = 0.0

    @property
    def reasons(self) -> dict[str, str]:
        """Why marks are left to a person, by exercise, as far as a comment says so."""
        return {exercise: note for exercise, note in self.notes.items() if exercise in self.waiting}


def standings(gradebook: Any, assignment: str) -> dict[str, Standing]:
    """Read the marks of everybody who has some for an assignment.

    Args:
        gradebook: an open gradebook.
        assignment: its name.
    """
    db = gradebook.db
    count = len(db.execute(_of(assignment, select(Notebook.id))).all())
    out: dict[str, Standing] = {}
    for student, penalty in db.execute(of_everybody(assignment, SubmittedNotebook.late_submission_penalty)):
        out.setdefault(student, Standing()).score -= float(penalty or 0.0)
    columns = Notebook.name, BaseCell.name, Grade.score, Grade.needs_manual_grade, Grade.manual_score
    statement = of_everybody(assignment, *columns).join(Grade, Grade.notebook_id == SubmittedNotebook.id)
    for student, notebook, cell, score, by_hand, manual in db.execute(
        statement.join(BaseCell, BaseCell.id == Grade.cell_id)
    ):
        undecided = by_hand and manual is None
        theirs = out.setdefault(student, Standing())
        theirs.marks[cell_name(notebook, cell, count)] = None if undecided else float(score)
        theirs.score += float(score)
        theirs.waiting |= {exercise_of(cell)} if undecided else set()
    statement = of_everybody(assignment, BaseCell.name, Comment.auto_comment)
    statement = statement.join(Comment, Comment.notebook_id == SubmittedNotebook.id)
    for student, cell, said in db.execute(statement.join(BaseCell, BaseCell.id == Comment.cell_id)):
        if said not in (None, UNANSWERED):
            out[student].notes[exercise_of(cell)] = str(said)
    for theirs in out.values():
        theirs.score = max(0.0, theirs.score)
    return out


def extensions(gradebook: Any, assignment: str) -> dict[str, str]:
    """Everybody of whom the gradebook has a submission, with the extension that was granted, if one was."""
    statement = select(Student.id, SubmittedAssignment.extension)
    statement = statement.join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
    statement = statement.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    found = gradebook.db.execute(statement.where(Assignment.name == assignment))
    return {str(student): "" if extension is None else str(extension) for student, extension in found}


def _of(assignment: str, statement: Any) -> Any:
    return statement.join(Assignment, Assignment.id == Notebook.assignment_id).where(Assignment.name == assignment)


def of_everybody(assignment: str, *columns: Any) -> Any:
    """Select columns by student, from everybody's notebooks of an assignment."""
    statement = select(SubmittedAssignment.student_id, *columns).select_from(SubmittedNotebook)
    statement = statement.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    statement = statement.join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    return _of(assignment, statement)
