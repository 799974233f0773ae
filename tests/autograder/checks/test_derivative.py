"""The check of a derivative: right, wrong, cannot tell, and never by accident."""

import re

import numpy as np
import pytest

import mcutils
from autograder.checks.derivative import check_derivative
from autograder.checks.question import question

SIZES = {"x": "n", "A": "n n", "b": "n"}


def f(x, A, b):
    return x @ A @ x - b @ x


def grad_f(x, A, b):
    return (A + A.T) @ x - b


def wave(x, A, b):
    return np.sin(x @ A @ x) + b @ x


def grad_wave(x, A, b):
    return np.cos(x @ A @ x) * (A + A.T) @ x + b


def by_differences(x, A, b):
    h = 1e-5
    return np.array([(wave(x + h * e, A, b) - wave(x - h * e, A, b)) / (2 * h) for e in np.eye(len(x))])


def test_the_right_answer_is_right():
    """Full marks, no tag."""
    report = check_derivative(question(f, "x", SIZES), grad_f)
    assert (report.status, report.score, report.tag) == ("right", 1.0, None)
    assert "3 random points" in report.message


@pytest.mark.parametrize("seed", range(20))
def test_the_verdict_does_not_depend_on_the_seed(monkeypatch, seed):
    """Right stays right and wrong stays wrong, by its name, for whatever seed the grader sets."""
    monkeypatch.setenv("MC_SEED", str(seed))
    stated = question(f, "x", SIZES)
    assert check_derivative(stated, grad_f).status == "right"
    assert check_derivative(stated, lambda x, A, b: 2 * A @ x - b).tag == "not-symmetrised"


def test_differences_pass_unless_a_formula_is_asked_for():
    """A careful difference quotient is right in general and refused under closed_form."""
    stated = question(wave, "x", SIZES)
    assert check_derivative(stated, grad_wave, closed_form=True).status == "right"
    assert check_derivative(stated, by_differences).status == "right"
    report = check_derivative(stated, by_differences, closed_form=True)
    assert report.status == "wrong"
    assert "asks for a formula" in report.message
    assert report.tag is None
    assert "off by" in report.details[0]  # and not the same number twice


def test_closed_form_turns_the_numerical_derivatives_off():
    """mcutils.gradient would answer every question; under closed_form it says that it is off."""
    stated = question(f, "x", SIZES)

    def lazy(x, A, b):
        return mcutils.gradient(lambda x: f(x, A, b), x)

    assert check_derivative(stated, lazy).status == "right"
    report = check_derivative(stated, lazy, closed_form=True)
    assert report.status == "invalid"
    assert report.message.startswith("gradient: this exercise asks for a formula")
    assert check_derivative(stated, lazy).status == "right"


@pytest.mark.parametrize(
    ("layout", "answer"),
    [
        ("numerator", lambda x, A: A),
        ("array", lambda x, A: A),
        ("denominator", lambda x, A: A.T),
        ("vec", lambda x, A: A),
    ],
)
def test_a_jacobian_is_checked_in_the_layout_that_is_asked_for(layout, answer):
    """The same map, told in four layouts."""
    stated = question(lambda x, A: A @ x, "x", {"x": "n", "A": "m n"}, layout)
    assert check_derivative(stated, answer, closed_form=True).status == "right"


def test_a_hessian_is_checked_at_order_two():
    """The Hessian of a quadratic form is A + A.T."""
    stated = question(f, "x", SIZES, order=2)
    assert check_derivative(stated, lambda x, A, b: A + A.T).status == "right"
    assert check_derivative(stated, lambda x, A, b: 2 * A).status == "wrong"


def test_a_symmetric_variable_has_a_symmetric_gradient():
    """The gradient of tr(C S) by a symmetric S is (C + C.T)/2."""
    stated = question(lambda S, C: np.trace(C @ S), "S", {"S": "n n symmetric", "C": "n n"})
    assert check_derivative(stated, lambda S, C: (C + C.T) / 2).status == "right"
    assert check_derivative(stated, lambda S, C: C.T).status == "wrong"


def test_shape_comes_first_and_in_axis_names():
    """The shapes are told in the question's own names, with the reason."""
    stated = question(lambda X, A: np.sum(A @ X), "X", {"X": "m n", "A": "p m"})
    report = check_derivative(stated, lambda X, A: np.ones((X.shape[1], X.shape[0], 2)))
    assert "Got (n, m, 2); X is (m, n), and a gradient has X's shape" in report.message
    assert report.tag == "shape"


