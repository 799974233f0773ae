"""A unit as the rest of the program sees it: frozen records, each with the line of the text that it came from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["code", "markdown"]
Role = Literal["statement", "given", "answer", "test", "hidden", "mistake", "right", "hint", "manual"]
ROLES: tuple[str, ...] = get_args(Role)

GRADED = frozenset({"test", "hidden", "manual"})
"""Roles whose cells carry points."""


UNBUILT = frozenset({"mistake", "right"})
"""Roles of cells that only verify runs; no notebook has them."""

WRONG = "wrong"
"""What a mistake cell expects when it must be refused and no tag can name it."""


class AuthoringError(Exception):
    """Something in an author's text cannot stand; printed as ``path:line: what is wrong and what to do``.

    Args:
        path: the file.
        line: its line, counted from 1 (None where no single line is to blame).
        message: one sentence.

    >>> print(AuthoringError(Path("exercises.md"), 7, "this cell is empty; fill it in or take it out"))
    exercises.md:7: this cell is empty; fill it in or take it out
    """

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class Cell:
    """One cell of a unit.

    Args:
        path: the file it stands in.
        line: the line of the file on which its source begins.
        kind: ``code`` or ``markdown``.
        role: its role in an exercise; None outside exercises.
        source: its text.
        id: its name in the built notebook, for graded and locked cells also nbgrader's grade id.
        exercise: the exercise that it belongs to, or None.
        points: what it is worth (test, hidden and manual cells).
        expect: the tag that the checks must give (mistake cells).
        because: why another answer is right too (right cells).
        step: 1, 2 or 3 (hint cells; none for the sister question, which is code).
        objective: number of the unit's objective that the exercise serves (its first statement cell).
        minutes: how long the exercise takes (its first statement cell).
        tags: notebook tags, handed on as they are.
    """

    path: Path
    line: int
    kind: Kind
    role: Role | None
    source: str
    id: str
    exercise: str | None = None
    points: float = 0.0
    expect: str | None = None
    because: str | None = None
    step: int | None = None
    objective: int | None = None
    minutes: int | None = None
    tags: tuple[str, ...] = ()

    def error(self, message: str, line: int = 1) -> AuthoringError:
        """Return the error for a line of this cell, counted from 1 within the cell."""
        return AuthoringError(self.path, self.line + line - 1, message)


@dataclass(frozen=True)
class Exercise:
    """The cells that belong together: a statement, what is given, blanks, tests, listed mistakes and hints.

    Args:
        id: unique in the whole course.
        title: the heading of its statement.
        objective: number of the unit's objective that it serves, counted from 1.
        minutes: how long a learner needs, as the author sees it.
        cells: its cells, in the order of the text.
    """

    id: str
    title: str
    objective: int
    minutes: int
    cells: tuple[Cell, ...]

    @property
    def points(self) -> float:
        """What the exercise is worth."""
        return sum(cell.points for cell in self.cells)

    @property
    def tests(self) -> tuple[Cell, ...]:
        """The cells that are marked by running them, visible and hidden."""
        return self.having("test", "hidden")

    def having(self, *roles: Role) -> tuple[Cell, ...]:
        """Return the cells of these roles, in order."""
        return tuple(cell for cell in self.cells if cell.role in roles)


@dataclass(frozen=True)
class Unit:
    """One unit: a lesson and its exercises.

    Args:
        folder: where the text lies; its name is the unit's.
        title: for people.
        hours: how long a learner needs.
        after: names of the units to take first.
        objectives: what the learner will be able to do.
        lesson: the cells of lesson.md.
        cells: the cells of exercises.md, mistakes included.
        exercises: the same cells, grouped; those outside exercises are in ``common``.
    """

    folder: Path
    title: str
    hours: float
    after: tuple[str, ...]
    objectives: tuple[str, ...]
    lesson: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    exercises: tuple[Exercise, ...]

    @property
    def name(self) -> str:
        """The folder's name, which is also the name of the assignment."""
        return self.folder.name

    @property
    def points(self) -> float:
        """What the whole unit is worth."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def minutes(self) -> int:
        """How long its exercises take."""
        return sum(exercise.minutes for exercise in self.exercises)

    @property
    def common(self) -> tuple[Cell, ...]:
        """Code outside exercises: the imports and helpers that every exercise may use."""
        return tuple(cell for cell in self.cells if cell.role is None and cell.kind == "code")
