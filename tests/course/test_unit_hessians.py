"""Every formula that the unit on Hessians prints, held against numbers at non-symmetric arrays of different sizes."""

import numpy as np
import pytest

from mcutils import commutation_matrix, gradient, hessian, hvp, vec
from mcutils._symbolic import parse

rng = np.random.default_rng(9)
SIZE = {"m": 3, "n": 4, "p": 5, "q": 6, "s": 3}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def draw(sizes):
    """Draw arrays; square matrices lie near a multiple of the identity, so that they have good inverses."""
    arrays = {}
    for name, axes in sizes.items():
        shape = [SIZE.get(axis, 1) for axis in axes.replace("positive", "").split()]
        values = rng.standard_normal(shape)
        if len(shape) == 2 and axes.split()[0] == axes.split()[1]:
            values += 3 * np.eye(len(values))
        arrays[name] = np.abs(values) if "positive" in axes else values
    return arrays


def half_square(E):
    return np.sum(E * E) / 2


def log_det(X):
    return np.log(np.linalg.det(X)) if np.linalg.det(X).real > 0 else np.log(-np.linalg.det(X))


def logistic(theta, X, y):
    return np.sum(np.log(1 + np.exp(X @ theta)) - y * (X @ theta))


def weighted(theta, X, y, c):
    return np.sum(c * (np.log(1 + np.exp(X @ theta)) - y * (X @ theta))) + theta @ theta


V = {"x": "n", "A": "n n"}
AX_B = {"X": "m n", "A": "p m", "B": "p n"}
TR = {"X": "m n", "A": "m m"}
SIDES = {"X": "m n", "A": "m m", "B": "n n"}
LOGISTIC = {"theta": "p", "X": "n p", "y": "n"}
K = 'commutation("s", "s")'

HESSIANS = [
    ("(A + A.T) / 2", V, lambda x, A: x @ A @ x / 2),
    ("C.T @ C", {"x": "n", "C": "m n", "d": "m"}, lambda x, C, d: half_square(C @ x - d)),
    ('2 * outer(x, x) + (x @ x) * I("n")', {"x": "n"}, lambda x: (x @ x) ** 2 / 4),
    ("-sin(a @ x) * outer(a, a)", {"x": "n", "a": "n"}, lambda x, a: np.sin(a @ x)),
    ("outer(a, b) + outer(b, a)", {"x": "n", "a": "n", "b": "n"}, lambda x, a, b: (a @ x) * (b @ x)),
    ("3 * (A + A.T)", V | {"b": "n"}, lambda x, A, b: 3 * (x @ A @ x) - b @ x),
    (
        "C.T @ (W + W.T) @ C / 2",
        {"x": "n", "C": "m n", "d": "m", "W": "m m"},
        lambda x, C, d, W: (C @ x - d) @ W @ (C @ x - d) / 2,
    ),
    (
        'C.T @ C + 0.7 * I("n")',
        {"x": "n", "C": "m n", "d": "m"},
        lambda x, C, d: half_square(C @ x - d) + 0.7 * (x @ x) / 2,
    ),
    ("X.T @ diag(sigmoid(X @ theta) * (1 - sigmoid(X @ theta))) @ X", LOGISTIC, logistic),
    (
        'X.T @ diag(c * sigmoid(X @ theta) * (1 - sigmoid(X @ theta))) @ X + 2 * I("p")',
        LOGISTIC | {"c": "n positive"},
        weighted,
    ),
    (
        "A.T @ diag((1 - tanh(A @ x)**2)**2 - 2 * (tanh(A @ x) - b) * tanh(A @ x) * (1 - tanh(A @ x)**2)) @ A",
        {"x": "n", "A": "m n", "b": "m"},
        lambda x, A, b: half_square(np.tanh(A @ x) - b),
    ),
    ('kron(I("n"), A.T @ A)', AX_B, lambda X, A, B: half_square(A @ X - B)),
    ('kron(I("n"), A + A.T)', TR, lambda X, A: np.trace(X.T @ A @ X)),
    (f"-{K} @ kron(inv(X).T, inv(X))", {"X": "s s"}, log_det),
    (f"-kron(inv(X), inv(X).T) @ {K}", {"X": "s s"}, log_det),
    (
        'kron(B @ B.T, I("m"))',
        {"X": "m n", "B": "n q", "D": "m q"},
        lambda X, B, D: half_square(X @ B - D),
    ),
    ("kron(B.T, A) + kron(B, A.T)", SIDES, lambda X, A, B: np.trace(A @ X @ B @ X.T)),
    (
        "kron(B @ B.T, A.T @ A)",
        {"X": "m n", "A": "p m", "B": "n q", "D": "p q"},
        lambda X, A, B, D: half_square(A @ X @ B - D),
    ),
    (
        'commutation("n", "m") @ (kron(B.T, A) + kron(A.T, B))',
        {"X": "m n", "A": "n m", "B": "n m"},
        lambda X, A, B: np.trace(X @ A @ X @ B),
    ),
    (f"2 * {K}", {"X": "s s"}, lambda X: np.trace(X @ X)),
    (f'I("s*s") - {K} @ kron(inv(X).T, inv(X))', {"X": "s s"}, lambda X: log_det(X) + half_square(X)),
]


