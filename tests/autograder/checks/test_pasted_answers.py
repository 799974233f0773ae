"""What a learner may type or paste that is no formula: one sentence each, by every check, and no verdict."""

import numpy as np
import pytest

from autograder import check
from autograder.checks.formulas import check_formula
from autograder.checks.index_answers import check_index
from autograder.checks.question import question
from autograder.checks.steps import check_steps
from autograder.checks.values import check_equal

BOWL = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
CHECKS = {"formula": check_formula, "index": check_index, "steps": lambda stated, text: check_steps(stated, [text])}

MATRIX_ONLY = [
    ("A.T A", "between A.T and A a sign is missing; write A.T @ A"),
    ("A x", "between A and x a sign is missing; write A @ x"),
    ("2A", "between 2 and A a sign is missing; write 2*A"),
    ("x^2", "write ** for a power"),
    ("lambda x: A @ x", "a function definition, not part of the notation"),
    ("f'{x}'", "a string, not part of the notation"),
    ("__import__('os').system('true')", "functions are called by a plain name"),
    ("A.__class__", "the only attribute is .T"),
    ("(lambda: x)()", "functions are called by a plain name"),
    ("A[0]", "is indexing, not part of the notation"),
    ("x := b", "found '='; write one formula"),
    ("-" * 3000 + "x", "its parts"),
]
EVERYWHERE = [
    ("x\u00b2", "write x**2"),
    ("\u03b1*x", "spell it (alpha)"),
    ("\\frac{1}{2} A x", "this looks like LaTeX"),
    ("\u0410 @ x", "CYRILLIC CAPITAL LETTER A"),
    ("A @ \u0445", "CYRILLIC SMALL LETTER HA"),
    ("A \u00d7 x", "the sign '×' is not read; write * or @"),
    ("A \u00b7 x", "write * or @"),
    ("A \u22c5 x", "write * or @"),
    ("\u2202f/\u2202x", "the derivative itself"),
    ("A $ x", "not as LaTeX"),
    ("A \u201c x", "between straight quotes"),
    ("x \u2264 b", "LESS-THAN OR EQUAL TO"),
    ("A\0@x", "an invisible sign (U+0000) stands at position 2"),
    ("\ud800", "an invisible sign (U+D800)"),
    ("x" * 10**6, "the formula has 1,000,000 characters"),
    ("(" * 1500 + "x" + ")" * 1500, "brackets are nested 1500 deep"),
    ("(A @ x", "left open"),
    ("A @ x)", "closes nothing"),
    ("q", "unknown name"),
]


RIGHT = [
    "(A + A\u1d40) @ x \u2212 b",
    "(A + A\u22a4) @ x \u2013 b",
    "(A + A^T) @ x - b",
    "(A + A^{T}) @ x - b",
    "(A + A') @ x - b",
    "(A + A\u2019) @ x - b",
    "(x' @ (A + A'))' - b",
    "grad = (A + A.T) @ x - b",
    "\u2207f = (A + A.T) @ x - b",
    "f'(x) = (A + A.T) @ x - b",
    "return (A + A.T) @ x - b",
    "(A + A.T) @ x - b;",
    "(A + A.T) @ x - b.",
    "(A + A.T) @ x - b  # both places",
    "\tA @ x\n  + A.T @ x  # the second place\n  - b\n",
    "'(A + A.T) @ x - b'",
    "`(A + A.T) @ x - b`",
    "\u201c(A + A.T) @ x - b\u201d",
    "$(A + A^T) @ x - b$",
    "(A + A.T)\u00a0@ x \u2212\u200b b",
    "\ufeff(A + A.T) @ x - b",
    "\uff12\uff0a(\u00bd*A + A.T/2) @ x \uff0d b",
    "A\u207b\u00b9 @ A @ A @ x + A\u207b\u1d40 @ A.T @ A.T @ x - b",
    "np.dot(A, x) + np.dot(A.T, x) - b",
    "np.matmul(A + np.transpose(A), x) - b",
    "A.dot(x) + A.transpose().dot(x) - b",
    "numpy.add(A, A.T) @ x - b",
    "transpose(A) @ x + matmul(A, x) - b",
    "np.linalg.solve(np.linalg.inv(A + A.T), x) - b",
    "(A + A.T) @ np.eye(n) @ x - np.asarray(b)",
    "(A + A.T) @ I(n) @ x - b * np.ones((n,))",
]


@pytest.mark.parametrize("text", RIGHT, ids=range(len(RIGHT)))
def test_what_has_one_reading_only_is_read(text):
    """A right formula in other signs, with a name before it, or in NumPy's words is right."""
    assert check_formula(BOWL, text).status == "right", check_formula(BOWL, text)


def test_a_line_of_a_derivation_is_read_as_a_formula_is():
    """Other signs and NumPy's words, in every line."""
    lines = ["df = np.dot(dx, A @ x) + x\u1d40 @ A @ dx \u2212 b @ dx", "= ((A + A^T) @ x - b) @ dx;"]
    assert check_steps(BOWL, lines).status == "right", check_steps(BOWL, lines)


