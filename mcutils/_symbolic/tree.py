"""Matrix formulas as small trees: made with transposes pushed inwards, printed as text that `parse` reads, or as LaTeX.

A node knows its rank (0 scalar, 1 vector, 2 matrix), because text needs none but LaTeX must write x @ A @ x as xᵀAx.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from mcutils._symbolic.core import Axis
from mcutils._symbolic.written_sizes import written_axis


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

_LEVEL = {"sum": 1, "term": 2, "chain": 2, "entries": 2, "power": 3, "T": 4, "call": 5, "name": 5}


def text(node: Node) -> str:
    """The formula in matrix notation."""
    return _TEXT[node.kind](node)


def _inside(node: Node, level: int) -> str:
    below = _is_below(node) and level > 2
    return f"({text(node)})" if _LEVEL[node.kind] < level or below else text(node)


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


def _over(parts: tuple[Node, ...]) -> tuple[list[Node], list[Node]]:
    above = [p for p in parts if not _is_below(p)]
    return above, [power(p.parts[0], -Fraction(p.value)) for p in parts if _is_below(p)]


def _entries_text(node: Node) -> str:
    above, below = _over(node.parts)
    return _fraction_text([_inside(p, 3) for p in above], below, Fraction(1))


def _term_text(node: Node) -> str:
    coefficient = Fraction(node.value)
    sign, size = ("-" if coefficient < 0 else ""), abs(coefficient)
    array = node.parts[-1] if node.parts and node.rank else None
    above, below = _over(node.parts[:-1] if array is not None else node.parts)
    upper = [_inside(p, 3) for p in above]
    if array is not None and _is_below(array):
        below, array = [*below, power(array.parts[0], -Fraction(array.value))], None
    if array is not None and array.kind == "entries":
        more, less = _over(array.parts)
        upper, below = upper + [_inside(p, 3) for p in more], below + less
    elif array is not None:
        upper.append(_inside(array, 2))
    return sign + _fraction_text(_scalar_chain(node, upper), below, size)


def _scalar_chain(node: Node, upper: list[str]) -> list[str]:
    """A lone scalar product needs no brackets: 2*x @ A @ x, not 2*(x @ A @ x)."""
    above, _ = _over(node.parts)
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

# ---------------------------------------------------------------- LaTeX


def latex(node: Node) -> str:
    """The formula as LaTeX, with vectors as columns."""
    return _LATEX[node.kind](node)


def _inside_latex(node: Node, level: int) -> str:
    return f"\\left({latex(node)}\\right)" if _LEVEL[node.kind] < level else latex(node)


def _base_latex(node: Node) -> str:
    """A node that is about to get a superscript; it needs brackets where it ends in one, or in a bar."""
    if node.kind == "name" or (node.kind == "call" and node.value not in {"inv", "logdet"}):
        return latex(node)
    return f"\\left({latex(node)}\\right)"


def _transpose_latex(node: Node) -> str:
    (inner,) = node.parts
    if inner.kind == "call" and inner.value == "inv":
        return f"{_base_latex(inner.parts[0])}^{{-\\top}}"
    return f"{_base_latex(inner)}^\\top"


def latex_name(text: str) -> str:
    """A symbol's name as LaTeX: Greek letters by name, digits at the end below, long names upright."""
    if text.startswith(("I(", "ones(", "zeros(", "commutation(", "duplication(")):
        function, _, axes = text.rstrip(")").replace('"', "").partition("(")
        sign = {"I": "I", "ones": r"\mathbf{1}", "zeros": "0", "commutation": "K", "duplication": "D"}[function]
        return f"{sign}_{{{axes.replace('*', '').replace(' ', '')}}}"
    if (axis := written_axis(text)) is not None:
        return f"\\operatorname{{sum}}\\left({latex_name(f'ones({axis})')}\\right)"
    stem = text.rstrip("0123456789").rstrip("_")
    below = text[len(stem) :].strip("_")
    if stem.lower() in _GREEK:
        stem = "\\" + stem
    elif len(stem) > 1:
        stem = f"\\mathrm{{{stem.replace('_', chr(92) + '_')}}}"
    return f"{stem}_{{{below}}}" if below else stem


_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)


def _call_latex(node: Node) -> str:
    function, _, axis = str(node.value).partition("|")
    if function == "inv":
        return f"{_base_latex(node.parts[0])}^{{-1}}"
    if function in {"kron", "outer"}:
        left, right = (_inside_latex(p, 3) for p in node.parts)
        if function == "outer":
            return f"{left} {_base_latex(node.parts[1])}^\\top"
        return f"\\left({left} \\otimes {right}\\right)"
    if function == "logdet":
        return f"\\log\\left|\\det {_inside_latex(node.parts[0], 4)}\\right|"
    args = [latex(p) for p in node.parts]  # only here: written twice at each level, a nest would double with every one
    if function == "norm2":
        return f"\\left\\lVert {args[0]} \\right\\rVert"
    if function == "sqrt":
        return f"\\sqrt{{{args[0]}}}"
    sign = (
        f"\\{function}" if function in {"exp", "log", "tanh", "sin", "cos", "det"} else f"\\operatorname{{{function}}}"
    )
    below = f"_{{{axis}}}" if axis else ""
    return f"{sign}{below}\\left({', '.join(args)}\\right)"


def _chain_latex(node: Node) -> str:
    first, *rest = node.parts
    front = f"{_base_latex(first)}^\\top" if first.rank == 1 else _inside_latex(first, 3)
    return " ".join([front, *(_inside_latex(p, 3) for p in rest)])


def _power_latex(node: Node) -> str:
    (base,), exponent = node.parts, Fraction(node.value)
    if exponent == Fraction(1, 2):
        return f"\\sqrt{{{latex(base)}}}"
    circle = r"\circ " if node.rank else ""
    return f"{_base_latex(base)}^{{{circle}{exponent}}}"


def _term_latex(node: Node) -> str:
    coefficient = Fraction(node.value)
    size = abs(coefficient)
    number = str(size) if size.denominator == 1 else f"\\tfrac{{{size.numerator}}}{{{size.denominator}}}"
    array = node.parts[-1:] if node.rank else ()
    scalars = node.parts[: len(node.parts) - len(array)]
    above, below = _over(scalars)
    if below and len(above) == 1:
        over = [latex(above[0])]
    else:
        over = [_inside_latex(p, 3 if len(node.parts) > 1 else 2) for p in above]
    shown = over
    if below:
        under = [latex(p) if len(below) == 1 else _inside_latex(p, 3) for p in below]
        shown = [f"\\frac{{{' '.join(over) or 1}}}{{{' '.join(under)}}}"]
    shown += [_inside_latex(p, 2) for p in array]
    return ("-" if coefficient < 0 else "") + " ".join(([number] if size != 1 or not shown else []) + shown)


def _sum_latex(node: Node) -> str:
    parts = [latex(p) for p in node.parts]
    return parts[0] + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in parts[1:])


_LATEX = {
    "name": lambda node: latex_name(str(node.value)),
    "call": _call_latex,
    "T": _transpose_latex,
    "chain": _chain_latex,
    "entries": lambda node: " \\circ ".join(_inside_latex(p, 3) for p in node.parts),
    "power": _power_latex,
    "term": _term_latex,
    "sum": _sum_latex,
}
