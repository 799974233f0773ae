"""The function under the knife: every call of a caller's f goes through a ``Probe``.

f gets an array of its own each time, so it may change it; it is called silently; what it gives back is read as one flat
float array of always the same length, or refused in one sentence that uses f's own name. Where f is not defined, at a
point near X, the answer is nan: near is our choice, not the caller's.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from mcutils._errors import ShapeError
from mcutils._inputs import describe, require_finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

IMAGINARY = 2.0**-100  # the complex step: nothing is subtracted, so it cannot be too small


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings: a step may leave f's domain, and f may discard the imaginary part of a complex step."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


class Probe:
    """f around X.

    Attributes:
        who: the public function that the caller called, for messages.
        name: f's own name, for messages.
        variable: what that function calls its point, for messages.
        X: the point.
        shape: shape of f(X).
        value: f(X), flat.
    """

    def __init__(self, who: str, f: Callable[..., Any], variable: str, X: Floats) -> None:
        self.who = who
        self.variable = variable
        self.X = X
        self._f = f
        name = getattr(f, "__name__", "f")
        self.name = name if name.isidentifier() else "f"
        result = f(X.copy()[()])
        self.shape = _shape(result)
        self.value = self._read(result)
        require_finite(f"{who}: {self.name}({variable})", self.value.reshape(self.shape))

    def at(self, displacement: Floats) -> Floats:
        """f(X + displacement), flat; nan where f is not defined there."""
        try:
            result = self._f(self.X + displacement)
        except Exception:  # whatever f raises away from X, it says that f is not defined there
            return np.full(self.value.shape, np.nan)
        return self._read(result)

    def imaginary_slope(self, at: Floats, tilt: NDArray[np.complex128]) -> Floats | None:
        """The slope of f at a point along a direction that ``tilts`` has made imaginary, or None if f takes no such."""
        try:
            result = np.asarray(self._f(at + tilt))
        except Exception:  # f takes no complex numbers, in whatever way it says so
            return None
        if result.dtype.kind not in "biufc" or result.shape != self.shape:
            return None
        return np.asarray(result.imag / IMAGINARY, dtype=np.float64).ravel()

    @staticmethod
    def tilts(directions: Floats) -> NDArray[np.complex128]:
        """The complex steps along some directions."""
        return np.asarray(1j * IMAGINARY * directions, dtype=np.complex128)

    def _read(self, result: Any) -> Floats:
        try:
            array = np.asarray(result)
        except ValueError:
            raise ShapeError(
                f"{self.who}: {self.name} returned a ragged list; every row needs the same length"
            ) from None
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{self.who}: {self.name} returned {_complaint(result, array)}")
        if array.shape != self.shape:
            raise ShapeError(
                f"{self.who}: {self.name} returned shape {self.shape} at {self.variable} and {array.shape} "
                f"close by; its shape must not depend on the numbers in {self.variable}"
            )
        if array.size == 0:
            raise ShapeError(f"{self.who}: {self.name} returned shape {array.shape}, so no entries to differentiate")
        return np.array(array, dtype=np.float64).ravel()  # a copy, for f may use its array again


def _shape(result: Any) -> tuple[int, ...]:
    try:
        return np.shape(result)
    except ValueError:  # a ragged list, which the reading of the result then refuses
        return ()


def _complaint(result: Any, array: NDArray[Any]) -> str:
    if result is None:
        return "None; it must return a number or an array (is its return missing?)"
    if array.dtype.kind == "c":
        return "complex numbers; derivatives here are of real functions, so return the real part"
    return f"{describe(result)}; it must return a number or an array of numbers"
