"""Unit 03: every rule and formula that it prints, held against numbers; what learners type, held against its checks."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import mcutils as mc
from autograder.checks.publish import collecting
from mcutils import equivalent, jacobian

UNIT = Path(__file__).parents[2] / "course" / "units" / "03_jacobians"
SIZE = {"m": 4, "n": 5, "k": 3, "l": 6}
rng = np.random.default_rng(3)
tanh, diag, outer, norm = np.tanh, np.diag, np.outer, np.linalg.norm


def draw(axes):
    return rng.standard_normal([SIZE[axis] for axis in axes.split()])


a, b, c, x, c_k = (draw(axes) for axes in ("m", "n", "n", "n", "k"))
A, B, M, S, G = (draw(axes) for axes in ("m k", "n m", "m n", "n n", "m k"))
P, Q, W, V = (draw(axes) for axes in ("k n", "k n", "k n", "m k"))


def slope_of_tanh(z):
    return 1 - tanh(z) ** 2


def quadratic(x):
    return x @ S @ x


# --- rules ------------------------------------------------------------------------------------------------------------


def u(x):
    return tanh(P @ x)


def w(x):
    return np.sin(Q @ x)


def g(u):
    return np.exp(0.3 * G @ u)


J_u, J_w, J_g, grad_v = jacobian(u, x), jacobian(w, x), jacobian(g, u(x)), mc.gradient(quadratic, x)
D_u, D_w, D_g = J_u.T, J_w.T, J_g.T
F = draw("l m")
J_f = jacobian(lambda y: np.cos(F @ y), g(u(x)))

# expression: the map, numerator layout, denominator layout
RULES = {
    "a": (lambda x: a, np.zeros((4, 5)), np.zeros((5, 4))),
    "x": (lambda x: x, np.eye(5), np.eye(5)),
    "Ax": (lambda x: M @ x, M, M.T),
    "xᵀA": (lambda x: x @ B, B.T, B),
    "u + w": (lambda x: u(x) + w(x), J_u + J_w, D_u + D_w),
    "αu": (lambda x: -1.7 * u(x), -1.7 * J_u, -1.7 * D_u),
    "va": (lambda x: quadratic(x) * a, outer(a, grad_v), outer(grad_v, a)),
    "Au": (lambda x: A @ u(x), A @ J_u, D_u @ A.T),
    "vu": (
        lambda x: quadratic(x) * u(x),
        quadratic(x) * J_u + outer(u(x), grad_v),
        quadratic(x) * D_u + outer(grad_v, u(x)),
    ),
    "uᵀw": (lambda x: u(x) @ w(x), w(x) @ J_u + u(x) @ J_w, D_u @ w(x) + D_w @ u(x)),
    "g(u)": (lambda x: g(u(x)), J_g @ J_u, D_u @ D_g),
    "f(g(u))": (lambda x: np.cos(F @ g(u(x))), J_f @ J_g @ J_u, D_u @ D_g @ J_f.T),
    "A(u ∘ w)": (
        lambda x: A @ (u(x) * w(x)),
        A @ (diag(w(x)) @ J_u + diag(u(x)) @ J_w),
        (D_u @ diag(w(x)) + D_w @ diag(u(x))) @ A.T,
    ),
}

EXAMPLES = {
    "A tanh(x)": (lambda x: M @ tanh(x), M @ diag(slope_of_tanh(x))),
    "(xᵀx)Mx": (lambda x: (x @ x) * (M @ x), (x @ x) * M + 2 * outer(M @ x, x)),
    "exp(cᵀx)a": (lambda x: np.exp(c @ x) * a, np.exp(c @ x) * outer(a, c)),
    "A tanh(Mx)": (lambda x: A @ tanh(P @ x), A @ diag(slope_of_tanh(P @ x)) @ P),
    "VWx": (lambda x: V @ W @ x, V @ W),
    "αAx + (xᵀB)ᵀ + c": (lambda x: 0.7 * M @ x + x @ B + a, 0.7 * M + B.T),
    "x ∘ Ax": (lambda x: x * (S @ x), diag(S @ x) + diag(x) @ S),
    "(cᵀx)Mx": (lambda x: (c @ x) * (M @ x), (c @ x) * M + outer(M @ x, c)),
    "(xᵀBx)(Mx + a)": (
        lambda x: (x @ S @ x) * (M @ x + a),
        (x @ S @ x) * M + outer(M @ x + a, (S + S.T) @ x),
    ),
    "exp(cᵀx)(Mx + a)": (
        lambda x: np.exp(c @ x) * (M @ x + a),
        np.exp(c @ x) * (M + outer(M @ x + a, c)),
    ),
    "A(Px ∘ Qx)": (lambda x: A @ ((P @ x) * (Q @ x)), A @ (diag(Q @ x) @ P + diag(P @ x) @ Q)),
    "V(h ∘ h)": (lambda x: V @ (W @ x) ** 2, 2 * V @ diag(W @ x) @ W),
    "Sx + A tanh(Mx)": (lambda x: M @ x + A @ tanh(P @ x), M + A @ diag(slope_of_tanh(P @ x)) @ P),
    "Mx/‖Mx‖": (
        lambda x: M @ x / norm(M @ x),
        (M - outer(M @ x, M @ x) @ M / norm(M @ x) ** 2) / norm(M @ x),
    ),
    "(aᵀx)x": (lambda x: (c @ x) * x, (c @ x) * np.eye(5) + outer(x, c)),
    "row, twice": (lambda x: x @ S @ B, B.T @ S.T),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_agree_with_numbers_in_both_layouts(name):
    """A line of the table of rules holds in each layout, with factors of pairwise different sizes."""
    f, numerator, denominator = RULES[name]
    assert np.allclose(jacobian(f, x, layout="numerator"), numerator, rtol=1e-7, atol=1e-8)
    assert np.allclose(jacobian(f, x, layout="denominator"), denominator, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_agree_with_numbers(name):
    """A Jacobian that is worked out, or asked for, is the numerical one."""
    f, J = EXAMPLES[name]
    assert np.allclose(jacobian(f, x, layout="numerator"), J, rtol=1e-7, atol=1e-8)


def test_the_first_example():
    """At (5, 3, 2) the Jacobian has the six numbers that the text prints."""
    f = lambda x: np.array([x[0] * x[1] + x[2], x[1] * x[2] ** 2])  # noqa: E731 - a formula
    assert np.allclose(jacobian(f, [5.0, 3.0, 2.0]), [[3, 5, 1], [0, 4, 12]])


def test_scalar_by_matrix():
    """aᵀXb has the gradient a bᵀ, and b aᵀ in numerator layout."""
    X = draw("m n")
    f = lambda X: a @ X @ b  # noqa: E731 - a formula
    assert np.allclose(mc.gradient(f, X), outer(a, b))
    assert np.allclose(jacobian(f, X), outer(b, a))


def test_vector_by_scalar():
    """The velocity of ta + t²c is a + 2tc; the row's is the same row, and a column in denominator layout."""
    d = a[::-1] ** 2
    curve = lambda t: t * a + t**2 * d  # noqa: E731 - a formula
    row = lambda t: curve(t)[None, :]  # noqa: E731 - a formula
    assert np.allclose(jacobian(curve, 0.7), a + 1.4 * d)
    assert np.allclose(jacobian(row, 0.7), (a + 1.4 * d)[None, :])
    assert jacobian(row, 0.7, layout="denominator").shape == (4, 1)


