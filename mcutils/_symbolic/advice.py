"""What to write instead of a product that does not fit, as text that can be typed as it stands.

Separate from the reader of matrix notation, which knows what does not fit; this module knows what was probably meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mcutils._symbolic.core import Axis


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
