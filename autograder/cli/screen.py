"""What the commands show: progress, marks, mistakes, problems."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading.result import Grading

console = Console(highlight=False)


QUIET = 5.0
"""Seconds between two lines of progress where there is no terminal: a log shows life, and stays short."""


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far something is and how long it will take; lines of text where there is no terminal.

    Call what is yielded with the thing just done, how many are done, and how many there are.
    """
    if not console.is_terminal:
        yield _Lines(title).step
        return
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        TextColumn("left"),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None, now="")

        def step(now: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, now=escape(now) if done < total else "")

        try:
            yield step
        except BaseException:
            bar.remove_task(task)
            raise


class _Lines:
    """Progress in plain lines: one now and then, and one at the end.

    Args:
        title: what is being done.
        clock: seconds that only grow.
    """

    def __init__(self, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.title, self.clock = title, clock
        self.began = self.said = clock()

    def step(self, now: str, done: int, total: int) -> None:
        """Say how far it is, if it is time to."""
        at = self.clock()
        if done < total and at - self.said < QUIET:
            return
        self.said = at
        left = (at - self.began) / max(done, 1) * (total - done)
        tail = f", about {_duration(left)} left, {now}" if done < total else f" in {_duration(at - self.began)}"
        say(f"{self.title}: {done} of {total}{tail}")


def _duration(seconds: float) -> str:
    """Write a time the way a person says it.

    >>> _duration(7.4), _duration(125), _duration(7300)
    ('7 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def show_marks(gradings: Sequence[Grading]) -> None:
    """Show one line for each student: the scores, and whatever a person has to look at."""
    table = Table(title="Marks", title_justify="left")
    table.add_column("student", overflow="fold")
    for grading in gradings:
        table.add_column(f"{grading.assignment}\nof {grading.maximum:g}", justify="right", overflow="fold")
    table.add_column("to look at", overflow="fold")
    for student in sorted({name for grading in gradings for name in grading.students}):
        scores = [f"{grading.scores[student]:g}" if student in grading.scores else "–" for grading in gradings]
        table.add_row(Text(student), *scores, Text("\n".join(_notes(gradings, student))))
    console.print(table)


def _notes(gradings: Sequence[Grading], student: str) -> Iterator[str]:
    for grading in gradings:
        for kind, reasons in (("set aside", grading.set_aside), ("failed", grading.failed)):
            if student in reasons:
                yield f"{grading.assignment} {kind}: {reasons[student]}"
        if waiting := grading.waiting(student):
            yield f"{grading.assignment}: {', '.join(waiting)} to be marked by a person"
        if made := grading.version_note(student):
            yield f"{grading.assignment} was {made}"
        yield from grading.why(student)


def show_changes(grading: Grading) -> None:
    """Show what a run would change: one line for each student whose marks it would touch, and whom it cannot grade."""
    from autograder.cli.grading import changes

    say(f"{grading.assignment}: nothing was written; the marks would be")
    table = Table()
    table.add_column("student", overflow="fold")
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    table.add_column("what changes", overflow="fold")
    for student, before, after, cells in changes(grading):
        table.add_row(Text(student), before, after, Text("\n".join(filter(None, (cells, *_notes([grading], student))))))
    console.print(table)


def show_mistakes(gradings: Sequence[Grading], most: int = 12) -> None:
    """Show the commonest mistakes: what to talk about in the next lecture."""
    found = [
        (count, exercise, tag)
        for grading in gradings
        for exercise, tags in grading.mistakes.items()
        for tag, count in tags.items()
    ]
    if not found:
        return
    table = Table(title="Commonest mistakes", title_justify="left")
    table.add_column("exercise", overflow="fold")
    table.add_column("mistake", overflow="fold")
    table.add_column("students", justify="right")
    for count, exercise, tag in sorted(found, key=lambda entry: (-entry[0], entry[1:]))[:most]:
        table.add_row(Text(exercise), Text(tag), str(count))
    console.print(table)


def say(text: str) -> None:
    """Print a line as it is: no markup, no wrapping, so that paths can be copied."""
    console.print(Text(text), soft_wrap=True)
