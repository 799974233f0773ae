"""The ordinary course is one: nbgrader's own release of it, submissions of all kinds, and nothing of this project's."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from ordinary_course import ASSIGNMENT, HERE, as_nbgrader_says, filled, instructors, make_course, named, students


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("ordinary") / "course")


def test_it_uses_nothing_of_ours() -> None:
    """No notebook and no answer imports this project."""
    texts = [path.read_text(encoding="utf-8") for path in HERE.rglob("*") if path.suffix in (".md", ".toml", ".py")]
    assert len(texts) > 20
    assert not any(name in text for text in texts for name in ("mcutils", "mcourse", "autograder"))


def test_roles_become_metadata() -> None:
    """A line in a cell's head is what nbgrader wants to know of it; a cell without one is none of its business."""
    assert as_nbgrader_says({}) == {}
    own = as_nbgrader_says({"test": "area-test", "points": 2})["nbgrader"]
    assert (own["grade_id"], own["grade"], own["solution"], own["points"]) == ("area-test", True, False, 2)
    assert as_nbgrader_says({"task": "style", "points": 4})["nbgrader"]["task"]


def test_the_release_shows_no_test(course: Path) -> None:
    """nbgrader takes solutions and hidden tests out, as in any course."""
    for path in (course / "release" / ASSIGNMENT).glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert "BEGIN HIDDEN" not in text
        assert "BEGIN SOLUTION" not in text


def test_everybody_hands_in_what_the_file_says(course: Path) -> None:
    """Each student's folder has the notebooks that are named, the other files, and a timestamp where there is one."""
    said = students()
    assert len(said) >= 20
    for name, own in said.items():
        folder = course / "submitted" / name / ASSIGNMENT
        assert {path.stem for path in folder.glob("*.ipynb")} == {"functions", "data", "tables", "styles"} & set(own)
        assert (folder / "timestamp.txt").exists() == ("timestamp" in own)
        assert (folder / "heights.csv").exists()


def test_answers_are_filled_in(course: Path) -> None:
    """An answer is the student's where there is one, and else the solution without the marks around it."""
    notebook = nbformat.read(course / "submitted" / "sam" / ASSIGNMENT / "functions.ipynb", as_version=4)
    by_name = {named(cell): cell.source for cell in notebook.cells}
    assert "values[place] *= 2" in by_name["lists"]
    assert "return width * height" in by_name["area"]
    assert "###" not in by_name["area"]


def test_cells_are_deleted_and_added(course: Path) -> None:
    """Deleted cells are gone, and a student's own cells stand behind the one that is named."""
    karl = nbformat.read(course / "submitted" / "karl" / ASSIGNMENT / "functions.ipynb", as_version=4)
    assert "primes-test" not in {named(cell) for cell in karl.cells}
    judy = nbformat.read(course / "submitted" / "judy" / ASSIGNMENT / "functions.ipynb", as_version=4)
    sources = [cell.source for cell in judy.cells]
    assert sources.index("area(7, 8)") == [named(cell) for cell in judy.cells].index("area") + 1


def test_a_cell_that_is_not_there_is_refused(course: Path) -> None:
    """A student's file that names a cell which does not exist is a mistake in the file."""
    released = nbformat.read(course / "release" / ASSIGNMENT / "data.ipynb", as_version=4)
    solution = instructors(HERE / "notebooks" / "data.md")
    with pytest.raises(ValueError, match="data has no cells"):
        filled(released, solution, {"data": {"answers": {"arays": "pass"}}}, "data")
