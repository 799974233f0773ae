"""The commands that bring a class into a course directory: who is in it, and what they handed in."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.places import COURSE, course_or_built, near

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading.collect import Collected

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@COURSE
def roster(file: Path, course: Path | None) -> None:
    """Read a class list (CSV) into the gradebook.

    Its first line names the columns: id (or username), first name, last name, email, LMS id. Canvas' and Moodle's own
    lists are understood. Students whom it does not name stay.

    \b
    Example:
      mcourse roster class.csv --course build/course
    """
    from autograder.cli.screen import say
    from autograder.grading.roster import import_roster

    course = course_or_built(course)
    new, known = import_roster(course, file)
    say(f"Students: {new} new, {known} known before.")


@click.command()
@click.argument("assignment")
@click.argument("archives", metavar="ZIP...", type=click.Path(path_type=Path), nargs=-1, required=True)
@COURSE
def collect(assignment: str, archives: tuple[Path, ...], course: Path | None) -> None:
    """Put an LMS's zip of submissions into submitted/.

    ZIP is what Canvas ("Download submissions") or Moodle ("Download all submissions") gives, or the folder into which a
    browser has unpacked that. Students are found in the roster by their number or name. A notebook that was renamed is
    known by its cells. Of several attempts the latest counts; work that it replaces is kept in .mcourse/earlier/.
    Whatever cannot be taken is listed with the reason.

    \b
    Example:
      mcourse collect 02_gradients submissions.zip --course build/course
    """
    from autograder.cli.screen import say
    from autograder.grading.collect import collect as collect_archives

    _require_order(assignment, archives)
    course = course_or_built(course)
    found = collect_archives(course, assignment, archives)
    for line in _lines(found):
        say(line)
    count = len(found.collected)
    say(f"{count} student{'' if count == 1 else 's'} collected, {len(found.unchanged)} unchanged.")
    if found.set_aside:
        raise click.ClickException(f"Files set aside: {len(found.set_aside)}; the reasons are above")
    if not found.collected and not found.unchanged:
        raise click.ClickException("There is no notebook in it; is it the zip file of this assignment?")


def _require_order(assignment: str, archives: tuple[Path, ...]) -> None:
    """Say what was probably meant where a zip file stands in the place of the assignment."""
    if not _is_archive(Path(assignment)):
        return
    names = [str(path) for path in archives if not _is_archive(path)]
    files = [assignment, *(str(path) for path in archives if _is_archive(path))]
    words = shlex.join([*(names if len(names) == 1 else ["ASSIGNMENT"]), *files])
    raise click.UsageError(f"The assignment comes first, and then the zip files: mcourse collect {words}")


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".zip" or len(path.parts) > 1 or path.is_file()


def _lines(found: Collected) -> Iterable[str]:
    if found.late:
        yield f"late: {', '.join(found.late)}"
    renamed: dict[str, list[str]] = {}
    for student, taken in found.renamed.items():
        for given, name in taken.items():
            renamed.setdefault(f"{given} is taken for {name}", []).append(student)
    for what, students in renamed.items():
        yield f"{what}: {', '.join(students)}"
    for student, names in found.superseded.items():
        yield f"{student}: a later attempt counts, not {'; '.join(names)}"
    for student, place in found.replaced.items():
        yield f"{student}: the work of before is kept in {near(place)}"
    for name, reason in found.set_aside.items():
        yield f"set aside: {name}: {reason}"
