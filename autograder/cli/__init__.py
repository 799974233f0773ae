"""The ``mcourse`` command.

Each command says what it does, gives an example, and imports what it needs only when it runs: ``mcourse --help`` must
not wait for nbgrader.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.grading import Limited, cluster, cores, getting_warm, isolation_here, other_versions, summary
from autograder.cli.handing_in import collect, roster
from autograder.cli.places import Places, find_places, near
from autograder.cli.sentences import Sentences

if TYPE_CHECKING:  # what these modules import takes seconds
    from autograder.authoring.verify import ExerciseResult, Verification
    from autograder.grading import Grading

FOLDER = click.Path(path_type=Path, file_okay=False)
UNITS = click.option("--units", "more", type=FOLDER, multiple=True, help="A folder of further units; may be repeated.")


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mcourse", message="mcourse %(version)s")
def main() -> None:
    """A course on matrix and tensor calculus: write it, take it, grade it.

    \b
    Example:
      mcourse doctor
    """


main.add_command(roster)
main.add_command(collect)


@main.command()
@click.option("--into", type=FOLDER, help="The course directory to make; by default build/course.")
@UNITS
def build(into: Path | None, more: tuple[Path, ...]) -> None:
    """Build an nbgrader course directory from the units' text.

    What has not changed is not built again.

    \b
    Example:
      mcourse build --into build/course --units ~/my-private-units
    """
    places = find_places()
    _build(places, into or places.built, more)


def _build(places: Places, into: Path, more: tuple[Path, ...] = ()) -> None:
    from autograder.authoring.build import build as build_course
    from autograder.authoring.units import find_units
    from autograder.cli.screen import progress, say

    with progress("building") as step:
        built = build_course(find_units(places.units, *more), into, config=places.config, on_progress=step)
    for path in built.kept:
        say(f"{near(path)} was changed by hand and is kept as it is.")
    say(f"{near(built.course)}: {len(built.written)} units built, {len(built.skipped)} unchanged.")


@main.command()
@click.argument("what", metavar="[UNIT[#EXERCISE]]", required=False)
@click.option("--watch", is_flag=True, help="Verify again whenever the text changes, until stopped with Ctrl-C.")
@click.option("--mutants", is_flag=True, help="Show every mutant, its change and what became of it.")
@click.option("--named", metavar="PERCENT", type=click.IntRange(0, 100), help="Fail if fewer wrong mutants are named.")
@click.option("--seeds", default=50, show_default=True, type=click.IntRange(min=1), help="Draws for each solution.")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; by default one for each core.")
@UNITS
def verify(
    what: str | None,
    watch: bool,
    mutants: bool,
    named: int | None,
    seeds: int,
    jobs: int | None,
    more: tuple[Path, ...],
) -> None:
    """Verify that the checks accept each solution, refuse each listed mistake by its name, and refuse every mutant.

    Mutants are the solutions with one small error each: a sign, a factor, a transpose. One that earns full marks is
    shown with its change, unless it is proved to be right.

    \b
    Example:
      mcourse verify 02_gradients#02-tilted-bowl --watch
    """
    places = find_places()
    once = partial(_verify, places, what, mutants, seeds, jobs, more)
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            _watch((places.units, *more), once)
        return
    verification = once()
    if verification.problems:
        raise click.ClickException(f"{len(verification.problems)} to mend; each is above with its line")
    if named is not None and verification.mutation.share * 100 < named:
        raise click.ClickException(
            f"{verification.mutation.share:.0%} of the mutants refused as wrong are named, and {named}% are asked for; "
            "see which with --mutants"
        )


def _watch(folders: Sequence[Path], once: Callable[[], Verification]) -> None:
    """Verify again at each change, also while the text cannot stand."""
    from autograder.authoring.model import AuthoringError
    from autograder.cli.screen import say
    from autograder.cli.watch import changes

    for _ in changes(folders):
        try:
            once()
        except AuthoringError as error:
            say(str(error))


def _verify(
    places: Places, what: str | None, mutants: bool, seeds: int, jobs: int | None, more: tuple[Path, ...]
) -> Verification:
    """Verify and show."""
    from autograder.authoring.units import find_units
    from autograder.authoring.verify import verify as verify_units
    from autograder.cli.screen import progress
    from autograder.cli.verified import show_verification

    with progress("verifying") as step:

        def finished(result: ExerciseResult, done: int, total: int) -> None:
            step(result.exercise, done, total)

        units = find_units(places.units, *more)
        verification = verify_units(units, only=what, seeds=seeds, jobs=jobs, on_progress=finished)
    show_verification(verification, mutants)
    return verification


@main.command(cls=Limited)
@click.argument("assignment")
@click.option("--course", type=FOLDER, help="The course directory; by default build/course.")
@click.option("--student", "students", metavar="NAME", multiple=True, help="Grade only this one; may be repeated.")
@click.option("--jobs", type=click.IntRange(min=1), help="Submissions run at a time; by default one for each core.")
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Run submissions on this Dask cluster: tcp://HOST:8786, tls://HOST:8786, or a scheduler file.",
)
@click.option("--force", is_flag=True, help="Grade again what has not changed too; marks given by hand are kept.")
@click.option("--dry-run", is_flag=True, help="Write nothing, and show the marks before and after.")
@click.option(
    "--isolation",
    type=click.Choice(["namespaces", "process"]),
    help="How student code is kept apart; process is for machines without namespaces, and keeps less from it.",
)
@click.option("--show-hidden", is_flag=True, help="Show hidden tests, and what they put out, on feedback pages.")
def grade(
    assignment: str,
    course: Path | None,
    students: tuple[str, ...],
    jobs: int | None,
    dask: str | None,
    force: bool,
    dry_run: bool,
    isolation: str | None,
    show_hidden: bool,
    **limits: Any,
) -> None:
    """Grade what students handed in, write their feedback, a table of marks and a report.

    Looks for submitted/STUDENT/ASSIGNMENT/*.ipynb in the course directory. Work that was graded before and has not
    changed is not run again, also where Python, numpy, sympy or mcourse have another version now: that is told, and
    --force grades it again. Student code runs in a sandbox: mcourse doctor says what this machine can do. The folder
    marks/ then has ASSIGNMENT.csv, the report ASSIGNMENT.html, and canvas/ and moodle/ with the tables that these take
    in.

    The gradebook is copied to .mcourse/backups first, and the last five copies are kept. A run that was stopped goes on
    where it was when the same command is run again. The exit status is 0 only if everybody has marks.

    With --dask only student code and its tests run elsewhere; this machine reads and writes. docs/scale.md says how.

    A limit that is typed holds for this run. To set limits for the course, write into its nbgrader_config.py, say,
    c.MCourse.limits = {"cell_seconds": 120, "memory": "2 GB"}

    \b
    Example:
      mcourse grade 02_gradients --course build/course
    """
    if dask and jobs:
        raise click.UsageError(
            "--jobs is for this machine, and --dask runs as many as its cluster has room for; take one"
        )
    course = course or find_places().built
    typed = {name: value for name, value in limits.items() if value is not None}
    options: dict[str, Any] = {
        "students": students or None,
        "jobs": jobs or cores(),
        "limits": typed,
        "isolation": isolation,
        "force": force,
    }
    with contextlib.nullcontext() if dask else getting_warm(isolation):
        grading = _grade(assignment, course, dask=dask, dry_run=dry_run, show_hidden=show_hidden, **options)
    _tell(grading, course, dry_run)
    missing = len(grading.set_aside) + len(grading.failed)
    if missing:
        raise click.ClickException(
            f"{missing} of {len(grading.students)} students have no marks; the reasons are above"
        )


def _tell(grading: Grading, course: Path, dry_run: bool) -> None:
    """Show what a run came to, and where it lies."""
    from autograder.cli.screen import say, show_changes, show_marks, show_mistakes
    from autograder.grading.published import places

    if dry_run:
        show_changes(grading)
    else:
        show_marks([grading])
        show_mistakes([grading])
        made = places(course, grading.assignment)
        say(f"Marks: {near(made.marks)}. Report: {near(made.report)}. Feedback: {near(course / 'feedback')}.")
        say(f"To hand the marks on: {near(made.canvas)} or {near(made.moodle)}.")
    say(summary(grading))
    if said := other_versions(grading):
        say(said)


def _grade(
    assignment: str,
    course: Path,
    *,
    dask: str | None = None,
    dry_run: bool = False,
    show_hidden: bool = False,
    **options: Any,
) -> Grading:
    """Grade one assignment, and write all that follows from it."""
    from autograder.cli.screen import progress
    from autograder.grading import grade as grade_assignment

    with cluster(dask, course, options.get("isolation")) as executor, progress(f"grading {assignment}") as step:

        def finished(student: str, _: object, done: int, total: int) -> None:
            step(student, done, total)

        options |= {"executor": executor, "dry_run": dry_run, "on_progress": finished}
        grading = grade_assignment(course, assignment, **options)
    if dry_run:
        return grading
    from autograder.grading import publish, survey, write_feedback  # by now: the first mark need not wait for it

    with progress("feedback") as step:
        write_feedback(course, grading, show_hidden=show_hidden, on_progress=finished)
    publish(course, survey(course, assignment) if options.get("students") else grading)
    return grading


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
    from autograder.cli.screen import say, show_marks, show_mistakes
    from autograder.grading.published import places as published

    places = find_places()
    _build(places, places.demo)
    students = read_class(places.sample_class, read_units(find_units(places.units)))
    hand_in(students, places.demo)
    assignments = sorted({submission.unit for student in students for submission in student.submissions})
    how: dict[str, Any] = {"jobs": cores(), "isolation": isolation_here(), "limits": {"cell_cpu": 10}}
    gradings = [_grade(assignment, places.demo, **how) for assignment in assignments]
    show_marks(gradings)
    show_mistakes(gradings)
    graded = sum(len(grading.graded) for grading in gradings)
    unchanged = sum(len(grading.unchanged) for grading in gradings)
    say(f"{len(students)} students: {graded} submissions graded now, {unchanged} unchanged since the last run.")
    say("Open next:")
    for grading in gradings:
        first = next(iter(sorted(grading.marks)), None)
        made = published(places.demo, grading.assignment)
        say(f"  {near(made.report)}")
        say(f"  {near(made.marks)}")
        if first is not None:
            say(f"  {near(places.demo / 'feedback' / first / grading.assignment / 'exercises.html')}")
    say("  make lab    the lessons and exercises, as a learner sees them")
    broken = sorted({student for grading in gradings for student in grading.failed})
    if broken:
        raise click.ClickException(f"The work of {', '.join(broken)} could not be graded; the reasons are above")


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--prepare", is_flag=True, help="Only write the notebooks; do not start JupyterLab.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(prepare: bool, options: tuple[str, ...]) -> None:
    """Open JupyterLab on the lessons and exercises, in the folder learn/.

    What you have changed there is never overwritten. Further options go to JupyterLab.

    \b
    Example:
      mcourse lab --no-browser --port=8899
    """
    from autograder.authoring.workspace import write_workspace
    from autograder.cli.jupyter import become_lab
    from autograder.cli.screen import say

    places = find_places()
    _build(places, places.built)
    workspace = write_workspace(places.built, places.workspace)
    for path in workspace.kept:
        say(f"{near(path)} has your changes and is kept; to get the new text, rename your file and run this again.")
    if prepare:
        say(f"The notebooks are in {near(places.workspace)}.")
        return
    become_lab(places.workspace.resolve(), (places.root / "build" / "jupyter").resolve(), options)


@main.group()
def new() -> None:
    """Begin something new.

    \b
    Example:
      mcourse new unit 14_my_topic
    """


@new.command()
@click.argument("name")
@click.option("--into", type=FOLDER, help="The folder of units; by default course/units.")
def unit(name: str, into: Path | None) -> None:
    """Begin a unit: a lesson and two exercises that are complete and verified.

    \b
    Example:
      mcourse new unit 14_my_topic --into ~/my-private-units
    """
    from autograder.authoring.scaffold import new_unit
    from autograder.cli.screen import say

    folder = new_unit(name, into or find_places().units)
    elsewhere = f" --units {near(into)}" if into else ""
    say(f"{near(folder)} is begun; edit its lesson.md and exercises.md, then run: mcourse verify {name}{elsewhere}")


@main.command()
def doctor() -> None:
    """Say what this machine has, how it keeps student code apart, and what to do about what is missing.

    How student code is kept apart is tried: a small hostile notebook reaches for files, servers, processes and tests.

    \b
    Example:
      mcourse doctor
    """
    from rich.table import Table
    from rich.text import Text

    from autograder.cli.machine import examine
    from autograder.cli.screen import console

    table = Table(show_header=False)
    findings = list(examine())
    for finding in findings:
        sign = Text("✓", "green") if finding.ok else Text("✗", "red") if finding.needed else Text("○", "yellow")
        table.add_row(sign, finding.name, Text(finding.found or finding.advice))
    console.print(table)
    missing = [finding.name for finding in findings if finding.needed and not finding.ok]
    if missing:
        raise click.ClickException(f"Not everything is here: {', '.join(missing)}; the table says what to do")
