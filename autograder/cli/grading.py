"""The command that grades, and what it says of a run."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.cli.limits import Limited
from autograder.cli.places import COURSE, course_or_built, near

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading.result import Grading
    from autograder.grading.sealed.supervisor.launch import Isolation
    from autograder.grading.work import Executor


@click.command(cls=Limited)
@click.argument("assignment")
@COURSE
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
    again = f" --course {shlex.quote(str(course))}" if course else ""
    course = course_or_built(course)
    typed = {name: value for name, value in limits.items() if value is not None}
    options: dict[str, Any] = {
        "students": students or None,
        "jobs": jobs or cores(),
        "limits": typed,
        "isolation": isolation,
        "force": force,
    }
    with contextlib.nullcontext() if dask else getting_warm(isolation):
        grading = grade_and_publish(assignment, course, dask=dask, dry_run=dry_run, show_hidden=show_hidden, **options)
    _tell(grading, course, dry_run, again)
    missing = len(grading.set_aside) + len(grading.failed)
    if missing:
        raise click.ClickException(
            f"{missing} of {len(grading.students)} students have no marks; the reasons are above"
        )


def _tell(grading: Grading, course: Path, dry_run: bool, again: str) -> None:
    """Show what a run came to, and where it lies; ``again`` is what a further command has to name the course by."""
    from autograder.cli.screen import say, show_changes, show_marks, show_mistakes
    from autograder.grading.course import open_course
    from autograder.grading.published import places
    from autograder.grading.sent import place

    if dry_run:
        show_changes(grading)
    else:
        show_marks([grading])
        show_mistakes([grading])
        made = places(course, grading.assignment)
        with open_course(course, looking=True) as opened:
            feedback = course / opened.directory.feedback_directory
            came_from_a_platform = place(opened, grading.assignment).exists()
        say(f"Marks: {near(made.marks)}. Report: {near(made.report)}. Feedback: {near(feedback)}.")
        say(f"To hand the marks on: {near(made.canvas)} or {near(made.moodle)}.")
        if came_from_a_platform:
            say(f"To hand the feedback back: mcourse feedback {shlex.quote(grading.assignment)}{again}")
    say(summary(grading))
    if said := other_versions(grading):
        say(said)


def grade_and_publish(
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


@contextlib.contextmanager
def cluster(address: str | None, course: Path, isolation: Isolation | None) -> Iterator[Executor | None]:
    """The cluster at an address, for as long as the block lasts; without one the grader runs everything itself."""
    if address is None:
        yield None
        return
    from autograder.cli.screen import say
    from autograder.grading import settings
    from autograder.grading.cluster import Cluster
    from autograder.grading.course import open_course
    from autograder.grading.sealed import Sealed

    with open_course(course, looking=True) as opened:
        way = settings.isolation(opened.config, isolation)
    with Cluster(address, partial(Sealed, way)) as executor:
        say(f"The cluster at {address} takes {executor.room} submissions at a time.")
        yield executor


def getting_warm(isolation: str | None) -> contextlib.AbstractContextManager[None]:
    """Have the process that runs submissions get warm while the block imports what grading needs here."""
    from autograder.grading.sealed.supervisor.ahead import warming

    return warming("process" if isolation == "process" else "namespaces")


def isolation_here() -> str:
    """The best way to keep student code apart on this machine; says so where it is not the usual one."""
    from autograder.cli.screen import say
    from autograder.grading.sealed.supervisor.sandbox import why_not

    reason = why_not()
    if reason:
        say(f"{reason}. The class of this demonstration is invented, so it is graded like that.")
    return "process" if reason else "namespaces"


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def summary(grading: Grading) -> str:
    """Say how many submissions ended in which way.

    >>> from autograder.grading.result import Grading
    >>> summary(Grading("ps1", graded=("ada",), failed={"bob": "..."}))
    'ps1: 1 graded, 0 unchanged, 0 set aside, 1 failed.'
    """
    counts = {
        "graded": grading.graded,
        "unchanged": grading.unchanged,
        "set aside": grading.set_aside,
        "failed": grading.failed,
    }
    return f"{grading.assignment}: {', '.join(f'{len(students)} {name}' for name, students in counts.items())}."


def other_versions(grading: Grading) -> str:
    """Say how many submissions were graded under other versions than those here; empty where none was.

    >>> from autograder.grading.result import Grading
    >>> print(other_versions(Grading("ps1", graded_under={"ada": "numpy 1.26.4, sympy 1.13", "bob": "Python 3.11"})))
    Some work was graded under other versions than those here, and is kept as it is: 1 submission (numpy 1.26.4,
    sympy 1.13), 1 submission (Python 3.11); mcourse grade ps1 --force grades it again, and with --dry-run shows what
    would change.
    """
    if not grading.graded_under:
        return ""
    counts = Counter(grading.graded_under.values()).most_common()
    which = ", ".join(f"{count} submission{'s' if count > 1 else ''} ({said})" for said, count in counts)
    return (
        f"Some work was graded under other versions than those here, and is kept as it is: {which}; mcourse grade "
        f"{shlex.quote(grading.assignment)} --force grades it again, and with --dry-run shows what would change."
    )


def changes(grading: Grading) -> list[tuple[str, str, str, str]]:
    """Tell what a run changes: student, total before, total after, and the cells whose marks differ.

    >>> from autograder.grading.result import Grading
    >>> marks = {"ada": {"a": 1.0, "b": None}}
    >>> before = {"ada": {"a": 2.0, "b": None}}
    >>> totals = {"scores": {"ada": 1.0}, "scores_before": {"ada": 2.0}}
    >>> changes(Grading("ps1", graded=("ada",), marks=marks, before=before, **totals))
    [('ada', '2', '1', 'a: 2 → 1')]
    """
    out = []
    for student in grading.students:
        old, new = grading.before.get(student, {}), grading.marks.get(student, {})
        pairs = {cell: (_mark(old, cell), _mark(new, cell)) for cell in new}
        cells = [f"{cell}: {was} → {becomes}" for cell, (was, becomes) in pairs.items() if was != becomes]
        what = "\n".join(cells) if old else "no marks before"
        out.append((student, _total(grading.scores_before, student), _total(grading.scores, student), what))
    return out


def _total(scores: Mapping[str, float], student: str) -> str:
    return f"{scores[student]:g}" if student in scores else "–"


def _mark(marks: Mapping[str, float | None], cell: str) -> str:
    if cell not in marks:
        return "none"
    return "by hand" if marks[cell] is None else f"{marks[cell]:g}"
