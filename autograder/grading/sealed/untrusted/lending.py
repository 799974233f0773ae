"""Copies of objects of libraries that a test hands over: made from what the tests' process has packed, and looked at.

Separate from where they are packed (``packing.py``): nothing is unpickled but here, where the student's code may run.
"""

from __future__ import annotations

import pickle
import sqlite3
from typing import Any

from autograder.grading.sealed.crossing.plain import CannotCross


def unpacked(how: str, data: bytes) -> Any:
    """Make the object, in the student's process."""
    if how == "object":
        return pickle.loads(data)
    made = sqlite3.connect(":memory:")
    made.deserialize(data)
    made.row_factory = sqlite3.Row if how == "database of rows" else None
    return made


def content(value: Any) -> tuple[Any, ...]:
    """What such an object is made of now, to be compared.

    Raises:
        CannotCross: it has become something that cannot be told.
    """
    try:
        if isinstance(value, sqlite3.Connection):
            return (value.serialize(), value.total_changes)  # what is not committed is not in the first
        return (pickle.dumps(value, 5),)
    except Exception:
        raise CannotCross(f"an object of class {type(value).__name__}") from None
