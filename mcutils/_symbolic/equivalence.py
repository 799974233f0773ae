"""Whether two expressions are equal: exact sampling modulo primes, a bound on the error, a witness if they are not.

Two rational expressions that differ agree at a random point modulo a prime p with probability at most degree / p
(Schwartz 1980, Zippel 1979). Inverses are computed exactly; an elementwise function is a random number for each
argument. If values agree, the expressions are equal, up to that probability. If they differ and no function occurs,
they are different. If they differ and functions occur, an identity between functions may be at work, and numbers of
50 digits decide.

Axes get pairwise different sizes of at least 3: matrices of size 2 satisfy identities that no other size does.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from mcutils._symbolic.arrays import axis_size
from mcutils._symbolic.core import ELEMENTWISE, Head, Tensor
from mcutils._symbolic.fields import Modular, Reals, TooMuch, Undefined, Valuation, primes
from mcutils._symbolic.sizes import axis_names, shape

BOUND = 1e-12  # the largest probability of a false "equal"
SECONDS = 2.0  # the longest that one question may take
DIGITS = 50  # of the numeric check
AGREE = 1e-25  # relative difference that counts as none there


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
        witness: a point where they differ.
        reason: one sentence.
    """

    equal: bool | None
    how: str
    reason: str
    bound: float | None = None
    conditions: tuple[str, ...] = ()
    witness: Witness | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self.equal is True

    def __str__(self) -> str:
        where = f" (where {' and '.join(self.conditions)})" if self.conditions and self.equal else ""
        return self.reason + where


def compare(a: Tensor, b: Tensor, symbols: Mapping[str, Head], conditions: tuple[str, ...]) -> Verdict:
    """Decide whether two expressions over the same symbols are equal."""
    if a.axes != b.axes:
        return Verdict(False, "axes", f"the shapes differ: {shape(a.axes)} and {shape(b.axes)}")
    if a.key == b.key:
        return Verdict(True, "proved", "equal: both have the same normal form", 0.0, conditions)
    deadline = time.monotonic() + SECONDS
    rng = random.Random(f"{a.key} = {b.key}")
    try:
        bound = _sampled(a, b, symbols, rng, deadline)
        if bound is not None:
            said = f"equal: both agree at random points modulo primes (error below {max(bound, 1e-300):.0e})"
            return Verdict(True, "exact sampling", said, bound, conditions)
        return _by_numbers(a, b, symbols, rng, deadline, conditions)
    except (TooMuch, Undefined, RecursionError):
        said = f"cannot tell: too much to compare in {SECONDS:.0f} seconds, or no value at the points that were tried"
        return Verdict(None, "cannot tell", said, conditions=conditions)


def draw_sizes(symbols: Mapping[str, Head], f: Tensor, turn: int) -> dict[str, int]:
    """Pairwise different sizes of at least 3 for every named axis, apart from sizes that are given as numbers."""
    heads = [h.axes for h in symbols.values()] + [f.axes]
    fixed = {int(p) for axes in heads for axis in axes for p in str(axis).split("*") if p.isdigit()}
    sizes = (n for n in itertools.count(3 + turn) if n not in fixed)
    names = axis_names(axis for axes in heads for axis in axes)
    return dict(zip(reversed(names) if turn else names, sizes, strict=False))


def _sampled(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random, deadline: float) -> float | None:
    """The error bound if both agree at every point drawn, None if they differ at one."""
    bound = 1.0
    for turn in itertools.count():
        sizes = draw_sizes(symbols, a, turn % 2)
        for attempt in range(5):
            point = Valuation(Modular(rng.choice(primes()), rng), sizes, deadline)
            try:
                left, right = point.value(a), point.value(b)
                break
            except Undefined:
                if attempt == 4:
                    raise
        if not np.array_equal(left, right):
            return None
        bound *= _chance(a, b, point)
        if turn and bound <= BOUND:
            return bound
    raise AssertionError("the loop ends by itself")


def _chance(a: Tensor, b: Tensor, point: Valuation) -> float:
    """The probability that different expressions agree at one random point: degree / p, and atoms that collide."""
    assert isinstance(point.field, Modular), "only exact values have a bound"
    known: dict[str, tuple[float, float]] = {}
    (above, below), (over, under) = degree(a, point.sizes, known), degree(b, point.sizes, known)
    atoms = len(point.field.atoms)
    clashes = atoms * (atoms - 1) * max((n + d for n, d in known.values()), default=0)
    return min(1.0, (max(above + under, over + below) + clashes) / 2**60)


