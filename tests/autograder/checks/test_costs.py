"""Products with a derivative: right ones that build no large array pass, and nothing else does."""

import numpy as np
import pytest

import mcutils as mc
from autograder import check
from autograder.checks.costs import FORBIDDEN, check_cost
from autograder.checks.products import asked_for, large_lengths
from autograder.checks.publish import collecting
from autograder.checks.question import question

LAYER = question("A @ X @ B", "X", {"X": "m n", "A": "p m", "B": "n q"}, "array")
LOGISTIC = question("sum(log(1 + exp(X @ w))) - y @ (X @ w)", "w", {"w": "d", "X": "N d", "y": "N"})
CODE = question(lambda X, A: A @ np.tanh(X), "X", {"X": "m n", "A": "p m"}, "array")
SLIDING = question(lambda X, F: mc.conv1d(X, F), "X", {"X": "s c", "F": "o 3 c"}, "array")
SPHERE = question("logdet(I('n') + outer(x, x))", "x", {"x": "n"})
SYMMETRIC = question("tr(S @ S @ S)", "S", {"S": "n n symmetric"})


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def weights(w, X):
    return sigmoid(X @ w) * (1 - sigmoid(X @ w))


def symmetric_part(G):
    return (G + G.T) / 2


def hvp_of_cube(S, V):
    return 3 * (V @ S + S @ V)


