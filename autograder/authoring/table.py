"""The instructor's view of the course as Markdown, made from the units so that it cannot be out of date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.authoring.model import Unit


def units_table(units: Sequence[Unit]) -> str:
    """Return two tables: one line for each unit, then which exercises serve which objective.

    Args:
        units: in the order of the course.
    """
    head = ("unit", "title", "after", "hours", "exercises", "points", "minutes")
    rows = [
        (
            unit.name,
            unit.title,
            ", ".join(unit.after) or "–",
            f"{unit.hours:g}",
            str(len(unit.exercises)),
            f"{unit.points:g}",
            str(unit.minutes),
        )
        for unit in units
    ]
    total = ("", "**all**", "", *(f"**{_sum(row[column] for row in rows)}**" for column in range(3, 7)))
    served = [
        (unit.name, f"{number}. {text}", ", ".join(e.id for e in unit.exercises if e.objective == number) or "–")
        for unit in units
        for number, text in enumerate(unit.objectives, start=1)
    ]
    return "\n".join(
        [*_table(head, "lllrrrr", [*rows, total]), "", *_table(("unit", "objective", "exercises"), "lll", served)]
    )


def _sum(cells: Iterable[str]) -> str:
    return f"{sum(float(cell) for cell in cells):g}"


def _table(head: Sequence[str], columns: str, rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["--:" if column == "r" else ":--" for column in columns]
    return ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in (head, rule, *rows)]
