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
from typing import Any

import numpy as np

from autograder.checks import trees
from autograder.checks.bank import EVERY_KIND, Case, Diagnosis, Mistake, Search, enter
from autograder.checks.compare import close
from autograder.checks.factors import factor_in_axes
from autograder.checks.insight import Insight

BY_PLACE = 27  # after what has a name of its own, before the other layout and factors of the whole
BY_TERM = 61  # after the rules that can be broken: a broken rule may look like a lost term
MOST_TOGETHER = 2  # mistakes in one answer
DEPENDENT = 1e-7  # smallest singular value, of parts scaled to length 1
SIMPLE = frozenset({Fraction(0), Fraction(-1), Fraction(2), Fraction(1, 2)})
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")

Coefficient = Fraction | str  # a factor, or words for it


@dataclass(frozen=True, eq=False)
class Part:
    """Parts of the right answer that are multiples of each other.

    Args:
        places: the occurrences of the variable, by number, that they belong to; empty for a term of the answer.
        names: the symbols in it.
        arrays: their sum, on each draw.
    """

    places: frozenset[int]
    names: frozenset[str]
    arrays: tuple[np.ndarray, ...]


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


# --- the parts ------------------------------------------------------------------------------------


def _by_place(insight: Insight, cases: Sequence[Case]) -> list[Part]:
    made = ((frozenset(places), names, f) for places, names, f in insight.occurrences)
    return _parts(insight, cases, made, "places")


def _by_term(insight: Insight, cases: Sequence[Case]) -> list[Part]:
    return _parts(insight, cases, ((frozenset[int](), names, f) for names, f in insight.terms), "terms")


def _parts(
    insight: Insight,
    cases: Sequence[Case],
    made: Iterator[tuple[frozenset[int], frozenset[str], Callable[..., Any]]],
    key: str,
) -> list[Part]:
    """Evaluate the parts, once for each set of draws; none at all where they do not add up to the right answer."""
    kept = (key, len(cases))  # the memo is the draw's, and a draw can be one of several sets
    if kept not in cases[0].memo:
        single = [Part(p, n, tuple(insight.called(case, f) for case in cases)) for p, n, f in made]
        whole = bool(single) and all(
            close(np.sum([part.arrays[k] for part in single], axis=0), case.want, 1e-6) for k, case in enumerate(cases)
        )
        cases[0].memo[kept] = grouped(single) if whole else []
    parts: list[Part] = cases[0].memo[kept]
    return parts


def grouped(parts: Sequence[Part]) -> list[Part]:
    """Join parts that are multiples of each other, and drop what vanishes."""
    groups: list[Part] = []
    for part in parts:
        k = next((k for k, group in enumerate(groups) if _parallel(group.arrays, part.arrays)), None)
        if k is None:
            groups.append(part)
        else:
            mate = groups[k]
            total = tuple(a + b for a, b in zip(mate.arrays, part.arrays, strict=True))
            groups[k] = Part(mate.places | part.places, mate.names | part.names, total)
    return [group for group in groups if all(np.any(np.abs(array) > 1e-9) for array in group.arrays)]


