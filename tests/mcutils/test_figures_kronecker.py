"""The figures of the unit on vec and Kronecker products draw the numbers they are given, and say what they draw."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import mcutils as mc
from mcutils.figures import kronecker

rng = np.random.default_rng(0)
P, Q = rng.integers(-4, 5, (2, 3)), rng.integers(1, 5, (3, 2))
A, B = rng.integers(1, 10, (3, 2)), rng.integers(1, 10, (4, 5))


def texts(figure):
    return [(item.get_text(), item.get_position()) for item in figure.figure.axes[0].texts]


def table(figure, left, top, shape):
    """The numbers that are written in the squares of a table, a dot read as zero."""
    found = np.full(shape, np.nan)
    for text, (x, y) in texts(figure):
        row, column = round(y - top - 0.5), round(x - left - 0.5)
        if (x - left) % 1 == pytest.approx(0.5) and 0 <= row < shape[0] and 0 <= column < shape[1]:
            found[row, column] = 0.0 if text == "·" else float(text.replace("−", "-"))
    return found


def corners(figure, shapes):
    """The top left corners of tables of these shapes, found by their squares, which are drawn row by row."""
    squares = [
        patch.get_xy() for patch in figure.figure.axes[0].patches
        if isinstance(patch, Rectangle) and patch.get_width() == patch.get_height() == 1 and patch.get_fill()
    ]  # fmt: skip
    starts = np.cumsum([0, *(rows * columns for rows, columns in shapes)])
    return [squares[start] for start in starts[:-1]]


def drawn(figure, *shapes):
    return [table(figure, *corner, shape) for corner, shape in zip(corners(figure, shapes), shapes, strict=True)]


def test_both_orders_are_those_of_numpy():
    """The left line is what vec makes of the named entries, the right one what ravel makes, at the places 0 to 5."""
    names = np.array([[f"$x_{{{i}{j}}}$" for j in (1, 2, 3)] for i in (1, 2)])
    figure = kronecker.two_orders(2, 3)
    places = {text: [at for there, at in texts(figure) if there == text] for text in "012345"}
    lowest = max(y for text, (_, y) in texts(figure) if text in names)
    line = sorted((x, text) for text, (x, y) in texts(figure) if text in names and y == lowest)
    assert [text for _, text in line] == [*names.ravel(order="F"), *names.ravel()]
    assert [len(at) for at in places.values()] == [2] * 6
    assert "vec(X) is x11, x21, x12, x22, x13, x23" in figure.alt
    assert "X.ravel() is x11, x12, x13, x21, x22, x23" in figure.alt


def test_the_product_is_the_kronecker_product():
    """Three tables: P, Q, and what np.kron makes of them."""
    left, right, whole = drawn(kronecker.product(P, Q, (2, 1)), P.shape, Q.shape, (6, 6))
    assert np.array_equal(left, P)
    assert np.array_equal(right, Q)
    assert np.array_equal(whole, np.kron(P, Q))


def test_the_framed_block_is_the_framed_entry_times_q():
    """The two frames lie around the same place of P and of its blocks, and the alt text has the factor."""
    figure = kronecker.product(P, Q, (2, 3))
    entry, block = [patch for patch in figure.figure.axes[0].patches if not patch.get_fill()]
    at_P, _, at_whole = corners(figure, (P.shape, Q.shape, (6, 6)))
    assert np.subtract(entry.get_xy(), at_P) == pytest.approx((2, 1))
    assert np.subtract(block.get_xy(), at_whole) == pytest.approx((2 * 2, 1 * 3))
    assert (block.get_width(), block.get_height()) == (2, 3)
    assert f"Q times the entry {P[1, 2]} of P".replace("-", "−") in figure.alt


def test_the_three_patterns_are_the_jacobians():
    """The tables are the Jacobians of A X, X B and A X B by X in vec layout."""
    X = rng.standard_normal((2, 4))
    shown = drawn(kronecker.three_patterns(A, B), (12, 8), (10, 8), (15, 8))
    for table, f in zip(shown, (lambda X: A @ X, lambda X: X @ B, lambda X: A @ X @ B), strict=True):
        assert np.allclose(table, mc.jacobian(f, X, layout="vec"))


def test_the_lines_of_the_commutation_join_equal_entries():
    """Every line goes from an entry of vec(X) to the same entry of vec(X.T), and the table is K."""
    figure = kronecker.commutation(3, 2)
    assert np.array_equal(drawn_last(figure, (6, 6)), mc.commutation_matrix(3, 2))
    named = [(text, at) for text, at in texts(figure) if text.startswith("$x") and at[0] < 6]
    lines = [line.get_xydata() for line in figure.figure.axes[0].lines[:6]]
    for (x, y), (to_x, to_y) in lines:
        start = min(named, key=lambda item: np.hypot(item[1][0] - x, item[1][1] - y))
        end = min(named, key=lambda item: np.hypot(item[1][0] - to_x, item[1][1] - to_y))
        assert start[0] == end[0]
        assert start[1][0] < end[1][0]
    assert "pick the entries 1, 4, 2, 5, 3, 6 of vec(X)" in figure.alt


def drawn_last(figure, shape):
    """The table whose squares are the last that were drawn."""
    squares = [patch.get_xy() for patch in figure.figure.axes[0].patches if patch.get_height() == 1]
    return table(figure, *squares[-shape[0] * shape[1]], shape)


def test_duplication_and_elimination_are_the_matrices():
    """The tables are D and L for n = 3, and the alt text counts their rows and columns."""
    figure = kronecker.duplication(3)
    D, L = drawn(figure, (9, 6), (6, 9))
    assert np.array_equal(D, mc.duplication_matrix(3))
    assert np.array_equal(L, mc.elimination_matrix(3))
    assert "D has 9 rows and 6 columns" in figure.alt


def test_a_vector_is_refused():
    """What is no matrix is refused with its shape."""
    with pytest.raises(mc.ShapeError, match=r"Q has shape \(2,\); a Kronecker product is drawn of matrices"):
        kronecker.product(P, np.ones(2))


def test_an_entry_outside_is_refused():
    """An entry that P does not have is refused with the rows and columns that it has."""
    with pytest.raises(mc.ShapeError, match=r"entry is \(3, 1\); P has rows 1 to 2 and columns 1 to 3"):
        kronecker.product(P, Q, (3, 1))
