"""The five layouts, against a table written by hand."""

from itertools import product

import numpy as np
import pytest

from mcutils import ShapeError, jacobian
from mcutils._layouts import LAYOUTS, arrange

SHAPES = {0: (), 1: (3,), 2: (4, 5)}
IN_SHAPES = {0: (), 1: (6,), 2: (7, 2)}


def array(out, in_):
    """D[out..., in...]."""
    return out + in_


def inverse(out, in_):
    """D[in..., out...]."""
    return in_ + out


def flipped(out, in_):
    """The two axes of the only matrix, exchanged."""
    return (out + in_)[::-1]


def column_stacked(out, in_):
    """Row: place of the output in vec(Y); column: place of the input in vec(X)."""
    return place(out, SHAPES), place(in_, IN_SHAPES)


def place(index, shapes):
    """Where an entry stands when columns are stacked: i + j * m."""
    return sum(i * size for i, size in zip(index, (1, shapes[len(index)][0] if index else 1), strict=False))


# (axes of Y, axes of X): where the derivative of Y[out] by X[in] stands
WHERE = {
    "gradient": {(0, 0): array, (0, 1): array, (0, 2): array},
    "array": dict.fromkeys(product(range(3), repeat=2), array),
    "numerator": {
        (0, 0): array,
        (0, 1): array,
        (0, 2): flipped,
        (1, 0): array,
        (1, 1): array,
        (1, 2): array,
        (2, 0): array,
        (2, 1): array,
        (2, 2): array,
    },
    "denominator": {
        (0, 0): array,
        (0, 1): array,
        (0, 2): array,
        (1, 0): array,
        (1, 1): flipped,
        (1, 2): inverse,
        (2, 0): flipped,
        (2, 1): inverse,
        (2, 2): inverse,
    },
    "vec": dict.fromkeys(product(range(3), repeat=2), column_stacked),
}


def table():
    """Every layout with every pair of numbers of axes that it has."""
    return [(layout, *axes) for layout, rules in WHERE.items() for axes in rules]


def partials(out_shape, in_shape):
    """D[out..., in...] with all entries different."""
    return np.arange(1.0, 1 + np.prod(out_shape + in_shape)).reshape(out_shape + in_shape)


def test_the_table_has_all_layouts():
    """Nothing that the library offers is missing from the table, nor the other way round."""
    assert set(WHERE) == set(LAYOUTS)


@pytest.mark.parametrize(("layout", "out_axes", "in_axes"), table())
def test_each_partial_derivative_stands_where_the_layout_says(layout, out_axes, in_axes):
    """Scalar, vector or matrix by scalar, vector or matrix: each entry is in its place, and there are no others."""
    out_shape, in_shape = SHAPES[out_axes], IN_SHAPES[in_axes]
    D = partials(out_shape, in_shape)
    arranged = arrange(D, out_shape, in_shape, layout)
    where = WHERE[layout][out_axes, in_axes]
    for out, in_ in product(np.ndindex(out_shape), np.ndindex(in_shape)):
        assert arranged[where(out, in_)] == D[out + in_]
    assert arranged.size == D.size


@pytest.mark.parametrize(("out_axes", "in_axes"), list(product(range(3), repeat=2)))
def test_denominator_layout_is_the_transpose_of_numerator_layout(out_axes, in_axes):
    """Up to two axes one is the transpose of the other; beyond, inputs come first instead of outputs."""
    out_shape, in_shape = SHAPES[out_axes], IN_SHAPES[in_axes]
    D = partials(out_shape, in_shape)
    numerator = arrange(D, out_shape, in_shape, "numerator")
    denominator = arrange(D, out_shape, in_shape, "denominator")
    if D.ndim <= 2:
        assert np.array_equal(denominator, numerator.T)
    else:
        assert denominator.shape == in_shape + out_shape


@pytest.mark.parametrize(("out_shape", "in_shape"), [((), (2, 3, 4)), ((2, 3, 4), ()), ((2, 3, 4), (5, 6))])
def test_vec_layout_has_two_axes_for_arrays_of_any_order(out_shape, in_shape):
    """Arrays with more than two axes are stacked first axis fastest, as columns are."""
    D = partials(out_shape, in_shape)
    by_vec = arrange(D, out_shape, in_shape, "vec")
    assert by_vec.shape == (np.prod(out_shape, dtype=int), np.prod(in_shape, dtype=int))
    for out, in_ in product(np.ndindex(out_shape), np.ndindex(in_shape)):
        row = np.ravel_multi_index(out, out_shape, order="F") if out else 0
        column = np.ravel_multi_index(in_, in_shape, order="F") if in_ else 0
        assert by_vec[row, column] == D[out + in_]


SHAPES_OF_A_SCALAR_BY_A_MATRIX = {
    "gradient": (3, 4),
    "array": (3, 4),
    "numerator": (4, 3),
    "denominator": (3, 4),
    "vec": (1, 12),
}


@pytest.mark.parametrize(("layout", "shape"), SHAPES_OF_A_SCALAR_BY_A_MATRIX.items())
def test_jacobian_lays_out_a_scalar_by_a_matrix(layout, shape):
    """The public function gives the shape on the convention card."""
    assert jacobian(lambda X: np.sum(X**2), np.ones((3, 4)), layout).shape == shape


def test_a_vector_by_a_vector_has_its_outputs_in_rows_unless_told_otherwise():
    """J[i, j] = dy_i / dx_j is the default."""
    A = np.arange(12.0).reshape(3, 4)
    assert np.allclose(jacobian(lambda x: A @ x, np.ones(4)), A)
    assert np.allclose(jacobian(lambda x: A @ x, np.ones(4), "denominator"), A.T)


def test_the_gradient_layout_names_the_others_for_an_array():
    """A vector has no gradient; the message says what it has."""
    with pytest.raises(ShapeError, match=r'returned shape \(3,\).*"numerator", "denominator", "array" or "vec"'):
        arrange(np.ones((3, 2)), (3,), (2,), "gradient")


def test_an_unknown_layout_is_refused_with_the_known_ones():
    """A misspelt layout costs one look."""
    with pytest.raises(ValueError, match=r"no layout 'numerater'; choose one of gradient, array, numerator"):
        jacobian(lambda x: x, np.ones(2), "numerater")


def test_partial_derivatives_of_another_shape_are_refused():
    """arrange does not guess which axes are whose."""
    with pytest.raises(ShapeError, match=r"D has shape \(2, 3\); outputs \(3,\) by inputs \(2,\) need \(3, 2\)"):
        arrange(np.ones((2, 3)), (3,), (2,), "array")
