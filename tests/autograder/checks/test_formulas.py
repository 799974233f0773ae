"""Typed formulas: any right way to write it is right, what cannot be read is not wrong, a slip has its name."""

import numpy as np
import pytest
import sympy

from autograder import check
from autograder.checks.derivative import check_derivative
from autograder.checks.formulas import check_formula
from autograder.checks.publish import collecting
from autograder.checks.question import question

BOWL = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
RESIDUAL = question("norm2(A @ X - B)**2", "X", {"X": "m n", "A": "p m", "B": "p n"})
AFFINE = question("A @ x + b", "x", {"x": "n", "A": "m n", "b": "m"}, "numerator")
AFFINE_T = question("A @ x + b", "x", {"x": "n", "A": "m n", "b": "m"}, "denominator")
LOGDET = question("logdet(X)", "X", {"X": "n n"})
BILINEAR = question("u @ W @ x", "W", {"W": "m n", "x": "n", "u": "m"})


@pytest.mark.parametrize(
    ("stated", "answer"),
    [
        (BOWL, "(A + A.T) @ x - b"),
        (BOWL, "A @ x + A.T @ x - b"),
        (BOWL, "-b + x @ A + A @ x"),
        (BOWL, "x @ (A.T + A) - 2*b + b"),
        (RESIDUAL, "2*A.T @ (A @ X - B)"),
        (RESIDUAL, "2*A.T @ A @ X - 2*A.T @ B"),
        (AFFINE, "A"),
        (LOGDET, "inv(X).T"),
        (LOGDET, "inv(X.T)"),
        (BILINEAR, "outer(u, x)"),
    ],
)
def test_every_way_to_write_the_right_formula_is_right(stated, answer):
    """Order, grouping, expanding and factoring do not matter."""
    report = check_formula(stated, answer)
    assert (report.status, report.score) == ("right", 1.0), report


def test_a_sympy_expression_is_an_answer():
    """Who has sympy at hand may use it."""
    n = sympy.Symbol("n", integer=True, positive=True)
    X = sympy.MatrixSymbol("X", n, n)
    assert check_formula(LOGDET, sympy.Inverse(X).T).status == "right"


@pytest.mark.parametrize(
    ("stated", "answer", "tag", "sentence"),
    [
        (BOWL, "2*A @ x - b", "not-symmetrised", "Right for a symmetric A"),
        (BOWL, "(A + A.T) @ x", "missing-term", "b = 0"),
        (BOWL, "b - (A + A.T) @ x", "sign", "sign"),
        (BOWL, "2*(A + A.T) @ x - 2*b", "doubled", "twice"),
        (BOWL, "A @ x", "missing-term", "the second x in `x @ A @ x`"),
        (BOWL, "A @ A @ x", None, "On random data"),
        (BOWL, "A", "shape", "Got (n, n); x is (n,), and a gradient has x's shape"),
        (RESIDUAL, "2*(A @ X - B).T @ A", "transposed", "A gradient has its variable's shape"),
        (AFFINE, "A.T", "layout-flipped", "right in denominator layout; here numerator layout"),
        (AFFINE_T, "A", "layout-flipped", "right in numerator layout; here denominator layout"),
        (LOGDET, "inv(X)", "inverse-not-transposed", "`inv(X)` where its transpose belongs"),
    ],
)
def test_a_slip_is_named_as_it_is_for_numbers(stated, answer, tag, sentence):
    """Typed formulas get the names of the mistake bank, and other layouts are told by their name."""
    report = check_formula(stated, answer)
    assert (report.status, report.tag) == ("wrong", tag), report
    assert sentence in report.message


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("A x", "a sign is missing"),
        ("2A @ x", "write 2*A"),
        ("A @ y", "unknown name 'y'; the symbols here are x, A, b"),
        ("A * x", "write A @ x"),
        ("x^2", "write ** for a power"),
        ("__import__('os').system('true')", "called by a plain name"),
        ("A.shape", "the only attribute is .T"),
        ("", "the formula is empty"),
        ("x" * 10_000, "at most 4,000"),
        ("(" * 1000 + "x" + ")" * 1000, ""),
        (..., "Not filled in yet"),
        (None, "of type NoneType; type it as text in quotes"),
        (np.ones(3), "of type ndarray"),
        (lambda x: x, "of type function"),
    ],
)
def test_what_cannot_be_read_is_not_wrong(answer, sentence):
    """It gets the parser's sentence and no verdict on the mathematics."""
    report = check_formula(BOWL, answer)
    assert report.status in ("invalid", "wrong") if sentence == "" else report.status == "invalid", report
    assert sentence in report.message
    assert report.score == 0.0


