"""The figures of the unit on gradients say in words what they draw, and what they draw is true."""

import numpy as np
import pytest

import mcutils
from mcutils.figures import gradients

POINT = np.array([1.0, 1.0])
UPPER = np.array([[1.0, 2.0], [0.0, 2.0]])


def bowl(x):
    return x @ UPPER @ x


def lines(figure, label):
    """The points of the curve with this label, as two arrays."""
    (found,) = [line for line in figure.figure.axes[0].get_lines() if line.get_label() == label]
    return np.asarray(found.get_xdata(), dtype=float), np.asarray(found.get_ydata(), dtype=float)


def test_the_measured_slopes_lie_on_the_cosine():
    """Each dot of the right panel is the inner product of the gradient with a unit vector."""
    figure = gradients.slopes_around(bowl, POINT, directions=8)
    (dots,) = figure.figure.axes[1].collections
    degrees, slopes = np.asarray(dots.get_offsets()).T
    units = np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    assert slopes == pytest.approx(np.array([4.0, 6.0]) @ units)
    assert "gradient (4, 6)" in figure.alt


def test_a_wave_gives_two_vs():
    """Both differences of a sine have a best step, the central one larger and better."""
    A, x, dx = UPPER, np.array([0.7, -0.4]), np.array([1.0, 2.0])
    figure = gradients.error_against_step(lambda z: np.sin(z @ A @ z), x, dx)
    (h_forward, forward), (h_central, central) = (lines(figure, f"{name}, expected") for name in ("forward", "central"))
    assert 1e-10 < h_forward[forward.argmin()] < 1e-7 < h_central[central.argmin()] < 1e-4
    assert central.min() < forward.min() / 100
    assert "also a V" in figure.alt


def test_expected_errors_bound_the_measured_ones_where_truncation_rules():
    """Where the step is neither huge nor tiny, measured and expected errors agree to a few per cent."""
    figure = gradients.error_against_step(lambda z: np.sin(z @ UPPER @ z), np.array([0.7, -0.4]), np.array([1.0, 2.0]))
    for name in ("forward", "central"):
        steps, measured = lines(figure, f"{name}, measured")
        _, expected = lines(figure, f"{name}, expected")
        ruled = (steps < 1e-3) & (steps > 1e-4)
        assert measured[ruled] == pytest.approx(expected[ruled], rel=0.05)


def test_a_quadratic_has_no_left_branch():
    """For a quadratic the central difference is exact: its expected error only rises as the step shrinks."""
    figure = gradients.error_against_step(bowl, POINT, np.array([1.0, -3.0]))
    _, expected = lines(figure, "central, expected")
    _, measured = lines(figure, "central, measured")
    assert np.all(np.diff(expected) > 0)
    assert measured[0] < 1e-14
    assert "single branch" in figure.alt


def test_the_angle_of_the_wrong_gradient_is_told():
    """The caption says at which angle 2Ax meets the contour: 67 degrees here, where 90 would be right."""
    assert "67°" in gradients.true_and_false_gradient(UPPER, POINT).caption


def test_the_best_step_by_another_length_is_told():
    """With M = A + A.T the weighted gradient of x.T A x is x itself."""
    assert "on the ellipse along (1, 1)" in gradients.steepest(bowl, POINT, UPPER + UPPER.T).alt


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: gradients.slopes_around(bowl, x),
        lambda x: gradients.true_and_false_gradient(UPPER, x),
        lambda x: gradients.steepest(bowl, x, np.eye(2)),
    ],
)
def test_a_point_outside_the_plane_is_refused(draw):
    """The figures of the plane say which shape they got and which they want."""
    with pytest.raises(mcutils.ShapeError, match=r"got a point of shape \(3,\).*give \(2,\)"):
        draw(np.zeros(3))
