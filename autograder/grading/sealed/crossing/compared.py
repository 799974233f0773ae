"""What a test's comparisons of a student's objects come to: whose word counts, and for how much.

A student's ``==`` that is always true would pass any test. So what a class of the student's says of its objects decides
a test only where the class itself is what is tested:

* both objects are as the test has made them, by calling the class, and nothing has been called since;
* or one is, and what the other consists of was told before that one was made, and is equal to it, or not, as the class
  says: whoever made that up would have had to know the answer.

Anything else is the student's word alone. A test that fails by it has failed; on one that passes a person decides.
Where a class has its comparisons from a list, a dictionary, a text or a number, these are compared here, by content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from autograder.grading.sealed.crossing.kinds import BUILT_ON
from autograder.grading.sealed.crossing.known import words

EQUALITY = ("__eq__", "__ne__")
COMPARISONS = (*EQUALITY, *words("__lt__ __le__ __gt__ __ge__"))
OF_ONE = words("__contains__ __bool__")
"""What is asked of one object; as good as a method of another name, where the test has made it."""
SAID = (*COMPARISONS, *OF_ONE, "__hash__")
SCALARS = (int, float, complex, str, bytes, bool, type(None))
MOST_PARTS = 1000
MISSING = object()


def said_by_student(name: str) -> Callable[..., Any]:
    """A method that asks the student's class, and notes where that is no more than its word."""

    def method(self: Any, *args: Any) -> Any:
        kind = type(self)
        far = kind._far
        value = far.ask("compared", self._far_number, name, args)
        if type(value) is not (int if name == "__hash__" else bool) and value is not NotImplemented:
            far.person(f"{name} of the student's class {kind.__name__} answers with a {type(value).__name__}")
        if not _counts(self, name, args, value):
            far.doubt(
                f"the test passed by what an object of the student's class {kind.__name__} says of itself ({name})"
            )
        return value

    method.__name__ = name
    return method


def by_content(name: str) -> Callable[..., Any]:
    """A method of a list, a dictionary, a text or a number, on what a student's object has of such."""

    def method(self: Any, *args: Any) -> Any:
        content = content_here(self)
        if name == "__bool__":
            return bool(content)
        return getattr(content, name)(*(content_here(arg) for arg in args))

    method.__name__ = name
    return method


def content_here(value: Any) -> Any:
    """What an object has of a list, a dictionary, a text or a number; any other value as it is."""
    kind = type(value)
    if not type.__getattribute__(kind, "__dict__").get("_far_built"):
        return value
    far, now = kind._far, (kind._far.epoch(), value._far_number)
    if far.content.get("now") != now:  # the same for as long as nothing is called
        content = far.ask("content", value._far_number)
        if type(content) not in BUILT_ON or type(content).__name__ != kind._far_built:
            far.person(f"an object of class {kind.__name__} is said to be a {kind._far_built}, and is none")
        far.content.update(now=now, content=content)
    return far.content["content"]


def said_once(far: Any, number: int, name: str, args: tuple[Any, ...]) -> Any:
    """A part of an object, the same whenever it is asked for, as long as nothing is called."""
    if far.content.get("epoch") != far.epoch():
        far.content.update(epoch=far.epoch(), parts={})
    parts, key = far.content["parts"], (number, name, repr(args))
    if key not in parts:
        value = far.ask("compared", number, name, args)
        parts = far.content.setdefault("parts", {})
        parts[key] = value
    return parts[key]


def _counts(one: Any, name: str, args: tuple[Any, ...], value: Any) -> bool:
    """Whether a class's own word decides."""
    if name in OF_ONE:
        return _made(one) is not None
    others = [arg for arg in args if hasattr(type(arg), "_far")]
    if all(_is_fresh(thing) for thing in (one, *others)):
        return True
    return name in EQUALITY and len(others) == 1 and _agrees(one, others[0], value is (name == "__eq__"))


def _agrees(one: Any, other: Any, equal: bool) -> bool:
    """Whether one of two objects was made by the test after it was told what the other consists of, and that fits."""
    made, told = (one, other) if _is_fresh(one) else (other, one)
    if type(one) is not type(other) or not _is_fresh(made) or _is_fresh(told):
        return False
    known, here = _told(told), _told(made)
    if known is None or here is None or known[0] > _made(made)[1] or known[1] != type(made)._far.epoch():
        return False
    wanted = list(_made(made)[2])
    honest = wanted and all(type(part) in SCALARS for part in wanted) and here[3][: len(wanted)] == wanted
    return bool(honest) and (known[2:] == here[2:]) is equal


def _is_fresh(thing: Any) -> bool:
    made = _made(thing)
    return made is not None and made[0] == type(thing)._far.epoch()


def _made(thing: Any) -> Any:
    """Of an object that the test has made: the count of calls, and of requests, at the time, and the arguments."""
    return _here(thing).get("_far_made")


def _told(thing: Any) -> Any:
    """What an object was last told to consist of: when, by requests and by calls, and the names and the parts."""
    return _here(thing).get("_far_told")


def _here(thing: Any) -> Any:
    return object.__getattribute__(thing, "__dict__")


def note_made(thing: Any, requests: int, args: tuple[Any, ...]) -> None:
    """Note that the test has made an object itself."""
    _here(thing)["_far_made"] = (type(thing)._far.epoch(), requests, tuple(_parts(args)))


def note_told(thing: Any, requests: int, state: Any) -> None:
    """Note what an object is told to consist of."""
    parts = list(_parts(state)) if type(state) is dict else [MISSING]
    good = MISSING not in parts and len(parts) < MOST_PARTS
    _here(thing)["_far_told"] = (requests, type(thing)._far.epoch(), [*state], parts) if good else None


def _parts(value: Any) -> Iterator[Any]:
    """The numbers and texts in containers, one after the other."""
    if type(value) in (list, tuple):
        for part in value:
            yield from _parts(part)
    elif type(value) is dict:
        yield from _parts(tuple(value.values()))
    else:
        yield value if type(value) in SCALARS else MISSING
