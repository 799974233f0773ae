"""What crosses between two processes otherwise than by value: as the number of an object, which stays where it is.

Each side numbers the objects that it lets the other side hold; the other side holds numbers. Classes that the
instructor defined both sides have: an instance of one crosses by its name and what it consists of.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.wire import CannotCross, Malformed, is_plain

NO_OBJECTS = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc, np.generic)


class References:
    """One side's objects, by their numbers, and what both sides have, by its name."""

    names_functions = takes_functions = takes_objects = takes_tables = True

    def __init__(self) -> None:
        self.last = 0
        self.own: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.given: dict[str, Any] = {}

    # ---- crossing ----

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data: the other side's own, of a class that both sides have, or ours."""
        number = self.number_of_theirs(value)
        if number is not None:
            return "home", number
        name = next((name for name, kind in self.given.items() if kind is type(value)), None)
        if name is not None:
            return "made", (name, _state(value))
        name = next((name for name, kind in self.given.items() if kind is value), None)
        if name is not None:
            return "given", name
        return "away", self.describe(value)

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back."""
        if how == "home" and type(described) is int and described in self.own:
            return self.own[described]
        if how == "made":
            return self._make(described)
        if how == "given" and type(described) is str and described in self.given:
            return self.given[described]
        if how == "away" and type(described) is dict:
            return self.stand_in(described)
        raise Malformed(f"a reference {how[:20]!r} to nothing")

    def number_of_theirs(self, value: Any) -> int | None:
        """The other side's number for what we have a stand-in of."""
        raise NotImplementedError

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe one of our objects to the other side."""
        raise NotImplementedError

    def stand_in(self, described: dict[str, Any]) -> Any:
        """Make something that stands for an object of the other side's."""
        raise NotImplementedError

    # ---- our objects ----

    def hold(self, value: Any) -> int:
        """Number one of our objects, the same again for the same one."""
        number = self.numbers.get(id(value))
        if number is None:
            self.last += 1  # never a number twice: a stand-in may be kept longer than what it stands for
            number = self.numbers[id(value)] = self.last
            self.own[number] = value  # held, so that nothing else gets its id
        return number

    def let_go(self) -> None:
        """Hold nothing any more: what has a number is not found under it from now on."""
        self.own.clear()
        self.numbers.clear()

    # ---- what the instructor defined, which both sides have ----

    def give(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Note the classes among these names as known to both sides, and what is neither data nor a function."""
        for name in names:
            value = namespace.get(name)
            if value.__module__ == "__main__" if isinstance(value, type) else _is_known_by_name(value):
                self.given[name] = value

    def is_given(self, value: Any) -> bool:
        """Whether a value is one that both sides have by its name."""
        return any(value is known for known in self.given.values())

    def _make(self, described: Any) -> Any:
        """An instance of such a class, with no code of it run."""
        name, state = described
        kind = self.given[name]
        if issubclass(kind, Enum):
            return kind.__members__[state]
        if issubclass(kind, tuple):
            return tuple.__new__(kind, tuple(state))
        if type(state) is not dict or not all(type(name) is str for name in state) or _hides(kind, state):
            raise Malformed("state")
        made = object.__new__(kind)
        made.__dict__.update({name: value for name, value in state.items() if not _is_computed(kind, name)})
        return made


def _is_known_by_name(value: Any) -> bool:
    """Whether a value can only be known by its name to the other side, which has its own."""
    home = str(type(value).__module__).partition(".")[0]
    return not (home in ("sympy", "pandas", "__main__") or is_plain(value) or isinstance(value, NO_OBJECTS))


def _state(value: Any) -> Any:
    """What an instance of the instructor's class consists of."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple):
        return tuple(value)
    state: Any = getattr(value, "__dict__", None)
    plain = getattr(type(value), "__new__", None) is object.__new__ and type(state) is dict
    if plain and not _hides(type(value), state):
        return dict(state)
    raise CannotCross(f"an object of class {type(value).__name__}")


def _hides(kind: type, state: Any) -> bool:
    """Whether an instance would bring something in the place of a part of the instructor's class.

    That is a method, or what its methods read and nothing in them sets, such as a tolerance.
    """
    return any(callable(getattr(kind, str(name), None)) or str(name) in _constants(kind) for name in state)


def _is_computed(kind: type, name: str) -> bool:
    """Whether the instructor's class computes an attribute, and would take what an instance brings for the value."""
    return hasattr(getattr(kind, name, None), "__get__")


@cache
def _constants(kind: type) -> frozenset[str]:
    """The attributes of a class that its own code reads and never sets."""
    steps = [step for base in kind.__mro__ for part in vars(base).values() for step in _steps_of(part)]
    named = {step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_ATTR", "LOAD_METHOD")}
    if named & {"setattr", "vars", "__dict__", "__setattr__"}:  # it may set any
        return frozenset()
    own = {name for base in kind.__mro__ for name in vars(base)}
    own -= {field.name for field in fields(kind)} if is_dataclass(kind) else set()
    read = {step.argval for step in steps if step.opname in ("LOAD_ATTR", "LOAD_METHOD")}
    return frozenset(own & read - {step.argval for step in steps if step.opname == "STORE_ATTR"})


def _steps_of(part: Any) -> Iterator[dis.Instruction]:
    """The instructions of a part of a class that is, or is made of, functions."""
    wrapped = [getattr(part, name, None) for name in ("__func__", "func", "fget", "fset")]
    codes = [f.__code__ for f in (part, *wrapped) if type(f) is types.FunctionType]
    for code in codes:
        yield from dis.get_instructions(code)
        codes += [inner for inner in code.co_consts if type(inner) is types.CodeType]
