"""An exercise on a derivation keeps the contract: solution, blank and mistakes, whole and faded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.blanks import blank
from autograder.authoring.contract import verify_exercise
from autograder.authoring.problem import Problem
from autograder.authoring.units import read_unit

HALF = "41-half-square"
GIVEN = 'half = check.question(of="x @ A @ x", wrt="x", sizes={"x": "n", "A": "n n"})'
FIRST, LAST = '"dx @ A @ x + x @ A @ dx"', '"((A + A.T) @ x) @ dx"'
WHOLE = f"### BEGIN SOLUTION\nlines = [\n    {FIRST},\n    {LAST},\n]\n### END SOLUTION"
FADED = f"lines = [\n    {FIRST},\n    ### BEGIN SOLUTION\n    {LAST},\n    ### END SOLUTION\n]"
STEPS, FADED_STEPS = "half.steps(lines, points=2)", "half.steps(lines, given=1, points=2)"
MISTAKES = {
    "sign": f'lines = [{FIRST}, "dx @ A @ x - x @ A @ dx"]',
    "not-symmetrised": f'lines = [{FIRST}, "(2*A @ x) @ dx"]',
}


@pytest.fixture
def found(spoiled: Callable[..., Path]) -> Callable[..., tuple[Problem, ...]]:
    """A function that writes the exercise on a derivation into the tiny unit, and returns what its contract says."""

    def verified(answer: str, test: str, sign: str = "sign") -> tuple[Problem, ...]:
        text = (spoiled("half", "half") / "exercises.md").read_text(encoding="utf-8")
        cells = text[text.index("def half_square") : text.index('+++ {"exercise": "41-half-square", "role": "hint"')]
        first, second = MISTAKES.values()
        head = "```{code-cell} ipython3\n:exercise: 41-half-square\n:role: "
        new = (
            f"{GIVEN}\n```\n\n{head}answer\n\n{answer}\n```\n\n{head}test\n\n{test}\n```\n\n"
            f"{head}mistake\n:expect: {sign}\n\n{first}\n```\n\n"
            f"{head}mistake\n:expect: not-symmetrised\n\n{second}\n```\n\n"
        )
        unit = read_unit(spoiled(cells, new))
        exercise = next(exercise for exercise in unit.exercises if exercise.id == HALF)
        return verify_exercise(unit.name, unit.common, exercise, seeds=3).problems

    return verified


@pytest.mark.parametrize(("answer", "test"), [(WHOLE, STEPS), (FADED, FADED_STEPS)], ids=["whole", "faded"])
def test_an_exercise_with_steps_keeps_the_contract(found, answer: str, test: str) -> None:
    """The solution earns full marks, the blank none, and each listed mistake has its name."""
    assert found(answer, test) == ()


def test_the_blank_of_a_faded_derivation_earns_nothing(found) -> None:
    """The lines that are given stay, the others are dots, and dots in one line earn nothing at all."""
    assert found(FADED, STEPS) == ()
    assert blank(FADED) == f"lines = [\n    {FIRST},\n    ...,\n]"


def test_a_wrong_name_for_a_broken_line_is_found(found) -> None:
    """The contract compares the tag of a line like any other."""
    (problem,) = found(WHOLE, STEPS, sign="doubled")
    assert "expected doubled; the check finds sign" in problem.message
