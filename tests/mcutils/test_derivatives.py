"""The public derivative functions: what they give, how they fit together, and when they are off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mcutils as mc
from mcutils._derivatives import full_derivative
from mcutils._formula_only import formula_only

random = np.random.default_rng(2)
A, B, X = random.normal(size=(4, 4)), random.normal(size=(5, 4)), random.normal(size=(4, 3))
S = A @ A.T + np.eye(4)
x = random.normal(size=4)


def test_the_gradient_of_a_quadratic_form_has_a_term_for_each_place():
    """grad x.T A x = (A + A.T) x, not 2 A x."""
    assert np.allclose(mc.gradient(lambda x: x @ A @ x, x), (A + A.T) @ x, rtol=1e-13)


def test_the_gradient_by_a_matrix_has_its_shape():
    """grad ||B X||^2 = 2 B.T B X."""
    assert np.allclose(mc.gradient(lambda X: np.sum((B @ X) ** 2), X), 2 * B.T @ B @ X, rtol=1e-13)


def test_the_jacobian_of_a_matrix_product_is_a_kronecker_product():
    """d vec(B X) / d vec(X).T = I kron B."""
    assert np.allclose(mc.jacobian(lambda X: B @ X, X, "vec"), np.kron(np.eye(3), B), atol=1e-13)


def test_a_function_of_a_number_has_numbers_for_derivatives():
    """Python floats, which print as numbers."""

    def cube(t):
        return t**3

    results = [
        mc.gradient(cube, 2.0),
        mc.jacobian(cube, 2.0),
        mc.hessian(cube, 2.0),
        mc.jvp(cube, 2.0, 1.0),
        mc.vjp(cube, 2.0, 1.0),
        mc.hvp(cube, 2.0, 1.0),
        mc.slope(cube, 2.0, 1.0).value,
    ]
    assert [type(result) for result in results] == [float] * 7
    assert results == pytest.approx([12, 12, 12, 12, 12, 12, 12], rel=1e-9)


def test_derivatives_are_arrays_of_their_own():
    """A caller may write into what he got."""
    first = mc.jacobian(lambda x: B @ x, x)
    first[0, 0] = 99
    assert mc.jacobian(lambda x: B @ x, x)[0, 0] == pytest.approx(B[0, 0])


@given(st.integers(0, 10**6))
def test_jvp_and_vjp_are_adjoint(seed):
    """<ybar, J dx> = <J.T ybar, dx>, for a map from matrices to matrices."""
    draw = np.random.default_rng(seed)
    P, Q, Z, dZ = draw.normal(size=(2, 3)), draw.normal(size=(4, 2)), draw.normal(size=(3, 4)), draw.normal(size=(3, 4))
    ybar = draw.normal(size=(2, 2))

    def f(Z):
        return np.tanh(P @ Z @ Q)

    left, right = mc.frobenius(ybar, mc.jvp(f, Z, dZ)), mc.frobenius(mc.vjp(f, Z, ybar), dZ)
    assert left == pytest.approx(right, rel=1e-11, abs=1e-12)


@given(st.integers(0, 10**6))
def test_jvp_and_vjp_are_products_with_the_jacobian(seed):
    """J @ dx and J.T @ ybar, also where a complex step lies."""
    draw = np.random.default_rng(seed)
    M, z, dz, ybar = draw.normal(size=(3, 5)), draw.normal(size=5), draw.normal(size=5), draw.normal(size=3)

    def f(z):
        return np.abs(M @ z)

    J = mc.jacobian(f, z)
    assert np.allclose(mc.jvp(f, z, dz), J @ dz, rtol=1e-8, atol=1e-8)
    assert np.allclose(mc.vjp(f, z, ybar), J.T @ ybar, rtol=1e-8, atol=1e-8)


def test_jvp_is_linear_in_its_direction_and_vjp_in_its_cotangent():
    """Scaling what goes in scales what comes out."""

    def f(X):
        return np.exp(B @ X)

    assert np.allclose(mc.jvp(f, X, 1e6 * X), 1e6 * mc.jvp(f, X, X), rtol=1e-12)
    ybar = np.ones((5, 3))
    assert np.allclose(mc.vjp(f, X, 3 * ybar), 3 * mc.vjp(f, X, ybar), rtol=1e-12)


def logdet_hessian(X):
    """d2 log|det X| / dX_ij dX_kl = -(X^-1)_li (X^-1)_jk."""
    inverse = np.linalg.inv(X)
    return -np.einsum("li,jk->ijkl", inverse, inverse)


def softmax(x):
    """The gradient of log-sum-exp."""
    return np.exp(x) / np.exp(x).sum()


HESSIANS = {
    "quadratic form": (lambda x: x @ A @ x / 2, lambda x: (A + A.T) / 2, x),
    "log-sum-exp": (
        lambda x: np.log(np.sum(np.exp(x))),
        lambda x: np.diag(softmax(x)) - np.outer(softmax(x), softmax(x)),
        x,
    ),
    "log|det X|, by det": (lambda X: np.log(np.linalg.det(X) ** 2) / 2, logdet_hessian, A),
    "log|det X|, by slogdet": (lambda X: np.linalg.slogdet(X)[1], logdet_hessian, A),
    "norm": (np.linalg.norm, lambda x: np.eye(4) / np.sqrt(x @ x) - np.outer(x, x) / (x @ x) ** 1.5, x),
    "norm squared, at 0": (lambda x: np.linalg.norm(x) ** 2, lambda x: 2 * np.eye(4), 0 * x),
    "cube of abs": (lambda x: np.sum(np.abs(x) ** 3), lambda x: np.diag(6 * np.abs(x)), x),
    "relu squared": (lambda x: np.sum(np.maximum(x, 0) ** 2), lambda x: np.diag(np.where(x > 0, 2.0, 0.0)), x),
    "logs at a million": (lambda x: np.sum(np.log(x)), lambda x: -np.diag(1 / x**2), 1e6 * np.abs(x)),
    "linear": (lambda x: A[0] @ x, lambda x: np.zeros((4, 4)), x),
    "linear, real": (lambda x: A[0] @ np.real(x), lambda x: np.zeros((4, 4)), x),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians_are_accurate_and_honest(name):
    """To 1e-8 of the largest entry, within the estimated error, and symmetric to the last digit."""
    f, expected, at = HESSIANS[name]
    H, error = full_derivative(f, at, order=2)
    scale = np.abs(expected(at)).max() or 1
    assert np.abs(H - expected(at)).max() <= min(1e-8 * scale, 5 * error + 1e-300)
    assert error <= 1e-6 * scale
    size = at.size
    assert np.array_equal(H.reshape(size, size), H.reshape(size, size).T)


def test_the_hessian_by_a_matrix_has_its_shape_twice():
    """H[in..., in...]; its vec form is I kron (A + A.T) for tr(X.T A X)."""
    H = mc.hessian(lambda X: np.trace(X.T @ A @ X), X)
    assert H.shape == (4, 3, 4, 3)
    assert np.allclose(H.reshape(12, 12, order="F"), np.kron(np.eye(3), A + A.T), atol=1e-9)


@pytest.mark.parametrize("f", [lambda x: np.sum(np.tanh(x)) ** 3, lambda x: np.linalg.norm(x - 1) ** 3])
def test_hvp_is_the_hessian_times_the_direction(f):
    """With a complex step and without, for a direction of any length."""
    for v in (x, 1e5 * A[0], np.array([0.0, 0.0, 1.0, 0.0])):
        assert np.allclose(mc.hvp(f, x, v), mc.hessian(f, x) @ v, rtol=1e-7, atol=1e-7 * np.abs(v).max())


def test_hvp_costs_calls_in_proportion_to_n_and_not_to_its_square():
    """It does not build the Hessian."""
    calls = []

    def f(z):
        calls.append(None)
        return np.sum(np.sin(z)) ** 2

    mc.hvp(f, np.linspace(0.1, 1, 30), np.ones(30))
    assert len(calls) <= 7 * 30 + 60


@pytest.mark.parametrize("f", [lambda x: np.sum(x * np.abs(x)), lambda x: np.sum(np.maximum(x, 0) ** 2)])
def test_a_kink_in_the_slope_is_found(f):
    """There the gradient exists and the Hessian does not."""
    at = np.array([1.0, 0.0])
    assert np.isfinite(mc.gradient(f, at)).all()
    for second in (lambda: mc.hessian(f, at), lambda: mc.hvp(f, at, np.ones(2))):
        with pytest.raises(mc.KinkError, match="no second derivative at x"):
            second()


def logdet(S):
    """A function of a symmetric matrix that reads all of it."""
    return np.log(np.linalg.det(S))


def test_the_gradient_by_a_symmetric_matrix_is_the_symmetric_one():
    """(G0 + G0.T) / 2, whatever half of S the function reads; not G0 + G0.T - diag(G0)."""
    assert np.allclose(mc.gradient(logdet, S, symmetric=True), np.linalg.inv(S), rtol=1e-12)
    lower = mc.gradient(lambda S: S[2, 0], S, symmetric=True)
    assert lower[2, 0] == lower[0, 2] == pytest.approx(0.5)
    assert mc.gradient(lambda S: S[2, 0], S)[0, 2] == 0
    assert np.allclose(
        mc.vjp(lambda S: B @ S, S, np.ones((5, 4)), symmetric=True).T,
        mc.vjp(lambda S: B @ S, S, np.ones((5, 4)), symmetric=True),
    )


def test_symmetric_directions_keep_a_function_of_symmetric_matrices_in_its_domain():
    """cholesky reads one triangle and believes the other: only symmetric directions give its gradient."""

    def half_logdet(S):
        if not np.array_equal(S, S.T):
            raise ValueError("not symmetric")
        return np.sum(np.log(np.diag(np.linalg.cholesky(S))))

    assert np.allclose(mc.gradient(half_logdet, S, symmetric=True), np.linalg.inv(S) / 2, rtol=1e-8)


def test_the_symmetric_jacobian_and_hessian_are_symmetric_in_each_pair_of_axes():
    """D[..., i, j] = D[..., j, i], and it agrees with the plain derivative along symmetric directions."""
    dS = A + A.T
    D = mc.jacobian(lambda S: B @ S, S, "array", symmetric=True)
    assert np.array_equal(D, D.swapaxes(-1, -2))
    assert np.allclose(np.tensordot(D, dS, axes=2), B @ dS)
    H = mc.hessian(logdet, S, symmetric=True)
    plain = mc.hessian(logdet, S)
    assert np.array_equal(H, H.swapaxes(-1, -2))
    assert np.array_equal(H, H.swapaxes(0, 1))
    along = np.tensordot(np.tensordot(H, dS, axes=2), dS, axes=2)
    assert along == pytest.approx(np.tensordot(np.tensordot(plain, dS, axes=2), dS, axes=2), rel=1e-7)
    assert np.allclose(mc.hvp(logdet, S, dS, symmetric=True), np.tensordot(H, dS, axes=2), rtol=1e-6)


def test_a_point_that_is_symmetric_up_to_rounding_is_symmetric():
    """A product like C.T @ C may differ from its transpose in the last digit."""
    rounded = S.copy()
    rounded[0, 1] *= 1 + 1e-13
    assert np.allclose(mc.gradient(np.trace, rounded, symmetric=True), np.eye(4))


PUBLIC = {
    "slope": lambda: mc.slope(np.sum, x, x),
    "gradient": lambda: mc.gradient(np.sum, x),
    "jacobian": lambda: mc.jacobian(np.sum, x),
    "hessian": lambda: mc.hessian(np.sum, x),
    "jvp": lambda: mc.jvp(np.sum, x, x),
    "vjp": lambda: mc.vjp(np.sum, x, 1.0),
    "hvp": lambda: mc.hvp(np.sum, x, x),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_derivatives_are_off_while_a_formula_is_asked_for(name):
    """Each one says its own name and why; afterwards it works again, even after an error."""
    with pytest.raises(RuntimeError, match=f"{name}: this exercise asks for a formula"), formula_only():
        PUBLIC[name]()
    PUBLIC[name]()


def test_the_checks_own_derivative_is_never_off():
    """A check differentiates the question inside the same block."""
    with formula_only():
        D, _ = full_derivative(lambda x: x @ x, x)
    assert np.allclose(D, 2 * x)


def test_one_block_inside_another_does_not_end_it():
    """Leaving the inner one leaves the outer one in force."""
    with formula_only():
        with formula_only():
            pass
        with pytest.raises(RuntimeError, match="asks for a formula"):
            mc.gradient(np.sum, x)


def test_full_derivative_has_first_and_second_order_only():
    """A third is asked for by mistake."""
    with pytest.raises(ValueError, match="order is 3; wanted 1 or 2"):
        full_derivative(np.sum, x, order=3)


def test_a_function_may_measure_a_derivative_itself():
    """The gradient of a function that takes a gradient: by differences, for the inner one takes no complex numbers."""

    def f(x):
        return np.sum(mc.gradient(lambda z: np.sum(z**3), x) ** 2)

    assert np.allclose(mc.gradient(f, x), 36 * x**3, rtol=1e-7)
