"""Check a typed formula exactly: matrix text or a sympy expression.

Separate because it needs the symbolic engine, which is loaded only where a question is stated as text. The right answer
is the engine's derivative of the question; whether two formulas are equal is decided by exact sampling, so order,
grouping, names of indices and factoring do not matter. What cannot be read is not wrong: it gets the parser's sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.call import is_a
from autograder.checks.derivative import shape_fact
from autograder.checks.draw import FOR_EVERYBODY, draw
from autograder.checks.forms import known_forms, missing_form
from autograder.checks.insight import typed_tree
from autograder.checks.mistakes import UNNAMED, diagnose
from autograder.checks.plain import plain_matrix
from autograder.checks.question import Question
from autograder.checks.reading import with_reading
from autograder.checks.report import Report
from autograder.checks.typed import (
    DRAWS,
    UNDECIDED,
    as_sentence,
    case_at,
    plain_report,
    read_typed,
    right_answer,
    said_how,
)
from mcutils._layouts import LAYOUTS

if TYPE_CHECKING:
    from mcutils._symbolic import Expression, Verdict
    from mcutils._symbolic.core import Tensor

MOST = 1_000_000  # of one array; a formula of another shape that takes more is not computed
GENERAL = frozenset({"transposed", "layout-flipped", "shape"})  # tags that say less than the name of a layout
ROUNDED = "Close, but not exact: a number in it is rounded. Write it as a fraction, such as 1/3."


def check_formula(question: Question, answer: object, form: str = "") -> Report:
    """Check a formula in matrix notation, or a sympy expression.

    Args:
        question: what is asked, stated as text.
        answer: whatever the learner bound.
        form: names of the forms that it must have, see :mod:`.forms`; the right value in another form is half right.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: the question was stated as a function, or there is no such form.
    """
    right = right_answer(question)
    known_forms(form)
    answer = plain_matrix(str.__str__(answer), question.names) if is_a(answer, str) else answer
    try:
        typed, verdict = _decided(question, answer, right)
    except ValueError as problem:
        return Report("invalid", as_sentence(problem))
    if verdict.equal is None:
        return Report("invalid", UNDECIDED)
    if verdict.equal and form:  # how it is read would show the form
        return _formed(answer, form) or Report("right", f"Right. {said_how(verdict)}", 1.0)
    if verdict.equal:
        return _read_as(question, Report("right", f"Right. {said_how(verdict)}", 1.0), typed)
    with np.errstate(all="ignore"):  # a wrong formula may have no value where the right one has
        wrong = wrong_formula(question, typed, right, answer)
    return wrong if form else _read_as(question, wrong, typed)


def _decided(question: Question, answer: object, right: Expression) -> tuple[Expression, Verdict]:
    """Read a formula and decide it; a text that is checked again, on another seed, has the same verdict."""

    def made() -> tuple[Expression, Verdict]:
        typed = read_typed(answer, question, notation="matrix")
        return typed, mcutils.equivalent(typed, right)

    return question.remembered(("typed", answer), made) if type(answer) is str else made()


def _read_as(question: Question, report: Report, typed: Expression) -> Report:
    shown = question.remembered(
        ("read as", typed._value.key), lambda: with_reading(Report("right", "", 1.0), typed).formulas
    )
    return replace(report, formulas=shown)


def _formed(answer: object, form: str) -> Report | None:
    """Judge the form of a right value: another form than the one asked for earns half."""
    if not is_a(answer, str):
        return Report("invalid", "The value is right. This exercise asks for a form: type the formula as text.")
    said = missing_form(str.__str__(answer), form)
    return None if said is None else Report("partly", f"The value is right, its form is not yet. {said}", 0.5)


def wrong_formula(question: Question, typed: Expression, right: Expression, answer: object = None) -> Report:
    """Name the other layout, or what the mistake bank finds, or give the plain fact."""
    if typed.axes != right.axes and _huge(typed, question):
        return Report("wrong", f"Got {_shape(typed)}, wanted {_shape(right)}.", tag="shape")
    tree = typed_tree(answer, {symbol.name: len(symbol.axes) for symbol in question.symbols})
    cases = [replace(case_at(question, typed, right, number), written=tree) for number in range(DRAWS)]
    if all(
        case.got.shape == case.want.shape and compare.close(case.got, case.want, compare.ORDINARY) for case in cases
    ):
        return Report("wrong", ROUNDED, details=(compare.largest_difference(cases[0].got, cases[0].want, 0.0),))
    named = diagnose(cases)
    unsure = named is None or named.tag in GENERAL
    key = ("layout", typed._value.key)
    other = question.remembered(key, lambda: _other_layout(question, typed)) if unsure else None
    if other and question.layout == "gradient":
        said = "This is the transpose of the right answer. A gradient has its variable's shape."
        return Report("wrong", said, tag="transposed", details=(f"It is right in {other} layout.",))
    if other:
        said = f"This is right in {other} layout; here {question.layout} layout is asked for."
        return Report("wrong", said, tag="layout-flipped")
    if typed.axes != right.axes:
        tag, advice, tags = named or UNNAMED
        return Report("wrong", f"{shape_fact(question, cases[0])} {advice}".strip(), tag=tag, tags=tags)
    return plain_report(cases, named)


def _huge(typed: Expression, question: Question) -> bool:
    """Whether a formula asks for more memory than anybody has, as a nest of kron does."""
    drawn = [draw(question.symbols, number, seed=FOR_EVERYBODY).lengths for number in range(DRAWS)]
    return any(_largest(typed._value, lengths) > MOST for lengths in drawn)


def _largest(f: Tensor, lengths: Mapping[str, int]) -> int:
    """How many entries the largest array has that a formula takes on its way."""
    from mcutils._symbolic.arrays import axis_size  # loaded already: there is an expression

    heads = {head.key: head for term in f.terms for head, _ in term.factors}.values()
    shapes = [f.axes, *(head.axes for head in heads)]
    inner = [_largest(head.inner, lengths) for head in heads if head.inner is not None]
    return max([prod(axis_size(axis, lengths) for axis in axes) for axes in shapes] + inner)


def _shape(expression: Expression) -> str:
    from mcutils._symbolic.sizes import shape

    return shape(expression.axes) if expression.axes else "a number"


def _other_layout(question: Question, typed: Expression) -> str | None:
    """Return the layout in which the formula would be right, if there is one."""
    if question.order == 2 or question.expression is None:
        return None
    for layout in sorted(LAYOUTS, key="array".__eq__):  # which is another name of numerator wherever the two agree
        if layout != question.layout and (layout != "gradient" or not question.expression.axes):
            other = mcutils.differentiate(question.expression, question.variable.name, layout=layout)
            if mcutils.equivalent(typed, other).equal:
                return layout
    return None
