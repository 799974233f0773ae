"""What a value of a student's looks like: of which kind it is, what it can do, and what its code reads.

Separate from what answers the tests (``student.py``): nothing here is asked of a value, but of its class.
"""

from __future__ import annotations

import abc
import dis
import enum
import types
import typing
from collections import namedtuple
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.compared import COMPARISONS, SAID
from autograder.grading.sealed.crossing.kinds import BUILT_ON
from autograder.grading.sealed.crossing.special import CARRIED, CHANGES, OWN

FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    partial,
    type(lru_cache(len)),
    np.ufunc,
)
NOTHING: dict[Any, Any] = {}
VIEWS = (type(NOTHING.keys()), type(NOTHING.values()), type(NOTHING.items()))
ORDINARY = (object, abc.ABC, enum.Enum, typing.Generic, typing.Protocol)
"""What a student's class may be derived from, and be nothing but that class."""
NAMED_TUPLE = {*vars(namedtuple("_", "")), "__orig_bases__", "__annotations__", "__annotations_cache__"}
"""What a class of tuples has of itself, besides the names of its places."""
USUAL = {id(vars(object).get(name)) for name in (*CARRIED, *OWN)} | {id(vars(enum.Enum)["__hash__"])}
"""Special methods that are nobody's own, by identity; and nothing, where there is no such method."""
SHOWN = ("__str__", "__repr__", "__format__")
"""Special methods that use each other."""
READING = ("LOAD_GLOBAL", "LOAD_NAME")
ITSELF = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, map, filter, zip, enumerate)
"""Builtin types that a student's code makes without any library."""


def is_own(kind: type) -> bool:
    """Whether a class is one of the notebook's."""
    return kind.__module__ == "__main__"


def abilities(kind: type) -> list[str]:
    """The special methods that a class has of its own."""
    own: dict[str, Any] = {}  # what a class can do by its own class, such as being called, its objects cannot
    for base in reversed(kind.__mro__):
        own.update(vars(base))
    can = [name for name in (*CARRIED, *OWN) if id(own.get(name)) not in USUAL]
    can += [name for name in ("__str__", "__repr__") if is_own(kind) and name not in can]
    if kind in VIEWS:
        can.remove("__len__")  # a list that is made of one would ask for it, and need not
    return can


def of_plain_data(kind: type) -> list[str]:
    """Of a class that is derived from one of plain data, the special methods that are still that one's."""
    base: Any = next((base for base in BUILT_ON if issubclass(kind, base)), None)
    if base is None:
        return []
    names = [name for name in (*SAID, *CARRIED) if name not in (*CHANGES, *SHOWN) and hasattr(base, name)]
    same = [name for name in names if getattr(kind, name) is getattr(base, name)]
    same += ["__bool__"] if "__len__" in same and not hasattr(kind, "__bool__") else []
    return [name for name in same if not (hasattr(kind, "__missing__") and name == "__getitem__")]


def says(kind: type) -> list[str]:
    """The comparisons that a class has of its own."""
    return [name for name in COMPARISONS if getattr(kind, name) is not getattr(object, name)]


def is_strange(kind: type) -> bool:
    """Whether a class has anything from a library, so that a stand-in does not look like its instances in all."""
    if is_own(kind):
        return not all(is_own(base) for base in kind.__mro__ if base not in ORDINARY)
    return not issubclass(kind, ITSELF) and not kind.__name__.endswith("iterator")


def is_named_tuple(kind: type) -> bool:
    """Whether a class is one of tuples whose places have names, and nothing besides."""
    fields: Any = getattr(kind, "_fields", None) if kind.__bases__ == (tuple,) else None
    return type(fields) is tuple and not vars(kind).keys() - NAMED_TUPLE - {*fields}


def is_list_of_library(value: Any) -> bool:
    """Whether a value is what a library has for a list: such are the parts of a plot."""
    home = str(type(value).__module__)
    listed = isinstance(value, list | tuple) or (home.startswith("matplotlib") and isinstance(value, Sequence))
    return listed and home != "__main__"


def read_by(value: Any) -> Iterator[str]:
    """The global names in the code of a function, or of a class's methods, of the notebook."""
    if isinstance(value, type) and value.__module__ == "__main__":
        for part in vars(value).values():
            yield from read_by(getattr(part, "__func__", part))
    if type(value) is types.FunctionType:
        codes = [value.__code__]
        for code in codes:
            yield from (step.argval for step in dis.get_instructions(code) if step.opname in READING)
            yield from (text for text in code.co_consts if type(text) is str and "globals" in code.co_names)
            codes += [part for part in code.co_consts if type(part) is types.CodeType]
