"""Matrix formulas as small trees: made with transposes pushed inwards, printed as text that `parse` reads.

A node knows its rank (0 scalar, 1 vector, 2 matrix), because text needs none but LaTeX (`latex`) must write x @ A @ x
as xᵀAx.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from mcutils._symbolic.core import Axis


class Node(NamedTuple):
    """One operation of a matrix formula.

    Kinds: "name" (value), "call" (value is the function), "T", "chain" (a @ b @ ...), "entries" (a * b * ...),
    "power" (value is the exponent), "sum" (terms) and "term" (value is the coefficient; scalars, perhaps an array).
    A vec knows the axis of its rows: vec(Z) and vec(Z.T) are equally long, and still not vec of one sum.
    """

    kind: str
    rank: int
    parts: tuple[Node, ...] = ()
    value: str | Fraction = ""
    symmetric: bool = False
    rows: Axis = ""


def name(text: str, rank: int, symmetric: bool = False) -> Node:
    """A symbol, or a constant such as I("n")."""
    return Node("name", rank, (), text, symmetric)


def call(function: str, rank: int, *parts: Node, symmetric: bool = False) -> Node:
    """A function call; an axis is written into the function's name as "sum|1"."""
    return Node("call", rank, parts, function, symmetric)


def vec(node: Node, rows: Axis) -> Node:
    """The columns of a matrix, stacked."""
    return Node("call", 1, (node,), "vec", rows=rows)


def is_identity(node: Node) -> bool:
    """Whether this is I(...)."""
    return node.kind == "name" and str(node.value).startswith("I(")


def chain(*parts: Node) -> Node:
    """The product of matrices, with at most a vector at each end; identities vanish."""
    flat = [p for part in parts for p in (part.parts if part.kind == "chain" else (part,))]
    kept = [p for p in flat if not is_identity(p)] or flat[:1]
    if len(kept) == 1:
        return kept[0]
    ends = (kept[0].rank == 1) + (kept[-1].rank == 1)
    return Node("chain", 2 - ends, tuple(kept))


def links(node: Node) -> tuple[Node, ...]:
    """The factors of a product, or the node itself."""
    return node.parts if node.kind == "chain" else (node,)


def transposed(node: Node) -> Node:
    """The transpose, as deep inside as a person would write it."""
    if node.rank < 2 and node.kind != "chain":
        return node
    if node.symmetric or is_identity(node):
        return node
    if node.kind == "T":
        return node.parts[0]
    if node.kind == "chain":
        return node._replace(parts=tuple(transposed(p) for p in reversed(node.parts)))
    if node.kind == "name" and str(node.value).startswith(("commutation(", "ones(", "zeros(")):
        function, _, axes = str(node.value)[:-1].partition("(")
        return node._replace(value=f"{function}({', '.join(reversed(axes.split(', ')))})")
    if node.kind == "call" and node.value == "outer":
        return node._replace(parts=node.parts[::-1])
    if node.kind == "call" and node.value == "kron":
        return node._replace(parts=tuple(transposed(p) for p in node.parts))
    return Node("T", 2, (node,))


def power(node: Node, exponent: Fraction) -> Node:
    """Every entry to a power; half powers of a sum of squares become a norm."""
    if exponent == 1:
        return node
    if node.kind == "power" and _multiply(node, exponent):
        return power(node.parts[0], Fraction(node.value) * exponent)
    norm = _norm(node) if exponent.denominator == 2 else None
    if norm is not None:
        return power(norm, exponent * 2)
    return Node("power", node.rank, (node,), exponent)


def _multiply(node: Node, outer: Fraction) -> bool:
    """Whether (u**k)**outer is u**(k*outer) also where u is negative; sqrt(u**2) is not u."""
    (base,), inner = node.parts, Fraction(node.value)
    if _is_even(inner) and not _is_even(inner * outer):
        return base.kind == "call" and str(base.value).partition("|")[0] in _NEVER_NEGATIVE
    return True


def _is_even(k: Fraction) -> bool:
    return k.denominator == 1 and k % 2 == 0


_NEVER_NEGATIVE = frozenset({"norm2", "exp", "sigmoid", "softmax", "relu", "step"})


def _norm(node: Node) -> Node | None:
    """norm2(u) for a scalar that is the product of u with itself."""
    parts = links(node)
    half = len(parts) // 2
    if node.rank or node.kind != "chain" or len(parts) != 2 * half:
        return None
    right = chain(*parts[half:])
    return call("norm2", 0, right) if chain(*parts[:half]) == transposed(right) else None


def entries(*parts: Node) -> Node:
    """The product entry by entry; equal factors become powers."""
    flat = [p for part in parts for p in (part.parts if part.kind == "entries" else (part,))]
    count: dict[Node, Fraction] = {}
    for part in flat:
        base, exponent = (part.parts[0], Fraction(part.value)) if part.kind == "power" else (part, Fraction(1))
        count[base] = count.get(base, Fraction(0)) + exponent
    made = sorted((power(base, e) for base, e in count.items()), key=lambda p: (_is_below(p), weight(p), text(p)))
    return made[0] if len(made) == 1 else Node("entries", max(p.rank for p in made), tuple(made))


