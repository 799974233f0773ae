"""Verify: the computing time of each exercise, with and without mutants, and the ratio of the two.

Run: python benchmarks/verify_time.py [UNIT ...]
In one process, so that the figures add up to what one core would need; the first exercise is run once before, to load
the engine. The goal is one second for an exercise, and two minutes on two cores for all of them.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
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


def main(wanted: list[str]) -> None:
    """Print one line for each exercise, and the sums."""
    plain, full = [], []
    for unit in read_units(find_units(UNITS)):
        for exercise in unit.exercises if not wanted or unit.name in wanted else ():
            common = tuple(cell for cell in unit.common if cell.line < exercise.cells[0].line)
            if not full:
                seconds(unit.name, common, exercise)
            with patch.object(contract, "mutate", lambda *_: Mutation()):
                without, _ = seconds(unit.name, common, exercise)
            whole, mutants = seconds(unit.name, common, exercise)
            plain.append(without)
            full.append(whole)
            print(f"{exercise.id:28s} {whole:6.2f} s  {mutants:3d} mutants  {whole / without:5.2f} times without")
    ratios = [whole / without for without, whole in zip(plain, full, strict=True)]
    print(f"{'slowest':28s} {max(full):6.2f} s")
    print(f"{'all':28s} {sum(full):6.2f} s  median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