def test_a_dot_product():
    """∇(uᵀv) = J_uᵀv + J_vᵀu: for a quadratic, for least squares, and for the exercise."""
    assert np.allclose(mc.gradient(quadratic, x), (S + S.T) @ x)
    u, v = P @ x + c_k, tanh(Q @ x)
    s = lambda x: (P @ x + c_k) @ tanh(Q @ x)  # noqa: E731 - a formula
    assert np.allclose(mc.gradient(s, x), P.T @ v + Q.T @ ((1 - v**2) * u))
    assert np.allclose(mc.gradient(lambda x: (M @ x - a) @ (M @ x - a), x), 2 * M.T @ (M @ x - a))


def test_the_paths_of_the_picture():
    """From x_1 to y_2 the three paths bring 4, −3 and −2, together −1."""
    V, W = np.array([[2, 0, 1], [1, 3, -1]]), np.array([[4, 2], [-1, 1], [2, -2]])
    assert (V[1] * W[:, 0]).tolist() == [4, -3, -2]
    assert (V @ W)[1, 0] == -1


def test_the_wrong_order_has_the_right_shape():
    """With square factors the reversed product and its transpose are both wrong."""
    A, M = rng.standard_normal((2, 5, 5))
    J = jacobian(lambda x: A @ tanh(M @ x), x)
    wrong = M @ diag(slope_of_tanh(M @ x)) @ A
    assert wrong.shape == J.shape
    assert not np.allclose(wrong, J)
    assert not np.allclose(wrong.T, J)


