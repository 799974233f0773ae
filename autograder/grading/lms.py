"""Writes marks as the tables that Canvas and Moodle take in.

Both imports overwrite what stands in the system, an empty mark included, so a student has a row only once every mark
is known. Canvas wants exactly the columns of its own export up to ``Section``, then one for each assignment, and a row
that says what the assignment is worth (its ``GradebookImporter``); it finds a student by its own ID, else by login.
Moodle asks which column is which, and wants a grade with its feedback (docs.moodle.org, "Grade import").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autograder.grading.result import Grading
from autograder.grading.roster import Person
from autograder.grading.sheet import Entry, write_sheet

STUDENT = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
"""Canvas' columns before the assignments; the last must be ``Section``, or Canvas refuses the file."""


def write_canvas(grading: Grading, people: Mapping[str, Person], path: Path) -> Path:
    """Write the scores as Canvas takes them in.

    Args:
        grading: the result of ``grade``.
        people: the students whom the gradebook knows, by id.
        path: the file to write.

    Returns:
        The file.
    """
    worth: list[Entry] = ["    Points Possible", "", "", "", "", grading.maximum]
    rows: list[list[Entry]] = []
    for student in decided(grading):
        person = people.get(student, Person(student))
        name = f"{person.last_name}, {person.first_name}" if person.first_name and person.last_name else person.name
        rows.append([name, person.lms_user_id, "", student, "", grading.scores[student]])
    return write_sheet(path, [[*STUDENT, grading.assignment], worth, *rows])


def write_moodle(
    grading: Grading, people: Mapping[str, Person], path: Path, comments: Mapping[str, str] | None = None
) -> Path:
    """Write the scores as Moodle takes them in: map ``Username``, ``ID number`` or ``Email address`` to its own.

    Args:
        grading: the result of ``grade``.
        people: the students whom the gradebook knows, by id.
        path: the file to write.
        comments: by student, what a person wrote about the work.

    Returns:
        The file.
    """
    heading = ["First name", "Last name", "Username", "ID number", "Email address", grading.assignment]
    rows: list[list[Entry]] = []
    for student in decided(grading):
        person, said = people.get(student, Person(student)), (comments or {}).get(student, "")
        known = [person.first_name, person.last_name, student, person.lms_user_id, person.email]
        rows.append([*known, grading.scores[student], said])
    return write_sheet(path, [[*heading, "Feedback comments"], *rows])


def decided(grading: Grading) -> tuple[str, ...]:
    """The students whose every mark is known."""
    return tuple(s for s in grading.students if s in grading.scores and not grading.waiting(s))
