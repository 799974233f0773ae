"""The differential of an expression, and the derivative read off from one.

Separate from `steps`, which derives in indices: here the variable's change is a symbol of its own, ``dX``, as people
write it in ``df = tr(G.T @ dX)``.
"""

from __future__ import annotations

from fractions import Fraction

from mcutils._symbolic import algebra
from mcutils._symbolic.budget import limited
from mcutils._symbolic.derivative import derivative
from mcutils._symbolic.expression import Expression
from mcutils._symbolic.products import ALONG, contract, product
from mcutils._symbolic.public import DERIVING, differentiate


def differential(f: Expression, wrt: str, order: int = 1) -> Expression:
    """The differential of an expression, or with ``order=2`` the second one, in which dX is held constant.

    Its axes are those of f, its symbols those of f and ``d`` + wrt.

    >>> from mcutils import parse
    >>> differential(parse("x @ A @ x", {"x": "n", "A": "n n"}), "x")
    dx @ A @ x + x @ A @ dx
    """
    with limited(DERIVING):
        first = product(f, wrt, ALONG, f"d{wrt}")
        if order == 1:
            return first
        again, moved = derivative(first._value, f.symbols[wrt]), first.symbols[f"d{wrt}"]
        value = contract(again, moved, range(len(f.axes), len(again.axes)))
    return Expression(value, first.symbols, f.conditions)


def read_off(line: Expression, f: Expression, wrt: str, layout: str, order: int = 1) -> Expression | None:
    """The derivative that a differential claims, laid out as asked; None where it is not linear (quadratic) in dX.

    Args:
        line: an expression in the symbols of f and ``d`` + wrt.
        f: what is differentiated.
        wrt: its variable.
        layout: as for `differentiate`.
        order: 1 for a differential, 2 for a second one.

    Raises:
        ValueError: the layout does not go with the line's axes.
    """
    name = f"d{wrt}"
    claimed = differentiate(line, name, layout=layout, order=order)
    if name in claimed._value.names:
        return None
    return Expression(algebra.scale(claimed._value, Fraction(1, order)), f.symbols, f.conditions, claimed.levels)
