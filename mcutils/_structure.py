"""vec and its relatives, and the 0/1 matrices that turn one into another.

``vec`` stacks columns (``order="F"``; NumPy's own ``ravel`` stacks rows) and ``vech`` stacks the lower triangle by
columns, as in Magnus & Neudecker, *Matrix Differential Calculus* (2019), ch. 2 and 3. Each structure matrix is found by
index arithmetic: the ones are written where they belong, and no entry is looked at that stays 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mcutils._errors import ShapeError
from mcutils._inputs import axes, count, numbers, same_shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def vec(X: ArrayLike) -> NDArray[Any]:
    """Stack the columns of a matrix.

    Args:
        X: array of shape (m, n).

    Returns:
        Array of shape (m * n,); entry ``i + j * m`` is ``X[i, j]``. Always a copy.

    Raises:
        ShapeError: X is not two-dimensional, or empty.

    >>> vec(np.array([[1, 2], [3, 4]]))
    array([1, 3, 2, 4])
    """
    matrix = numbers("vec", "X", X)
    axes("vec", "X", matrix, "m n", "a vector x becomes one column as x[:, None]")
    return matrix.flatten(order="F")


def unvec(x: ArrayLike, shape: tuple[int, int]) -> NDArray[Any]:
    """Put stacked columns back side by side: ``unvec(vec(X), X.shape)`` is X.

    Args:
        x: array of shape (m * n,).
        shape: the pair (m, n).

    Returns:
        Array of shape (m, n); entry ``[i, j]`` is ``x[i + j * m]``. Always a copy.

    Raises:
        ShapeError: x is not one-dimensional, or does not have m * n entries.
        ValueError: shape is not a pair of sizes.

    >>> unvec([1, 3, 2, 4], (2, 2))
    array([[1, 2],
           [3, 4]])
    """
    stacked = numbers("unvec", "x", x)
    axes("unvec", "x", stacked, "m*n", "unvec takes what vec gives, one axis")
    if not isinstance(shape, tuple | list) or len(shape) != 2:
        raise ValueError(f"unvec: shape is {shape!r}; wanted a pair (m, n)")
    m, n = count("unvec", "shape[0]", shape[0]), count("unvec", "shape[1]", shape[1])
    if stacked.size != m * n:
        raise ShapeError(f"unvec: x has {stacked.size} entries; shape {(m, n)} needs {m * n}")
    return np.array(stacked.reshape(n, m).T, order="C")


def vech(S: ArrayLike) -> NDArray[Any]:
    """Stack the lower triangle of a square matrix, column by column.

    Args:
        S: array of shape (n, n), usually symmetric; entries above the diagonal are not read.

    Returns:
        Array of shape (n * (n + 1) // 2,): ``S[0, 0], S[1, 0], ..., S[1, 1], S[2, 1], ...``. Always a copy.

    Raises:
        ShapeError: S is not square, or empty.

    >>> vech(np.array([[1, 2], [2, 3]]))
    array([1, 2, 3])
    """
    matrix = numbers("vech", "S", S)
    axes("vech", "S", matrix, "n n", "vech takes a square matrix")
    if matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(f"vech: S has shape {matrix.shape}, wanted (n, n); vech takes a square matrix")
    rows, columns = _lower_triangle(len(matrix))
    return matrix[rows, columns]


def frobenius(A: ArrayLike, B: ArrayLike) -> Any:
    """Inner product of two arrays: the sum of the products of entries, for matrices ``tr(A.T @ B)``.

    Args:
        A: array of any shape.
        B: array of the same shape.

    Returns:
        A number. Nothing is conjugated, so that a complex step goes through.

    Raises:
        ShapeError: the shapes differ, or there are no entries.

    >>> frobenius([[1, 2], [3, 4]], [[1, 0], [0, 1]])
    5
    """
    left, right = numbers("frobenius", "A", A), numbers("frobenius", "B", B)
    same_shape("frobenius", "B", right, "A", left.shape)
    return (left * right).sum().item()


def commutation_matrix(m: int, n: int) -> NDArray[np.float64]:
    """The permutation K with ``K @ vec(A) = vec(A.T)`` for A of shape (m, n).

    Args:
        m: number of rows of A.
        n: number of columns of A.

    Returns:
        Array of shape (m * n, m * n), with a single 1 in each row and column.

    Raises:
        ValueError: m or n is not a whole number of 1 or more.

    >>> A = np.array([[1, 2, 3], [4, 5, 6]])
    >>> commutation_matrix(2, 3) @ vec(A)
    array([1., 2., 3., 4., 5., 6.])
    """
    m, n = count("commutation_matrix", "m", m), count("commutation_matrix", "n", n)
    place_in_vec = np.arange(m * n).reshape(n, m).T  # place_in_vec[i, j] = i + j * m
    K = np.zeros((m * n, m * n))
    K[np.arange(m * n), place_in_vec.ravel()] = 1  # vec(A.T) reads A row by row
    return K


def duplication_matrix(n: int) -> NDArray[np.float64]:
    """The matrix D with ``D @ vech(S) = vec(S)`` for symmetric S of shape (n, n).

    Args:
        n: number of rows of S.

    Returns:
        Array of shape (n * n, n * (n + 1) // 2), with a single 1 in each row.

    Raises:
        ValueError: n is not a whole number of 1 or more.

    >>> duplication_matrix(2) @ [1, 2, 3]
    array([1., 2., 2., 3.])
    """
    n = count("duplication_matrix", "n", n)
    rows, columns = _lower_triangle(n)
    D = np.zeros((n * n, rows.size))
    D[rows + columns * n, np.arange(rows.size)] = 1
    D[columns + rows * n, np.arange(rows.size)] = 1
    return D


def elimination_matrix(n: int) -> NDArray[np.float64]:
    """The matrix L with ``L @ vec(S) = vech(S)`` for S of shape (n, n).

    Args:
        n: number of rows of S.

    Returns:
        Array of shape (n * (n + 1) // 2, n * n), with a single 1 in each row.

    Raises:
        ValueError: n is not a whole number of 1 or more.

    >>> elimination_matrix(2) @ [1, 2, 2, 3]
    array([1., 2., 3.])
    """
    n = count("elimination_matrix", "n", n)
    rows, columns = _lower_triangle(n)
    L = np.zeros((rows.size, n * n))
    L[np.arange(rows.size), rows + columns * n] = 1
    return L


def _lower_triangle(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the lower triangle of an (n, n) matrix, in the order of vech."""
    columns, rows = np.triu_indices(n)
    return rows, columns
