"""The derivative of an expression: the product rule over its factors, and one closed rule for each function.

The rules of the functions are in `rules`, which fills the table here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction

from mcutils._symbolic.core import Factor, Head, Tensor, Term, delta, fresh, opened, tensor


@functools.lru_cache(maxsize=4096)
def derivative(f: Tensor, variable: Head) -> Tensor:
    """The derivative of `f` by a symbol: the axes of f, then those of the symbol."""
    new = [fresh() for _ in variable.axes]
    free = [*range(len(f.axes)), *new]
    return tensor(free, f.axes + variable.axes, product_rule(f, variable, new))


def product_rule(f: Tensor, variable: Head, new: Sequence[int]) -> list[Term]:
    """One term for each factor that holds the variable, with that factor differentiated and nothing contracted yet."""
    result = []
    for term in f.terms:
        for n, factor in enumerate(term.factors):
            if variable.name in factor.head.names:
                rest = term.factors[:n] + term.factors[n + 1 :]
                for scale, factors in factor_rule(factor, variable, new):
                    result.append(Term(term.coefficient * scale, rest + factors))
    return result


Differential = Callable[[Sequence[int]], tuple[Factor, ...]]  # d inner, with these indices in its slots
Rule = Callable[[Factor, Tensor, Differential], list[Term]]


def factor_rule(factor: Factor, variable: Head, new: Sequence[int]) -> list[Term]:
    """The derivative of one factor: deltas for the variable itself, the rule of its function for anything else."""
    head, slots = factor
    if head.kind == "symbol":
        straight = tuple(delta(a, s, t) for a, s, t in zip(head.axes, slots, new, strict=True))
        if not head.symmetric:
            return [Term(Fraction(1), straight)]
        crossed = tuple(delta(a, s, t) for a, s, t in zip(head.axes, slots, reversed(new), strict=True))
        return [Term(Fraction(1, 2), straight), Term(Fraction(1, 2), crossed)]
    inner = head.inner
    assert inner is not None, "only symbols and functions hold a variable"
    d_inner = derivative(inner, variable)
    spread = [
        Term(t.coefficient * scale, rest + t.factors)
        for scale, (*marks, mark) in RULES[head.kind](factor, inner, lambda at: (Factor(_MARK, tuple(at)),))
        for rest in [tuple(marks)]
        for t in opened(d_inner, (*mark.slots, *new))
    ]
    return spread


_MARK = Head("d")  # stands for the differential of the inner expression, always the last factor of a rule's term


RULES: dict[str, Rule] = {}  # filled by `rules`
