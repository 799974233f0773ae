"""The mistakes that can be recognised from arrays alone, each registered under its tag.

Tags of this kind: ``transposed`` ``layout-flipped`` ``shape`` ``sign`` ``doubled`` ``halved`` ``scaled``
``not-symmetrised`` ``missing-term`` (a parameter taken as 0) ``norm-not-squared`` ``batch-not-summed``
``row-major-vec`` ``missing-commutation`` ``hessian-not-symmetrised`` ``vech-doubling`` ``diagonal-only-softmax``
``one-based-index`` ``flipped-kernel`` ``adjoint-is-inverse``.

Ranks: 10 to 29 for what names a cause, 30 for which way round, 40 to 60 for factors, 90 for what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import mcutils
from autograder.checks.bank import NO, YES, Case, any_fits, mistake, transform
from autograder.checks.compare import close

# --- which way round ------------------------------------------------------------------------------


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


@mistake(
    "flipped-kernel",
    24,
    "The filter is turned round. Here, as in deep learning, the kernel is not flipped: entry w of the filter meets "
    "position t*stride + w of the signal.",
)
def _flipped_kernel(case: Case) -> Sequence[str]:
    """Filters have their taps on the middle of three axes; one filter is a vector beside windows that were counted."""
    turned = []
    for position, symbol in enumerate(case.symbols):
        if len(symbol.axes) == 3 or (len(symbol.axes) == 1 and position != case.wrt and _derived_axes(case)):
            taps = len(symbol.axes) // 2
            wrong = case.right_with("flipped", position, np.flip(case.draw.args[position], taps))
            own = position == case.wrt and wrong.ndim >= 3
            turned += [np.flip(each, wrong.ndim - 2) for each in (wrong, case.want)] if own else [wrong]
    return any_fits(case, turned)


# --- forgotten parts ------------------------------------------------------------------------------


@mistake(
    "not-symmetrised",
    10,
    "Right for a symmetric {detail}, and here {detail} is not symmetric. The variable stands on both sides of "
    "{detail}: each place gives a term of its own, and the two terms differ.",
    frozenset({"gradient", "jacobian"}),
)
def _not_symmetrised(case: Case) -> Sequence[str]:
    """Right half-way between a parameter and its transpose, where the right answer is the same for both."""
    return _one_sided(case, 2)


def _one_sided(case: Case, weight: int) -> Sequence[str]:
    """Find the parameter M with (g(M) + g(M.T)) / weight = right(M), and right(M) = right(M.T), for an answer g."""
    if case.got.shape != case.want.shape:
        return NO
    for position, symbol in enumerate(case.symbols):
        if position == case.wrt or len(symbol.axes) != 2 or symbol.axes[0] != symbol.axes[1] or symbol.symmetric:
            continue
        turned = case.draw.args[position].T.copy()
        if not close(case.right_with("turned", position, turned), case.want, 1e-6):
            continue
        other = case.answer(case.replaced(position, turned))
        if close((case.got + other) / weight, case.want, 1e-6) and not close(case.got, other, 1e-6):
            return (symbol.name,)
    return NO


@mistake(
    "hessian-not-symmetrised",
    10,
    "A Hessian is symmetric, and this is not; its symmetric part is right. The variable stands in two places, "
    "and each gives a term.",
    frozenset({"hessian"}),
)
def _hessian_not_symmetrised(case: Case) -> Sequence[str]:
    got, half = case.got, case.got.ndim // 2
    if got.shape != case.want.shape or got.ndim % 2:
        return NO
    turned = np.moveaxis(got, range(half), range(-half, 0))
    return YES if not close(got, turned, 1e-6) and close((got + turned) / 2, case.want, 1e-6) else NO


@mistake(
    "not-symmetrised",
    10,
    "The gradient by a symmetric {detail} is symmetric, and this is not; its symmetric part is right.",
    frozenset({"gradient"}),
    new=False,
)
def _symmetric_part_missing(case: Case) -> Sequence[str]:
    symbol = case.symbols[case.wrt] if case.wrt is not None else None
    if symbol is None or not symbol.symmetric or case.got.shape != case.want.shape:
        return NO
    got = case.got
    return (symbol.name,) if close((got + got.T) / 2, case.want, 1e-6) and not close(got, got.T, 1e-6) else NO


@transform(
    "vech-doubling",
    12,
    "The off-diagonal entries are doubled: this counts each entry of the symmetric matrix once (G + G.T - diag(G)). "
    "Here the gradient is the symmetric G with df = <G, dS>.",
    frozenset({"gradient"}),
)
def _vech_doubling(case: Case) -> np.ndarray | None:
    if case.wrt is None or not case.symbols[case.wrt].symmetric:
        return None
    return np.asarray(2 * case.want - np.diag(np.diag(case.want)))


@mistake(
    "missing-term",
    26,
    "A term is missing: this is right for {detail} = 0. Find where {detail} stands, and differentiate that term too.",
)
def _missing_term(case: Case) -> Sequence[str]:
    if case.got.shape != case.want.shape:
        return NO
    for position, symbol in enumerate(case.symbols):
        if position != case.wrt:
            nothing = np.zeros_like(case.draw.args[position], dtype=float)[()]
            if case.fits(case.right_with("zero", position, nothing)):
                return (symbol.name,)
    return NO


@mistake(
    "missing-term",
    29,
    "A term is missing: the variable stands on both sides of {detail}, and only one of these places gives a term here. "
    "Differentiate at the other one too.",
    frozenset({"gradient", "jacobian"}),
    new=False,
)
def _one_side_missing(case: Case) -> Sequence[str]:
    """Right with what the answer gives for the transposed parameter added."""
    return _one_sided(case, 1)


@mistake(
    "norm-not-squared",
    14,
    "This is the derivative of the norm itself; the question has its square, whose derivative needs no root.",
    frozenset({"gradient"}),
)
def _norm_not_squared(case: Case) -> Sequence[str]:
    if case.function is None:
        return NO
    square = float(case.function(*(np.copy(arg) for arg in case.draw.args)))
    roots = [np.sqrt(c * square) for c in (1.0, 2.0) if square > 0]
    return any_fits(case, [case.want / (2 * roots[0]), case.want / roots[1]] if roots else [])


@transform(
    "diagonal-only-softmax",
    14,
    "Only the diagonal is there. Every output of a softmax depends on every input, through the sum it is divided by.",
    frozenset({"jacobian"}),
)
def _diagonal_only_softmax(case: Case) -> np.ndarray | None:
    square = case.want.ndim == 2 and case.want.shape[0] == case.want.shape[1]
    if not square or not close(case.want.sum(axis=0), np.zeros(len(case.want)), 1e-6):
        return None
    return np.diag(np.diag(case.want))


@mistake(
    "broadcast-not-reduced",
    15,
    "{detail} was broadcast: every copy of it has a derivative of its own here. {detail} is one, so these add up: sum "
    "over the axis that broadcasting has added.",
    frozenset({"gradient"}),
)
def _broadcast_not_reduced(case: Case) -> Sequence[str]:
    extra = case.got.ndim - case.want.ndim
    if case.wrt is None or extra < 1 or case.got.shape[extra:] != case.want.shape:
        return NO
    copies = np.broadcast_to(case.draw.args[case.wrt], case.got.shape)
    same = close(_question_at(case, case.wrt, copies), _question_at(case, case.wrt, case.draw.args[case.wrt]), 1e-9)
    summed = case.got.sum(axis=tuple(range(extra)))
    return (case.symbols[case.wrt].name,) if same and close(summed, case.want, 1e-6) else NO


def _question_at(case: Case, position: int, value: Any) -> np.ndarray:
    """The question's value with another array for one argument, which may have more axes than it should."""
    if case.insight is not None and case.insight.subject is not None:
        return case.insight.value(case, case.insight.subject, {case.symbols[position].name: value})
    assert case.function is not None, "a question with a variable has a function"
    return np.asarray(case.function(*(np.copy(arg) for arg in case.replaced(position, value))))


