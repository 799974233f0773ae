"""The duplication matrix is printed as it was typed: the text is read back, and has the same numbers."""

from __future__ import annotations

import pytest
from symbolic_oracle import close, draw

from mcutils._symbolic import differentiate, equivalent, namespace, parse

SIZES = {"n": 4}
SYMBOLS = {"A": "n n", "X": "n n"}
ARRAYS = draw(SYMBOLS, SIZES)

PRINTED = {
    'duplication("n")': 'duplication("n")',
    'duplication("n").T @ vec(A)': 'duplication("n").T @ vec(A)',
    'kron(A, A) @ duplication("n")': 'kron(A, A) @ duplication("n")',
    'duplication("n").T @ kron(A, X) @ duplication("n")': 'duplication("n").T @ kron(A, X) @ duplication("n")',
    'duplication("n") @ inv(duplication("n").T @ duplication("n")) @ duplication("n").T @ vec(A)': (
        'duplication("n") @ inv(duplication("n").T @ duplication("n")) @ duplication("n").T @ vec(A)'
    ),
    'tr(duplication("n").T @ kron(A, A) @ duplication("n"))': (
        'tr(duplication("n") @ duplication("n").T @ kron(A, A))'
    ),
}


@pytest.mark.parametrize(("typed", "printed"), PRINTED.items())
def test_what_is_typed_is_printed(typed: str, printed: str) -> None:
    """A formula with the matrix has a matrix form, whole and between others."""
    f = parse(typed, SYMBOLS)
    assert f.to_matrix() == printed
    assert close(eval(printed, namespace(SYMBOLS, **ARRAYS)), f.evaluate(**ARRAYS))
    assert equivalent(printed, f)


def test_a_derivative_by_the_half_of_a_matrix() -> None:
    """The Jacobian of the lower half of X A Xᵀ reads as a product with the matrix."""
    found = differentiate('duplication("n").T @ vec(X @ A @ X.T)', "X", SYMBOLS, layout="vec")
    assert found.to_matrix().startswith('duplication("n").T @ (kron(I("n"), X @ A)')
    assert "D_{n}^" in found.to_latex()
