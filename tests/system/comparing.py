"""Two graders' work side by side: what became of each cell, and which differences are meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from ledger import Key, files, rows, shown


@dataclass(frozen=True)
class Difference:
    """Something that we grade otherwise than nbgrader, on purpose.

    Args:
        cells: patterns of ``student notebook/cell`` where it shows; each must show it at least once.
        stock: what nbgrader makes of such a cell: ``full``, ``part`` or ``none`` of its points, ``open`` for a person,
            or ``lost`` where it leaves no graded notebook.
        ours: what we make of it, in the same words.
    """

    cells: tuple[str, ...]
    stock: str
    ours: str


@dataclass(frozen=True)
class Graded:
    """What a grader left.

    Args:
        rows: of the gradebook.
        files: in ``autograded/``.
        shown: outputs of cells.
    """

    rows: Mapping[Key, Any]
    files: Mapping[Key, Any]
    shown: Mapping[Key, Any]

    @classmethod
    def read(cls, root: Path, assignment: str) -> Graded:
        return cls(rows(root, assignment), files(root, assignment), shown(root, assignment))

    def kind(self, key: Key) -> str:
        """What became of a graded cell, in one word."""
        if (key[0], f"{key[1]}.ipynb") not in self.files:
            return "lost"
        if self.rows[*key, "needs_manual_grade"]:
            return "open"
        score, most = self.rows[*key, "score"], self.rows[*key, "max_score"]
        return "none" if score == 0 else "full" if score == most else "part"

    @cached_property
    def columns(self) -> dict[Key, dict[str, Any]]:
        """The columns of the gradebook, by what they are about."""
        found: dict[Key, dict[str, Any]] = defaultdict(dict)
        for key, value in self.rows.items():
            found[key[:-1]][key[-1]] = value
        return found

    def total(self, key: Key) -> float:
        """The sum of the scores of a notebook's, or a student's, cells."""
        return float(sum(self.rows[*cell, "score"] for cell in self.cells if cell[: len(key)] == key))

    @property
    def cells(self) -> list[Key]:
        """Everything in the gradebook that carries points."""
        return sorted(key[:-1] for key in self.rows if len(key) == 4 and key[-1] == "auto_score")


def explanations(
    stock: Graded, ours: Graded, allowed: Mapping[str, Difference]
) -> Iterator[tuple[Key, str | None, str | None]]:
    """For each cell that differs: the cell, the row of the table that allows it, and the pattern in that row."""
    for key in stock.cells:
        if stock.columns[key] != ours.columns[key]:
            name, kinds = f"{key[0]} {key[1]}/{key[2]}", (stock.kind(key), ours.kind(key))
            rows_of_table = (
                (row, pattern)
                for row, difference in allowed.items()
                for pattern in difference.cells
                if fnmatchcase(name, pattern) and kinds == (difference.stock, difference.ours)
            )
            yield key, *next(rows_of_table, (None, None))


def differing(stock: Graded, ours: Graded, allowed: Mapping[str, Difference]) -> set[Key]:
    """Notebooks and students whose totals must differ, for a cell of theirs does."""
    cells = [key for key, *_ in explanations(stock, ours, allowed)]
    return {key[:length] for key in cells for length in (1, 2)}


def timeless(outputs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Outputs without what no two runs have in common: addresses, and what ``%%time`` measures."""
    text = [tuple(re.sub(r"0x[0-9a-f]+", "0x", part) for part in output) for output in outputs]
    return [output for output in text if "CPU times" not in output[-1]]