@mistake(
    "batch-not-summed",
    16,
    "There is one array for each data point here; their {detail} would be right. The loss adds up over the data, "
    "so its derivative does too.",
    frozenset({"gradient", "value"}),
)
def _batch_not_summed(case: Case) -> Sequence[str]:
    shape = case.got.shape
    extra = [axis for axis, n in enumerate(shape) if n > 1 and shape[:axis] + shape[axis + 1 :] == case.want.shape]
    for detail, reduce in (("sum", np.sum), ("mean", np.mean)):
        if any(close(reduce(case.got, axis=axis), case.want, 1e-6) for axis in extra):
            return (detail,)
    return NO


@mistake(
    "one-based-index",
    18,
    "Off by one: mathematics counts from 1, code from 0. y_3 is y[2].",
    frozenset({"value"}),
)
def _one_based_index(case: Case) -> Sequence[str]:
    whole = bool(np.all(case.want == np.round(case.want))) and case.want.size > 0
    return any_fits(case, [case.want + 1, case.want - 1]) if whole and case.want.size <= 8 else NO


@transform(
    "adjoint-is-inverse",
    14,
    "This undoes the map instead of transposing it: where windows overlap, an adjoint adds and does not average.",
    frozenset({"adjoint"}),
)
def _adjoint_is_inverse(case: Case) -> np.ndarray | None:
    if case.function is None:
        return None
    counts = case.reference(case.replaced(0, case.function(np.ones_like(case.want), *case.draw.args[1:])))
    return np.asarray(case.want / counts) if bool(np.all(counts > 0)) and bool(np.any(counts > 1)) else None


# --- windows --------------------------------------------------------------------------------------


