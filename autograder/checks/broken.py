"""The question with one rule broken, and the right answer with one slip of the pen: what each is called.

Separate from `arrays`, which needs no formula. Each entry makes wrong answers from the question's own trees, lazily,
in the order of ranks, and each is held against the learner's array on every draw. Ranks: 19 to 28 for what names a
cause, 31 to 37 for products and chain rules, 62 to 66 for what is left.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from autograder.checks import arrays, trees, twists  # noqa: F401 - arrays brings the tags that are earned here again
from autograder.checks.bank import EVERY_KIND, Case, Diagnosis, Kind, Mistake, enter
from autograder.checks.compare import close
from autograder.checks.forward import Break
from autograder.checks.insight import Insight
from autograder.checks.trees import Path, Tree, walk

MOST = 48  # candidates of one entry
NOTHING: Mapping[Path, Break] = {}
TENSORS: frozenset[Kind] = frozenset({"gradient", "jacobian", "vec", "value"})

Wrong = Callable[[Case, Insight], np.ndarray]
Candidate = tuple[str, Wrong]
Source = Callable[[Insight], Iterator[Candidate]]


def slip(
    tag: str,
    rank: int,
    message: str,
    of: str,
    kinds: frozenset[Kind] = EVERY_KIND,
    new: bool = True,
    when: Callable[[Case], bool] = lambda case: True,
) -> Callable[[Source], Source]:
    """Register a source of wrong answers.

    Args:
        tag: its name.
        rank: how general it is.
        message: the sentence for the learner, with ``{detail}``.
        of: what is broken, ``subject`` or ``answer``: only where it is right unbroken does it count.
        kinds: what it applies to.
        new: whether this brings the tag, or is another way to earn it.
        when: of which cases it is told.
    """

    def register(source: Source) -> Source:
        def search(cases: Sequence[Case]) -> Diagnosis | None:
            insight = cases[0].insight
            if insight is None or not when(cases[0]) or not insight.sound(cases[0], of):
                return None
            if source not in insight.candidates:
                insight.candidates[source] = tuple(islice(source(insight), MOST))
            for k, (detail, wrong) in enumerate(insight.candidates[source]):
                if all(case.fits(_made(case, insight, (source, k), wrong)) for case in cases):
                    return Diagnosis(tag, message.format(detail=detail), (tag,))
            return None

        enter(Mistake(tag, rank, kinds, search), new)
        return source

    return register


def _made(case: Case, insight: Insight, key: object, wrong: Wrong) -> np.ndarray | None:
    """The candidate's array here, made once; None where it has none, or is the right answer."""
    if key not in case.memo:
        try:
            array = wrong(case, insight)
            case.memo[key] = None if close(array, case.want, 1e-9) else array
        except Exception:  # shapes do not fit, or a matrix has no inverse: nobody can have answered this
            case.memo[key] = None
    made: np.ndarray | None = case.memo[key]
    return made


def _answered(tree: Tree) -> Wrong:
    return lambda case, insight: insight.answered(case, tree)


def _differentiated(tree: Tree | None = None, wrt: str | None = None, breaks: Mapping[Path, Break] = NOTHING) -> Wrong:
    return lambda case, insight: insight.differentiated(case, tree, wrt, breaks=breaks)


def _compiled(function: Callable[..., np.ndarray]) -> Wrong:
    return lambda case, insight: insight.called(case, function)


def _times(scalar: Tree, exponent: int) -> Wrong:
    return lambda case, insight: np.asarray(case.want * insight.value(case, scalar) ** exponent)


def _answers(rule: twists.Rule) -> Source:
    """The printed right answer with a rule of `twists` applied."""

    def source(insight: Insight) -> Iterator[Candidate]:
        assert insight.answer is not None, "sound has seen to it"
        for detail, tree in twists.changes(insight.answer, rule):
            yield detail, _answered(tree)

    return source


def _questions(rule: twists.Rule) -> Source:
    """The derivative of the question with a rule of `twists` applied."""

    def source(insight: Insight) -> Iterator[Candidate]:
        assert insight.subject is not None, "sound has seen to it"
        for detail, tree in twists.changes(insight.subject, rule):
            yield detail, _differentiated(tree)

    return source


