"""Time on the clock and on the processor, for a notebook and for the cell that runs; held outside of its processes."""

from __future__ import annotations

import time
from collections.abc import Callable

from autograder.grading.sealed.limits import Limits

CLOCK = 5.0
"""Times as long on the clock as on the processor: on a busy machine a process waits for its turn."""


class Patience:
    """How long a process gets to do what it is asked to; a busy machine does not shorten it.

    Args:
        seconds: of the processor; on the clock it is five times as long.
        cpu: gives the processor seconds that were used so far.
    """

    def __init__(self, seconds: float, cpu: Callable[[], float]) -> None:
        self.cpu = cpu
        self.until, self.until_cpu = time.monotonic() + CLOCK * seconds, cpu() + seconds

    def is_over(self) -> bool:
        """Whether there is no more of it."""
        return time.monotonic() >= self.until or self.cpu() >= self.until_cpu


class Clock:
    """Says which limit is reached.

    Args:
        limits: of the submission.
        cpu: gives the processor seconds that the notebook's processes have used so far.
    """

    def __init__(self, limits: Limits, cpu: Callable[[], float]) -> None:
        self.limits = limits
        self.cpu = cpu
        self.began = time.monotonic()
        self.begin_cell()

    def begin_cell(self) -> None:
        """A cell begins; what it takes is counted from now on."""
        self.cell_began = time.monotonic()
        self.cell_cpu: float | None = None  # asked for when first needed: most cells end before that

    def reached(self) -> str:
        """Name the limit that is reached, as a clause; empty while there is none."""
        now, cpu, limits = time.monotonic(), self.cpu(), self.limits
        self.cell_cpu = cpu if self.cell_cpu is None else self.cell_cpu
        return _named(
            (now - self.cell_began, limits.cell_seconds, "a cell may take {:g} seconds"),
            (cpu - self.cell_cpu, limits.cell_cpu, "a cell may take {:g} seconds of processor time"),
        ) or self._used_up(now, cpu)

    def used_up(self) -> str:
        """Name the limit of the notebook that is reached: cells that end before anybody asks may be any number."""
        return self._used_up(time.monotonic(), self.cpu())

    def _used_up(self, now: float, cpu: float) -> str:
        limits = self.limits
        return _named(
            (now - self.began, limits.notebook_seconds, "a notebook may take {:g} seconds"),
            (cpu, limits.notebook_cpu, "a notebook may take {:g} seconds of processor time"),
        )


def _named(*rows: tuple[float, float, str]) -> str:
    """The first of the limits that is reached, of rows that say what was taken, what may be, and how that is said."""
    return next((text.format(most) for taken, most, text in rows if taken >= most), "")
