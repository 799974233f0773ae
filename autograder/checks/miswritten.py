"""The right answer with one slip of the pen: what each is called.

Separate from `broken`, which breaks the derivation and not its result. Each rule of `twists` is tried on every form in
which the right answer may be written: as the engine prints it, by places of the variable, and with its brackets opened.
Ranks: 19 to 28 for what names a cause, 31 to 37 for products, 65 to 72 for what is left.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checks import factors, forgotten, trees, turned, twists  # noqa: F401 - they bring tags that are earned here again
from autograder.checks.bank import Case
from autograder.checks.candidates import Candidate, Wrong, answered, answers, slip
from autograder.checks.insight import Insight
from autograder.checks.trees import Tree, walk


def right_shape(case: Case) -> bool:
    """What changes the shape is told of the shape, where nothing says more."""
    return case.got.shape == case.want.shape


def not_in_indices(case: Case) -> bool:
    """Index notation has no @ and no *: there a sum that is lost has another name."""
    return case.insight is None or not case.insight.indices


UNREVERSED = (
    "The order of the factors is kept in `{detail}`. The transpose of a product, and its inverse, reverse it: "
    "(A B).T = B.T A.T."
)
SWAPPED = "Two factors have changed places: here stands `{detail}`. Matrices do not commute; keep their order."
ELEMENTWISE = "Here stands `{detail}`, entry by entry, where a matrix product belongs: write @."
PRODUCT = "Here stands the product `{detail}` where the entries are multiplied one by one: write *."
CHAIN = "The chain rule has a factor for every map on the way; "
_KRON = (
    "The factors of the Kronecker product are exchanged: here stands `{detail}`. vec(A X B) = kron(B.T, A) @ vec(X)."
)
# --- inverses and transposes ----------------------------------------------------------------------

slip(
    "inverse-not-transposed",
    28,
    "Here stands `{detail}` where its transpose belongs. What stands before dX in a trace is the transpose of the "
    "gradient, and what stands behind dX under vec comes first in a Kronecker product, transposed.",
    "answer",
)(answers(twists.inverse_not_transposed))
slip("missing-inverse", 28, "Here stands `{detail}` where its inverse belongs.", "answer")(
    answers(twists.inverse_missing)
)
slip(
    "elementwise-inverse",
    28,
    "Here stands `{detail}`, the reciprocal of each entry. The inverse of a matrix is another thing: write inv, or "
    "np.linalg.inv.",
    "answer",
)(answers(twists.inverse_elementwise))
slip("product-transpose-unreversed", 28, UNREVERSED, "answer")(answers(twists.unreversed))
# --- products -------------------------------------------------------------------------------------

slip(
    "chain-reversed",
    31,
    "The factors stand in reverse order. With outputs in rows the last map comes first: look at the shapes, and at the "
    "layout that is asked for.",
    "answer",
    frozenset({"jacobian"}),
)(lambda insight: iter([("", answered(twists.reversed_chains(insight.answer or trees.number(0))))]))
slip("order-swapped", 33, SWAPPED, "answer")(answers(twists.swapped))
slip("elementwise-for-matmul", 34, ELEMENTWISE, "answer", when=not_in_indices)(answers(twists.elementwise))
slip("matmul-for-elementwise", 34, PRODUCT, "answer")(answers(twists.matrix_product))
slip(
    "transposed",
    35,
    "One factor is the wrong way round: here stands `{detail}`.",
    "answer",
    new=False,
)(answers(twists.turned_factor))
slip(
    "inner-derivative-missing",
    37,
    CHAIN + "here is only `{detail}`, and the factor before or after it is missing.",
    "answer",
)(answers(twists.end_factor_missing))
slip(
    "missing-commutation",
    22,
    "This is right up to a commutation matrix: here stands `{detail}`. vec of a transpose is K @ vec.",
    "answer",
    new=False,
)(answers(twists.commutation_missing))

# rows laid end to end exchange the factors too: who typed a kron is told of the kron first, who computed, of the rows
slip("kron-swapped", 19, _KRON, "answer", when=lambda case: case.typed)(answers(twists.kron_swapped))
slip("kron-swapped", 21, _KRON, "answer", new=False, when=lambda case: not case.typed)(answers(twists.kron_swapped))

# --- what is left: one place ----------------------------------------------------------------------

slip(
    "missing-term",
    65,
    "A term in a bracket is missing: here stands `{detail}` alone.",
    "answer",
    new=False,
    when=right_shape,
)(answers(twists.term_missing))
slip("sign", 65, "One sign is wrong: here stands `{detail}`.", "answer", new=False, when=right_shape)(
    answers(twists.sign_changed)
)
slip(
    "doubled", 65, "One term is twice what it should be: here stands `{detail}`.", "answer", new=False, when=right_shape
)(answers(twists.term_doubled))
slip(
    "scaled",
    66,
    "Right but for a factor that is lost or in the wrong place: here stands `{detail}`.",
    "answer",
    new=False,
    when=right_shape,
)(answers(twists.scalar_missing))


def _times(scalar: Tree, exponent: int) -> Wrong:
    return lambda case, insight: np.asarray(case.want * insight.value(case, scalar) ** exponent)


@slip(
    "scaled",
    66,
    "Right up to a factor that is no number: it is {detail} what it should be.",
    "answer",
    new=False,
    when=right_shape,
)
def _scalars(insight: Insight) -> Iterator[Candidate]:
    """Where the answer is a number too, only its symbols are tried: any number is itself times a part of the answer."""
    found = [part for tree in (*insight.forms[:1], insight.subject) if tree for _, part in walk(tree)]
    if any(form.rank == 0 for form in insight.forms[:1]):
        found = [part for part in found if not part.parts]
    for scalar in dict.fromkeys(part for part in found if part.rank == 0 and trees.names(part)):
        yield f"`{scalar}` times", _times(scalar, 1)
        yield f"1/`{scalar}` times", _times(scalar, -1)


_NUMBER = "Right but for a number that is lost, or another one: here stands `{detail}`."
slip("scaled", 66, _NUMBER, "answer", new=False, when=right_shape)(answers(twists.number_missing))
slip("scaled", 66, _NUMBER, "answer", new=False, when=right_shape)(answers(twists.number_changed))
slip("wrong-exponent", 67, "Right but for an exponent: here stands `{detail}`.", "answer", when=right_shape)(
    answers(twists.exponent_changed)
)
_FUNCTION = "Right but for a function: here stands `{detail}`, where another function belongs"
slip("wrong-function", 68, _FUNCTION + ".", "answer", when=right_shape)(answers(twists.function_changed))
slip("wrong-function", 68, _FUNCTION + " around it.", "answer", new=False, when=right_shape)(
    answers(twists.function_missing)
)
slip("missing-factor", 69, "A factor is missing: here stands `{detail}` alone.", "answer", when=right_shape)(
    answers(twists.factor_missing)
)


@slip("wrong-symbol", 70, "Right but for one symbol: {detail}.", "answer", when=right_shape)
def _symbols(insight: Insight) -> Iterator[Candidate]:
    """Symbols of the same axes are taken for each other."""
    for form in insight.forms:
        for name in sorted(trees.names(form) & set(insight.sizes)):
            for other in insight.twins(name):
                for _, tree in twists.changes(form, twists.symbol_changed(name, other)):
                    yield f"`{other}` stands where `{name}` belongs", answered(tree)
