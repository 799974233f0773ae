"""The differentials of the functions: one rule for each, d f(u) as terms of f, u and du.

A rule takes the factor f(u) with its slots filled, the inner expression u, and `d`, which puts indices on du.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction

from mcutils._symbolic.core import Factor, Tensor, Term, applied, bracket, fresh, tensor
from mcutils._symbolic.derivative import RULES, Differential, Rule


def _term(scale: Fraction | int | None, *factors: Sequence[Factor]) -> Term:
    return Term(Fraction(scale or 0), tuple(itertools.chain(*factors)))


def _sum_rule(f: Factor, inner: Tensor, d: Differential) -> list[Term]:
    return [_term(1, d(f.slots))]


def _power_rule(f: Factor, inner: Tensor, d: Differential) -> list[Term]:
    exponent = Fraction(f.head.parameter or 0)
    return [_term(exponent, applied("pow", inner, f.slots, exponent - 1), d(f.slots))]


def _inverse_rule(f: Factor, inner: Tensor, d: Differential) -> list[Term]:
    (i, j), a, b = f.slots, fresh(), fresh()
    return [_term(-1, applied("inv", inner, (i, a)), applied("inv", inner, (b, j)), d((a, b)))]


def _logdet_rule(f: Factor, inner: Tensor, d: Differential) -> list[Term]:
    a, b = fresh(), fresh()
    return [_term(1, applied("inv", inner, (b, a)), d((a, b)))]


def _det_rule(f: Factor, inner: Tensor, d: Differential) -> list[Term]:
    return [_term(1, (f,), term.factors) for term in _logdet_rule(f, inner, d)]


def _softmax_rule(f: Factor, inner: Tensor, d: Differential) -> list[Term]:
    slot = int(f.head.parameter or 0)
    other = (*f.slots[:slot], fresh(), *f.slots[slot + 1 :])
    return [_term(1, (f,), d(f.slots)), _term(-1, (f,), (Factor(f.head, other),), d(other))]


def _slope_rule(slope: Callable[[Tensor], Tensor]) -> Rule:
    """f'(u) du for an elementwise f, entry by entry."""
    return lambda f, inner, d: [_term(1, bracket(slope(inner), f.slots), d(f.slots))]


def _entrywise(*parts: tuple[int, str, int]) -> Callable[[Tensor], Tensor]:
    """A sum of coefficient * function ** power, as a function of the inner expression; the function "" is 1."""

    def slope(inner: Tensor) -> Tensor:
        free = range(len(inner.axes))
        made = [_term(c, applied(kind, inner, free) * power if kind else ()) for c, kind, power in parts]
        return tensor(free, inner.axes, made)

    return slope


RULES |= {
    "sum": _sum_rule,
    "pow": _power_rule,
    "inv": _inverse_rule,
    "logdet": _logdet_rule,
    "det": _det_rule,
    "softmax": _softmax_rule,
    "log": lambda f, inner, d: [_term(1, applied("pow", inner, f.slots, Fraction(-1)), d(f.slots))],
    "exp": _slope_rule(_entrywise((1, "exp", 1))),
    "sin": _slope_rule(_entrywise((1, "cos", 1))),
    "cos": _slope_rule(_entrywise((-1, "sin", 1))),
    "tanh": _slope_rule(_entrywise((1, "", 0), (-1, "tanh", 2))),
    "sigmoid": lambda f, inner, d: [
        _term(1, (f,), bracket(_entrywise((1, "", 0), (-1, "sigmoid", 1))(inner), f.slots), d(f.slots))
    ],
    "relu": _slope_rule(_entrywise((1, "step", 1))),
    "step": lambda f, inner, d: [],
}
