"""What a student's objects and classes look like to a test: attributes, methods, iteration and arithmetic work.

Equality, order, truth and membership are never the student's to say: a test that asks for them needs a person. So does
NumPy's wish to have such an object as an array. A class is a real class here, so that ``isinstance`` and ``except``
work; its instances hold nothing but a number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.grading.sealed.known import EXCEPTIONS, words
from autograder.grading.sealed.peer import LONGEST_NAME, NeedsPerson, short

BINARY = words("add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift")
CARRIED = (
    *(f"__{name}__" for name in BINARY),
    *(f"__r{name}__" for name in BINARY),
    *words("__neg__ __pos__ __abs__ __invert__ __round__ __call__ __len__ __getitem__ __setitem__ __delitem__"),
    *words(
        "__iter__ __next__ __reversed__ __str__ __repr__ __float__ __int__ __complex__ __index__ __enter__ __exit__"
    ),
)
"""Special methods that are the student's where the student's class has them."""
NEVER = words("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __contains__ __array__")
UNASKED = ("_repr_", "_ipython_", "__")
"""How attributes begin that a notebook or a library looks for by itself: they are not there."""

Ask = Callable[..., Any]


def _carried(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._far_ask("special", self._far_number, name, args, kwargs)

    method.__name__ = name
    return method


def _never(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NeedsPerson(f"the test uses {name} of an object of the student's class {type(self).__name__}")

    method.__name__ = name
    return method


class FarThing:
    """An object in the student's process."""

    _far_number: int
    _far_ask: Ask
    __array_ufunc__ = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith(UNASKED):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._far_ask("get", self._far_number, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._far_ask("set", self._far_number, name, value)

    def __repr__(self) -> str:
        return f"<an object of class {type(self).__name__}>"

    def __hash__(self) -> int:
        return id(self)


for _name in NEVER:
    setattr(FarThing, _name, _never(_name))


class FarClass(type):
    """A class in the student's process."""

    _far_number: int
    _far_ask: Ask

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance over there; an exception is made here, to be raised."""
        if BaseException in cls.__mro__:
            return super().__call__(*args, **kwargs)
        return cls._far_ask("call", cls._far_number, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith(UNASKED):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return cls._far_ask("get", cls._far_number, name)


class Things:
    """Makes stand-ins, the same one again for the same object.

    Args:
        ask: sends a request and returns its value.
    """

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.known: dict[int, Any] = {}
        self.kinds: dict[tuple[int, str, frozenset[str]], type] = {}

    def thing(self, number: int, described: dict[str, Any]) -> Any:
        """An object that is no function and no class."""
        if number not in self.known:
            made: Any = object.__new__(self._kind(described))
            object.__setattr__(made, "_far_number", number)
            self.known[number] = made
        return self.known[number]

    def kind(self, number: int, described: dict[str, Any]) -> type:
        """A class of the student's."""
        if number not in self.known:
            base = exception_base(described.get("raises"))
            parent = described.get("parent")
            first = (base,) if base else ()
            bases = (parent,) if isinstance(parent, FarClass) else first or (FarThing,)
            name = short(described.get("name")) or "object"
            made = FarClass(name, bases, {"__module__": "__main__", "_far_number": number, "_far_ask": self.ask})
            self.known[number] = made
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
            methods |= {"__module__": "__main__", "_far_ask": staticmethod(self.ask)}
            meta = FarClass if isinstance(parent, FarClass) else type
            self.kinds[key] = meta(name, (parent,), methods)
        return self.kinds[key]


def exception_base(name: Any) -> type[BaseException] | None:
    """The exception that both sides have under this name."""
    return EXCEPTIONS.get(name) if type(name) is str else None


def number_of(value: Any) -> int | None:
    """The student's number for what a stand-in stands for."""
    if issubclass(type(value), FarThing):
        return int(object.__getattribute__(value, "_far_number"))
    if issubclass(type(value), FarClass):
        return int(type.__getattribute__(value, "_far_number"))
    return None
