"""Check a function that should return a derivative.

The check knows the question and not the answer: it differentiates the function numerically, entry by entry, where the
answer is called, and compares. So the check that grades can be shown to the learner and reveals nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.call import Unreadable, call, expect, in_order, name_of
from autograder.checks.draw import at_least_one, draw
from autograder.checks.mistakes import UNNAMED, Case, Diagnosis
from autograder.checks.naming import named
from autograder.checks.question import MOST_ATTEMPTS, CannotTell, Point, Question
from autograder.checks.quiet import random_numbers_put_back
from autograder.checks.report import Report, cannot_tell


@random_numbers_put_back()
def check_derivative(question: Question, answer: object, draws: int = 3, closed_form: bool = False) -> Report:
    """Check a function that should return the derivative.

    Args:
        question: what is asked.
        answer: whatever the learner bound.
        draws: at how many random points.
        closed_form: ask for a formula: derivative functions are off, and the tolerance refuses difference quotients.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: ``draws`` is less than 1.
    """
    return in_order(answer, question.names, _checked(question, answer, at_least_one(draws), closed_form))


def _checked(question: Question, answer: object, draws: int, closed_form: bool) -> Report:
    rtol = compare.CLOSED_FORM if closed_form else compare.ORDINARY
    cases = []
    expect(answer, lambda: [_point(question, n).draw.args for n in range(draws)], question.names, closed_form)
    try:
        for number in range(draws):
            case = _case(question, answer, number, closed_form)
            cases.append(case)
            if case.got.shape == case.want.shape and (bad := compare.not_finite(case.got)):
                return Report("wrong", bad)
    except Unreadable as problem:
        return Report("invalid", str(problem))
    except Exception as fault:  # of the question's own function or of ours: the learner must not pay for it
        return cannot_tell(fault)
    if all(compare.close(case.got, case.want, rtol) for case in cases):
        points = "1 random point" if draws == 1 else f"{draws} random points"
        return Report("right", f"Right: {name_of(answer)} agrees with the slopes of the function at {points}.", 1.0)
    return _wrong(question, cases, rtol)


def _case(question: Question, answer: object, number: int, closed_form: bool) -> Case:
    point, want, memo = _point(question, number)
    got = partial(call, answer, names=question.names, shapes=point.described(question.symbols), closed_form=closed_form)
    return Case(
        question.kind(want), got(point.args), want, question.symbols, point, question.wrt,
        reference=question.right_answer, answer=got, function=question.f, memo=memo,
    )  # fmt: skip


def _point(question: Question, number: int) -> Point:
    return question.kept((number,), lambda: _drawn_point(question, number))


def _drawn_point(question: Question, number: int) -> Point:
    """Draw a point at which the function has a derivative."""
    for attempt in range(MOST_ATTEMPTS):
        point = draw(question.symbols, number, attempt)
        try:
            with np.errstate(all="ignore"):
                return Point(point, question.right_answer(point.args), {})
        except (mcutils.KinkError, CannotTell) as problem:
            last = problem
    raise CannotTell(f"no point was found where the question's function has a derivative ({last})")


def _wrong(question: Question, cases: Sequence[Case], rtol: float) -> Report:
    worst = next(case for case in cases if not compare.close(case.got, case.want, rtol))
    if all(compare.close(case.got, case.want, compare.ORDINARY) for case in cases):
        return Report(
            "wrong",
            "Close, but not exact: this exercise asks for a formula in full precision (float64), not for a quotient.",
            details=(compare.largest_difference(worst.got, worst.want, rtol),),
        )
    cases = [replace(case, insight=question.insight) for case in cases]
    found = named(cases) or _in_a_row(question, cases, rtol)
    tag, advice, tags = found or UNNAMED
    if worst.got.shape != worst.want.shape:
        return Report("wrong", f"{shape_fact(question, worst)} {advice}".strip(), tag=tag, tags=tags)
    fact = compare.largest_difference(worst.got, worst.want, rtol)
    if found:
        return Report("wrong", advice, tag=tag, details=(fact,), tags=tags)
    return Report("wrong", f"Not yet. {fact}")


def _in_a_row(question: Question, cases: Sequence[Case], rtol: float) -> Diagnosis | None:
    """Name the mistake where the function returns several formulas, and the answer to one of them is wrong."""
    if question.expression is not None or any(case.got.shape != case.want.shape for case in cases):
        return None
    rows = question.read if len(question.read) > 1 else ()
    by_row = [[_row(case, row, k) for case in cases] for k, row in enumerate(rows)]
    off = [k for k, row in enumerate(by_row) if not all(compare.close(case.got, case.want, rtol) for case in row)]
    found = named(by_row[off[0]]) if len(off) == 1 else None
    return found and found._replace(advice=f"Only entry [{off[0]}] is wrong (counting from 0). {found.advice}")


def _row(case: Case, row: Question, k: int) -> Case:
    def answer(args: Sequence[Any]) -> np.ndarray:
        return np.asarray(case.answer(args)[k])

    want = case.want[k]
    return Case(
        row.kind(want), case.got[k], want, case.symbols, case.draw, case.wrt, row.right_answer, answer, row.f,
        row.insight, memo=case.memo.setdefault(("row", k), {}),
    )  # fmt: skip


def shape_fact(question: Question, case: Case) -> str:
    """Say what shape came and what was wanted, in axis names, with the reason."""
    lengths, variable = case.draw.lengths, question.variable
    got, want = (compare.shape_names(array.shape, lengths) for array in (case.got, case.want))
    if case.kind == "gradient":
        kin = f"is {want}" if variable.axes else "is a number"
        return f"Got {got}; {variable.name} {kin}, and a gradient has {variable.name}'s shape."
    if case.kind == "hessian":
        return f"Got {got}; the Hessian by {variable.name} is {want}."
    return f"Got {got}; the derivative by {variable.name} in {question.layout} layout is {want}."
