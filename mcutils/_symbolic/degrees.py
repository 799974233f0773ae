"""How large the degrees of an expression can be, as a rational function of the entries of its symbols."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from mcutils._symbolic.arrays import axis_size
from mcutils._symbolic.core import ELEMENTWISE, Head, Tensor


def degree(f: Tensor, sizes: Mapping[str, int], known: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """Bounds on the degrees of numerator and denominator of an expression's entries, over one common denominator."""
    if f.key not in known:
        terms = []
        for term in f.terms:
            parts = [_head_degree(factor.head, sizes, known) for factor in term.factors]
            terms.append((sum(n for n, _ in parts), sum(d for _, d in parts)))
        below = sum(d for _, d in terms)
        known[f.key] = max((n + below - d for n, d in terms), default=0), below
    return known[f.key]


def _head_degree(head: Head, sizes: Mapping[str, int], known: dict[str, tuple[float, float]]) -> tuple[float, float]:
    if head.inner is None:
        return float(head.kind == "symbol"), 0.0
    above, below = degree(head.inner, sizes, known)
    n = axis_size(head.inner.axes[0], sizes) if head.inner.axes else 1
    if head.kind == "sum":
        return above, below
    if head.kind == "pow" and isinstance(head.parameter, Fraction) and head.parameter.denominator == 1:
        k = float(abs(head.parameter))
        return (k * above, k * below) if head.parameter > 0 else (k * below, k * above)
    if head.kind == "inv":
        return below + (n - 1) * above, n * above
    if head.kind == "det":
        return n * above, n * below
    return (4.0, 4.0) if head.kind in ELEMENTWISE | {"softmax"} else (1.0, 0.0)
