"""Matrix formulas as trees that can be changed in one place and evaluated as they then stand.

Separate from the symbolic engine on purpose: the engine's normal form forgets the order of factors, where a transpose
stood and which rule was used, and these are what mistakes are made of. A tree keeps them. It is read from text that the
engine has accepted (a question, or a derivative that it printed), so nothing here checks shapes or names.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

MOST_PARTS = 120  # of a formula; a larger one is left alone

SCALARS = frozenset({"tr", "det", "logdet", "norm2"})
MAPPED = frozenset({"exp", "log", "tanh", "sigmoid", "relu", "step", "sin", "cos", "sqrt"})
CONSTANTS = {"I": 2, "commutation": 2, "duplication": 2}


class Tree(NamedTuple):
    """One operation.

    Kinds: ``name`` and ``number`` (value), ``+ - * / **`` (two parts), ``@`` (two or more), ``neg``, ``T``, the name of
    a function (value is its axis) and the name of a constant (value holds its axes).
    """

    kind: str
    rank: int
    parts: tuple[Tree, ...] = ()
    value: object = None

    def __str__(self) -> str:
        return text(self)


Path = tuple[int, ...]
_SIGNS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
}


def read(formula: str, ranks: Mapping[str, int]) -> Tree:
    """Read a formula.

    Args:
        formula: matrix notation that the engine has read or printed.
        ranks: the number of axes of each symbol; any other name is the length of an axis.

    Raises:
        ValueError: the formula is too large to try mistakes on.
    """
    body = ast.parse(formula.strip(), mode="eval").body
    if sum(1 for _ in ast.walk(body)) > 4 * MOST_PARTS:
        raise ValueError("too large")
    return _read(body, ranks)


def _read(node: ast.expr, ranks: Mapping[str, int]) -> Tree:
    match node:
        case ast.Name(id=name):
            return Tree("name", ranks.get(name, 0), (), name)
        case ast.Constant(value=int() | float() as value):
            return number(value)
        case ast.UnaryOp(op=op, operand=operand):
            return negative(_read(operand, ranks)) if isinstance(op, ast.USub) else _read(operand, ranks)
        case ast.Attribute(value=value):
            return transpose(_read(value, ranks))
        case ast.BinOp(left=left, op=op, right=right):
            return binary(_SIGNS[type(op)], _read(left, ranks), _read(right, ranks))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            if name in CONSTANTS or name in {"ones", "zeros"}:
                axes = tuple(str(arg.value) for arg in args if isinstance(arg, ast.Constant))
                return Tree(name, CONSTANTS.get(name, len(axes)), (), axes)
            axis = ast.literal_eval(keywords[0].value) if keywords else None
            return function(name, *(_read(arg, ranks) for arg in args), axis=axis)
    raise ValueError(f"not a formula: {ast.unparse(node)}")


# --- building -------------------------------------------------------------------------------------


def number(value: float) -> Tree:
    """A number."""
    return Tree("number", 0, (), value)


def negative(tree: Tree) -> Tree:
    """-a."""
    return Tree("neg", tree.rank, (tree,))


def transpose(tree: Tree) -> Tree:
    """a.T, and a itself for a.T.T or a vector."""
    if tree.kind == "T":
        return tree.parts[0]
    return Tree("T", tree.rank, (tree,)) if tree.rank == 2 else tree


def binary(sign: str, a: Tree, b: Tree) -> Tree:
    """Two parts under an operator; products of matrices are one chain as far as brackets do not matter."""
    if sign != "@":
        return Tree(sign, a.rank if sign == "**" else max(a.rank, b.rank), (a, b))
    left = a.parts if a.kind == "@" and a.parts[-1].rank == 2 else (a,)
    ends = a.kind == "@" and a.parts[-1].rank < 2  # (A @ x) @ (B @ x) stays as it is written
    right = b.parts if b.kind == "@" and b.parts[0].rank == 2 and not ends else (b,)
    return chain(*left, *right)


def chain(*parts: Tree) -> Tree:
    """a @ b @ ..., from the left."""
    if len(parts) == 1:
        return parts[0]
    return Tree("@", max(0, sum(part.rank for part in parts) - 2 * (len(parts) - 1)), parts)


def function(name: str, *parts: Tree, axis: int | None = None) -> Tree:
    """A function of its arguments."""
    rank = max(part.rank for part in parts)
    if name in SCALARS:
        rank = 0
    elif name == "sum":
        rank = 0 if axis is None else rank - 1
    elif name in {"outer", "kron"}:
        rank = 2
    elif name == "diag":
        rank = 3 - rank
    elif name == "vec":
        rank = 1
    return Tree(name, rank, parts, axis)


# --- walking and changing -------------------------------------------------------------------------


def walk(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Every part with its place, the whole first."""
    yield path, tree
    for k, part in enumerate(tree.parts):
        yield from walk(part, (*path, k))


