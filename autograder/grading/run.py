"""Grades one assignment of a course directory, a student at a time.

A student whose work cannot be read or run is listed with the reason and holds up nobody else.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection, Mapping
from importlib.metadata import version
from pathlib import Path

import nbformat
from traitlets.config import Config

from autograder.checks.hints import FILE as HINTS
from autograder.grading import records
from autograder.grading.course import PRIVATE, Course, GradingError, open_course
from autograder.grading.intake import files_of, fingerprint, legible
from autograder.grading.rebuild import named
from autograder.grading.reports import count_mistakes, read_graded
from autograder.grading.result import Grading, Outcome, Progress
from autograder.grading.submission import INTAKE, Assignment, grade_submission
from autograder.grading.versions import other_version


def grade(
    course: Path,
    assignment: str,
    *,
    students: Collection[str] | None = None,
    timeout: int | None = None,
    on_progress: Progress | None = None,
) -> Grading:
    """Grade what students handed in, and leave the course directory as nbgrader would.

    Submissions that were graded before are run again only if they, or the assignment, have changed since.

    Args:
        course: an nbgrader course directory.
        assignment: the name of one of its assignments.
        students: grade only these; by default everybody.
        timeout: seconds for one cell; by default what the course's ``nbgrader_config.py`` says, or else 30.
        on_progress: called after each student.

    Returns:
        Who was graded and who was not, with reasons; marks; the commonest mistakes.

    Raises:
        GradingError: nothing could be graded; the message says what to do.
    """
    with open_course(course) as opened:
        opened.require(assignment)
        ready = _prepare(opened, assignment, timeout)
        chosen = _choose(opened, assignment, students)
        outcomes: dict[str, tuple[Outcome, str]] = {}
        for done, (student, folder) in enumerate(chosen.items(), start=1):
            began = time.monotonic()
            outcomes[student] = grade_submission(ready, student, folder)
            if outcomes[student][0] == "graded":
                with opened.gradebook() as gradebook:
                    records.set_seconds(gradebook, assignment, student, time.monotonic() - began)
            if on_progress is not None:
                on_progress(student, outcomes[student][0], done, len(chosen))
        return _result(ready, chosen, outcomes)


def _prepare(course: Course, name: str, timeout: int | None) -> Assignment:
    """Read what an assignment consists of."""
    released = {
        path.stem: nbformat.read(path, as_version=4) for path in course.path("release", ".", name).glob("*.ipynb")
    }
    order = {stem: [named(cell) or "" for cell in notebook.cells] for stem, notebook in released.items()}
    with course.gradebook() as gradebook:
        plans = records.blueprints(gradebook, name, order)
    source = course.path("source", ".", name)
    others = [path for path in files_of(source) if _decides(path)] if source.is_dir() else []
    settings = Config()
    settings.CourseDirectory.submitted_directory = INTAKE
    settings.RunNotebook.secret = _secret(course.root)
    if timeout is not None:
        settings.RunNotebook.timeout = timeout
    return Assignment(
        course=course,
        name=name,
        plans=plans,
        reporting=frozenset(stem for stem, notebook in released.items() if "mcourse" in notebook.metadata),
        fingerprint=records.digest(version("mcourse"), repr(plans), fingerprint(source, others)),
        settings=settings,
    )


def _decides(path: Path) -> bool:
    """Whether a file beside the notebooks can change a mark; hints cannot, and notebooks are in the gradebook."""
    return path.suffix != ".ipynb" and path.name != HINTS


def _secret(root: Path) -> str:
    """The course's secret, drawn once; the numbers that the checks draw depend on it."""
    path = root / PRIVATE / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii")


def _choose(course: Course, assignment: str, students: Collection[str] | None) -> dict[str, Path]:
    """The submissions to grade, by student.

    Raises:
        GradingError: there are none, or one that was asked for is missing.
    """
    found = _submissions(course, assignment)
    where = course.path("submitted", "STUDENT", assignment)
    if not found:
        raise GradingError(f"Nobody has handed in {assignment}; put each student's notebooks into {where}")
    missing = sorted(set(students or ()) - set(found))
    if missing:
        raise GradingError(f"{', '.join(missing)} handed in nothing for {assignment}; it is looked for in {where}")
    return {student: folder for student, folder in found.items() if students is None or student in students}


def _submissions(course: Course, assignment: str) -> dict[str, Path]:
    """Everything that was handed in, by student; the layout is the course's own."""
    directory = course.directory
    layout = directory.directory_structure.format(
        nbgrader_step=directory.submitted_directory, student_id="*", assignment_id=assignment
    )
    pattern = directory.format_path(directory.submitted_directory, "(?P<student>.*)", assignment, escape=True)
    out = {}
    for folder in sorted(course.root.glob(layout)):
        match = re.fullmatch(pattern, str(folder), re.DOTALL)
        if match is not None and (folder.is_dir() or folder.is_symlink()):
            out[legible(match["student"])] = folder
    return out


def _result(
    assignment: Assignment, folders: Mapping[str, Path], outcomes: Mapping[str, tuple[Outcome, str]]
) -> Grading:
    """Read the marks of everybody who has some."""

    def reasons(wanted: Outcome) -> dict[str, str]:
        return {student: reason for student, (outcome, reason) in outcomes.items() if outcome == wanted}

    graded, unchanged = tuple(reasons("graded")), tuple(reasons("unchanged"))
    marked, worth = sorted({*graded, *unchanged}), assignment.worth
    with assignment.course.gradebook() as gradebook:
        found = {student: records.marks_of(gradebook, assignment.name, student) for student in marked}
        reasons_why = {student: records.reasons_of(gradebook, assignment.name, student) for student in marked}
        seconds = records.seconds_of(gradebook, assignment.name)
    ignore = assignment.course.directory.ignore
    versions = {student: other_version(folders[student], assignment.plans, ignore) for student in marked}
    cells = (read_graded(assignment.course.path("autograded", student, assignment.name)) for student in marked)
    return Grading(
        assignment=assignment.name,
        cells=worth,
        graded=graded,
        unchanged=unchanged,
        set_aside=reasons("set aside"),
        failed=reasons("failed"),
        marks={student: {cell: marks[cell] for cell in worth} for student, (marks, _) in found.items()},
        scores={student: score for student, (_, score) in found.items()},
        reasons={student: why for student, why in reasons_why.items() if why},
        mistakes=count_mistakes(cells),
        seconds={student: seconds[student] for student in marked if student in seconds},
        versions={student: version for student, version in versions.items() if version},
    )
