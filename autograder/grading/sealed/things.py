"""What a student's objects and classes look like to a test: attributes, methods, calls and iteration work.

Equality, order, truth and membership are the student's only where that decides nothing else (``compared.py``), and
NumPy's wish to have such an object as an array needs a person. Arithmetic is the student's where the test names the
class; a test that does not expects numbers, and an object whose differences are all 0 is none. A class is
a real class here, so that ``isinstance`` and ``except`` work; its instances hold nothing but a number.
"""

from __future__ import annotations

import abc
import enum
import sys
import types
from collections import namedtuple
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from autograder.grading.sealed import kinds
from autograder.grading.sealed.compared import SAID, by_content, note_made, note_told, said_by_student, said_once
from autograder.grading.sealed.far import LONGEST_DOC, MOST_PARAMETERS, signature_of
from autograder.grading.sealed.known import words
from autograder.grading.sealed.peer import LONGEST_NAME, short
from autograder.grading.sealed.raised import exception_base
from autograder.grading.sealed.wire import decode

BINARY = words("add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift")
NAMED_ONLY = (
    *(f"__{name}__" for name in BINARY),
    *(f"__r{name}__" for name in BINARY),
    *(f"__i{name}__" for name in BINARY if name != "divmod"),
    *words("__neg__ __pos__ __abs__ __invert__ __round__ __len__ __getitem__ __setitem__ __delitem__ __reversed__"),
    *words("__float__ __int__ __complex__ __index__ __trunc__ __floor__ __ceil__"),
)
"""Special methods that are the student's where the student's class has them, and the test names that class."""
CARRIED = (*NAMED_ONLY, *words("__call__ __iter__ __next__ __await__ __str__ __repr__ __format__ __enter__ __exit__"))
"""Special methods that are the student's where the student's class has them."""
PARTS, PLACES = ("__getitem__", "__len__"), (int, str, slice, tuple)
"""What has one answer for as long as nothing is called, so that it is as good as data; and by what it is asked for."""
VERDICTS = words("equals equal eq ne lt le gt ge compare all any issubset issuperset isdisjoint startswith endswith")
"""Methods by which a test compares a table, an array or a text: what stands in its place would say that it is right."""
CHANGES = tuple(name for name in NAMED_ONLY if name[2:-2] in {"setitem", "delitem", *(f"i{name}" for name in BINARY)})
"""Those that change the object, or may."""
NEVER = words("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __contains__ __array__ __reduce_ex__")
OWN = words("__bool__ __contains__ __hash__ __eq__")
"""Special methods that an object can do without; where a class has its own, they are never the student's to say."""
ORDER = words("__lt__ __le__ __gt__ __ge__")
OF_CLASSES = words("__iter__ __len__ __getitem__")
"""Special methods of a class itself: an enumeration's."""
SEEN = words("__name__ __qualname__ __class__ __doc__ __module__ __signature__ __abstractmethods__ mro")
"""Attributes of a class that are here."""
LOOKED_FOR = {"__dict__": "vars(", "__dataclass_fields__": "dataclass"}
"""What is looked for on behalf of a test that has another word for it."""
OF_LIBRARIES = {"abstract": abc.ABC, "enumeration": enum.Enum}
"""Classes of Python's that a student's class may be derived from, for ``issubclass`` to find."""
OF_LIBRARY = ("__dict__", "__sklearn_")
"""Names with underscores that a library looks for in objects of its own, and that say nothing of memory."""
UNASKED = ("_repr_", "_ipython_", "__")
"""How attributes begin that a notebook or a library looks for by itself: they are not there."""

BUILT = {kind.__name__: kind for kind in kinds.BUILT_ON}
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


