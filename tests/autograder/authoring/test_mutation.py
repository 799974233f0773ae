"""The clause that mutates: weak checks, wrong names and accepted answers, each planted in the tiny unit."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring import mutation, operators, walk
from autograder.authoring.contract import ExerciseResult, verify_exercise
from autograder.authoring.model import AuthoringError, Unit
from autograder.authoring.mutants import Mutant, chosen, mutants_of
from autograder.authoring.mutation import Mutated, Mutation, mutate
from autograder.authoring.notebooks import source_notebook
from autograder.authoring.offers import READY
from autograder.authoring.operators import OPERATORS
from autograder.authoring.units import read_unit

HALF = "41-half-square"
PRODUCT = "41-product"
TEST = "half.derivative(grad_half_square, points=2)"
SOLUTION = "    u = a @ x\n    return u * a\n"
QUESTION = "half = check.question(of=half_square"
MISTAKE_NAME = "def grad_half_square(x, a):\n    return"
MISTAKE = """```{code-cell} ipython3
:exercise: 41-half-square
:role: mistake
:expect: doubled
"""


def verified(unit: Unit, exercise: str = HALF) -> ExerciseResult:
    """What verify finds in one exercise, run in this process."""
    chosen_one = next(e for e in unit.exercises if e.id == exercise)
    return verify_exercise(unit.name, unit.common, chosen_one, 2)


def right_cell(because: str, body: str) -> str:
    """The text of a cell with another right answer, to stand before the first mistake."""
    head = f"```{{code-cell}} ipython3\n:exercise: {HALF}\n:role: right\n:because: {because}\n"
    return f"{head}\ndef grad_half_square(x, a):\n{body}\n```\n\n{MISTAKE}"


def test_the_mutants_of_a_sound_exercise_are_refused(tiny: Unit) -> None:
    """No mutant of the tiny exercise survives, and each that is named is named as its operator allows."""
    found = verified(tiny)
    assert found.problems == ()
    assert len(found.mutation.mutants) == found.mutation.made > 5
    assert found.mutation.count("survived", "misnamed", "fault") == 0
    named = {(m.operator, m.tags) for m in found.mutation.mutants if m.fate == "named"}
    assert {
        ("sign of the whole", ("sign",)),
        ("the whole doubled", ("doubled",)),
        ("the whole halved", ("halved",)),
    } <= named


def test_a_check_that_accepts_a_wrong_sign_is_found(spoiled: Callable[..., Path]) -> None:
    """A test that looks at sizes only lets a sign pass: a problem, with the line and the change."""
    weak = (
        "check.equal(lambda x, a: np.abs(grad_half_square(x, a)), to=sizes_only, sizes={'x': 'n', 'a': 'n'}, points=2)"
    )
    spoiled(QUESTION, f"def sizes_only(x, a):\n    return np.abs((a @ x) * a)\n\n\n{QUESTION}")
    folder = spoiled(TEST, weak)
    lines = (folder / "exercises.md").read_text(encoding="utf-8").splitlines()
    problems = verified(read_unit(folder)).problems
    assert [problem.diff.splitlines() for problem in problems] == [["-return u * a", "+return -(u * a)"]]
    assert "(sign of the whole) earns full marks, and nothing proves it right" in problems[0].message
    assert lines[problems[0].line - 1] == "    return u * a"


def test_a_proved_mutant_is_no_problem(spoiled: Callable[..., Path]) -> None:
    """With a symmetric matrix a transpose changes nothing, which the engine proves from the flag."""
    spoiled("return (a @ x) ** 2 / 2", "return x @ S @ x / 2")
    spoiled("def half_square(x, a)", "def half_square(x, S)")
    spoiled('"a": "n"}', '"S": "n n symmetric"}')
    spoiled('def grad_half_square(x, a):\n    "', 'def grad_half_square(x, S):\n    "')
    spoiled(SOLUTION, "    return S @ x\n")
    spoiled("(x, a):\n    return 2 * (a @ x) * a", "(x, S):\n    return 2 * S @ x")
    folder = spoiled("(x, a):\n    return a @ x", "(x, S):\n    return S")
    found = verified(read_unit(folder))
    assert found.problems == ()
    proofs = {(m.operator, m.said) for m in found.mutation.mutants if m.fate == "equivalent"}
    assert proofs == {("order swapped", "proved by the engine"), ("transpose added", "proved by the engine")}


