"""The value of a formula's tree and its derivative, from the leaves up, with one rule at a time open to be broken.

Separate because a broken rule needs a differentiator that works as a learner does, operation by operation. It is plain
forward mode on arrays: each part has its value and ``D[value axes..., variable axes...]`` (None where it does not
depend on the variable). Unbroken, it is held against the engine's derivative before anything is named by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

import mcutils
from autograder.checks.trees import Path, Tree, walk

Array = np.ndarray
Pair = tuple[Array, Array | None]


class Inapplicable(Exception):
    """A rule cannot be broken in this way here: shapes do not allow it."""


def _sigmoid(u: Array) -> Array:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * u))


# an elementwise function: its value and its slope
MAPS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "exp": (np.exp, np.exp),
    "log": (np.log, lambda u: 1 / u),
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "sigmoid": (_sigmoid, lambda u: _sigmoid(u) * (1 - _sigmoid(u))),
    "relu": (lambda u: u * (u > 0), lambda u: (u > 0) * 1.0),
    "step": (lambda u: (u > 0) * 1.0, np.zeros_like),
    "sin": (np.sin, np.cos),
    "cos": (np.cos, lambda u: -np.sin(u)),
    "sqrt": (np.sqrt, lambda u: 0.5 / np.sqrt(u)),
}


@dataclass
class Forward:
    """One evaluation.

    Args:
        arrays: the value of each symbol, and the length of each axis.
        wrt: the symbol to differentiate by.
        seeds: the occurrences of it that count, by place in the tree; all of them where it is None.
        breaks: the rule that is broken, by place in the tree.
    """

    arrays: Mapping[str, Any]
    wrt: str = ""
    seeds: frozenset[Path] | None = None
    breaks: Mapping[Path, Break] = field(default_factory=dict)

    def value(self, tree: Tree) -> Array:
        """The value alone."""
        return Forward(self.arrays).pair(tree, ())[0]

    def derivative(self, tree: Tree) -> Array:
        """D[value axes..., variable axes...]."""
        value, D = self.pair(tree, ())
        return np.zeros(value.shape + self.shape) if D is None else D

    @property
    def shape(self) -> tuple[int, ...]:
        """The variable's shape."""
        return np.shape(self.arrays[self.wrt]) if self.wrt else ()

    def pair(self, tree: Tree, path: Path) -> Pair:
        """The value and the derivative of the part at ``path``."""
        if tree.kind == "name":
            return self._name(str(tree.value), path)
        if tree.kind == "number":
            return np.asarray(float(tree.value)), None  # type: ignore[arg-type] # a number's value is one
        if isinstance(tree.value, tuple):
            return self._constant(tree.kind, tree.value), None
        parts = [self.pair(part, (*path, k)) for k, part in enumerate(tree.parts)]
        if path in self.breaks:
            return self.breaks[path](self, tree, parts)
        return apply(tree, parts)

    def _name(self, name: str, path: Path) -> Pair:
        value = np.asarray(self.arrays[name], dtype=float)
        if name != self.wrt or not (self.seeds is None or path in self.seeds):
            return value, None
        return value, np.eye(value.size).reshape(value.shape * 2)

    def _constant(self, kind: str, axes: tuple[str, ...]) -> Array:
        lengths = [prod(int(self.arrays[p]) if p in self.arrays else int(p) for p in axis.split("*")) for axis in axes]
        made: dict[str, Callable[..., Any]] = {
            "I": np.eye,
            "ones": lambda *shape: np.ones(shape),
            "zeros": lambda *shape: np.zeros(shape),
            "commutation": mcutils.commutation_matrix,
            "duplication": mcutils.duplication_matrix,
        }
        return np.asarray(made[kind](*lengths), dtype=float)


Break = Callable[[Forward, Tree, list[Pair]], Pair]


class Values:
    """Values of formulas that differ in one place each: what they share is computed once.

    Args:
        arrays: the value of each symbol, and the length of each axis.
        shared: the formulas of which the others are made; their parts are known by identity, so they are kept.
    """

    def __init__(self, arrays: Mapping[str, Any], shared: Iterable[Tree]) -> None:
        self._leaves, self._known = Forward(arrays), dict[int, Array | None]()
        self._shared = tuple(shared)
        for tree in self._shared:
            for _, part in walk(tree):
                self._known.setdefault(id(part), None)

    def of(self, tree: Tree) -> Array:
        """The value of a formula."""
        known = self._known.get(id(tree))
        if known is None:
            known = (
                self._leaves.value(tree) if not tree.parts else apply(tree, [(self.of(p), None) for p in tree.parts])[0]
            )
            if id(tree) in self._known:
                self._known[id(tree)] = known
        return known


def apply(tree: Tree, parts: list[Pair]) -> Pair:
    """The right rule of an operation."""
    if tree.kind in MAPS:
        (u, du), (value, slope) = parts[0], MAPS[tree.kind]
        return value(u), times(slope(u), du)
    if tree.kind == "**":
        (u, du), exponent = parts[0], float(parts[1][0])
        return u**exponent, times(exponent * u ** (exponent - 1), du)
    if tree.kind == "@":
        result = parts[0]
        for other in parts[1:]:
            result = _matmul(result, other)
        return result
    if tree.kind in {"sum", "softmax"}:
        axis = tree.value if isinstance(tree.value, int) else None
        return (_sum if tree.kind == "sum" else _softmax)(*parts[0], axis)
    return _RULES[tree.kind](*parts)


