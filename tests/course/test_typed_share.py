"""What a learner types, formulas and the lines of derivations, carries at least half of a unit's points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring import names, play, variation
from autograder.authoring.blanks import solved
from autograder.authoring.model import Cell, Unit
from autograder.authoring.units import find_units, read_unit

UNITS = [folder for folder in find_units(Path(__file__).parents[2] / "course" / "units") if folder.name >= "02"]


def is_typed(value: object) -> bool:
    """Whether an answer is text, or a list of texts."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value))


def typed_points(unit: Unit, solve: Callable[[Cell], Cell]) -> float:
    """The points of the tests that read nothing of the answers but text."""
    answers = frozenset().union(*(names.bound(cell.source) for cell in unit.cells if cell.role == "answer"))
    namespace = play.namespace()
    points = 0.0
    with variation.drawing_for("ada"):
        for cell in unit.cells:
            if cell.points:
                points += cell.points * all(is_typed(namespace[name]) for name in names.read(cell.source) & answers)
            elif cell.kind == "code" and cell.role in (None, "given", "answer"):
                outcome = play.run(solve(cell) if cell.role == "answer" else cell, namespace, 0)
                assert outcome.stumble is None, outcome.stumble
    return points


def solution(cell: Cell) -> Cell:
    """An answer cell with its solution."""
    return replace(cell, source=solved(cell.source))


@pytest.mark.parametrize("folder", UNITS, ids=lambda folder: folder.name)
def test_half_of_the_points_are_typed(folder: Path) -> None:
    """From the second unit on; a difference quotient can pass a check by numbers, and no exact one."""
    unit = read_unit(folder)
    assert typed_points(unit, solution) >= unit.points / 2


def test_functions_are_not_counted_as_typed() -> None:
    """The test above can fail: were every answer a function, nothing would be typed."""
    function = "def {0}(*anything): ..."

    def as_functions(cell: Cell) -> Cell:
        return replace(cell, source="\n".join(function.format(name) for name in sorted(names.bound(cell.source))))

    assert typed_points(read_unit(UNITS[0]), as_functions) == 0
