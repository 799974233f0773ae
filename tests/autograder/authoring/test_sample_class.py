"""A class of learners as text: what is read, what is refused, and what lands in ``submitted/``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.authoring.blanks import solved
from autograder.authoring.damages import NAMES, damaged
from autograder.authoring.model import AuthoringError, Unit
from autograder.authoring.sample_class import Student, hand_in, read_class

CLASS = Path(__file__).parent / "class"
MARKS = """
["41_tiny".marks]
"41-half-square-test-1" = 2
"41-product-test-1" = 0
"41-product-test-2" = 0
"41-product-hidden-1" = 0
"41-explain-manual-1" = 0
"""


def student(tmp_path: Path, unit: Unit, said: str, marks: str = MARKS) -> Student:
    """Read a learner from text."""
    (tmp_path / "eve.toml").write_text(f'about = "planted"\n{said}{marks}', encoding="utf-8")
    (found,) = read_class(tmp_path, [unit])
    return found


def test_a_class_is_read(tiny: Unit) -> None:
    """Each file is a learner with a reason to be there, answers by cell, and marks by hand."""
    ada, bob = read_class(CLASS, [tiny])
    assert (ada.name, bob.name) == ("ada", "bob")
    assert ada.about.startswith("right by another route")
    (submission,) = ada.submissions
    assert submission.answers["41-half-square-answer-1"] == "def grad_half_square(x, a):\n    return np.outer(a, a) @ x"
    assert submission.answers["41-product-answer-1"] == 'shape_of_product = "p n"'
    assert submission.marks == {
        "41-half-square-test-1": 2.0,
        "41-product-test-1": 0.0,
        "41-product-test-2": 0.0,
        "41-product-hidden-1": 1.5,
        "41-explain-manual-1": 0.0,
    }


def test_a_mistake_takes_the_solutions_place(tiny: Unit) -> None:
    """A listed mistake replaces the cell whose names it binds, and follows the solution where it binds only some."""
    ada, bob = read_class(CLASS, [tiny])
    assert bob.submissions[0].answers == {
        "41-half-square-answer-1": "def grad_half_square(x, a):\n    return 2 * (a @ x) * a"
    }
    both = next(cell for cell in tiny.cells if cell.id == "41-product-answer-2")
    assert ada.submissions[0].answers[both.id] == (
        f"{solved(both.source)}\n\n\ndef total(A, X):\n    return -(A @ X).sum()"
    )


def test_a_whole_exercise_can_be_solved_but_for_one_mistake(tmp_path: Path, tiny: Unit) -> None:
    """A mistake by its number fills every cell of the exercise, the others with the solution."""
    answers = student(tmp_path, tiny, '["41_tiny".answers]\n"41-product" = "mistake:1"\n').submissions[0].answers
    assert answers["41-product-answer-1"] == 'shape_of_product = "m m"'
    assert answers["41-product-answer-2"].endswith("return product.sum()\n\n\nentries = 12")


@pytest.mark.parametrize(
    ("said", "line", "message"),
    [
        ('["42_tiny"]\n', 2, "there is no unit '42_tiny'; did you mean 41_tiny"),
        ('["41_tiny"]\ndamages = []\n', 3, "has damage, answers and marks; got 'damages'"),
        ('["41_tiny".answers]\n"41-x" = "solution"\n', 3, "has no exercise '41-x'"),
        ('["41_tiny".answers]\n"41-product" = "f = 1"\n', 3, "41-product has 2 answer cells; say which"),
        ('["41_tiny".answers]\n"41-product" = { 3 = "f = 1" }\n', 3, "has answer cells 1 to 2; got '3'"),
        ('["41_tiny".answers]\n"41-half-square" = 3\n', 3, "an answer to 41-half-square is text; got 3"),
        (
            '["41_tiny".answers]\n"41-half-square" = "mistake:sign"\n',
            3,
            r"no mistake 'sign'; it lists 1 \(doubled\), 2",
        ),
        ('["41_tiny".answers]\n"41-half-square" = "mistake:3"\n', 3, "lists no mistake '3'"),
        ('["41_tiny"]\ndamage = ["smudged"]\n', 3, "there is no damage 'smudged'; use delete:<grade_id>"),
        ('["41_tiny"]\ndamage = ["delete:41-x-test-1"]\n', 3, "has no cell '41-x-test-1'"),
        ('["41_tiny"]\ndamage = ["delete:41-half-square-hint-1"]\n', 3, "has no cell '41-half-square-hint-1'"),
        ('["41_tiny"]\ndamage = ["delete"]\n', 3, "there is no damage 'delete'"),
        ('["41_tiny"\n', None, "this is not TOML"),
    ],
)
def test_what_is_not_in_the_course_is_refused(
    tmp_path: Path, tiny: Unit, said: str, line: int | None, message: str
) -> None:
    """A file that names what the course does not have is refused with its line."""
    with pytest.raises(AuthoringError, match=message) as caught:
        student(tmp_path, tiny, said)
    assert (caught.value.path.name, caught.value.line) == ("eve.toml", line)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"41-product-test-2" = 0\n', "", "the mark of 41-product-test-2 is missing"),
        ("41-product-test-2", "41-product-test-3", "has no graded cell '41-product-test-3'"),
        ("41-product-test-2", "41-product-answer-2", "has no graded cell '41-product-answer-2'"),
        ('test-1" = 2', 'test-1" = 3', "41-half-square-test-1 earns from 0 to 2; got 3"),
        ('test-1" = 2', 'test-1" = true', "earns from 0 to 2; got True"),
        (MARKS, "", "the mark of 41-half-square-test-1 is missing"),
    ],
)
def test_marks_are_complete_and_possible(tmp_path: Path, tiny: Unit, old: str, new: str, message: str) -> None:
    """Every graded cell has its mark, and none earns more than it is worth."""
    with pytest.raises(AuthoringError, match=message):
        student(tmp_path, tiny, '["41_tiny"]\n', MARKS.replace(old, new, 1))


def test_what_cannot_be_read_has_no_marks(tmp_path: Path, tiny: Unit) -> None:
    """A file that nobody can read earns no 0 either: marks for it are refused."""
    said = '["41_tiny"]\ndamage = ["truncated"]\n'
    assert student(tmp_path, tiny, said, marks="").submissions[0].marks == {}
    with pytest.raises(AuthoringError, match="a file that is truncated has no marks; take them out"):
        student(tmp_path, tiny, said)


def test_a_learner_is_an_example_of_something(tmp_path: Path, tiny: Unit) -> None:
    """A file that does not say what it is for is refused, and so is a class without learners."""
    with pytest.raises(AuthoringError, match="there is no learner here"):
        read_class(tmp_path, [tiny])
    (tmp_path / "eve.toml").write_text(MARKS)
    with pytest.raises(AuthoringError, match="say what this learner is an example of"):
        read_class(tmp_path, [tiny])


# --- damages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def notebook() -> Any:
    """Three cells, one of them with a grade id."""
    return nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Title"},
                {
                    "cell_type": "code",
                    "id": "b",
                    "metadata": {"nbgrader": {"grade_id": "b"}},
                    "source": "x = 1",
                    "outputs": [],
                    "execution_count": None,
                },
                {"cell_type": "markdown", "id": "c", "metadata": {}, "source": "End"},
            ],
        }
    )


def read_back(data: bytes) -> Any:
    return nbformat.reads(data.decode(), as_version=4)


def test_no_damage_is_a_valid_notebook(notebook: Any) -> None:
    """A notebook that nothing happened to is what it was."""
    assert read_back(damaged(notebook, ())) == notebook


def test_a_deleted_cell_is_gone(notebook: Any) -> None:
    """Only the named cell is gone."""
    assert [cell.id for cell in read_back(damaged(notebook, ("delete:b",))).cells] == ["a", "c"]


def test_a_duplicated_cell_has_its_grade_id_twice(notebook: Any) -> None:
    """A copied cell has a new id, as Jupyter gives it, and the old grade id."""
    cells = read_back(damaged(notebook, ("duplicate:b",))).cells
    assert [cell.id for cell in cells] == ["a", "b", "b-copy", "c"]
    assert [cell.metadata.nbgrader.grade_id for cell in cells[1:3]] == ["b", "b"]


def test_stored_output_is_in_the_file(notebook: Any) -> None:
    """10 MB of output lie in the file itself."""
    data = damaged(notebook, ("stored-output:b",))
    assert 10_000_000 < len(data) < 11_000_000
    assert len(read_back(data).cells[1].outputs[0].text) == 10_000_000


def test_printed_output_is_code(notebook: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A cell that prints 10 MB does so when it is run."""
    exec(read_back(damaged(notebook, ("printed-output:b",))).cells[1].source, {})
    assert len(capsys.readouterr().out) == 10_000_001


