"""The machinery of the mistake bank: what a case is, how an entry registers, how one is chosen.

An entry is a *transform*, from the right array (with the question and its data) to the wrong one; a *reading*, which
looks at the answer itself; or a *search*, which looks at all draws together. All register in one table. A tag is given
only where it fits every draw, and in the same way. Of several that fit, the one of lowest rank (most specific) is
given; where two tags of one rank fit, it is an accident and none is. What no entry explains alone, two may: then the
answer is unmade by one (turned back, halved, ...) and looked up again.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from autograder.checks.compare import close
from autograder.checks.draw import Draw
from autograder.checks.sizes import Symbol

if TYPE_CHECKING:
    from autograder.checks.insight import Insight
    from autograder.checks.trees import Tree

Kind = Literal["gradient", "jacobian", "vec", "hessian", "value", "adjoint"]
EVERY_KIND: frozenset[Kind] = frozenset({"gradient", "jacobian", "vec", "hessian", "value", "adjoint"})
LAST = 90  # the rank of what is said where nothing else fits
WEAK = 62  # from here on a mistake says too little to go together with a factor
FACTORS = range(40, 61)  # the ranks of sign and factors, which go together with anything but each other


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
        insight: the question as a formula that can be broken (None where it was stated as a function).
        typed: whether the answer is a formula and not a function.
        written: that formula as it was typed, where it is one of matrices.
        memo: what was computed for this draw and does not depend on the answer.
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
    insight: Insight | None = None
    typed: bool = False
    written: Tree | None = None
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def fits(self, wrong: np.ndarray | None) -> bool:
        """Whether the answer is this wrong array; all zeros say too little to be recognised."""
        return wrong is not None and bool(np.any(np.abs(wrong) > 1e-9)) and close(self.got, wrong, 1e-6)

    def replaced(self, position: int, value: Any) -> tuple[Any, ...]:
        """Return the arguments with one of them replaced."""
        return (*self.draw.args[:position], value, *self.draw.args[position + 1 :])

    def right_with(self, name: str, position: int, value: Any) -> np.ndarray:
        """Return the right answer with one argument replaced, computed once for each ``name``."""
        key = (name, position)
        if key not in self.memo:
            self.memo[key] = self.reference(self.replaced(position, value))
        return np.asarray(self.memo[key])


class Diagnosis(NamedTuple):
    """A mistake by name.

    Args:
        tag: its stable name; of two mistakes together, the more specific one's.
        advice: the sentences for the learner.
        tags: the name of each mistake that was made, the most specific first; one name twice, if it was made twice.
    """

    tag: str
    advice: str
    tags: tuple[str, ...]


UNNAMED: tuple[None, str, tuple[str, ...]] = (None, "", ())  # what stands in the place of a diagnosis that is none

Reading = Callable[[Case], Sequence[str]]
Search = Callable[[Sequence[Case]], Diagnosis | None]
NO: tuple[str, ...] = ()
YES: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Mistake:
    """One entry of the bank: how general it is, what it applies to, how it is seen; its tag where it has only one."""

    tag: str | None
    rank: int
    kinds: frozenset[Kind]
    search: Search


TAGS: dict[str, Mistake] = {}
ENTRIES: list[Mistake] = []  # the most specific first


def enter(entry: Mistake, new: bool = True) -> None:
    """Put an entry into the table.

    Args:
        entry: the entry.
        new: whether it brings a new tag, or is another way to see a mistake that has its tag already.

    Raises:
        ValueError: a new tag is taken, or an old one is not there.
    """
    if entry.tag is not None and (entry.tag in TAGS) == new:
        problem = "is registered twice; choose another name" if new else "is not registered yet; register it first"
        raise ValueError(f"mistake: the tag {entry.tag!r} {problem}")
    insort(ENTRIES, entry, key=lambda other: other.rank)
    if entry.tag is not None:
        TAGS.setdefault(entry.tag, entry)


def mistake(
    tag: str, rank: int, message: str, kinds: frozenset[Kind] = EVERY_KIND, new: bool = True
) -> Callable[[Reading], Reading]:
    """Register a reading: from a case to the details with which it fits.

    ``NO`` means that it does not fit, ``YES`` that it fits and the message needs no detail. Several details are several
    ways to say what is seen (a factor of 3 may be the length of an axis); those are kept that hold on every draw.

    Raises:
        ValueError: the tag is taken, or with ``new=False`` is not there.
    """

    def register(read: Reading) -> Reading:
        def search(cases: Sequence[Case]) -> Diagnosis | None:
            detail = _agreed(read, cases)
            return None if detail is None else Diagnosis(tag, message.format(detail=detail), (tag,))

        enter(Mistake(tag, rank, kinds, search), new)
        return read

    return register


def transform(
    tag: str, rank: int, message: str, kinds: frozenset[Kind] = EVERY_KIND
) -> Callable[[Callable[[Case], np.ndarray | None]], Reading]:
    """Register a transform: from a case, without its answer, to the wrong array, or None where none applies."""

    def register(wrong: Callable[[Case], np.ndarray | None]) -> Reading:
        return mistake(tag, rank, message, kinds)(lambda case: YES if case.fits(wrong(case)) else NO)

    return register


def _agreed(read: Reading, cases: Sequence[Case]) -> str | None:
    """Return the first detail that every case agrees on, or None."""
    common: list[str] | None = None
    for case in cases:
        details = read(case)
        common = [detail for detail in details if common is None or detail in common]
        if not common:
            return None
    return common[0] if common else None


# --- choosing -------------------------------------------------------------------------------------


def diagnose(cases: Sequence[Case]) -> Diagnosis | None:
    """Name the mistake that explains every draw, or the two that do together.

    Args:
        cases: the draws, at least one, all of one question.

    Returns:
        The tag, its sentence and all tags, or None where nothing fits or the fit is ambiguous.
    """
    entries = [entry for entry in ENTRIES if cases[0].kind in entry.kinds]
    before, last = [e for e in entries if e.rank < LAST], [e for e in entries if e.rank >= LAST]
    with np.errstate(all="ignore"):
        found = _lowest(before, cases)
        if not found and cases[0].symbols:
            found = _of_two(before, cases)
        found = found or _lowest(last, cases)
    return found[0][1] if len({diagnosis.tag for _, diagnosis in found}) == 1 else None


Found = list[tuple[int, Diagnosis]]


def _lowest(entries: Sequence[Mistake], cases: Sequence[Case]) -> Found:
    """Return what fits at the lowest rank at which anything does."""
    for rank, equals in groupby(entries, key=lambda entry: entry.rank):
        found = [(rank, diagnosis) for entry in equals if (diagnosis := _searched(entry, cases)) is not None]
        if found:
            return found
    return []


def _searched(entry: Mistake, cases: Sequence[Case]) -> Diagnosis | None:
    try:
        return entry.search(cases)
    except Exception:  # the question or the answer does not exist at changed arguments, such as 0/0 for M = 0
        return None  # so this is not what the answer is


@dataclass(frozen=True)
class Undoing:
    """A general mistake that others go together with: its rank, how it is unmade, and what is said of it."""

    rank: int
    kinds: frozenset[Kind]
    unmade: Callable[[np.ndarray], np.ndarray]
    sentence: str


UNDOINGS: dict[str, Undoing] = {
    "transposed": Undoing(30, frozenset({"gradient"}), np.transpose, "The result is also the wrong way round."),
    "layout-flipped": Undoing(30, frozenset({"jacobian"}), np.transpose, "It is also in the other layout."),
    "sign": Undoing(40, EVERY_KIND, np.negative, "All signs are also the opposite ones."),
    "doubled": Undoing(50, EVERY_KIND, lambda got: got / 2, "Everything is also twice as large as it should be."),
    "halved": Undoing(50, EVERY_KIND, lambda got: got * 2, "Everything is also half as large as it should be."),
}


def _of_two(entries: Sequence[Mistake], cases: Sequence[Case]) -> Found:
    """Unmake one general mistake and look for another in what is left; return the pair that says most."""
    pairs: Found = []
    for tag, undoing in UNDOINGS.items():
        turns = undoing.unmade is np.transpose
        apt = all(case.got.shape == (case.want.shape[::-1] if turns else case.want.shape) for case in cases)
        if not apt or cases[0].kind not in undoing.kinds or (turns and cases[0].got.ndim != 2):
            continue
        others = [e for e in entries if e.tag != tag and (turns or (e.rank not in FACTORS and e.rank < WEAK))]
        found = _lowest(others, [_unmade(case, undoing.unmade) for case in cases])
        single = [(rank, diagnosis) for rank, diagnosis in found if len(diagnosis.tags) == 1]
        pairs += [(min(rank, undoing.rank), _together(rank, diagnosis, tag, undoing)) for rank, diagnosis in single]
    lowest = min((rank for rank, _ in pairs), default=0)
    return [(rank, diagnosis) for rank, diagnosis in pairs if rank == lowest]


def _unmade(case: Case, unmake: Callable[[np.ndarray], np.ndarray]) -> Case:
    return replace(case, got=unmake(case.got), answer=lambda args: unmake(case.answer(args)))


def _together(rank: int, diagnosis: Diagnosis, tag: str, undoing: Undoing) -> Diagnosis:
    tags = (*diagnosis.tags, tag) if rank <= undoing.rank else (tag, *diagnosis.tags)
    return Diagnosis(tags[0], f"Two things at once. {diagnosis.advice} {undoing.sentence}", tags)


def any_fits(case: Case, candidates: Sequence[np.ndarray]) -> Sequence[str]:
    """Say whether the answer is one of these wrong arrays."""
    return YES if any(case.fits(wrong) for wrong in candidates) else NO
