"""An answer is read as the parts of the right one: coefficients come back, and only simple ones are told."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks.bank import Case
from autograder.checks.draw import draw
from autograder.checks.fit import read
from autograder.checks.parts import Part, fitted, grouped
from autograder.checks.question import question

BOWL = question("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
RIDGE = question("norm2(X @ t - y)**2 / n + c*t @ t", "t", {"t": "p", "X": "n p", "y": "n", "c": ""})
SIMPLE = st.sampled_from([Fraction(k, m) for k in range(-5, 6) for m in (1, 2, 3)])


def cases_of(stated, draws=3):
    """Three draws of a question, each with the right answer as the one that was given."""
    made = []
    for number in range(draws):
        point = draw(stated.symbols, number)
        want = stated.right_answer(point.args)
        made.append(
            Case("gradient", want, want, stated.symbols, point, stated.wrt, stated.right_answer, stated.right_answer,
                 insight=stated.insight)
        )  # fmt: skip
    return made


def parts_of(stated, cases):
    """The gradient by each occurrence, on every draw."""
    single = [
        Part(frozenset(places), names, tuple(stated.insight.called(case, f) for case in cases))
        for places, names, f in stated.insight.occurrences
    ]
    return grouped(single)


def given_(cases, arrays):
    return [Case(**{**vars(case), "got": array, "memo": {}}) for case, array in zip(cases, arrays, strict=True)]


def combined(parts, coefficients, cases):
    """The cases with this combination of the parts as the answer."""
    return given_(
        cases,
        [
            sum(float(c) * part.arrays[k] for c, part in zip(coefficients, parts, strict=True))
            for k in range(len(cases))
        ],
    )


@settings(max_examples=40, deadline=None)
@given(coefficients=st.lists(SIMPLE, min_size=3, max_size=3))
def test_the_coefficients_come_back(coefficients):
    """Whatever simple combination of the parts was given, least squares finds it."""
    cases = cases_of(BOWL)
    parts = parts_of(BOWL, cases)
    assert fitted(parts, combined(parts, coefficients, cases)) == coefficients


@settings(max_examples=25, deadline=None)
@given(coefficients=st.lists(SIMPLE, min_size=3, max_size=3), seed=st.integers(0, 10**6))
def test_what_is_no_combination_leaves_a_residual(coefficients, seed):
    """A little of something else is seen, and nothing is read."""
    cases = cases_of(BOWL)
    parts = parts_of(BOWL, cases)
    noise = np.random.default_rng(seed)
    made = combined(parts, coefficients, cases)
    assert fitted(parts, given_(cases, [c.got + 1e-3 * noise.standard_normal(c.got.shape) for c in made])) is None


def test_equal_parts_are_one():
    """The two places of t in c*t @ t have one gradient, so there are two parts and not three."""
    cases = cases_of(RIDGE)
    parts = parts_of(RIDGE, cases)
    assert [part.places for part in parts] == [frozenset({0}), frozenset({1, 2})]


def test_a_factor_that_follows_an_axis_or_a_scalar_is_said_in_words():
    """What is n on every draw, or the scalar c, is no number."""
    cases = cases_of(RIDGE)
    parts = parts_of(RIDGE, cases)
    lengths = [case.draw.lengths["n"] for case in cases]
    scalars = [case.draw.args[3] for case in cases]
    made = given_(
        cases,
        [
            n * parts[0].arrays[k] + parts[1].arrays[k] / c
            for k, (n, c) in enumerate(zip(lengths, scalars, strict=True))
        ],
    )
    assert fitted(parts, made) == ["n", "1/c"]


def test_parts_that_depend_on_each_other_are_not_read():
    """Where one part is the sum of two others, no coefficient belongs to any of them."""
    cases = cases_of(BOWL)
    a, b, c = parts_of(BOWL, cases)
    total = Part(frozenset({3}), frozenset(), tuple(x + y for x, y in zip(a.arrays, b.arrays, strict=True)))
    assert fitted([a, b, total], cases) is None
    assert fitted([a, b, c], cases) is not None


def test_too_few_numbers_are_not_read():
    """Three numbers are a combination of any three parts."""
    stated = question("a*x*x + b*x + exp(c*x)", "x", {"x": "", "a": "", "b": "", "c": ""})
    cases = cases_of(stated)
    parts = parts_of(stated, cases)
    assert len(parts) == 3
    assert fitted(parts, cases) is None


@pytest.mark.parametrize(
    ("coefficients", "tags"),
    [
        ((1, 0, 1), ("missing-term",)),
        ((0, 0, 1), ("missing-term",)),
        ((1, 1, 0), ("missing-term",)),
        ((1, 0, 0), ("missing-term", "missing-term")),
        ((1, 1, -1), ("sign",)),
        ((-1, -1, 1), ("sign",)),
        ((2, 0, 1), ("not-symmetrised",)),
        ((0, 2, 1), ("not-symmetrised",)),
        ((1, 1, 2), ("doubled",)),
        ((Fraction(1, 2), Fraction(1, 2), 1), ("halved",)),
        ((1, 1, 3), ("scaled",)),
        ((2, 0, -1), ("not-symmetrised", "sign")),
        ((1, 0, -1), ("missing-term", "sign")),
        ((-1, -1, 0), ("sign", "missing-term")),
        ((3, 5, 7), ()),
        ((1, 3, 5), ()),
        ((0, 0, 0), ()),
        ((2, Fraction(1, 3), -1), ()),
    ],
)
def test_mistakes_are_read_off_the_coefficients(coefficients, tags):
    """As few mistakes as explain them, two at most, and none where nothing simple does."""
    parts = parts_of(BOWL, cases_of(BOWL))
    atoms = read(parts, [Fraction(c) for c in coefficients], BOWL.insight)
    assert sorted(atom.tag for atom in atoms) == sorted(tags), atoms
    assert all(atom.sentence.endswith(".") for atom in atoms)
