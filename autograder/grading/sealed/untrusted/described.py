"""How an object or a class of the student's is described to the tests, for something to be made that looks like it."""

from __future__ import annotations

import abc
import enum
from typing import Any

from autograder.grading.sealed.crossing.far import parameters_of
from autograder.grading.sealed.crossing.kinds import built_on, line_of
from autograder.grading.sealed.crossing.peer import short
from autograder.grading.sealed.crossing.raised import exception_name
from autograder.grading.sealed.crossing.wire import CannotCross, encode
from autograder.grading.sealed.untrusted.looks import abilities, is_named_tuple, is_own, of_plain_data, says

MOST_STATE = 2_000  # bytes


def described_thing(value: Any, strange: bool) -> dict[str, Any]:
    """Describe an object that is no function and no class.

    Args:
        value: the object.
        strange: whether its class has anything from a library.
    """
    kind = type(value)
    can = abilities(kind)
    return {
        "kind": "thing",
        "name": short(kind.__name__),
        "class": kind if is_own(kind) else None,
        "can": can,
        "signature": parameters_of(value) if "__call__" in can else None,
        "hashed": kind.__hash__ is not None,
        "line": line_of(kind) if strange else None,
        "says": says(kind),
        "built": built_on(kind),
        "plain": of_plain_data(kind),
        "state": _state_of(value) if is_own(kind) and "__eq__" in can else None,
    }


def described_class(kind: type) -> dict[str, Any]:
    """Describe a class; one of tuples whose places have names, by these."""
    described: dict[str, Any] = {"kind": "class", "name": short(kind.__name__)}
    if is_named_tuple(kind):
        told: Any = kind
        return described | {"fields": told._fields, "defaults": tuple(told._field_defaults.values())}
    parents = [base for base in kind.__bases__ if base.__module__ == "__main__"]
    return described | {
        "parent": parents[0] if parents else None,
        "raises": exception_name(kind),
        "abstract": issubclass(kind, abc.ABC),
        "enumeration": issubclass(kind, enum.Enum),
        "line": line_of(kind),
    }


def _state_of(value: Any) -> bytes | None:
    """What an object consists of, if that is plain and short."""
    try:
        told = encode(dict(vars(value)))
    except (CannotCross, TypeError):
        return None
    return told if len(told) <= MOST_STATE else None
