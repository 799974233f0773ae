"""What a kind of derivation says of its lines, so that `steps` can judge every kind by the same rules.

There are two: differentials (`matrix_steps`) and index notation (`index_steps`). A chain says how a line is read, what
every line must equal, when a line is the last, what shows that something was derived, and what went wrong in a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import mcutils
from mcutils._symbolic import Expression


class Slip(NamedTuple):
    """What went wrong in a line: its tag, a sentence, and all tags where two things went wrong at once."""

    tag: str | None
    advice: str
    tags: tuple[str, ...] = ()


class Line(NamedTuple):
    """A line as it was typed, with its number, its value and what it shares with a line that only repeats it."""

    number: int
    text: str
    value: Expression
    key: str


class Chain(Protocol):
    """A kind of derivation, for one question."""

    @property
    def least(self) -> int:
        """How many lines that say something new a full derivation has."""

    def read(self, number: int, text: str) -> Line:
        """Read a line; ValueError has the sentence for the learner."""

    def agrees(self, line: Line) -> bool | None:
        """Whether a line has the right value; None where that cannot be told."""

    def unfinished(self, line: Line) -> str | None:
        """What is missing before the derivative can be read off from a line; None if nothing is."""

    def ends(self, line: Line) -> bool:
        """Whether what can be read off is written out, and not hidden in brackets."""

    def shows(self, line: Line) -> bool:
        """Whether a line shows that something was derived, and is no result alone."""

    def stated(self) -> str:
        """What the first line must equal."""

    def slip(self, line: Line, before: Line | None) -> Slip:
        """Name what went wrong in a line."""


def prose(text: str) -> str:
    """Quote a formula for a sentence."""
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`"


def any_equal(value: Expression, candidates: Sequence[Expression]) -> bool | None:
    """Whether a value equals one of these; None where that cannot be told."""
    verdicts = [mcutils.equivalent(value, candidate).equal for candidate in candidates]
    return True if any(verdicts) else None if None in verdicts else False
