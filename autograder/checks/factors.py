"""Answers that are right up to a factor, or nothing that was asked for, recognised from arrays alone.

Tags: ``sign`` ``doubled`` ``halved`` ``scaled`` ``not-a-derivative-of-this`` ``shape``. Ranks: 40 to 60 for factors, 64
for factors of a step from an argument, 90 for what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograder.checks.bank import EVERY_KIND, NO, YES, Case, Kind, Reading, any_fits, mistake, transform


@transform(
    "sign", 40, "Right but for the sign, which is the opposite one. Look for the minus that was lost, or taken twice."
)
def _sign(case: Case) -> np.ndarray | None:
    return -case.want


_TWICE, _HALF = "Exactly twice the right answer.", "Exactly half of the right answer."
_DERIVATIVES, _VALUE = EVERY_KIND - {"value"}, frozenset[Kind]({"value"})


def _doubled(case: Case) -> Sequence[str]:
    return any_fits(case, [2 * case.want])


def _halved(case: Case) -> Sequence[str]:
    return any_fits(case, [case.want / 2])


mistake("doubled", 50, f"{_TWICE} Look for a factor 1/2 in the question, or a term counted twice.", _DERIVATIVES)(
    _doubled
)
mistake("doubled", 50, f"{_TWICE} Look for a factor 1/2 that is lost.", _VALUE, new=False)(_doubled)
mistake("halved", 50, f"{_HALF} The variable may stand in two places, or a square lost its 2.", _DERIVATIVES)(_halved)
mistake("halved", 50, f"{_HALF} Look for a factor 2 that is lost.", _VALUE, new=False)(_halved)


@mistake(
    "scaled",
    60,
    "Right up to a factor: it is {detail} times what it should be. Look for a constant lost or added.",
)
def _scaled(case: Case) -> Sequence[str]:
    if case.got.shape != case.want.shape or not np.any(case.want) or not np.any(case.got):
        return NO
    factor = float(np.vdot(case.want, case.got) / np.vdot(case.want, case.want))
    if not case.fits(factor * case.want) or (case.want.size == 1 and not case.symbols):
        return NO
    return (f"{factor:.5g}", *factor_in_axes(factor, case.draw.lengths))


def factor_in_axes(factor: float, lengths: Mapping[str, int]) -> list[str]:
    """Write a factor as a small multiple of an axis length or of its inverse, wherever that is what it is."""
    texts = []
    for axis, length in lengths.items():
        for multiple in (1, 2, -1, -2):
            prefix = {1: "", -1: "-"}.get(multiple, f"{multiple}*")
            if np.isclose(factor, multiple * length, rtol=1e-6):
                texts.append(f"{prefix}{axis}")
            if abs(multiple) == 2 and np.isclose(factor, length / multiple, rtol=1e-6):
                texts.append(f"{axis}/2" if multiple > 0 else f"-{axis}/2")
            if np.isclose(factor, multiple / length, rtol=1e-6):
                texts.append(f"{multiple}/{axis}")
    return texts


@mistake(
    "not-a-derivative-of-this",
    62,
    "This is not the derivative that is asked for: it is {detail}.",
    frozenset({"gradient", "jacobian"}),
)
def _another_function(case: Case) -> Sequence[str]:
    if case.function is None:
        return NO
    value = np.asarray(case.function(*(np.copy(arg) for arg in case.draw.args)), dtype=float)
    if case.fits(value):
        return ("the function itself",)
    squared = value.ndim == 0 and case.fits(2 * value * case.want)
    return ("the derivative of the function's square",) if squared else NO


def _step_from_an_argument(factor: float) -> Reading:
    """Right but for a factor of what was added to an argument."""

    def read(case: Case) -> Sequence[str]:
        if case.got.shape != case.want.shape:
            return NO
        starts = [
            (s.name, a) for s, a in zip(case.symbols, case.draw.args, strict=True) if np.shape(a) == case.want.shape
        ]
        return [name for name, start in starts if case.fits(start + factor * (case.want - start))]

    return read


for _tag, _factor, _said in (
    ("sign", -1.0, "goes the opposite way: look for the minus"),
    ("doubled", 2.0, "is twice as long as it should be"),
    ("halved", 0.5, "is half as long as it should be"),
):
    mistake(_tag, 64, f"The step from {{detail}} {_said}.", frozenset({"value"}), new=False)(
        _step_from_an_argument(_factor)
    )


@mistake("shape", 90, "{detail}")
def _shape(case: Case) -> Sequence[str]:
    """The check says the shapes themselves, since it knows the axis names."""
    if case.got.shape == case.want.shape:
        return NO
    same = [n for n in case.got.shape if n > 1] == [n for n in case.want.shape if n > 1]
    return ("An axis of length 1 is too many: take it away.",) if same and case.got.ndim > case.want.ndim else YES
