"""Values, shapes and adjoints."""

import random
import re

import numpy as np
import pytest

from autograder.checks.adjoints import check_adjoint
from autograder.checks.look import as_text
from autograder.checks.shapes import check_shape
from autograder.checks.values import check_equal

PRODUCT = {"A": "p m", "X": "m n"}


@pytest.mark.parametrize(
    ("answer", "right", "status"),
    [
        (4, 4, "right"),
        (4.0 + 1e-12, 4, "right"),
        (np.float64(4), 4, "right"),
        (np.array([1, 2]), np.array([1.0, 2.0]), "right"),
        ((3, 5), (3, 5), "right"),
        ([3, 5], (3, 5), "right"),
        ("Rows ", "rows", "right"),
        (True, True, "right"),
        (("m", "n"), ("m", "n"), "right"),
        (np.True_, True, "right"),
        (True, np.True_, "right"),
        (np.str_("rows"), "rows", "right"),
        ((np.int64(3), np.int64(5)), (3, 5), "right"),
        (("m", 2.0), ("m", 2), "right"),
        (("m", True), ("m", 1), "wrong"),
        ((np.ones(2), "n"), ("m", "n"), "wrong"),
        (5, 4, "wrong"),
        (np.array([1, 2, 3]), np.array([1.0, 2.0]), "wrong"),
        ("columns", "rows", "wrong"),
        (("m",), ("m", "n"), "wrong"),
        (False, True, "wrong"),
        (..., 4, "invalid"),
        (..., "rows", "invalid"),
        (None, 4, "invalid"),
        ("4", 4, "invalid"),
        (4, "rows", "invalid"),
        (1, True, "invalid"),
        (4j, 4, "invalid"),
        ({4}, 4, "invalid"),
        (np.nan, 4, "wrong"),
    ],
)
def test_a_value_is_right_wrong_or_unreadable(answer, right, status):
    """Numbers by tolerance, texts without regard to case, anything else is told."""
    assert check_equal(answer, to=lambda: right).status == status
    assert check_equal(answer, to=right).status == status


def test_a_wrong_value_is_not_told_the_right_one():
    """In a visible cell the box must not give the answer away."""
    report = check_equal(3.5, to=lambda: 7.25)
    assert "7.25" not in report.message
    assert as_text(report) == "✗ Not yet: This is not the number asked for."


def test_an_object_equal_to_everything_is_no_answer():
    """What a comparison means is never the learner's."""

    class Everything:
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    for right in (4, "rows", True, ("m", "n")):
        assert check_equal(Everything(), to=right).status == "invalid"
    assert check_equal((Everything(), Everything()), to=("m", "n")).status == "wrong"


class Hostile:
    """An object that answers every question about itself with an exception."""

    def __getattribute__(self, name):
        raise ZeroDivisionError(name)


class Pretender:
    """An object that says it is of another class."""

    def __init__(self, kind):
        self.kind = kind

    __class__ = property(lambda self: self.kind)


@pytest.mark.parametrize("kind", [None, list, tuple, str, float, np.ndarray, np.float64])
def test_what_an_object_says_of_itself_is_not_believed(kind):
    """An object that lies about its class, or raises when asked, is told like any other."""
    answer = Pretender(kind) if kind else Hostile()
    for right in (4, (3, 5), "rows", True, ("m", "n")):
        assert check_equal(answer, to=right).status == "invalid"
    assert check_equal(answer, to=lambda A, X: A @ X, sizes=PRODUCT).status == "invalid"
    assert check_shape(answer, of=lambda A, X: A @ X, sizes=PRODUCT).status == "invalid"
    assert check_equal(lambda A, X: answer, to=lambda A, X: A @ X, sizes=PRODUCT).status == "invalid"


def test_a_function_is_compared_on_random_data():
    """The right values on every draw, or the worst entry is told."""
    sizes = {"A": "m n", "x": "n"}
    assert check_equal(lambda A, x: A @ x, to=lambda A, x: np.einsum("ij,j->i", A, x), sizes=sizes).status == "right"
    report = check_equal(lambda A, x: A @ x + 1, to=lambda A, x: A @ x, sizes=sizes)
    assert report.status == "wrong"
    assert "wanted" in report.message
    report = check_equal(lambda A, x: A, to=lambda A, x: A @ x, sizes=sizes)
    assert "Got shape (m, n), wanted shape (m,)" in report.message
    report = check_equal(lambda A, x: 1.0, to=lambda A, x: A @ x, sizes=sizes)
    assert report.message.startswith("Got a number, wanted shape (m,)")


@pytest.mark.parametrize("answer", [1.0, 2.0, -0.5])
def test_a_number_does_not_fetch_the_formula_of_the_right_one(answer):
    """Every number is the right one times a part of the answer; to say which part would give the answer away."""
    sizes = {"u": "n", "v": "n", "A": "n n"}
    report = check_equal(lambda u, v, A: answer, to=lambda u, v, A: u @ (A + A.T) @ v, sizes=sizes)
    assert report.message.startswith("Not yet. Got ")
    assert "A" not in report.message


