"""Every derivative of the course and of the Matrix Cookbook's real, invertible sections, against complex steps.

For each question the derivative must have the right numbers at non-symmetric arrays of pairwise different sizes; and
where it prints as a matrix formula, Python's value of that text must have them too, and so must its reading back.
"""

from __future__ import annotations

import pytest
from symbolic_oracle import close, draw, functions, slope, value

from mcutils._symbolic import differentiate, parse

SIZES = {"n": 4, "m": 3, "p": 5, "q": 6, "t": 7}
SYMBOLS = {
    "c": "",
    "d": "positive",
    "x": "n",
    "y": "n",
    "a": "n",
    "b": "m",
    "e": "q",
    "v": "n",
    "z": "n positive",
    "r": "p",
    "A": "n n",
    "B": "n n",
    "C": "n n",
    "M": "m n",
    "N": "m m",
    "R": "p m",
    "U": "n p",
    "V": "m q",
    "X": "n n",
    "Y": "m n",
    "Z": "p n",
    "H": "m p",
    "S": "n n symmetric",
    "P": "n n spd",
}

COURSE = [
    # one entry; gradients
    ("M @ x", "x"),
    ("M @ x", "M"),
    ("b @ M", "b"),
    ("b @ M", "M"),
    ("a @ x", "x"),
    ("x @ A @ x", "x"),
    ("x @ A @ x - a @ x", "x"),
    ("norm2(x)**2", "x"),
    ("x @ x", "x"),
    ("norm2(M @ x - b)**2/2", "x"),
    ("norm2(M @ x - b)**2/m", "x"),
    ("sin(x @ A @ x)", "x"),
    ("(M @ x - b) @ (M @ x - b)/m", "x"),
    ("x @ P @ y", "x"),
    # Jacobians, one map in two layouts
    ("a", "x"),
    ("x", "x"),
    ("x @ A", "x"),
    ("A @ x + sin(x)", "x"),
    ("3*sin(x)", "x"),
    ("(x @ x)*a", "x"),
    ("A @ tanh(x)", "x"),
    ("(a @ x)*tanh(x)", "x"),
    ("exp(M @ x)", "x"),
    ("tanh(M @ exp(x))", "x"),
    ("sin(x) @ exp(x)", "x"),
    ("c*a + c**2*y", "c"),
    ("N @ M @ x", "x"),
    ("exp(a @ x)*a", "x"),
    ("(x @ x)*M @ x", "x"),
    ("A @ tanh(B @ x)", "x"),
    ("a @ X @ y", "X"),
    ("x*a", "x"),
    # differentials
    ("tr(A.T @ X)", "X"),
    ("tr(X.T @ X)", "X"),
    ("norm2(Y)**2", "Y"),
    ("tr(A @ X @ B)", "X"),
    ("tr(Y.T @ N @ Y)", "Y"),
    ("norm2(R @ Y - Z)**2", "Y"),
    ("tr(A.T @ (B*X))", "X"),
    ("sum(A*X)", "X"),
    ("tr(A @ B @ X)", "X"),
    ("A*X", "X"),
    ("sin(X)", "X"),
    # inverse and determinant
    ("inv(X)", "X"),
    ("logdet(X)", "X"),
    ("det(X)", "X"),
    ("tr(inv(X) @ A)", "X"),
    ("-logdet(X) + tr(A @ X)", "X"),
    ("(logdet(P) - x @ P @ x)/2", "P"),
    ("(logdet(P) - (x - a) @ P @ (x - a))/2", "a"),
    ("x @ inv(P) @ x", "P"),
    # composition, layers, softmax
    ("X.T", "X"),
    ("A @ X", "X"),
    ("X @ B", "X"),
    ("sum(X)", "X"),
    ("M + a", "a"),
    ("M @ X + a", "X"),
    ("M @ X + a", "a"),
    ("M @ X + a", "M"),
    ("sum(tanh(M @ X + a))", "X"),
    ("sum(tanh(M @ X + a))", "a"),
    ("log(sum(exp(x)))", "x"),
    ("log(sum(exp(A @ x)))", "x"),
    ("softmax(x)", "x"),
    ("softmax(M, axis=1)", "M"),
    ("softmax(M, axis=0)", "M"),
    ("log(sum(exp(x))) - y @ x", "x"),
    ("softmax(Y @ X.T/sqrt(2), axis=1) @ B", "Y"),
    ("softmax(Y @ X.T/sqrt(2), axis=1) @ B", "X"),
    ("softmax(Y @ X.T, axis=1) @ B", "B"),
    ("Y @ X.T/sqrt(2)", "X"),
    ("relu(M @ x)", "M"),
    ("sum(relu(M @ X))", "X"),
    ("-y @ log(softmax(x))", "x"),
    # index notation exercises
    ("outer(x, x)", "x"),
    ("b @ M @ x", "x"),
    ("b @ M @ x", "M"),
    ("R @ M @ X @ y", "y"),
    ("R @ M @ X @ y", "M"),
    ("R @ M @ X @ y", "X"),
    ("R @ M @ X @ y", "R"),
    ("c + a @ x + x @ A @ x/2", "x"),
    ("diag(v) @ x", "x"),
    ("diag(x) @ v", "x"),
    ('norm2(Y @ Z.T @ Z @ Y.T - I("m"))**2/2', "Y"),
    ("norm2(Y.T @ H - U)**2/2", "Y"),
    ("norm2(Y.T @ H - U)**2/(2*p)", "Y"),
    ("diag(X)", "X"),
    ("diag(x)", "x"),
    # vec and Kronecker
    ("R @ Y @ X", "Y"),
    ("vec(R @ Y @ X)", "Y"),
    ("kron(Y, R)", "Y"),
    ("kron(R, Y)", "Y"),
    ("Y.T @ Y", "Y"),
    ("kron(A, M) @ vec(X)", "X"),
    ('commutation("m", "n") @ vec(Y)', "Y"),
    # logistic regression
    ("sum(log(1 + exp(M @ x)) - b*(M @ x))", "x"),
    ("M.T @ (sigmoid(M @ x) - b)", "x"),
    ("sum(sigmoid(M @ x))", "M"),
]

