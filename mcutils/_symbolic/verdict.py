"""What is said of two expressions: whether they are equal, how that is known, and a witness if they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mcutils._symbolic.budget import TooMuch, limited
from mcutils._symbolic.fields import Undefined


@dataclass(frozen=True)
class Witness:
    """A point at which two expressions differ.

    Attributes:
        arrays: the value of each symbol.
        entry: the entry of the result that differs, counted from 0.
        left: the first expression's value there.
        right: the second expression's value there.
    """

    arrays: Mapping[str, Any]
    entry: tuple[int, ...]
    left: float
    right: float


@dataclass(frozen=True)
class Verdict:
    """Whether two expressions are equal, and how that is known.

    Attributes:
        equal: True, False, or None if it cannot be told.
        how: "proved", "exact sampling", "numeric", "axes", or "cannot tell".
        bound: the largest probability that the verdict "equal" is false; None where that has no meaning.
        conditions: where both are defined, such as ("x >= 0",).
        witness: a point where they differ, looked for when it is asked for.
        reason: one sentence.
    """

    equal: bool | None
    how: str
    said: str = field(repr=False)
    bound: float | None = None
    conditions: tuple[str, ...] = ()
    look: Callable[[], Witness | None] = field(default=lambda: None, repr=False, compare=False)

    @cached_property
    def witness(self) -> Witness | None:
        """A point where they differ, if one was found."""
        try:
            with limited():
                return self.look()
        except (Undefined, TooMuch, RecursionError, OverflowError):
            return None

    @property
    def reason(self) -> str:
        """The verdict in one sentence."""
        return self.said or _difference(self.witness)

    def __bool__(self) -> bool:
        return self.equal is True

    def __str__(self) -> str:
        where = f" (where {' and '.join(self.conditions)})" if self.conditions and self.equal else ""
        return self.reason + where


def _difference(witness: Witness | None) -> str:
    if witness is None or witness.left == witness.right:
        return "different: they disagree at a random point"
    place = f"entry [{', '.join(map(str, witness.entry))}]" if witness.entry else "the value"
    return f"different: {place} is {witness.left:.6g} in the first and {witness.right:.6g} in the second"
