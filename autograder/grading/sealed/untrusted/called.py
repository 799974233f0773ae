"""What a test hands over to be called, as the student's code sees it: it can be called, and not looked into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.grading.sealed.crossing.far import FarFunction
from autograder.grading.sealed.crossing.peer import NeedsPerson
from autograder.grading.sealed.crossing.special import NAMED_ONLY


def callback(described: dict[str, Any], call: Callable[..., Any]) -> FarFunction:
    """A function of a test's, or an object of a test's that can be called."""
    kind, inside = (FarFunction, _nothing_inside) if described.get("plain") else (Called, _something_inside)
    return kind(described["number"], described["described"], call, inside)


class Called(FarFunction):
    """An object of a test's that can be called, and may be able to do more: whoever tries that needs a person."""


for _name in (*NAMED_ONLY, "__iter__", "__enter__", "__eq__", "__lt__", "__contains__"):
    setattr(Called, _name, lambda function, *_, name=_name: _something_inside(function, name.strip("_")))
Called.__hash__ = FarFunction.__hash__  # type: ignore[method-assign] # a class with an equality of its own has none
Called.__name__ = "function"


def _nothing_inside(_: FarFunction, name: str) -> Any:
    raise AttributeError(f"this function belongs to a test; it has no {name} here")


def _something_inside(function: FarFunction, name: str) -> Any:
    if not name.startswith("_"):
        raise NeedsPerson(f"{name} of an object that the test hands over, and that can only be called")
    return _nothing_inside(function, name)
