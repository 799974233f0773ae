"""Check an answer in einsum notation: exactly, and with the axes of the result in their order.

Separate from `index_answers` because einsum says more than index notation: the letters behind ``->`` put the axes in an
order, so here it counts. It is that of ``layout="array"``, the axes of the function first and then the variable's.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

import mcutils
from autograder.checks.bank import Kind
from autograder.checks.call import is_a
from autograder.checks.mistakes import diagnose
from autograder.checks.question import Question
from autograder.checks.report import Report
from autograder.checks.typed import DRAWS, UNDECIDED, as_sentence, case_at, plain_report, said_how
from mcutils._symbolic import Expression
from mcutils._symbolic.sizes import shape

ORDER = "the axes of the function come first, then those of {name}"


def is_einsum(answer: object) -> bool:
    """Whether an answer is text with an einsum in it."""
    return is_a(answer, str) and "einsum" in str.__str__(answer)


def check_einsum(question: Question, answer: object) -> Report:
    """Check an answer in einsum notation.

    Args:
        question: what is asked, stated as text.
        answer: text such as ``'einsum("ij,j->i", A, x)'``.

    Returns:
        A report; never raises because of the answer.
    """
    assert question.expression is not None, "only questions stated as text come here"
    right = mcutils.differentiate(question.expression, question.variable.name, layout="array", order=question.order)
    try:
        typed = mcutils.parse(str.__str__(answer), dict(question.sizes), notation="einsum")
        verdict = mcutils.equivalent(typed, right)
    except ValueError as problem:
        return Report("invalid", as_sentence(problem))
    if verdict.equal:
        return Report("right", f"Right. {said_how(verdict)}", 1.0)
    if typed.axes == right.axes and verdict.equal is None:
        return Report("invalid", UNDECIDED)
    with np.errstate(all="ignore"):
        return _wrong(question, typed, right)


def _wrong(question: Question, typed: Expression, right: Expression) -> Report:
    order = ORDER.format(name=question.variable.name)
    scalar = not (question.expression and question.expression.axes)
    if len(typed.axes) == len(right.axes):
        turned = (typed.reordered(order) for order in permutations(range(len(typed.axes))))
        if any(mcutils.equivalent(other, right).equal for other in turned):
            said = (
                f"The numbers are right, but their axes stand in another order: {order}. Look at the letters behind ->."
            )
            return Report("wrong", said, tag="transposed" if scalar else "layout-flipped")
    if typed.axes != right.axes:
        got, wanted = (shape(e.axes) if e.axes else "a number" for e in (typed, right))
        return Report("wrong", f"It is {got}, and should be {wanted}: {order}.", tag="shape")
    kind: Kind = "hessian" if question.order == 2 else "gradient" if scalar else "jacobian"
    cases = [case_at(question, typed, right, number, kind) for number in range(DRAWS)]
    return plain_report(cases, diagnose(cases))
