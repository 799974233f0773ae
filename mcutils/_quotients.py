"""What is common to all difference quotients here, and Richardson's step from three of them to step 0.

A quotient that is even in the step h has an expansion in h**2, so three of them, at h, h/2 and h/4, make an estimate
whose own error goes with h**6 (Richardson 1911; Ridders 1982). It comes with its jump, the slope to one side less the
slope to the other, which is odd in h and goes to 0 unless there is a kink. Steps are counted in units of the
displacement, by their level: the step is ``2**-level``. So the same numbers serve for any X.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EPS = 2.0**-52


class Rung(NamedTuple):
    """Difference quotients with one step, for k displacements and m outputs.

    Attributes:
        quotient: array of shape (k, m), even in the step.
        jump: array of shape (k, m), odd in the step: the slope to the right less the slope to the left.
        rounding: array of shape (k, 1), what the rounding of f's values does to them at least.
    """

    quotient: Floats
    jump: Floats
    rounding: Floats


class Start(NamedTuple):
    """Where to look for a limit first. Once one has been found, its neighbours are best looked for from there.

    Attributes:
        level: the level of the largest step in the first window.
        error: absolute error, along the displacements, that needs no improving.
    """

    level: int
    error: float = 0.0


class Quotients(Protocol):
    """What a limit is taken of.

    Attributes:
        power: the power of the step that f's values are divided by.
        start: where to look first.
        tolerance: error, relative to the largest limit, that needs no improving.
        units: array of shape (k,), what each displacement was scaled by.
        ladders: for each displacement, the levels of all steps worth taking.
        rounded: so many of the finest show f's rounding and nothing else.
    """

    power: int
    start: Start
    tolerance: float
    units: Floats
    ladders: list[range]
    rounded: int

    def rung(self, level: int, rows: list[int]) -> Rung:
        """The quotients with the step ``2**-level``, for the displacements named by ``rows``."""
        ...

    def kink(self, row: int, left: float, right: float) -> str:
        """The sentence for a kink that is met along a displacement; nan for slopes that do not settle."""
        ...


class Windows(NamedTuple):
    """For each three consecutive rungs: the limit, its estimated error, the jump left at step 0, and the rounding."""

    value: Floats
    error: Floats
    jump: Floats
    rounding: Floats


def stack(rungs: list[Rung]) -> Rung:
    """The rungs as one, with an axis for the levels in front."""
    return Rung(*(np.array(arrays) for arrays in zip(*rungs, strict=True)))


def extrapolate(rungs: Rung) -> Windows:
    """Take each window of three stacked rungs to step 0."""
    quotient, jump, rounding = rungs
    once = (4 * quotient[1:] - quotient[:-1]) / 3
    value = (16 * once[1:] - once[:-1]) / 15
    jump_once = 2 * jump[1:] - jump[:-1]
    jump_left = (8 * jump_once[1:] - jump_once[:-1]) / 7
    error = np.abs(once[1:] - once[:-1]) + np.abs(jump_left) / 2 + rounding[2:]
    return Windows(value, error, jump_left, rounding[2:])
