"""The derivative by each occurrence of a variable: the parts are right by numbers, and add up to the whole."""

import numpy as np
import pytest

from mcutils import differentiate, parse
from mcutils._symbolic.occurrences import MOST, by_occurrence, run_together, terms_of

QUESTIONS = [
    ("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"}, "gradient", 1, "matrix", 3),
    ("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"}, "gradient", 2, "matrix", 2),
    ("norm2(W @ X @ X.T @ W.T - I('k'))**2 / 2", "W", {"W": "k d", "X": "d N"}, "gradient", 1, "matrix", 2),
    ("(x @ A @ x) / (x @ x)", "x", {"x": "n", "A": "n n"}, "gradient", 1, "matrix", 4),
    ("tr(X.T @ A @ X) + logdet(X)", "X", {"X": "n n", "A": "n n"}, "vec", 2, "matrix", 3),
    ("x * (A @ x)", "x", {"x": "n", "A": "n n"}, "denominator", 1, "matrix", 2),
    ("tr(S @ A @ S)", "S", {"S": "n n symmetric", "A": "n n"}, "gradient", 1, "matrix", 2),
    ("x_i A^i_j x^j", "x", {"x": "n", "A": "n n"}, "gradient", 1, "index", 2),
    ("x^x A_{x j} x^j", "x", {"x": "n", "A": "n n"}, "gradient", 1, "index", 2),
    ("x_i A_{i j} x_j", "x", {"x": "n", "A": "n n"}, "gradient", 1, "repeated", 2),
]


@pytest.mark.parametrize(("text", "wrt", "sizes", "layout", "order", "notation", "count"), QUESTIONS)
def test_the_parts_add_up_to_the_derivative(text, wrt, sizes, layout, order, notation, count):
    """Their sum is the derivative, in its layout, and there is one for each place that gives anything."""
    summation = "repeated" if notation == "repeated" else "levels"
    notation = "matrix" if notation == "matrix" else "index"
    parts = by_occurrence(text, wrt, sizes, layout, order, notation, summation)
    assert len(parts) == count
    whole = differentiate(parse(text, sizes, notation, summation), wrt, layout=layout, order=order)
    rng = np.random.default_rng(7)
    lengths = dict(zip("ndkNmp", (4, 3, 5, 6, 7, 8), strict=True))
    arrays = {
        name: rng.standard_normal([lengths[a] for a in axes.split() if a in lengths]) for name, axes in sizes.items()
    }
    if "symmetric" in sizes[wrt]:
        arrays[wrt] = arrays[wrt] + arrays[wrt].T
    total = sum(part.evaluate(**arrays) for _, part in parts)
    np.testing.assert_allclose(total, whole.evaluate(**arrays), rtol=1e-9, atol=1e-9)


def test_a_part_is_the_slope_along_one_occurrence():
    """Held against a central difference in which only that occurrence moves."""
    rng = np.random.default_rng(3)
    x, A, b, dx = rng.standard_normal(4), rng.standard_normal((4, 4)), rng.standard_normal(4), rng.standard_normal(4)
    parts = by_occurrence("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})

    def f(x1, x2, x3):
        return x1 @ A @ x2 - b @ x3

    for (k,), part in parts:
        ends = [f(*(x + s * 1e-6 * dx * (j == k) for j in range(3))) for s in (1, -1)]
        assert part.evaluate(x=x, A=A, b=b) @ dx == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


def test_names_that_are_taken_are_left_alone():
    """The marks of the occurrences never meet a symbol of the question, nor an axis."""
    sizes = {"x": "n", "xof": "n", "xof0": "n"}
    parts = by_occurrence("(x @ xof) * (x @ xof0)", "x", sizes)
    assert [part.to_matrix() for _, part in parts] == ["(x @ xof0)*xof", "(x @ xof)*xof0"]


def test_a_text_with_many_occurrences_is_refused():
    """There is an end to telling places apart."""
    with pytest.raises(ValueError, match=f"occurs {MOST + 1} times; at most {MOST}"):
        by_occurrence(" + ".join(["x @ b"] * (MOST + 1)), "x", {"x": "n", "b": "n"})


def test_the_terms_of_a_bracket_are_written_out():
    """2*A.T @ (A @ X - B) has two terms, which add up to it; more than can be told apart are refused."""
    sizes = {"A": "p m", "X": "m n", "B": "p n"}
    terms = terms_of(parse("2*A.T @ (A @ X - B)", sizes))
    assert sorted(term.to_matrix() for term in terms) == ["-2*A.T @ B", "2*A.T @ A @ X"]
    with pytest.raises(ValueError, match="more than 2 terms"):
        terms_of(parse("(X + 2*X*X) @ (X.T + X.T*X.T)", sizes), most=2)


def test_two_sums_run_into_one():
    """Of u_i x^i v_j x^j one index becomes the other, and the derivative is taken after that."""
    f = parse("(u @ x) * (v @ x)", {"x": "n", "u": "n", "v": "n"})
    assert [g.to_matrix() for g in run_together(f, "x")] == ["2*u*v*x"]
    assert "u*v*x + (u @ x)*v" in [g.to_matrix() for g in run_together(differentiate(f, "x"))]
