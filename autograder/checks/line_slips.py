"""A wrong line of a derivation, looked up as the mistake bank looks up an answer.

Separate from `matrix_steps`, which judges lines by their form: here a line is a value, and what it should have been is
known in several forms: the line before, the textbook's first line, and the differential as the engine prints it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.checks.bank import Case
from autograder.checks.chains import Slip
from autograder.checks.draw import FOR_EVERYBODY, draw
from autograder.checks.insight import typed_tree
from autograder.checks.mistakes import diagnose
from autograder.checks.sizes import Symbol
from autograder.checks.trees import Tree
from autograder.checks.valued import Valued

if TYPE_CHECKING:
    from autograder.checks.question import Question
    from mcutils._symbolic import Expression

DRAWS = 3


def looked_up(
    question: Question,
    symbols: Sequence[Symbol],
    right: Expression,
    line: tuple[str, Expression],
    forms: Sequence[str],
) -> Slip | None:
    """Name the slip in a line.

    Args:
        question: what keeps what is known of the right line.
        symbols: the question's, and the change of each; only that of the variable is taken for another symbol.
        right: what the line should equal.
        line: its text and its value.
        forms: the right line as it was, or may be, written.
    """
    known = _known(question, symbols, right, tuple(forms))
    with np.errstate(all="ignore"):
        cases = [_case(known, symbols, right, line, number) for number in range(DRAWS)]
        found = diagnose(cases)
    return found and Slip(found.tag, found.advice, found.tags)


def _known(question: Question, symbols: Sequence[Symbol], right: Expression, forms: tuple[str, ...]) -> Valued:
    own = {*question.names, f"d{question.variable.name}"}
    sizes = {s.name: " ".join([*map(str, s.axes), *sorted(s.flags)]) for s in symbols if s.name in own}
    return question.remembered(("line", right._value.key, forms), lambda: Valued(sizes, right, forms))


def _case(
    known: Valued, symbols: Sequence[Symbol], right: Expression, line: tuple[str, Expression], number: int
) -> Case:
    point = draw(tuple(symbols), number, seed=FOR_EVERYBODY)
    text, value = line

    def valued(expression: Expression) -> Any:
        def at(args: Sequence[Any]) -> np.ndarray:
            named = {symbol.name: arg for symbol, arg in zip(symbols, args, strict=True)}
            return np.asarray(expression.evaluate(**_needed(expression, named)), dtype=float)

        return at

    got, want = valued(value), valued(right)
    tree: Tree | None = typed_tree(text, known.ranks)
    return Case(
        "value", got(point.args), want(point.args), tuple(symbols), point, None, want, got, insight=known,
        typed=True, written=tree, memo=known.memo(number, FOR_EVERYBODY),
    )  # fmt: skip


def _needed(expression: Expression, named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: named[name] for name in expression.symbols}
