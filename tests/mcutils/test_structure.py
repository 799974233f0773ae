"""vec, vech and their matrices: the identities that define them, on integer matrices, so exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import mcutils as mc

SIZES = st.integers(1, 6)
ENTRIES = st.integers(-9, 9)


def matrix(m, n):
    """Strategy for an integer matrix of shape (m, n)."""
    return arrays(np.int64, (m, n), elements=ENTRIES)


@st.composite
def matrices(draw, *names):
    """Integer matrices whose axes are named: ``matrices("m n", "n p")``."""
    size = {axis: draw(SIZES) for axis in sorted(set(" ".join(names).split()))}
    return [draw(matrix(*(size[axis] for axis in name.split()))) for name in names]


@given(matrices("m n"))
def test_vec_puts_entry_i_j_at_i_plus_j_m(given_matrices):
    """Columns are stacked, by the definition and not by another library's flag."""
    (A,) = given_matrices
    stacked = mc.vec(A)
    for i, j in np.ndindex(A.shape):
        assert stacked[i + j * A.shape[0]] == A[i, j]


@given(matrices("m n"))
def test_unvec_undoes_vec(given_matrices):
    """unvec(vec(A), A.shape) is A, and neither shares memory with what it was given."""
    (A,) = given_matrices
    stacked = mc.vec(A)
    back = mc.unvec(stacked, A.shape)
    assert np.array_equal(back, A)
    assert not np.shares_memory(stacked, A)
    assert not np.shares_memory(back, stacked)


@given(matrices("p m", "m n", "n q"))
def test_vec_of_a_product_is_a_kronecker_product_times_vec(given_matrices):
    """vec(A X B) = (B.T kron A) vec(X): Magnus & Neudecker 2019, ch. 2."""
    A, X, B = given_matrices
    assert np.array_equal(mc.vec(A @ X @ B), np.kron(B.T, A) @ mc.vec(X))


@given(matrices("m n"))
def test_the_commutation_matrix_transposes(given_matrices):
    """K vec(A) = vec(A.T)."""
    (A,) = given_matrices
    assert np.array_equal(mc.commutation_matrix(*A.shape) @ mc.vec(A), mc.vec(A.T))


@given(SIZES, SIZES)
def test_the_commutation_matrix_is_a_permutation_whose_inverse_is_its_twin(m, n):
    """K(m, n).T = K(n, m) = K(m, n)^-1."""
    K = mc.commutation_matrix(m, n)
    assert np.array_equal(K.T, mc.commutation_matrix(n, m))
    assert np.array_equal(K @ K.T, np.eye(m * n))


@given(matrices("m n", "p q"))
def test_commutation_matrices_exchange_the_factors_of_a_kronecker_product(given_matrices):
    """K(p, m) (A kron B) K(n, q) = B kron A for A (m, n) and B (p, q): Magnus & Neudecker 2019, ch. 3."""
    A, B = given_matrices
    (m, n), (p, q) = A.shape, B.shape
    left, right = mc.commutation_matrix(p, m), mc.commutation_matrix(n, q)
    assert np.array_equal(left @ np.kron(A, B) @ right, np.kron(B, A))


@given(matrices("n n"))
def test_vech_walks_down_the_columns_of_the_lower_triangle(given_matrices):
    """vech by two plain loops."""
    (S,) = given_matrices
    n = len(S)
    assert mc.vech(S).tolist() == [S[i, j] for j in range(n) for i in range(j, n)]


@given(matrices("n n"))
def test_duplication_and_elimination_go_between_vech_and_vec(given_matrices):
    """D vech(S) = vec(S) for symmetric S, L vec(A) = vech(A) for any square A."""
    (A,) = given_matrices
    S, n = A + A.T, len(A)
    assert np.array_equal(mc.duplication_matrix(n) @ mc.vech(S), mc.vec(S))
    assert np.array_equal(mc.elimination_matrix(n) @ mc.vec(A), mc.vech(A))


@given(SIZES)
def test_elimination_undoes_duplication(n):
    """L D = I, K D = D, and D.T D counts how often each entry of vech occurs."""
    D, L, K = mc.duplication_matrix(n), mc.elimination_matrix(n), mc.commutation_matrix(n, n)
    assert np.array_equal(L @ D, np.eye(n * (n + 1) // 2))
    assert np.array_equal(K @ D, D)
    assert np.array_equal(np.diag(D.T @ D), mc.vech(2 * np.ones((n, n)) - np.eye(n)))


@given(matrices("m n", "m n"))
def test_the_frobenius_product_is_a_trace(given_matrices):
    """<A, B> = tr(A.T B) = vec(A) . vec(B)."""
    A, B = given_matrices
    assert mc.frobenius(A, B) == np.trace(A.T @ B) == mc.vec(A) @ mc.vec(B)


def test_the_frobenius_product_takes_arrays_of_any_order_and_conjugates_nothing():
    """A complex step must go through it."""
    A = np.arange(24.0).reshape(2, 3, 4)
    assert mc.frobenius(A, A) == np.sum(A**2)
    assert mc.frobenius([1j], [1j]) == -1


@pytest.mark.parametrize("build", [lambda: mc.commutation_matrix(30, 40), lambda: mc.duplication_matrix(40)])
def test_structure_matrices_of_useful_sizes_have_their_ones_and_nothing_else(build):
    """One 1 in each row, zeros elsewhere, at sizes where a loop over all entries would take minutes."""
    matrix = build()
    assert np.array_equal(matrix.sum(axis=1), np.ones(len(matrix)))
    assert np.count_nonzero(matrix) == len(matrix)


@pytest.mark.parametrize(
    "rearrange", [mc.vec, mc.vech, lambda X: mc.unvec(X.ravel(), (3, 3)), lambda X: mc.patchify(X, 2)]
)
def test_rearrangements_pass_complex_and_missing_numbers_through(rearrange):
    """Inside a function that is differentiated they meet complex steps, and points where it is not defined."""
    X = np.full((3, 3), 1 + 2j)
    X[2, 2] = np.nan
    assert rearrange(X).dtype == complex
    assert np.isnan(rearrange(X)).any()
