"""How exceptions cross from one process to the other: as a type that both have, plain arguments, and a line."""

from __future__ import annotations

from typing import Any

from autograder.grading.sealed.cells import text_of
from autograder.grading.sealed.known import EXCEPTION_NAMES, EXCEPTIONS

LONGEST_TEXT = 500


def told_of(error: BaseException, line: str) -> dict[str, Any]:
    """Tell of an exception that the student's code raised, and of the line where it did."""
    kind = type(error)
    own = next((c for c in kind.__mro__ if c.__module__ == "__main__"), None)
    known = exception_name(kind) or "Exception"
    plain = all(type(part) in (str, int, float, bool, type(None)) for part in error.args)
    args = [part[:LONGEST_TEXT] if type(part) is str else part for part in error.args[:5]]
    return {
        "name": kind.__name__,
        "class": own,
        "known": known,
        "exactly": id(kind) in EXCEPTION_NAMES,
        "args": args if plain else [text_of(error, LONGEST_TEXT)],
        "line": line[:LONGEST_TEXT],
    }


def made(kind: type[BaseException], known: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """Make an exception with these arguments, with no code of its class run but Python's own."""
    try:
        error: Any = known.__new__(kind, *args)
        error.args = args
        str(error)
    except Exception:  # one that is not made of any arguments
        error = Exception.__new__(type(kind.__name__, (Exception,), {}))
        error.args = args
    done: BaseException = error
    return done


def exception_name(kind: type) -> str | None:
    """The first exception of Python's in the line of a class, by its name."""
    return next((EXCEPTION_NAMES[id(c)] for c in kind.__mro__ if id(c) in EXCEPTION_NAMES), None)


def exception_base(name: Any) -> type[BaseException] | None:
    """The exception that both sides have under this name."""
    return EXCEPTIONS.get(name) if type(name) is str else None


def bounded(part: Any) -> Any:
    """An argument of an exception, if it is plain, and not too long."""
    return part[:LONGEST_TEXT] if type(part) is str else part if type(part) in (int, float, bool) else None
