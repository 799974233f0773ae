"""Variants, the whole way: built, worked on under a name, handed in under the same or another, graded, and returned."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.authoring.blanks import solved
from autograder.authoring.build import build
from autograder.authoring.damages import grade_id
from autograder.authoring.units import read_unit
from autograder.checks.variants import VARIANT_TYPE
from autograder.cli.screen import console, show_marks
from autograder.grading import Grading, grade, write_feedback, write_marks
from autograder.grading.course import open_course

pytestmark = pytest.mark.slow  # every notebook starts a kernel

ROOT = Path(__file__).parents[2]
VARIED = ROOT / "tests" / "autograder" / "authoring" / "varied" / "42_varied"
ANSWERS = {cell.id: solved(cell.source) for cell in read_unit(VARIED).cells if cell.role == "answer"}
BOWL, SAME = "42-bowl-test-1", "42-same-test-1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("varied") / "course"
    return build([VARIED], into, config=ROOT / "course" / "nbgrader_config.py").course


def released(course: Path) -> nbformat.NotebookNode:
    return nbformat.read(course / "release" / "42_varied" / "exercises.ipynb", as_version=4)


def name_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == "42_varied-student")


def worked(course: Path, name: str = "", hub: str = "", answered: bool = True) -> nbformat.NotebookNode:
    """The released notebook as a learner leaves it: a name typed or a hub's, answers written, everything run."""
    notebook = released(course)
    name_cell(notebook).source = name_cell(notebook).source.replace('student("")', f'student("{name}")')
    for cell in notebook.cells if answered else ():
        cell.source = ANSWERS.get(grade_id(cell), cell.source)
    environment = {key: value for key, value in os.environ.items() if key not in ("MC_STUDENT", "JUPYTERHUB_USER")}
    NotebookClient(notebook, kernel_name="python3").execute(env=environment | {"JUPYTERHUB_USER": hub})
    return notebook


def shown(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """What the given cell showed: the words, and where it ran on the learner's machine the record."""
    cell = next(cell for cell in notebook.cells if grade_id(cell) == "42-bowl-given-1")
    return dict(cell.outputs[-1]["data"])


@pytest.fixture(scope="module")
def graded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Grading]:
    """A class in which everybody solved everything, most of them for themselves."""
    course = Path(shutil.copytree(built, tmp_path_factory.mktemp("class") / "course"))
    cleared = worked(course, "bob")
    for cell in cleared.cells:
        cell.outputs = [] if cell.cell_type == "code" else cell.get("outputs")
    hand_in = {
        "ada": worked(course, " ADA "),
        "bob": worked(course, hub="bob"),
        "copied": worked(course, "bob"),
        "cleared": cleared,
        "nameless": worked(course),
        "blank": worked(course, "bob", answered=False),
    }
    for student, notebook in hand_in.items():
        path = course / "submitted" / student / "42_varied" / "exercises.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return course, grade(course, "42_varied")


def test_the_release_holds_no_answer(built: Path) -> None:
    """What varies is released as a question: no solution stands in it, and the name is the learner's to fill in."""
    notebook = released(built)
    assert not any("(A + A.T)" in cell.source for cell in notebook.cells)
    assert 'student("")' in name_cell(notebook).source
    assert "nbgrader" not in name_cell(notebook).metadata


def test_hints_beside_the_release(built: Path) -> None:
    """A learner who has the release has its hints, the sister question worked, and nothing of the answer."""
    asks = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('from autograder import hint\nhint("42-bowl")')])
    folder = built / "release" / "42_varied"
    NotebookClient(asks, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    data = asks.cells[0].outputs[0]["data"]
    assert data["text/plain"].startswith("A bowl of your own\nHint 1: where to look\n")
    assert data["text/markdown"].count("<details>") == 5
    assert r"\left(A + A^\top\right) x + 2 \left(b^\top x\right) b" in data["text/markdown"]
    assert "bowl(" not in (folder / "hints.json").read_text(encoding="utf-8")


def test_new_hints_change_no_mark(graded: tuple[Path, Grading], tmp_path: Path) -> None:
    """A hint that is reworded makes nobody's work run again."""
    course = Path(shutil.copytree(graded[0], tmp_path / "course"))
    hints = course / "source" / "42_varied" / "hints.json"
    hints.write_text(hints.read_text(encoding="utf-8").replace("Each place", "Every place"), encoding="utf-8")
    assert len(grade(course, "42_varied").unchanged) == 6


def test_offline_and_at_grading(graded: tuple[Path, Grading]) -> None:
    """A learner's own machine shows the question that grading asks, by a typed name as by a hub's."""
    course, _ = graded
    for student in ("ada", "bob"):
        step = [
            nbformat.read(course / s / student / "42_varied" / "exercises.ipynb", 4)
            for s in ("submitted", "autograded")
        ]
        assert shown(step[0])["text/plain"] == shown(step[1])["text/plain"]
        assert shown(step[0])[VARIANT_TYPE]["student"] == student
        assert shown(step[0])["text/plain"].startswith(f"Your question (drawn for '{student}'):\n  f(x) = ")


def test_marks(graded: tuple[Path, Grading]) -> None:
    """Answers to another's question wait for a person, never 0 and never full; all the rest is marked."""
    _, grading = graded
    assert {student: (marks[BOWL], marks[SAME]) for student, marks in grading.marks.items()} == {
        "ada": (3, 1),
        "bob": (3, 1),
        "copied": (None, 1),
        "cleared": (None, 1),
        "nameless": (None, 1),
        "blank": (0, 0),
    }


def test_the_reason_is_told(graded: tuple[Path, Grading], tmp_path: Path) -> None:
    """The table of marks, the summary and the feedback page say whose variant was answered."""
    course, grading = graded
    sentence = "These answers were written for the variant of 'bob', not for that of 'copied'"
    with write_marks(grading, tmp_path / "marks.csv").open(newline="") as file:
        notes = {row["student"]: row["note"] for row in csv.DictReader(file)}
    assert notes["copied"].startswith(f"to be marked by a person: {BOWL} | 42-bowl: {sentence}")
    assert "42-bowl: These answers were written for the variant that is drawn without a name" in notes["nameless"]
    assert notes["ada"] == notes["blank"] == ""
    with console.capture() as capture:
        show_marks([grading])
    assert "written for the variant of 'bob'" in " ".join(capture.get().replace("│", " ").split())
    write_feedback(course, grading)
    page = (course / "feedback" / "copied" / "42_varied" / "exercises.html").read_text(encoding="utf-8")
    assert "These answers were written for the variant of" in page


def test_until_a_person_decides(graded: tuple[Path, Grading], tmp_path: Path) -> None:
    """Grading again keeps the reason; a mark given by hand counts and takes it away."""
    course = Path(shutil.copytree(graded[0], tmp_path / "course"))
    again = grade(course, "42_varied")
    assert set(again.unchanged) == {"ada", "bob", "copied", "cleared", "nameless", "blank"}
    assert again.reasons == graded[1].reasons
    with open_course(course) as opened, opened.gradebook() as gradebook:
        mark = gradebook.find_grade(BOWL, "exercises", "42_varied", "copied")
        assert mark.needs_manual_grade
        mark.manual_score, mark.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    decided = grade(course, "42_varied")
    assert decided.marks["copied"][BOWL] == 2.5
    assert "copied" not in decided.reasons
