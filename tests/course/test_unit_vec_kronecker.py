"""Every formula that the unit on vec and Kronecker products prints, held against numbers."""

import numpy as np
import pytest

import mcutils as mc
from mcutils import commutation_matrix, duplication_matrix, elimination_matrix, jacobian, unvec, vec, vech

SIZE = {"m": 4, "n": 5, "p": 3, "q": 6}
inv, kron, eye = np.linalg.inv, np.kron, np.eye


def K(m, n):
    return commutation_matrix(SIZE[m], SIZE[n])


def draw(axes):
    """A matrix or vector without any symmetry, the same for the same axes; square ones are far from singular."""
    rng = np.random.default_rng(sum(map(ord, axes)))
    shape = [SIZE[axis] for axis in axes.split()]
    square = len(shape) == 2 and shape[0] == shape[1]
    return rng.standard_normal(shape) + (3 * np.eye(shape[0]) if square else 0)


X, A, B, C = draw("m n"), draw("p m"), draw("n q"), draw("n p")
SQUARE, LEFT, RIGHT = draw("n n"), draw("m m"), draw("n n") + 1
TURNED_A, TURNED_B = draw("p n"), draw("m q")


def symmetric(axis):
    M = draw(f"{axis} {axis}")
    return M @ M.T + eye(SIZE[axis])


# --- stacking ---------------------------------------------------------------------------------------------------------


def test_an_entry_stands_where_the_definition_says():
    """Entry (i, j), counted from 1, is number i + (j - 1) m of vec X."""
    m, n = X.shape
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            assert vec(X)[i + (j - 1) * m - 1] == X[i - 1, j - 1]


def test_rows_are_the_columns_of_the_transpose():
    """X.ravel() is vec(X.T), and reshape fills rows."""
    assert np.array_equal(X.ravel(), vec(X.T))
    assert np.array_equal(vec(X).reshape(X.shape[::-1]).T, unvec(vec(X), X.shape))


def test_vec_keeps_the_inner_product():
    """tr(A.T B) is the product of the two columns."""
    Y = X + draw("m n")[::-1]
    assert np.trace(X.T @ Y) == pytest.approx(vec(X) @ vec(Y))


KRON = [
    (kron(LEFT, SQUARE) @ kron(X, B), kron(LEFT @ X, SQUARE @ B)),
    (kron(A, B).T, kron(A.T, B.T)),
    (inv(kron(LEFT, SQUARE)), kron(inv(LEFT), inv(SQUARE))),
    (np.trace(kron(LEFT, SQUARE)), np.trace(LEFT) * np.trace(SQUARE)),
]


@pytest.mark.parametrize(("left", "right"), KRON, ids=["product", "transpose", "inverse", "trace"])
def test_rules_of_the_kronecker_product(left, right):
    """Products, transposes, inverses and traces of Kronecker products are those of the factors, in the same order."""
    assert np.allclose(left, right)


def test_a_block_of_the_product():
    """Block (i, j) of P ⊗ Q is P[i, j] Q."""
    r, s = B.shape
    for (i, j), entry in np.ndenumerate(A):
        assert np.array_equal(kron(A, B)[i * r : (i + 1) * r, j * s : (j + 1) * s], entry * B)


def test_the_identity_and_its_special_cases():
    """vec(A X B), vec(A X), vec(X B) and vec(a b.T) are as the lesson says, and with rows the factors change places."""
    m, n = X.shape
    assert np.allclose(vec(A @ X @ B), kron(B.T, A) @ vec(X))
    assert np.allclose(vec(A @ X), kron(eye(n), A) @ vec(X))
    assert np.allclose(vec(X @ B), kron(B.T, eye(m)) @ vec(X))
    assert np.allclose((A @ X @ B).ravel(), kron(A, B.T) @ X.ravel())
    a, b = draw("m"), draw("n")
    assert np.allclose(vec(np.outer(a, b)), kron(b, a))


def test_the_columns_of_the_derivation():
    """Column k of A X B is the sum over j of B[j, k] A x_j."""
    for k in range(SIZE["q"]):
        assert np.allclose((A @ X @ B)[:, k], sum(B[j, k] * A @ X[:, j] for j in range(SIZE["n"])))


