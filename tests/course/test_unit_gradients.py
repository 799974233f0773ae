"""Unit 02: every formula that it prints, held against numbers; what learners type, held against its checks."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import mcutils as mc
from autograder.checks.publish import collecting
from mcutils import equivalent, gradient, jvp

UNIT = Path(__file__).parents[2] / "course" / "units" / "02_gradients"
SIZE = {"m": 4, "n": 5, "p": 3}
rng = np.random.default_rng(2)


def draw(sizes):
    """Arrays without any symmetry, of pairwise different sizes."""
    return {name: rng.standard_normal([SIZE[axis] for axis in axes.split()]) for name, axes in sizes.items()}


def length(v):
    return np.sqrt(v @ v)


# name: sizes (the variable first), the function, its differential with the step after the variable, its gradient
FORMULAS = {
    "aᵀx": ({"x": "n", "a": "n"}, lambda x, a: a @ x, lambda x, dx, a: a @ dx, lambda x, a: a),
    "‖x‖²": ({"x": "n"}, lambda x: x @ x, lambda x, dx: 2 * x @ dx, lambda x: 2 * x),
    "xᵀAx": (
        {"x": "n", "A": "n n"},
        lambda x, A: x @ A @ x,
        lambda x, dx, A: dx @ A @ x + x @ A @ dx,
        lambda x, A: (A + A.T) @ x,
    ),
    "½‖Cx − d‖²": (
        {"x": "n", "C": "m n", "d": "m"},
        lambda x, C, d: length(C @ x - d) ** 2 / 2,
        lambda x, dx, C, d: (C @ x - d) @ C @ dx,
        lambda x, C, d: C.T @ (C @ x - d),
    ),
    "1/n ‖Xθ − Y‖²": (
        {"theta": "p", "X": "n p", "Y": "n"},
        lambda theta, X, Y: length(X @ theta - Y) ** 2 / len(Y),
        lambda theta, dtheta, X, Y: 2 / len(Y) * (X @ theta - Y) @ X @ dtheta,
        lambda theta, X, Y: 2 / len(Y) * X.T @ (X @ theta - Y),
    ),
    "xᵀAx − bᵀx": (
        {"x": "n", "A": "n n", "b": "n"},
        lambda x, A, b: x @ A @ x - b @ x,
        lambda x, dx, A, b: (A @ x) @ dx + (A.T @ x) @ dx - b @ dx,
        lambda x, A, b: A @ x + A.T @ x - b,
    ),
    "(x − c)ᵀA(x − c)": (
        {"x": "n", "A": "n n", "c": "n"},
        lambda x, A, c: (x - c) @ A @ (x - c),
        lambda x, dx, A, c: dx @ A @ (x - c) + (x - c) @ A @ dx,
        lambda x, A, c: (A + A.T) @ (x - c),
    ),
    "(Ax)ᵀ(Bx)": (
        {"x": "n", "A": "m n", "B": "m n"},
        lambda x, A, B: (A @ x) @ (B @ x),
        lambda x, dx, A, B: (B @ x) @ A @ dx + (A @ x) @ B @ dx,
        lambda x, A, B: A.T @ B @ x + B.T @ A @ x,
    ),
    "λ‖θ‖²": (
        {"theta": "p"},
        lambda theta: 0.7 * theta @ theta,
        lambda theta, dtheta: 2 * 0.7 * theta @ dtheta,
        lambda theta: 2 * 0.7 * theta,
    ),
    "½rᵀWr": (
        {"x": "n", "C": "m n", "d": "m", "W": "m m"},
        lambda x, C, d, W: (C @ x - d) @ W @ (C @ x - d) / 2,
        lambda x, dx, C, d, W: ((W + W.T) @ (C @ x - d)) @ C @ dx / 2,
        lambda x, C, d, W: C.T @ (W + W.T) @ (C @ x - d) / 2,
    ),
    "½‖Cx‖² + dᵀCx": (
        {"x": "n", "C": "m n", "d": "m"},
        lambda x, C, d: length(C @ x) ** 2 / 2 + d @ C @ x,
        lambda x, dx, C, d: (C @ x) @ C @ dx + d @ C @ dx,
        lambda x, C, d: C.T @ (C @ x + d),
    ),
    "‖Cx − d‖": (
        {"x": "n", "C": "m n", "d": "m"},
        lambda x, C, d: length(C @ x - d),
        lambda x, dx, C, d: (C @ x - d) @ C @ dx / length(C @ x - d),
        lambda x, C, d: C.T @ (C @ x - d) / length(C @ x - d),
    ),
    "½‖x − Ax‖² + (bᵀx)(xᵀx)": (
        {"x": "n", "A": "n n", "b": "n"},
        lambda x, A, b: length(x - A @ x) ** 2 / 2 + (b @ x) * (x @ x),
        lambda x, dx, A, b: (x - A @ x) @ dx - (x - A @ x) @ (A @ dx) + (b @ dx) * (x @ x) + (b @ x) * (2 * x @ dx),
        lambda x, A, b: (x - A @ x) - A.T @ (x - A @ x) + (x @ x) * b + 2 * (b @ x) * x,
    ),
    "xᵀAx / xᵀx": (
        {"x": "n", "A": "n n"},
        lambda x, A: (x @ A @ x) / (x @ x),
        lambda x, dx, A: ((A + A.T) @ x @ dx - 2 * (x @ A @ x) / (x @ x) * x @ dx) / (x @ x),
        lambda x, A: ((A + A.T) @ x - 2 * (x @ A @ x) / (x @ x) * x) / (x @ x),
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_differentials_and_gradients_agree_with_numbers(name):
    """A printed differential is the measured change in a direction, and a printed gradient the numerical one."""
    sizes, f, differential, grad = FORMULAS[name]
    x, *others = draw(sizes).values()
    dx = rng.standard_normal(x.shape)
    at = lambda z: f(z, *others)  # noqa: E731 - the function of the variable alone
    assert differential(x, dx, *others) == pytest.approx(jvp(at, x, dx), rel=1e-9)
    assert np.allclose(grad(x, *others), gradient(at, x), rtol=1e-9)


# --- the numbers of the lesson ----------------------------------------------------------------------------------------


def test_the_bowl_of_the_lesson():
    """At (1, 1) the bowl is 5 and its gradient (4, 6); three matrices give it, and 2Ax gives three answers."""
    x = np.array([1.0, 1.0])
    matrices = [np.array(rows) for rows in ([[1, 2], [0, 2]], [[1, 0], [2, 2]], [[1, 1], [1, 2]])]
    for A in matrices:
        assert x @ A @ x == 5
        assert np.allclose((A + A.T) @ x, (4, 6))
    assert [tuple(2 * A @ x) for A in matrices] == [(6, 4), (2, 8), (4, 6)]
    M = np.array([[2, 2], [2, 4]])
    assert np.array_equal(M, matrices[0] + matrices[0].T)
    assert np.allclose(np.linalg.solve(M, (4, 6)), (1, 1))


def test_the_surplus_of_the_wrong_gradient():
    """2Ax is (A + Aᵀ)x + (A − Aᵀ)x, and the surplus is perpendicular to x."""
    x, A = draw({"x": "n", "A": "n n"}).values()
    assert np.allclose(2 * A @ x, (A + A.T) @ x + (A - A.T) @ x)
    assert x @ (A - A.T) @ x == pytest.approx(0, abs=1e-12)


def wave(t):
    """The lesson's sine of a quadratic, along its line."""
    A = np.array([[1.0, 2.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 3.0, -2.0]])
    x = np.array([0.7, -0.4, 0.5]) + t * np.array([1.0, 2.0, -1.0])
    return np.sin(x @ A @ x)


