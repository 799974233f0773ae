"""Check a formula typed in index notation, right up to the names of its indices, in either summation convention."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from typing import TYPE_CHECKING

import mcutils
from autograder.checks.call import is_a
from autograder.checks.einsum_answers import check_einsum, is_einsum
from autograder.checks.mistakes import diagnose
from autograder.checks.plain import plain
from autograder.checks.question import Question
from autograder.checks.report import Report
from autograder.checks.typed import DRAWS, as_sentence, case_at, is_blank, plain_report, read_typed, right_answer

if TYPE_CHECKING:
    from mcutils._symbolic import Expression

SUMMATIONS = ("levels", "repeated")
OTHER_CONVENTION = (
    "Right if every repeated index is summed. Here an index is summed where it stands once up and once down: mind the "
    "levels."
)


def check_index(
    question: Question,
    answer: object,
    summation: str | None = None,
    free: str | None = None,
    notation: str = "index",
) -> Report:
    """Check a formula in index notation, right up to the names of its indices, or in einsum notation.

    The right answer is the derivative with the levels of the convention card: by an upper index it has a lower one.

    Args:
        question: what is asked, stated as text.
        answer: whatever the learner bound.
        summation: the convention in use, ``levels`` or ``repeated``; by default the question's.
        free: the names of the free indices where the exercise gives them, those of the function first, then those of
            the variable: ``"i a b"``. By default any names and any order will do.
        notation: ``index`` takes either, ``einsum`` only einsum.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: the question was stated as a function, or there is no such notation or convention.
    """
    right_answer(question)
    summation = summation or question.summation
    if summation not in SUMMATIONS:
        raise ValueError(f"index: got summation={summation!r}; use one of {', '.join(SUMMATIONS)}")
    if notation not in ("index", "einsum"):
        raise ValueError(f"index: got notation={notation!r}; use index or einsum")
    if is_einsum(answer):
        return check_einsum(question, answer)
    if notation == "einsum" and is_a(answer, str) and not is_blank(answer):
        return Report("invalid", 'This exercise asks for einsum: write it as in einsum("ij,j->i", A, x).')
    answer = plain(str.__str__(answer)) if is_a(answer, str) else answer
    try:
        typed = read_typed(answer, question, notation="index", summation=summation, free=free)
    except ValueError as problem:
        if summation == "levels" and _right_if_repeated(question, answer, free):
            return Report("wrong", OTHER_CONVENTION, tag="index-level", details=(as_sentence(problem),))
        if names := re.search(r"the free indices here are (.*), and wanted", str(problem)):
            return Report("invalid", f"Your free indices are {names[1]}; this exercise names them {free}.")
        return Report("invalid", as_sentence(problem))
    right = in_indices(question, summation, free)
    if any(mcutils.equivalent(turned, right).equal for turned in each_order(typed, right, free, summation == "levels")):
        return Report("right", "Right." if free else "Right, whatever the indices are called.", 1.0)
    return wrong_index(question, answer, typed, right, summation, free)


def in_indices(question: Question, summation: str, free: str | None) -> Expression:
    """Lay out the right answer as a typed one is read: in the order of its names, or else upper indices first."""
    assert question.expression is not None, "_exact has seen to it"
    right = mcutils.differentiate(question.expression, question.variable.name, layout="array", order=question.order)
    if free:
        return right
    return mcutils.parse(right.to_index(summation), dict(question.sizes), notation="index", summation=summation)


def each_order(typed: Expression, right: Expression, free: str | None, levels: bool = True) -> Iterator[Expression]:
    """Yield the expression in each order of its axes in which they, and their levels, are those of ``right``."""
    if len(typed.axes) != len(right.axes):
        return
    own = tuple(range(len(typed.axes)))
    for order in [own] if free else permutations(own):
        turned = typed.reordered(order)
        if turned.axes == right.axes and (turned.levels == right.levels or not levels):
            yield turned


def _right_if_repeated(question: Question, answer: object, free: str | None) -> bool:
    """Whether an answer is right in the convention in which every repeated index is summed."""
    try:
        typed = read_typed(answer, question, notation="index", summation="repeated", free=free)
        right = in_indices(question, "repeated", free)
    except ValueError:
        return False
    return any(mcutils.equivalent(turned, right).equal for turned in each_order(typed, right, free, levels=False))


def wrong_index(
    question: Question, answer: object, typed: Expression, right: Expression, summation: str, free: str | None
) -> Report:
    """Name the other summation convention, or what the mistake bank finds, or give the plain fact.

    Args:
        question: what is asked, stated as text.
        answer: the text that was typed.
        typed: what it says.
        right: the right answer, laid out as :func:`in_indices` does.
        summation: the convention in use, ``levels`` or ``repeated``.
        free: the names of the free indices where the exercise gives them.
    """
    indices = _misplaced(typed, right, summation, free)
    levels_only = summation == "levels" and _right_if_repeated(question, answer, free)
    if sorted(map(str, typed.axes)) != sorted(map(str, right.axes)):
        said = OTHER_CONVENTION if levels_only else indices
        return Report("wrong", said, tag="index-level" if levels_only else "shape")
    turned = list(each_order(typed, right, free, summation == "levels"))
    if not turned:
        return Report("wrong", indices, tag="index-level" if levels_only else None)
    for candidate in turned:
        cases = [case_at(question, candidate, right, number, "value") for number in range(DRAWS)]
        if found := diagnose(cases):
            return plain_report(cases, found)
    return plain_report([case_at(question, turned[0], right, 0, "value")], None)


def _misplaced(typed: Expression, right: Expression, summation: str, free: str | None) -> str:
    """Say which free index runs over another axis, or stands on the other level, than it should."""
    upper = "The derivative by an upper index is a lower one."
    names = (free or "").split()
    if not len(names) == len(typed.axes) == len(right.axes):
        lower = f" {upper}" if len(typed.axes) == len(right.axes) and summation == "levels" else ""
        return f"Free indices: {_axes(typed)} here, {_axes(right)} wanted.{lower}"
    over = [
        f"the index {name} runs over {got} here, and should run over {want}"
        for name, got, want in zip(names, typed.axes, right.axes, strict=True)
        if got != want
    ]
    if over or summation == "repeated":
        said = "; ".join(over)
        return f"{said[:1].upper()}{said[1:]}."
    levels = zip(names, typed.levels, right.levels, strict=True)
    turned = [
        f"the index {name} stands {_LEVELS[got]} here, and should stand {_LEVELS[want]}"
        for name, got, want in levels
        if got != want
    ]
    said = "; ".join(turned)
    return f"{said[:1].upper()}{said[1:]}. {upper}"


_LEVELS = {"^": "up", "_": "down"}


def _axes(expression: Expression) -> str:
    """Say the free indices by level and axis: ``up m, down n``."""
    parts = [
        f"{_LEVELS.get(level, level)} {axis}" for level, axis in zip(expression.levels, expression.axes, strict=True)
    ]
    return ", ".join(parts) or "none"