def at(tree: Tree, path: Path) -> Tree:
    """The part at a place."""
    for k in path:
        tree = tree.parts[k]
    return tree


def replaced(tree: Tree, path: Path, new: Tree) -> Tree:
    """The tree with another part at one place."""
    if not path:
        return new
    k, rest = path[0], path[1:]
    return tree._replace(parts=(*tree.parts[:k], replaced(tree.parts[k], rest, new), *tree.parts[k + 1 :]))


def everywhere(tree: Tree, change: Callable[[Tree], Tree | None]) -> Tree:
    """The tree with every part changed that ``change`` does not return None for, the inner ones first."""
    inside = tree._replace(parts=tuple(everywhere(part, change) for part in tree.parts))
    return change(inside) or inside


def names(tree: Tree) -> frozenset[str]:
    """The names that occur."""
    return frozenset(str(part.value) for _, part in walk(tree) if part.kind == "name")


def summands(tree: Tree, path: Path = (), sign: int = 1) -> Iterator[tuple[Path, Tree, int]]:
    """The parts that are added or subtracted at the top, each without its sign, and that sign."""
    if tree.kind in {"+", "-", "neg"}:
        for k, part in enumerate(tree.parts):
            turned = tree.kind == "neg" or (tree.kind == "-" and k == 1)
            yield from summands(part, (*path, k), -sign if turned else sign)
    else:
        yield path, tree, sign


# --- text -----------------------------------------------------------------------------------------

_LEVELS = {"+": 1, "-": 1, "neg": 2, "*": 2, "/": 2, "@": 2, "**": 3, "T": 4}


def text(tree: Tree) -> str:
    """The formula as a person writes it."""
    if tree.kind == "name":
        return str(tree.value)
    if tree.kind == "number":
        return str(Fraction(str(tree.value)).limit_denominator(10**6)) if tree.value else "0"
    if tree.kind in {"+", "-"}:
        return f"{_inside(tree.parts[0], 1)} {tree.kind} {_inside(tree.parts[1], 2)}"
    if tree.kind in {"*", "/"}:
        return f"{_inside(tree.parts[0], 3)}{tree.kind}{_inside(tree.parts[1], 3)}"
    if tree.kind == "@":
        return " @ ".join(_inside(part, 3) for part in tree.parts)
    if tree.kind == "**":
        return f"{_inside(tree.parts[0], 4)}**{_inside(tree.parts[1], 4)}"
    if tree.kind == "neg":
        return f"-{_inside(tree.parts[0], 2)}"
    if tree.kind == "T":
        return f"{_inside(tree.parts[0], 4)}.T"
    if isinstance(tree.value, tuple):
        inside = ", ".join(f'"{axis}"' for axis in tree.value)
    else:
        inside = ", ".join(map(text, tree.parts)) + ("" if tree.value is None else f", axis={tree.value}")
    return f"{tree.kind}({inside})"


def _inside(tree: Tree, level: int) -> str:
    return f"({text(tree)})" if _LEVELS.get(tree.kind, 5) < level else text(tree)
