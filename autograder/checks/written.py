"""A formula as it is written: what two lines must share to be one line twice, whatever their values.

Separate from the engine because its normal form is too strong here: it knows that tr(A @ B) is tr(B @ A), so a cyclic
move, which is a step of a derivation, would look like no step. The notion of this module sees the text alone. Free are
spaces, brackets, the order of summands and of ``*`` factors, where scalars and signs stand, collecting equal terms, a
sum that cancels, factors 1 and I, a transpose taken twice or of what has no columns. Everything else is a move: a
cyclic shift, a transpose, a bracket multiplied out or taken together, a rule for d.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from autograder.checks.sizes import Symbol

RANKS = {
    "tr": 0, "det": 0, "logdet": 0, "norm2": 0, "vec": 1, "kron": 2, "outer": 2, "I": 2, "commutation": 2,
    "duplication": 2,
}  # fmt: skip
LINEAR = frozenset({"tr", "sum", "vec", "diag", "kron", "outer"})


class Product(NamedTuple):
    """A term without its coefficient: scalar factors in order of text, and the links of one chain of matrices."""

    scalars: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class Sum(NamedTuple):
    """Terms with their coefficients, and the rank of what they add up to."""

    rank: int
    terms: Mapping[Product, Fraction]


def tree_of(text: str) -> ast.expr:
    """Return the syntax tree of a formula that the engine has read."""
    return ast.parse(text.strip(), mode="eval").body


def canonical(node: ast.expr, symbols: Mapping[str, Symbol]) -> str:
    """Return the text that two formulas share where one only repeats the other.

    >>> square = {"A": Symbol("A", ("n", "n"), frozenset()), "x": Symbol("x", ("n",), frozenset())}
    >>> canonical(tree_of("(x @ A) @ x * 2 + 0*x@x"), square) == canonical(tree_of("2*x @ (A @ x)"), square)
    True
    """
    return _text(_Writer(symbols).read(node))


def rank_of(node: ast.expr, symbols: Mapping[str, Symbol]) -> int:
    """Return how many axes a formula's value has."""
    return _Writer(symbols).read(node).rank


def summands(node: ast.expr, sign: int = 1) -> Iterator[tuple[int, ast.expr]]:
    """Yield the terms of a formula with their signs, as they stand there."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from summands(node.left, sign)
        yield from summands(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    elif isinstance(node, ast.UnaryOp):
        yield from summands(node.operand, -sign if isinstance(node.op, ast.USub) else sign)
    else:
        yield sign, node


def links(node: ast.expr) -> list[ast.expr]:
    """Return the factors of a matrix product, brackets opened."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return links(node.left) + links(node.right)
    return [node]


def holds(node: ast.AST, name: str) -> bool:
    """Whether a symbol occurs in a formula."""
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def occurrences(text: str, name: str) -> int:
    """Count a symbol in a text."""
    return len(re.findall(rf"\b{re.escape(name)}\b", text))


def _text(whole: Sum) -> str:
    return " + ".join(sorted(f"{c}*{_term(p)}" for p, c in whole.terms.items())) or "0"


def _term(product: Product) -> str:
    return " * ".join([*product.scalars, *([" @ ".join(product.links)] if product.links else [])]) or "1"


def _single(whole: Sum) -> tuple[Fraction, Product]:
    """Write a sum as one factor with a number before it."""
    if len(whole.terms) == 1:
        ((product, coefficient),) = whole.terms.items()
        return coefficient, product
    if not whole.terms:
        return Fraction(0), Product()
    content = whole.terms[min(whole.terms)]
    inside = f"({_text(Sum(whole.rank, {p: c / content for p, c in whole.terms.items()}))})"
    return content, Product((), (inside,)) if whole.rank else Product((inside,))


def _one(rank: int, coefficient: Fraction, scalars: tuple[str, ...], array: tuple[str, ...] = ()) -> Sum:
    """Make a sum of one term; a product that has become a scalar is one of the scalars."""
    if not rank and array:
        scalars, array = (*scalars, " @ ".join(array)), ()
    return Sum(rank, {Product(tuple(sorted(scalars)), array): coefficient} if coefficient else {})


