"""What the gradebook says: the instructor's cells, the marks, and which submissions are done.

"Done" is a row that is committed after everything else of a submission, not a directory that happens to exist: a run
that was killed half-way is taken up again where it stopped. The table lies in nbgrader's own database, so that a copy
of the gradebook put back takes its records with it; nbgrader does not look at it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    inspect,
    null,
    select,
    text,
)

from autograder.grading.gradebook import connected
from autograder.grading.rebuild import Blueprint
from autograder.grading.reports import UNANSWERED, exercise_of

DONE = Table(
    "mcourse_done",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
)
"""One row for each step after grading, such as ``feedback``, that a student's submission has been taken through."""

GRADED = Table(
    "mcourse_graded",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("state", String(64), nullable=False),
    Column("files", String(64), nullable=False),
    Column("limits", String(64), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("versions", String(200)),
)
"""One row for each graded submission, committed with its marks."""

NO_VERSIONS = null().label("versions")
"""Read in the place of the versions from a table that was made before they were recorded."""
ADD_VERSIONS = text(f"ALTER TABLE {GRADED.name} ADD COLUMN versions VARCHAR(200)")

FORGET = delete(GRADED).where(
    GRADED.c.assignment == bindparam("its_assignment"), GRADED.c.student == bindparam("its_student")
)
RECORD = insert(GRADED)


@dataclass(frozen=True)
class Entry:
    """What is recorded of a graded submission.

    Args:
        state: the fingerprint of all that decided its marks.
        files: the fingerprint of its graded files.
        limits: the fingerprint of the limits it ran under.
        seconds: how long it took to run; this decides nothing.
        versions: what it ran under, as ``graded_under`` writes it, where that is known; this decides nothing either.
    """

    state: str
    files: str
    limits: str
    seconds: float
    versions: str | None = None


def graded_entries(gradebook: Any, assignment: str) -> dict[str, Entry]:
    """Read what is recorded of the graded submissions of an assignment, by student; nothing is written."""
    connection = gradebook.db.connection()
    if not inspect(connection).has_table(GRADED.name):
        return {}
    columns = GRADED.c.student, GRADED.c.state, GRADED.c.files, GRADED.c.limits, GRADED.c.seconds
    versions = GRADED.c.versions if _has_versions(connection) else NO_VERSIONS
    found = gradebook.db.execute(select(*columns, versions).where(GRADED.c.assignment == assignment))
    return {student: Entry(*entry) for student, *entry in found}


def _has_versions(connection: Connection) -> bool:
    return any(column["name"] == "versions" for column in inspect(connection).get_columns(GRADED.name))


def make_table(gradebook: Any) -> None:
    """Make the table of graded submissions, and change no row of it where it is there: that tells whether one can."""
    connection = gradebook.db.connection()
    GRADED.create(connection, checkfirst=True)
    if not _has_versions(connection):
        connection.execute(ADD_VERSIONS)
    gradebook.db.execute(delete(GRADED).where(GRADED.c.student == ""))


def set_graded(gradebook: Any, assignment: str, student: str, entry: Entry) -> None:
    """Record that a submission is graded."""
    place = {"assignment": assignment, "student": student}
    with connected(gradebook) as connection:
        connection.execute(FORGET, {f"its_{name}": value for name, value in place.items()})
        connection.execute(RECORD, place | vars(entry))


def done(gradebook: Any, assignment: str, step: str) -> dict[str, str]:
    """Read on which input a step was finished, by student."""
    DONE.create(gradebook.db.connection(), checkfirst=True)
    rows = select(DONE.c.student, DONE.c.fingerprint).where(DONE.c.assignment == assignment, DONE.c.step == step)
    return {str(student): str(fingerprint) for student, fingerprint in gradebook.db.execute(rows)}


def set_done(gradebook: Any, assignment: str, step: str, fingerprints: Mapping[str, str]) -> None:
    """Record on which input a step is finished, by student, in one commit with whatever else the session holds."""
    DONE.create(gradebook.db.connection(), checkfirst=True)
    for student, fingerprint in fingerprints.items():
        key = {"assignment": assignment, "student": student, "step": step}
        gradebook.db.execute(delete(DONE).where(*(DONE.c[name] == value for name, value in key.items())))
        gradebook.db.execute(insert(DONE).values(key | {"fingerprint": fingerprint}))
    gradebook.db.commit()


def digest(*parts: object) -> str:
    """A stable fingerprint of plain data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def blueprints(gradebook: Any, assignment: str, order: Mapping[str, Sequence[str]]) -> dict[str, tuple[Blueprint, ...]]:
    """Read the instructor's cells, by notebook.

    Args:
        gradebook: an open gradebook.
        assignment: its name.
        order: for each notebook the grade_ids from top to bottom, as far as they are known; else it is the gradebook's.

    Returns:
        For each notebook of the assignment its named cells, in order.
    """
    out = {}
    for notebook in gradebook.find_assignment(assignment).notebooks:
        place = {name: k for k, name in enumerate(order.get(notebook.name, ()))}
        plans = [_plan(cell, notebook) for cell in notebook.source_cells]
        out[notebook.name] = tuple(sorted(plans, key=lambda plan: place.get(plan.name, len(place))))
    return out


def _plan(cell: Any, notebook: Any) -> Blueprint:
    grades, solutions, tasks = (
        {entry.name: entry for entry in entries}
        for entries in (notebook.grade_cells, notebook.solution_cells, notebook.task_cells)
    )
    worth = grades.get(cell.name) or tasks.get(cell.name)
    return Blueprint(
        name=cell.name,
        cell_type=cell.cell_type,
        source=cell.source or "",
        checksum=cell.checksum,
        locked=cell.locked,
        grade=cell.name in grades,
        solution=cell.name in solutions,
        task=cell.name in tasks,
        points=float(worth.max_score) if worth else 0.0,
    )


def cell_name(notebook: str, cell: str, notebooks: int) -> str:
    """Name a graded cell; its notebook belongs to the name only where there are several."""
    return f"{notebook}/{cell}" if notebooks > 1 else cell


def leave_open(submitted: Any, reasons: Mapping[str, str]) -> None:
    """Leave the marks of exercises to a person, and say why beside the answers.

    The reason is nbgrader's own automatic comment, so that Formgrader and the feedback page show it too. An exercise in
    which nothing was written keeps its marks: there is nothing to decide.

    Args:
        submitted: a student's notebook in the gradebook.
        reasons: by exercise, a sentence.
    """
    for exercise, reason in reasons.items():
        answers = [c for c in submitted.comments if exercise_of(c.name) == exercise and c.auto_comment != UNANSWERED]
        for answer in answers:
            answer.auto_comment = reason
        for grade in submitted.grades if answers else ():
            if exercise_of(grade.name) == exercise:
                grade.auto_score, grade.needs_manual_grade = None, True


def written_by_hand(gradebook: Any, assignment: str, student: str) -> str:
    """Read what a person wrote about a student's work, without the comments that nbgrader writes itself."""
    submission = gradebook.find_submission(assignment, student)
    said = [comment.manual_comment for notebook in submission.notebooks for comment in notebook.comments]
    return "\n".join(str(comment) for comment in said if comment)
