"""Equivalence: right on true and false identities, with a bound, a witness, conditions."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcutils._symbolic import budget, differentiate, equivalent, fields, parse
from mcutils._symbolic.witnesses import draw_sizes

SIZES = {
    "A": "p m",
    "X": "m n",
    "B": "p n",
    "x": "m",
    "y": "m",
    "M": "n n",
    "N": "n n",
    "K": "n n",
    "b": "n",
    "a": "n",
    "c": "",
    "d": "positive",
    "Q": "m m",
    "z": "n positive",
    "S": "n n symmetric",
    "P": "n n spd",
}

EQUAL = [
    ("2*A.T @ (A @ X - B)", "2*A.T @ A @ X - 2*A.T @ B", "exact sampling"),
    ("tr(M @ N)", "tr(N @ M)", "proved"),
    ("tr(M @ N @ K)", "tr(K @ M @ N)", "proved"),
    ("(M @ N).T", "N.T @ M.T", "proved"),
    ("inv(M @ N)", "inv(N) @ inv(M)", "exact sampling"),
    ("inv(M).T", "inv(M.T)", "proved"),
    ("inv(M) @ M", 'I("n")', "proved"),
    ("inv(M) - inv(N)", "inv(M) @ (N - M) @ inv(N)", "exact sampling"),
    ('inv(I("n") + outer(a, b))', 'I("n") - outer(a, b)/(1 + a @ b)', "exact sampling"),
    ('det(I("n") + outer(a, b))', "1 + a @ b", "exact sampling"),
    ("det(M @ N)", "det(M)*det(N)", "exact sampling"),
    ("det(M.T)", "det(M)", "proved"),
    ("vec(A @ X @ M)", "kron(M.T, A) @ vec(X)", "proved"),
    ('commutation("m", "n") @ vec(X)', "vec(X.T)", "proved"),
    ("kron(A, M) @ kron(X, N)", "kron(A @ X, M @ N)", "proved"),
    ("norm2(x)**2", "x @ x", "proved"),
    ("norm2(A @ X - B)**2", "tr((A @ X - B).T @ (A @ X - B))", "proved"),
    ("(x @ y)*x", "outer(x, x) @ y", "proved"),
    ("diag(x) @ y", "x*y", "proved"),
    ("x @ Q @ x", "x @ (Q + Q.T) @ x/2", "exact sampling"),
    ("S", "S.T", "proved"),
    ("(x + y)*(x - y)", "x**2 - y**2", "exact sampling"),
    ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))**2", "exact sampling"),
    ("softmax(x)", "exp(x)/sum(exp(x))", "exact sampling"),
    ("1 - tanh(x)**2", "4*exp(2*x)/(1 + exp(2*x))**2", "numeric"),
    ("sin(x)**2 + cos(x)**2", 'ones("m")', "exact sampling"),
    ("relu(x)", "x*step(x)", "exact sampling"),
    ("relu(x)**2", "x*relu(x)", "numeric"),
    ("relu(x) - relu(-x)", "x", "numeric"),
    ("(exp(450*c)*exp(450*c) + c) - exp(900*c)", "c", "numeric"),
    ("(exp(40*c) + c) - exp(40*c)", "c", "proved"),
    ("(exp(20*c)*exp(20*c) + c) - exp(40*c)", "c", "numeric"),
    ("step(x)**2", "step(x)", "proved"),
    ("exp(x + y)", "exp(x)*exp(y)", "numeric"),
    ("softmax(x + c)", "softmax(x)", "numeric"),
    ("logdet(M @ N)", "logdet(M) + logdet(N)", "numeric"),
    ("logdet(inv(M))", "-logdet(M)", "numeric"),
    ("log(d**2)", "2*log(d)", "numeric"),
    ("log(exp(c))", "c", "numeric"),
    ("sqrt(z)**2", "z", "proved"),
    ("sqrt(z**2)", "z", "proved"),
    ("sqrt(c)**2", "c", "proved"),
    ("z**(1/2)*z**(1/2)", "z", "proved"),
    ("norm2(3*x)", "3*norm2(x)", "proved"),
    ("x/norm2(x)", "x*(x @ x)**(-1/2)", "proved"),
]

DIFFERENT = [
    ("tanh(c - 100)", "-1"),
    ("exp(-c**2 - 200)", "0*c"),
    ("exp(-1000*c**2)", "0*c"),
    ("norm2(c)", "c"),
    ("relu(x @ y - a @ a)", "relu(x @ y - norm2(a))"),
    ("1e-12*1e-12*1e-12*exp(c)", "0*c"),
    ("(Q + Q.T) @ x", "2*Q @ x"),
    ("M @ N", "N @ M"),
    ("inv(M @ N)", "inv(M) @ inv(N)"),
    ("inv(M + N)", "inv(M) + inv(N)"),
    ("det(M + N)", "det(M) + det(N)"),
    ("tr(M @ N @ K)", "tr(M @ K @ N)"),
    ("tr(M @ M)", "tr(M)**2"),
    ("kron(M, Q)", "kron(Q, M)"),
    ("M*N", "M @ N"),
    ("inv(M)", "1/M"),
    ("norm2(x)", "norm2(x)**2"),
    ("sqrt(c**2)", "c"),
    ('outer(ones("m"), vec(X))', 'outer(ones("m"), vec(2*X))'),
    ('outer(vec(X), ones("n")) + c', "outer(vec(X), b)"),
    ("exp(M)", "exp(M).T"),
    ("diag(softmax(x))", "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
    ("1e-9*x", "2e-9*x"),
    ("x + 1e-12*y", "x"),
    ("tanh(x)", "sigmoid(x)"),
    ("logdet(M)", "2*logdet(M)"),
    ("S", "M"),
    # true for matrices of size 2 only, and for size 3 only
    ('M @ M - tr(M)*M + det(M)*I("n")', "0*M"),
    ('M @ M @ M - tr(M)*M @ M + (tr(M)**2 - tr(M @ M))/2*M - det(M)*I("n")', "0*M"),
]


@pytest.mark.parametrize(("left", "right", "how"), EQUAL)
def test_a_true_identity_is_equal_and_says_how(left, right, how):
    """Each true identity is found, in the expected way, and an exact verdict's error is at most 1e-12."""
    verdict = equivalent(left, right, SIZES)
    assert verdict
    assert verdict.how == how
    assert verdict.bound is None if how == "numeric" else verdict.bound <= 1e-12


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_a_false_identity_is_refused_with_a_witness(left, right):
    """Each false identity is refused, and at the witness's arrays the two sides have the values it says."""
    verdict = equivalent(left, right, SIZES)
    assert verdict.equal is False
    assert verdict.witness is not None
    w = verdict.witness
    used = {name: SIZES[name] for name in w.arrays}
    for text, told in ((left, w.left), (right, w.right)):
        arrays = {name: w.arrays[name] for name in used}
        got = parse(text, used).evaluate(**arrays)
        assert np.isclose(np.asarray(got)[w.entry], told)
    assert w.left != w.right or left == "tanh(c - 100)"  # which no float tells from -1


