"""What a student's objects and classes look like to a test: attributes, methods, calls and iteration work.

Equality, order, truth and membership are never the student's to say: a test that asks for them needs a person. So does
NumPy's wish to have such an object as an array. Arithmetic, lengths and items are the student's only where the test
names the class, for a test that does not expects numbers, and an object whose differences are all 0 is none. A class is
a real class here, so that ``isinstance`` and ``except`` work; its instances hold nothing but a number.
"""

from __future__ import annotations

import abc
import enum
import types
from collections import namedtuple
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, NoReturn

from autograder.grading.sealed.far import LONGEST_DOC, MOST_PARAMETERS, signature_of
from autograder.grading.sealed.known import words
from autograder.grading.sealed.peer import LONGEST_NAME, short
from autograder.grading.sealed.raised import exception_base
from autograder.grading.sealed.wire import decode

BINARY = words("add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift")
NAMED_ONLY = (
    *(f"__{name}__" for name in BINARY),
    *(f"__r{name}__" for name in BINARY),
    *words("__neg__ __pos__ __abs__ __invert__ __round__ __len__ __getitem__ __setitem__ __delitem__ __reversed__"),
    *words("__float__ __int__ __complex__ __index__"),
)
"""Special methods that are the student's where the student's class has them, and the test names that class."""
CARRIED = (*NAMED_ONLY, *words("__call__ __iter__ __next__ __await__ __str__ __repr__ __enter__ __exit__"))
"""Special methods that are the student's where the student's class has them."""
NEVER = words("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __contains__ __array__ __reduce_ex__")
OWN = words("__bool__ __contains__ __hash__ __eq__")
"""Special methods that an object can do without; where a class has its own, they are never the student's to say."""
OF_CLASSES = words("__iter__ __len__ __getitem__")
"""Special methods of a class itself: an enumeration's."""
SEEN = words("__name__ __qualname__ __class__ __doc__ __module__ __signature__ __abstractmethods__ mro")
"""Attributes of a class that are here."""
LOOKED_FOR = {"__dict__": "vars(", "__dataclass_fields__": "dataclass"}
"""What is looked for on behalf of a test that has another word for it."""
OF_LIBRARIES = {"abstract": abc.ABC, "enumeration": enum.Enum}
"""Classes of Python's that a student's class may be derived from, for ``issubclass`` to find."""
UNASKED = ("_repr_", "_ipython_", "__")
"""How attributes begin that a notebook or a library looks for by itself: they are not there."""

LOOKS = {kind.__name__: kind for kind in (types.GeneratorType, map, filter, zip, enumerate)}
"""Classes of Python's own that an object may say it is of; nothing but ``isinstance`` comes of it."""

Ask = Callable[..., Any]


@dataclass(frozen=True)
class Far:
    """How stand-ins reach what they stand for.

    Args:
        ask: sends a request and returns its value.
        named: whether the cell that runs names a class.
        mentions: whether the instructor's text has a word in it.
        person: leaves the cell to a person.
    """

    ask: Ask
    named: Callable[[type], bool]
    mentions: Callable[[str], bool]
    person: Callable[[str], NoReturn]

    def wanted(self, name: str) -> bool:
        """Whether it is the instructor's text that looks for an attribute, and not Python or a library by itself."""
        return not name.startswith("_") or self.mentions(name) or self.mentions(LOOKED_FOR.get(name, name))


