"""Up and down: the levels on which indices stand, which only index notation has.

A free index stands on the level it is given; a factor of two slots stands on opposite levels, row up and column down or
(a transpose) the other way round; and a summed index gets both levels.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcutils._symbolic.core import Factor, Term

UP, DOWN = "^", "_"
SUMMATIONS = ("levels", "repeated")


def check_summation(summation: str) -> None:
    """Refuse the name of a convention that there is not.

    Raises:
        ValueError: it is none.
    """
    if summation not in SUMMATIONS:
        raise ValueError(f"there is no summation {summation!r}; choose one of {', '.join(SUMMATIONS)}")


def default_levels(rank: int) -> tuple[str, ...]:
    """A vector is upper; a matrix has its row up and its column down; further axes are lower."""
    return (UP,) * min(rank, 1) + (DOWN,) * (rank - 1)


def flip(level: str) -> str:
    """The other level."""
    return DOWN if level == UP else UP


def is_twice(f: Factor, met: Sequence[int], s: int) -> bool:
    """Whether a bracket has an index twice that others carry too: it may not be summed inside."""
    return f.head.kind == "sum" and 1 < f.slots.count(s) < met.count(s)


def levels_of(term: Term, free: Sequence[str]) -> list[list[str]]:
    """A level for every slot of every factor."""
    met = [s for f in term.factors for s in f.slots]
    given = dict(enumerate(free))
    seen: dict[int, str] = {}
    result: dict[int, list[str]] = {}

    def known(s: int) -> str | None:
        return given.get(s) or (flip(seen[s]) if s in seen else None)

    left = list(range(len(term.factors)))
    while left:
        n = max(left, key=lambda k: (any(known(s) for s in term.factors[k].slots), -k))
        left.remove(n)
        slots = term.factors[n].slots
        own = [known(s) for s in slots]
        if len(slots) == 2:
            own = [own[0] or flip(own[1] or DOWN), own[1] or flip(own[0] or UP)]
        levels = [level or default for level, default in zip(own, default_levels(len(slots)), strict=True)]
        for k, s in enumerate(slots):
            if s in slots[:k] and s not in given:
                first = levels[slots.index(s)]
                levels[k] = first if is_twice(term.factors[n], met, s) else flip(first)
            seen.setdefault(s, levels[k])
        result[n] = levels
    ordered = [result[n] for n in range(len(term.factors))]
    for s in seen.keys() - given.keys():
        _turn_last(term, ordered, s, met)
    return ordered


def _turn_last(term: Term, levels: list[list[str]], index: int, met: Sequence[int]) -> None:
    """Turn the last place of a summed index that stands on one level everywhere."""
    places = [(n, k) for n, f in enumerate(term.factors) for k, t in enumerate(f.slots) if t == index]
    if len(places) > 1 and len({levels[n][k] for n, k in places}) == 1:
        last = places[-1][0]
        turned = [k for n, k in places if n == last]
        for k in turned if is_twice(term.factors[last], met, index) else turned[-1:]:
            levels[last][k] = flip(levels[last][k])
