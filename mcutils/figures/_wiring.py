"""A term of an expression as a network: nodes for factors, lines for indices. What is drawn, before any drawing.

Separate because tests and text alternatives ask for this and not for pixels. An index that joins two slots is a line;
one that meets three or more (or is free and meets two) is a dot with a line to each; a free index ends in the open; a
Kronecker delta is no node, only a line; an index that is summed over a single slot ends in a node of ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mcutils._symbolic.core import Axis, Factor, Tensor, Term, opened, tensor
from mcutils._symbolic.print_matrix import NoMatrixForm, matrix_tree
from mcutils._symbolic.sizes import axis_names
from mcutils._symbolic.tree import text

Kind = Literal["tensor", "hole", "dot", "ones", "end"]


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
                    f"derivative: {variable} stands inside {factor_label(factor)}; only products can be drawn with a "
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


def factor_label(factor: Factor) -> str:
    """Return a factor as text: a symbol's name, or a function of a formula."""
    head = factor.head
    if head.inner is None:
        return head.name or "1"
    try:
        inside = text(matrix_tree(head.inner))
    except NoMatrixForm:
        inside = "…"
    if head.kind == "pow":
        return f"({inside})^{head.parameter}"
    return f"{head.kind}({inside})"


# --- building ---------------------------------------------------------------------------------------------------------


def _network(term: Term, f: Tensor, variable: str, hole: int | None) -> Network:
    nodes: list[Node] = []
    meetings: dict[int, list[tuple[int, int]]] = {index: [] for index in range(len(f.axes))}
    axis_of: dict[int, Axis] = dict(enumerate(f.axes))
    same = _equal_indices(term)
    for place, factor in enumerate(term.factors):
        if factor.head.kind in {"delta", "size"}:
            continue
        for slot, index in enumerate(factor.slots):
            meetings.setdefault(same.get(index, index), []).append((len(nodes), slot))
            axis_of[index] = factor.head.axes[slot]
        nodes.append(_node(factor, variable, place == hole))
    ends = {index: number for number, index in enumerate(range(len(f.axes)))}
    letters = _letters(f, [*ends, *(index for index in meetings if index not in ends)])
    lines: list[Line] = []
    for index in sorted(meetings, key=lambda index: (index in ends, index)):
        if same.get(index, index) != index:
            continue
        frees = [free for free in ends if same.get(free, free) == index]
        stops = list(meetings[index])
        for free in frees:
            nodes.append(Node("end", letters[free]))
            stops.append((len(nodes) - 1, 0))
        if len(stops) == 1:
            nodes.append(Node("ones", "1", (axis_of[index],), either_way=True))
            stops.append((len(nodes) - 1, 0))
        if len(stops) > 2:
            nodes.append(Node("dot", letters[index]))
            dot = len(nodes) - 1
            pairs = [(stop, (dot, 0)) for stop in stops]
        else:
            pairs = [(stops[0], stops[1])]
        for (a, s), (b, t) in pairs:
            lines.append(Line((a, b), (s, t), letters[index], axis_of[index], _at_hole(nodes, (a, s), (b, t))))
    return Network(*_coefficient(term), tuple(nodes), tuple(lines))


def _node(factor: Factor, variable: str, hole: bool) -> Node:
    head = factor.head
    kind: Kind = "hole" if hole else "ones" if head.kind == "ones" else "tensor"
    either_way = head.symmetric or len(head.axes) < 2
    return Node(kind, factor_label(factor), head.axes, either_way, head.name == variable != "")


def _equal_indices(term: Term) -> dict[int, int]:
    """Return, for each index that a delta makes equal to an earlier one, that one."""
    same: dict[int, int] = {}
    for factor in term.factors:
        if factor.head.kind == "delta":
            first, second = sorted(same.get(index, index) for index in factor.slots)
            same = {old: first if new == second else new for old, new in same.items()}
            same[second] = first
    return same


def _letters(f: Tensor, indices: Iterable[int]) -> dict[int, str]:
    """Return a letter for each index, none of them the name of a symbol or an axis, nor one that a hole needs."""
    taken = f.names | set(axis_names(axis for term in f.terms for g in term.factors for axis in g.head.axes))
    letters = (letter for letter in "ijklpqrstuvwefghxyz" if letter not in taken)
    return {index: next(letters, "?") for index in indices}


def _at_hole(nodes: Sequence[Node], *stops: tuple[int, int]) -> str:
    return " ".join("abcd"[slot] for node, slot in stops if nodes[node].kind == "hole")


def _coefficient(term: Term) -> tuple[str, bool]:
    """Return the size of the coefficient as text ("" for 1), and whether it is negative."""
    sizes = [factor.head.name for factor in term.factors if factor.head.kind == "size"]
    number = abs(term.coefficient)
    words = [*([str(number)] if number != 1 or not (sizes or term.factors) else []), *sizes]
    return " ".join(words), term.coefficient < 0


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
