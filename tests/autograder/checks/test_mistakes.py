"""Each mistake is named for what it is, and for nothing else."""

import numpy as np
import pytest

import mcutils
from autograder.checks.adjoints import check_adjoint
from autograder.checks.bank import mistake
from autograder.checks.derivative import check_derivative
from autograder.checks.formulas import check_formula
from autograder.checks.question import question
from autograder.checks.values import check_equal


def asked(of, wrt, sizes, layout="gradient", order=1):
    """Return a checker of answers to one derivative question."""
    stated = question(of, wrt, sizes, layout, order)
    return lambda answer: check_derivative(stated, answer)


def valued(to, sizes):
    """Return a checker of functions compared by value."""
    return lambda answer: check_equal(answer, to, sizes)


def softmax(x):
    return np.exp(x) / np.sum(np.exp(x))


def weighted_logs(S):
    return np.sum(np.arange(S.size).reshape(S.shape) * S)


QUADRATIC = asked(lambda x, A, b: x @ A @ x - b @ x, "x", {"x": "n", "A": "n n", "b": "n"})
LEAST_SQUARES = asked(lambda t, X, y: np.sum((X @ t - y) ** 2) / len(y), "t", {"t": "d", "X": "n d", "y": "n"})
MATRIX = asked(lambda X, A, B: np.sum((A @ X - B) ** 2), "X", {"X": "m n", "A": "p m", "B": "p n"})
AFFINE = asked(lambda x, A, b: A @ x + b, "x", {"x": "n", "A": "m n", "b": "m"}, "numerator")
AFFINE_T = asked(lambda x, A, b: A @ x + b, "x", {"x": "n", "A": "m n", "b": "m"}, "denominator")
TENSOR = asked(lambda X, a, c: np.outer(X @ a, c), "X", {"X": "m n", "a": "n", "c": "p"}, "array")
TENSOR_T = asked(lambda X, a, c: np.outer(X @ a, c), "X", {"X": "m n", "a": "n", "c": "p"}, "denominator")
SYMMETRIC = asked(lambda S: weighted_logs(S), "S", {"S": "n n symmetric"})
SOFTMAX = asked(softmax, "x", {"x": "n"}, "numerator")
VEC = asked(lambda X, A, B: A @ X @ B, "X", {"X": "m n", "A": "p m", "B": "n q"}, "vec")
TRANSPOSE = asked(lambda X, A: A @ X.T, "X", {"X": "m n", "A": "n n"}, "vec")
GRAM_HESSIAN = asked(lambda x, A: x @ A @ x, "x", {"x": "n", "A": "n n"}, order=2)
LOGDET_HESSIAN = asked(lambda X: np.log(np.linalg.det(X) ** 2) / 2, "X", {"X": "n n"}, "vec", order=2)
HALF_SQUARES = asked(lambda x, C: np.sum((C @ x) ** 2) / 2, "x", {"x": "n", "C": "m n"})
SQUARES = asked(lambda x: x @ x, "x", {"x": "n"})
COUNT = lambda answer: check_equal(answer, to=lambda: (5, 7))  # noqa: E731 # a checker like the others
STACK = valued(lambda A: A.ravel(order="F"), {"A": "m n"})
CONV = valued(mcutils.conv1d, {"X": "s c", "F": "o 3 c"})
ROTATED = lambda answer: check_adjoint(  # noqa: E731 # a checker like the others
    lambda x, M: M @ x, answer, {"x": "n", "M": "n n"}
)
PATCHES = lambda answer: check_adjoint(  # noqa: E731 # a checker like the others
    lambda x: mcutils.patchify(x, 3), answer, {"x": "9 c"}
)

CUT = valued(lambda P, X: P @ X, {"P": "t w s", "X": "s c"})
MIRROR = valued(lambda A: np.cumsum(A @ A.T, axis=0), {"A": "n n"})
BOTTOM = valued(lambda x, C, d: np.linalg.lstsq(C, d)[0], {"x": "n", "C": "n n", "d": "n"})


def overlap_add(p):
    return mcutils.unpatchify(p, p.shape[0] + 2)


def last_window_only(p):
    signal = np.zeros((len(p) + 2, p.shape[2]))
    for t, window in enumerate(p):
        signal[t : t + 3] = window
    return signal


def to_the_bottom(length):
    """A step towards what BOTTOM wants, of a length relative to the right one."""
    return lambda x, C, d: x - length * np.linalg.solve(C, C @ x - d)


def logdet_hessian(X):
    inverse = np.linalg.inv(X)
    return -mcutils.commutation_matrix(*X.shape) @ np.kron(inverse.T, inverse)


