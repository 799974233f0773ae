"""Stacked indices out: which vec, kron or commutation matrix the parts of a stacked index belong to."""

from __future__ import annotations

from collections.abc import Iterable

from mcutils._symbolic import tree
from mcutils._symbolic.core import Axis, Factor, fresh
from mcutils._symbolic.matrix_items import Item, NoMatrixForm, outer, quoted, starting, without
from mcutils._symbolic.tree import Node


def unstacked(items: list[Item], stacks: list[Factor]) -> tuple[list[Item], list[Factor]]:
    """Read the parts of one stacked index that can be read: vec(M), kron(P, R), and the commutation matrix.

    A part that is itself a stacked index is read first: until then nothing says what stands on it. What is left has to
    be joined before the next one is read.
    """
    heads = {stack.slots[0] for stack in stacks}
    ready = [stack for stack in stacks if not heads & set(stack.slots[1:])]
    waiting = [stack for stack in stacks if heads & set(stack.slots[1:])]
    for stack in ready:
        parts = stack.slots[1:]
        touching = [item for item in items if set(item.slots) & set(parts)]
        others = [other for other in ready if other is not stack]
        if len(parts) != 2:
            raise NoMatrixForm("it stacks more than two axes")
        for read in (_as_vec, _as_kron, _as_column):
            found = read(stack, touching, others, items)
            if found is not None:
                item, used, gone = found
                left = [s for s in others if s is not gone]
                return [*without(items, *used), item], [*left, *waiting]
        scaled = _as_scaling(stack, touching, others)
        if scaled is not None:
            item, gone_item, rest = scaled
            return [*without(items, gone_item), item], [rest, *others, *waiting]
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
    elif all(len(item.slots) == 1 for item in touching):
        node = outer(_on(touching, parts[0]), _on(touching, parts[1]), stack.head.axes[1:])
    else:
        return None
    return Item(tree.vec(node, stack.head.axes[1]), (q,)), touching, None


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
                    swap = tree.name(f"commutation({quoted(axes[j])}, {quoted(axes[i])})", 2)
                    node = tree.chain(swap, _kron(a, b))
                return Item(node, (p, q)), touching, other
    return None


def _between(ends: tuple[int, int], items: list[Item], axes: dict[int, Axis]) -> Node | None:
    """The matrix that leads from one index to another: an item, or the product of a vector (or ones) on each."""
    inside = [item for item in items if set(item.slots) <= set(ends)]
    if len(inside) == 1 and len(inside[0].slots) == 2:
        return starting(inside[0], ends[0]).node
    if any(len(item.slots) == 2 for item in inside):
        return None
    return outer(_on(inside, ends[0]), _on(inside, ends[1]), [axes[end] for end in ends])


def _as_scaling(stack: Factor, touching: list[Item], others: list[Factor]) -> tuple[Item, Item, Factor] | None:
    """A matrix on both parts where more is needed of them: diag(vec(M)) times what is left."""
    q, *parts = stack.slots
    for item in touching:
        if sorted(item.slots) == sorted(parts) and len(touching) + len(others) > 1:
            own = fresh()
            node = item.node if item.slots == tuple(parts) else tree.transposed(item.node)
            scaling = tree.call("diag", 2, tree.vec(node, stack.head.axes[1]), symmetric=True)
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
    if len(matrices) != 1 or set(matrices[0].slots) >= set(parts):
        return None
    if any(set(matrices[0].slots) & set(other.slots[1:]) for other in others):
        return None
    side = 0 if parts[0] in matrices[0].slots else 1
    if [item.slots for item in touching if item is not matrices[0]] not in ([], [(parts[1 - side],)]):
        return None
    matrix = starting(matrices[0], parts[side])
    column = outer(_on(touching, parts[1 - side]), None, [stack.head.axes[2 - side], 1])
    node = _kron(column, matrix.node) if side == 0 else _kron(matrix.node, column)
    return Item(node, (q, matrix.slots[1])), touching, None
