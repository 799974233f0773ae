"""Measure an answer against the right array: shape first, then finiteness, then values.

Every fact is one sentence. Shapes are spoken of in axis names, entries by their index in code (from 0).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks.sizes import in_axis_names

ORDINARY = 1e-6  # relative tolerance that a careful difference quotient passes
CLOSED_FORM = 1e-10  # one that only a formula passes
FLOOR = 1e-3  # data are of order one: a right answer that is all zeros is measured against this


def scale_of(want: np.ndarray) -> float:
    """Return the size that differences are measured against: the largest entry, or a floor where all are zero."""
    return max(float(np.max(np.abs(want), initial=0.0)), FLOOR)


def close(got: np.ndarray, want: np.ndarray, rtol: float) -> bool:
    """Whether two arrays have the same shape and differ by at most ``rtol`` times the largest entry wanted.

    >>> close(np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-9]), 1e-6)
    True
    """
    if got.shape != want.shape:
        return False
    with np.errstate(all="ignore"):
        return bool(np.max(np.abs(got - want), initial=0.0) <= rtol * scale_of(want))


def entry(index: tuple[int, ...]) -> str:
    """Write an index as code does: ``[2]``, ``[0, 3]``, or nothing for a number."""
    return f"entry [{', '.join(map(str, index))}]" if index else "the value"


def number(value: float) -> str:
    """Write a number with six significant digits."""
    return f"{float(value):.6g}"


def not_finite(got: np.ndarray) -> str | None:
    """Return the sentence for the first nan or infinity, or None."""
    bad = np.argwhere(~np.isfinite(got))
    if not len(bad):
        return None
    index = tuple(int(i) for i in bad[0])
    return (
        f"{entry(index).capitalize()} is {number(got[index])}, where the right answer is finite. "
        "Look for a division by zero, a matrix without an inverse, or a log or root of a negative number."
    )


def largest_difference(got: np.ndarray, want: np.ndarray, rtol: float = ORDINARY) -> str:
    """Return the plain fact about a wrong answer of the right shape: its worst entry, got and wanted."""
    gap = np.abs(got - want)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    numbers = f"got {number(got[index])}, wanted {number(want[index])}."
    if number(got[index]) == number(want[index]):
        numbers = f"got {number(got[index])}, off by {gap[index]:.1g}."
    if not index:
        return numbers.capitalize()
    off = int(np.sum(gap > rtol * scale_of(want)))
    where = f"The largest difference is at {entry(index)} (counting from 0): {numbers}"
    return f"{where} {off} of {gap.size} entries are off." if gap.size > 1 else where


def shape_names(shape: tuple[int, ...], lengths: Mapping[str, int]) -> str:
    """Write a shape in axis names; a number has no axes."""
    return in_axis_names(shape, lengths) if shape else "a number"
