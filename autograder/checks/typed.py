"""What answers typed as formulas have in common, whatever the notation: how they are read, and what is said of them.

Separate because it needs the symbolic engine, which is loaded only where a question is stated as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.bank import Kind
from autograder.checks.call import BLANK, is_a, type_name
from autograder.checks.draw import FOR_EVERYBODY, draw
from autograder.checks.mistakes import Case, Diagnosis
from autograder.checks.plain import plain, plain_matrix
from autograder.checks.question import Point, Question
from autograder.checks.report import Report

if TYPE_CHECKING:
    from mcutils._symbolic import Expression, Verdict

DRAWS = 3  # points at which a wrong formula is held against the mistake bank
UNDECIDED = (
    "This formula cannot be decided: it is too large, or has no value at the points tried. Write it more simply."
)


def right_answer(question: Question) -> Expression:
    """The derivative that a question asks for, as an expression.

    Raises:
        ValueError: the question was stated as a function.
    """
    if question.derivation is None:
        raise ValueError('this question is a function; to check typed answers state it as text: of="x @ A @ x"')
    return question.derivation


def read_typed(answer: object, question: Question, **how: Any) -> Expression:
    """Read what the learner typed.

    Raises:
        ValueError: with the sentence for the learner.
    """
    if is_blank(answer):
        raise ValueError(BLANK)
    sympy_like = str(type(answer).__module__).partition(".")[0] == "sympy" and how["notation"] == "matrix"
    if not is_a(answer, str) and not sympy_like:
        raise ValueError(f'The answer is of type {type_name(answer)}; type it as text in quotes, such as "A @ x".')
    typed = mcutils.parse(answer, dict(question.sizes), **how)
    if foreign := [name for name in typed.symbols if name not in question.sizes]:  # sympy brings its own
        raise ValueError(f"unknown name {foreign[0]!r}; the symbols here are {', '.join(question.names)}")
    return typed


def as_function(
    answer: object, sizes: Mapping[str, str], notation: str, summation: str, free: str | None
) -> Callable[..., Any] | EllipsisType:
    """The function that a typed formula stands for; what cannot be read is said when it is called."""
    if is_blank(answer):
        return ...

    def your_formula(*arrays: Any) -> Any:
        if notation == "matrix":
            text = plain_matrix(str.__str__(answer), tuple(sizes)) if is_a(answer, str) else answer
            return mcutils.parse(text, sizes).compile()(*arrays)
        text = plain(str.__str__(answer)) if is_a(answer, str) else answer
        return mcutils.parse(text, sizes, notation=notation, summation=summation, free=free).compile()(*arrays)

    return your_formula


def is_blank(answer: object) -> bool:
    """Whether the three dots of an answer still stand there, with or without quotes."""
    return answer is Ellipsis or (is_a(answer, str) and str.strip(answer) in ("...", "\u2026"))  # type: ignore[arg-type] # it is one


def as_sentence(problem: Exception) -> str:
    """End a parser's message as a sentence; its beginning is often the learner's own text and stays."""
    text = str(problem)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def said_how(verdict: Verdict) -> str:
    """Say what a verdict of equality rests on."""
    ways = {"proved": "Both have the same normal form", "exact sampling": "Exact arithmetic finds no difference"}
    where = f", where {' and '.join(verdict.conditions)}" if verdict.conditions else ""
    return f"{ways.get(verdict.how, 'Fifty digits find no difference')}{where}."


def case_at(question: Question, typed: Expression, right: Expression, number: int, kind: Kind | None = None) -> Case:
    """Put the numbers of a formula beside the right ones, at one random point; nan where it has none."""
    from mcutils._symbolic.arrays import axis_size  # loaded already: there is an expression

    want, values = _values(right), _values(typed)

    def made() -> Point:
        at = draw(question.symbols, number, seed=FOR_EVERYBODY)
        return Point(at, want(at.args), {})

    point = question.kept((number, kind, right._value.key), made, FOR_EVERYBODY)

    def got(args: Sequence[Any]) -> np.ndarray:
        try:
            return values(args)
        except ValueError:  # it inverts what has no inverse, such as X.T @ X of a wide X
            return np.full(tuple(axis_size(axis, point.draw.lengths) for axis in typed.axes), np.nan)

    return Case(
        kind or question.kind(point.want),
        got(point.draw.args),
        point.want,
        question.symbols,
        point.draw,
        question.wrt,
        want,
        got,
        question.f,
        question.insight_in_indices if kind == "value" else question.insight,
        typed=True,
        memo=point.memo,
    )


def _values(expression: Expression) -> Callable[[Sequence[Any]], np.ndarray]:
    compiled = expression.compile()
    return lambda args: np.asarray(compiled(*args), dtype=float)


def plain_report(cases: Sequence[Case], named: Diagnosis | None) -> Report:
    """Give the name if there is one, and one fact."""
    wrong = next((case for case in cases if not compare.close(case.got, case.want, compare.ORDINARY)), cases[0])
    if named is None and wrong.got.shape == wrong.want.shape and (bad := compare.not_finite(wrong.got)):
        return Report("wrong", f"On random data: {bad}")
    fact = f"On random data: {compare.largest_difference(wrong.got, wrong.want)}"
    if named is None:
        return Report("wrong", f"Not yet. {fact}")
    return Report("wrong", named.advice, tag=named.tag, details=(fact,), tags=named.tags)
