"""The figures of the unit on Hessians draw the curvatures they are given, and say in words what they draw."""

import numpy as np
import pytest

import mcutils
from mcutils.figures import hessians
from mcutils.figures._base import BLUE, INK, ORANGE

POINT = np.array([1.0, 1.0])
TILTED = np.array([[1.0, 4.0], [0.0, 1.0]])  # its symmetric part has the eigenvalues -1 and 3
SHAPES = [
    ([[2, 1], [1, 2]], "a bowl", "1 and 3"),
    ([[-2, 1], [1, -2]], "a hill", "−3 and −1"),
    ([[1, 2], [2, 1]], "a saddle", "−1 and 3"),
    ([[1, 1], [1, 1]], "a trough", "0 and 2"),
    ([[-1, 1], [1, -1]], "a ridge", "−2 and 0"),
    ([[0, 0], [0, 0]], "a plane", "0 and 0"),
]


def saddle(x):
    return x @ TILTED @ x / 2


def softplus(x):
    return np.log(1 + np.exp(x[0] - x[1])) + x[1] ** 2


@pytest.mark.parametrize(("H", "name", "curvatures"), SHAPES, ids=[row[1] for row in SHAPES])
def test_a_surface_is_called_by_the_signs_of_its_curvatures(H, name, curvatures):
    """Each of the six signatures of a symmetric 2 x 2 matrix has its name and its two numbers in the alt text."""
    figure = hessians.surfaces([H])
    assert f"{name}, with the principal curvatures {curvatures}" in figure.alt
    assert {name, f"curvatures {curvatures}"} == {text.get_text() for text in figure.figure.texts}


def test_the_principal_sections_are_parabolas_of_the_right_curvature():
    """The thick curves of a saddle rise by 3/2 and fall by 1/2 at distance 1, in blue and in orange."""
    (axes,) = hessians.surfaces([[[1, 2], [2, 1]]]).figure.axes
    down, up = [line.get_data_3d() for line in axes.get_lines() if line.get_linewidth() > 2]
    for curve, value in ((down, -1.0), (up, 3.0)):
        distance = np.hypot(curve[0], curve[1])
        assert curve[2] == pytest.approx(value * distance**2 / 2)
    assert [line.get_color() for line in axes.get_lines() if line.get_linewidth() > 2] == [ORANGE, BLUE]


def test_a_curve_that_does_not_bend_is_dotted():
    """The flat section of a trough is black and dotted."""
    (axes,) = hessians.surfaces([[[1, 1], [1, 1]]]).figure.axes
    flat = next(line for line in axes.get_lines() if line.get_linewidth() > 2)
    assert (flat.get_color(), flat.get_linestyle()) == (INK, ":")


def test_the_measured_curvatures_lie_between_the_eigenvalues():
    """Each dot of the right panel is u.T H u for the symmetric part H of the matrix, and both bounds are told."""
    figure = hessians.curvature_by_direction(saddle, POINT, directions=8)
    dots = figure.figure.axes[1].collections[-1]
    degrees, curvatures = np.asarray(dots.get_offsets()).T
    units = np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    H = (TILTED + TILTED.T) / 2
    assert curvatures == pytest.approx(np.einsum("ik,ij,jk->k", units, H, units), abs=1e-7)
    assert "between the eigenvalues −1 and 3" in figure.alt
    assert "a saddle" in figure.alt


def test_the_curve_through_the_curvatures_is_the_quadratic_form():
    """The grey curve of the right panel is u.T H u at every degree."""
    curve = hessians.curvature_by_direction(saddle, POINT).figure.axes[1].get_lines()[0]
    angle = np.radians(np.asarray(curve.get_xdata(), dtype=float))
    assert np.asarray(curve.get_ydata()) == pytest.approx(1 + 2 * np.sin(2 * angle), abs=1e-7)


def test_the_arrow_h_dx_starts_at_the_first_gradient():
    """The orange arrow goes from the tip of the first gradient by the Hessian times the step."""
    step = np.array([0.6, 0.5])
    figure = hessians.gradient_change(softplus, POINT, step)
    arrows = [item for item in figure.figure.axes[1].texts if getattr(item, "arrow_patch", None) is not None]
    (change,) = [
        item for item in arrows if item.arrow_patch.get_edgecolor()[:3] == pytest.approx((0.835, 0.369, 0), abs=0.01)
    ]
    start, end = np.array(change.xyann), np.array(change.xy)
    assert start == pytest.approx(mcutils.gradient(softplus, POINT))
    assert end - start == pytest.approx(mcutils.hessian(softplus, POINT) @ step)


def test_on_a_quadratic_the_change_of_the_gradient_is_exactly_h_dx():
    """For a quadratic the two tips coincide, and the caption says so: 0 apart."""
    figure = hessians.gradient_change(saddle, POINT, np.array([0.5, -1.0]))
    assert "the two tips are 0 apart" in figure.caption


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: hessians.curvature_by_direction(saddle, x),
        lambda x: hessians.gradient_change(saddle, x, POINT),
        lambda x: hessians.gradient_change(saddle, POINT, x),
    ],
)
def test_a_point_outside_the_plane_is_refused(draw):
    """The figures of the plane say which shape they got and which they want."""
    with pytest.raises(mcutils.ShapeError, match=r"got an array of shape \(3,\).*give \(2,\)"):
        draw(np.zeros(3))


def test_a_matrix_that_is_no_hessian_is_refused():
    """A matrix of another shape, or not symmetric, is refused with what to give instead."""
    with pytest.raises(mcutils.ShapeError, match=r"got a matrix of shape \(3, 3\).*give \(2, 2\)"):
        hessians.surfaces([np.eye(3)])
    with pytest.raises(ValueError, match=r"not symmetric; .* give \(A \+ A\.T\) / 2"):
        hessians.surfaces([TILTED])