# --- Jacobians --------------------------------------------------------------------------------------------------------

TALL, MIDDLE = draw("n m"), draw("m n") ** 2
JACOBIANS = {
    "A X B": (lambda X: A @ X @ B, X, kron(B.T, A)),
    "X X": (lambda X: X @ X, SQUARE, kron(SQUARE.T, eye(5)) + kron(eye(5), SQUARE)),
    "inv X": (inv, SQUARE, -kron(inv(SQUARE).T, inv(SQUARE))),
    "inv(A X)": (lambda X: inv(RIGHT @ X), SQUARE, -kron(inv(RIGHT @ SQUARE).T, inv(SQUARE))),
    "X.T": (lambda X: X.T, X, K("m", "n")),
    "A X.T B, K right": (lambda X: TURNED_A @ X.T @ TURNED_B, X, kron(TURNED_B.T, TURNED_A) @ K("m", "n")),
    "A X.T B, K left": (lambda X: TURNED_A @ X.T @ TURNED_B, X, K("q", "p") @ kron(TURNED_A, TURNED_B.T)),
    "X.T X": (lambda X: X.T @ X, X, (eye(25) + K("n", "n")) @ kron(eye(5), X.T)),
    "X.T X, the long way": (lambda X: X.T @ X, X, kron(X.T, eye(5)) @ K("m", "n") + kron(eye(5), X.T)),
    "A X + X B": (lambda X: LEFT @ X + X @ RIGHT, X, kron(eye(5), LEFT) + kron(RIGHT.T, eye(4))),
    "A.T X B + 3 X": (lambda X: LEFT.T @ X @ RIGHT + 3 * X, X, kron(RIGHT.T, LEFT.T) + 3 * eye(20)),
    "W X by W": (lambda W: W @ X, A, kron(X.T, eye(3))),
    "W X by X": (lambda X: A @ X, X, kron(eye(5), A)),
    "X A X": (lambda X: X @ MIDDLE @ X, TALL, kron((MIDDLE @ TALL).T, eye(5)) + kron(eye(4), TALL @ MIDDLE)),
    "X X.T": (lambda X: X @ X.T, X, (eye(16) + K("m", "m")) @ kron(X, eye(4))),
    "X.T A X": (
        lambda X: X.T @ LEFT @ X, X, kron(X.T @ LEFT.T, eye(5)) @ K("m", "n") + kron(eye(5), X.T @ LEFT),
    ),
    "A inv(X) B": (
        lambda X: C.T @ inv(X) @ B, SQUARE, -kron(B.T @ inv(SQUARE).T, C.T @ inv(SQUARE)),
    ),
    "inv(X).T": (lambda X: inv(X).T, SQUARE, -kron(inv(SQUARE), inv(SQUARE).T) @ K("n", "n")),
}  # fmt: skip


@pytest.mark.parametrize(("f", "at", "J"), JACOBIANS.values(), ids=JACOBIANS)
def test_jacobians_agree_with_numbers(f, at, J):
    """A Jacobian that the unit prints is the numerical one, in vec layout."""
    assert np.allclose(J, jacobian(f, at, layout="vec"), atol=1e-7)


def test_the_product_rule():
    """J_UV = (V.T ⊗ I) J_U + (I ⊗ U) J_V, for two factors that depend on X in different ways."""
    U, V = (lambda X: A @ X), (lambda X: X.T @ LEFT)
    J_U, J_V = jacobian(U, X, layout="vec"), jacobian(V, X, layout="vec")
    J = kron(V(X).T, eye(3)) @ J_U + kron(eye(4), U(X)) @ J_V
    assert np.allclose(J, jacobian(lambda X: U(X) @ V(X), X, layout="vec"), atol=1e-7)


def test_the_commutation_matrix():
    """K moves vec X to vec X.T, is undone by its transpose, and lets Kronecker factors change places."""
    assert np.array_equal(K("m", "n") @ vec(X), vec(X.T))
    assert np.array_equal(K("n", "m") @ K("m", "n"), eye(20))
    assert np.array_equal(K("n", "m"), K("m", "n").T)
    assert np.allclose(K("p", "q") @ kron(B.T, A), kron(A, B.T) @ K("m", "n"))
    assert np.allclose((eye(25) + K("n", "n")) @ vec(SQUARE), vec(SQUARE + SQUARE.T))


