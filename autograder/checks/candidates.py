"""Wrong answers that are made from a question's own formulas, and held against the one that was given.

Separate from the tables of such answers (`broken`, `miswritten`, `indexed`, `strangers`), because all are tried alike:
a source makes its candidates once for a question, their values are computed once at each point, and a candidate counts
only where it fits on every draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from autograder.checks import trees
from autograder.checks.bank import EVERY_KIND, Case, Diagnosis, Kind, Mistake, enter
from autograder.checks.compare import close, scale_of
from autograder.checks.forward import Break
from autograder.checks.insight import Insight
from autograder.checks.trees import Path, Tree
from autograder.checks.twists import Rule, changes

MOST = 160  # candidates of one source
LARGEST = 10**5  # entries of an answer that is still looked up
NOTHING: Mapping[Path, Break] = {}

Wrong = Callable[[Case, Insight], np.ndarray]
Candidate = tuple[str, Wrong]
Source = Callable[[Insight], Iterator[Candidate]]


def slip(
    tag: str,
    rank: int,
    message: str,
    of: str,
    kinds: frozenset[Kind] = EVERY_KIND,
    new: bool = True,
    when: Callable[[Case], bool] = lambda case: True,
) -> Callable[[Source], Source]:
    """Register a source of wrong answers.

    Args:
        tag: its name.
        rank: how general it is.
        message: the sentence for the learner, with ``{detail}``.
        of: what is broken, ``subject`` or ``answer``: only where it is right unbroken does it count.
        kinds: what it applies to.
        new: whether this brings the tag, or is another way to earn it.
        when: of which cases it is told.
    """

    def register(source: Source) -> Source:
        def search(cases: Sequence[Case]) -> Diagnosis | None:
            insight = cases[0].insight
            if insight is None or not when(cases[0]) or cases[0].got.size > LARGEST:
                return None
            if not insight.sound(cases[0], of):
                return None
            if source not in insight.candidates:
                insight.candidates[source] = tuple(islice(source(insight), MOST))
            detail = _fitting(source, insight.candidates[source], cases, insight)
            return None if detail is None else Diagnosis(tag, message.format(detail=detail), (tag,))

        enter(Mistake(tag, rank, kinds, search), new)
        return source

    return register


def _fitting(source: Source, candidates: Sequence[Candidate], cases: Sequence[Case], insight: Insight) -> str | None:
    """Return the detail of the first candidate that fits every case."""
    first, *others = cases
    if source not in first.memo:
        first.memo[source] = _Arrays([_made(first, insight, wrong) for _, wrong in candidates], first.want.shape)
    arrays: _Arrays = first.memo[source]
    for k in arrays.equal_to(first.got):
        detail, wrong = candidates[k]
        if all(case.fits(_kept(case, insight, (source, k), wrong)) for case in others):
            return detail
    return None


def _made(case: Case, insight: Insight, wrong: Wrong) -> np.ndarray | None:
    """The candidate's array here; None where it has none, or is the right answer."""
    try:
        array = np.asarray(wrong(case, insight))
    except Exception:  # shapes do not fit, or a matrix has no inverse: nobody can have answered this
        return None
    return None if close(array, case.want, 1e-9) or not np.all(np.isfinite(array)) else array


def _kept(case: Case, insight: Insight, key: object, wrong: Wrong) -> np.ndarray | None:
    if key not in case.memo:
        case.memo[key] = _made(case, insight, wrong)
    made: np.ndarray | None = case.memo[key]
    return made


class _Arrays:
    """The arrays of all candidates at one point; those of the right shape are compared in one go."""

    def __init__(self, arrays: Sequence[np.ndarray | None], shape: tuple[int, ...]) -> None:
        there = [(k, array) for k, array in enumerate(arrays) if array is not None and np.any(np.abs(array) > 1e-9)]
        same = [(k, array) for k, array in there if array.shape == shape]
        self._shape, self._others = shape, [(k, array) for k, array in there if array.shape != shape]
        self._numbers = [k for k, _ in same]
        self._rows = np.array([array.ravel() for _, array in same]) if same else np.zeros((0, 0))
        self._most = np.array([1e-6 * scale_of(array) for _, array in same])

    def equal_to(self, got: np.ndarray) -> list[int]:
        """Return the numbers of those that equal an answer."""
        if got.shape != self._shape:
            return [k for k, array in self._others if close(got, array, 1e-6)]
        if not self._numbers:
            return []
        off = np.max(np.abs(self._rows - got.ravel()), axis=1, initial=0.0)
        return [self._numbers[k] for k in np.flatnonzero(off <= self._most)]


# --- what candidates are made of ------------------------------------------------------------------


def answered(tree: Tree) -> Wrong:
    """A changed form of the right answer."""
    return lambda case, insight: insight.answered(case, tree)


def differentiated(tree: Tree | None = None, wrt: str | None = None, breaks: Mapping[Path, Break] = NOTHING) -> Wrong:
    """The derivative of the question, of a changed one, by another symbol, or with a rule broken."""
    return lambda case, insight: insight.differentiated(case, tree, wrt, breaks=breaks)


def compiled(function: Callable[..., Any]) -> Wrong:
    """A function of the arguments."""
    return lambda case, insight: insight.called(case, function)


def answers(rule: Rule) -> Source:
    """The right answer, in each form in which it may be written, with a rule of `twists` applied."""

    def source(insight: Insight) -> Iterator[Candidate]:
        for form in insight.forms:
            for detail, tree in changes(form, rule):
                yield detail, answered(tree)

    return source


def questions(rule: Rule) -> Source:
    """The derivative of the question with a rule of `twists` applied."""

    def source(insight: Insight) -> Iterator[Candidate]:
        assert insight.subject is not None, "sound has seen to it"
        for detail, tree in changes(insight.subject, rule):
            yield detail, differentiated(tree)

    return source


def broken(rule: Break, places: Callable[[Insight], Sequence[tuple[Path, Tree]]]) -> Source:
    """The question differentiated with a rule broken, at each place and at all of them."""

    def source(insight: Insight) -> Iterator[Candidate]:
        found = places(insight)
        for chosen in [[place] for place in found] + ([found] if len(found) > 1 else []):
            breaks = {path: rule for path, _ in chosen}
            shown = " and ".join(f"`{part}`" for _, part in chosen)
            yield shown, differentiated(breaks=breaks)

    return source


def having(*kinds: str) -> Callable[[Insight], Sequence[tuple[Path, Tree]]]:
    """The parts of the question of these kinds that hold the variable."""

    def places(insight: Insight) -> Sequence[tuple[Path, Tree]]:
        assert insight.subject is not None, "sound has seen to it"
        return [
            (path, part)
            for path, part in trees.walk(insight.subject)
            if part.kind in kinds and insight.wrt in trees.names(part)
        ]

    return places
