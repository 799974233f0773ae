"""Writes the pages of a class, each only if something on it has changed.

Pages lie where nbgrader's own ``generate_feedback`` leaves them, ``feedback/STUDENT/ASSIGNMENT/NOTEBOOK.html``, and
beside them the two files of an exchange that ``nbgrader release_feedback`` reads. Nothing else is copied there: what a
student handed in as a page of their own would otherwise be released as feedback.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import nbjson

from autograder.grading import records
from autograder.grading.course import Course, open_course
from autograder.grading.errors import GradingError
from autograder.grading.feedback.hidden import Delimiters, delimiters_of
from autograder.grading.feedback.page import page
from autograder.grading.feedback.standing import Standing, standings
from autograder.grading.result import Grading, Outcome, Progress
from autograder.grading.sheet import write_whole

MAKERS = (
    "mcourse",
    "nh3",
    "math-core",
    "ziamath",
    "fonttools",
    "markdown-it-py",
    "mdit-py-plugins",
    "Pygments",
    "nbconvert",
)
"""Packages whose next version may make another page of the same notebook."""

TOGETHER = 20
"""Students whose pages are recorded as written in one commit; a run that is killed writes at most so many again."""

MOST_NAMED = 5
"""Students whom a sentence names."""

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
        GradingError: pages could not be made or written; the message says whose. Everybody else has theirs.
    """
    pages: list[Path] = []
    written: dict[str, str] = {}
    problems: dict[str, Exception] = {}
    with open_course(course) as opened, opened.gradebook() as gradebook:
        delimiters = None if show_hidden else delimiters_of(opened.config)
        known = standings(gradebook, grading.assignment)
        states = records.done(gradebook, grading.assignment, "feedback")
        for count, student in enumerate(sorted(grading.marks), start=1):
            work = _Work.of(opened, grading.assignment, student, known.get(student, {}))
            state = work.state(delimiters)
            fresh = work.written and states.get(student) == state
            if not fresh:
                try:
                    work.write(delimiters, opened.directory.groupshared)
                    written[student] = state
                except Exception as error:  # whatever a file system, or a library on odd work, can stumble over
                    problems[student] = error
            if len(written) == TOGETHER or count == len(grading.marks):
                records.set_done(gradebook, grading.assignment, "feedback", written)
                written.clear()
            pages += work.pages
            if on_progress is not None:
                outcome: Outcome = "failed" if student in problems else "unchanged" if fresh else "graded"
                on_progress(student, outcome, count, len(grading.marks))
    if problems:
        raise _unwritten(problems)
    return tuple(pages)


def _unwritten(problems: Mapping[str, Exception]) -> GradingError:
    """Say whose pages there are not, and the first reason."""
    more = f" and {len(problems) - MOST_NAMED} more" if len(problems) > MOST_NAMED else ""
    names, first = ", ".join(list(problems)[:MOST_NAMED]) + more, next(iter(problems.values()))
    reason = (isinstance(first, OSError) and first.strerror) or str(first) or type(first).__name__
    return GradingError(f"The feedback of {names} could not be written ({reason}); put that right and grade again")


@dataclass(frozen=True)
class _Work:
    """One student's graded work, and where its pages go.

    Args:
        student: whose it is.
        marks: by notebook.
        notebooks: by name, as they stand in their files.
        source: the folder they are in.
        target: the folder of the pages.
    """

    student: str
    marks: Mapping[str, Standing]
    notebooks: Mapping[str, bytes]
    source: Path
    target: Path

    @classmethod
    def of(cls, course: Course, assignment: str, student: str, marks: Mapping[str, Standing]) -> _Work:
        """Find a student's work."""
        source = course.path("autograded", student, assignment)
        notebooks = {path.stem: path.read_bytes() for path in sorted(source.glob("*.ipynb")) if path.stem in marks}
        return cls(student, marks, notebooks, source, course.path("feedback", student, assignment))

    @property
    def pages(self) -> list[Path]:
        """Where the pages lie."""
        return [self.target / f"{name}.html" for name in self.notebooks]

    @property
    def written(self) -> bool:
        """Whether there is a page for each notebook."""
        return all(path.is_file() for path in self.pages)

    def state(self, delimiters: Delimiters | None) -> str:
        """A fingerprint of everything that stands on the pages, and of how they are made."""
        works = {name: data.hex() for name, data in self.notebooks.items()}
        marks = [repr(self.marks[name]) for name in sorted(self.marks)]
        return records.digest(works, marks, repr(delimiters), _makers())

    def write(self, delimiters: Delimiters | None, shared: bool) -> None:
        """Write the pages, and take away those of notebooks that are no longer there."""
        for path, name in zip(self.pages, self.notebooks, strict=True):
            made = page(_read(self.notebooks[name]), self.marks[name], self.source, delimiters)
            write_whole(path, made)
        for path in self.target.glob("*.html"):
            if path not in self.pages:
                path.unlink()
        for name in EXCHANGED:
            if (self.source / name).is_file():
                shutil.copyfile(self.source / name, self.target / name)
        if shared:
            _share(self.target)


@cache
def _makers() -> str:
    """A fingerprint of what makes pages."""
    folder = files("autograder.grading.feedback")
    own = {entry.name: entry.read_bytes().hex() for entry in folder.iterdir() if entry.is_file()}
    return records.digest(own, [version(name) for name in MAKERS])


def _read(data: bytes) -> Any:
    """Read a graded notebook; what the grader wrote is of the current format, and need not be checked again."""
    text = data.decode("utf-8")
    made = nbjson.reads(text)
    return made if made.get("nbformat") == 4 else nbformat.reads(text, as_version=4)


def _share(target: Path) -> None:
    """Let the group of a course that is graded together write the pages too, as nbgrader does."""
    target.chmod(target.stat().st_mode | 0o2770)
    for path in target.iterdir():
        path.chmod(0o664)