def counts(p):
    ones = np.ones((p.shape[0] + 2, p.shape[2]))
    return mcutils.unpatchify(mcutils.patchify(ones, 3), len(ones))


def symmetric_part(S):
    weights = np.arange(S.size).reshape(S.shape)
    return (weights + weights.T) / 2


# the question, the right answer, and the wrong answer of each tag
BANK = [
    ("not-symmetrised", QUADRATIC, lambda x, A, b: (A + A.T) @ x - b, lambda x, A, b: 2 * A @ x - b),
    ("not-symmetrised", QUADRATIC, lambda x, A, b: (A + A.T) @ x - b, lambda x, A, b: 2 * A.T @ x - b),
    ("missing-term", QUADRATIC, lambda x, A, b: (A + A.T) @ x - b, lambda x, A, b: (A + A.T) @ x),
    ("sign", QUADRATIC, lambda x, A, b: (A + A.T) @ x - b, lambda x, A, b: b - (A + A.T) @ x),
    ("doubled", QUADRATIC, lambda x, A, b: (A + A.T) @ x - b, lambda x, A, b: 2 * ((A + A.T) @ x - b)),
    (
        "halved",
        LEAST_SQUARES,
        lambda t, X, y: 2 / len(y) * X.T @ (X @ t - y),
        lambda t, X, y: X.T @ (X @ t - y) / len(y),
    ),
    ("scaled", LEAST_SQUARES, lambda t, X, y: 2 / len(y) * X.T @ (X @ t - y), lambda t, X, y: 2 * X.T @ (X @ t - y)),
    (
        "batch-not-summed",
        LEAST_SQUARES,
        lambda t, X, y: 2 / len(y) * X.T @ (X @ t - y),
        lambda t, X, y: 2 * X * (X @ t - y)[:, None],
    ),
    ("transposed", MATRIX, lambda X, A, B: 2 * A.T @ (A @ X - B), lambda X, A, B: 2 * (A @ X - B).T @ A),
    ("transposed", ROTATED, lambda ybar, M: M.T @ ybar, lambda ybar, M: M @ ybar),
    ("shape", MATRIX, lambda X, A, B: 2 * A.T @ (A @ X - B), lambda X, A, B: 2 * (A @ X - B)),
    ("layout-flipped", AFFINE, lambda x, A, b: A, lambda x, A, b: A.T),
    ("layout-flipped", AFFINE_T, lambda x, A, b: A.T, lambda x, A, b: A),
    (
        "layout-flipped",
        TENSOR,
        lambda X, a, c: np.einsum("ip,q,j->ijpq", np.eye(len(X)), a, c),
        lambda X, a, c: np.einsum("ip,q,j->pqij", np.eye(len(X)), a, c),
    ),
    (
        "layout-flipped",
        TENSOR_T,
        lambda X, a, c: np.einsum("ip,q,j->pqij", np.eye(len(X)), a, c),
        lambda X, a, c: np.einsum("ip,q,j->ijpq", np.eye(len(X)), a, c),
    ),
    ("not-symmetrised", SYMMETRIC, symmetric_part, lambda S: np.arange(S.size).reshape(S.shape)),
    ("vech-doubling", SYMMETRIC, symmetric_part, lambda S: 2 * symmetric_part(S) - np.diag(np.diag(symmetric_part(S)))),
    (
        "diagonal-only-softmax",
        SOFTMAX,
        lambda x: np.diag(softmax(x)) - np.outer(softmax(x), softmax(x)),
        lambda x: np.diag(softmax(x) * (1 - softmax(x))),
    ),
    ("row-major-vec", VEC, lambda X, A, B: np.kron(B.T, A), lambda X, A, B: np.kron(A, B.T)),
    (
        "missing-commutation",
        TRANSPOSE,
        lambda X, A: np.kron(np.eye(len(X)), A) @ mcutils.commutation_matrix(*X.shape),
        lambda X, A: np.kron(np.eye(len(X)), A),
    ),
    ("missing-commutation", LOGDET_HESSIAN, logdet_hessian, lambda X: -np.kron(np.linalg.inv(X).T, np.linalg.inv(X))),
    ("hessian-not-symmetrised", GRAM_HESSIAN, lambda x, A: A + A.T, lambda x, A: 2 * A),
    ("norm-not-squared", SQUARES, lambda x: 2 * x, lambda x: x / np.linalg.norm(x)),
    ("norm-not-squared", HALF_SQUARES, lambda x, C: C.T @ C @ x, lambda x, C: C.T @ C @ x / np.linalg.norm(C @ x)),
    ("one-based-index", COUNT, (5, 7), (6, 8)),
    ("row-major-vec", STACK, lambda A: A.ravel(order="F"), lambda A: A.ravel()),
    ("flipped-kernel", CONV, mcutils.conv1d, lambda X, F: mcutils.conv1d(X, F[:, ::-1])),
    ("adjoint-is-inverse", PATCHES, overlap_add, lambda p: overlap_add(p) / counts(p)),
    ("last-use-only", PATCHES, overlap_add, last_window_only),
    ("off-by-one-window", PATCHES, overlap_add, lambda p: overlap_add(np.concatenate([p[:-1], 0 * p[-1:]]))),
    ("index-split", CUT, lambda P, X: np.einsum("tws,sc->twc", P, X), lambda P, X: np.einsum("twa,sc->twc", P, X)),
    (
        "index-split",
        CUT,
        lambda P, X: np.einsum("tws,sc->twc", P, X),
        lambda P, X: np.einsum("tas,sc->tc", P, X)[:, None] + 0 * (P @ X),
    ),
    ("transposed", MIRROR, lambda A: np.cumsum(A @ A.T, axis=0), lambda A: np.cumsum(A @ A.T, axis=0).T),
    ("sign", BOTTOM, to_the_bottom(1), to_the_bottom(-1)),
    ("doubled", BOTTOM, to_the_bottom(1), to_the_bottom(2)),
    ("halved", BOTTOM, to_the_bottom(1), to_the_bottom(1 / 2)),
]


