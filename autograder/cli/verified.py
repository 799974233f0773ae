"""What ``mcourse verify`` shows: a line for each exercise, what is to be mended, and what became of the mutants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from autograder.cli.screen import console, say

if TYPE_CHECKING:  # what these modules import takes seconds
    from autograder.authoring.contract import ExerciseResult
    from autograder.authoring.verify import Verification

WIDE = 76
"""From how many columns a terminal has room for everything; a narrower one is shown what verify alone knows."""

LOOKS: Mapping[str, tuple[str, str]] = {
    "named": ("✓", "green"),
    "unnamed": ("✓", "green"),
    "nameless": ("✓", "green"),
    "invalid": ("✓", "green"),
    "equivalent": ("=", "cyan"),
    "accepted": ("=", "cyan"),
    "misnamed": ("✗", "red"),
    "survived": ("✗", "red"),
    "fault": ("✗", "red"),
}
"""The sign and the colour of what became of a mutant; the word beside them says the same."""


def show_verification(verification: Verification, mutants: bool = False) -> None:
    """Show one line for each exercise, then every problem with its place in the text, and the sums.

    Args:
        verification: what was found.
        mutants: show every mutant too, with its change and what became of it.
    """
    console.print(_table(verification.results, console.width >= WIDE))
    for result in verification.results if mutants else ():
        _show_mutants(result)
    for problem in verification.problems:
        console.print(Text(str(problem)), soft_wrap=True)
        _show_diff(problem.diff)
    for line in verification.mutation.summary():
        say(line)


def _table(results: Iterable[ExerciseResult], wide: bool) -> Table:
    table = Table(title="Exercises", title_justify="left")
    for name in ("exercise", ""):
        table.add_column(name, overflow="fold")
    for name in (*(("points", "mistakes") if wide else ()), "mutants", "named", "seconds"):
        table.add_column(name, justify="right")
    unit = ""
    for result in results:
        if result.unit != unit:
            unit = result.unit
            table.add_section()
            table.add_row(Text(unit, "bold"))
        sign = Text("✗", "red") if result.problems else Text("✓", "green")
        worth = (f"{result.points:g}", str(result.mistakes)) if wide else ()
        table.add_row(Text(result.exercise), sign, *worth, *_numbers(result))
    return table


def _numbers(result: ExerciseResult) -> tuple[str, str, str]:
    """How many mutants were run; how many that were refused as wrong were rightly named; how long it took."""
    named = f"{result.mutation.count('named')}/{result.mutation.wrong}" if result.mutation.wrong else "–"
    return str(len(result.mutation.mutants)), named, f"{result.seconds:.2f}"


def _show_mutants(result: ExerciseResult) -> None:
    console.print(Text(f"{result.exercise}: {len(result.mutation.mutants)} of {result.mutation.made} mutants", "bold"))
    for mutant in result.mutation.mutants:
        sign, colour = LOOKS[mutant.fate]
        tags = f" {', '.join(mutant.tags)}" if mutant.tags else ""
        reason = f" ({mutant.said})" if mutant.fate in ("equivalent", "accepted") else ""
        fate = (f"{sign} {mutant.fate}{tags}{reason}", colour)
        console.print(Text.assemble(fate, f", line {mutant.line}: {mutant.operator}"), soft_wrap=True)
        _show_diff(mutant.diff)


def _show_diff(diff: str) -> None:
    for line in diff.splitlines():
        console.print(Text(f"    {line}", {"-": "red", "+": "green"}.get(line[:1], "")), soft_wrap=True)
