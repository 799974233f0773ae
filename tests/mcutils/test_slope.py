"""slope and full_derivative where a complex step lies, where f has kinks, and how far their error estimates hold."""

import warnings

import numpy as np
import pytest

import mcutils as mc
from mcutils._derivatives import full_derivative

HONEST = 5  # the true error may be so many times the estimate, and no more
USEFUL = 1e-8  # the estimate may be this much of the largest entry, and no more


def diagonal(values):
    """The derivative of an elementwise function."""
    return np.diag(values)


def unit_sum_of_svd(X):
    """U @ V.T, the gradient of the sum of the singular values."""
    U, _, Vt = np.linalg.svd(X)
    return U @ Vt


def eigenvector_squares(S):
    """Derivative of the eigenvalues of the symmetric part: v v.T for each."""
    _, V = np.linalg.eigh(S)
    return np.einsum("ik,jk->kij", V, V)


def cast(x):
    """A copy as real numbers: what ``astype(float)``, ``float()`` or a real buffer do, with their warning."""
    real = np.empty(np.shape(x))
    real[...] = x
    return real


# f, its derivative D[out..., in...], and the kind of point it wants. A complex step is wrong for every one of them.
LIARS = {
    "norm": (np.linalg.norm, lambda x: x / np.sqrt(np.sum(x**2)), "vector"),
    "Frobenius norm": (np.linalg.norm, lambda X: X / np.sqrt(np.sum(X**2)), "matrix"),
    "norm squared": (lambda x: np.linalg.norm(x) ** 2, lambda x: 2 * x, "vector"),
    "abs": (np.abs, lambda x: diagonal(np.sign(x)), "vector"),
    "sum of abs": (lambda x: np.sum(np.abs(x)), np.sign, "vector"),
    "exp of abs": (lambda x: np.exp(np.abs(x)), lambda x: diagonal(np.sign(x) * np.exp(np.abs(x))), "vector"),
    "slogdet": (lambda X: np.linalg.slogdet(X)[1], lambda X: np.linalg.inv(X).T, "matrix"),
    "singular values": (lambda X: np.sum(np.linalg.svd(X, compute_uv=False)), unit_sum_of_svd, "matrix"),
    "eigvalsh": (lambda S: np.linalg.eigvalsh((S + S.T) / 2), eigenvector_squares, "spd"),
    "std": (np.std, lambda x: (x - x.mean()) / x.size / np.std(x), "vector"),
    "var": (np.var, lambda x: 2 * (x - x.mean()) / x.size, "vector"),
    "conj": (lambda x: np.real(x.conj() @ x), lambda x: 2 * x, "vector"),
    "vdot": (lambda x: np.real(np.vdot(x, x)), lambda x: 2 * x, "vector"),
    "cholesky": (
        lambda S: 2 * np.sum(np.log(np.diag(np.linalg.cholesky((S + S.T) / 2)))),
        lambda S: np.linalg.inv(S),
        "spd",
    ),
    "where, of the real part": (
        lambda x: np.where(np.real(x) > 0, np.real(x) ** 2, -np.real(x)),
        lambda x: diagonal(np.where(x > 0, 2 * x, -1)),
        "vector",
    ),
    "cast to real": (lambda x: np.sin(cast(x)), lambda x: diagonal(np.cos(x)), "vector"),
    "half cast": (lambda x: np.sum(x * np.real(x)), lambda x: 2 * x, "vector"),
    "sort": (lambda x: np.sort(np.real(x)), lambda x: np.eye(x.size)[np.argsort(x)], "vector"),
    "one liar among honest outputs": (
        lambda x: np.stack([x[0] * x[1], np.abs(x[2])]),
        lambda x: np.array([[x[1], x[0], *[0] * (x.size - 2)], [0, 0, np.sign(x[2]), *[0] * (x.size - 3)]]),
        "vector",
    ),
}

