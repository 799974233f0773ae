"""The commands of who writes the course: begin a unit, build the notebooks, verify the checks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.places import FOLDER, Places, find_places, near

if TYPE_CHECKING:  # what these modules import takes seconds
    from autograder.authoring.verify import ExerciseResult, Verification

UNITS = click.option("--units", "more", type=FOLDER, multiple=True, help="A folder of further units; may be repeated.")


@click.command()
@click.argument("what", metavar="", nargs=-1)
@click.option("--into", type=FOLDER, help="The course directory to make; by default build/course.")
@UNITS
def build(what: tuple[str, ...], into: Path | None, more: tuple[Path, ...]) -> None:
    """Build an nbgrader course directory from the units' text.

    What has not changed is not built again.

    \b
    Example:
      mcourse build --into build/course --units ~/my-private-units
    """
    if what:
        raise click.ClickException(
            f"build takes no unit, and got {what[0]}: it builds every unit that has changed. A folder of further units "
            "is named with --units"
        )
    places = find_places()
    build_into(places, into or places.built, more)


def build_into(places: Places, into: Path, more: tuple[Path, ...] = ()) -> None:
    """Build, and say what was built and what was kept."""
    from autograder.authoring.build import build as build_course
    from autograder.authoring.units import find_units
    from autograder.cli.screen import progress, say

    with progress("building") as step:
        built = build_course(find_units(places.units, *more), into, config=places.config, on_progress=step)
    for path in built.kept:
        say(f"{near(path)} was changed by hand and is kept as it is.")
    say(f"{near(built.course)}: {len(built.written)} units built, {len(built.skipped)} unchanged.")


@click.command()
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


@click.group()
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
