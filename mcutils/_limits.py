"""The limits of many difference quotients at once, the quick way: one window of steps for all, where that is enough.

Where the error estimate of the first window is not good enough, the next finer ones are tried, for the displacements
that need it; and where that does not help, the ladder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcutils._ladder import climb
from mcutils._quotients import Quotients, Rung, Start, extrapolate, stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WINDOWS = 4  # so many are tried before the ladder


class Limit(NamedTuple):
    """Limits and their estimated errors, arrays of shape (k, m), and the level of the last window that was needed."""

    value: Floats
    error: Floats
    level: int = 0

    def start(self) -> Start:
        """Where to look for limits like this one."""
        return Start(self.level, float(self.error.max()))


def limits(quotients: Quotients) -> Limit:
    """The limits of all quotients as the step goes to 0.

    Raises:
        KinkError: the slopes to the two sides differ, or nothing settles as the step gets small.
    """
    first = quotients.start.level
    rows = list(range(len(quotients.units)))
    rungs = [quotients.rung(first, rows), quotients.rung(first + 1, rows)]
    value, error = np.full((2, *rungs[0].quotient.shape), np.nan)
    for level in range(first, first + WINDOWS):
        rungs = [*rungs[-2:], quotients.rung(level + 2, rows)]
        windows = extrapolate(stack(rungs))
        value[rows], error[rows] = windows.value[0], windows.error[0]
        unsettled = ~(windows.error[0].max(axis=1) <= _enough(quotients, value)[rows])
        if not unsettled.any():
            return Limit(value, error, level)
        rows = [row for row, still in zip(rows, unsettled, strict=True) if still]
        rungs = [Rung(*(array[unsettled] for array in rung)) for rung in rungs]
    for row in rows:
        value[row], error[row], level = climb(quotients, row)
    return Limit(value, error, level)


def _enough(quotients: Quotients, value: Floats) -> Floats:
    """For each displacement the error that needs no improving."""
    per_unit = np.abs(value).max(axis=1) / quotients.units
    scale = np.fmax.reduce(per_unit)  # what is not defined does not count
    return np.asarray(np.maximum(quotients.tolerance * scale * quotients.units, quotients.start.error))
