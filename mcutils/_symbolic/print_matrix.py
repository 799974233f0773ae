"""Matrix notation out: a term is read back by walking paths between its free indices.

Each factor is an item with at most two indices. Rules join items until only free indices are left: a summed index
between two items is a matrix product, on both sides of one item a trace, alone a sum; an index with three or more
slots, or a free one with two, is an elementwise product or diag(v). The parts of a stacked index (vec, kron) are
walked like free indices, and read in `print_stacked`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

from mcutils._symbolic import tree
from mcutils._symbolic.budget import TooMuch
from mcutils._symbolic.core import (
    Axis,
    Factor,
    Head,
    Tensor,
    Term,
    fresh,
    fuse,
    opened,
    product_axis,
    tensor,
    written_out,
)
from mcutils._symbolic.matrix_items import (
    Item,
    NoMatrixForm,
    ending,
    filled,
    identity,
    outer,
    quoted,
    starting,
    without,
)
from mcutils._symbolic.print_stacked import unstacked
from mcutils._symbolic.sums import Product, summed
from mcutils._symbolic.tree import Node

MOST_TERMS = 32  # that brackets are written out to where no other matrix form is found


def matrix_tree(f: Tensor) -> Node:
    """Read an expression back as a matrix formula.

    Raises:
        NoMatrixForm: it has more than two axes, or a term is no path between its free indices.
    """
    if len(f.axes) > 2:
        raise NoMatrixForm(f"it has {len(f.axes)} axes, and a matrix has two")
    if not f.terms:
        return filled("zeros", f.axes) if f.axes else tree.term(Fraction(0), ())
    try:
        return _as_it_is(f)
    except NoMatrixForm:  # a bracket of matrices on a stacked index has one when it is opened
        opening = _opened(f)
        if opening is None:
            raise
        return _as_it_is(opening)


def _opened(f: Tensor) -> Tensor | None:
    """The expression with its brackets written out, if it has any and they are few."""
    if not any(x.head.kind == "sum" for term in f.terms for x in term.factors):
        return None
    slots = range(len(f.axes))
    try:
        return tensor(slots, f.axes, written_out(opened(f, slots), MOST_TERMS))
    except (ValueError, TooMuch):
        return None


def _as_it_is(f: Tensor) -> Node:
    """The matrix formula of an expression, term by term."""
    read = [_read_term(term, f.axes) for term in f.terms]
    rank = len(f.axes)
    wide = any(len(slots) == rank for _, slots in read)  # then others broadcast
    products = [_spread(product, slots, f.axes, wide) for product, slots in read]
    return summed(products, rank)


def _read_term(term: Term, axes: Sequence[Axis]) -> tuple[Product, tuple[int, ...]]:
    free = frozenset(range(len(axes)))
    coefficient, items, stacks = _items(term, free)
    items = _joined(items, free.union(*(stack.slots for stack in stacks)))
    while stacks:  # a stacked index may meet another one, or a matrix, only after that is read
        before = items, stacks
        items, stacks = unstacked(items, stacks)
        items = _joined(items, free.union(*(stack.slots for stack in stacks)))
        if (items, stacks) == before:
            raise NoMatrixForm("a stacked index meets more than a path of matrices")
    scalars = tuple(item.node for item in items if not item.slots)
    array, slots = _array([item for item in items if item.slots])
    return Product(coefficient, scalars, tree.links(array) if array is not None else ()), slots


def _array(items: list[Item]) -> tuple[Node | None, tuple[int, ...]]:
    """The one array that is left, and the free indices that it covers."""
    if not items:
        return None, ()
    if len(items) == 1:
        node, slots = items[0]
        return (tree.transposed(node), (0, 1)) if slots == (1, 0) else (node, slots)
    if sorted(item.slots for item in items) == [(0,), (1,)]:
        u, v = sorted(items, key=lambda item: item.slots)
        return outer(u.node, v.node, ()), (0, 1)
    raise NoMatrixForm("an index stands on more than two matrices at once")


def _spread(product: Product, slots: tuple[int, ...], axes: Sequence[Axis], wide: bool) -> Product:
    """Make a term that lacks axes fit its neighbours: NumPy broadcasts a scalar or a row, anything else needs ones."""
    if len(slots) == len(axes) or (wide and slots in {(), (1,)}):
        return product
    if not slots:
        return product._replace(links=(filled("ones", axes),))
    vector = tree.chain(*product.links)
    return product._replace(links=(outer(vector, None, axes) if slots == (0,) else outer(None, vector, axes),))


# ---------------------------------------------------------------- factors to items


def _items(term: Term, free: frozenset[int]) -> tuple[Fraction, list[Item], list[Factor]]:
    """The coefficient, and each factor as an item; what stands before all of a bracket goes before the term.

    Stacked indices are apart, each of their parts used once (an identity joins what was one).
    """
    coefficient, items, stacks, taken = term.coefficient, list[Item](), list[Factor](), set(free)
    renamed = list[tuple[int, int, tuple[int, ...]]]()
    for factor in itertools.chain.from_iterable(map(_told_apart, term.factors)):
        if factor.head.kind != "fuse":
            front, own_items = _outside_bracket(factor)
            coefficient *= front
            items += own_items
            continue
        parts = []
        for axis, part in zip(factor.head.axes[1:], factor.slots[1:], strict=True):
            own = fresh() if part in taken else part
            taken.add(own)
            parts.append(own)
            if own != part:
                renamed.append((part, own, factor.slots))
                items.append(Item(identity(axis), (part, own)))
        stacks.append(Factor(factor.head, (factor.slots[0], *parts)))
    for part, own, slots in renamed:  # a matrix on both parts of one stacked index stays with that index
        inside = {s for s in slots[1:] if s != part}
        for k, (node, at) in enumerate(items):
            if len(at) == 2 and inside & set(at) and own not in at:
                items[k] = Item(node, tuple(own if s == part else s for s in at))
    return coefficient, items, sorted(stacks, key=lambda stack: stack.slots[0])


def _outside_bracket(factor: Factor) -> tuple[Fraction, list[Item]]:
    """A factor as an item, with the coefficient and the scalars that stand before all of a bracket apart."""
    item = _item(factor)
    if factor.head.kind != "sum" or item.node.kind != "term" or not item.node.rank:
        return Fraction(1), [item]
    *before, array = item.node.parts
    scalars = [Item(scalar, ()) for scalar in before]
    return Fraction(item.node.value), [*scalars, Item(array._replace(symmetric=item.node.symmetric), item.slots)]


def _told_apart(factor: Factor) -> tuple[Factor, ...]:
    """A factor, or, of a duplication matrix without its stacked index, the whole matrix and a stacked index."""
    if factor.head.kind != "tri":
        return (factor,)
    (i, j, t), (n, _, half), own = factor.slots, factor.head.axes, fresh()
    matrix = Head("symbol", (product_axis((n, n)), half), f"duplication({quoted(n)})")
    return fuse(own, (i, j), (n, n)), Factor(matrix, (own, t))


def _item(factor: Factor) -> Item:
    head, slots = factor
    if head.kind == "symbol":
        if len(slots) > 2:
            raise NoMatrixForm(f"{head.name} has {len(slots)} axes, and a matrix has two")
        return Item(tree.name(head.name, len(slots), head.symmetric), slots)
    if head.kind == "delta":
        return Item(identity(head.axes[0]), slots)
    if head.kind == "size":
        return Item(tree.name(head.name, 0), ())
    assert head.inner is not None, head.kind  # constants are read above, or apart
    inner = matrix_tree(head.inner)
    if head.kind == "sum":
        node = inner._replace(symmetric=head.symmetric)
    elif head.kind == "pow":
        node = tree.power(inner, Fraction(head.parameter or 0))._replace(symmetric=head.symmetric)
    else:
        function = f"softmax|{head.parameter}" if head.kind == "softmax" and len(slots) == 2 else head.kind
        node = tree.call(function, len(slots), inner, symmetric=head.symmetric)
    return Item(node, slots)


# ---------------------------------------------------------------- joining


def _joined(items: list[Item], free: frozenset[int]) -> list[Item]:
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
        joined = Item(_scalar_product(a.node, b.node), ())
    elif len(a.slots) == 1 or len(b.slots) == 1:
        vector, matrix = (a, b) if len(a.slots) == 1 else (b, a)
        joined = Item(tree.chain(ending(matrix, s).node, vector.node), ending(matrix, s).slots[:1])
    else:
        left, right = ending(a, s), starting(b, s)
        joined = Item(tree.chain(left.node, right.node), (left.slots[0], right.slots[1]))
    return [*without(items, a, b), joined]


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