def times(scale: Array, D: Array | None) -> Array | None:
    """Every entry's derivative times a number of its own."""
    return None if D is None else scale.reshape(scale.shape + (1,) * (D.ndim - scale.ndim)) * D


def plus(a: Array | None, b: Array | None) -> Array | None:
    """a + b, where None is zero."""
    return b if a is None else a if b is None else a + b


def spread(pair: Pair, shape: tuple[int, ...]) -> Pair:
    """Broadcast a value and its derivative to a shape, aligned at the right."""
    value, D = pair
    if value.shape == shape:
        return pair
    if D is not None:
        variable = D.shape[value.ndim :]
        D = np.broadcast_to(D.reshape((1,) * (len(shape) - value.ndim) + D.shape), shape + variable)
    return np.broadcast_to(value, shape), D


def _common(a: Pair, b: Pair) -> tuple[Pair, Pair]:
    if a[0].shape == b[0].shape:
        return a, b
    shape = np.broadcast_shapes(a[0].shape, b[0].shape)
    return spread(a, shape), spread(b, shape)


def _add(a: Pair, b: Pair) -> Pair:
    a, b = _common(a, b)
    return a[0] + b[0], plus(a[1], b[1])


def _negative(a: Pair) -> Pair:
    return -a[0], None if a[1] is None else -a[1]


def _multiply(a: Pair, b: Pair) -> Pair:
    a, b = _common(a, b)
    return a[0] * b[0], plus(times(b[0], a[1]), times(a[0], b[1]))


def _divide(a: Pair, b: Pair) -> Pair:
    return _multiply(a, (1 / b[0], times(-(b[0] ** -2), b[1])))


def _matmul(a: Pair, b: Pair) -> Pair:
    left, right = "ij"[2 - a[0].ndim :], "jk"[: b[0].ndim]
    out = left[:-1] + right[1:]
    first = None if a[1] is None else np.einsum(f"{left}...,{right}->{out}...", a[1], b[0])
    second = None if b[1] is None else np.einsum(f"{left},{right}...->{out}...", a[0], b[1])
    return a[0] @ b[0], plus(first, second)


def _transpose(a: Pair) -> Pair:
    value, D = a
    return value.T, D if D is None or value.ndim < 2 else np.swapaxes(D, 0, 1)


def _through(a: Pair, subscripts: str, *others: Array) -> Array | None:
    return None if a[1] is None else np.einsum(subscripts, a[1], *others)


def _trace(a: Pair) -> Pair:
    return np.asarray(np.trace(a[0])), _through(a, "ii...->...")


def _inverse(a: Pair) -> Pair:
    V = np.linalg.inv(a[0])
    return V, _through(a, "ab...,ia,bj->ij...", -V, V)


def _logdet(a: Pair) -> Pair:
    return np.asarray(np.linalg.slogdet(a[0])[1]), _through(a, "ab...,ba->...", np.linalg.inv(a[0]))


def _det(a: Pair) -> Pair:
    det = np.asarray(np.linalg.det(a[0]))
    return det, times(det, _through(a, "ab...,ba->...", np.linalg.inv(a[0])))


def _norm(a: Pair) -> Pair:
    value, D = a
    norm = np.sqrt(np.sum(value**2))
    return norm, None if D is None else np.tensordot(value / norm, D, value.ndim)


def _outer(a: Pair, b: Pair) -> Pair:
    first, second = _through(a, "i...,j->ij...", b[0]), _through(b, "j...,i->ij...", a[0])
    return np.outer(a[0], b[0]), plus(first, second)


def _kron(a: Pair, b: Pair) -> Pair:
    value = np.kron(a[0], b[0])
    D = plus(_through(a, "ij...,kl->ikjl...", b[0]), _through(b, "kl...,ij->ikjl...", a[0]))
    return value, None if D is None else D.reshape(value.shape + D.shape[4:])


def _diag(a: Pair) -> Pair:
    value, D = a
    if value.ndim == 2:
        return np.diag(value), _through(a, "ii...->i...")
    return np.diag(value), None if D is None else np.einsum("i...,ij->ij...", D, np.eye(len(value)))


def _vec(a: Pair) -> Pair:
    value, D = a
    if value.ndim < 2:
        return value.reshape(-1), None if D is None else D.reshape((value.size, *D.shape[value.ndim :]))
    return value.ravel(order="F"), None if D is None else np.swapaxes(D, 0, 1).reshape((value.size, *D.shape[2:]))


def _sum(value: Array, D: Array | None, axis: int | None) -> Pair:
    axes = tuple(range(value.ndim)) if axis is None else (axis % value.ndim,)
    return np.asarray(value.sum(axis=axes)), None if D is None else D.sum(axis=axes)


def _softmax(u: Array, du: Array | None, axis: int | None) -> Pair:
    along = (axis or 0) % u.ndim
    s = softmax(u, along)
    D = times(s, du)
    return s, None if D is None else D - np.asarray(times(s, D.sum(axis=along, keepdims=True)))


def softmax(u: Array, axis: int) -> Array:
    """exp(u) over its sum along an axis."""
    e = np.exp(u - u.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


_RULES: dict[str, Callable[..., Pair]] = {
    "+": _add,
    "-": lambda a, b: _add(a, _negative(b)),
    "neg": _negative,
    "*": _multiply,
    "/": _divide,
    "T": _transpose,
    "tr": _trace,
    "inv": _inverse,
    "logdet": _logdet,
    "det": _det,
    "norm2": _norm,
    "outer": _outer,
    "kron": _kron,
    "diag": _diag,
    "vec": _vec,
}
