"""The whole line, once: text units, a class of invented students, real nbgrader, and the marks written by hand.

One run of ``mcourse demo`` on a copy of the course serves every test here.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.authoring.sample_class import Student, read_class
from autograder.authoring.units import find_units, read_units

pytestmark = pytest.mark.slow  # every submission starts a kernel

REPOSITORY = Path(__file__).parents[2]
CLASS = {path.stem: tomllib.loads(path.read_text()) for path in (REPOSITORY / "course" / "sample_class").glob("*.toml")}
SUBMISSIONS = sorted((name, unit) for name, said in CLASS.items() for unit in said if unit != "about")
UNITS = sorted({unit for _, unit in SUBMISSIONS})
UNREADABLE = {(name, unit) for name, unit in SUBMISSIONS if "truncated" in CLASS[name][unit].get("damage", [])}


@dataclass(frozen=True)
class Demo:
    """A demonstration that has run.

    Args:
        root: the copy of the course it ran in.
        first: what it said.
        students: the class, read from its text.
    """

    root: Path
    first: subprocess.CompletedProcess[str]
    students: Mapping[str, Student]

    @property
    def course(self) -> Path:
        return self.root / "build" / "demo"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    root = tmp_path_factory.mktemp("demo")
    shutil.copytree(REPOSITORY / "course", root / "course")
    units = read_units(find_units(root / "course" / "units"))
    students = read_class(root / "course" / "sample_class", units)
    return Demo(root, run_demo(root), {student.name: student for student in students})


def run_demo(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder.cli", "demo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def rows(demo: Demo, unit: str) -> dict[str, dict[str, str]]:
    """The table of marks of a unit, by student."""
    with (demo.course / "marks" / f"{unit}.csv").open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_it_runs(demo: Demo) -> None:
    """The demonstration ends well, says nothing on stderr, and what it says to open is there."""
    assert demo.first.returncode == 0, demo.first.stdout + demo.first.stderr
    assert demo.first.stderr == ""
    _, _, after = demo.first.stdout.partition("Open next:\n")
    paths = [line.strip() for line in after.splitlines() if line.startswith("  build/")]
    assert len(paths) == 3 * len(UNITS)
    assert all((demo.root / path).is_file() for path in paths)


@pytest.mark.parametrize(("name", "unit"), SUBMISSIONS)
def test_marks(demo: Demo, name: str, unit: str) -> None:
    """Every cell has the mark that was written by hand; a file that cannot be read has none, and a reason."""
    row = rows(demo, unit)[name]
    submission = next(entry for entry in demo.students[name].submissions if entry.unit == unit)
    if (name, unit) in UNREADABLE:
        assert {row[column] for column in row if column not in ("student", "max", "note")} == {""}
        assert row["note"].startswith("set aside: exercises.ipynb is damaged or cut off")
    else:
        by_machine = {cell: mark for cell, mark in submission.marks.items() if "-manual-" not in cell}
        assert {cell: float(row[cell] or "nan") for cell in by_machine} == by_machine


@pytest.mark.parametrize("unit", UNITS)
def test_nobody_is_missing(demo: Demo, unit: str) -> None:
    """Everybody who handed something in stands in the table, and nobody's run failed."""
    table = rows(demo, unit)
    assert sorted(table) == [name for name, theirs in SUBMISSIONS if theirs == unit]
    assert [name for name, row in table.items() if row["note"].startswith("failed")] == []


@pytest.mark.parametrize("unit", UNITS)
def test_feedback(demo: Demo, unit: str) -> None:
    """Everybody with marks has a page, and it shows what the checks said, not our stack traces."""
    for name in (name for name, theirs in SUBMISSIONS if theirs == unit and (name, unit) not in UNREADABLE):
        page = (demo.course / "feedback" / name / unit / "exercises.html").read_text(encoding="utf-8")
        assert "mcourse-report" in page
        assert "autograder/checks" not in page


def test_mistakes_are_named(demo: Demo) -> None:
    """Each listed mistake that somebody made is in the summary that the instructor sees."""
    from autograder.grading import grade

    made = {
        (unit, exercise, answer.removeprefix("mistake:"))
        for name, unit in SUBMISSIONS
        if not CLASS[name][unit].get("damage")
        for exercise, answer in CLASS[name][unit].get("answers", {}).items()
        if isinstance(answer, str) and answer.startswith("mistake:") and not answer[len("mistake:") :].isdigit()
    }
    found = {unit: grade(demo.course, unit).mistakes for unit in UNITS}
    assert made
    assert [entry for entry in made if entry[2] != "wrong" and entry[2] not in found[entry[0]].get(entry[1], {})] == []


def test_a_second_run_skips(demo: Demo) -> None:
    """What is done is not done again: no submission is run, and no feedback page is written."""
    before = {path: path.stat().st_mtime_ns for path in (demo.course / "feedback").rglob("*.html")}
    again = run_demo(demo.root)
    assert again.returncode == 0
    readable = len(SUBMISSIONS) - len(UNREADABLE)
    assert f" 0 submissions graded now, {readable} unchanged since the last run." in again.stdout
    assert {path: path.stat().st_mtime_ns for path in (demo.course / "feedback").rglob("*.html")} == before


def test_formgrader_sees_them(demo: Demo) -> None:
    """nbgrader's own interface lists everybody who was graded, with the same totals."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    from autograder.grading.course import open_course

    with open_course(demo.course) as opened:
        api = NbGraderAPI(CourseDirectory(root=str(opened.root)), config=opened.config, log=opened.log)
        for unit in UNITS:
            listed = {entry["student"]: entry["score"] for entry in api.get_submissions(unit) if entry["autograded"]}
            table = rows(demo, unit)
            assert listed == {name: float(row["score"]) for name, row in table.items() if row["score"]}


def test_grade_says_who_has_no_marks(demo: Demo) -> None:
    """``mcourse grade`` fails where somebody has no marks, in one sentence, and only there."""
    for unit in UNITS:
        missing = sum(theirs == unit for _, theirs in UNREADABLE)
        command = [sys.executable, "-m", "autograder.cli", "grade", unit, "--course", str(demo.course)]
        done = subprocess.run(command, cwd=demo.root, capture_output=True, text=True, check=False)
        assert done.returncode == bool(missing)
        assert done.stderr.startswith(f"Error: {missing} of ") if missing else done.stderr == ""