def test_what_only_arrays_show_is_in_the_table_above():
    """The tags that need no formula, and have no planted mistake beside the formulas, have one here."""
    alone = {"batch-not-summed", "vech-doubling", "hessian-not-symmetrised", "one-based-index", "flipped-kernel"}
    assert alone | {"adjoint-is-inverse"} <= {tag for tag, *_ in BANK}


@pytest.mark.parametrize(("tag", "check", "right", "wrong"), BANK, ids=[f"{k}-{row[0]}" for k, row in enumerate(BANK)])
def test_each_mistake_gets_its_own_name(tag, check, right, wrong):
    """The right answer is right, and the wrong one gets its own tag and a sentence."""
    assert check(right).status == "right", check(right)
    report = check(wrong)
    assert (report.status, report.tag, report.score) == ("wrong", tag, 0.0), report
    assert report.message.endswith(".")
    assert "{" not in report.message


WRONG_WITHOUT_A_NAME = [
    (QUADRATIC, lambda x, A, b: 0.7 * A @ x - b),
    (QUADRATIC, lambda x, A, b: x),
    (QUADRATIC, lambda x, A, b: np.zeros_like(x)),
    (QUADRATIC, lambda x, A, b: (A + A.T) @ x - b + 1e-3),
    (MATRIX, lambda X, A, B: 2 * A.T @ (A @ X) - B[: len(X)].sum()),
    (AFFINE, lambda x, A, b: A * A),
    (SOFTMAX, lambda x: np.outer(x, x)),
    (CUT, lambda P, X: np.exp(P).sum(axis=2)[..., None] * X.sum(axis=0)),
    (BOTTOM, to_the_bottom(3)),
    (PATCHES, lambda p: overlap_add(p) - last_window_only(p)),
]


@pytest.mark.parametrize(("check", "wrong"), WRONG_WITHOUT_A_NAME)
def test_a_wrong_answer_that_fits_nothing_gets_the_plain_fact(check, wrong):
    """No name is given by accident; the learner is told the worst entry instead."""
    report = check(wrong)
    assert (report.status, report.tag) == ("wrong", None), report
    assert "wanted" in report.message


def test_a_factor_that_is_an_axis_length_is_named_by_the_axis():
    """A forgotten 1/n is told as n, whatever n was drawn."""
    report = LEAST_SQUARES(lambda t, X, y: 2 * X.T @ (X @ t - y))
    assert "it is n times" in report.message
    report = LEAST_SQUARES(lambda t, X, y: 14 / len(y) * X.T @ (X @ t - y))
    assert "it is 7 times" in report.message


def test_a_missing_term_is_named_by_its_parameter():
    """The parameter whose term was dropped is in the sentence."""
    assert "b = 0" in QUADRATIC(lambda x, A, b: (A + A.T) @ x).message


def test_the_matrix_taken_for_symmetric_is_named():
    """The sentence says which matrix was taken for symmetric."""
    assert "symmetric A" in QUADRATIC(lambda x, A, b: 2 * A @ x - b).message