def _broken(rule: Break, places: Callable[[Insight], Sequence[tuple[Path, Tree]]]) -> Source:
    """The question differentiated with a rule broken, at each place and at all of them."""

    def source(insight: Insight) -> Iterator[Candidate]:
        found = places(insight)
        for chosen in [[place] for place in found] + ([found] if len(found) > 1 else []):
            breaks = {path: rule for path, _ in chosen}
            shown = " and ".join(f"`{part}`" for _, part in chosen)
            yield shown, _differentiated(breaks=breaks)

    return source


def _bends(insight: Insight) -> Sequence[tuple[Path, Tree]]:
    assert insight.subject is not None, "sound has seen to it"
    return list(twists.bends(insight.subject, insight.wrt))


def _bends_but_squares(insight: Insight) -> Sequence[tuple[Path, Tree]]:
    """Without squares of norms: there the missing slope has a name of its own."""
    return [(path, part) for path, part in _bends(insight) if part.parts[0].kind != "norm2"]


def _not_in_indices(case: Case) -> bool:
    """Index notation has no @ and no *: there a sum that is lost has another name."""
    return case.insight is None or not case.insight.indices


def _having(*kinds: str) -> Callable[[Insight], Sequence[tuple[Path, Tree]]]:
    def places(insight: Insight) -> Sequence[tuple[Path, Tree]]:
        assert insight.subject is not None, "sound has seen to it"
        return [
            (path, part)
            for path, part in walk(insight.subject)
            if part.kind in kinds and insight.wrt in trees.names(part)
        ]

    return places


# --- the chain rule -------------------------------------------------------------------------------

_CHAIN = "The chain rule has a factor for every map on the way; "

slip(
    "inner-derivative-missing",
    32,
    _CHAIN + "at {detail} the derivative of what stands inside is missing.",
    "subject",
)(_broken(twists.without_inner, _bends))
slip(
    "inner-derivative-missing",
    32,
    _CHAIN + "the slope of {detail} itself is missing.",
    "subject",
    new=False,
)(_broken(twists.without_slope, _bends_but_squares))
slip(
    "derivative-at-output",
    32,
    "The slope of {detail} is taken at what comes out of it. It belongs to what goes in: phi'(z), not phi'(phi(z)).",
    "subject",
)(_broken(twists.sloped_at_output, _bends))


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
                breaks: dict[Path, Break] = {path: twists.sloped_at(point)}
                yield f"`{part}` is taken at `{point}`", _differentiated(breaks=breaks)


slip(
    "diagonal-only-softmax",
    14,
    "Only the diagonal of {detail} is there. Every output of a softmax depends on every input, through the sum it is "
    "divided by.",
    "subject",
    new=False,
)(_broken(twists.diagonal_softmax, _having("softmax")))
slip(
    "softmax-axis",
    28,
    "This is right for `{detail}`: the other axis. Along the axis that is named the entries add up to 1.",
    "subject",
)(_questions(twists.other_axis))

# --- inverses and transposes ----------------------------------------------------------------------

slip(
    "inverse-not-transposed",
    28,
    "Here stands `{detail}` where its transpose belongs: d log|det X| = tr(inv(X) dX), and what stands before dX in a "
    "trace is the transpose of the gradient.",
    "answer",
)(_answers(twists.inverse_not_transposed))
slip("missing-inverse", 28, "Here stands `{detail}` where its inverse belongs.", "answer")(
    _answers(twists.inverse_missing)
)
slip(
    "elementwise-inverse",
    28,
    "Here stands `{detail}`, the reciprocal of each entry. The inverse of a matrix is another thing: write inv, or "
    "np.linalg.inv.",
    "answer",
)(_answers(twists.inverse_elementwise))
_UNREVERSED = (
    "The order of the factors is kept in `{detail}`. The transpose of a product, and its inverse, reverse it: "
    "(A B).T = B.T A.T."
)
slip("product-transpose-unreversed", 28, _UNREVERSED, "answer")(_answers(twists.unreversed))
slip("product-transpose-unreversed", 28, _UNREVERSED, "subject", new=False)(_questions(twists.unreversed))
slip("sign", 36, "The minus of d inv(X) = -inv(X) dX inv(X) is missing at {detail}.", "subject", new=False)(
    _broken(twists.inverse_without_minus, _having("inv"))
)

