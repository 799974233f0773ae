"""Variants: the same for the same student, different for others, and never a change of what code is called with."""

import re
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import check, student, variant
from autograder.checks import identity
from autograder.checks.variants import VARIANT_TYPE

NAMES = st.text(min_size=1).filter(lambda name: identity.spelled(name) and "\0" not in name)
SIZES = {"x": "n", "A": "n n", "b": "n"}


@pytest.fixture(autouse=True)
def _nobody(monkeypatch):
    """Every test begins without a name."""
    for name in identity.AMBIENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(identity, "_typed", identity.NOBODY)
    monkeypatch.setattr(identity, "_drawn", set())


def drawn_by(name, exercise="02-bowl", **choices):
    """Return what one student draws."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MC_STUDENT", name.encode("utf-8", "replace").decode())
        return variant(exercise, **(choices or {"sign": ["+", "-"], "c": [2, 3, 5]}))._record()["drawn"]


@given(NAMES, st.lists(st.integers(), min_size=1, max_size=9))
def test_a_draw_is_one_of_the_values_and_stays(name, values):
    """Whoever draws gets one of the values, and the same one again."""
    drawn = drawn_by(name, c=values)
    assert drawn["c"] in values
    assert drawn_by(name, c=values) == drawn


@given(NAMES)
def test_capitals_and_spaces_make_no_difference(name):
    """A name typed in another way is the same name."""
    assert drawn_by(f"  {identity.spelled(name)} ") == drawn_by(name)
    assert identity.spelled(identity.spelled(name)) == identity.spelled(name)


def test_every_value_is_drawn_about_equally_often():
    """Among 600 students each of six variants has its share, and what one keyword draws says nothing of another."""
    counts = Counter(tuple(drawn_by(f"student-{k}").values()) for k in range(600))
    assert len(counts) == 6
    assert min(counts.values()) > 60


def test_a_student_has_other_draws_in_other_exercises():
    """Who has drawn the first value once does not draw it everywhere."""
    assert len({drawn_by("ada", f"02-exercise-{k}", c=[2, 3, 5])["c"] for k in range(20)}) == 3


def test_a_draw_is_the_same_in_another_process():
    """What is drawn depends on no state of the interpreter, such as the seed of its hashes."""
    program = "from autograder import variant; print([variant('02-bowl', c=list(range(99))).c for _ in range(2)])"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"MC_STUDENT": "ada", "PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_where_the_name_comes_from(monkeypatch):
    """A grader's name counts before a hub's, that before a typed one, and without any there is nobody."""
    assert identity.identity() == ""
    student(" Eve ")
    assert identity.identity() == "eve"
    monkeypatch.setenv("JUPYTERHUB_USER", "Bob")
    assert identity.identity() == "bob"
    monkeypatch.setenv("MC_STUDENT", "ada")
    assert identity.identity() == "ada"


def test_what_a_typed_name_is_answered(monkeypatch):
    """The learner is told for whom questions are drawn, and when the notebook must be run again."""
    assert "No name is given" in student("").text
    assert student("Ada").text == "Your questions are drawn for 'ada'."
    variant("02-bowl", c=[1, 2])
    assert student("Eve").text.endswith("drawn for another name: run the notebook again from the top.")
    assert student("Eve").text == "Your questions are drawn for 'eve'."
    monkeypatch.setenv("JUPYTERHUB_USER", "bob")
    assert "You are signed in as 'bob'" in student("Eve").text
    with pytest.raises(TypeError, match=r'got 3; write your name in quotes, as in student\("ada"\)'):
        student(3)


def test_templates(monkeypatch):
    """Names of drawn values are filled in, also inside values; other braces are indices or LaTeX and stay."""
    monkeypatch.setenv("MC_STUDENT", "ada")
    v = variant("02-bowl", head=["x @ A @ x {sign} {c}"], sign=["-"], c=[3])
    assert v("{head} * (b @ x)") == "x @ A @ x - 3 * (b @ x)"
    assert v.head == "x @ A @ x - 3"
    assert v(r"P^{t}_{w s} \frac{a}{b}") == r"P^{t}_{w s} \frac{a}{b}"
    with pytest.raises(AttributeError, match="this variant has no 'd'; it has head, sign, c"):
        v.d  # noqa: B018 - that it raises is what is tested


def test_what_the_learner_sees(monkeypatch):
    """The question's formula is shown as LaTeX and as text, with a record of whose it is."""
    monkeypatch.setenv("MC_STUDENT", "a_b")
    v = variant("02-bowl", c=[3])
    question = check.question(of=v("x @ A @ x - {c} * (b @ x)"), wrt="x", sizes=SIZES)
    bundle = v.show("By $x$, with {c}.", f=question)._repr_mimebundle_()
    assert bundle["text/plain"] == ("Your question (drawn for 'a_b'): By $x$, with 3.\n  f(x) = x @ A @ x - 3*b @ x")
    assert bundle["text/markdown"] == (
        "**Your question** (drawn for 'a\\_b'): By $x$, with 3.\n\n$$\nf(x) = x^\\top A x - 3 b^\\top x\n$$"
    )
    assert bundle[VARIANT_TYPE] == {"exercise": "02-bowl", "student": "a_b", "drawn": {"c": 3}}
    assert v._repr_mimebundle_()[VARIANT_TYPE] == bundle[VARIANT_TYPE]
    assert repr(v) == "Your question (drawn for 'a_b'): `c` = `3`"


def test_who_gave_no_name_is_told_so():
    """Without a name the question is shown as nobody's."""
    assert "drawn without a name" in variant("02-bowl", c=[1, 2]).show().text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r'give the exercise and what varies, as in variant("02-tilted-bowl", c=[2, 3, 5])'),
        ({"c": []}, "c = []; give a list of the values that it can have"),
        ({"c": "abc"}, "c = 'abc'; give a list"),
        ({"show": [1, 2]}, "give the values another name"),
    ],
)
def test_what_a_variant_refuses(arguments, message):
    """An author who gives nothing to choose from is told what to give."""
    with pytest.raises(ValueError, match=re.escape(message)):
        variant("02-bowl", **arguments)


def test_a_question_stated_as_a_function_has_no_formula_to_show():
    """The author is told to state the question as text."""
    question = check.question(of=lambda x: x @ x, wrt="x", sizes={"x": "n"})
    with pytest.raises(ValueError, match="state it as text to have its formula shown"):
        question.as_latex()
