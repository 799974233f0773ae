"""Functions of an author's are read as formulas, and what is none is left alone."""

import numpy as np
import pytest

import mcutils as mc
from autograder.checks.derivative import check_derivative
from autograder.checks.question import question
from autograder.checks.sizes import read_sizes
from autograder.checks.traced import trace
from autograder.checks.values import check_equal

BOWL = {"x": "n", "A": "n n", "b": "n"}
LAYER = {"W": "k n", "X": "n s", "Y": "k s"}
STEP = {"X": "m n", "dX": "m n", "B": "n m"}


def rows(x, A, b):
    r = x - A @ x
    return np.array([r @ x, (b @ x) * (x @ x)])


FORMULAS = [
    (lambda x, A, b: x @ A @ x - b @ x, BOWL, "x @ A @ x - b @ x"),
    (lambda x, A, b: np.linalg.solve(A, x) @ (2 * b), BOWL, "inv(A) @ x @ (2*b)"),
    (lambda x, A, b: np.exp(np.sum(A, axis=0)) / np.linalg.norm(x), BOWL, "exp(sum(A, axis=0))/norm2(x)"),
    (lambda x, A, b: np.maximum(A.T @ x, 0) - np.trace(A) * b, BOWL, "relu(A.T @ x) - tr(A)*b"),
    (lambda W, X, Y: np.sum((W @ X - Y) ** 2) / 2, LAYER, "sum((W @ X - Y)**2)/2"),
    (lambda X, dX, B: mc.jvp(lambda Z: Z @ B @ Z, X, dX), STEP, "dX @ B @ X + X @ B @ dX"),
    (lambda X, dX, B: mc.slope(lambda Z: np.trace(Z @ B), X, dX).value, STEP, "tr(B.T @ dX.T)"),
    (rows, BOWL, ("(x - A @ x) @ x", "(b @ x)*(x @ x)")),
]


@pytest.mark.parametrize(("function", "sizes", "wanted"), FORMULAS)
def test_what_is_a_formula_is_read_as_one(function, sizes, wanted):
    """NumPy's operations and the measured differentials of mcutils come back as matrix notation of the same value."""
    found = trace(function, read_sizes(sizes))
    if isinstance(wanted, tuple):
        assert found == wanted
        return
    rng = np.random.default_rng(0)
    lengths = dict(zip("mnksp", (3, 4, 5, 6, 7), strict=True))
    arrays = [rng.standard_normal([lengths[axis] for axis in axes.split()]) for axes in sizes.values()]
    read, written = (mc.parse(text, sizes).compile()(*arrays) for text in (found, wanted))
    assert np.allclose(read, written)
    assert np.allclose(read, function(*arrays))


NONE = [
    lambda x, A, b: sum(x[k] for k in range(len(x))),
    lambda x, A, b: x if np.all(x > 0) else b,
    lambda x, A, b: np.linalg.lstsq(A, b)[0],
    lambda x, A, b: x @ np.ones(4),
    lambda x, A, b: A @ x.reshape(-1, 1),
    lambda x, A, b: 1 / 0,
    lambda x, A, b: float(x @ b),
]


@pytest.mark.parametrize("function", NONE)
def test_what_is_none_is_left_alone(function):
    """Loops over entries, tests of values, other arrays and errors are no formula, and raise nothing."""
    assert trace(function, read_sizes(BOWL)) is None


def test_a_question_stated_as_a_function_is_taken_apart():
    """The mistake is named as it is for the same question stated as text."""
    asked = question(lambda x, A, b: x @ A @ x - b @ x, "x", BOWL)
    report = check_derivative(asked, lambda x, A, b: (A + A.T) @ x - 2 * b)
    assert (report.tag, "`b @ x`" in report.message) == ("doubled", True)


def test_a_function_that_only_looks_like_its_formula_says_nothing():
    """What was read is held against the function: one that counts its calls is not what its first call was."""
    calls = []

    def changing(x, A, b):
        calls.append(1)
        return x @ A @ x - b @ x if isinstance(x, np.ndarray) else 3 * (x @ A @ x)

    report = check_derivative(question(changing, "x", BOWL), lambda x, A, b: 3 * (A @ x))
    assert (report.status, report.tag) == ("wrong", None)


def test_one_wrong_row_is_named_by_itself():
    """Of several formulas the one that is wrong is told by its place, and its mistake named."""
    asked = question(rows, "x", BOWL, "array")

    def right(x, A, b):
        return np.array([2 * x - (A + A.T) @ x, (x @ x) * b + 2 * (b @ x) * x])

    def wrong(x, A, b):
        return np.array([2 * x - (A + A.T) @ x, (x @ x) * b - 2 * (b @ x) * x])

    assert check_derivative(asked, right).status == "right"
    report = check_derivative(asked, wrong)
    assert (report.tag, report.message.startswith("Only entry [1] is wrong")) == ("sign", True)
    assert check_derivative(asked, lambda x, A, b: 0.3 * right(x, A, b) ** 3).tag is None


def test_a_value_is_taken_apart_too():
    """Where the right value is computed by a formula, a slip in it has its name."""

    def change(X, dX, B):
        return mc.jvp(lambda Z: Z @ B @ Z, X, dX)

    tags = {
        "sign": lambda X, dX, B: dX @ B @ X - X @ B @ dX,
        "missing-term": lambda X, dX, B: X @ B @ dX,
        "doubled": lambda X, dX, B: 2 * (dX @ B @ X) + X @ B @ dX,
        "order-swapped": lambda X, dX, B: 2 * (dX @ B @ X),
        "wrong-symbol": lambda X, dX, B: X @ B @ X + X @ B @ dX,
        None: lambda X, dX, B: 0.3 * (X @ B @ dX),
    }
    for tag, answer in tags.items():
        assert check_equal(answer, change, STEP).tag == tag


def test_other_terms_with_the_same_symbols_may_be_taken_for_each_other():
    """A term counted twice for another that is its transpose is a thing not symmetrised."""
    report = check_equal(lambda A, S: 2 * A @ S, lambda A, S: A @ S + S @ A.T, {"A": "n n", "S": "n n"})
    assert (report.tag, "counted twice" in report.message) == ("not-symmetrised", True)
