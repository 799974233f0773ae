"""Whose variants a submission shows, read from notebooks that can hold anything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.checks.variants import VARIANT_TYPE
from autograder.grading.identity import environment, foreign
from autograder.grading.rebuild import Blueprint

PLANS = (
    Blueprint("02-bowl-given-1", "code", 'bowl = variant("02-bowl", c=[2, 3])\nbowl.show()', locked=True),
    Blueprint("02-bowl-answer-1", "code", "c = ...", solution=True),
    Blueprint("02-bowl-test-1", "code", "check.equal(...)", grade=True, locked=True, points=1),
    Blueprint("02-hill-given-1", "code", "hill = variant('02-hill', c=[2, 3])\nhill", locked=True),
)


def drew(student, exercise="02-bowl", cell="02-bowl-given-1"):
    """A given cell that was run by this student."""
    record = {"exercise": exercise, "student": student, "drawn": {"c": 2}}
    output = new_output("execute_result", {"text/plain": "...", VARIANT_TYPE: record})
    return new_code_cell("...", outputs=[output], metadata={"nbgrader": {"grade_id": cell}})


def typed(source):
    """A cell of the student's own."""
    return new_code_cell(source)


def test_who_shows_nothing_is_taken_at_their_word():
    """A notebook without outputs and without a name is the student's own, and so is one that shows their name."""
    assert foreign([typed('student("")')], PLANS, "ada") == {}
    assert (
        foreign([typed('student("Ada ")'), drew("ada"), drew("ADA", "02-hill", "02-hill-given-1")], PLANS, "ada") == {}
    )
    assert foreign([drew("bob")], PLANS[1:3], "ada") == {}


def test_a_name_in_the_outputs():
    """What a given cell drew for another name is found, for that exercise alone, with a sentence that names both."""
    assert foreign([drew("bob")], PLANS, "ada") == {
        "02-bowl": "These answers were written for the variant of 'bob', not for that of 'ada', "
        "so a person will mark them."
    }


def test_a_name_that_was_typed():
    """A typed name counts for every exercise with a variant that has no output to say otherwise."""
    cells = [typed('from autograder import student\n\nstudent("Bob")')]
    assert list(foreign(cells, PLANS, "ada")) == ["02-bowl", "02-hill"]
    assert list(foreign([*cells, drew("ada")], PLANS, "ada")) == ["02-hill"]
    assert foreign([*cells, typed('student("ada")')], PLANS, "ada") == {}


def test_who_gave_no_name_and_ran_the_notebook():
    """The default variant is another variant too."""
    assert foreign([drew("")], PLANS, "ada")["02-bowl"].startswith(
        "These answers were written for the variant that is drawn without a name, not for that of 'ada'"
    )


@pytest.mark.parametrize("source", ["%matplotlib inline\nstudent('bob')", '!ls\n  student("bob")'])
def test_a_name_typed_among_magics(source):
    """A cell that is not all Python is read line by line."""
    assert "02-bowl" in foreign([typed(source)], PLANS, "ada")


def test_what_is_no_name():
    """A comment, a variable and a text cell type no name."""
    cells = [typed('# student("bob")'), typed("student(bob)"), new_markdown_cell('student("bob")')]
    assert foreign(cells, PLANS, "ada") == {}


def test_a_copied_record_is_not_the_given_cells():
    """Only the cell that drew the variant says whose it is, and only of its own exercise."""
    assert foreign([drew("bob", cell="02-bowl-answer-1"), drew("bob", "02-hill")], PLANS, "ada") == {}


def test_a_made_up_name_is_only_text():
    """Whatever a student calls themselves cannot become markup on a page."""
    sentence = foreign([drew("<script>[x](y)`" + "z" * 999)], PLANS, "ada")["02-bowl"]
    assert "'?script??x??y??zz" in sentence
    assert len(sentence) < 400


JUNK = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from([VARIANT_TYPE, "02-bowl", "bob"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", VARIANT_TYPE, "exercise", "student"]), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(JUNK)
def test_outputs_that_are_no_outputs(outputs):
    """Whatever stands where outputs should is read without an error."""
    cell = {**drew("bob"), "outputs": outputs}
    assert set(foreign([cell], PLANS, "ada")) <= {"02-bowl"}


LONG = {
    "calls of calls": "student\na" + "()" * 900,
    "chains": ("student\n" + ("x" + ".a()" * 60 + "\n") * 4000),
    "nested too deeply": "student" + "(" * 5000,
    "many statements": "student" + ";a" * 1_000_000,
}


@pytest.mark.parametrize("name", LONG)
def test_cells_that_are_made_to_be_slow(name):
    """A cell that no person wrote types no name, and is done with at once."""
    begin = time.process_time()
    assert foreign([typed(LONG[name])], PLANS, "ada") == {}
    assert "02-bowl" in foreign([typed(LONG[name]), typed("student('bob')")], PLANS, "ada")
    assert time.process_time() - begin < 1


def test_what_a_process_is_told():
    """The seed depends on the secret, the student and the assignment; the name for the variants is the student's."""
    told = environment("secret", "ada", "ps1")
    assert told["MC_STUDENT"] == "ada"
    others = [("secret2", "ada", "ps1"), ("secret", "bob", "ps1"), ("secret", "ada", "ps2")]
    assert len({told["MC_SEED"], *(environment(*other)["MC_SEED"] for other in others)}) == 4
