"""A formula that one change would make right is told of that change, whatever its form; and so is a line."""

import pytest

from autograder.checks.formulas import check_formula
from autograder.checks.question import question
from autograder.checks.steps import check_steps

HAT = question('X @ inv(X.T @ X + c * I("n")) @ X.T', "X", {"X": "m n", "c": "positive"}, "vec")
HALF = '(I("m*m") + commutation("m", "m")) @ kron(X @ {M}, I("m") - X @ {N} @ X.T)'
M = 'inv(X.T @ X + c * I("n"))'
LAYER = question("tr(A.T @ tanh(W @ X))", "X", {"X": "m n", "W": "k m", "A": "k n"})
LOGDET = question("-logdet(X) + norm2(X)**2 / 2", "X", {"X": "n n"}, "vec", order=2)

MENDED = [
    ("sign", HALF.format(M=M, N=M).replace('I("m") - X', 'I("m") + X')),
    ("missing-inverse", HALF.format(M=M[3:], N=M)),
    ("scaled", HALF.format(M=M, N=M).replace("- X", "- 3*X")),
    ("transposed", HALF.format(M=M, N=M).replace("+ commutation", '+ kron(I("m"), I("m")).T @ commutation')),
]


@pytest.mark.parametrize(("tag", "typed"), MENDED[:3])
def test_a_slip_is_found_in_the_form_in_which_it_was_typed(tag, typed):
    """The engine prints this Jacobian otherwise, so no slip in its own form is the learner's."""
    assert check_formula(HAT, HALF.format(M=M, N=M)).status == "right"
    report = check_formula(HAT, typed)
    assert (report.status, report.tag) == ("wrong", tag), report


def test_more_than_one_slip_is_not_named():
    """Two signs and a number are no one change."""
    typed = HALF.format(M=M, N=M).replace('(I("m*m") +', '3 * (I("m*m") -').replace('I("m") - X', 'I("m") + 5*X')
    assert check_formula(HAT, typed).tag is None


LINES = [
    (LAYER, ["tr(A.T @ ((1 - tanh(W @ X)) * (W @ dX)))"], "wrong-exponent"),
    (LAYER, ["tr(A.T @ ((1 + tanh(W @ X)**2) * (W @ dX)))"], "sign"),
    (LAYER, ["tr(A.T @ ((1 - tanh(W @ X)**2) * (W @ X)))"], "wrong-symbol"),
    (LOGDET, ["tr(inv(X) @ dX @ inv(X) @ dX) + 2 * (vec(dX) @ vec(dX))"], "doubled"),
    (LOGDET, ["tr(inv(X) @ dX @ X @ dX) + vec(dX) @ vec(dX)"], "missing-inverse"),
    (
        LOGDET,
        [f"vec({dX}) @ vec(inv(X) @ dX @ inv(X)) + vec(dX) @ vec(dX)" for dX in ("dX.T", "dX")],
        "missing-commutation",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "lines", "tag"), LINES)
def test_a_wrong_line_is_looked_up(stated, lines, tag):
    """A slip in a line has the name that it has in an answer."""
    report = check_steps(stated, lines)
    assert (report.tag, report.status in ("wrong", "partly")) == (tag, True), report
    assert f"Line {len(lines)}" in report.message


def test_a_line_of_nonsense_has_no_name():
    """What no slip explains gets none."""
    assert check_steps(LAYER, ["tr(A.T @ ((2 - 5 * tanh(W @ X)**3) * (W @ dX)))"]).tag is None