def degree(f: Tensor, sizes: Mapping[str, int], known: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """Bounds on the degrees of numerator and denominator of an expression's entries, over one common denominator."""
    if f.key not in known:
        terms = []
        for term in f.terms:
            parts = [_head_degree(factor.head, sizes, known) for factor in term.factors]
            terms.append((sum(n for n, _ in parts), sum(d for _, d in parts)))
        below = sum(d for _, d in terms)
        known[f.key] = max((n + below - d for n, d in terms), default=0), below
    return known[f.key]


def _head_degree(head: Head, sizes: Mapping[str, int], known: dict[str, tuple[float, float]]) -> tuple[float, float]:
    if head.inner is None:
        return float(head.kind == "symbol"), 0.0
    above, below = degree(head.inner, sizes, known)
    n = axis_size(head.inner.axes[0], sizes) if head.inner.axes else 1
    if head.kind == "sum":
        return above, below
    if head.kind == "pow" and isinstance(head.parameter, Fraction) and head.parameter.denominator == 1:
        k = float(abs(head.parameter))
        return (k * above, k * below) if head.parameter > 0 else (k * below, k * above)
    if head.kind == "inv":
        return below + (n - 1) * above, n * above
    if head.kind == "det":
        return n * above, n * below
    return (4.0, 4.0) if head.kind in ELEMENTWISE | {"softmax"} else (1.0, 0.0)


# ---------------------------------------------------------------- numbers


def has_functions(f: Tensor) -> bool:
    """Whether an elementwise function, a root or a logarithm occurs, so that identities between functions may."""
    heads = [factor.head for term in f.terms for factor in term.factors]
    return any(_is_function(h) or (h.inner is not None and has_functions(h.inner)) for h in heads)


def _is_function(head: Head) -> bool:
    whole = head.kind == "pow" and isinstance(head.parameter, Fraction) and head.parameter.denominator == 1
    return (head.kind in ELEMENTWISE and not whole) or head.kind in {"softmax", "logdet"}


def _by_numbers(
    a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random, deadline: float, conditions: tuple[str, ...]
) -> Verdict:
    """Expressions that differ modulo a prime: different if no function occurs, else as numbers of many digits say."""
    witness = _witness(a, b, symbols, rng, deadline)
    if not has_functions(a) and not has_functions(b):
        return Verdict(False, "exact sampling", _difference(witness), 0.0, conditions, witness)
    if witness is not None and not _near(witness.left, witness.right, 1e-4):
        return Verdict(False, "numeric", _difference(witness), None, conditions, witness)
    import mpmath  # only where functions force it; comes with sympy

    context = mpmath.MPContext()
    context.dps = DIGITS
    for turn in (0, 1, 0, 1):
        sizes = draw_sizes(symbols, a, turn)
        point = _defined_point(a, b, symbols, sizes, Reals(context, context.mpf, rng), deadline)
        left, right = point.value(a), point.value(b)
        worst = _worst(left, right)
        if not _near(left[worst], right[worst], AGREE):
            witness = _as_witness(point, worst, left, right)
            return Verdict(False, "numeric", _difference(witness), None, conditions, witness)
    said = f"equal: both agree to {-math.log10(AGREE):.0f} digits at random points"
    return Verdict(True, "numeric", said, None, conditions)


def _near(left: Any, right: Any, tolerance: float) -> bool:
    return bool(abs(left - right) <= tolerance * (1 + abs(left) + abs(right)))


def _defined_point(
    a: Tensor, b: Tensor, symbols: Mapping[str, Head], sizes: Mapping[str, int], numbers: Reals, deadline: float
) -> Valuation:
    """A random point at which both have a value."""
    for _ in range(200):
        point = Valuation(numbers, sizes, deadline)
        try:
            point.value(a)
            point.value(b)
            return point
        except Undefined:
            continue
    raise Undefined("no point found")


def _witness(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random, deadline: float) -> Witness | None:
    """A point of small whole numbers at which the expressions differ, if a few draws find one."""
    for turn in (0, 1, 0):
        try:
            sizes = draw_sizes(symbols, a, turn)
            point = _defined_point(a, b, symbols, sizes, Reals(math, float, rng, small=True), deadline)
        except (Undefined, OverflowError):
            continue
        left, right = point.value(a), point.value(b)
        worst = _worst(left, right)
        if not _near(left[worst], right[worst], 1e-9):
            return _as_witness(point, worst, left, right)
    return None


def _worst(left: Any, right: Any) -> tuple[int, ...]:
    gaps = np.asarray(np.abs(left - right))
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(gaps)), gaps.shape))


def _as_witness(point: Valuation, entry: tuple[int, ...], left: Any, right: Any) -> Witness:
    arrays = {name: np.asarray(value, dtype=float)[()] for name, value in point.symbols.items()}
    return Witness(arrays, entry, float(left[entry]), float(right[entry]))


def _difference(witness: Witness | None) -> str:
    if witness is None:
        return "different: they disagree at a random point modulo a prime"
    place = f"entry [{', '.join(map(str, witness.entry))}]" if witness.entry else "the value"
    return f"different: {place} is {witness.left:.6g} in the first and {witness.right:.6g} in the second"
