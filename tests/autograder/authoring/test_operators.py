"""Each operator makes the mutants that its name promises, of code and of typed formulas."""

from __future__ import annotations

import ast

import pytest

from autograder.authoring.formula_mutants import notation, text_mutants
from autograder.authoring.operators import OPERATORS, Place, operator
from autograder.authoring.trees import replaced
from autograder.authoring.walk import changes
from autograder.checks.mistakes import ALL_TAGS, TAGS

RANKS = {"A": 2, "B": 2, "M": 2, "x": 1, "b": 1, "c": 0, "n": 0}
WHOLE = Place(RANKS, {"A": ("B",)}, whole=True)

SYMBOLS = {"W": "m n", "V": "n k", "u": "m", "x": "n", "G": "m k"}

CODE = [
    ("sign of the whole", "A @ x", {"-(A @ x)"}),
    ("sign of the whole", "-x", {"x"}),
    ("sign of the whole", "all(x)", set()),
    ("the whole doubled", "A @ x", {"2 * (A @ x)"}),
    ("the whole halved", "A @ x", {"A @ x / 2"}),
    ("the whole transposed", "A @ B", {"(A @ B).T"}),
    ("the whole transposed", "A @ x", set()),
    ("the whole transposed", "unknown(x)", set()),
    ("sign of a term", "A @ x - b", {"A @ x + b", "-(A @ x) - b"}),
    ("sign of a term", "x * -b", {"x * b"}),
    ("term dropped", "A @ x + b - x", {"A @ x + b", "A @ x - x", "b - x"}),
    ("term dropped", "b - x", {"b", "-x"}),
    ("term doubled", "A @ x + b", {"A @ x + 2 * b", "2 * (A @ x) + b"}),
    ("term doubled", "n - 1", set()),
    ("order swapped", "A @ B", {"B @ A"}),
    ("order swapped", "x @ b", set()),
    ("* for @", "A @ x", {"A * x"}),
    ("@ for *", "x * b", {"x @ b"}),
    ("@ for *", "c * b", set()),
    ("factor dropped", "c * x", {"c"}),
    ("factor dropped", "A @ x", {"A", "x"}),
    ("number dropped", "c * x", {"x"}),
    ("number dropped", "x / c", {"x"}),
    ("number dropped", "unknown * x", {"x"}),
    ("* for /", "x / c", {"x * c"}),
    ("exponent", "x ** 2", {"x", "x ** 3"}),
    ("exponent", "x ** (1 / 3)", {"x", "x ** (-(1 / 3))"}),
    ("constant", "2 * x", {"3 * x", "1 * x"}),
    ("constant", "0 * x", {"1 * x", "-1 * x"}),
    ("transpose dropped", "A.T @ x", {"A @ x"}),
    ("transpose added", "A @ B.T", {"A.T @ B.T"}),
    ("transpose added", "np.linalg.inv(A) @ x", {"np.linalg.inv(A).T @ x", "np.linalg.inv(A.T) @ x"}),
    ("transpose added", "x * b", set()),
    ("transpose moved", "A.T @ B", {"A @ B.T"}),
    ("transpose moved", "A @ B.T", {"A.T @ B"}),
    ("transpose moved", "A.T @ x", set()),
    ("transpose moved", "A.T @ B.T", set()),
    ("transpose not reversed", "(A @ B).T", {"A.T @ B.T"}),
    ("transpose not reversed", "inv(A @ B)", {"inv(A) @ inv(B)"}),
    ("function dropped", "np.tanh(A @ x)", {"A @ x"}),
    ("inverse dropped", "np.linalg.inv(A) @ x", {"A @ x"}),
    ("inverse dropped", "np.linalg.solve(A, x)", {"A @ x", "x"}),
    ("elementwise inverse", "inv(A)", {"1 / A"}),
    ("another function", "np.sin(x)", {"np.cos(x)"}),
    ("another function", "tanh(x)", {"sin(x)"}),
    ("another function", "A.sum()", {"A.mean()"}),
    ("sum dropped", "A.sum(axis=0)", {"A"}),
    ("sum dropped", "np.sum(x * b)", {"x * b"}),
    ("arguments swapped", "np.outer(x, b)", {"np.outer(b, x)"}),
    ("arguments swapped", "kron(B.T, A)", {"kron(A, B.T)"}),
    ("arguments swapped", "commutation('n', 'n')", set()),
    ("wrong axis", "A.sum(axis=0)", {"A.sum(axis=1)"}),
    ("wrong axis", "A.sum(axis=1, keepdims=True)", {"A.sum(axis=0, keepdims=True)", "A.sum(axis=1, keepdims=False)"}),
    ("wrong side", "x[:, None] * A", {"x[None, :] * A"}),
    ("wrong side", "x[:, 0]", set()),
    ("indices swapped", "A[i, j]", {"A[j, i]"}),
    ("indices swapped", "A[i, :]", set()),
    ("stride dropped", "x[2 * t:2 * t + w]", {"x[t:2 * t + w]", "x[2 * t:t + w]"}),
    ("order dropped", "A.ravel(order='F')", {"A.ravel()"}),
    ("another argument", "A @ x", {"B @ x"}),
    ("index off by one", "x[0]", {"x[1]"}),
    ("index off by one", "x[n]", {"x[n - 1]"}),
    ("index off by one", "x[1:n]", {"x[1 + 1:n]", "x[1:n - 1]"}),
    ("range too short", "range(n)", {"range(n - 1)"}),
    ("range too short", "range(1, n, 2)", {"range(1, n - 1, 2)"}),
    ("comparison", "n < c", {"n <= c"}),
    ("comparison turned", "n == c", {"n != c"}),
    ("comparison turned", "n != c", {"n == c"}),
    ("all for any", "all(v)", {"any(v)"}),
    ("all for any", "np.any(v)", {"np.all(v)"}),
]

