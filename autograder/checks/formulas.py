"""Check a typed formula exactly: matrix text, index text or a sympy expression.

Separate because it needs the symbolic engine, which is loaded only where a question is stated as text. The right answer
is the engine's derivative of the question; whether two formulas are equal is decided by exact sampling, so order,
grouping, names of indices and factoring do not matter. What cannot be read is not wrong: it gets the parser's sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.bank import Kind
from autograder.checks.call import BLANK, is_a, type_name
from autograder.checks.derivative import shape_fact
from autograder.checks.draw import FOR_EVERYBODY, draw
from autograder.checks.forms import known_forms, missing_form
from autograder.checks.insight import typed_tree
from autograder.checks.mistakes import UNNAMED, Case, Diagnosis, diagnose
from autograder.checks.question import Point, Question
from autograder.checks.reading import with_reading
from autograder.checks.report import Report
from mcutils._layouts import LAYOUTS

if TYPE_CHECKING:
    from mcutils._symbolic import Expression, Verdict
    from mcutils._symbolic.core import Tensor

UNDECIDED = (
    "This formula cannot be decided: it is too large, or has no value at the points tried. Write it more simply."
)
MOST = 1_000_000  # of one array; a formula of another shape that takes more is not computed
DRAWS = 3  # points at which a wrong formula is held against the mistake bank
SUMMATIONS = ("levels", "repeated")
GENERAL = frozenset({"transposed", "layout-flipped", "shape"})  # tags that say less than the name of a layout
ROUNDED = "Close, but not exact: a number in it is rounded. Write it as a fraction, such as 1/3."
OTHER_CONVENTION = (
    "Right if every repeated index is summed. Here an index is summed where it stands once up and once down: mind the "
    "levels."
)


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
    right = _exact(question)
    known_forms(form)
    try:
        typed, verdict = _decided(question, answer, right)
    except ValueError as problem:
        return Report("invalid", _sentence(problem))
    if verdict.equal is None:
        return Report("invalid", UNDECIDED)
    if verdict.equal and form:  # how it is read would show the form
        return _formed(answer, form) or Report("right", f"Right. {_how(verdict)}", 1.0)
    if verdict.equal:
        return _read_as(question, Report("right", f"Right. {_how(verdict)}", 1.0), typed)
    with np.errstate(all="ignore"):  # a wrong formula may have no value where the right one has
        wrong = _wrong_formula(question, typed, right, answer)
    return wrong if form else _read_as(question, wrong, typed)


def _decided(question: Question, answer: object, right: Expression) -> tuple[Expression, Verdict]:
    """Read a formula and decide it; a text that is checked again, on another seed, has the same verdict."""

    def made() -> tuple[Expression, Verdict]:
        typed = _read(answer, question, notation="matrix")
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
    from autograder.checks.einsum_answers import check_einsum, is_einsum

    _exact(question)
    summation = summation or question.summation
    if summation not in SUMMATIONS:
        raise ValueError(f"index: got summation={summation!r}; use one of {', '.join(SUMMATIONS)}")
    if notation not in ("index", "einsum"):
        raise ValueError(f"index: got notation={notation!r}; use index or einsum")
    if is_einsum(answer):
        return check_einsum(question, answer)
    if notation == "einsum" and is_a(answer, str) and not _is_blank(answer):
        return Report("invalid", 'This exercise asks for einsum: write it as in einsum("ij,j->i", A, x).')
    try:
        typed = _read(answer, question, notation="index", summation=summation, free=free)
    except ValueError as problem:
        if summation == "levels" and _right_if_repeated(question, answer, free):
            return Report("wrong", OTHER_CONVENTION, tag="index-level", details=(_sentence(problem),))
        if names := re.search(r"must name each free index once, and they are (.*)", str(problem)):
            return Report("invalid", f"Your free indices are {names[1]}; this exercise names them {free}.")
        return Report("invalid", _sentence(problem))
    right = _in_indices(question, summation, free)
    if any(mcutils.equivalent(turned, right).equal for turned in _turned(typed, right, free, summation == "levels")):
        return Report("right", "Right." if free else "Right, whatever the indices are called.", 1.0)
    return _wrong_index(question, answer, typed, right, summation, free)


def _exact(question: Question) -> Expression:
    if question.derivation is None:
        raise ValueError('this question is a function; to check typed answers state it as text: of="x @ A @ x"')
    return question.derivation


def _read(answer: object, question: Question, **how: Any) -> Expression:
    """Read what the learner typed.

    Raises:
        ValueError: with the sentence for the learner.
    """
    if _is_blank(answer):
        raise ValueError(BLANK)
    sympy_like = str(type(answer).__module__).partition(".")[0] == "sympy" and how["notation"] == "matrix"
    if not is_a(answer, str) and not sympy_like:
        raise ValueError(f'The answer is of type {type_name(answer)}; type it as text in quotes, such as "A @ x".')
    typed = mcutils.parse(answer, dict(question.sizes), **how)
    if foreign := [name for name in typed.symbols if name not in question.sizes]:  # sympy brings its own
        raise ValueError(f"unknown name {foreign[0]!r}; the symbols here are {', '.join(question.names)}")
    return typed


def _is_blank(answer: object) -> bool:
    """Whether the three dots of an answer still stand there, with or without quotes."""
    return answer is Ellipsis or (is_a(answer, str) and str.strip(answer) == "...")  # type: ignore[arg-type] # it is one


def _sentence(problem: Exception) -> str:
    """End a parser's message as a sentence; its beginning is often the learner's own text and stays."""
    text = str(problem)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _how(verdict: Verdict) -> str:
    ways = {"proved": "Both have the same normal form", "exact sampling": "Exact arithmetic finds no difference"}
    where = f", where {' and '.join(verdict.conditions)}" if verdict.conditions else ""
    return f"{ways.get(verdict.how, 'Fifty digits find no difference')}{where}."


def _wrong_formula(question: Question, typed: Expression, right: Expression, answer: object = None) -> Report:
    """Name the other layout, or what the mistake bank finds, or give the plain fact."""
    if typed.axes != right.axes and _huge(typed, question):
        return Report("wrong", f"Got {_shape(typed)}, wanted {_shape(right)}.", tag="shape")
    tree = typed_tree(answer, {symbol.name: len(symbol.axes) for symbol in question.symbols})
    cases = [replace(_case(question, typed, right, number), written=tree) for number in range(DRAWS)]
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
    return _plain(cases, named)


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


def _plain(cases: Sequence[Case], named: Diagnosis | None) -> Report:
    """Give the name if there is one, and one fact."""
    wrong = next((case for case in cases if not compare.close(case.got, case.want, compare.ORDINARY)), cases[0])
    fact = f"On random data: {compare.largest_difference(wrong.got, wrong.want)}"
    if named is None:
        return Report("wrong", f"Not yet. {fact}")
    return Report("wrong", named.advice, tag=named.tag, details=(fact,), tags=named.tags)


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


def _case(question: Question, typed: Expression, right: Expression, number: int, kind: Kind | None = None) -> Case:
    """Put the numbers of a formula beside the right ones, at one random point."""
    want, got = _values(right), _values(typed)

    def made() -> Point:
        at = draw(question.symbols, number, seed=FOR_EVERYBODY)
        return Point(at, want(at.args), {})

    point = question.kept((number, kind, right._value.key), made, FOR_EVERYBODY)
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


def _in_indices(question: Question, summation: str, free: str | None) -> Expression:
    """Lay out the right answer as a typed one is read: in the order of its names, or else upper indices first."""
    assert question.expression is not None, "_exact has seen to it"
    right = mcutils.differentiate(question.expression, question.variable.name, layout="array", order=question.order)
    if free:
        return right
    return mcutils.parse(right.to_index(summation), dict(question.sizes), notation="index", summation=summation)


def _turned(typed: Expression, right: Expression, free: str | None, levels: bool = True) -> Iterator[Expression]:
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
        typed = _read(answer, question, notation="index", summation="repeated", free=free)
        right = _in_indices(question, "repeated", free)
    except ValueError:
        return False
    return any(mcutils.equivalent(turned, right).equal for turned in _turned(typed, right, free, levels=False))


def _wrong_index(
    question: Question, answer: object, typed: Expression, right: Expression, summation: str, free: str | None
) -> Report:
    indices = f"Free indices: {_axes(typed)} here, {_axes(right)} wanted."
    levels_only = summation == "levels" and _right_if_repeated(question, answer, free)
    if sorted(map(str, typed.axes)) != sorted(map(str, right.axes)):
        said = OTHER_CONVENTION if levels_only else indices
        return Report("wrong", said, tag="index-level" if levels_only else "shape")
    turned = list(_turned(typed, right, free, summation == "levels"))
    if not turned:
        said = f"{indices} The derivative by an upper index is a lower one."
        return Report("wrong", said, tag="index-level" if levels_only else None)
    for candidate in turned:
        cases = [_case(question, candidate, right, number, "value") for number in range(DRAWS)]
        if found := diagnose(cases):
            return _plain(cases, found)
    return _plain([_case(question, turned[0], right, 0, "value")], None)


def _axes(expression: Expression) -> str:
    """Say the free indices by level and axis: ``up m, down n``."""
    words = {"^": "up", "_": "down"}
    parts = [
        f"{words.get(level, level)} {axis}" for level, axis in zip(expression.levels, expression.axes, strict=True)
    ]
    return ", ".join(parts) or "none"
