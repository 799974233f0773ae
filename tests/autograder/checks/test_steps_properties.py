"""Derivations at random: every valid chain is accepted, a chain with one mutated term is refused at its line."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import mcutils
from autograder.checks.differentials import textbook
from autograder.checks.question import question
from autograder.checks.steps import check_steps
from autograder.checks.written import tree_of

SIZES = {"X": "n n", "A": "n n", "B": "n n"}
FACTORS = st.sampled_from(["X", "X.T", "A", "B.T", "inv(X)", "A.T"])


@st.composite
def traces(draw):
    """A sum of traces of products, each with X in it."""
    products = draw(st.lists(st.lists(FACTORS, min_size=1, max_size=3), min_size=1, max_size=2))
    assume(all(any("X" in factor for factor in product) for product in products))
    signs = [draw(st.sampled_from([1, -2, 3])) for _ in products]
    return " + ".join(f"{sign}*tr({' @ '.join(product)})" for sign, product in zip(signs, products, strict=True))


def _changed(factor):
    """The differential of a factor, as factors with a sign."""
    return {"X": (1, ["dX"]), "X.T": (1, ["dX.T"]), "inv(X)": (-1, ["inv(X)", "dX", "inv(X)"])}.get(factor)


def _terms(of):
    """The differential as signed lists of factors, one for each place of X."""
    terms = []
    for part in of.split(" + "):
        sign, product = part.split("*", 1)
        factors = product.removeprefix("tr(").removesuffix(")").split(" @ ")
        for k, factor in enumerate(factors):
            if moved := _changed(factor):
                terms.append((int(sign) * moved[0], [*factors[:k], *moved[1], *factors[k + 1 :]]))
    return terms


def _written(terms):
    return " + ".join(f"{sign}*tr({' @ '.join(factors)})" for sign, factors in terms)


def _transposed(factors):
    return [factor.removesuffix(".T") if factor.endswith(".T") else f"{factor}.T" for factor in reversed(factors)]


def _moved(draw, term):
    """A term after a random legal move: turned in the ring, or transposed as a whole."""
    sign, factors = term
    if draw(st.booleans()):
        factors = _transposed(factors)
    k = draw(st.integers(0, len(factors) - 1))
    return sign, factors[k:] + factors[:k]


def _last(stated):
    gradient = stated.derivation.to_matrix()
    return f"tr(({gradient}).T @ dX)"


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_every_chain_of_legal_moves_is_right(data):
    """Shuffled terms, turned rings and transposes between the textbook's line and the engine's gradient are right."""
    of = data.draw(traces())
    stated = question(of, "X", SIZES)
    terms = _terms(of)
    assume(any(len(factors) > 1 for _, factors in terms))  # of tr(X) alone there is nothing to derive
    lines = [textbook(tree_of(of), "X")]
    for _ in range(data.draw(st.integers(1, 2))):
        terms = [_moved(data.draw, term) for term in data.draw(st.permutations(terms))]
        lines.append(_written(terms))
    report = check_steps(stated, [*lines, _last(stated)])
    assume(not any("only repeats" in said for said in (report.message, *report.details)))  # no move was drawn
    assert (report.status, report.score) == ("right", 1.0), (lines, report)


MUTATIONS = {
    "sign": lambda sign, factors, k: [(-sign, factors)],
    "doubled": lambda sign, factors, k: [(2 * sign, factors)],
    "dropped": lambda sign, factors, k: [],
    "transposed": lambda sign, factors, k: [(sign, [*factors[:k], f"({factors[k]}).T", *factors[k + 1 :]])],
    "swapped": lambda sign, factors, k: [(sign, [*factors[:k], *reversed(factors[k:])])],
    "scaled": lambda sign, factors, k: [(sign, ["A", *factors])],
}


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from(sorted(MUTATIONS)))
def test_a_mutated_term_is_refused_at_its_line(data, kind):
    """A sign, factor, transpose, order or term that changes the value breaks the chain, at the line where it stands."""
    of = data.draw(traces())
    stated = question(of, "X", SIZES)
    terms = _terms(of)
    place = data.draw(st.integers(0, len(terms) - 1))
    sign, factors = terms[place]
    k = data.draw(st.integers(0, len(factors) - 1))
    wrong = terms[:place] + MUTATIONS[kind](sign, factors, k) + terms[place + 1 :]
    assume(wrong)
    sizes = {**SIZES, "dX": "n n"}
    assume(mcutils.equivalent(_written(wrong), _written(terms), sizes).equal is False)
    first = _written(terms)
    second = check_steps(stated, [first, _written(wrong), _last(stated)])
    assert second.status == "partly", second
    assert second.score < 1
    assert second.message.startswith("Line 2 is not equal to line 1.")
    assert check_steps(stated, [_written(wrong), first, _last(stated)]).message.startswith("Line 1 is not")
    assert check_steps(stated, [_written(wrong), first, _last(stated)]).score == 0


QUESTIONS = [
    ("x_i A^i_j x^j", "x", {"x": "n", "A": "n n"}),
    ("u_i W^i_j x^j", "W", {"u": "m", "W": "m n", "x": "n"}),
    ("U^i_j W^j_k x^k", "x", {"U": "p m", "W": "m n", "x": "n"}),
    ("v_i x^i + 1/2 x_i W^i_j x^j", "x", {"v": "n", "x": "n", "W": "n n"}),
    ("x^i x^j", "x", {"x": "n"}),
    ("P^t_{w s} X^s_c F^{w c}", "F", {"F": "w c", "P": "t w s", "X": "s c"}),
    ("exp(c_i x^i)", "x", {"c": "n", "x": "n"}),
]


@pytest.mark.parametrize(("of", "wrt", "sizes"), QUESTIONS)
def test_the_engines_own_index_steps_are_a_derivation(of, wrt, sizes):
    """Differentiated factor by factor, then with the deltas contracted: two lines, and full marks."""
    stated = question(of, wrt, sizes, "array", notation="index")
    steps = {step.rule.partition(";")[0]: step.after for step in stated.derivation.steps}
    lines = [steps["differentiate factor by factor"]]
    lines += [steps["contract each delta"]] if "contract each delta" in steps else []
    report = check_steps(stated, lines)
    assert (report.status, report.score) == ("right", 1.0), (lines, report)
    assert check_steps(stated, [f"2 ({lines[0]})", *lines[1:]]).score == 0
    if "delta" in lines[0] and len(lines) == 2:
        assert check_steps(stated, lines[1:]).score == 0.5
        assert check_steps(stated, lines[:1]).score == 0.5
        broken = check_steps(stated, [lines[0], f"-({lines[1]})"])
        assert (broken.score, broken.message.startswith("Line 2 is not equal to line 1.")) == (0.5, True)