def _parallel(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> bool:
    """Whether one is the same multiple of the other on every draw."""
    u, v = (np.concatenate([array.ravel() for array in arrays]) for arrays in (a, b))
    return bool(abs(abs(u @ v) - np.linalg.norm(u) * np.linalg.norm(v)) <= 1e-9 * abs(u @ v))


enter(Mistake(None, BY_PLACE, EVERY_KIND, _search(_by_place, 4)))
enter(Mistake("last-use-only", BY_PLACE, frozenset(), _search(_by_place, 4)))  # given by the search above
enter(Mistake(None, BY_TERM, EVERY_KIND, _search(_by_term, 1)))


# --- the coefficients -----------------------------------------------------------------------------


def fitted(parts: Sequence[Part], cases: Sequence[Case]) -> list[Coefficient] | None:
    """Return the coefficient of each part, or None where the answer is no combination, or not of one kind only."""
    if len(parts) < 2:
        return None
    sizes = [case.got.size for case in cases]
    if min(sizes) > len(parts):
        rows = [
            _solved([part.arrays[k].ravel()[:, None] for part in parts], c.got.ravel()) for k, c in enumerate(cases)
        ]
    elif sum(sizes) > len(parts):
        columns = [np.concatenate([array.ravel() for array in part.arrays])[:, None] for part in parts]
        rows = [_solved(columns, np.concatenate([case.got.ravel() for case in cases]))]
    else:
        return None  # any answer would be a combination
    if any(row is None for row in rows):
        return None
    by_part = np.array(rows).T
    found = [_coefficient([float(value) for value in values], cases) for values in by_part]
    return None if any(c is None for c in found) else [c for c in found if c is not None]


def _solved(columns: Sequence[np.ndarray], got: np.ndarray) -> np.ndarray | None:
    """Least squares; None where the columns depend on each other or something is left over."""
    M = np.hstack(columns)
    lengths = np.linalg.norm(M, axis=0)
    if not np.all(lengths) or np.linalg.svd(M / lengths, compute_uv=False)[-1] < DEPENDENT:
        return None
    c = np.linalg.lstsq(M / lengths, got, rcond=None)[0]
    return c / lengths if close(M / lengths @ c, got, 1e-6) else None


def _coefficient(values: Sequence[float], cases: Sequence[Case]) -> Coefficient | None:
    """Say a coefficient as a simple fraction, or in words where it follows an axis or a scalar of the question."""
    fraction = Fraction(values[0]).limit_denominator(6)
    if all(abs(value - fraction) < 1e-5 for value in values) and abs(fraction) <= 12:
        return fraction
    if len(values) != len(cases):
        return None
    words = [
        [*factor_in_axes(value, case.draw.lengths), *_factor_in_scalars(value, case)]
        for value, case in zip(values, cases, strict=True)
    ]
    return next((word for word in words[0] if all(word in other for other in words)), None)


def _factor_in_scalars(value: float, case: Case) -> Iterator[str]:
    for symbol, arg in zip(case.symbols, case.draw.args, strict=True):
        if not symbol.axes:
            if np.isclose(value, arg, rtol=1e-5):
                yield symbol.name
            if np.isclose(value * arg, 1, rtol=1e-5):
                yield f"1/{symbol.name}"


# --- reading --------------------------------------------------------------------------------------


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
    pairs = [(j, k) for j in off for k in off if off[j] == 2 and off[k] == 0 and _in_one_product(parts, j, k, insight)]
    if len(pairs) == 1:
        (j, k) = pairs[0]
        yield Atom("not-symmetrised", _counted_twice(parts[j], parts[k], insight))
        del off[j], off[k]
    elif len(off) == len(coefficients):
        return  # nothing is right
    if len(off) == len(coefficients) - 1 > 1 and set(off.values()) == {0} and len(coefficients) - 1 not in off:
        lost = frozenset[int]().union(*(parts[k].places for k in off))
        if not typed and lost and _exactly(lost, insight) is None:
            yield Atom("last-use-only", _LAST_USE.format(x=insight.wrt))
            return
    by_value: dict[Coefficient, list[int]] = {}
    for k, c in off.items():
        by_value.setdefault(c, []).append(k)
    alone = len(by_value) == 1 and len(off) < len(coefficients)
    for c, members in by_value.items():
        if c not in SIMPLE and not (alone and (len(members) == 1 or _joined(parts, members, insight))):
            yield from [Atom("scaled", "")] * (MOST_TOGETHER + 1)  # too much to be a slip
            return
        groups = [members] if _joined(parts, members, insight) else [[k] for k in members]
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
        return Atom(tag, f"{fact.format(of=f'that of {_where(members, insight)}')} {look}")
    own = _own(members, parts)
    return Atom(tag, fact.format(of=f"the one with {' and '.join(own)}" if own else "one of those that add up"))


def _counted_twice(kept: Part, lost: Part, insight: Insight) -> str:
    if not kept.places:
        return (
            "Of two terms with the same symbols one is counted twice, and the other not at all. They differ: the same "
            "symbols stand in other places, or something is transposed."
        )
    x = insight.wrt
    return (
        f"One place is counted twice, {_where([kept], insight)}, and another not at all, "
        f"{_where([lost], insight)}. Each place of {x} gives a term of its own, and the two terms differ."
    )


# --- places in the question -----------------------------------------------------------------------


def _where(members: Sequence[Part], insight: Insight) -> str:
    """Say where parts come from: a piece of the question, or places of the variable in it."""
    places = frozenset[int]().union(*(part.places for part in members))
    pieces = _pieces(insight)
    piece = _exactly(places, insight)
    if piece is not None and piece not in (insight.wrt, f"{insight.wrt}.T"):
        return f"`{piece}`"
    around, inside = next((piece for piece in reversed(pieces) if places < piece[1]), ("", places))
    ordered = sorted(inside) if around else range(max(places) + 1)
    numbers = [ORDINALS[k] for k, place in enumerate(ordered) if place in places]
    return f"the {' and the '.join(numbers)} {insight.wrt}{f' in `{around}`' if around else ''}"


def _pieces(insight: Insight) -> list[tuple[str, frozenset[int]]]:
    """The pieces of the question, larger ones first, each with the occurrences in it; none for a Hessian."""
    tree = insight.subject
    if tree is None or insight.order == 2 or insight.notation != "matrix":
        return []
    number = iter(range(len(insight.text)))
    numbered = {p: next(number) for p, t in trees.walk(tree) if t.kind == "name" and t.value == insight.wrt}
    pieces = [(str(t), frozenset(k for q, k in numbered.items() if q[: len(p)] == p)) for p, t in trees.walk(tree)]
    return sorted(pieces, key=lambda piece: -len(piece[1]))


def _exactly(places: frozenset[int], insight: Insight) -> str | None:
    """The largest piece that holds these occurrences and no others."""
    return next((text for text, inside in _pieces(insight) if inside == places), None)


def _joined(parts: Sequence[Part], members: Sequence[int], insight: Insight) -> bool:
    """Whether parts belong together, being all that one piece of the question gives."""
    if len(members) == 1:
        return True
    places = frozenset[int]().union(*(parts[k].places for k in members))
    if not places:
        return bool(_own([parts[k] for k in members], parts))
    return _exactly(places, insight) is not None


def _own(members: Sequence[Part], parts: Sequence[Part]) -> list[str]:
    """The symbols that these terms of the answer share, and no other term has."""
    others = frozenset[str]().union(*(part.names for part in parts if part not in members))
    return sorted(frozenset.intersection(*(part.names for part in members)) - others)


def _in_one_product(parts: Sequence[Part], j: int, k: int, insight: Insight) -> bool:
    """Whether two occurrences meet in one term: then one of them counted twice stands for both.

    Of the terms of an answer, whose places are not known, those with the same symbols may stand for each other; so may
    places in a question in indices, which is not taken to pieces.
    """
    both = parts[j].places | parts[k].places
    if not both or insight.notation != "matrix":
        return parts[j].names == parts[k].names
    tree = insight.subject
    if tree is None or insight.order == 2:
        return True
    pieces = _pieces(insight)
    numbers = {str(term): inside for _, term, _ in trees.summands(tree) for text, inside in pieces if text == str(term)}
    return any(both <= inside for inside in numbers.values())
