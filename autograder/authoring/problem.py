"""What is wrong with an exercise, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.model import Cell


@dataclass(frozen=True)
class Problem:
    """One thing that an author must mend.

    Args:
        path: the file.
        line: its line.
        message: what is wrong there and what to do.
        drawn_for: for whom the exercise's variant was drawn, where it has one.
        diff: the change of the solution that shows it, where it is about one.
    """

    path: Path
    line: int
    message: str
    drawn_for: str = ""
    diff: str = ""

    def __str__(self) -> str:
        whose = f" (in the variant of {self.drawn_for!r})" if self.drawn_for else ""
        return f"{self.path}:{self.line}: {self.message}{whose}"


def problem_at(cell: Cell, message: str, line: int | None = None) -> Problem:
    """A problem at a cell, or at a line of it."""
    return Problem(cell.path, cell.line if line is None else line, message)