TEXTS = [
    ("sign of a term", "u_i - x^i", {"-u_i - x^i", "u_i + x^i"}),
    ("sign of a term", "-u_i x^i", {"u_i x^i"}),
    ("term dropped", "u_i - x_i", {"-x_i", "u_i"}),
    ("term dropped", "u_i x^i", set()),
    ("term doubled", "u_i + x_i", {"2 u_i + x_i", "u_i + 2 x_i"}),
    ("the whole doubled", "u_i x^i", {"2 u_i x^i"}),
    ("the whole halved", "-u_i x^i", {"-1/2 u_i x^i"}),
    ("level flipped", "W^i_j x^j", {"W_i_j x^j", "W^i^j x^j", "W^i_j x_j"}),
    ("indices swapped", "W_{i j} x^j", {"W_{j i} x^j"}),
    ("indices swapped", "W^i_j", {"W^j_i"}),
    ("index renamed", "u_i x^j", {"u_j x^j", "u_i x^i"}),
    ("factor dropped", "u_i W^i_j", {"W^i_j", "u_i"}),
    ("output indices swapped", "ij,jk->ik", {"ij,jk->ki"}),
    ("input indices swapped", "ij,j->i", {"ji,j->i"}),
    ("index renamed", "ij,j->i", {"ia,j->i", "ij,a->i"}),
    ("output index dropped", "ij,jk->ik", {"ij,jk->k", "ij,jk->i"}),
    ("axes reversed", "m n", {"n m"}),
    ("axes reversed", "m m", set()),
    ("axis dropped", "m n", {"n", "m"}),
    ("axis renamed", "m n", {"k n", "m k"}),
    ("transpose dropped", "W.T @ u", {"W @ u"}),
    ("order swapped", "W @ V", {"V @ W"}),
    ("the whole transposed", "W @ V", {"(W @ V).T"}),
    ("arguments swapped", "outer(u, x)", {"outer(x, u)"}),
]


def made(name: str, text: str, place: Place = WHOLE) -> set[str]:
    """The mutants of an expression by one operator, as text."""
    tree = ast.parse(text, mode="eval").body
    return {ast.unparse(replaced(tree, node, new)) for found, node, new in changes(tree, place) if found.name == name}


@pytest.mark.parametrize(("name", "text", "wanted"), CODE)
def test_operators_on_code(name: str, text: str, wanted: set[str]) -> None:
    """An operator makes these mutants of an expression, and no others."""
    assert made(name, text) == wanted


@pytest.mark.parametrize(("name", "text", "wanted"), TEXTS)
def test_operators_on_texts(name: str, text: str, wanted: set[str]) -> None:
    """An operator makes these mutants of a typed answer, and no others."""
    place = Place({"W": 2, "V": 2, "G": 2, "u": 1, "x": 1}, whole=True)
    assert {changed for found, changed in text_mutants(text, place, SYMBOLS) if found.name == name} == wanted


def test_every_operator_is_tried() -> None:
    """The tables name every operator, so none is registered that makes something else unnoticed."""
    assert {name for name, *_ in CODE} == {known.name for known in OPERATORS}
    tried = {name for name, *_ in TEXTS}
    found = {known.name for _, text, _ in TEXTS for known, _ in text_mutants(text, Place(whole=True), SYMBOLS)}
    assert found - tried <= {known.name for known in OPERATORS}


def test_every_declared_tag_can_be_given() -> None:
    """An operator may be called only what the mistake bank, or the syllabus behind it, knows."""
    declared = frozenset().union(*(known.tags for known in OPERATORS))
    assert {"sign", "transposed", "missing-term", "shape"} <= declared & set(TAGS)
    assert declared <= ALL_TAGS


def test_what_has_no_name_is_declared() -> None:
    """Errors of logic are no mistakes in mathematics: they must be refused, and no name is wanted."""
    assert {known.name for known in OPERATORS if not known.tags} == {"all for any", "comparison turned"}


def test_an_operator_has_one_name() -> None:
    """A second operator of the same name is refused, for reports tell them apart by it."""
    with pytest.raises(ValueError, match="'order swapped' is registered twice"):
        operator("order swapped")(lambda *_: iter(()))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("u_i W^i_j", "index"),
        ("P^t_{w s} X^s_c", "index"),
        ("ij,jk->ik", "einsum"),
        ("m n", "shape"),
        ("m", "shape"),
        ("W.T @ u", "matrix"),
        ("W", None),
        ("left", None),
        ("the first line", None),
        ("", None),
    ],
)
def test_notation(text: str, kind: str | None) -> None:
    """What a typed text is, is read from the text; a choice between words is no formula and has no mutants."""
    assert notation(text, SYMBOLS) == kind
    assert (list(text_mutants(text, Place(whole=True), SYMBOLS)) != []) == (kind is not None)
