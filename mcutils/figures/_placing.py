"""A network with a place for every node: where things are on the page, before any ink.

Separate from the drawing, so that room can be reckoned with before anything is drawn. A node is three quarters of a
unit wide. A chain is level, its first free index on the left; a matrix has its first axis on the left if that can be;
parts that do not hang together stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mcutils.figures import _layout
from mcutils.figures._layout import Places
from mcutils.figures._wiring import Line, Network, Node

RADIUS, APART = 0.36, 0.3
LENGTHS = {"end": 1.0, "dot": 1.0}
SIDEWAYS, UPWARDS = np.array([1.4, 0.0]), np.array([0.0, 1.6])


class Placed:
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
            self.width += high[0] - low[0] + APART
            self.height = max(self.height, high[1] - low[1])
        self.width = max(self.width - APART, 0.0)
        flat = np.ptp(self.places[:, 1]) < 0.1 if len(network.nodes) else True
        self.order = sorted(range(len(network.nodes)), key=lambda n: (round(self.places[n][0], 3) if flat else 0, n))

    def _extent(self, part: Sequence[int]) -> tuple[Places, Places]:
        """Return the corners of the box that holds these nodes, their lines and their labels."""
        corners = []
        for n in part:
            node = self.network.nodes[n]
            half = np.array([width_of(node) / 2, RADIUS]) if node.kind not in {"end", "dot"} else np.array([0.2, 0.25])
            corners += [self.places[n] - half, self.places[n] + half]
        for line, bend in zip(self.network.lines, self.bends, strict=True):
            if line.nodes[0] in part:
                curve = curve_of(self.places, line, bend)
                corners += [beside(curve) - 0.15, beside(curve) + 0.15]
        return np.min(corners, axis=0), np.max(corners, axis=0)


def _ordered_parts(network: Network) -> list[list[int]]:
    """Return the connected parts, the one that holds the first free index first."""
    whole = _layout.parts(len(network.nodes), [(*line.nodes, 1.0) for line in network.lines])
    ends = network.having("end")
    return sorted(whole, key=lambda part: (min((n for n in part if n in ends), default=10**6), part))


def _placed(network: Network, part: Sequence[int]) -> Places:
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
    wide = sum(width_of(node) / 2 - RADIUS for node in nodes if node.kind not in {"end", "dot"})
    return min(LENGTHS.get(node.kind, 1.6) for node in nodes) + wide


def width_of(node: Node) -> float:
    """Return how wide a node is: round if its label is short."""
    return 2 * RADIUS if len(node.label) < 3 else 0.15 * len(node.label) + 0.35


def _reading(network: Network, number: dict[int, int]) -> Callable[[Places], float]:
    """Return how well places read: flat, every matrix from its first axis on the left to its second on the right."""
    lines = [(number[a], number[b]) for a, b in (line.nodes for line in network.lines) if a in number]
    through = [(number[r], number[n], number[c]) for r, n, c in _through(network) if n in number]
    toward = [(r, c, 1.0) for r, _, c in through]
    ends = network.having("end")
    for line in network.lines:
        for end, other in (line.nodes, line.nodes[::-1]):
            if end in ends and end in number:
                toward.append((number[end], number[other], 2.0 if end == ends[0] else -2.0))

    def worth(places: Places) -> float:
        right = sum(weight * np.tanh(places[b, 0] - places[a, 0]) for a, b, weight in toward)
        turns = [np.cross([*(places[b] - places[a]), 0], [*(places[c] - places[b]), 0])[2] for a, b, c in through]
        level = sum(abs(places[a, 1] - places[b, 1]) < 0.01 for a, b in lines)
        heavy = places[:, 1].mean() - (places[:, 1].max() + places[:, 1].min()) / 2  # a broad top, not a broad base
        named = np.tanh((np.arange(len(places)) - (len(places) - 1) / 2) @ places[:, 0])
        flat = 0.5 * level - 1.5 * np.ptp(places[:, 1])
        return float(right + flat - 0.2 * sum(turns) - 5 * max(heavy, 0.0) + 0.05 * named)

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


def curve_of(places: Places, line: Line, bend: float) -> Places:
    """Return the four points of a line's curve."""
    a, b = (places[n] for n in line.nodes)
    if line.nodes[0] == line.nodes[1]:
        return np.array([a, a - SIDEWAYS + UPWARDS, a + SIDEWAYS + UPWARDS, a])
    aside = bend * _left_of(b - a)
    return np.array([a, a + (b - a) / 4 + aside, b - (b - a) / 4 + aside, b])


def _left_of(along: Places) -> Places:
    return np.asarray(np.array([-along[1], along[0]]) / np.linalg.norm(along))


def beside(curve: Places) -> Places:
    """Return the place of a label: off the middle, outwards, or else upwards or to the right."""
    middle = (curve[0] + 3 * curve[1] + 3 * curve[2] + curve[3]) / 8
    aside, bulge = _left_of(curve[2] - curve[1]), middle - (curve[0] + curve[3]) / 2
    outward = float(aside @ bulge)
    if abs(outward) < 1e-6:
        outward = float(aside[1] if abs(aside[1]) > 0.1 else aside[0])
    return np.asarray(middle + 0.23 * np.sign(outward) * aside)


def rim(node: Node, ahead: Places) -> Places:
    """Return where a line that leaves a node in this direction crosses its rim."""
    direction = ahead / np.linalg.norm(ahead)
    if (half := width_of(node) / 2) == RADIUS:
        return np.asarray(RADIUS * direction)
    across, along = np.maximum(np.abs(direction), 1e-9)
    return np.asarray(min(half / across, RADIUS / along) * direction)