def test_a_direction_does_not_change_along_itself():
    """J x = 0 for y = Mx/‖Mx‖, which the challenge asks to explain; with y itself the Jacobian is short."""
    f = lambda x: M @ x / norm(M @ x)  # noqa: E731 - a formula
    y = f(x)
    J = (M - outer(y, y) @ M) / norm(M @ x)
    assert np.allclose(J, jacobian(f, x, layout="numerator"), atol=1e-8)
    assert np.allclose(J @ x, 0)


# --- typed ------------------------------------------------------------------------------------------------------------


def test_the_three_ways_to_type_of_the_lesson():
    """The first is the numerator layout, the second the denominator layout, the third neither."""
    block = (UNIT / "lesson.md").read_text().partition("    for typed in [\n")[2].partition("    ]:")[0]
    typed = re.findall(r'"(.*)",', block)
    sizes = {"x": "n", "A": "m k", "M": "k n"}
    right = [mc.differentiate("A @ tanh(M @ x)", "x", sizes, layout=way) for way in ("numerator", "denominator")]
    verdicts = [[equivalent(text, derivative).equal for derivative in right] for text in typed]
    assert verdicts == [[True, False], [False, True], [False, False]]


def test_the_derivation_of_the_lesson_breaks_where_it_says():
    """The first two of its three lines differ; with outer(Mx, c), as the text mends it, all three agree."""
    (block,) = re.findall(r"^lines = \[\n(.*?)^\]", (UNIT / "lesson.md").read_text(), re.M | re.S)
    lines = re.findall(r'"(.*)",', block)
    sizes = {"x": "n", "dx": "n", "c": "n", "M": "n n"}
    equal = lambda lines: [equivalent(one, other, sizes).equal for one, other in pairwise(lines)]  # noqa: E731
    assert equal(lines) == [False, True]
    assert equal([line.replace("outer(c, M @ x)", "outer(M @ x, c)") for line in lines]) == [True, True]
    with pytest.raises(mc.ShapeError):
        mc.parse(lines[2], sizes | {"M": "m n"})


def test_the_worked_formulas_of_the_exercises():
    """The two Jacobians that are worked in full are typed rightly."""
    product, chain = re.findall(r'^\| typed \| `"(.*)"` \|$', (UNIT / "exercises.md").read_text(), re.M)
    sizes = {"x": "n", "c": "n", "M": "m n"}
    assert equivalent(product, mc.differentiate("(c @ x) * (M @ x)", "x", sizes, layout="numerator")).equal
    sizes = {"x": "n", "A": "m k", "M": "k n"}
    assert equivalent(chain, mc.differentiate("A @ tanh(M @ x)", "x", sizes, layout="numerator")).equal


def said(check, answer):
    """What a check of the unit says to an answer."""
    with collecting() as published:
        check(answer)
    return published[0].report


