"""What a function of another process looks like here: it can be called, and says its name and its arguments.

It is no real function: whoever looks inside (source, code) would find ours. On the tests' side looking inside is a
thing for a person; on the student's side there is nothing to see.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

from autograder.checks.call import Elsewhere
from autograder.grading.sealed.crossing.peer import LONGEST_NAME, short
from autograder.grading.sealed.crossing.wire import CannotCross, encode

TOLD = ("__defaults__", "__kwdefaults__", "__annotations__")
"""What a function of the student's is asked for where a test looks at it; so are its attributes without underscores."""
OF_CODE = ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_flags", "co_name", "co_varnames")
"""What is told of a function's code: how it is called, and of which kind it is."""
MOST_PARAMETERS = 50
LONGEST_DOC = 10_000
Parameter = inspect.Parameter
KINDS = [
    Parameter.POSITIONAL_ONLY,
    Parameter.POSITIONAL_OR_KEYWORD,
    Parameter.VAR_POSITIONAL,
    Parameter.KEYWORD_ONLY,
    Parameter.VAR_KEYWORD,
]
ANYTHING = inspect.Signature([Parameter("args", KINDS[2]), Parameter("kwargs", KINDS[4])])


class _Unsaid:
    """Stands for a default value that is no plain data."""

    def __repr__(self) -> str:
        return "..."


class FarFunction(Elsewhere):
    """A function in another process.

    Args:
        number: its number there.
        described: its name, arguments and docstring, as ``describe_function`` gives them.
        call: makes the call: this object, arguments, keyword arguments.
        inside: called with this object and the name of an attribute that it has not; returns it, or raises.
        expect: told this object and the arguments of the calls that come next.
        assign: called with this object, a name and a value, to set an attribute over there.
    """

    _assign: Callable[..., None] | None = None

    def __init__(
        self,
        number: int,
        described: dict[str, Any],
        call: Callable[..., Any],
        inside: Callable[..., Any],
        expect: Callable[..., None] | None = None,
        assign: Callable[..., None] | None = None,
    ) -> None:
        name = short(described.get("name"))
        self._number, self._call, self._inside, self._expect = number, call, inside, expect
        self.changed = ()
        self._partial = described.get("partial") is True
        self.__name__ = self.__qualname__ = name
        self.__doc__ = short(described.get("doc"), LONGEST_DOC) or None
        self.__module__ = "__main__"
        self.__signature__ = signature_of(described.get("signature"))
        self._assign = assign

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it over there."""
        return self._call(self, args, kwargs)

    def expect(self, calls: Sequence[Sequence[Any]]) -> None:
        """Have these calls made over there in a row."""
        if self._expect:
            self._expect(self, calls)

    def __getattr__(self, name: str) -> Any:
        return self._inside(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name == "changed" or not self._assign:
            object.__setattr__(self, name, value)
        else:
            self._assign(self, name, value)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    @property  # type: ignore[misc] # isinstance looks here, and tests ask whether an answer is a function
    def __class__(self) -> type:
        return functools.partial if self._partial else types.FunctionType

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


def _annotations(function: FarFunction) -> Any:
    return function._inside(function, "__annotations__")


setattr(FarFunction, "__annotations__", property(_annotations))  # noqa: B010 # else those of the class are found
FarFunction.__name__ = "function"  # what a message calls the type of a value that should have been a number


class FarCode:
    """What is told of the code of a function in another process.

    Args:
        told: by name, what may be known.
        person: called with a reason where something else is asked for; raises.
    """

    def __init__(self, told: Any, person: Callable[[str], Any]) -> None:
        self._told, self._person = told if type(told) is dict else {}, person

    def __getattr__(self, name: str) -> Any:
        if name in OF_CODE and name in self._told:
            return self._told[name]
        return self._person(f"the test looks into the student's function (at its {name})")


def describe_function(function: Any) -> dict[str, Any]:
    """Describe a function to the other side."""
    return {
        "name": text_attribute(function, "__name__"),
        "doc": text_attribute(function, "__doc__", LONGEST_DOC),
        "signature": parameters_of(function),
        "partial": type(function) is functools.partial,
    }


def text_attribute(value: Any, name: str, most: int = LONGEST_NAME) -> str:
    """An attribute that should be text, whatever it is."""
    try:
        return short(getattr(value, name, ""), most)
    except Exception:
        return ""


def parameters_of(function: Any) -> list[Any] | None:
    """The parameters of a function; a default that is no plain data is left out, and marked."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except Exception:  # a built-in without a signature, or a student's own idea of one
        return None
    return [(str(p.name), int(p.kind), p.default is not p.empty, *_plain(p.default)) for p in parameters]


def _plain(value: Any) -> tuple[bool, Any]:
    try:
        return (True, value) if value is not Parameter.empty and len(encode(value)) < 10_000 else (False, None)
    except CannotCross:
        return False, None


def signature_of(described: Any) -> inspect.Signature:
    """The signature that was described; one that fits every call where it makes no sense."""
    if type(described) is not list or len(described) > MOST_PARAMETERS:
        return ANYTHING
    try:
        return inspect.Signature([_parameter(*parts) for parts in described])
    except Exception:  # no honest description
        return ANYTHING


def _parameter(name: str, kind: int, has_default: bool, said: bool, default: Any) -> Parameter:
    filler = (default if said else _Unsaid()) if has_default else Parameter.empty
    return Parameter(name, KINDS[kind], default=filler)
