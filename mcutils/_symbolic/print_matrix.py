"""Matrix notation out: a term is read back by walking paths between its free indices.

Each factor is an item with at most two indices. Rules join items (`join_items`) until only free indices are left: a
summed index between two items is a matrix product, on both sides of one item a trace, alone a sum; an index with three
or more slots, or a free one with two, is an elementwise product or diag(v). The parts of a stacked index (vec, kron)
are walked like free indices, and read in `print_stacked`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
from mcutils._symbolic.join_items import joined
from mcutils._symbolic.matrix_items import (
    Item,
    NoMatrixForm,
    filled,
    identity,
    outer,
    quoted,
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
    items = joined(items, free.union(*(stack.slots for stack in stacks)))
    while stacks:  # a stacked index may meet another one, or a matrix, only after that is read
        before = items, stacks
        items, stacks = unstacked(items, stacks)
        items = joined(items, free.union(*(stack.slots for stack in stacks)))
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
