"""The slow and careful way to a limit: climb a whole ladder of steps, from large to hardly visible.

Each output is taken from the window of three steps where its estimated error is least, between f changing too much
over a large step and f's rounding over a small one. Two things keep the estimates honest. The rungs at the fine end,
where a smooth f does nothing that can be seen, measure how much f's values really jitter. And a window counts only if
no finer one contradicts it: large steps can agree with each other and know nothing of what f does at X.

What is then left of the jump is a kink, and what has not settled by then has no limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mcutils._errors import KinkError
from mcutils._quotients import Quotients, Rung, Windows, extrapolate, stack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LIKELY = 30  # times the jitter that was measured: nothing larger is likely to come from it
SETTLED = 0.05  # of the limit, or
FLAT = 0.01  # of the slopes over the largest step, may be the error of a limit that is one, or
TALLEST = 2.0**32  # times the rounding of f: single precision goes up in stairs of 2.0**29 times
INSENSITIVE = 2.0**40  # times the rounding of f, if jitter explains it: the limit is 0 by f's own size


def climb(quotients: Quotients, row: int) -> tuple[Floats, Floats, int]:
    """Find the limit along one displacement.

    Returns:
        The limits and their estimated errors, arrays of shape (m,), and the level at which most of them were found.

    Raises:
        KinkError: a jump is left, or nothing settles.
    """
    levels = quotients.ladders[row]
    rungs = stack([Rung(*(array[0] for array in quotients.rung(level, [row]))) for level in levels])
    windows = extrapolate(rungs)
    divisor = 2.0 ** (-quotients.power * np.array(levels))[:, None]
    noise = windows.rounding + _noise(rungs, divisor, quotients.rounded) / divisor[2:]
    stairs = _stairs(rungs, divisor, quotients.rounded) / divisor[2:]
    error = windows.error + noise + stairs
    error = np.where(np.isfinite(error), error, np.inf)
    error[:-1] = np.maximum(error[:-1], error[1:])  # a window that only looks good has a finer one that does not
    best = np.where(_contradicted(windows.value, error), np.inf, error).argmin(axis=0)
    _refuse_kinks(quotients, row, windows, best, LIKELY * _at(noise + stairs, best))
    value, error = _at(windows.value, best), _at(error, best)
    excuse = np.minimum(LIKELY * noise, INSENSITIVE * windows.rounding * divisor[2:])
    if not np.all(error <= SETTLED * np.abs(value) + FLAT * _coarse_slope(rungs) + _at(excuse, best)):
        raise KinkError(quotients.kink(row, np.nan, np.nan))
    return value, error, levels[int(np.median(best))]


def _noise(rungs: Rung, divisor: Floats, rounded: int) -> Floats:
    """For each output by how much f's values jitter, from what no smooth f and no kink does to the finest jumps."""
    jump, fine = rungs.jump[-rounded:], divisor[-rounded:]
    return _largest(np.abs(jump[2:] - 1.5 * jump[1:-1] + 0.5 * jump[:-2]) * fine[2:] / 2)


def _stairs(rungs: Rung, divisor: Floats, rounded: int) -> Floats:
    """For each output the height of the stairs that f goes up in, the same to both sides, so that no jump shows them.

    They show in the finest quotients, or before: where f does not change any more at all, its last change was a stair;
    unless it was too large for one, because X lies close to the edge of a plateau.
    """
    quotient, fine = rungs.quotient[-rounded:], divisor[-rounded:]
    seen = _largest(np.abs(quotient[1:] - quotient[:-1]) * fine[1:] / 2)
    changes = (np.abs(rungs.quotient) + np.abs(rungs.jump) / 2) * divisor
    last = len(changes) - 1 - (changes[::-1] != 0).argmax(axis=0)
    stair = _at(changes, last)
    stops = (changes[-1] == 0) & (stair <= TALLEST * rungs.rounding[-1] * divisor[-1])
    return np.where(stops, np.maximum(seen, stair), seen)


def _largest(amplitudes: Floats) -> Floats:
    """For each output the largest that is defined, or 0."""
    return np.asarray(np.where(np.isfinite(amplitudes), amplitudes, 0).max(axis=0))


def _contradicted(value: Floats, error: Floats) -> NDArray[np.bool_]:
    """Which windows a finer one excludes, with three times the error of both allowed for."""
    value = np.where(np.isfinite(error), value, 0)
    least, most = value - 3 * error, value + 3 * error
    finer_least = np.maximum.accumulate(least[::-1])[::-1]
    finer_most = np.minimum.accumulate(most[::-1])[::-1]
    return np.asarray((finer_least > most) | (finer_most < least))


def _refuse_kinks(quotients: Quotients, row: int, windows: Windows, best: NDArray[Any], allowance: Floats) -> None:
    """Raise KinkError where the jump at the best window stays what it was at the window before."""
    value, jump = _at(windows.value, best), _at(windows.jump, best)
    change = jump - _at(windows.jump, np.where(best > 0, best - 1, 1))
    kinked = np.abs(jump) > 4 * np.abs(change) + 1e-9 * (np.abs(value) + np.abs(jump)) + allowance
    if kinked.any():
        i = int(kinked.argmax())
        raise KinkError(quotients.kink(row, value[i] - jump[i] / 2, value[i] + jump[i] / 2))


def _coarse_slope(rungs: Rung) -> Floats:
    """For each output the size of the one-sided slopes over the largest step at which f is defined."""
    one_sided = np.abs(rungs.quotient) + np.abs(rungs.jump) / 2
    return _at(one_sided, np.isfinite(one_sided).argmax(axis=0))


def _at(array: Floats, window: NDArray[Any]) -> Floats:
    """For each output the entry from its own window."""
    return np.asarray(np.take_along_axis(array, window[None], axis=0)[0])
