"""Expressions drawn as tensor networks: nodes are factors, lines are indices, open lines are the free ones.

Separate from the units' figures because any unit may draw an expression. A summed index joins two nodes; an elementwise one
meets in a dot; the derivative of a product is the product with one node taken out and its lines left open. A ring on the
rim of a matrix marks its first axis, so that W and its transpose look different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch
from matplotlib.path import Path

from mcutils.figures import _layout
from mcutils.figures._base import GREY, INK, ORANGE, PALE, Figure
from mcutils.figures._wiring import Line, Network, Node, holes, networks, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mcutils._symbolic.expression import Expression

RADIUS, INCH, WIDEST, GAP = 0.36, 0.62, 15.0, 0.6
LENGTHS = {"end": 1.0, "dot": 1.0}
TINT = "#fbdcb0"
PAPER: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
RINGS = "A ring marks the first axis of a matrix."


def network(expression: Expression, marked: str = "") -> Figure:
    """Draw an expression as a tensor network, one for each term of the sum.

    Args:
        expression: what :func:`mcutils.parse` or :func:`mcutils.differentiate` gives.
        marked: the name of a symbol to set off.

    Returns:
        The figure. A ring on the rim of a matrix marks its first axis.

    >>> import mcutils
    >>> network(mcutils.parse("u @ W @ x", {"u": "m", "W": "m n", "x": "n"}))
    Tensor network: u, W, x. Summed: u with W over m, W with x over n. Free: nothing, so a scalar.
    """
    drawn = [_Drawn(one) for one in networks(expression.tensor, marked)]
    return Figure(_sheet([("", drawn)]), alt=_told(drawn), caption=RINGS if _has_rings(drawn) else "")


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
    before = [_Drawn(one) for one in networks(expression.tensor, wrt)]
    after = [_Drawn(one) for one in holes(expression.tensor, wrt)]
    places = "one term for each place where it stands" if len(after) > 1 else "its lines are left open"
    return Figure(
        _sheet([("$f$", before), (rf"$\partial f/\partial {wrt}$", after)]),
        alt=f"Above: {_told(before)} Below, the derivative by {wrt}: {_told(after)}",
        caption=f"Above f, below its derivative by {wrt}: the node {wrt} is taken out, {places}. {RINGS}",
    )


# --- places -----------------------------------------------------------------------------------------------------------


class _Drawn:
    """A network with a place for every node; its left end is at 0 and its middle height at 0."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.places = np.zeros((len(network.nodes), 2))
        self.bends = _bends(network)
        self.width = self.height = 0.0
        for part in _ordered_parts(network):
            self.places[part] = _placed(network, part)
            low, high = self._extent(part)
            self.places[part] += (self.width - low[0], -(low[1] + high[1]) / 2)
            self.width += high[0] - low[0] + GAP / 2
            self.height = max(self.height, high[1] - low[1])
        self.width = max(self.width - GAP / 2, 0.0)
        flat = np.ptp(self.places[:, 1]) < 0.1 if len(network.nodes) else True
        self.order = sorted(range(len(network.nodes)), key=lambda n: (round(self.places[n][0], 3) if flat else 0, n))

    def _extent(self, part: Sequence[int]) -> tuple[_layout.Places, _layout.Places]:
        """Return the corners of the box that holds these nodes, their lines and their labels."""
        corners = []
        for n in part:
            node = self.network.nodes[n]
            half = np.array([_width(node) / 2, RADIUS]) if node.kind not in {"end", "dot"} else np.array([0.2, 0.25])
            corners += [self.places[n] - half, self.places[n] + half]
        for line, bend in zip(self.network.lines, self.bends, strict=True):
            if line.nodes[0] in part:
                curve = _curve(self.places, line, bend)
                corners += [_beside(curve) - 0.15, _beside(curve) + 0.15]
        return np.min(corners, axis=0), np.max(corners, axis=0)


def _ordered_parts(network: Network) -> list[list[int]]:
    """Return the connected parts, the one that holds the first free index first."""
    whole = _layout.parts(len(network.nodes), [(*line.nodes, 1.0) for line in network.lines])
    ends = network.having("end")
    return sorted(whole, key=lambda part: (min((n for n in part if n in ends), default=10**6), part))


def _placed(network: Network, part: Sequence[int]) -> _layout.Places:
    number = {node: k for k, node in enumerate(part)}
    wires = [
        (number[line.nodes[0]], number[line.nodes[1]], _length(*(network.nodes[n] for n in line.nodes)))
        for line in network.lines
        if line.nodes[0] in number
    ]
    places = _layout.spread(len(part), wires)
    return _layout.turned(places, wires, _reading(network, number)) if len(part) > 1 else places


def _length(*nodes: Node) -> float:
    """How long a line between two nodes is: shorter at an end or a dot, longer at a wide box."""
    wide = sum(_width(node) / 2 - RADIUS for node in nodes if node.kind not in {"end", "dot"})
    return min(LENGTHS.get(node.kind, 1.6) for node in nodes) + wide


