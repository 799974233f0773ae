"""The ``mcourse`` command.

Each command says what it does, gives an example, and imports what it needs only when it runs: ``mcourse --help`` must
not wait for nbgrader.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.authoring import build, build_into, new, verify
from autograder.cli.grading import cores, grade, grade_and_publish, isolation_here
from autograder.cli.handing_back import feedback
from autograder.cli.handing_in import collect, roster
from autograder.cli.places import Places, find_places, near
from autograder.cli.sentences import Sentences

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading import Grading


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mcourse", message="mcourse %(version)s")
def main() -> None:
    """A course on matrix and tensor calculus: write it, take it, grade it.

    \b
    Example:
      mcourse doctor
    """


for command in (new, build, verify, roster, collect, grade, feedback):
    main.add_command(command)


@main.command()
def demo() -> None:
    """Show everything once: build the course, grade a class of invented students, write feedback and marks.

    A second run skips what is done.

    \b
    Example:
      mcourse demo
    """
    from autograder.authoring.sample_class import hand_in, read_class
    from autograder.authoring.units import find_units, read_units
    from autograder.cli.screen import show_marks, show_mistakes

    places = find_places()
    build_into(places, places.demo)
    students = read_class(places.sample_class, read_units(find_units(places.units)))
    hand_in(students, places.demo)
    assignments = sorted({submission.unit for student in students for submission in student.submissions})
    how: dict[str, Any] = {"jobs": cores(), "isolation": isolation_here(), "limits": {"cell_cpu": 10}}
    gradings = [grade_and_publish(assignment, places.demo, **how) for assignment in assignments]
    show_marks(gradings)
    show_mistakes(gradings)
    _tell_what_is_there(gradings, places.demo, len(students))
    broken = sorted({student for grading in gradings for student in grading.failed})
    if broken:
        raise click.ClickException(f"The work of {', '.join(broken)} could not be graded; the reasons are above")


def _tell_what_is_there(gradings: list[Grading], course: Path, students: int) -> None:
    """Say what a demonstration has done, and which files to open."""
    from autograder.cli.screen import say
    from autograder.grading.published import places

    graded = sum(len(grading.graded) for grading in gradings)
    unchanged = sum(len(grading.unchanged) for grading in gradings)
    say(f"{students} students: {graded} submissions graded now, {unchanged} unchanged since the last run.")
    say("Open next:")
    for grading in gradings:
        first = next(iter(sorted(grading.marks)), None)
        made = places(course, grading.assignment)
        say(f"  {near(made.report)}")
        say(f"  {near(made.marks)}")
        if first is not None:
            say(f"  {near(course / 'feedback' / first / grading.assignment / 'exercises.html')}")
    say("  make lab    the lessons and exercises, as a learner sees them")


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--prepare", is_flag=True, help="Only write the notebooks; do not start JupyterLab.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(prepare: bool, options: tuple[str, ...]) -> None:
    """Open JupyterLab on the lessons and exercises, in the folder learn/.

    What you have changed there is never overwritten. A unit's name opens its lesson; further options go to JupyterLab.

    \b
    Example:
      mcourse lab 02_gradients --no-browser --port=8899
    """
    from autograder.authoring.workspace import write_workspace
    from autograder.cli.jupyter import become_lab
    from autograder.cli.screen import say

    places = find_places()
    options = tuple(_opened(option, places) for option in options)
    build_into(places, places.built)
    workspace = write_workspace(places.built, places.workspace)
    for path in workspace.kept:
        say(f"{near(path)} has your changes and is kept; to get the new text, rename your file and run this again.")
    if prepare:
        say(f"The notebooks are in {near(places.workspace)}.")
        return
    become_lab(places.workspace.resolve(), (places.root / "build" / "jupyter").resolve(), options)


def _opened(option: str, places: Places) -> str:
    """Return an option as JupyterLab takes it: of a unit's name its lesson; asks what a mistyped one should be."""
    from autograder.nearest import nearest

    units = [folder.name for folder in sorted(places.units.iterdir()) if folder.is_dir()]
    if option in units:
        return str((places.workspace / option / "lesson.ipynb").resolve())
    if not option.startswith("-") and not Path(option).exists() and (meant := nearest(option, units)):
        raise click.ClickException(f"There is no unit {option}; did you mean {meant}?")
    return option


@main.command()
def doctor() -> None:
    """Say what this machine has, how it keeps student code apart, and what to do about what is missing.

    How student code is kept apart is tried: a small hostile notebook reaches for files, servers, processes and tests.

    \b
    Example:
      mcourse doctor
    """
    from rich.table import Column, Table
    from rich.text import Text

    from autograder.cli.machine import examine
    from autograder.cli.screen import console

    table = Table(Column(), Column(), Column(overflow="fold"), show_header=False)
    findings = list(examine())
    for finding in findings:
        sign = Text("✓", "green") if finding.ok else Text("✗", "red") if finding.needed else Text("○", "yellow")
        table.add_row(sign, finding.name, Text(finding.found or finding.advice))
    console.print(table)
    missing = [finding.name for finding in findings if finding.needed and not finding.ok]
    if missing:
        raise click.ClickException(f"Not everything is here: {', '.join(missing)}; the table says what to do")
