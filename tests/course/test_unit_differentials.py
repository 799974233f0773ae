"""Every formula that the unit on differentials prints, held against numbers at arrays of pairwise different sizes."""

import re
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest

from mcutils import equivalent, gradient, jvp, parse

UNIT = Path(__file__).parents[2] / "course" / "units" / "04_differentials"
SIZE = {"m": 4, "n": 5, "k": 3, "p": 6, "q": 7, "h": 8, "N": 9}
rng = np.random.default_rng(5)


def draw(sizes):
    return {name: rng.standard_normal([SIZE[axis] for axis in axes.split()]) for name, axes in sizes.items()}


def square(R):
    return np.sum(R * R)


def inner(A, B):
    return np.trace(A.T @ B)


def slope_of_tanh(Z):
    return 1 - np.tanh(Z) ** 2


# name: sizes (the variable first), the function, its differential with the step after the variable, its gradient
FORMULAS = {
    "tr(AᵀX)": (
        {"X": "m n", "A": "m n"},
        lambda X, A: np.trace(A.T @ X),
        lambda X, dX, A: np.trace(A.T @ dX),
        lambda X, A: A,
    ),
    "tr(XᵀX)": (
        {"X": "m n"},
        lambda X: np.trace(X.T @ X),
        lambda X, dX: 2 * np.trace(X.T @ dX),
        lambda X: 2 * X,
    ),
    "‖X‖²": (
        {"X": "m n"},
        lambda X: np.linalg.norm(X) ** 2,
        lambda X, dX: np.trace((2 * X).T @ dX),
        lambda X: 2 * X,
    ),
    "tr(AXB)": (
        {"X": "m n", "A": "k m", "B": "n k"},
        lambda X, A, B: np.trace(A @ X @ B),
        lambda X, dX, A, B: np.trace(B @ A @ dX),
        lambda X, A, B: A.T @ B.T,
    ),
    "aᵀXb": (
        {"X": "m n", "a": "m", "b": "n"},
        lambda X, a, b: a @ X @ b,
        lambda X, dX, a, b: a @ dX @ b,
        lambda X, a, b: np.outer(a, b),
    ),
    "tr(XᵀAX)": (
        {"X": "n k", "A": "n n"},
        lambda X, A: np.trace(X.T @ A @ X),
        lambda X, dX, A: np.trace(X.T @ A.T @ dX) + np.trace(X.T @ A @ dX),
        lambda X, A: (A + A.T) @ X,
    ),
    "‖AX − B‖²": (
        {"X": "n k", "A": "m n", "B": "m k"},
        lambda X, A, B: square(A @ X - B),
        lambda X, dX, A, B: 2 * np.trace((A @ X - B).T @ A @ dX),
        lambda X, A, B: 2 * A.T @ (A @ X - B),
    ),
    "tr(Aᵀ sin X)": (
        {"X": "m n", "A": "m n"},
        lambda X, A: np.trace(A.T @ np.sin(X)),
        lambda X, dX, A: np.trace(A.T @ (np.cos(X) * dX)),
        lambda X, A: A * np.cos(X),
    ),
    "tr(Aᵀ sin(WX))": (
        {"X": "n k", "W": "m n", "A": "m k"},
        lambda X, W, A: np.trace(A.T @ np.sin(W @ X)),
        lambda X, dX, W, A: np.trace((A * np.cos(W @ X)).T @ W @ dX),
        lambda X, W, A: W.T @ (A * np.cos(W @ X)),
    ),
    "tr(ZᵀWX) by W": (
        {"W": "m n", "X": "n k", "Z": "m k"},
        lambda W, X, Z: np.trace(Z.T @ W @ X),
        lambda W, dW, X, Z: np.trace(Z.T @ dW @ X),
        lambda W, X, Z: Z @ X.T,
    ),
    "tr(ZᵀWX) by X": (
        {"X": "n k", "W": "m n", "Z": "m k"},
        lambda X, W, Z: np.trace(Z.T @ W @ X),
        lambda X, dX, W, Z: np.trace(Z.T @ W @ dX),
        lambda X, W, Z: W.T @ Z,
    ),
    "tr(AXᵀ)": (
        {"X": "m n", "A": "m n"},
        lambda X, A: np.trace(A @ X.T),
        lambda X, dX, A: np.trace(A @ dX.T),
        lambda X, A: A,
    ),
    "tr(BᵀXC)": (
        {"X": "m n", "B": "m k", "C": "n k"},
        lambda X, B, C: np.trace(B.T @ X @ C),
        lambda X, dX, B, C: np.trace(C @ B.T @ dX),
        lambda X, B, C: B @ C.T,
    ),
    "tr(XAXᵀ)": (
        {"X": "m n", "A": "n n"},
        lambda X, A: np.trace(X @ A @ X.T),
        lambda X, dX, A: np.trace(A @ X.T @ dX) + np.trace(A.T @ X.T @ dX),
        lambda X, A: X @ (A + A.T),
    ),
    "½‖XA − B‖²": (
        {"X": "m n", "A": "n k", "B": "m k"},
        lambda X, A, B: square(X @ A - B) / 2,
        lambda X, dX, A, B: np.trace((X @ A - B).T @ dX @ A),
        lambda X, A, B: (X @ A - B) @ A.T,
    ),
    "½‖AXB − C‖²": (
        {"X": "m n", "A": "p m", "B": "n q", "C": "p q"},
        lambda X, A, B, C: square(A @ X @ B - C) / 2,
        lambda X, dX, A, B, C: np.trace(B @ (A @ X @ B - C).T @ A @ dX),
        lambda X, A, B, C: A.T @ (A @ X @ B - C) @ B.T,
    ),
    "½‖M∘(X − B)‖²": (
        {"X": "m n", "M": "m n", "B": "m n"},
        lambda X, M, B: square(M * (X - B)) / 2,
        lambda X, dX, M, B: np.trace((M * (X - B)).T @ (M * dX)),
        lambda X, M, B: M * M * (X - B),
    ),
    "tr(Aᵀ tanh(WX))": (
        {"X": "n k", "W": "m n", "A": "m k"},
        lambda X, W, A: np.trace(A.T @ np.tanh(W @ X)),
        lambda X, dX, W, A: np.trace((A * slope_of_tanh(W @ X)).T @ W @ dX),
        lambda X, W, A: W.T @ (A * slope_of_tanh(W @ X)),
    ),
    "½‖A(X∘X) − 3B‖²": (
        {"X": "n k", "A": "m n", "B": "m k"},
        lambda X, A, B: square(A @ (X * X) - 3 * B) / 2,
        lambda X, dX, A, B: inner(A.T @ (A @ (X * X) - 3 * B), 2 * X * dX),
        lambda X, A, B: 2 * X * (A.T @ (A @ (X * X) - 3 * B)),
    ),
    "tr(XᵀAXB)": (
        {"X": "n k", "A": "n n", "B": "k k"},
        lambda X, A, B: np.trace(X.T @ A @ X @ B),
        lambda X, dX, A, B: np.trace(B.T @ X.T @ A.T @ dX) + np.trace(B @ X.T @ A @ dX),
        lambda X, A, B: A @ X @ B + A.T @ X @ B.T,
    ),
    "½‖V tanh(WX) − Y‖²": (
        {"W": "h n", "X": "n N", "V": "p h", "Y": "p N"},
        lambda W, X, V, Y: square(V @ np.tanh(W @ X) - Y) / 2,
        lambda W, dW, X, V, Y: inner(V.T @ (V @ np.tanh(W @ X) - Y), slope_of_tanh(W @ X) * (dW @ X)),
        lambda W, X, V, Y: (V.T @ (V @ np.tanh(W @ X) - Y) * slope_of_tanh(W @ X)) @ X.T,
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_differentials_and_gradients_agree_with_numbers(name):
    """A printed differential is the measured change in a direction, and a printed gradient the numerical one."""
    sizes, f, differential, grad = FORMULAS[name]
    variable, *others = draw(sizes).values()
    step = rng.standard_normal(variable.shape)
    at = lambda V: f(V, *others)  # noqa: E731 - the function of the variable alone
    assert differential(variable, step, *others) == pytest.approx(jvp(at, variable, step), rel=1e-8)
    assert np.allclose(grad(variable, *others), gradient(at, variable), rtol=1e-7, atol=1e-8)


RULES = {
    "product": (lambda X, B: X @ B @ X, lambda X, dX, B: dX @ B @ X + X @ B @ dX, {"X": "m n", "B": "n m"}),
    "transpose": (lambda X: X.T, lambda X, dX: dX.T, {"X": "m n"}),
    "linear": (lambda X, A: 3 * X - 2 * A, lambda X, dX, A: 3 * dX, {"X": "m n", "A": "m n"}),
    "elementwise product": (
        lambda X, C: X * (C @ X), lambda X, dX, C: dX * (C @ X) + X * (C @ dX), {"X": "m n", "C": "m m"},
    ),
    "elementwise function": (
        lambda X, D: np.exp(X.T @ D), lambda X, dX, D: np.exp(X.T @ D) * (dX.T @ D), {"X": "m n", "D": "m k"},
    ),
    "residual": (lambda X, A, B: A @ X - B, lambda X, dX, A, B: A @ dX, {"X": "n k", "A": "m n", "B": "m k"}),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_rules_agree_with_numbers(name):
    """Each rule of differentials gives the part of the change that is linear in the step."""
    f, differential, sizes = RULES[name]
    variable, *others = draw(sizes).values()
    step = rng.standard_normal(variable.shape)
    assert np.allclose(differential(variable, step, *others), jvp(lambda V: f(V, *others), variable, step), atol=1e-8)


IDENTITIES = [
    ("tr(A @ B)", "tr(B @ A)", {"A": "m n", "B": "n m"}),
    ("tr(A @ B)", "sum(A * B.T)", {"A": "m n", "B": "n m"}),
    ("tr(A @ B)", "tr(B.T @ A.T)", {"A": "m n", "B": "n m"}),
    ("tr(M)", "tr(M.T)", {"M": "n n"}),
    ("tr(A @ B @ C)", "tr(B @ C @ A)", {"A": "m n", "B": "n p", "C": "p m"}),
    ("tr(A @ B @ C)", "tr(C @ A @ B)", {"A": "m n", "B": "n p", "C": "p m"}),
    ("tr(A @ B @ C)", "sum((A @ B) * C.T)", {"A": "m n", "B": "n p", "C": "p m"}),
    ("tr(A.T @ B)", "sum(A * B)", {"A": "m n", "B": "m n"}),
    ("tr(A.T @ (B * C))", "tr((A * B).T @ C)", {"A": "m n", "B": "m n", "C": "m n"}),
    ("tr(A @ D @ B)", "tr(B @ A @ D)", {"A": "k m", "D": "m n", "B": "n k"}),
    ("tr(D.T @ M)", "tr(M.T @ D)", {"D": "m n", "M": "m n"}),
    ("tr(B @ R.T @ A @ D)", "tr((A.T @ R @ B.T).T @ D)", {"A": "p m", "B": "n q", "R": "p q", "D": "m n"}),
]


@pytest.mark.parametrize(
    ("one", "other", "sizes"), IDENTITIES, ids=[f"{one} = {other}" for one, other, _ in IDENTITIES]
)
def test_trace_identities(one, other, sizes):
    """The identities of the unit hold, by numbers and by the engine."""
    arrays = draw(sizes)
    assert parse(one, sizes).evaluate(**arrays) == pytest.approx(parse(other, sizes).evaluate(**arrays))
    assert equivalent(one, other, sizes).equal


def test_a_trace_of_any_length_turns():
    """Five factors of different shapes: every turn of the ring has the same trace."""
    shapes = [(4, 5), (5, 3), (3, 6), (6, 7), (7, 4)]
    factors = [rng.standard_normal(shape) for shape in shapes]
    turns = [np.trace(np.linalg.multi_dot(factors[k:] + factors[:k])) for k in range(5)]
    assert turns == pytest.approx([turns[0]] * 5)


def test_the_counterexample():
    """The three matrices of the lesson: the trace of ABC is 1, that of ACB is 0."""
    A, B, C = np.array([[0, 1], [0, 0]]), np.array([[0, 0], [1, 0]]), np.array([[1, 0], [0, 0]])
    assert (A @ B @ C).tolist() == [[1, 0], [0, 0]]
    assert (A @ C @ B).tolist() == [[0, 0], [0, 0]]


def test_symmetric_matrices_hide_a_wrong_order():
    """All six orders of three symmetric matrices have one trace; of three others there are two different ones."""
    any_three = rng.standard_normal((3, 4, 4))
    for matrices, different in ((any_three + np.swapaxes(any_three, 1, 2), 1), (any_three, 2)):
        traces = [np.trace(np.linalg.multi_dot([matrices[k] for k in order])) for order in permutations(range(3))]
        assert len(set(np.round(traces, 8))) == different


def test_two_matrices_may_not_be_sorted():
    """With the P of the exercises tr(PQPQ) exceeds tr(PPQQ) by the square of one entry of Q."""
    P, Q = np.array([[0, 1], [0, 0]]), rng.standard_normal((2, 2))
    assert np.trace(P @ Q @ P @ Q) - np.trace(P @ P @ Q @ Q) == pytest.approx(Q[1, 0] ** 2)


def test_the_corner_of_the_product_rule_is_second_order():
    """X² after a step differs from dX X + X dX by dX dX exactly, and from 2 X dX to first order."""
    X, dX = rng.standard_normal((2, 3, 3))
    change = (X + dX) @ (X + dX) - X @ X
    assert np.allclose(change - (dX @ X + X @ dX), dX @ dX)
    assert not np.allclose(jvp(lambda Z: Z @ Z, X, dX), 2 * X @ dX)


def derivations(text):
    """Find the lists of lines that the unit prints or gives as a solution, and the lines of its tables in order."""
    lists = [re.findall(r'"(tr\(.*|2 \* tr\(.*)"', block) for block in re.findall(r"lines = \[\n(.*?)\n\]", text, re.S)]
    return [lines for lines in lists if len(lines) > 1]


def test_the_derivation_of_the_lesson_breaks_where_it_says():
    """Of the lesson's four lines the first two differ, and every later line equals the one before."""
    (lines,) = derivations((UNIT / "lesson.md").read_text())
    sizes = {"X": "n k", "dX": "n k", "A": "n n"}
    assert [bool(equivalent(one, other, sizes).equal) for one, other in pairwise(lines)] == [False, True, True]


def test_the_student_who_errs_breaks_one_line():
    """Of the four lines in which the error is to be found, the third differs from the second, and no other pair."""
    lines = re.findall(r"^\| \(\d\) \| `(.*)` \|$", (UNIT / "exercises.md").read_text(), re.M)
    sizes = {"X": "n n", "dX": "n n", "A": "n n", "B": "n n"}
    assert len(lines) == 4
    assert [bool(equivalent(one, other, sizes).equal) for one, other in pairwise(lines)] == [True, False, True]


def test_the_worked_derivation_of_the_exercises_is_right():
    """The three lines that are worked in full are equal."""
    lines = derivations((UNIT / "exercises.md").read_text())[0]
    sizes = {"X": "n k", "dX": "n k", "A": "n n"}
    assert len(lines) == 3
    assert all(equivalent(one, other, sizes).equal for one, other in pairwise(lines))
