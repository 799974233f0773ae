"""Special methods of a student's objects: which of them are the student's, and what stands in the place of the others.

Equality, order, truth and membership are the student's only where that decides nothing else (``compared.py``), and
NumPy's wish to have such an object as an array needs a person. Arithmetic is the student's where the test names the
class; a test that does not expects numbers, and an object whose differences are all 0 is none.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from autograder.grading.sealed.crossing.compared import said_once
from autograder.grading.sealed.crossing.known import words

BINARY = words("add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift")
NAMED_ONLY = (
    *(f"__{name}__" for name in BINARY),
    *(f"__r{name}__" for name in BINARY),
    *(f"__i{name}__" for name in BINARY if name != "divmod"),
    *words("__neg__ __pos__ __abs__ __invert__ __round__ __len__ __getitem__ __setitem__ __delitem__ __reversed__"),
    *words("__float__ __int__ __complex__ __index__ __trunc__ __floor__ __ceil__"),
)
"""Special methods that are the student's where the student's class has them, and the test names that class."""
CARRIED = (
    *NAMED_ONLY,
    *words("__call__ __iter__ __next__ __aiter__ __anext__ __await__ __str__ __repr__ __format__ __enter__ __exit__"),
)
"""Special methods that are the student's where the student's class has them."""
PARTS, PLACES = ("__getitem__", "__len__"), (int, str, slice, tuple)
"""What has one answer for as long as nothing is called, so that it is as good as data; and by what it is asked for."""
CHANGES = tuple(name for name in NAMED_ONLY if name[2:-2] in {"setitem", "delitem", *(f"i{name}" for name in BINARY)})
"""Those that change the object, or may."""
NEVER = words("__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __bool__ __contains__ __array__ __reduce_ex__")
OWN = words("__bool__ __contains__ __hash__ __eq__")
"""Special methods that an object can do without; where a class has its own, they are never the student's to say."""
ORDER = words("__lt__ __le__ __gt__ __ge__")
OF_CLASSES = words("__iter__ __len__ __getitem__")
"""Special methods of a class itself: an enumeration's."""


def carried(name: str) -> Callable[..., Any]:
    """A method that is the student's."""

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


def never(name: str) -> Callable[..., Any]:
    """A method that is never the student's: who uses it needs a person."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(self)
        kind._far.person(f"the test uses {name} of an object of the student's class {kind.__name__}")

    method.__name__ = name
    return method


def of_class(name: str) -> Callable[..., Any]:
    """A method of a class itself, such as an enumeration's."""

    def method(cls: Any, *args: Any) -> Any:
        if name in NAMED_ONLY and not cls._far.named(cls):
            cls._far.person(f"the test uses {name} of the student's class {cls.__name__}, which it does not name")
        return cls._far.ask("special", cls._far_number, name, args, {})

    method.__name__ = name
    return method


def copied(self: Any, *memo: Any) -> Any:
    """A copy, made over there."""
    return type(self)._far.ask("copied", self._far_number, bool(memo))


def awaited(self: Any) -> Generator[Any, Any, Any]:
    """What comes of waiting for the object, over there."""
    return type(self)._far.ask("awaited", self._far_number)
    yield  # what is awaited is asked as an iterator


def differs(name: str) -> Callable[..., Any]:
    """Equality of a class that says nothing of it: two objects are two; that one is itself it does not say either."""

    def method(self: Any, other: Any) -> Any:
        return (name == "__ne__") if self is not other else never(name)(self, other)

    method.__name__ = name
    return method


def does_not_say(self: Any, other: Any) -> Any:
    """An order of which the class says nothing."""
    return NotImplemented


def is_not_empty(self: Any) -> bool:
    """The truth of what has a length and no truth of its own."""
    return len(self) > 0


def by_identity(self: Any) -> int:
    """The hash of what has none of its own."""
    return id(self)


def contains(self: Any, value: Any) -> bool:
    """Membership in what can be gone through, and says nothing of it itself."""
    return any(part is value or part == value for part in self)
