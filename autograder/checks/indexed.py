"""Slips with indices, which no matrix formula shows: two sums that have run into one, and one that has come apart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from autograder.checks.candidates import Candidate, compiled, slip
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


@slip(
    "index-split",
    71,
    "One sum has come apart: in one factor an index has a name of its own, and is summed there alone. What is summed "
    "together has one letter.",
    "answer",
)
def _index_split(insight: Insight) -> Iterator[Candidate]:
    from mcutils._symbolic.occurrences import split_apart

    with contextlib.suppress(ValueError):  # too many terms to try
        for result in split_apart(insight.derivation):
            yield "", compiled(result.compile())
