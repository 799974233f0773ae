"""Slips with indices, which no matrix formula shows: two sums that have run into one, and one that has come apart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np

from autograder.checks.bank import NO, YES, Case, mistake
from autograder.checks.candidates import Candidate, compiled, slip
from autograder.checks.compare import close
from autograder.checks.insight import Insight

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
                yield "", compiled(result.compile())


@slip("dummy-index-clash", 36, _CLASH, "answer", new=False)
def _index_clash_in_answer(insight: Insight) -> Iterator[Candidate]:
    from mcutils._symbolic.occurrences import run_together

    with contextlib.suppress(ValueError):  # too many terms to try
        for result in run_together(insight.derivation):
            yield "", compiled(result.compile())


_SPLIT = (
    "One index has come apart in two: in one factor it runs by itself. What runs together has one letter; among "
    "matrices it is diag that keeps two indices together."
)


@slip("index-split", 71, _SPLIT, "answer")
def _index_split(insight: Insight) -> Iterator[Candidate]:
    from mcutils._symbolic.occurrences import split_apart

    with contextlib.suppress(ValueError):  # too many terms to try
        for result in split_apart(insight.derivation):
            yield "", compiled(result.compile())


@mistake("index-split", 71, _SPLIT, frozenset({"value"}), new=False)
def _summed_alone(case: Case) -> Sequence[str]:
    """Right with one argument, in which the value is linear, replaced by its own sums along one axis."""
    for position, arg in enumerate(case.draw.args):
        if np.ndim(arg) and close(case.right_with("doubled", position, 2 * arg), 2 * case.want, 1e-9):
            for axis in range(arg.ndim):
                alone = np.broadcast_to(arg.sum(axis=axis, keepdims=True), arg.shape).copy()
                if case.fits(case.right_with(f"summed along {axis}", position, alone)):
                    return YES
    return NO