def measured(f, arrays, order="F"):
    """The Hessian by the first array, columns stacked (order F) or rows (order C)."""
    variable, *others = arrays.values()
    H = hessian(lambda z: f(z, *others), variable)
    return H.reshape(variable.size, variable.size, order=order)


@pytest.mark.parametrize(("text", "sizes", "f"), HESSIANS, ids=[row[0] for row in HESSIANS])
def test_hessians_agree_with_numbers(text, sizes, f):
    """A Hessian that the unit prints is the numerical one, columns stacked, and symmetric."""
    arrays = draw(sizes)
    printed = parse(text, sizes).evaluate(**arrays)
    assert np.allclose(printed, measured(f, arrays), rtol=1e-6, atol=1e-6)
    assert np.allclose(printed, printed.T)


ROWS = [
    ('kron(A.T @ A, I("n"))', AX_B, lambda X, A, B: half_square(A @ X - B)),
    ('kron(A + A.T, I("n"))', TR, lambda X, A: np.trace(X.T @ A @ X)),
    (f"-{K} @ kron(inv(X), inv(X).T)", {"X": "s s"}, log_det),
    ("kron(A, B.T) + kron(A.T, B)", SIDES, lambda X, A, B: np.trace(A @ X @ B @ X.T)),
]


@pytest.mark.parametrize(("text", "sizes", "f"), ROWS, ids=[row[0] for row in ROWS])
def test_row_stacked_twins_agree_with_numbers(text, sizes, f):
    """The twin for stacked rows is NumPy's plain reshape, is not the one for columns, and is K H K.T."""
    arrays = draw(sizes)
    printed = parse(text, sizes).evaluate(**arrays)
    columns = measured(f, arrays)
    translate = commutation_matrix(*arrays["X"].shape)
    assert np.allclose(printed, measured(f, arrays, order="C"), rtol=1e-6, atol=1e-6)
    assert not np.allclose(printed, columns, atol=1e-2)
    assert np.allclose(translate @ columns @ translate.T, printed, rtol=1e-6, atol=1e-6)


CHANGES = [
    (AX_B, lambda X, A, B: half_square(A @ X - B), lambda V, X, A, B: A.T @ A @ V),
    (TR, lambda X, A: np.trace(X.T @ A @ X), lambda V, X, A: (A + A.T) @ V),
    ({"X": "s s"}, log_det, lambda V, X: -np.linalg.inv(X).T @ V.T @ np.linalg.inv(X).T),
    (
        LOGISTIC,
        logistic,
        lambda v, theta, X, y: X.T @ (sigmoid(X @ theta) * (1 - sigmoid(X @ theta)) * (X @ v)),
    ),
]


@pytest.mark.parametrize(("sizes", "f", "product"), CHANGES, ids=["AX - B", "X.T A X", "log det", "logistic"])
def test_products_without_the_hessian(sizes, f, product):
    """The change of the gradient along a step, as the unit prints it, is the Hessian times that step."""
    variable, *others = arrays = draw(sizes).values()
    step = rng.standard_normal(variable.shape)
    assert np.allclose(product(step, *arrays), hvp(lambda z: f(z, *others), variable, step), rtol=1e-6, atol=1e-6)


