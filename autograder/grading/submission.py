"""Takes one student's submission through nbgrader.

submitted/ --intake--> rebuilt notebook --nbgrader's Autograde--> autograded/ and gradebook --> "done" is recorded
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from autograder.grading import records
from autograder.grading.course import PRIVATE, ConverterError, Course, Exactly
from autograder.grading.execute import RunNotebook
from autograder.grading.identity import foreign
from autograder.grading.intake import SetAside, copy_others, files_of, fingerprint, legible, read_cells
from autograder.grading.rebuild import Blueprint, rebuild
from autograder.grading.reports import read_graded
from autograder.grading.result import Outcome

INTAKE = f"{PRIVATE}/intake"
"""Where rebuilt notebooks stand while nbgrader works on them."""

REASONS: dict[type[BaseException], str] = {
    NoSuchKernel: "the kernel it needs is not installed here; mcourse doctor says what to do",
    DeadKernelError: "its kernel died (exit(), a crash, or not enough memory)",
    CellTimeoutError: "a cell that ran too long could not be interrupted (a loop that catches every exception?)",
}

Doubts = Mapping[str, Mapping[str, str]]
"""By notebook and exercise, why a person must mark the answers."""


class Failed(Exception):
    """A submission whose run ended early; the message is the reason."""


@dataclass(frozen=True)
class Assignment:
    """One assignment, ready to be graded.

    Args:
        course: the open course it belongs to.
        name: its name.
        plans: the instructor's cells, by notebook.
        reporting: the notebooks in which every check reports: those that were built from our units.
        fingerprint: of everything but the submission that decides the marks.
        settings: what the executor is told, over the instructor's configuration.
    """

    course: Course
    name: str
    plans: dict[str, tuple[Blueprint, ...]]
    reporting: frozenset[str]
    fingerprint: str
    settings: Config

    @property
    def worth(self) -> dict[str, float]:
        """What each graded cell is worth, in the notebooks' order, named as in ``records.marks_of``."""
        return {
            records.cell_name(notebook, plan.name, len(self.plans)): plan.points
            for notebook, cells in self.plans.items()
            for plan in cells
            if plan.grade or plan.task
        }


def grade_submission(assignment: Assignment, student: str, folder: Path) -> tuple[Outcome, str]:
    """Grade one submission, unless it was graded before and nothing has changed.

    Args:
        assignment: what it is a submission of.
        student: whose it is.
        folder: what was handed in.

    Returns:
        The outcome, and the reason where it is ``set aside`` or ``failed``.
    """
    try:
        _require_folder(assignment, folder)
        files = files_of(folder, assignment.course.directory.ignore)
        state = records.digest(assignment.fingerprint, fingerprint(folder, files))
        if _unchanged(assignment, student, state):
            return "unchanged", ""
        with _staged(assignment, student, folder, files) as doubts:
            _autograde(assignment, student)
    except SetAside as error:
        return "set aside", str(error)
    except Failed as error:
        return "failed", str(error)
    _record(assignment, student, state, doubts)
    return "graded", ""


def _require_folder(assignment: Assignment, folder: Path) -> None:
    """Insist on a folder with a name that can be written down, and not on a way to another's."""
    name = str(folder.relative_to(assignment.course.root))
    if legible(name) != name:
        raise SetAside("the folder's name has characters that no table can hold; rename it")
    if folder.is_symlink():
        raise SetAside(f"{folder.name} is a link, not a folder; put the files themselves there")


def _unchanged(assignment: Assignment, student: str, state: str) -> bool:
    """Whether this very work is graded, and what nbgrader leaves is still there."""
    graded = assignment.course.path("autograded", student, assignment.name)
    if not any(graded.glob("*.ipynb")):
        return False
    with assignment.course.gradebook() as gradebook:
        return records.is_done(gradebook, assignment.name, student, "grade", state) and records.has_submission(
            gradebook, assignment.name, student
        )


@contextmanager
def _staged(assignment: Assignment, student: str, folder: Path, files: Sequence[Path]) -> Iterator[Doubts]:
    """Write the rebuilt notebooks, and whatever came with them, where nbgrader will look for them.

    Yields:
        What the submission shows and the rebuilt notebooks do not: answers to another student's questions.
    """
    names = [name for name in assignment.plans if folder / f"{name}.ipynb" in files]
    if not names:
        wanted = " or ".join(f"{name}.ipynb" for name in assignment.plans)
        found = ", ".join(str(path.relative_to(folder)) for path in files) or "nothing"
        raise SetAside(f"there is no {wanted} in it, but {found}")
    into = Path(assignment.course.directory.format_path(INTAKE, student, assignment.name))
    shutil.rmtree(into, ignore_errors=True)
    try:
        into.mkdir(parents=True)
        copy_others(folder, files, into)
        doubts = {}
        for name in names:
            cells, plans = read_cells(folder / f"{name}.ipynb"), assignment.plans[name]
            doubts[name] = foreign(cells, plans, student)
            nbformat.write(rebuild(cells, plans), into / f"{name}.ipynb")
        yield doubts
    finally:
        shutil.rmtree(into, ignore_errors=True)


class _Autograde(Exactly, Autograde):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's own converter on one folder, with our executor in the place of its own."""

    autograde_preprocessors: Any

    def start(self) -> None:
        """Put our executor where the course's configuration has nbgrader's, and convert."""
        steps = self.autograde_preprocessors
        self.autograde_preprocessors = [RunNotebook if step is Execute else step for step in steps]
        super().start()


def _autograde(assignment: Assignment, student: str) -> None:
    """Let nbgrader grade what was staged.

    Raises:
        Failed: it could not; what it logged is kept in a file that the message names.
    """
    course = assignment.course
    kept = course.root / PRIVATE / "logs" / assignment.name / f"{student}.txt"
    try:
        course.run(_Autograde, student, assignment.name, assignment.settings)
    except ConverterError as error:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(error.log, encoding="utf-8")
        raise Failed(f"{_reason(error.problem)}; nbgrader's log is in {kept.relative_to(course.root)}") from error
    kept.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    """One clause that says why a run ended early."""
    for kind, reason in REASONS.items():
        if isinstance(error, kind):
            return reason
    first = (str(error).splitlines() or [""])[0]
    return f"nbgrader stopped with {type(error).__name__}: {first}"


def _record(assignment: Assignment, student: str, state: str, doubts: Doubts) -> None:
    """Commit that the submission is done, and which of its marks a person must decide on."""
    cells = read_graded(assignment.course.path("autograded", student, assignment.name))
    with assignment.course.gradebook() as gradebook:
        for cell in cells:
            grade = gradebook.find_grade(cell.name, cell.notebook, assignment.name, student)
            if cell.is_doubtful(grade.auto_score, cell.notebook in assignment.reporting):
                grade.auto_score, grade.needs_manual_grade = None, True
        for notebook, reasons in doubts.items():
            submitted = gradebook.find_submission_notebook(notebook, assignment.name, student)
            records.leave_open(submitted, reasons)
        records.set_done(gradebook, assignment.name, student, "grade", state)
