"""What a student's objects and classes look like to a test: attributes, methods, calls and iteration work.

A class is a real class here, so that ``isinstance`` and ``except`` work; its instances hold nothing but a number.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from autograder.grading.sealed.crossing.compared import note_made
from autograder.grading.sealed.crossing.known import words
from autograder.grading.sealed.crossing.special import (
    CARRIED,
    NEVER,
    OF_CLASSES,
    by_identity,
    carried,
    copied,
    never,
    of_class,
)

VERDICTS = words("equals equal eq ne lt le gt ge compare all any issubset issuperset isdisjoint startswith endswith")
"""Methods by which a test compares a table, an array or a text: what stands in its place would say that it is right."""
SEEN = words("__name__ __qualname__ __class__ __doc__ __module__ __signature__ __abstractmethods__ mro")
"""Attributes of a class that are here."""
LOOKED_FOR = {"__dict__": "vars(", "__dataclass_fields__": "dataclass"}
"""What is looked for on behalf of a test that has another word for it."""
OF_LIBRARY = ("__dict__", "__sklearn_")
"""Names with underscores that a library looks for in objects of its own, and that say nothing of memory."""
UNASKED = ("_repr_", "_ipython_", "__")
"""How attributes begin that a notebook or a library looks for by itself: they are not there."""

Ask = Callable[..., Any]


@dataclass(frozen=True)
class Far:
    """How stand-ins reach what they stand for.

    Args:
        ask: sends a request and returns its value.
        named: whether the cell that runs names a class.
        mentions: whether the instructor's text has a word in it.
        person: leaves the cell to a person.
        doubt: leaves the cell to a person if it passes.
        epoch: how often something has been called over there that may have changed an object.
        requests: how many requests have been sent.
        looked: told the name of a library's class and the frame of whoever looks into an object of it.
        content: what was last told of an object that is derived from plain data.
    """

    ask: Ask
    named: Callable[[type], bool]
    mentions: Callable[[str], bool]
    person: Callable[[str], NoReturn]
    doubt: Callable[[str], None] = lambda reason: None
    epoch: Callable[[], int] = lambda: 0
    requests: Callable[[], int] = lambda: 0
    looked: Callable[[str, types.FrameType], None] = lambda name, frame: None
    content: dict[str, Any] = field(default_factory=dict)

    def wanted(self, name: str) -> bool:
        """Whether it is the instructor's text that looks for an attribute, and not Python or a library by itself."""
        return not name.startswith("_") or self.mentions(name) or self.mentions(LOOKED_FOR.get(name, name))


def of_error(self: Any, name: str) -> Any:
    """An attribute of an exception that its arguments do not make: over there it has it, if it was raised there."""
    kind = type(self)
    far = kind._far
    if name.startswith("_") and not far.mentions(name):
        raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
    return far.ask("get", vars(self)["_far_number"], name)


def of_list(self: Any, name: str) -> Any:
    """An attribute of what a library has for a list."""
    far = type(self)._far
    if not far.wanted(name):
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    return far.ask("get", vars(self)["_far_number"], name)


def said(self: Any) -> str:
    """The text of an exception: its class may say more than its arguments do."""
    told = vars(self)
    if "_far_text" not in told and "_far_number" in told:
        told["_far_text"] = type(self)._far.ask("special", told["_far_number"], "__str__", (), {})
    text = told.get("_far_text")
    return text if type(text) is str else BaseException.__str__(self)


