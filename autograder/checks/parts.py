"""Parts of the right answer, and an answer as a combination of them: by least squares on every draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from autograder.checks.bank import Case
from autograder.checks.compare import close
from autograder.checks.factors import factor_in_axes
from autograder.checks.insight import Insight

DEPENDENT = 1e-7  # smallest singular value, of parts scaled to length 1

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


def by_place(insight: Insight, cases: Sequence[Case]) -> list[Part]:
    """The parts that the places of the variable give."""
    made = ((frozenset(places), names, f) for places, names, f in insight.occurrences)
    return _parts(insight, cases, made, "places")


def by_term(insight: Insight, cases: Sequence[Case]) -> list[Part]:
    """The terms of the answer as it is printed."""
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
