"""Block heat maps: which number stands where, how the blocks are ruled, and what is said of them. Not pixels."""

import numpy as np
import pytest

from mcutils import ShapeError
from mcutils.figures import blocks

rng = np.random.default_rng(0)
W, X = rng.standard_normal((3, 2)), rng.standard_normal((2, 4))
LAYER = {"W": "m k", "X": "k n"}


def written(figure):
    """The table of numbers as they are written on the map, 0 where a square is white."""
    (axes,) = figure.figure.axes
    rows = int(axes.get_ylim()[0])
    columns = int(axes.get_xlim()[1])
    table = np.zeros((rows, columns))
    for text in axes.texts:
        x, y = text.get_position()
        if 0 < x < columns and 0 < y < rows:
            table[int(y), int(x)] = float(text.get_text().replace("−", "-"))
    return table


def test_jacobian_is_stacked_by_columns():
    """The map of W X by W is the Kronecker product of X.T with the identity: vec stacks columns."""
    figure = blocks.jacobian("W @ X", "W", LAYER, {"W": W, "X": X})
    assert np.allclose(written(figure), np.kron(X.T, np.eye(3)), atol=0.05)


def test_hessian_of_a_quadratic():
    """The map of the Hessian of x.T A x holds A + A.T."""
    A = rng.integers(1, 4, (4, 4)) + 0.0
    figure = blocks.hessian("x @ A @ x", "x", {"x": "n", "A": "n n"}, {"x": np.ones(4), "A": A})
    assert np.array_equal(written(figure), A + A.T)


def test_alt_text_says_what_stands_where():
    """Rows, columns, blocks and the number of entries that are not zero are told."""
    told = repr(blocks.jacobian("W @ X", "W", LAYER, {"W": W, "X": X}))
    assert "the derivative of W @ X by W" in told
    assert "the 12 entries of W @ X (m, n), column by column" in told
    assert "the 6 entries of W (m, k), column by column" in told
    assert "24 of 72 numbers are not zero" in told


def test_block_diagonal_is_recognised():
    """A Hessian of one block for each column is said to be block diagonal."""
    sizes, arrays = {"X": "n m", "A": "n n"}, {"X": np.ones((3, 4)), "A": rng.standard_normal((3, 3))}
    told = repr(blocks.hessian("tr(X.T @ A @ X)", "X", sizes, arrays))
    assert "Of the 4 by 4 blocks only those on the diagonal are not zero" in told


def test_vectors_make_one_block():
    """A Jacobian of a vector by a vector has no blocks to speak of."""
    told = repr(blocks.jacobian("W @ x", "x", {"W": "m n", "x": "n"}, {"W": W, "x": np.ones(2)}))
    assert "blocks" not in told
    assert "6 of 6 numbers" in told


def test_large_map_keeps_to_the_page():
    """A map of many numbers is no wider than the page and writes none of them."""
    arrays = {"A": rng.standard_normal((5, 12)), "X": rng.standard_normal((12, 4)), "B": np.ones((5, 4))}
    figure = blocks.hessian("norm2(A @ X - B)**2", "X", {"A": "p n", "X": "n m", "B": "p m"}, arrays)
    assert figure.figure.get_size_inches()[0] < 10
    assert not written(figure).any()


def test_small_numbers_do_not_crowd():
    """A number that is small beside the others is written as 0.0, not in powers of ten."""
    figure = blocks.jacobian("v * x", "x", {"v": "n", "x": "n"}, {"v": np.array([1.0, 1e-7, -2.0]), "x": np.ones(3)})
    assert {text.get_text() for text in figure.figure.axes[0].texts} >= {"1", "0.0", "−2"}


def test_long_formula_stays_on_the_sheet():
    """A formula longer than its side is drawn as "the result"; the text alternative keeps it."""
    figure = blocks.jacobian(
        "tanh(W @ x + b) * b", "x", {"W": "m n", "x": "n", "b": "m"}, {"W": W, "x": X[:, 0], "b": W[:, 0]}
    )
    drawn = [text.get_text() for text in figure.figure.axes[0].texts]
    assert any(text.startswith("the result") for text in drawn)
    assert not any("tanh" in text for text in drawn)
    assert "tanh(W @ x + b) * b" in figure.alt


def test_three_axes_refused():
    """What cannot be stacked on a page is refused with its axes."""
    with pytest.raises(ShapeError, match="T has 3 axes; at most two"):
        blocks.jacobian("sum(T)", "T", {"T": "p q r"}, {"T": np.ones((3, 4, 5))})
