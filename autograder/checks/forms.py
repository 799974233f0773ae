"""Named forms that an exercise may ask for: each looks at the text alone, and says in one sentence what to change.

A value is right in any form; a form is asked for where it is the point of the exercise, such as a Hessian without
``kron``. So a right value in another form is partly right.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from autograder.checks.written import summands, tree_of
from mcutils._symbolic.sizes import FUNCTIONS


class Form(NamedTuple):
    """Whether a formula has the form, and what to change where it has not."""

    has: Callable[[ast.expr], bool]
    sentence: str


def missing_form(text: str, wanted: str) -> str | None:
    """Say what to change so that a formula has the form that is asked for; None where it has it.

    Args:
        text: a formula in matrix notation that the engine has read.
        wanted: names of forms, with spaces between them.

    Raises:
        ValueError: there is no such form.
    """
    tree = tree_of(text)
    return next((form.sentence for form in known_forms(wanted) if not form.has(tree)), None)


def known_forms(names: str) -> list[Form]:
    """Return forms by their names, which have spaces between them.

    Raises:
        ValueError: there is none of such a name.
    """
    for name in names.split():
        if name not in FORMS:
            general = [known for known in FORMS if known.removeprefix("no-") not in FUNCTIONS]
            raise ValueError(f"form: there is no {name!r}; there are {', '.join(general)}, and no-tr, no-diag, ...")
    return [FORMS[name] for name in names.split()]


def _is_sum(node: ast.expr) -> bool:
    return len(list(summands(node))) > 1


def _factored(tree: ast.expr) -> bool:
    return not _is_sum(tree)


def _expanded(tree: ast.expr) -> bool:
    """No sum stands inside a product, a power, a transpose or a linear function."""
    for node in ast.walk(tree):
        inside = list[ast.expr]()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult):
            inside = [node.left, node.right]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Pow):
            inside = [node.left]
        elif isinstance(node, ast.Attribute):
            inside = [node.value]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"tr", "sum", "kron"}:
            inside = node.args
        if any(map(_is_sum, inside)):
            return False
    return True


def _without(function: str) -> Callable[[ast.expr], bool]:
    return lambda tree: (
        not any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
            for node in ast.walk(tree)
        )
    )


def _untransposed(tree: ast.expr) -> bool:
    return not any(isinstance(node, ast.Attribute) for node in ast.walk(tree))


FORMS: dict[str, Form] = {
    "factored": Form(_factored, "Write it as one product: take out what its terms have in common."),
    "expanded": Form(_expanded, "Multiply the brackets out: no sum may stand inside a product."),
    "no-inverse": Form(_without("inv"), "Write it without inv(...)."),
    "no-transpose": Form(_untransposed, "Write it without .T."),
} | {f"no-{name}": Form(_without(name), f"Write it without {name}(...).") for name in sorted(FUNCTIONS - {"delta"})}
