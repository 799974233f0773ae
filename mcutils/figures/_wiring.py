"""A term of an expression as a network: nodes for factors, lines for indices. What is drawn, before any drawing.

Separate because tests and text alternatives ask for this and not for pixels. An index that joins two slots is a line;
one that meets three or more (or is free and meets two) is a dot with a line to each; a free index ends in the open; a
Kronecker delta is no node, only a line; an index that is summed over a single slot ends in a node of ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mcutils._symbolic.core import Axis, Factor, Tensor, Term, opened, tensor
from mcutils._symbolic.matrix_items import NoMatrixForm
from mcutils._symbolic.print_matrix import matrix_tree
from mcutils._symbolic.sizes import axis_names
from mcutils._symbolic.tree import text

Kind = Literal["tensor", "hole", "dot", "ones", "end"]
Stop = tuple[int, int]  # a node, by number, and one of its axes
NAMES = {"ones": "1", "fuse": "vec", "tri": "vech"}
LETTERS, HOLE_LETTERS = "ijklpqrstuvwefghxyz", "abcd"


@dataclass(frozen=True)
class Node:
    """A factor, the hole where one was taken out, a dot where lines meet, or the open end of a line."""

    kind: Kind
    label: str = ""
    axes: tuple[Axis, ...] = ()
    either_way: bool = False  # no first axis to mark: a vector, a symmetric matrix
    marked: bool = False  # the variable


@dataclass(frozen=True)
class Line:
    """An index between two nodes.

    Args:
        nodes: the two nodes, by number.
        slots: which axis of each node, from 0; 0 for nodes without axes.
        index: its letter.
        axis: the name of the axis it runs over.
        hole_index: the letter on the side of a hole ("" where it ends in none).
    """

    nodes: tuple[int, int]
    slots: tuple[int, int]
    index: str
    axis: Axis
    hole_index: str = ""


@dataclass(frozen=True)
class Network:
    """One term: its coefficient, its nodes and its lines."""

    coefficient: str
    negative: bool
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]

    def having(self, *kinds: Kind) -> list[int]:
        """Return the numbers of the nodes of these kinds."""
        return [n for n, node in enumerate(self.nodes) if node.kind in kinds]


def networks(f: Tensor, variable: str = "") -> list[Network]:
    """Return one network for each term of an expression, the variable's nodes marked."""
    return [_network(term, f, variable, None) for term in _terms(f)]


def holes(f: Tensor, variable: str) -> list[Network]:
    """Return the derivative as networks: one for each place of the variable, with a hole there.

    Raises:
        ValueError: the variable stands inside a function, or nowhere.
    """
    terms = _terms(f)
    for term in terms:
        for factor in term.factors:
            if variable in factor.head.names and factor.head.kind != "symbol":
                raise ValueError(
                    f"derivative: {variable} stands inside {written(1, factor)}; only products can be drawn with a "
                    "hole, so draw what differentiate(...) gives"
                )
    found = [
        _network(term, f, variable, place)
        for term in terms
        for place, factor in enumerate(term.factors)
        if factor.head.name == variable
    ]
    if not found:
        raise ValueError(f"derivative: {variable} does not occur in the expression, so its derivative is zero")
    return found


def _terms(f: Tensor) -> list[Term]:
    """Return the terms of the expression with no brackets left, those with many factors first."""
    terms = list(f.terms)
    while True:
        at = [(t, n) for t, term in enumerate(terms) for n, g in enumerate(term.factors) if g.head.kind == "sum"]
        if not at:
            closed = tensor(range(len(f.axes)), f.axes, terms).terms
            return sorted(closed, key=lambda term: (-len(term.factors), term.coefficient < 0))
        t, n = at[0]
        term, (head, slots) = terms[t], terms[t].factors[n]
        assert head.inner is not None, "a bracket holds an expression"
        rest = term.factors[:n] + term.factors[n + 1 :]
        terms[t : t + 1] = [
            Term(term.coefficient * part.coefficient, rest + part.factors) for part in opened(head.inner, slots)
        ]


def written(coefficient: Fraction | int, *factors: Factor) -> str:
    """Return a product of factors, each with slots of its own, in matrix notation; "…" if it has none."""
    axes = [axis for factor in factors for axis in factor.head.axes]
    free = iter(range(len(axes)))
    alone = [Factor(factor.head, tuple(next(free) for _ in factor.slots)) for factor in factors]
    try:
        return text(matrix_tree(tensor(range(len(axes)), axes, [Term(Fraction(coefficient), tuple(alone))])))
    except NoMatrixForm:
        return "…"


# --- building ---------------------------------------------------------------------------------------------------------


def _network(term: Term, f: Tensor, variable: str, hole: int | None) -> Network:
    building = _Building(f, _equal_indices(term))
    scalars = []
    for place, factor in enumerate(term.factors):
        if not factor.slots and place != hole:
            scalars.append(factor)
        elif factor.head.kind != "delta":
            building.add_factor(factor, _node(factor, variable, place == hole))
    building.join()
    coefficient = written(abs(term.coefficient), *scalars)
    bare = coefficient == "1" and building.nodes
    return Network("" if bare else coefficient, term.coefficient < 0, tuple(building.nodes), tuple(building.lines))