COOKBOOK = [
    # 2.1 determinants
    ("det(A + c*B)", "c"),
    ("det(A @ X @ B)", "X"),
    ("det(Y @ A @ Y.T)", "Y"),
    ("det(X.T @ A @ X)", "X"),
    ("det(Y @ Y.T)", "Y"),
    ("logdet(Y @ Y.T)", "Y"),
    ("logdet(X.T @ X)", "X"),
    ("det(X @ X @ X)", "X"),
    ("det(X)**3", "X"),
    ("logdet(A + c*B)", "c"),
    ("det(Y @ S @ Y.T)", "Y"),
    # 2.2 inverses
    ("inv(A + c*B)", "c"),
    ("a @ inv(X) @ y", "X"),
    ("det(inv(X))", "X"),
    ("tr(A @ inv(X) @ B)", "X"),
    ("tr(inv(X + A))", "X"),
    ("inv(A @ X @ B)", "X"),
    # 2.4 matrices, vectors and scalar forms
    ("a @ X.T @ y", "X"),
    ("a @ X @ a", "X"),
    ("sum(X)**2", "X"),
    ("a @ Y.T @ Y @ x", "Y"),
    ("(M @ x + b) @ N @ (Y @ x + b)", "x"),
    ("Y @ B @ Y.T", "Y"),
    ("a @ Y.T @ N @ Y @ x", "Y"),
    ("(Y @ x + b) @ N @ (Y @ x + b)", "Y"),
    ("(Y @ x + b) @ N @ (Y @ x + b)", "x"),
    ("X @ X @ X", "X"),
    ("a @ X @ X @ X @ y", "X"),
    ("a @ (X @ X).T @ X @ X @ y", "X"),
    ("sin(x) @ A @ exp(x)", "x"),
    ("(A @ x) @ (A @ x)/((B @ x) @ (B @ x))", "x"),
    ("x @ A @ x + a @ x", "x"),
    # 2.5 traces
    ("tr(sin(X))", "X"),
    ("tr(X)", "X"),
    ("tr(X @ A)", "X"),
    ("tr(A @ X.T @ B)", "X"),
    ("tr(X.T @ A)", "X"),
    ("tr(A @ X.T)", "X"),
    ("tr(kron(A, X))", "X"),
    ("tr(X @ X)", "X"),
    ("tr(X @ X @ B)", "X"),
    ("tr(X.T @ B @ X)", "X"),
    ("tr(B @ X @ X.T)", "X"),
    ("tr(X @ X.T @ B)", "X"),
    ("tr(Y @ B @ Y.T)", "Y"),
    ("tr(B @ Y.T @ Y)", "Y"),
    ("tr(Y.T @ Y @ B)", "Y"),
    ("tr(A @ X @ B @ X)", "X"),
    ("tr(Y @ Y.T)", "Y"),
    ("tr(B.T @ Y.T @ N @ Y @ B)", "Y"),
    ("tr(Y.T @ N @ Y @ C)", "Y"),
    ("tr(H @ R @ Y @ B @ Y.T @ N)", "Y"),
    ("tr((R @ Y @ B + Z) @ (R @ Y @ B + Z).T)", "Y"),
    ("tr(kron(X, X))", "X"),
    ("tr(X @ X @ X)", "X"),
    ("tr(A @ X @ X @ X)", "X"),
    ("tr(B.T @ X.T @ C @ X @ X.T @ C @ X @ B)", "X"),
    ("tr(inv(Y @ C @ Y.T) @ N)", "Y"),
    ("tr(inv(Y @ C @ Y.T) @ (Y @ B @ Y.T))", "Y"),
    ("tr(inv(N + Y @ C @ Y.T) @ (Y @ B @ Y.T))", "Y"),
    # 2.6 and 2.7 norms
    ("norm2(x - a)", "x"),
    ("(x - a)/norm2(x - a)", "x"),
    ("norm2(x)**2", "x"),
    ("norm2(Y)**2", "Y"),
    ("norm2(Y)", "Y"),
    ("norm2(A @ x - a)", "x"),
    # powers, roots and quotients of scalars, and of entries
    ("sqrt(x @ P @ x)", "x"),
    ("(x @ x)**3", "x"),
    ("(a @ x)**5/(1 + x @ x)**2", "x"),
    ("z**3", "z"),
    ("sqrt(z)", "z"),
    ("1/z", "z"),
    ("x/z", "z"),
    ("z**(1/3)", "z"),
    ("log(z)*x", "z"),
    ("d**(-3/2)", "d"),
    ("exp(-x @ x/(2*d))", "d"),
    ("X/norm2(X)", "X"),
    ("cos(x)*sin(x)", "x"),
    ("sum(X, axis=1)", "X"),
    ("sum(X, axis=0)/n", "X"),
    ("tanh(c*x)", "c"),
    ("sum(diag(X)*a)", "X"),
    ("M @ diag(x) @ M.T", "x"),
]

