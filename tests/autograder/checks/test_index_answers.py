"""Formulas typed in index or einsum notation, against the table of right answers and slips."""

import numpy as np
import pytest

from autograder import check
from autograder.checks.derivative import check_derivative
from autograder.checks.index_answers import check_index
from autograder.checks.publish import collecting
from autograder.checks.question import question

BOWL = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
AFFINE = question("A @ x + b", "x", {"x": "n", "A": "m n", "b": "m"}, "numerator")
BILINEAR = question("u @ W @ x", "W", {"W": "m n", "x": "n", "u": "m"})


@pytest.mark.parametrize("answer", ["u_i x^j", "u_a x^b", "x^q u_p"])
def test_index_notation_is_right_whatever_the_indices_are_called(answer):
    """Names and order of factors do not matter."""
    assert check_index(BILINEAR, answer).status == "right"


@pytest.mark.parametrize(
    ("answer", "status", "tag", "sentence"),
    [
        ("u^i x^j", "wrong", "index-level", "up m, up n here, up n, down m wanted"),
        ("u^i u_i", "wrong", "shape", "Free indices: none here, up n, down m wanted"),
        ("u_i x^i", "invalid", None, "the index i runs over m in one place and over n in another"),
        ("-u_i x^j", "wrong", "sign", "sign"),
        ("2 u_i x^j", "wrong", "doubled", "twice"),
        ("u_i y^j", "invalid", None, "unknown name 'y'"),
        (7, "invalid", None, "type it as text"),
    ],
)
def test_a_wrong_index_formula_is_told_what_is_wrong(answer, status, tag, sentence):
    """Levels, free indices and factors have each a sentence."""
    report = check_index(BILINEAR, answer)
    assert (report.status, report.tag) == (status, tag), report
    assert sentence in report.message


def test_given_names_fix_the_order_of_the_indices():
    """Where the exercise names the free indices, those of the function come first, and others are told."""
    assert check_index(BILINEAR, "u_a x^b", free="a b").status == "right"
    assert check_index(BILINEAR, "u_b x^a", free="a b").status == "wrong"
    report = check_index(BILINEAR, "u_c x^d", free="a b")
    assert report.status == "invalid"
    assert "this exercise names them a b" in report.message


def test_the_other_convention_is_recognised():
    """Right with every repeat summed, wrong with levels: the tag says so."""
    stated = question("x @ A @ x", "x", {"x": "n", "A": "n n"})
    assert check_index(stated, "x_i A^i_j + A_j^i x_i").status == "right"
    typed = "A_{i j} x_j + A_{j i} x_j"
    assert check_index(stated, typed, summation="repeated").status == "right"
    report = check_index(stated, typed)
    assert report.tag == "index-level"
    assert "every repeated index" in report.message


def test_a_question_may_be_stated_in_indices():
    """What has no matrix form is asked in index notation: one filter of a convolution."""
    sizes = {"F": "w c", "P": "t w s", "X": "s c"}
    stated = question("P^t_{w s} X^s_c F^{w c}", "F", sizes, "array", notation="index")
    assert check_index(stated, "X^{s b} P^t_{a s}", free="t a b").status == "right"
    patches = check_derivative(stated, lambda F, P, X: np.tensordot(P, X, 1))
    assert patches.status == "right"


def test_a_question_is_asked_and_answered_in_its_own_convention():
    """Stated with every repeat summed, a question reads and shows indices so, and takes answers so."""
    sizes = {"F": "w c", "P": "t w s", "X": "s c"}
    asked = question("P_{t w s} X_{s c} F_{w c}", "F", sizes, "array", notation="index", summation="repeated")
    assert check_index(asked, "P_{t a s} X_{s b}", free="t a b").status == "right"
    assert check_index(asked, "2 P_{t a s} X_{s b}", free="t a b").tag == "doubled"
    assert "_{" in asked.text
    assert "^" not in asked.text


FILTER = question("P^t_{w s} X^s_c F^{w c}", "F", {"F": "w c", "P": "t w s", "X": "s c"}, "array", notation="index")


@pytest.mark.parametrize(
    ("stated", "answer"),
    [
        (BOWL, "np.einsum('ij,j->i', A, x) + np.einsum('ji,j', A, x) - b"),
        (BOWL, 'einsum("ij,j", A + A.T, x) - b'),
        (AFFINE, "einsum('ij', A)"),
        (BILINEAR, "einsum('i,j', u, x)"),
        (BILINEAR, "einsum('a,b->ba', x, u)"),
        (FILTER, "np.einsum('tws,sc->twc', P, X)"),
    ],
)
def test_einsum_answers_an_index_question(stated, answer):
    """The letters are free, the axes of the result stand in order: the function's, then the variable's."""
    report = check_index(stated, answer)
    assert (report.status, report.score) == ("right", 1.0), report