def test_a_wrong_name_is_a_problem(tiny: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag that an operator does not declare fails the exercise, however true it may be."""
    halving = next(known for known in OPERATORS if known.name == "the whole halved")
    others = [known for known in OPERATORS if known is not halving]
    planted = replace(halving, name="planted", tags=frozenset({"sign"}))
    monkeypatch.setattr("autograder.authoring.walk.OPERATORS", [*others, planted])
    (problem,) = verified(tiny).problems
    assert "is called halved, and may be called sign" in problem.message
    assert "+return u * a / 2" in problem.diff
    assert verified(tiny).mutation.count("misnamed") == 1


REDUNDANT = "    return all(step >= 0 for step in range(3)) * (a @ x) * a\n"


def test_an_author_lists_another_right_answer(spoiled: Callable[..., Path]) -> None:
    """What only a person can prove is listed with the reason; it must earn full marks, and is counted."""
    folder = spoiled(SOLUTION, REDUNDANT)
    survivors = verified(read_unit(folder)).problems
    assert any("range(3 - 1)" in problem.diff for problem in survivors)
    spoiled(MISTAKE, right_cell("every step counts from 0", REDUNDANT.replace("range(3)", "range(3 - 1)").rstrip()))
    found = verified(read_unit(folder))
    assert len(found.problems) == len(survivors) - 1
    assert [(m.operator, m.said) for m in found.mutation.mutants if m.fate == "accepted"] == [
        ("range too short", "every step counts from 0")
    ]


def test_another_right_answer_must_be_right(spoiled: Callable[..., Path]) -> None:
    """A right cell that earns less than full marks is a problem at its own line."""
    folder = spoiled(MISTAKE, right_cell("it looks right", "    return 2 * (a @ x) * a"))
    (problem,) = verified(read_unit(folder)).problems
    assert "with this right answer, this test gives 0 of 2 on seed 0" in problem.message


def test_another_right_answer_needs_a_reason(spoiled: Callable[..., Path]) -> None:
    """Without the reason nobody can judge whether it is right."""
    folder = spoiled(MISTAKE, right_cell("''", "    return (a @ x) * a"))
    with pytest.raises(AuthoringError, match="a right cell says why"):
        read_unit(folder)


def test_another_right_answer_is_not_built(spoiled: Callable[..., Path]) -> None:
    """No notebook holds it: neither the instructor's nor the learner's."""
    folder = spoiled(MISTAKE, right_cell("multiplication commutes", "    return a * (a @ x)"))
    assert "a * (a @ x)" not in source_notebook(read_unit(folder))


def test_a_mutant_that_never_ends_is_refused(spoiled: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop without an end is stopped soon, and counts as no valid input."""
    monkeypatch.setattr(mutation, "SECONDS", 0.2)
    loop = "    k = 0\n    while k != 4:\n        k += 2\n    return (a @ x) * a\n"
    found = verified(read_unit(spoiled(SOLUTION, loop))).mutation
    endless = next(m for m in found.mutants if "+k += 3" in m.diff)
    assert endless.fate == "invalid"


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="memory is limited where /proc tells how much is taken"
)
def test_a_mutant_that_takes_all_memory_is_refused(spoiled: Callable[..., Path]) -> None:
    """An array too large for the limit is refused, and the limit is taken back."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    folder = spoiled(SOLUTION, "    return (a @ x) * a + np.zeros(int(2e4 / 2e4)).sum()\n")
    found = verified(read_unit(folder)).mutation
    (huge,) = (m for m in found.mutants if "int(20000.0 * 20000.0)" in m.diff)
    assert huge.fate == "invalid"
    assert "MemoryError" in huge.said
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_what_depends_on_a_mutant_is_run_again(spoiled: Callable[..., Path]) -> None:
    """Values that later cells compute from an answer follow it, and go back to what they were."""
    folder = spoiled("entries = 12", "rows = 3\nentries = 4 * rows")
    found = verified(read_unit(folder), PRODUCT)
    assert found.problems == ()
    assert any("+rows = 4" in m.diff and m.fate in ("named", "unnamed") for m in found.mutation.mutants)


def test_no_mutants_of_a_wrong_solution(spoiled: Callable[..., Path]) -> None:
    """Where the solution itself fails, that alone is told."""
    folder = spoiled("    return u * a\n    ###", "    return u * a + 1\n    ###")
    assert verified(read_unit(folder)).mutation == Mutation()


def test_variants_are_mutated_as_drawn() -> None:
    """A template is filled before it is mutated, and what was drawn counts in proofs."""
    found = verified(read_unit(Path(__file__).parent / "varied" / "42_varied"), "42-bowl")
    assert found.problems == ()
    typed = [m for m in found.mutation.mutants if "typed_bowl" in m.diff]
    assert {"sign of the whole", "term dropped", "transpose dropped"} <= {m.operator for m in typed}
    assert all("{c}" not in m.diff.splitlines()[-1] for m in typed)
    assert {m.diff.splitlines()[-1] for m in found.mutation.mutants if m.fate == "equivalent"} >= {
        "+return x @ (A + A.T) + bowl.c * b"
    }


def test_a_turned_trace_in_a_derivation_is_proved(tiny: Unit) -> None:
    """Lines of a derivation hold the variable's step, and the engine proves that a turn of one changes nothing."""
    exercise, first = tiny.exercises[0], "tr(dX.T @ A @ X) + tr(X.T @ A @ dX)"
    (given, *_), (answer, *_), (test, *_) = map(exercise.having, ("given", "answer", "test"))
    notebook = [
        *tiny.common,
        replace(given, source='q = check.question(of="tr(X.T @ A @ X)", wrt="X", sizes={"X": "n k", "A": "n n"})'),
        replace(answer, source=f"### BEGIN SOLUTION\nfirst = {first!r}\n### END SOLUTION"),
        replace(test, source='q.steps([first, "tr(((A + A.T) @ X).T @ dX)"], points=2)'),
    ]
    found = mutate(notebook)
    proved = {m.diff.splitlines()[-1] for m in found.mutants if m.fate == "equivalent"}
    assert "+first = 'tr(X @ (dX.T @ A)) + tr(X.T @ A @ dX)'" in proved
    assert found.count("survived", "misnamed", "fault") == 0
    assert found.count("named", "unnamed") > 5


