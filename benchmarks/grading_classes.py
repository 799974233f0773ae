"""The classes that ``grading.py`` grades: made-up students over the course's units, and over an ordinary course.

Separate because making them costs nothing that is measured.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.build import build, environment_on_path
from autograder.authoring.model import GRADED, Unit
from autograder.authoring.sample_class import hand_in, read_class
from autograder.authoring.units import find_units, read_units

COURSE = Path(__file__).parents[1] / "course"
ORDINARY = "ordinary"
BUSY = 1.2
"""Seconds of its own compute in each submission of the ordinary course."""

CELLS = [
    ("given", "import math\nimport time\n\nimport matplotlib.pyplot as plt\nimport numpy as np\nimport sympy as sp"),
    ("answer", "def area(width, height):\n    ### BEGIN SOLUTION\n    return width * height\n    ### END SOLUTION"),
    ("test", "assert area(2, 3) == 6\nassert area(0, 3) == 0"),
    (
        "answer",
        "def busy(seconds):\n    ### BEGIN SOLUTION\n    until, k = time.process_time() + seconds, 0\n"
        "    while time.process_time() < until:\n        k += 1\n    return k\n    ### END SOLUTION\n\n\n"
        f"print(busy({BUSY}) > 0)",
    ),
    ("test", "assert busy(0.001) > 0"),
    ("answer", "def norm(x):\n    ### BEGIN SOLUTION\n    return math.sqrt(x @ x)\n    ### END SOLUTION"),
    ("test", "np.testing.assert_allclose(norm(np.array([3.0, 4.0])), 5)\nassert norm(np.zeros(2)) == 0"),
    ("answer", "def slope(f, x):\n    ### BEGIN SOLUTION\n    return sp.diff(f, x)\n    ### END SOLUTION"),
    ("test", "x = sp.symbols('x')\nassert sp.simplify(slope(sp.sin(x) ** 2, x) - sp.sin(2 * x)) == 0"),
    (
        "answer",
        "t = np.linspace(0, 1)\n### BEGIN SOLUTION\nplt.plot(t, np.sin(t))\nplt.title('t');\n### END SOLUTION",
    ),
]
"""An assignment that uses nothing of this project, and computes for a while."""


def unit_names() -> list[str]:
    """The units that have exercises."""
    return [unit.name for unit in read_units(find_units(COURSE / "units")) if unit.exercises]


def make_units(into: Path, wanted: Sequence[str], students: int) -> Path:
    """Build a course of some units in which everybody has handed in each of them."""
    folders = [folder for folder in find_units(COURSE / "units") if folder.name in wanted]
    build(folders, into, config=COURSE / "nbgrader_config.py")
    units = read_units(folders)
    texts = into.parent / f"{into.name}-class"
    texts.mkdir(exist_ok=True)
    for number in range(students):
        (texts / f"student{number:03d}.toml").write_text(_student(units, number), encoding="utf-8")
    hand_in(read_class(texts, units), into)
    return into


def _student(units: Sequence[Unit], number: int) -> str:
    """A student who has half of it right, some of it wrong in the listed ways, and some of it not at all."""
    lines = ["about = 'one of many'"]
    for unit in units:
        lines += [f'["{unit.name}"]', "damage = []", f'["{unit.name}".answers]']
        for place, exercise in enumerate(unit.exercises):
            wrong = [f"mistake:{k}" for k, _ in enumerate(exercise.having("mistake"), start=1)]
            answers = [*["solution"] * (len(wrong) + 1), *wrong, None]
            if answer := answers[(place + 5 * number) % len(answers)]:
                lines.append(f"{json.dumps(exercise.id)} = {json.dumps(answer)}")
        marked = [cell.id for cell in unit.cells if cell.role in GRADED]
        lines += [f'["{unit.name}".marks]', *(f"{json.dumps(cell)} = 0" for cell in marked)]
    return "\n".join(lines)


def make_ordinary(into: Path, students: int) -> Path:
    """Make a course of one assignment without anything of ours, which everybody has solved."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    source = into / "source" / ORDINARY
    source.mkdir(parents=True)
    (into / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'busy'\n")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = new_notebook(cells=[_cell(k, *said) for k, said in enumerate(CELLS)], metadata=kernel)
    nbformat.write(notebook, source / "exercises.ipynb")
    with environment_on_path():
        NbGraderAPI(CourseDirectory(root=str(into))).generate_assignment(ORDINARY)
    for cell in notebook.cells:
        cell.source = "\n".join(line for line in cell.source.splitlines() if "###" not in line)
    for number in range(students):
        folder = into / "submitted" / f"student{number:03d}" / ORDINARY
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "exercises.ipynb")
    return into


def _cell(number: int, role: str, source: str) -> nbformat.NotebookNode:
    own = {"schema_version": 3, "grade_id": f"cell-{number}", "task": False, "solution": role == "answer"}
    own |= {"grade": role == "test", "locked": role != "answer"} | ({"points": 1} if role == "test" else {})
    return new_code_cell(source, metadata={"nbgrader": own})


def first(course: Path, into: Path, students: int) -> Path:
    """Copy a course directory with its first few students."""
    shutil.copytree(course, into, ignore=shutil.ignore_patterns("submitted"))
    for folder in sorted((course / "submitted").iterdir())[:students]:
        shutil.copytree(folder, into / "submitted" / folder.name)
    return into
