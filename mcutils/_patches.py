"""Sliding windows over a signal, and convolution as a contraction with them.

A signal ``x`` of shape (s, c) has s positions and c channels. Window t of the given width starts at position
``stride * t``, so there are ``(s - width) // stride + 1`` windows; positions after the last whole window are not read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mcutils._errors import ShapeError
from mcutils._inputs import axes, count, numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def patchify(x: ArrayLike, width: int, stride: int = 1) -> NDArray[Any]:
    """Cut a signal into its windows.

    Args:
        x: array of shape (s, c).
        width: positions in a window.
        stride: positions from the start of one window to the start of the next.

    Returns:
        Array of shape (t, width, c) with ``t = (s - width) // stride + 1``; entry ``[t, w]`` is ``x[stride * t + w]``.

    Raises:
        ShapeError: x does not have two axes, or is shorter than one window.
        ValueError: width or stride is not a whole number of 1 or more.

    >>> patchify(np.array([[1], [2], [3], [4], [5]]), width=3, stride=2)[:, :, 0]
    array([[1, 2, 3],
           [3, 4, 5]])
    """
    signal = _signal("patchify", "x", x)
    return signal[_positions("patchify", len(signal), width, stride)]


def unpatchify(p: ArrayLike, length: int, stride: int = 1) -> NDArray[Any]:
    """Add each window into its place: the adjoint of ``patchify``, not its inverse.

    A position covered by three windows receives three numbers. ``frobenius(patchify(x, w), p)`` equals
    ``frobenius(x, unpatchify(p, len(x)))``.

    Args:
        p: array of shape (t, width, c).
        length: positions s of the signal.
        stride: positions from the start of one window to the start of the next.

    Returns:
        Array of shape (length, c).

    Raises:
        ShapeError: p does not have three axes, or a signal of this length has not that many windows.
        ValueError: length or stride is not a whole number of 1 or more.

    >>> unpatchify(np.ones((3, 2, 1), dtype=int), length=4)[:, 0]
    array([1, 2, 2, 1])
    """
    patches = numbers("unpatchify", "p", p)
    axes("unpatchify", "p", patches, "t width c", "unpatchify takes what patchify gives")
    windows, width, channels = patches.shape
    positions = _positions("unpatchify", count("unpatchify", "length", length), width, stride)
    if windows != len(positions):
        raise ShapeError(
            f"unpatchify: p has {windows} windows; length {length}, width {width} and stride {stride} "
            f"give (length - width) // stride + 1 = {len(positions)}"
        )
    signal = np.zeros((length, channels), dtype=patches.dtype)
    for w in range(width):
        signal[positions[:, w]] += patches[:, w]
    return signal


def patch_tensor(length: int, width: int, stride: int = 1) -> NDArray[np.float64]:
    """The 0/1 tensor P of ``patchify``: ``P[t, w, s] = 1`` where ``s = stride * t + w``.

    Args:
        length: positions s of the signal.
        width: positions in a window.
        stride: positions from the start of one window to the start of the next.

    Returns:
        Array of shape (t, width, length); ``np.einsum("tws,sc->twc", P, x)`` is ``patchify(x, width, stride)``.

    Raises:
        ShapeError: the signal is shorter than one window.
        ValueError: length, width or stride is not a whole number of 1 or more.

    >>> patch_tensor(4, width=2, stride=2)[1]
    array([[0., 0., 1., 0.],
           [0., 0., 0., 1.]])
    """
    positions = _positions("patch_tensor", count("patch_tensor", "length", length), width, stride)
    P = np.zeros((*positions.shape, length))
    windows, offsets = np.indices(positions.shape)
    P[windows, offsets, positions] = 1
    return P


def conv1d(X: ArrayLike, F: ArrayLike, stride: int = 1) -> NDArray[Any]:
    """Convolve a signal with filters, as deep learning does: the kernel is not flipped (a cross-correlation).

    Args:
        X: signal of shape (s, c).
        F: filters of shape (o, w, c): output channels, width, input channels.
        stride: positions from the start of one window to the start of the next.

    Returns:
        Array of shape (t, o), ``Y[t, o] = sum over w and c of X[stride * t + w, c] * F[o, w, c]``.

    Raises:
        ShapeError: X or F has another number of axes, their channels differ, or X is shorter than one window.
        ValueError: stride is not a whole number of 1 or more.

    >>> conv1d(np.array([[1], [2], [4]]), np.array([[[-1], [1]]]))
    array([[1],
           [2]])
    """
    signal, filters = _signal("conv1d", "X", X), numbers("conv1d", "F", F)
    axes("conv1d", "F", filters, "o w c", "one filter f of shape (w, c) becomes f[None]")
    if filters.shape[2] != signal.shape[1]:
        raise ShapeError(
            f"conv1d: F has {filters.shape[2]} channels, X has {signal.shape[1]}; "
            f"F of shape {filters.shape} is (o, w, c), X of shape {signal.shape} is (s, c)"
        )
    windows = signal.take(_positions("conv1d", len(signal), filters.shape[1], stride), axis=0)
    convolved: NDArray[Any] = windows.reshape(len(windows), -1) @ filters.reshape(len(filters), -1).T
    return convolved


def _signal(who: str, name: str, value: object) -> NDArray[Any]:
    array = numbers(who, name, value)
    axes(who, name, array, "s c", "a signal with one channel has shape (s, 1)")
    return array


def _positions(who: str, length: int, width: int, stride: int) -> NDArray[np.intp]:
    """The position that each place of each window reads, shape (t, width)."""
    width, stride = count(who, "width", width), count(who, "stride", stride)
    if width > length:
        raise ShapeError(f"{who}: a window of width {width} does not fit into a signal of length {length}")
    return _grid(length, width, stride)


@lru_cache(maxsize=64)
def _grid(length: int, width: int, stride: int) -> NDArray[np.intp]:
    """The same, made once: a derivative by steps asks for it at every step."""
    starts = np.arange(0, length - width + 1, stride)
    grid = starts[:, None] + np.arange(width)
    grid.flags.writeable = False
    return grid
