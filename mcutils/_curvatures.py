"""Second derivatives of a scalar f along pairs of displacements, by real differences and by complex steps.

The real way takes second differences of f and polarises: 2 d2f(a, b) = d2f(a + b) - d2f(a) - d2f(b). The complex way
takes differences of slopes along a that are complex steps: Im f(X + kb + iha) / h loses nothing to subtraction, so
that the differences along b have the whole precision to themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mcutils._errors import KinkError
from mcutils._frames import Frame, ladders
from mcutils._limits import Limit, limits
from mcutils._probe import Probe
from mcutils._quotients import EPS, Rung, Start
from mcutils._trust import measure, mixing_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Pairs(NamedTuple):
    """Pairs of displacements.

    Attributes:
        displacements: array of shape (r, *X.shape).
        units: array of shape (r,), the scale of each.
        left: for each pair the row of its one displacement.
        right: for each pair the row of its other displacement.
    """

    displacements: Floats
    units: Floats
    left: NDArray[np.intp]
    right: NDArray[np.intp]


def hessian_rows(probe: Probe, frame: Frame) -> tuple[Floats, Floats]:
    """The second derivative of f along each two displacements of a frame: (k, k) values and (k, k) errors."""
    k = len(frame.units)
    left, right = np.triu_indices(k)
    weights = mixing_weights(k)
    twice = np.where(left == right, 1.0, 2.0)
    mixed = frame.mixture(weights)
    value, error = _curvatures(
        probe,
        Pairs(frame.displacements, frame.units, left, right),
        Pairs(mixed.displacements, mixed.units, np.array([0]), np.array([0])),
        twice * weights[left] * weights[right],
    )
    square = np.zeros((k, k), dtype=np.intp)
    square[left, right] = square[right, left] = np.arange(left.size)
    return value[square], error[square]


def hvp_rows(probe: Probe, frame: Frame, direction: Frame) -> tuple[Floats, Floats]:
    """The second derivative of f along each displacement of a frame and one direction: (k,) values and (k,) errors."""
    k = len(frame.units)
    weights = mixing_weights(k)
    mixed = frame.mixture(weights)
    return _curvatures(
        probe,
        Pairs(
            np.concatenate([frame.displacements, direction.displacements]),
            np.concatenate([frame.units, direction.units]),
            np.arange(k),
            np.full(k, k),
        ),
        Pairs(
            np.concatenate([mixed.displacements, direction.displacements]),
            np.concatenate([mixed.units, direction.units]),
            np.array([0]),
            np.array([1]),
        ),
        weights,
    )


def _curvatures(probe: Probe, pairs: Pairs, mixed: Pairs, weights: Floats) -> tuple[Floats, Floats]:
    value, error = measure(
        probe, weights, _RealCurvatures(probe, pairs, mixed), _ComplexCurvatures(probe, pairs, mixed)
    )
    return value[:, 0], error


class _RealCurvatures:
    def __init__(self, probe: Probe, pairs: Pairs, mixed: Pairs) -> None:
        self._probe = probe
        self._pairs = pairs
        self._mixed = mixed

    def mixture(self) -> Limit:
        return self._polarised(self._mixed)

    def each(self, mixture: Limit | None) -> Limit:
        return self._polarised(self._pairs, like=mixture)

    def _polarised(self, pairs: Pairs, like: Limit | None = None) -> Limit:
        """From second differences along each displacement and along the sum of each pair of different ones."""
        left, right = pairs.left, pairs.right
        different = left != right
        d, u = pairs.displacements, pairs.units
        sums = d[left[different]] + d[right[different]]
        units = np.concatenate([u**2, u[left[different]] * u[right[different]]])
        value, error, level = limits(_SecondDifferences(self._probe, np.concatenate([d, sums]), units, like))
        alone_value, sum_value = value[: len(d)], value[len(d) :]
        alone_error, sum_error = error[: len(d)], error[len(d) :]
        pair_value, pair_error = alone_value[left], alone_error[left]
        pair_value[different] = (sum_value - alone_value[left[different]] - alone_value[right[different]]) / 2
        pair_error[different] = (sum_error + alone_error[left[different]] + alone_error[right[different]]) / 2
        return Limit(pair_value, pair_error, level)


class _ComplexCurvatures:
    def __init__(self, probe: Probe, pairs: Pairs, mixed: Pairs) -> None:
        self._probe = probe
        self._pairs = pairs
        self._mixed = mixed

    def mixture(self) -> Limit | None:
        return self._limits(self._mixed)

    def each(self, mixture: Limit) -> Limit | None:
        return self._limits(self._pairs, like=mixture)

    def _limits(self, pairs: Pairs, like: Limit | None = None) -> Limit | None:
        tilts = self._probe.tilts(pairs.displacements[: pairs.left.max() + 1])
        slopes = [self._probe.imaginary_slope(self._probe.X, tilt) for tilt in tilts]
        if any(slope is None for slope in slopes):
            return None
        try:
            return limits(_SlopeDifferences(self._probe, pairs, tilts, np.array(slopes), like))
        except KinkError:  # of the complex step, it may be; the real differences will tell
            return None


class _SecondDifferences:
    """Second differences of f along displacements. Their jump is from one-sided second differences."""

    power = 2
    first = Start(level=5)
    tolerance = 1e-8
    rounded = 7

    def __init__(self, probe: Probe, displacements: Floats, units: Floats, like: Limit | None) -> None:
        self._probe = probe
        self._displacements = displacements
        self._seen: dict[tuple[int, int], tuple[Floats, Floats]] = {}
        self.start = like.start() if like else self.first
        self.units = units
        self.ladders = ladders(probe.X, displacements, finest=20)

    def rung(self, level: int, rows: list[int]) -> Rung:
        """The quotients with the step ``2**-level``, for the displacements named by ``rows``."""
        right, left = self._sides(level, rows)
        far_right, far_left = self._sides(level - 1, rows)
        square = 4.0**-level
        second = (right - 2 * self._probe.value + left) / square
        jump = ((far_right - 2 * right) - (far_left - 2 * left)) / square
        size = np.maximum(np.abs(right), np.abs(left))
        return Rung(second, jump, 4 * EPS * size / square)

    def _sides(self, level: int, rows: list[int]) -> tuple[Floats, Floats]:
        """f to the right and to the left of X; a rung shares the half of its values with the rung before."""
        for row in rows:
            if (level, row) not in self._seen:
                move = 2.0**-level * self._displacements[row]
                self._seen[level, row] = self._probe.at(move), self._probe.at(-move)
        right, left = zip(*(self._seen[level, row] for row in rows), strict=True)
        return np.array(right), np.array(left)

    def kink(self, row: int, left: float, right: float) -> str:
        """The sentence for a point without a second derivative."""
        return _kink(self._probe)


class _SlopeDifferences:
    """Central differences, along the right displacement of each pair, of complex-step slopes along the left one."""

    power = 1
    first = Start(level=8)
    tolerance = 1e-9
    rounded = 10

    def __init__(
        self, probe: Probe, pairs: Pairs, tilts: NDArray[np.complex128], slopes: Floats, like: Limit | None
    ) -> None:
        self._probe = probe
        self._displacements = pairs.displacements
        self._tilts = tilts
        self._left, self._right = pairs.left.tolist(), pairs.right.tolist()
        self._slopes = slopes[pairs.left]
        self.start = like.start() if like else self.first
        self.units = pairs.units[pairs.left] * pairs.units[pairs.right]
        self.ladders = ladders(probe.X, pairs.displacements[pairs.right], finest=28)

    def rung(self, level: int, rows: list[int]) -> Rung:
        """The quotients with the step ``2**-level``, for the pairs named by ``rows``."""
        step = 2.0**-level
        right, left = self._slopes_at(step, rows), self._slopes_at(-step, rows)
        size = np.maximum(np.abs(right), np.abs(left))
        return Rung((right - left) / (2 * step), (right - 2 * self._slopes[rows] + left) / step, EPS * size / step)

    def _slopes_at(self, step: float, rows: list[int]) -> Floats:
        points = {k: self._probe.X + step * self._displacements[k] for k in {self._right[row] for row in rows}}
        slopes = [self._probe.imaginary_slope(points[self._right[row]], self._tilts[self._left[row]]) for row in rows]
        return np.array([[np.nan] if slope is None else slope for slope in slopes])

    def kink(self, row: int, left: float, right: float) -> str:
        """The sentence for a point without a second derivative."""
        return _kink(self._probe)


def _kink(probe: Probe) -> str:
    return (
        f"{probe.who}: {probe.name} has no second derivative at {probe.variable}: its slope has a kink there; "
        "take another point"
    )
