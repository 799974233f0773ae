"""What matrix notation is put together from: formulas with at most two indices, and constants for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mcutils._symbolic import tree
from mcutils._symbolic.core import Axis
from mcutils._symbolic.tree import Node


class NoMatrixForm(ValueError):
    """An expression has no matrix form; the message says why."""


class Item(NamedTuple):
    """A formula for an array whose axes carry these indices."""

    node: Node
    slots: tuple[int, ...]


def without(items: list[Item], *gone: Item) -> list[Item]:
    return [item for item in items if not any(item is g for g in gone)]


def ending(item: Item, s: int) -> Item:
    return item if item.slots[1] == s else Item(tree.transposed(item.node), item.slots[::-1])


def starting(item: Item, s: int) -> Item:
    return item if item.slots[0] == s else Item(tree.transposed(item.node), item.slots[::-1])


def filled(kind: str, axes: Sequence[Axis]) -> Node:
    return tree.name(f"{kind}({', '.join(quoted(a) for a in axes)})", len(axes))


def quoted(axis: Axis) -> str:
    return str(axis) if isinstance(axis, int) else f'"{axis}"'


def identity(axis: Axis) -> Node:
    return tree.name(f"I({quoted(axis)})", 2, symmetric=True)


def outer(u: Node | None, v: Node | None, axes: Sequence[Axis]) -> Node:
    """The outer product of two vectors, either of which may be ones."""
    if u is None and v is None:
        return filled("ones", axes)
    left, right = u or filled("ones", axes[:1]), v or filled("ones", axes[1:])
    return tree.call("outer", 2, left, right, symmetric=left == right)
