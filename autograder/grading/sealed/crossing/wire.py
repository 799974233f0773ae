"""Plain data as bytes, and back: the only form in which anything crosses between a student's process and the tests.

What is no plain data is passed to a *crossing*: an object that may turn it into a reference to an object that stays
where it is.
"""

from __future__ import annotations

from autograder.grading.sealed.crossing.plain import BARE, WITH_TABLES, CannotCross, Crossing, Malformed
from autograder.grading.sealed.crossing.reading import decode
from autograder.grading.sealed.crossing.writing import encode, is_plain

__all__ = ["BARE", "WITH_TABLES", "CannotCross", "Crossing", "Malformed", "decode", "encode", "is_plain"]
