"""Windows along an axis that stand in the wrong places, recognised from arrays alone.

Tags: ``flipped-kernel`` ``off-by-one-window`` ``wrong-stride`` ``adjoint-is-inverse`` ``last-use-only``. Their axes are
counted, and belong to no array that was given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checks.bank import NO, YES, Case, any_fits, mistake, transform
from autograder.checks.compare import close, scale_of


@mistake(
    "flipped-kernel",
    24,
    "The filter is turned round. Here, as in deep learning, the kernel is not flipped: entry w of the filter meets "
    "position t*stride + w of the signal.",
)
def _flipped_kernel(case: Case) -> Sequence[str]:
    """Filters have their taps on the middle of three axes; one filter is a vector beside windows that were counted."""
    turned = []
    for position, symbol in enumerate(case.symbols):
        if len(symbol.axes) == 3 or (len(symbol.axes) == 1 and position != case.wrt and _derived_axes(case)):
            taps = len(symbol.axes) // 2
            wrong = case.right_with("flipped", position, np.flip(case.draw.args[position], taps))
            own = position == case.wrt and wrong.ndim >= 3
            turned += [np.flip(each, wrong.ndim - 2) for each in (wrong, case.want)] if own else [wrong]
    return any_fits(case, turned)


@transform(
    "adjoint-is-inverse",
    14,
    "This undoes the map instead of transposing it: where windows overlap, an adjoint adds and does not average.",
    frozenset({"adjoint"}),
)
def _adjoint_is_inverse(case: Case) -> np.ndarray | None:
    if case.function is None:
        return None
    counts = case.reference(case.replaced(0, case.function(np.ones_like(case.want), *case.draw.args[1:])))
    return np.asarray(case.want / counts) if bool(np.all(counts > 0)) and bool(np.any(counts > 1)) else None


@mistake(
    "last-use-only",
    26,
    "Where several windows meet, only one number of theirs is kept: the others were overwritten. They add up: write += "
    "and not =.",
    frozenset({"adjoint"}),
    new=False,
)
def _overwritten(case: Case) -> Sequence[str]:
    """Every entry of the answer is one of the numbers that should have been added there."""
    if case.got.shape != case.want.shape:
        return NO
    if "summands" not in case.memo:
        case.memo["summands"] = _summands(case)
    summands: np.ndarray = case.memo["summands"]
    one = np.where(summands, np.abs(summands - case.got), np.inf).min(axis=0)
    met = np.count_nonzero(summands, axis=0)
    return YES if np.any(met > 1) and np.all((one <= 1e-6 * scale_of(case.want)) | (met == 0)) else NO


def _summands(case: Case) -> np.ndarray:
    """What each entry of the argument contributes to the right answer, by entry."""
    ybar = case.draw.args[0]
    single = np.diag(ybar.ravel()).reshape(-1, *ybar.shape)
    return np.array([case.reference(case.replaced(0, each)) for each in single])


@mistake(
    "off-by-one-window",
    24,
    "{detail} A signal of length s has (s - w) // stride + 1 windows of width w, and the first one begins at entry 0.",
    frozenset({"value", "adjoint", "jacobian"}),
)
def _off_by_one_window(case: Case) -> Sequence[str]:
    """One window too few or too many, or all windows moved by one."""
    for axis in _derived_axes(case):
        got, want = np.moveaxis(case.got, axis, 0), np.moveaxis(case.want, axis, 0)
        if got.shape[1:] != want.shape[1:] or len(want) < 3 or not np.any(want[1:-1]):
            continue
        for shorter, longer, said in ((got, want, "One window is missing."), (want, got, "One window is too many.")):
            if len(shorter) == len(longer) - 1 and any(
                close(shorter, part, 1e-6) for part in (longer[1:], longer[:-1])
            ):
                return (said,)
        moved = len(got) == len(want) and (close(got[:-1], want[1:], 1e-6) or close(got[1:], want[:-1], 1e-6))
        if moved:
            return ("The windows are moved by one.",)
    return NO


@mistake("off-by-one-window", 25, "One window is missing.", frozenset({"adjoint"}), new=False)
def _window_left_out(case: Case) -> Sequence[str]:
    """Right where the first or the last window is zero: along an axis that was counted, and no argument has."""
    windows = case.draw.args[0]
    if np.ndim(windows) < 2 or len(windows) < 2 or len(windows) in case.draw.lengths.values():
        return NO
    left_out = []
    for k in (0, -1):
        others = windows.copy()
        others[k] = 0
        left_out.append(case.right_with(f"without window {k}", 0, others))
    return any_fits(case, left_out)


@mistake(
    "wrong-stride",
    24,
    "The windows are right, but stand {detail} Window t begins at entry t * stride.",
    frozenset({"value", "adjoint", "jacobian"}),
)
def _wrong_stride(case: Case) -> Sequence[str]:
    for axis in _derived_axes(case):
        got, want = np.moveaxis(case.got, axis, 0), np.moveaxis(case.want, axis, 0)
        for stride in (2, 3, 4):
            if len(want) > 1 and close(got[::stride][: len(want)], want, 1e-6) and len(got) > len(want):
                return ("too close: the stride is missing.",)
            if len(got) > 1 and close(got, want[::stride][: len(got)], 1e-6) and len(got) < len(want):
                return ("too far apart: the stride is too large.",)
    return NO


def _derived_axes(case: Case) -> list[int]:
    """The axes that are no argument's: positions of windows are counted, and belong to no array that was given."""
    given = {length for symbol in case.symbols for length in symbol.shape(case.draw.lengths)}
    if case.got.ndim != case.want.ndim:
        return []
    return [axis for axis, length in enumerate(case.want.shape) if length not in given or case.kind == "adjoint"]
