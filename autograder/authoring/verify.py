"""Verify units: the contract of :mod:`.contract` on every exercise, in worker processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.contract import ExerciseResult, verify_exercise
from autograder.authoring.interrupts import children_without_ctrl_c, end_at_ctrl_c
from autograder.authoring.model import AuthoringError, Cell, Exercise, Unit
from autograder.authoring.mutation import Mutation
from autograder.authoring.problem import Problem
from autograder.authoring.units import read_units
from autograder.nearest import did_you_mean, nearest

__all__ = ["ExerciseResult", "Problem", "Verification", "verify"]

Task = tuple[str, tuple[Cell, ...], Exercise, int, tuple[Cell, ...]]


@dataclass(frozen=True)
class Verification:
    """What :func:`verify` found, exercise by exercise in the order of the units."""

    results: tuple[ExerciseResult, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong."""
        return tuple(problem for result in self.results for problem in result.problems)

    @property
    def mutation(self) -> Mutation:
        """What became of all mutants."""
        every = tuple(mutant for result in self.results for mutant in result.mutation.mutants)
        return Mutation(every, sum(result.mutation.made for result in self.results))

    @property
    def ok(self) -> bool:
        """Whether every exercise keeps the contract."""
        return not self.problems


def verify(
    units: Sequence[Path],
    *,
    only: str | None = None,
    seeds: int = 50,
    jobs: int | None = None,
    on_progress: Callable[[ExerciseResult, int, int], None] | None = None,
) -> Verification:
    """Verify that solutions pass, that blanks, listed mistakes and mutants do not, and nothing gives an answer away.

    Args:
        units: the units' folders.
        only: one unit (``02_gradients``) or one exercise (``02_gradients#02-tilted-bowl``).
        seeds: on how many seeds a solution must earn full marks.
        jobs: how many processes; by default one for each core.
        on_progress: called after each exercise with its result, how many are done, and how many there are.

    Raises:
        AuthoringError: a unit cannot stand, or ``only`` names nothing; what is merely wrong is in the result.
    """
    tasks = _tasks(read_units(units), only, seeds)
    workers = max(1, min(jobs or os.cpu_count() or 1, len(tasks)))
    results: dict[int, ExerciseResult] = {}
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin_worker) as pool:
        with children_without_ctrl_c():
            futures = {pool.submit(verify_exercise, *task): number for number, task in enumerate(tasks)}
        try:
            for future in as_completed(futures):
                results[futures[future]] = result = future.result()
                if on_progress is not None:
                    on_progress(result, len(results), len(tasks))
        except BrokenProcessPool:
            first = tasks[min(set(range(len(tasks))) - set(results))]
            raise first[2].cells[0].error("a cell of this exercise, or of a later one, ends Python itself") from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Verification(tuple(results[number] for number in sorted(results)))


def _begin_worker() -> None:
    end_at_ctrl_c()
    os.environ["MPLBACKEND"] = "agg"


def _tasks(units: Sequence[Unit], only: str | None, seeds: int) -> list[Task]:
    wanted_unit, one, wanted = (only or "").partition("#")
    tasks: list[Task] = []
    for unit in units:
        for number, exercise in enumerate(unit.exercises):
            if only is None or (unit.name == wanted_unit and (not one or exercise.id == wanted)):
                common = tuple(cell for cell in unit.common if cell.line < exercise.cells[0].line)
                earlier = tuple(cell for other in unit.exercises[:number] for cell in other.having("given"))
                tasks.append((unit.name, common, exercise, seeds, earlier))
    if only is not None and not tasks:
        raise AuthoringError(Path(only), None, _not_there(only, units))
    return tasks


def _not_there(only: str, units: Sequence[Unit]) -> str:
    """Say that a unit or an exercise is not there, and what is, as it would be typed."""
    wanted_unit, _, wanted = only.partition("#")
    by_name = {unit.name: unit for unit in units}
    if wanted_unit in by_name:
        ids = [exercise.id for exercise in by_name[wanted_unit].exercises]
        meant = nearest(wanted, ids)
        return "there is no such exercise; " + (
            f"did you mean {wanted_unit}#{meant}?" if meant else f"there are {', '.join(ids)}"
        )
    places = {exercise.id: f"{unit.name}#{exercise.id}" for unit in units for exercise in unit.exercises}
    if only in places:
        return f"this is an exercise, not a unit; did you mean {places[only]}?"
    return f"there is no such unit; {did_you_mean(wanted_unit, by_name)}"
