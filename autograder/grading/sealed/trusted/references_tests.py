"""How a test's things cross to the student's code, and what stands in the tests' process for the student's."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from autograder.grading.sealed.crossing.far import FarFunction, describe_function
from autograder.grading.sealed.crossing.known import EXCEPTION_NAMES
from autograder.grading.sealed.crossing.peer import short
from autograder.grading.sealed.crossing.raised import arguments
from autograder.grading.sealed.crossing.references import References
from autograder.grading.sealed.crossing.wire import CannotCross
from autograder.grading.sealed.trusted.packing import packed
from autograder.grading.sealed.trusted.stand_ins import Things, described_as
from autograder.grading.sealed.trusted.things import FarClass, number_of

PLAIN_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
"""What has no attributes that anybody would ask for, unless they were set."""


class TestReferences(References):
    """The functions of a test, by their numbers, and the stand-ins for what is the student's.

    Args:
        function: makes a stand-in for a function, of its number and what it looks like.
    """

    __test__ = False  # pytest need not look here
    takes_functions = False
    things: Things

    def __init__(self, function: Callable[[int, dict[str, Any]], FarFunction]) -> None:
        super().__init__()
        self.function = function
        self.functions: dict[int, FarFunction] = {}
        self.docs: dict[str, str] = {}
        self.strange: set[str] = set()
        self.familiar: set[str] = set()

    def reset(self, things: Things) -> None:
        """Begin with another process of the student's, of which there is nothing yet."""
        self.things = things
        self.functions = {}

    # ---- to the student's process ----

    def number_of_theirs(self, value: Any) -> int | None:
        """What stands for something of the student's, going home."""
        if isinstance(value, type) and value in self.things.tuples:
            return self.things.tuples[value]
        return int(value._number) if type(value) is FarFunction else number_of(value)

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data; a tuple of a class of the student's by its parts."""
        number = self.things.tuples.get(type(value))
        if number is not None:
            return "named", (number, tuple(value))
        if self._is_a_library_s(value) and (told := packed(value)) is not None:
            return "lent", told
        if id(type(value)) in EXCEPTION_NAMES:
            return "raised", (EXCEPTION_NAMES[id(type(value))], arguments(value))
        return super().leave(value)

    def _is_a_library_s(self, value: Any) -> bool:
        """Whether a value is neither a stand-in nor one that the student's process has by its name."""
        return not (self.is_given(value) or isinstance(value, FarFunction) or number_of(value) is not None)

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe a function of a test; nothing else is let out."""
        if isinstance(value, type) or not callable(value):
            raise CannotCross(f"an object of class {type(value).__name__}")
        described = describe_function(value)
        told = described["signature"]  # without its defaults: they are the test's own data
        number, plain = self.hold(value), isinstance(value, PLAIN_FUNCTIONS) and not getattr(value, "__dict__", None)
        doc = f"the docstring of function {number} of the test" if described["doc"] else ""
        self.docs[doc] = described["doc"]  # for who copies it: it may say more than the student is to know
        described |= {"doc": doc, "signature": told and [(*part[:3], False, None) for part in told]}
        return {"kind": "function", "number": number, "described": described, "plain": plain}

    def known(self, kind: type) -> Any:
        """A class of exceptions that both sides have: one of the instructor's, or the name of one of Python's."""
        line = [base for base in kind.__mro__ if id(base) in EXCEPTION_NAMES or base in self.given.values()]
        return EXCEPTION_NAMES.get(id(line[0]), line[0])

    # ---- from the student's process ----

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back; what a library has for a list is a list."""
        if how == "listed":
            name, parts, number = described
            if type(parts) in (list, tuple) and type(number) is int:
                self.strange.add(short(name))
                self.familiar.add(short(name))
                return self.things.listed(number, short(name), parts)
        if how == "named":
            kind, parts = described
            if kind in self.things.tuples and type(parts) is tuple and len(parts) == len(kind._fields):
                return tuple.__new__(kind, parts)
        return super().arrive(how, described)

    def stand_in(self, described: dict[str, Any]) -> Any:
        """Something of the student's."""
        number, kind = described.get("number"), described.get("kind")
        if type(number) is not int:
            raise ValueError("a stand-in without a number")
        if kind == "function":
            return self._function(number, described)
        if kind == "class":
            parent = described.get("parent")
            ours = isinstance(parent, FarClass) or self.is_given(parent)
            return self.things.kind(number, described if ours else described | {"parent": None})
        if described.get("strange") is True:
            self.strange.add(short(described.get("name")))
        thing = self.things.thing(number, described)
        if type(thing)._far_looks is not None:
            self.familiar.add(type(thing).__name__)
        return thing

    def _function(self, number: int, described: dict[str, Any]) -> FarFunction:
        if number not in self.functions:
            told = described_as(described.get("described"))
            doc = self.docs.get(short(told.get("doc")), told.get("doc"))
            self.functions[number] = self.function(number, told | {"doc": doc})
        return self.functions[number]