def test_another_right_answer_may_be_a_template(tiny: Unit) -> None:
    """A right cell is filled as its exercise was drawn, before a mutant is compared with it."""
    unit = read_unit(Path(__file__).parent / "varied" / "42_varied")
    exercise = next(e for e in unit.exercises if e.id == "42-bowl")
    notebook = [*unit.common, *exercise.having("given", "answer")]
    (answer,) = exercise.having("answer")
    right = replace(answer, role="right", source='typed_bowl = bowl("-((A + A.T) @ x + {c} * b)")', because="a trial")
    lenient = replace(
        exercise.having("test")[0], source="bowl_question.formula('A', points=1) + 3.0 * bool(typed_bowl)"
    )
    fates = {m.fate for m in mutate([*notebook, lenient], [right]).mutants if m.operator == "sign of the whole"}
    assert "accepted" in fates


def test_the_namespace_is_put_back(tiny: Unit) -> None:
    """A mutant leaves nothing behind for the next one, nor in the environment's student."""
    exercise = tiny.exercises[0]
    before = os.environ.get("MC_STUDENT")
    notebook = [*tiny.common, *exercise.having("given", "answer", "test")]
    first, second = mutate(notebook), mutate(notebook)
    assert first == second
    assert os.environ.get("MC_STUDENT") == before


