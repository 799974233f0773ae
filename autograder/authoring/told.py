"""What an exercise must keep that stands in its text: it tells no solution, gives hints, and lists what it refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from autograder.authoring import names, sisters
from autograder.authoring.blanks import regions
from autograder.authoring.model import Cell, Exercise
from autograder.authoring.problem import Problem, problem_at

TELLING = 3
"""From how many operations on an expression is the solution and no accident."""

OPERATIONS = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Attribute)
VALUED = (ast.Return, ast.Assign, ast.Lambda)


def what_the_text_lacks(exercise: Exercise, common: Sequence[Cell]) -> list[Problem]:
    """Run the clauses for which nothing of the exercise is run but its questions.

    Args:
        exercise: what to verify.
        common: the unit's code that comes before it.
    """
    return [*_unreached(exercise), *_told(exercise), *_hinted(exercise, common)]


def _unreached(exercise: Exercise) -> Iterator[Problem]:
    """Every test shows on at least one listed mistake that it can say no."""
    rebound = frozenset().union(*(names.bound(cell.source) for cell in exercise.having("mistake")))
    for test in exercise.tests:
        if not names.read(test.source) & rebound:
            yield problem_at(
                test, "no listed mistake rebinds what this test reads, so nothing shows that it can say no"
            )


def _told(exercise: Exercise) -> Iterator[Problem]:
    """No cell that the learner sees holds the solution."""
    secrets = {secret for cell in exercise.having("answer") for secret in _secrets(cell)}
    for cell in exercise.having("statement", "given", "test", "hint"):
        shown = _squeezed(cell.source) if cell.kind == "markdown" else _values(cell.source)
        for written, normal in sorted(secrets):
            if _squeezed(written) in shown or _squeezed(normal) in shown:
                yield problem_at(cell, f"this shows the learner the solution, {written}; say it another way")


def _hinted(exercise: Exercise, common: Sequence[Cell]) -> Iterator[Problem]:
    """There are three hints, and the sister question is another question."""
    steps = [cell for cell in exercise.having("hint") if cell.step is not None]
    if len(steps) < 3:
        yield problem_at(exercise.cells[0], f"it has {len(steps)} of 3 hints: where to look, the rule, the next line")
    if (sister := sisters.sister(exercise)) and (same := sisters.same(exercise, common)):
        yield problem_at(
            sister, f"the sister question is {same}, and working it gives the answer away; state another one"
        )


def _secrets(cell: Cell) -> Iterator[tuple[str, str]]:
    """What fills the blanks of a cell, where it is one long expression: as it is written, and as Python writes it."""
    nodes = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.stmt)]
    for region in regions(cell.source):
        inside = [node for node in nodes if region.begin < node.lineno < region.end]
        value = inside[0].value if len(inside) == 1 and isinstance(inside[0], ast.Return | ast.Assign) else None
        if value is not None and sum(isinstance(node, OPERATIONS) for node in ast.walk(value)) >= TELLING:
            normal = ast.unparse(value)
            yield ast.get_source_segment(cell.source, value) or normal, normal


def _values(source: str) -> frozenset[str]:
    """Everything that a cell of code returns or assigns, without its spaces."""
    nodes = ast.walk(ast.parse(source))
    values = [n.body if isinstance(n, ast.Lambda) else n.value for n in nodes if isinstance(n, VALUED)]
    return frozenset(_squeezed(ast.unparse(value)) for value in values if value is not None)


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