def test_a_verdict_does_not_wait_for_its_witness():
    """Residues tell that two formulas differ; the point at which a person can see it is found when asked for."""
    verdict = equivalent("M @ N", "N @ M", SIZES)
    assert verdict.equal is False
    assert "witness" not in vars(verdict)
    assert verdict.witness is verdict.witness is not None
    assert str(verdict).startswith("different: entry [")


def test_the_size_of_no_axis_is_two():
    """Witnesses use pairwise different sizes of at least 3."""
    w = equivalent("A @ X @ M", "2*A @ X @ M", SIZES).witness
    sizes = {**dict(zip("pm", w.arrays["A"].shape, strict=True)), **dict(zip("mn", w.arrays["X"].shape, strict=True))}
    assert min(sizes.values()) >= 3
    assert len(set(sizes.values())) == 3


def test_shapes_are_compared_first():
    """Different axes are a verdict of their own."""
    verdict = equivalent("x", "b", SIZES)
    assert verdict.equal is False
    assert verdict.how == "axes"
    assert "(m,) and (n,)" in str(verdict)


def test_conditions_are_told():
    """sqrt(c)**2 is c where it is defined, and the verdict says where."""
    assert str(equivalent("sqrt(c)**2", "c", SIZES)).endswith("(where c >= 0)")
    assert equivalent("inv(M) @ M", 'I("n")', SIZES).conditions == ("M invertible",)


