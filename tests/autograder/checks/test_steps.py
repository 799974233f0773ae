"""Derivations line by line: every right way is right, the first break is named, and a result is no derivation."""

import pytest

from autograder import check
from autograder.checks.publish import collecting
from autograder.checks.question import question
from autograder.checks.steps import check_steps

TRACE = question("tr(X.T @ A @ X)", "X", {"X": "m n", "A": "m m"})
BOWL = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
LOGDET = question("logdet(X)", "X", {"X": "n n"})
VEC = question("A @ X @ B", "X", {"X": "m n", "A": "p m", "B": "n q"}, "vec")
LAYER = question("tanh(A @ x)", "x", {"x": "n", "A": "m n"}, "numerator")
HESSIAN = question("x @ A @ x", "x", {"x": "n", "A": "n n"}, order=2)
MATRIX_HESSIAN = question("tr(X.T @ A @ X)", "X", {"X": "m n", "A": "m m"}, "vec", order=2)
LOGDET_HESSIAN = question("logdet(X)", "X", {"X": "n n"}, "vec", order=2)
SYMMETRIC = question("tr(A @ S)", "S", {"S": "n n symmetric", "A": "n n"})
SCALAR = question("c**2 * b @ b", "c", {"c": "", "b": "n"})
INDEX = question("x_i A^i_j x^j", "x", {"x": "n", "A": "n n"}, notation="index")
RESIDUAL = question("norm2(A @ X - B)**2", "X", {"X": "m n", "A": "p m", "B": "p n"})

FIRST = "tr(dX.T @ A @ X) + tr(X.T @ A @ dX)"
SECOND = "tr(X.T @ A.T @ dX) + tr(X.T @ A @ dX)"
LAST = "tr(((A + A.T) @ X).T @ dX)"


@pytest.mark.parametrize(
    ("stated", "lines"),
    [
        (TRACE, [FIRST, SECOND, LAST]),
        (TRACE, [FIRST, LAST]),
        (TRACE, (FIRST, "tr(X.T @ (A.T + A) @ dX)")),
        (TRACE, f"{FIRST}\n\n{SECOND}\n  {LAST}\n"),
        (TRACE, [f"df = {FIRST}", f"= {LAST}"]),
        (TRACE, ["tr(dX.T @ A @ X + X.T @ A @ dX)", "vec((A + A.T) @ X) @ vec(dX)"]),
        (BOWL, ["dx @ A @ x + x @ A @ dx - b @ dx", "(A @ x + A.T @ x - b) @ dx"]),
        (BOWL, ["x @ A @ dx - b @ dx + dx @ A @ x", "(A @ x) @ dx + x @ A @ dx - b @ dx", "dx @ (A @ x + x @ A - b)"]),
        (LOGDET, ["tr(inv(X) @ dX)"]),
        (LOGDET, ["tr(dX @ inv(X))", "tr(inv(X) @ dX)"]),
        (VEC, ["A @ dX @ B", "vec(A @ dX @ B)", "kron(B.T, A) @ vec(dX)"]),
        (VEC, ["A @ dX @ B", "kron(B.T, A) @ vec(dX)"]),
        (LAYER, ["(1 - tanh(A @ x)**2) * (A @ dx)", "diag(1 - tanh(A @ x)**2) @ A @ dx"]),
        (HESSIAN, ["dx @ A @ dx + dx @ A @ dx", "dx @ (A + A.T) @ dx"]),
        (MATRIX_HESSIAN, ["2*tr(dX.T @ A @ dX)", 'vec(dX) @ kron(I("n"), A + A.T) @ vec(dX)']),
        (SYMMETRIC, ["tr(A @ dS)", "tr(((A + A.T)/2) @ dS)"]),
        (SCALAR, ["2*c*dc * (b @ b)"]),
        (INDEX, ["A^i_j delta_{i k} x^j + x_i A^i_j delta^j_k", "A_k^j x_j + x_i A^i_k"]),
        (RESIDUAL, ["2*tr((A @ X - B).T @ A @ dX)", "2*tr((A.T @ (A @ X - B)).T @ dX)"]),
    ],
)
def test_every_right_derivation_is_right(stated, lines):
    """Moves may be merged, terms stand in any order, and every layout has its last line."""
    report = check_steps(stated, lines, least=1 if stated is RESIDUAL else None)
    assert (report.status, report.score) == ("right", 1.0), report


