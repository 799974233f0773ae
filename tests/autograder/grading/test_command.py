"""``mcourse grade`` as it is typed: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import Grade, hand_in

pytestmark = pytest.mark.slow  # each command starts a Python and the executor

ADD = "def add(a, b):\n    return a + b"
TIMES = "def multiply(a, b):\n    return a * b"


def typed(course: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def table(course: Path) -> dict[str, str]:
    """The scores of the table of marks, by student; the note where there is none."""
    with (course / "marks" / "ps1.csv").open(newline="") as file:
        return {row["student"]: row["score"] or row["note"] for row in csv.DictReader(file)}


@pytest.fixture
def three(course: Path) -> Path:
    """A course to which three have handed in, one of them something that cannot be read."""
    hand_in(course, "ada", add=ADD, times=TIMES)
    hand_in(course, "bob", add=ADD)
    hand_in(course, "cyd", notebook="{")
    return course


def test_a_class(three: Path) -> None:
    """It ends with how many were graded, and with status 0 only once everybody was."""
    first = typed(three)
    assert "ps1: 2 graded, 0 unchanged, 1 set aside, 0 failed." in first.stdout
    assert (first.returncode, first.stderr) == (1, "Error: 1 of 3 students have no marks; the reasons are above\n")
    hand_in(three, "cyd", times=TIMES)
    second = typed(three)
    assert "ps1: 1 graded, 2 unchanged, 0 set aside, 0 failed." in second.stdout
    assert (second.returncode, second.stderr) == (0, "")
    assert table(three) == {"ada": "5", "bob": "2", "cyd": "3"}


def test_where_the_feedback_is(three: Path) -> None:
    """The folder that the course has for feedback is named, whatever it is called."""
    with (three / "nbgrader_config.py").open("a") as file:
        file.write('\nc.CourseDirectory.feedback_directory = "returned"\n')
    assert f"Feedback: {three / 'returned'}." in typed(three).stdout
    assert (three / "returned" / "ada" / "ps1" / "exercises.html").is_file()


def test_one_student(three: Path, grade: Grade) -> None:
    """Of one student, the others stay in the tables as they stand."""
    grade(three, "ps1")
    hand_in(three, "ada", add=ADD)
    hand_in(three, "bob", times=TIMES)
    done = typed(three, "--student", "bob")
    assert "ps1: 1 graded, 0 unchanged, 0 set aside, 0 failed." in done.stdout
    assert done.returncode == 0
    stands = table(three)
    assert stands["bob"] == "3"
    assert stands["ada"] == "failed: it, or the assignment, has changed since it was graded; run: mcourse grade ps1"
    assert stands["cyd"].startswith("set aside: exercises.ipynb is damaged or cut off")
    wrong = typed(three, "--student", "bobb")
    assert wrong.returncode == 1
    assert wrong.stderr.endswith("; did you mean bob for bobb?\n")


def test_rehearsal(three: Path, grade: Grade) -> None:
    """A rehearsal shows marks before and after, cell by cell, and leaves everything as it was."""
    grade(three, "ps1")
    hand_in(three, "ada", add=ADD)
    before = {path: path.read_bytes() for path in sorted(three.rglob("*")) if path.is_file()}
    done = typed(three, "--dry-run")
    assert {path: path.read_bytes() for path in sorted(three.rglob("*")) if path.is_file()} == before
    assert "ps1: nothing was written; the marks would be" in done.stdout
    line = next(line for line in done.stdout.splitlines() if " ada " in line)
    assert [part.strip() for part in line.strip("│").split("│")] == ["ada", "5", "2", "01-times-test-1: 3 → 0"]
    assert done.returncode == 1


def test_forced(three: Path, grade: Grade) -> None:
    """What has not changed is graded again when it is forced, and after an upgrade that is what the run advises."""
    grade(three, "ps1")
    with sqlite3.connect(three / "gradebook.db") as gradebook:
        gradebook.execute("update mcourse_graded set versions = replace(versions, 'sympy', 'sympy 0.') || '.9'")
    advice = "mcourse grade ps1 --force grades it again, and with --dry-run shows what would change."
    done = typed(three)
    assert "ps1: 0 graded, 2 unchanged, 1 set aside, 0 failed." in done.stdout
    assert "kept as it is: 2 submissions (sympy 0." in done.stdout
    assert advice in done.stdout
    rehearsed = typed(three, "--force", "--dry-run")
    assert "ps1: 2 graded, 0 unchanged, 1 set aside, 0 failed." in rehearsed.stdout
    forced = typed(three, "--force")
    assert "ps1: 2 graded, 0 unchanged, 1 set aside, 0 failed." in forced.stdout
    assert advice not in rehearsed.stdout + forced.stdout + typed(three).stdout


def test_a_limit(three: Path) -> None:
    """A limit that is typed holds: who needs more time than that gets nothing for the cell, and keeps the rest."""
    hand_in(three, "ada", add=f"import time\ntime.sleep(30)\n{ADD}", times=TIMES)
    typed(three, "--cell-seconds", "1", "--student", "ada", "--jobs", "1")
    assert table(three)["ada"] == "3"


def test_process(three: Path) -> None:
    """Where a machine has no namespaces, submissions run in processes when that is asked for."""
    done = typed(three, "--isolation", "process", "--student", "ada")
    assert (done.returncode, table(three)["ada"]) == (0, "5")
