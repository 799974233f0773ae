"""The figures of the unit on Jacobians: one linear map, its numbers in two layouts, and the products they make.

Separate because they belong to one lesson. Every function draws the numbers that it is given. Outputs are told apart by
their printed names and paths by their numbers and dashes; tints only repeat what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Circle, Polygon, Rectangle

from mcutils.figures._base import BLUE, GREEN, GREY, INK, ORANGE, PALE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

TINTS = ("#c3dcf0", "#fbdcb0", "#c9e7d5", "#e6d3ea")
STROKES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."))


# --- one map ----------------------------------------------------------------------------------------------------------


def one_map(f: Callable[[Any], Any], J: ArrayLike, x: ArrayLike, side: float = 0.5) -> Figure:
    """Draw a square of inputs, its image under a map of the plane, and the parallelogram that the Jacobian makes of it.

    Args:
        f: the map, from arrays of shape (2,) to arrays of shape (2,).
        J: its Jacobian at x, rows for outputs.
        x: the corner of the square.
        side: the length of its sides.

    Returns:
        The figure: the square on the left, the two images on the right.
    """
    corner, matrix = np.asarray(x, dtype=float), np.asarray(J, dtype=float)
    start = np.asarray(f(corner), dtype=float)
    canvas = Canvas(figsize=(8.6, 3.9), layout="constrained")
    before, after = canvas.subplots(1, 2)
    for line in _grid_lines(side):
        before.plot(*(corner + line).T, color=BLUE, lw=0.9)
        after.plot(*np.array([f(point) for point in corner + line]).T, color=BLUE, lw=0.9)
    square = side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    after.add_patch(Polygon(start + square @ matrix.T, fill=False, edgecolor=ORANGE, lw=1.8, ls="--"))
    for j in (0, 1):
        ahead, across = side * np.eye(2)[[j, 1 - j]]
        _side_arrow(before, corner, ahead, across, INK, f"step\nalong $x_{j + 1}$")
        _side_arrow(after, start, matrix @ ahead, matrix @ across, ORANGE, f"column {j + 1}\nof $J$, times {side:g}")
    _plane(before, "x", "a square of inputs")
    _plane(after, "y", "its image (full lines), and what $J$ makes of it (dashed)")
    columns = " and ".join(f"({a:.3g}, {b:.3g})" for a, b in matrix.T)
    return Figure(
        canvas,
        alt=f"Left: a square of side {side:g} with a grid in it, one corner at ({corner[0]:g}, {corner[1]:g}). Right: "
        "the image of the grid, with bent lines, and over it a dashed parallelogram with the same corner, whose sides "
        f"are {side:g} times the columns {columns} of the Jacobian. They agree near the corner and part far from it.",
        caption="The map bends the square; its Jacobian at the corner makes a parallelogram of it. Near the corner the "
        "two can hardly be told apart.",
    )


def _grid_lines(side: float) -> list[NDArray[Any]]:
    """Return the lines of a square grid, each as points in rows, upright and level in turn."""
    run = np.linspace(0, side, 41)
    lines = []
    for step in np.linspace(0, side, 6):
        level = np.full_like(run, step)
        lines += [np.stack([run, level], axis=1), np.stack([level, run], axis=1)]
    return lines


def _side_arrow(
    axes: Axes, start: NDArray[Any], step: NDArray[Any], across: NDArray[Any], colour: str, label: str
) -> None:
    """Draw one side of a parallelogram as an arrow, its label outside, away from the other side."""
    style = {"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
    (x, y), (tip_x, tip_y) = start, start + step
    axes.annotate("", (tip_x, tip_y), (x, y), arrowprops=style)
    right, up = -across / np.linalg.norm(across)
    axes.annotate(
        label, (x + 0.35 * step[0], y + 0.35 * step[1]), (11 * right, 11 * up), textcoords="offset points",
        color=colour, fontsize=9, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}, zorder=2.2,
        ha="right" if right < -0.5 else "left" if right > 0.5 else "center",
        va="top" if up < -0.5 else "bottom" if up > 0.5 else "center",
    )  # fmt: skip


def _plane(axes: Axes, name: str, title: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set(xlabel=f"${name}_1$", ylabel=f"${name}_2$")
    axes.margins(0.35)
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[["top", "right"]].set_visible(False)


# --- tables of numbers ------------------------------------------------------------------------------------------------


def two_layouts(J: ArrayLike) -> Figure:
    """Draw the same partial derivatives in numerator and in denominator layout, tinted by output.

    Args:
        J: the Jacobian, rows for outputs.

    Returns:
        The figure: J on the left, its transpose on the right, every number with its name.
    """
    matrix = np.asarray(J, dtype=float)
    (m, n), wide = matrix.shape, 1.5
    canvas, axes = _sheet(wide * (m + n) + 5.0, max(m, n) + 1.5)
    middle = 1.1 + max(m, n) / 2
    left, right = 1.1, 1.1 + wide * n + 3.0
    for i in range(m):
        for j in range(n):
            name, value = rf"$\partial y_{i + 1}/\partial x_{j + 1}$", _plain(matrix[i, j])
            _named_number(axes, left + wide * j, middle - m / 2 + i, wide, value, name, TINTS[i % len(TINTS)])
            _named_number(axes, right + wide * i, middle - n / 2 + j, wide, value, name, TINTS[i % len(TINTS)])
    for x, rows, columns, r, c, title in ((left, "y", "x", m, n, "numerator"), (right, "x", "y", n, m, "denominator")):
        for i in range(r):
            _text(axes, x - 0.3, middle - r / 2 + i + 0.5, f"${rows}_{i + 1}$", size=13)
        for j in range(c):
            _text(axes, x + wide * (j + 0.5), middle - r / 2 - 0.25, f"${columns}_{j + 1}$", size=13)
        _text(axes, x + wide * c / 2, 0.1, f"{title} layout, {r} × {c}", size=12, weight="bold")
    _text(axes, left + wide * n + 1.2, middle, "transpose\n" + r"$\longleftrightarrow$", size=11)
    outputs = "; ".join(f"y{i + 1}: {', '.join(_plain(value) for value in row)}" for i, row in enumerate(matrix))
    return Figure(
        canvas,
        alt=f"Two tables of the same {m * n} partial derivatives. Left, numerator layout: one row for each output "
        f"({outputs}). Right, denominator layout: the same numbers, a column for each output, a row for each input.",
        caption="The same numbers twice, one tint for each output: a row on the left, a column on the right.",
    )


def _named_number(axes: Axes, x: float, y: float, width: float, value: str, name: str, tint: str) -> None:
    axes.add_patch(Rectangle((x, y), width, 1, facecolor=tint, edgecolor="white", lw=2))
    _text(axes, x + width / 2, y + 0.36, value, size=15)
    _text(axes, x + width / 2, y + 0.78, name, size=9)


def product_rule(v: float, grad_v: ArrayLike, u: ArrayLike, J_u: ArrayLike) -> Figure:
    """Draw the Jacobian of v u as the sum of a scaled matrix and a column times a row.

    Args:
        v: the value of the scalar function.
        grad_v: its gradient, shape (n,).
        u: the value of the vector function, shape (m,).
        J_u: its Jacobian, shape (m, n).

    Returns:
        The figure: three tables, the last with its column on the left and its row on top.
    """
    row, column, matrix = (np.asarray(array, dtype=float) for array in (grad_v, u, J_u))
    (m, n), top = matrix.shape, 1.3
    outer = np.outer(column, row)
    canvas, axes = _sheet(3 * n + 5.6, m + 2.2)
    parts = (
        (0.3, v * matrix + outer, "$J_{vu}$"),
        (n + 1.6, v * matrix, f"$v\\,J_u$ with $v={_plain(v)}$"),
        (2 * n + 4.2, outer, r"$u\,(\nabla v)^{\top}$"),
    )
    for (x, numbers, name), tint in zip(parts, TINTS, strict=False):
        _numbers(axes, x, top, numbers, tint)
        _text(axes, x + n / 2, top + m + 0.5, name, size=12)
    for x, sign in ((n + 0.95, "="), (2 * n + 2.25, "+")):
        _text(axes, x, top + m / 2, sign, size=18)
    x = parts[2][0]
    _numbers(axes, x - 1.25, top, column[:, None], PALE)
    _numbers(axes, x, top - 1.25, row[None, :], PALE)
    _text(axes, x - 0.75, top + m + 0.5, "$u$", size=12)
    _text(axes, x - 0.1, top - 0.75, r"$(\nabla v)^{\top}$", size=12, ha="right")
    return Figure(
        canvas,
        alt=f"Three tables of {m} by {n} numbers, the first the sum of the other two. The second is {_plain(v)} times "
        "the Jacobian of u. The third is a multiplication table: each number is the entry of the column u at its left "
        "times the entry of the row, the gradient of v, above it.",
        caption="The two parts of the Jacobian of vu. The second is a multiplication table: a column times a row.",
    )


def _numbers(axes: Axes, left: float, top: float, numbers: NDArray[Any], tint: str) -> None:
    for (r, c), value in np.ndenumerate(numbers):
        axes.add_patch(Rectangle((left + c, top + r), 1, 1, facecolor=tint, edgecolor="white", lw=2))
        _text(axes, left + c + 0.5, top + r + 0.5, _plain(value), size=12)


# --- shapes -----------------------------------------------------------------------------------------------------------


def shapes_of_things() -> Figure:
    """Draw the nine derivatives of a scalar, vector or matrix by another, in both layouts, with named sides.

    Returns:
        The figure: one row for each kind of output, one column for each kind of input.
    """
    outputs = {"a scalar $s$": "", "a vector\n$y$ $(m)$": "m", "a matrix\n$Y$ $(r, s)$": "rs"}
    inputs = {"a scalar $t$": "", "a vector $x$ $(n)$": "n", "a matrix $X$ $(p, q)$": "pq"}
    canvas, axes = _sheet(19.2, 12.6, inches=0.5)
    for c, by in enumerate(inputs):
        _text(axes, 5.2 + 5.6 * c, 0.4, f"by {by}", size=12, weight="bold")
    for r, (of, out_axes) in enumerate(outputs.items()):
        _text(axes, 1.1, 2.85 + 3.9 * r, of, size=12, weight="bold")
        for c, in_axes in enumerate(inputs.values()):
            _field(axes, 2.5 + 5.6 * c, 1.0 + 3.9 * r, out_axes, in_axes)
    return Figure(
        canvas,
        alt="A table of nine fields with rectangles drawn to scale, numerator layout first. Scalar by scalar: 1 by 1, "
        "twice. Scalar by vector: 1 by n, n by 1. Scalar by matrix: q by p, p by q. Vector by scalar: m by 1, 1 by m. "
        "Vector by vector: m by n, n by m. Matrix by scalar: r by s, s by r. Three fields fit on no page: vector by "
        "matrix has the axes m, p, q or p, q, m; matrix by vector r, s, n or n, r, s; matrix by matrix r, s, p, q or "
        "p, q, r, s.",
        caption="Rows of the table: what is differentiated. Columns: by what. In each field the numerator layout is "
        "on the left, the denominator layout on the right.",
    )


def _field(axes: Axes, x: float, y: float, out_axes: str, in_axes: str) -> None:
    """Draw one field of the table of shapes: two rectangles, or the axes where there are more than two."""
    axes.add_patch(Rectangle((x, y), 5.4, 3.7, facecolor="none", edgecolor="#cccccc", lw=1))
    if (count := len(out_axes + in_axes)) > 2:
        for dy, layout, order in ((0.75, "numerator", out_axes + in_axes), (1.85, "denominator", in_axes + out_axes)):
            _text(axes, x + 2.7, y + dy, f"$({', '.join(order)})$", size=12)
            _text(axes, x + 2.7, y + dy + 0.45, layout, size=9)
        _text(axes, x + 2.7, y + 3.15, f"{['three', 'four'][count - 3]} axes: an array, not a matrix", size=9)
        return
    lengths = {"1": 0.32, "n": 1.5, "m": 1.1, "p": 0.8, "q": 1.8, "r": 0.65, "s": 1.35}
    rows, columns = _page(out_axes, in_axes)
    for centre, layout, (r, c), tint in (
        (x + 1.5, "numerator", (rows, columns), TINTS[0]),
        (x + 4.0, "denominator", (columns, rows), TINTS[1]),
    ):
        _block(axes, centre, y + 1.75, r, c, lengths, tint)
        _text(axes, centre, y + 3.35, layout, size=9)


def _page(out_axes: str, in_axes: str) -> tuple[str, str]:
    """Return rows and columns in numerator layout: the output as it stands, the input transposed."""
    rows = (out_axes + "1")[:1] if len(in_axes) < 2 else in_axes[1]
    columns = (in_axes + "1")[:1] if len(out_axes) < 2 else out_axes[1]
    return rows, columns


def chain_shapes() -> Figure:
    """Draw the chain rule for y = g(u(x)) as a product of rectangles with named sides, in both layouts.

    Returns:
        The figure: numerator layout on top, denominator layout below.
    """
    lengths = {"n": 2.6, "k": 1.5, "m": 2.0}
    canvas, axes = _sheet(15.4, 8.0, inches=0.55)
    blue, orange, green, _ = TINTS
    numerator = (("J_g", ("m", "k"), blue), ("J_u", ("k", "n"), orange), ("J_{g(u)}", ("m", "n"), green))
    denominator = (("D_u", ("n", "k"), orange), ("D_g", ("k", "m"), blue), ("D_{g(u)}", ("n", "m"), green))
    for y, name, blocks in (
        (2.0, "numerator layout:\nlast map first", numerator),
        (6.2, "denominator layout:\nfirst map first", denominator),
    ):
        _text(axes, 1.9, y, name, size=11, weight="bold")
        _text(axes, 11.2, y, "=", size=18)
        for x, (symbol, (rows, columns), tint) in zip((5.4, 9.0, 13.6), blocks, strict=True):
            _block(axes, x, y, rows, columns, lengths, tint)
            _text(axes, x, y, f"${symbol}$", size=14)
        over = y - lengths[blocks[0][1][0]] / 2 - 0.3  # the line joins the name over the first block
        beside = 8.75 - lengths[blocks[1][1][1]] / 2  # to the name beside the second
        axes.plot([5.75, beside, beside], [over, over, y - 0.28], color=GREY, lw=1.2, ls=":")
    return Figure(
        canvas,
        alt="Two products of rectangles. Numerator layout: a block J_g of m rows and k columns times a block J_u of k "
        "rows and n columns gives m rows and n columns. Denominator layout: a block D_u of n rows and k columns times "
        "a block D_g of k rows and m columns gives n rows and m columns. A line joins the inner sides, both named k.",
        caption="The sides that meet must have the same name: k, for the variables in between, over which the product "
        "sums. The other order has no such pair.",
    )


def _block(axes: Axes, x: float, y: float, rows: str, columns: str, lengths: Mapping[str, float], tint: str) -> None:
    """Draw a rectangle around its centre, with the names of its sides."""
    width, height = lengths[columns], lengths[rows]
    axes.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, facecolor=tint, edgecolor=INK, lw=1))
    for side, at in ((rows, (x - width / 2 - 0.25, y)), (columns, (x, y - height / 2 - 0.3))):
        _text(axes, *at, side if side == "1" else f"${side}$", size=12)


# --- paths ------------------------------------------------------------------------------------------------------------


def paths(V: ArrayLike, W: ArrayLike, output: int, input: int) -> Figure:
    """Draw y = V h, h = W x as a network, with every path from one input to one output numbered.

    Args:
        V: shape (p, k).
        W: shape (k, n).
        output: which y, counted from 1.
        input: which x, counted from 1.

    Returns:
        The figure: inputs on the left, the variables in between, outputs on the right.
    """
    outer, inner = np.asarray(V, dtype=float), np.asarray(W, dtype=float)
    (p, k), n = outer.shape, inner.shape[1]
    most = max(p, k, n)
    canvas, axes = _sheet(12.4, 1.75 * most + 0.6, inches=0.6)
    xs, hs, ys = (_spread(x, count, most) for x, count in ((1, n), (6, k), (11, p)))
    start, end = xs[input - 1], ys[output - 1]
    for near, far in ((xs, hs), (hs, ys)):
        for pair in ((a, b) for a in near for b in far if start != a and end != b):
            axes.plot(*zip(*pair, strict=True), color="#d5d9dd", lw=1, zorder=0)
    rates = [(_plain(a), _plain(b)) for a, b in zip(inner[:, input - 1], outer[output - 1], strict=True)]
    for j, (middle, (rate_in, rate_out)) in enumerate(zip(hs, rates, strict=True), start=1):
        colour, dashes = STROKES[(j - 1) % len(STROKES)]
        axes.plot(*zip(start, middle, end, strict=True), color=colour, ls=dashes, lw=2.2, zorder=1)
        _on_edge(axes, start, middle, f"$W_{{{j}{input}}}={rate_in}$")
        _on_edge(axes, middle, end, f"$V_{{{output}{j}}}={rate_out}$")
        _text(axes, middle[0], middle[1] - 0.72, f"path {j}", size=9, colour=colour)
    for column, name in ((xs, "x"), (hs, "h"), (ys, "y")):
        for number, place in enumerate(column, start=1):
            axes.add_patch(Circle(place, 0.42, facecolor="white", edgecolor=INK, lw=1.2, zorder=2))
            _text(axes, *place, f"${name}_{number}$", size=13)
    along = ", ".join(f"{rate_in} then {rate_out}" for rate_in, rate_out in rates)
    return Figure(
        canvas,
        alt=f"A network with inputs x1 to x{n}, middle variables h1 to h{k} and outputs y1 to y{p}. {k} numbered paths "
        f"lead from x{input} to y{output}, one through each h, in order; along them the rates are {along}.",
        caption=f"Every way in which x{input} reaches y{output}. Along a path the rates multiply; over the paths they "
        "add.",
    )


def _spread(x: float, count: int, most: int) -> Sequence[tuple[float, float]]:
    """Return the places of one column of a network, centred on the tallest column."""
    return [(x, 1.15 + 1.75 * (number + (most - count) / 2)) for number in range(count)]


def _on_edge(axes: Axes, start: tuple[float, float], end: tuple[float, float], label: str) -> None:
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    axes.text(x, y, label, ha="center", va="center", fontsize=10, zorder=3, bbox=paper)


# --- paper and ink ----------------------------------------------------------------------------------------------------


def _sheet(width: float, height: float, inches: float = 0.62) -> tuple[Canvas, Axes]:
    """Return a canvas with one bare drawing area, its units square and y running down the page."""
    canvas = Canvas(figsize=(width * inches, (height + 0.5) * inches))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, -0.5))
    axes.set_aspect("equal")
    axes.axis("off")
    return canvas, axes


def _text(axes: Axes, x: float, y: float, text: str, size: float, colour: str = INK, **style: Any) -> None:
    axes.text(x, y, text, fontsize=size, color=colour, va="center", zorder=4, **{"ha": "center", **style})


def _plain(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