# The same for functions that a complex step serves, or that refuse it.
OTHERS = {
    "quadratic": (lambda x: x @ x, lambda x: 2 * x, "vector"),
    "det": (np.linalg.det, lambda X: np.linalg.det(X) * np.linalg.inv(X).T, "matrix"),
    "inverse": (
        np.linalg.inv,
        lambda X: -np.einsum("ik,lj->ijkl", np.linalg.inv(X), np.linalg.inv(X)),
        "matrix",
    ),
    "softmax": (
        lambda x: np.exp(x) / np.sum(np.exp(x)),
        lambda x: diagonal(np.exp(x) / np.exp(x).sum()) - np.outer(np.exp(x), np.exp(x)) / np.exp(x).sum() ** 2,
        "vector",
    ),
    "relu": (lambda x: np.maximum(x, 0), lambda x: diagonal(np.where(x > 0, 1.0, 0.0)), "vector"),
    "maximum": (np.max, lambda x: np.where(x == x.max(), 1.0, 0.0), "vector"),
    "constant": (lambda x: 7.0, lambda x: 0 * x, "vector"),
    "one by a long way": (
        lambda X: np.trace(np.real(X) @ np.linalg.inv(np.real(X))),
        lambda X: 0 * X,
        "matrix",
    ),
    "cube root, no complex": (np.cbrt, lambda x: diagonal(1 / 3 / np.cbrt(x) ** 2), "vector"),
    "by float()": (lambda x: sum(float(entry) ** 3 for entry in x), lambda x: 3 * x**2, "vector"),
    "fast wave": (lambda x: np.sin(30 * np.real(x)), lambda x: diagonal(30 * np.cos(30 * x)), "vector"),
}


def point(kind, seed):
    """A random point: entries of the order of 1, and no two sizes equal."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(4, 4))
    return {"vector": random.normal(size=5), "matrix": X, "spd": X @ X.T + np.eye(4)}[kind]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", [*LIARS, *OTHERS])
def test_the_derivative_is_right_and_its_error_estimate_honest(name, seed):
    """The true error stays within a few times the estimate, and the estimate is small."""
    f, derivative, kind = (LIARS | OTHERS)[name]
    X = point(kind, seed)
    D, error = full_derivative(f, X)
    expected = derivative(X)
    assert D.shape == expected.shape
    assert np.max(np.abs(D - expected)) <= HONEST * error + 1e-300
    assert error <= USEFUL * max(np.abs(expected).max(), 1e-3)


@pytest.mark.parametrize("name", LIARS)
def test_a_complex_step_alone_would_be_wrong(name):
    """The liars are liars: without the comparison the derivative would be wrong, so the test above can fail."""
    f, derivative, kind = LIARS[name]
    X = point(kind, 1)
    wrong = np.zeros_like(derivative(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place in np.ndindex(X.shape):
            step = np.zeros(X.shape, dtype=complex)
            step[place] = 1e-20j
            wrong[(..., *place)] = np.imag(f(X + step)) / 1e-20
    assert np.max(np.abs(wrong - derivative(X))) > 0.01 * np.max(np.abs(derivative(X)))


SCALED = {
    "log": (np.log, lambda x: 1 / x),
    "square": (lambda x: x**2, lambda x: 2 * x),
    "log, real": (lambda x: np.log(np.real(x)), lambda x: 1 / x),
    "square, real": (lambda x: np.real(x) ** 2, lambda x: 2 * x),
    "reciprocal, real": (lambda x: 1 / np.real(x), lambda x: -1 / x**2),
}


@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e-3, 1e4, 1e12, 1e100])
@pytest.mark.parametrize("name", SCALED)
def test_the_scale_of_x_does_not_matter(name, scale):
    """A function that changes over steps of x's own size is measured with steps of that size."""
    f, derivative = SCALED[name]
    x = scale * 1.37
    value, error = mc.slope(f, x, 1.0)
    assert abs(value - derivative(x)) <= HONEST * error
    assert error <= USEFUL * abs(derivative(x))


@pytest.mark.parametrize("real", [np.real, np.asarray])
@pytest.mark.parametrize("x", [1e-20, 1e-8, 1e-4, 1.0, 1e4, 1e8])
def test_a_function_that_changes_over_steps_of_one_is_measured_at_any_x(x, real):
    """sin has its own scale: neither a tiny nor a large x hides it."""
    value, error = mc.slope(lambda z: np.sin(real(z)), x, 1.0)
    assert abs(value - np.cos(x)) <= HONEST * error
    assert error <= 1e-5