def _width(node: Node) -> float:
    return 2 * RADIUS if len(node.label) < 3 else 0.15 * len(node.label) + 0.35


def _reading(network: Network, number: dict[int, int]) -> Callable[[_layout.Places], float]:
    """Return how well places read: flat, every matrix from its first axis on the left to its second on the right."""
    lines = [(number[a], number[b]) for a, b in (line.nodes for line in network.lines) if a in number]
    through = [(number[r], number[n], number[c]) for r, n, c in _through(network) if n in number]
    toward = [(r, c, 1.0) for r, _, c in through]
    ends = network.having("end")
    for line in network.lines:
        for end, other in (line.nodes, line.nodes[::-1]):
            if end in ends and end in number:
                toward.append((number[end], number[other], 2.0 if end == ends[0] else -2.0))

    def worth(places: _layout.Places) -> float:
        right = sum(weight * np.tanh(places[b, 0] - places[a, 0]) for a, b, weight in toward)
        turns = [np.cross([*(places[b] - places[a]), 0], [*(places[c] - places[b]), 0])[2] for a, b, c in through]
        level = sum(abs(places[a, 1] - places[b, 1]) < 0.01 for a, b in lines)
        heavy = places[:, 1].mean() - (places[:, 1].max() + places[:, 1].min()) / 2  # a broad base, not a broad top
        return float(right - 0.2 * sum(turns) - 1.5 * np.ptp(places[:, 1]) + 0.5 * level - 3 * heavy)

    return worth


def _through(network: Network) -> Iterator[tuple[int, int, int]]:
    """Yield each matrix with the nodes at its first and its second axis around it."""
    for n, node in enumerate(network.nodes):
        if len(node.axes) == 2 and not node.either_way:
            at = {
                line.slots[side]: line.nodes[1 - side]
                for line in network.lines
                for side in (0, 1)
                if line.nodes[side] == n
            }
            yield at[0], n, at[1]


# --- curves -----------------------------------------------------------------------------------------------------------


def _bends(network: Network) -> list[float]:
    """Return how far each line bends to its left: lines between the same two nodes part."""
    pairs = [tuple(sorted(line.nodes)) for line in network.lines]
    result = []
    for k, (line, pair) in enumerate(zip(network.lines, pairs, strict=True)):
        bend = (pairs[:k].count(pair) - (pairs.count(pair) - 1) / 2) * 1.1
        result.append(bend if line.nodes == pair else -bend)
    return result


def _curve(places: _layout.Places, line: Line, bend: float) -> _layout.Places:
    """Return the four points of a line's curve."""
    a, b = (places[n] for n in line.nodes)
    if line.nodes[0] == line.nodes[1]:
        return np.array([a, a + (-1.4, 1.6), a + (1.4, 1.6), a])
    aside = bend * _left_of(b - a)
    return np.array([a, a + (b - a) / 4 + aside, b - (b - a) / 4 + aside, b])


def _left_of(along: _layout.Places) -> _layout.Places:
    return np.array([-along[1], along[0]]) / np.linalg.norm(along)


def _beside(curve: _layout.Places) -> _layout.Places:
    """Return the place of a label: off the middle, outwards, or else upwards or to the right."""
    middle = (curve[0] + 3 * curve[1] + 3 * curve[2] + curve[3]) / 8
    aside, bulge = _left_of(curve[2] - curve[1]), middle - (curve[0] + curve[3]) / 2
    outward = float(aside @ bulge)
    if abs(outward) < 1e-6:
        outward = float(aside[1] if abs(aside[1]) > 0.1 else aside[0])
    return np.asarray(middle + 0.23 * np.sign(outward) * aside)


def _rim(node: Node, ahead: _layout.Places) -> _layout.Places:
    """Return where a line that leaves a node in this direction crosses its rim."""
    direction = ahead / np.linalg.norm(ahead)
    half = _width(node) / 2
    reach = RADIUS if half == RADIUS else min(half / max(abs(direction[0]), 1e-9), RADIUS / max(abs(direction[1]), 1e-9))
    return np.asarray(reach * direction)


# --- the sheet --------------------------------------------------------------------------------------------------------


def _sheet(rows: Sequence[tuple[str, Sequence[_Drawn]]]) -> Canvas:
    """Draw sums of networks, one below the other, each centred; long ones are wrapped."""
    lines = [(title, line) for name, drawn in rows for title, line in _wrapped(name, drawn)]
    margin = 1.5 if any(title for title, _ in lines) else 0.3
    widths = [sum(_lead(one, k == 0) + one.width for k, one in enumerate(line)) for _, line in lines]
    heights = [max((one.height for one in line), default=0.8) + 0.5 for _, line in lines]
    width, height = max(*widths, 4.0) + margin + 0.3, sum(heights)
    canvas = Canvas(figsize=(width * INCH, height * INCH))
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(-height, 0), aspect="equal")
    axes.axis("off")
    middle = 0.0
    for (title, line), wide, high in zip(lines, widths, heights, strict=True):
        middle -= high / 2
        _write(axes, np.array([0.75, middle]), title, 14)
        x = margin + (width - margin - wide) / 2
        for k, one in enumerate(line):
            x = _draw(axes, one, x, middle, k == 0)
        middle -= high / 2
    return canvas