def test_a_text_question_is_checked_by_numbers_too():
    """The same question takes a function, exactly differentiated."""
    assert check_derivative(BOWL, lambda x, A, b: (A + A.T) @ x - b, closed_form=True).status == "right"
    assert check_derivative(BOWL, lambda x, A, b: 2 * A @ x - b).tag == "not-symmetrised"
    hessian = question("x @ A @ x", "x", {"x": "n", "A": "n n"}, order=2)
    assert check_formula(hessian, "A + A.T").status == "right"
    assert check_derivative(hessian, lambda x, A: A + A.T).status == "right"


def test_a_question_that_is_a_function_takes_no_formula():
    """The author is told to state it as text."""
    stated = question(lambda x: x @ x, "x", {"x": "n"})
    with pytest.raises(ValueError, match='state it as text: of="x @ A @ x"'):
        check_formula(stated, "2*x")


def test_the_facade_publishes_and_returns_floats():
    """q.formula and q.index are checks like the others."""
    with collecting() as published:
        q = check.question(of="u @ W @ x", wrt="W", sizes={"W": "m n", "x": "n", "u": "m"})
        assert (q.formula("outer(u, x)", points=2), q.index("u_i x^j", points=1), q.formula("u", points=2)) == (2, 1, 0)
    assert [p.report.status for p in published] == ["right", "right", "wrong"]
    assert "u @ W @ x" in repr(q)


@pytest.mark.parametrize(
    ("answer", "form", "sentence"),
    [
        ("(A + A.T) @ x - b", "expanded", "Multiply the brackets out"),
        ("A @ x + A.T @ x - b", "expanded", None),
        ("A @ x + A.T @ x - b", "factored", "Write it as one product"),
        ("(A + A.T) @ x - b", "no-transpose", "Write it without .T."),
        ("A @ x + x @ A - b", "no-transpose", None),
        ("A @ x + x @ A - b", "no-transpose expanded no-kron", None),
        ("A @ x + inv(inv(A.T)) @ x - b", "no-inverse", "Write it without inv(...)."),
    ],
)
def test_the_right_value_in_another_form_is_half_right(answer, form, sentence):
    """form= looks at the text: a value that is right there earns half and is told what to change."""
    report = check_formula(BOWL, answer, form=form)
    if sentence is None:
        assert (report.status, report.score) == ("right", 1.0), report
    else:
        assert (report.status, report.score) == ("partly", 0.5), report
        assert sentence in report.message


def test_a_product_has_the_factored_form():
    """One product is factored, whatever stands in its brackets; the same value as a sum is not."""
    assert check_formula(RESIDUAL, "2*A.T @ (A @ X - B)", form="factored").status == "right"
    assert check_formula(RESIDUAL, "-2*(A.T @ (B - A @ X))", form="factored").status == "right"
    assert check_formula(RESIDUAL, "2*A.T @ A @ X - 2*A.T @ B", form="factored").status == "partly"
    assert check_formula(RESIDUAL, "2*A.T @ (A @ X + B)", form="factored").status == "wrong"


def test_a_form_that_does_not_exist_is_the_authors_to_mend():
    """The names there are stand in the error, also where the answer is blank."""
    with pytest.raises(ValueError, match="there is no 'short'; there are factored, expanded, no-inverse"):
        check_formula(BOWL, ..., form="short")


def test_a_form_is_asked_of_text():
    """A sympy expression has no written form; its value is told to be right."""
    n = sympy.Symbol("n", integer=True, positive=True)
    X = sympy.MatrixSymbol("X", n, n)
    report = check_formula(LOGDET, sympy.Inverse(X).T, form="no-kron")
    assert (report.status, "type the formula as text" in report.message) == ("invalid", True)


