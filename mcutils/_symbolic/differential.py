"""The differential of an expression, and the derivative read off from one.

Separate from `steps`, which derives in indices: here the variable's change is a symbol of its own, ``dX``, as people
write it in ``df = tr(G.T @ dX)``.
"""

from __future__ import annotations

from fractions import Fraction

from mcutils._symbolic import algebra
from mcutils._symbolic.budget import limited
from mcutils._symbolic.core import Factor, Head, bracket, derivative, fresh
from mcutils._symbolic.expression import Expression
from mcutils._symbolic.public import DERIVING, differentiate


def change(variable: Head) -> Head:
    """The symbol ``dX``: with the axes of X, symmetric where X is, positive never."""
    symmetric = frozenset({"symmetric"} if variable.flags & {"symmetric", "spd"} else ())
    return Head("symbol", variable.axes, f"d{variable.name}", flags=symmetric)


def differential(f: Expression, wrt: str, order: int = 1) -> Expression:
    """The differential of an expression, or with ``order=2`` the second one, in which dX is held constant.

    Its axes are those of f, its symbols those of f and ``d`` + wrt.

    >>> from mcutils import parse
    >>> differential(parse("x @ A @ x", {"x": "n", "A": "n n"}), "x")
    (A + A.T) @ x @ dx
    """
    variable = f.symbols[wrt]
    moved = change(variable)
    value = f._value
    with limited(DERIVING):
        for _ in range(order):
            full = derivative(value, variable)
            out, new = [fresh() for _ in value.axes], [fresh() for _ in variable.axes]
            value = algebra.closed(out, value.axes, *bracket(full, [*out, *new]), Factor(moved, tuple(new)))
    return Expression(value, {**f.symbols, moved.name: moved}, f.conditions)


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
