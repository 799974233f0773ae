"""The packages with many modules say at their door what is in which, and lean on each other one way only."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

SEALED = ("supervisor", "inside", "trusted", "untrusted", "crossing")
STRANGERS = {
    "crossing": {"inside", "trusted", "untrusted", "supervisor"},
    "inside": {"supervisor"},
    "trusted": {"untrusted", "supervisor"},
    "untrusted": {"trusted", "supervisor"},
    "supervisor": {"trusted", "untrusted"},
}
"""Of the parts of the sealed executor, those that a part knows nothing of."""


@pytest.mark.parametrize(
    "package",
    ["mcutils._symbolic", "autograder.grading.sealed", *(f"autograder.grading.sealed.{part}" for part in SEALED)],
)
def test_every_module_is_named_at_the_door(package: str) -> None:
    """Each module of a package is named in its docstring, and no other is."""
    door = importlib.import_module(package)
    named = set(re.findall(r"`(\w+)`", door.__doc__ or ""))
    assert named == {room.name for room in pkgutil.iter_modules(door.__path__)}


def leans_on(source: str) -> set[str]:
    """The parts of the sealed executor that a module imports, at its top or later."""
    nodes = list(ast.walk(ast.parse(source)))
    said = [f"{node.module}.{name.name}" for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names]
    said += [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    home = "autograder.grading.sealed."
    return {name.removeprefix(home).partition(".")[0] for name in said if name.startswith(home)} & {*SEALED}


@pytest.mark.parametrize("part", SEALED)
def test_strangers_stay_strangers(part: str) -> None:
    """What runs student code imports nothing of what runs tests, nor the reverse; and what crosses leans on neither."""
    door = importlib.import_module(f"autograder.grading.sealed.{part}")
    rooms = [path for folder in door.__path__ for path in Path(folder).rglob("*.py")]
    leaning = {path.name: leans_on(path.read_text(encoding="utf-8")) & STRANGERS[part] for path in rooms}
    assert {name: found for name, found in leaning.items() if found} == {}


def test_an_import_anywhere_is_seen() -> None:
    """The question whether a part is imported finds each way of saying so."""
    home = "autograder.grading.sealed"
    assert leans_on(f"from {home}.trusted.lent import Lent") == {"trusted"}
    assert leans_on(f"def f():\n    from {home} import untrusted, limits") == {"untrusted"}
    assert leans_on(f"import {home}.inside.cells as cells") == {"inside"}
