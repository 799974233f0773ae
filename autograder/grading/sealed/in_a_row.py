"""Calls that a check is going to make next are sent in a row: what may be sent so, and which of them it makes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MOST_AHEAD = 50_000  # bytes: what a socket takes in without anybody reading
NUMBERS = (int, float, np.float64, np.int64, np.ndarray)


def size(value: Any) -> float:
    """Bytes that a number or an array of such takes when it crosses; no other argument is sent ahead."""
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return 100 + float(value.nbytes)
    return 10 if type(value) in (int, float) else math.inf


def same(value: Any, other: Any) -> bool:
    """Whether two requests would cross as the same bytes: they are made of plain values, numbers and arrays."""
    if type(value) is not type(other):
        return False
    if type(value) is tuple:
        return len(value) == len(other) and all(map(same, value, other))
    if type(value) is np.ndarray:
        kind = value.dtype, value.shape, value.flags.f_contiguous, value.flags.c_contiguous
        as_kind = other.dtype, other.shape, other.flags.f_contiguous, other.flags.c_contiguous
        return kind == as_kind and value.tobytes() == other.tobytes()
    return repr(value) == repr(other)  # of a nan too


def goes_on(answer: tuple[Any, ...]) -> bool:
    """Whether a check that gets this answer makes its next call: it is numbers, and nothing was changed by the way."""
    kind, value, _, changed, _, rebound = answer if len(answer) == 6 else ("error", None, "", (), [], {})
    if kind != "ok" or changed or rebound or type(value) not in NUMBERS:
        return False
    array = np.asarray(value)
    return array.dtype.kind in "iuf" and bool(np.isfinite(array).all())
