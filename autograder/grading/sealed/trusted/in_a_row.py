"""Calls that a check is going to make next are sent in a row: what may be sent so, and which of them it makes.

How far they are made over there, the student's process says (``student.py``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.peer import Peer

MOST_AHEAD = 50_000  # bytes: what a socket takes in without anybody reading


class InARow:
    """Calls that have been sent before they are made, and the numbers of their answers.

    Between two calls this process would wait, and wake up with nothing at hand. Each is answered by itself, and its
    answer waited for where the call is made.

    Args:
        peer: who asks.
    """

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.waiting: list[tuple[int, tuple[Any, ...]]] = []

    def forget(self) -> None:
        """Make none of the calls any more."""
        self.waiting = []

    def send(self, flags: dict[str, Any], number: int, calls: Sequence[Sequence[Any]]) -> None:
        """Send calls of one function, as far as they are short."""
        if sum(_size(arg) for args in calls for arg in args) < MOST_AHEAD:
            first = self.peer.send(("calls", flags, number, [tuple(args) for args in calls]), len(calls))
            self.waiting = [(k, ("call", flags, number, tuple(args), {})) for k, args in enumerate(calls, first)]

    def answer_to(self, request: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The answer to a request, where that is the next of those; after any other one, none of them is waited for."""
        waiting, self.waiting = self.waiting, []
        if waiting and _same(request, waiting[0][1]):
            answer = self.peer.answer_to(waiting[0][0])
            if answer[0] != "stopped":
                self.waiting = waiting[1:]
                return answer
        return None


def _size(value: Any) -> float:
    """Bytes that a number or an array of such takes when it crosses; no other argument is sent ahead."""
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return 100 + float(value.nbytes)
    return 10 if type(value) in (int, float) else math.inf


def _same(value: Any, other: Any) -> bool:
    """Whether two requests would cross as the same bytes: they are made of plain values, numbers and arrays."""
    if type(value) is not type(other):
        return False
    if type(value) is tuple:
        return len(value) == len(other) and all(map(_same, value, other))
    if type(value) is np.ndarray:
        kind = value.dtype, value.shape, value.flags.f_contiguous, value.flags.c_contiguous
        as_kind = other.dtype, other.shape, other.flags.f_contiguous, other.flags.c_contiguous
        return kind == as_kind and value.tobytes() == other.tobytes()
    return repr(value) == repr(other)  # of a nan too
