"""The figures of the first unit: a product with its axis names, a fitted line with its arrows, a feedback box.

Separate because they belong to one lesson. ``fitted_line`` draws what a learner's own function says, whatever that is:
it never raises because of it, and its caption says what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import FancyBboxPatch, Rectangle

from mcutils._errors import ShapeError
from mcutils.figures._base import BLUE, GREEN, GREY, INK, ORANGE, PALE, RED, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# --- one product --------------------------------------------------------------------------------------


def product(left: str = "n d", right: str = "d h", names: tuple[str, str] = ("X", "W")) -> Figure:
    """Draw a product of two matrices with the names of their axes.

    Args:
        left: the axes of the left factor.
        right: the axes of the right factor; its first is the last of ``left``.
        names: what the factors are called.

    Returns:
        The figure: both factors and the product, one entry of it picked out with the row and the column it is made of.

    Raises:
        ShapeError: a factor has not two axes, or the inner names differ.
    """
    (n, d), (again, h) = _two(left), _two(right)
    if again != d:
        raise ShapeError(
            f"product: {names[0]} is ({n}, {d}) and {names[1]} is ({again}, {h}); the inner names {d} and {again} "
            "must be the same"
        )
    size = {n: 5, d: 3, h: 2}
    rows, inner, columns = size[n], size[d], size[h]
    canvas = Canvas(figsize=(8, 3.4), layout="constrained")
    axes = _sheet(canvas, (-1.4, 2 * columns + inner + 5.7), (rows + 1.1, -1.9))
    at_right, at_result = inner + 2.2, inner + columns + 4.9
    row, column = np.arange(rows)[:, None] == 1, np.arange(columns) == columns - 1
    _block(axes, 0, 0, np.broadcast_to(row, (rows, inner)), names[0], n, d)
    _block(axes, at_right, (rows - inner) / 2, np.broadcast_to(column, (inner, columns)), names[1], d, h)
    _block(axes, at_result, 0, row & column, f"{names[0]} @ {names[1]}", n, h)
    _say(axes, at_result - 1.5, rows / 2, "=", size=20)
    axes.annotate(
        "", (at_right - 0.75, rows / 2 - 0.35), (inner / 2 + 0.3, -0.75),
        arrowprops={"arrowstyle": "<->", "color": ORANGE, "lw": 1.6, "connectionstyle": "arc3,rad=-0.35"},
    )  # fmt: skip
    _say(axes, inner + 0.55, -1.55, "the same name:\nsummed away", colour=ORANGE)
    return Figure(
        canvas,
        alt=f"Three grids. {names[0]} has axes {n} and {d}, {names[1]} has axes {d} and {h}; an arrow joins the two "
        f"inner {d}. The product has axes {n} and {h}. One entry of it is hatched, with the row of {names[0]} and the "
        f"column of {names[1]} that it is made of.",
        caption=f"({n}, {d}) @ ({d}, {h}) is ({n}, {h}): the inner names match and vanish, the outer names stay. "
        "A hatched entry is made of a hatched row and a hatched column.",
    )


def _two(axes: str) -> tuple[str, str]:
    words = axes.split()
    if len(words) != 2:
        raise ShapeError(f'product: got the axes "{axes}"; a matrix has two, such as "n d"')
    return words[0], words[1]


def _block(axes: Axes, left: float, top: float, hatched: NDArray[np.bool_], name: str, down: str, across: str) -> None:
    """Draw a grid with its name below, its axis names beside it, and some of its entries hatched."""
    rows, columns = hatched.shape
    for (i, j), chosen in np.ndenumerate(hatched):
        colours = ("#cfe4f3", BLUE) if chosen else (PALE, GREY)
        hatch = "///" if chosen else None
        axes.add_patch(Rectangle((left + j, top + i), 1, 1, fc=colours[0], ec=colours[1], hatch=hatch, lw=0.8))
    _say(axes, left - 0.45, top + rows / 2, down, size=15, style="italic")
    _say(axes, left + columns / 2, top - 0.45, across, size=15, style="italic")
    _say(axes, left + columns / 2, top + rows + 0.55, name, size=12, weight="bold", family="monospace")


# --- a fitted line ------------------------------------------------------------------------------------

Gradient = Callable[[Any, Any, Any], Any]
MOST_STEPS = 400
FAR = 50.0  # a path that gets this far from where it began is leading away


def fitted_line(gradient: Gradient, A: Array, b: Array, t: Array, y: Array) -> Figure:
    """Draw where a learner's gradient leads: the line it fits to points, and the arrows on the way.

    Args:
        gradient: a function of x, A and b that should return the gradient of ``x @ A @ x - b @ x``; x is (u, v), for
            the line u + v t.
        A: the quadratic part of the sum of squared misses.
        b: its linear part.
        t: where the points are.
        y: how high they are.

    Returns:
        The figure: the points and the line on the left; on the right the plane of all lines with an arrow against the
        gradient at many of them. Where the function gives no arrow, the caption says why.
    """
    arrows = _Arrows(gradient, A, b)
    path = arrows.follow(1 / float(np.linalg.eigvalsh(A + A.T)[-1]))
    best = np.polyfit(t, y, 1)[::-1]
    canvas = Canvas(figsize=(9.4, 4.1))
    places = {"left": 0.065, "right": 0.99, "bottom": 0.125, "top": 0.925, "wspace": 0.17}  # to find them takes as long
    points, plane = canvas.subplots(1, 2, width_ratios=(1, 1.35), gridspec_kw=places)
    _points(points, t, y, path[-1] if arrows.lead else None)
    _contours(plane, t, y, best)
    if not arrows.problem:
        _quiver(plane, arrows)
        plane.plot(*path.T, "o-", color=BLUE, ms=4, lw=1.6, clip_on=True)
        if arrows.lead:
            plane.plot(*path[-1], "s", color=BLUE, ms=9)
    plane.plot(0, 0, "o", mfc="white", mec=INK, ms=8, zorder=4)
    plane.annotate("start", (0, 0), (-6, -14), textcoords="offset points", ha="right", color=INK)
    said = _verdict(arrows, path[-1], best, t, y)
    return Figure(
        canvas,
        alt=f"Left: {len(t)} points{' and a line' if arrows.lead else ''}. Right: the plane of all lines (u, v), with "
        f"curves of equal sums of squared misses{'' if arrows.problem else ' and arrows against the gradient'}. {said}",
        caption=said,
    )


class _Arrows:
    """A learner's gradient, read with care: ``problem`` says why no arrow comes, ``lead`` that they end at a line."""

    def __init__(self, gradient: Gradient, A: Array, b: Array) -> None:
        self._gradient, self._A, self._b = gradient, A, b
        self.name = getattr(gradient, "__name__", "the function")
        self.problem = ""
        self.lead = False

    def at(self, x: Array) -> Array:
        """Return minus the gradient at x; zeros, and a problem, where there is none."""
        try:
            value = self._gradient(x.copy(), self._A.copy(), self._b.copy())
            shape = np.shape(value)
        except Exception as error:
            self.problem = f"{self.name} stopped with {type(error).__name__}: {' '.join(str(error).split())}"
            return np.zeros(2)
        if value is Ellipsis:
            self.problem = f"replace the three dots in {self.name} and run the cell again"
        elif shape != (2,):
            self.problem = f"{self.name} returns {'None' if value is None else f'shape {shape}'}, and x has shape (2,)"
        elif np.all(np.isfinite(value)):
            return -np.asarray(value, dtype=float)
        else:
            self.problem = f"{self.name} returns numbers that are not finite"
        return np.zeros(2)

    def follow(self, step: float) -> Array:
        """Walk along the arrows from (0, 0), with steps of so many times their length."""
        path = [np.zeros(2)]
        while len(path) < MOST_STEPS and np.linalg.norm(path[-1]) < FAR:
            arrow = self.at(path[-1])
            path.append(path[-1] + step * arrow)
            if np.linalg.norm(arrow) < 1e-6:
                self.lead = not self.problem
                break
        return np.array(path)


