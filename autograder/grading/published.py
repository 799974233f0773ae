"""Writes everything that follows from a grading and is for the instructor: the tables and the report.

Feedback is for students and is written elsewhere; what is written here names everybody, so it lies apart, in
``marks/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.grading import records
from autograder.grading.course import open_course
from autograder.grading.lms import decided, write_canvas, write_moodle
from autograder.grading.marks import write_marks
from autograder.grading.page import write_report
from autograder.grading.result import Grading
from autograder.grading.roster import people_of


@dataclass(frozen=True)
class Published:
    """Where the tables and the report of one assignment are.

    Args:
        marks: the table of marks.
        report: the page.
        canvas: what Canvas takes in.
        moodle: what Moodle takes in.
    """

    marks: Path
    report: Path
    canvas: Path
    moodle: Path


def places(course: Path, assignment: str) -> Published:
    """Say where the tables and the report of an assignment are written.

    >>> places(Path("c"), "ps1").canvas.as_posix()
    'c/marks/canvas/ps1.csv'
    """
    folder, name = course / "marks", f"{assignment}.csv"
    return Published(folder / name, folder / f"{assignment}.html", folder / "canvas" / name, folder / "moodle" / name)


def publish(course: Path, grading: Grading) -> Published:
    """Write the tables and the report.

    Args:
        course: the course directory that was graded.
        grading: the result of ``grade``.

    Returns:
        Where they are.

    Raises:
        GradingError: the gradebook cannot be used.
    """
    where = places(course.resolve(), grading.assignment)
    with open_course(course) as opened:
        with opened.gradebook() as gradebook:
            people = people_of(gradebook)
            comments = {s: records.written_by_hand(gradebook, grading.assignment, s) for s in decided(grading)}
        write_marks(grading, where.marks)
        write_report(grading, where.report, people)
        write_canvas(grading, people, where.canvas)
        write_moodle(grading, people, where.moodle, comments)
    return places(course, grading.assignment)
