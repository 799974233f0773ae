"""Patches and convolution, against plain loops."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import mcutils as mc


@st.composite
def windows(draw):
    """A length, a width that fits, a stride, numbers of channels in and out, and a source of random numbers."""
    width = draw(st.integers(1, 5))
    length = width + draw(st.integers(0, 9))
    stride, channels, filters = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return length, width, stride, channels, filters, np.random.default_rng(draw(st.integers(0, 999)))


def integers(random, *shape):
    """Whole numbers, so that sums are exact whatever their order."""
    return random.integers(-9, 10, size=shape).astype(float)


@given(windows())
def test_patchify_reads_width_positions_from_each_stride(window):
    """Patch t is x[t * stride : t * stride + width], as many as fit."""
    length, width, stride, channels, _, random = window
    x = integers(random, length, channels)
    starts = [start for start in range(0, length, stride) if start + width <= length]
    expected = np.array([x[start : start + width] for start in starts])
    assert np.array_equal(mc.patchify(x, width, stride), expected)
    assert len(expected) == (length - width) // stride + 1


@given(windows())
def test_unpatchify_is_the_adjoint_of_patchify(window):
    """<patchify(x), p> = <x, unpatchify(p)> for every x and p."""
    length, width, stride, channels, _, random = window
    x = integers(random, length, channels)
    p = integers(random, *mc.patchify(x, width, stride).shape)
    assert mc.frobenius(mc.patchify(x, width, stride), p) == mc.frobenius(x, mc.unpatchify(p, length, stride))


@given(windows())
def test_unpatchify_of_patches_counts_how_often_a_position_was_read(window):
    """It is no inverse: each position comes back as many times as windows cover it."""
    length, width, stride, channels, _, random = window
    x = integers(random, length, channels)
    cover = np.zeros((length, 1))
    for start in range(0, length - width + 1, stride):
        cover[start : start + width] += 1
    assert np.array_equal(mc.unpatchify(mc.patchify(x, width, stride), length, stride), cover * x)


@given(windows())
def test_the_patch_tensor_is_patchify(window):
    """sum over s of P[t, w, s] x[s, c] = patchify(x)[t, w, c], and P holds ones and zeros only."""
    length, width, stride, channels, _, random = window
    x = integers(random, length, channels)
    P = mc.patch_tensor(length, width, stride)
    assert np.array_equal(np.einsum("tws,sc->twc", P, x), mc.patchify(x, width, stride))
    assert set(np.unique(P)) <= {0.0, 1.0}


@given(windows())
def test_conv1d_is_four_plain_loops(window):
    """Y[t, o] = sum over w and c of X[stride t + w, c] F[o, w, c]; the kernel is not flipped."""
    length, width, stride, channels, filters, random = window
    X, F = integers(random, length, channels), integers(random, filters, width, channels)
    Y = mc.conv1d(X, F, stride)
    expected = np.zeros_like(Y)
    for t, o, w, c in np.ndindex(len(Y), filters, width, channels):
        expected[t, o] += X[stride * t + w, c] * F[o, w, c]
    assert np.array_equal(Y, expected)
    assert Y.shape == ((length - width) // stride + 1, filters)


@given(windows())
def test_conv1d_is_a_contraction_with_the_patch_tensor(window):
    """Y_to = P_tws X_sc F_owc."""
    length, width, stride, channels, filters, random = window
    X, F = integers(random, length, channels), integers(random, filters, width, channels)
    P = mc.patch_tensor(length, width, stride)
    assert np.array_equal(mc.conv1d(X, F, stride), np.einsum("tws,sc,owc->to", P, X, F))


def test_convolution_has_the_derivatives_that_its_adjoints_say():
    """By the filters: the patches. By the signal: overlap-add."""
    random = np.random.default_rng(5)
    X, F, ybar = random.normal(size=(7, 2)), random.normal(size=(3, 3, 2)), random.normal(size=(3, 3))
    by_filters = np.einsum("to,twc->owc", ybar, mc.patchify(X, 3, 2))
    by_signal = mc.unpatchify(np.einsum("to,owc->twc", ybar, F), 7, 2)
    assert np.allclose(mc.vjp(lambda G: mc.conv1d(X, G, 2), F, ybar), by_filters, rtol=1e-12)
    assert np.allclose(mc.vjp(lambda Z: mc.conv1d(Z, F, 2), X, ybar), by_signal, rtol=1e-12)