@pytest.mark.parametrize("length", [1e-9, 1.0, 1e9])
def test_the_length_of_the_direction_only_scales_the_slope(length):
    """slope is linear in dX."""
    x = np.array([3.0, 4.0])
    value, _ = mc.slope(np.linalg.norm, x, length * np.array([1.0, 2.0]))
    assert value == pytest.approx(length * 11 / 5, rel=1e-10)


def test_a_large_constant_is_allowed_for():
    """1e8 drowns the real difference, not the complex step; where only differences serve, the estimate says so."""
    exact = mc.slope(lambda x: 1e8 + x**2, 1.5, 1.0)
    assert exact.value == pytest.approx(3, rel=1e-12)
    rough = mc.slope(lambda x: 1e8 + np.real(x) ** 2, 1.5, 1.0)
    assert 1e-10 < rough.error < 1e-4
    assert abs(rough.value - 3) <= HONEST * rough.error


KINKS = {
    "abs at 0": (np.abs, 0.0, r"slope is -1 on one side and 1 on the other"),
    "relu at 0": (lambda x: np.maximum(x, 0), 0.0, r"slope is 0 on one side and 1 on the other"),
    "abs, as a root": (lambda x: np.sqrt(x**2), 0.0, r"slope is -1 on one side and 1 on the other"),
    "slopes 2 and 5": (lambda x: np.where(np.real(x) > 1, 5 * x - 3, 2 * x), 1.0, r"slope is 2 .* 5 on the other"),
    "a shallow kink": (lambda x: x + 1e-5 * np.abs(x - 2), 2.0, r"kink"),
    "one entry of three": (
        lambda x: np.sum(np.abs(x)),
        [1.0, 0.0, -2.0],
        r"along X\[1\] its slope|X along X\[1\]: its",
    ),
    "norm at 0": (np.linalg.norm, [0.0, 0.0, 0.0], r"X along X\[0\]: its slope is -1 on one side and 1 on"),
    "a tie in sort": (lambda x: np.sort(np.real(x)), [2.0, 3.0, 2.0], r"kink"),
    "a tie in max": (np.max, [2.0, 1.0, 2.0], r"X along X\[0\]: its slope is 0 on one side and 1 on the other"),
    "a double singular value": (lambda X: np.linalg.svd(X, compute_uv=False), np.eye(3), r"kink"),
    "singular": (lambda X: np.sum(np.linalg.svd(X, compute_uv=False)), np.diag([1.0, 2.0, 0.0]), r"kink"),
    "a jump": (np.sign, 0.0, r"no slope at X: small steps do not settle"),
    "a step": (lambda x: np.floor(np.real(x)), 2.0, r"no slope"),
    "a vertical tangent": (np.cbrt, 0.0, r"no slope"),
    "a cusp": (lambda x: np.sqrt(np.abs(x)), 0.0, r"no slope"),
    "the edge of its domain": (np.sqrt, 0.0, r"no slope"),
    "a median of equals": (lambda x: np.median(np.real(x)), [1.0, 1.0, 1.0], r"do not add up"),
    "slopes that do not add up": (
        lambda x: x[0] ** 2 * x[1] / (x @ x) if np.any(x) else 0.0,
        [0.0, 0.0],
        r"different directions do not add up",
    ),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_are_found(name):
    """Where there is no derivative there is no number, and the message has the two slopes."""
    f, X, message = KINKS[name]
    with pytest.raises(mc.KinkError, match=message):
        full_derivative(f, X)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: x * np.abs(x), 0.0, 0.0),
        (lambda x: np.abs(x) ** 3, 0.0, 0.0),
        (lambda x: np.maximum(x, 0) ** 2, 0.0, 0.0),
        (lambda x: np.maximum(x - 1, 0), 1 + 1e-4, 1.0),
        (lambda x: np.maximum(np.real(x) - 1, 0), 1 + 1e-4, 1.0),
        (lambda x: np.maximum(np.real(x) - 1, 0), 1 - 1e-5, 0.0),
        (lambda x: np.floor(np.real(x)), 2.3, 0.0),
    ],
)
def test_what_only_looks_like_a_kink_is_none(f, x, expected):
    """A slope that is continuous has a derivative, and so has a point close by a kink."""
    value, error = mc.slope(f, x, 1.0)
    assert abs(value - expected) <= HONEST * error
    assert error < 1e-5


