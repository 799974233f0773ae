"""Deriving: the median time of a first derivative, and its ratio to sympy's on the questions that sympy gets right.

Run: python benchmarks/symbolic_derivatives.py
Each derivation starts from a parsed expression with empty caches; so does sympy's, from its own expression.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import sympy as sp
from sympy.core.cache import clear_cache

from mcutils import differentiate, equivalent, parse
from mcutils._symbolic.derivative import derivative

SIZES = {
    "x": "n",
    "y": "n",
    "a": "n",
    "b": "m",
    "A": "n n",
    "B": "n n",
    "X": "n n",
    "M": "m n",
    "N": "m m",
    "Y": "m n",
    "R": "p m",
    "Z": "p n",
    "P": "n n spd",
    "S": "n n symmetric",
    "c": "",
    "H": "m p",
    "U": "n p",
}
QUESTIONS = [
    ("a @ x", "x"),
    ("x @ A @ x", "x"),
    ("x @ x", "x"),
    ("norm2(M @ x - b)**2/2", "x"),
    ("norm2(M @ x - b)**2/m", "x"),
    ("M @ x", "x"),
    ("M @ x", "M"),
    ("outer(x, x)", "x"),
    ("b @ M @ x", "M"),
    ("R @ M @ A @ x", "A"),
    ("c + a @ x + x @ A @ x/2", "x"),
    ("diag(a) @ x", "x"),
    ("(x @ x)*M @ x", "x"),
    ("A @ tanh(B @ x)", "x"),
    ("exp(a @ x)*a", "x"),
    ("softmax(x)", "x"),
    ("log(sum(exp(x)))", "x"),
    ("sum(log(1 + exp(M @ x))) - b @ M @ x", "x"),
    ("tr(A.T @ X)", "X"),
    ("tr(X.T @ X)", "X"),
    ("tr(A @ X @ B)", "X"),
    ("tr(X.T @ A @ X)", "X"),
    ("norm2(R @ Y - Z)**2", "Y"),
    ("inv(X)", "X"),
    ("logdet(X)", "X"),
    ("det(X)", "X"),
    ("tr(inv(X) @ A)", "X"),
    ("-logdet(X) + tr(A @ X)", "X"),
    ("M @ X + a", "a"),
    ("R @ Y @ X", "Y"),
    ("norm2(Y.T @ H - U)**2/2", "Y"),
    ('norm2(Y @ Z.T @ Z @ Y.T - I("m"))**2/2', "Y"),
    ("softmax(Y @ X.T, axis=1) @ B", "Y"),
    ("X @ X", "X"),
]

n, m, p = sp.symbols("n m p")
SHAPES = {
    "A": (n, n),
    "B": (n, n),
    "X": (n, n),
    "M": (m, n),
    "N": (m, m),
    "Y": (m, n),
    "R": (p, m),
    "Z": (p, n),
    "x": (n, 1),
    "a": (n, 1),
    "b": (m, 1),
}
A, B, X, M, N, Y, R, Z, x, a, b = (sp.MatrixSymbol(name, *shape) for name, shape in SHAPES.items())
BY_SYMPY = [  # our question, the same for sympy, and its variable
    ("a @ x", a.T * x, x),
    ("x @ A @ x", x.T * A * x, x),
    ("x @ x", x.T * x, x),
    ("tr(A.T @ X)", sp.Trace(A.T * X), X),
    ("tr(X.T @ X)", sp.Trace(X.T * X), X),
    ("tr(A @ X @ B)", sp.Trace(A * X * B), X),
    ("tr(X.T @ A @ X)", sp.Trace(X.T * A * X), X),
    ("tr((R @ Y - Z).T @ (R @ Y - Z))", sp.Trace((R * Y - Z).T * (R * Y - Z)), Y),
    ("tr(inv(X) @ A)", sp.Trace(X.I * A), X),
    ("logdet(X)", sp.log(sp.Determinant(X)), X),
    ("det(X)", sp.Determinant(X), X),
    ("a @ X @ x", a.T * X * x, X),
    ("(M @ x - b) @ (M @ x - b)", (M * x - b).T * (M * x - b), x),
    ("tr(X @ X @ X)", sp.Trace(X**3), X),
    ("a @ inv(X) @ x", a.T * X.I * x, X),
    ("tr(Y.T @ N @ Y)", sp.Trace(Y.T * N * Y), Y),
    ("tr(A @ X @ B @ X)", sp.Trace(A * X * B * X), X),
    ("-logdet(X) + tr(A @ X)", -sp.log(sp.Determinant(X)) + sp.Trace(A * X), X),
]


def best(run: Callable[[], object], prepare: Callable[[], object], turns: int) -> float:
    """The shortest of several times, in milliseconds."""
    times = []
    for _ in range(turns):
        prepare()
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def sympy_is_right(text: str, wrt: str, result: object) -> bool:
    try:
        return bool(equivalent(parse(result, SIZES), differentiate(text, wrt, SIZES)))
    except (ValueError, AttributeError, TypeError):
        return False


def main() -> None:
    ours = []
    for text, wrt in QUESTIONS:
        f = parse(text, SIZES)
        ours.append(best(lambda f=f, wrt=wrt: differentiate(f, wrt, layout="array"), derivative.cache_clear, 7))
    print(
        f"first derivative, {len(ours)} questions: median {statistics.median(ours):.3f} ms, largest {max(ours):.3f} ms"
    )
    ratios = []
    for text, question, variable in BY_SYMPY:
        f = parse(text, SIZES)
        mine = best(lambda f=f, v=variable.name: differentiate(f, v), derivative.cache_clear, 7)
        theirs = best(lambda q=question, v=variable: q.diff(v).doit(), clear_cache, 3)
        right = sympy_is_right(text, variable.name, question.diff(variable).doit())
        print(
            f"  {text:36} {mine:7.3f} ms   sympy {theirs:8.3f} ms  {theirs / mine:6.1f}x"
            f"{'' if right else '   sympy is wrong'}"
        )
        ratios += [theirs / mine] if right else []
    print(
        f"sympy right on {len(ratios)} of {len(BY_SYMPY)}; there, "
        f"median ratio {statistics.median(ratios):.1f}x, smallest {min(ratios):.1f}x"
    )


if __name__ == "__main__":
    main()