INNER = "(1 - tanh(B @ x)**2)"
DEEP = "(1 - tanh(B @ sin(A @ x))**2)"
RIGHT = {
    "one_entry": [
        "diag(x) @ A + diag(A @ x)",
        "diag(A @ x) + outer(x, ones('n')) * A",
        "I('n') @ diag(A @ x) + (A.T @ diag(x)).T",
    ],
    "one_layer": ["W.T", "(W.T @ I('n'))"],
    "two_layers": ["V.T @ W.T", "(W @ V).T"],
    "faded_product": [
        "(x @ B @ x) * M + outer(M @ x + a, B @ x + B.T @ x)",
        "outer(M @ x + a, x @ B + B @ x) + M * (x @ B @ x)",
        "(x @ B @ x) * M + outer(M @ x, (B + B.T) @ x) + outer(a, (B + B.T) @ x)",
    ],
    "faded_product_D": [
        "(x @ B @ x) * M.T + outer(B @ x + B.T @ x, M @ x + a)",
        "((x @ B @ x) * M + outer(M @ x + a, (B + B.T) @ x)).T",
    ],
    "two_lines": [
        "exp(c @ x) * M.T + outer(exp(c @ x) * c, M @ x + a)",
        "exp(x @ c) * (M + outer(M @ x + a, c)).T",
        "exp(c @ x) * M.T + exp(c @ x) * outer(c, M @ x) + exp(c @ x) * outer(c, a)",
    ],
    "dot_product": [
        f"A.T @ tanh(B @ x) + B.T @ diag{INNER} @ (A @ x + a)",
        f"tanh(B @ x) @ A + (A @ x + a) @ diag{INNER} @ B",
        f"tanh(B @ x) @ A + ((A @ x + a) * {INNER}) @ B",
        "A.T @ tanh(B @ x) + B.T @ (A @ x + a) - B.T @ (tanh(B @ x)**2 * (A @ x + a))",
    ],
    "handbook": [
        "A @ diag(Q @ x) @ P + A @ diag(P @ x) @ Q",
        "((P.T @ diag(Q @ x) + Q.T @ diag(P @ x)) @ A.T).T",
        "A @ (outer(Q @ x, ones('n')) * P + outer(P @ x, ones('n')) * Q)",
    ],
    "deep_chain": [
        f"(C @ diag{DEEP} @ B @ diag(cos(A @ x)) @ A).T",
        f"(diag(cos(A @ x)) @ A).T @ (diag{DEEP} @ B).T @ C.T",
        "A.T @ diag(cos(A @ x)) @ B.T @ (I('l') - diag(tanh(B @ sin(A @ x)))**2) @ C.T",
        "A.T @ diag(cos(A @ x)) @ B.T @ (I('l') - diag(tanh(B @ sin(A @ x))**2)) @ C.T",
    ],
    "typed_row": ["B.T", "(B).T"],
    "typed_sum": ["(A + diag(cos(x))).T", "diag(cos(x)) + A.T"],
    "typed_product": ["outer(x, a) + I('n') * (x @ a)", "diag((a @ x) * ones('n')) + outer(a, x).T"],
    "typed_layer": ["(diag(1 - tanh(W @ x)**2) @ W).T", "W.T - W.T @ diag(tanh(W @ x)**2)"],
    "unit_vector": [
        "M / norm2(M @ x) - outer(M @ x, M @ x) @ M / norm2(M @ x)**3",
        "M / norm2(M @ x) - outer(M @ x, M.T @ M @ x) / norm2(M @ x)**3",
        "(I('m') - outer(M @ x, M @ x) / (x @ M.T @ M @ x)) @ M / sqrt(x @ M.T @ M @ x)",
        "(M - outer(M @ x / norm2(M @ x), M @ x / norm2(M @ x)) @ M) / norm2(M @ x)",
    ],
}


@pytest.mark.parametrize(("name", "typed"), [(name, typed) for name, forms in RIGHT.items() for typed in forms])
def test_every_way_to_type_a_right_jacobian_is_right(given, name, typed):
    """Order, grouping, a transpose outside or inside, a product from the left: all the same answer."""
    report = said(given("03_jacobians")[name].formula, typed)
    assert (report.status, report.score) == ("right", 1.0), report.message


WRONG = [
    ("one_entry", "diag(A @ x)", "missing-term"),
    ("one_layer", "W", "layout-flipped"),
    ("two_layers", "V @ W", "product-transpose-unreversed"),
    ("faded_product", "(x @ B @ x) * M + outer(M @ x + a, B @ x)", "missing-term"),
    ("faded_product_D", "(x @ B @ x) * M.T + outer(2 * B @ x, M @ x + a)", "not-symmetrised"),
    ("two_lines", "exp(c @ x) * M.T", "missing-term"),
    ("dot_product", "B.T @ ((1 - tanh(B @ x)**2) * (A @ x + a))", "missing-term"),
    ("handbook", "A @ diag(Q @ x) @ P", "missing-term"),
    ("handbook", "2 * A @ diag(Q @ x) @ P", "not-symmetrised"),
    ("deep_chain", "A.T @ diag(cos(A @ x)) @ B.T @ C.T", "inner-derivative-missing"),
    ("typed_product", "(a @ x) * I('n') + outer(a, x)", "layout-flipped"),
    ("typed_layer", "diag(1 - tanh(W @ x)**2) @ W", "layout-flipped"),
    ("typed_layer", "W.T @ diag(1 - tanh(tanh(W @ x))**2)", "derivative-at-output"),
    ("unit_vector", "M / norm2(M @ x) - outer(M @ x, M @ x) @ M / norm2(M @ x)**2", "scaled"),
]


