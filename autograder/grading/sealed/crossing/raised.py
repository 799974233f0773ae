"""How exceptions cross from one process to the other: as a type that both have, plain arguments, and a line."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from autograder.grading.sealed.crossing.known import EXCEPTION_NAMES, EXCEPTIONS, words
from autograder.grading.sealed.crossing.peer import short
from autograder.grading.sealed.crossing.wire import CannotCross, encode

LONGEST_TEXT = 500
MOST_ATTRIBUTES = 20
LONGEST_ATTRIBUTE = 100_000  # bytes
LIBRARIES = words(  # none whose exceptions say to who runs tests that one was left out
    "binascii configparser csv _csv dataclasses networkx numpy pandas queue _queue re sqlite3 statistics struct sympy"
)
"""Packages whose exceptions are told by their names."""
CONTENT = (int, float, str, bool, type(None), list, tuple, dict, set)


def told_of(error: BaseException, line: str, hold: Callable[[Any], int]) -> dict[str, Any]:
    """Tell of an exception that the student's code raised, and of the line where it did.

    Args:
        error: the exception.
        line: the text of that line.
        hold: numbers one of a class of the student's, which may have more to it than its arguments.
    """
    kind = type(error)
    own = next((c for c in kind.__mro__ if c.__module__ == "__main__"), None)
    known = exception_name(kind) or "Exception"
    given = arguments(error)
    plain = all(type(part) in (str, int, float, bool, type(None)) for part in given)
    args = [part[:LONGEST_TEXT] if type(part) is str else part for part in given[:5]]
    return {
        "name": short(kind.__name__),
        "class": own,
        "known": known,
        "exactly": id(kind) in EXCEPTION_NAMES,
        "home": short(str(kind.__module__)),
        "args": args if plain else [text_of(error, LONGEST_TEXT)],
        "line": line[:LONGEST_TEXT],
        "number": hold(error.with_traceback(None)) if own else None,
        "text": text_of(error, LONGEST_TEXT) if own and not plainly_said(kind) else None,
        "attributes": _attributes(error),
    }


def arguments(error: BaseException) -> tuple[Any, ...]:
    """What an exception is made of: one about a file does not count the file among its arguments.

    >>> arguments(FileNotFoundError(2, "No such file", "a.txt"))
    (2, 'No such file', 'a.txt')
    """
    name = error.filename if isinstance(error, OSError) and len(error.args) == 2 else None
    return (*error.args, str(name)) if isinstance(name, str | PurePath) else error.args


def plainly_said(kind: type) -> bool:
    """Whether the exceptions of a class say what those of Python's do."""
    says: Any = kind.__str__
    return any(says is base.__str__ for base in EXCEPTIONS.values())


def _attributes(error: BaseException) -> dict[str, Any]:
    """What else an exception has besides its arguments, such as the place where a text stopped making sense."""
    named = [(name, value) for name, value in vars(error).items() if type(name) is str and name[:1] != "_"]
    found = [(name, value) for name, value in named if type(value) in CONTENT and _is_short(value)]
    return dict(found[:MOST_ATTRIBUTES])


def _is_short(value: Any) -> bool:
    try:
        return len(encode(value)) <= LONGEST_ATTRIBUTE
    except CannotCross:
        return True  # whoever hands it over says why it cannot be


def remade(told: dict[str, Any]) -> tuple[BaseException, type[BaseException]]:
    """Make an exception of the type that the student's code raised, with its text and the line where it was.

    Returns:
        The exception, and the class of Python's own that it is of.
    """
    known = exception_base(told.get("known")) or Exception
    kind: Any = told.get("class") if not told.get("exactly") else known
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = _of_library(told, known) or type(short(told.get("name")) or "Exception", (known,), {})
    error = made(kind, known, tuple(bounded(part) for part in told.get("args") or ()))
    if getattr(type(error), "_far", None):
        number, text = told.get("number"), told.get("text")
        more: dict[str, Any] = {"_far_number": number if type(number) is int else 0}
        more |= {"_far_text": short(text, LONGEST_TEXT) if type(text) is str else None}
    else:
        more = attributes(told.get("attributes"), type(error))
    vars(error).update(more | {"line_elsewhere": short(told.get("line"), LONGEST_TEXT)})  # for the checks to tell
    return error, known


def _of_library(told: dict[str, Any], known: type[BaseException]) -> type[BaseException] | None:
    """The class of a library's that an exception is said to be of, if this process has it too."""
    home, name = short(told.get("home")), short(told.get("name"))
    module = sys.modules.get(home) if home.partition(".")[0] in LIBRARIES else None
    kind: Any = vars(module).get(name) if type(module) is types.ModuleType else None
    return kind if isinstance(kind, type) and issubclass(kind, known) else None


def made(kind: type[BaseException], known: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """Make an exception with these arguments, with no code of its class run but Python's own."""
    try:
        error: Any = known.__new__(kind, *args)
        error.args = error.args or args
        str(error)
    except Exception:  # one that is not made of any arguments
        error = Exception.__new__(type(kind.__name__, (Exception,), {}))
        error.args = args
    done: BaseException = error
    return done


def attributes(told: Any, kind: type) -> dict[str, Any]:
    """The attributes that an exception is said to have besides its arguments; none that hides a part of its class."""
    found = told if type(told) is dict and len(told) <= MOST_ATTRIBUTES else {}
    return {k: v for k, v in found.items() if type(k) is str and k[:1] != "_" and not callable(getattr(kind, k, None))}


def exception_name(kind: type) -> str | None:
    """The first exception of Python's in the line of a class, by its name."""
    return next((EXCEPTION_NAMES[id(c)] for c in kind.__mro__ if id(c) in EXCEPTION_NAMES), None)


def exception_base(name: Any) -> type[BaseException] | None:
    """The exception that both sides have under this name."""
    return EXCEPTIONS.get(name) if type(name) is str else None


def bounded(part: Any) -> Any:
    """An argument of an exception, if it is plain, and not too long."""
    return part[:LONGEST_TEXT] if type(part) is str else part if type(part) in (int, float, bool) else None


def text_of(error: BaseException | None, most: int = 10_000) -> str:
    """An exception's own text, if it can say one."""
    try:
        return str(error)[:most]
    except Exception:
        return "(its text cannot be had)"
