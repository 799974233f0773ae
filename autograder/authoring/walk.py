"""Walk a syntax tree to where mutations make sense, and apply every operator there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from autograder.authoring import call_operators  # noqa: F401 - it registers its operators
from autograder.authoring.operators import OPERATORS, Operator, Place
from autograder.authoring.trees import is_module


def changes(value: ast.expr, place: Place) -> Iterator[tuple[Operator, ast.expr, ast.expr]]:
    """Yield, for every node of an expression and every operator, the operator, the node, and what may stand there."""
    for node, here in within(value, place):
        for operator in OPERATORS:
            for new in operator.make(node, here):
                yield operator, node, new


def within(node: ast.expr, place: Place) -> Iterator[tuple[ast.expr, Place]]:
    """Walk what can be mutated: not exponents, indices, keywords and names of functions, which have their operators."""
    if isinstance(node, ast.Lambda):
        yield from within(node.body, place)
        return
    yield node, place
    turned = isinstance(node, ast.Attribute) and node.attr == "T"
    for child in _children(node):
        yield from within(child, replace(place, whole=False, turned=turned))


def _children(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        own = node.func.value if isinstance(node.func, ast.Attribute) and not is_module(node.func.value) else None
        return [*([] if own is None else [own]), *node.args]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return [node.left]
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return []
    if isinstance(node, ast.Subscript | ast.Attribute):
        return [] if is_module(node.value) else [node.value]
    if isinstance(node, ast.JoinedStr):
        return []
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return [node.elt, *(child for generator in node.generators for child in (generator.iter, *generator.ifs))]
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