def test_windows_line_ends(notebook: Any) -> None:
    """Every line of the file ends as Windows ends it; the text in the cells is the same."""
    data = damaged(notebook, ("crlf",))
    assert data.count(b"\r\n") == data.count(b"\n") > 10
    assert read_back(data) == notebook


def test_older_formats(notebook: Any) -> None:
    """Format 4.2 has no cell ids; format 3 has worksheets."""
    old = json.loads(damaged(notebook, ("nbformat-4.2",)))
    assert (old["nbformat"], old["nbformat_minor"]) == (4, 2)
    assert all("id" not in cell for cell in old["cells"])
    older = json.loads(damaged(notebook, ("nbformat-3",)))
    assert older["nbformat"] == 3
    assert [cell["cell_type"] for cell in older["worksheets"][0]["cells"]][1:] == ["code", "markdown"]


def test_a_truncated_file_cannot_be_read(notebook: Any) -> None:
    """Half a file is no notebook."""
    with pytest.raises(nbformat.reader.NotJSONError):
        read_back(damaged(notebook, ("truncated",)))


def test_every_damage_is_tried_here() -> None:
    """A new damage needs a test of its own."""
    assert {name.partition(":")[0] for name in NAMES} == {
        "delete", "duplicate", "stored-output", "printed-output", "nbformat-4.2", "nbformat-3", "crlf", "truncated"
    }  # fmt: skip


