"""What both who writes plain data and who reads it must agree on: what may cross, how much of it, and what else.

Separate from the two (``writing.py``, ``reading.py``), which know nothing of each other.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

DEEPEST = 60
"""Containers within containers; also what protects the reader's stack."""
MOST_ITEMS = 2_000_000
"""Values in one message; an array counts as one."""
MOST_BYTES = 1 << 29
"""Of one array. What a message may have is for whoever sends it to say; this is about making one at all."""
FEW_ITEMS = 1_000
"""Values in one message to a process that nobody supervises: it is told texts and bytes, in a handful of containers."""
LONGEST_INTEGER = 100_000  # bytes
LONGEST_PART = 1_000
"""Bytes of numerator or denominator, characters of a decimal number: such are reduced, which takes their square."""
SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16), "m": (8,), "M": (8,)}
"""Kinds of numbers in arrays, and bytes of one. Wider floats have bytes that stand for nothing."""
WIDEST = 100_000  # bytes of one entry of an array of texts


class CannotCross(Exception):
    """A value that is no plain data; the message says what it is."""


class Malformed(Exception):
    """Bytes that no honest writer wrote."""


class Crossing(Protocol):
    """What is done about values that are no plain data.

    ``names_functions`` and ``takes_functions``: whether functions that every Python has cross as their names. They do
    from a test to the student's code; the other way they would be called in the tests' process, and some of them change
    what they are given.

    ``takes_objects``: whether anything else crosses than numbers, texts, bytes, and containers of these. To read
    something else may take hours, as some expressions take sympy; so a process that nobody supervises takes none.

    ``takes_tables``: whether values of pandas cross. They do between a student's process and the tests, and to nobody
    else: whoever reads one imports pandas.
    """

    names_functions: bool
    takes_functions: bool
    takes_objects: bool
    takes_tables: bool

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe a value: how it crosses, and a description for the other side.

        Raises:
            CannotCross: there is no way.
        """

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back to a value, or to something that stands for it.

        Raises:
            Malformed: it describes nothing.
        """


class _Strict:
    """Plain data only."""

    names_functions = takes_functions = True

    def __init__(self, takes_objects: bool = True, takes_tables: bool = False) -> None:
        self.takes_objects, self.takes_tables = takes_objects, takes_tables

    def leave(self, value: Any) -> tuple[str, Any]:
        raise CannotCross(f"a value of type {type.__dict__['__name__'].__get__(type(value))}")

    def arrive(self, how: str, described: Any) -> Any:
        raise Malformed(f"a reference ({how}) where plain data is wanted")


STRICT, WITH_TABLES, BARE = _Strict(), _Strict(takes_tables=True), _Strict(takes_objects=False)


def may_be_in_array(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of such entries may cross."""
    if dtype.kind in "SU":
        return 0 < dtype.itemsize <= WIDEST
    return dtype.itemsize in SIZES.get(dtype.kind, ()) and dtype.subdtype is None
