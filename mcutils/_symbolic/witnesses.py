"""Points at which two expressions differ, or do not: the sizes of axes there, and numbers of many digits.

Axes get pairwise different sizes of at least 3: matrices of size 2 satisfy identities that no other size does.
"""

from __future__ import annotations

import contextlib
import functools
import math
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from mcutils._symbolic.core import Head, Tensor
from mcutils._symbolic.fields import Reals, Undefined
from mcutils._symbolic.sizes import axis_names
from mcutils._symbolic.valuation import Valuation
from mcutils._symbolic.verdict import Witness

FEW_DIGITS = 40  # of the numeric check, which show most differences, and take a fifth of the time
DIGITS = 400  # of that which decides; so many, because tanh(c - 100) is -1 to 87 of them


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


def rational_witness(a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random) -> Witness | None:
    """A point at which the expressions differ, in fractions."""
    return _witness(a, b, symbols, lambda *_: Reals(None, Fraction, rng, small=True))


@functools.cache
def _context(digits: int) -> Any:
    """Numbers of so many digits."""
    import mpmath  # only where functions force it; comes with sympy

    context = mpmath.MPContext()
    context.dps = digits
    return context


def telling(digits: int) -> int:
    """To how many digits two numbers of so many must agree: the last quarter may be rounding."""
    return digits * 3 // 4


def real_witness(
    a: Tensor, b: Tensor, symbols: Mapping[str, Head], rng: random.Random, points: int = 4
) -> Witness | None:
    """A point at which the expressions differ, in numbers of few digits if one of so many points shows it."""
    drawn = rng.getstate()
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
        seen = 0 if digits == DIGITS else 10.0 ** -telling(digits) * (1 + abs(left[entry]) + abs(right[entry]))
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