def test_answers_to_cost_have_a_direction(spoiled: Callable[..., Path]) -> None:
    """A product's answer has one argument more than its question, and what is proved of it knows its shape."""
    line = 'line = check.question(of="b * z", wrt="z", sizes={"z": "n", "b": "n"}, layout="numerator")'
    spoiled(QUESTION, f"{line}\n{QUESTION}")
    spoiled('grad_half_square(x, a):\n    "', 'along(z, b, u):\n    "')
    spoiled(SOLUTION, "    return b * u\n")
    folder = spoiled(TEST, 'line.cost(along, product="jvp", points=2)')
    for _ in range(2):
        spoiled(MISTAKE_NAME, "def along(z, b, u):\n    return")
    unit = read_unit(folder)
    every = mutate([*unit.common, *unit.exercises[0].having("given", "answer", "test")])
    (ready,) = (m for m in every.mutants if m.operator == READY.name)
    assert ready.diff.endswith("+    return line.f(b, u)")  # what is linear is its own derivative
    found = Mutation(tuple(m for m in every.mutants if m is not ready))
    fates = {(m.operator, m.diff.splitlines()[-1]): m.fate for m in found.mutants}
    assert fates["another argument", "+return b * z"] in ("named", "unnamed")
    assert fates["@ for *", "+return b @ u"] in ("named", "unnamed")
    assert found.count("survived", "fault", "misnamed") == 0


def test_the_choice_is_the_same_each_time_and_fair(tiny: Unit) -> None:
    """Of too many mutants each operator keeps its share; the choice depends on nothing but the text."""
    (cell,) = tiny.exercises[0].having("answer")
    every = mutants_of(cell)
    few = chosen(every, 6)
    assert few == chosen(mutants_of(cell), 6)
    assert len(few) == 6
    assert len({m.operator.name for m in few}) == 6
    assert chosen(every, len(every)) == every


def test_a_mutant_stays_between_the_marks(tiny: Unit) -> None:
    """Given lines, docstrings and the lines around a solution are the author's, and are never mutated."""
    (_, cell) = tiny.exercises[1].having("answer")
    assert {mutant.before for mutant in mutants_of(cell)} == {"return product.sum()", "entries = 12"}
    assert all(isinstance(m, Mutant) and m.after != m.before for m in mutants_of(cell))


def test_the_summary_counts(tiny: Unit) -> None:
    """The summary says how many were run, refused, proved and named."""
    found = verified(tiny).mutation
    lines = list(found.summary())
    assert lines[0].startswith(f"{len(found.mutants)} of {found.made} mutants of the solutions run: ")
    assert "0 survived." in lines[0]
    assert re.match(
        r"Rightly named: \d+ of \d+ that have a name \(\d+%\); \d+ more have no name in the bank\.", lines[1]
    )
    assert list(Mutation().summary()) == []


def test_what_has_no_name_is_not_among_what_has() -> None:
    """The share is of those that could be named, and the others are counted beside it."""
    fates = ("named", "named", "named", "unnamed", "nameless", "invalid")
    found = Mutation(tuple(Mutated("x", 1, "", fate) for fate in fates), 9)
    assert (found.wrong, found.share) == (4, 0.75)
    assert "3 of 4 that have a name (75%); 1 more have no name" in list(found.summary())[1]
    assert "6 refused" in next(found.summary())


def test_an_operator_without_tags_wants_a_refusal_alone(tiny: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mutants are refused and have no name; if a check names one all the same, that is a wrong name."""
    bare = [replace(known, tags=frozenset()) for known in operators.OPERATORS]
    monkeypatch.setattr(operators, "OPERATORS", bare)
    monkeypatch.setattr(walk, "OPERATORS", bare, raising=False)
    fates = {mutant.fate for mutant in verified(tiny).mutation.mutants if not mutant.allowed}
    assert "misnamed" in fates
    assert "unnamed" not in fates
