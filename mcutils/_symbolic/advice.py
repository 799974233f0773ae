"""What to write instead of a product that does not fit or a name that is not there, as text that can be typed.

Separate from the reader of matrix notation, which knows what does not fit; this module knows what was probably meant.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcutils._symbolic.core import Axis, Head
from mcutils._symbolic.sizes import FUNCTIONS


@dataclass(frozen=True)
class Operand:
    """One side of a product: its text, its tree and its axes."""

    text: str
    node: ast.expr
    axes: tuple[Axis, ...]

    @property
    def factor(self) -> str:
        """The text as a factor of a product, in brackets where it is a sum or a product itself."""
        return self.text if isinstance(self.node, ast.Name | ast.Call | ast.Attribute) else f"({self.text})"

    @property
    def left_factor(self) -> str:
        """The text as the first factor of a matrix product, where a product before it needs no brackets."""
        product = isinstance(self.node, ast.BinOp) and isinstance(self.node.op, ast.MatMult | ast.Mult)
        return self.text if product else self.factor


def instead_of_elementwise(a: Operand, b: Operand) -> str:
    """Say what was meant by an elementwise product of a and b, whose axes differ."""
    ways = []
    if a.axes and b.axes and a.axes[-1] == b.axes[0]:
        ways.append(f"for the product write {a.factor} @ {b.factor}")
    for vector, matrix in ((a, b), (b, a)):
        if (len(vector.axes), len(matrix.axes)) == (1, 2):
            ways += _to_scale(vector, matrix)
    return "; ".join(ways) or "elementwise factors need the same axes"


def _to_scale(vector: Operand, matrix: Operand) -> Iterator[str]:
    """NumPy would stretch the vector over rows or columns; a diagonal matrix says which."""
    if vector.axes[0] == matrix.axes[0]:
        yield f"to scale rows write diag({vector.text}) @ {matrix.factor}"
    if vector.axes[0] == matrix.axes[1]:
        yield f"to scale columns write {matrix.factor} @ diag({vector.text})"


def instead_of_caret(base: Operand, exponent: str) -> str:
    """Say how a power is written; of a matrix there are two, and ** is the one of every entry."""
    square = len(base.axes) == 2 and base.axes[0] == base.axes[1]
    if square and exponent == "-1":
        return f"for the inverse write inv({base.text}), for 1 over every entry 1/{base.factor}"
    if square and exponent in {"2", "3"}:
        product = " @ ".join([base.factor] * int(exponent))
        return f"for the matrix product write {product}, for the power of every entry {base.factor}**{exponent}"
    return "write ** for a power"


def unknown_name(name: str, symbols: Mapping[str, Head]) -> str:
    """Say what a name may stand for that is no symbol: a product without a sign, another letter, the number e."""
    parts = next(_split(name, symbols), None)
    if parts:
        product = parts[0]
        for left, right in itertools.pairwise(parts):
            product += f" @ {right}" if symbols[left].axes and symbols[right].axes else f"*{right}"
        hint = f"; for a product write {product}"
    elif name == "e":
        hint = "; for e to the power u write exp(u)"
    else:
        other = next((symbol for symbol in symbols if symbol.lower() == name.lower()), None)
        hint = f"; capital and small letters differ: perhaps {other}" if other else ""
    return f"unknown name {name!r}{hint}; the symbols here are {', '.join(symbols) or 'none'}"


def _split(name: str, symbols: Mapping[str, Head]) -> Iterator[tuple[str, ...]]:
    """The ways to read a name as several symbols side by side."""
    for symbol in sorted(symbols, key=len, reverse=True):
        if name.startswith(symbol) and len(name) <= 12:
            rest = name.removeprefix(symbol)
            yield from ((symbol, *parts) for parts in ([()] if not rest else _split(rest, symbols)))


def unknown_function(name: str, symbols: Mapping[str, Head]) -> str:
    """Say what to write instead of a function that there is not."""
    if name in symbols:
        hint = f"for the product write {name} {'@' if symbols[name].axes else '*'} ..."
    elif name.lower() in FUNCTIONS - {"delta"}:
        hint = f"write {name.lower()}(...)"
    else:
        hint = _OTHER_NAMES.get(name) or f"there are {', '.join(sorted(FUNCTIONS - {'delta'}))}"
    return f"unknown function {name!r}; {hint}"


def without_arguments(name: str) -> str:
    """Say how a function is called whose bare name was written."""
    argument = {"I": '"n"', "ones": '"n"', "zeros": '"n"', "duplication": '"n"', "commutation": '"m", "n"'}.get(name)
    what = "the name of an axis" if argument else "an argument"
    return f"{name} is a function; give it {what}, {name}({argument or '...'})"


_OTHER_NAMES = {
    "trace": "write tr(...)",
    "transpose": "write A.T",
    "dot": "write a @ b",
    "norm": "write norm2(...)",
    "eye": 'write I("n")',
    "ln": "write log(...)",
    "abs": "it has no derivative at 0 and is not read here",
}
