"""Arrays and their sizes: reading what `evaluate` is given, and the functions that generated code may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mcutils._errors import ShapeError
from mcutils._inputs import describe
from mcutils._symbolic.core import Axis, Head
from mcutils._symbolic.sizes import shape

Array = NDArray[Any]


def axis_size(axis: Axis, sizes: Mapping[str, int]) -> int:
    """The size of an axis: a number, a name, a product of names, or tri(n) = n(n+1)/2."""
    if isinstance(axis, int):
        return axis
    if axis.startswith("tri("):
        n = axis_size(axis[4:-1], sizes)
        return n * (n + 1) // 2
    return prod(int(part) if part.isdigit() else sizes[part] for part in axis.split("*"))


def measured(symbols: Mapping[str, Head], arrays: Mapping[str, Any]) -> tuple[tuple[Array, ...], dict[str, int]]:
    """Arrays as floats, in the order of the symbols, and the size of every named axis.

    Raises:
        ShapeError: an array has the wrong number of axes, or two arrays disagree on a size.
        ValueError: an array is missing or not wanted.
    """
    missing = [name for name in symbols if name not in arrays]
    extra = [name for name in arrays if name not in symbols]
    if missing or extra:
        problem = f"{missing[0]} has no value" if missing else f"{extra[0]} does not occur"
        raise ValueError(f"{problem}; give one array for each of {', '.join(symbols) or 'no symbols'}")
    values = {name: _as_numbers(name, arrays[name]) for name in symbols}
    sizes: dict[str, int] = {}
    for name, head in symbols.items():
        if values[name].ndim != len(head.axes):
            raise ShapeError(f"{name} has shape {values[name].shape}, and its axes are {shape(head.axes)}")
        for axis, size in zip(head.axes, values[name].shape, strict=True):
            if isinstance(axis, str) and axis.isidentifier() and sizes.setdefault(axis, size) != size:
                raise ShapeError(f"{name} has {size} entries along {axis}, and another array has {sizes[axis]}")
    for name, head in symbols.items():
        wanted = tuple(
            axis_size(axis, sizes) if _known(axis, sizes) else size
            for axis, size in zip(head.axes, values[name].shape, strict=True)
        )
        if values[name].shape != wanted:
            raise ShapeError(f"{name} has shape {values[name].shape}, and its axes {shape(head.axes)} are {wanted}")
    return tuple(values.values()), sizes


def _known(axis: Axis, sizes: Mapping[str, int]) -> bool:
    return isinstance(axis, int) or all(
        p.isdigit() or p in sizes for p in axis.removeprefix("tri(").removesuffix(")").split("*")
    )


def _as_numbers(name: str, value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ShapeError(f"{name} is ragged (its rows differ in length); give every row the same length") from None
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} is {describe(value)}; wanted a number or an array of numbers")
    return array if array.dtype.kind == "c" else array.astype(float, copy=False)


def is_ready(value: Any) -> bool:
    """Whether a value can be used as it is."""
    return isinstance(value, np.ndarray) and value.dtype == np.float64


# ---------------------------------------------------------------- functions


def sigmoid(u: Array) -> Any:
    """1 / (1 + exp(-u)) without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * u)


def softmax(u: Array, axis: int = 0) -> Any:
    """exp(u) over its sum along an axis, without overflow."""
    e = np.exp(u - u.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def gram(X: Array, w: Array) -> Any:
    """X.T @ diag(w) @ X; by half the work where w has no negative entry, as the weights of logistic regression."""
    if w.dtype.kind == "f" and w.min(initial=0.0) >= 0:
        scaled = X * np.sqrt(w)[:, None]
        return scaled.T @ scaled
    return (X * w[:, None]).T @ X


def triangle(n: int) -> Array:
    """triangle[i, j, t] = 1 where entry t of vech is the entry (i, j) of a symmetric matrix."""
    result = np.zeros((n, n, n * (n + 1) // 2))
    for t, (i, j) in enumerate((row, column) for column in range(n) for row in range(column, n)):
        result[i, j, t] = result[j, i, t] = 1
    return result


HELPERS: dict[str, Callable[..., Any]] = {"gram": gram, "triangle": triangle}
