"""First derivatives along the displacements of a frame, by real differences and by complex steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcutils._frames import Frame, ladders
from mcutils._limits import Limit, limits
from mcutils._probe import Probe
from mcutils._quotients import EPS, Rung, Start
from mcutils._trust import measure, mixing_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def slopes(probe: Probe, frame: Frame) -> tuple[Floats, Floats]:
    """The derivative of f along each displacement of a frame.

    Returns:
        Array of shape (k, m) of the slopes, and array of shape (k,) of their estimated largest errors.

    Raises:
        KinkError: f has no derivative at X.
    """
    weights = mixing_weights(len(frame.units))
    mixed = frame.mixture(weights)
    return measure(probe, weights, _RealSlopes(probe, frame, mixed), _ComplexSlopes(probe, frame, mixed, weights))


class _RealSlopes:
    def __init__(self, probe: Probe, frame: Frame, mixed: Frame) -> None:
        self._probe = probe
        self._frame = frame
        self._mixed = mixed

    def mixture(self) -> Limit:
        return limits(_Differences(self._probe, self._mixed))

    def each(self, mixture: Limit | None) -> Limit:
        return limits(_Differences(self._probe, self._frame, mixture))


class _ComplexSlopes:
    def __init__(self, probe: Probe, frame: Frame, mixed: Frame, weights: Floats) -> None:
        self._probe = probe
        self._tilts = probe.tilts(frame.displacements)
        self._weights = weights
        self._mixed = mixed.displacements[0]

    def mixture(self) -> Limit | None:
        """At a neighbouring float, not at X: how the two differ shows what rounding does to this derivative."""
        row = self._probe.imaginary_slope(self._probe.X + 4 * EPS * self._mixed, self._probe.tilts(self._mixed))
        return None if row is None else Limit(row[None], np.zeros((1, row.size)))

    def each(self, mixture: Limit) -> Limit | None:
        rows = [self._probe.imaginary_slope(self._probe.X, tilt) for tilt in self._tilts]
        if any(row is None for row in rows):
            return None
        value = np.array(rows)
        rounding = 8 * EPS * np.abs(self._weights) @ np.abs(value)
        return Limit(value, np.broadcast_to(rounding, value.shape))


class _Differences:
    """Central differences of f along the displacements of a frame."""

    power = 1
    first = Start(level=8)
    tolerance = 1e-9
    rounded = 10

    def __init__(self, probe: Probe, frame: Frame, like: Limit | None = None) -> None:
        self._probe = probe
        self._frame = frame
        self.start = like.start() if like else self.first
        self.units = frame.units
        self.ladders = ladders(probe.X, frame.displacements, finest=28)

    def rung(self, level: int, rows: list[int]) -> Rung:
        """The quotients with the step ``2**-level``, for the displacements named by ``rows``."""
        step = 2.0**-level
        moves = [step * self._frame.displacements[row] for row in rows]
        right = np.array([self._probe.at(move) for move in moves])
        left = np.array([self._probe.at(-move) for move in moves])
        size = np.maximum(np.abs(right), np.abs(left)).max(axis=1, keepdims=True)
        return Rung((right - left) / (2 * step), (right - 2 * self._probe.value + left) / step, EPS * size / step)

    def kink(self, row: int, left: float, right: float) -> str:
        """The sentence for a kink that is met along a displacement; nan for slopes that do not settle."""
        f, X = self._probe.name, self._probe.variable
        along = self._frame.name(row, X)
        where = X if along == X else f"{X} along {along}"
        if np.isnan(left):
            return f"{self._probe.who}: {f} has no slope at {where}: small steps do not settle; take another point"
        left, right = left / self.units[row], right / self.units[row]
        return (
            f"{self._probe.who}: {f} has a kink at {where}: its slope is {left:.3g} on one side and {right:.3g} on the "
            "other; take another point"
        )
