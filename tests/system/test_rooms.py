"""The packages with many modules say at their door what is in which."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

SEALED = ("supervisor", "inside", "trusted", "untrusted", "crossing")


@pytest.mark.parametrize(
    "package",
    ["mcutils._symbolic", "autograder.grading.sealed", *(f"autograder.grading.sealed.{part}" for part in SEALED)],
)
def test_every_module_is_named_at_the_door(package: str) -> None:
    """Each module of a package is named in its docstring, and no other is."""
    door = importlib.import_module(package)
    named = set(re.findall(r"`(\w+)`", door.__doc__ or ""))
    assert named == {room.name for room in pkgutil.iter_modules(door.__path__)}
