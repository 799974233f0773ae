"""Answers that stand the wrong way round, recognised from arrays alone.

Tags: ``transposed`` ``layout-flipped`` ``row-major-vec`` ``missing-commutation``. Ranks: 20 to 22 for what names a
cause, 30 for which way round, 61 for a value that may have a more telling name.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import mcutils
from autograder.checks.bank import NO, YES, Case, any_fits, mistake


@mistake(
    "transposed",
    30,
    "The numbers are right but stand the wrong way round: this is the {detail}.",
    frozenset({"gradient", "adjoint"}),
)
def _transposed(case: Case) -> Sequence[str]:
    if case.kind == "adjoint" and case.function is not None:
        forward = np.asarray(case.function(*case.draw.args))
        return ("map itself; the adjoint of a matrix is its transpose",) if case.fits(forward) else NO
    turned = case.want.ndim == 2 and case.fits(case.want.T)
    return ("transpose. A gradient has its variable's shape",) if turned else NO


@mistake("transposed", 61, "This is the transpose of the right array.", frozenset({"value"}), new=False)
def _transposed_value(case: Case) -> Sequence[str]:
    return YES if case.want.ndim == 2 and case.got.shape == case.want.shape and case.fits(case.want.T) else NO


@mistake(
    "layout-flipped",
    30,
    "These are the right numbers in the other layout: rows and columns have changed places. "
    "Say which axis belongs to the outputs, and look again at the layout that is asked for.",
    frozenset({"jacobian"}),
)
def _layout_flipped(case: Case) -> Sequence[str]:
    if case.wrt is None or case.want.ndim < 2:
        return NO
    splits = {1} if case.want.ndim == 2 else {n := len(case.symbols[case.wrt].axes), case.want.ndim - n}
    return any_fits(case, [np.moveaxis(case.want, range(k), range(-k, 0)) for k in splits if 0 < k < case.want.ndim])


@mistake(
    "row-major-vec",
    20,
    "This is right for rows laid end to end; vec stacks columns. "
    'NumPy\'s own ravel() goes along rows: write ravel(order="F"), or mcutils.vec.',
    frozenset({"vec", "hessian", "value"}),
)
def _row_major_vec(case: Case) -> Sequence[str]:
    if case.want.ndim == 1:
        return any_fits(case, [case.want[order] for order in _row_orders(case, case.want.size)])
    if case.want.ndim != 2 or case.kind == "value":
        return NO
    rows, columns = (_row_orders(case, size) for size in case.want.shape)
    return any_fits(case, [case.want[np.ix_(p, q)] for p in rows for q in columns])


def _row_orders(case: Case, size: int) -> list[np.ndarray]:
    """Return, for each way to see ``size`` entries as a matrix, where its rows stand in the stacked columns."""
    lengths = set(case.draw.lengths.values())
    shapes = [(m, size // m) for m in lengths if size % m == 0 and size // m in lengths]
    return [np.arange(size).reshape(shape, order="F").ravel() for shape in shapes]


@mistake(
    "missing-commutation",
    22,
    "This is right up to a commutation matrix: vec of a transpose is K @ vec. Look for a d(X.T) in your steps.",
    frozenset({"vec", "hessian", "value"}),
)
def _missing_commutation(case: Case) -> Sequence[str]:
    """A commutation matrix too few or too many on one side, or on both."""
    if case.want.ndim != 2:
        return NO
    rows, columns = (_commutations(case, size) for size in case.want.shape)
    both = [K @ case.want @ L for K in rows for L in columns]
    return any_fits(case, [K @ case.want for K in rows] + [case.want @ L for L in columns] + both)


def _commutations(case: Case, size: int) -> list[np.ndarray]:
    """The commutation matrices of an axis that is a stacked matrix, of the variable's shape or of two axes."""
    if case.wrt is not None:
        shape = case.symbols[case.wrt].shape(case.draw.lengths)
        shapes = [shape] if len(shape) == 2 and shape[0] * shape[1] == size else []
    else:
        lengths = set(case.draw.lengths.values())
        shapes = [(m, size // m) for m in lengths if size % m == 0 and size // m in lengths]
    return [K for m, n in shapes for K in (mcutils.commutation_matrix(m, n), mcutils.commutation_matrix(n, m))]