class _Building:
    """A network while it is being built: first every factor is added, then the indices are joined."""

    def __init__(self, f: Tensor, same: dict[int, int]) -> None:
        self.nodes: list[Node] = []
        self.lines: list[Line] = []
        self.same = same
        self.free = range(len(f.axes))
        self.axes: dict[int, Axis] = dict(enumerate(f.axes))
        self.stops: dict[int, list[Stop]] = {index: [] for index in self.free if index not in same}
        taken = f.names | set(axis_names(a for term in f.terms for g in term.factors for a in g.head.axes))
        self.unused = (letter for letter in LETTERS if letter not in taken)

    def add_factor(self, factor: Factor, node: Node) -> None:
        """Add a node, and note where its indices stop."""
        for slot, (index, axis) in enumerate(zip(factor.slots, factor.head.axes, strict=True)):
            first = self.same.get(index, index)
            self.axes.setdefault(first, axis)
            self.stops.setdefault(first, []).append((len(self.nodes), slot))
        self.nodes.append(node)

    def join(self) -> None:
        """Draw a line for every index: summed ones first, then the free ones, which get their ends."""
        summed = [index for index in self.stops if index not in self.free]
        letters = {index: next(self.unused, "?") for index in (*self.free, *summed)}
        for index in (*summed, *(index for index in self.free if index in self.stops)):
            stops = list(self.stops[index])
            for free in self.free:
                if self.same.get(free, free) == index:
                    stops.append(self._new(Node("end", letters[free])))
            if len(stops) == 1:
                stops.append(self._new(Node("ones", "1", (self.axes[index],), either_way=True)))
            dot = [self._new(Node("dot", letters[index]))] if len(stops) > 2 else []
            for one, other in [(stop, *dot) for stop in stops] if dot else [stops]:
                self._line(one, other, letters[index], self.axes[index])

    def _new(self, node: Node) -> Stop:
        self.nodes.append(node)
        return len(self.nodes) - 1, 0

    def _line(self, one: Stop, other: Stop, letter: str, axis: Axis) -> None:
        at_holes = [HOLE_LETTERS[slot] for n, slot in (one, other) if self.nodes[n].kind == "hole"]
        self.lines.append(Line((one[0], other[0]), (one[1], other[1]), letter, axis, " ".join(at_holes)))


def _node(factor: Factor, variable: str, hole: bool) -> Node:
    head = factor.head
    kind: Kind = "hole" if hole else "ones" if head.kind == "ones" else "tensor"
    label = NAMES.get(head.kind) or head.name or written(1, factor)
    return Node(kind, label, head.axes, head.symmetric or len(head.axes) < 2, head.name == variable != "")


def _equal_indices(term: Term) -> dict[int, int]:
    """Return, for each index that a delta makes equal to an earlier one, that one."""
    same: dict[int, int] = {}
    for factor in term.factors:
        if factor.head.kind == "delta":
            first, second = sorted(same.get(index, index) for index in factor.slots)
            same = {old: first if new == second else new for old, new in same.items()}
            same[second] = first
    return same


# --- in words ---------------------------------------------------------------------------------------------------------


def said(network: Network, order: Sequence[int]) -> str:
    """Say a network in words: its nodes, what is summed, what is free.

    Args:
        network: what to say.
        order: the numbers of its nodes as they are to be named.
    """
    names = [_name(network, n) for n in order if network.nodes[n].kind in {"tensor", "hole", "ones"}]
    scale = ("−" if network.negative else "") + network.coefficient
    times = f", times {'−1' if scale == '−' else scale}" if scale else ""
    summed, free = [], []
    for axis, met, ends in _joined(network):
        at = [_name(network, n) for n in sorted(met, key=list(order).index)]
        if ends:
            free.append(f"{' and '.join(ends)} ({axis}{', at ' if at else ''}{' and '.join(at)})")
        else:
            summed.append(f"{' with '.join(at if len(at) > 1 else [*at, 'itself'])} over {axis}")
    return (
        f"{', '.join(names) or 'no nodes'}{times}. Summed: {', '.join(summed) or 'nothing'}. "
        f"Free: {', '.join(free) or 'nothing, so a scalar'}."
    )


def _joined(network: Network) -> list[tuple[Axis, set[int], list[str]]]:
    """Return, for each index, its axis, the nodes that it meets and the letters of its open ends."""
    groups: dict[str, tuple[Axis, set[int], list[str]]] = {}
    for line in network.lines:
        _, met, ends = groups.setdefault(line.index, (line.axis, set(), []))
        for n in line.nodes:
            node = network.nodes[n]
            if node.kind == "end":
                ends.append(node.label)
            elif node.kind != "dot":
                met.add(n)
    return list(groups.values())


def _name(network: Network, n: int) -> str:
    node = network.nodes[n]
    return {"hole": f"a hole for {node.label}", "ones": "ones"}.get(node.kind, node.label)
