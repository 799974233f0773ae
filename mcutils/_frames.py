"""Which way to go from X, and how far: the displacements that a derivative is measured along.

A frame holds one displacement for each number wanted: the entries of X one at a time, or the symmetric pairs of
entries of a symmetric X, or a single direction. Each is scaled by a power of two, its unit, to the size of the
entries that it moves, so that the numerics downstream always work with steps of the order of 1, and so that X +
displacement is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST = 2.0**-6  # an entry counts as at least this much of the largest one
TINY = 2.0**-400  # no step is made for anything smaller: its square would be 0
DIGITS = 18  # levels to go further down for large X
FARTHEST = 45  # levels to go further down for small entries


class Frame(NamedTuple):
    """Displacements of X.

    Attributes:
        displacements: array of shape (k, *X.shape), already scaled.
        units: array of shape (k,), the scale of each.
        row: array of X's shape: which displacement moves each entry (all 0 for a single direction).
        label: what to call the displacement in a message, or empty for the entries of X.
    """

    displacements: Floats
    units: Floats
    row: NDArray[np.intp]
    label: str = ""

    def mixture(self, weights: Floats) -> Frame:
        """The frame of one displacement that moves everything at once, each by its weight."""
        return Frame(
            np.tensordot(weights, self.displacements, axes=1)[None], np.ones(1), self.row, "a mixture of its entries"
        )

    def name(self, k: int, variable: str) -> str:
        """What to call displacement k of the variable in a message: ``X[0, 2]``, or the label."""
        if self.label or self.row.ndim == 0:
            return self.label or variable
        return f"{variable}[{', '.join(str(int(i)) for i in np.argwhere(self.row == k)[0])}]"

    def spread(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Take one result for each displacement, shape (k, *rest), to one for each entry of X, (*rest, *X.shape)."""
        entries = rows[self.row]
        return np.moveaxis(entries, range(self.row.ndim), range(-self.row.ndim, 0)) if self.row.ndim else entries


def along(X: Floats, direction: Floats, label: str) -> Frame:
    """The frame of one direction, which is not 0."""
    moved = direction != 0
    unit = _power_of_two(np.min(_sizes(X)[moved] / np.abs(direction[moved])))
    return Frame((unit * direction)[None], np.array([unit]), np.zeros(X.shape, dtype=np.intp), label)


def entries(X: Floats) -> Frame:
    """The frame of all entries of X, one at a time."""
    units = _power_of_two(_sizes(X)).ravel()
    return Frame(np.diag(units).reshape(-1, *X.shape), units, np.arange(X.size).reshape(X.shape))


def symmetric_entries(X: Floats) -> Frame:
    """The frame of a symmetric X: its entries on and below the diagonal, each moved by halves with its mirror image."""
    n = len(X)
    columns, rows = np.triu_indices(n)
    k = np.arange(rows.size)
    units = _power_of_two(_sizes(X)[rows, columns])
    displacements = np.zeros((k.size, n, n))
    displacements[k, rows, columns] += units / 2
    displacements[k, columns, rows] += units / 2
    row = np.zeros((n, n), dtype=np.intp)
    row[rows, columns] = row[columns, rows] = k
    return Frame(displacements, units, row)


def _sizes(X: Floats) -> Floats:
    """The size at which each entry of X is felt to move: its own, but a zero's is that of the largest entry."""
    sizes = np.abs(X)
    largest = max(sizes.max(), TINY) if X.any() else 1.0
    return np.where(X == 0, largest, np.maximum(sizes, SMALLEST * largest))


def _power_of_two(sizes: Any) -> Any:
    _, exponents = np.frexp(sizes)
    return np.ldexp(1.0, exponents - 1)


def ladders(X: Floats, displacements: Floats, finest: int) -> list[range]:
    """For each displacement the levels of the steps, ``2**-level``, over which f may have something to show.

    The first is a quarter of the displacement or of 1, whichever is larger. The last is ``finest``, or finer where X is
    so large that f may still change over steps of 1, or holds entries so small that the displacement is far from them.
    """
    flat = np.abs(displacements).reshape(len(displacements), -1)
    sizes = np.where(X == 0, np.inf, np.abs(X)).ravel()
    largest, farthest = np.frexp(flat.max(axis=1))[1] - 1, np.frexp((flat / sizes).max(axis=1))[1]
    extra = np.maximum(np.clip(largest, 0, DIGITS), np.clip(farthest, 0, FARTHEST))
    coarsest = 2 + np.minimum(largest, 0)
    return [range(int(c), finest + int(e) + 1) for c, e in zip(coarsest, extra, strict=True)]
