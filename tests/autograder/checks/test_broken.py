"""Mistakes that are seen through the question's formula: each is named for what it is, typed and as a function."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks.derivative import check_derivative
from autograder.checks.formulas import check_formula
from autograder.checks.index_answers import check_index
from autograder.checks.mistakes import ALL_TAGS, ELSEWHERE, TAGS
from autograder.checks.question import question
from autograder.checks.values import check_equal

BOWL = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
LAYER = question("A @ tanh(M @ x)", "x", {"x": "n", "A": "m k", "M": "k n"}, "numerator")
SQUARE_LAYER = question("A @ tanh(M @ x)", "x", {"x": "n", "A": "m n", "M": "n n"}, "numerator")
GROWN = question("exp(c @ x) * (M @ x + a)", "x", {"x": "n", "c": "n", "M": "m n", "a": "m"}, "denominator")
SQUARES = question("V @ (W @ x)**2", "x", {"x": "n", "V": "p k", "W": "k n"}, "numerator")
DEEP = question("C @ tanh(B @ sin(A @ x))", "x", {"x": "n", "A": "k n", "B": "l k", "C": "m l"}, "denominator")
LOGDET = question("logdet(X)", "X", {"X": "n n"})
LIKELIHOOD = question("tr(S @ X) - logdet(X)", "X", {"X": "n n", "S": "n n"})
TRACE_INVERSE = question("tr(inv(X) @ A)", "X", {"X": "n n", "A": "n n"})
TRACE = question("tr(A @ X @ B)", "X", {"X": "n n", "A": "n n", "B": "n n"})
RING = question("tr(A @ X @ B @ X)", "X", {"X": "n n", "A": "n n", "B": "n n"})
FOUR = question("tr(A @ X @ B @ C)", "X", {"X": "n n", "A": "n n", "B": "n n", "C": "n n"})
CHAIN = question("A @ B @ x", "x", {"x": "n", "A": "n n", "B": "n n"}, "numerator")
TRANSPOSED_CHAIN = question("(A @ B).T @ x", "x", {"x": "n", "A": "n n", "B": "n n"}, "numerator")
TURNED = question("x @ (A @ B) @ C", "x", {"x": "n", "A": "n n", "B": "n n", "C": "n n"}, "numerator")
VEC = question("A @ X @ B", "X", {"X": "m n", "A": "p m", "B": "n q"}, "vec")
VEC_TURNED = question("A @ X.T @ B", "X", {"X": "m n", "A": "p n", "B": "m q"}, "vec")
VEC_LOGDET = question("logdet(X)", "X", {"X": "n n"}, "vec", order=2)
PAIRED = question("(A @ x + a) @ tanh(B @ x)", "x", {"x": "n", "A": "k n", "B": "k n", "a": "k"})
WEIGHTS = question("sum(X * X * A)", "X", {"X": "n n", "A": "n n"})
WEIGHTED = question("x * (A @ x)", "x", {"x": "n", "A": "n n"}, "numerator")
SCORES = question("sum(log(softmax(A @ X, axis=1)) * Y)", "X", {"X": "m n", "A": "p m", "Y": "p n"})
ATTENTION = question("u @ softmax(A @ x)", "x", {"x": "n", "A": "m n", "u": "m"})
CLASH = question("(u @ x) * (v @ x)", "x", {"x": "n", "u": "n", "v": "n"})
QUOTIENT = question("(x @ A @ x) / (x @ x)", "x", {"x": "n", "A": "n n"})
BIAS = question("norm2(X @ W + b)**2 / 2", "b", {"b": "p", "X": "n m", "W": "m p"})
MODEL = question("a + v @ x + x @ W @ x / 2", "x", {"x": "n", "a": "", "v": "n", "W": "n n"})
PRODUCTS = question("x @ A @ x + (b @ x) * (c @ x)", "x", {"x": "n", "A": "n n", "b": "n", "c": "n"})
DISTANCE = question("norm2(C @ x - d)", "x", {"x": "n", "C": "m n", "d": "m"})
NORMS = question("norm2(C @ x)**2 + b @ x", "x", {"x": "n", "C": "m n", "b": "n"})
HESSIAN = question("x @ A @ x + exp(b @ x)", "x", {"x": "n", "A": "n n", "b": "n"}, order=2)
ENTRYWISE = question("tanh(W * X) @ a", "a", {"a": "n", "W": "m n", "X": "m n"}, "numerator")
HANDBOOK = question("A @ ((P @ x) * (Q @ x))", "x", {"x": "n", "A": "m k", "P": "k n", "Q": "k n"}, "numerator")
INVERSE_MAP = question("inv(X) @ a", "X", {"X": "n n", "a": "n"}, "array")
FORWARDED = question("P^t_{w s} X^s_c F^{w c}", "F", {"F": "w c", "P": "t w s", "X": "s c"}, "array", notation="index")
SYMMETRIC = question("a @ S @ b - 4 * tr(A @ S)", "S", {"S": "n n symmetric", "a": "n", "b": "n", "A": "n n"})
COUPLED = question("(C @ x - d) @ W @ (C @ x - d) / 2", "x", {"x": "n", "C": "m n", "d": "m", "W": "m m"})
RIDGE = question(
    "norm2(X @ t - y)**2 / n + lam * norm2(t)**2", "t", {"t": "p", "X": "n p", "y": "n", "lam": "positive"}
)


def softmax(z):
    return np.exp(z) / np.sum(np.exp(z))


# the question, the tag, and a typed formula or a function that makes the mistake
PLANTED = [
    ("missing-term", BOWL, "A @ x - b"),
    ("missing-term", BOWL, "(A + A.T) @ x"),
    ("missing-term", BOWL, "-b"),
    ("missing-term", BOWL, lambda x, A, b: A.T @ x - b),
    ("sign", BOWL, "(A + A.T) @ x + b"),
    ("sign", BOWL, "(A - A.T) @ x - b"),
    ("sign", SYMMETRIC, "(-outer(a, b) + outer(b, a) - 4 * (A + A.T)) / 2"),
    ("not-symmetrised", BOWL, "2*A @ x - b"),
    ("doubled", BOWL, "(A + A.T) @ x - 2*b"),
    ("halved", BOWL, "(A + A.T) @ x / 2 - b"),
    ("scaled", BOWL, "(A + A.T) @ x - 3*b"),
    ("not-symmetrised", BOWL, lambda x, A, b: 2 * A.T @ x - b),
    ("missing-term", PAIRED, "A.T @ tanh(B @ x)"),
    ("missing-term", QUOTIENT, "(A + A.T) @ x / (x @ x)"),
    ("missing-term", HESSIAN, "A + A.T"),
    ("halved", RIDGE, "2*X.T @ (X @ t - y) / n + lam * t"),
    ("scaled", RIDGE, "2*X.T @ (X @ t - y) + 2*lam * t"),
    ("doubled", COUPLED, "C.T @ (W + W.T) @ (C @ x - 2*d) / 2"),
    ("sign", COUPLED, "C.T @ (W + W.T) @ (C @ x + d) / 2"),
    ("last-use-only", PRODUCTS, lambda x, A, b, c: c * (b @ x)),
    ("scaled", QUOTIENT, "(A + A.T) @ x - 2*(x @ A @ x)*x / (x @ x)"),
    ("inner-derivative-missing", LAYER, "A @ M"),
    ("inner-derivative-missing", SQUARE_LAYER, "A @ diag(1 - tanh(M @ x)**2)"),
    ("inner-derivative-missing", GROWN, "exp(c @ x)*M.T + outer(c, M @ x + a)"),
    ("inner-derivative-missing", SQUARES, "V @ W"),
    ("inner-derivative-missing", PAIRED, "A.T @ tanh(B @ x) + B.T @ (A @ x + a)"),
    ("inner-derivative-missing", DEEP, "A.T @ B.T @ diag(1 - tanh(B @ sin(A @ x))**2) @ C.T"),
    ("inner-point", SQUARE_LAYER, "A @ diag(1 - tanh(x)**2) @ M"),
    ("inner-point", SQUARES, "V @ W @ diag(2*x)"),
    ("derivative-at-output", LAYER, "A @ diag(1 - tanh(tanh(M @ x))**2) @ M"),
    (
        "derivative-at-output",
        DEEP,
        "A.T @ diag(cos(sin(A @ x))) @ B.T @ diag(1 - tanh(tanh(B @ sin(A @ x)))**2) @ C.T",
    ),
    ("inverse-not-transposed", LOGDET, "inv(X)"),
    ("inverse-not-transposed", LOGDET, np.linalg.inv),
    ("inverse-not-transposed", LIKELIHOOD, "S.T - inv(X)"),
    ("missing-inverse", LIKELIHOOD, "S.T - X.T"),
    ("missing-inverse", LOGDET, lambda X: X.T),
    ("elementwise-inverse", LIKELIHOOD, lambda X, S: S.T - (1 / X).T),
    ("elementwise-inverse", LOGDET, "1/X.T"),
    ("sign", TRACE_INVERSE, "inv(X).T @ A.T @ inv(X).T"),
    ("product-transpose-unreversed", TRANSPOSED_CHAIN, "A.T @ B.T"),
    ("product-transpose-unreversed", TURNED, "A.T @ B.T @ C.T"),
    ("product-transpose-unreversed", TRACE, "B.T @ A.T"),
    ("transposed", TRACE, "B @ A"),
    ("order-swapped", TRACE_INVERSE, "-inv(X).T @ inv(X).T @ A.T"),
    ("order-swapped", WEIGHTED, "diag(A @ x) + A @ diag(x)"),
    ("order-swapped", HANDBOOK, "A @ (diag(P @ x) @ P + diag(Q @ x) @ Q)"),
    ("chain-reversed", CHAIN, "B @ A"),
    ("layout-flipped", CHAIN, "B.T @ A.T"),
    ("layout-flipped", SQUARE_LAYER, "M.T @ diag(1 - tanh(M @ x)**2) @ A.T"),
    ("transposed", LIKELIHOOD, "S - inv(X).T"),
    ("kron-swapped", VEC, "kron(A, B.T)"),
    ("row-major-vec", VEC, lambda X, A, B: np.kron(A, B.T)),
    ("missing-commutation", VEC_TURNED, "kron(B.T, A)"),
    ("missing-commutation", VEC_LOGDET, "-kron(inv(X).T, inv(X))"),
    ("elementwise-for-matmul", TRACE, "A.T * B.T"),
    ("elementwise-for-matmul", CHAIN, lambda x, A, B: A * B),
    ("matmul-for-elementwise", WEIGHTS, "2*X @ A"),
    ("trace-permuted", FOUR, "(C @ B @ A).T"),
    ("trace-permuted", RING, "(X @ B @ A).T + (B @ A @ X).T"),
    ("diagonal-only-softmax", ATTENTION, lambda x, A, u: A.T @ (softmax(A @ x) * (1 - softmax(A @ x)) * u)),
    (
        "softmax-axis",
        SCORES,
        lambda X, A, Y: A.T @ (Y - np.exp(A @ X) / np.exp(A @ X).sum(0) * Y.sum(0)),
    ),
    ("dummy-index-clash", CLASH, "2*u*v*x"),
    ("broadcast-not-reduced", BIAS, lambda b, X, W: X @ W + b),
    ("constant-differentiated", MODEL, "a + v + (W + W.T) @ x / 2"),
    ("constant-differentiated", BOWL, "(A + A.T) @ x - b - x"),
    ("not-a-derivative-of-this", BOWL, lambda x, A, b: x @ A @ x - b @ x),
    ("not-a-derivative-of-this", BOWL, "-x"),
    ("not-a-derivative-of-this", BOWL, lambda x, A, b: A @ x + A.T @ x - b @ x),
    ("not-a-derivative-of-this", DISTANCE, "2*C.T @ (C @ x - d)"),
    ("norm-not-squared", NORMS, "C.T @ C @ x / norm2(C @ x) + b"),
    ("missing-factor", COUPLED, "C.T @ (C @ x - d) / 2"),
    ("wrong-symbol", PRODUCTS, "(A + A.T) @ x + (c @ x) * b + (b @ x) * b"),
    ("wrong-symbol", HANDBOOK, lambda x, A, P, Q: A @ (np.diag(Q @ x) @ P + np.diag(Q @ x) @ Q)),
    ("wrong-function", DEEP, "A.T @ diag(sin(A @ x)) @ B.T @ diag(1 - tanh(B @ sin(A @ x))**2) @ C.T"),
    ("wrong-function", PAIRED, "A.T @ (B @ x) + B.T @ ((1 - tanh(B @ x)**2) * (A @ x + a))"),
    ("wrong-exponent", LAYER, "A @ diag(1 - tanh(M @ x)) @ M"),
    ("doubled", SQUARE_LAYER, "A @ diag(2 - tanh(M @ x)**2) @ M"),
    ("index-split", TRACE, lambda X, A, B: np.outer(A.sum(0), B.sum(1))),
    ("shape", BOWL, "A"),
]


def checked(stated, answer):
    return check_formula(stated, answer) if isinstance(answer, str) else check_derivative(stated, answer)


@pytest.mark.parametrize(("tag", "stated", "answer"), PLANTED, ids=[f"{k}-{row[0]}" for k, row in enumerate(PLANTED)])
def test_a_planted_mistake_has_its_own_name(tag, stated, answer):
    """The tag is the expected one, with a sentence that is filled in."""
    report = checked(stated, answer)
    assert (report.status, report.tag) == ("wrong", tag), report
    assert report.tags[0] == tag
    assert report.message.rstrip().endswith((".", "?"))
    assert "{" not in report.message


def windows(x, F):
    return np.array([x[t : t + len(F)] @ F for t in range(0, len(x) - len(F) + 1)])


def apart(x, F):
    return np.array([x[t : t + len(F)] @ F for t in range(0, len(x) - len(F) + 1, 2)])


SIGNAL = {"x": "11", "F": "3"}
VALUES = [
    ("off-by-one-window", windows, lambda x, F: windows(x, F)[:-1]),
    ("off-by-one-window", windows, lambda x, F: np.append(windows(x, F), F[:2] @ x[-2:])),
    ("off-by-one-window", windows, lambda x, F: windows(np.append(x[1:], 0.0), F)),
    ("wrong-stride", apart, windows),
    ("wrong-stride", windows, apart),
]


@pytest.mark.parametrize(("tag", "right", "wrong"), VALUES, ids=[f"{k}-{row[0]}" for k, row in enumerate(VALUES)])
def test_windows_that_are_wrongly_placed_are_named(tag, right, wrong):
    """A window too few, too many, or moved by one; and windows that stand too close or too far apart."""
    assert check_equal(right, to=right, sizes=SIGNAL).status == "right"
    assert check_equal(wrong, to=right, sizes=SIGNAL).tag == tag


def test_a_row_that_is_missing_elsewhere_is_no_window():
    """Where the axis belongs to an argument, nothing speaks of windows."""
    report = check_equal(lambda A: A[:-1], to=lambda A: A + 0, sizes={"A": "m n"})
    assert report.tag == "shape"


INDICES = [
    ("missing-term", question("x @ A @ x", "x", {"x": "n", "A": "n n"}), "A^i_j x_i", None),
    ("not-symmetrised", question("outer(x, x)", "x", {"x": "n"}, "array"), "2 delta^i_a x_j", "i j a"),
    ("dummy-index-clash", CLASH, "2 u_a v_a x_a", None),
    (
        "dummy-index-clash",
        question("(u @ A @ x) * (v @ A @ x)", "u", {"u": "m", "A": "m n", "x": "n", "v": "m"}),
        "A_{a j} v^i A_i^j x^j x^j",
        None,
    ),
    ("doubled", FORWARDED, "2 P^t_{a s} X^{s b}", "t a b"),
]


@pytest.mark.parametrize(("tag", "stated", "typed", "free"), INDICES, ids=[row[0] for row in INDICES])
def test_index_answers_are_named_too(tag, stated, typed, free):
    """An answer in index notation, whatever the order of its axes, is held against the same table."""
    report = check_index(stated, typed, free=free)
    assert (report.status, report.tag) == ("wrong", tag), report


TOGETHER = [
    (("transposed", "doubled"), question("tr(A @ X)", "X", {"X": "m n", "A": "n m"}), "2*A"),
    (("transposed", "sign"), question("tr(A @ X @ B)", "X", {"X": "m n", "A": "p m", "B": "n p"}), "-B @ A"),
    (("layout-flipped", "halved"), question("A @ x", "x", {"x": "n", "A": "m n"}, "numerator"), "A.T / 2"),
    (("inverse-not-transposed", "sign"), LOGDET, "-inv(X)"),
    (("inner-derivative-missing", "doubled"), LAYER, "2*A @ M"),
    (("missing-term", "sign"), BOWL, "A @ x + b"),
    (("not-symmetrised", "sign"), BOWL, "2*A @ x + b"),
    (("missing-term", "doubled"), BOWL, lambda x, A, b: 2 * (A + A.T) @ x),
    (("missing-term", "sign"), BOWL, lambda x, A, b: b - A @ x),
]


@pytest.mark.parametrize(("tags", "stated", "answer"), TOGETHER, ids=["+".join(row[0]) for row in TOGETHER])
def test_two_mistakes_together_are_both_named(tags, stated, answer):
    """The more specific one is the tag; both are in the sentence and in the tags."""
    report = checked(stated, answer)
    assert (report.tag, report.tags) == (tags[0], tags), report
    assert "at once" in report.message


def test_a_place_is_quoted_from_the_question():
    """The sentence says which place of the variable, in the words of the question."""
    assert "the second x in `x @ A @ x`" in checked(BOWL, "A @ x - b").message
    assert "`b @ x`" in checked(BOWL, "(A + A.T) @ x + b").message
    assert "`lam*norm2(t)**2`" in checked(RIDGE, "2*X.T @ (X @ t - y)/n + lam*t").message
    assert "n times" in checked(RIDGE, "2*X.T @ (X @ t - y) + 2*lam*t").message


RIGHT = [
    (BOWL, "A @ x + x @ A - b"),
    (BOWL, lambda x, A, b: (A @ x - b) + A.T @ x),
    (LOGDET, "inv(X.T)"),
    (QUOTIENT, "((A + A.T) @ x - 2*(x @ A @ x)/(x @ x)*x) / (x @ x)"),
    (LAYER, "A @ diag(1 - tanh(M @ x)**2) @ M"),
    (VEC, "kron(B.T, A)"),
    (HESSIAN, "A.T + A + exp(b @ x)*outer(b, b)"),
    (CLASH, "outer(u, v) @ x + outer(v, u) @ x"),
    (SCORES, lambda X, A, Y: A.T @ (Y - np.exp(A @ X) / np.exp(A @ X).sum(1)[:, None] * Y.sum(1)[:, None])),
]


@pytest.mark.parametrize(("stated", "answer"), RIGHT)
def test_a_right_answer_in_other_words_is_right(stated, answer):
    """Nothing in the bank makes a right answer wrong."""
    report = checked(stated, answer)
    assert (report.status, report.tag) == ("right", None), report


NONSENSE = [
    (BOWL, "A @ A @ x"),
    (BOWL, "3*A @ x + 5*A.T @ x - 7*b"),
    (BOWL, lambda x, A, b: np.sin(x) * b),
    (LAYER, "A @ M * 1.7 + A @ M / 3 - A @ diag(tanh(M @ x)) @ M"),
    (LOGDET, "X @ X"),
    (QUOTIENT, "x / (x @ x)**2 + A @ A @ x"),
    (VEC, "kron(B.T, A) + 0.1"),
    (HESSIAN, "A @ A.T + outer(b, x)"),
    (SCORES, lambda X, A, Y: X * X),
]


@pytest.mark.parametrize(("stated", "answer"), NONSENSE)
def test_nonsense_gets_the_plain_fact(stated, answer):
    """An answer that no mistake explains has no name."""
    report = checked(stated, answer)
    assert (report.status, report.tag, report.tags) == ("wrong", None, ()), report


@pytest.mark.parametrize("stated", [BOWL, LIKELIHOOD, SQUARE_LAYER, PAIRED, QUOTIENT, RING, SCORES, HESSIAN, CLASH])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_random_wrong_answers_are_never_named(stated, seed):
    """Random multiples of products and sums of what the question holds fit nothing."""

    def answer(*args):
        rng = np.random.default_rng(seed)
        at = stated.right_answer(args)
        shift = sum(float(np.sum(np.asarray(arg) ** 2)) for arg in args)
        return at * rng.uniform(0.2, 3, at.shape) + rng.uniform(-1, 1) * shift * rng.standard_normal(at.shape)

    assert check_derivative(stated, answer).tag is None


TAKEN_APART = [
    BOWL, LIKELIHOOD, PAIRED, QUOTIENT, RING, HESSIAN, CLASH, COUPLED, RIDGE, HANDBOOK, PRODUCTS, LAYER, VEC,
]  # fmt: skip


@pytest.mark.parametrize("stated", TAKEN_APART)
def test_random_weights_of_the_right_terms_are_never_named(stated):
    """Four hundred answers made of the right terms, each term with a random weight, are no mistake of any name."""
    rng = np.random.default_rng(5)
    terms = [term for _, term in stated.insight.terms]

    def answer(*args):
        values = [np.asarray(term(*args)) for term in terms]
        bent = 0.37 * values[0] ** 2 if len(values) == 1 else 0.0  # one term alone would be scaled
        return sum(weight * value for weight, value in zip(weights, values, strict=True)) + bent

    for _ in range(31):
        weights = rng.uniform(-3, 3, len(terms))
        assert check_derivative(stated, answer).tag is None


def test_every_tag_of_the_course_can_be_given():
    """The tags that the course speaks of are all in the table or come from a check of their own, which is said."""
    course = """
        transposed layout-flipped shape sign doubled halved scaled not-symmetrised order-swapped inverse-not-transposed
        missing-inverse row-major-vec kron-swapped missing-commutation batch-not-summed broadcast-not-reduced
        elementwise-for-matmul matmul-for-elementwise inner-derivative-missing missing-term constant-differentiated
        diagonal-only-softmax trace-permuted dummy-index-clash index-level off-by-one-window wrong-stride
        hessian-not-symmetrised built-the-jacobian not-a-derivative-of-this product-transpose-unreversed chain-reversed
        inner-point derivative-at-output elementwise-inverse adjoint-is-inverse norm-not-squared flipped-kernel
        softmax-axis one-based-index vech-doubling last-use-only
    """
    slips_of_the_pen = "missing-factor wrong-symbol wrong-function wrong-exponent index-split"
    assert set(f"{course} {slips_of_the_pen}".split()) == ALL_TAGS
    assert not set(ELSEWHERE) & set(TAGS)


def test_every_tag_is_in_the_table_for_readers():
    """The page of mistakes has each tag, and no other."""
    page = (Path(__file__).parents[3] / "docs" / "mistakes.md").read_text(encoding="utf-8")
    first = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(tag for cell in first for tag in re.findall(r"`([a-z-]+)`", cell)) == sorted(ALL_TAGS)


def test_no_tag_is_without_a_mistake_that_earns_it():
    """Each tag of the table has a planted mistake here, or is one of those that are planted as arrays next door."""
    elsewhere = {"batch-not-summed", "vech-doubling", "hessian-not-symmetrised", "one-based-index", "flipped-kernel"}
    planted = {tag for tag, *_ in (*PLANTED, *VALUES)}
    assert planted | elsewhere | {"adjoint-is-inverse"} == set(TAGS)


def test_a_question_that_cannot_be_taken_apart_is_checked_all_the_same():
    """Nine places of the variable are too many for the fit, and without a matrix form no answer is printed."""
    long = question(" + ".join(f"{k}*x @ A @ x" for k in range(1, 6)), "x", {"x": "n", "A": "n n"})
    assert check_derivative(long, lambda x, A: 15 * A @ x).status == "wrong"
    formless = question("P^t_{w s} X^s_c", "X", {"P": "t w s", "X": "s c"}, "array", notation="index")
    assert check_derivative(formless, lambda P, X: np.zeros((2, 2))).status == "wrong"
