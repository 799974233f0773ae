"""Small questions to a syntax tree, and one node put in the place of another."""

from __future__ import annotations

import ast
from typing import Any, TypeGuard


def called(node: ast.expr) -> str:
    """Return the last name of what a call calls (``inv`` of ``np.linalg.inv(A)``), or nothing."""
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def operands(node: ast.Call) -> tuple[ast.expr, ...]:
    """Return the arguments of a call by place; the array of a method (``G.sum(axis=0)``) is the first."""
    own = node.func.value if isinstance(node.func, ast.Attribute) and not is_module(node.func.value) else None
    return (*(() if own is None else (own,)), *node.args)


def is_module(node: ast.expr) -> bool:
    """Whether an expression is the name of a library, such as ``np`` or ``np.linalg``."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in {"np", "mc", "numpy", "mcutils", "scipy", "math"}


def replaced(root: ast.AST, old: ast.AST, new: ast.AST) -> Any:
    """Return a tree with one node, known by identity, replaced; what does not change is the same object as before."""
    if root is old:
        return new
    fields: dict[str, Any] = {}
    changed = False
    for name, value in ast.iter_fields(root):
        fields[name] = value
        if isinstance(value, ast.AST):
            fields[name] = replaced(value, old, new)
            changed |= fields[name] is not value
        elif isinstance(value, list):
            fields[name] = [replaced(item, old, new) if isinstance(item, ast.AST) else item for item in value]
            changed |= any(a is not b for a, b in zip(fields[name], value, strict=True))
    return ast.copy_location(type(root)(**fields), root) if changed else root


# --- reading ----------------------------------------------------------------------------------------------------------


def is_sum(node: ast.expr) -> TypeGuard[ast.BinOp]:
    """Whether a node is a sum or a difference."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def is_product(node: ast.expr) -> TypeGuard[ast.BinOp]:
    """Whether a node is a matrix product."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)


def is_transpose(node: ast.expr) -> TypeGuard[ast.Attribute]:
    """Whether a node is something's ``.T``."""
    return isinstance(node, ast.Attribute) and node.attr == "T"


def value(node: ast.expr) -> float | None:
    """Return the number that a node is, if it is one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    return None


def is_number(node: ast.expr) -> bool:
    """Whether a node is a number."""
    return value(node) is not None


# --- writing ----------------------------------------------------------------------------------------------------------


def number(known: float) -> ast.expr:
    """Write a number."""
    return ast.Constant(known) if known >= 0 else minus(ast.Constant(-known))


def minus(node: ast.expr) -> ast.expr:
    """Write a minus before a node."""
    return ast.UnaryOp(ast.USub(), node)


def negated(node: ast.expr) -> ast.expr:
    """Write the opposite of a node: without its minus, where it has one."""
    return node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else minus(node)


def joined(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    """Write an operation."""
    return ast.BinOp(left, op, right)


def turned(node: ast.expr) -> ast.expr:
    """Write the transpose of a node."""
    return ast.Attribute(node, "T", ast.Load())


def with_args(node: ast.Call, args: list[ast.expr]) -> ast.expr:
    """Write a call with other arguments by place."""
    return ast.Call(node.func, args, node.keywords)
