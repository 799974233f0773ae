"""Differentials as they are written: the first line that a textbook has, and the form from which a last one is read.

Separate from `steps`, which judges a derivation: here is what a single line looks like, from its syntax tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from autograder.checks.written import holds, links

SLOPES = {
    "exp": "exp({u})",
    "log": "1/({u})",
    "sin": "cos({u})",
    "cos": "-sin({u})",
    "tanh": "(1 - tanh({u})**2)",
    "sigmoid": "sigmoid({u})*(1 - sigmoid({u}))",
    "relu": "step({u})",
    "sqrt": "1/(2*sqrt({u}))",
}
RULES = {
    "inv": "-inv({u}) @ ({du}) @ inv({u})",
    "det": "det({u})*tr(inv({u}) @ ({du}))",
    "logdet": "tr(inv({u}) @ ({du}))",
    "norm2": "sum(({u})*({du}))/norm2({u})",
}
LINEAR = frozenset({"tr", "sum", "vec", "diag", "kron", "outer"})


def textbook(node: ast.expr, name: str) -> str | None:
    """Return the differential with one term for each place of the variable, nothing moved and nothing collected.

    Args:
        node: the function.
        name: the variable; its change is ``d`` + name.

    Returns:
        Text in matrix notation; None where there is no rule (softmax), or where the variable does not occur.

    >>> textbook(ast.parse("x @ A @ x - b @ x", mode="eval").body, "x")
    '((dx @ A) @ x + (x @ A) @ dx) - (b @ dx)'
    """
    try:
        return _moved(node, name)
    except _NoRule:
        return None


class _NoRule(Exception):
    """The differential of a function is not on the list."""


def _moved(node: ast.expr, name: str) -> str | None:
    if not holds(node, name):
        return None
    if isinstance(node, ast.Name):
        return f"d{name}"
    if isinstance(node, ast.UnaryOp):
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        return f"{sign}({_moved(node.operand, name)})"
    if isinstance(node, ast.Attribute):
        return f"({_moved(node.value, name)}).T"
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](node, name)
    if isinstance(node, ast.Call):
        return _called(node, name)
    raise _NoRule


def _bracket(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def _added(node: ast.BinOp, name: str) -> str | None:
    left, right = _moved(node.left, name), _moved(node.right, name)
    sign = "+" if isinstance(node.op, ast.Add) else "-"
    if right is None:
        return left
    return f"{_bracket(left)} {sign} {_bracket(right)}" if left is not None else f"{sign}{_bracket(right)}"


def _multiplied(node: ast.BinOp, name: str) -> str:
    sign = "@" if isinstance(node.op, ast.MatMult) else "*"
    left, right = (_bracket(ast.unparse(part)) for part in (node.left, node.right))
    dl, dr = _moved(node.left, name), _moved(node.right, name)
    terms = [f"{_bracket(dl)} {sign} {right}"] if dl is not None else []
    terms += [f"{left} {sign} {_bracket(dr)}"] if dr is not None else []
    return " + ".join(terms)


def _divided(node: ast.BinOp, name: str) -> str:
    u, v = (_bracket(ast.unparse(part)) for part in (node.left, node.right))
    du, dv = _moved(node.left, name), _moved(node.right, name)
    terms = [f"({du})/{v}"] if du is not None else []
    return " ".join([*terms, *([f"- {u}*({dv})/{v}**2"] if dv is not None else [])])


def _raised(node: ast.BinOp, name: str) -> str:
    u, k, du = _bracket(ast.unparse(node.left)), ast.unparse(node.right), _moved(node.left, name)
    rest = {"1": "", "2": f"{u}*"}.get(k, f"{u}**({k} - 1)*")
    return f"({k})*{rest}({du})"


def _called(node: ast.Call, name: str) -> str:
    function = node.func.id if isinstance(node.func, ast.Name) else ""
    args = [ast.unparse(arg) for arg in node.args]
    keywords = "".join(f", {ast.unparse(keyword)}" for keyword in node.keywords)
    if function in LINEAR:
        moved = [_moved(arg, name) for arg in node.args]
        made = [", ".join([*args[:k], d, *args[k + 1 :]]) for k, d in enumerate(moved) if d is not None]
        return " + ".join(f"{function}({inside}{keywords})" for inside in made)
    du = _moved(node.args[0], name) if node.args else None
    if function in SLOPES:
        return f"({SLOPES[function].format(u=args[0])})*({du})"
    if function in RULES:
        return RULES[function].format(u=args[0], du=du)
    raise _NoRule


_BINARY: dict[type, Callable[[ast.BinOp, str], str | None]] = {
    ast.Add: _added,
    ast.Sub: _added,
    ast.Mult: _multiplied,
    ast.MatMult: _multiplied,
    ast.Div: _divided,
    ast.Pow: _raised,
}

# --- the form from which the derivative is read --------------------------------------------------------------------


class Change(NamedTuple):
    """The symbol dX, and which parts of a line are scalars: only those may be taken off it."""

    name: str
    is_scalar: Callable[[ast.expr], bool]

    def is_in(self, node: ast.AST) -> bool:
        """Whether dX stands in a part of a line."""
        return holds(node, self.name)


class Form(NamedTuple):
    """How a last line must look, and how to see it.

    Args:
        example: the form, with the variable's own name in it.
        core: from the line without scalar factors to its coefficient's factors, or None where it looks otherwise.
    """

    example: str
    core: Callable[[ast.expr, Change], list[ast.expr] | None]


def form_of(ranks: tuple[int, int], name: str, layout: str, order: int) -> Form | None:
    """Return the form that is asked for, or None where matrix notation has none.

    Args:
        ranks: of the function's value and of the variable.
        name: of the variable.
        layout: of the question.
        order: 1, or 2 for a second differential.
    """
    out, rank = ranks
    d = f"d{name}"
    if order == 2:
        shown = {0: f"h * {d}**2", 1: f"{d} @ H @ {d}"}.get(rank, f"vec({d}) @ H @ vec({d})")
        return Form(shown, _squared if rank == 0 else _quadratic)
    if rank == 0:
        return Form(f"g * {d}", _multiple)
    if layout == "vec" and (out == 2 or rank == 2):
        return Form(f"M @ vec({d})" if rank == 2 else f"M @ {d}", _stacked)
    if out == 0:
        return Form(f"tr(G.T @ {d})", _traced) if rank == 2 else Form(f"g @ {d}", _inner)
    return Form(f"J @ {d}", _ended) if (out, rank) == (1, 1) else None


def coefficient(node: ast.expr, form: Form, d: Change) -> list[ast.expr] | None:
    """Return the factors of what multiplies dX in a line of this form, scalars first; None in another form."""
    scalars = list[ast.expr]()
    found = form.core(_peeled(node, d, scalars), d)
    return None if found is None else scalars + found


def _peeled(node: ast.expr, d: Change, scalars: list[ast.expr]) -> ast.expr:
    """Take away signs, and the scalars that multiply or divide."""
    while True:
        if isinstance(node, ast.UnaryOp):
            node = node.operand
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div) and _free(node.right, d):
            scalars.append(node.right)
            node = node.left
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and _free(node.left, d):
            scalars.append(node.left)
            node = node.right
        else:
            return node


def _free(node: ast.expr, d: Change) -> bool:
    return not d.is_in(node) and d.is_scalar(node)


def _is(node: ast.expr, d: Change, stacked: bool = False) -> bool:
    """Whether a node is dX itself, or vec of it."""
    if stacked and isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vec":
        return len(node.args) == 1 and _is(node.args[0], d)
    return isinstance(node, ast.Name) and node.id == d.name


def _parts(node: ast.expr, d: Change) -> list[ast.expr]:
    """The factors of a product; 2*dx @ H @ dx is (2*dx) @ H @ dx to Python, so scalars are taken off dX in it."""
    scalars = list[ast.expr]()
    made = [_peeled(part, d, scalars) if d.is_in(part) else part for part in links(node)]
    return [*made[:1], *scalars, *made[1:]] if scalars else made


def _ended(node: ast.expr, d: Change, stacked: bool = False) -> list[ast.expr] | None:
    *front, last = links(node)
    return front if _is(last, d, stacked) and not any(d.is_in(part) for part in front) else None


def _multiple(node: ast.expr, d: Change) -> list[ast.expr] | None:
    """A number stands anywhere in a product, 2*c*dc * b @ b too."""
    if _is(node, d):
        return []
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.MatMult | ast.Div):
        return None
    inside, other = (node.left, node.right) if d.is_in(node.left) else (node.right, node.left)
    if isinstance(node.op, ast.Div) and inside is node.right:
        return None
    factors = list[ast.expr]()
    found = None if d.is_in(other) else _multiple(_peeled(inside, d, factors), d)
    return None if found is None else [*factors, *found, other]


def _inner(node: ast.expr, d: Change) -> list[ast.expr] | None:
    first, *rest = _parts(node, d)
    turned = rest if rest and _is(first, d) and not any(d.is_in(part) for part in rest) else None
    found = _ended(node, d)
    return found if found else turned


def _traced(node: ast.expr, d: Change) -> list[ast.expr] | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
        inside = list[ast.expr]()
        found = _ended(_peeled(node.args[0], d, inside), d)
        return None if found is None else inside + found
    return _stacked(node, d) if isinstance(node, ast.BinOp) else None


def _stacked(node: ast.expr, d: Change) -> list[ast.expr] | None:
    return _ended(node, d, stacked=True)


def _quadratic(node: ast.expr, d: Change) -> list[ast.expr] | None:
    parts = _parts(node, d)
    ends = len(parts) > 1 and _is(parts[0], d, True) and _is(parts[-1], d, True)
    return parts[1:-1] if ends and not any(d.is_in(part) for part in parts[1:-1]) else None


def _squared(node: ast.expr, d: Change) -> list[ast.expr] | None:
    squared = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is(node.left, d)
    if squared and isinstance(node, ast.BinOp):
        return [] if ast.unparse(node.right) == "2" else None
    return _product_of_two(node, d)


def _product_of_two(node: ast.expr, d: Change) -> list[ast.expr] | None:
    factors = list[ast.expr]()
    rest = node
    while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Mult):
        factors.append(rest.right)
        rest = rest.left
    factors.append(rest)
    others = [part for part in factors if not _is(part, d)]
    return others if len(factors) - len(others) == 2 and not any(d.is_in(part) for part in others) else None
