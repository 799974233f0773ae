"""Writes the pages that go back to students, by nbgrader's own ``generate_feedback``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from traitlets.config import Config

from autograder.grading import records
from autograder.grading.course import PRIVATE, ConverterError, Course, Exactly, GradingError, open_course
from autograder.grading.result import Grading, Progress

ASIDE = f"{PRIVATE}/feedback"
"""Where pages are made before they are moved into place."""


class _GenerateFeedback(Exactly, GenerateFeedback):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's own converter on one folder."""


def write_feedback(course: Path, grading: Grading, *, on_progress: Progress | None = None) -> tuple[Path, ...]:
    """Write a feedback page for everybody who has marks.

    A page is written again only if the marks or comments on it have changed. Pages are made aside and then moved into
    place, so a page that is there is whole.

    Args:
        course: the course directory that was graded.
        grading: the result of ``grade``.
        on_progress: called after each student.

    Returns:
        The pages, new and old.

    Raises:
        GradingError: nbgrader could not write one; the message says whose.
    """
    pages: list[Path] = []
    with open_course(course) as opened:
        for done, student in enumerate(sorted(grading.marks), start=1):
            state = _state(opened, grading, student)
            target = opened.path("feedback", student, grading.assignment)
            fresh = any(target.glob("*.html")) and _is_written(opened, grading, student, state)
            if not fresh:
                _write(opened, grading.assignment, student, target)
                with opened.gradebook() as gradebook:
                    records.set_done(gradebook, grading.assignment, student, "feedback", state)
            pages += sorted(target.glob("*.html"))
            if on_progress is not None:
                on_progress(student, "unchanged" if fresh else "graded", done, len(grading.marks))
    return tuple(pages)


def _state(course: Course, grading: Grading, student: str) -> str:
    """A fingerprint of everything that stands on a student's page."""
    graded = course.path("autograded", student, grading.assignment)
    notebooks = [path.read_bytes().hex() for path in sorted(graded.glob("*.ipynb"))]
    with course.gradebook() as gradebook:
        comments = records.comments_of(gradebook, grading.assignment, student)
    return records.digest(notebooks, grading.marks[student], grading.scores[student], comments)


def _is_written(course: Course, grading: Grading, student: str, state: str) -> bool:
    with course.gradebook() as gradebook:
        return records.is_done(gradebook, grading.assignment, student, "feedback", state)


def _write(course: Course, assignment: str, student: str, target: Path) -> None:
    """Let nbgrader make one student's pages aside, then move them to ``target``."""
    settings = Config()
    settings.CourseDirectory.feedback_directory = ASIDE
    settings.HTMLExporter.template_name = "feedback"
    made = Path(course.directory.format_path(ASIDE, student, assignment))
    shutil.rmtree(made, ignore_errors=True)
    try:
        course.run(_GenerateFeedback, student, assignment, settings)
        for path in sorted(path for path in made.rglob("*") if path.is_file() and path.suffix != ".ipynb"):
            into = target / path.relative_to(made)
            into.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, into)
    except ConverterError as error:
        raise GradingError(f"nbgrader could not write the feedback of {student} ({error})") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
