"""Values of expressions at one random point of a field, as NumPy object arrays of small size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from mcutils._symbolic.arrays import axis_size, triangle
from mcutils._symbolic.budget import TooMuch, spend
from mcutils._symbolic.core import Axis, Head, Tensor, Term
from mcutils._symbolic.evaluate import unstacked
from mcutils._symbolic.fields import Array, Modular, Reals, Undefined

MOST_PRODUCTS = 500_000  # entries of one intermediate product


class Valuation:
    """Values of expressions at one random point of a field."""

    def __init__(
        self,
        field: Modular | Reals,
        sizes: Mapping[str, int],
        given: Mapping[str, Array] | None = None,
    ) -> None:
        self.field, self.sizes = field, sizes
        self.symbols: dict[str, Array] = dict(given or {})
        self.known: dict[str, Array] = {}

    def value(self, f: Tensor) -> Array:
        """The array that an expression is here, with all its axes."""
        if f.key not in self.known:
            shape = self._shape(f.axes)
            total = np.zeros(shape, dtype=object)
            for term in f.terms:
                total = total + self._term(term, f)
            self.known[f.key] = self.field.reduce(total)
        return self.known[f.key]

    def _shape(self, axes: Sequence[Axis]) -> tuple[int, ...]:
        """The sizes of axes, for an array that is not too large."""
        shape = tuple(axis_size(a, self.sizes) for a in axes)
        if math.prod(shape) > MOST_PRODUCTS:
            raise TooMuch
        return shape

    def _term(self, term: Term, f: Tensor) -> Array:
        """One term over all free axes (axes that it lacks have length 1)."""
        spend()
        factors, outputs = unstacked(term.factors, len(f.axes))
        scale: Any = self.field.number(term.coefficient)
        operands = list[tuple[Array, tuple[int, ...]]]()
        for head, slots in factors:
            array = self._head(head)
            if slots:
                operands.append(_diagonal(array, slots))
            else:
                scale = scale * array[()]
        own = _told_apart(outputs, operands, term, self.sizes)
        array, slots = self._contracted(operands, set(own))
        missing = [s for s in own if s not in slots]
        array = array.reshape(array.shape + (1,) * len(missing)).transpose([(*slots, *missing).index(s) for s in own])
        array = self.field.reduce(array * scale)
        if len(own) == len(f.axes):
            return array
        axes = dict(enumerate(f.axes)) | {s: a for x in term.factors for a, s in zip(x.head.axes, x.slots, strict=True)}
        sizes = {s: axis_size(a, self.sizes) for s, a in axes.items()}
        full = np.broadcast_to(array, [sizes.get(s, n) for s, n in zip(outputs, array.shape, strict=True)])
        return full.reshape([axis_size(a, self.sizes) for a in f.axes], order="F")

    def _contracted(
        self, operands: list[tuple[Array, tuple[int, ...]]], free: set[int]
    ) -> tuple[Array, tuple[int, ...]]:
        """Multiply everything and sum what is not free, the smallest product first."""
        if not operands:
            return np.array(1, dtype=object), ()
        while len(operands) > 1:
            spend()
            a, b = min(_pairs(operands), key=_volume)
            rest = [o for o in operands if o is not a and o is not b]
            needed = free.union(*(slots for _, slots in rest))
            operands = [*rest, self._product(a, b, needed)]
        array, slots = operands[0]
        gone = tuple(k for k, s in enumerate(slots) if s not in free)
        return (np.asarray(array.sum(axis=gone), dtype=object) if gone else array), tuple(s for s in slots if s in free)

    def _product(
        self, a: tuple[Array, tuple[int, ...]], b: tuple[Array, tuple[int, ...]], needed: set[int]
    ) -> tuple[Array, tuple[int, ...]]:
        (x, xs), (y, ys) = a, b
        if _volume((a, b)) > MOST_PRODUCTS:
            raise TooMuch
        if x.ndim == y.ndim == 2 and len(set(xs) & set(ys)) == 1:  # the common case, fast
            (s,) = set(xs) & set(ys)
            if s not in needed:
                left, right = (x if xs[1] == s else x.T), (y if ys[0] == s else y.T)
                return self.field.reduce(left.dot(right)), (xs[xs[1] != s], ys[ys[0] == s])
        out = (*xs, *(s for s in ys if s not in xs))
        left = x.reshape(x.shape + (1,) * (len(out) - len(xs)))
        right = y.reshape(y.shape + (1,) * (len(out) - len(ys)))
        right = right.transpose([(*ys, *(s for s in out if s not in ys)).index(s) for s in out])
        gone = tuple(k for k, s in enumerate(out) if s not in needed)
        product = left * right
        return self.field.reduce(product.sum(axis=gone) if gone else product), tuple(s for s in out if s in needed)

    # heads

    def _head(self, head: Head) -> Array:
        if head.key not in self.known:
            if head.kind == "symbol":
                made = self._symbol(head)
            else:
                made = self._constant(head) if head.inner is None else self._function(head, head.inner)
            self.known[head.key] = made
        return self.known[head.key]

    def _constant(self, head: Head) -> Array:
        sizes = self._shape(head.axes)
        if head.kind == "delta":
            return np.eye(sizes[0], dtype=int).astype(object)
        if head.kind == "fuse":
            return np.eye(sizes[0], dtype=int).reshape(sizes, order="F").astype(object)
        if head.kind == "tri":
            return triangle(sizes[0]).astype(int).astype(object)
        return np.full(sizes, 1 if head.kind == "ones" else axis_size(head.name, self.sizes), dtype=object)

    def _symbol(self, head: Head) -> Array:
        if head.name in self.symbols:
            return self.symbols[head.name]
        shape = tuple(axis_size(a, self.sizes) for a in head.axes)
        if math.prod(shape) > MOST_PRODUCTS / 5:
            raise TooMuch
        made = _filled(shape, [self.field.draw("positive" in head.flags) for _ in range(math.prod(shape))])
        if head.flags & {"symmetric", "spd"}:
            made = made + made.T
        if "spd" in head.flags:
            made = self.field.reduce(made.dot(made) + np.eye(shape[0], dtype=int).astype(object))
        self.symbols[head.name] = made
        return made

    def _function(self, head: Head, inner: Tensor) -> Array:
        array, field = self.value(inner), self.field
        if head.kind == "sum":
            return array
        if head.kind == "pow":
            exponent = Fraction(head.parameter or 0)
            return self._mapped(lambda v: field.power(v, exponent), array)
        if head.kind == "inv":
            return self._eliminated(array)[0]
        if head.kind in {"det", "logdet"}:
            value = self._eliminated(array, only_det=True)[1]
            return np.array(field.function("logabs", value) if head.kind == "logdet" else value, dtype=object)
        if head.kind == "softmax":
            e = self._mapped(lambda v: field.function("exp", v), array)
            total = field.reduce(e.sum(axis=int(head.parameter or 0), keepdims=True))
            return field.reduce(e * self._mapped(field.inverse, total))
        return self._mapped(lambda v: field.function(head.kind, v), array)

    def _mapped(self, function: Callable[[Any], Any], array: Array) -> Array:
        return _filled(array.shape, [function(v) for v in array.flat])

    def _eliminated(self, array: Array, only_det: bool = False) -> tuple[Array, Any]:
        """The inverse and the determinant, by Gauss and Jordan."""
        field, n = self.field, len(array)
        rows = [list(r) + [int(i == k) for i in range(n)] * (not only_det) for k, r in enumerate(array.tolist())]
        det: Any = 1
        for k in range(n):
            spend()
            best = max(range(k, n), key=lambda r: field.worth(rows[r][k]))
            if not field.worth(rows[best][k]):
                if only_det:
                    return array, 0
                raise Undefined("a matrix is singular")
            if best != k:
                rows[k], rows[best], det = rows[best], rows[k], -det
            det = det * rows[k][k]
            pivot = field.inverse(rows[k][k])
            rows[k] = self._reduced([v * pivot for v in rows[k]])
            for r in range(k + 1 if only_det else 0, n):
                factor = rows[r][k]
                if r != k and factor:
                    rows[r] = self._reduced([v - factor * w for v, w in zip(rows[r], rows[k], strict=True)])
        inverse = array if only_det else _filled((n, n), [v for row in rows for v in row[n:]])
        return inverse, self._reduced([det])[0]

    def _reduced(self, row: list[Any]) -> list[Any]:
        return [v % self.field.prime for v in row] if isinstance(self.field, Modular) else row


def _filled(shape: tuple[int, ...], entries: list[Any]) -> Array:
    """An object array of these entries."""
    return np.array(entries, dtype=object).reshape(shape)


def _diagonal(array: Array, slots: tuple[int, ...]) -> tuple[Array, tuple[int, ...]]:
    """Take the diagonal over indices that repeat in one factor."""
    for k, s in enumerate(slots):
        if s in slots[:k]:
            first = slots.index(s)
            left = tuple(t for n, t in enumerate(slots) if n not in (first, k))
            return _diagonal(array.diagonal(axis1=first, axis2=k), (*left, s))
    return array, slots


def _told_apart(
    outputs: Sequence[int], operands: list[tuple[Array, tuple[int, ...]]], term: Term, sizes: Mapping[str, int]
) -> list[int]:
    """Outputs that stand for one index get indices of their own, joined by an identity."""
    own = list[int]()
    for s in outputs:
        if s in own:
            axis = next(a for x in term.factors for a, t in zip(x.head.axes, x.slots, strict=True) if t == s)
            twin = -len(own) - 1
            operands.append((np.eye(axis_size(axis, sizes), dtype=int).astype(object), (s, twin)))
            own.append(twin)
        else:
            own.append(s)
    return own


def _pairs(operands: list[Any]) -> list[tuple[Any, Any]]:
    return [(a, b) for k, a in enumerate(operands) for b in operands[:k]]


def _volume(pair: tuple[tuple[Array, tuple[int, ...]], tuple[Array, tuple[int, ...]]]) -> int:
    """How many products it takes to multiply two operands."""
    sizes = {s: n for array, slots in pair for s, n in zip(slots, array.shape, strict=True)}
    return math.prod(sizes.values())
