"""Formgrader's Autograde button gives the marks that ``mcourse grade`` gives, and runs student code as sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_course import hand_in

from autograder.grading import execute, grade
from autograder.grading.course import open_course

BUTTON = """
c.Autograde.autograde_preprocessors = [
    "autograder.grading.execute.RunSealed",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.save.SaveMarks",
    "nbgrader.preprocessors.CheckCellMetadata",
]
"""
CHEATS = {
    "times": "import numpy\nclass Yes:\n    __eq__ = lambda self, other: True\ndef multiply(a, b):\n    return Yes()",
    "add": "import os\ndef add(a, b):\n    return 5 if os.environ.get('MC_SEED') else os.getpid()",
}
STUDENTS = {
    "ada": {"add": "def add(a, b):\n    return a + b", "times": "def multiply(a, b):\n    return a * b"},
    "bob": {"add": "def add(a, b):\n    return a - b", "times": "def multiply(a, b):\n    return 6"},
    "eve": CHEATS,
    "kim": {"add": "import os\nos._exit(1)", "times": "def multiply(a, b):\n    return b * a"},
    "lea": {"add": "add = None", "times": ""},
}


def marks_of(gradebook: Any, student: str) -> dict[str, float | None]:
    notebook = gradebook.find_submission_notebook("exercises", "ps1", student)
    return {grade.cell.name: None if grade.needs_manual_grade else grade.auto_score for grade in notebook.grades}


@pytest.fixture
def pressed(course: Path) -> Iterator[Path]:
    """The course with its submissions, everybody's button pressed."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    with (course / "nbgrader_config.py").open("a") as config:
        config.write(BUTTON)
    for student, answers in STUDENTS.items():
        hand_in(course, student, **answers)
    with open_course(course) as opened:
        directory = CourseDirectory(config=opened.config, root=str(course), log=opened.log)
        button = NbGraderAPI(directory, config=opened.config)
        for student in STUDENTS:
            done = button.autograde("ps1", student)
            assert done["success"], done.get("log", "") + done.get("error", "")
    yield course
    for executor in execute._warm.values():
        executor.__exit__(None, None, None)
    execute._warm.clear()


@pytest.mark.slow
def test_the_button(pressed: Path) -> None:
    """The button leaves the very marks, and questions for a person, that a run of all does."""
    with open_course(pressed) as opened, opened.gradebook() as gradebook:
        by_button = {student: marks_of(gradebook, student) for student in STUDENTS}
    assert by_button["ada"]["01-times-test-1"] == 3
    assert by_button["bob"]["01-times-test-1"] == 0
    assert by_button["eve"]["01-times-test-1"] is None
    assert by_button["kim"]["01-times-test-1"] == 3
    assert by_button["lea"]["01-add-test-1"] is None
    grading = grade(pressed, "ps1")
    assert {student: grading.marks[student] for student in STUDENTS} == by_button


@pytest.mark.slow
def test_one_warm_process(pressed: Path) -> None:
    """All of it ran through one executor, which is still warm."""
    assert len(execute._warm) == 1
    (sealed,) = execute._warm.values()
    assert [zygote.process.poll() for zygote in sealed.zygotes.values()] == [None]
