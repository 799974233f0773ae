"""The steps of a derivation: named rules, deltas before they are contracted, and the same value from step to step."""

from __future__ import annotations

import re

import numpy as np
import pytest
from symbolic_oracle import close
from symbolic_questions import ARRAYS, COURSE, SECOND, SYMBOLS

from mcutils._symbolic import differentiate

SIZES = {"A": "p m", "X": "m n", "B": "p n", "x": "m", "Q": "m m"}


def test_the_steps_of_least_squares():
    """The textbook method, line by line."""
    d = differentiate("norm2(A @ X - B)**2", "X", SIZES)
    assert [step.rule for step in d.steps] == [
        "write in index form",
        "differentiate factor by factor",
        "contract each delta",
        "merge like terms",
        "read back as matrices",
    ]
    first, product, contracted, merged, back = d.steps
    assert first.before == "norm2(A @ X - B)**2"
    assert product.after.count("delta") == 2
    assert "delta" not in contracted.after
    assert merged.after.startswith("2 (")
    assert back.after == "2*A.T @ (A @ X - B)"
    assert all(
        later.before in (earlier.after, f"d/dX [{earlier.after}]")
        for earlier, later in zip(d.steps, d.steps[1:], strict=False)
    )


@pytest.mark.parametrize(("text", "wrt"), COURSE)
def test_each_step_has_the_value_of_the_next(text, wrt):
    """From the product rule on, every step's expression has the value of the derivative in array layout."""
    d = differentiate(text, wrt, SYMBOLS, layout="array")
    wanted = d.evaluate(**ARRAYS)
    assert close(d.steps[0].expression.evaluate(**ARRAYS), d.question.evaluate(**ARRAYS))
    for step in d.steps[1:]:
        assert close(step.expression.evaluate(**ARRAYS), wanted), step.rule


@pytest.mark.parametrize(("text", "wrt"), SECOND[:8])
def test_second_order_goes_through_the_gradient(text, wrt):
    """Before the second product rule stands the gradient, at the end the Hessian."""
    d = differentiate(text, wrt, SYMBOLS, order=2)
    turns = [k for k, step in enumerate(d.steps) if step.rule.startswith("differentiate factor by factor")]
    assert len(turns) == 2
    assert close(
        d.steps[turns[1] - 1].expression.evaluate(**ARRAYS), differentiate(text, wrt, SYMBOLS).evaluate(**ARRAYS)
    )
    assert close(d.steps[-1].expression.evaluate(**ARRAYS), d.evaluate(**ARRAYS))


def test_rules_of_functions_are_named():
    """A step that uses the rule of the inverse says so."""
    d = differentiate("tr(inv(Q)) + x @ tanh(x)", "Q", SIZES)
    assert "d inv(X) = -inv(X) dX inv(X)" in d.steps[1].rule
    assert "tanh" not in d.steps[1].rule


def test_layouts_have_a_step_of_their_own():
    """The numerator layout of a gradient is one more step."""
    d = differentiate("norm2(A @ X - B)**2", "X", SIZES, layout="numerator")
    assert d.steps[-2].rule == "lay out as numerator"
    assert d.steps[-1].after == "2*(A @ X - B).T @ A"


def test_deltas_are_boxed_in_latex():
    """A delta that is about to be contracted is marked by a box, which needs no colour."""
    d = differentiate("x @ Q @ x", "x", SIZES)
    assert r"\boxed{\delta" in d.steps[1].latex
    assert r"\boxed{\delta" in d.steps[2].latex.split(" = ")[0]
    assert "boxed" not in d.steps[2].latex.split(" = ")[1]
    assert d.steps[1]._repr_latex_().startswith("$")
    assert str(d.steps[1]).startswith("differentiate factor by factor:")


def test_a_derivative_without_matrix_form_ends_in_index_form():
    """Three axes: the last step is the merged index form."""
    d = differentiate("Q @ x", "Q", SIZES, layout="array")
    assert d.steps[-1].rule in {"contract each delta", "merge like terms"}
    assert np.shape(
        d.steps[-1].expression.evaluate(
            **{k: np.ones([{"m": 3, "n": 4, "p": 5}[a] for a in v.split()]) for k, v in SIZES.items()}
        )
    ) == (3, 3, 3)


def test_contracted_pairs_are_numbered_in_latex():
    """Every index that a delta contracts carries the same number at its two places, and no other index has one."""
    latex = differentiate("x @ Q @ x", "x", SIZES).steps[1].latex
    for term in latex.split(" + "):
        assert term.count(r"\boxed{\delta") == 1
        assert len(re.findall(r"\\overset\{1\}\{(\w)\}", term)) == 2
        assert len(set(re.findall(r"\\overset\{1\}\{(\w)\}", term))) == 1
    two = differentiate("x @ Q @ x", "Q", SIZES).steps[1].latex
    assert [two.count(rf"\overset{{{k}}}") for k in (1, 2, 3)] == [2, 2, 0]
    assert two.count("{") == two.count("}")


def test_deltas_and_pairs_are_marked_in_a_terminal():
    """As text a delta stands in brackets and each contracted pair has its own primes, before contraction only."""
    product, contracted, *_ = differentiate("x @ Q @ x", "Q", SIZES).steps[1:]
    marked = str(product).splitlines()[-1]
    assert marked.count("[delta") == 2
    assert len(re.findall(r"(?<![\w'])\w'(?!')|[_^]\w'(?!')", marked)) == 2
    assert len(re.findall(r"\w''(?!')", marked)) == 2
    before, after = contracted.text.split("\n  = ")
    assert "'" in before
    assert "'" not in after
    assert "[" not in after


def test_a_step_without_deltas_is_not_shown():
    """Where the chain rule has contracted every delta, no step says so again."""
    rules = [step.rule for step in differentiate("tanh(Q @ x) @ x", "Q", SIZES).steps]
    assert "contract each delta" in rules
    rules = [step.rule for step in differentiate("sum(tanh(Q @ x))", "x", SIZES).steps]
    assert "contract each delta" not in rules


def test_an_entry_of_an_inverse_is_not_written_as_a_reciprocal():
    """(X_ij)^-1 would be one over an entry; the inverse is of the matrix, and then the entry is taken."""
    assert differentiate("logdet(X)", "X", {"X": "n n"}).to_latex("index") == r"\left(X^{-1}\right)^{j}{}_{i}"
    sum_of_two = differentiate("logdet(X + A)", "X", {"X": "n n", "A": "n n"}).to_latex("index")
    assert sum_of_two.startswith(r"\operatorname{inv}\left(")


def test_one_factor_has_no_brackets_of_its_own():
    """A function stands in a product as it is, without brackets around it."""
    steps = differentiate("exp(A @ x) @ b", "x", {"A": "m n", "x": "n", "b": "m"}).steps
    assert steps[1].after == "b_j exp(A_j^k x_k) A^j_i"
