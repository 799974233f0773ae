"""Whether two expressions are equal: exact sampling modulo primes, a bound on the error, a witness if they are not.

Two rational expressions that differ agree at a random point modulo a prime p with probability at most degree / p
(Schwartz 1980, Zippel 1979). Inverses are computed exactly; an elementwise function is a random number for each
argument. If values agree, the expressions are equal, up to that probability. If they differ and no function occurs,
they are different. If they differ and functions occur, an identity between functions may be at work, and numbers of
many digits decide.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from fractions import Fraction
from functools import partial

import numpy as np

from mcutils._symbolic.budget import TooMuch
from mcutils._symbolic.core import ELEMENTWISE, Head, Tensor
from mcutils._symbolic.degrees import degree
from mcutils._symbolic.fields import Modular, Undefined, primes
from mcutils._symbolic.sizes import shape
from mcutils._symbolic.valuation import Valuation
from mcutils._symbolic.verdict import Verdict
from mcutils._symbolic.witnesses import DIGITS, draw_sizes, rational_witness, real_witness, telling

BOUND = 1e-12  # the largest probability of a false "equal"
FEW_POINTS, MANY_POINTS = 4, 24  # the second where a sign may hide a difference, as in sqrt(c**2) and c
SIGNS = 40  # how often what is positive is drawn, where relu and step occur
FUNCTIONS = ELEMENTWISE | {"softmax", "logdet"}
STEPS = frozenset({"relu", "step"})
SIGNED = STEPS | {"pow", "logdet", "log"}  # what is analytic differs at almost every point or at none


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
        look = partial(rational_witness, a, b, symbols, rng)
        return Verdict(False, "exact sampling", "", 0.0, conditions, look)
    steps = uses(a, STEPS) or uses(b, STEPS)
    if steps and all(_same_signs(a, b, symbols, rng, turn) for turn in range(SIGNS)):
        said = f"equal: both agree modulo primes for {SIGNS} random choices of what is positive"
        return Verdict(True, "numeric", said, None, conditions)
    points = MANY_POINTS if uses(a, SIGNED) or uses(b, SIGNED) else FEW_POINTS
    witness = real_witness(a, b, symbols, rng, points)
    if witness is not None:
        return Verdict(False, "numeric", "", None, conditions, lambda: witness)
    if steps:
        said = "cannot tell: no difference was found, but relu and step may hide one far away"
        return Verdict(None, "cannot tell", said, None, conditions)
    said = f"equal: both agree to {telling(DIGITS)} digits at random points"
    return Verdict(True, "numeric", said, None, conditions)


def _same_signs(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random, turn: int) -> bool:
    """Whether both agree at a random point where every step is 0 or 1 at random."""
    point = Valuation(Modular(rng.choice(primes()), rng, signs=True), draw_sizes(symbols, a, turn % 2))
    return np.array_equal(point.value(a), point.value(b))
