"""The question differentiated with one rule broken: what each is called.

Separate from `miswritten`, where the derivation was right and the result is written down wrongly. Ranks: 14 to 28 for
what names a cause, 32 to 36 for chain rules, products and inverses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.checks import bends, twists
from autograder.checks.candidates import Candidate, broken, differentiated, having, questions, slip
from autograder.checks.forward import Break
from autograder.checks.insight import Insight
from autograder.checks.miswritten import CHAIN, ELEMENTWISE, PRODUCT, SWAPPED, UNREVERSED, not_in_indices
from autograder.checks.trees import Path, Tree, walk


def _bends(insight: Insight) -> Sequence[tuple[Path, Tree]]:
    assert insight.subject is not None, "sound has seen to it"
    return list(bends.bends(insight.subject, insight.wrt))


def _bends_but_squares(insight: Insight) -> Sequence[tuple[Path, Tree]]:
    """Without squares of norms: there the missing slope has a name of its own."""
    return [(path, part) for path, part in _bends(insight) if part.parts[0].kind != "norm2"]


# --- the chain rule -------------------------------------------------------------------------------

slip(
    "inner-derivative-missing",
    32,
    CHAIN + "at {detail} the derivative of what stands inside is missing.",
    "subject",
    new=False,
)(broken(bends.without_inner, _bends))
slip(
    "inner-derivative-missing",
    32,
    CHAIN + "the slope of {detail} itself is missing.",
    "subject",
    new=False,
)(broken(bends.without_slope, _bends_but_squares))
slip(
    "derivative-at-output",
    32,
    "The slope of {detail} is taken at what comes out of it. It belongs to what goes in: phi'(z), not phi'(phi(z)).",
    "subject",
)(broken(bends.sloped_at_output, _bends))


@slip(
    "inner-point",
    32,
    "The slope of {detail}. It is taken at what goes directly into the function, all of it: phi'(Mx), not phi'(x).",
    "subject",
)
def _inner_point(insight: Insight) -> Iterator[Candidate]:
    for path, part in _bends(insight):
        inside = dict.fromkeys(p for _, p in walk(part.parts[0]) if p != part.parts[0] and p.kind != "number")
        for point in dict.fromkeys([*inside, Tree("name", 0, (), insight.wrt)]):
            if part.parts[0] != point:
                breaks: dict[Path, Break] = {path: bends.sloped_at(point)}
                yield f"`{part}` is taken at `{point}`", differentiated(breaks=breaks)


slip(
    "diagonal-only-softmax",
    14,
    "Only the diagonal of {detail} is there. Every output of a softmax depends on every input, through the sum it is "
    "divided by.",
    "subject",
    new=False,
)(broken(bends.diagonal_softmax, having("softmax")))
slip(
    "softmax-axis",
    28,
    "This is right for `{detail}`: the other axis. Along the axis that is named the entries add up to 1.",
    "subject",
)(questions(twists.other_axis))

# --- functions, transposes and products -----------------------------------------------------------

slip("product-transpose-unreversed", 28, UNREVERSED, "subject", new=False)(questions(twists.unreversed))
slip("sign", 36, "The minus of d inv(X) = -inv(X) dX inv(X) is missing at {detail}.", "subject", new=False)(
    broken(bends.inverse_without_minus, having("inv"))
)
slip("order-swapped", 33, SWAPPED, "subject", new=False)(questions(twists.swapped))
slip(
    "order-swapped",
    33,
    "In the product rule each differential stands beside the other factor: d(u v) = du v + u dv. At {detail} each "
    "stands beside its own.",
    "subject",
    new=False,
)(broken(bends.own_factors, having("*")))
slip(
    "order-swapped",
    33,
    "d inv(X) = -inv(X) dX inv(X) has dX in the middle; at {detail} both inverses stand on one side of it.",
    "subject",
    new=False,
)(broken(bends.scalar_inverse, having("inv")))
slip("elementwise-for-matmul", 34, ELEMENTWISE, "subject", new=False, when=not_in_indices)(
    questions(twists.elementwise)
)
slip("matmul-for-elementwise", 34, PRODUCT, "subject", new=False)(questions(twists.matrix_product))
slip(
    "trace-permuted",
    32,
    "This is right for `{detail}`. Under a trace the factors may go round in a ring, and no other order is equal.",
    "subject",
)(questions(twists.ring_permuted))
slip("norm-not-squared", 28, "This is right for `{detail}`, which is not squared.", "subject", new=False)(
    questions(twists.square_missing)
)
