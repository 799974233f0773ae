"""Hints beside a notebook: what is shown, and the one sentence where something is missing."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import hint
from autograder.checks.worked import worked

SISTER = {"of": "(a @ x)**2 + (x @ x) * (a @ x)", "wrt": "x", "sizes": {"x": "n", "a": "n"}}
HINTS = {
    "02-bowl": {"title": "A bowl", "steps": ["Where is $x$?", "The rule.", "The next line."], "sister": SISTER},
    "02-hill": {"title": "A hill", "steps": ["Look up."], "sister": None},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of a notebook, with its hints in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    (tmp_path / "hints.json").write_text(json.dumps({"unit": "02", "exercises": HINTS}), encoding="utf-8")
    return tmp_path


def test_what_is_folded(folder):
    """Three steps and the sister question are folded, each under its own line, in this order."""
    markdown = hint("02-bowl").markdown
    summaries = ["Hint 1: where to look", "Hint 2: the rule", "Hint 3: the next line", "A sister question, worked"]
    places = [markdown.index(f"<details>\n<summary>{summary}</summary>\n\n") for summary in summaries]
    assert places == sorted(places)
    assert markdown.startswith("**A bowl**\n\n<details>")
    assert markdown.count("<details>") == markdown.count("</details>") == 5
    assert "open" not in markdown.lower()


def test_in_a_terminal(folder):
    """A terminal gets the same as plain text."""
    text = repr(hint("02-bowl"))
    assert text.startswith("A bowl\nHint 1: where to look\n  Where is $x$?\nHint 2: the rule\n")
    assert "<" not in text
    assert "The result:\n    (x @ x)*a + 2*(a @ x)*a + 2*(a @ x)*x\n" in text


def test_an_exercise_without_a_sister(folder):
    """Where no sister question is stated, the steps are shown."""
    assert repr(hint("02-hill")) == "A hill\nHint 1: where to look\n  Look up."


@pytest.mark.parametrize(
    ("name", "near"), [("02-bowel", "02-bowl"), ("02-hil", "02-hill"), ("99", "02-bowl and 02-hill"), (3, "02-bowl")]
)
def test_an_unknown_name(folder, name, near):
    """A name that is not there gets one sentence with the names nearest to it."""
    said = hint(name)
    assert said.text.startswith(f"There are no hints for {name!r} beside this notebook; there are some for ")
    assert near in said.text
    assert "\n" not in said.text


def test_no_file(tmp_path, monkeypatch):
    """Without the file one sentence says what to do."""
    monkeypatch.chdir(tmp_path)
    assert hint("02-bowl").text.startswith("There is no hints.json beside this notebook")


def test_beside_the_notebook_and_not_in_the_current_folder(folder, tmp_path, monkeypatch):
    """Jupyter tells where the notebook is; a learner who changed the current folder has hints all the same."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "exercises.ipynb"))
    assert hint("02-hill").text.startswith("A hill")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"exercises": 3}', '{"exercises": {"02-bowl": {}}}', '{"exercises": {"02-bowl": 3}}']
)
def test_a_damaged_file(folder, text):
    """A file that is no file of hints gets one sentence."""
    (folder / "hints.json").write_text(text, encoding="utf-8")
    assert hint("02-bowl").text == "hints.json beside this notebook is damaged; take it from the course once more."


def test_a_damaged_sister(folder):
    """A sister question that somebody has changed into none gets a sentence, and the steps stay."""
    spoiled = {"02-bowl": {**HINTS["02-bowl"], "sister": {**SISTER, "of": "A x"}}}
    (folder / "hints.json").write_text(json.dumps({"exercises": spoiled}), encoding="utf-8")
    text = repr(hint("02-bowl"))
    assert "The next line." in text
    assert text.endswith("  It cannot be worked here; take hints.json from the course once more.")


def test_nothing_is_recorded(folder):
    """A look at the hints leaves no trace."""
    before = sorted(os.listdir(folder)), (folder / "hints.json").read_bytes()
    hint("02-bowl")
    assert (sorted(os.listdir(folder)), (folder / "hints.json").read_bytes()) == before


def test_an_example_says_each_term_and_their_sum():
    """Every place of the variable has its term; like ones are put together in the result; the steps follow, folded."""
    example = worked({"of": "x @ A @ x + x @ x", "wrt": "x", "sizes": {"x": "n", "A": "n n"}})
    assert r"A x,\qquad A^\top x,\qquad x,\qquad x" in example.markdown
    assert "Together:\n\n$$\n\\nabla f = \\left(A + A^\\top\\right) x + 2 x\n$$" in example.markdown
    assert example.markdown.index("Together") < example.markdown.index("<summary>The same in indices, step by step")
    assert "**2.** Differentiate factor by factor:" in example.markdown


def test_an_example_in_denominator_layout():
    """The terms are said to be in numerator layout, and the result is transposed."""
    example = worked(
        {"of": "A @ tanh(B @ x)", "wrt": "x", "sizes": {"x": "n", "A": "m k", "B": "k n"}, "layout": "denominator"}
    )
    assert "term by term, in numerator layout:\n  A @ diag(1 - tanh(B @ x)**2) @ B\n" in example.text
    assert "The result:\n  B.T @ diag(1 - tanh(B @ x)**2) @ A.T\n" in example.text
    assert "Rule: `d tanh(u) = (1 - tanh(u)**2) du`" in example.markdown
    assert "Together, and transposed:" in example.markdown


@pytest.mark.parametrize(
    ("layout", "order", "of"),
    [("array", 1, "outer(x, A @ x)"), ("vec", 1, "A @ x"), ("gradient", 2, "x @ A @ x"), ("vec", 2, "x @ A @ x")],
)
def test_an_example_in_every_layout(layout, order, of):
    """Every question that has a derivative can be shown, with a matrix form and without."""
    sizes = {"x": "n", "A": "n n"}
    example = worked({"of": of, "wrt": "x", "sizes": sizes, "layout": layout, "order": order})
    assert example.text.count("The result:") == 1
    assert ("H =" in example.markdown) == (order == 2)


def test_an_example_in_vec_layout_shows_no_factor_of_the_engine():
    """Stacking is said in words, and the result in matrices."""
    made = worked({"of": "X @ inv(A) @ X.T", "wrt": "X", "sizes": {"X": "m n", "A": "n n"}, "layout": "vec"})
    for shown in (made.text, made.markdown):
        assert "fuse" not in shown
        assert "column by column" in shown
    assert made.text.endswith('commutation("m", "m") @ kron(X @ inv(A), I("m")) + kron(X @ inv(A).T, I("m"))')


@given(st.text(max_size=20))
def test_any_name_gets_an_answer(name):
    """Whatever is asked for, something is said and nothing raised."""
    assert hint(name).text