def test_the_constants_of_the_two_error_curves():
    """Second and third derivative of the wave give the best steps that the lesson and its exercise name."""
    h = 1e-3
    second = (wave(h) - 2 * wave(0) + wave(-h)) / h**2
    third = (wave(2 * h) - 2 * wave(h) + 2 * wave(-h) - wave(-2 * h)) / (2 * h**3)
    assert abs(second) == pytest.approx(53, rel=0.01)
    assert abs(wave(0)) == pytest.approx(0.8, rel=0.05)
    rounding = 2.0**-53 * abs(wave(0))
    a, b = abs(second) / 2, 2 * rounding
    assert (a, b) == (pytest.approx(26, rel=0.03), pytest.approx(1.8e-16, rel=0.03))
    assert np.sqrt(b / a) == pytest.approx(3e-9, rel=0.2)
    assert 2 * np.sqrt(a * b) == pytest.approx(1e-7, rel=0.5)
    a, b = abs(third) / 6, rounding
    assert (a, b) == (pytest.approx(79, rel=0.01), pytest.approx(8.9e-17, rel=0.01))
    assert (b / (2 * a)) ** (1 / 3) == pytest.approx(1e-6, rel=0.25)


def test_the_best_step_of_the_hint():
    """With a = 4 and b = 1 the error a h² + b/h is smallest at h = ½."""
    E = lambda h: 4 * h**2 + 1 / h  # noqa: E731 - a formula
    assert mc.slope(E, 0.5, 1.0).value == pytest.approx(0, abs=1e-9)
    assert E(0.5) < min(E(0.49), E(0.51))


