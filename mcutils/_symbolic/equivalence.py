"""Whether two expressions are equal: exact sampling modulo primes, a bound on the error, a witness if they are not.

Two rational expressions that differ agree at a random point modulo a prime p with probability at most degree / p
(Schwartz 1980, Zippel 1979). Inverses are computed exactly; an elementwise function is a random number for each
argument. If values agree, the expressions are equal, up to that probability. If they differ and no function occurs,
they are different. If they differ and functions occur, an identity between functions may be at work, and numbers of
50 digits decide.

Axes get pairwise different sizes of at least 3: matrices of size 2 satisfy identities that no other size does.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np

from mcutils._symbolic.arrays import axis_size
from mcutils._symbolic.budget import TooMuch, limited
from mcutils._symbolic.core import ELEMENTWISE, Head, Tensor
from mcutils._symbolic.fields import Modular, Reals, Undefined, primes
from mcutils._symbolic.sizes import axis_names, shape
from mcutils._symbolic.valuation import Valuation

BOUND = 1e-12  # the largest probability of a false "equal"
FEW_DIGITS = 40  # of the numeric check, which show most differences, and take a fifth of the time
MANY_POINTS = 24  # drawn where a sign may hide a difference, as in sqrt(c**2) and c
DIGITS = 400  # of that which decides; so many, because tanh(c - 100) is -1 to 87 of them
SIGNS = 40  # how often what is positive is drawn, where relu and step occur
FUNCTIONS = ELEMENTWISE | {"softmax", "logdet"}
STEPS = frozenset({"relu", "step"})
SIGNED = STEPS | {"pow", "logdet", "log"}  # what is analytic differs at almost every point or at none


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


def compare(a: Tensor, b: Tensor, symbols: Mapping[str, Head], conditions: tuple[str, ...]) -> Verdict:
    """Decide whether two expressions over the same symbols are equal."""
    if a.axes != b.axes:
        return Verdict(False, "axes", f"the shapes differ: {shape(a.axes)} and {shape(b.axes)}")
    if a.key == b.key:
        return Verdict(True, "proved", "equal: both have the same normal form", 0.0, conditions)
    rng = random.Random(f"{a.key} = {b.key}")
    try:
        bound = _sampled(a, b, symbols, rng)
        if bound is not None:
            said = f"equal: both agree at random points modulo primes (error below {max(bound, 1e-300):.0e})"
            return Verdict(True, "exact sampling", said, bound, conditions)
        return _by_numbers(a, b, symbols, rng, conditions)
    except Undefined:
        said = "cannot tell: no point was found at which both have a value"
    except (TooMuch, RecursionError, OverflowError):
        said = "cannot tell: to compare them takes too long; ask about formulas with fewer operations or smaller powers"
    return Verdict(None, "cannot tell", said, conditions=conditions)


def draw_sizes(symbols: Mapping[str, Head], f: Tensor, turn: int) -> dict[str, int]:
    """Pairwise different sizes of at least 3 for every named axis, apart from sizes that are given as numbers.

    From one turn to the next every size changes, for it may occur as a number: 2/n is not 1/2, but where n is 4.
    """
    heads = [h.axes for h in symbols.values()] + [f.axes]
    fixed = {int(p) for axes in heads for axis in axes for p in str(axis).split("*") if p.isdigit()}
    names = list(dict.fromkeys(axis_names(axis for axes in heads for axis in axes)))
    free = [n for n in range(3, 5 + len(names) + len(fixed)) if n not in fixed]
    first = dict(zip(names, free, strict=False))
    if not turn:
        return first
    later: dict[str, int] = {}
    for name in reversed(names):
        later[name] = next(n for n in free[1:] if n != first[name] and n not in later.values())
    return later


def _sampled(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random) -> float | None:
    """The error bound if both agree at every point drawn, None if they differ at one."""
    bound = 1.0
    for turn in itertools.count():
        sizes = draw_sizes(symbols, a, turn % 2)
        for attempt in range(5):
            point = Valuation(Modular(rng.choice(primes()), rng), sizes)
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


# ---------------------------------------------------------------- functions


def uses(f: Tensor, kinds: frozenset[str]) -> bool:
    """Whether a function of these kinds, or a root, occurs."""
    heads = [factor.head for term in f.terms for factor in term.factors]
    return any(_is(h, kinds) or (h.inner is not None and uses(h.inner, kinds)) for h in heads)


def _is(head: Head, kinds: frozenset[str]) -> bool:
    whole = head.kind == "pow" and isinstance(head.parameter, Fraction) and head.parameter.denominator == 1
    return head.kind in kinds and not whole


def _by_numbers(
    a: Tensor,
    b: Tensor,
    symbols: Mapping[str, Head],
    rng: random.Random,
    conditions: tuple[str, ...],
) -> Verdict:
    """Expressions that differ modulo a prime: different if no function occurs, else as numbers of many digits say."""
    if not uses(a, FUNCTIONS) and not uses(b, FUNCTIONS):
        look = partial(_witness, a, b, symbols, lambda *_: Reals(None, Fraction, rng, small=True))
        return Verdict(False, "exact sampling", "", 0.0, conditions, look)
    steps = uses(a, STEPS) or uses(b, STEPS)
    if steps and all(_same_signs(a, b, symbols, rng, turn) for turn in range(SIGNS)):
        said = f"equal: both agree modulo primes for {SIGNS} random choices of what is positive"
        return Verdict(True, "numeric", said, None, conditions)
    witness = _shown(a, b, symbols, rng)
    if witness is not None:
        return Verdict(False, "numeric", "", None, conditions, lambda: witness)
    if steps:
        said = "cannot tell: no difference was found, but relu and step may hide one far away"
        return Verdict(None, "cannot tell", said, None, conditions)
    said = f"equal: both agree to {_telling(DIGITS)} digits at random points"
    return Verdict(True, "numeric", said, None, conditions)


def _same_signs(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random, turn: int) -> bool:
    """Whether both agree at a random point where every step is 0 or 1 at random."""
    point = Valuation(Modular(rng.choice(primes()), rng, signs=True), draw_sizes(symbols, a, turn % 2))
    return np.array_equal(point.value(a), point.value(b))


@functools.cache
def _context(digits: int) -> Any:
    """Numbers of so many digits."""
    import mpmath  # only where functions force it; comes with sympy

    context = mpmath.MPContext()
    context.dps = digits
    return context


def _telling(digits: int) -> int:
    """To how many digits two numbers of so many must agree: the last quarter may be rounding."""
    return digits * 3 // 4


def _shown(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random) -> Witness | None:
    """A point at which the expressions differ, in numbers of few digits if these show it."""
    drawn = rng.getstate()
    points = MANY_POINTS if uses(a, SIGNED) or uses(b, SIGNED) else 4
    with contextlib.suppress(Undefined):
        if (witness := _witness(a, b, symbols, partial(_numbers, rng), FEW_DIGITS, points)) is not None:
            return witness
    rng.setstate(drawn)
    return _witness(a, b, symbols, partial(_numbers, rng), DIGITS)


def _numbers(rng: random.Random, small: bool, digits: int) -> Reals:
    context = _context(digits)
    return Reals(context, context.mpf, rng, small)


def _witness(
    a: Tensor,
    b: Tensor,
    symbols: Mapping[str, Head],
    numbers: Callable[..., Reals],
    digits: int = DIGITS,
    points: int = 4,
) -> Witness | None:
    """A point at which the expressions differ, of small whole numbers if those have one, if a few draws find one."""
    found = 0
    for n in range(points):
        point = _defined_point(a, b, draw_sizes(symbols, a, n % 2), numbers(n % 4 < 2, digits))
        if point is None:
            continue
        found += 1
        left, right = point.value(a), point.value(b)
        gaps = np.asarray(np.abs(left - right))
        entry = tuple(int(k) for k in np.unravel_index(int(np.argmax(gaps)), gaps.shape))
        seen = 0 if digits == DIGITS else 10.0 ** -_telling(digits) * (1 + abs(left[entry]) + abs(right[entry]))
        if gaps[entry] > seen:
            field = numbers(False, 2 * digits)
            finer = Valuation(field, point.sizes, {name: field.read(value) for name, value in point.symbols.items()})
            if 2 * abs(finer.value(a)[entry] - finer.value(b)[entry]) < gaps[entry]:
                continue  # it was the rounding of large intermediate values
            arrays = {name: np.asarray(value, dtype=float)[()] for name, value in point.symbols.items()}
            return Witness(arrays, entry, _as_float(left[entry]), _as_float(right[entry]))
    if not found:
        raise Undefined("no point at which both have a value was found")
    return None


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _defined_point(a: Tensor, b: Tensor, sizes: Mapping[str, int], numbers: Reals) -> Valuation | None:
    """A random point at which both have a value."""
    for _ in range(60):
        point = Valuation(numbers, sizes)
        try:
            point.value(a)
            point.value(b)
            return point
        except (Undefined, OverflowError):
            continue
    return None


def _difference(witness: Witness | None) -> str:
    if witness is None or witness.left == witness.right:
        return "different: they disagree at a random point"
    place = f"entry [{', '.join(map(str, witness.entry))}]" if witness.entry else "the value"
    return f"different: {place} is {witness.left:.6g} in the first and {witness.right:.6g} in the second"
