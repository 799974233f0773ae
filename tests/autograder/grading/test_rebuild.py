"""Rebuilding a student's notebook on the instructor's."""

from __future__ import annotations

from typing import Any

import nbformat
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.grading.rebuild import Blueprint, named, rebuild, with_plain

PLAN = (
    Blueprint("given", "code", "import tools", locked=True),
    Blueprint("a-answer", "code", "a = ...", solution=True),
    Blueprint("a-test", "code", "check(a)", locked=True, grade=True, points=2),
    Blueprint("b-answer", "code", "b = ...", solution=True),
    Blueprint("b-test", "code", "check(b)", locked=True, grade=True, points=3),
    Blueprint("why", "markdown", "...", solution=True, grade=True, points=1),
)
LOCKED = [plan.name for plan in PLAN if plan.locked]


def cell(name: str | None, source: str, make: Any = new_code_cell, **own: Any) -> Any:
    return make(source, metadata={"nbgrader": {"grade_id": name, **own}} if name else {})


def handed_in() -> list[Any]:
    """The notebook as it was released, filled in."""
    sources = {"a-answer": "a = 1", "b-answer": "b = 2", "why": "because"}
    make = {"code": new_code_cell, "markdown": new_markdown_cell}
    return [cell(plan.name, sources.get(plan.name, plan.source), make[plan.cell_type]) for plan in PLAN]


def sources(cells: list[Any]) -> list[str]:
    return [made.source for made in rebuild(cells, PLAN).cells]


def test_untouched() -> None:
    """What is as it should be stays as it is, and is a valid notebook."""
    notebook = rebuild(handed_in(), PLAN)
    assert [made.source for made in notebook.cells] == [made.source for made in handed_in()]
    nbformat.validate(notebook)


def test_added_cells_keep_their_place() -> None:
    """A student's own cells stay behind the cell they stood behind, without any standing of their own."""
    cells = handed_in()
    cells.insert(2, cell(None, "scratch = 1"))
    cells.insert(0, cell("of-another-course", "first", grade=True, points=100))
    notebook = rebuild(cells, PLAN)
    assert [made.source for made in notebook.cells][:4] == ["first", "import tools", "a = 1", "scratch = 1"]
    assert notebook.cells[0].metadata == {}


def test_deleted_cells() -> None:
    """A deleted test is put back in its place; a deleted answer is not, for it may have moved to another cell."""
    cells = [made for made in handed_in() if named(made) not in ("a-test", "b-answer", "given")]
    assert sources(cells) == ["import tools", "a = 1", "check(a)", "check(b)", "because"]


def test_moved_cells() -> None:
    """Cells go back into the instructor's order, so a test runs after the answers above it."""
    assert sources(handed_in()[::-1]) == sources(handed_in())


def test_doubled_cells() -> None:
    """Of a copied answer both run and the last one counts; a copied test is one test."""
    cells = handed_in()
    cells.insert(2, cell("a-answer", "a = 7"))
    cells.append(cell("a-test", "check(a)"))
    assert sources(cells)[:5] == ["import tools", "a = 1", "a = 7", "check(a)", "b = 2"]
    assert [named(made) for made in rebuild(cells, PLAN).cells if made.source == "a = 1"] == [None]


def test_a_copy_of_the_blank() -> None:
    """Who kept a copy of the blank, before or behind the answer, has answered; the copy is left out."""
    for place in (1, 2, 6):
        cells = handed_in()
        cells.insert(place, cell("a-answer", "a = ...\n"))
        assert sources(cells) == sources(handed_in())
    blank = [made for made in handed_in() if named(made) != "a-answer"]
    blank[1:1] = [cell("a-answer", "a = ..."), cell("a-answer", "a = ...")]
    assert sources(blank).count("a = ...") == 1


def test_changed_cells() -> None:
    """The text of a test, its points, its lock and its kind are the instructor's."""
    cells = handed_in()
    cells[2] = cell("a-test", "2.0", new_markdown_cell, grade=True, solution=True, locked=False, points=50)
    made = rebuild(cells, PLAN).cells[2]
    assert (made.cell_type, made.source) == ("code", "check(a)")
    assert made.metadata.nbgrader == {
        "schema_version": 3, "grade_id": "a-test", "cell_type": "code", "points": 2,
        "grade": True, "solution": False, "locked": True, "task": False,
    }  # fmt: skip


def test_text_that_cannot_be_written() -> None:
    """A lone surrogate in a student's source does not stop the notebook from being written."""
    assert sources([cell("a-answer", "a = '\ud800'")])[1] == "a = '?'"


@given(st.lists(st.sampled_from([*handed_in(), cell(None, "mine"), cell("unknown", "mine")]), max_size=12))
def test_any_notebook(cells: list[Any]) -> None:
    """Whatever is done to a notebook, every locked cell stands in it once, in order, in the instructor's words."""
    made = rebuild(cells, PLAN).cells
    locked = [this for this in made if named(this) in LOCKED]
    assert [named(this) for this in locked] == LOCKED
    assert [this.source for this in locked] == [plan.source for plan in PLAN if plan.locked]
    assert sum(this.source == "mine" for this in made) == sum(this.source == "mine" for this in cells)


def test_plain_cells_of_the_instructor() -> None:
    """Cells without a name take their place among the instructor's, and are never put into a student's notebook."""
    released = [cell(None, "import math"), *handed_in(), cell(None, "print(b)"), cell(None, "text", new_markdown_cell)]
    plans = with_plain(PLAN, released)
    assert [plan.source for plan in plans if not plan.name] == ["import math", "print(b)"]
    assert [plan.name for plan in plans] == ["", *(plan.name for plan in PLAN), ""]
    assert [made.source for made in rebuild(handed_in(), plans).cells] == sources(handed_in())


def test_plain_cells_and_missing_ones() -> None:
    """A cell that the released notebook does not show is still the instructor's."""
    assert with_plain(PLAN, []) == PLAN
