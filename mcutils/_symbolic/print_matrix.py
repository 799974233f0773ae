"""Matrix notation out: a term is read back by walking paths between its free indices.

Each factor is an item with at most two indices. Rules join items until only free indices are left: a summed index
between two items is a matrix product, on both sides of one item a trace, alone a sum; an index with three or more
slots, or a free one with two, is an elementwise product or diag(v). The parts of a stacked index (vec, kron) are
walked like free indices.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from mcutils._symbolic import tree
from mcutils._symbolic.core import Axis, Factor, Tensor, Term, fresh
from mcutils._symbolic.sums import Product, summed
from mcutils._symbolic.tree import Node


class NoMatrixForm(ValueError):
    """An expression has no matrix form; the message says why."""


class Item(NamedTuple):
    """A formula for an array whose axes carry these indices."""

    node: Node
    slots: tuple[int, ...]


def matrix_tree(f: Tensor) -> Node:
    """Read an expression back as a matrix formula.

    Raises:
        NoMatrixForm: it has more than two axes, or a term is no path between its free indices.
    """
    if len(f.axes) > 2:
        raise NoMatrixForm(f"it has {len(f.axes)} axes, and a matrix has two")
    if not f.terms:
        return _filled("zeros", f.axes) if f.axes else tree.term(Fraction(0), ())
    read = [_read_term(term, f.axes) for term in f.terms]
    rank = len(f.axes)
    wide = any(len(slots) == rank for _, slots in read)  # then others broadcast
    products = [_spread(product, slots, f.axes, wide) for product, slots in read]
    return summed(products, rank)


def _filled(kind: str, axes: Sequence[Axis]) -> Node:
    return tree.name(f"{kind}({', '.join(_quoted(a) for a in axes)})", len(axes))


def _quoted(axis: Axis) -> str:
    return str(axis) if isinstance(axis, int) else f'"{axis}"'


def _identity(axis: Axis) -> Node:
    return tree.name(f"I({_quoted(axis)})", 2, symmetric=True)


def _outer(u: Node | None, v: Node | None, axes: Sequence[Axis]) -> Node:
    """The outer product of two vectors, either of which may be ones."""
    if u is None and v is None:
        return _filled("ones", axes)
    left, right = u or _filled("ones", axes[:1]), v or _filled("ones", axes[1:])
    return tree.call("outer", 2, left, right, symmetric=left == right)


def _read_term(term: Term, axes: Sequence[Axis]) -> tuple[Product, tuple[int, ...]]:
    free = frozenset(range(len(axes)))
    items, stacks = _items(term, free)
    inner = free | {part for stack in stacks for part in stack.slots[1:]}
    items = _joined(items, inner)
    for _ in range(2):  # a stacked index may meet another one only after that is read
        items, stacks = _unstacked(items, stacks)
    if stacks:
        raise NoMatrixForm("a stacked index meets more than a path of matrices")
    items = _joined(items, free)
    scalars = tuple(item.node for item in items if not item.slots)
    array, slots = _array([item for item in items if item.slots])
    return Product(term.coefficient, scalars, tree.links(array) if array is not None else ()), slots


def _array(items: list[Item]) -> tuple[Node | None, tuple[int, ...]]:
    """The one array that is left, and the free indices that it covers."""
    if not items:
        return None, ()
    if len(items) == 1:
        node, slots = items[0]
        return (tree.transposed(node), (0, 1)) if slots == (1, 0) else (node, slots)
    if sorted(item.slots for item in items) == [(0,), (1,)]:
        u, v = sorted(items, key=lambda item: item.slots)
        return _outer(u.node, v.node, ()), (0, 1)
    raise NoMatrixForm("an index stands on more than two matrices at once")


def _spread(product: Product, slots: tuple[int, ...], axes: Sequence[Axis], wide: bool) -> Product:
    """Make a term that lacks axes fit its neighbours: NumPy broadcasts a scalar or a row, anything else needs ones."""
    if len(slots) == len(axes) or (wide and slots in {(), (1,)}):
        return product
    if not slots:
        return product._replace(links=(_filled("ones", axes),))
    vector = tree.chain(*product.links)
    return product._replace(links=(_outer(vector, None, axes) if slots == (0,) else _outer(None, vector, axes),))


# ---------------------------------------------------------------- factors to items


def _items(term: Term, free: frozenset[int]) -> tuple[list[Item], list[Factor]]:
    """Each factor as an item; stacked indices apart, each of their parts used once (an identity joins what was one)."""
    items, stacks, taken = list[Item](), list[Factor](), set(free)
    renamed = list[tuple[int, int, tuple[int, ...]]]()
    for factor in term.factors:
        if factor.head.kind != "fuse":
            items.append(_item(factor))
            continue
        parts = []
        for axis, part in zip(factor.head.axes[1:], factor.slots[1:], strict=True):
            own = fresh() if part in taken else part
            taken.add(own)
            parts.append(own)
            if own != part:
                renamed.append((part, own, factor.slots))
                items.append(Item(_identity(axis), (part, own)))
        stacks.append(Factor(factor.head, (factor.slots[0], *parts)))
    for part, own, slots in renamed:  # a matrix on both parts of one stacked index stays with that index
        inside = {s for s in slots[1:] if s != part}
        items = [
            Item(node, tuple(own if s == part else s for s in at))
            if len(at) == 2 and inside & set(at) and own not in at
            else Item(node, at)
            for node, at in items
        ]
    return items, sorted(stacks, key=lambda stack: stack.slots[0])


def _item(factor: Factor) -> Item:
    head, slots = factor
    if head.kind == "symbol":
        if len(slots) > 2:
            raise NoMatrixForm(f"{head.name} has {len(slots)} axes, and a matrix has two")
        return Item(tree.name(head.name, len(slots), head.symmetric), slots)
    if head.kind == "delta":
        return Item(_identity(head.axes[0]), slots)
    if head.kind == "size":
        return Item(tree.name(head.name, 0), ())
    if head.kind == "tri" or head.inner is None:
        raise NoMatrixForm("it holds a part of the duplication matrix")
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


def _without(items: list[Item], *gone: Item) -> list[Item]:
    return [item for item in items if not any(item is g for g in gone)]


def _traced(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """An item with one index on both sides: a trace, or a diagonal if the index is needed elsewhere."""
    for item in items:
        if len(item.slots) == 2 and item.slots[0] == item.slots[1]:
            index = item.slots[0]
            if index in free or count[index] > 2:
                return [*_without(items, item), Item(tree.call("diag", 1, item.node), (index,))]
            return [*_without(items, item), Item(_trace(item.node), ())]
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
            return [*_without(items, *same), Item(made[best], orders[best])]
    return None


def _summed_out(items: list[Item], free: frozenset[int], count: Counter[int]) -> list[Item] | None:
    """A summed index that nothing else carries: a sum over an axis."""
    for item in items:
        lone = [k for k, s in enumerate(item.slots) if s not in free and count[s] == 1]
        if lone and len(lone) == len(item.slots):
            return [*_without(items, item), Item(tree.call("sum", 0, item.node), ())]
        if lone:
            vector = _row_sum(item.node) if lone[0] else _row_sum(tree.transposed(item.node))
            return [*_without(items, item), Item(vector, (item.slots[1 - lone[0]],))]
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
        joined = Item(tree.chain(_ending(matrix, s).node, vector.node), _ending(matrix, s).slots[:1])
    else:
        left, right = _ending(a, s), _starting(b, s)
        joined = Item(tree.chain(left.node, right.node), (left.slots[0], right.slots[1]))
    return [*_without(items, a, b), joined]


def _ending(item: Item, s: int) -> Item:
    return item if item.slots[1] == s else Item(tree.transposed(item.node), item.slots[::-1])


def _starting(item: Item, s: int) -> Item:
    return item if item.slots[0] == s else Item(tree.transposed(item.node), item.slots[::-1])


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
            return [*_without(items, item, other), diagonal, moved]
    return None


_RULES: tuple[Callable[[list[Item], frozenset[int], Counter[int]], list[Item] | None], ...] = (
    _traced,
    _vectors_multiplied,
    _matrices_multiplied,
    _summed_out,
    _contracted,
    _scaled,
)


# ---------------------------------------------------------------- stacked indices


def _unstacked(items: list[Item], stacks: list[Factor]) -> tuple[list[Item], list[Factor]]:
    """Read the parts of every stacked index that can be read: vec(M), kron(P, R), and the commutation matrix."""
    for stack in stacks:
        parts = stack.slots[1:]
        touching = [item for item in items if set(item.slots) & set(parts)]
        others = [other for other in stacks if other is not stack]
        if len(parts) != 2:
            raise NoMatrixForm("it stacks more than two axes")
        for read in (_as_vec, _as_kron, _as_column):
            found = read(stack, touching, others, items)
            if found is not None:
                item, used, gone = found
                return _unstacked([*_without(items, *used), item], [s for s in others if s is not gone])
        scaled = _as_scaling(stack, touching, others)
        if scaled is not None:
            item, gone_item, rest = scaled
            return _unstacked([*_without(items, gone_item), item], [rest, *others])
    return items, stacks


Reading = tuple[Item, list[Item], Factor | None] | None


def _as_vec(stack: Factor, touching: list[Item], others: list[Factor], items: list[Item]) -> Reading:
    """A matrix on both parts, or a vector on each."""
    q, *parts = stack.slots
    if any(set(item.slots) - set(parts) for item in touching) or _shared_parts(others, touching, parts):
        return None
    if [sorted(item.slots) for item in touching] == [sorted(parts)]:
        (item,) = touching
        node = item.node if item.slots == tuple(parts) else tree.transposed(item.node)
    else:
        node = _outer(_on(touching, parts[0]), _on(touching, parts[1]), stack.head.axes[1:])
    return Item(tree.call("vec", 1, node), (q,)), touching, None


def _shared_parts(others: list[Factor], touching: list[Item], parts: list[int]) -> bool:
    """Whether a part carries nothing, so that another stacked index must say what is there."""
    return bool(others) and {s for item in touching for s in item.slots} != set(parts)


def _on(items: Iterable[Item], part: int) -> Node | None:
    return next((item.node for item in items if item.slots == (part,)), None)


def _as_kron(stack: Factor, touching: list[Item], others: list[Factor], items: list[Item]) -> Reading:
    """Two matrices from one stacked index to another; where they cross, a commutation matrix comes first."""
    (p, i, j), axes = stack.slots, dict(zip(stack.slots, stack.head.axes, strict=True))
    near = touching
    for other in others:
        q, k, m = other.slots
        touching = near + [item for item in items if set(item.slots) & {k, m} and not any(item is n for n in near)]
        axes.update(zip(other.slots, other.head.axes, strict=True))
        for first, second in (((i, k), (j, m)), ((i, m), (j, k))):
            if all(set(item.slots) <= set(first) or set(item.slots) <= set(second) for item in touching):
                a, b = (_between(ends, touching, axes) for ends in (first, second))
                if a is None or b is None:
                    continue
                node = _kron(b, a)
                if first == (i, m):
                    swap = tree.name(f"commutation({_quoted(axes[j])}, {_quoted(axes[i])})", 2)
                    node = tree.chain(swap, _kron(a, b))
                return Item(node, (p, q)), touching, other
    return None


def _between(ends: tuple[int, int], items: list[Item], axes: dict[int, Axis]) -> Node | None:
    """The matrix that leads from one index to another: an item, or the product of a vector (or ones) on each."""
    inside = [item for item in items if set(item.slots) <= set(ends)]
    if len(inside) == 1 and len(inside[0].slots) == 2:
        return _starting(inside[0], ends[0]).node
    if any(len(item.slots) == 2 for item in inside):
        return None
    return _outer(_on(inside, ends[0]), _on(inside, ends[1]), [axes[end] for end in ends])


def _as_scaling(stack: Factor, touching: list[Item], others: list[Factor]) -> tuple[Item, Item, Factor] | None:
    """A matrix on both parts where more is needed of them: diag(vec(M)) times what is left."""
    q, *parts = stack.slots
    for item in touching:
        if sorted(item.slots) == sorted(parts) and len(touching) + len(others) > 1:
            own = fresh()
            node = item.node if item.slots == tuple(parts) else tree.transposed(item.node)
            scaling = tree.call("diag", 2, tree.call("vec", 1, node), symmetric=True)
            return Item(scaling, (q, own)), item, Factor(stack.head, (own, *parts))
    return None


def _kron(a: Node, b: Node) -> Node:
    if tree.is_identity(a) and tree.is_identity(b):
        parts = [str(n.value)[2:-1].strip('"') for n in (a, b)]
        return tree.name(f'I("{"*".join(sorted(parts))}")', 2, symmetric=True)
    return tree.call("kron", 2, a, b)


def _as_column(stack: Factor, touching: list[Item], others: list[Factor], items: list[Item]) -> Reading:
    """A matrix on one part and a vector on the other: kron with a column."""
    q, *parts = stack.slots
    matrices = [item for item in touching if len(item.slots) == 2]
    if len(matrices) != 1 or len(touching) > 2 or set(matrices[0].slots) >= set(parts):
        return None
    if any(set(matrices[0].slots) & set(other.slots[1:]) for other in others):
        return None
    side = 0 if parts[0] in matrices[0].slots else 1
    matrix = _starting(matrices[0], parts[side])
    column = _outer(_on(touching, parts[1 - side]), None, [stack.head.axes[2 - side], 1])
    node = _kron(column, matrix.node) if side == 0 else _kron(matrix.node, column)
    return Item(node, (q, matrix.slots[1])), touching, None
