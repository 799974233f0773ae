"""Everything that grading leaves in a course directory, as flat tables that two graders can be compared by."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

GRADE = ("auto_score", "manual_score", "extra_credit", "score", "max_score", "needs_manual_grade", "failed_tests")
COMMENT = ("auto_comment", "manual_comment", "comment")
NOTEBOOK = ("score", "max_score", "late_submission_penalty", "needs_manual_grade", "failed_tests")
SUBMISSION = ("score", "max_score", "late_submission_penalty", "timestamp", "total_seconds_late", "needs_manual_grade")

Key = tuple[str, ...]
"""Student, then notebook, then cell, then the name of a column; shorter where it is about more."""


PLAIN = '\nc.Autograde.pop("autograde_preprocessors", None)\n'
"""What takes our executor out of a course's configuration again."""


def autograde_stock(root: Path, assignment: str) -> subprocess.CompletedProcess[str]:
    """Run nbgrader's own command with nbgrader's own executor, in one process over everybody."""
    config = root / "nbgrader_config.py"
    text = config.read_text(encoding="utf-8")
    if not text.endswith(PLAIN):
        config.write_text(text + PLAIN, encoding="utf-8")
    command = [sys.executable, "-m", "nbgrader", "autograde", assignment]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def rows(root: Path, assignment: str) -> dict[Key, Any]:
    """Every value of every row of the gradebook about an assignment."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return dict(_rows(gradebook.find_assignment(assignment)))


def _rows(assignment: Any) -> Iterator[tuple[Key, Any]]:
    for submission in assignment.submissions:
        student = submission.student_id
        yield from _columns((student,), submission, SUBMISSION)
        for notebook in submission.notebooks:
            yield from _columns((student, notebook.name), notebook, NOTEBOOK)
            for grade in notebook.grades:
                yield from _columns((student, notebook.name, grade.name), grade, GRADE)
            for comment in notebook.comments:
                yield from _columns((student, notebook.name, comment.name), comment, COMMENT)


def _columns(key: Key, row: Any, columns: tuple[str, ...]) -> Iterator[tuple[Key, Any]]:
    for column in columns:
        yield (*key, column), getattr(row, column)


def files(root: Path, assignment: str) -> dict[Key, Any]:
    """Every file in ``autograded/``: of a notebook its cells without outputs, of any other file its bytes."""
    found: dict[Key, Any] = {}
    for folder in sorted((root / "autograded").glob(f"*/{assignment}")):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            key = (folder.parent.name, str(path.relative_to(folder)))
            found[key] = _cells(path) if path.suffix == ".ipynb" else path.read_bytes()
    return found


def _cells(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    notebook = nbformat.read(path, as_version=4)
    return [(cell.cell_type, cell.source, dict(cell.metadata.get("nbgrader", {}))) for cell in notebook.cells]


def shown(root: Path, assignment: str) -> dict[Key, list[tuple[str, ...]]]:
    """What every code cell that nbgrader knows by name shows: printed text, values, and names of exceptions."""
    found = {}
    for path in sorted((root / "autograded").glob(f"*/{assignment}/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name and cell.cell_type == "code":
                found[path.parent.parent.name, path.stem, name] = [_said(output) for output in cell.outputs]
    return found


def reasons(root: Path, assignment: str) -> dict[Key, str]:
    """Why cells are left to a person, as our grader says it."""
    found = {}
    for path in sorted((root / "autograded").glob(f"*/{assignment}/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if reason := cell.metadata.get("mcourse", {}).get("manual"):
                found[path.parent.parent.name, path.stem, cell.metadata.nbgrader.grade_id] = reason
    return found


def _said(output: Any) -> tuple[str, ...]:
    if output.output_type == "stream":
        return output.name, output.text
    if output.output_type == "error":
        return "error", output.ename, output.evalue
    return output.output_type, *sorted(output.data), output.data.get("text/plain", "")
