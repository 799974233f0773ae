"""Expressions drawn as tensor networks: nodes are factors, lines are indices, open lines are the free ones.

Separate from the units' figures because any unit may draw an expression. A summed index joins two nodes; an elementwise
one meets in a dot; the derivative of a product is the product with one node taken out, its lines left open. A circle on
the rim of a matrix marks its first axis, so that W and its transpose look different.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from mcutils.figures._base import GREY, INK, ORANGE, PALE, Figure
from mcutils.figures._layout import Places
from mcutils.figures._placing import RADIUS, Placed, beside, curve_of, rim, width_of
from mcutils.figures._wiring import Line, Network, Node, holes, networks, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mcutils._symbolic.expression import Expression

INCH, WIDEST, SIGN = 0.62, 15.0, 0.9
TINT = "#fbdcb0"
PAPER: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
MARK = "A small circle on the rim marks the first axis of a matrix."


def network(expression: Expression, marked: str = "") -> Figure:
    """Draw an expression as a tensor network, one for each term of the sum.

    Args:
        expression: what :func:`mcutils.parse` or :func:`mcutils.differentiate` gives.
        marked: the name of a symbol to set off.

    Returns:
        The figure. A small circle on the rim of a matrix marks its first axis.

    >>> from mcutils import parse
    >>> network(parse("u @ W @ x", {"u": "m", "W": "m n", "x": "n"}))
    Tensor network: u, W, x. Summed: u with W over m, W with x over n. Free: nothing, so a scalar.
    """
    drawn = [Placed(one) for one in networks(expression._value, marked)]
    return Figure(_sheet([("", drawn)]), alt=_told(drawn), caption=MARK if _has_marks(drawn) else "")


def derivative(expression: Expression, wrt: str) -> Figure:
    """Draw an expression and its derivative: the node of the variable is taken out, its lines are left open.

    Args:
        expression: products and sums; the variable may not stand inside a function.
        wrt: the name of the variable.

    Returns:
        The figure: the expression above, below one network with a hole for each place of the variable.

    Raises:
        ValueError: the variable occurs nowhere, or inside a function.
    """
    before = [Placed(one) for one in networks(expression._value, wrt)]
    after = [Placed(one) for one in holes(expression._value, wrt)]
    places = "one term for each place where it stands" if len(after) > 1 else "its lines are left open"
    return Figure(
        _sheet([("$f$", before), (rf"$\partial f/\partial {wrt}$", after)]),
        alt=f"Above: {_told(before)} Below, the derivative by {wrt}: {_told(after)}",
        caption=f"Above f, below its derivative by {wrt}: the node {wrt} is taken out, {places}. {MARK}",
    )


# --- the sheet --------------------------------------------------------------------------------------------------------


def _sheet(sums: Sequence[tuple[str, Sequence[Placed]]]) -> Canvas:
    """Draw sums of networks, one below the other, each row centred; long sums are wrapped."""
    rows = [row for title, drawn in sums for row in _wrapped(title, drawn)]
    margin = 1.5 if any(row.title for row in rows) else 0.3
    width, height = max(4.0, *(row.width for row in rows)) + margin + 0.3, sum(row.height for row in rows)
    canvas = Canvas(figsize=(width * INCH, height * INCH))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(-height, 0), aspect="equal")
    axes.axis("off")
    middle = 0.0
    for row in rows:
        middle -= row.height / 2
        _write(axes, np.array([0.75, middle]), row.title, 14)
        x = margin + (width - margin - row.width) / 2
        for k, one in enumerate(row.drawn):
            x = _draw(axes, one, x, middle, row.begins and k == 0)
        middle -= row.height / 2
    return canvas


class _Row(NamedTuple):
    """Networks side by side: the beginning of a sum, with its title, or what follows."""

    title: str
    begins: bool
    drawn: list[Placed]

    @property
    def width(self) -> float:
        return sum(_lead(one, self.begins and k == 0) + one.width for k, one in enumerate(self.drawn))

    @property
    def height(self) -> float:
        return max((one.height for one in self.drawn), default=0.8) + 0.5


def _wrapped(title: str, drawn: Iterable[Placed]) -> Iterator[_Row]:
    row = _Row(title, True, [])
    for one in drawn:
        if row.drawn and row.width + _lead(one, False) + one.width > WIDEST:
            yield row
            row = _Row("", False, [])
        row.drawn.append(one)
    yield row


def _lead(one: Placed, first: bool) -> float:
    """Return the room for the sign and the coefficient before a network."""
    sign = 0.0 if first and not one.network.negative else SIGN
    digits = max(len(part.strip("()")) for part in one.network.coefficient.split("/"))
    return sign + (0.22 * digits + 0.15 if digits else 0)


def _draw(axes: Axes, one: Placed, x: float, y: float, first: bool) -> float:
    """Draw one term at (x, y) and return where the next may begin."""
    network, lead = one.network, _lead(one, first)
    sign = "−" if network.negative else "" if first else "+"
    _write(axes, np.array([x + SIGN / 2, y]), sign, 16)
    if network.coefficient:
        axes.text(x + lead - 0.12, y, _fraction(network.coefficient), fontsize=15, ha="right", va="center", color=INK)
    places = one.places + np.array([x + lead, y])
    for line, bend in zip(network.lines, one.bends, strict=True):
        _draw_line(axes, network, line, places, bend)
    for node, place in zip(network.nodes, places, strict=True):
        _draw_node(axes, node, place)
    return x + lead + one.width


def _fraction(text: str) -> str:
    """Write a coefficient such as 1/(2*N) as mathematics."""
    spaced = re.sub(r"([A-Za-z]\w+)\(", r"\\mathrm{\1}(", text).replace("*", r"\,")
    upper, slash, lower = spaced.partition("/")
    if lower.startswith("(") and lower.endswith(")"):
        lower = lower[1:-1]
    return rf"$\frac{{{upper}}}{{{lower}}}$" if slash else f"${upper}$"


def _draw_node(axes: Axes, node: Node, place: Places) -> None:
    if node.kind == "dot":
        axes.add_patch(Circle(_xy(place), 0.09, color=INK, zorder=3))
        return
    if node.kind == "end":
        _write(axes, place, f"${node.label}$", 13, paper=True)
        return
    hole, half = node.kind == "hole", width_of(node) / 2
    style: dict[str, Any] = {"edgecolor": ORANGE if node.marked else INK, "lw": 1.4, "zorder": 3}
    style |= {"facecolor": "white", "ls": (0, (3, 2))} if hole else {"facecolor": TINT if node.marked else PALE}
    if half == RADIUS:
        axes.add_patch(Circle(_xy(place), RADIUS, **style))
    else:
        corner = (place[0] - half, place[1] - RADIUS)
        box = f"round,pad=0,rounding_size={0.8 * RADIUS}"
        axes.add_patch(FancyBboxPatch(corner, 2 * half, 2 * RADIUS, boxstyle=box, **style))
    if not hole:
        slanted = node.kind == "tensor" and node.label.isidentifier()
        _write(axes, place, f"${node.label}$" if slanted else node.label, 14 if half == RADIUS else 10.5)


def _draw_line(axes: Axes, network: Network, line: Line, places: Places, bend: float) -> None:
    curve, colour = curve_of(places, line, bend), ORANGE if line.hole_index else GREY
    path = Path(curve, [Path.MOVETO, *[Path.CURVE4] * 3])
    axes.add_patch(PathPatch(path, fill=False, edgecolor=colour, lw=1.8, zorder=1))
    kinds = {network.nodes[n].kind for n in line.nodes}
    if label := line.hole_index or ("" if kinds & {"end", "dot"} else line.index):
        _write(axes, beside(curve), f"${label}$", 12, colour)
    for k, (n, slot) in enumerate(zip(line.nodes, line.slots, strict=True)):
        node = network.nodes[n]
        if slot == 0 and len(node.axes) > 1 and not node.either_way:
            ahead = curve[1] - curve[0] if k == 0 else curve[2] - curve[3]
            edge = ORANGE if node.marked else INK
            at = _xy(places[n] + rim(node, ahead))
            axes.add_patch(Circle(at, 0.085, facecolor="white", edgecolor=edge, lw=1.3, zorder=4))


def _write(axes: Axes, place: Places, text: str, size: float, colour: str = INK, *, paper: bool = False) -> None:
    box = PAPER if paper else None
    axes.text(*_xy(place), text, fontsize=size, ha="center", va="center", color=colour, zorder=5, bbox=box)


def _xy(place: Places) -> tuple[float, float]:
    return float(place[0]), float(place[1])


# --- in words ---------------------------------------------------------------------------------------------------------


def _told(drawn: Sequence[Placed]) -> str:
    """Say a sum of networks in words."""
    told = [said(one.network, one.order) for one in drawn]
    if not told:
        return "An empty sheet: the expression is zero."
    if len(told) == 1:
        return f"Tensor network: {told[0]}"
    return " ".join([f"A sum of {len(told)} tensor networks.", *(f"({k}) {one}" for k, one in enumerate(told, 1))])


def _has_marks(drawn: Sequence[Placed]) -> bool:
    return any(len(node.axes) > 1 and not node.either_way for one in drawn for node in one.network.nodes)