def test_index_notation_is_read_with_what_stands_around_it():
    """Blanks, comments, other dashes, a name, and letters that stand together in braces cost nothing."""
    for text in (
        "A_{p j} x^j + x_i A^i_p - b_p \n",
        " A_{pj} x^j + x_i A^i_p \u2212 b_p  # free: p",
        "A_{p, j} x^j + x_i A^i_p - b_p;",
        "g = A_{p j} x^j + x_i A^i_p - b_p",
        "delta_{pk} A^k_j x^j + x_i A^i_p - b_p",
    ):
        assert check_index(BOWL, text, free="p").status == "right", check_index(BOWL, text, free="p")


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize(("text", "sentence"), EVERYWHERE, ids=range(len(EVERYWHERE)))
def test_every_check_says_what_cannot_be_read(name, text, sentence):
    """Signs of other keyboards, pasted mathematics and endless texts get the same sentence from every check."""
    report = CHECKS[name](BOWL, text)
    assert (report.status, report.score) == ("invalid", 0.0), report
    assert sentence in report.message
    assert "\n" not in report.message
    assert len(report.message) < 300


@pytest.mark.parametrize("name", ["formula", "steps"])
@pytest.mark.parametrize(("text", "sentence"), MATRIX_ONLY, ids=range(len(MATRIX_ONLY)))
def test_matrix_notation_says_what_to_write(name, text, sentence):
    """What is nearly matrix notation, or is Python, is told what to write instead."""
    report = CHECKS[name](BOWL, text)
    assert (report.status, report.score) == ("invalid", 0.0), report
    assert sentence in report.message
    assert report.message.startswith("Line 1: ") == (name == "steps")


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("answer", [b"A @ x", ["A @ x", 1], 7, 1.5, None, True, {"a": 1}, object(), np.ones(3), print])
def test_what_is_no_text_is_named_by_its_type(name, answer):
    """Bytes, lists, numbers, arrays and functions are told apart from texts."""
    report = CHECKS[name](BOWL, answer)
    assert (report.status, report.score) == ("invalid", 0.0), report
    assert "of type" in report.message


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("answer", [..., "...", " ... ", "\u2026"])
def test_dots_are_a_blank(name, answer):
    """The blank may have been put in quotes."""
    assert "Not filled in yet" in CHECKS[name](BOWL, answer).message


def test_letters_that_python_reads_as_latin_are_read():
    """Full-width and mathematical letters mean their Latin ones, in both notations."""
    linear = question("A @ x", "x", {"x": "n", "A": "m n"}, "numerator")
    assert check_formula(linear, "\uff21").status == "right"
    assert check_index(linear, "\uff21^i_j").status == "right"


def test_a_product_of_forty_sums_is_decided():
    """What would explode when expanded is decided by sampling, right and wrong."""
    factor, sizes = "(A + B)", {"A": "n n", "B": "n n", "x": "n"}
    many = " @ ".join([factor] * 40)
    stated = question(f"{many} @ x", "x", sizes, "numerator")
    assert check_formula(stated, many).status == "right"
    assert check_formula(stated, many.replace("+", "-", 1)).status == "wrong"
    assert check_steps(stated, [f"{many} @ dx"]).status == "right"
    assert check_steps(stated, [f"{many.replace('+', '-', 1)} @ dx"]).status == "wrong"


def test_a_formula_without_a_value_is_silent(capfd):
    """Roots of negative numbers in a wrong formula write nothing to stderr, where it would cost marks."""
    assert check_formula(BOWL, "x**(1/3)").status == "wrong"
    assert capfd.readouterr().err == ""


def test_a_word_of_pythons_is_told_where_a_symbol_is_named_after_it():
    """Nobody can type lambda for the lam of ridge regression."""
    ridge = question("x @ x * lam", "x", {"x": "n", "lam": ""})
    assert check_formula(ridge, "2 * lambda * x").message == (
        "lambda is a word of Python's own and cannot be a symbol; the symbol here is lam."
    )
    assert "a function definition" in check_formula(ridge, "lambda x: 2 * lam * x").message


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("(A + A\u1d40) @ x \u2212 b", {}),
        ("grad = np.dot(A, x) + np.dot(A.T, x) - b", {}),
        ("A_{p j} x^j + x_i A^i_p \u2212 b_p  # free: p", {"notation": "index"}),
        ("A_{p j} x_j + x_i A_{i p} - b_p;", {"notation": "index", "summation": "repeated", "free": "p"}),
    ],
)
def test_a_typed_formula_as_a_function_is_read_as_forgivingly(text, how):
    """A check of values may be given what was typed; it is read as in a check of the formula."""
    sizes = dict(BOWL.sizes)
    answer = check.typed(text, sizes, **how)
    assert check_equal(answer, lambda x, A, b: (A + A.T) @ x - b, sizes).status == "right"


@pytest.mark.parametrize(("answer", "sentence"), [("A x", "write A @ x"), (7, "text"), ("\u2026", "Not filled in yet")])
def test_a_typed_formula_that_cannot_be_read_says_so_when_it_is_called(answer, sentence):
    """No cell of tests stops at it, and there is no verdict."""
    sizes = dict(BOWL.sizes)
    report = check_equal(check.typed(answer, sizes), lambda x, A, b: x, sizes)
    assert report.status == "invalid"
    assert sentence in report.message
