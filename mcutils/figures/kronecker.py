"""The figures of the unit on vec and Kronecker products: in which order entries are stacked, and where copies stand.

Separate from ``blocks``, which draws the derivative of any formula: these draw the pieces that such maps are made of.
What a colour says is also said by a frame, a letter or a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from mcutils._errors import ShapeError
from mcutils._structure import commutation_matrix, duplication_matrix, elimination_matrix
from mcutils.figures._base import BLUE, GREY, INK, ORANGE, PALE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[Any]

TINT, WARM = "#c3dcf0", "#fbdcb0"


# --- in which order ---------------------------------------------------------------------------------------------------


def two_orders(m: int, n: int) -> Figure:
    """Draw the two ways to lay the entries of a matrix in a line: column by column, and row by row.

    Args:
        m: number of rows.
        n: number of columns.

    Returns:
        The figure: for each way the matrix with a path through it, and the line that the path makes.
    """
    step = m * n + 1.0
    canvas, axes = _sheet(2 * step + 0.4, m + 3.0)
    for k, (title, code, by_columns) in enumerate((("vec(X)", "by columns", True), ("X.ravel()", "by rows", False))):
        left = 0.7 + k * step
        _path(axes, left + (m * n - n) / 2, 0.9, (m, n), by_columns)
        _text(axes, left + m * n / 2, 0.3, f"{title}: {code}", size=12, weight="bold")
        for place, (i, j) in enumerate(_walk(m, n, by_columns)):
            _cell(axes, left + place, m + 1.6, _entry(i, j), TINT if by_columns else WARM)
            _text(axes, left + place + 0.5, m + 2.85, str(place), size=9, colour=GREY)
    lines = [", ".join(f"x{i + 1}{j + 1}" for i, j in _walk(m, n, by_columns)) for by_columns in (True, False)]
    return Figure(
        canvas,
        alt=f"A matrix of {m} rows and {n} columns, twice, with a path through its entries. On the left the path goes "
        f"down one column after the other, and vec(X) is {lines[0]}. On the right it goes along one row after the "
        f"other, and X.ravel() is {lines[1]}.",
        caption="The same entries in two lines, with their places counted from 0, as code does. The shapes are equal.",
    )


def _path(axes: Axes, left: float, top: float, shape: tuple[int, int], by_columns: bool) -> None:
    """Draw a matrix of named entries and an arrow along each of its columns, or rows."""
    m, n = shape
    for i, j in _walk(m, n, by_columns):
        _cell(axes, left + j, top + i, _entry(i, j), PALE)
    for k in range(n if by_columns else m):
        start = (left + k + 0.87, top + 0.12) if by_columns else (left + 0.12, top + k + 0.87)
        end = (left + k + 0.87, top + m - 0.1) if by_columns else (left + n - 0.1, top + k + 0.87)
        style = {"arrowstyle": "-|>", "color": BLUE if by_columns else ORANGE, "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", end, start, arrowprops=style)


def _walk(m: int, n: int, by_columns: bool) -> Iterator[tuple[int, int]]:
    if by_columns:
        yield from ((i, j) for j in range(n) for i in range(m))
    else:
        yield from ((i, j) for i in range(m) for j in range(n))


# --- Kronecker products -----------------------------------------------------------------------------------------------


def product(P: ArrayLike, Q: ArrayLike, entry: tuple[int, int] = (1, 1)) -> Figure:
    """Draw P, Q and their Kronecker product: a copy of Q for every entry of P.

    Args:
        P: shape (p, q).
        Q: shape (r, s).
        entry: row and column of the entry of P, counted from 1, whose block is framed.

    Returns:
        The figure: the two factors and the product in blocks.

    Raises:
        ShapeError: P or Q is no matrix, or P has no such entry.
    """
    left, right = _matrix("P", P), _matrix("Q", Q)
    (p, q), (r, s) = left.shape, right.shape
    if not (1 <= entry[0] <= p and 1 <= entry[1] <= q):
        raise ShapeError(f"product: entry is {entry}; P has rows 1 to {p} and columns 1 to {q}")
    i, j = entry[0] - 1, entry[1] - 1
    gaps = (0.4, q + 1.6, q + s + 2.8)
    height = max(p, r, p * r)
    canvas, axes = _sheet(gaps[2] + q * s + 0.4, height + 1.5)
    tops = [0.5 + (height - rows) / 2 for rows in (p, r, p * r)]
    names = (f"$P$ ({p} × {q})", f"$Q$ ({r} × {s})", f"$P\\otimes Q$ ({p * r} × {q * s})")
    for x, y, numbers, name in zip(gaps, tops, (left, right, np.kron(left, right)), names, strict=True):
        _numbers(axes, x, y, numbers)
        _text(axes, x + numbers.shape[1] / 2, y + len(numbers) + 0.5, name, size=12)
    for sign, x in (("⊗", q + 1.0), ("=", q + s + 2.2)):
        _text(axes, x, 0.5 + height / 2, sign, size=17)
    _rule(axes, gaps[2], tops[2], (p * r, q * s), (r, s))
    for x, y, width, tall in ((gaps[0] + j, tops[0] + i, 1, 1), (gaps[2] + j * s, tops[2] + i * r, s, r)):
        axes.add_patch(Rectangle((x, y), width, tall, fill=False, edgecolor=ORANGE, lw=3, zorder=5))
    return Figure(
        canvas,
        alt=f"P, with the rows {_rows(left)}; Q, with the rows {_rows(right)}; and their Kronecker product, {p} by {q} "
        f"blocks of {r} by {s} numbers. The block in block row {entry[0]} and block column {entry[1]} is framed: it is "
        f"Q times the entry {_plain(left[i, j])} of P, which stands in the same place of P and is framed too.",
        caption=f"A copy of Q for every entry of P, multiplied by that entry. Framed: {_plain(left[i, j])} times Q. "
        "A dot is zero.",
    )


def three_patterns(A: ArrayLike, B: ArrayLike) -> Figure:
    """Draw the matrices of the maps that take X to A X, to X B and to A X B, on the stacked columns of X.

    Args:
        A: shape (p, m).
        B: shape (n, q).

    Returns:
        The figure: three tables in blocks, a column for each entry of X.
    """
    left, right = _matrix("A", A), _matrix("B", B)
    (p, m), (n, q) = left.shape, right.shape
    tables = (
        (r"$AX:\quad I\otimes A$", np.kron(np.eye(n), left), (p, m)),
        (r"$XB:\quad B^{\top}\!\otimes I$", np.kron(right.T, np.eye(m)), (m, m)),
        (r"$AXB:\quad B^{\top}\!\otimes A$", np.kron(right.T, left), (p, m)),
    )
    height = max(len(table) for _, table, _ in tables)
    canvas, axes = _sheet(3 * (m * n + 1.0) + 0.1, height + 1.8, inches=0.44)
    for k, (title, table, block) in enumerate(tables):
        x, y = 0.6 + k * (m * n + 1.0), 1.4
        _text(axes, x + m * n / 2, 0.1, title, size=13)
        for place, (i, j) in enumerate(_walk(m, n, by_columns=True)):
            _text(axes, x + place + 0.5, y - 0.4, _entry(i, j), size=9, colour=GREY)
        _numbers(axes, x, y, table, size=9)
        _rule(axes, x, y, table.shape, block)
    return Figure(
        canvas,
        alt="Three tables in blocks, with a column for each entry of X in the order of vec. For A X: I ⊗ A, "
        f"{n} copies of A on the diagonal, zeros elsewhere. For X B: B.T ⊗ I, {q} by {n} blocks, each a multiple of "
        f"the identity. For A X B: B.T ⊗ A, {q} by {n} blocks, each a multiple of A by the same factors.",
        caption="A treats each column of X alone: copies of A on the diagonal. B mixes whole columns: multiples of the "
        "identity. Together: in every block a multiple of A. A dot is zero.",
    )


# --- structure matrices -----------------------------------------------------------------------------------------------


def commutation(m: int, n: int) -> Figure:
    """Draw the commutation matrix as a permutation: where each entry of vec(X) goes in vec(X.T), and the table of ones.

    Args:
        m: number of rows of X.
        n: number of columns of X.

    Returns:
        The figure: lines from one stack to the other, and the matrix beside them.
    """
    K, size = commutation_matrix(m, n), m * n
    canvas, axes = _sheet(size + 10.4, size + 1.7, inches=0.5)
    top, stacks, names = 1.2, (0.6, 4.8), (r"$\mathrm{vec}\,X$", r"$\mathrm{vec}\,X^{\top}$")
    before, after = list(_walk(m, n, by_columns=True)), list(_walk(m, n, by_columns=False))
    for x, name, order in zip(stacks, names, (before, after), strict=True):
        _text(axes, x + 0.6, 0.6, name, size=12)
        for place, (i, j) in enumerate(order):
            _cell(axes, x, top + place, _entry(i, j), TINT if j % 2 == 0 else WARM, width=1.2)
    for place, one in enumerate(before):
        axes.plot(
            [stacks[0] + 1.25, stacks[1] - 0.05], [top + place + 0.5, top + after.index(one) + 0.5],
            color=INK, lw=1.2, ls="-" if one[1] % 2 == 0 else "--", zorder=3,
        )  # fmt: skip
    left = 9.3
    _text(axes, left + size / 2, 0.05, f"$K_{{{m}{n}}}$", size=13)
    _ones(axes, left, top, K, [_entry(i, j) for i, j in after], [_entry(i, j) for i, j in before])
    _rule(axes, left, top, K.shape, (n, m))
    moved = ", ".join(str(before.index(one) + 1) for one in after)
    return Figure(
        canvas,
        alt=f"On the left the {size} entries of vec(X) for X with {m} rows and {n} columns, and beside them those of "
        f"vec(X.T), each joined to itself by a line. On the right the matrix K: {size} by {size}, with a single 1 in "
        f"each row and each column. From the top down, the rows of K pick the entries {moved} of vec(X).",
        caption="K changes no number. It moves each entry from its place in vec X to its place in vec Xᵀ. "
        "Neighbouring columns of X differ in tint and dash.",
    )


def duplication(n: int) -> Figure:
    """Draw the duplication and the elimination matrix of symmetric matrices.

    Args:
        n: number of rows of the symmetric matrix.

    Returns:
        The figure: D, which writes every entry below the diagonal twice, and L, which keeps the lower triangle.
    """
    D, L = duplication_matrix(n), elimination_matrix(n)
    full = [_entry(i, j, "s") for i, j in _walk(n, n, by_columns=True)]
    half = [_entry(i, j, "s") for i, j in _walk(n, n, by_columns=True) if i >= j]
    canvas, axes = _sheet(len(half) + len(full) + 4.4, len(full) + 1.7, inches=0.5)
    top, second = 1.2, len(half) + 3.9
    _text(axes, 1.5 + len(half) / 2, 0.05, f"$D_{n}$: from vech $S$ to vec $S$", size=12)
    _ones(axes, 1.5, top, D, full, half)
    _rule(axes, 1.5, top, D.shape, (n, len(half)))
    _text(axes, second + len(full) / 2, 0.05, f"$L_{n}$: from vec $S$ to vech $S$", size=12)
    _ones(axes, second, top, L, half, full)
    _rule(axes, second, top, L.shape, (len(half), n))
    return Figure(
        canvas,
        alt=f"Two tables of zeros and ones for symmetric S with {n} rows. D has {len(full)} rows and {len(half)} "
        "columns: one 1 in each row; a column of an entry on the diagonal has one 1, a column of an entry below it "
        f"has two. L has {len(half)} rows and {len(full)} columns, one 1 in each row; its columns of entries above "
        "the diagonal are empty.",
        caption="D writes every entry below the diagonal twice. L reads the lower triangle, and never looks above the "
        "diagonal.",
    )


# --- paper and ink ----------------------------------------------------------------------------------------------------


def _sheet(width: float, height: float, inches: float = 0.5) -> tuple[Canvas, Axes]:
    """Return a canvas with one bare drawing area, its units square and y running down the page."""
    canvas = Canvas(figsize=(width * inches, (height + 0.5) * inches))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, -0.5), aspect="equal")
    axes.axis("off")
    return canvas, axes


def _text(axes: Axes, x: float, y: float, text: str, size: float, colour: str = INK, **style: Any) -> None:
    axes.text(x, y, text, fontsize=size, color=colour, va="center", zorder=4, **{"ha": "center", **style})


def _cell(axes: Axes, x: float, y: float, text: str, tint: str, width: float = 1.0) -> None:
    axes.add_patch(Rectangle((x, y), width, 1, facecolor=tint, edgecolor="white", lw=2))
    _text(axes, x + width / 2 - 0.03, y + 0.48, text, size=12)


def _numbers(axes: Axes, left: float, top: float, numbers: Array, size: float = 11) -> None:
    """Draw a table of numbers; zeros are white, and written as dots."""
    for (r, c), value in np.ndenumerate(numbers):
        face = "white" if value == 0 else TINT
        axes.add_patch(Rectangle((left + c, top + r), 1, 1, facecolor=face, edgecolor="#dfe3e8", lw=0.8))
        shown, colour = (_plain(value), INK) if value else ("·", GREY)
        _text(axes, left + c + 0.5, top + r + 0.5, shown, size, colour)


def _ones(axes: Axes, left: float, top: float, table: Array, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a table of zeros and ones with named rows and columns."""
    _numbers(axes, left, top, table, size=10)
    for r, name in enumerate(rows):
        _text(axes, left - 0.5, top + r + 0.5, name, size=10, colour=GREY)
    for c, name in enumerate(columns):
        _text(axes, left + c + 0.5, top - 0.4, name, size=10, colour=GREY)


def _rule(axes: Axes, left: float, top: float, shape: tuple[int, ...], block: tuple[int, int]) -> None:
    """Draw the lines between the blocks of a table."""
    rows, columns = shape
    for r in range(0, rows + 1, block[0]):
        axes.plot([left, left + columns], [top + r, top + r], color=INK, lw=1.3)
    for c in range(0, columns + 1, block[1]):
        axes.plot([left + c, left + c], [top, top + rows], color=INK, lw=1.3)


def _matrix(name: str, given: ArrayLike) -> Array:
    matrix = np.asarray(given, dtype=float)
    if matrix.ndim != 2:
        raise ShapeError(f"{name} has shape {matrix.shape}; a Kronecker product is drawn of matrices, with two axes")
    return matrix


def _entry(i: int, j: int, letter: str = "x") -> str:
    return f"${letter}_{{{i + 1}{j + 1}}}$"


def _rows(matrix: Array) -> str:
    return "; ".join(" ".join(map(_plain, row)) for row in matrix)


def _plain(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
