"""Writes marks as a table that any spreadsheet opens."""

from __future__ import annotations

from pathlib import Path

from autograder.grading.result import Grading
from autograder.grading.sheet import write_sheet


def write_marks(grading: Grading, path: Path) -> Path:
    """Write one row for each student and one column for each graded cell, then score, maximum and a note.

    A mark that is not known is empty, not 0: the note says why. The file is written aside and then moved into place.

    Args:
        grading: the result of ``grade``.
        path: the file to write.

    Returns:
        The file.
    """
    heading = ["student", *grading.cells, "score", "max", "note"]
    return write_sheet(path, [heading, *(_row(grading, student) for student in grading.students)])


def _row(grading: Grading, student: str) -> list[str | float | None]:
    marks = grading.marks.get(student, {})
    columns = [marks.get(cell) for cell in grading.cells]
    return [student, *columns, grading.scores.get(student), grading.maximum, note(grading, student)]


def note(grading: Grading, student: str) -> str:
    """Say why a student's row is not the whole story, or nothing."""
    if student in grading.set_aside:
        return f"set aside: {grading.set_aside[student]}"
    if student in grading.failed:
        return f"failed: {grading.failed[student]}"
    waiting = grading.waiting(student)
    marked = f"to be marked by a person: {', '.join(waiting)}" if waiting else ""
    return " | ".join(filter(None, (marked, *grading.why(student), grading.version_note(student))))
