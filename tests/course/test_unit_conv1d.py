"""Every formula that the unit on convolutions prints, held against numbers."""

import numpy as np
import pytest

import mcutils as mc

rng = np.random.default_rng(10)
SIZE = {"s": 11, "w": 3, "c": 2, "o": 4, "t": 9}
X = rng.standard_normal((11, 2))
F = rng.standard_normal((4, 3, 2))
P = mc.patch_tensor(11, 3)
G = rng.standard_normal((9, 4))
x, f, d = X[:, 0], F[0, :, 0], rng.standard_normal(9)


def value(text, sizes, free, **arrays):
    """The value of a formula as the unit writes it: every repeated index summed."""
    return mc.parse(text, sizes, notation="index", summation="repeated", free=free).evaluate(**arrays)


SIZES = {"X": "s c", "F": "o w c", "P": "t w s", "G": "t o"}
ONE = {"x": "s", "f": "w", "P": "t w s", "d": "t"}


def test_the_first_example_by_hand():
    """Six places, three taps: four numbers, the first of them worked out in the text, and no tap turned round."""
    signal, taps = np.array([1.0, 4.0, 2.0, 0.0, 3.0, 1.0]), np.array([1.0, -2.0, 3.0])
    y = mc.conv1d(signal[:, None], taps[None, :, None])[:, 0]
    assert y.tolist() == [-1.0, 0.0, 11.0, -3.0]
    assert np.allclose(np.correlate(signal, taps, mode="valid"), y)
    assert np.allclose(np.convolve(signal, taps[::-1], mode="valid"), y)


@pytest.mark.parametrize(("S", "W", "k"), [(8, 3, 2), (7, 3, 1), (5, 5, 3), (14, 6, 3), (11, 3, 4)])
def test_the_number_of_positions(S, W, k):
    """There are (S - W) // k + 1 positions, and tap w of window t lies on place kt + w."""
    tensor = mc.patch_tensor(S, W, k)
    assert len(tensor) == (S - W) // k + 1
    assert all(tensor[t, w, s] == (s == k * t + w) for t, w, s in np.ndindex(tensor.shape))


def test_a_convolution_is_three_factors():
    """P X F with its letters is conv1d, the patches are P X, and both are the einsum of the text."""
    assert np.allclose(value("P_{t w s} X_{s c} F_{o w c}", SIZES, "t o", P=P, X=X, F=F, G=G), mc.conv1d(X, F))
    assert np.allclose(value("P_{t w s} X_{s c}", SIZES, "t w c", P=P, X=X, F=F, G=G), mc.patchify(X, 3))
    rows = mc.patchify(X, 3).reshape(9, -1)
    assert np.allclose(rows @ F.reshape(4, -1).T, mc.conv1d(X, F))


def test_the_derivatives_by_filters_and_signal():
    """delta P X and P F are the Jacobians, entry by entry; for one filter it is the array of patches."""
    by_F = value("delta(o)_{o a} P_{t b s} X_{s d}", SIZES, "t o a b d", P=P, X=X, F=F, G=G)
    assert np.allclose(by_F, mc.jacobian(lambda Z: mc.conv1d(X, Z), F, layout="array"))
    by_X = value("P_{t w a} F_{o w b}", SIZES, "t o a b", P=P, X=X, F=F, G=G)
    assert np.allclose(by_X, mc.jacobian(lambda Z: mc.conv1d(Z, F), X, layout="array"))
    one = mc.jacobian(lambda z: mc.conv1d(X, z[None])[:, 0], F[0], layout="array")
    assert np.allclose(one, mc.patchify(X, 3))


def test_one_channel_and_one_filter():
    """By the filter the patches; by the signal the matrix f[a - t], constant along its diagonals."""
    y = lambda a, b: mc.conv1d(a[:, None], b[None, :, None])[:, 0]  # noqa: E731 - a formula
    assert np.allclose(value("P_{t a s} x_s", ONE, "t a", P=P, x=x, f=f, d=d), mc.jacobian(lambda z: y(x, z), f))
    M = value("P_{t w a} f_w", ONE, "t a", P=P, x=x, f=f, d=d)
    assert np.allclose(M, mc.jacobian(lambda z: y(z, f), x))
    assert all(M[t, a] == (f[a - t] if 0 <= a - t < 3 else 0) for t, a in np.ndindex(M.shape))


