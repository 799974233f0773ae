"""What is known of an answer from elsewhere: its symbols from the checks that test it, its templates from the variant.

Separate from :mod:`.mutation`, which runs mutants; making them and proving them need this alike.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.authoring import names
from autograder.authoring.model import Cell
from autograder.authoring.trees import replaced
from autograder.check import Question
from autograder.checks.variants import Variant


@dataclass(frozen=True)
class Asked:
    """What the tests of an answer declare.

    Args:
        symbols: the axes and flags of its symbols, ``?`` where they are not known; in the order of its arguments.
        summation: the convention of index notation.
        free: the names of the free indices, where the exercise gives them.
        called: whether the check itself calls the answer, with the symbols in this order; a lambda around it may call
            it in any.
    """

    symbols: Mapping[str, str] = field(default_factory=dict)
    summation: str = "levels"
    free: str | None = None
    called: bool = True

    @property
    def known(self) -> Mapping[str, str]:
        """The symbols whose axes are known."""
        return {name: axes for name, axes in self.symbols.items() if "?" not in axes}

    def symbol_of(self, arguments: Sequence[str]) -> Mapping[str, str]:
        """Say which symbol each argument of a function is: the one of its name, or else the one in its place."""
        if self.called and len(arguments) == len(self.symbols) and not set(arguments) <= set(self.symbols):
            return dict(zip(arguments, self.symbols, strict=True))
        return {name: name for name in arguments if name in self.symbols}


def asked(tests: Iterable[Cell], namespace: Mapping[str, Any]) -> Mapping[str, Asked]:
    """Find, for each name that tests read, what they declare about it.

    Args:
        tests: the test cells of an exercise.
        namespace: what its other cells have bound.
    """
    found: dict[str, Asked] = {}
    for test in tests:
        nodes = list(ast.walk(ast.parse(test.source)))
        repeated = any(isinstance(node, ast.Constant) and node.value == "repeated" for node in nodes)
        named = [node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "free"]
        free = next((str(node.value) for node in named if isinstance(node, ast.Constant)), None)
        for call in (node for node in nodes if isinstance(node, ast.Call) and node.args):
            if symbols := _declared(call, namespace):
                repeated |= getattr(_question(call, namespace), "summation", "") == "repeated"
                own = Asked(symbols, "repeated" if repeated else "levels", free, isinstance(call.args[0], ast.Name))
                for name in frozenset().union(*(names.read_by(argument) for argument in call.args)):
                    found.setdefault(name, own)
    return found


def _declared(call: ast.Call, namespace: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the symbols that a check declares, by itself or through its question; none where they cannot be read."""
    sizes = next((keyword.value for keyword in call.keywords if keyword.arg == "sizes"), None)
    try:
        if sizes is not None:
            return dict(eval(ast.unparse(sizes), dict(namespace)))
        question = _question(call, namespace)
        if question is not None and isinstance(call.func, ast.Attribute):
            return _ARGUMENTS.get(call.func.attr, _own)(call, question)
    except Exception:  # what the author wrote there is anything; without it fewer mutants are made, and fewer proved
        return {}
    return {}


def _question(call: ast.Call, namespace: Mapping[str, Any]) -> Question | None:
    """Return the question that a check is a method of."""
    found = namespace.get(ast.unparse(call.func.value)) if isinstance(call.func, ast.Attribute) else None
    return found if isinstance(found, Question) else None


def _own(_call: ast.Call, question: Question) -> Mapping[str, str]:
    return question.sizes


def _of_steps(_call: ast.Call, question: Question) -> Mapping[str, str]:
    """The lines of a derivation have the variable's step among their symbols."""
    return {**question.sizes, f"d{question.wrt}": question.sizes[question.wrt]}


def _of_product(call: ast.Call, question: Question) -> Mapping[str, str]:
    """An answer to ``cost`` is given a function that it may call, the question's own arguments, and the direction."""
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    output = " ".join(question.axes or ("?",))
    along = output if given.get("product") == "'vjp'" else question.sizes[question.wrt]
    first = {"function": "?"} if "calls" in given else {}
    return {**first, **question.sizes, "direction": along}


_ARGUMENTS = {"steps": _of_steps, "cost": _of_product}
"""What the symbols of an answer are, where they are not the question's own."""


# --- variants ---------------------------------------------------------------------------------------------------------


def filled(tree: Any, namespace: Mapping[str, Any], templates_only: bool = False) -> Any:
    """Put what a student drew in the place of a variant's templates, ``v("{c} * x")``, and of its values, ``v.c``."""
    changed = tree
    for node in list(ast.walk(tree)):
        new = None
        if isinstance(node, ast.Call) and isinstance(variant := _named(node.func, namespace), Variant):
            template = node.args[0] if len(node.args) == 1 else None
            if isinstance(template, ast.Constant) and isinstance(template.value, str):
                new = ast.Constant(variant(template.value))
        elif isinstance(node, ast.Attribute) and isinstance(variant := _named(node.value, namespace), Variant):
            new = None if templates_only else ast.Constant(getattr(variant, node.attr))
        changed = changed if new is None else replaced(changed, node, new)
    return changed


def _named(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    return namespace.get(node.id) if isinstance(node, ast.Name) else None
