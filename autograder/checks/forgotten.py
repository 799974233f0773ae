"""Answers in which a part is forgotten, recognised from arrays alone.

Tags: ``not-symmetrised`` ``hessian-not-symmetrised`` ``vech-doubling`` ``missing-term`` (a parameter taken as 0)
``norm-not-squared`` ``diagonal-only-softmax`` ``broadcast-not-reduced`` ``batch-not-summed`` ``one-based-index``.
Ranks: 10 to 29, for each names a cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checks.bank import EVERY_KIND, NO, YES, Case, any_fits, mistake, transform
from autograder.checks.compare import close


@mistake(
    "not-symmetrised",
    10,
    "Right for a symmetric {detail}, and here {detail} is not symmetric. The variable stands on both sides of "
    "{detail}: each place gives a term of its own, and the two terms differ.",
    frozenset({"gradient", "jacobian"}),
)
def _not_symmetrised(case: Case) -> Sequence[str]:
    """Right half-way between a parameter and its transpose, where the right answer is the same for both."""
    return NO if _symmetric_part_missing(case) else _one_sided(case, 2)


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


def _missing_term(case: Case) -> Sequence[str]:
    if case.got.shape != case.want.shape:
        return NO
    for position, symbol in enumerate(case.symbols):
        if position != case.wrt:
            nothing = np.zeros_like(case.draw.args[position], dtype=float)[()]
            if case.fits(case.right_with("zero", position, nothing)) and _adds_up(case, position):
                return (symbol.name,)
    return NO


def _adds_up(case: Case, position: int) -> bool:
    """Whether what a parameter gives is added: it grows like a power of the parameter, as no lost factor would."""
    quarters = [
        case.right_with(f"{k}/4", position, np.multiply(case.draw.args[position], k / 4)[()]) - case.got
        for k in (1, 2, 3)
    ]
    return close(4 * quarters[2] - 6 * quarters[1] + 4 * quarters[0], case.want - case.got, 1e-6)


_RIGHT_AT_ZERO = "A term is missing: this is right for {detail} = 0. Find where {detail} stands"
mistake("missing-term", 26, f"{_RIGHT_AT_ZERO}, and differentiate that term too.", EVERY_KIND - {"value"})(
    _missing_term
)
mistake("missing-term", 26, f"{_RIGHT_AT_ZERO}.", frozenset({"value"}), new=False)(_missing_term)


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


def _unsummed(case: Case) -> Sequence[str]:
    shape = case.got.shape
    extra = [axis for axis, n in enumerate(shape) if n > 1 and shape[:axis] + shape[axis + 1 :] == case.want.shape]
    for detail, reduce in (("sum", np.sum), ("mean", np.mean)):
        if any(close(reduce(case.got, axis=axis), case.want, 1e-6) for axis in extra):
            return (detail,)
    return NO


mistake(
    "batch-not-summed",
    16,
    "There is one array for each data point here; their {detail} would be right. The loss adds up over the data, "
    "so its derivative does too.",
    frozenset({"gradient"}),
)(_unsummed)
mistake(
    "batch-not-summed",
    16,
    "There is an axis too many here, and the {detail} over it would be right: something is left unsummed. An index is "
    "summed where it stands once up and once down; a letter of einsum, where the result does not have it.",
    frozenset({"value"}),
    new=False,
)(_unsummed)


@mistake(
    "one-based-index",
    18,
    "Off by one: mathematics counts from 1, code from 0. y_3 is y[2].",
    frozenset({"value"}),
)
def _one_based_index(case: Case) -> Sequence[str]:
    whole = bool(np.all(case.want == np.round(case.want))) and case.want.size > 0
    return any_fits(case, [case.want + 1, case.want - 1]) if whole and case.want.size <= 8 else NO
