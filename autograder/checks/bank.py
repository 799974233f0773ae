"""The machinery of the mistake bank: what a case is, how an entry registers, how one is chosen.

An entry is a *transform*, from the right array (with the question and its data) to the wrong one, or a *reading*, which
looks at the answer itself. Both register in one table, as a second kind, the question differentiated with one rule
broken, can too. A tag is given only where it fits every draw, and in the same way. Of several that fit, the one of
lowest rank (most specific) is given; where two of one rank fit, it is an accident and none is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np

from autograder.checks.compare import close
from autograder.checks.draw import Draw
from autograder.checks.sizes import Symbol

Kind = Literal["gradient", "jacobian", "vec", "hessian", "value", "adjoint"]
EVERY_KIND: frozenset[Kind] = frozenset({"gradient", "jacobian", "vec", "hessian", "value", "adjoint"})


@dataclass(frozen=True)
class Case:
    """One draw of a question with the learner's array and the right one.

    Args:
        kind: what was asked for.
        got: the learner's array, of any shape.
        want: the right array.
        symbols: the arguments' names, axes and flags.
        draw: the arguments themselves, and the lengths of the axes.
        wrt: position of the variable among the arguments (None where there is none).
        reference: the right answer at other arguments.
        answer: the learner's answer at other arguments; may raise.
        function: the question's function (None where there is none).
    """

    kind: Kind
    got: np.ndarray
    want: np.ndarray
    symbols: tuple[Symbol, ...]
    draw: Draw
    wrt: int | None
    reference: Callable[[Sequence[Any]], np.ndarray]
    answer: Callable[[Sequence[Any]], np.ndarray]
    function: Callable[..., Any] | None = None

    def fits(self, wrong: np.ndarray | None) -> bool:
        """Whether the answer is this wrong array; all zeros say too little to be recognised."""
        return wrong is not None and bool(np.any(wrong)) and close(self.got, wrong, 1e-6)

    def replaced(self, position: int, value: Any) -> tuple[Any, ...]:
        """Return the arguments with one of them replaced."""
        return (*self.draw.args[:position], value, *self.draw.args[position + 1 :])


Reading = Callable[[Case], Sequence[str]]
NO: tuple[str, ...] = ()
YES: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Mistake:
    """One entry of the bank: a stable tag, how general it is, what it applies to, and its sentence for the learner."""

    tag: str
    rank: int
    kinds: frozenset[Kind]
    read: Reading
    message: str


TAGS: dict[str, Mistake] = {}


def mistake(tag: str, rank: int, message: str, kinds: frozenset[Kind] = EVERY_KIND) -> Callable[[Reading], Reading]:
    """Register a reading: from a case to the details with which it fits.

    ``NO`` means that it does not fit, ``YES`` that it fits and the message needs no detail. Several details are several
    ways to say what is seen (a factor of 3 may be the length of an axis); those are kept that hold on every draw.

    Raises:
        ValueError: the tag is taken.
    """

    def register(read: Reading) -> Reading:
        if tag in TAGS:
            raise ValueError(f"mistake: the tag {tag!r} is registered twice; choose another name")
        TAGS[tag] = Mistake(tag, rank, kinds, read, message)
        return read

    return register


def transform(
    tag: str, rank: int, message: str, kinds: frozenset[Kind] = EVERY_KIND
) -> Callable[[Callable[[Case], np.ndarray | None]], Reading]:
    """Register a transform: from a case, without its answer, to the wrong array, or None where none applies."""

    def register(wrong: Callable[[Case], np.ndarray | None]) -> Reading:
        return mistake(tag, rank, message, kinds)(lambda case: YES if case.fits(wrong(case)) else NO)

    return register


def diagnose(cases: Sequence[Case]) -> tuple[str, str] | None:
    """Name the mistake that explains every draw.

    Args:
        cases: the draws, at least one, all of one question.

    Returns:
        The tag and its sentence, or None where nothing fits or the fit is ambiguous.
    """
    entries = sorted((entry for entry in TAGS.values() if cases[0].kind in entry.kinds), key=lambda entry: entry.rank)
    for _, equals in groupby(entries, key=lambda entry: entry.rank):
        found = [(entry, detail) for entry in equals if (detail := _agreed(entry, cases)) is not None]
        if len(found) == 1:
            entry, detail = found[0]
            return entry.tag, entry.message.format(detail=detail)
        if found:
            return None
    return None


def _agreed(entry: Mistake, cases: Sequence[Case]) -> str | None:
    """Return the first detail that every case agrees on, or None."""
    common: list[str] | None = None
    for case in cases:
        try:
            with np.errstate(all="ignore"):
                details = entry.read(case)
        except Exception:  # the question or the answer does not exist at changed arguments, such as 0/0 for M = 0
            return None  # so this is not what the answer is
        common = [detail for detail in details if common is None or detail in common]
        if not common:
            return None
    return common[0] if common else None


def any_fits(case: Case, candidates: Sequence[np.ndarray]) -> Sequence[str]:
    """Say whether the answer is one of these wrong arrays."""
    return YES if any(case.fits(wrong) for wrong in candidates) else NO