def test_a_factor_that_is_a_symbol_is_still_named():
    """Where a symbol is one factor too many, that is said of numbers too."""
    sizes = {"a": "positive", "x": "n", "y": "n"}
    report = check_equal(lambda a, x, y: a**2 * (x @ y), to=lambda a, x, y: a * (x @ y), sizes=sizes)
    assert report.status == "wrong"
    assert report.message != "Not yet."


def test_a_value_in_the_place_of_a_function_is_told():
    """A test may call the answer within a function of its own; what is no function is told all the same."""
    for answer, what in ((3, "an int"), ("x", "a str")):
        report = check_equal(lambda x, f=answer: f(x), to=lambda x: x, sizes={"x": "n"})
        assert report.status == "invalid"
        assert f"something that is called is {what} and no function. Write your answer as a function" in report.message


def test_a_function_needs_a_function_to_compare_with():
    """A literal cannot be right on random data; the author hears it."""
    with pytest.raises(ValueError, match="give a function of the same arguments"):
        check_equal(lambda x: x, to=4, sizes={"x": "n"})


def test_a_reference_that_fails_is_a_fault():
    """The learner does not pay for an error in to=."""
    assert check_equal(4, to=lambda: 1 / 0).status == "fault"
    assert check_equal(lambda x: x, to=lambda x: x @ np.ones(99), sizes={"x": "n"}).status == "fault"


@pytest.mark.parametrize("answer", ["p n", "(p, n)", ("p", "n"), ["p", "n"]])
def test_a_shape_may_be_written_in_any_plain_way(answer):
    """Text, tuple and list of axis names say the same."""
    assert check_shape(answer, lambda A, X: A @ X, PRODUCT).status == "right"


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [
        ("n p", "wrong", "right axes in the wrong order"),
        ("p m", "wrong", r"Axis 1 \(counting from 0\) is not m"),
        ("p", "wrong", "This has 2 axes, and you named 1"),
        ("", "wrong", "This has 2 axes, and you named 0"),
        ("pn", "invalid", 'Put a space between names: "p n"'),
        ("p q", "invalid", '"q" is not an axis of this question; its axes are p, m, n'),
        (7, "invalid", "type int; write axis names as text"),
        (..., "invalid", "Not filled in yet"),
        (" ... ", "invalid", "Not filled in yet"),
    ],
)
def test_a_wrong_shape_is_told_where(answer, status, sentence):
    """The report names the axis, and unreadable input is not wrong."""
    report = check_shape(answer, lambda A, X: A @ X, PRODUCT)
    assert report.status == status
    assert re.search(sentence, report.message), report.message


def test_a_number_has_no_axes():
    """The empty text is the shape of a scalar."""
    assert check_shape("", lambda x: x @ x, {"x": "n"}).status == "right"


ADJOINT = {"dX": "m n", "A": "p m"}


def test_an_adjoint_is_checked_by_its_definition():
    """A.T @ ybar is the adjoint of A @ dX; its neighbours are not."""
    right = check_adjoint(lambda dX, A: A @ dX, lambda ybar, A: A.T @ ybar, ADJOINT)
    assert right.status == "right"
    for wrong, tag in [
        (lambda ybar, A: -A.T @ ybar, "sign"),
        (lambda ybar, A: 2 * A.T @ ybar, "doubled"),
        (lambda ybar, A: ybar, "shape"),
        (lambda ybar, A: A.T @ ybar**2, None),
    ]:
        report = check_adjoint(lambda dX, A: A @ dX, wrong, ADJOINT)
        assert (report.status, report.tag) == ("wrong", tag)


@pytest.mark.parametrize("forward", [lambda dX, A: A @ dX + 1, lambda dX, A: 0 * A @ dX, lambda dX, A: (A @ dX) ** 2])
def test_a_forward_that_is_not_linear_is_a_fault_of_the_question(forward):
    """Zero is its own adjoint, so a zero map would pass anything of zeros: refused."""
    assert check_adjoint(forward, lambda ybar, A: A.T @ ybar, ADJOINT).status == "fault"


def test_a_right_value_is_computed_anew_each_time():
    """A function that reads other names follows them: a given cell may run again with another variant."""
    drawn = {"c": 2.0}

    def right(x):
        return np.array([drawn["c"] * entry for entry in x])

    assert check_equal(lambda x: 2 * x, right, {"x": "n"}).status == "right"
    drawn["c"] = 3.0
    assert check_equal(lambda x: 2 * x, right, {"x": "n"}).status == "wrong"
    assert check_equal(lambda x: 3 * x, right, {"x": "n"}).status == "right"


def test_an_answer_that_draws_random_numbers_leaves_none_drawn():
    """They are put back once, after all calls of the check."""

    def answer(x):
        random.seed(3)
        return x + 0 * np.random.normal(size=len(x))

    before = np.random.get_state()[1].tolist(), random.getstate()
    assert check_equal(answer, lambda x: x, {"x": "n"}).status == "right"
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before
