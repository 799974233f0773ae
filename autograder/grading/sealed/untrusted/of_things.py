"""What a test can ask of one of the student's things, and what it then is told: a table of words.

Each is what Python itself does where a test says ``thing.name``, ``dir(thing)`` or ``copy(thing)``.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from typing import Any

from autograder.grading.sealed.crossing.far import OF_CODE
from autograder.grading.sealed.crossing.kinds import content_of

NOTHING: Mapping[str, Any] = {}


def _special(thing: Any, name: str, args: Any, kwargs: Mapping[str, Any] = NOTHING) -> Any:
    return getattr(type(thing), name)(thing, *args, **kwargs)


def _awaited(thing: Any) -> Any:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(thing)
    finally:
        loop.close()


def _code(function: Any) -> dict[str, Any]:
    code = function.__code__
    return {name: getattr(code, name) for name in OF_CODE}


def _copied(thing: Any, deep: bool) -> Any:
    return (copy.deepcopy if deep else copy.copy)(thing)


OF_THINGS: dict[str, Callable[..., Any]] = {
    "get": getattr,
    "set": setattr,
    "del": delattr,
    "dir": dir,
    "special": _special,
    "compared": _special,
    "content": content_of,
    "copied": _copied,
    "awaited": _awaited,
    "code": _code,
}
