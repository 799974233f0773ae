"""Check a typed formula exactly: matrix text, index text or a sympy expression.

Separate because it needs the symbolic engine, which is loaded only where a question is stated as text. The right answer
is the engine's derivative of the question; whether two formulas are equal is decided by exact sampling, so order,
grouping, names of indices and factoring do not matter. What cannot be read is not wrong: it gets the parser's sentence.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import mcutils
from autograder.checks import compare
from autograder.checks.call import BLANK, silence
from autograder.checks.draw import draw
from autograder.checks.mistakes import Case, diagnose
from autograder.checks.question import Question, shape_fact
from autograder.checks.report import Report
from mcutils._layouts import LAYOUTS

if TYPE_CHECKING:
    from mcutils._symbolic import Expression

DRAWS = 3  # points at which a wrong formula is held against the mistake bank
SUMMATIONS = ("levels", "repeated")


def check_formula(question: Question, answer: object) -> Report:
    """Check a formula in matrix notation, or a sympy expression.

    Args:
        question: what is asked, stated as text.
        answer: whatever the learner bound.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: the question was stated as a function.
    """
    right = question.derivation("formula")
    try:
        typed = _read(answer, question, notation="matrix")
        verdict = mcutils.equivalent(typed, right)
    except ValueError as problem:
        return Report("invalid", _sentence(problem))
    if verdict.equal:
        return Report("right", f"Right. {_how(verdict)}", 1.0)
    if verdict.equal is None:
        return Report("invalid", "This formula is too large to be decided; write it more simply.")
    return _wrong_formula(question, typed, right)


def check_index(question: Question, answer: object, summation: str = "levels") -> Report:
    """Check a formula in index notation, right up to the names of its indices.

    The right answer is the derivative in the ``array`` layout with levels as the convention card says: the derivative by
    an upper index is a lower one.

    Args:
        question: what is asked, stated as text.
        answer: whatever the learner bound.
        summation: the convention in use, ``levels`` or ``repeated``.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: the question was stated as a function, or there is no such convention.
    """
    if summation not in SUMMATIONS:
        raise ValueError(f"index: got summation={summation!r}; use one of {', '.join(SUMMATIONS)}")
    question.derivation("index")
    right = mcutils.differentiate(question.expression, question.variable.name, layout="array", order=question.order)
    try:
        typed = _read(answer, question, notation="index", summation=summation)
    except ValueError as problem:
        return _unreadable_index(question, answer, summation, right, problem)
    if _same_up_to_names(typed, _in_index_order(right, question, summation)):
        return Report("right", "Right, whatever the indices are called.", 1.0)
    return _wrong_index(question, answer, typed, summation, right)


def _read(answer: object, question: Question, **how: str) -> Expression:
    """Read what the learner typed.

    Raises:
        ValueError: with the sentence for the learner.
    """
    if answer is Ellipsis:
        raise ValueError(BLANK)
    sympy_like = type(answer).__module__.partition(".")[0] == "sympy"
    if not isinstance(answer, str) and not (sympy_like and how["notation"] == "matrix"):
        raise ValueError(
            f'The answer is of type {type(answer).__name__}; type the formula as text in quotes, such as "A @ x".'
        )
    return mcutils.parse(answer, question.sizes, **how)


def _sentence(problem: Exception) -> str:
    """Begin a message as a sentence and end it as one, but leave the learner's own text as it is."""
    text = str(problem)
    text = text[:1].upper() + text[1:] if text.startswith(("the ", "unknown ", "a ", "an ")) else text
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _how(verdict: Any) -> str:
    ways = {"proved": "Both have the same normal form", "exact sampling": "Exact arithmetic finds no difference"}
    where = f", where {' and '.join(verdict.conditions)}" if verdict.conditions else ""
    return f"{ways.get(verdict.how, 'Fifty digits find no difference')}{where}."