RIGHT = {
    "A dX B": (LAYER, "jvp", lambda X, A, B, dX: A @ dX @ B),
    "its pullback": (LAYER, "vjp", lambda X, A, B, Y: A.T @ Y @ B.T),
    "HVP of the logistic loss": (LOGISTIC, "hvp", lambda w, X, y, v: X.T @ (weights(w, X) * (X @ v))),
    "a function, forward": (CODE, "jvp", lambda X, A, dX: A @ (dX / np.cosh(X) ** 2)),
    "a function, back": (CODE, "vjp", lambda X, A, Y: (A.T @ Y) / np.cosh(X) ** 2),
    "a function whose output has an axis of no name": (
        SLIDING,
        "vjp",
        lambda X, F, Y: mc.unpatchify(np.tensordot(Y, F, 1), len(X)),
    ),
    "log det of a rank-one update": (
        SPHERE,
        "hvp",
        lambda x, v: 2 * v / (1 + x @ x) - 4 * x * (x @ v) / (1 + x @ x) ** 2,
    ),
    "a symmetric variable": (SYMMETRIC, "hvp", hvp_of_cube),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_product_that_builds_nothing_is_right(name):
    """The product is right at small sizes and at one where the array would take 16 GB or more."""
    asked, kind, answer = RIGHT[name]
    report = check_cost(asked, answer, kind)
    assert report.status == "right", report
    assert "GB" in report.message


BUILT = {
    "the array, by einsum": (
        LAYER,
        "jvp",
        lambda X, A, B, dX: np.tensordot(np.einsum("pm,nq->pqmn", A, B), dX, 2),
    ),
    "a Kronecker product": (
        LAYER,
        "jvp",
        lambda X, A, B, dX: mc.unvec(np.kron(B.T, A) @ mc.vec(dX), (len(A), B.shape[1])),
    ),
    "its transpose": (LAYER, "vjp", lambda X, A, B, Y: mc.unvec(np.kron(B.T, A).T @ mc.vec(Y), X.shape)),
    "a Hessian": (LOGISTIC, "hvp", lambda w, X, y, v: (X.T * weights(w, X)) @ X @ v),
    "outer products": (LOGISTIC, "hvp", lambda w, X, y, v: np.einsum("N,Ni,Nj->ij", weights(w, X), X, X) @ v),
    "column after column": (
        LAYER,
        "jvp",
        lambda X, A, B, dX: sum(dX[i, k] * np.outer(A[:, i], B[k]) for i in range(len(X)) for k in range(len(B))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BUILT)
def test_a_right_product_by_the_large_array_is_refused_by_name(name):
    """Whoever builds the Jacobian, as a whole or column by column, is told so and earns nothing."""
    asked, kind, answer = BUILT[name]
    report = check_cost(asked, answer, kind)
    assert (report.status, report.tag, report.score) == ("wrong", "built-the-jacobian", 0.0), report
    assert report.message.startswith("The product is right, but at ")


def test_the_learner_is_told_what_it_took():
    """The folded lines say how much memory was held, beside what the array has."""
    asked, kind, answer = BUILT["a Hessian"]
    assert "Measured at d = " in check_cost(asked, answer, kind).details[0]


WRONG = {
    "the other way": (LAYER, "vjp", lambda X, A, B, Y: A @ np.ones_like(X) @ B, "shape"),
    "doubled": (LAYER, "jvp", lambda X, A, B, dX: 2 * A @ dX @ B, "doubled"),
    "the gradient's sign": (LOGISTIC, "hvp", lambda w, X, y, v: -X.T @ (weights(w, X) * (X @ v)), "sign"),
    "nonsense": (LOGISTIC, "hvp", lambda w, X, y, v: v, None),
    "not symmetrised": (SYMMETRIC, "hvp", lambda S, V: 6 * S @ V, "order-swapped"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_product_is_wrong_as_usual(name):
    """The product itself is compared first, and its mistake named."""
    asked, kind, answer, tag = WRONG[name]
    report = check_cost(asked, answer, kind)
    assert (report.status, report.tag) == ("wrong", tag), report


def test_right_at_small_sizes_only_is_wrong():
    """An answer that gives up at a large size earns nothing."""
    report = check_cost(LOGISTIC, lambda w, X, y, v: X.T @ (weights(w, X) * (X @ v)) if len(w) < 99 else v, "hvp")
    assert report.status == "wrong"
    report = check_cost(LOGISTIC, lambda w, X, y, v: X.T @ (weights(w, X) * (X @ v)) if len(w) < 99 else 0.0, "hvp")
    assert (report.status, report.tag) == ("wrong", "shape")
    assert "Right at small sizes, but at d = " in report.message


def central(grad, w, X, y, v):
    return (grad(w + 1e-5 * v) - grad(w - 1e-5 * v)) / 2e-5


def by_columns(grad, w, X, y, v):
    return sum(x * central(grad, w, X, y, e) for x, e in zip(v, np.eye(len(v)), strict=True))


def test_who_never_calls_what_is_handed_out_serves_one_function_only():
    """A product written for the question at hand is right there, and is not what was asked."""
    report = check_cost(LOGISTIC, lambda grad, w, X, y, v: X.T @ (weights(w, X) * (X @ v)), "hvp", calls=2)
    assert (report.status, report.tag, report.score) == ("wrong", None, 0.0)
    assert "never called grad, so it is right for this one function only" in report.message


def test_calls_of_what_is_handed_out_are_counted():
    """Two calls of the gradient give H v; two for each column give H."""
    assert check_cost(LOGISTIC, central, "hvp", calls=2).status == "right"
    report = check_cost(LOGISTIC, by_columns, "hvp", calls=2)
    assert report.tag == "built-the-jacobian"
    assert "called grad 10 times, and 2 calls will do" in report.message
    assert check_cost(LOGISTIC, central, "hvp", calls=1).tag == "built-the-jacobian"


def difference(f, X, *rest):
    h = 1e-5 * rest[-1]
    return (f(X + h) - f(X - h)) / 2e-5


def test_the_map_itself_is_handed_out_for_a_jvp():
    """A difference along the direction needs two calls of the map, whether that is a formula or code."""
    for asked in (LAYER, CODE):
        report = check_cost(asked, difference, "jvp", calls=2)
        assert report.status == "right", report


def test_derivative_functions_can_be_off():
    """With closed_form the library's own product is refused."""
    by_library = lambda X, A, B, dX: mc.jvp(lambda Z: A @ Z @ B, X, dX)  # noqa: E731 - an answer
    assert check_cost(LAYER, by_library, "jvp").status == "right"
    assert check_cost(LAYER, by_library, "jvp", closed_form=True).status == "invalid"


@pytest.mark.parametrize("answer", [..., None, 3, "A @ dX @ B", lambda X, A: X, lambda X, A, B, dX: ...])
def test_what_is_no_answer_gets_no_verdict(answer):
    """A blank, or anything that cannot be called so, is invalid and not wrong."""
    assert check_cost(LAYER, answer, "jvp").status == "invalid"


ASKED_WRONGLY = [
    (LAYER, {}, "product=None; use one of jvp, vjp, hvp"),
    (LAYER, {"kind": "hvp"}, "scalar functions"),
    (LAYER, {"kind": "jvp", "forbid": "hessian"}, 'goes with product="hvp"'),
    (LAYER, {"kind": "jvp", "forbid": "everything"}, "forbid='everything'"),
    (
        question("x @ A @ x", "x", {"x": "n", "A": "n n"}),
        {},
        "at no size is the Hessian much larger",
    ),
    (question(lambda x: x @ x, "x", {"x": "n"}), {"kind": "hvp", "calls": 2}, "state the question as text"),
]


@pytest.mark.parametrize(("asked", "how", "said"), ASKED_WRONGLY)
def test_an_author_who_asks_what_cannot_be_is_told(asked, how, said):
    """What the check could not find out is refused when the question is stated, with a sentence."""
    with pytest.raises(ValueError, match=said):
        check_cost(asked, lambda *args: args[-1], **how)


def test_the_method_returns_points():
    """``q.cost`` publishes one report and returns a plain float."""
    q = check.question(of="norm2(A @ X - B)**2", wrt="X", sizes={"X": "m n", "A": "p m", "B": "p n"})
    with collecting() as published:
        earned = q.cost(lambda X, A, B, V: 2 * A.T @ (A @ V), forbid="hessian", points=3)
    assert (type(earned), earned) == (float, 3.0)
    assert [item.points for item in published] == [3]


def test_the_memory_limit_is_lifted_again():
    """After a check the process may take as much memory as before."""
    resource = pytest.importorskip("resource", reason="only where the system has such limits")
    before = resource.getrlimit(resource.RLIMIT_AS)
    asked, kind, answer = BUILT["a Hessian"]
    check_cost(asked, answer, kind)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_sizes_where_little_else_is_large():
    """Of a signal with channels only the length grows: to have both grow would take ten times as much of everything."""
    asked = asked_for(SLIDING, "vjp", None, False)
    lengths = large_lengths(asked, FORBIDDEN)
    assert lengths["s"] > 10_000
    assert lengths["c"] < 10
    assert asked.array_bytes(lengths) >= FORBIDDEN
    assert asked.other_bytes(lengths) < 4e6