def test_an_axis_too_many_is_told():
    """A gradient returned as a column is no batch: one axis of length 1 is too many."""
    report = check_derivative(question(f, "x", SIZES), lambda x, A, b: grad_f(x, A, b)[:, None])
    assert report.tag == "shape"
    assert "Got (n, 1); x is (n,)" in report.message
    assert "An axis of length 1 is too many" in report.message


def test_a_product_that_does_not_fit_is_told_in_axis_names():
    """The commonest accident of the course names the arguments' axes."""
    stated = question(lambda X, A: np.sum(A @ X), "X", {"X": "m n", "A": "p m"})
    report = check_derivative(stated, lambda X, A: X @ A)
    assert re.search(r"X \(m, n\) = \(\d, \d\), A \(p, m\) = \(\d, \d\)", report.message)


def test_nan_is_told_by_its_place():
    """A nan is wrong, and its entry is named."""
    report = check_derivative(question(f, "x", SIZES), lambda x, A, b: np.where(x == x[1], np.nan, x))
    assert report.status == "wrong"
    assert "Entry [1] is nan" in report.message


def test_the_largest_difference_is_quoted_with_its_numbers():
    """The plain fact names the entry, what came and what was wanted."""
    stated = question(lambda x: 3 * x[0] + 4 * x[1], "x", {"x": "3"})
    report = check_derivative(stated, lambda x: np.array([3.0, 4.5, 0.0]))
    assert "entry [1] (counting from 0): got 4.5, wanted 4. 1 of 3 entries are off" in report.message


def test_a_question_that_fails_is_not_the_learners_fault():
    """An error in the question's own function is a fault: no marks by accident, and no blame."""

    def broken(x):
        raise RuntimeError("boom")

    report = check_derivative(question(broken, "x", {"x": "n"}), lambda x: x)
    assert (report.status, report.score) == ("fault", 0.0)
    assert "not your mistake" in report.message
    assert any("boom" in detail for detail in report.details)


def test_a_kink_everywhere_ends_in_cannot_tell():
    """Where no point has a derivative, the check says so instead of guessing."""

    def jagged(x):
        return float(np.sum(np.abs(np.round(np.real(x) * 1e9)) % 2))

    report = check_derivative(question(jagged, "x", {"x": "n"}), lambda x: 0 * x)
    assert report.status == "fault"


def test_functions_where_a_complex_step_lies_are_checked_rightly():
    """norm, abs and slogdet give no complex slope; the check does not believe it."""
    stated = question(lambda X: np.linalg.slogdet(X)[1] + np.sum(np.abs(X)), "X", {"X": "n n"})
    assert check_derivative(stated, lambda X: np.linalg.inv(X).T + np.sign(X)).status == "right"
    assert check_derivative(stated, lambda X: np.linalg.inv(X) + np.sign(X)).status == "wrong"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"of": 3}, r"of= is 3; give a formula as text, or a function"),
        ({"of": "x @ y"}, r"unknown name 'y'; the symbols here are x, A, b"),
        ({"of": "A @ x"}, r'layout "gradient" is for a scalar, and the expression has shape \(n,\)'),
        ({"wrt": "y"}, r"wrt='y' is not among the arguments in sizes \(x, A, b\)"),
        ({"layout": "jacobian"}, r"got layout='jacobian'; use one of"),
        ({"order": 3}, r"order=3"),
        ({"order": 2, "layout": "numerator"}, r"order=2 with layout='numerator'"),
        ({"sizes": {}}, r"sizes: got \{\}"),
        ({"sizes": {"x": 3}}, r'sizes: got 3 for x; give its axes as text, such as "m n"'),
        ({"sizes": {"x": "n-1"}}, r'sizes: cannot read "n-1" in the axes of x'),
        ({"sizes": {"x": "m n spd"}}, r'x is "m n spd"; a symmetric matrix has one axis twice'),
    ],
)
def test_an_author_who_errs_is_told_what_to_write(arguments, sentence):
    """Each mistake of an author in stating a question is one sentence."""
    with pytest.raises(ValueError, match=sentence):
        question(**{"of": f, "wrt": "x", "sizes": SIZES, **arguments})


def test_arguments_in_another_order_are_told_and_not_taken_for_a_mistake():
    """A function that names its arguments as the question does, in another order, is no wrong formula."""
    stated = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
    report = check_derivative(stated, lambda A, x, b: (A + A.T) @ x - b)
    assert (report.status, report.tag) == ("invalid", None)
    assert "takes them as (A, x, b). Put its arguments in the order of the exercise." in report.message
    assert check_derivative(stated, lambda v, M, c: 2 * M @ v - c).tag == "not-symmetrised"
    assert check_derivative(stated, lambda b, A, x: (A + A.T) @ b - x).status == "right"  # its own names, rightly used