# --- products -------------------------------------------------------------------------------------

slip(
    "chain-reversed",
    31,
    "The factors stand in reverse order. With outputs in rows the last map comes first: look at the shapes, and at the "
    "layout that is asked for.",
    "answer",
    frozenset({"jacobian"}),
)(lambda insight: iter([("", _answered(twists.reversed_chains(insight.answer or trees.number(0))))]))
_SWAPPED = "Two factors have changed places: here stands `{detail}`. Matrices do not commute; keep their order."
slip("order-swapped", 33, _SWAPPED, "answer")(_answers(twists.swapped))
slip("order-swapped", 33, _SWAPPED, "subject", new=False)(_questions(twists.swapped))
slip(
    "order-swapped",
    33,
    "In the product rule each differential stands beside the other factor: d(u v) = du v + u dv. At {detail} each "
    "stands beside its own.",
    "subject",
    new=False,
)(_broken(twists.own_factors, _having("*")))
slip(
    "order-swapped",
    33,
    "d inv(X) = -inv(X) dX inv(X) has dX in the middle; at {detail} both inverses stand on one side of it.",
    "subject",
    new=False,
)(_broken(twists.scalar_inverse, _having("inv")))
_ELEMENTWISE = "Here stands `{detail}`, entry by entry, where a matrix product belongs: write @."
slip("elementwise-for-matmul", 34, _ELEMENTWISE, "answer", when=_not_in_indices)(_answers(twists.elementwise))
slip("elementwise-for-matmul", 34, _ELEMENTWISE, "subject", new=False, when=_not_in_indices)(
    _questions(twists.elementwise)
)
_PRODUCT = "Here stands the product `{detail}` where the entries are multiplied one by one: write *."
slip("matmul-for-elementwise", 34, _PRODUCT, "answer")(_answers(twists.matrix_product))
slip("matmul-for-elementwise", 34, _PRODUCT, "subject", new=False)(_questions(twists.matrix_product))
slip(
    "trace-permuted",
    32,
    "This is right for `{detail}`. Under a trace the factors may go round in a ring, and no other order is equal.",
    "subject",
)(_questions(twists.ring_permuted))
slip(
    "transposed",
    35,
    "One factor is the wrong way round: here stands `{detail}`.",
    "answer",
    new=False,
)(_answers(twists.turned_factor))
slip(
    "inner-derivative-missing",
    37,
    _CHAIN + "here is only `{detail}`, and the factor before or after it is missing.",
    "answer",
    new=False,
)(_answers(twists.end_factor_missing))
_KRON = (
    "The factors of the Kronecker product are exchanged: here stands `{detail}`. vec(A X B) = kron(B.T, A) @ vec(X)."
)
slip(
    "missing-commutation",
    22,
    "This is right up to a commutation matrix: here stands `{detail}`. vec of a transpose is K @ vec.",
    "answer",
    new=False,
)(_answers(twists.commutation_missing))

# rows laid end to end exchange the factors too: who typed a kron is told of the kron first, who computed, of the rows
slip("kron-swapped", 19, _KRON, "answer", when=lambda case: case.typed)(_answers(twists.kron_swapped))
slip("kron-swapped", 21, _KRON, "answer", new=False, when=lambda case: not case.typed)(_answers(twists.kron_swapped))

# --- indices --------------------------------------------------------------------------------------


_CLASH = (
    "Two sums have run into one: an index has the name of another. Each sum needs a letter of its own, "
    "u_i x^i v_j x^j and not u_i x^i v_i x^i."
)


@slip("dummy-index-clash", 33, _CLASH, "answer")
def _index_clash(insight: Insight) -> Iterator[Candidate]:
    from mcutils._symbolic.occurrences import run_together

    if insight.order == 1 and insight.layout in {"gradient", "array"}:
        with contextlib.suppress(ValueError):  # too many terms to try
            for result in run_together(insight.expression, insight.wrt):
                yield "", _compiled(result.compile())


@slip("dummy-index-clash", 36, _CLASH, "answer", new=False)
def _index_clash_in_answer(insight: Insight) -> Iterator[Candidate]:
    from mcutils._symbolic.occurrences import run_together

    with contextlib.suppress(ValueError):  # too many terms to try
        for result in run_together(insight.derivation):
            yield "", _compiled(result.compile())