SQUARE_NORM = question("x @ x", "x", {"x": "n"})
NORM = question("norm2(A @ x - b)**2/2", "x", {"x": "n", "A": "m n", "b": "m"})
TRACE = question("tr(X.T @ A @ X)", "X", {"X": "m n", "A": "m m"})


@pytest.mark.parametrize(
    ("one", "other", "sizes"),
    [
        ("norm2(x)**2", "x @ x", {"x": "n"}),
        ("norm2(x)**2", "sum(x*x)", {"x": "n"}),
        ("norm2(X)**2", "tr(X.T @ X)", {"X": "m n"}),
        ("norm2(X)**2", "sum(X**2)", {"X": "m n"}),
        ("norm2(X)**2", "vec(X) @ vec(X)", {"X": "m n"}),
        ("tr(A @ B)", "sum(A*B.T)", {"A": "m n", "B": "n m"}),
        ("(x @ x)**2", "norm2(x)**4", {"x": "n"}),
        ("(x - b) @ (x - b)", "x @ x - 2*b @ x + norm2(b)**2", {"x": "n", "b": "n"}),
    ],
)
def test_two_statements_of_one_question_take_the_same_answers(one, other, sizes):
    """The derivative of either is a right answer to both."""
    wrt = next(iter(sizes))
    for stated, writer in ((one, other), (other, one)):
        answer = question(writer, wrt, sizes).derivation.to_matrix()
        assert check_formula(question(stated, wrt, sizes), answer).status == "right"
        assert check_formula(question(stated, wrt, sizes), f"3*({answer})").tag == "scaled"


@pytest.mark.parametrize(
    ("stated", "answers"),
    [
        (SQUARE_NORM, ["2*x", "x*2", "x + x", "2*norm2(x)**2*x/(x @ x)", "x/0.5", "(4*x)/2"]),
        (
            NORM,
            [
                "A.T @ (A @ x - b)",
                "A.T @ A @ x - A.T @ b",
                "(A @ x - b) @ A",
                "-(b - A @ x) @ A",
                "A.T @ A @ x - b @ A",
            ],
        ),
        (TRACE, ["(A + A.T) @ X", "A @ X + A.T @ X", "(X.T @ (A + A.T)).T", "(X.T @ A).T + A @ X"]),
    ],
)
def test_order_grouping_and_factoring_make_no_difference(stated, answers):
    """All ways to write it are one answer; with a sign turned none is."""
    for answer in answers:
        assert check_formula(stated, answer).status == "right", answer
        assert check_formula(stated, f"-({answer})").tag == "sign", answer


def _sympy_square():
    n = sympy.Symbol("n", integer=True, positive=True)
    return sympy.MatrixSymbol("X", n, n), sympy.MatrixSymbol("A", n, n)


@pytest.mark.parametrize(
    ("of", "answer", "status"),
    [
        ("tr(A @ X)", lambda X, A: A.T, "right"),
        ("tr(A @ X)", lambda X, A: A, "wrong"),
        ("tr(inv(X) @ A)", lambda X, A: -(X.T).inverse() * A.T * X.inverse().T, "right"),
        ("tr(inv(X) @ A)", lambda X, A: -X.inverse() * A * X.inverse(), "wrong"),
        ("tr(X)**2", lambda X, A: 2 * sympy.Trace(X) * sympy.Identity(X.shape[0]), "right"),
        ("tr(X)**2", lambda X, A: sympy.Trace(X) * sympy.Identity(X.shape[0]), "wrong"),
        ("det(X)", lambda X, A: sympy.Determinant(X) * X.inverse().T, "right"),
        ("tr(X.T @ A @ X)/2", lambda X, A: (A + A.T) * X / 2, "right"),
        ("sum(X*X*A)", lambda X, A: 2 * sympy.HadamardProduct(X, A), "right"),
        ("tr(A @ X)", lambda X, A: X[0, 1] * A, "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.MatrixSymbol("Z", *X.shape), "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.Symbol("q"), "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.Symbol("X"), "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.Matrix([[1, 2], [3, 4]]), "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.Function("f")(sympy.Symbol("x")), "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.nan, "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.oo * A, "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.sympify("1e500") * A, "invalid"),
        ("tr(A @ X)", lambda X, A: sympy.ZeroMatrix(*X.shape), "wrong"),
        ("tr(X)", lambda X, A: sympy.Identity(X.shape[0]), "right"),
        ("tr(A @ X)", lambda X, A: sympy.Trace(X).diff(X), "wrong"),
    ],
)
def test_sympy_answers_are_read_class_by_class(of, answer, status):
    """Trace, Inverse, Determinant, Transpose, Identity, Hadamard products; an entry of a matrix is told apart."""
    X, A = _sympy_square()
    report = check_formula(question(of, "X", {"X": "n n", "A": "n n"}), answer(X, A))
    assert report.status == status, report