@pytest.mark.parametrize(
    ("stated", "lines", "score", "tag", "sentence"),
    [
        (TRACE, [FIRST, "tr(X.T @ A @ dX) + tr(X.T @ A @ dX)", LAST], 1 / 3, "transposed", "Line 2 is not equal to li"),
        (TRACE, [FIRST, SECOND, "2*tr((A @ X).T @ dX)"], 2 / 3, "not-symmetrised", "Line 3 is not equal to line 2"),
        (TRACE, [FIRST, "tr(X.T @ A.T @ dX) - tr(X.T @ A @ dX)", LAST], 1 / 3, "sign", "has become `-(tr(X.T @ A @ "),
        (TRACE, [FIRST, "tr(X.T @ A @ dX)"], 1 / 2, "missing-term", "The term `tr(dX.T @ A @ X)` is missing"),
        (TRACE, ["tr(dX.T @ A @ X)"], 0, "missing-term", "the second X in `X.T @ A @ X`"),
        (TRACE, ["tr(dX.T @ A @ X) + tr(X.T @ dA @ X) + tr(X.T @ A @ dX)"], 0, "constant-differentiated", "so dA = 0"),
        (TRACE, ["dX.T @ A @ X + X.T @ A @ dX"], 0, "shape", "should be a number. Is a tr(...) missing?"),
        (TRACE, ["(A + A.T) @ X"], 0, None, "This is the derivative; as a line of differentials write `tr(G.T @ dX)`"),
        (TRACE, ["tr(X.T @ A @ X)", FIRST, LAST], 0, None, "This is the function itself"),
        (BOWL, ["dx @ A @ x + x @ A @ dx - b @ dx", "(2*A @ x - b) @ dx"], 1 / 2, "not-symmetrised", "symmetric A"),
        (BOWL, ["dx @ A @ x + x @ A @ dx - b @ dx", "((A + A.T) @ x) @ dx"], 1 / 2, "missing-term", "b = 0"),
        (LOGDET, ["tr(inv(X).T @ dX)"], 0, "inverse-not-transposed", "the transpose of what it should be"),
        (LOGDET, ["-tr(inv(X) @ dX)"], 0, "sign", "Line 1 is not the differential of `logdet(X)`"),
        (HESSIAN, ["dx @ A @ x + x @ A @ dx"], 0, None, "This is the first differential"),
        (HESSIAN, ["dx @ A @ dx"], 0, "halved", "Line 1 is not the second differential"),
        (INDEX, ["A^i_j delta_{i k} x^j + x_i A^i_j delta^j_k", "A_k^j x_j - x_i A^i_k"], 1 / 2, "sign", "Line 2 is"),
        (
            LOGDET_HESSIAN, ["-tr(inv(X) @ dX @ inv(X) @ dX)", "-vec(dX) @ vec(inv(X) @ dX @ inv(X))"],
            1 / 2, "missing-commutation", "under `vec` has gained or lost a transpose",
        ),
    ],
)  # fmt: skip
def test_the_first_line_that_breaks_is_named(stated, lines, score, tag, sentence):
    """It is named with its mistake, what it should still equal stands below, and the lines before it earn."""
    report = check_steps(stated, lines)
    assert (report.score, report.tag) == (pytest.approx(score), tag), report
    assert sentence in report.message
    if score:
        assert "should still equal line" in report.details[0]