SYMMETRIC = [
    # 2.8 structured: the gradient over symmetric directions
    ("tr(A @ S)", "S"),
    ("logdet(P)", "P"),
    ("det(P)", "P"),
    ("a @ S @ y", "S"),
    ("tr(S @ S)", "S"),
    ("tr(A @ inv(P))", "P"),
    ("norm2(M @ S)**2", "S"),
    ("S @ S", "S"),
    ("inv(P)", "P"),
]

SECOND = [
    ("x @ A @ x/2", "x"),
    ("norm2(M @ x - b)**2/2", "x"),
    ("norm2(R @ Y - Z)**2/2", "Y"),
    ("tr(X.T @ A @ X)", "X"),
    ("logdet(X)", "X"),
    ("log(sum(exp(x)))", "x"),
    ("sum(log(1 + exp(M @ x))) - b @ M @ x", "x"),
    ("norm2(x)", "x"),
    ("exp(x @ A @ x)", "x"),
    ("tr(inv(X) @ A)", "X"),
    ("(x @ x)**2", "x"),
    ("sum(tanh(M @ x)*b)", "x"),
    ("det(X)", "X"),
    ("norm2(tanh(Y @ x) - b)**2", "Y"),
    ("sum(relu(Y @ x)**2)", "Y"),
    ("c**4", "c"),
    ("norm2(U @ Z - A)**2/2", "U"),
    ("a @ softmax(x)", "x"),
    ("logdet(P)", "P"),
    ("x @ A @ x/(x @ x)", "x"),
    ("sqrt(1 + x @ x)", "x"),
]

