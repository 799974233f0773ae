"""Verify: the computing time of each exercise, with and without mutants, and the ratio of the two.

Run: python benchmarks/verify_time.py [UNIT ...]
Each figure is of a process of its own, forked from one that has run another exercise and so loaded the engine: what one
run keeps is not there for the next. One after the other, so that the figures add up to what one core would need. The
goal is one second for an exercise, and two minutes on two cores for all of them.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from autograder.authoring import contract
from autograder.authoring.model import Cell, Exercise
from autograder.authoring.mutation import Mutation
from autograder.authoring.units import find_units, read_units

UNITS = Path(__file__).parents[1] / "course" / "units"
SEEDS = 50


def seconds(unit: str, common: tuple[Cell, ...], exercise: Exercise) -> tuple[float, int]:
    """The computing time of one exercise, and how many mutants were run."""
    began = time.process_time()
    result = contract.verify_exercise(unit, common, exercise, SEEDS)
    return time.process_time() - began, len(result.mutation.mutants)


def apart(*wanted: Any) -> tuple[float, int]:
    """The same in a process of its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(seconds, wanted)


def main(wanted: list[str]) -> None:
    """Print one line for each exercise, and the sums."""
    plain, full = [], []
    units = read_units(find_units(UNITS))
    seconds(units[0].name, (), units[0].exercises[0])
    for unit in units:
        for exercise in unit.exercises if not wanted or unit.name in wanted else ():
            common = tuple(cell for cell in unit.common if cell.line < exercise.cells[0].line)
            with patch.object(contract, "mutate", lambda *_: Mutation()):
                without, _ = apart(unit.name, common, exercise)
            whole, mutants = apart(unit.name, common, exercise)
            plain.append(without)
            full.append(whole)
            print(f"{exercise.id:28s} {whole:6.2f} s  {mutants:3d} mutants  {whole / without:5.2f} times without")
    ratios = [whole / without for without, whole in zip(plain, full, strict=True)]
    print(f"{'slowest':28s} {max(full):6.2f} s")
    print(f"{'all':28s} {sum(full):6.2f} s  median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