def _verdict(arrows: _Arrows, end: Array, best: Array, t: Array, y: Array) -> str:
    if arrows.problem:
        return f"No arrows yet: {arrows.problem}."
    if not arrows.lead:
        return "The arrows lead away, and no line comes of it."
    total, least = _misses(end, t, y), _misses(best, t, y)
    line = f"The arrows lead to the line {_number(end[0])} {'+' if end[1] >= 0 else '−'} {_number(abs(end[1]))} t"
    if total <= least * (1 + 1e-6):
        return f"{line}. Its squared misses add up to {total:.1f}, and no line has less."
    return f"{line}. Its squared misses add up to {total:.1f}, where {least:.1f} is possible (the cross)."


def _misses(x: Array, t: Array, y: Array) -> float:
    return float(np.sum((x[0] + x[1] * t - y) ** 2))


def _number(value: float) -> str:
    return f"{value:z.2f}".replace("-", "−")


def _points(axes: Axes, t: Array, y: Array, end: Array | None) -> None:
    """Draw the points, and, if there is one, the line with its misses."""
    ends = np.array([t.min() - 0.5, t.max() + 0.5])
    if end is not None:
        axes.vlines(t, end[0] + end[1] * t, y, color=ORANGE, lw=1.4, ls=":", label="misses")
        axes.plot(ends, end[0] + end[1] * ends, color=BLUE, lw=2, label="your line")
    axes.plot(t, y, "o", color=INK, ms=7, label="points")
    axes.set(xlim=ends, ylim=(y.min() - 3, y.max() + 2), xlabel="t", ylabel="y", title="points and line")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")


