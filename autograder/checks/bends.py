"""The rules of differentiation, each broken in one way: what a function, a product or an inverse then gives.

Separate from `twists`, which changes a formula and not a rule. Each takes the place of `forward.apply` at one part of
the question.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checks import trees
from autograder.checks.forward import MAPS, Break, Forward, Inapplicable, Pair, apply, plus, softmax, spread, times
from autograder.checks.trees import Path, Tree, walk


def bends(tree: Tree, wrt: str) -> Iterator[tuple[Path, Tree]]:
    """Where the chain rule is needed: functions entry by entry, and powers, of something with the variable in it."""
    for path, part in walk(tree):
        if (part.kind in MAPS or part.kind == "**") and wrt in trees.names(part.parts[0]):
            yield path, part


def without_inner(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """phi'(u) where phi'(u) du should stand."""
    u = parts[0][0]
    if u.shape == self.shape:
        inner = np.eye(u.size).reshape(u.shape * 2)
    elif u.shape == ():
        inner = np.ones(self.shape)
    else:
        raise Inapplicable
    return apply(tree, [(u, inner), *parts[1:]])


def without_slope(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """du where phi'(u) du should stand."""
    return apply(tree, parts)[0], parts[0][1]


def sloped_at(point: Tree) -> Break:
    """phi' at another point: of u's shape, or of the variable's."""

    def rule(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
        (u, du), there = parts[0], self.value(point)
        if du is None or there.shape not in (u.shape, self.shape):
            raise Inapplicable
        slope = apply(tree, [(there, np.ones(there.shape)), *parts[1:]])[1]
        value = apply(tree, parts)[0]
        return value, times(np.asarray(slope), du) if there.shape == u.shape else du * slope

    return rule


def sloped_at_output(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """phi'(phi(u)) du where phi'(u) du should stand."""
    value = apply(tree, parts)[0]
    return value, apply(tree, [(value, parts[0][1]), *parts[1:]])[1]


def diagonal_softmax(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """s (1 - s) du, as if a softmax worked entry by entry."""
    u, du = parts[0]
    s = softmax(u, int(tree.value or 0) % u.ndim)  # type: ignore[call-overload] # an axis
    return s, times(s - s * s, du)


def own_factors(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """a da + b db where a db + b da should stand."""
    shape = np.broadcast_shapes(parts[0][0].shape, parts[1][0].shape)
    (a, da), (b, db) = (spread(part, shape) for part in parts)
    return a * b, plus(times(a, da), times(b, db))


def scalar_inverse(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """-inv(X) inv(X) dX, as for numbers."""
    V, dU = np.linalg.inv(parts[0][0]), parts[0][1]
    return V, None if dU is None else np.einsum("ia,aj...->ij...", -V @ V, dU)


def inverse_without_minus(self: Forward, tree: Tree, parts: list[Pair]) -> Pair:
    """inv(X) dX inv(X), without the minus."""
    V, D = apply(tree, parts)
    return V, None if D is None else -D