def test_a_verdict_shows_how_the_formula_was_read():
    """A forgotten bracket is seen: what was typed stands in the folded part, as text and as LaTeX."""
    (shown,) = check_formula(RESIDUAL, "2*A.T @ A @ X - 2*A.T @ B").formulas
    assert (shown.text, shown.latex) == ("2*A.T @ (A @ X - B)", r"2 A^\top \left(A X - B\right)")
    (shown,) = check_formula(BOWL, "A @ x + A.T @ (x - b)").formulas
    assert "A.T @ b" in shown.text or "A.T @ (x - b)" in shown.text
    assert check_formula(BOWL, "A.T A").formulas == ()


def test_a_formula_too_long_to_help_is_not_shown():
    """Forty factors are decided, and not printed again."""
    square = question("tr(A @ X)", "X", {"X": "n n", "A": "n n", "B": "n n"})
    report = check_formula(square, " @ ".join(["(A + B)"] * 40))
    assert report.status == "wrong"
    assert report.formulas == ()


def test_where_a_form_is_asked_for_the_reading_is_not_shown():
    """The normal form that a formula is read as may be the very form that is asked for."""
    report = check_formula(RESIDUAL, "2*A.T @ A @ X - 2*A.T @ B", form="factored")
    assert report.status == "partly"
    assert report.formulas == ()


def test_a_formula_of_another_shape_is_not_computed_if_it_is_huge():
    """Two gigabytes of numbers would say no more than their shape does."""
    report = check_formula(BOWL, "kron(" * 5 + "A" + ", A)" * 5)
    assert (report.status, report.tag) == ("wrong", "shape")
    assert report.message == "Got (n*n*n*n*n*n, n*n*n*n*n*n), wanted (n,)."
    assert (
        check_formula(BOWL, "tr(exp(" + "kron(" * 5 + "A" + ", A)" * 5 + "))").message == "Got a number, wanted (n,)."
    )


@pytest.mark.parametrize("answer", ["0.33333333*3*A", "A + 1e-11*A", "A + 1e-11*A @ I('n')"])
def test_a_rounded_number_is_told_as_such(answer):
    """It is no factor of 1, and no other mistake."""
    report = check_formula(AFFINE, answer)
    assert (report.status, report.score, report.tag) == ("wrong", 0.0, None)
    assert "Write it as a fraction, such as 1/3" in report.message


def test_a_number_in_the_place_of_a_size_is_wrong():
    """The mean over n data points is divided by n, whatever n is where formulas are compared."""
    mean = question("norm2(X @ t - y)**2 / n", "t", {"t": "p", "X": "n p", "y": "n"})
    assert check_formula(mean, "2/n * X.T @ (X @ t - y)").status == "right"
    for number in ("1/2", "2/3", "2/5"):
        assert check_formula(mean, f"{number} * X.T @ (X @ t - y)").status == "wrong"


def test_a_wrong_formula_without_a_value_is_wrong():
    """The normal equations have no solution where there are fewer data points than parameters: no trouble of ours."""
    mean = question("norm2(X @ theta - Y)**2 / n", "theta", {"theta": "p", "X": "n p", "Y": "n"})
    report = check_formula(mean, "inv(X.T @ X) @ X.T @ Y")
    assert (report.status, report.score) == ("wrong", 0.0)
