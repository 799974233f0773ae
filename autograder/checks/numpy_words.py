"""NumPy's functions and methods in the notation's words: ``np.dot(A, x)`` is ``A @ x``, ``A.transpose()`` is ``A.T``.

A text that has none of them, or cannot be read, comes back as it is; nothing is evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping

MODULES = frozenset({"np", "numpy", "mc", "mcutils", "math"})
_SEEN = re.compile(
    r"\b(?:np|numpy|mc|mcutils|math)\.|\.(?:dot|transpose|sum|trace)\b"
    r"|\b(?:dot|matmul|transpose|trace|eye|I|ones|zeros|commutation|duplication)\("
)
_SAME = frozenset(["exp", "log", "tanh", "sqrt", "sin", "cos", "inv", "det", "outer", "kron", "diag", "sum", "vec"])
_RENAMED = {
    "trace": "tr",
    "norm": "norm2",
    "commutation_matrix": "commutation",
    "duplication_matrix": "duplication",
    "eye": "I",
    "identity": "I",
}
_BY_AXES = frozenset({"I", "ones", "zeros", "commutation", "duplication"})
_BARE = frozenset({"dot", "matmul", "transpose", "trace", "eye"})


def _between(operator: ast.operator) -> Callable[[ast.expr, ast.expr], ast.expr]:
    return lambda a, b: ast.BinOp(a, operator, b)


def _call(name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


def _transposed(a: ast.expr) -> ast.expr:
    return ast.Attribute(a, "T", ast.Load())


_OF_TWO: Mapping[str, Callable[[ast.expr, ast.expr], ast.expr]] = {
    "dot": _between(ast.MatMult()),
    "matmul": _between(ast.MatMult()),
    "multiply": _between(ast.Mult()),
    "divide": _between(ast.Div()),
    "add": _between(ast.Add()),
    "subtract": _between(ast.Sub()),
    "power": _between(ast.Pow()),
    "solve": lambda a, b: ast.BinOp(_call("inv", a), ast.MatMult(), b),
    "frobenius": lambda a, b: _call("sum", ast.BinOp(a, ast.Mult(), b)),
}
_OF_ONE: Mapping[str, Callable[[ast.expr], ast.expr]] = {
    "transpose": _transposed,
    "square": lambda a: ast.BinOp(a, ast.Pow(), ast.Constant(2)),
    "array": lambda a: a,
    "asarray": lambda a: a,
    "negative": lambda a: ast.UnaryOp(ast.USub(), a),
}


def in_own_words(text: str, symbols: Collection[str] = ()) -> str:
    """Return a formula with NumPy's words replaced by the notation's own.

    Args:
        text: what was typed.
        symbols: names that are no functions here.
    """
    if not _SEEN.search(text):
        return text
    try:
        before = ast.parse(text, mode="eval")
        after = _Words(symbols).visit(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    return text if ast.dump(before) == ast.dump(after) else ast.unparse(after)


class _Words(ast.NodeTransformer):
    def __init__(self, symbols: Collection[str]) -> None:
        self.symbols = symbols

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a call of NumPy's; leave what is none of them for the reader to name."""
        self.generic_visit(node)
        of_module = self._of_module(node.func)
        if of_module:
            return self._replaced(of_module, node.args, node.keywords) or node
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"dot", "transpose", "sum", "trace"}:
            return self._replaced(node.func.attr, [node.func.value, *node.args], node.keywords) or node
        if isinstance(node.func, ast.Name) and node.func.id in _BARE | _BY_AXES and node.func.id not in self.symbols:
            return self._replaced(node.func.id, node.args, node.keywords) or node
        return node

    def _of_module(self, node: ast.expr) -> str | None:
        """The function's name in ``np.exp`` or ``np.linalg.inv``."""
        if not isinstance(node, ast.Attribute):
            return None
        owner = node.value
        if isinstance(owner, ast.Attribute) and owner.attr == "linalg":
            owner = owner.value
        known = isinstance(owner, ast.Name) and owner.id in MODULES and owner.id not in self.symbols
        return node.attr if known else None

    def _replaced(self, name: str, args: list[ast.expr], keywords: list[ast.keyword]) -> ast.expr | None:
        own = name if name in _SAME | _BY_AXES else _RENAMED.get(name)
        if own in _BY_AXES and own is not None and not keywords:
            each = args[0].elts if len(args) == 1 and isinstance(args[0], ast.Tuple) else args
            return _call(own, *map(_axis, each))
        if own is not None:
            return ast.Call(ast.Name(own, ast.Load()), args, keywords)
        if keywords:
            return None
        if len(args) == 2 and name in _OF_TWO:
            return _OF_TWO[name](*args)
        return _OF_ONE[name](*args) if len(args) == 1 and name in _OF_ONE else None


def _axis(node: ast.expr) -> ast.expr:
    """The axis in quotes: of n, or of a product of such names."""
    parts = (ast.Name, ast.BinOp, ast.Mult, ast.Load)
    named = all(isinstance(part, parts) for part in ast.walk(node))
    return ast.Constant(ast.unparse(node).replace(" ", "")) if named else node