def test_two_rows_of_the_gram_jacobian_are_equal():
    """Those of the entries (i, j) and (j, i) of X.T X."""
    J = jacobian(lambda X: X.T @ X, X, layout="vec").reshape(5, 5, -1)
    assert np.allclose(J, J.transpose(1, 0, 2))


def test_the_hat_matrix():
    """The challenge: the Jacobian of X M X.T, its differential, and the slope for one number."""
    X, c = draw("n p"), 0.7
    M = inv(X.T @ X + c * eye(3))
    H = X @ M @ X.T
    J = (eye(25) + K("n", "n")) @ kron(X @ M, eye(5) - H)
    assert np.allclose(J, jacobian(lambda X: X @ inv(X.T @ X + c * eye(3)) @ X.T, X, layout="vec"), atol=1e-7)
    dX = X[::-1] ** 2
    half = dX @ M @ X.T - H @ dX @ M @ X.T
    assert np.allclose(half + half.T, unvec(J @ vec(dX), (5, 5)))
    slope = mc.slope(lambda x: x * x / (x * x + c), 1.3, 1.0).value
    assert slope == pytest.approx(2 * c * 1.3 / (1.3**2 + c) ** 2)


def test_steps_within_the_column_space_do_not_change_the_fit():
    """Without ridge the hat matrix is a projection, and dX = X N leaves it as it is, as the challenge asks to find."""
    X, N = draw("n p"), draw("p p")
    hat = lambda X: X @ inv(X.T @ X) @ X.T  # noqa: E731 - a formula
    assert np.allclose(mc.jvp(hat, X, X @ N), 0, atol=1e-8)


# --- symmetric variables ----------------------------------------------------------------------------------------------


def test_duplication_and_elimination():
    """D puts entries back, L takes them out, LD is an identity, and DL copies the lower triangle upwards."""
    D, L, S = duplication_matrix(5), elimination_matrix(5), symmetric("n")
    assert np.allclose(D @ vech(S), vec(S))
    assert np.allclose(L @ vec(S), vech(S))
    assert np.array_equal(L @ D, eye(15))
    lower = np.tril(SQUARE)
    assert np.allclose(unvec(D @ L @ vec(SQUARE), (5, 5)), lower + lower.T - np.diag(np.diag(SQUARE)))


def test_free_entries_by_free_entries():
    """L (A ⊗ A) D is the Jacobian of vech(A S A.T) by vech(S)."""
    D, L = duplication_matrix(5), elimination_matrix(5)
    measured = jacobian(lambda s: vech(SQUARE @ unvec(D @ s, (5, 5)) @ SQUARE.T), vech(symmetric("n")))
    assert np.allclose(L @ kron(SQUARE, SQUARE) @ D, measured)


def test_the_numbers_of_the_worked_example():
    """For a = (1, 2) and b = (3, 1): the three matrices, the vector (3, 7, 2), and what they give with a step."""
    a, b = np.array([1.0, 2.0]), np.array([3.0, 1.0])
    D, G0 = duplication_matrix(2), np.outer(a, b)
    ours, other = (G0 + G0.T) / 2, G0 + G0.T - np.diag(np.diag(G0))
    assert np.array_equal(G0, [[3, 1], [6, 2]])
    assert np.array_equal(ours, [[3, 3.5], [3.5, 2]])
    assert np.array_equal(other, [[3, 7], [7, 2]])
    assert np.array_equal(D.T @ vec(ours), [3, 7, 2])
    assert np.array_equal(D.T @ vec(G0), [3, 7, 2])
    assert np.allclose(mc.gradient(lambda s: a @ unvec(D @ s, (2, 2)) @ b, [0.3, -1.0, 2.0]), [3, 7, 2])
    ds = np.array([0.4, -0.3, 0.9])
    pairings = [mc.frobenius(G, unvec(D @ ds, (2, 2))) for G in (G0, ours, other)]
    assert pairings == pytest.approx([ds @ [3, 7, 2], ds @ [3, 7, 2], ds @ [3, 14, 2]])