def test_a_verdict_is_the_same_every_time():
    """The same question gets the same witness."""
    first, second = (equivalent("M @ N", "N @ M", SIZES) for _ in range(2))
    assert str(first) == str(second)
    assert all(np.array_equal(first.witness.arrays[k], second.witness.arrays[k]) for k in "MN")


def test_expressions_and_text_may_be_mixed():
    """A derivation is compared with a typed formula in its own symbols."""
    d = differentiate("x @ Q @ x", "x", SIZES)
    assert equivalent(d, "(Q + Q.T) @ x")
    assert equivalent("Q @ x + Q.T @ x", d)
    assert not equivalent("2*Q @ x", d)


def test_what_relu_may_hide_is_not_called_equal():
    """No small number tells relu(c - 100) from 0; the verdict is "cannot tell", not "equal"."""
    verdict = equivalent("relu(c - 100)", "0*c", SIZES)
    assert verdict.equal is None
    assert "cannot tell" in str(verdict)


@pytest.mark.parametrize(("left", "right"), [("step(log(exp(c)) - c)", "0*c"), ("tanh(c + 2000)", "1")])
def test_where_rounding_decides_there_is_no_verdict(left, right):
    """Numbers of 400 digits tell neither on which side of a step 0 is, nor tanh(2000) from 1."""
    assert equivalent(left, right, SIZES).equal is None


@pytest.mark.parametrize("k", range(2, 32))
def test_a_sign_that_few_points_hide_is_found(k):
    """exp(log|det M|) is det M at about half of all points."""
    assert equivalent(f"{k}*exp(logdet(M))", f"{k}*det(M)", SIZES).equal is False


def test_a_coefficient_that_every_prime_divides_is_no_zero():
    """The primes are known, and who adds a multiple of all of them is not called right."""
    product = "*".join(f"({p // 10**12}*1000000000000 + {p % 10**12})" for p in fields.primes())
    verdict = equivalent(f"c + {product}*d", "c", SIZES)
    assert verdict.equal is not True


def nested(shape, inner, times):
    """`shape` with its hole filled by itself, again and again."""
    for _ in range(times):
        inner = shape.replace("_", inner)
    return inner


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("kron(kron(A, A), kron(A, A)) @ kron(kron(B, A), kron(A, B))", "0*kron(kron(A, A), kron(A, A))"),
        ("log(-x @ x) + exp(x @ x)", "log(-x @ x)"),
        (nested("(_ + 1)**2", "c", 30), "c"),
        (nested("(_ + 1)**2", "c", 11), "c"),
        (nested("(_ + 1)**100", "c", 30), "c"),
        (nested("(_ + B)**2", "A", 40), "A"),
        (nested("exp(_)**2", "c", 6), "c"),
        (nested("exp(_ + 1)", "c", 50), "c"),
        (nested("exp(_ @ B)", "A", 30), "A"),
        (nested("kron(A, _)", "B", 16), nested("kron(B, _)", "A", 16)),
        ("tr(" + " @ ".join(["A"] * 98) + ")", "c"),
        ("tr(" + " @ ".join(["S"] * 98) + ")", "c"),
        (" * ".join(["(x @ A @ y)"] * 33), "c"),
        ("inv(L) @ inv(M)", "inv(M @ L)"),
    ],
)
def test_a_pathological_question_ends_soon(left, right):
    """Within the limits of a text, the worst that was found is answered in two seconds and never called equal."""
    sizes = {"A": "n n", "B": "n n", "S": "n n symmetric", "x": "n", "y": "n", "c": "", "L": "700 700", "M": "700 700"}
    start = time.process_time()
    with contextlib.suppress(ValueError):  # "the formula grows too large when it is written out"
        assert not equivalent(left, right, sizes)
    assert time.process_time() - start < 2.5