@pytest.mark.parametrize(
    ("stated", "lines", "score", "sentence"),
    [
        (TRACE, [LAST], 1 / 2, "a result without its derivation"),
        (TRACE, [LAST, LAST.replace(" ", ""), f"({LAST})"], 1 / 2, "a result without its derivation"),
        (TRACE, [LAST, SECOND, LAST], 1 / 2, "a result without its derivation"),
        (TRACE, ["tr(dX.T @ (A + A.T) @ X)", LAST], 1 / 2, "a term for each place where the variable stands"),
        (TRACE, [f"{LAST}/2 + {LAST}/2", LAST], 1 / 2, "a result without its derivation"),
        (TRACE, [FIRST], 1 / 2, "take the terms together"),
        (TRACE, [FIRST, "tr(X.T @ A @ dX) + tr(dX.T @ A @ X)", f"{FIRST} + 0*{LAST}"], 1 / 2, "take the terms tog"),
        (TRACE, [FIRST, "tr(dX.T @ ((A + A.T) @ X))"], 2 / 3, "stands under a transpose"),
        (TRACE, [FIRST, "tr(dX @ X.T @ (A + A.T))"], 2 / 3, "factors of a trace may go round in a ring"),
        (TRACE, [FIRST, LAST, SECOND], 2 / 3, "The last line should read `tr(G.T @ dX)`"),
        (VEC, ["A @ dX @ B"], 1 / 2, "The last line should read `M @ vec(dX)`"),
        (HESSIAN, ["2*dx @ A @ dx"], 1 / 2, "A Hessian is symmetric"),
        (SYMMETRIC, ["tr(A @ dS)"], 1 / 2, "S is symmetric, and so is its gradient"),
        (INDEX, ["A_k^j x_j + x_i A^i_k"], 1 / 2, "a result without its derivation"),
        (INDEX, ["A^i_j delta_{i k} x^j + x_i A^i_j delta^j_k"], 1 / 2, "contract it"),
    ],
)
def test_lines_without_a_move_earn_nothing(stated, lines, score, sentence):
    """A result alone, a padded one, a circle, or a derivation that stops early is partly right, by its lines."""
    report = check_steps(stated, lines)
    assert (report.status, report.score) == ("partly", pytest.approx(score)), report
    assert sentence in report.message


def test_a_line_that_repeats_is_allowed_and_told():
    """Reordering a line costs nothing, and counts for nothing."""
    report = check_steps(TRACE, [FIRST, "tr(X.T @ A @ dX) + tr(dX.T @ A @ X)", LAST])
    assert report.status == "right"
    assert report.details == ("Line 2 only repeats line 1, and does not count.",)


def test_an_author_says_how_many_lines_are_wanted():
    """With least=3 a merged derivation is not full; with least=1 the result alone is."""
    assert check_steps(TRACE, [FIRST, LAST], least=3).score == pytest.approx(2 / 3)
    assert check_steps(TRACE, [FIRST, SECOND, LAST], least=3).score == 1
    assert check_steps(TRACE, [LAST], least=1).score == 1


def test_given_lines_earn_nothing():
    """In a faded exercise only the learner's own lines count."""
    assert check_steps(TRACE, [FIRST, SECOND, LAST], given=2).score == 1
    assert check_steps(TRACE, [FIRST, SECOND, "tr(A @ dX @ X.T)"], given=2).score == 0
    assert check_steps(TRACE, [FIRST, SECOND, ...], given=2).status == "invalid"


@pytest.mark.parametrize("asked_for", [[SECOND, LAST], [FIRST, LAST], [LAST, LAST]])
def test_a_line_that_is_asked_for_and_only_repeats_leaves_its_place_empty(asked_for):
    """Where the first lines are given, a copy of one of them is no answer, and costs its share."""
    report = check_steps(TRACE, [FIRST, SECOND, *asked_for], given=2)
    assert (report.status, report.score) == ("partly", 0.5)
    assert "only repeats an earlier one" in report.message


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (..., "Not filled in yet"),
        ("...", "Not filled in yet"),
        ("\u2026", "Not filled in yet"),
        ([FIRST, ...], "Not filled in yet: line 2."),
        ([..., LAST], "Not filled in yet: line 1."),
        ([FIRST, "...", LAST], "Not filled in yet: line 2."),
        ([FIRST, "\u2026", LAST], "Not filled in yet: line 2."),
        ([FIRST, ""], "Not filled in yet: line 2."),
        ([], "The list is empty"),
        ("", "Line 1: the formula is empty"),
        (None, "The answer is of type NoneType; give the lines as a list of texts"),
        (7, "of type int"),
        (b"tr(dX)", "of type bytes"),
        ({FIRST: LAST}, "of type dict"),
        (lambda: FIRST, "of type function"),
        ([FIRST, 7], "Line 2 is of type int; type it as text in quotes."),
        ([FIRST, b"tr(dX)"], "Line 2 is of type bytes"),
        ([FIRST, "tr(A X)"], "Line 2: between A and X a sign is missing; write A @ X."),
        ([FIRST, "tr(Y @ dX)"], "Line 2: unknown name 'Y'; the symbols here are X, A, dX."),
        (["tr(d(X.T) @ A @ X)"], "Line 1: carry d inwards until it stands on X alone and write dX"),
        ([FIRST] * 41, "There are 41 lines; at most 40 are read."),
        ([FIRST, "x" * 10**6], "Line 2: the formula has 1,000,000 characters"),
        ([FIRST, "(" * 500 + "dX" + ")" * 500], "Line 2: brackets are nested 500 deep"),
    ],
)
def test_what_cannot_be_read_is_not_wrong(lines, sentence):
    """Blanks, wrong types and what the parser refuses get a sentence with the line's number and no verdict."""
    report = check_steps(TRACE, lines)
    assert (report.status, report.score) == ("invalid", 0.0), report
    assert sentence in report.message