SYMMETRIC = {
    "a S b": (lambda S: draw("n") @ S @ B[:, 0], lambda S: np.outer(draw("n"), B[:, 0])),
    "tr(A S)": (lambda S: np.trace(SQUARE @ S), lambda S: SQUARE.T),
    "logdet S": (lambda S: np.log(np.linalg.det(S)), inv),
    "tr(inv(S) M)": (
        lambda S: np.trace(inv(S) @ SQUARE), lambda S: -inv(S) @ (SQUARE + SQUARE.T) @ inv(S) / 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("f", "gradient"), SYMMETRIC.values(), ids=SYMMETRIC)
def test_both_conventions(f, gradient):
    """Ours pairs to the slope in symmetric directions; the other convention holds the slopes by the free entries."""
    S, D = symmetric("n"), duplication_matrix(5)
    G0 = gradient(S)
    ours, other = (G0 + G0.T) / 2, G0 + G0.T - np.diag(np.diag(G0))
    step = RIGHT + RIGHT.T
    assert mc.frobenius(ours, step) == pytest.approx(mc.slope(f, S, step).value, rel=1e-6)
    slopes = mc.gradient(lambda s: f(unvec(D @ s, (5, 5))), vech(S))
    assert np.allclose(vech(other), slopes, rtol=1e-5)
    assert np.allclose(D.T @ vec(ours), slopes, rtol=1e-5)
    assert np.sum(ours**2) <= np.sum(G0**2)


def test_the_five_second_test():
    """By a symmetric S, log det has S⁻¹ in our convention and 2 S⁻¹ − diag(S⁻¹) in the other."""
    S = symmetric("n")
    typed = mc.differentiate("logdet(S)", "S", {"S": "n n spd"}).evaluate(S=S)
    assert np.allclose(typed, inv(S))
    D, L = duplication_matrix(5), elimination_matrix(5)
    slopes = mc.gradient(lambda s: np.log(np.linalg.det(unvec(D @ s, (5, 5)))), L @ vec(S))
    assert np.allclose(slopes, vech(2 * inv(S) - np.diag(np.diag(inv(S)))))


# --- never build it ---------------------------------------------------------------------------------------------------


def test_the_table_of_what_to_compute():
    """A step forward, a step backward and a solution are two products or two solves."""
    J, Ybar = kron(B.T, A), draw("p q")
    assert np.allclose(J @ vec(X), vec(A @ X @ B))
    assert np.allclose(J.T @ vec(Ybar), vec(A.T @ Ybar @ B.T))
    assert np.allclose(J.T, kron(B, A.T))
    right = draw("m n")
    J = kron(SQUARE.T, LEFT)
    assert np.allclose(np.linalg.solve(J, vec(right)), vec(inv(LEFT) @ right @ inv(SQUARE)))
    assert np.allclose(inv(J), kron(inv(SQUARE).T, inv(LEFT)))


def test_a_step_backward_through_the_weighted_gram_matrix():
    """X.T A X gives back A.T X Ybar + A X Ybar.T."""
    Ybar = SQUARE
    J = jacobian(lambda X: X.T @ LEFT @ X, X, layout="vec")
    assert np.allclose(J.T @ vec(Ybar), vec(LEFT.T @ X @ Ybar + LEFT @ X @ Ybar.T), atol=1e-7)


def test_newton_in_rows():
    """With rows stacked the Hessian of half the square of AX − B is A.T A ⊗ I, and one step lands at the minimum."""
    A, B = draw("q m"), draw("q n")
    H = kron(A.T @ A, eye(5))
    gradient = lambda x: (A.T @ (A @ x.reshape(4, 5) - B)).ravel()  # noqa: E731 - a formula
    assert np.allclose(H, jacobian(gradient, X.ravel()), atol=1e-7)
    landed = X - np.linalg.solve(H, gradient(X.ravel())).reshape(X.shape)
    assert np.allclose(landed, np.linalg.lstsq(A, B, rcond=None)[0])
