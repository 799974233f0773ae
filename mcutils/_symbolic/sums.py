"""Sums of matrix terms, with what they have in common written once: (A + A.T) @ x, 2*(A - B), kron(I, A + B)."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from mcutils._symbolic import tree
from mcutils._symbolic.tree import Node


class Product(NamedTuple):
    """One term, read back: coefficient, scalars, and its array as a product of matrices (() if it has none)."""

    coefficient: Fraction
    scalars: tuple[Node, ...]
    links: tuple[Node, ...]


def summed(products: list[Product], rank: int) -> Node:
    """A sum of terms, with what they have in common written once."""
    if len(products) == 1:
        return _product(products[0])
    common, rest = _shared_scalars(products)
    sizes = {abs(p.coefficient) for p in rest}
    scale = sizes.pop() if len(sizes) == 1 and rank else Fraction(1)
    rest = [p._replace(coefficient=p.coefficient / scale) for p in rest]
    if all(p.coefficient < 0 for p in rest):
        scale, rest = -scale, [p._replace(coefficient=-p.coefficient) for p in rest]
    if rank:
        rest = _grouped(rest)
    made = sorted((_sort_key(p), _product(p)) for p in rest)
    inner = tree.add([node for _, node in made])
    if scale == 1 and not common:
        return inner
    if len(rest) == 1:
        return _product(rest[0]._replace(coefficient=rest[0].coefficient * scale, scalars=(*common, *rest[0].scalars)))
    if not inner.rank:
        return tree.term(scale, (*common, inner))
    return tree.term(scale, common, inner)


def _sort_key(p: Product) -> tuple[bool, bool, int, tuple[int, int], str]:
    node = _product(p)
    return p.coefficient < 0, bool(p.links or p.scalars), -len(p.links), tree.weight(node), tree.text(node)


def _product(p: Product) -> Node:
    return tree.term(p.coefficient, p.scalars, tree.chain(*p.links) if p.links else None)


def _shared_scalars(products: list[Product]) -> tuple[tuple[Node, ...], list[Product]]:
    shared = Counter(products[0].scalars)
    for p in products[1:]:
        shared &= Counter(p.scalars)
    if not any(p.links for p in products):
        shared = Counter()
    rest = [p._replace(scalars=tuple((Counter(p.scalars) - shared).elements())) for p in products]
    return tuple(shared.elements()), rest


def _grouped(products: list[Product]) -> list[Product]:
    """Join the terms that begin or end with the same matrix, the largest group first."""
    groups: dict[tuple[str, Node], list[Product]] = {}
    for p in products:
        for side, node in _handles(p):
            groups.setdefault((side, node), []).append(p)
    together = [(key, group) for key, group in groups.items() if len(group) > 1]
    if not together:
        return products
    (side, node), group = max(together, key=lambda pair: len(pair[1]))
    function, _, which = side.partition(" ")
    inner = summed([_let_go(p, side) for p in group], 1 if function == "diag" else 2)
    coefficient = Fraction(1)
    scalars: tuple[Node, ...] = ()
    if inner.kind == "term" and inner.rank:
        coefficient = Fraction(inner.value)
        scalars, inner = inner.parts[:-1], inner.parts[-1]
    pair = (node, inner) if side == "first" or which == "left" else (inner, node)
    if which == "inside":
        made = group[0].links[0]._replace(parts=(inner,))
    else:
        made = tree.call(function, 2, *pair) if which else tree.chain(*pair)
    joined = Product(coefficient, scalars, tree.links(made))
    return _grouped([*[p for p in products if not any(p is g for g in group)], joined])


def _handles(p: Product) -> list[tuple[str, Node]]:
    """What a term can be joined by: its first or last matrix, or one side of a Kronecker product."""
    if len(p.links) > 1:
        return [("first", p.links[0]), ("last", p.links[-1])]
    node = p.links[0] if p.links else None
    if node is None or node.kind != "call":
        return []
    if node.value in {"kron", "outer"}:
        return [(f"{node.value} left", node.parts[0]), (f"{node.value} right", node.parts[1])]
    if node.value == "vec" or (node.value == "diag" and node.rank == 2):
        return [(f"{node.value} inside", tree.name(str(node.rows), 0))]
    return []


def _let_go(p: Product, side: str) -> Product:
    if side in {"first", "last"}:
        return p._replace(links=p.links[1:] if side == "first" else p.links[:-1])
    if side.endswith("inside"):
        return p._replace(links=tree.links(p.links[0].parts[0]))
    return p._replace(links=tree.links(p.links[0].parts[1 if side.endswith("left") else 0]))