ARRAYS = draw(SYMBOLS, SIZES)


def check_printed(derivation, wanted):
    """The printed formula, if there is one, evaluates to the right numbers, and is read back to them."""
    try:
        text = derivation.to_matrix()
    except ValueError:
        return
    assert close(value(text, ARRAYS, SIZES), wanted), f"Python's value of {text}"
    assert close(parse(text, SYMBOLS).evaluate(**ARRAYS), wanted), f"the reading of {text}"


@pytest.mark.parametrize(("text", "wrt"), COURSE + COOKBOOK + SYMMETRIC)
def test_derivative_has_the_numbers_of_a_complex_step(text, wrt):
    """The derivative by entries, its vec form, and both as printed, agree with the complex step to 1e-9."""
    symmetric = any(flag in SYMBOLS[wrt] for flag in ("symmetric", "spd"))
    wanted = slope(text, wrt, ARRAYS, SIZES, symmetric)
    derivation = differentiate(text, wrt, SYMBOLS, layout="array")
    assert close(derivation.evaluate(**ARRAYS), wanted)
    check_printed(derivation, wanted)
    outputs = value(text, ARRAYS, SIZES).size
    stacked = wanted.reshape((outputs, -1), order="F")
    flat = differentiate(text, wrt, SYMBOLS, layout="vec")
    assert close(flat.evaluate(**ARRAYS), stacked)
    check_printed(flat, stacked)


@pytest.mark.parametrize(("text", "wrt"), SECOND)
def test_second_derivative_has_the_numbers_of_a_complex_step_of_the_gradient(text, wrt):
    """H[in..., in...], and its vec form, agree with a complex step of the printed or compiled gradient to 1e-9."""
    symmetric = "spd" in SYMBOLS[wrt]
    gradient = differentiate(text, wrt, SYMBOLS).to_matrix()
    wanted = slope(gradient, wrt, ARRAYS, SIZES, symmetric)
    hessian = differentiate(text, wrt, SYMBOLS, order=2)
    assert close(hessian.evaluate(**ARRAYS), wanted)
    check_printed(hessian, wanted)
    size = ARRAYS[wrt].size
    stacked = wanted.reshape((size, size), order="F")
    flat = differentiate(text, wrt, SYMBOLS, layout="vec", order=2)
    assert close(flat.evaluate(**ARRAYS), stacked)
    check_printed(flat, stacked)


def test_conv1d_by_its_patch_tensor():
    """A one-dimensional convolution, written with its constant patch tensor, has the right derivatives."""
    sizes = {"X": "s k", "P": "t w s", "F": "o w k"}
    arrays = draw(sizes, {"s": 9, "k": 3, "t": 4, "w": 5, "o": 2})
    f = parse("P^t_{w s} X^s_k F_o^{w k}", sizes, notation="index", free="t o")
    by_f = differentiate(f, "F", layout="array").evaluate(**arrays)
    by_x = differentiate(f, "X", layout="array").evaluate(**arrays)
    import numpy as np

    patches = np.einsum("tws,sk->twk", arrays["P"], arrays["X"])
    assert close(by_f, np.einsum("twk,op->topwk", patches, np.eye(2)))
    assert close(by_x, np.einsum("tws,owk->tosk", arrays["P"], arrays["F"]))


def test_the_oracle_can_fail():
    """A wrong formula is told from the complex step: the oracle shares nothing with the engine."""
    wanted = slope("x @ A @ x", "x", ARRAYS, SIZES)
    assert not close(value("2*A @ x", ARRAYS, SIZES), wanted)
    assert close(value("(A + A.T) @ x", ARRAYS, SIZES), wanted)
    assert "tr" in functions(SIZES)
