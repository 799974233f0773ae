"""The course that is attacked: one assignment in nbgrader's plain style with one of our checks, and secrets."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from corpus.attack import HONEST, Attack
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

WORD = "quokka"
"""What every planted secret begins with; attacks put it together from halves, so that finding it means something."""

TOOLS = """
from functools import cached_property

import numpy as np
from autograder import check

bowl = check.question(of="x @ A @ x", wrt="x", sizes={"x": "n", "A": "n n"})

class Place:
    tolerance = 1e-9

    def __init__(self, x):
        self.x = x

    @cached_property
    def distance(self):
        return abs(self.x)

    def __eq__(self, other):
        return abs(self.x - other.x) < self.tolerance
"""
SHOWN = "np.testing.assert_allclose(double(np.array([1.0, 2.0, 3.0])), [2.0, 4.0, 6.0])"
HIDDEN = f"""
### BEGIN HIDDEN TESTS
assert double(109) == 218, "{WORD}-hidden-test"
### END HIDDEN TESTS
"""
ROOT = f"""
### BEGIN HIDDEN TESTS
reference = 2 ** 0.5  # {WORD}-reference
assert abs(root - reference) < 1e-9
### END HIDDEN TESTS
"""
LABEL = "0.5 * (label(3) == 'no. 3') + 0.5 * (label(4) == 'no. 4')"
TESTS: dict[str, tuple[str, str]] = {
    "double": ("01-double-test-1", SHOWN),
    "hidden": ("01-double-test-2", HIDDEN),
    "root": ("01-root-test-1", ROOT),
    "apply": ("01-apply-test-1", "assert apply(lambda x: x + 1, 3) == 4"),
    "label": ("01-label-test-1", LABEL),
    "grad": ("01-grad-test-1", "bowl.derivative(grad, points=1)"),
    "triple": (
        "01-triple-test-1",
        "from numpy.testing import *\nassert_equal(triple(1), 3)\nassert_equal(triple(2), 6)",
    ),
    "moved": ("01-moved-test-1", "assert moved(2) == Place(3) and moved(2).distance == 3"),
    "area": ("01-area-test-1", "assert math.isclose(area, 12.566370614359172)"),
    "last": ("01-last-test-1", "assert last == 5"),
}
"""The tests, by the short name that the corpus uses: grade_id and text."""


def exercises() -> Any:
    """The instructor's notebook."""
    cells = [_cell(new_code_cell, TOOLS, "01-tools-given-1")]
    for answer, text in HONEST.items():
        solution = f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"
        if answer == "why":
            cells.append(_cell(new_markdown_cell, text, "01-why-manual-1", points=1, solution=True))
            continue
        cells.append(_cell(new_code_cell, solution, f"01-{answer}-answer-1", solution=True))
        for name in {"double": ("double", "hidden")}.get(answer, (answer,)):
            cells.append(_cell(new_code_cell, TESTS[name][1], TESTS[name][0], points=1))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(metadata={"kernelspec": kernel}, cells=cells)


def _cell(make: Any, source: str, grade_id: str, *, points: int | None = None, solution: bool = False) -> Any:
    own = {"schema_version": 3, "grade_id": grade_id, "task": False, "solution": solution}
    own |= {"grade": points is not None, "locked": not solution}
    own |= {"points": points} if points is not None else {}
    return make(source.strip(), metadata={"nbgrader": own})


def make_course(root: Path) -> Path:
    """Write the course with its planted secrets, have nbgrader release it, and have an honest student hand in."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    from autograder.grading.course import open_course

    (root / "source" / "ps1").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'attacked'\npassword = '{WORD}-configuration'\n"
    )
    (root / ".mcourse").mkdir()
    (root / ".mcourse" / "notes.txt").write_text(f"{WORD}-private\n")
    nbformat.write(exercises(), root / "source" / "ps1" / "exercises.ipynb")
    with open_course(root) as opened:
        directory = CourseDirectory(root=str(root), assignment_id="ps1", log=opened.log)
        GenerateAssignment(coursedir=directory, log=opened.log, force=True).start()
    hand_in(root, "victim", {"why": f"{WORD}-of-another-student"})
    return root


def make_home(home: Path) -> Path:
    """Write an instructor's home directory."""
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text(f"{WORD}-private-key\n")
    (home / ".bashrc").write_text("# the instructor's\n")
    return home


def hand_in(
    course: Path, student: str, answers: Mapping[str, str], first: str = "", attack: Attack | None = None
) -> Path:
    """Hand in the released notebook with answers, and with a cell that runs before them."""
    notebook = nbformat.read(course / "release" / "ps1" / "exercises.ipynb", as_version=4)
    own = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    for answer, text in {**HONEST, **answers}.items():
        own["01-why-manual-1" if answer == "why" else f"01-{answer}-answer-1"].source = text
    if first:
        notebook.cells.insert(1, new_code_cell(first.strip()))
    if attack is not None and attack.change is not None:
        attack.change(notebook)
    folder = course / "submitted" / student / "ps1"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "exercises.ipynb").write_text(_json(notebook), encoding="utf-8", errors="surrogatepass")
    for name, text in (attack.files if attack is not None else {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    if attack is not None and attack.place is not None:
        attack.place(folder)
    return folder


def hand_in_attack(course: Path, attack: Attack, places: Mapping[str, str]) -> Path:
    """Hand in a hostile submission, its cells told where things are."""
    answers = {answer: fill(text, places) for answer, text in attack.answers.items()}
    return hand_in(course, attack.name, answers, fill(attack.first, places), attack)


def fill(text: str, places: Mapping[str, str]) -> str:
    """Write places into the text of a cell."""
    for name, value in places.items():
        text = text.replace(f"@{name}@", value)
    return text


def _json(notebook: Any) -> str:
    import json

    return json.dumps(notebook)


def names_of(attacks: Iterable[Attack]) -> list[str]:
    """The students, one for each attack."""
    return [attack.name for attack in attacks]
