"""Equivalence: the median time of `equivalent` on 40 pairs, and of `sympy.simplify(a - b)`, with how many each gets right.

Run: python benchmarks/equivalence_time.py
Warm: the texts have been parsed before, as in a class; the comparison itself is done anew each time.
"""

from __future__ import annotations

import statistics
import time

import sympy as sp

from mcutils._symbolic import equivalent

SIZES = {"A": "n n", "B": "n n", "C": "n n", "x": "n", "y": "n", "M": "m n", "b": "m", "c": "", "K": "k k"}
n, m, k = sp.symbols("n m k")
NAMES = {
    **{s: sp.MatrixSymbol(s, n, n) for s in "ABC"}, **{s: sp.MatrixSymbol(s, n, 1) for s in "xy"}, "M": sp.MatrixSymbol("M", m, n), "b": sp.MatrixSymbol("b", m, 1),
    "c": sp.Symbol("c"), "K": sp.MatrixSymbol("K", k, k),
}  # fmt: skip

PAIRS = [  # left, right, whether they are equal; then both for sympy where NumPy's notation is not its own
    ("A @ B @ C", "A @ (B @ C)", True), ("(A @ B).T", "B.T @ A.T", True), ("(A @ B).T", "A.T @ B.T", False), ("A @ (B + C)", "A @ B + A @ C", True),
    ("(A + B) @ C", "A @ C + B @ C", True), ("(A + B) @ (A - B)", "A @ A - B @ B", False), ("(A + B) @ (A - B)", "A @ A - A @ B + B @ A - B @ B", True),
    ("inv(A @ B)", "inv(B) @ inv(A)", True), ("inv(A @ B)", "inv(A) @ inv(B)", False), ("inv(A.T)", "inv(A).T", True), ("inv(A + B)", "inv(A) + inv(B)", False),
    ("inv(A) - inv(B)", "inv(A) @ (B - A) @ inv(B)", True), ("inv(inv(A))", "A", True), ("tr(A @ B)", "tr(B @ A)", True), ("tr(A @ B @ C)", "tr(C @ A @ B)", True),
    ("tr(A @ B @ C)", "tr(A @ C @ B)", False), ("tr(A.T)", "tr(A)", True), ("tr(A + B)", "tr(A) + tr(B)", True), ("tr(c*A)", "c*tr(A)", True),
    ("det(A @ B)", "det(A)*det(B)", True), ("det(A.T)", "det(A)", True), ("det(A + B)", "det(A) + det(B)", False), ("det(inv(A))", "1/det(A)", True),
    ("(A + A.T) @ x", "2*A @ x", False), ("(A + A.T) @ x", "A @ x + A.T @ x", True), ("M.T @ (M @ x - b)", "M.T @ M @ x - M.T @ b", True),
    ("M.T @ (M @ x - b)", "M.T @ M @ x + M.T @ b", False), ("2*M.T @ (M @ x - b)", "M.T @ (M @ x - b) + M.T @ M @ x - M.T @ b", True),
    ("c*(A + B)", "c*A + c*B", True), ("A @ inv(A)", 'I("n")', True), ("inv(A) @ B @ A", "B", False), ("(A.T @ A).T", "A.T @ A", True), ("A @ A.T", "A.T @ A", False),
    ("x @ A @ x", "x @ A.T @ x", True), ("x @ A @ y", "x @ A.T @ y", False), ("x @ A @ y", "y @ A.T @ x", True), ("-inv(A).T @ B.T @ inv(A).T", "-(inv(A) @ B @ inv(A)).T", True),
    ("kron(A, K).T", "kron(A.T, K.T)", True), ("kron(A, K) @ kron(B, K)", "kron(A @ B, K @ K)", True), ("tr(kron(A, K))", "tr(A)*tr(K)", True),
]  # fmt: skip


class Column:
    """sympy's matrices under NumPy's notation: @ is the product, and a vector on the left is a row."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __matmul__(self, other: Column) -> Column:
        left, right = self.value, other.value
        row = getattr(left, "shape", (0, 0))[1] == 1 and right.shape[0] != 1
        return Column((left.T if row else left) * right)

    def __mul__(self, other: object) -> Column:
        return Column(self.value * getattr(other, "value", other))

    __rmul__ = __mul__

    def __rtruediv__(self, other: int) -> Column:
        return Column(other / self.value)

    def __add__(self, other: Column) -> Column:
        return Column(self.value + other.value)

    def __sub__(self, other: Column) -> Column:
        return Column(self.value - other.value)

    def __neg__(self) -> Column:
        return Column(-self.value)

    @property
    def T(self) -> Column:  # noqa: D102 - sympy's own name
        return Column(self.value.T)


def by_sympy(text: str) -> object:
    space = {name: Column(value) for name, value in NAMES.items()}
    space |= {
        "tr": lambda a: Column(sp.Trace(a.value)),
        "inv": lambda a: Column(sp.Inverse(a.value)),
        "det": lambda a: Column(sp.Determinant(a.value)),
    }
    space |= {"I": lambda _: Column(sp.Identity(n)), "kron": lambda a, b: Column(sp.KroneckerProduct(a.value, b.value))}
    return eval(text, space).value


def is_zero(e: object) -> bool:
    return e == 0 or type(e).__name__ == "ZeroMatrix" or bool(getattr(e, "is_zero_matrix", False))


def main() -> None:
    ours, theirs, right, sympy_right = [], [], 0, 0
    for left, right_text, equal in PAIRS:
        equivalent(left, right_text, SIZES)
        times = []
        for _ in range(9):
            start = time.perf_counter()
            verdict = equivalent(left, right_text, SIZES)
            times.append(time.perf_counter() - start)
        ours.append(min(times) * 1e3)
        right += bool(verdict) == equal
        a, b = by_sympy(left), by_sympy(right_text)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            try:
                said = is_zero(sp.simplify(a - b))
            except Exception:  # sympy fails on some of these; that counts as no answer
                said = None
            times.append(time.perf_counter() - start)
        theirs.append(min(times) * 1e3)
        sympy_right += said == equal
    print(
        f"{len(PAIRS)} pairs: equivalent  median {statistics.median(ours):.3f} ms, largest {max(ours):.2f} ms, right on {right}"
    )
    print(
        f"          sympy.simplify  median {statistics.median(theirs):.3f} ms, largest {max(theirs):.2f} ms, right on {sympy_right}"
    )
    print(f"median ratio {statistics.median(t / o for o, t in zip(ours, theirs, strict=True)):.1f}x")


if __name__ == "__main__":
    main()
