"""A notebook with its solution, on which other answers are tried in the place of that: mistakes and right ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.authoring import names
from autograder.authoring.model import Cell
from autograder.authoring.play import Outcome, namespace, played, put_back


@dataclass
class Stage:
    """A notebook with its solution, on which other cells are tried in the place of that.

    Args:
        notebook: its cells.
        seeds: the seeds of its tests.
    """

    notebook: Sequence[Cell]
    seeds: Sequence[int]
    _before: dict[int, dict[str, Any]] = field(default_factory=dict)

    def after(self, cell: Cell) -> int | None:
        """Say where a cell that rebinds names comes in: behind the last answer cell that binds one of them."""
        rebound = names.bound(cell.source)
        answers = [
            k for k, other in enumerate(self.notebook) if other.role == "answer" and names.bound(other.source) & rebound
        ]
        return answers[-1] + 1 if answers else None

    def tried(self, cell: Cell, after: int) -> tuple[list[Cell], Mapping[str, tuple[Outcome, ...]]]:
        """Run a cell in its place, then all that computes, and the tests that read what it binds.

        What stands before it runs once for all cells that are tried there.
        """
        if after not in self._before:
            self._before[after] = namespace()
            played([c for c in self.notebook[:after] if not c.points], self.seeds, self._before[after])
        rebound = names.bound(cell.source)
        rest = [c for c in self.notebook[after:] if not c.points or names.read(c.source) & rebound]
        with put_back(self._before[after]):
            outcomes = played((cell, *rest), self.seeds, self._before[after])
        return [c for c in rest if c.points], outcomes
