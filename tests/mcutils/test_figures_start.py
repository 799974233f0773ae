"""The figures of the first unit: what they say of right, wrong and unreadable gradients."""

import numpy as np
import pytest
from matplotlib.quiver import Quiver

from mcutils import ShapeError
from mcutils.figures import start

T = np.array([-1.0, 0.0, 1.0, 2.0, 3.0])
Y = np.array([0.5, 0.0, 2.0, 4.0, 3.5])
A = np.array([[len(T), 2 * T.sum()], [0, T @ T]])
B = 2 * np.array([Y.sum(), T @ Y])


def fitted(gradient):
    return start.fitted_line(gradient, A, B, T, Y)


def right(x, A, b):
    return (A + A.T) @ x - b


def wrong(x, A, b):
    return 2 * A @ x - b


def arrows(figure):
    """Return the arrows' places and directions, one row an arrow; none where none is drawn."""
    drawn = [artist for axes in figure.figure.axes for artist in axes.collections if isinstance(artist, Quiver)]
    return [(np.column_stack([q.X, q.Y]), np.column_stack([q.U, q.V])) for q in drawn]


def test_the_quadratic_is_the_sum_of_squares():
    """A and b of the exercise are the sum of squared misses, multiplied out."""
    u, v = 0.3, -1.7
    x = np.array([u, v])
    assert np.sum((u + v * T - Y) ** 2) == pytest.approx(x @ A @ x - B @ x + Y @ Y)


def test_the_right_gradient_leads_to_the_best_line():
    """With the right gradient the caption names the line of least squares and says that none is better."""
    caption = fitted(right).caption
    assert "the line 1.00 + 1.00 t" in caption
    assert caption.endswith("add up to 2.5, and no line has less.")


def test_the_wrong_gradient_is_led_elsewhere():
    """With 2Ax - b the path ends at another line, and the caption says what is possible."""
    caption = fitted(wrong).caption
    assert "the line −0.67 + 1.33 t" in caption
    assert "12.5, where 2.5 is possible" in caption


def test_right_arrows_cross_the_curves_at_right_angles():
    """Arrows against the right gradient are perpendicular to the curves; against the wrong one they are not."""
    for gradient, perpendicular in ((right, True), (wrong, False)):
        ((places, directions),) = arrows(fitted(gradient))
        slopes = places @ (A + A.T).T - B  # of the true sum: a curve runs perpendicular to this
        across = directions[:, 0] * slopes[:, 1] - directions[:, 1] * slopes[:, 0]
        assert np.allclose(across, 0, atol=1e-9) is perpendicular


@pytest.mark.parametrize(
    ("gradient", "said"),
    [
        (lambda x, A, b: ..., "No arrows yet: replace the three dots in <lambda> and run the cell again."),
        (lambda x, A, b: None, "returns None, and x has shape (2,)"),
        (lambda x, A, b: A, "returns shape (2, 2), and x has shape (2,)"),
        (lambda x, A, b: x * np.nan, "returns numbers that are not finite"),
        (lambda x, A: x, "stopped with TypeError: "),
        (lambda x, A, b: x @ np.ones(3), "stopped with ValueError: matmul"),
    ],
)
def test_no_arrows_and_why(gradient, said):
    """A blank, an exception or a wrong shape gives the points without arrows, and the caption says why."""
    figure = fitted(gradient)
    assert said in figure.caption
    assert arrows(figure) == []


def test_uphill_leads_nowhere():
    """Arrows of the wrong sign are drawn, and no line is claimed."""
    figure = fitted(lambda x, A, b: b - (A + A.T) @ x)
    assert figure.caption == "The arrows lead away, and no line comes of it."
    assert len(arrows(figure)) == 1


def test_a_gradient_that_writes_into_its_arguments_does_no_harm():
    """The learner's function gets copies, so a matrix of the notebook is the same after the figure."""

    def careless(x, A, b):
        A += A.T
        return A @ x - b

    before = A.copy()
    assert "no line has less" in fitted(careless).caption
    assert np.array_equal(A, before)


def test_product_says_what_matches():
    """The caption states the shapes; the alternative text says which axes meet."""
    figure = start.product("p m", "m n", ("A", "X"))
    assert figure.caption.startswith("(p, m) @ (m, n) is (p, n)")
    assert "inner m" in figure.alt


def test_product_refuses_names_that_differ():
    """Factors whose inner names differ are refused by name."""
    with pytest.raises(ShapeError, match=r"X is \(n, d\) and W is \(h, d\); the inner names d and h must be the same"):
        start.product("n d", "h d")


def test_product_takes_two_axes():
    """A factor with one axis is no matrix."""
    with pytest.raises(ShapeError, match='got the axes "n"; a matrix has two'):
        start.product("n", "n h")