def _contours(axes: Axes, t: Array, y: Array, best: Array) -> None:
    """Draw the sum of squared misses over the plane of lines (u, v), and a cross where it is least."""
    u, v = np.linspace(-1.6, 2.6, 141), np.linspace(-0.7, 2.3, 101)
    total = np.sum((u[:, None] + v[:, None, None] * t - y) ** 2, axis=-1)
    least = _misses(best, t, y)
    axes.contour(u, v, total, levels=least + np.array([1, 4, 9, 16, 25, 36, 49, 64]), colors=GREY, linewidths=0.8)
    axes.plot(*best, "x", color=INK, ms=10, mew=2.4, zorder=5)
    axes.annotate("smallest sum", tuple(best), (9, 4), textcoords="offset points", color=INK)
    axes.set(
        title="every point (u, v) is a line u + v t",
        xlabel="u",
        ylabel="v",
        aspect="equal",
        xlim=(u[0], u[-1]),
        ylim=(v[0], v[-1]),
    )


def _quiver(axes: Axes, arrows: _Arrows) -> None:
    """Draw an arrow of length one against the gradient at every point of a grid."""
    grid = np.array([(u, v) for u in np.arange(-1.4, 2.6, 0.5) for v in np.arange(-0.5, 2.2, 0.5)])
    along = np.array([arrows.at(point) for point in grid])
    length = np.linalg.norm(along, axis=1, keepdims=True)
    units = np.divide(along, length, out=np.zeros_like(along), where=length > 1e-9)
    axes.quiver(*grid.T, *units.T, color=GREEN, angles="xy", scale=22, width=0.005, headwidth=5, pivot="mid")


# --- a feedback box -----------------------------------------------------------------------------------

VERDICT, TAG = "Not yet", "halved"
MESSAGE = "Exactly half of the right answer. The variable may stand in two places, or a square lost its 2."


def feedback_box() -> Figure:
    """Draw a feedback box with the names of its parts.

    Returns:
        The figure: the box that the lesson's wrong gradient of ``x @ x`` gets, with five numbered notes.
    """
    canvas = Canvas(figsize=(9, 2.5), layout="constrained")
    axes = _sheet(canvas, (0, 18), (4.9, 0.1))
    axes.add_patch(FancyBboxPatch((0.4, 0.5), 9.6, 3.1, "round,pad=0,rounding_size=0.12", fc="white", ec=GREY))
    axes.add_patch(Rectangle((0.4, 0.5), 0.16, 3.1, color=RED))
    _say(axes, 0.9, 1.05, f"✗ {VERDICT}", size=11.5, weight="bold", ha="left")
    _say(axes, 2.95, 1.05, f"({TAG})", size=11.5, ha="left")
    _say(axes, 0.9, 2.05, MESSAGE.replace(". ", ".\n"), size=9.5, ha="left")
    _say(axes, 0.9, 3.1, "▸ More", size=9.5, ha="left")
    _say(axes, 0.4, 4.3, "0.0", size=11, ha="left", family="monospace")
    notes = (
        ("the verdict: right, not yet, or no verdict yet", 2.75, 0.82, 0.35),
        ("the name of the mistake, if it has one", 4.75, 1.05, 1.2),
        ("one fact about your answer, and where to look", 9.6, 2.05, 2.05),
        ("the numbers, folded: click to see them", 2.4, 3.1, 3.1),
        ("what this run earned, in points", 1.3, 4.3, 4.3),
    )
    for number, (note, x, y, note_y) in enumerate(notes, start=1):
        axes.annotate(
            f"{number}  {note}", (x, y), (10.7, note_y), va="center", ha="left", fontsize=10, color=BLUE,
            arrowprops={"arrowstyle": "-", "color": BLUE, "lw": 0.9, "shrinkA": 3, "shrinkB": 2},
        )  # fmt: skip
    return Figure(
        canvas,
        alt=f"A feedback box: the verdict {VERDICT}, the name of the mistake in brackets ({TAG}), one sentence "
        f"({MESSAGE}), a folded line called More, and below the box the number 0.0. Each part has a note that says "
        "what it is.",
        caption="The parts of a feedback box. Parts 2 and 4 appear when there is something to say.",
    )


# --- a sheet to draw on -------------------------------------------------------------------------------


def _sheet(canvas: Canvas, x: tuple[float, float], y: tuple[float, float]) -> Axes:
    """Return axes without frame, ticks or distortion, with these limits."""
    axes = canvas.subplots()
    axes.set(xlim=x, ylim=y, aspect="equal")
    axes.axis("off")
    return axes


def _say(axes: Axes, x: float, y: float, text: str, size: float = 10, colour: str = INK, **style: Any) -> None:
    axes.text(x, y, text, fontsize=size, color=colour, **({"ha": "center", "va": "center"} | style))
