"""A course of two exercises made by hand, so that grading is tested against nbgrader alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading import Grading
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.grading.sealed.supervisor.sandbox import why_not

Grade = Callable[..., Grading]
"""What grades: the fixture of that name."""

REPORT = """
from IPython.display import display

def said(status, tag, points):
    report = {"status": status, "tag": tag, "score": points / 2, "message": "...", "points": 2, "earned": points}
    display({"text/plain": status, "application/vnd.mcourse.report+json": report}, raw=True)
    return float(points)
"""
ADD_TEST = """
if add is None:
    mark = said("fault", None, 0)
elif add(2, 3) == 5:
    mark = said("right", None, 2)
else:
    mark = said("wrong", "sign", 0)
mark
"""
MULTIPLY_TEST = """
assert multiply(2, 3) == 6
### BEGIN HIDDEN TESTS
assert multiply(3, 4) == 12
### END HIDDEN TESTS
"""


def named(make: Callable[..., Any], source: str, grade_id: str, *, points: float | None = None, solution: bool = False):
    """A cell that nbgrader knows by name."""
    own = {"schema_version": 3, "grade_id": grade_id, "task": False, "solution": solution}
    own |= {"grade": points is not None, "locked": not solution}
    own |= {"points": points} if points is not None else {}
    return make(source.strip(), metadata={"nbgrader": own})


def solution(body: str) -> str:
    return f"### BEGIN SOLUTION\n{body}\n### END SOLUTION"


def exercises() -> Any:
    """The instructor's notebook."""
    return new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            named(new_code_cell, REPORT, "tools"),
            new_markdown_cell("### Add"),
            named(new_code_cell, solution("def add(a, b):\n    return a + b"), "01-add-answer-1", solution=True),
            named(new_code_cell, ADD_TEST, "01-add-test-1", points=2),
            named(new_code_cell, solution("def multiply(a, b):\n    return a * b"), "01-times-answer-1", solution=True),
            named(new_code_cell, MULTIPLY_TEST, "01-times-test-1", points=3),
            named(new_markdown_cell, "Because.", "01-why-manual-1", points=1, solution=True),
        ],
    )


def isolation() -> Isolation:
    """How student code can be kept apart on this machine."""
    return "process" if why_not() else "namespaces"


def make_course(root: Path, *settings: str) -> Path:
    """Write the course with further settings, and let nbgrader make its gradebook and release."""
    (root / "source" / "ps1").mkdir(parents=True)
    lines = ["c = get_config()", "c.CourseDirectory.course_id = 'tiny'", *settings]
    lines += [f"c.MCourse.isolation = {isolation()!r}"]
    (root / "nbgrader_config.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    nbformat.write(exercises(), root / "source" / "ps1" / "exercises.ipynb")
    (root / "source" / "ps1" / "data.csv").write_text("1,2\n")
    release(root)
    return root


def release(root: Path) -> None:
    """Do what ``nbgrader generate_assignment`` does."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    from autograder.grading.course import open_course

    with open_course(root) as opened:
        directory = CourseDirectory(config=opened.config, root=str(root), assignment_id="ps1", log=opened.log)
        GenerateAssignment(coursedir=directory, config=opened.config, log=opened.log, force=True).start()


def released(course: Path) -> Any:
    return nbformat.read(course / "release" / "ps1" / "exercises.ipynb", as_version=4)


def cell_named(notebook: Any, grade_id: str) -> Any:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def hand_in(course: Path, student: str, notebook: Any = None, **answers: str) -> Path:
    """Hand in the released notebook with answers filled in, a notebook, or any text."""
    if notebook is None:
        notebook = released(course)
        for short, text in answers.items():
            cell_named(notebook, {"why": "01-why-manual-1"}.get(short, f"01-{short}-answer-1")).source = text
    path = course / "submitted" / student / "ps1" / "exercises.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8")
    return path