def test_the_natural_gradient_does_not_depend_on_the_name_of_the_parameter():
    """For k heads in N tosses, F⁻¹ times the slope is the same step for p and for the log-odds."""
    N, k, p = 11, 4, 0.3
    by_p = lambda p: k * np.log(p) + (N - k) * np.log(1 - p)  # noqa: E731 - a formula
    by_odds = lambda t: by_p(1 / (1 + np.exp(-t)))  # noqa: E731 - a formula
    odds = np.log(p / (1 - p))
    assert gradient(by_p, p) == pytest.approx((k - N * p) / (p * (1 - p)))
    assert gradient(by_odds, odds) == pytest.approx(k - N * p)
    assert gradient(by_p, p) / (N / (p * (1 - p))) == pytest.approx(k / N - p)
    assert gradient(by_odds, odds) / (N * p * (1 - p)) * p * (1 - p) == pytest.approx(k / N - p)


def test_the_weighted_gradient():
    """⟨g_M, dx⟩_M is the slope for every dx, with g_M = M⁻¹ Cᵀ(Cx − d)."""
    x, dx, C, d, B = draw({"x": "n", "dx": "n", "C": "m n", "d": "m", "B": "n n"}).values()
    M = B @ B.T + np.eye(5)
    g_M = np.linalg.solve(M, C.T @ (C @ x - d))
    slope = mc.slope(lambda z: length(C @ z - d) ** 2 / 2, x, dx).value
    assert g_M @ M @ dx == pytest.approx(slope)


def test_where_the_rayleigh_quotient_stands_still():
    """For a symmetric matrix its gradient vanishes at eigenvectors, and the quotient is the eigenvalue there."""
    B = rng.standard_normal((5, 5))
    values, vectors = np.linalg.eigh(B + B.T)
    q = lambda x: (x @ (B + B.T) @ x) / (x @ x)  # noqa: E731 - a formula
    for value, x in zip(values, vectors.T, strict=True):
        assert np.allclose(gradient(q, 3 * x), 0, atol=1e-9)
        assert q(3 * x) == pytest.approx(value)


# --- typed ------------------------------------------------------------------------------------------------------------


def lists_of_lines(text):
    """The derivations that a text prints as Python lists."""
    return [re.findall(r'"([^"]*)"', block) for block in re.findall(r"^lines = \[(.*?)\]$", text, re.M | re.S)]


def test_the_derivation_of_the_lesson_breaks_where_it_says():
    """Of its three lines the first two differ, and the last follows from the second."""
    (lines,) = lists_of_lines((UNIT / "lesson.md").read_text())
    sizes = {"x": "n", "dx": "n", "A": "n n", "b": "n"}
    assert [bool(equivalent(one, other, sizes).equal) for one, other in pairwise(lines)] == [False, True]


def test_the_typed_moves_of_the_lesson_are_equal():
    """The table that types the moves of least squares: each line is the differential of the function."""
    moves = re.findall(r"^\| (?:differentiate|turn) \| `(.*)` \|$", (UNIT / "lesson.md").read_text(), re.M)
    q = mc.differentiate("norm2(C @ x - d)**2 / 2", "x", {"x": "n", "C": "m n", "d": "m"})
    sizes = {"x": "n", "dx": "n", "C": "m n", "d": "m"}
    assert len(moves) == 2
    assert all(equivalent(move, f"({q.to_matrix()}) @ dx", sizes).equal for move in moves)


def test_the_ways_to_type_of_the_lesson():
    """Of the three other ways only 2Ax − b is another vector."""
    text = (UNIT / "lesson.md").read_text()
    (first,) = re.findall(r'^first = "(.*)"$', text, re.M)
    (others,) = re.findall(r"^for other in (\[.*\]):$", text, re.M)
    sizes = {"x": "n", "A": "n n", "b": "n"}
    equal = {other: bool(equivalent(first, other, sizes).equal) for other in re.findall(r'"([^"]*)"', others)}
    assert equal == {"A @ x + A.T @ x - b": True, "-b + A @ x + x @ A": True, "2*A @ x - b": False}