def _carried(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(self)
        if name in NAMED_ONLY and not kind._far.named(kind):
            kind._far.person(f"the test uses {name} of an object of class {kind.__name__}, which it does not name")
        return kind._far.ask("special", self._far_number, name, args, kwargs)

    method.__name__ = name
    return method


def _never(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(self)
        kind._far.person(f"the test uses {name} of an object of the student's class {kind.__name__}")

    method.__name__ = name
    return method


def _of_class(name: str) -> Callable[..., Any]:
    def method(cls: Any, *args: Any) -> Any:
        if name in NAMED_ONLY and not cls._far.named(cls):
            cls._far.person(f"the test uses {name} of the student's class {cls.__name__}, which it does not name")
        return cls._far.ask("special", cls._far_number, name, args, {})

    method.__name__ = name
    return method


def _copied(self: Any, *memo: Any) -> Any:
    return type(self)._far.ask("copied", self._far_number, bool(memo))


def _awaited(self: Any) -> Generator[Any, Any, Any]:
    return type(self)._far.ask("awaited", self._far_number)
    yield  # what is awaited is asked as an iterator


def _differs(name: str) -> Callable[..., Any]:
    """Equality of a class that says nothing of it: two objects are two; that one is itself it does not say either."""

    def method(self: Any, other: Any) -> Any:
        return (name == "__ne__") if self is not other else _never(name)(self, other)

    method.__name__ = name
    return method


def _by_identity(self: Any) -> int:
    return id(self)


def _contains(self: Any, value: Any) -> bool:
    return any(part is value or part == value for part in self)


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
            return super().__call__(*args, **kwargs)
        return cls._far.ask("call", cls._far_number, args, kwargs)

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
    type.__setattr__(FarClass, _name, _of_class(_name))


class FarThing(metaclass=FarClass):
    """An object in the student's process."""

    _far: Any = None
    _far_number: int
    __array_ufunc__ = None

    __copy__ = __deepcopy__ = _copied

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_far") or name == "__class__" or name in NEVER or name in CARRIED:
            return object.__getattribute__(self, name)
        far = type(self)._far
        if not far.wanted(name):
            return object.__getattribute__(self, name)
        return far.ask("get", object.__getattribute__(self, "_far_number"), name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(UNASKED) and not type(self)._far.wanted(name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return type(self)._far.ask("get", object.__getattribute__(self, "_far_number"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        type(self)._far.ask("set", self._far_number, name, value)

    def __delattr__(self, name: str) -> None:
        type(self)._far.ask("del", self._far_number, name)

    def __repr__(self) -> str:
        return f"<an object of class {type(self).__name__}>"

    __hash__ = _by_identity

    def __dir__(self) -> Any:
        return type(self)._far.ask("dir", self._far_number)


for _name in NEVER:
    setattr(FarThing, _name, _never(_name))


class Things:
    """Makes stand-ins, the same one again for the same object.

    Args:
        far: how they reach what they stand for.
    """

    def __init__(self, far: Far) -> None:
        self.far = far
        self.known: dict[int, Any] = {}
        self.tuples: dict[Any, int] = {}
        self.kinds: dict[tuple[Any, ...], type] = {}

    def thing(self, number: int, described: dict[str, Any]) -> Any:
        """An object that is no function and no class."""
        if number not in self.known:
            made: Any = object.__new__(self._kind(described))
            object.__setattr__(made, "_far_number", number)
            if described.get("signature") is not None:
                object.__setattr__(made, "__signature__", signature_of(described["signature"]))
            self.known[number] = made
        return self.known[number]

    def kind(self, number: int, described: dict[str, Any]) -> type:
        """A class of the student's."""
        if number not in self.known and described.get("fields") is not None:
            self.known[number] = made = tuple_class(described)
            self.tuples[made] = number
        elif number not in self.known:
            parent, base = described.get("parent"), exception_base(described.get("raises"))
            given: tuple[type, ...] = (parent,) if isinstance(parent, type) and not isinstance(parent, FarClass) else ()
            given += tuple(kind for word, kind in OF_LIBRARIES.items() if described.get(word) is True)
            told = described_as(described.get("described"))
            if isinstance(parent, FarClass):
                bases: tuple[type, ...] = (parent,)
            elif base:
                bases = given if given and issubclass(given[0], BaseException) else (base,)
            else:
                bases = (FarThing,)
            own = {"__module__": "__main__", "_far": self.far, "_far_number": number, "_far_given": given}
            own |= {"__doc__": short(told.get("doc"), LONGEST_DOC) or None}
            own |= {"__signature__": signature_of(told.get("signature"))}
            name = short(described.get("name")) or "object"
            self.known[number] = type(name, bases, own) if base and given else FarClass(name, bases, own)
        made_before: type = self.known[number]
        return made_before

    def _kind(self, described: dict[str, Any]) -> type:
        """The class of a stand-in, with what it can do: the student's own; for a library's a bare one of that name."""
        owner = described.get("class")
        parent: type = owner if isinstance(owner, FarClass) and issubclass(owner, FarThing) else FarThing
        name = short(described.get("name"), LONGEST_NAME) or "object"
        can = frozenset(name for name in described.get("can") or () if name in CARRIED or name in OWN)
        hashed = described.get("hashed") is not False
        strange, looks = described.get("strange") is True, LOOKS.get(name) if owner is None else None
        key = (id(parent), name, can, hashed, strange)
        if key not in self.kinds:
            methods: dict[str, Any] = {special: _carried(special) for special in can - {*OWN}}
            methods |= {"__await__": _awaited} if "__await__" in can else {}
            methods |= {special: _never(special) for special in can & {*OWN}}
            methods |= {} if "__eq__" in can else {special: _differs(special) for special in ("__eq__", "__ne__")}
            methods |= {"__hash__": _by_identity} if "__hash__" not in can else {}
            methods |= {} if {"__bool__", "__len__"} & can else {"__bool__": lambda _: True}
            methods |= {"__contains__": _contains} if "__iter__" in can and "__contains__" not in can else {}
            methods |= {"__doc__": type.__getattribute__(parent, "__doc__") if parent is not FarThing else None}
            methods |= {"_far_strange": strange}
            methods |= {"__class__": property(lambda _: looks)} if looks else {}
            methods |= {} if hashed else {"__hash__": None}
            self.kinds[key] = FarClass(name, (parent,), methods | {"__module__": "__main__", "_far": self.far})
        return self.kinds[key]


def tuple_class(described: dict[str, Any]) -> type:
    """A class of tuples whose places have names, and nothing else: made anew, of its names."""
    fields, defaults = described.get("fields"), described.get("defaults")
    if type(fields) is not tuple or type(defaults) is not tuple or len(fields) > MOST_PARAMETERS:
        raise ValueError("fields")
    if any(short(field) != field for field in fields):
        raise ValueError("fields")
    make: Any = namedtuple  # it refuses what is no name
    made: type = make(short(described.get("name")), fields, defaults=defaults, module="__main__")
    return made


def described_as(told: Any) -> dict[str, Any]:
    """What a function or a class is said to look like; nothing where that is no description."""
    described = decode(told) if type(told) is bytes else None
    return described if type(described) is dict else {}


def number_of(value: Any) -> int | None:
    """The student's number for what a stand-in stands for."""
    kind = type(value)
    if issubclass(kind, FarThing):
        return int(object.__getattribute__(value, "_far_number"))
    if issubclass(kind, FarClass) and value is not FarThing:
        return int(type.__getattribute__(value, "_far_number"))
    return None
