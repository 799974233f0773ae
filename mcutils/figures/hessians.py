"""The figures of the unit on Hessians: bowl, saddle and trough, curvature by direction, the change of a gradient.

Separate because they belong to one lesson and share its colours: blue curves upwards, orange downwards. Every function
takes the mathematics (a matrix, or a function and a point) and computes what it draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as Canvas

import mcutils
from mcutils.figures._base import BLUE, GREY, INK, ORANGE, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

LIGHT, LIT, SHADOW = np.array([0.35, -0.5, 1.0]), "#f3f6f9", "#8d9cab"
FLAT = 1e-9  # a curvature smaller than this part of the largest is drawn as none
BENDS: dict[int, dict[str, Any]] = {
    1: {"color": BLUE, "ls": "-"},
    0: {"color": INK, "ls": ":"},
    -1: {"color": ORANGE, "ls": "--"},
}
"""How a curve is drawn that bends upwards, not at all, or downwards: the dash says what the colour says."""

SHAPES = {
    (1, 1): "a bowl",
    (-1, -1): "a hill",
    (-1, 1): "a saddle",
    (0, 1): "a trough",
    (-1, 0): "a ridge",
    (0, 0): "a plane",
}
"""What a surface is called by the signs of its two principal curvatures, the smaller one first."""


# --- bowl, saddle, trough ---------------------------------------------------------------------------------------------


def surfaces(matrices: Sequence[ArrayLike]) -> Figure:
    """Draw the surface of x.T H x / 2 for each of some Hessians, with its two principal sections.

    Args:
        matrices: symmetric matrices of shape (2, 2).

    Returns:
        The figure: one surface for each, its name, its principal curvatures, and the section along each eigenvector:
        blue and solid where it bends upwards, orange and dashed where downwards, black and dotted where not at all.

    Raises:
        ShapeError: a matrix is not (2, 2).
        ValueError: a matrix is not symmetric.
    """
    hessians = [_symmetric("surfaces", H) for H in matrices]
    canvas = Canvas(figsize=(3.3 * len(hessians), 3.5))
    told = []
    for k, H in enumerate(hessians):
        axes = canvas.add_axes((k / len(hessians), -0.06, 1 / len(hessians), 0.98), projection="3d")
        values, name = np.linalg.eigvalsh(H), _shape_of(H)
        _surface(axes, H)
        curvatures = f"{_number(values[0])} and {_number(values[1])}"
        canvas.text((k + 0.5) / len(hessians), 0.93, name, fontsize=13, ha="center", color=INK)
        canvas.text((k + 0.5) / len(hessians), 0.855, f"curvatures {curvatures}", fontsize=10, ha="center", color=INK)
        told.append(f"{name}, with the principal curvatures {curvatures}")
    return Figure(
        canvas,
        alt=f"Surfaces of one half of x.T H x over the plane: {'; '.join(told)}. On each, the sections along the two "
        "eigenvectors of H are drawn as curves.",
        caption="Along each eigenvector the section is a parabola: blue bends upwards, orange (dashed) downwards, "
        "black (dotted) not at all.",
    )


def _surface(axes: Any, H: Array) -> None:
    """Draw one surface over a disc, shaded, with its principal sections; seen so that neither stands edge-on."""
    radius, angle = np.meshgrid(np.linspace(0, 1, 33), np.linspace(0, 2 * np.pi, 121))
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    z = _height(H, x, y)
    span = float(np.ptp(z)) or 1.0
    style: dict[str, Any] = {"rstride": 1, "cstride": 1, "lw": 0, "antialiased": False, "shade": False}
    surface = axes.plot_surface(x, y, z, facecolors=_shaded(H, x, y, span), zorder=1, **style)
    surface.set_rasterized(True)  # thousands of little polygons make a slow page
    for ring in (16, 32):
        axes.plot(x[:, ring], y[:, ring], z[:, ring], color=GREY, lw=0.8, zorder=2)
    values, vectors = np.linalg.eigh(H)
    along = np.linspace(-1, 1, 81)
    for value, vector, sign in zip(values, vectors.T, _signs(values), strict=True):
        axes.plot(*np.outer(vector, along), value * along**2 / 2, lw=2.6, zorder=3, **BENDS[sign])
    axes.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(z.min(), z.min() + span))
    axes.set_box_aspect((1, 1, 0.58), zoom=1.3)
    axes.computed_zorder = False
    axes.view_init(elev=36, azim=float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))) - 57)
    axes.axis("off")


def _height(H: Array, x: Array, y: Array) -> Array:
    return np.asarray((H[0, 0] * x**2 + 2 * H[0, 1] * x * y + H[1, 1] * y**2) / 2)


def _shaded(H: Array, x: Array, y: Array, span: float) -> Array:
    """Return a colour for each place, the lighter the more it faces a light that stands high in front."""
    slope = np.einsum("ij,jkl->ikl", H, np.stack([x, y])) / span
    normal = np.stack([-slope[0], -slope[1], np.ones_like(x)]) / np.sqrt(1 + np.sum(slope**2, axis=0))
    lit = np.clip(np.tensordot(LIGHT / np.linalg.norm(LIGHT), normal, 1), 0, 1)[..., None]
    return np.asarray(np.array(to_rgb(SHADOW)) * (1 - lit) + np.array(to_rgb(LIT)) * lit)


# --- curvature by direction -------------------------------------------------------------------------------------------


def curvature_by_direction(f: Callable[..., Any], x: ArrayLike, directions: int = 24) -> Figure:
    """Draw the curvature of f at a point of the plane in many directions, and the curve that they must lie on.

    Args:
        f: a scalar function of an array of shape (2,).
        x: the point.
        directions: how many directions of length 1 are measured.

    Returns:
        The figure: on the left the point among the contours, with both eigenvectors of the Hessian; on the right
        curvature against direction, between the two eigenvalues.

    Raises:
        ShapeError: x is no point of the plane.
    """
    point = _in_plane("curvature_by_direction", x)
    values, vectors = np.linalg.eigh(mcutils.hessian(f, point))
    angles = np.arange(directions) * 2 * np.pi / directions
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    measured = np.array([unit @ mcutils.hvp(f, point, unit) for unit in units])
    dots: dict[str, Any] = {
        "c": [BENDS[sign]["color"] for sign in _signs(measured)],
        "s": 14 + 55 * np.abs(measured) / (np.abs(measured).max() or 1.0),
        "zorder": 3,
    }
    canvas = Canvas(figsize=(9, 3.8), layout="constrained")
    plane, curve = canvas.subplots(1, 2, width_ratios=(1, 1.45))
    _contours(plane, f, point, 1.6)
    plane.scatter(*(point + 0.6 * units).T, **dots)
    _principal(plane, point, values, vectors)
    _by_angle(curve, values, vectors)
    curve.scatter(np.degrees(angles), measured, **dots)
    least, most = _number(values[0]), _number(values[1])
    shape = SHAPES[_shape_signs(values)]
    return Figure(
        canvas,
        alt=f"Left: contours of f and {directions} dots on a circle around {_said(point)}, larger where the curvature "
        f"is larger, with lines along the two eigenvectors of the Hessian. Right: the {directions} measured curvatures "
        f"lie on a wave between the eigenvalues {least} and {most}, twice up and twice down in a full turn: {shape}.",
        caption=f"{directions} measured curvatures (dots, orange where f bends downwards) and the curve uᵀHu. Least "
        f"{least}, largest {most}: the eigenvalues, in the directions of the eigenvectors.",
    )


def _principal(axes: Axes, point: Array, values: Array, vectors: Array) -> None:
    """Draw a line through the point along each eigenvector, with its eigenvalue at the end."""
    for value, vector, sign in zip(values, vectors.T, _signs(values), strict=True):
        end = vector if vector @ (1.0, 0.3) > 0 else -vector  # label on the right-hand side
        axes.plot(*np.stack([point - 1.15 * end, point + 1.15 * end], axis=1), lw=1.8, **BENDS[sign])
        axes.text(
            *_xy(point + 1.35 * end), f"λ = {_number(value)}", color=BENDS[sign]["color"], ha="center", va="center",
            fontsize=10, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip


def _by_angle(axes: Axes, values: Array, vectors: Array) -> None:
    """Draw u.T H u against the direction of u, and where the eigenvectors point."""
    degrees = np.linspace(0, 360, 361)
    units = np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    axes.plot(degrees, values @ (vectors.T @ units) ** 2, color=GREY, lw=1.5)
    axes.axhline(0, color="black", lw=0.8)
    for value, vector, sign in zip(values, vectors.T, _signs(values), strict=True):
        axes.axhline(value, lw=1, alpha=0.6, **BENDS[sign])
        first = float(np.degrees(np.arctan2(vector[1], vector[0]))) % 180
        for turn in (first, first + 180):
            axes.axvline(turn, color=BENDS[sign]["color"], lw=1, ls=":")
    room = 0.12 * (max(values[1], 0) - min(values[0], 0) or 1.0)
    axes.set(xlabel="direction, in degrees from the $x_1$ axis", ylabel="curvature", xticks=range(0, 361, 90))
    axes.set(ylim=(min(values[0], 0) - room, max(values[1], 0) + room))


# --- the change of a gradient -----------------------------------------------------------------------------------------


def gradient_change(f: Callable[..., Any], x: ArrayLike, dx: ArrayLike) -> Figure:
    """Draw the gradients at both ends of a step, their difference, and H dx.

    Args:
        f: a scalar function of an array of shape (2,).
        x: the point.
        dx: the step.

    Returns:
        The figure: on the left the step among the contours with the gradient at each end; on the right both gradients
        from one origin: their difference beside H dx.

    Raises:
        ShapeError: x or dx is not of shape (2,).
    """
    point, step = _in_plane("gradient_change", x), _in_plane("gradient_change", dx)
    before, after = mcutils.gradient(f, point), mcutils.gradient(f, point + step)
    product = mcutils.hvp(f, point, step)
    canvas = Canvas(figsize=(9, 4.1), layout="constrained")
    plane, origin = canvas.subplots(1, 2)
    _contours(plane, f, point + step / 2, 1.6, heavy=False)
    scale = 0.8 / (float(np.linalg.norm([before, after], axis=1).max()) or 1.0)
    plane.plot(*np.stack([point, point + step], axis=1), "o-", color=INK, lw=1.6, ms=5, zorder=4)
    _beside(plane, point, step, INK, r"$\mathrm{d}x$", away=before)
    _arrow(plane, point, scale * before, BLUE)
    _arrow(plane, point + step, scale * after, BLUE)
    plane.set(title="where they are")

    zero = np.zeros(2)
    for start, arrow, colour, label, away in (
        (zero, before, BLUE, r"$\nabla f(x)$", after),
        (zero, after, BLUE, r"$\nabla f(x+\mathrm{d}x)$", before),
        (before, product, ORANGE, r"$H\,\mathrm{d}x$", -before),
    ):
        _arrow(origin, start, arrow, colour)
        _beside(origin, start, arrow, colour, label, away)
    origin.plot(*np.stack([before, after], axis=1), color=INK, lw=1.2, ls=":", zorder=4)
    tips = np.array([zero, before, after, before + product])
    low, high = tips.min(0), tips.max(0)
    middle, half = (low + high) / 2, 0.72 * float(np.max(high - low)) or 1.0
    origin.plot(0, 0, "o", color=INK, ms=5, zorder=4)
    origin.set(
        title="from one origin", aspect="equal",
        xlabel=r"$\partial f/\partial x_1$", ylabel=r"$\partial f/\partial x_2$",
        xlim=(middle[0] - half, middle[0] + half), ylim=(middle[1] - half, middle[1] + half),
    )  # fmt: skip
    gap = float(np.linalg.norm(after - before - product))
    return Figure(
        canvas,
        alt=f"Left: contours of f with the step from {_said(point)} to {_said(point + step)} and the gradient at each "
        f"end. Right: the two gradients from one origin, {_said(before)} and {_said(after)}; from the tip of the first "
        f"the arrow H dx = {_said(product)} ends {_number(gap)} away from the tip of the second.",
        caption="A step changes the gradient (dotted line). To first order the change is H dx (orange): the two tips "
        f"are {_number(gap)} apart.",
    )


# --- what they share --------------------------------------------------------------------------------------------------


def _in_plane(name: str, x: ArrayLike) -> Array:
    point = np.asarray(x, dtype=float)
    if point.shape != (2,):
        raise mcutils.ShapeError(
            f"{name}: got an array of shape {point.shape}; this figure draws the plane, so give (2,)"
        )
    return point


def _symmetric(name: str, H: ArrayLike) -> Array:
    matrix = np.asarray(H, dtype=float)
    if matrix.shape != (2, 2):
        raise mcutils.ShapeError(
            f"{name}: got a matrix of shape {matrix.shape}; this figure draws the plane, so give (2, 2)"
        )
    if not np.allclose(matrix, matrix.T):
        raise ValueError(f"{name}: got {matrix.tolist()}, which is not symmetric; a Hessian is, so give (A + A.T) / 2")
    return matrix


def _signs(values: Array) -> list[int]:
    """Return 1, 0 or -1 for each value; what is tiny beside the largest counts as 0."""
    largest = float(np.abs(values).max()) or 1.0
    return [int(np.sign(value)) if abs(value) > FLAT * largest else 0 for value in values]


def _shape_signs(values: Array) -> tuple[int, int]:
    low, high = _signs(values)
    return low, high


def _shape_of(H: Array) -> str:
    return SHAPES[_shape_signs(np.asarray(np.linalg.eigvalsh(H)))]


def _contours(axes: Axes, f: Callable[..., Any], centre: Array, reach: float, *, heavy: bool = True) -> None:
    """Contours of f in a square, and heavier the one through its middle."""
    first, second = (np.linspace(middle - reach, middle + reach, 121) for middle in centre)
    heights = np.array([[float(f(np.array([a, b]))) for a in first] for b in second])
    axes.contour(first, second, heights, levels=12, colors=GREY, linewidths=0.8, alpha=0.6)
    if heavy:
        axes.contour(first, second, heights, levels=[float(f(centre))], colors="black", linewidths=1.3, alpha=0.7)
        axes.plot(*centre, "o", color="black", ms=5, zorder=4)
    axes.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=first[[0, -1]], ylim=second[[0, -1]])


def _arrow(axes: Axes, start: Array, step: Array, colour: str) -> None:
    shape = {"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", _xy(start + step), _xy(start), arrowprops=shape, zorder=5)


def _beside(axes: Axes, start: Array, step: Array, colour: str, label: str, away: Array) -> None:
    """Write a label beside the middle of an arrow, on the side that does not look towards ``away``."""
    normal = np.array([step[1], -step[0]]) / (float(np.linalg.norm(step)) or 1.0)
    normal = normal if normal @ away <= 0 else -normal
    upright = "top" if normal[1] < 0 else "bottom"
    axes.annotate(
        label, _xy(start + step / 2), _xy(9 * normal), textcoords="offset points", color=colour, fontsize=12,
        ha="left" if normal[0] > 0 else "right", va="center" if abs(normal[0]) > 0.5 else upright,
    )  # fmt: skip


def _xy(point: Array) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _said(vector: Array) -> str:
    return "(" + ", ".join(_number(value) for value in vector) + ")"


def _number(value: float) -> str:
    return f"{value:z.3g}".replace("-", "−")