def test_gradients_carried_back():
    """With L = <G, Y>: the patches weighed by G, and G F added into the places."""
    by_F = value("G_{t a} P_{t b s} X_{s d}", SIZES, "a b d", P=P, X=X, F=F, G=G)
    by_X = value("G_{t o} P_{t w a} F_{o w b}", SIZES, "a b", P=P, X=X, F=F, G=G)
    assert np.allclose(by_F, mc.gradient(lambda Z: np.sum(G * mc.conv1d(X, Z)), F))
    assert np.allclose(by_X, mc.gradient(lambda Z: np.sum(G * mc.conv1d(Z, F)), X))
    assert np.allclose(by_F, np.einsum("to,twc->owc", G, mc.patchify(X, 3)))
    assert np.allclose(by_X, mc.unpatchify(np.einsum("to,owc->twc", G, F), 11))


def test_fitting_a_filter():
    """Gradient and Hessian of c (P x f + d)^2 by f, for each sign and factor that a learner can draw."""
    for factor, sign in [("1/2", "-"), ("2", "+"), ("3/2", "-")]:
        c = {"1/2": 0.5, "2": 2.0, "3/2": 1.5}[factor]

        def misfit(z, c=c, sign=sign):
            residual = mc.patchify(x[:, None], 3)[:, :, 0] @ z + (d if sign == "+" else -d)
            return c * residual @ residual

        arrays = {"P": P, "x": x, "f": f, "d": d}
        by_f = value(f"2 {factor} (P_{{t w s}} x_s f_w {sign} d_t) P_{{t a r}} x_r", ONE, "a", **arrays)
        assert np.allclose(by_f, mc.gradient(misfit, f))
        assert np.allclose(
            value(f"2 {factor} P_{{t a s}} x_s P_{{t b r}} x_r", ONE, "a b", **arrays), mc.hessian(misfit, f), rtol=1e-5
        )


def test_the_adjoint_adds_and_does_not_undo():
    """<p, cut x> = <add p, x>; cutting and adding back multiplies each place by its count."""
    p = rng.standard_normal((9, 3, 2))
    assert np.isclose(mc.frobenius(p, mc.patchify(X, 3)), mc.frobenius(mc.unpatchify(p, 11), X))
    counts = mc.unpatchify(np.ones((5, 3, 1)), 7)
    assert counts[:, 0].tolist() == [1, 2, 3, 3, 3, 2, 1]
    assert np.allclose(mc.unpatchify(mc.patchify(X[:7], 3), 7), counts * X[:7])


def test_windows_and_taps_may_change_places_in_overlap_add():
    """Place t + w is a sum, which is why the last exercise has a second right answer."""
    p = rng.standard_normal((9, 3, 2))
    assert np.allclose(mc.unpatchify(p, 11), mc.unpatchify(p.transpose(1, 0, 2), 11))


def test_a_place_that_no_window_reads_has_no_gradient():
    """With stride 2 the last of eight places is left over."""
    gradient = mc.gradient(lambda Z: np.sum(mc.conv1d(Z, F[:1, :, :1], 2) ** 2), X[:8, :1])
    assert gradient[7, 0] == 0
    assert np.all(gradient[:7] != 0)


def test_the_corrected_line_of_the_page_on_strides():
    """By x_a the derivative of y_t is the tap a - kt, and not a - t."""
    for k in (2, 3):
        M = mc.jacobian(lambda z, k=k: mc.conv1d(z[:, None], f[None, :, None], k)[:, 0], x)
        assert np.allclose(M, [[f[a - k * t] if 0 <= a - k * t < 3 else 0 for a in range(11)] for t in range(len(M))])


def test_a_dilated_window_is_a_wider_one_with_zeros():
    """The sum over x at 2t + 3w is the convolution with two zeros after each tap: what the check compares with."""
    signal, taps = rng.standard_normal(19), rng.standard_normal(4)
    wide = np.zeros(10)
    wide[::3] = taps
    sums = [sum(signal[2 * t + 3 * w] * taps[w] for w in range(4)) for t in range((19 - 10) // 2 + 1)]
    assert np.allclose(mc.conv1d(signal[:, None], wide[None, :, None], 2)[:, 0], sums)
