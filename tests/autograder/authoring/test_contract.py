"""The contract that every exercise keeps: each clause is broken once, and found with its line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.authoring import play
from autograder.authoring.contract import verify_exercise
from autograder.authoring.model import AuthoringError, Unit
from autograder.authoring.problem import Problem
from autograder.authoring.units import read_unit
from autograder.authoring.verify import verify

UNITS = Path(__file__).parent / "units"

HALF = "41-half-square"
PRODUCT = "41-product"
TEST = "half.derivative(grad_half_square, points=2)"
EQUAL = 'check.equal(total, to=lambda A, X: sum(summed(A, X)), sizes={"A": "p m", "X": "m n"}, points=0.5)'
SHAPE = 'check.shape(shape_of_product, of=lambda A, X: A @ X, sizes={"A": "p m", "X": "m n"}, points=1)'

REGION = "    u = a @ x\n    return u * a\n    ### END SOLUTION\n"
TO_TEST = "```\n\n```{code-cell} ipython3\n:exercise: 41-half-square\n:role: test\n\n"


def problems(unit: Unit, exercise: str, seeds: int = 5) -> tuple[Problem, ...]:
    """What the contract finds in one exercise, run in this process."""
    chosen = next(e for e in unit.exercises if e.id == exercise)
    return verify_exercise(unit.name, unit.common, chosen, seeds).problems


@dataclass(frozen=True)
class Plant:
    """An exercise, a piece of its text, what takes its place, the line to be named (its text), and the message."""

    exercise: str
    old: str
    new: str
    line: str
    message: str


PLANTS = {
    "wrong solution": Plant(
        HALF,
        "    return u * a\n    ### END",
        "    return u * a + 1\n    ### END",
        TEST,
        "this test gives 0 of 2 on seed 0",
    ),
    "solution that fails on some seeds": Plant(
        HALF,
        "    u = a @ x\n",
        "    u = a @ x + (__import__('os').environ['MC_SEED'] == '3')\n",
        TEST,
        "this test gives 0 of 2 on seed 3",
    ),
    "given cell that raises": Plant(
        HALF, "half = check.q", "nothing = undefined\nhalf = check.q", "nothing = undefined", "NameError: .*'undefined'"
    ),
    "test that raises": Plant(HALF, TEST, TEST.replace("(grad", "(missing, grad"), TEST[:5], "NameError: .*'missing'"),
    "test that is no float": Plant(
        HALF,
        TEST,
        "class half:\n    derivative = staticmethod(lambda grad, points: 2)\n\n\n" + TEST,
        "class half:",
        "gives 2 of 2",
    ),
    "test that warns": Plant(
        HALF,
        TEST,
        f"np.zeros(1) / np.zeros(1)\n{TEST}",
        "np.zeros(1) / np.zeros(1)",
        "writes to stderr, .* RuntimeWarning",
    ),
    "blank that passes": Plant(
        PRODUCT,
        "check.equal(entries, to",
        "check.equal(12 if entries is ... else entries, to",
        "check.equal(12",
        "the blank as released earns 1.5",
    ),
    "blank that raises": Plant(
        PRODUCT, "def summed(", "rows = len(shape_of_product)\n\n\ndef summed(", "rows = len", "TypeError: .*'ellipsis'"
    ),
    "given cell that answers": Plant(
        PRODUCT,
        "def summed(",
        "total = lambda A, X: (A @ X).sum()\n\n\ndef summed(",
        EQUAL,
        "gives marks to a learner who deletes the answer",
    ),
    "mistake that passes": Plant(
        HALF,
        "return 2 * (a @ x) * a",
        "return 1 * (a @ x) * a",
        "def grad_half_square",
        r"line \d+ gives 2.0 of 2 on seed 0",
    ),
    "mistake by another name": Plant(
        HALF,
        ":expect: doubled",
        ":expect: sign",
        "def grad_half_square",
        "expected sign; the check finds doubled: Exactly twice",
    ),
    "mistake without a name": Plant(
        HALF,
        "return 2 * (a @ x) * a",
        "return np.sin(a)",
        "def grad_half_square",
        "expected doubled; the check finds wrong",
    ),
    "mistake with a name after all": Plant(
        HALF, ":expect: doubled", ":expect: wrong", "def grad_half_square", "expected wrong; the check finds doubled"
    ),
    "mistake that raises": Plant(
        HALF,
        "def grad_half_square(x, a):\n    return 2",
        "1 / 0\n\n\ndef grad_half_square(x, a):\n    return 2",
        "1 / 0",
        "ZeroD",
    ),
    "mistake about what is given": Plant(
        PRODUCT,
        "def total(A, X):\n    return -",
        "def summed(A, X):\n    return -",
        "def summed",
        "which no answer cell binds",
    ),
    "test that no mistake reaches": Plant(
        PRODUCT, "entries = 13", 'shape_of_product = "m p"', "check.equal(entries", "say no"
    ),
    "solution in the text": Plant(
        HALF,
        f"{REGION}```\n",
        "    return (a @ x) * a / 1\n    ### END SOLUTION\n```\n\n"
        '+++ {"exercise": "41-half-square", "role": "statement"}\n\nSo it is `(a@x)*a / 1`.\n',
        "So it is",
        "this shows the learner the solution",
    ),
    "solution in a test": Plant(
        HALF,
        f"{REGION}{TO_TEST}",
        f"    return (a @ x) * a / 1\n    ### END SOLUTION\n{TO_TEST}shown = lambda x, a: (a @ x)*a / 1\n",
        "shown =",
        "this shows the learner the solution",
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_broken_clause_is_found_with_its_line(name: str, spoiled: Callable[..., Path]) -> None:
    """Each planted fault is found, and the line that is named is the one to mend."""
    plant = PLANTS[name]
    folder = spoiled(plant.old, plant.new)
    found = problems(read_unit(folder), plant.exercise)
    lines = (folder / "exercises.md").read_text(encoding="utf-8").splitlines()
    assert any(re.search(plant.message, p.message) and plant.line in lines[p.line - 1] for p in found), found


def test_the_tiny_unit_keeps_the_contract(tiny: Unit) -> None:
    """What the plants spoil was sound before."""
    assert [problems(tiny, exercise.id) for exercise in tiny.exercises] == [(), (), ()]


def test_a_loop_that_never_ends_is_stopped(spoiled: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that computes for ever is a problem with a line, not a verification that hangs."""
    monkeypatch.setattr(play, "CPU_SECONDS", 0.2)
    folder = spoiled("half = check.q", "while True:\n    pass\nhalf = check.q")
    first = problems(read_unit(folder), HALF)[0]
    assert re.search(r"this cell stops with it computes for more than 0\.2 seconds", first.message)