@pytest.mark.parametrize(
    ("stated", "answer", "tag", "sentence"),
    [
        (BOWL, "2*einsum('ij,j->i', A, x) - b", "not-symmetrised", "symmetric A"),
        (BOWL, "einsum('ij,i', A, x) + einsum('ij,i', A, x) - b", "not-symmetrised", "symmetric A"),
        (BILINEAR, "einsum('i,j->ji', u, x)", "transposed", "their axes stand in another order"),
        (AFFINE, "einsum('ij->ji', A)", "layout-flipped", "their axes stand in another order"),
        (FILTER, "einsum('tws,sc', P, X)", "layout-flipped", "Look at the letters behind ->"),
        (AFFINE, "einsum('ij,j', A, x)", "shape", "It is (m,), and should be (m, n)"),
    ],
)
def test_a_slip_in_einsum_is_named(stated, answer, tag, sentence):
    """Mistakes have the same names, and an order of axes is told."""
    report = check_index(stated, answer)
    assert (report.status, report.tag) == ("wrong", tag), report
    assert sentence in report.message


def test_an_index_question_can_ask_for_einsum():
    """Another notation is then no valid input, and the blank is a blank."""
    asked = check.question("u @ W @ x", "W", {"W": "m n", "x": "n", "u": "m"})
    with collecting() as said:
        assert asked.index("einsum('i,j', u, x)", notation="einsum", points=2) == 2.0
        assert asked.index("u_i x^j", notation="einsum", points=2) == 0.0
        assert asked.index(..., notation="einsum", points=2) == 0.0
    statuses, sentences = zip(*((each.report.status, each.report.message) for each in said), strict=True)
    assert statuses == ("right", "invalid", "invalid")
    assert "asks for einsum" in sentences[1]
    assert "Not filled in yet" in sentences[2]
    with pytest.raises(ValueError, match="use index or einsum"):
        asked.index("u_i x^j", notation="matrix")


def test_einsum_that_cannot_be_read_is_not_wrong():
    """It gets the reader's sentence."""
    report = check_index(BOWL, "einsum('...j,j', A, x)")
    assert (report.status, report.score) == ("invalid", 0.0)
    assert "give every axis a letter" in report.message


@pytest.mark.parametrize(
    "answer", ["A_k^j x_j + x_i A^i_k - b_k", "x_a A^a_c + A_c^d x_d - b_c", "-b_q + (A_q^i + A^i_q) x_i"]
)
def test_renaming_and_factoring_indices_make_no_difference(answer):
    """Dummies and free indices have any names, and brackets may be taken together."""
    stated = question("x_i A^i_j x^j - b_i x^i", "x", {"x": "n", "A": "n n", "b": "n"}, notation="index")
    assert check_index(stated, answer).status == "right"
    assert check_index(stated, answer.replace("b_", "2 b_")).status == "wrong"


@pytest.mark.parametrize("answer", ["2 A_i^j x_j - b_i", "2 A^j_i x_j - b_i"])
def test_half_of_a_quadratic_counted_twice_has_its_name_in_indices_too(answer):
    """The question in indices is not taken to pieces; what meets in one term is told by its symbols."""
    sizes = {"x": "n", "A": "n n", "b": "n"}
    report = check_index(question("x_i A^i_j x^j - b_i x^i", "x", sizes, notation="index"), answer)
    assert (report.status, report.tag) == ("wrong", "not-symmetrised"), report
    apart = question("b_i A^i_j x^j + x_i B^i_j x^j", "x", {**sizes, "B": "n n"}, notation="index")
    assert check_index(apart, "2 b_j A^j_i + B_i^j x_j").tag == "doubled"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            "P_{a w t} f_w",
            "The index t runs over s here, and should run over t; the index a runs over t here, and should",
        ),
        ("P_{t a s} x_s", "The index a runs over w here, and should run over s."),
    ],
)
def test_where_every_repeat_is_summed_levels_are_not_spoken_of(answer, sentence):
    """Each named index is told its axis, and nothing of up and down."""
    sizes = {"x": "s", "P": "t w s", "f": "w"}
    stated = question("P_{t w s} x_s f_w", "x", sizes, "array", notation="index", summation="repeated")
    report = check_index(stated, answer, free="t a")
    assert report.status == "wrong"
    assert report.message.startswith(sentence)
    assert not {"up", "down", "upper"} & set(report.message.split())


def test_an_index_on_the_other_level_is_named():
    """Among levels the letter is named that stands wrongly."""
    stated = question("U @ W @ x", "W", {"U": "p m", "W": "m k", "x": "k"}, "array")
    report = check_index(stated, "U^{i a} x_b", free="i a b")
    assert report.message.startswith("The index a stands up here, and should stand down; the index b stands down")
