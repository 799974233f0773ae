"""Writes the pages of a class, each only if something on it has changed.

Pages lie where nbgrader's own ``generate_feedback`` leaves them, ``feedback/STUDENT/ASSIGNMENT/NOTEBOOK.html``, and
beside them the two files of an exchange that ``nbgrader release_feedback`` reads. Nothing else is copied there: what a
student handed in as a page of their own would otherwise be released as feedback.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import nbformat

from autograder.grading import records
from autograder.grading.course import open_course
from autograder.grading.errors import GradingError
from autograder.grading.feedback.hidden import Delimiters, delimiters_of
from autograder.grading.feedback.page import page
from autograder.grading.feedback.standing import Standing, standings
from autograder.grading.result import Grading, Progress
from autograder.grading.sheet import write_whole

MAKERS = ("mcourse", "nh3", "math-core", "markdown-it-py", "mdit-py-plugins", "Pygments", "nbconvert")
"""Packages whose next version may make another page of the same notebook."""

EXCHANGED = ("timestamp.txt", "submission_secret.txt")
"""What ``nbgrader release_feedback`` looks for beside a page."""


def write_feedback(
    course: Path, grading: Grading, *, show_hidden: bool = False, on_progress: Progress | None = None
) -> tuple[Path, ...]:
    """Write a feedback page for everybody who has marks.

    A page is written again only if something on it has changed: the work, a mark, a comment, or how pages are made.
    A page that is there is whole.

    Args:
        course: the course directory that was graded.
        grading: the result of ``grade``.
        show_hidden: also show hidden tests and what they put out.
        on_progress: called after each student.

    Returns:
        The pages, new and old.

    Raises:
        GradingError: a graded notebook cannot be read, or a page not be written; the message says whose.
    """
    pages: list[Path] = []
    with open_course(course) as opened, opened.gradebook() as gradebook:
        delimiters = None if show_hidden else delimiters_of(opened.config)
        for done, student in enumerate(sorted(grading.marks), start=1):
            source = opened.path("autograded", student, grading.assignment)
            target = opened.path("feedback", student, grading.assignment)
            marks = standings(gradebook, grading.assignment, student)
            notebooks = {path.stem: path.read_bytes() for path in sorted(source.glob("*.ipynb")) if path.stem in marks}
            state = _state(notebooks, marks, delimiters)
            whole = all((target / f"{name}.html").is_file() for name in notebooks)
            fresh = whole and records.is_done(gradebook, grading.assignment, student, "feedback", state)
            if not fresh:
                _write(notebooks, marks, source, target, delimiters, opened.directory.groupshared)
                records.set_done(gradebook, grading.assignment, student, "feedback", state)
            pages += [target / f"{name}.html" for name in notebooks]
            if on_progress is not None:
                on_progress(student, "unchanged" if fresh else "graded", done, len(grading.marks))
    return tuple(pages)


def _state(notebooks: Mapping[str, bytes], marks: Mapping[str, Standing], delimiters: Delimiters | None) -> str:
    """A fingerprint of everything that stands on a student's pages, and of how they are made."""
    works = {name: data.hex() for name, data in notebooks.items()}
    return records.digest(works, [repr(marks[name]) for name in sorted(marks)], repr(delimiters), _makers())


@cache
def _makers() -> str:
    """A fingerprint of what makes pages."""
    folder = files("autograder.grading.feedback")
    own = {entry.name: entry.read_bytes().hex() for entry in folder.iterdir() if entry.is_file()}
    return records.digest(own, [version(name) for name in MAKERS])


def _write(
    notebooks: Mapping[str, bytes],
    marks: Mapping[str, Standing],
    source: Path,
    target: Path,
    delimiters: Delimiters | None,
    shared: bool,
) -> None:
    """Write one student's pages, and take away those of notebooks that are no longer there."""
    student = next(iter(marks.values())).student if marks else target.name
    try:
        for name, data in notebooks.items():
            notebook = nbformat.reads(data.decode("utf-8"), as_version=4)
            write_whole(target / f"{name}.html", page(notebook, marks[name], source, delimiters))
        for path in _others(target, notebooks):
            path.unlink()
        for name in EXCHANGED:
            if (source / name).is_file():
                shutil.copyfile(source / name, target / name)
        if shared:
            _share(target)
    except (OSError, ValueError) as error:
        raise GradingError(
            f"The feedback of {student} could not be written ({error}); grade {student} again"
        ) from error


def _others(target: Path, notebooks: Mapping[str, bytes]) -> Iterator[Path]:
    """Pages that no notebook stands behind."""
    yield from (path for path in target.glob("*.html") if path.stem not in notebooks)


def _share(target: Path) -> None:
    """Let the group of a course that is graded together write the pages too, as nbgrader does."""
    target.chmod(target.stat().st_mode | 0o2770)
    for path in target.iterdir():
        path.chmod(0o664)
