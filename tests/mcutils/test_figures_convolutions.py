"""The figures of the unit on convolutions show what the library computes, in the picture and in words."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import mcutils
from mcutils.figures import convolutions


def written(axes):
    """Each text of a panel with the square that it stands in, as (column, row) -> text."""
    return {
        (int(np.floor(t.get_position()[0])), round(t.get_position()[1], 1)): t.get_text()
        for t in axes.texts
        if t.get_position()[0] > 0 and t.get_position()[1] > 0
    }


@pytest.mark.parametrize(("length", "width", "stride"), [(7, 3, 1), (8, 3, 2), (5, 1, 2), (6, 4, 3)])
def test_the_zeros_and_ones_are_the_patch_tensor(length, width, stride):
    """Every entry of P stands in the right panel, in the row of its window and tap and the column of its place."""
    P = mcutils.patch_tensor(length, width, stride)
    right = written(convolutions.sliding_window(length, width, stride).figure.axes[1])
    shown = np.array([[[float(right[s, t * (width + 1) + w + 0.5]) for s in range(length)] for w in range(width)]
                      for t in range(len(P))])  # fmt: skip
    assert np.array_equal(shown, P)


def test_the_taps_on_the_left_cover_the_places_that_the_tensor_marks():
    """The coloured squares of the left panel lie where P is 1."""
    P = mcutils.patch_tensor(8, 3, 2)
    left = convolutions.sliding_window(8, 3, 2).figure.axes[0]
    taps = sorted(t.get_position()[0] for t in left.texts if t.get_text().startswith("$w="))
    assert np.array_equal(taps, np.sort(np.argwhere(P)[:, 2]) + 0.5)


def test_places_that_no_window_reads_are_told():
    """With a stride the last places may be left over, and the words say how many."""
    assert "The last place is read by no window." in convolutions.sliding_window(8, 3, 2).alt
    assert "The last 2 places are read by no window." in convolutions.sliding_window(8, 3, 3).caption
    assert "no window" not in convolutions.sliding_window(7, 3, 2).alt


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_matrix_of_a_filter_is_its_convolution(stride):
    """Read off the picture, the matrix times a signal is the convolution; the bars count its windows."""
    f, length = np.array([2.0, -1.0, 3.0]), 8
    figure = convolutions.filter_matrix(f, length, stride)
    matrix, below = figure.figure.axes
    rows = len(mcutils.patch_tensor(length, 3, stride))
    T = np.zeros((rows, length))
    for (s, t), text in written(matrix).items():
        T[int(t), s] = float(text.replace("−", "-"))
    x = np.random.default_rng(0).standard_normal(length)
    assert np.allclose(T @ x, mcutils.conv1d(x[:, None], f[None, :, None], stride)[:, 0])
    heights = [bar.get_height() for bar in below.patches if isinstance(bar, Rectangle)]
    assert np.array_equal(heights, mcutils.unpatchify(np.ones((rows, 3, 1)), length, stride)[:, 0])


def test_what_has_no_room_is_refused():
    """The figures say how much they can show, and which shape a filter has."""
    with pytest.raises(ValueError, match="room for 14 places and 5 taps; got 20 and 3"):
        convolutions.sliding_window(20, 3)
    with pytest.raises(ValueError, match="got 9 and 6"):
        convolutions.filter_matrix(np.ones(6), 9)
    with pytest.raises(mcutils.ShapeError, match=r"got f of shape \(1, 3\)"):
        convolutions.filter_matrix(np.ones((1, 3)), 9)
    with pytest.raises(mcutils.ShapeError, match="does not fit"):
        convolutions.sliding_window(3, 4)
