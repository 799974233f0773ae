"""A grader that is killed at any moment loses nothing: the next run ends as if nobody had been killed."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from stand_in import StandIn
from tiny_course import hand_in

from autograder.grading import Grading, grade

pytestmark = pytest.mark.slow  # thirty runs that are killed, and thirty that go on

KILLS = 30
ROWS = {
    "marks": """select s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
        from grade g join base_cell c on c.id = g.cell_id join submitted_notebook m on m.id = g.notebook_id
        join submitted_assignment s on s.id = m.assignment_id order by 1, 2""",
    "comments": """select s.student_id, c.name, g.auto_comment, g.manual_comment
        from comment g join base_cell c on c.id = g.cell_id join submitted_notebook m on m.id = g.notebook_id
        join submitted_assignment s on s.id = m.assignment_id order by 1, 2""",
    "penalties": "select late_submission_penalty, count(*) from submitted_notebook group by 1",
    "done": "select student, state, files from mcourse_graded order by 1",
}


def answers(student: int, attempt: int) -> dict[str, str]:
    """What a student writes: right or wrong, and another thing each time."""
    sign = "+" if (student + attempt) % 3 else "-"
    return {
        "add": f"def add(a, b):\n    return a {sign} b",
        "times": f"def multiply(a, b):\n    return a * b  # attempt {attempt}",
        "why": f"Because, in attempt {attempt}.",
    }


@dataclass(frozen=True)
class Class:
    """A class between two attempts.

    Args:
        course: everybody has been graded once, a person has given marks, and everybody has handed in again.
        expected: the course after a run that nobody killed.
    """

    course: Path
    expected: dict[str, Any]


@pytest.fixture(scope="module")
def attempts(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    root = tmp_path_factory.mktemp("killed")
    course = Path(shutil.copytree(template, root / "course"))
    for student in range(12):
        hand_in(course, f"s{student:02}", **answers(student, 1))
    grade(course, "ps1", executor=StandIn())
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook, gradebook:
        gradebook.execute("update grade set manual_score = 0.5, needs_manual_grade = 0 where needs_manual_grade = 1")
        gradebook.execute("update comment set manual_comment = 'Well put.' where auto_comment is null")
    for student in range(12):
        hand_in(course, f"s{student:02}", **answers(student, 2))
    whole = Path(shutil.copytree(course, root / "whole"))
    assert start(whole).wait() == 0
    return Class(course, state(whole))


def places(course: Path) -> dict[str, int]:
    """Which file is in place for each student, by its number on the disk."""
    return {path.parts[-3]: path.stat().st_ino for path in (course / "autograded").glob("*/ps1/exercises.ipynb")}


def wait_until(run: subprocess.Popen[bytes], course: Path, before: dict[str, int], count: int) -> None:
    """Wait until the new work of so many students is in place."""
    deadline = time.monotonic() + 120
    while sum(number != before[student] for student, number in places(course).items()) < count:
        assert time.monotonic() < deadline
        assert run.poll() is None, "it ended too early"
        time.sleep(0.005)


def start(course: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course), "--jobs", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def state(course: Path) -> dict[str, Any]:
    """Everything that a run leaves and that must not depend on whether it was killed."""
    with closing(sqlite3.connect(course / "gradebook.db")) as gradebook:
        found = {name: gradebook.execute(query).fetchall() for name, query in ROWS.items()}
        assert gradebook.execute("pragma integrity_check").fetchone() == ("ok",)
    folder = course / "autograded"
    files = {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    return found | {"files": files}


def whole_files(course: Path) -> None:
    """Whatever notebook is in its place is whole."""
    for path in (course / "autograded").glob("*/ps1/*.ipynb"):
        json.loads(path.read_bytes())


@pytest.mark.parametrize("number", range(KILLS))
def test_killed(attempts: Class, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at a random moment, then run again: marks, comments and files are those of a run that nobody killed.

    Nothing of either is left in the folder for temporary files.
    """
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    course = Path(shutil.copytree(attempts.course, tmp_path / "course"))
    before, run = places(course), start(course)
    wait_until(run, course, before, number % 12)
    time.sleep(random.Random(number).uniform(0, 0.1 if number % 12 else 4))
    processes = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
    whole_files(course)
    result: Grading = grade(course, "ps1", jobs=1 + number % 2)
    assert result.complete
    assert len(result.unchanged) >= number % 12
    assert {*result.graded, *result.unchanged} == {f"s{student:02}" for student in range(12)}
    assert state(course) == attempts.expected
    if result.graded:  # else nothing had to be run, and so no folder was made
        assert list(temporary.glob("mcourse-*")) == []
