"""Identities that normal form uses beyond contraction: equal bases, squares of steps, a matrix by its inverse.

Each takes a term and returns an equal one; `core.contracted` applies them until nothing changes. A new identity is a
function with the decorator.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from mcutils._symbolic.core import IDENTITIES, Factor, Term, applied, bracket, delta, ones, opened, tensor

LARGEST_POWER = 8  # a larger whole power stays closed instead of being written out

Identity = Callable[[Term, dict[int, int]], Term]


def identity(function: Identity) -> Identity:
    """Make normal form use this identity."""
    IDENTITIES.append(function)
    return function


@identity
def join_powers(term: Term, place: dict[int, int]) -> Term:
    """Add the exponents of equal bases; a small whole power is written as a product."""
    if not any(f.head.kind == "pow" for f in term.factors):
        return term
    coefficient, exponents, others = term.coefficient, dict[Factor, Fraction](), list[Factor]()
    for f in term.factors:
        if f.head.kind in {"delta", "ones", "fuse"}:
            others.append(f)
            continue
        scale, bases = _base(f)
        coefficient *= scale
        for base, exponent in bases:
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    for base, exponent in exponents.items():
        others += [ones(a, s) for a, s in zip(base.head.axes, base.slots, strict=True)] if not exponent else []
        if exponent.denominator == 1 and 0 <= exponent <= LARGEST_POWER:
            others += [base] * int(exponent)
        else:
            slots = sorted(set(base.slots))
            inner = tensor(slots, [base.head.axes[base.slots.index(s)] for s in slots], [Term(Fraction(1), (base,))])
            others += applied("pow", inner, slots, exponent)
    return Term(coefficient, tuple(others))


def _base(factor: Factor) -> tuple[Fraction, list[tuple[Factor, Fraction]]]:
    """A factor as a rational number and powers of bases: (2 x_i / y_i)^-1 is 1/2, x_i^-1, y_i^1."""
    head, inner = factor.head, factor.head.inner
    if head.kind != "pow" or inner is None or not isinstance(head.parameter, Fraction):
        return Fraction(1), [(factor, Fraction(1))]
    exponent = head.parameter
    if len(inner.terms) != 1:
        return Fraction(1), [(bracket(inner, factor.slots)[0], exponent)]
    term = inner.terms[0]
    scale = rational_power(term.coefficient, exponent)
    summed = any(s >= len(inner.axes) for f in term.factors for s in f.slots)
    splits = exponent.denominator == 1 or all(f.head.flags & {"positive"} for f in term.factors)
    if scale is None or (len(term.factors) > 1 and (summed or not splits)) or summed:
        monic = (
            inner if scale is None else tensor(range(len(inner.axes)), inner.axes, [Term(Fraction(1), term.factors)])
        )
        return scale or Fraction(1), [(bracket(monic, factor.slots)[0], exponent)]
    bases = []
    for f in opened(inner, factor.slots, ())[0].factors:
        inside, parts = _base(f)
        whole = exponent.denominator == 1 or not parts or f.head.kind != "pow" or f.head.flags & {"positive"}
        if inside != 1 or not whole:
            return Fraction(1), [(bracket(inner, factor.slots)[0], exponent)]
        bases += [(base, power * exponent) for base, power in parts]
    return scale, bases


def rational_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """base ** exponent if it is rational, else None."""
    if exponent.denominator == 1 and base and abs(exponent) <= 10_000:
        return Fraction(base ** int(exponent))
    if base <= 0 or abs(exponent) > 100:
        return None
    parts = [round(float(part) ** (1 / exponent.denominator)) for part in (base.numerator, base.denominator)]
    if any(r**exponent.denominator != part for r, part in zip(parts, (base.numerator, base.denominator), strict=True)):
        return None
    return Fraction(parts[0], parts[1]) ** exponent.numerator


@identity
def join_steps(term: Term, place: dict[int, int]) -> Term:
    """A step is 0 or 1, so that its square is itself."""
    steps = [f for f in term.factors if f.head.kind == "step"]
    if len(set(steps)) == len(steps):
        return term
    return Term(
        term.coefficient, tuple(f for k, f in enumerate(term.factors) if f not in steps or f not in term.factors[:k])
    )


@identity
def cancel_inverses(term: Term, place: dict[int, int]) -> Term:
    """Contract a symbol with its own inverse: X_ij inv(X)_jk = delta_ik, where j occurs nowhere else."""
    for inverse in term.factors:
        inner = inverse.head.inner
        if inverse.head.kind != "inv" or inner is None or len(inner.terms) != 1 or len(inner.terms[0].factors) != 1:
            continue
        (scale, (inside,)) = inner.terms[0]
        for f in term.factors:
            if f.head != inside.head or inside.slots not in {(0, 1), (1, 0)}:
                continue
            row, column = f.slots if inside.slots == (0, 1) else f.slots[::-1]
            for shared, ends in _meetings(inverse.slots, (row, column), inside.head.symmetric):
                if shared not in place and sum(g.slots.count(shared) for g in term.factors) == 2:
                    rest = tuple(g for g in term.factors if g is not f and g is not inverse)
                    return Term(term.coefficient / scale, (*rest, delta(inner.axes[0], *ends)))
    return term


def _meetings(a: tuple[int, ...], b: tuple[int, ...], symmetric: bool) -> list[tuple[int, tuple[int, int]]]:
    """The index that two matrices share where a row meets a column, and the two ends that are left."""
    pairs = [(1, 0), (0, 1)] + ([(0, 0), (1, 1)] if symmetric else [])
    return [(a[s], (a[1 - s], b[1 - t])) for s, t in pairs if a[s] == b[t]]