class _Writer:
    """Reads one syntax tree, a method for each kind of node."""

    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        self.symbols = symbols

    def read(self, node: ast.expr) -> Sum:
        """Read any node."""
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](self, node)
        return _NODES[type(node)](self, node)

    def text(self, node: ast.expr) -> str:
        """Read a node and write it."""
        return _text(self.read(node))

    def number(self, node: ast.Constant) -> Sum:
        """A number is a coefficient of nothing."""
        return _one(0, Fraction(str(node.value)), ())

    def name(self, node: ast.Name) -> Sum:
        """A symbol, or the size of an axis."""
        rank = len(self.symbols[node.id].axes) if node.id in self.symbols else 0
        return _one(rank, Fraction(1), (), (node.id,))

    def signed(self, node: ast.UnaryOp) -> Sum:
        """A sign is part of the coefficients."""
        whole = self.read(node.operand)
        sign = -1 if isinstance(node.op, ast.USub) else 1
        return Sum(whole.rank, {p: sign * c for p, c in whole.terms.items()})

    def added(self, node: ast.BinOp) -> Sum:
        """Equal terms are collected."""
        left, right = self.read(node.left), self.read(node.right)
        sign = 1 if isinstance(node.op, ast.Add) else -1
        total = dict(left.terms)
        for product, coefficient in right.terms.items():
            total[product] = total.get(product, Fraction(0)) + sign * coefficient
        return Sum(max(left.rank, right.rank), {p: c for p, c in total.items() if c})

    def multiplied(self, node: ast.BinOp) -> Sum:
        """Numbers go in front, scalars and the factors of an entrywise product in the order of their texts."""
        parts = [(self.read(part), below) for part, below in _factors(node)]
        numbers = [(p, below) for p, below in parts if set(p.terms) <= {Product()}]
        others = [(p, below) for p, below in parts if not set(p.terms) <= {Product()}]
        scale = Fraction(1)
        for part, below in numbers:
            value = part.terms.get(Product(), Fraction(0))
            scale = scale / value if below else scale * value
        if len(others) == 1 and not others[0][1]:
            whole = others[0][0]
            return Sum(whole.rank, {p: scale * c for p, c in whole.terms.items()} if scale else {})
        return self._joined(scale, others)

    def _joined(self, scale: Fraction, parts: list[tuple[Sum, bool]]) -> Sum:
        scalars, arrays = list[str](), list[tuple[str, ...]]()
        for part, below in parts:
            coefficient, product = _single(part)
            scale = scale / coefficient if below else scale * coefficient
            whole = ((f"1/({_term(product)})",), ()) if below else (product.scalars, product.links)
            scalars += whole[0] if not below or not part.rank else ()
            arrays += [whole[0]] if below and part.rank else [whole[1]] if whole[1] else []
        rank = max((part.rank for part, _ in parts), default=0)
        if len(arrays) > 1:
            arrays = [(f"[{' . '.join(sorted(' @ '.join(links) for links in arrays))}]",)]
        return _one(rank, scale, tuple(scalars), *arrays)

    def chained(self, node: ast.BinOp) -> Sum:
        """A matrix product keeps its order; scalars leave it, and identities vanish."""
        left, right = self.read(node.left), self.read(node.right)
        (c, p), (d, q) = _single(left), _single(right)
        both = [*p.links, *q.links]
        kept = [link for link in both if not link.startswith("I(")] or both[:1]
        return _one(left.rank + right.rank - 2, c * d, p.scalars + q.scalars, tuple(kept))

    def raised(self, node: ast.BinOp) -> Sum:
        """A power is one factor; the first power is the base."""
        base, exponent = self.read(node.left), self.text(node.right)
        if exponent == "1*1":
            return base
        return _one(base.rank, Fraction(1), (), (f"({_text(base)})**({exponent})",))

    def transposed(self, node: ast.Attribute) -> Sum:
        """Two transposes cancel, and vectors, scalars and symmetric matrices have none."""
        if isinstance(node.value, ast.Attribute):
            return self.read(node.value.value)
        whole = self.read(node.value)
        if whole.rank < 2:
            return whole
        coefficient, product = _single(whole)
        inside = " @ ".join(product.links)
        symmetric = inside in self.symbols and self.symbols[inside].symmetric
        turned = inside if symmetric or inside.startswith("I(") else f"({inside}).T"
        return _one(2, coefficient, product.scalars, (turned,))

    def called(self, node: ast.Call) -> Sum:
        """Numbers and scalars leave a linear function; of another function, the argument is a text."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in {"I", "ones", "zeros", "commutation", "duplication"}:
            rank = RANKS.get(name, len(node.args))
            return _one(rank, Fraction(1), (), (ast.unparse(node),))
        args = [self.read(arg) for arg in node.args]
        rest = "".join(f", {ast.unparse(keyword)}" for keyword in node.keywords)
        rank = _rank(name, args[0].rank, bool(node.keywords))
        if name not in LINEAR:
            return _one(rank, Fraction(1), (), (f"{name}({', '.join(map(_text, args))}{rest})",))
        scale, scalars, inside = Fraction(1), tuple[str, ...](), []
        for arg in args:
            coefficient, product = _single(arg)
            scale, scalars = scale * coefficient, scalars + (product.scalars if product.links else ())
            inside.append(" @ ".join(product.links) or _term(product))
        return _one(rank, scale, scalars, (f"{name}({', '.join(inside)}{rest})",))


def _rank(name: str, argument: int, along: bool) -> int:
    if name == "sum":
        return argument - 1 if along else 0
    if name == "diag":
        return 3 - argument
    return RANKS.get(name, argument)


def _factors(node: ast.expr, below: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the factors of ``*`` and ``/``, and whether each is divided by."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from _factors(node.left, below)
        yield from _factors(node.right, below != isinstance(node.op, ast.Div))
    else:
        yield node, below


_OPERATORS: dict[type, Callable[..., Sum]] = {
    ast.Add: _Writer.added,
    ast.Sub: _Writer.added,
    ast.Mult: _Writer.multiplied,
    ast.Div: _Writer.multiplied,
    ast.MatMult: _Writer.chained,
    ast.Pow: _Writer.raised,
}
_NODES: dict[type, Callable[..., Sum]] = {
    ast.Constant: _Writer.number,
    ast.Name: _Writer.name,
    ast.UnaryOp: _Writer.signed,
    ast.Attribute: _Writer.transposed,
    ast.Call: _Writer.called,
}
