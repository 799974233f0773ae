"""The answer read as the parts of the right one, re-weighted.

The product rule gives one part for each place of the variable (and a printed answer one for each term). An answer that
is a combination of these parts is fitted by least squares on every draw, and the mistake stands in the coefficients:
for xᵀAx - bᵀx, whose parts are Ax, Aᵀx and -b, (1, 0, 1) has lost the second place, (1, 1, -1) a sign, and (2, 0, 1)
takes A for symmetric. Parts that are multiples of each other are one; where others depend on each other, nothing is
read. What is no combination leaves a residual, and coefficients that say nothing simple get no name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from autograder.checks.bank import EVERY_KIND, Case, Diagnosis, Mistake, Search, enter
from autograder.checks.insight import Insight
from autograder.checks.parts import Coefficient, Part, by_place, by_term, fitted
from autograder.checks.places import exactly, in_common, in_one_product, joined, where

BY_PLACE = 27  # after what has a name of its own, before the other layout and factors of the whole
BY_TERM = 61  # after the rules that can be broken: a broken rule may look like a lost term
MOST_TOGETHER = 2  # mistakes in one answer
SIMPLE = frozenset({Fraction(0), Fraction(-1), Fraction(2), Fraction(1, 2)})


@dataclass(frozen=True)
class Atom:
    """One mistake that was read."""

    tag: str
    sentence: str


def _search(of: Callable[[Insight, Sequence[Case]], list[Part]], wholes: int) -> Search:
    def search(cases: Sequence[Case]) -> Diagnosis | None:
        insight = cases[0].insight
        if insight is None or any(case.got.shape != case.want.shape for case in cases):
            return None
        parts = of(insight, cases)
        coefficients = fitted(parts, cases)
        atoms = read(parts, coefficients, insight, cases[0].typed, wholes) if coefficients else ()
        if not atoms:
            return None
        tags = tuple(atom.tag for atom in atoms)
        both = "Two things at once. " if len(set(tags)) > 1 else ""
        return Diagnosis(tags[0], both + " ".join(dict.fromkeys(atom.sentence for atom in atoms)), tags)

    return search


enter(Mistake(None, BY_PLACE, EVERY_KIND, _search(by_place, 4)))
enter(Mistake("last-use-only", BY_PLACE, frozenset(), _search(by_place, 4)))  # given by the search above
enter(Mistake(None, BY_TERM, EVERY_KIND, _search(by_term, 1)))


def read(
    parts: Sequence[Part], coefficients: Sequence[Coefficient], insight: Insight, typed: bool = True, wholes: int = 4
) -> tuple[Atom, ...]:
    """Read mistakes off the coefficients: as few as explain them, and none where it takes more than two.

    Args:
        parts: the parts of the right answer.
        coefficients: what they have in the answer that was given; 1 everywhere in a right one.
        insight: the question.
        typed: whether the answer is a formula.
        wholes: how many of the factors of the whole are tried, the first being 1.
    """
    best: tuple[Atom, ...] = ()
    for scale, whole in _WHOLES[:wholes]:
        scaled = [c / scale if isinstance(c, Fraction) else c for c in coefficients]
        words = any(isinstance(c, str) for c in scaled)
        atoms = () if words and scale != 1 else tuple(_atoms(parts, scaled, insight, typed))
        found = (*atoms, *whole)
        if atoms and len(found) <= MOST_TOGETHER and (not best or len(found) < len(best)):
            best = found
    return best


_WHOLES: tuple[tuple[Fraction, tuple[Atom, ...]], ...] = (
    (Fraction(1), ()),
    (Fraction(-1), (Atom("sign", "All signs are also the opposite ones."),)),
    (Fraction(2), (Atom("doubled", "Everything is also twice as large as it should be."),)),
    (Fraction(1, 2), (Atom("halved", "Everything is also half as large as it should be."),)),
)


def _atoms(parts: Sequence[Part], coefficients: Sequence[Coefficient], insight: Insight, typed: bool) -> Iterator[Atom]:
    off = {k: c for k, c in enumerate(coefficients) if c != 1}
    pairs = [(j, k) for j in off for k in off if off[j] == 2 and off[k] == 0 and in_one_product(parts, j, k, insight)]
    if len(pairs) == 1:
        (j, k) = pairs[0]
        yield Atom("not-symmetrised", _counted_twice(parts[j], parts[k], insight))
        del off[j], off[k]
    elif len(off) == len(coefficients):
        return  # nothing is right
    if len(off) == len(coefficients) - 1 > 1 and set(off.values()) == {0} and len(coefficients) - 1 not in off:
        lost = frozenset[int]().union(*(parts[k].places for k in off))
        if not typed and lost and exactly(lost, insight) is None:
            yield Atom("last-use-only", _LAST_USE.format(x=insight.wrt))
            return
    by_value: dict[Coefficient, list[int]] = {}
    for k, c in off.items():
        by_value.setdefault(c, []).append(k)
    alone = len(by_value) == 1 and len(off) < len(coefficients)
    for c, members in by_value.items():
        if c not in SIMPLE and not (alone and (len(members) == 1 or joined(parts, members, insight))):
            yield from [Atom("scaled", "")] * (MOST_TOGETHER + 1)  # too much to be a slip
            return
        groups = [members] if joined(parts, members, insight) else [[k] for k in members]
        yield from (_atom(c, [parts[k] for k in group], parts, insight) for group in groups)


_LAST_USE = (
    "Only the last place of {x} is in this gradient. Each place gives a part, and the parts add up: where a gradient "
    "is kept in a variable, write += and not =."
)
_SAID: Mapping[Coefficient, tuple[str, str, str]] = {
    Fraction(0): ("missing-term", "A term is missing, {of}.", "Differentiate there too."),
    Fraction(-1): ("sign", "A term has the opposite sign, {of}.", "Look for the minus there."),
    Fraction(2): ("doubled", "A term is twice what it should be, {of}.", "Look for what is counted twice there."),
    Fraction(1, 2): ("halved", "A term is half of what it should be, {of}.", "Look for a factor 2 there."),
}


def _atom(coefficient: Coefficient, members: Sequence[Part], parts: Sequence[Part], insight: Insight) -> Atom:
    """Say one mistake: the fact, where it belongs, and where to look if that is a place in the question."""
    scaled = ("scaled", f"A term is {coefficient} times what it should be, {{of}}.", "Look for the factor there.")
    tag, fact, look = _SAID.get(coefficient, scaled)
    if any(part.places for part in members):
        return Atom(tag, f"{fact.format(of=f'that of {where(members, insight)}')} {look}")
    shared = in_common(members, parts)
    return Atom(tag, fact.format(of=f"the one with {' and '.join(shared)}" if shared else "one of those that add up"))


def _counted_twice(kept: Part, lost: Part, insight: Insight) -> str:
    if not kept.places:
        return (
            "Of two terms with the same symbols one is counted twice, and the other not at all. They differ: the same "
            "symbols stand in other places, or something is transposed."
        )
    x = insight.wrt
    return (
        f"One place is counted twice, {where([kept], insight)}, and another not at all, "
        f"{where([lost], insight)}. Each place of {x} gives a term of its own, and the two terms differ."
    )