def _wrapped(title: str, drawn: Iterable[_Drawn]) -> Iterator[tuple[str, list[_Drawn]]]:
    line: list[_Drawn] = []
    for one in drawn:
        if line and sum(_lead(other, False) + other.width for other in [*line, one]) > WIDEST:
            yield title, line
            title, line = "", []
        line.append(one)
    yield title, line


def _lead(one: _Drawn, first: bool) -> float:
    """Return the room for the sign and the coefficient before a network."""
    sign = 0.0 if first and not one.network.negative else GAP + 0.3
    digits = max(len(part) for part in one.network.coefficient.split("/"))
    return sign + (0.22 * digits + 0.15 if digits else 0)


def _draw(axes: Axes, one: _Drawn, x: float, y: float, first: bool) -> float:
    """Draw one term at (x, y) and return where the next may begin."""
    network, lead = one.network, _lead(one, first)
    sign = "−" if network.negative else "" if first else "+"
    _write(axes, np.array([x + (GAP + 0.3) / 2, y]), sign, 16)
    if network.coefficient:
        axes.text(x + lead - 0.12, y, _fraction(network.coefficient), fontsize=15, ha="right", va="center", color=INK)
    places = one.places + (x + lead, y)
    for line, bend in zip(network.lines, one.bends, strict=True):
        _draw_line(axes, network, line, places, bend)
    for node, place in zip(network.nodes, places, strict=True):
        _draw_node(axes, node, place)
    return x + lead + one.width


def _fraction(text: str) -> str:
    number, *words = text.split(" ")
    upper, slash, lower = number.partition("/")
    shown = rf"\frac{{{upper}}}{{{lower}}}" if slash else upper
    return f"${' '.join([shown, *words])}$"


def _draw_node(axes: Axes, node: Node, place: _layout.Places) -> None:
    if node.kind == "dot":
        axes.add_patch(Circle(_xy(place), 0.09, color=INK, zorder=3))
        return
    if node.kind == "end":
        _write(axes, place, f"${node.label}$", 13, paper=True)
        return
    hole, half = node.kind == "hole", _width(node) / 2
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


def _draw_line(axes: Axes, network: Network, line: Line, places: _layout.Places, bend: float) -> None:
    curve, colour = _curve(places, line, bend), ORANGE if line.hole_index else GREY
    path = Path(curve, [Path.MOVETO, *[Path.CURVE4] * 3])
    axes.add_patch(PathPatch(path, fill=False, edgecolor=colour, lw=1.8, zorder=1))
    kinds = {network.nodes[n].kind for n in line.nodes}
    if label := line.hole_index or ("" if kinds & {"end", "dot"} else line.index):
        _write(axes, _beside(curve), f"${label}$", 12, colour)
    for k, (n, slot) in enumerate(zip(line.nodes, line.slots, strict=True)):
        node = network.nodes[n]
        if slot == 0 and len(node.axes) > 1 and not node.either_way:
            ahead = curve[1] - curve[0] if k == 0 else curve[2] - curve[3]
            edge = ORANGE if node.marked else INK
            ring = Circle(_xy(places[n] + _rim(node, ahead)), 0.085, facecolor="white", edgecolor=edge, lw=1.3, zorder=4)
            axes.add_patch(ring)


def _write(
    axes: Axes, place: _layout.Places, text: str, size: float, colour: str = INK, *, paper: bool = False
) -> None:
    box = PAPER if paper else None
    axes.text(*_xy(place), text, fontsize=size, ha="center", va="center", color=colour, zorder=5, bbox=box)


def _xy(place: _layout.Places) -> tuple[float, float]:
    return float(place[0]), float(place[1])


# --- in words ---------------------------------------------------------------------------------------------------------


def _told(drawn: Sequence[_Drawn]) -> str:
    """Say a sum of networks in words."""
    told = [said(one.network, one.order) for one in drawn]
    if not told:
        return "An empty sheet: the expression is zero."
    if len(told) == 1:
        return f"Tensor network: {told[0]}"
    return " ".join([f"A sum of {len(told)} tensor networks.", *(f"({k}) {one}" for k, one in enumerate(told, 1))])


def _has_rings(drawn: Sequence[_Drawn]) -> bool:
    return any(len(node.axes) > 1 and not node.either_way for one in drawn for node in one.network.nodes)
