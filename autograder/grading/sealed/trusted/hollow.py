"""Values that hold nothing: an array without entries, or one whose entries are all masked, missing or no numbers.

Nearly every comparison is true of such a value whatever it should have been: ``np.allclose`` of no entries, a mask that
``assert_allclose`` passes over, a missing number that ``all`` leaves out, nan that is not larger than any tolerance. A
test that passes by one goes to a person, unless its text says that it looks for that, or what the answer was given held
nothing either. Separate from the other doubts (``doubts.py``) because it is about values, and not about processes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

LOOKS_FOR_ENTRIES = re.compile(r"\b(shape|n?size|ndim|empty|array_equal|equals)\b|\blen\(|\[\s*\]|assert_(?!allclose)")
"""What a test of an array without entries says, or what is never true of one that should have had some."""
LOOKS_FOR_NUMBERS = re.compile(r"mask|nan|NaN|isna|isnull|notna|notnull|isfinite|dropna|fillna|\bNA\b|\bNone\b")
"""What a test says that expects something to be masked or missing, or to be no number."""
LOOPS = re.compile(r"\b(for|zip|all)\b")
"""How a test goes through what was returned: through an empty list it goes in silence."""
MOST_PARTS = 20
CONTAINERS = (list, tuple, dict, set, frozenset)


def without_entries(value: Any) -> bool:
    """Whether a value is an array or a table without entries, or such a one is among several."""
    return _says(_without_entries, value)


def without_numbers(value: Any) -> bool:
    """Whether all entries are masked, missing or no numbers, or those of one of several.

    >>> without_numbers(np.array([np.nan, np.nan])), without_numbers(np.array([np.nan, 1])), without_numbers(())
    (True, False, False)
    """
    return _says(_without_numbers, value)


def _says(question: Callable[[Any], bool], value: Any) -> bool:
    """Ask of a value, or of the first ones in a list; pandas and NumPy answer some with an exception."""
    try:
        if type(value) in (list, tuple):
            return any(question(part) for part in value[:MOST_PARTS] if _is_array(part))
        return question(value)
    except Exception:
        return False


def _without_entries(value: Any) -> bool:
    return _is_array(value) and value.size == 0


def _without_numbers(value: Any) -> bool:
    if type(value) is np.ndarray:
        first = value.item(0) if value.size and value.dtype.kind in "fcmM" else 0
        return first != first and bool((value != value).all())
    if issubclass(type(value), float | np.inexact):
        return bool(value != value)
    if type(value) is np.ma.MaskedArray:
        return value.size > 0 and bool(np.ma.getmaskarray(value).all())
    if _is_of_pandas(value):
        missing = np.asarray(sys.modules["pandas"].isna(value))
        return missing.size > 0 and bool(missing.all())
    return False


def is_little(value: Any) -> bool:
    """Whether an argument holds so little that of it may come a value which holds nothing."""
    if type(value) in (int, float, str, bytes, *CONTAINERS):
        return not value or without_entries(value) or without_numbers(value)
    return without_entries(value) or without_numbers(value)


def _is_array(value: Any) -> bool:
    kind = type(value)
    return kind is np.ndarray or kind is np.ma.MaskedArray or (_is_of_pandas(value) and hasattr(value, "size"))


def _is_of_pandas(value: Any) -> bool:
    return str(type(value).__module__).partition(".")[0] == "pandas" and "pandas" in sys.modules


class Hollow:
    """What of the values that a test has had from the student's process holds nothing."""

    def __init__(self) -> None:
        self.entries = self.numbers = False
        self.containers = self.others = 0

    def see(self, value: Any, given: Iterable[Any] = ()) -> None:
        """Look at a value, and at what the function that returned it was given."""
        empty = type(value) in CONTAINERS and not value
        self.containers += empty
        self.others += not empty
        entries, numbers = without_entries(value), without_numbers(value)
        if (entries or numbers) and not any(map(is_little, given)):
            self.entries |= entries
            self.numbers |= numbers

    def why(self, source: str, read: Iterable[Any] = ()) -> str:
        """Why a person must decide on a test that has passed; empty where none must.

        Args:
            source: its text.
            read: the values of the names that it reads, as they were when it ended.
        """
        values = [*read]
        self.entries |= any(map(without_entries, values))
        self.numbers |= any(map(without_numbers, values))
        if self.numbers and not LOOKS_FOR_NUMBERS.search(source):
            return "the test passed with a value of which all entries are masked, missing or nan"
        if self.entries and not LOOKS_FOR_ENTRIES.search(source):
            return "the test passed with an array without entries, of which most comparisons are true"
        nothing = self.containers and not self.others and LOOPS.search(source)
        if nothing and not LOOKS_FOR_ENTRIES.search(source):
            return "the test passed with nothing but empty lists, and goes through their entries"
        return ""