def test_the_worked_formulas_of_the_exercises():
    """The two gradients that are worked in full are typed rightly, in every way that the text names."""
    text = (UNIT / "exercises.md").read_text()
    bowl, residual = re.findall(r'^gradient = "(.*)"$', text, re.M)
    for typed in (
        bowl,
        *re.findall(r'^The text and the function .* `"(.*?)"` would do .* `"(.*?)"`\.$', text, re.M)[0],
    ):
        assert equivalent(typed, mc.differentiate("x @ A @ x", "x", {"x": "n", "A": "n n"})).equal
    least_squares = mc.differentiate("norm2(C @ x - d)**2 / 2", "x", {"x": "n", "C": "m n", "d": "m"})
    assert equivalent(residual, least_squares).equal


def said(check, answer):
    """What a check of the unit says to an answer."""
    with collecting() as published:
        check(answer)
    return published[0].report


RIGHT = {
    "tilted_bowl_question": ["A.T@x + A@x - b", "x @ (A + A.T) - b", "-(b - A @ x - x @ A)", "2*((A + A.T)/2) @ x - b"],
    "moved_bowl_question": ["A @ (x - c) + A.T @ (x - c)", "(A + A.T) @ x - (A + A.T) @ c", "-(c - x) @ (A + A.T)"],
    "two_maps_question": ["(A.T @ B + B.T @ A) @ x", "(B @ x) @ A + (A @ x) @ B", "x @ B.T @ A + x @ A.T @ B"],
    "regression_question": [
        "(2/n) * X.T @ (X @ theta - Y)",
        "2 * X.T @ (X @ theta - Y) / n",
        "2/n * (X.T @ X @ theta - X.T @ Y)",
        "-2/n * (Y - X @ theta) @ X",
        "X.T @ (X @ theta - Y) * 2 * n**(-1)",
    ],
    "ridge_question": [
        "2 * (X.T @ (X @ theta - Y) / n + lam * theta)",
        "2 * (X.T @ X / n + lam * I('p')) @ theta - 2/n * X.T @ Y",
        "lam*theta + theta*lam + 2/n * (X @ theta - Y) @ X",
    ],
    "coupled_question": [
        "1/2 * C.T @ (W + W.T) @ (C @ x - d)",
        "0.5 * C.T @ W @ (C @ x - d) + 0.5 * C.T @ W.T @ (C @ x - d)",
        "C.T @ ((W + W.T) / 2) @ C @ x - C.T @ ((W + W.T) / 2) @ d",
    ],
    "distance_question": [
        "C.T @ ((C @ x - d) / norm2(C @ x - d))",
        "C.T @ (C @ x - d) / sqrt((C @ x - d) @ (C @ x - d))",
        "C.T @ (C @ x - d) * ((C @ x - d) @ (C @ x - d))**(-1/2)",
        "norm2(C @ x - d)**(-1) * (C @ x - d) @ C",
    ],
    "her_question": [
        "x - A @ x - A.T @ x + A.T @ A @ x + (x @ x) * b + 2*(b @ x) * x",
        "(I('n') - A).T @ (I('n') - A) @ x + norm2(x)**2 * b + 2*outer(x, x) @ b",
    ],
    "typed_a": ["a*c + x + x", "2*(x + c/2 * a)"],
    "typed_b": ["(C @ x + d) @ C", "C.T @ C @ x + C.T @ d"],
    "typed_c": ["A @ x - A @ b + x @ A", "(A + A.T) @ x - A @ b"],
    "rayleigh_question": [
        "(A + A.T) @ x / (x @ x) - 2*(x @ A @ x) / (x @ x)**2 * x",
        "((A + A.T) @ x * (x @ x) - (x @ A @ x) * 2*x) / (x @ x)**2",
        "(A + A.T) @ x / norm2(x)**2 - 2*(x @ A @ x) * x / norm2(x)**4",
        "(I('n') - outer(x, x) / (x @ x)) @ (A + A.T) @ x / (x @ x)",
    ],
}


@pytest.mark.parametrize(("name", "typed"), [(name, typed) for name, forms in RIGHT.items() for typed in forms])
def test_every_way_to_type_a_right_gradient_is_right(given, name, typed):
    """Order, grouping, factors multiplied out, a vector from the left: all the same answer."""
    report = said(given("02_gradients")[name].formula, typed)
    assert (report.status, report.score) == ("right", 1.0), report.message


