"""Classes of libraries that both sides have: an object of the student's is of one, by the name of the class.

What comes of it is an answer to ``isinstance`` and ``issubclass``, and nothing else: attributes, methods and operators
stay those of the student's process. Classes whose objects are compared whole are none of these: where NumPy, pandas or
sympy were told that something is theirs, they would believe what it says of itself.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from autograder.grading.sealed.crossing.known import words

COMPARED = words("numpy pandas sympy mpmath")
"""Packages whose objects are compared whole."""
UNTOLD = (*COMPARED, *words("builtins decimal fractions datetime autograder mcutils __main__"))
"""Packages whose classes nothing of a student's is said to be of."""
MOST = 12
"""Classes in the line of one."""
BUILT_ON = (dict, list, str, tuple, set, frozenset, int, float, bytes)
"""Classes of Python's own whose objects are made of plain data, also where a student's class is derived from one."""


def line_of(kind: type) -> list[tuple[str, str]]:
    """The library's classes that a class is, or is derived from, by their modules and names."""
    told = [(str(base.__module__), base.__qualname__) for base in kind.__mro__ if base is not object]
    return [(home, name) for home, name in told if _may_be_told(home, name)][:MOST]


def found(line: Any) -> tuple[type, ...]:
    """The classes that were told, as far as this process has them; none is imported for it."""
    if type(line) is not list or len(line) > MOST:
        return ()
    return tuple(kind for told in line if (kind := _found(told)) is not None)


def _found(told: Any) -> type | None:
    if type(told) is not tuple or len(told) != 2 or not all(type(part) is str for part in told):
        return None
    home, name = told
    module = sys.modules.get(home) if _may_be_told(home, name) else None
    kind: Any = vars(module).get(name) if type(module) is types.ModuleType else None
    plain = isinstance(kind, type) and not issubclass(kind, BaseException | type)
    return kind if plain and not any(_compared(base) for base in kind.__mro__) else None


def _may_be_told(home: str, name: str) -> bool:
    return home.partition(".")[0] not in UNTOLD and name.isidentifier()


def _compared(kind: type) -> bool:
    return str(kind.__module__).partition(".")[0] in COMPARED


def fits(kind: type) -> bool:
    """Whether a class can stand in the line of one that has nothing but attributes."""
    return kind.__basicsize__ <= _Empty.__basicsize__ and not kind.__itemsize__


class _Empty:
    pass


def built_on(kind: type) -> str:
    """The class of plain data that a class is derived from; empty where there is none."""
    return next((base.__name__ for base in BUILT_ON if issubclass(kind, base)), "")


def content_of(value: Any) -> Any:
    """What an object of a class that is derived from one of plain data has of that one, its own methods unasked."""
    base: Any = next(base for base in BUILT_ON if isinstance(value, base))
    if base is dict:
        return {key: dict.__getitem__(value, key) for key in dict.keys(value)}
    if base in (list, tuple, set, frozenset):
        return base(base.__iter__(value))
    return base.__getnewargs__(value)[0]  # a text or a number as it is, without a subclass's own idea of it
