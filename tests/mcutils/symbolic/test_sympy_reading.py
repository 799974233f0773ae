"""sympy's matrix expressions are read to the expressions that their text would give."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sympy as sp

from mcutils import ShapeError
from mcutils._symbolic import equivalent, parse

m, n, p = sp.symbols("m n p")
c = sp.Symbol("c")
A, B, M, X = (
    sp.MatrixSymbol(name, *axes) for name, axes in (("A", (p, m)), ("B", (p, n)), ("M", (n, n)), ("X", (m, n)))
)
x = sp.MatrixSymbol("x", n, 1)
SIZES = {"A": "p m", "B": "p n", "M": "n n", "X": "m n", "x": "n", "c": ""}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (2 * A.T * (A * X - B), "2*A.T @ (A @ X - B)"),
        (sp.Trace(M * M.T), "tr(M @ M.T)"),
        (x.T * M * x, "x @ M @ x"),
        (M.I * x, "inv(M) @ x"),
        (c * M + sp.Identity(n), 'c*M + I("n")'),
        (sp.Determinant(M), "det(M)"),
        (sp.HadamardProduct(B, A * X), "B*(A @ X)"),
        (sp.KroneckerProduct(A, M), "kron(A, M)"),
        (M**3, "M @ M @ M"),
        (M**-2, "inv(M) @ inv(M)"),
        (M.applyfunc(sp.exp), "exp(M)"),
        (c**2 * x / 3, "c**2*x/3"),
        (sp.exp(c) + sp.sqrt(c), "exp(c) + sqrt(c)"),
        (n * x, "n*x"),
        (sp.ZeroMatrix(n, n) + M, "M"),
        (sp.OneMatrix(n, n) * x, 'ones("n", "n") @ x'),
    ],
)
def test_sympy_expressions_equal_their_text(given, text):
    """Each class of sympy's matrix expressions is read."""
    assert equivalent(parse(given, SIZES), parse(text, SIZES))


def test_shapes_come_from_sympy_without_sizes():
    """Axis names are taken from the shapes of the symbols, and a column is a vector."""
    f = parse(A * X * x)
    assert f.axes == ("p",)
    assert f.symbols["x"].axes == ("n",)


def test_what_cannot_be_read_gets_a_sentence():
    """Unknown functions, symbolic exponents and clashing shapes are refused."""
    with pytest.raises(ValueError, match="the function gamma cannot be read here"):
        parse(sp.gamma(c))
    with pytest.raises(ValueError, match="the exponent n cannot be read here"):
        parse(c**n)
    with pytest.raises(ShapeError, match=r"A is \(n, n\) by sizes and \(p, m\) in sympy"):
        parse(A * X, {"A": "n n", "X": "m n"})


Y = sp.MatrixSymbol("Y", p, m)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (lambda: A * Y, r"A\*Y multiplies shapes \(p, m\) and \(p, m\); m and p must be one axis"),
        (lambda: x + x.T, r"joins shapes \(n, 1\) and \(1, n\) entry by entry"),
        (lambda: sp.Trace(A), r"Trace\(A\) needs a square matrix, and has one of shape \(p, m\)"),
        (lambda: sp.Determinant(A), r"needs a square matrix"),
        (lambda: A**2, r"needs a square matrix"),
        (lambda: sp.Inverse(A), r"needs a square matrix"),
    ],
)
def test_shapes_that_sympy_does_not_compare_are_compared(given, sentence):
    """sympy takes m for n where both are names; such a product is no answer."""
    try:
        made = given()
    except ValueError:  # a later sympy may refuse it itself
        return
    with pytest.raises(ShapeError, match=sentence):
        parse(made)


def test_a_scalar_product_times_a_vector():
    """sympy has 1 x 1 matrices for scalar products, and takes them as factors."""
    y = sp.MatrixSymbol("y", n, 1)
    sizes = {**SIZES, "y": "n"}
    assert equivalent(parse(x.T * y * x, sizes), parse("(x @ y)*x", sizes))


def test_the_engine_does_not_import_sympy():
    """Only a sympy object brings sympy in; a second run shows that this test can fail."""
    code = "import sys; from mcutils._symbolic import parse; parse('x', {'x': 'n'}); print('sympy' in sys.modules)"
    for extra, wanted in (("", "False"), ("import sympy; ", "True")):
        run = subprocess.run([sys.executable, "-c", extra + code], capture_output=True, text=True, check=True)
        assert run.stdout.strip() == wanted
