"""What every exercise must keep, each clause a function from an exercise to what is wrong with it.

Separate from :mod:`.verify`, which spreads exercises over processes, so that a worker loads no more than this. The
clauses for which nothing is run stand in :mod:`.told`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.authoring import names, variation
from autograder.authoring.blanks import blank
from autograder.authoring.model import WRONG, Cell, Exercise
from autograder.authoring.mutation import Mutated, Mutation, mutate
from autograder.authoring.offers import READY
from autograder.authoring.play import Outcome, play
from autograder.authoring.problem import Problem, problem_at
from autograder.authoring.stage import Stage
from autograder.authoring.told import what_the_text_lacks


@dataclass(frozen=True)
class ExerciseResult:
    """What verifying one exercise found.

    Args:
        unit: the unit's name.
        exercise: the exercise's id.
        title: its heading.
        points: what it is worth.
        mistakes: how many mistakes it lists.
        seconds: how long its cells ran.
        problems: what is wrong, in the order of the text.
        mutation: what became of the mutants of its solutions; none are made where the solution itself fails.
    """

    unit: str
    exercise: str
    title: str
    points: float
    mistakes: int
    seconds: float
    problems: tuple[Problem, ...]
    mutation: Mutation


def verify_exercise(
    unit: str, common: Sequence[Cell], exercise: Exercise, seeds: int, earlier: Sequence[Cell] = ()
) -> ExerciseResult:
    """Run the whole contract on one exercise.

    Args:
        unit: the unit's name.
        common: the unit's code outside exercises that comes before this one.
        exercise: what to verify.
        seeds: on how many seeds the solution must earn full marks.
        earlier: given cells of the exercises before this one.
    """
    began = time.perf_counter()
    own = [cell for cell in exercise.having("given", "answer", "test", "hidden") if cell.kind == "code"]
    notebook = (*common, *own)
    found: list[Problem] = []
    for number, student in enumerate(variation.students(exercise)):
        known = {problem.line for problem in found}
        draws = range(seeds if number == 0 else min(seeds, 5))
        found += [problem for problem in _as(student, exercise, notebook, draws) if problem.line not in known]
    found += what_the_text_lacks(exercise, common)
    mutation = Mutation() if found else _mutation(exercise, notebook, (*common, *earlier))
    found += [problem for mutant in mutation.mutants for problem in _mutant(mutant, exercise)]
    return ExerciseResult(
        unit=unit,
        exercise=exercise.id,
        title=exercise.title,
        points=exercise.points,
        mistakes=len(exercise.having("mistake")),
        seconds=time.perf_counter() - began,
        problems=tuple(sorted(dict.fromkeys(found), key=lambda problem: problem.line)),
        mutation=mutation,
    )


def _mutation(exercise: Exercise, notebook: Sequence[Cell], earlier: Sequence[Cell]) -> Mutation:
    """Run the mutants, for the first of the students for whom a variant is drawn."""
    with variation.drawing_for(variation.students(exercise)[0]):
        return mutate(notebook, exercise.having("right"), earlier=earlier)


def _as(student: str, exercise: Exercise, notebook: Sequence[Cell], seeds: Sequence[int]) -> Iterator[Problem]:
    """Run the clauses that depend on what a student draws."""
    few = seeds[:3]
    with variation.drawing_for(student):
        stage = Stage(notebook, few)
        for problem in (
            *_solution(notebook, seeds),
            *_blank(notebook, few),
            *_without_answers(notebook, few),
            *(problem for mistake in exercise.having("mistake") for problem in _mistake(mistake, stage)),
            *(problem for right in exercise.having("right") for problem in _right(right, stage)),
        ):
            yield replace(problem, drawn_for=student)


def _solution(notebook: Sequence[Cell], seeds: Sequence[int]) -> Iterator[Problem]:
    """The solution earns full marks on every seed."""
    outcomes = play(notebook, seeds)
    for cell in notebook:
        for outcome in outcomes[cell.id]:
            if wrong := _short_of_full(cell, outcome):
                line = outcome.stumble.line if outcome.stumble else cell.line
                yield problem_at(cell, f"with the solution, {wrong}", line)
                break


def _short_of_full(cell: Cell, outcome: Outcome) -> str | None:
    if outcome.stumble:
        return f"this cell stops with {outcome.stumble.message}"
    if not cell.points:
        return None
    if type(outcome.value) is not float or outcome.value != cell.points:
        earned = f"{outcome.value:g}" if type(outcome.value) is float else repr(outcome.value)
        return f"this test gives {earned} of {cell.points:g} on seed {outcome.seed}: {outcome.message}"
    if outcome.stderr:
        return f"this test writes to stderr, for which nbgrader gives 0: {' '.join(outcome.stderr.split())[:160]}"
    return None


def _blank(notebook: Sequence[Cell], seeds: Sequence[int]) -> Iterator[Problem]:
    """What is released earns nothing, and raises nothing."""
    outcomes = play([replace(cell, source=blank(cell.source)) for cell in notebook], seeds)
    for cell in notebook:
        outcome = outcomes[cell.id][0]
        if outcome.stumble:
            yield problem_at(cell, f"with the blank as released, this cell stops with {outcome.stumble.message}")
        for outcome in outcomes[cell.id] if cell.points else ():
            if outcome.stumble is None and outcome.value != 0.0:
                yield problem_at(cell, f"the blank as released earns {outcome.value!r} here; a test must refuse it")
                break


def _without_answers(notebook: Sequence[Cell], seeds: Sequence[int]) -> Iterator[Problem]:
    """Nothing is earned where the answer cells are gone: no other cell binds their names."""
    outcomes = play([cell for cell in notebook if cell.role != "answer"], seeds)
    for cell in notebook:
        if cell.points and any(outcome.stumble is None and outcome.value != 0.0 for outcome in outcomes[cell.id]):
            yield problem_at(cell, "this test gives marks to a learner who deletes the answer cell; test what it binds")


def _mistake(mistake: Cell, stage: Stage) -> Iterator[Problem]:
    """A listed mistake earns less than full in each test that reads a name it rebinds, and is named by its tag."""
    if (after := stage.after(mistake)) is None:
        yield _unbound(mistake)
        return
    tests, outcomes = stage.tried(mistake, after)
    if stumble := outcomes[mistake.id][0].stumble:
        yield problem_at(mistake, f"this mistake stops with {stumble.message}", stumble.line)
        return
    for test in tests:
        if wrong := next(filter(None, (_not_refused(test, outcome) for outcome in outcomes[test.id])), None):
            yield problem_at(mistake, f"with this mistake, the test at line {test.line} {wrong}")
            return
    yield from _misnamed(mistake, [[outcomes[test.id][k] for test in tests] for k in range(len(stage.seeds))])


def _right(right: Cell, stage: Stage) -> Iterator[Problem]:
    """Another right answer earns full marks in each test that reads a name it binds."""
    if (after := stage.after(right)) is None:
        yield _unbound(right)
        return
    tests, outcomes = stage.tried(right, after)
    for cell in (right, *tests):
        if wrong := next(filter(None, (_short_of_full(cell, outcome) for outcome in outcomes[cell.id])), None):
            yield problem_at(right, f"with this right answer, {wrong}")
            return


def _unbound(cell: Cell) -> Problem:
    said = "mistake" if cell.role == "mistake" else "right cell"
    return problem_at(
        cell, f"this {said} binds {', '.join(sorted(names.bound(cell.source)))}, which no answer cell binds"
    )


def _mutant(mutant: Mutated, exercise: Exercise) -> Iterator[Problem]:
    """A mutant of the solution is refused, by no name that it does not deserve, unless it is proved to be no error."""
    change = f"this change of the solution ({mutant.operator})"
    if mutant.operator == READY.name and mutant.fate == "survived":
        message = (
            "this earns full marks, and all of it stands ready; move it into the test cell or ask for something else, "
            "or, where it is the point, list this in a right cell with the reason"
        )
        yield Problem(exercise.cells[0].path, mutant.line, message, diff=mutant.diff)
        return
    called, allowed = " and ".join(mutant.tags), " or ".join(mutant.allowed) or "nothing"
    told = {
        "survived": f"{change} earns full marks, and nothing proves it right; make the test stronger, or list it in a "
        "right cell with the reason",
        "misnamed": f"{change} is called {called}, and may be called {allowed}: {mutant.said}",
        "fault": f"on {change} the check cannot tell: {mutant.said}",
    }.get(mutant.fate)
    if told:
        yield Problem(exercise.cells[0].path, mutant.line, told, diff=mutant.diff)


def _misnamed(mistake: Cell, by_seed: Sequence[Sequence[Outcome]]) -> Iterator[Problem]:
    wanted = frozenset() if mistake.expect == WRONG else frozenset({mistake.expect})
    for outcomes in by_seed:
        given = frozenset().union(*(outcome.tags for outcome in outcomes))
        if given != wanted:
            called = " and ".join(sorted(given)) or WRONG
            said = " ".join(outcome.message for outcome in outcomes)
            yield problem_at(mistake, f"expected {mistake.expect}; the check finds {called}: {said}")
            return


def _not_refused(test: Cell, outcome: Outcome) -> str | None:
    if outcome.stumble:
        return f"stops with {outcome.stumble.message}"
    if type(outcome.value) is not float or not 0 <= outcome.value < test.points:
        return f"gives {outcome.value!r} of {test.points:g} on seed {outcome.seed}; it must refuse it"
    if any(item.report.status == "fault" for item in outcome.published):
        return f"cannot tell: {outcome.message}"
    return None
