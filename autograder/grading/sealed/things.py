"""What a student's objects and classes look like to a test: attributes, methods, calls and iteration work.

Equality, order, truth and membership are never the student's to say: a test that asks for them needs a person. So does
NumPy's wish to have such an object as an array. Arithmetic, lengths and items are the student's only where the test
names the class, for a test that does not expects numbers, and an object whose differences are all 0 is none. A class is
a real class here, so that ``isinstance`` and ``except`` work; its instances hold nothing but a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from autograder.grading.sealed.far import signature_of
from autograder.grading.sealed.known import EXCEPTIONS, words
from autograder.grading.sealed.peer import LONGEST_NAME, short

BINARY = words("add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift")
NAMED_ONLY = (
    *(f"__{name}__" for name in BINARY),
    *(f"__r{name}__" for name in BINARY),
    *words("__neg__ __pos__ __abs__ __invert__ __round__ __len__ __getitem__ __setitem__ __delitem__ __reversed__"),
    *words("__float__ __int__ __complex__ __index__"),
)
"""Special methods that are the student's where the student's class has them, and the test names that class."""
CARRIED = (*NAMED_ONLY, *words("__call__ __iter__ __next__ __str__ __repr__ __enter__ __exit__"))
"""Special methods that are the student's where the student's class has them."""
NEVER = words("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __contains__ __array__")
UNASKED = ("_repr_", "_ipython_", "__")
"""How attributes begin that a notebook or a library looks for by itself: they are not there."""

Ask = Callable[..., Any]


@dataclass(frozen=True)
class Far:
    """How stand-ins reach what they stand for.

    Args:
        ask: sends a request and returns its value.
        named: whether the cell that runs names a class.
        person: leaves the cell to a person.
    """

    ask: Ask
    named: Callable[[type], bool]
    person: Callable[[str], NoReturn]


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


class FarClass(type):
    """A class in the student's process.

    A class of the instructor's that it is derived from stands at the end of its line, for ``isinstance`` to find; what
    that defines is never used, for the student's process has it too.
    """

    _far: Far
    _far_number: int
    _far_given: tuple[type, ...]

    def mro(cls) -> list[type]:
        """The line of classes in which a name is looked for."""
        line = super().mro()
        given = [kind for base in cls.__dict__.get("_far_given", ()) for kind in base.__mro__]
        return [*line, *(kind for kind in given if kind not in line)]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance over there; an exception is made here, to be raised."""
        if BaseException in cls.__mro__:
            return super().__call__(*args, **kwargs)
        return cls._far.ask("call", cls._far_number, args, kwargs)

    def __getattribute__(cls, name: str) -> Any:
        if name.startswith("_") or name == "mro":
            return super().__getattribute__(name)
        far = super().__getattribute__("_far")
        return far.ask("get", super().__getattribute__("_far_number"), name)


class FarThing(metaclass=FarClass):
    """An object in the student's process."""

    _far: Far
    _far_number: int
    __array_ufunc__ = None

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        return type(self)._far.ask("get", object.__getattribute__(self, "_far_number"), name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(UNASKED):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return type(self)._far.ask("get", object.__getattribute__(self, "_far_number"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        type(self)._far.ask("set", self._far_number, name, value)

    def __repr__(self) -> str:
        return f"<an object of class {type(self).__name__}>"

    def __hash__(self) -> int:
        return id(self)


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
        self.kinds: dict[tuple[int, str, frozenset[str]], type] = {}

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
        if number not in self.known:
            parent, base = described.get("parent"), exception_base(described.get("raises"))
            given = (parent,) if isinstance(parent, type) and not isinstance(parent, FarClass) else ()
            if isinstance(parent, FarClass):
                bases: tuple[type, ...] = (parent,)
            elif base:
                bases = given if given and issubclass(given[0], BaseException) else (base,)
            else:
                bases = (FarThing,)
            own = {"__module__": "__main__", "_far": self.far, "_far_number": number, "_far_given": given}
            name = short(described.get("name")) or "object"
            self.known[number] = type(name, bases, own) if base and given else FarClass(name, bases, own)
        made_before: type = self.known[number]
        return made_before

    def _kind(self, described: dict[str, Any]) -> type:
        """The class of a stand-in, with what it can do: the student's own; for a library's a bare one of that name."""
        owner = described.get("class")
        parent: type = owner if isinstance(owner, FarClass) and issubclass(owner, FarThing) else FarThing
        name = short(described.get("name"), LONGEST_NAME) or "object"
        can = frozenset(name for name in described.get("can") or () if name in CARRIED)
        key = (id(parent), name, can)
        if key not in self.kinds:
            methods: dict[str, Any] = {special: _carried(special) for special in can}
            self.kinds[key] = FarClass(name, (parent,), methods | {"__module__": "__main__", "_far": self.far})
        return self.kinds[key]


def exception_base(name: Any) -> type[BaseException] | None:
    """The exception that both sides have under this name."""
    return EXCEPTIONS.get(name) if type(name) is str else None


def number_of(value: Any) -> int | None:
    """The student's number for what a stand-in stands for."""
    kind = type(value)
    if issubclass(kind, FarThing):
        return int(object.__getattribute__(value, "_far_number"))
    if issubclass(kind, FarClass) and value is not FarThing:
        return int(type.__getattribute__(value, "_far_number"))
    return None