SECOND_DIFFERENTIALS = [
    (V, lambda x, A: x @ A @ x / 2, lambda dx, x, A: dx @ A @ dx),
    ({"x": "n"}, lambda x: (x @ x) ** 2 / 4, lambda dx, x: 2 * (x @ dx) ** 2 + (x @ x) * (dx @ dx)),
    (
        LOGISTIC,
        logistic,
        lambda dx, theta, X, y: np.sum((np.sqrt(sigmoid(X @ theta) * (1 - sigmoid(X @ theta))) * (X @ dx)) ** 2),
    ),
    (AX_B, lambda X, A, B: half_square(A @ X - B), lambda dX, X, A, B: np.sum((A @ dX) ** 2)),
    (TR, lambda X, A: np.trace(X.T @ A @ X), lambda dX, X, A: 2 * np.trace(dX.T @ A @ dX)),
    (
        {"X": "s s"},
        log_det,
        lambda dX, X: -np.trace(np.linalg.inv(X) @ dX @ np.linalg.inv(X) @ dX),
    ),
    (SIDES, lambda X, A, B: np.trace(A @ X @ B @ X.T), lambda dX, X, A, B: 2 * np.trace(dX.T @ A @ dX @ B)),
    (
        {"X": "m n", "A": "n m", "B": "n m"},
        lambda X, A, B: np.trace(X @ A @ X @ B),
        lambda dX, X, A, B: 2 * np.trace(dX @ A @ dX @ B),
    ),
]


@pytest.mark.parametrize(("sizes", "f", "second"), SECOND_DIFFERENTIALS)
def test_second_differentials_are_curvatures(sizes, f, second):
    """A second differential that the unit prints is the curvature of the function along the step."""
    variable, *others = arrays = draw(sizes).values()
    step = rng.standard_normal(variable.shape)
    curvature = np.sum(step * hvp(lambda z: f(z, *others), variable, step))
    assert second(step, *arrays) == pytest.approx(curvature, rel=1e-6)


def test_the_logistic_gradient():
    """The gradient is X.T (s - y), and with weights and a price X.T (c * (s - y)) + k theta."""
    theta, X, y, c = draw(LOGISTIC | {"c": "n positive"}).values()
    s = sigmoid(X @ theta)
    assert np.allclose(X.T @ (s - y), gradient(lambda t: logistic(t, X, y), theta))
    assert np.allclose(X.T @ (c * (s - y)) + 2 * theta, gradient(lambda t: weighted(t, X, y, c), theta))


def test_a_quadratic_form_does_not_see_an_antisymmetric_error():
    """A and (A + A.T) / 2 give the same curvatures, and different numbers for two different steps."""
    _, A = draw(V).values()
    u, v = rng.standard_normal((2, len(A)))
    H = (A + A.T) / 2
    assert u @ A @ u == pytest.approx(u @ H @ u)
    assert u @ A @ v != pytest.approx(u @ H @ v, rel=1e-3)


def test_the_normal_equations_come_in_one_step():
    """From any point, x - inv(H) grad f is the least-squares solution."""
    C, d = rng.standard_normal((6, 3)), rng.standard_normal(6)
    for start in rng.standard_normal((3, 3)) * 100:
        arrived = start - np.linalg.solve(C.T @ C, C.T @ (C @ start - d))
        assert np.allclose(arrived, np.linalg.lstsq(C, d)[0])


def test_symmetrising_does_not_replace_a_commutation_matrix():
    """Without K the log det Hessian is wrong, its symmetric part too, though right for X = I and symmetric steps."""
    (X,) = draw({"X": "s s"}).values()
    inverse = np.linalg.inv(X)
    without = -np.kron(inverse.T, inverse)
    exact = measured(log_det, {"X": X})
    for wrong in (without, (without + without.T) / 2):
        assert not np.allclose(wrong, exact, atol=1e-3)
    step = rng.standard_normal((3, 3))
    symmetric, turned = vec(step + step.T), vec(step - step.T)
    swap = commutation_matrix(3, 3)
    assert symmetric @ -np.eye(9) @ symmetric == pytest.approx(symmetric @ -swap @ symmetric)
    assert turned @ -swap @ turned == pytest.approx(turned @ turned)


def test_log_det_is_a_saddle():
    """At X = I, of size 3, six curvatures are -1 and three are 1."""
    eigenvalues = np.linalg.eigvalsh(measured(log_det, {"X": np.eye(3)}))
    assert np.allclose(eigenvalues, [-1] * 6 + [1] * 3, atol=1e-6)


def test_the_case_to_try_of_the_find_the_error_exercise():
    """At X = I, with dX a quarter turn, line (1) says 4 and line (2) says 0."""
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert -np.trace(turn @ turn) + np.trace(turn.T @ turn) == pytest.approx(4)
    assert -vec(turn) @ vec(turn) + vec(turn) @ vec(turn) == pytest.approx(0)