# --- not this derivative --------------------------------------------------------------------------


@slip(
    "not-a-derivative-of-this",
    62,
    "This is not the derivative that is asked for: it is {detail}.",
    "subject",
    TENSORS | {"hessian"},
    new=False,
)
def _another(insight: Insight) -> Iterator[Candidate]:
    tree = insight.subject
    assert tree is not None, "sound has seen to it"
    if insight.order == 2:
        yield "the first derivative", lambda case, insight: insight.value(case, tree)
    if insight.order == 1:
        others = [name for name in insight.ranks if name != insight.wrt]
        yield from ((f"the derivative by {name}", _differentiated(wrt=name)) for name in others)
    if insight.order == 1 and tree.rank == 0:
        for path, part, sign in trees.summands(tree):
            if insight.wrt not in trees.names(part):
                continue
            yield (
                f"right but for the term `{part}`, which stands there undifferentiated",
                _kept(path, part, sign),
            )


def _kept(path: Path, part: Tree, sign: int) -> Wrong:
    """The right answer with one term as it stood in the question."""

    def wrong(case: Case, insight: Insight) -> np.ndarray:
        assert insight.subject is not None, "sound has seen to it"
        places = (p for p, t in walk(insight.subject) if t.kind == "name" and t.value == insight.wrt)
        seeds = frozenset(p for p in places if p[: len(path)] != path)
        return np.asarray(insight.differentiated(case, seeds=seeds) + sign * insight.value(case, part))

    return wrong


def _added(name: str) -> Wrong:
    """The right answer and the derivative by something else."""
    return lambda case, insight: np.asarray(case.want + insight.differentiated(case, wrt=name))


def _still_there(added: Tree, sign: int) -> Wrong:
    """The right answer and a constant."""
    return lambda case, insight: np.asarray(case.want + sign * insight.value(case, added))


@slip(
    "constant-differentiated",
    64,
    "Something constant has been differentiated: {detail}. The derivative of a constant is 0.",
    "subject",
    TENSORS,
)
def _constants(insight: Insight) -> Iterator[Candidate]:
    tree = insight.subject
    assert tree is not None, "sound has seen to it"
    if insight.order == 2:
        return
    own = insight.sizes[insight.wrt].split()
    for name, axes in insight.sizes.items():
        if name != insight.wrt and axes.split()[: len(own)] == own:
            yield f"this has a term for {name}, as if it changed with {insight.wrt}", _added(name)
    for _, part, sign in trees.summands(tree):
        if insight.wrt not in trees.names(part):
            yield f"the term `{part}` is still there", _still_there(part, sign)
            yield f"`{part}` has given 1", _still_there(trees.number(1), sign)


# --- what is left: one place in a bracket ---------------------------------------------------------

slip("norm-not-squared", 28, "This is right for `{detail}`, which is not squared.", "subject", new=False)(
    _questions(twists.square_missing)
)
slip("missing-term", 65, "A term in a bracket is missing: here stands `{detail}` alone.", "answer", new=False)(
    _answers(twists.term_missing)
)
slip("sign", 65, "One sign is wrong: here stands `{detail}`.", "answer", new=False)(_answers(twists.sign_changed))
slip(
    "scaled",
    66,
    "Right but for a factor that is lost or in the wrong place: here stands `{detail}`.",
    "answer",
    new=False,
)(_answers(twists.scalar_missing))


@slip(
    "scaled",
    66,
    "Right up to a factor that is no number: it is {detail} what it should be.",
    "answer",
    new=False,
)
def _scalars(insight: Insight) -> Iterator[Candidate]:
    assert insight.answer is not None, "sound has seen to it"
    found = [part for tree in (insight.answer, insight.subject) if tree for _, part in walk(tree)]
    for scalar in dict.fromkeys(part for part in found if part.rank == 0 and trees.names(part)):
        yield f"`{scalar}` times", _times(scalar, 1)
        yield f"1/`{scalar}` times", _times(scalar, -1)


slip("scaled", 66, "Right but for a number that is lost: here stands `{detail}`.", "answer", new=False)(
    _answers(twists.number_missing)
)
