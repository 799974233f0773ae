"""Formulas found by random search whose printed or compiled form had another value: every form is compared by numbers.

The oracle is Python's own evaluation of the text, and complex steps.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from symbolic_oracle import close, draw, slope, value

from mcutils import differentiate, equivalent, namespace, parse

SIZES = {"m": 3, "n": 4, "p": 5}
SYMBOLS = {"c": "", "x": "n", "w": "m", "e": "p", "A": "n n", "B": "n n", "C": "n n", "M": "m n", "Y": "p m"}
ARRAYS = draw(SYMBOLS, SIZES, seed=3)


def indexed(expression, summation):
    """The value of the index form, in every order of its axes."""
    back = parse(expression.to_index(summation), SYMBOLS, notation="index", summation=summation)
    numbers = back.evaluate(**ARRAYS)
    return [np.transpose(numbers, order) for order in itertools.permutations(range(np.ndim(numbers)))]


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("softmax(outer(e, w), axis=1)", "w"),
        ("(diag(e) @ Y) * softmax(outer(e, w), axis=1)", "w"),
        ("(outer(w, w) - outer(w, w)*I('m')) * outer(w, e @ exp(outer(e, w))**(1/2))", "e"),
    ],
)
def test_a_scaled_matrix_on_one_part_of_a_stacked_index_is_printed_whole(text, wrt):
    """d vec(Y)/d vec(X).T keeps the vector that scales a matrix inside kron."""
    text = text.replace("'", '"')
    d = differentiate(text, wrt, SYMBOLS, layout="vec")
    wanted = slope(text, wrt, ARRAYS, SIZES).reshape((-1, SIZES[SYMBOLS[wrt]]), order="F")
    assert close(value(d.to_matrix(), ARRAYS, SIZES), wanted)
    assert close(d.evaluate(**ARRAYS), wanted)


@pytest.mark.parametrize("text", ["(A.T/exp(A.T)) @ diag(x) @ A", "A.T @ diag(x) @ (A*B)", "sum(x @ (A*A*B))"])
def test_a_matrix_times_itself_and_another_entry_by_entry(text):
    """A compiled formula in which one matrix stands twice keeps the third one on the same indices."""
    assert close(parse(text, SYMBOLS).evaluate(**ARRAYS), value(text, ARRAYS, SIZES))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("sqrt(x**2)", "sqrt(x**2)"),
        ("(x**2)**(3/2)", "(x**2)**(3/2)"),
        ("sqrt((A @ x)**2)", "sqrt((A @ x)**2)"),
        ("(x**(-2))**(1/2)", "sqrt(1/x**2)"),
        ("norm2(c)", "sqrt(c**2)"),
        ("(x**4)**(1/2)", "x**2"),
        ("1/norm2(x)**3", "1/norm2(x)**3"),
        ("sqrt(exp(x)**2)", "exp(x)"),
    ],
)
def test_the_root_of_a_square_is_no_plain_entry(text, printed):
    """sqrt(x**2) is |x|: powers of powers are joined only where the sign does not matter."""
    f = parse(text, SYMBOLS)
    assert f.to_matrix() == printed
    assert close(eval(printed, namespace(SYMBOLS, **ARRAYS)), f.evaluate(**ARRAYS))
    assert equivalent(text, printed, SYMBOLS).equal is True


@pytest.mark.parametrize(
    ("text", "summation"),
    [
        ("tr((A + B)/exp(C))", "levels"),
        ("diag(A.T + B) @ x * diag(C)", "levels"),
        ("diag(A + B) @ diag(B + C)", "levels"),
        ("M @ diag(A.T - B)", "levels"),
        ("M @ diag(c*(A.T - B))", "repeated"),
        ("sum(exp(diag(A + B)) * x)", "levels"),
        ("(x @ x + c)*tr(A @ B + C)", "levels"),
        ("(x @ x + c)*tr(A @ B + C)", "repeated"),
        ("tr(exp(softmax(outer(x, x), axis=0)))*c", "levels"),
    ],
)
def test_a_diagonal_of_a_bracket_is_not_summed_inside(text, summation):
    """An index that stands twice on a bracket and elsewhere too is one sum outside, in both conventions."""
    wanted = value(text, ARRAYS, SIZES)
    found = indexed(parse(text, SYMBOLS), summation)
    assert any(close(numbers, wanted) for numbers in found if numbers.shape == wanted.shape)


def test_the_steps_of_a_diagonal_have_its_value():
    """Each step's index text of a derivative through a diagonal is read back to the derivative's numbers."""
    d = differentiate("tr((A + B)/exp(C))", "A", SYMBOLS, layout="array")
    wanted = slope("tr((A + B)/exp(C))", "A", ARRAYS, SIZES)
    for step in d.steps[1:-1]:
        back = parse(step.after, SYMBOLS, notation="index").evaluate(**ARRAYS)
        assert close(back, wanted) or close(back.T, wanted)


def test_the_vec_of_a_matrix_and_of_its_transpose_are_not_added_inside():
    """vec(M) and vec(N) are equally long for M of m x n and N of n x m, but M + N is nothing."""
    sizes = {"M": "m n", "N": "n m"}
    assert parse("vec(M) + vec(N)", sizes).to_matrix() == "vec(M) + vec(N)"
    assert parse("vec(M) + 2*vec(3*M)", sizes).to_matrix() == "7*vec(M)"
    assert parse("vec(M) + vec(M*M)", sizes).to_matrix() == "vec(M + M**2)"


@pytest.mark.parametrize(("text", "wrt"), [("softmax(diag(x), axis=1)", "x"), ("A/exp(diag(x))", "x")])
def test_a_step_with_chains_of_free_deltas_has_a_value(text, wrt):
    """The step before the deltas are contracted is evaluated to the derivative, as the others are."""
    d = differentiate(text, wrt, SYMBOLS, layout="array")
    wanted = slope(text, wrt, ARRAYS, SIZES)
    assert all(close(step.expression.evaluate(**ARRAYS), wanted) for step in d.steps[1:])


@pytest.mark.parametrize(
    "text", ['n*sum(ones("n"))', 'exp(-sum(ones("n")))*x + n', "sum(x*0 + 1)**2", 'x/sum(ones("n"))']
)
def test_the_size_of_an_axis_is_not_printed_as_a_symbol_of_its_name(text):
    """Where n is a symbol too, the size of the axis n is written as a sum of ones."""
    sizes, arrays = {"n": "", "x": "n"}, {"n": 5.0, "x": np.array([1.0, 2.0, 4.0])}
    f = parse(text, sizes)
    wanted = f.evaluate(**arrays)
    assert close(eval(f.to_matrix(), namespace(sizes, **arrays)), wanted)
    assert close(parse(f.to_matrix(), sizes).evaluate(**arrays), wanted)
    assert close(parse(f.to_index(), sizes, notation="index").evaluate(**arrays), wanted)
    assert "operatorname{sum}" in f.to_latex()
