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

from ledger import Key, files, reasons, rows, shown


@dataclass(frozen=True)
class Difference:
    """Something that we grade otherwise than nbgrader, on purpose.

    Args:
        cells: patterns of ``student notebook/cell`` where it shows; each must show it at least once.
        stock: what nbgrader makes of such a cell: ``full``, ``part`` or ``none`` of its points, ``open`` for a person,
            or ``lost`` where it leaves no graded notebook; one of these words, or several.
        ours: what we make of it, in the same words.
        because: words in our reason, where the cell is left to a person.
    """

    cells: tuple[str, ...]
    stock: str
    ours: str
    because: str = ""

    def allows(self, stock: str, ours: str, reason: str) -> bool:
        """Whether this is what happened to a cell."""
        return stock in self.stock.split() and ours in self.ours.split() and self.because in reason


@dataclass(frozen=True)
class Graded:
    """What a grader left.

    Args:
        rows: of the gradebook.
        files: in ``autograded/``.
        shown: outputs of cells.
        reasons: why cells are left to a person.
    """

    rows: Mapping[Key, Any]
    files: Mapping[Key, Any]
    shown: Mapping[Key, Any]
    reasons: Mapping[Key, str]

    @classmethod
    def read(cls, root: Path, assignment: str) -> Graded:
        return cls(rows(root, assignment), files(root, assignment), shown(root, assignment), reasons(root, assignment))

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
        if stock.columns[key] != ours.columns[key] or stock.kind(key) != ours.kind(key):
            name = f"{key[0]} {key[1]}/{key[2]}"
            found = stock.kind(key), ours.kind(key), ours.reasons.get(key, "")
            rows_of_table = (
                (row, pattern)
                for row, difference in allowed.items()
                for pattern in difference.cells
                if fnmatchcase(name, pattern) and difference.allows(*found)
            )
            yield key, *next(rows_of_table, (None, None))


def differing(stock: Graded, ours: Graded, allowed: Mapping[str, Difference]) -> set[Key]:
    """Notebooks and students whose totals must differ, for a cell of theirs does."""
    cells = [key for key, *_ in explanations(stock, ours, allowed)]
    return {key[:length] for key in cells for length in (1, 2)}


def timeless(outputs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Outputs without what no two runs, or no two executors, have in common."""
    return [tuple(_plain(part) for part in output) for output in outputs if "CPU times" not in output[-1]]


def _plain(text: str) -> str:
    """Text without addresses, the made-up names of cells' files, and the name that a reached limit has."""
    text = re.sub(r"0x[0-9a-f]+", "0x", text).replace("\r\n", "\n")  # a terminal's ends of lines
    text = re.sub(r"\((<ipython-input-[^>]*>|\d+\.py), line", "(a cell, line", text)
    return re.sub(r"^(CellTimeoutError|LimitReached|this cell was stopped: a cell may take \d+ seconds\.)$", "", text)