def test_a_question_that_fails_at_changed_arguments_is_no_trouble():
    """Mx/|Mx| does not exist for M = 0, where a missing term is looked for: the answer still gets the plain fact."""
    check = asked(lambda x, M: M @ x / np.sqrt(np.sum((M @ x) ** 2)), "x", {"x": "n", "M": "m n"}, "numerator")
    report = check(lambda x, M: M)
    assert (report.status, report.tag) == ("wrong", None)
    assert "wanted" in report.message


def test_a_wrong_number_is_told_without_an_index():
    """A scalar has no entries to speak of."""
    check = asked(lambda a, b: a * a * b, "a", {"a": "", "b": ""})
    assert check(lambda a, b: a).message.startswith("Not yet. Got ")


def test_a_tag_is_registered_once():
    """A second use of a tag is an error of the programmer, found at import."""
    register = mistake("sign", 1, "")
    with pytest.raises(ValueError, match="'sign' is registered twice"):
        register(lambda case: ())


def test_a_symmetric_question_does_not_name_a_transpose():
    """Where A is flagged symmetric 2Ax is right, and nothing is named."""
    check = asked(lambda x, A: x @ A @ x, "x", {"x": "n", "A": "n n symmetric"})
    assert check(lambda x, A: 2 * A @ x).status == "right"


def test_an_axis_too_many_is_told_in_words_that_fit():
    """Data points are spoken of for a gradient; a value may be a sum over an index."""
    loss = asked(lambda t, X: np.sum((X @ t) ** 2), "t", {"t": "p", "X": "n p"})
    assert "each data point" in loss(lambda t, X: 2 * (X @ t)[:, None] * X).message
    product = check_equal(lambda u, v: u * v, lambda u, v: float(np.vdot(u, v)), {"u": "n", "v": "n"})
    assert (product.tag, "data point" in product.message) == ("batch-not-summed", False)
    assert "left unsummed" in product.message


def test_a_factor_that_is_lost_is_no_missing_term():
    """exp(X) is 1 where X is 0, so an answer without it is right there, and yet no term is missing."""
    sizes = {"X": "n", "D": "n"}
    lost = check_equal(lambda X, D: D, to=lambda X, D: np.exp(X) * D, sizes=sizes)
    assert lost.tag != "missing-term"
    added = check_equal(lambda X, D: D, to=lambda X, D: D + X**2 - 3 * X, sizes=sizes)
    assert (added.tag, added.message) == (
        "missing-term",
        "A term is missing: this is right for X = 0. Find where X stands.",
    )


def test_half_a_value_is_not_told_of_a_variable():
    """A value has no variable, and nothing to differentiate."""
    report = check_equal(lambda x: x, to=lambda x: 2 * x, sizes={"x": "n"})
    assert (report.tag, report.message) == (
        "halved",
        "Exactly half of the right answer. Look for a factor 2 that is lost.",
    )


def test_by_a_symmetric_variable_the_result_is_what_is_not_symmetric():
    """tr(A S) has S in one place: nothing stands on both sides of A."""
    stated = question("tr(A @ S) + a @ S @ a", "S", {"S": "n n symmetric", "A": "n n", "a": "n"})
    report = check_formula(stated, "A.T + outer(a, a)")
    assert report.tag == "not-symmetrised"
    assert report.message.startswith("The gradient by a symmetric S is symmetric")


def test_what_is_said_of_an_inverse_fits_a_question_without_logdet():
    """The Jacobian of A inv(X) B has to do with no determinant."""
    sizes = {"X": "n n", "A": "p n", "B": "n q"}
    stated = question("A @ inv(X) @ B", "X", sizes, "vec")
    report = check_formula(stated, "-kron(B.T @ inv(X), A @ inv(X))")
    assert report.tag == "inverse-not-transposed"
    assert "det" not in report.message


def test_one_sentence_is_said_once():
    """Two terms of the same bracket are lost in the same way, and one sentence says so."""
    sizes = {"x": "n", "B": "n n", "M": "m n", "a": "m"}
    stated = question("(x @ B @ x) * (M @ x + a)", "x", sizes, "numerator")
    report = check_formula(stated, "(x @ B @ x) * M + outer(a, (B + B.T) @ x)")
    assert report.tag == "missing-term"
    assert report.message.count("A term is missing") == 1


def test_two_places_that_are_no_transposes_of_each_other_are_not_called_so():
    """Of diag(Ax) + diag(x) A neither term is the other with something transposed."""
    stated = question("x * (A @ x)", "x", {"x": "n", "A": "n n"}, "numerator")
    report = check_formula(stated, "2*diag(x) @ A")
    assert report.tag == "not-symmetrised"
    assert "transposed" not in report.message
