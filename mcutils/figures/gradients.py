"""The figures of the unit on gradients: slopes around a point, errors against steps, right and wrong gradients.

Separate because they belong to one lesson and share its colours: blue is the gradient, orange is the other thing. Every
function takes the mathematics (a function, a point, a matrix) and computes what it draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Polygon

import mcutils
from mcutils.figures._base import BLUE, GREY, ORANGE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

UNIT_ROUNDOFF = 2.0**-53


def slopes_around(f: Callable[..., Any], x: ArrayLike, directions: int = 24) -> Figure:
    """Draw the slope of f at a point of the plane in many directions, and the cosine that they must lie on.

    Args:
        f: a scalar function of an array of shape (2,).
        x: the point.
        directions: how many directions of length 1 are measured.

    Returns:
        The figure: on the left the point among the contours, on the right slope against direction.

    Raises:
        ShapeError: x is no point of the plane.
    """
    point = _in_plane("slopes_around", x)
    gradient = mcutils.gradient(f, point)
    steepness = float(np.linalg.norm(gradient))
    angles = np.arange(directions) * 2 * np.pi / directions
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    slopes = np.array([mcutils.slope(f, point, unit).value for unit in units])
    dots: dict[str, Any] = {
        "c": [BLUE if slope >= 0 else ORANGE for slope in slopes],
        "s": 14 + 55 * np.abs(slopes) / steepness,
        "zorder": 3,
    }
    canvas = Canvas(figsize=(9, 3.8), layout="constrained")
    plane, curve = canvas.subplots(1, 2, width_ratios=(1, 1.45))
    _contours(plane, f, point, point, 1.6)
    plane.scatter(*(point + 0.6 * units).T, **dots)
    _arrow(plane, point, 1.25 * gradient / steepness, BLUE, r"$\nabla f$")

    turn = float(np.degrees(np.arctan2(gradient[1], gradient[0]))) % 360
    degrees = np.linspace(0, 360, 361)
    curve.plot(degrees, steepness * np.cos(np.radians(degrees - turn)), color=GREY, lw=1.5)
    curve.scatter(np.degrees(angles), slopes, **dots)
    curve.axvline(turn, color=BLUE, lw=1, ls=":")
    curve.text(turn + 4, -0.97 * steepness, r"direction of $\nabla f$", color=BLUE)
    curve.axhline(0, color="black", lw=0.8)
    curve.set(xlabel="direction, in degrees from the $x_1$ axis", ylabel="slope", xticks=range(0, 361, 90))
    return Figure(
        canvas,
        alt=f"Left: contours of f and {directions} dots on a circle around {_said(point)}, larger where the slope is "
        f"larger, with an arrow for the gradient {_said(gradient)}. Right: the {directions} measured slopes lie on a "
        f"cosine of height {steepness:.1f}, whose crest is in the direction of the gradient.",
        caption=f"{directions} measured slopes (dots, orange where f falls) and the curve ‖∇f‖ cos(angle to ∇f). "
        "One vector accounts for all of them.",
    )


def error_against_step(f: Callable[..., Any], x: ArrayLike, dx: ArrayLike) -> Figure:
    """Draw the error of the forward and the central difference against the step h, with what theory expects.

    Args:
        f: a smooth scalar function of an array.
        x: the point.
        dx: the direction, of the shape of x.

    Returns:
        The figure, log-log, with h getting smaller from left to right: the left branch of each V is truncation, the
        right branch rounding. An error of exactly zero stands on the bottom edge.
    """
    point, direction = np.asarray(x, dtype=float), np.asarray(dx, dtype=float)

    def phi(t: float) -> float:
        return float(f(point + t * direction))

    exact = float(mcutils.slope(f, point, direction).value)
    steps = 10.0 ** -np.arange(0, 15.01, 0.125)
    second, third = _second_and_third(phi)
    noise = UNIT_ROUNDOFF * abs(phi(0))
    forward = np.array([(phi(h) - phi(0)) / h - exact for h in steps])
    central = np.array([(phi(h) - phi(-h)) / (2 * h) - exact for h in steps])

    canvas = Canvas(figsize=(8, 4.4), layout="constrained")
    axes = canvas.subplots()
    axes.set(xscale="log", yscale="log", xlim=(2, 5e-16), ylim=(1e-17, 30))
    _errors(axes, "forward", steps, forward, second / 2 * steps + 2 * noise / steps, ORANGE, "s")
    _errors(axes, "central", steps, central, third / 6 * steps**2 + noise / steps, BLUE, "o")
    if second:
        h = np.sqrt(4 * noise / second)
        _mark_best(axes, h, 4 * noise / h, ORANGE, 30)
    if third:
        h = np.cbrt(3 * noise / third)
        _mark_best(axes, h, 1.5 * noise / h, BLUE, -30)
    axes.set(xlabel="step $h$, getting smaller", ylabel="error of the slope")
    axes.set_xticks(10.0 ** -np.arange(0, 16, 3))
    axes.set_yticks(10.0 ** -np.arange(0, 17, 4))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="lower right")
    shape = "also a V, steeper and deeper" if third else "a single branch that rises to the right from rounding level"
    return Figure(
        canvas,
        alt="Error of the slope against the step h on logarithmic axes, h getting smaller to the right. The forward "
        f"difference is a V. The central difference is {shape}.",
        caption="Error against step: measured (dots) and as expected from truncation and rounding (lines). "
        + ("Left branches are truncation, right branches rounding." if third else "Central has no left branch."),
    )


def _errors(axes: Axes, name: str, steps: Array, errors: Array, expected: Array, colour: str, marker: str) -> None:
    seen = np.maximum(np.abs(errors), axes.get_ylim()[0])
    axes.plot(steps, seen, marker, ms=3.2, color=colour, alpha=0.7, label=f"{name}, measured", clip_on=False)
    axes.plot(steps, expected, color=colour, lw=1.4, label=f"{name}, expected")


def _mark_best(axes: Axes, step: float, error: float, colour: str, above: float) -> None:
    axes.annotate(
        f"best near {_power(step)}",
        (step, error),
        xytext=(0, above),
        textcoords="offset points",
        ha="center",
        color=colour,
        arrowprops={"arrowstyle": "-", "color": colour},
    )


def _second_and_third(phi: Callable[[float], float]) -> tuple[float, float]:
    """Sizes of the second and third derivative at 0 by differences, good enough to draw; noise counts as zero."""
    h = 3e-3
    values = [phi(k * h) for k in (-2, -1, 0, 1, 2)]
    second = abs(np.dot([0, 1, -2, 1, 0], values)) / h**2
    third = abs(np.dot([-1, 2, 0, -2, 1], values)) / (2 * h**3)
    noise = 100 * UNIT_ROUNDOFF * max(map(abs, values))
    return (second if second > noise / h**2 else 0.0), (third if third > noise / h**3 else 0.0)


def true_and_false_gradient(A: ArrayLike, x: ArrayLike) -> Figure:
    """Draw the gradient of x.T A x, and 2Ax, at a point on its contour.

    Args:
        A: a matrix of shape (2, 2), not symmetric.
        x: the point, of shape (2,).

    Returns:
        The figure: the gradient stands at a right angle to the contour, 2Ax does not.

    Raises:
        ShapeError: x is no point of the plane.
    """
    matrix, point = np.asarray(A, dtype=float), _in_plane("true_and_false_gradient", x)
    gradient, false = (matrix + matrix.T) @ point, 2 * matrix @ point
    along = np.array([-gradient[1], gradient[0]]) / np.linalg.norm(gradient)
    angle = np.degrees(np.arccos(abs(false @ along) / np.linalg.norm(false)))
    length = float(np.linalg.norm(point))
    scale = 0.9 * length / np.linalg.norm(gradient)

    canvas = Canvas(figsize=(5.6, 5.2), layout="constrained")
    axes = canvas.subplots()
    _contours(axes, lambda z: z @ matrix @ z, point, 0.4 * point, 1.6 * length)
    axes.axline(_xy(point), _xy(point + along), color=GREY, lw=1.2, ls="--")
    normal = gradient / np.linalg.norm(gradient)
    corner = 0.13 * length * np.array([along, along + normal, normal])
    axes.add_patch(Polygon(point + np.vstack([0 * along, corner]), fill=False, ec=BLUE, lw=1.2, zorder=3))
    _arrow(axes, point, scale * gradient, BLUE, r"$(A+A^T)x$", -3.0)
    _arrow(axes, point, scale * false, ORANGE, r"$2Ax$", 1.0)
    return Figure(
        canvas,
        alt=f"Contours of the quadratic and its tangent line at the point {_said(point)}. The arrow (A + A.T)x is "
        f"perpendicular to the tangent; the arrow 2Ax makes an angle of {angle:.0f} degrees with it.",
        caption=f"At a right angle to the contour: the gradient (A + Aᵀ)x. 2Ax makes {angle:.0f}° with it.",
    )


def steepest(f: Callable[..., Any], x: ArrayLike, M: ArrayLike) -> Figure:
    """Draw the direction of steepest ascent where length is ordinary, and where M measures it.

    Args:
        f: a scalar function of an array of shape (2,).
        x: the point.
        M: a symmetric positive definite matrix of shape (2, 2).

    Returns:
        The figure: the steps of equal length in both senses, and the best of each.

    Raises:
        ShapeError: x is no point of the plane.
    """
    point, metric = _in_plane("steepest", x), np.asarray(M, dtype=float)
    gradient = mcutils.gradient(f, point)
    circle = _unit_steps(np.eye(2))
    ellipse = _unit_steps(metric / np.sqrt(np.linalg.det(metric)))  # as large as the circle, whatever M's unit

    canvas = Canvas(figsize=(6.4, 5.2), layout="constrained")
    axes = canvas.subplots()
    _contours(axes, f, point, 0.5 * point, 2.0)
    for steps, colour, label, side in ((circle, BLUE, "$g$", -3.0), (ellipse, ORANGE, "$g_M$", 3.0)):
        best = steps[np.argmax(steps @ gradient)]
        axes.add_patch(Polygon(point + steps, fill=False, ec=colour, lw=1.4, zorder=3))
        axes.axline(_xy(point), _xy(point + best), color=colour, lw=1, ls="--")
        _arrow(axes, point, best, colour, label, side)
    found = np.linalg.solve(metric, gradient)
    return Figure(
        canvas,
        alt=f"Contours of f around {_said(point)}, with a circle of steps of equal ordinary length and an ellipse of "
        f"steps of equal length by M. The best step on the circle points along the gradient {_said(gradient)}, the "
        f"best on the ellipse along {_said(found)}. Dashed lines carry both directions on, forwards and backwards.",
        caption="Steps of equal length and the best of them: ordinary length (blue circle), by M (orange ellipse).",
    )


def _in_plane(name: str, x: ArrayLike) -> Array:
    point = np.asarray(x, dtype=float)
    if point.shape != (2,):
        raise mcutils.ShapeError(
            f"{name}: got a point of shape {point.shape}; this figure draws the plane, so give (2,)"
        )
    return point


def _unit_steps(M: Array, count: int = 721) -> Array:
    """Points around the curve dx.T M dx = 1."""
    angles = np.linspace(0, 2 * np.pi, count)
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.asarray(units / np.sqrt(np.einsum("ki,ij,kj->k", units, M, units))[:, None])


def _contours(axes: Axes, f: Callable[..., Any], point: Array, centre: Array, reach: float) -> None:
    """Contours of f in a square, and heavier the one through the point."""
    first, second = (np.linspace(middle - reach, middle + reach, 121) for middle in centre)
    heights = np.array([[float(f(np.array([a, b]))) for a in first] for b in second])
    low, high = float(heights.min()), float(np.percentile(heights, 90))
    levels = low + (high - low) * np.linspace(0, 1, 9)[1:] ** 2
    axes.contour(first, second, heights, levels=levels, colors=GREY, linewidths=0.8, alpha=0.5)
    axes.contour(first, second, heights, levels=[float(f(point))], colors="black", linewidths=1.6)
    axes.plot(*point, "o", color="black", ms=5, zorder=4)
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=first[[0, -1]], ylim=second[[0, -1]])


def _arrow(axes: Axes, start: Array, step: Array, colour: str, label: str, side: float = 0.0) -> None:
    """An arrow with its label ahead of its tip, or to its right (side > 0) or left."""
    end = _xy(start + step)
    shape = {"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, _xy(start), arrowprops=shape)
    beside = np.array([step[1], -step[0]]) * side + step
    place = _xy(16 * beside / np.linalg.norm(beside))
    axes.annotate(label, end, place, textcoords="offset points", color=colour, fontsize=13, ha="center", va="center")


def _xy(point: Array) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _said(vector: Array) -> str:
    return "(" + ", ".join(f"{value:g}" for value in vector) + ")"


def _power(value: float) -> str:
    """Write a step as one digit times a power of ten, in mathematics."""
    digit, exponent = f"{value:.0e}".split("e")
    return rf"$10^{{{int(exponent)}}}$" if digit == "1" else rf"${digit}\cdot10^{{{int(exponent)}}}$"