def _error(kind: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An exception that a test makes: it is made over there too, by the student's class."""
    there = kind._far.ask("new", kind._far_number, args, kwargs)
    made: Any = kind.__new__(kind, *args)
    made.args = args
    made._far_number = number_of(there)
    return made


def _has(looks: type | None, name: str) -> bool:
    """Whether a library's class has an attribute that not every class has."""
    asked = not name.startswith(UNASKED) or name.startswith(OF_LIBRARY)
    return asked and looks is not None and hasattr(looks, name) and not hasattr(object, name)


class FarClass(type):
    """A class in the student's process.

    A class of the instructor's that it is derived from stands at the end of its line, for ``isinstance`` to find; what
    that defines is never used, for the student's process has it too.
    """

    _far: Any
    _far_number: int
    _far_given: tuple[type, ...]

    def __init__(cls, name: str, bases: tuple[type, ...], own: dict[str, Any]) -> None:
        super().__init__(name, bases, own)
        if "_far" not in own and (far := getattr(cls, "_far", None)):
            far.person(f"the test derives a class, {name}, from one of the student's")

    def mro(cls) -> list[type]:
        """The line of classes in which a name is looked for."""
        line = super().mro()
        own = super().__getattribute__("__dict__")
        given = [kind for base in own.get("_far_given", ()) for kind in base.__mro__]
        return [*line, *(kind for kind in given if kind not in line)]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance over there; an exception is made here, to be raised."""
        if BaseException in type.mro(cls):
            return _error(cls, args, kwargs)
        requests = cls._far.requests()
        made = cls._far.ask("new", cls._far_number, args, kwargs)
        if issubclass(type(made), FarThing) and issubclass(type(made), cls):
            note_made(made, requests, (*args, *kwargs.values()))
        return made

    def __getattribute__(cls, name: str) -> Any:
        if name in SEEN or name.startswith("_far"):
            return super().__getattribute__(name)
        far = super().__getattribute__("_far")
        if far is None or not far.wanted(name):
            return super().__getattribute__(name)
        if name in NEVER:
            far.person(f"the test looks at {name} of the student's class {super().__getattribute__('__name__')}")
        return far.ask("get", super().__getattribute__("_far_number"), name)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith((*UNASKED, "_far")) or cls._far is None:
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return cls._far.ask("get", cls._far_number, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            cls._far.ask("set", cls._far_number, name, value)

    def __dir__(cls) -> Any:
        return cls._far.ask("dir", cls._far_number) if cls._far else super().__dir__()


for _name in OF_CLASSES:
    type.__setattr__(FarClass, _name, of_class(_name))


class FarThing(metaclass=FarClass):
    """An object in the student's process."""

    _far: Any = None
    _far_number: int
    _far_strange = False
    _far_looks: type | None = None
    _far_built = ""
    __array_ufunc__ = None

    __copy__ = __deepcopy__ = copied

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_far") or name == "__class__" or name in NEVER or name in CARRIED:
            return object.__getattribute__(self, name)
        kind = type(self)
        far = kind._far
        if kind._far_strange:
            far.looked(kind.__name__, sys._getframe(1))
        if name in VERDICTS and not far.named(kind):
            far.doubt(
                f"the test passed by what {name} of an object of class {kind.__name__} says, which it does not name"
            )
        if not (far.wanted(name) or _has(kind._far_looks, name)):
            return object.__getattribute__(self, name)
        return far.ask("get", object.__getattribute__(self, "_far_number"), name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(UNASKED) and not (type(self)._far.wanted(name) or _has(type(self)._far_looks, name)):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return type(self)._far.ask("get", object.__getattribute__(self, "_far_number"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        type(self)._far.ask("set", self._far_number, name, value)

    def __delattr__(self, name: str) -> None:
        type(self)._far.ask("del", self._far_number, name)

    @property  # type: ignore[misc] # what is built on plain data or is a library's says so to isinstance
    def __class__(self) -> type:
        kind = type(self)
        return kind._far_looks or kind

    def __repr__(self) -> str:
        return f"<an object of class {type(self).__name__}>"

    __hash__ = by_identity

    def __init_subclass__(cls, **_: Any) -> None:
        """Do nothing: a library's class in the line would look at the attributes of this one."""

    def __dir__(self) -> Any:
        return type(self)._far.ask("dir", self._far_number)


for _name in NEVER:
    setattr(FarThing, _name, never(_name))


def specials(kind: type) -> set[str]:
    """Special methods of a library's class that no code of the library's is to run here."""
    names = {name for base in kind.__mro__[:-1] for name, part in vars(base).items() if callable(part)}
    return {n for n in names if n.startswith("__") and n.endswith("__") and not hasattr(FarThing, n) and n not in SEEN}


def inherited(name: str) -> Callable[..., Any]:
    """In the place of a special method of a library's class: its own ways of asking are the object's to answer."""
    if name == "__del__":
        return lambda _: None
    return carried(name) if name.startswith(OF_LIBRARY) else never(name)


def number_of(value: Any) -> int | None:
    """The student's number for what a stand-in stands for."""
    kind = type(value)
    if issubclass(kind, FarThing):
        return int(object.__getattribute__(value, "_far_number"))
    if issubclass(kind, FarClass) and value is not FarThing:
        return int(type.__getattribute__(value, "_far_number"))
    if issubclass(kind, BaseException) and getattr(kind, "_far", None):
        return int(vars(value)["_far_number"])
    if issubclass(kind, list | tuple) and getattr(kind, "__getattr__", None) is of_list:
        return int(value._far_number)
    return None
