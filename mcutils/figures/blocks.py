"""Jacobians and Hessians as block heat maps: which numbers they hold, where the zeros are, and which axis runs where.

Separate from the units' figures because any unit may draw a derivative. Entries of a matrix are stacked by columns, as
``vec`` does: the column index says which block, the row index which place in it. Zeros stay white; sign is written as well
as coloured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

import mcutils
from mcutils.figures._base import BLUE, GREY, INK, ORANGE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

INCH, MOST_WRITTEN = 0.42, 18
SHADES = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])


def jacobian(formula: str, wrt: str, sizes: Mapping[str, str], arrays: Mapping[str, ArrayLike]) -> Figure:
    """Draw the derivative of a formula as a block heat map: a row for each entry of the result, a column for each of wrt.

    Args:
        formula: in matrix notation, such as ``"A @ X @ B"``.
        wrt: the name of the variable.
        sizes: the axes of each symbol.
        arrays: the numbers of each symbol.

    Returns:
        The figure.

    Raises:
        ShapeError: the result or the variable has more than two axes.
    """
    D = mcutils.differentiate(formula, wrt, sizes, layout="array")
    outputs = mcutils.parse(formula, sizes).axes
    return _heat_map(D.evaluate(**arrays), outputs, D.axes[len(outputs) :], (formula, f"the derivative of {formula}"), wrt)


def hessian(formula: str, wrt: str, sizes: Mapping[str, str], arrays: Mapping[str, ArrayLike]) -> Figure:
    """Draw the second derivative of a scalar formula as a block heat map: rows and columns are the entries of wrt.

    Args:
        formula: a scalar in matrix notation, such as ``"x @ A @ x"``.
        wrt: the name of the variable.
        sizes: the axes of each symbol.
        arrays: the numbers of each symbol.

    Returns:
        The figure.

    Raises:
        ShapeError: the variable has more than two axes.
    """
    H = mcutils.differentiate(formula, wrt, sizes, layout="array", order=2)
    axes = H.axes[: len(H.axes) // 2]
    return _heat_map(H.evaluate(**arrays), axes, axes, (wrt, f"the Hessian of {formula}"), wrt)


class _Side:
    """The rows or the columns of the map: the entries of one array, stacked by columns.

    Args:
        name: what the array is called.
        axes: the names of its axes.
        lengths: their lengths.
        letters: the index letters of its axes.
    """

    def __init__(self, name: str, axes: Sequence[object], lengths: Sequence[int], letters: str) -> None:
        if len(axes) > 2:
            raise mcutils.ShapeError(f"block heat map: {name} has {len(axes)} axes; at most two can be stacked on a page")
        self.name, self.axes, self.letters = name, [str(axis) for axis in axes], letters[: len(axes)]
        self.inner = lengths[0] if lengths else 1
        self.outer = lengths[1] if len(lengths) > 1 else 1
        self.size = self.inner * self.outer

    def __str__(self) -> str:
        shape = f"({', '.join(self.axes)}{',' * (len(self.axes) == 1)})"
        return f"{self.size} entries of {self.name} {shape}" + (", column by column" if len(self.axes) > 1 else "")


def _heat_map(
    D: Array, out: Sequence[object], into: Sequence[object], of: tuple[str, str], wrt: str
) -> Figure:
    rows = _Side(of[0], out, D.shape[: len(out)], "ij")
    columns = _Side(wrt, into, D.shape[len(out) :], "ab")
    stacked = D.transpose([*range(len(out))[::-1], *(len(out) + k for k in range(len(into))[::-1])])
    table = stacked.reshape(rows.size, columns.size)
    canvas, axes = _sheet(rows, columns)
    scale = float(np.abs(table).max()) or 1.0
    for (r, c), value in np.ndenumerate(table):
        face = "white" if value == 0 else SHADES(0.5 + 0.38 * value / scale)
        axes.add_patch(Rectangle((c, r), 1, 1, facecolor=face, edgecolor="#dfe3e8", lw=0.6))
        if value and max(table.shape) <= MOST_WRITTEN:
            axes.text(c + 0.5, r + 0.5, _short(value), fontsize=7.5, ha="center", va="center", color=INK)
    _rule(axes, rows, columns)
    _label(axes, rows, columns)
    blocks = table.reshape(rows.outer, rows.inner, columns.outer, columns.inner)
    return Figure(
        canvas,
        alt=f"Block heat map of {of[1]} by {wrt}. Rows: the {rows}. Columns: the {columns}. {_pattern(blocks)}",
        caption=f"{of[1][0].upper()}{of[1][1:]} by {wrt}. {_blocks(rows, columns)} White is zero.",
    )


def _blocks(rows: _Side, columns: _Side) -> str:
    if rows.outer == columns.outer == 1:
        return f"{rows.size} × {columns.size} numbers."
    return f"{rows.outer} × {columns.outer} blocks of {rows.inner} × {columns.inner} numbers."


def _pattern(blocks: NDArray[Any]) -> str:
    """Say which blocks hold anything, and how much."""
    some = np.any(blocks != 0, axis=(1, 3))
    p, q = some.shape
    entries = f"{np.count_nonzero(blocks)} of {blocks.size} numbers are not zero"
    if p == q == 1:
        return f"{entries[0].upper()}{entries[1:]}."
    if some.all():
        which = "none is zero"
    elif p == q and np.array_equal(some, np.eye(p, dtype=bool)):
        which = "only those on the diagonal are not zero"
    else:
        which = f"{np.count_nonzero(some)} are not zero"
    return f"Of the {p} by {q} blocks {which}; {entries}."


# --- the sheet --------------------------------------------------------------------------------------------------------


def _sheet(rows: _Side, columns: _Side) -> tuple[Canvas, Axes]:
    left, top = 2.6, 1.9
    width, height = columns.size + left + 0.3, rows.size + top + 0.3
    inch = min(INCH, 9.5 / width)
    canvas = Canvas(figsize=(width * inch, height * inch))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-left, columns.size + 0.3), ylim=(rows.size + 0.3, -top), aspect="equal")
    axes.axis("off")
    return canvas, axes


def _rule(axes: Axes, rows: _Side, columns: _Side) -> None:
    """Draw the lines between the blocks."""
    for r in range(0, rows.size + 1, rows.inner):
        axes.plot([0, columns.size], [r, r], color=INK, lw=1.3)
    for c in range(0, columns.size + 1, columns.inner):
        axes.plot([c, c], [0, rows.size], color=INK, lw=1.3)


def _label(axes: Axes, rows: _Side, columns: _Side) -> None:
    """Write the index of every block and of the places in it, counted from 1, and what the sides are."""
    style: dict[str, Any] = {"ha": "center", "va": "center"}
    for side, turn in ((rows, True), (columns, False)):
        for k in range(side.size):
            block, place = divmod(k, side.inner)
            at = (-0.3, k + 0.5) if turn else (k + 0.5, -0.3)
            axes.text(*at, str(place + 1) if side.letters else "", fontsize=7.5, color=GREY, **style)
            if len(side.letters) > 1 and place == 0:
                middle = k + side.inner / 2
                at = (-1.0, middle) if turn else (middle, -0.85)
                text = f"${side.letters[1]}={block + 1}$"
                axes.text(*at, text, fontsize=9.5, color=INK, rotation=90 if turn else 0, **style)
        shown = "".join(side.letters)
        title = f"{side.name}" + (f"$\\ \\ ({', '.join(shown)})$" if shown else "")
        at = (-2.0, side.size / 2) if turn else (side.size / 2, -1.5)
        axes.text(*at, title, fontsize=10.5, color=INK, rotation=90 if turn else 0, **style)


def _short(value: float) -> str:
    return f"{value:.2g}".replace("-", "−")
