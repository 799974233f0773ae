"""Answers to other questions: another derivative than the one asked for, and constants that were differentiated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.checks import factors, trees  # noqa: F401 - it brings a tag that is earned here again
from autograder.checks.bank import Case, Kind
from autograder.checks.candidates import Candidate, Wrong, differentiated, slip
from autograder.checks.insight import Insight
from autograder.checks.trees import Path, Tree, walk

TENSORS: frozenset[Kind] = frozenset({"gradient", "jacobian", "vec", "value"})


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
        yield from ((f"the derivative by {name}", differentiated(wrt=name)) for name in others)
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