def _carried(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(self)
        if name in NAMED_ONLY and not kind._far.named(kind):
            if name in PARTS and all(type(arg) in PLACES for arg in args):
                return said_once(kind._far, self._far_number, name, args)
            kind._far.doubt(f"the test passed by {name} of an object of class {kind.__name__}, which it does not name")
        if name == "__exit__" and len(args) == 3:
            args = (*args[:2], None)  # what is between the two processes is nobody's to see
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


def _of_error(self: Any, name: str) -> Any:
    """An attribute of an exception that its arguments do not make: over there it has it, if it was raised there."""
    kind = type(self)
    far = kind._far
    if name.startswith("_") and not far.mentions(name):
        raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
    return far.ask("get", vars(self)["_far_number"], name)


def _of_list(self: Any, name: str) -> Any:
    """An attribute of what a library has for a list."""
    far = type(self)._far
    if not far.wanted(name):
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    return far.ask("get", vars(self)["_far_number"], name)


def _said(self: Any) -> str:
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


def _specials(kind: type) -> set[str]:
    """Special methods of a library's class that no code of the library's is to run here."""
    names = {name for base in kind.__mro__[:-1] for name, part in vars(base).items() if callable(part)}
    return {n for n in names if n.startswith("__") and n.endswith("__") and not hasattr(FarThing, n) and n not in SEEN}


def _does_not_say(self: Any, other: Any) -> Any:
    return NotImplemented


def _is_not_empty(self: Any) -> bool:
    return len(self) > 0


def _inherited(name: str) -> Callable[..., Any]:
    """In the place of a special method of a library's class: its own ways of asking are the object's to answer."""
    if name == "__del__":
        return lambda _: None
    return _carried(name) if name.startswith(OF_LIBRARY) else _never(name)


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
    type.__setattr__(FarClass, _name, _of_class(_name))


class FarThing(metaclass=FarClass):
    """An object in the student's process."""

    _far: Any = None
    _far_number: int
    _far_strange = False
    _far_looks: type | None = None
    _far_built = ""
    __array_ufunc__ = None

    __copy__ = __deepcopy__ = _copied

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

    def __repr__(self) -> str:
        return f"<an object of class {type(self).__name__}>"

    __hash__ = _by_identity

    def __init_subclass__(cls, **_: Any) -> None:
        """Do nothing: a library's class in the line would look at the attributes of this one."""

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
        if type(described.get("state")) is bytes:
            note_told(self.known[number], self.far.requests(), decode(described["state"]))
        return self.known[number]

    def listed(self, number: int, name: str, parts: list[Any] | tuple[Any, ...]) -> Any:
        """What a library has for a list or a tuple: its parts are here, its attributes over there."""
        base: Any = type(parts)
        made = type(name or base.__name__, (base,), {"__getattr__": _of_list, "_far": self.far})(parts)
        made._far_number = number
        return made

    def kind(self, number: int, described: dict[str, Any]) -> type:
        """A class of the student's."""
        if number not in self.known and described.get("fields") is not None:
            self.known[number] = made = tuple_class(described)
            self.tuples[made] = number
        elif number not in self.known:
            parent, base = described.get("parent"), exception_base(described.get("raises"))
            given: tuple[type, ...] = (parent,) if isinstance(parent, type) and not isinstance(parent, FarClass) else ()
            given += tuple(kind for word, kind in OF_LIBRARIES.items() if described.get(word) is True)
            line = () if given or base else tuple(filter(kinds.fits, kinds.found(described.get("line"))))
            told = described_as(described.get("described"))
            if isinstance(parent, FarClass):
                bases: tuple[type, ...] = (parent,)
            elif base:
                bases = given if given and issubclass(given[0], BaseException) else (base,)
            else:
                bases = (FarThing,)
            own = {"__module__": "__main__", "_far": self.far, "_far_number": number, "_far_given": (*given, *line)}
            own |= {name: _inherited(name) for kind in line for name in _specials(kind)}
            own |= {"__doc__": short(told.get("doc"), LONGEST_DOC) or None}
            own |= {"__signature__": signature_of(told.get("signature"))}
            own |= {"__getattr__": _of_error, "__str__": _said} if base else {}
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
        strange, line = described.get("strange") is True, described.get("line") if owner is None else None
        looks = LOOKS.get(name) or next(iter(kinds.found(line)), None) if owner is None else None
        plain = frozenset(name for name in described.get("plain") or () if name in CARRIED or name in SAID)
        built = described.get("built") if described.get("built") in BUILT else ""
        if built and owner is not None:
            looks = type(name, (BUILT[built],), {})
        key = (id(parent), name, can, hashed, strange, id(looks) if owner is None else built, plain)
        if key not in self.kinds:
            methods: dict[str, Any] = {special: _carried(special) for special in can - {*OWN}}
            methods |= {"__await__": _awaited} if "__await__" in can else {}
            says = frozenset(name for name in described.get("says") or () if name in SAID)
            methods |= {special: said_by_student(special) for special in (can & {*OWN}) | says}
            methods |= {} if "__eq__" in can else {special: _differs(special) for special in ("__eq__", "__ne__")}
            methods |= {} if "__eq__" not in can else {"__ne__": said_by_student("__ne__")}
            methods |= {"__hash__": _by_identity} if "__hash__" not in can else {}
            methods |= {special: _does_not_say for special in ORDER if special not in says}
            methods |= {} if "__bool__" in can else {"__bool__": _is_not_empty if "__len__" in can else lambda _: True}
            methods |= {} if "__contains__" in can else {"__contains__": _contains}
            methods |= {special: by_content(special) for special in plain}
            methods |= {"__doc__": type.__getattribute__(parent, "__doc__") if parent is not FarThing else None}
            methods |= {"_far_strange": strange, "_far_looks": looks, "_far_built": built}
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
    if issubclass(kind, BaseException) and getattr(kind, "_far", None):
        return int(vars(value)["_far_number"])
    if issubclass(kind, list | tuple) and getattr(kind, "__getattr__", None) is _of_list:
        return int(value._far_number)
    return None
