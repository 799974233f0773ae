"""Items joined until only free indices are left: products, traces, sums, entrywise products, diagonal matrices.

Each rule joins what it can, or says that nothing fits; the first that fits is applied, and they begin anew.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from mcutils._symbolic import tree
from mcutils._symbolic.core import fresh
from mcutils._symbolic.matrix_items import Item, ending, starting, without
from mcutils._symbolic.tree import Node


def joined(items: list[Item], free: frozenset[int]) -> list[Item]:
    """Apply the first rule that fits until none does."""
    while True:
        count = Counter(s for item in items for s in item.slots)
        for rule in _RULES:
            changed = rule(items, free, count)
            if changed is not None:
                items = changed
                break
        else:
            return items


def _traced(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """An item with one index on both sides: a trace, or a diagonal if the index is needed elsewhere."""
    for item in items:
        if len(item.slots) == 2 and item.slots[0] == item.slots[1]:
            index = item.slots[0]
            if index in free or count[index] > 2:
                return [*without(items, item), Item(tree.call("diag", 1, item.node), (index,))]
            return [*without(items, item), Item(_trace(item.node), ())]
    return None


def _trace(node: Node) -> Node:
    """The trace of a product, turned so that it reads lightest; tr(M.T @ M) is a squared norm."""
    links = tree.links(node)
    if len(links) == 2 and tree.transposed(links[0]) == links[1]:
        return tree.power(tree.call("norm2", 0, min(links, key=tree.weight)), Fraction(2))
    turned = [links[k:] + links[:k] for k in range(len(links))]
    both = [tree.chain(*t) for t in turned] + [tree.transposed(tree.chain(*t)) for t in turned]
    return tree.call("tr", 0, min(both, key=lambda n: (tree.weight(n), tree.text(n))))


def _vectors_multiplied(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """Several vectors on an index that is free or carries more: their elementwise product."""
    return _multiplied(items, free, count, 1)


def _matrices_multiplied(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """Several matrices on the same two indices, one of which is free or carries more: their elementwise product."""
    return _multiplied(items, free, count, 2)


def _multiplied(items: list[Item], free: frozenset[int], count: Counter[int], rank: int) -> list[Item] | None:
    for item in items:
        same = [other for other in items if sorted(other.slots) == sorted(item.slots)]
        shared = any(s in free or count[s] > 2 for s in item.slots)
        if len(item.slots) == rank and len(same) > 1 and shared:
            orders = [item.slots, item.slots[::-1]]
            made = [
                tree.entries(*(o.node if o.slots == order else tree.transposed(o.node) for o in same))
                for order in orders
            ]
            best = min(range(len(orders)), key=lambda k: (tree.weight(made[k]), k))
            return [*without(items, *same), Item(made[best], orders[best])]
    return None


def _summed_out(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """A summed index that nothing else carries: a sum over an axis."""
    for item in items:
        lone = [k for k, s in enumerate(item.slots) if s not in free and count[s] == 1]
        if lone and len(lone) == len(item.slots):
            return [*without(items, item), Item(tree.call("sum", 0, item.node), ())]
        if lone:
            vector = _row_sum(item.node) if lone[0] else _row_sum(tree.transposed(item.node))
            return [*without(items, item), Item(vector, (item.slots[1 - lone[0]],))]
    return None


def _row_sum(node: Node) -> Node:
    *front, last = tree.links(node)
    made = tree.call("sum|0", 1, last.parts[0]) if last.kind == "T" else tree.call("sum|1", 1, last)
    return tree.chain(*front, made)


def _contracted(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """A summed index between two items: a matrix product, a matrix times a vector, or a scalar product."""
    pairs = [(a, b, s) for a, b in itertools.combinations(items, 2) for s in a.slots if s in b.slots]
    pairs = [(a, b, s) for a, b, s in pairs if s not in free and count[s] == 2]
    if not pairs:
        return None
    a, b, s = min(pairs, key=lambda p: len(p[0].slots) + len(p[1].slots))
    if len(a.slots) == len(b.slots) == 1:
        made = Item(_scalar_product(a.node, b.node), ())
    elif len(a.slots) == 1 or len(b.slots) == 1:
        vector, matrix = (a, b) if len(a.slots) == 1 else (b, a)
        made = Item(tree.chain(ending(matrix, s).node, vector.node), ending(matrix, s).slots[:1])
    else:
        left, right = ending(a, s), starting(b, s)
        made = Item(tree.chain(left.node, right.node), (left.slots[0], right.slots[1]))
    return [*without(items, a, b), made]


def _scalar_product(u: Node, v: Node) -> Node:
    if u == v and u.kind == "sum":
        return tree.power(tree.call("norm2", 0, u), Fraction(2))
    both = [tree.chain(tree.transposed(a), b) for a, b in ((u, v), (v, u))]
    return min(both, key=lambda n: (tree.weight(n), tree.text(n)))


def _scaled(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """A vector and one or two matrices on one index: the vector becomes a diagonal matrix between them."""
    for item in items:
        if len(item.slots) != 1:
            continue
        index = item.slots[0]
        met = [other for other in items if other is not item and index in other.slots]
        if len(met) == (1 if index in free else 2):
            other, own = met[-1], fresh()
            moved = Item(other.node, tuple(own if s == index else s for s in other.slots))
            diagonal = Item(tree.call("diag", 2, item.node, symmetric=True), (index, own))
            return [*without(items, item, other), diagonal, moved]
    return None


_RULES: tuple[Callable[[list[Item], frozenset[int], Counter[int]], list[Item] | None], ...] = (
    _traced,
    _vectors_multiplied,
    _matrices_multiplied,
    _summed_out,
    _contracted,
    _scaled,
)
