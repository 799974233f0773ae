"""Sister questions: the worked example at the end of an exercise's hints, stated by its author in a hint cell of code.

Separate because nobody answers them: they are read as text and never run with the exercise, and what is to be known of
them is that they are questions, and other ones.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from autograder import check
from autograder.authoring import play, variation
from autograder.authoring.model import Cell, Exercise
from autograder.checks import compare
from autograder.checks.draw import draw
from autograder.checks.question import Question, question
from autograder.checks.worked import worked

PARAMETERS = ("of", "wrt", "sizes", "layout", "order", "notation")
EXAMPLE = 'check.question(of="x @ A @ x", wrt="x", sizes={"x": "n", "A": "n n"})'


def sister(exercise: Exercise) -> Cell | None:
    """Return the cell that states the sister question, if there is one."""
    return next((cell for cell in exercise.having("hint") if cell.kind == "code"), None)


def obey(exercises: Iterable[Exercise]) -> None:
    """Refuse what cannot be worked.

    Raises:
        AuthoringError: a sister question is not one question written out as text, or the engine cannot read it.
    """
    for exercise in exercises:
        cells = [cell for cell in exercise.having("hint") if cell.kind == "code"]
        if len(cells) > 1:
            raise cells[1].error("an exercise has one sister question; take this one out")
        for cell in cells:
            _question(cell)


def hints(exercise: Exercise) -> dict[str, Any]:
    """Return an exercise's hints as plain data."""
    cell = sister(exercise)
    return {
        "title": exercise.title,
        "steps": [hint.source for hint in exercise.having("hint") if hint.kind == "markdown"],
        "sister": stated(cell) if cell else None,
    }


def stated(cell: Cell) -> Mapping[str, Any]:
    """Return the arguments of the sister question.

    Raises:
        AuthoringError: it is not one call of ``check.question`` with everything written out.
    """
    body = ast.parse(cell.source).body
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "check.question":
        raise cell.error(f"a hint of code is one sister question, such as {EXAMPLE}")
    given = [*zip(PARAMETERS, call.args, strict=False), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    try:
        return {str(name): ast.literal_eval(value) for name, value in given}
    except ValueError:
        raise cell.error(f"a sister question is written out, with nothing computed, as in {EXAMPLE}") from None


def _question(cell: Cell) -> Question:
    said = stated(cell)
    try:
        read = question(**said)
    except (TypeError, ValueError) as problem:
        raise cell.error(f"the sister question cannot be read: {problem}") from None
    if read.expression is None:
        raise cell.error("the sister question is no text, and only text can be worked")
    return read


def example(cell: Cell) -> str:
    """Return the sister question, worked, as Markdown."""
    return worked(stated(cell)).markdown


def same(exercise: Exercise, common: Sequence[Cell]) -> str:
    """Say which question of the exercise the sister question is, up to the names of things; empty if none.

    Two questions are the same where the functions or their derivatives agree at random points, for some way to match
    their arguments. (A transposed derivative is the same too: another layout is no other question.)
    """
    cell = sister(exercise)
    if cell is None:
        return ""
    other = _question(cell)
    for student in variation.students(exercise):
        with variation.drawing_for(student):
            for name, asked in _questions(exercise, common):
                if any(_agree(asked, other, match) for match in _matches(asked, other)):
                    return name
    return ""


def _questions(exercise: Exercise, common: Sequence[Cell]) -> Iterator[tuple[str, Question]]:
    """The questions that an exercise's given cells state, by name."""
    namespace = play.namespace()
    for cell in (*common, *exercise.having("given")):
        play.run(cell, namespace, 0)
    for name, value in namespace.items():
        if isinstance(value, check.Question):
            yield name, value.stated


def _matches(asked: Question, other: Question) -> Iterator[tuple[int, ...]]:
    """The ways to give the other question's function the first one's arguments: the variable stays the variable."""
    kinds = [len(symbol.axes) for symbol in asked.symbols]
    if len(asked.symbols) < len(other.symbols):
        return
    for match in permutations(range(len(asked.symbols)), len(other.symbols)):
        if match[other.wrt] == asked.wrt and all(
            kinds[k] == len(s.axes) for k, s in zip(match, other.symbols, strict=True)
        ):
            yield match


def _agree(asked: Question, other: Question, match: tuple[int, ...]) -> bool:
    seen = {"values": True, "derivatives": True}
    for number in range(2):
        args = draw(asked.symbols, number).args
        theirs = [args[k] for k in match]
        try:
            pairs = {
                "values": (asked.f(*args), other.f(*theirs)),
                "derivatives": (asked.right_answer(args), other.right_answer(theirs)),
            }
        except Exception:  # shapes that do not meet are other questions; so is what cannot be computed here
            return False
        for kind, (left, right) in pairs.items():
            seen[kind] = seen[kind] and _close(np.asarray(left), np.asarray(right))
    return any(seen.values())


def _close(left: np.ndarray, right: np.ndarray) -> bool:
    return any(
        left.shape == turned.shape and compare.close(turned, left, compare.ORDINARY) for turned in (right, right.T)
    )
