"""Operations on expressions, with NumPy's meaning: each writes its result in indices and lets normal form do the rest.

Arguments are known to fit (the readers check shapes, where they can name the text at fault); only `aligned` can refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mcutils._errors import ShapeError
from mcutils._symbolic.core import (
    Axis,
    Factor,
    Head,
    Tensor,
    Term,
    applied,
    bracket,
    delta,
    fresh,
    fuse,
    ones,
    opened,
    permuted,
    product_axis,
    tensor,
)


def closed(free: Sequence[int], axes: Sequence[Axis], *factors: Factor, scale: Fraction | int = 1) -> Tensor:
    """One term, closed over its free indices."""
    return tensor(free, axes, [Term(Fraction(scale), factors)])


def aligned(a: Tensor, b: Tensor) -> tuple[list[int], list[Axis], list[int], list[int]]:
    """Broadcast two shapes: the result's indices and axes, and the indices of a and b (right-aligned, by axis name)."""
    rank = max(len(a.axes), len(b.axes))
    free, axes = [fresh() for _ in range(rank)], list[Axis]()
    padded = [(*[1] * (rank - len(t.axes)), *t.axes) for t in (a, b)]
    for one, other in zip(*padded, strict=True):
        if one != other and 1 not in (one, other):
            raise ShapeError(f"the axes {one} and {other} differ")
        axes.append(other if one == 1 else one)
    slots = [
        [s if t.axes[k - rank] == axes[k] else fresh() for k, s in enumerate(free) if k >= rank - len(t.axes)]
        for t in (a, b)
    ]
    return free, axes, slots[0], slots[1]


def add(a: Tensor, b: Tensor) -> Tensor:
    """a + b, broadcast."""
    free, axes, at_a, at_b = aligned(a, b)
    return tensor(free, axes, opened(a, at_a) + opened(b, at_b))


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """a * b, entry by entry, broadcast."""
    free, axes, at_a, at_b = aligned(a, b)
    return closed(free, axes, *bracket(a, at_a), *bracket(b, at_b))


def scale(a: Tensor, by: Fraction | int) -> Tensor:
    """A number times a."""
    free = [fresh() for _ in a.axes]
    return closed(free, a.axes, *bracket(a, free), scale=by)


def power(a: Tensor, exponent: Fraction) -> Tensor:
    """Every entry of a to a power."""
    free = [fresh() for _ in a.axes]
    return closed(free, a.axes, *applied("pow", a, free, exponent))


def function(kind: str, a: Tensor, parameter: int | None = None) -> Tensor:
    """An elementwise function, softmax, inv, det or logdet of a."""
    free = [fresh() for _ in a.axes]
    kept = [] if kind in {"det", "logdet"} else free
    return closed(kept, a.axes[: len(kept)], *applied(kind, a, free, parameter))


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """a @ b for vectors and matrices."""
    i, j, k = fresh(), fresh(), fresh()
    left, right = ([i, j] if len(a.axes) == 2 else [j]), ([j, k] if len(b.axes) == 2 else [j])
    return closed(left[:-1] + right[1:], a.axes[:-1] + b.axes[1:], *bracket(a, left), *bracket(b, right))


def transpose(a: Tensor) -> Tensor:
    """The axes in reverse order."""
    return permuted(a, range(len(a.axes))[::-1])


def trace(a: Tensor) -> Tensor:
    """The sum of the diagonal."""
    i = fresh()
    return closed([], [], *bracket(a, [i, i]))


def total(a: Tensor, axis: int | None = None) -> Tensor:
    """The sum of all entries, or over one axis."""
    free = [fresh() for _ in a.axes]
    kept = [k for k in range(len(free)) if axis is not None and k != axis]
    return closed([free[k] for k in kept], [a.axes[k] for k in kept], *bracket(a, free))


def diagonal(a: Tensor) -> Tensor:
    """The diagonal matrix of a vector, or the diagonal of a matrix."""
    i, j = fresh(), fresh()
    if len(a.axes) == 2:
        return closed([i], a.axes[:1], *bracket(a, [i, i]))
    return closed([i, j], a.axes * 2, *bracket(a, [i]), delta(a.axes[0], i, j))


def outer(a: Tensor, b: Tensor) -> Tensor:
    """The products of every entry of a vector with every entry of another."""
    i, j = fresh(), fresh()
    return closed([i, j], a.axes + b.axes, *bracket(a, [i]), *bracket(b, [j]))


def norm2(a: Tensor) -> Tensor:
    """The square root of the sum of squares of all entries."""
    free = [fresh() for _ in a.axes]
    return power(closed([], [], *bracket(a, free), *bracket(a, free)), Fraction(1, 2))


def identity(axis: Axis) -> Tensor:
    """The identity matrix."""
    i, j = fresh(), fresh()
    return closed([i, j], [axis, axis], delta(axis, i, j))


def constant(axes: Sequence[Axis], value: int) -> Tensor:
    """An array with one value everywhere."""
    free = [fresh() for _ in axes]
    return closed(free, axes, *(ones(a, i) for a, i in zip(axes, free, strict=True)), scale=value)


def axis_size(axis: Axis) -> Tensor:
    """The size of an axis, as a scalar."""
    return closed([], [], ones(axis, fresh()))


def vec(a: Tensor) -> Tensor:
    """The columns of a matrix, stacked; a vector is its own vec, a scalar a vector of one entry."""
    return grouped(a, [range(len(a.axes))])


def grouped(a: Tensor, groups: Sequence[Sequence[int]]) -> Tensor:
    """Stack groups of axes, each into one (first axis fastest); a group of none becomes an axis of size 1."""
    slots = [fresh() for _ in a.axes]
    free, axes, fusing = list[int](), list[Axis](), list[Factor]()
    for group in groups:
        parts = [a.axes[k] for k in group]
        axes.append(product_axis(parts))
        free.append(slots[group[0]] if len(group) == 1 else fresh())
        if len(group) > 1:
            fusing.append(fuse(free[-1], [slots[k] for k in group], parts))
    return tensor(free, axes, [Term(t.coefficient, (*t.factors, *fusing)) for t in opened(a, slots)])


def kron(a: Tensor, b: Tensor) -> Tensor:
    """The Kronecker product of two matrices: kron(B.T, A) @ vec(X) = vec(A @ X @ B)."""
    (i, j), (k, m), p, q = (fresh(), fresh()), (fresh(), fresh()), fresh(), fresh()
    rows, columns = (b.axes[0], a.axes[0]), (b.axes[1], a.axes[1])
    return closed(
        [p, q],
        [product_axis(rows), product_axis(columns)],
        *bracket(a, [i, j]),
        *bracket(b, [k, m]),
        fuse(p, (k, i), rows),
        fuse(q, (m, j), columns),
    )


def commutation(m: Axis, n: Axis) -> Tensor:
    """The matrix that takes vec(A) to vec(A.T) for A of m x n."""
    p, q, i, j = fresh(), fresh(), fresh(), fresh()
    axis = product_axis((m, n))
    return closed([p, q], [axis, axis], fuse(p, (j, i), (n, m)), fuse(q, (i, j), (m, n)))


def duplication(n: Axis) -> Tensor:
    """The matrix that takes vech(S) to vec(S) for symmetric S of n x n."""
    p, i, j, t = fresh(), fresh(), fresh(), fresh()
    half = f"tri({n})"
    triangle = Factor(Head("tri", (n, n, half)), (i, j, t))
    return closed([p, t], [product_axis((n, n)), half], fuse(p, (i, j), (n, n)), triangle)
