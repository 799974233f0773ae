"""What a class made of each exercise: the item table of the report, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.grading.reports import exercise_of
from autograder.grading.result import Grading


@dataclass(frozen=True)
class Item:
    """One exercise, over everybody whose mark for it is known.

    Args:
        exercise: its name.
        worth: the points it can earn.
        counted: how many students the figures are of.
        right: how many of them earned every point.
        mean: the mean of their points; 0 where there is nobody.
        mistakes: tags of the checks with how many students made each mistake, commonest first.
    """

    exercise: str
    worth: float
    counted: int
    right: int
    mean: float
    mistakes: Mapping[str, int] = field(default_factory=dict)


def items(grading: Grading) -> tuple[Item, ...]:
    """Sum up each exercise.

    The mistakes are those that the trusted test cells reported; the marks are the gradebook's. A student of whose
    exercise one mark is still open counts in neither share nor mean.

    Args:
        grading: the result of ``grade``.

    Returns:
        One entry for each exercise, in the order of the notebook.

    >>> g = Grading("ps1", {"a-test-1": 2.0, "a-test-2": 1.0}, marks={"ada": {"a-test-1": 2.0, "a-test-2": 0.0}})
    >>> items(g)
    (Item(exercise='a', worth=3.0, counted=1, right=0, mean=2.0, mistakes={}),)
    """
    cells: dict[str, list[str]] = {}
    for cell in grading.cells:
        cells.setdefault(exercise_of(cell), []).append(cell)
    return tuple(_item(grading, exercise, names) for exercise, names in cells.items())


def _item(grading: Grading, exercise: str, cells: list[str]) -> Item:
    worth = sum(grading.cells[cell] for cell in cells)
    earned = [sum(known) for marks in grading.marks.values() if (known := _known(marks, cells)) is not None]
    return Item(
        exercise,
        worth,
        counted=len(earned),
        right=sum(total >= worth - 1e-9 for total in earned),
        mean=sum(earned) / len(earned) if earned else 0.0,
        mistakes=grading.mistakes.get(exercise.rpartition("/")[2], {}),
    )


def _known(marks: Mapping[str, float | None], cells: list[str]) -> list[float] | None:
    """A student's marks for an exercise, or nothing while one is open."""
    known = [mark for cell in cells if (mark := marks.get(cell)) is not None]
    return known if len(known) == len(cells) else None
