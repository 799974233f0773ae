"""Reading what a caller gives: every argument of a public function comes through here, or is refused in one sentence.

``numbers`` is for rearrangements, which pass complex and non-finite entries through: they are called inside functions
that are being differentiated by a complex step. ``point`` is for the places and directions of a derivative, which are
real and finite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mcutils._errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def numbers(who: str, name: str, value: object) -> NDArray[Any]:
    """Read ``value``, the argument ``name`` of the function ``who``, as an array of numbers with at least one entry."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(
            f"{who}: {name} is ragged (its rows differ in length); give every row the same length"
        ) from None
    if array.dtype.kind not in "biufc":
        got = describe(array if isinstance(value, list | tuple) else value)
        raise ValueError(f"{who}: {name} is {got}; wanted a number or an array of numbers")
    if array.size == 0:
        raise ShapeError(f"{who}: {name} has shape {array.shape}, so no entries; every axis needs length 1 or more")
    return array


def point(who: str, name: str, value: object) -> NDArray[np.float64]:
    """Read ``value`` as real, finite numbers, in an array that is nobody else's."""
    array = numbers(who, name, value)
    if array.dtype.kind == "c":
        raise ValueError(f"{who}: {name} is complex; derivatives here are by real variables, so give {name}.real")
    copy = np.array(array, dtype=np.float64)
    require_finite(f"{who}: {name}", copy)
    return copy


def require_finite(what: str, array: NDArray[Any]) -> None:
    """Raise ValueError, with the first place where it is not so, unless every entry is finite."""
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        entry = f"[{', '.join(map(str, where))}]" if where else ""
        raise ValueError(f"{what}{entry} is {array[where]}; every number must be finite")


def symmetric_matrix(who: str, name: str, array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Read ``array``, the argument ``name``, as a symmetric matrix, rounding apart."""
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ShapeError(f"{who}: {name} has shape {array.shape}; symmetric=True is for a square matrix, (n, n)")
    difference = np.abs(array - array.T)
    if difference.max() > 1e-8 * np.abs(array).max():
        i, j = sorted(int(k) for k in np.unravel_index(difference.argmax(), array.shape))
        raise ValueError(
            f"{who}: {name}[{i}, {j}] is {array[i, j]:.6g} and {name}[{j}, {i}] is {array[j, i]:.6g}; "
            f"with symmetric=True give a symmetric {name}, such as ({name} + {name}.T) / 2"
        )
    return (array + array.T) / 2


def same_shape(who: str, name: str, array: NDArray[Any], other: str, shape: tuple[int, ...]) -> None:
    """Raise ShapeError unless ``array``, the argument ``name``, has the shape of the thing called ``other``."""
    if array.shape != shape:
        raise ShapeError(f"{who}: {name} has shape {array.shape}, {other} has shape {shape}; the two must be equal")


def axes(who: str, name: str, array: NDArray[Any], wanted: str, hint: str) -> None:
    """Raise ShapeError unless ``array`` has as many axes as ``wanted`` names: ``axes(who, "X", X, "m n", "...")``."""
    names = wanted.split()
    if array.ndim != len(names):
        shape = "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"
        raise ShapeError(f"{who}: {name} has shape {array.shape}, wanted {shape}; {hint}")


def count(who: str, name: str, value: object) -> int:
    """Read ``value`` as a whole number of at least 1: a size, a width, a stride."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # what cannot be an index raises TypeError: that is the test
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f"{who}: {name} is {value!r}; wanted a whole number of 1 or more")
    return number


def function(who: str, value: object) -> Callable[..., Any]:
    """Read ``value`` as the function to differentiate."""
    if not callable(value):
        raise TypeError(f"{who}: f is {describe(value)}; give the function itself, f, not its value f(x)")
    return value


_KINDS = {
    "U": "text",
    "S": "bytes",
    "O": "Python objects",
    "M": "dates",
    "m": "times",
    "V": "records",
    "c": "complex numbers",
}


def describe(value: object) -> str:
    """Say in a few words what ``value`` is, for an error message."""
    if value is None or isinstance(value, str):
        return repr(value)[:60]
    if value is ...:
        return "..., a blank not filled in yet"
    if isinstance(value, np.ndarray):
        return f"an array of {_KINDS.get(value.dtype.kind, 'numbers')}"
    if callable(value):
        return "a function"
    return f"of type {type(value).__name__}"
