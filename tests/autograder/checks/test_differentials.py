"""Differentials as they are written: the textbook's first line is the differential, and the read-off forms are seen."""

import numpy as np
import pytest

import mcutils
from autograder.checks.differentials import Change, coefficient, form_of, textbook
from autograder.checks.sizes import Symbol, read_sizes
from autograder.checks.written import canonical, rank_of, tree_of
from mcutils._symbolic.differential import differential, read_off

SIZES = {"X": "n n", "A": "n n", "B": "n n", "Y": "m n", "M": "m n", "x": "n", "b": "n", "z": "n positive", "c": ""}
WIDE = {**SIZES, "dX": "n n", "dY": "m n", "dx": "n", "dz": "n", "dc": ""}
SYMBOLS = {symbol.name: symbol for symbol in read_sizes(WIDE)}

RULES = [
    ("A @ X @ B", "X"),
    ("X.T @ A @ X", "X"),
    ("tr(X.T @ A @ X) - 3*tr(B @ X)", "X"),
    ("-(A @ X)", "X"),
    ("+X", "X"),
    ("A - X", "X"),
    ("X - A", "X"),
    ("inv(X)", "X"),
    ("inv(A @ X) @ X", "X"),
    ("det(X)", "X"),
    ("logdet(A @ X + B)", "X"),
    ("norm2(M @ x)", "x"),
    ("norm2(Y @ x)**3", "Y"),
    ("x @ A @ x - b @ x", "x"),
    ("(x @ A @ x)**2/2", "x"),
    ("(b @ x)/(1 + x @ x)", "x"),
    ("1/(x @ x)", "x"),
    ("x*b*x", "x"),
    ("sum(exp(x)*b)", "x"),
    ("sum(Y, axis=0)", "Y"),
    ("log(z) + sqrt(z)", "z"),
    ("sin(x) + cos(x)", "x"),
    ("tanh(M @ x)", "x"),
    ("sigmoid(M @ x)", "x"),
    ("relu(M @ x)", "x"),
    ("diag(x) @ A", "x"),
    ("vec(X @ A)", "X"),
    ("kron(X, A) @ kron(B, X)", "X"),
    ("outer(x, x)", "x"),
    ("c**3*b + b/c", "c"),
    ("(c*x) @ (c*b)", "c"),
]


@pytest.mark.parametrize(("text", "name"), RULES)
def test_the_textbooks_line_is_the_differential(text, name):
    """Every rule on the list agrees with the engine, by value."""
    f = mcutils.parse(text, SIZES)
    line = mcutils.parse(textbook(tree_of(text), name), WIDE)
    verdict = mcutils.equivalent(line, differential(f, name))
    assert verdict.equal is True, str(verdict)


def test_a_differential_without_rule_or_variable_has_no_line():
    """softmax is not on the list, and a constant has no differential."""
    assert textbook(tree_of("softmax(x)"), "x") is None
    assert textbook(tree_of("A @ b"), "x") is None


@pytest.mark.parametrize(("text", "name"), [("A @ X @ inv(X)", "X"), ("exp(x @ A @ x)", "x"), ("tanh(Y @ x)", "Y")])
def test_the_differential_is_the_slope(text, name):
    """The engine's differential is the numerical derivative along dX, at arrays of different sizes."""
    rng = np.random.default_rng(3)
    shapes = {"n": 3, "m": 4}
    arrays = {s.name: rng.standard_normal(s.shape(shapes)) for s in read_sizes(SIZES)}
    f = mcutils.parse(text, SIZES)
    change = rng.standard_normal(arrays[name].shape)
    ahead, behind = (f.evaluate(**{**arrays, name: arrays[name] + h * change}) for h in (1e-5, -1e-5))
    wanted = (ahead - behind) / 2e-5
    got = differential(f, name).evaluate(**arrays, **{f"d{name}": change})
    assert np.allclose(got, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("order", "layout"), [(1, "gradient"), (1, "vec"), (2, "gradient"), (2, "vec")])
def test_the_derivative_is_read_off_from_the_differential(order, layout):
    """Reading off undoes the differential, to first and second order."""
    f = mcutils.parse("tr(X.T @ A @ X) + tr(inv(X) @ B)", SIZES)
    claimed = read_off(differential(f, "X", order), f, "X", layout, order)
    assert mcutils.equivalent(claimed, mcutils.differentiate(f, "X", layout=layout, order=order)).equal is True
    assert read_off(mcutils.parse("tr(dX @ dX @ dX)", WIDE), f, "X", layout, order) is None


