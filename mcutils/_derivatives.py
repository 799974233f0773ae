"""Derivatives of any function by numbers: what the public functions and the checks rest on. (First version.)"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mcutils._errors import KinkError, ShapeError
from mcutils._layouts import arrange

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_blocked: ContextVar[bool] = ContextVar("blocked", default=False)


class Slope(NamedTuple):
    """A slope and an estimate of its absolute error."""

    value: Any
    error: float


@contextmanager
def formula_only() -> Iterator[None]:
    """While this lasts, the public derivative functions raise: the exercise asks for a formula."""
    token = _blocked.set(True)
    try:
        yield
    finally:
        _blocked.reset(token)


def _permitted(name: str) -> None:
    if _blocked.get():
        raise RuntimeError(
            f"{name}: this exercise asks for a formula, so numerical derivatives are off while it is checked"
        )


def _slope(f: Callable[..., Any], X: NDArray[Any], dX: NDArray[Any]) -> Slope:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        y0 = np.asarray(f(X.copy()[()]), dtype=float)
        h = (np.abs(X).max() or 1.0) / (np.abs(dX).max() or 1.0) * 2.0**-7
        c = []
        jumps = []
        for t in (h, h / 2, h / 4):
            p = np.asarray(f((X + t * dX)[()]), dtype=float)
            m = np.asarray(f((X - t * dX)[()]), dtype=float)
            c.append((p - m) / (2 * t))
            jumps.append((p - 2 * y0 + m) / t)
        a, b = (4 * c[1] - c[0]) / 3, (4 * c[2] - c[1]) / 3
        best = (16 * b - a) / 15
        error = float(np.max(np.abs(best - b) + 8e-16 * np.max(np.abs(y0)) / h))
        scale = np.maximum(np.abs(best), 1e-12 * np.abs(y0))
        if np.any(np.abs(2 * jumps[2] - jumps[1]) > 1e-3 * scale + 100 * error):
            raise KinkError("f has a kink here: its slopes from the two sides differ; take another point")
        try:
            z = np.imag(np.asarray(f((X + 1j * 1e-20 * h * dX)[()]))) / (1e-20 * h)
        except Exception:
            return Slope(best[()], error)
        if z.shape == best.shape and np.all(np.abs(z - best) <= 1e-5 * np.abs(best) + 10 * error):
            return Slope(z[()], float(1e-15 * np.max(np.abs(z))))
        return Slope(best[()], error)


def slope(f: Callable[..., Any], X: ArrayLike, dX: ArrayLike) -> Slope:
    """d/dt f(X + t dX) at t = 0."""
    _permitted("slope")
    return _slope(f, np.asarray(X, dtype=float), np.asarray(dX, dtype=float))


def full_derivative(
    f: Callable[..., Any], X: ArrayLike, *, order: int = 1, symmetric: bool = False
) -> tuple[NDArray[np.float64], float]:
    """The array D[out..., in...] of all partial derivatives of f at X, and its error.

    Args:
        f: a function of one array.
        X: the point.
        order: 1, or 2 for the second derivatives H[in..., in...] of a scalar f.
        symmetric: X is a symmetric matrix and moves in symmetric directions only.

    Returns:
        The array, and an estimate of the largest absolute error of its entries.
    """
    point = np.array(X, dtype=float)
    if order == 2:
        inner = lambda x: full_derivative(f, x, symmetric=symmetric)[0]  # noqa: E731 - first version
        return full_derivative(inner, point, symmetric=symmetric)
    columns = []
    error = 0.0
    for k in range(point.size):
        d = np.zeros(point.shape)
        d.flat[k] = 1
        if symmetric:
            d = (d + d.T) / 2
        value, e = _slope(f, point, d)
        columns.append(value)
        error = max(error, e)
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(stacked.shape[:-1] + point.shape), error


def gradient(f: Callable[..., Any], X: ArrayLike, *, symmetric: bool = False) -> NDArray[np.float64]:
    """The gradient of a scalar f at X: X's shape."""
    _permitted("gradient")
    D, _ = full_derivative(f, X, symmetric=symmetric)
    if D.shape != np.shape(X):
        raise ShapeError(f"gradient: f returned shape {D.shape[: D.ndim - np.ndim(X)]}; it must be a scalar")
    return D


def jacobian(
    f: Callable[..., Any], x: ArrayLike, layout: str = "numerator", *, symmetric: bool = False
) -> NDArray[np.float64]:
    """The derivative of f at x in any of the five layouts."""
    _permitted("jacobian")
    D, _ = full_derivative(f, x, symmetric=symmetric)
    return arrange(D, D.shape[: D.ndim - np.ndim(x)], np.shape(x), layout)


def hessian(f: Callable[..., Any], x: ArrayLike, *, symmetric: bool = False) -> NDArray[np.float64]:
    """H[in..., in...] of a scalar f at x."""
    _permitted("hessian")
    return full_derivative(f, x, order=2, symmetric=symmetric)[0]


def jvp(f: Callable[..., Any], x: ArrayLike, dx: ArrayLike) -> Any:
    """The derivative of f at x applied to dx."""
    _permitted("jvp")
    return _slope(f, np.asarray(x, dtype=float), np.asarray(dx, dtype=float)).value


def vjp(f: Callable[..., Any], x: ArrayLike, ybar: ArrayLike, *, symmetric: bool = False) -> NDArray[np.float64]:
    """The adjoint of the derivative of f at x applied to ybar."""
    _permitted("vjp")
    return full_derivative(lambda z: np.sum(ybar * f(z)), x, symmetric=symmetric)[0]


def hvp(f: Callable[..., Any], x: ArrayLike, v: ArrayLike, *, symmetric: bool = False) -> NDArray[np.float64]:
    """The second derivative of a scalar f at x applied to v."""
    _permitted("hvp")
    return full_derivative(lambda z: _slope(f, z, np.asarray(v, dtype=float)).value, x, symmetric=symmetric)[0]