WRONG = [
    ("tilted_bowl_question", "A @ x - b", "missing-term"),
    ("tilted_bowl_question", "(A + A.T) @ x + b", "sign"),
    ("tilted_bowl_question", "2*A.T @ x - b", "not-symmetrised"),
    ("moved_bowl_question", "A @ (x - c)", "missing-term"),
    ("two_maps_question", "A.T @ B @ x", "missing-term"),
    ("two_maps_question", "2*B.T @ A @ x", "not-symmetrised"),
    ("regression_question", "2/n * (X @ theta - Y)", "shape"),
    ("regression_question", "1/n * X.T @ (X @ theta - Y)", "halved"),
    ("ridge_question", "2*X.T @ (X @ theta - Y) + 2*lam*theta", "scaled"),
    ("ridge_question", "2/n * X.T @ (X @ theta - Y) + 2*lam*norm2(theta)", "inner-derivative-missing"),
    ("coupled_question", "2*C.T @ W @ (C @ x - d) / 2", "not-symmetrised"),
    ("distance_question", "C.T @ (C @ x - d)", "scaled"),
    ("distance_question", "C.T @ (C @ x - d) / norm2(C @ x - d)**2", "scaled"),
    ("typed_b", "C @ x + d", "inner-derivative-missing"),
    ("typed_c", "(A + A.T) @ x - A.T @ b", "transposed"),
    ("rayleigh_question", "((A + A.T) @ x * (x @ x) + 2*(x @ A @ x) * x) / (x @ x)**2", "sign"),
    ("rayleigh_question", "((A + A.T) @ x - (x @ A @ x) / (x @ x) * x) / (x @ x)", "halved"),
]


@pytest.mark.parametrize(("name", "typed", "tag"), WRONG)
def test_a_typed_slip_has_its_name(given, name, typed, tag):
    """A formula with one slip earns nothing, and the slip is named."""
    report = said(given("02_gradients")[name].formula, typed)
    assert (report.status, report.tag) == ("wrong", tag), report.message


UNREADABLE = [
    ("tilted_bowl_question", "2A @ x - b", "2*A"),
    ("regression_question", "2/len(Y) * X.T @ (X @ theta - Y)", "unknown function 'len'"),
    ("regression_question", "2/n * X @ (X @ theta - Y)", "p and n are summed together"),
    ("regression_question", "2/n * X.T @ (X @ θ - Y)", "theta"),
    ("distance_question", "C.T @ r / norm2(r)", "unknown name 'r'"),
]


@pytest.mark.parametrize(("name", "typed", "sentence"), UNREADABLE)
def test_what_cannot_be_read_is_not_wrong(given, name, typed, sentence):
    """Text that is no formula gets no verdict, and one sentence that says what to write."""
    report = said(given("02_gradients")[name].formula, typed)
    assert report.status == "invalid"
    assert sentence in report.message


RIGHT_LINES = [
    ["2/n * (X @ theta - Y) @ (X @ dtheta)", "(2/n * X.T @ (X @ theta - Y)) @ dtheta"],
    [
        "1/n * (X @ dtheta) @ (X @ theta - Y) + 1/n * (X @ theta - Y) @ (X @ dtheta)",
        "2/n * (X @ theta - Y) @ X @ dtheta",
        "(2/n * (X @ theta - Y) @ X) @ dtheta",
    ],
    ["(X @ dtheta) @ (X @ theta - Y) * 2 / n", "(2 * (X.T @ X @ theta - X.T @ Y) / n) @ dtheta"],
]


@pytest.mark.parametrize("lines", RIGHT_LINES)
def test_every_right_way_through_least_squares_is_right(given, lines):
    """However many lines a derivation takes, and however they are grouped, it earns everything."""
    report = said(given("02_gradients")["fit_by_lines"].steps, lines)
    assert (report.status, report.score) == ("right", 1.0), report.message


@pytest.mark.parametrize("student", ["ada", "bob", "eve", "kim", "zoe"])
def test_a_bowl_by_lines_for_whoever_asks(given, student):
    """Whatever number and sign are drawn, two lines or three are right, and the lesson's wrong turn is seen."""
    names = given("02_gradients", student)
    mine, q = names["lines_of"], names["bowl_by_lines"]
    short = [mine("dx @ A @ x + x @ A @ dx {sign} {c}*b @ dx"), mine("(A @ x + A.T @ x {sign} {c}*b) @ dx")]
    long = [short[0], mine("(A @ x) @ dx + (A.T @ x) @ dx {sign} {c} * (b @ dx)"), short[1]]
    for lines in (short, long):
        assert said(q.steps, lines).score == 1.0
    lost = "(A @ x) @ dx + (A @ x) @ dx {sign} {c} * (b @ dx)"
    report = said(q.steps, [short[0], mine(lost), mine("(2*A @ x {sign} {c}*b) @ dx")])
    assert (report.status, report.tag) == ("partly", "transposed")
    assert "Line 2 is not equal to line 1" in report.message
