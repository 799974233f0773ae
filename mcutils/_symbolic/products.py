"""Products with a derivative that never build it: along a direction, back from an output, and of second order.

Separate because a derivative as an array has an axis for each of its sides, and these have one side contracted with an
arrow before anything is evaluated; what is compiled from them needs no array larger than they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mcutils._symbolic.core import Axis, Factor, Head, Tensor, Term, fresh, opened, tensor
from mcutils._symbolic.derivative import derivative
from mcutils._symbolic.expression import Expression

ALONG, BACK, SECOND = "jvp", "vjp", "hvp"


def product(f: Expression, wrt: str, kind: str, arrow: str) -> Expression:
    """Contract the derivative of ``f`` by ``wrt`` with an arrow.

    Args:
        f: the function; a scalar where ``kind`` is ``"hvp"``.
        wrt: the symbol to differentiate by.
        kind: ``"jvp"``, J dx with the axes of f; ``"vjp"``, J* ybar, or ``"hvp"``, H v, with those of the symbol.
        arrow: a name for the direction, which becomes the last symbol.

    Raises:
        ValueError: the name of the arrow is taken.

    >>> from mcutils import parse
    >>> f = parse("A @ X @ B", {"X": "m n", "A": "p m", "B": "n q"})
    >>> product(f, "X", "jvp", "dX"), product(f, "X", "vjp", "Ybar")
    (A @ dX @ B, A.T @ Ybar @ B.T)
    """
    if arrow in f.symbols:
        raise ValueError(f"{arrow} is a symbol of this expression already; give the direction another name")
    variable = f.symbols[wrt]
    D = derivative(f._value, variable)
    if kind == SECOND:
        D = derivative(D, variable)
    outputs = len(D.axes) - len(variable.axes)
    met = D.axes[:outputs] if kind == BACK else D.axes[outputs:]
    flags = variable.flags & {"symmetric", "spd"} if kind != BACK else frozenset()
    direction = Head("symbol", met, arrow, flags=frozenset({"symmetric"}) if flags else frozenset())
    value = contract(D, direction, range(outputs) if kind == BACK else range(outputs, len(D.axes)))
    return Expression(value, {**f.symbols, arrow: direction}, f.conditions)


def contract(D: Tensor, direction: Head, met: Sequence[int]) -> Tensor:
    """Sum D times the direction over the axes of D that ``met`` names."""
    slots = [fresh() for _ in D.axes]
    free = [k for k in range(len(D.axes)) if k not in met]
    axes: list[Axis] = [D.axes[k] for k in free]
    factor = Factor(direction, tuple(slots[k] for k in met))
    terms = [Term(Fraction(t.coefficient), (*t.factors, factor)) for t in opened(D, slots)]
    return tensor([slots[k] for k in free], axes, terms)
