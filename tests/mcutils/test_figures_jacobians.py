"""The figures of the unit on Jacobians draw the numbers they are given, and say in words what they draw."""

import numpy as np
import pytest
from matplotlib.patches import Polygon, Rectangle

from mcutils.figures import jacobians

J = np.array([[3.0, 5.0, 1.0], [0.0, 4.0, 12.0]])


def polar(x):
    return np.array([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])


def polar_jacobian(x):
    return np.array([[np.cos(x[1]), -x[0] * np.sin(x[1])], [np.sin(x[1]), x[0] * np.cos(x[1])]])


def test_the_parallelogram_has_the_columns_of_the_jacobian_as_sides():
    """Its corners are f(x) plus side times no, the first, both and the second column."""
    x = np.array([1.5, 0.4])
    figure = jacobians.one_map(polar, polar_jacobian(x), x, side=0.5)
    (polygon,) = [patch for patch in figure.figure.axes[1].patches if type(patch) is Polygon]
    first, second = 0.5 * polar_jacobian(x).T
    wanted = polar(x) + np.array([0 * first, first, first + second, second])
    assert polygon.get_xy()[:4] == pytest.approx(wanted)
    assert "(0.921, 0.389)" in figure.alt


def test_both_tables_hold_the_same_number_at_transposed_places():
    """The value 12 is in row 2 and column 3 on the left, in row 3 and column 2 on the right."""
    figure = jacobians.two_layouts(J)
    (left, right) = sorted(item.get_position() for item in figure.figure.axes[0].texts if item.get_text() == "12")
    corner_left, corner_right = sorted(
        item.get_position() for item in figure.figure.axes[0].texts if item.get_text() == "3"
    )
    across, down = 1.5, 1.0
    assert np.subtract(left, corner_left) == pytest.approx([2 * across, 1 * down])
    assert np.subtract(right, corner_right) == pytest.approx([1 * across, 2 * down])
    assert "y1: 3, 5, 1; y2: 0, 4, 12" in figure.alt


def test_the_product_rule_adds_up_on_paper():
    """Every number of the first table is the sum of the numbers in the same place of the other two."""
    M, x = np.array([[2.0, 0.0, 1.0], [-1.0, 3.0, 0.0]]), np.array([1.0, 2.0, -1.0])
    figure = jacobians.product_rule(v=x @ x, grad_v=2 * x, u=M @ x, J_u=M)
    numbers = [item for item in figure.figure.axes[0].texts if item.get_text().lstrip("−").isdigit()]
    values = np.array([float(item.get_text().replace("−", "-")) for item in numbers])
    whole, scaled, outer = values[:6], values[6:12], values[12:18]
    assert whole == pytest.approx(scaled + outer)
    assert whole.reshape(2, 3) == pytest.approx((x @ x) * M + 2 * np.outer(M @ x, x))


def test_the_table_of_shapes_transposes_between_the_layouts():
    """Six fields hold two rectangles, and the second has the first one's sides exchanged."""
    figure = jacobians.shapes_of_things()
    blocks = [
        (patch.get_width(), patch.get_height())
        for patch in figure.figure.axes[0].patches
        if isinstance(patch, Rectangle) and patch.get_fill()
    ]
    blocks = [block for block in blocks if block != (5.4, 3.7)]
    assert len(blocks) == 12
    for numerator, denominator in zip(blocks[::2], blocks[1::2], strict=True):
        assert numerator == pytest.approx(denominator[::-1])


def test_a_chain_multiplies_only_where_sides_meet():
    """In each layout the first block is as wide as the second is high, and the product has their outer sides."""
    figure = jacobians.chain_shapes()
    blocks = [(p.get_height(), p.get_width()) for p in figure.figure.axes[0].patches]
    for first, second, product in (blocks[:3], blocks[3:]):
        assert first[1] == pytest.approx(second[0])
        assert product == pytest.approx((first[0], second[1]))


def test_every_path_is_there_with_its_rates():
    """From x1 to y2 there is one path through each variable in between, labelled with its two rates."""
    V, W = np.array([[2.0, 0.0, 1.0], [1.0, 3.0, -1.0]]), np.array([[4.0, 2.0], [-1.0, 1.0], [2.0, -2.0]])
    figure = jacobians.paths(V, W, output=2, input=1)
    labels = {item.get_text() for item in figure.figure.axes[0].texts}
    assert {"$W_{11}=4$", "$W_{21}=−1$", "$W_{31}=2$", "$V_{21}=1$", "$V_{22}=3$", "$V_{23}=−1$"} <= labels
    assert {"path 1", "path 2", "path 3"} <= labels
    assert "4 then 1, −1 then 3, 2 then −1" in figure.alt