def test_along_a_smooth_direction_a_kink_across_does_not_matter():
    """slope asks about one direction only: |y| has a slope along x."""
    assert mc.slope(lambda x: x[0] ** 2 + np.abs(x[1]), [3.0, 0.0], [1.0, 0.0]).value == pytest.approx(6)


def test_f_may_be_undefined_close_to_x():
    """It may return nan, raise, or leave its domain: the steps get small enough to stay inside."""

    def guarded(x):
        if not 0.999 < np.real(x) < 1.001:
            raise ValueError("out of range")
        return np.real(x) ** 3

    value, error = mc.slope(guarded, 1.0, 1.0)
    assert abs(value - 3) <= HONEST * error
    assert error < 1e-8
    S = np.diag([1.0, 1e-5])
    D, error = full_derivative(lambda S: np.log(np.diag(np.linalg.cholesky(S))).sum(), S)  # spd close to X only
    assert np.abs(np.diag(D) - [0.5, 0.5e5]).max() <= HONEST * error
    assert error < 1e-3


def test_f_is_never_given_the_callers_array():
    """f may do what it likes with its argument, and return it."""

    def vandal(x):
        x *= 2
        return x

    X = np.array([1.0, 2.0])
    assert np.allclose(mc.jacobian(vandal, X), 2 * np.eye(2))
    assert X.tolist() == [1, 2]


def test_f_may_return_the_same_buffer_each_time():
    """What f returns is read before f is called again."""
    buffer = np.zeros(2)

    def reuse(x):
        buffer[...] = np.real(x) ** 2
        return buffer

    assert np.allclose(mc.jacobian(reuse, [1.0, 3.0]), np.diag([2.0, 6.0]))


def test_f_may_return_numbers_and_lists():
    """Python numbers, integers and lists of lists are arrays too."""
    assert mc.slope(lambda x: float(np.real(x)) * 3, 2.0, 1.0).value == pytest.approx(3)
    assert mc.slope(lambda x: 4, 2.0, 1.0).value == 0
    assert mc.jvp(lambda x: [[x[0], 2 * x[1]]], [1.0, 2.0], [1.0, 1.0]).tolist() == [[1.0, 2.0]]


def test_no_warning_reaches_the_caller():
    """A discarded imaginary part, a logarithm of 0, an overflow: all are ours, none is shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mc.gradient(lambda x: np.sum(cast(x)), [1.0, 2.0])
        mc.gradient(lambda x: np.sum(np.log(x)), [1e-9, 2.0])
        mc.gradient(lambda x: np.sum(np.exp(np.exp(x))), [6.0, 2.0])


def test_a_direction_of_zeros_has_slope_zero():
    """Nothing moves, so nothing changes; even at a kink."""
    assert mc.slope(np.abs, np.zeros(2), np.zeros(2)).value.tolist() == [0, 0]


def counted(f):
    """f, and a list that grows by one at each call."""
    calls = []

    def counting(x):
        calls.append(None)
        return f(x)

    return counting, calls


def test_a_derivative_costs_one_call_for_each_entry_and_a_handful():
    """The comparison with real differences is shared by all entries."""
    f, calls = counted(lambda X: np.sum(np.tanh(X) ** 2))
    full_derivative(f, np.linspace(-1, 1, 20).reshape(4, 5))
    assert len(calls) <= 20 + 10


def test_without_a_complex_step_a_derivative_costs_six_calls_for_each_entry():
    """Three central differences, extrapolated."""
    f, calls = counted(lambda X: np.sum(np.abs(X)))
    full_derivative(f, np.linspace(-1, 1, 20).reshape(4, 5))
    assert len(calls) <= 6 * 20 + 10


def test_a_hessian_costs_six_calls_for_each_of_its_different_entries():
    """Half of them are not measured: a Hessian is symmetric."""
    f, calls = counted(lambda x: np.sum(np.tanh(x)) ** 2)
    full_derivative(f, np.linspace(-1, 1, 6), order=2)
    assert len(calls) <= 6 * 21 + 35
