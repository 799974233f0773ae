"""What the commands show: progress, marks, mistakes, problems."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading.result import Grading

console = Console(highlight=False)


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar; call what is yielded with the thing just done, how many are done, and how many there are."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None, now="")

        def step(now: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, now=now if done < total else "")

        try:
            yield step
        except BaseException:
            bar.remove_task(task)
            raise


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
        yield from grading.why(student)


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