def term(coefficient: Fraction, scalars: tuple[Node, ...], array: Node | None = None) -> Node:
    """A coefficient times scalars times one array."""
    parts = links_of_entries(entries(*scalars)) if scalars else ()
    parts = tuple(p for p in parts if p.kind != "power" or p.value)
    if not parts and coefficient == 1 and array is not None:
        return array
    if array is None and len(parts) == 1 and coefficient == 1:
        return parts[0]
    return Node(
        "term", array.rank if array is not None else 0, (*parts, *((array,) if array is not None else ())), coefficient
    )


def links_of_entries(node: Node) -> tuple[Node, ...]:
    """The factors of an entrywise product, or the node itself."""
    return node.parts if node.kind == "entries" else (node,)


def add(parts: list[Node]) -> Node:
    """A sum."""
    return parts[0] if len(parts) == 1 else Node("sum", max(p.rank for p in parts), tuple(parts))


def weight(node: Node) -> tuple[int, int]:
    """How heavy a formula reads: transposes first, then nodes."""
    below = [weight(p) for p in node.parts]
    return (node.kind == "T") + sum(t for t, _ in below), 1 + sum(n for _, n in below)


def _is_below(node: Node) -> bool:
    return node.kind == "power" and Fraction(node.value) < 0


# ---------------------------------------------------------------- text

LEVEL = {"sum": 1, "term": 2, "chain": 2, "entries": 2, "power": 3, "T": 4, "call": 5, "name": 5}
"""How tightly each kind binds."""


def text(node: Node) -> str:
    """The formula in matrix notation."""
    return _TEXT[node.kind](node)


def _inside(node: Node, level: int) -> str:
    below = _is_below(node) and level > 2
    return f"({text(node)})" if LEVEL[node.kind] < level or below else text(node)


def _call_text(node: Node) -> str:
    function, _, axis = str(node.value).partition("|")
    return f"{function}({', '.join(text(p) for p in node.parts)}{f', axis={axis}' if axis else ''})"


def _power_text(node: Node) -> str:
    (base,), exponent = node.parts, Fraction(node.value)
    if exponent < 0:
        return f"1/{_inside(power(base, -exponent), 3)}"
    if exponent == Fraction(1, 2):
        return f"sqrt({text(base)})"
    shown = str(exponent) if exponent.denominator == 1 else f"({exponent})"
    return f"{_inside(base, 4)}**{shown}"


def _fraction_text(upper: list[str], below: list[Node], number: Fraction) -> str:
    """upper / (number.denominator * below), with a whole coefficient in front."""
    front = [str(number.numerator)] if number.numerator != 1 or not upper else []
    result = "*".join(front + upper)
    lower = ([str(number.denominator)] if number.denominator != 1 else []) + [_inside(p, 3) for p in below]
    if not lower:
        return result
    return f"{result}/{lower[0]}" if len(lower) == 1 else f"{result}/({'*'.join(lower)})"


def above_and_below(parts: tuple[Node, ...]) -> tuple[list[Node], list[Node]]:
    """The factors above the line of a fraction, and those below it."""
    above = [p for p in parts if not _is_below(p)]
    return above, [power(p.parts[0], -Fraction(p.value)) for p in parts if _is_below(p)]


def _entries_text(node: Node) -> str:
    above, below = above_and_below(node.parts)
    return _fraction_text([_inside(p, 3) for p in above], below, Fraction(1))


def _term_text(node: Node) -> str:
    coefficient = Fraction(node.value)
    sign, size = ("-" if coefficient < 0 else ""), abs(coefficient)
    array = node.parts[-1] if node.parts and node.rank else None
    above, below = above_and_below(node.parts[:-1] if array is not None else node.parts)
    upper = [_inside(p, 3) for p in above]
    if array is not None and _is_below(array):
        below, array = [*below, power(array.parts[0], -Fraction(array.value))], None
    if array is not None and array.kind == "entries":
        more, less = above_and_below(array.parts)
        upper, below = upper + [_inside(p, 3) for p in more], below + less
    elif array is not None:
        upper.append(_inside(array, 2))
    return sign + _fraction_text(_scalar_chain(node, upper), below, size)


def _scalar_chain(node: Node, upper: list[str]) -> list[str]:
    """A lone scalar product needs no brackets: 2*x @ A @ x, not 2*(x @ A @ x)."""
    above, _ = above_and_below(node.parts)
    alone = not node.rank and len(above) == 1 and above[0].kind == "chain"
    return [text(above[0])] if alone else upper


def _sum_text(node: Node) -> str:
    parts = [text(p) if p.kind != "sum" or not k else f"({text(p)})" for k, p in enumerate(node.parts)]
    result = parts[0]
    for part in parts[1:]:
        result += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return result


_TEXT = {
    "name": lambda node: str(node.value),
    "call": _call_text,
    "T": lambda node: f"{_inside(node.parts[0], 5)}.T",
    "chain": lambda node: " @ ".join(_inside(p, 3) for p in node.parts),
    "entries": _entries_text,
    "power": _power_text,
    "term": _term_text,
    "sum": _sum_text,
}
