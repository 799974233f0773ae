"""Writes marks as a table that any spreadsheet opens."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from pathlib import Path

from autograder.grading.result import Grading


def write_marks(grading: Grading, path: Path) -> Path:
    """Write one row for each student and one column for each graded cell, then score, maximum and a note.

    A mark that is not known is empty, not 0: the note says why. The file is written aside and then moved into place.

    Args:
        grading: the result of ``grade``.
        path: the file to write.

    Returns:
        The file.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", *grading.cells, "score", "max", "note"])
    for student in grading.students:
        marks = grading.marks.get(student, {})
        score = _number(grading.scores.get(student))
        row = [_number(marks.get(cell)) for cell in grading.cells]
        table.writerow([student, *row, score, _number(grading.maximum), _note(grading, student)])
    _replace(path, text.getvalue())
    return path


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _note(grading: Grading, student: str) -> str:
    """Why a row is not the whole story, or nothing."""
    if student in grading.set_aside:
        return f"set aside: {grading.set_aside[student]}"
    if student in grading.failed:
        return f"failed: {grading.failed[student]}"
    waiting = grading.waiting(student)
    note = f"to be marked by a person: {', '.join(waiting)}" if waiting else ""
    return " | ".join(filter(None, (note, *grading.why(student))))


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader meets the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=path.parent, delete=False) as aside:
        aside.write(text)
    os.chmod(aside.name, 0o644)
    os.replace(aside.name, path)
