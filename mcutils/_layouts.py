"""The layout table of the convention card: one array of partial derivatives, five ways to lay it out.

Everything numeric computes ``D[out..., in...]``, the derivative of output entry ``out`` by input entry ``in``, and ends
here. Nothing else in the library transposes a derivative. One-dimensional arrays have no orientation, so a scalar by a
vector stays ``(n,)`` in every layout but ``vec``.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from mcutils._errors import ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUTS = ("gradient", "array", "numerator", "denominator", "vec")


def arrange(D: NDArray[Any], out_shape: tuple[int, ...], in_shape: tuple[int, ...], layout: str) -> NDArray[Any]:
    """Lay out the partial derivatives of Y (of ``out_shape``) by X (of ``in_shape``).

    Args:
        D: array of shape ``out_shape + in_shape``; ``D[out..., in...]`` is dY[out...] / dX[in...].
        out_shape: shape of Y.
        in_shape: shape of X.
        layout: one of ``LAYOUTS``: ``gradient`` (scalar Y only: X's shape), ``array`` (D itself), ``numerator``
            (rows are outputs), ``denominator`` (its transpose), ``vec`` (d vec(Y) / d vec(X).T, always two axes).

    Returns:
        The same numbers in the shape that the layout gives them.

    Raises:
        ShapeError: D does not have shape ``out_shape + in_shape``, or the layout is ``gradient`` and Y no scalar.
        ValueError: there is no such layout.

    >>> D = np.arange(6.0).reshape(2, 3)
    >>> arrange(D, (), (2, 3), "gradient").shape, arrange(D, (), (2, 3), "numerator").shape
    ((2, 3), (3, 2))
    """
    check_layout("arrange", layout)
    if D.shape != out_shape + in_shape:
        raise ShapeError(
            f"arrange: D has shape {D.shape}; outputs {out_shape} by inputs {in_shape} need {out_shape + in_shape}"
        )
    if layout == "gradient" and out_shape:
        raise ShapeError(
            f'arrange: layout "gradient" is for a scalar f, and f returned shape {out_shape}; '
            'use layout "numerator", "denominator", "array" or "vec"'
        )
    return _ARRANGED[layout](D, out_shape, in_shape)


def check_layout(who: str, layout: str) -> None:
    """Raise ValueError, with the names there are, unless ``layout`` is one of them."""
    if layout not in LAYOUTS:
        raise ValueError(f"{who}: there is no layout {layout!r}; choose one of {', '.join(LAYOUTS)}")


def _array(D: NDArray[Any], out_shape: tuple[int, ...], in_shape: tuple[int, ...]) -> NDArray[Any]:
    return D


def _numerator(D: NDArray[Any], out_shape: tuple[int, ...], in_shape: tuple[int, ...]) -> NDArray[Any]:
    return D.T if not out_shape and len(in_shape) == 2 else D


def _denominator(D: NDArray[Any], out_shape: tuple[int, ...], in_shape: tuple[int, ...]) -> NDArray[Any]:
    if D.ndim == 2:
        return _numerator(D, out_shape, in_shape).T
    return np.moveaxis(D, range(len(out_shape)), range(len(in_shape), D.ndim))


def _vec(D: NDArray[Any], out_shape: tuple[int, ...], in_shape: tuple[int, ...]) -> NDArray[Any]:
    return D.reshape(prod(out_shape), prod(in_shape), order="F")


_ARRANGED = {
    "gradient": _array,
    "array": _array,
    "numerator": _numerator,
    "denominator": _denominator,
    "vec": _vec,
}
