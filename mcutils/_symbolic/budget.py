"""How much one question may take: a time and a largest size, asked for wherever work can grow.

Within 64 operations a person can write ``(((c + 1)**2 + 1)**2 + ...)**2``, which has more factors than memory holds.
Whatever makes expressions or numbers calls `spend`; whoever answers a question puts `limited` around it. The seconds
are those that this thread computes, not those of a clock on the wall: on a busy machine an answer has the same verdict.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from contextvars import ContextVar

SECONDS = 1.8  # for one question; some is left for what is between two calls of `spend`
LARGEST = 200_000  # characters in the key of one expression

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


class TooMuch(RuntimeError):
    """The work would take too long, or too much room."""


@contextlib.contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Work inside ends in `TooMuch` after so many seconds; a nearer deadline around it stays."""
    token = _deadline.set(min(_deadline.get(), time.thread_time() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def spend(size: int = 0) -> None:
    """Go on, or raise `TooMuch` past the deadline or for an expression of this size."""
    if size > LARGEST or time.thread_time() > _deadline.get():
        raise TooMuch