@mistake(
    "off-by-one-window",
    24,
    "{detail} A signal of length s has (s - w) // stride + 1 windows of width w, and the first one begins at entry 0.",
    frozenset({"value", "adjoint", "jacobian"}),
)
def _off_by_one_window(case: Case) -> Sequence[str]:
    """One window too few or too many, or all windows moved by one."""
    for axis in _derived_axes(case):
        got, want = np.moveaxis(case.got, axis, 0), np.moveaxis(case.want, axis, 0)
        if got.shape[1:] != want.shape[1:] or len(want) < 3 or not np.any(want[1:-1]):
            continue
        for shorter, longer, said in ((got, want, "One window is missing."), (want, got, "One window is too many.")):
            if len(shorter) == len(longer) - 1 and any(
                close(shorter, part, 1e-6) for part in (longer[1:], longer[:-1])
            ):
                return (said,)
        moved = len(got) == len(want) and (close(got[:-1], want[1:], 1e-6) or close(got[1:], want[:-1], 1e-6))
        if moved:
            return ("The windows are moved by one.",)
    return NO


@mistake(
    "wrong-stride",
    24,
    "The windows are right, but stand {detail} Window t begins at entry t * stride.",
    frozenset({"value", "adjoint", "jacobian"}),
)
def _wrong_stride(case: Case) -> Sequence[str]:
    for axis in _derived_axes(case):
        got, want = np.moveaxis(case.got, axis, 0), np.moveaxis(case.want, axis, 0)
        for stride in (2, 3, 4):
            if len(want) > 1 and close(got[::stride][: len(want)], want, 1e-6) and len(got) > len(want):
                return ("too close: the stride is missing.",)
            if len(got) > 1 and close(got, want[::stride][: len(got)], 1e-6) and len(got) < len(want):
                return ("too far apart: the stride is too large.",)
    return NO


def _derived_axes(case: Case) -> list[int]:
    """The axes that are no argument's: positions of windows are counted, and belong to no array that was given."""
    given = {length for symbol in case.symbols for length in symbol.shape(case.draw.lengths)}
    if case.got.ndim != case.want.ndim:
        return []
    return [axis for axis, length in enumerate(case.want.shape) if length not in given or case.kind == "adjoint"]


# --- factors --------------------------------------------------------------------------------------


@transform(
    "sign", 40, "Right but for the sign, which is the opposite one. Look for the minus that was lost, or taken twice."
)
def _sign(case: Case) -> np.ndarray | None:
    return -case.want


@transform(
    "doubled", 50, "Exactly twice the right answer. Look for a factor 1/2 in the question, or a term counted twice."
)
def _doubled(case: Case) -> np.ndarray | None:
    return 2 * case.want


@transform(
    "halved", 50, "Exactly half of the right answer. The variable may stand in two places, or a square lost its 2."
)
def _halved(case: Case) -> np.ndarray | None:
    return case.want / 2


@mistake(
    "scaled",
    60,
    "Right up to a factor: it is {detail} times what it should be. Look for a constant lost or added.",
)
def _scaled(case: Case) -> Sequence[str]:
    if case.got.shape != case.want.shape or not np.any(case.want) or not np.any(case.got):
        return NO
    factor = float(np.vdot(case.want, case.got) / np.vdot(case.want, case.want))
    if not case.fits(factor * case.want) or (case.want.size == 1 and not case.symbols):
        return NO
    return (f"{factor:.5g}", *factor_in_axes(factor, case.draw.lengths))


def factor_in_axes(factor: float, lengths: Mapping[str, int]) -> list[str]:
    """Write a factor as a small multiple of an axis length or of its inverse, wherever that is what it is."""
    texts = []
    for axis, length in lengths.items():
        for multiple in (1, 2, -1, -2):
            prefix = {1: "", -1: "-"}.get(multiple, f"{multiple}*")
            if np.isclose(factor, multiple * length, rtol=1e-6):
                texts.append(f"{prefix}{axis}")
            if abs(multiple) == 2 and np.isclose(factor, length / multiple, rtol=1e-6):
                texts.append(f"{axis}/2" if multiple > 0 else f"-{axis}/2")
            if np.isclose(factor, multiple / length, rtol=1e-6):
                texts.append(f"{multiple}/{axis}")
    return texts


# --- another function -----------------------------------------------------------------------------


@mistake(
    "not-a-derivative-of-this",
    62,
    "This is not the derivative that is asked for: it is {detail}.",
    frozenset({"gradient", "jacobian"}),
)
def _another_function(case: Case) -> Sequence[str]:
    if case.function is None:
        return NO
    value = np.asarray(case.function(*(np.copy(arg) for arg in case.draw.args)), dtype=float)
    if case.fits(value):
        return ("the function itself",)
    squared = value.ndim == 0 and case.fits(2 * value * case.want)
    return ("the derivative of the function's square",) if squared else NO


# --- the last resort ------------------------------------------------------------------------------


@mistake("shape", 90, "{detail}")
def _shape(case: Case) -> Sequence[str]:
    """The check says the shapes themselves, since it knows the axis names."""
    if case.got.shape == case.want.shape:
        return NO
    same = [n for n in case.got.shape if n > 1] == [n for n in case.want.shape if n > 1]
    return ("An axis of length 1 is too many: take it away.",) if same and case.got.ndim > case.want.ndim else YES
