"""Numerical derivatives of any function of one array: the public functions, and the one that checks rest on.

Each of them measures slopes along displacements of X and lays out the numbers; they differ only in which
displacements. The public ones can be switched off (``_formula_only``); ``full_derivative`` is the check's own and
stays on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from mcutils._curvatures import hessian_rows, hvp_rows
from mcutils._errors import ShapeError
from mcutils._formula_only import is_formula_only
from mcutils._frames import Frame, along, entries, symmetric_entries
from mcutils._inputs import function, point, same_shape, symmetric_matrix
from mcutils._layouts import arrange, check_layout
from mcutils._probe import Probe, quiet
from mcutils._slopes import slopes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

P = ParamSpec("P")
T = TypeVar("T")


def answered_by_symbols(measure: Callable[P, T]) -> Callable[P, T]:
    """Let an argument that stands for an array answer for the function, as NumPy does by ``__array_function__``.

    Such an argument has a method ``__mcutils_function__(name, *args)``. There is nothing to be measured at a symbol.
    """

    @wraps(measure)
    def asked(*args: P.args, **options: P.kwargs) -> T:
        for arg in args:
            if hasattr(type(arg), "__mcutils_function__"):
                return arg.__mcutils_function__(measure.__name__, *args)  # type: ignore[attr-defined,no-any-return] # it was just looked up
        return measure(*args, **options)

    return asked


class Slope(NamedTuple):
    """A slope and how far to trust it.

    Attributes:
        value: d/dt f(X + t dX) at t = 0: a float, or an array of f(X)'s shape.
        error: estimate of the absolute error, the largest over all entries.
    """

    value: Any
    error: float


@answered_by_symbols
def slope(f: Callable[..., Any], X: ArrayLike, dX: ArrayLike) -> Slope:
    """Measure the slope of f at X along dX: d/dt f(X + t dX) at t = 0.

    By a complex step where real differences confirm it, by Richardson extrapolation of real differences elsewhere; at a
    kink not at all. f is called with copies and may return a number or an array.

    Args:
        f: function of one array.
        X: the point, a number or an array of real numbers.
        dX: the direction, of X's shape.

    Returns:
        The pair ``(value, error)``.

    Raises:
        KinkError: f has no derivative at X, as ``abs`` has none at 0.
        ShapeError: dX does not have X's shape, or what f returns changes its shape.
        ValueError: X, dX or f(X) is not finite, or not real numbers.

    >>> A = np.array([[2.0, 1.0], [0.0, 3.0]])
    >>> slope(lambda x: x @ A @ x, X=[1, 1], dX=[1, 0]).value
    5.0
    >>> slope(np.linalg.norm, X=[3, 4], dX=[1, 0]).error < 1e-10  # where a complex step would say 0
    True
    """
    probe = _probe("slope", f, "X", X)
    value, error = _slope(probe, "dX", dX)
    return Slope(_number(value), error)


def gradient(f: Callable[..., Any], X: ArrayLike, *, symmetric: bool = False) -> Any:
    """Compute the gradient of a scalar function: the array G of X's shape with ``df = frobenius(G, dX)``.

    Args:
        f: function of one array that returns a number.
        X: the point.
        symmetric: X is a symmetric matrix and stays one; then G is the symmetric one, (G0 + G0.T) / 2 for any other G0.

    Returns:
        Array of X's shape (a float if X is a number).

    Raises:
        ShapeError: f returns an array. Its derivative is a ``jacobian``.
        KinkError: f has no derivative at X.
        ValueError: X or f(X) is not finite, or not real numbers; or X is not symmetric and should be.

    >>> gradient(lambda x: x @ x, [1, 2, 3])
    array([2., 4., 6.])
    >>> gradient(np.linalg.det, [[2, 0], [0, 3]])
    array([[3., 0.],
           [0., 2.]])
    """
    probe = _probe("gradient", f, "X", X, symmetric)
    _require_scalar(probe, "for a function whose value is an array use jacobian")
    return _number(_first(probe, symmetric)[0])


def jacobian(f: Callable[..., Any], x: ArrayLike, layout: str = "numerator", *, symmetric: bool = False) -> Any:
    """Compute all partial derivatives of a function, in the layout that you name.

    Args:
        f: function of one array that returns a number or an array.
        x: the point.
        layout: ``numerator`` (rows are outputs), ``denominator`` (its transpose), ``array`` (D[out..., in...]), ``vec``
            (d vec(y) / d vec(x).T, always two axes) or ``gradient`` (x's shape, for a scalar f).
        symmetric: x is a symmetric matrix and stays one; then the derivative is symmetric in x's two axes.

    Returns:
        Array (a float if f(x) and x are numbers). For vectors, ``J[i, j] = dy_i / dx_j`` in numerator layout.

    Raises:
        ShapeError: layout is ``gradient`` and f returns an array.
        KinkError: f has no derivative at x.
        ValueError: there is no such layout; x or f(x) is not finite, or not real numbers; or x is not symmetric and
            should be.

    >>> A = np.array([[1, 2, 3], [4, 5, 6]])
    >>> jacobian(lambda x: A @ x, [1, 1, 1])
    array([[1., 2., 3.],
           [4., 5., 6.]])
    >>> jacobian(lambda X: A @ X, np.ones((3, 4))).shape, jacobian(lambda X: A @ X, np.ones((3, 4)), "vec").shape
    ((2, 4, 3, 4), (8, 12))
    """
    check_layout("jacobian", layout)
    probe = _probe("jacobian", f, "x", x, symmetric)
    if layout == "gradient":
        _require_scalar(probe, 'for an array use layout "numerator", "denominator", "array" or "vec"')
    return _number(arrange(_first(probe, symmetric)[0], probe.shape, probe.X.shape, layout))


def hessian(f: Callable[..., Any], x: ArrayLike, *, symmetric: bool = False) -> Any:
    """Compute all second partial derivatives of a scalar function.

    Args:
        f: function of one array that returns a number.
        x: the point.
        symmetric: x is a symmetric matrix and stays one.

    Returns:
        Array H of shape ``(*x.shape, *x.shape)``; for a vector ``H[i, j]`` is d2f / dx_i dx_j. A float if x is one.

    Raises:
        ShapeError: f returns an array.
        KinkError: f has no second derivative at x.
        ValueError: x or f(x) is not finite, or not real numbers; or x is not symmetric and should be.

    >>> hessian(lambda x: x[0] ** 2 * x[1], [1, 3]).round(9)
    array([[6., 2.],
           [2., 0.]])
    """
    probe = _probe("hessian", f, "x", x, symmetric)
    _require_scalar(probe, "a Hessian is for functions whose value is a number")
    return _number(_second(probe, symmetric)[0])


@answered_by_symbols
def jvp(f: Callable[..., Any], x: ArrayLike, dx: ArrayLike) -> Any:
    """Apply the derivative of f at x to a direction (forward mode): J @ dx for vectors, without J.

    Args:
        f: function of one array.
        x: the point.
        dx: the direction, of x's shape.

    Returns:
        Array of f(x)'s shape (a float if f(x) is a number).

    Raises:
        ShapeError: dx does not have x's shape.
        KinkError: f has no derivative at x.
        ValueError: x, dx or f(x) is not finite, or not real numbers.

    >>> jvp(lambda x: x**2, [1, 2, 3], [1, 0, 1])
    array([2., 0., 6.])
    """
    return _number(_slope(_probe("jvp", f, "x", x), "dx", dx)[0])


def vjp(f: Callable[..., Any], x: ArrayLike, ybar: ArrayLike, *, symmetric: bool = False) -> Any:
    """Apply the adjoint of the derivative of f at x (reverse mode): J.T @ ybar for vectors.

    Args:
        f: function of one array.
        x: the point.
        ybar: what is to be pulled back, of f(x)'s shape.
        symmetric: x is a symmetric matrix and stays one; then so is the result.

    Returns:
        Array of x's shape (a float if x is a number): the gradient of ``frobenius(ybar, f(x))``, ybar kept fixed.

    Raises:
        ShapeError: ybar does not have f(x)'s shape.
        KinkError: f has no derivative at x.
        ValueError: x, ybar or f(x) is not finite, or not real numbers; or x is not symmetric and should be.

    >>> vjp(lambda x: x**2, [1, 2, 3], [1, 0, 1])
    array([2., 0., 6.])
    """
    probe = _probe("vjp", f, "x", x, symmetric)
    cotangent = point("vjp", "ybar", ybar)
    same_shape("vjp", "ybar", cotangent, f"{probe.name}(x)", probe.shape)
    D, _ = _first(probe, symmetric)
    return _number(np.tensordot(cotangent, D, axes=cotangent.ndim))


def hvp(f: Callable[..., Any], x: ArrayLike, v: ArrayLike, *, symmetric: bool = False) -> Any:
    """Apply the second derivative of a scalar f at x to a direction: H @ v for vectors, without H.

    Args:
        f: function of one array that returns a number.
        x: the point.
        v: the direction, of x's shape.
        symmetric: x and v are symmetric matrices; then so is the result.

    Returns:
        Array of x's shape (a float if x is a number): the slope of the gradient along v.

    Raises:
        ShapeError: f returns an array, or v does not have x's shape.
        KinkError: f has no second derivative at x.
        ValueError: x, v or f(x) is not finite, or not real numbers; or x or v is not symmetric and should be.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [1, 3], [1, 1]).round(9)
    array([8., 2.])
    """
    probe = _probe("hvp", f, "x", x, symmetric)
    _require_scalar(probe, "a Hessian is for functions whose value is a number")
    direction = point("hvp", "v", v)
    same_shape("hvp", "v", direction, "x", probe.X.shape)
    if symmetric:
        direction = symmetric_matrix("hvp", "v", direction)
    if not direction.any():
        return _number(np.zeros(direction.shape))
    frame, towards = _frame(probe, symmetric), along(probe.X, direction, "v")
    with quiet():
        rows, _ = hvp_rows(probe, frame, towards)
    return _number(frame.spread(rows / (frame.units * towards.units)))


def full_derivative(
    f: Callable[..., Any], X: ArrayLike, *, order: int = 1, symmetric: bool = False
) -> tuple[Floats, float]:
    """Compute all partial derivatives with an estimate of their error. Never switched off by ``formula_only``.

    Args:
        f: function of one array that returns a number or an array.
        X: the point.
        order: 1, or 2 for the second derivatives of a scalar f.
        symmetric: X is a symmetric matrix and moves in symmetric directions only.

    Returns:
        The array ``D[out..., in...]`` (or ``H[in..., in...]``), and an estimate of its largest absolute error.

    Raises:
        KinkError: f has no derivative, of that order, at X; take another point.
        ShapeError: order is 2 and f returns an array.
        ValueError: X or f(X) is not finite, or not real numbers; or X is not symmetric and should be.
    """
    probe = _read("derivative", f, "X", X, symmetric)
    if order == 1:
        return _first(probe, symmetric)
    if order == 2:
        _require_scalar(probe, "order 2 is for functions whose value is a number")
        return _second(probe, symmetric)
    raise ValueError(f"derivative: order is {order!r}; wanted 1 or 2")


def _probe(who: str, f: object, variable: str, X: object, symmetric: bool = False) -> Probe:
    """Read the arguments of a public function, unless it is switched off."""
    if is_formula_only():
        raise RuntimeError(
            f"{who}: this exercise asks for a formula, so numerical derivatives are off while it is checked"
        )
    return _read(who, f, variable, X, symmetric)


def _read(who: str, f: object, variable: str, X: object, symmetric: bool) -> Probe:
    called = function(who, f)
    at = point(who, variable, X)
    if symmetric:
        at = symmetric_matrix(who, variable, at)
    with quiet():
        return Probe(who, called, variable, at)


def _frame(probe: Probe, symmetric: bool) -> Frame:
    return symmetric_entries(probe.X) if symmetric else entries(probe.X)


def _first(probe: Probe, symmetric: bool) -> tuple[Floats, float]:
    frame = _frame(probe, symmetric)
    with quiet():
        rows, error = slopes(probe, frame)
        D = frame.spread(rows / frame.units[:, None])
        return D.reshape(probe.shape + probe.X.shape), float((error / frame.units).max())


def _second(probe: Probe, symmetric: bool) -> tuple[Floats, float]:
    frame = _frame(probe, symmetric)
    with quiet():
        scales = np.outer(frame.units, frame.units)
        rows, error = hessian_rows(probe, frame)
        return frame.spread(frame.spread(rows / scales)), float((error / scales).max())


def _slope(probe: Probe, name: str, dX: object) -> tuple[Floats, float]:
    direction = point(probe.who, name, dX)
    same_shape(probe.who, name, direction, probe.variable, probe.X.shape)
    if not direction.any():
        return np.zeros(probe.shape), 0.0
    frame = along(probe.X, direction, name)
    with quiet():
        rows, error = slopes(probe, frame)
    return (rows[0] / frame.units[0]).reshape(probe.shape), float(error[0] / frame.units[0])


def _require_scalar(probe: Probe, otherwise: str) -> None:
    if probe.shape:
        raise ShapeError(f"{probe.who}: {probe.name} returned shape {probe.shape}, wanted a number; {otherwise}")


def _number(array: Any) -> Any:
    """An array without axes as a float, any other as it is."""
    return array if np.ndim(array) else float(array)
