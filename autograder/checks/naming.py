"""Name what is wrong with a function, at points that are the same for everybody.

Whether an answer is right is decided by the seed of the moment. Only a wrong one comes here, and is called again where
it is known what wrong answers may come to: from the one before, or ahead of time (`prepare`). That is most of the work
of naming, and follows from the question alone; so one process can tell others which questions to prepare (`news`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.checks.compare import close
from autograder.checks.draw import FOR_EVERYBODY, Draw, draw
from autograder.checks.mistakes import Case, Diagnosis, diagnose
from autograder.checks.question import stated_as_text
from autograder.checks.valued import valued

if TYPE_CHECKING:
    from autograder.checks.insight import Insight

MOST = 100  # questions that are told of at once

_new: dict[tuple[Any, ...], None] = {}


def named(cases: Sequence[Case]) -> Diagnosis | None:
    """Name the mistake of a function, given the cases of which some show that it is wrong."""
    return diagnose(_at_usual_points(cases) or cases)


def _at_usual_points(cases: Sequence[Case]) -> list[Case]:
    """The answer at the points for everybody; none where nothing is known there, or the answer is right there."""
    insight = cases[0].insight
    if insight is None or not insight.origin or not close(_right(insight, cases[0].draw), cases[0].want, 1e-6):
        return []
    if not insight.memo(0, FOR_EVERYBODY):
        _new[insight.origin] = None
    try:
        moved = [_at(insight, number, case) for number, case in enumerate(cases)]
    except Exception:  # the answer's, which can be called where it was judged, and not here
        return []
    return [] if all(close(case.got, case.want, 1e-6) for case in moved) else moved


def _right(insight: Insight, point: Draw) -> np.ndarray:
    try:
        return insight.right(point.args)
    except Exception:  # where the function has a value and its formula has none
        return np.array(np.nan)


def _at(insight: Insight, number: int, case: Case | None = None) -> Case:
    """A case at one of the points for everybody; by default with an answer that is none of the wrong ones known."""
    point, memo = draw(insight.symbols, number, seed=FOR_EVERYBODY), insight.memo(number, FOR_EVERYBODY)
    if "right" not in memo:
        memo["right"] = insight.right(point.args)
    right = memo["right"]
    if case is not None:
        return replace(case, got=case.answer(point.args), want=right, draw=point, reference=insight.right, memo=memo)
    strange = right + np.random.default_rng(right.size).uniform(3, 4, right.shape)
    return Case(
        insight.kind(right), strange, right, insight.symbols, point, insight.place, insight.right, lambda _: strange,
        insight.function, insight, memo=memo,
    )  # fmt: skip


def news() -> list[tuple[Any, ...]]:
    """The questions that got a wrong answer, and were not prepared, since this was asked last; as plain data."""
    told = list(_new)[:MOST]
    _new.clear()
    return told


def prepare(questions: Iterable[Any]) -> None:
    """Compute what wrong answers to questions may come to.

    Args:
        questions: as `news` of another process tells them.

    Raises:
        TypeError, ValueError: there is no such question.
    """
    for origin in questions:
        insight = _insight_of(*origin)
        if insight is not None and not insight.memo(0, FOR_EVERYBODY):
            diagnose([_at(insight, number) for number in range(3)])


def _insight_of(how: str, *parts: Any) -> Insight | None:
    if how not in ("question", "value"):
        raise ValueError(f"got {how!r} for a kind of question; use question or value")
    return stated_as_text(*parts).insight if how == "question" else valued(*parts)
