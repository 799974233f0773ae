"""An ordinary nbgrader course, made from text: notebooks in MyST, students in TOML, and nothing of this project's.

A cell of ``ordinary/notebooks`` says in one line what it is to nbgrader: ``answer``, ``test``, ``given``, ``manual``,
``task``, with its name. A student of ``ordinary/students`` starts from the solution, or from the release, and says
what is different. Whichever notebook the file names is handed in.
"""

from __future__ import annotations

import datetime
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.v4 import new_code_cell

HERE = Path(__file__).parent / "ordinary"
ASSIGNMENT = "week1"
DUE = datetime.datetime(2026, 3, 2, 12, 0)
SECONDS = 4
"""For one cell, in both graders: enough for all but the loops that never end."""

CONFIG = f"""
from nbgrader.plugins import LateSubmissionPlugin


class PointsByDay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.5 * (1 + total_seconds_late // 86400)


c = get_config()
c.CourseDirectory.course_id = "ordinary"
c.Execute.timeout = {SECONDS}
c.AssignLatePenalties.plugin_class = PointsByDay
"""

ROLES: Mapping[str, Mapping[str, bool]] = {
    "answer": {"grade": False, "solution": True, "locked": False, "task": False},
    "test": {"grade": True, "solution": False, "locked": True, "task": False},
    "given": {"grade": False, "solution": False, "locked": True, "task": False},
    "manual": {"grade": True, "solution": True, "locked": False, "task": False},
    "task": {"grade": False, "solution": False, "locked": True, "task": True},
}


def make_course(root: Path) -> Path:
    """Write the course directory, let nbgrader release the assignment, and hand in everybody's work."""
    source = root / "source" / ASSIGNMENT
    shutil.copytree(HERE / "files", source, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    for path in sorted((HERE / "notebooks").glob("*.md")):
        nbformat.write(instructors(path), source / f"{path.stem}.ipynb")
    release(root)
    for name, said in students().items():
        hand_in(root, name, said)
    return root


def instructors(path: Path) -> Any:
    """The instructor's notebook, with nbgrader's metadata."""
    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")
    for cell in notebook.cells:
        cell.metadata = as_nbgrader_says(cell.metadata)
    return notebook


def as_nbgrader_says(said: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a cell, from its role and name; none for a cell that nbgrader does not know."""
    role = next((role for role in ROLES if role in said), None)
    if role is None:
        return {}
    own: dict[str, Any] = {"schema_version": 3, "grade_id": said[role], **ROLES[role]}
    return {"nbgrader": own | ({"points": said["points"]} if "points" in said else {})}


def release(root: Path) -> None:
    """Do what ``nbgrader generate_assignment`` does, and say when the assignment is due."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    from autograder.grading.course import open_course

    with open_course(root) as opened:
        directory = CourseDirectory(config=opened.config, root=str(root), assignment_id=ASSIGNMENT, log=opened.log)
        GenerateAssignment(coursedir=directory, log=opened.log, force=True).start()
        with opened.gradebook() as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)


def students() -> dict[str, dict[str, Any]]:
    """What each student's file says."""
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((HERE / "students").glob("*.toml"))}


def hand_in(root: Path, name: str, said: Mapping[str, Any]) -> None:
    """Write what a student hands in."""
    folder = root / "submitted" / name / ASSIGNMENT
    shutil.copytree(HERE / "files", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in sorted((HERE / "notebooks").glob("*.md")):
        if path.stem in said:
            released = nbformat.read(root / "release" / ASSIGNMENT / f"{path.stem}.ipynb", as_version=4)
            nbformat.write(filled(released, instructors(path), said, path.stem), folder / f"{path.stem}.ipynb")
    if "timestamp" in said:
        (folder / "timestamp.txt").write_text(said["timestamp"], encoding="utf-8")


def filled(notebook: Any, solution: Any, said: Mapping[str, Any], stem: str) -> Any:
    """The released notebook as the student leaves it."""
    own = said[stem]
    answers = (solved(solution) if said.get("start", "solution") == "solution" else {}) | own.get("answers", {})
    cells = []
    for cell in notebook.cells:
        name = named(cell)
        cell.source = answers.get(name, cell.source)
        cells += [] if name in own.get("deleted", ()) else [cell]
        cells += [new_code_cell(source) for source in own.get("behind", {}).get(name, ())]
    known = {named(cell) for cell in notebook.cells}
    unknown = {*own.get("answers", {}), *own.get("deleted", ()), *own.get("behind", {})} - known
    if unknown:
        raise ValueError(f"{stem} has no cells {sorted(unknown)}; correct the student's file")
    notebook.cells = cells
    return notebook


def solved(notebook: Any) -> dict[str, str]:
    """The instructor's answers, by name, without the marks around them."""
    return {
        named(cell): "\n".join(line for line in cell.source.splitlines() if "### " not in line)
        for cell in notebook.cells
        if "### BEGIN SOLUTION" in cell.source
    }


def named(cell: Any) -> str:
    """The name that nbgrader knows a cell by; empty where it knows none."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