@pytest.mark.parametrize(("name", "typed", "tag"), WRONG)
def test_a_typed_slip_has_its_name(given, name, typed, tag):
    """A formula with one slip earns nothing, and the slip is named."""
    report = said(given("03_jacobians")[name].formula, typed)
    assert (report.status, report.tag) == ("wrong", tag), report.message


UNREADABLE = [
    ("faded_product", "(x @ B @ x) * M + outer((B + B.T) @ x, M @ x + a)", "(n, m)"),
    ("dot_product", "A.T @ tanh(B @ x) + B.T @ ((1 - tanh(x)**2) * (A @ x + a))", "same axes"),
    ("deep_chain", "A.T * cos(A @ x) @ B.T", "to scale columns write A.T @ diag(cos(A @ x))"),
    ("two_lines", "my.exp(c @ x) * M.T", "plain name"),
    ("unit_vector", "(M - outer(y, y) @ M) / norm2(M @ x)", "unknown name 'y'"),
]


@pytest.mark.parametrize(("name", "typed", "sentence"), UNREADABLE)
def test_what_cannot_be_read_is_not_wrong(given, name, typed, sentence):
    """Text that is no formula gets no verdict, and one sentence that says what does not fit."""
    report = said(given("03_jacobians")[name].formula, typed)
    assert report.status == "invalid"
    assert sentence in report.message


STUDENTS = ["ada", "bob", "eve", "kim", "zoe"]


@pytest.mark.parametrize("student", STUDENTS)
def test_straight_pieces_for_whoever_asks(given, student):
    """Whatever sign is drawn, both layouts are right in more than one form, and the other sign is named."""
    names = given("03_jacobians", student)
    mine, numerator, denominator = (names[name] for name in ("pieces", "pieces_J", "pieces_D"))
    other = {"+": "-", "-": "+"}[mine.pm]
    for typed in ("alpha * A {pm} B.T", "(alpha * A.T {pm} B).T"):
        assert said(numerator.formula, mine(typed)).score == 1.0
        report = said(denominator.formula, mine(typed))
        assert (report.tag, "right in numerator layout" in report.message) == ("layout-flipped", True)
    assert said(denominator.formula, mine("alpha * A.T {pm} B")).score == 1.0
    assert said(numerator.formula, f"alpha * A {other} B.T").tag == "sign"


@pytest.mark.parametrize("student", STUDENTS)
def test_the_skip_layer_for_whoever_asks(given, student):
    """Whatever function is drawn, its slope as text is its slope as a function, and the layer is right with it."""
    names = given("03_jacobians", student)
    slope, z = names["typed_slope"], draw("k")
    asked = mc.parse(slope.replace("M @ x", "z"), {"z": "k"})
    assert np.allclose(asked.evaluate(z=z), names["slope_of_phi"](z))
    assert said(names["faded_chain"].formula, f"S + A @ diag({slope}) @ M").score == 1.0
    assert said(names["faded_chain_D"].formula, f"S.T + (diag({slope}) @ M).T @ A.T").score == 1.0
    assert said(names["faded_chain"].formula, "S + A @ M").tag == "inner-derivative-missing"


RIGHT_LINES = [
    ["(b @ dx) * (M @ x + c) + (b @ x) * (M @ dx)", "(outer(M @ x + c, b) + (b @ x) * M) @ dx"],
    [
        "(dx @ b) * (M @ x + c) + (x @ b) * (M @ dx)",
        "outer(M @ x + c, b) @ dx + (b @ x) * M @ dx",
        "(outer(M @ x, b) + outer(c, b) + (b @ x) * M) @ dx",
    ],
]


@pytest.mark.parametrize("lines", RIGHT_LINES)
def test_every_right_way_through_a_product_is_right(given, lines):
    """However many lines a derivation takes, and however they are grouped, it earns everything."""
    report = said(given("03_jacobians")["product_by_lines"].steps, lines)
    assert (report.status, report.score) == ("right", 1.0), report.message