@pytest.mark.parametrize(
    ("ranks", "layout", "order", "example", "yes", "no"),
    [
        ((0, 2), "gradient", 1, "tr(G.T @ dX)", "-2*tr(3*A @ dX)/c", "tr(A @ dX @ B)"),
        ((0, 2), "gradient", 1, "tr(G.T @ dX)", "vec(A) @ vec(dX)", "tr(A @ dX.T)"),
        ((0, 2), "gradient", 1, "tr(G.T @ dX)", "tr(dX)", "tr(A @ dX) + tr(B @ dX)"),
        ((0, 2), "gradient", 1, "tr(G.T @ dX)", "tr(c*(A @ dX))", "tr(A @ dX @ B @ dX)"),
        ((0, 1), "gradient", 1, "g @ dX", "2*(A @ x - b) @ dX", "x @ A @ dX + b @ dX"),
        ((0, 1), "gradient", 1, "g @ dX", "dX @ A @ x", "x @ dX @ b"),
        ((1, 1), "numerator", 1, "J @ dX", "2*A @ dX", "dX @ A"),
        ((1, 1), "numerator", 1, "J @ dX", "dX", "b * (A @ dX)"),
        ((2, 2), "vec", 1, "M @ vec(dX)", "kron(B.T, A) @ vec(dX)", "vec(A @ dX @ B)"),
        ((2, 0), "array", 1, "g * dX", "2*c*dX*A", "dX*A + dX*B"),
        ((0, 0), "gradient", 1, "g * dX", "2*c*dX*b @ b", "dX*dX"),
        ((0, 1), "gradient", 2, "dX @ H @ dX", "2*dX @ A @ dX", "x @ A @ dX"),
        ((0, 1), "gradient", 2, "dX @ H @ dX", "dX @ dX", "dX @ A @ dX + dX @ B @ dX"),
        ((0, 2), "vec", 2, "vec(dX) @ H @ vec(dX)", "vec(dX) @ kron(A, B) @ vec(dX)", "tr(dX.T @ A @ dX)"),
        ((0, 0), "gradient", 2, "h * dX**2", "6*c*dX**2", "6*c*dX**3"),
        ((0, 0), "gradient", 2, "h * dX**2", "6*dX*dX*c", "6*c*dX"),
    ],
)
def test_the_form_of_a_last_line_is_seen_in_its_text(ranks, layout, order, example, yes, no):
    """Each form has its example; scalars may stand anywhere, dX only at its place."""
    form = form_of(ranks, "X", layout, order)
    axes = {**SYMBOLS, "dX": Symbol("dX", ("n",) * ranks[1], frozenset())}
    change = Change("dX", lambda node: not rank_of(node, axes))
    assert form.example == example
    assert coefficient(tree_of(yes), form, change) is not None
    assert coefficient(tree_of(no), form, change) is None


def test_what_has_no_form_has_none():
    """A matrix by a matrix is read from vec only."""
    assert form_of((2, 2), "X", "array", 1) is None
    assert form_of((2, 1), "X", "numerator", 1) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tr(A@X)", " tr( A @ (X) )"),
        ("A + B - X", "B + (-X + A)"),
        ("2*A @ x", "(A*2) @ x"),
        ("-(A @ x)", "(-A) @ x"),
        ("c*(A @ x)", "A @ (c*x)"),
        ("(A @ B) @ x", "A @ (B @ x)"),
        ("x*b", "b*x"),
        ("2*(A + B)", "2*A + 2*B"),
        ("(A - B) @ x", "-((B - A) @ x)"),
        ("tr(2*A) + tr(B)", "tr(B) + 2*tr(A)"),
        ("A.T.T @ x", "A @ x"),
        ("x.T @ A @ x", "x @ A @ x"),
        ("A @ x + B @ x - B @ x", "A @ x"),
        ("A @ x/2 + A @ x/2", "A @ x*1"),
        ('A @ I("n") @ x', "A @ x"),
        ("0*B + A", "A"),
        ("A**1", "A"),
        ("x @ x/c", "(1/c)*(x @ x)"),
    ],
)
def test_what_only_repeats_has_one_canonical_text(one, other):
    """Spaces, brackets, order of sums and scalars, collecting and cancelling are no moves."""
    assert canonical(tree_of(one), SYMBOLS) == canonical(tree_of(other), SYMBOLS)
    assert mcutils.equivalent(one, other, WIDE).equal is True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tr(A @ B)", "tr(B @ A)"),
        ("tr(A @ B)", "tr(B.T @ A.T)"),
        ("(A @ B).T", "B.T @ A.T"),
        ("x @ A @ b", "b @ A.T @ x"),
        ("(A + B) @ x", "A @ x + B @ x"),
        ("A + A.T", "(A + A.T).T"),
        ("norm2(x)**2", "x @ x"),
        ("inv(A) @ A @ x", "x"),
    ],
)
def test_a_move_changes_the_canonical_text(one, other):
    """Lines equal by value are different lines where a rule was used between them."""
    assert mcutils.equivalent(one, other, WIDE).equal is True
    assert canonical(tree_of(one), SYMBOLS) != canonical(tree_of(other), SYMBOLS)