def test_the_seed_reaches_the_checks(spoiled: Callable[..., Path]) -> None:
    """Each test runs once for each seed, and the checks see it."""
    folder = spoiled("def half_square", "import os\n\nseen = []\n\n\ndef half_square")
    unit = read_unit(spoiled(TEST, f"seen.append(os.environ['MC_SEED'])\nprint(seen)\n{TEST}"))
    assert unit.folder == folder
    exercise = unit.exercises[0]
    outcomes = play.play([*unit.common, *exercise.having("given", "answer", "test")], range(3))
    assert [outcome.seed for outcome in outcomes[f"{HALF}-test-1"]] == [0, 1, 2]
    assert [outcome.value for outcome in outcomes[f"{HALF}-test-1"]] == [2.0, 2.0, 2.0]


@pytest.mark.slow
def test_verify_runs_every_exercise_in_worker_processes() -> None:
    """The whole unit, with progress after each exercise, in the order of the text at the end."""
    progress: list[tuple[str, int, int]] = []
    found = verify(
        [UNITS / "41_tiny"],
        seeds=3,
        jobs=2,
        on_progress=lambda r, done, all_: progress.append((r.exercise, done, all_)),
    )
    assert found.ok
    assert [result.exercise for result in found.results] == [HALF, PRODUCT, "41-explain"]
    assert [result.mistakes for result in found.results] == [2, 3, 0]
    assert sorted(done for _, done, _ in progress) == [1, 2, 3]


@pytest.mark.slow
def test_verify_one_exercise(spoiled: Callable[..., Path]) -> None:
    """``UNIT#EXERCISE`` verifies that one and leaves the others alone; its problems come back with path and line."""
    folder = spoiled(":expect: doubled", ":expect: sign")
    assert verify([folder], only=f"41_tiny#{PRODUCT}", seeds=2).ok
    (problem,) = verify([folder], only=f"41_tiny#{HALF}", seeds=2).problems
    assert str(problem).startswith(f"{folder / 'exercises.md'}:{problem.line}: expected sign")


@pytest.mark.slow
def test_a_cell_that_ends_python_is_found(spoiled: Callable[..., Path]) -> None:
    """A worker that dies is an error about the unit, not a hang."""
    folder = spoiled("half = check.q", "import os\n\nos._exit(3)\nhalf = check.q")
    with pytest.raises(AuthoringError, match="ends Python itself"):
        verify([folder], only=f"41_tiny#{HALF}", seeds=2)


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("41_tinny", r"no such unit; did you mean 41_tiny\?"),
        ("41_tinny#41-product", r"no such unit; did you mean 41_tiny\?"),
        ("99_nothing", "no such unit; there are 41_tiny"),
        ("41_tiny#x", "no such exercise; there are 41-half"),
        ("41_tiny#41-prodct", r"no such exercise; did you mean 41_tiny#41-product\?"),
        ("41-product", r"an exercise, not a unit; did you mean 41_tiny#41-product\?"),
        ("41_tiny#", "no such exercise; there are 41-half"),
        ("#", "no such unit; there are 41_tiny"),
        ("", "no such unit; there are 41_tiny"),
    ],
)
def test_verify_nothing(only: str, message: str) -> None:
    """A name that is not there is answered with the names that are."""
    with pytest.raises(AuthoringError, match=message):
        verify([UNITS / "41_tiny"], only=only)
