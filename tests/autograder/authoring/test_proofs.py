"""What is proved equivalent is equivalent, and what is not equivalent is never proved."""

from __future__ import annotations

import pytest

from autograder.authoring.asked import Asked
from autograder.authoring.proofs import proved, same_code

SIZES = {"x": "n", "A": "m n", "S": "n n symmetric", "W": "n n", "b": "m"}
ASKED = Asked(SIZES)


def function(value: str, *before: str) -> str:
    """A definition that returns a value after some statements."""
    return "\n".join(["def f(x, A, S, W, b):", *(f"    {line}" for line in before), f"    return {value}"])


EQUAL = [
    ("S @ x", "S.T @ x"),
    ("S @ x", "x @ S"),
    ("A.T @ (A @ x - b)", "A.T @ A @ x - A.T @ b"),
    ("np.linalg.solve(S, x)", "np.linalg.inv(S).T @ x"),
    ("np.sum(x * x) * x", "(x @ x) * x"),
    ("x / len(x)", "x / A.shape[1]"),
    ("np.trace(W) * np.eye(len(x))", "np.trace(W.T) * np.eye(len(x)).T"),
    ("np.array([W @ x, x])", "np.array([x @ W.T, x])"),
    ("np.einsum('ij,j->i', A, x)", "np.einsum('ji,j->i', A.T, x)"),
    ("np.einsum('ij,k->ijk', np.eye(len(x)), x)", "np.einsum('ji,k->ijk', np.eye(len(x)), x)"),
]

DIFFERENT = [
    ("W @ x", "W.T @ x"),
    ("W @ x", "W @ x * 1.0000001"),
    ("x / len(x)", "x / len(b)"),
    ("np.array([W @ x, x])", "np.array([x, W @ x])"),
    ("np.einsum('ij,k->ijk', W, x)", "np.einsum('ji,k->ijk', W, x)"),
    ("np.einsum('ij,k->ijk', np.eye(len(x)), x)", "np.einsum('ij,k->ikj', np.eye(len(x)), x)"),
    ("np.einsum('ij,j->ij', A, x)", "A * x"),  # right, but not within the notation: not proved is not proved
    ("np.roll(x, 1)", "np.roll(x, 2)"),
]


@pytest.mark.parametrize(("before", "after"), EQUAL)
def test_equal_formulas_are_proved(before: str, after: str) -> None:
    """The engine proves equal what is the same formula under the axes and flags that are declared."""
    assert proved(function(before), function(after), ASKED) == "proved by the engine"


@pytest.mark.parametrize(("before", "after"), DIFFERENT)
def test_nothing_else_is_proved(before: str, after: str) -> None:
    """A different formula, or code beyond the notation, is not proved."""
    assert proved(function(before), function(after), ASKED) is None


def test_symmetry_comes_from_the_flags() -> None:
    """Without its flag a matrix is not symmetric, and its transpose is another matrix."""
    before, after = function("S @ x"), function("S.T @ x")
    assert proved(before, after, ASKED)
    assert proved(before, after, Asked({**SIZES, "S": "n n"})) is None


def test_arguments_are_known_by_place() -> None:
    """An answer may call its arguments what it likes: the check calls it in the order of sizes."""
    before = "def g(p, q):\n    return q @ p"
    assert proved(before, before.replace("q @ p", "p @ q"), Asked({"x": "n", "S": "n n symmetric"}))
    assert proved(before, before.replace("q @ p", "p @ q"), Asked({"x": "n", "W": "n n"})) is None


def test_arguments_of_a_wrapped_answer_are_known_by_name() -> None:
    """Where a lambda calls the answer, its arguments may stand in any order, so only their names tell what they are."""
    before, after = "def g(p, q):\n    return q @ p", "def g(p, q):\n    return p @ q"
    assert proved(before, after, Asked({"x": "n", "S": "n n symmetric"}, called=False)) is None
    named = before.replace("p", "x").replace("q", "S"), after.replace("p", "x").replace("q", "S")
    assert proved(*named, Asked({"S": "n n symmetric", "x": "n"}, called=False))


def test_the_same_code() -> None:
    """Local names are written out, unused ones fall away; a definition of another name or value is another one."""
    long = function("u + u", "'''Docstring.'''", "y = 3", "u = A @ x")
    assert same_code(long, function("A @ x + A @ x"))
    assert not same_code(long, function("A @ x + A @ b"))
    assert not same_code("def f(x):\n    return x", "def g(x):\n    return x")
    assert not same_code("a = 1", "a = 2")
    assert not same_code("a = 1", "a = 1\nb = 2")


@pytest.mark.parametrize(
    ("before", "after", "summation", "equal"),
    [
        ("W @ x", "x @ W.T", "levels", True),
        ("W^i_j x^j", "W^i_k x^k", "levels", True),
        ("W^i_j x^j", "W^i_j x_j", "levels", False),
        ("W_{i j} x_j", "W_{i j} x^j", "repeated", True),
        ("W_{i j} x_j", "W_{j i} x_j", "repeated", False),
        ("left", "right", "levels", False),
    ],
)
def test_typed_formulas(before: str, after: str, summation: str, equal: bool) -> None:
    """Typed formulas are compared in the convention in which they are read."""
    found = proved(f"text = '{before}'", f"text = '{after}'", Asked(SIZES, summation))
    assert (found is not None) == equal
