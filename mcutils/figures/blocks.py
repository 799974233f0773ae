"""Jacobians and Hessians as block heat maps: which numbers they hold, where the zeros are, and which axis runs where.

Separate from the units' figures because any unit may draw a derivative. Entries of a matrix are stacked by columns, as
``vec`` does: the column index says which block, the row index which place in it. Zeros stay white; a sign is written as
well as coloured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from mcutils._errors import ShapeError
from mcutils._symbolic import Derivation, differentiate
from mcutils.figures._base import BLUE, GREY, INK, ORANGE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

INCH, WIDEST, MOST_WRITTEN = 0.42, 8.5, 18
LETTERS_A_SQUARE = 4.5
SHADES = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])


def jacobian(formula: str, wrt: str, sizes: Mapping[str, str], arrays: Mapping[str, ArrayLike]) -> Figure:
    """Draw the derivative of a formula as a block heat map: rows are the entries of the result, columns those of wrt.

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
    D = differentiate(formula, wrt, sizes, layout="array")
    return _heat_map(D, len(D.question.axes), (formula, f"the derivative of {formula}"), arrays)


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
    H = differentiate(formula, wrt, sizes, layout="array", order=2)
    return _heat_map(H, len(H.axes) // 2, (wrt, f"the Hessian of {formula}"), arrays)


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
            raise ShapeError(f"block heat map: {name} has {len(axes)} axes; at most two can be stacked on a page")
        self.name, self.axes, self.letters = name, [str(axis) for axis in axes], letters[: len(axes)]
        self.inner = lengths[0] if lengths else 1
        self.outer = lengths[1] if len(lengths) > 1 else 1
        self.size = self.inner * self.outer
        self.room = 1.9 if self.outer > 1 else 1.1  # how far out the name stands, beyond the letters

    def __str__(self) -> str:
        shape = f"({', '.join(self.axes)}{',' * (len(self.axes) == 1)})"
        return f"{self.size} entries of {self.name} {shape}" + (", column by column" if len(self.axes) > 1 else "")


def _heat_map(derivative: Derivation, outputs: int, of: tuple[str, str], arrays: Mapping[str, ArrayLike]) -> Figure:
    D = np.asarray(derivative.evaluate(**arrays), dtype=float)
    rows = _Side(of[0], derivative.axes[:outputs], D.shape[:outputs], "ij")
    columns = _Side(derivative.wrt, derivative.axes[outputs:], D.shape[outputs:], "ab")
    stacked = D.transpose([*range(outputs)[::-1], *range(outputs, D.ndim)[::-1]])
    table = stacked.reshape(rows.size, columns.size)
    canvas, axes, unit = _sheet(rows, columns)
    _fill(axes, table)
    _rule(axes, rows, columns)
    _label(axes, rows, unit, turned=True)
    _label(axes, columns, unit, turned=False)
    title = f"{of[1]} by {derivative.wrt}"
    blocks = table.reshape(rows.outer, rows.inner, columns.outer, columns.inner)
    return Figure(
        canvas,
        alt=f"Block heat map of {title}. Rows: the {rows}. Columns: the {columns}. {_pattern(blocks)}",
        caption=f"{title[0].upper()}{title[1:]}. {_blocks(rows, columns)} White is zero.",
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


def _sheet(rows: _Side, columns: _Side) -> tuple[Canvas, Axes, float]:
    """Return a canvas, its drawing area with a unit square for each number, and the room of a label in such units."""
    inch = min(INCH, WIDEST / (columns.size + 3))
    unit = INCH / inch
    left, top, rim = (rows.room + 0.8) * unit, (columns.room + 0.5) * unit, 0.3 * unit
    canvas = Canvas(figsize=((columns.size + left + rim) * inch, (rows.size + top + rim) * inch))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-left, columns.size + rim), ylim=(rows.size + rim, -top), aspect="equal")
    axes.axis("off")
    return canvas, axes, unit


def _fill(axes: Axes, table: Array) -> None:
    """Draw a square for each number, and the number where there is room."""
    scale = float(np.abs(table).max()) or 1.0
    for (r, c), value in np.ndenumerate(table):
        face = "white" if value == 0 else SHADES(0.5 + 0.38 * value / scale)
        axes.add_patch(Rectangle((c, r), 1, 1, facecolor=face, edgecolor="#dfe3e8", lw=0.6))
        if value and max(table.shape) <= MOST_WRITTEN:
            axes.text(c + 0.5, r + 0.5, _short(value, scale), fontsize=7.5, ha="center", va="center", color=INK)


def _rule(axes: Axes, rows: _Side, columns: _Side) -> None:
    """Draw the lines between the blocks."""
    for r in range(0, rows.size + 1, rows.inner):
        axes.plot([0, columns.size], [r, r], color=INK, lw=1.3)
    for c in range(0, columns.size + 1, columns.inner):
        axes.plot([c, c], [0, rows.size], color=INK, lw=1.3)


def _label(axes: Axes, side: _Side, unit: float, *, turned: bool) -> None:
    """Write the index of every block and of the places in it, counted from 1, and what the side is."""

    def write(along: float, out: float, text: str, size: float, colour: str = INK, *, upright: bool = False) -> None:
        at = (-out * unit, along) if turned else (along, -out * unit)
        rotation = 90 if turned and not upright else 0
        axes.text(*at, text, fontsize=size, color=colour, rotation=rotation, ha="center", va="center")

    for k in range(side.size):
        block, place = divmod(k, side.inner)
        if side.letters and side.size <= MOST_WRITTEN:
            first = f"${side.letters[0]}=1$" if k == 0 else str(place + 1)
            write(k + 0.5, 0.4 if turned else 0.3, first, 7.5, GREY, upright=True)
        if len(side.letters) > 1 and place == 0:
            write(k + side.inner / 2, 1.15 if turned else 0.85, f"${side.letters[1]}={block + 1}$", 9.5)
    shown = f"$\\ \\ ({', '.join(side.letters)})$" if side.letters else ""
    fits = len(side.name) + 3 * len(side.letters) < LETTERS_A_SQUARE * side.size / unit
    write(side.size / 2, side.room, (side.name if fits else "the result") + shown, 10.5)


def _short(value: float, scale: float) -> str:
    """Write a number in a small space, with the decimals that give the largest number two digits."""
    if not 0.01 <= scale < 1e4:
        return f"{value:.0e}".replace("-", "−")
    text = f"{value:.{max(1, 1 - int(np.floor(np.log10(scale))))}f}"
    return (text.rstrip("0").rstrip(".") if float(text) else "0.0").replace("-", "−")
