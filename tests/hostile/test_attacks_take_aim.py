"""Attacks that replace a part of ours replace one that is there: under another name they would be no attacks."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from corpus import ATTACKS

PACKAGE = "autograder.grading.sealed"


def modules(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The names under which a text imports modules of the sealed executor, each with the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((part.asname, part.name) for part in node.names if part.asname)
        if isinstance(node, ast.ImportFrom):
            yield from ((part.asname or part.name, f"{node.module}.{part.name}") for part in node.names)


def replaced(text: str) -> list[tuple[str, str]]:
    """What a text replaces in modules of the sealed executor: of each the module, and the names in it."""
    tree = ast.parse(text)
    homes = {name: home for name, home in modules(tree) if home.startswith(PACKAGE)}
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    said = [ast.unparse(target).partition(".") for target in targets if isinstance(target, ast.Attribute)]
    return [(homes[name], inside) for name, _, inside in said if name in homes]


def is_there(module: str, inside: str) -> bool:
    thing: Any = importlib.import_module(module)
    for name in inside.split("."):
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return True


TEXTS = {name: "\n".join([attack.first, *attack.answers.values()]) for name, attack in ATTACKS.items()}
PATCHING = [name for name, text in TEXTS.items() if PACKAGE in text and replaced(text)]


@pytest.mark.parametrize("name", PATCHING)
def test_what_is_replaced_is_there(name: str) -> None:
    """Whatever an attack replaces in a module of ours is there to be replaced."""
    aims = replaced(TEXTS[name])
    assert [aim for aim in aims if not is_there(*aim)] == []


def test_some_do_replace() -> None:
    """Of the corpus so many replace a part of ours that the question is not an empty one."""
    assert len(PATCHING) >= 9


def test_what_is_not_there_is_noticed() -> None:
    """A part that has another name by now is not found, in a module and in a class."""
    text = f"import {PACKAGE}.untrusted.student as own\nown.gone = own.StudentSide._gone = own.StudentSide.tell = 0"
    assert [is_there(*aim) for aim in replaced(text)] == [False, False, True]
