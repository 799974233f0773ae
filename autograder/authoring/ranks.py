"""How many axes an expression has, from its text: what a mutation must know to be worth a run.

Transposing a vector or swapping the sides of an inner product changes nothing, so no mutant is made of it. Where the
text does not tell, the answer is None, and mutations that depend on it are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from autograder.authoring.trees import called, operands

Ranks = Mapping[str, int]

ELEMENTWISE = ("exp", "log", "tanh", "sigmoid", "relu", "step", "sin", "cos", "sqrt", "abs", "softmax")
SAME = frozenset({*ELEMENTWISE, "cosh", "sinh", "inv", "copy", "roll", "cumsum"})
MATRICES = ("outer", "kron", "eye", "I", "commutation", "duplication", "commutation_matrix", "duplication_matrix")
KNOWN: Mapping[str, int] = {
    **dict.fromkeys((*MATRICES, "elimination_matrix", "column_stack"), 2),
    **dict.fromkeys(("vec", "vech", "ravel", "flatten", "arange"), 1),
    **dict.fromkeys(("tr", "trace", "det", "logdet", "norm", "norm2", "vdot", "frobenius", "len", "float", "int"), 0),
}
REDUCING = frozenset({"sum", "mean", "max", "min"})


def rank(node: ast.expr, ranks: Ranks) -> int | None:
    """Return the number of axes of an expression, or None where its text does not tell.

    >>> rank(ast.parse("outer(A @ x, x)", mode="eval").body, {"A": 2, "x": 1})
    2
    """
    read = _READERS.get(type(node))
    return read(node, ranks) if read else None


def _binary(node: ast.BinOp, ranks: Ranks) -> int | None:
    left, right = rank(node.left, ranks), rank(node.right, ranks)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.MatMult):
        return left + right - 2 if min(left, right) > 0 else None
    return max(left, right)


def _call(node: ast.Call, ranks: Ranks) -> int | None:
    name, args = called(node), operands(node)
    if name in KNOWN:
        return KNOWN[name]
    if name == "solve" and len(args) == 2:
        return rank(args[1], ranks)
    inner = rank(args[0], ranks) if args else None
    if name in SAME:
        return inner
    if name in REDUCING:
        reduced = any(keyword.arg == "axis" for keyword in node.keywords)
        kept = any(keyword.arg == "keepdims" for keyword in node.keywords)
        return 0 if not reduced else inner if kept or inner is None else inner - 1
    if name == "diag" and inner is not None:
        return {1: 2, 2: 1}.get(inner)
    return None


def _attribute(node: ast.Attribute, ranks: Ranks) -> int | None:
    return rank(node.value, ranks) if node.attr == "T" else None


_READERS: Mapping[type, Callable[..., int | None]] = {
    ast.Name: lambda node, ranks: ranks.get(node.id),
    ast.Constant: lambda node, _: (
        0 if isinstance(node.value, int | float) and not isinstance(node.value, bool) else None
    ),
    ast.UnaryOp: lambda node, ranks: rank(node.operand, ranks),
    ast.BinOp: _binary,
    ast.Call: _call,
    ast.Attribute: _attribute,
}


def with_locals(body: Sequence[ast.stmt], ranks: Ranks) -> Ranks:
    """Add the names that a function's own statements assign, where one assignment says what they are."""
    known = dict(ranks)
    for statement in body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, found = statement.targets[0], rank(statement.value, known)
            if isinstance(target, ast.Name):
                known.pop(target.id, None)
                if found is not None:
                    known[target.id] = found
    return known