@pytest.mark.parametrize("text", [" ".join(["x^i x_i"] * 120), " ".join(["S^i_j S^j_i"] * 90), "(c + 1)" * 140])
def test_pathological_index_text_ends_soon(text):
    """A long text in index notation is read and compared, or refused, in two seconds."""
    sizes = {"x": "n", "S": "n n symmetric", "c": ""}
    start = time.process_time()
    with contextlib.suppress(ValueError):
        assert not equivalent(parse(text, sizes, notation="index"), "c")
    assert time.process_time() - start < 4  # two seconds to read, two to compare


def test_a_long_product_of_sums_is_decided_by_sampling():
    """(A + B) @ (A + B) @ ..., 40 times, is compared without being written out into 2**40 products."""
    power = " @ ".join(["(A + B)"] * 40)
    sizes = {"A": "n n", "B": "n n"}
    assert equivalent(power, power.replace("(A + B) @ (A + B)", "(A @ A + A @ B + B @ A + B @ B)", 1), sizes)
    verdict = equivalent(power, power.replace("(A + B)", "(A - B)", 1), sizes)
    assert verdict.equal is False
    assert verdict.how == "exact sampling"


def test_a_root_squared_is_its_argument_where_that_is_positive():
    """sqrt(x)**2 is x for a positive x, and the verdict says where."""
    verdict = equivalent("sqrt(x)**2", "x", {"x": "n"})
    assert verdict.equal
    assert str(verdict).endswith("(where x >= 0)")
    assert equivalent("sqrt(z)**2", "z", {"z": "n positive"}).equal


ATOMS = st.sampled_from(["M", "N", "M.T", "K", "inv(M)", "outer(a, b)", 'I("n")', "S", "diag(a)"])
MATRICES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} @ {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        inner.map(lambda a: f"({a}).T"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}*{p[1]})"),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(MATRICES, MATRICES, MATRICES)
def test_the_laws_of_matrix_algebra_hold(a, b, c):
    """Distribution, association, transposition and the cyclic trace hold for random expressions."""
    assert equivalent(f"({a}) @ (({b}) + ({c}))", f"({a}) @ ({b}) + ({a}) @ ({c})", SIZES)
    assert equivalent(f"(({a}) @ ({b})).T", f"({b}).T @ ({a}).T", SIZES)
    assert equivalent(f"tr(({a}) @ ({b}))", f"tr(({b}) @ ({a}))", SIZES)


@settings(max_examples=60, deadline=None)
@given(MATRICES)
def test_a_changed_expression_is_refused(a):
    """No expression equals itself plus a random-looking change."""
    assert not equivalent(a, f"({a}) + outer(a, a)/1000000", SIZES)


def test_a_busy_machine_changes_no_verdict():
    """What is counted is the time that is computed, not the time that passes while others compute."""
    with budget.limited(0.02):
        time.sleep(0.1)
        budget.spend()
    with budget.limited(0.02):
        sum(range(10**7))
        with pytest.raises(budget.TooMuch):
            budget.spend()


@pytest.mark.parametrize("number", range(3, 10))
@pytest.mark.parametrize("axis", ["n", "p"])
def test_the_size_of_an_axis_is_no_number(axis, number):
    """2/n is not 1/2, though it is where n is 4: from one point to the next every size changes."""
    sizes = {"t": "p", "X": "n p"}
    assert equivalent(f"t / {axis}", f"t / {number}", sizes).equal is False
    assert equivalent(f"{axis} * t", f"{number} * t", sizes).equal is False


@pytest.mark.parametrize(
    "sizes",
    [
        {"x": "n"},
        {"X": "n p"},
        {"A": "a b", "B": "b c"},
        {"A": "a b", "B": "b c", "C": "c d"},
        {"A": "4 n", "B": "m*n 5"},
    ],
)
def test_every_size_is_another_one_the_next_time(sizes):
    """Sizes of one turn differ from each other, from the given ones, and from those of the turn before."""
    f = parse(next(iter(sizes)), sizes)
    first, second = (draw_sizes(f.symbols, f._value, turn) for turn in (0, 1))
    assert first.keys() == second.keys()
    assert all(first[name] != second[name] for name in first)
    for drawn in (first, second):
        assert len(set(drawn.values())) == len(drawn)
        assert min(drawn.values()) >= 3
        assert not {4, 5} & set(drawn.values()) or "4 n" not in sizes.values()
