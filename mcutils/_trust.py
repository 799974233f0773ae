"""The rule for complex steps: an exact method counts only where real differences say the same.

A complex step, Im f(X + ih dX) / h, is exact to rounding where f is analytic (Squire & Trapp 1998), and silently
wrong where f uses ``abs``, ``conj``, a norm, a comparison or a cast to real. The two are compared along one direction
that mixes all displacements: a derivative that is wrong anywhere is wrong there, and so is one that does not exist.
That costs f a handful of calls, however many displacements there are. Without agreement every number comes from real
differences.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mcutils._errors import KinkError
from mcutils._limits import Limit
from mcutils._probe import Probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AGREEMENT = 1e-5  # relative error of the real differences above which they do not show that a complex step is right,
INSENSITIVE = 1e-9  # unless it is because f, by its own size, hardly changes
ADDING_UP = 1e-3  # relative gap by which slopes in different directions may miss the slope along their mixture


class Real(Protocol):
    """A method that is right within its error, or raises."""

    def mixture(self) -> Limit:
        """The one row of numbers for the mixture of all displacements."""
        ...

    def each(self, mixture: Limit | None) -> Limit:
        """All rows, one for each displacement; knowing the mixture's row makes it quicker."""
        ...


class Exact(Protocol):
    """A method that is exact to rounding where it applies, and may be wrong elsewhere without a sign of it."""

    def mixture(self) -> Limit | None:
        """The row for the mixture, or None where f does not take the method at all."""
        ...

    def each(self, mixture: Limit) -> Limit | None:
        """All rows, or None where f does not take the method at all."""
        ...


def measure(probe: Probe, weights: Floats, real: Real, exact: Exact) -> tuple[Floats, Floats]:
    """Find all rows by the exact method where it can be trusted, and by the real one elsewhere.

    Args:
        probe: f around X.
        weights: array of shape (k,): the mixture's row is ``weights @ rows``.
        real: the method to be right.
        exact: the method to be preferred.

    Returns:
        Array of shape (k, m), and array of shape (k,) of the estimated largest error in each row.

    Raises:
        KinkError: there is no derivative at X.
    """
    try:
        truth = real.mixture()
    except KinkError:
        real.each(None)  # says where, if a single displacement meets the kink
        raise
    rows = _trusted(probe, weights, truth, exact)
    if rows is not None:
        return rows
    value, error, _ = real.each(truth)
    gap = np.abs(weights @ value - truth.value[0])
    allowance = ADDING_UP * np.abs(weights) @ np.abs(value) + 10 * (truth.error[0] + np.abs(weights) @ error)
    if np.any(gap > allowance):
        raise KinkError(
            f"{probe.who}: {probe.name} has no derivative at {probe.variable}: "
            "its slopes in different directions do not add up; take another point"
        )
    return value, np.maximum(error.max(axis=1), gap.max())


def _trusted(probe: Probe, weights: Floats, truth: Limit, exact: Exact) -> tuple[Floats, Floats] | None:
    """All rows by the exact method, or None unless it agrees with the true mixture."""
    claim = exact.mixture()
    if claim is None or not _agree(claim.value, claim.error, truth):
        return None
    doubt = truth.error.max()
    confirmed = doubt <= AGREEMENT * np.abs(truth.value).max()
    if not confirmed and doubt > INSENSITIVE * np.abs(probe.value).max():
        return None
    rows = exact.each(claim)
    if rows is None:
        return None
    mixed = weights @ rows.value
    if not _agree(mixed, rows.error.max(), truth):
        return None
    error = rows.error.max(axis=1) + 10 * np.abs(mixed - claim.value[0]).max()  # the same row found in two ways
    error += _rounding(probe, truth) * np.abs(mixed).max()
    return rows.value, error if confirmed else np.maximum(error, doubt + np.abs(mixed - truth.value[0]).max())


def _rounding(probe: Probe, truth: Limit) -> float:
    """How coarsely f rounds, by its own size, as far as the real differences show: their error times their step."""
    size = np.abs(probe.value).max() + np.abs(truth.value).max()
    return float(truth.error.max() * 2.0 ** -(truth.level + 2) / size) if size else 0.0


def _agree(value: Floats, error: Floats | float, truth: Limit) -> bool:
    return bool(np.all(np.abs(value - truth.value) <= 10 * truth.error + error))


@lru_cache(maxsize=128)
def mixing_weights(k: int) -> Floats:
    """Weights between 1/2 and 1 in size, of either sign, that no accident of f cancels; the same every time."""
    random = np.random.default_rng(k)
    weights = random.integers(2**19, 2**20, size=k) / 2**20  # few digits, so that steps stay exact
    return np.asarray(weights * random.choice([-1.0, 1.0], size=k))
