"""The figures of the unit on differentials: a trace as a ring that may be turned, and dX taken out of it.

Separate because they belong to one lesson. A ring is read clockwise from the mark at its top, as the text below it
says; each joint carries the name of the axis that is summed there: the columns of one factor, the rows of the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Circle

from mcutils._errors import ShapeError
from mcutils.figures._base import BLUE, GREEN, GREY, INK, ORANGE, RED, Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RADIUS, DISC, WIDTH, HEIGHT, INCH = 1.25, 0.4, 4.6, 4.9, 0.6
MIDDLE = -2.25  # how far below the upper edge the centre of a ring is
TINTS = (("#cfe4f3", BLUE), ("#fbdcb0", ORANGE), ("#cdeadf", GREEN), ("#e6dff2", "#6a4c9c"))
STEP = "dX"


class _Factor(NamedTuple):
    """One matrix of a ring: its name, the names of its rows and columns, and its two colours."""

    name: str
    rows: str
    columns: str
    colours: tuple[str, str]


# --- the ring turns ---------------------------------------------------------------------------------------------------


def turning(factors: Mapping[str, str], other: Sequence[str] = ()) -> Figure:
    """Draw a trace as a ring in each of its turns, and one order that is another ring.

    Args:
        factors: the matrices in the order of the product, with their axes: ``{"A": "m n", "B": "n p", "C": "p m"}``.
            A transpose is written ``X.T``, a step ``dX``.
        other: the same names in an order that is no turn; drawn last, with the joints that do not fit marked.

    Returns:
        The figure: one ring for each beginning, read clockwise from the mark at the top.

    Raises:
        ShapeError: two neighbours do not fit, or ``other`` does not name the same factors.
    """
    ring = _closed("turning", factors)
    if other and sorted(other) != sorted(factors):
        raise ShapeError(f"turning: other is {', '.join(other)}; give {', '.join(factors)} in another order")
    turns = [ring[k:] + ring[:k] for k in range(len(ring))]
    by_name = {factor.name: factor for factor in ring}
    rings = [*turns, [by_name[name] for name in other]] if other else turns
    canvas, axes = _sheet(len(rings))
    for k, one in enumerate(rings):
        _ring(axes, WIDTH * (k + 0.5), one)
        _formula(axes, WIDTH * (k + 0.5), _trace(one))
    for k in range(1, len(turns)):
        _between(axes, WIDTH * k, "turn")
    if other:
        axes.plot([WIDTH * len(turns)] * 2, [-0.4, 0.2 - HEIGHT], color=GREY, lw=1, ls=":")
    return Figure(canvas, alt=_turning_said(turns, rings[len(turns) :]), caption=_turning_caption(bool(other)))


def _turning_said(turns: Sequence[Sequence[_Factor]], others: Sequence[Sequence[_Factor]]) -> str:
    joints = ", ".join(f"{a.name} to {b.name} over {a.columns}" for a, b in _pairs(turns[0]))
    names = ", ".join(factor.name for factor in turns[0])
    said = (
        f"The ring of {names}, drawn {len(turns)} times, each time turned one place further: "
        f"{', '.join(_plain(one) for one in turns)}. In all of them the same pairs are joined: {joints}."
    )
    for one in others:
        clashes = ", ".join(f"{a.columns} of {a.name} meets {b.rows} of {b.name}" for a, b in _clashes(one))
        said += f" The last ring, {_plain(one)}, joins other pairs" + (f": {clashes}." if clashes else ".")
    return said


def _turning_caption(other: bool) -> str:
    said = "A trace is a ring, read clockwise from the mark. Turning it changes where you begin, and no sum."
    return said + (" Another order joins other axes: it is another ring." if other else "")


# --- dX is taken out --------------------------------------------------------------------------------------------------


def read_off(factors: Mapping[str, str]) -> Figure:
    """Draw how a gradient is read off a trace: the ring, turned until dX stands last, and without dX.

    Args:
        factors: the matrices in the order of the product, with their axes; one of them is ``dX``:
            ``{"A": "k m", "dX": "m n", "B": "n k"}``.

    Returns:
        The figure: two or three panels. What is left in the last is the transpose of the gradient.

    Raises:
        ShapeError: two neighbours do not fit, or no factor is dX.
    """
    ring = _closed("read_off", factors)
    if STEP not in factors:
        raise ShapeError(f"read_off: the factors are {', '.join(factors)}; one of them must be {STEP}")
    at = list(factors).index(STEP) + 1
    turned = ring[at:] + ring[:at]
    rest, step = turned[:-1], turned[-1]
    rings = [turned] if turned == ring else [ring, turned]
    canvas, axes = _sheet(len(rings) + 1)
    for k, one in enumerate(rings):
        _ring(axes, WIDTH * (k + 0.5), one)
        _formula(axes, WIDTH * (k + 0.5), _trace(one))
    if turned != ring:
        _between(axes, WIDTH, "turn")
    _between(axes, len(rings) * WIDTH, "take out\n" + r"$\mathrm{d}X$")
    _ring(axes, (len(rings) + 0.5) * WIDTH, turned, hole=True)
    _formula(axes, (len(rings) + 0.5) * WIDTH, f"$G^T = {''.join(_tex(one.name) for one in rest)}$")
    left = " ".join(one.name for one in rest)
    first = "" if turned == ring else f"The ring {_plain(ring)}, and the same ring turned until {STEP} stands last. "
    return Figure(
        canvas,
        alt=f"{first}The ring {_plain(turned)} is read clockwise and ends with {STEP}. Beside it {STEP} is taken out, "
        f"and an open chain is left, {left}, with the open ends {step.columns} and {step.rows}: it is the transpose "
        "of the gradient G.",
        caption=f"Turn until dX stands last, take it out, and what is left, read from the mark, is the transpose of "
        f"the gradient: it has {step.columns} rows and {step.rows} columns, and X is ({step.rows}, {step.columns}).",
    )


# --- rings in words ---------------------------------------------------------------------------------------------------


def _closed(caller: str, factors: Mapping[str, str]) -> list[_Factor]:
    """Read the factors, and see that each fits the next, the last one the first."""
    ring = []
    for k, (name, axes) in enumerate(factors.items()):
        words = axes.split()
        if len(words) != 2:
            raise ShapeError(f'{caller}: {name} has the axes "{axes}"; a matrix has two, such as "m n"')
        ring.append(_Factor(name, words[0], words[1], TINTS[k % len(TINTS)]))
    if not ring:
        raise ShapeError(f"{caller}: there are no factors; give at least one matrix")
    for left, right in _clashes(ring):
        raise ShapeError(
            f"{caller}: {left.name} has columns {left.columns} and {right.name}, which comes next, has rows "
            f"{right.rows}; they must be the same"
        )
    return ring


def _pairs(ring: Sequence[_Factor]) -> list[tuple[_Factor, _Factor]]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def _clashes(ring: Sequence[_Factor]) -> list[tuple[_Factor, _Factor]]:
    return [(left, right) for left, right in _pairs(ring) if left.columns != right.rows]


def _plain(ring: Sequence[_Factor]) -> str:
    return f"tr({' '.join(one.name for one in ring)})"


def _trace(ring: Sequence[_Factor]) -> str:
    product = r"\,".join(_tex(one.name) for one in ring)
    return rf"$\mathrm{{tr}}({product})$"


def _tex(name: str) -> str:
    """Write a factor's name as mathematics: dX with an upright d, X.T with a raised sign."""
    body = name.removesuffix(".T")
    letters = rf"\mathrm{{d}}{body[1:]}" if len(body) > 1 and body[0] == "d" else body
    return letters if body == name else f"{letters}^T"


