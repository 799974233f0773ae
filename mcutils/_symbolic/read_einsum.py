"""Einsum notation in: ``2*np.einsum("ij,j->i", A, x) - b``, read from Python's syntax tree and never evaluated.

Separate from `read_matrix`, whose grammar it shares but for products: here they are written with letters, so ``@`` and
the functions that stand for products of matrices are refused.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from mcutils._errors import ShapeError
from mcutils._symbolic import algebra
from mcutils._symbolic.core import Axis, Factor, Head, Tensor, bracket, fresh
from mcutils._symbolic.read_matrix import Reader, read_tree
from mcutils._symbolic.sizes import shape

MODULES = frozenset({"np", "numpy", "jnp", "torch"})
PRODUCTS = frozenset({"tr", "vec", "kron", "outer", "norm2", "diag", "commutation", "duplication"})
EXAMPLE = 'einsum("ij,j->i", A, x)'


def read_einsum(text: str, symbols: Mapping[str, Head]) -> tuple[Tensor, tuple[str, ...]]:
    """Read an expression in einsum notation.

    Args:
        text: such as ``'einsum("ij,j->i", A, x)'``; without ``->`` the letters that stand once are the result's, in
            alphabetical order, as in NumPy.
        symbols: the declared symbols.

    Returns:
        The expression, and the conditions under which it is defined.

    Raises:
        ShapeError: a letter runs over two axes, or an array has more or fewer axes than letters.
        ValueError: the text is not in the grammar; the message says what to write.
    """
    return read_tree(text, symbols, _Reader, EXAMPLE)


class _Reader(Reader):
    """Reads einsum calls, and everything entry by entry, with any number of axes."""

    filled = tuple(range(1, 9))

    def _operator(self, node: ast.BinOp, a: Tensor) -> Tensor:
        if isinstance(node.op, ast.MatMult):
            raise ValueError(f"{self.part(node)}: in einsum notation a product has letters, such as {EXAMPLE}")
        return super()._operator(node, a)

    def _call(self, node: ast.Call) -> Tensor:
        function = node.func
        if (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in MODULES
        ):
            function = ast.Name(function.attr, ast.Load())
            node = ast.copy_location(ast.Call(function, node.args, node.keywords), node)
        if not isinstance(function, ast.Name) or function.id in self.symbols:
            return super()._call(node)
        if function.id == "einsum":
            return self._einsum(node)
        if function.id in PRODUCTS:
            raise ValueError(
                f"{self.part(node)}: in einsum notation {function.id} is written with letters, as {EXAMPLE}"
            )
        return super()._call(node)

    def _axis(self, node: ast.expr, call: ast.Call) -> Axis:
        return super()._axis(ast.Constant(ast.unparse(node)) if isinstance(node, ast.Name | ast.BinOp) else node, call)

    def _einsum(self, node: ast.Call) -> Tensor:
        here = self.part(node)
        if node.keywords:
            raise ValueError(f"{here}: einsum takes its letters and its arrays here, and no {node.keywords[0].arg}=")
        first = node.args[0] if node.args else None
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            raise ValueError(f"{here}: the letters come first, in quotes, such as {EXAMPLE}")
        taken, given = _letters(first.value, here)
        if len(taken) != len(node.args) - 1:
            raise ValueError(
                f"{here}: the letters are of {len(taken)} arrays, and {len(node.args) - 1} are given; put a comma "
                "between the letters of two arrays"
            )
        operands = [self.read(arg) for arg in node.args[1:]]
        return self._contracted(taken, given, operands, node)

    def _contracted(self, taken: Sequence[str], given: str, operands: Sequence[Tensor], node: ast.Call) -> Tensor:
        axes: dict[str, Axis] = {}
        for letters, operand, arg in zip(taken, operands, node.args[1:], strict=True):
            name = self.part(arg)
            if len(letters) != len(operand.axes):
                raise ShapeError(f"{name} is {shape(operand.axes)}, and its letters are {letters!r}; one for each axis")
            for letter, axis in zip(letters, operand.axes, strict=True):
                if axes.setdefault(letter, axis) != axis:
                    raise ShapeError(f"the letter {letter} runs over {axes[letter]} before and over {axis} in {name}")
        slots = {letter: fresh() for letter in axes}
        factors = list[Factor]()
        for letters, operand in zip(taken, operands, strict=True):
            factors += bracket(operand, [slots[letter] for letter in letters])
        return algebra.closed([slots[letter] for letter in given], [axes[letter] for letter in given], *factors)


def _letters(text: str, here: str) -> tuple[list[str], str]:
    """Read the letters of each array, and those of the result, by NumPy's rules."""
    spec = text.replace(" ", "")
    if "." in spec:
        raise ValueError(f"{here}: '...' stands for axes without letters; give every axis a letter")
    left, arrow, right = spec.partition("->")
    wrong = next((sign for sign in left.replace(",", "") + right if not (sign.isascii() and sign.isalpha())), None)
    if wrong is not None:
        raise ValueError(f"{here}: {wrong!r} is no letter; write letters, commas and one ->, such as {EXAMPLE}")
    met = left.replace(",", "")
    if not arrow:
        return left.split(","), "".join(sorted(letter for letter in set(met) if met.count(letter) == 1))
    for letter in right:
        if letter not in met:
            raise ValueError(f"{here}: the letter {letter} of the result stands on no array")
        if right.count(letter) > 1:
            raise ValueError(f"{here}: the letter {letter} stands twice in the result; a diagonal matrix needs I(n)")
    return left.split(","), right
