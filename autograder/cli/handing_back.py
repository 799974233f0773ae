"""The command that packs feedback for the platform that work came from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.places import COURSE, course_or_built, near

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading.hand_back import HandedBack


@click.command()
@click.argument("assignment")
@COURSE
@click.option("--student", "students", metavar="NAME", multiple=True, help="Pack only this one's; may be repeated.")
@click.option("--show-hidden", is_flag=True, help="Show hidden tests, and what they put out, on feedback pages.")
def feedback(assignment: str, course: Path | None, students: tuple[str, ...], show_hidden: bool) -> None:
    """Pack feedback pages into the zip file that Canvas or Moodle takes in.

    Whose work mcourse collect took from a platform's zip file gets the page back there: marks/canvas/ then has
    ASSIGNMENT-feedback.zip for "Re-Upload Submissions", or marks/moodle/ for "Upload multiple feedback files in a zip".
    Pages are first brought up to date with the marks and comments that persons have given. Students who wait for a
    person's marks are left out and named, and so are those whose work came in another way.

    \b
    Example:
      mcourse feedback 02_gradients --course build/course
    """
    from autograder.cli.screen import progress, say
    from autograder.grading import survey, write_feedback
    from autograder.grading.hand_back import hand_back

    course = course_or_built(course)
    grading = survey(course, assignment, students=students or None)
    with progress("feedback") as step:

        def finished(student: str, _: object, done: int, total: int) -> None:
            step(student, done, total)

        pages = write_feedback(course, grading, show_hidden=show_hidden, on_progress=finished)
    found = hand_back(course, grading, pages)
    for line in _lines(found, assignment):
        say(line)
    missing = len(found.ungraded) + len(found.elsewhere)
    if missing:
        raise click.ClickException(f"Without feedback for a platform: {missing}; the reasons are above")
    if not found.archives:
        raise click.ClickException("Nothing was packed, for everybody waits for a person's marks")


def _lines(found: HandedBack, assignment: str) -> Iterable[str]:
    for system, path in found.archives.items():
        count, size = len(found.students[system]), path.stat().st_size / 1e6
        yield f"Feedback for {system.capitalize()}, {_students(count)}, {size:.1f} MB: {near(path)}"
    if found.waiting:
        yield f"Not packed, for a person has still to mark something: {', '.join(found.waiting)}"
    reasons: dict[str, list[str]] = {}
    for student, reason in found.ungraded.items():
        reasons.setdefault(reason, []).append(student)
    for reason, students in reasons.items():
        yield f"Not packed: {', '.join(students)}: {reason}"
    if found.elsewhere:
        names = ", ".join(found.elsewhere)
        yield (
            f"Not packed, for no zip file of Canvas or Moodle that was collected had their work: {names}; collect it "
            f"(mcourse collect {assignment} FILE.zip), or give them their pages yourself"
        )


def _students(count: int) -> str:
    return f"{count} student{'' if count == 1 else 's'}"
