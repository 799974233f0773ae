"""Matrix formulas as a person would write them: factored, few transposes, in the grammar that `parse` reads."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest
from symbolic_oracle import close, draw, slope
from symbolic_questions import ARRAYS, COURSE, SIZES, SYMBOLS

from mcutils._symbolic import differentiate, equivalent, latex, namespace, parse

GRADIENTS = [
    ("a @ x", "x", "a"),
    ("x @ x", "x", "2*x"),
    ("norm2(x)**2", "x", "2*x"),
    ("x @ A @ x", "x", "(A + A.T) @ x"),
    ("x @ A @ x - a @ x", "x", "(A + A.T) @ x - a"),
    ("x @ P @ x", "x", "2*P @ x"),
    ("norm2(M @ x - b)**2/2", "x", "M.T @ (M @ x - b)"),
    ("norm2(M @ x - b)**2/m", "x", "2*M.T @ (M @ x - b)/m"),
    ("c + a @ x + x @ A @ x/2", "x", "(A + A.T) @ x/2 + a"),
    ("sin(x @ A @ x)", "x", "cos(x @ A @ x)*(A + A.T) @ x"),
    ("norm2(x)", "x", "x/norm2(x)"),
    ("norm2(x - a)", "x", "(x - a)/norm2(x - a)"),
    ("norm2(A @ x - a)", "x", "A.T @ (A @ x - a)/norm2(A @ x - a)"),
    ("(x @ x)**3", "x", "6*(x @ x)**2*x"),
    ("sqrt(x @ P @ x)", "x", "P @ x/sqrt(x @ P @ x)"),
    ("log(sum(exp(x)))", "x", "exp(x)/sum(exp(x))"),
    ("log(sum(exp(x))) - y @ x", "x", "exp(x)/sum(exp(x)) - y"),
    ("-y @ log(softmax(x))", "x", "sum(y)*softmax(x) - y"),
    ("sum(log(1 + exp(M @ x))) - b @ M @ x", "x", "M.T @ (exp(M @ x)/(1 + exp(M @ x)) - b)"),
    ("1/(1 + x @ x)", "x", "-2*x/(1 + x @ x)**2"),
    ("x @ A @ x/(x @ x)", "x", "(A + A.T) @ x/(x @ x) - 2*(x @ A @ x)*x/(x @ x)**2"),
    ("d**(-3/2)", "d", "-3/(2*d**(5/2))"),
    ("exp(-x @ x/(2*d))", "d", "(x @ x)*exp(-x @ x/(2*d))/(2*d**2)"),
    ("tr(A.T @ X)", "X", "A"),
    ("tr(X)", "X", 'I("n")'),
    ("tr(X.T @ X)", "X", "2*X"),
    ("norm2(Y)**2", "Y", "2*Y"),
    ("norm2(Y)", "Y", "Y/norm2(Y)"),
    ("tr(A @ X @ B)", "X", "A.T @ B.T"),
    ("tr(Y.T @ N @ Y)", "Y", "(N + N.T) @ Y"),
    ("tr(Y @ B @ Y.T)", "Y", "Y @ (B + B.T)"),
    ("tr(X @ X @ X)", "X", "3*X.T @ X.T"),
    ("tr(A @ X @ B @ X)", "X", "A.T @ X.T @ B.T + B.T @ X.T @ A.T"),
    ("norm2(R @ Y - Z)**2", "Y", "2*R.T @ (R @ Y - Z)"),
    ("norm2(Y.T @ H - U)**2/(2*p)", "Y", "H @ (Y.T @ H - U).T/p"),
    ('norm2(Y @ Z.T @ Z @ Y.T - I("m"))**2/2', "Y", '2*(Y @ Z.T @ Z @ Y.T - I("m")) @ Y @ Z.T @ Z'),
    ("b @ M @ x", "M", "outer(b, x)"),
    ("a @ X @ X @ y", "X", "outer(a, X @ y) + outer(X.T @ a, y)"),
    ("(Y @ x + b) @ N @ (Y @ x + b)", "Y", "outer((N + N.T) @ (Y @ x + b), x)"),
    ("sum(X)", "X", 'ones("n", "n")'),
    ("sum(A*X)", "X", "A"),
    ("tr(A.T @ (B*X))", "X", "A*B"),
    ("sum(diag(X)*a)", "X", "diag(a)"),
    ("sum(tanh(M @ X + a))", "X", "M.T @ (1 - tanh(M @ X + a)**2)"),
    ("sum(exp(M @ X + a))", "a", "sum(exp(M @ X + a), axis=0)"),
    ("sum(exp(M @ X + a))", "M", "exp(M @ X + a) @ X.T"),
    ("sum(relu(M @ X))", "X", "M.T @ step(M @ X)"),
    ("sum(sigmoid(M @ x))", "M", "outer(sigmoid(M @ x)*(1 - sigmoid(M @ x)), x)"),
    ("logdet(X)", "X", "inv(X).T"),
    ("logdet(P)", "P", "inv(P)"),
    ("det(X)", "X", "det(X)*inv(X).T"),
    ("det(X)**3", "X", "3*det(X)**3*inv(X).T"),
    ("tr(inv(X) @ A)", "X", "-inv(X).T @ A.T @ inv(X).T"),
    ("a @ inv(X) @ y", "X", "-outer(inv(X).T @ a, inv(X) @ y)"),
    ("-logdet(X) + tr(A @ X)", "X", "A.T - inv(X).T"),
    ("(logdet(P) - x @ P @ x)/2", "P", "(inv(P) - outer(x, x))/2"),
    ("logdet(Y @ Y.T)", "Y", "2*inv(Y @ Y.T) @ Y"),
    ("logdet(X.T @ X)", "X", "2*X @ inv(X.T @ X)"),
    ("tr(inv(X + A))", "X", "-inv(A + X).T @ inv(A + X).T"),
    ("tr(A @ S)", "S", "(A + A.T)/2"),
    ("a @ S @ y", "S", "(outer(a, y) + outer(y, a))/2"),
    ("tr(A @ inv(P))", "P", "-inv(P) @ (A + A.T) @ inv(P)/2"),
    ("a @ x", "y", 'zeros("n")'),
]

JACOBIANS = [
    ("M @ x", "x", "M"),
    ("x @ A", "x", "A.T"),
    ("x", "x", 'I("n")'),
    ("a", "x", 'zeros("n", "n")'),
    ("(x @ x)*a", "x", "2*outer(a, x)"),
    ("A @ tanh(B @ x)", "x", "A @ diag(1 - tanh(B @ x)**2) @ B"),
    ("exp(M @ x)", "x", "diag(exp(M @ x)) @ M"),
    ("exp(a @ x)*a", "x", "exp(a @ x)*outer(a, a)"),
    ("(x @ x)*M @ x", "x", "(x @ x)*M + 2*outer(M @ x, x)"),
    ("diag(v) @ x", "x", "diag(v)"),
    ("softmax(x)", "x", "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
    ("x/norm2(x)", "x", 'I("n")/norm2(x) - outer(x, x)/norm2(x)**3'),
    ("M.T @ (sigmoid(M @ x) - b)", "x", "M.T @ diag(sigmoid(M @ x)*(1 - sigmoid(M @ x))) @ M"),
    ("c*a + c**2*y", "c", "a + 2*c*y"),
    ("inv(A + c*B)", "c", "-inv(A + c*B) @ B @ inv(A + c*B)"),
]

STACKED = [
    ("R @ Y @ X", "Y", 1, "kron(X.T, R)"),
    ("A @ X", "X", 1, 'kron(I("n"), A)'),
    ("X @ B", "X", 1, 'kron(B.T, I("n"))'),
    ("X", "X", 1, 'I("n*n")'),
    ("Y.T", "Y", 1, 'commutation("m", "n")'),
    ("X @ X", "X", 1, 'kron(I("n"), X) + kron(X.T, I("n"))'),
    ("Y.T @ Y", "Y", 1, 'commutation("n", "n") @ kron(I("n"), Y.T) + kron(I("n"), Y.T)'),
    ("inv(X)", "X", 1, "-kron(inv(X).T, inv(X))"),
    ("A*X", "X", 1, "diag(vec(A))"),
    ("exp(A @ X)", "X", 1, 'diag(vec(exp(A @ X))) @ kron(I("n"), A)'),
    ("tr(A @ X)", "X", 1, "outer(ones(1), vec(A.T))"),
    ("x @ A @ x/2", "x", 2, "(A + A.T)/2"),
    ("norm2(M @ x - b)**2/2", "x", 2, "M.T @ M"),
    ("norm2(R @ Y - Z)**2/2", "Y", 2, 'kron(I("n"), R.T @ R)'),
    ("norm2(U @ Z - A)**2/2", "U", 2, 'kron(Z @ Z.T, I("n"))'),
    ("tr(X.T @ A @ X)", "X", 2, 'kron(I("n"), A + A.T)'),
    ("logdet(X)", "X", 2, '-commutation("n", "n") @ kron(inv(X).T, inv(X))'),
    ("norm2(x)", "x", 2, 'I("n")/norm2(x) - outer(x, x)/norm2(x)**3'),
    ("sum(relu(Y @ x)**2)", "Y", 2, "2*kron(outer(x, x), diag(step(Y @ x)))"),
]


@pytest.mark.parametrize(("text", "wrt", "wanted"), GRADIENTS)
def test_gradient_reads_as_a_person_would_write_it(text, wrt, wanted):
    """The gradient prints as the expected formula."""
    assert differentiate(text, wrt, SYMBOLS).to_matrix() == wanted


@pytest.mark.parametrize(("text", "wrt", "wanted"), JACOBIANS)
def test_jacobian_reads_as_a_person_would_write_it(text, wrt, wanted):
    """The Jacobian in numerator layout prints as the expected formula."""
    assert differentiate(text, wrt, SYMBOLS, layout="numerator").to_matrix() == wanted


@pytest.mark.parametrize(("text", "wrt", "order", "wanted"), STACKED)
def test_stacked_form_reads_as_a_person_would_write_it(text, wrt, order, wanted):
    """The derivative in vec layout prints as the expected Kronecker formula."""
    assert differentiate(text, wrt, SYMBOLS, layout="vec", order=order).to_matrix() == wanted


def test_the_table_says_what_it_should():
    """There are at least 60 expected strings, none with a doubled transpose."""
    wanted = [row[-1] for row in (*GRADIENTS, *JACOBIANS, *STACKED)]
    assert len(wanted) >= 60
    assert not any(".T.T" in text for text in wanted)


@pytest.mark.parametrize(("text", "wrt", "wanted"), GRADIENTS)
def test_the_table_is_right(text, wrt, wanted):
    """Each expected gradient, typed in, is equivalent to the derivative, and has its numbers under `namespace`."""
    derivation = differentiate(text, wrt, SYMBOLS)
    assert equivalent(wanted, derivation, SYMBOLS)
    symmetric = any(flag in SYMBOLS[wrt] for flag in ("symmetric", "spd"))
    assert close(eval(wanted, namespace(SYMBOLS, **ARRAYS)), slope(text, wrt, ARRAYS, SIZES, symmetric))


@pytest.mark.parametrize(
    "text", ["x @ A @ x", "2*A.T @ (A @ X - B)", "tr(A @ X @ B)", "inv(X).T @ A", "sum(exp(x))", "x*y/z", "a + 2*c*y"]
)
def test_what_is_printed_plainly_prints_as_it_was_typed(text):
    """A formula typed as a person would write it comes back unchanged."""
    assert parse(text, SYMBOLS).to_matrix() == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("(-A - B) @ x", "-(A + B) @ x"),
        ("(2*A + 2*B) @ (c*x + c*y)", "2*c*(A + B) @ (x + y)"),
        ("tr((-A - B) @ B)", "-tr((A + B) @ B)"),
        ("kron(-A - B, B)", "-kron(A + B, B)"),
    ],
)
def test_what_stands_before_all_of_a_bracket_stands_before_the_term(text, printed):
    """A sign or a number that a whole bracket has in common needs no bracket of its own."""
    sizes = {"A": "n n", "B": "n n", "x": "n", "y": "n", "c": ""}
    assert parse(text, sizes).to_matrix() == printed
    assert equivalent(text, printed, sizes)


def test_what_has_no_matrix_form_says_why_and_shows_the_index_form():
    """Three axes make no matrix: the error names them and gives the index form."""
    derivation = differentiate("M @ x", "M", SYMBOLS, layout="array")
    with pytest.raises(ValueError, match=r"it has 3 axes, and a matrix has two; in index form it is delta.*x\^"):
        derivation.to_matrix()
    assert "x^" in repr(derivation)


def test_a_sum_that_no_path_covers_has_no_matrix_form():
    """Three matrices on one summed index are no chain of products."""
    sizes = {"A": "n n", "B": "n n", "C": "n n"}
    three = parse("A^i_j B^{k j} C^l_j ones_l", sizes, notation="index", free="i k")
    assert three.to_matrix() == "A @ diag(sum(C, axis=0)) @ B.T"
    every_pair = parse("A_{a b} A_{a c} A_{a d} A_{b c} A_{b d} A_{c d}", sizes, notation="index", summation="repeated")
    with pytest.raises(ValueError, match="an index stands on more than two matrices at once; in index form"):
        every_pair.to_matrix()


def test_latex_of_both_notations():
    """LaTeX writes transposes, inverses, fractions and levels."""
    sizes = {"A": "n n", "x": "n", "alpha": ""}
    f = parse("alpha*x @ A @ x/2 + x @ inv(A).T @ x", sizes)
    assert f.to_latex() == r"x^\top A^{-1} x + \tfrac{1}{2} \alpha \left(x^\top A x\right)"
    assert parse("A @ x", sizes).to_latex("index") == "A^{i}{}_{j} x^{j}"
    assert parse("A @ x", sizes)._repr_latex_() == r"$\displaystyle A x$"
    assert parse("x * (A @ x)", sizes).to_latex() == r"x \circ \left(A x\right)"
    assert parse("logdet(A)**2", sizes).to_latex() == r"\left(\log\left|\det A\right|\right)^{2}"


DOUBLED = re.compile(r"\^(\{[^{}]*\}|\\top)\^|_\{[^{}]*\}_|\^\w\^")


@pytest.mark.parametrize(("text", "wrt"), COURSE)
def test_latex_has_no_double_scripts_and_balanced_braces(text, wrt):
    """What TeX would refuse is never written: x^{a}^{b}, or a brace left open."""
    for layout in ("array", "vec"):
        d = differentiate(text, wrt, SYMBOLS, layout=layout)
        said = [d.to_latex("index")]
        with contextlib.suppress(ValueError):  # there may be no matrix form
            said.append(d.to_latex())
        for shown in said:
            assert not DOUBLED.search(shown), shown
            assert shown.count("{") == shown.count("}")
            assert shown.count(r"\left") == shown.count(r"\right")
    assert DOUBLED.search(r"X^{-1}^\top")


def test_arrays_of_the_namespace_must_fit():
    """The namespace refuses arrays that disagree about an axis."""
    arrays = draw({"A": "n n"}, {"n": 3})
    with pytest.raises(ValueError, match="x has 4 entries along n"):
        namespace({"A": "n n", "x": "n"}, **arrays, x=draw({"x": "n"}, {"n": 4})["x"])


STACKED = {"A": "m n", "B": "p q", "W": "n n", "x": "n", "y": "m*n", "M": "m*n p"}
NESTS = [
    "kron(kron(A, B), W)",
    "kron(A, kron(B, W))",
    "kron(inv(W), kron(A, B))",
    "vec(kron(kron(A, B), W))",
    "vec(diag(vec(A)))",
    "diag(vec(diag(vec(W))))",
    "kron(outer(vec(A), x), B)",
    "kron(diag(vec(A)), W)",
    "exp(kron(kron(A, B), W))",
    "diag(kron(kron(W, W), W))",
    'kron(commutation("m", "n"), W)',
    "y @ vec(A)",
    "M.T @ vec(A)",
    "outer(y*vec(A), x)",
]


@pytest.mark.parametrize("text", NESTS)
def test_a_stacked_index_inside_another_is_printed_as_what_it_is(text):
    """A part that is itself stacked is read first: nothing on it is summed away because nobody has looked yet."""
    lengths = {"m": 2, "n": 3, "p": 4, "q": 5, "m*n": 6}
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=[lengths[a] for a in axes.split()]) for name, axes in STACKED.items()}
    formula = parse(text, STACKED)
    printed = formula.to_matrix()
    value = np.asarray(eval(printed, dict(namespace(STACKED, **arrays))))
    assert value.shape == formula.evaluate(**arrays).shape, printed
    np.testing.assert_allclose(value, formula.evaluate(**arrays), err_msg=printed)


@pytest.mark.parametrize(
    ("text", "names"),
    [("inv(" * 12 + "A + B" + ")" * 12, 2), ("sin(" * 12 + "c" + ")/d" * 12, 13)],
    ids=["inverses", "fractions"],
)
def test_a_nest_is_printed_in_time_of_its_length(monkeypatch, text, names):
    """Each symbol is written as LaTeX once, however deep it stands; twice at each level, a nest would never end."""
    written = []
    latex_name = latex.latex_name
    monkeypatch.setattr(latex, "latex_name", lambda name: written.append(name) or latex_name(name))
    parse(text, {"A": "n n", "B": "n n", "c": "", "d": ""}).to_latex()
    assert len(written) == names