# --- handing in -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_class_hands_in(course: Path, tiny: Unit) -> None:
    """Each learner's notebook is the release with the learner's answers, and what happened to the file on its way."""
    paths = hand_in(read_class(CLASS, [tiny]), course)
    submitted = course / "submitted"
    assert paths == (submitted / "ada/41_tiny/exercises.ipynb", submitted / "bob/41_tiny/exercises.ipynb")
    assert b"\r\n" in paths[0].read_bytes()
    release = nbformat.read(course / "release/41_tiny/exercises.ipynb", as_version=4)
    ada = nbformat.read(paths[0], as_version=4)
    changed = {
        cell.id for cell in release.cells if cell.source not in [own.source for own in ada.cells if own.id == cell.id]
    }
    assert changed == {
        "41-half-square-answer-1",
        "41-product-answer-1",
        "41-product-answer-2",
        "41-product-test-1",
        "41-explain-manual-1",
    }
    bob = nbformat.read(paths[1], as_version=4)
    assert (
        sum("nbgrader" in c.metadata and c.metadata.nbgrader.grade_id.endswith("square-test-1") for c in bob.cells) == 2
    )


def test_a_course_must_be_built_first(tmp_path: Path, tiny: Unit) -> None:
    """Nobody can hand in what was not released."""
    with pytest.raises(AuthoringError, match="ada hands in 41_tiny; build the course first"):
        hand_in(read_class(CLASS, [tiny]), tmp_path)