# --- paper and ink ----------------------------------------------------------------------------------------------------


def _sheet(panels: int) -> tuple[Canvas, Axes]:
    width = WIDTH * panels
    canvas = Canvas(figsize=(width * INCH, HEIGHT * INCH))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(-HEIGHT, 0), aspect="equal")
    axes.axis("off")
    return canvas, axes


def _ring(axes: Axes, x: float, ring: Sequence[_Factor], hole: bool = False) -> None:
    """Draw a ring around (x, MIDDLE), read clockwise from the top; with a hole, without its last factor."""
    part = 2 * np.pi / len(ring)
    last = len(ring) - 1
    for k, (left, right) in enumerate(_pairs(ring)):
        centre = np.pi / 2 - part * (k + 0.5)
        if not (hole and k == last):
            _node(axes, _at(x, centre), left)
        _joint(axes, x, centre, centre - part, left, right)
        if hole and k in (last - 1, last):  # the two lines that dX has left open
            axes.plot(*_at(x, centre - (part - _gap() if k == last - 1 else _gap())), "o", ms=6, mfc="white", mec=INK)
    _text(axes, x, MIDDLE + RADIUS + 0.32, "▼", 13)


def _gap() -> float:
    """Return the angle that a disc covers, seen from the centre of the ring."""
    return 2 * float(np.arcsin(DISC / 2 / RADIUS)) + 0.04


def _at(x: float, angle: float, radius: float = RADIUS) -> tuple[float, float]:
    return x + radius * float(np.cos(angle)), MIDDLE + radius * float(np.sin(angle))


def _node(axes: Axes, place: tuple[float, float], factor: _Factor) -> None:
    fill, edge = factor.colours
    thick = 2.6 if factor.name == STEP else 1.5
    axes.add_patch(Circle(place, DISC, facecolor=fill, edgecolor=edge, lw=thick, zorder=3))
    _text(axes, *place, f"${_tex(factor.name)}$", 15)


def _joint(axes: Axes, x: float, start: float, end: float, left: _Factor, right: _Factor) -> None:
    """Draw the line from a factor to the next, clockwise, with the name of the axis that is summed over."""
    fits = left.columns == right.rows
    angles = np.linspace(start - _gap(), end + _gap(), 40)
    line = np.array([_at(x, angle) for angle in angles])
    colour = INK if fits else RED
    axes.plot(*line.T, color=colour, lw=1.8, ls="-" if fits else (0, (2, 2)), zorder=1)
    arrow = {"arrowstyle": "-|>,head_width=0.22,head_length=0.4", "color": colour, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", _at(x, (start + end) / 2 - 0.1), _at(x, (start + end) / 2), arrowprops=arrow)
    name = f"${left.columns}$" if fits else rf"${left.columns}\neq {right.rows}$"
    middle = (start + end) / 2
    _text(axes, *_at(x, middle, RADIUS - 0.34 if fits else RADIUS - 0.48), name, 12, colour)


def _between(axes: Axes, x: float, word: str) -> None:
    """Draw an arrow from one panel to the next."""
    arrow = {"arrowstyle": "-|>", "color": GREY, "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x + 0.38, MIDDLE), (x - 0.38, MIDDLE), arrowprops=arrow)
    axes.text(x, MIDDLE + 0.2, word, fontsize=11, color=GREY, ha="center", va="bottom")


def _formula(axes: Axes, x: float, text: str) -> None:
    _text(axes, x, 0.45 - HEIGHT, text, 17)


def _text(axes: Axes, x: float, y: float, text: str, size: float, colour: str = INK, **style: Any) -> None:
    axes.text(x, y, text, fontsize=size, color=colour, ha="center", va="center", zorder=4, **style)