def test_the_last_line_may_have_to_have_a_form():
    """form= looks at what stands with dX in the last line."""
    assert check_steps(TRACE, [FIRST, LAST], form="factored").status == "right"
    report = check_steps(TRACE, [FIRST, "tr((A @ X + A.T @ X).T @ dX)"], form="expanded")
    assert (report.status, "Multiply the brackets out" in report.message) == ("partly", True)


def test_questions_without_such_a_line_are_the_authors_to_mend():
    """A function, a derivative with four axes and no vec, a variable whose dX is taken: each has its sentence."""
    with pytest.raises(ValueError, match="state it as text"):
        check_steps(question(lambda x: x @ x, "x", {"x": "n"}), ["2*x @ dx"])
    with pytest.raises(ValueError, match='ask with layout="vec"'):
        check_steps(question("A @ X", "X", {"X": "m n", "A": "p m"}, "array"), ["A @ dX"])
    with pytest.raises(ValueError, match="dx is the differential of x here"):
        check_steps(question("x @ dx", "x", {"x": "n", "dx": "n"}), ["dx @ dx"])
    with pytest.raises(ValueError, match="there is no notation 'latex'"):
        check_steps(TRACE, [FIRST], notation="latex")


def test_the_facade_publishes_and_returns_a_float():
    """q.steps is a check like the others, worth three points unless the author says otherwise."""
    with collecting() as published:
        q = check.question(of="tr(X.T @ A @ X)", wrt="X", sizes={"X": "m n", "A": "m m"})
        marks = (q.steps([FIRST, LAST]), q.steps([LAST], points=2), q.steps(...))
    assert marks == (3.0, 1.0, 0.0)
    assert [type(mark) for mark in marks] == [float] * 3
    assert [p.report.status for p in published] == ["right", "partly", "invalid"]


def test_two_slips_in_one_line_have_both_names():
    """A compound that the bank knows keeps all its tags when a line makes it."""
    specific = "inverse-not-transposed"
    report = check_steps(LOGDET, ["2*tr(inv(X).T @ dX)"])
    assert (report.status, report.tag, report.tags) == ("wrong", specific, (specific, "doubled"))
    assert "Two things at once" in report.message
    assert check_steps(LOGDET, ["tr(inv(X).T @ dX)"]).tags == ("inverse-not-transposed",)


def test_a_product_in_brackets_is_not_yet_read_off():
    """r @ (A @ dx) is the differential; opening the bracket repeats it, and turning it round is the second line."""
    asked = question("norm2(A @ x - b)**2/2", "x", {"x": "n", "A": "m n", "b": "m"})
    first, opened, turned = "(A @ x - b) @ (A @ dx)", "(A @ x - b) @ A @ dx", "(A.T @ (A @ x - b)) @ dx"
    assert check_steps(asked, [first, turned]).status == "right"
    assert check_steps(asked, [first, opened, turned]).status == "right"
    assert check_steps(asked, [first, opened]).status == "partly"
    assert check_steps(asked, [opened, first]).status == "partly"
    assert check_steps(asked, [turned]).status == "partly"