def _wrong_formula(question: Question, typed: Expression, right: Expression) -> Report:
    """Name the other layout, or what the mistake bank finds, or give the plain fact."""
    flipped = _other_layout(question, typed)
    if flipped:
        tag = "transposed" if question.layout == "gradient" else "layout-flipped"
        return Report(
            "wrong", f"This is right in {flipped} layout; here {question.layout} layout is asked for.", tag=tag
        )
    cases = [_case(question, typed, right, number) for number in range(DRAWS)]
    named = diagnose(cases)
    tag, advice = named or (None, "")
    if typed.axes != right.axes:
        return Report("wrong", f"{shape_fact(question, cases[0])} {advice}".strip(), tag=tag)
    wrong = next((case for case in cases if not compare.close(case.got, case.want, compare.ORDINARY)), cases[0])
    fact = compare.largest_difference(wrong.got, wrong.want)
    if named:
        return Report("wrong", advice, tag=tag, details=(fact,))
    return Report("wrong", f"Not yet. On random data: {fact[:1].lower()}{fact[1:]}")


def _other_layout(question: Question, typed: Expression) -> str | None:
    """Return the layout in which the formula would be right, if there is one."""
    if question.order == 2:
        return None
    for layout in LAYOUTS:
        if layout != question.layout and not (layout == "gradient" and question.expression.axes):
            other = mcutils.differentiate(question.expression, question.variable.name, layout=layout)
            if mcutils.equivalent(typed, other).equal:
                return layout
    return None


def _case(question: Question, typed: Expression, right: Expression, number: int) -> Case:
    point = draw(question.symbols, number)

    def value(expression: Expression) -> Any:
        function = expression.compile()

        def at(args: Any) -> Any:
            with silence():
                return question.as_array(function(*args))

        return at

    got, want = value(typed), value(right)
    wanted = want(point.args)
    return Case(
        question.kind(wanted), got(point.args), wanted, question.symbols, point, question.wrt, want, got, question.f
    )


def _in_index_order(right: Expression, question: Question, summation: str) -> Expression:
    """Write the right answer in indices and read it again, so that its axes stand as those of a typed one."""
    return mcutils.parse(right.to_index(summation), question.sizes, notation="index", summation=summation)


def _same_up_to_names(typed: Expression, right: Expression) -> bool:
    """Whether two expressions are equal for some order of the free indices of equal level and axis."""
    if len(typed.axes) != len(right.axes):
        return False
    return any(mcutils.equivalent(turned, right).equal for turned in _turned(typed, right))


def _turned(typed: Expression, right: Expression) -> list[Expression]:
    """Return the expression with its axes in every order in which axes and levels are those of ``right``."""
    places = range(len(typed.axes))
    fitting = [
        order
        for order in permutations(places)
        if tuple(typed.axes[k] for k in order) == right.axes
        and tuple(typed.levels[k] for k in order) == right.levels
    ]
    return [typed.reordered(order) for order in fitting]


def _unreadable_index(
    question: Question, answer: object, summation: str, right: Expression, problem: Exception
) -> Report:
    """Tell a formula that is right in the other convention from one that cannot be read."""
    if summation == "levels" and isinstance(answer, str) and _right_if_repeated(question, answer, right):
        return Report("wrong", f"{_LEVELS} {_sentence(problem)}", tag="index-level")
    return Report("invalid", _sentence(problem))


def _wrong_index(
    question: Question, answer: object, typed: Expression, summation: str, right: Expression
) -> Report:
    wanted = _in_index_order(right, question, summation)
    if summation == "levels" and _right_if_repeated(question, answer, right):
        return Report("wrong", _LEVELS, tag="index-level")
    if sorted(map(str, typed.axes)) == sorted(map(str, wanted.axes)) and sorted(typed.levels) != sorted(wanted.levels):
        return Report("wrong", f"Not yet. {_free(typed, 'Your formula has')}, {_free(wanted, 'wanted')}.")
    if sorted(map(str, typed.axes)) != sorted(map(str, wanted.axes)):
        return Report("wrong", f"{_free(typed, 'Your formula has')}, {_free(wanted, 'wanted')}.", tag="shape")
    for name, expression in (("sign", -1), ("doubled", 2), ("halved", 0.5)):
        if _same_up_to_names(typed, _scaled(wanted, expression, question, summation)):
            return Report("wrong", {"sign": "Right but for the sign.", "doubled": "Exactly twice the right answer.",
                                    "halved": "Exactly half of the right answer."}[name], tag=name)  # fmt: skip
    return Report("wrong", "Not yet: the free indices are right, the value is not.")
