"""A small class graded for real: the sealed executor, a real gradebook, and nbgrader's own commands afterwards."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tiny_course import Grade, cell_named, hand_in, release, released

from autograder.grading import Grading, GradingError, publish, write_feedback, write_marks
from autograder.grading import grade as grade_anew
from autograder.grading.submission import read

pytestmark = pytest.mark.slow  # starts the executor, and waits for loops to be stopped

ADD = "def add(a, b):\n    return a + b"
TIMES = "def multiply(a, b):\n    return a * b"
LOOP = "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"


@pytest.fixture(scope="module")
def graded(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Grading, list[tuple[str, str]]]:
    """A class with every kind of outcome, graded once."""
    course = Path(shutil.copytree(template, tmp_path_factory.mktemp("tiny") / "course"))
    hand_in(course, "[a-z] *", add=ADD, times=TIMES, why="Because it is.")
    hand_in(course, "blank")
    hand_in(course, "copied", notebook=copied(course))
    hand_in(course, "cut off", notebook=json.dumps(released(course))[:-99])
    hand_in(course, "fault", add="add = None", times="def multiply(a, b):\n    return 6")
    hand_in(course, "kernel dies", add="import os\nos._exit(1)", times=TIMES)
    hand_in(course, "loop", add="while True:\n    print('again' * 100)", times=TIMES)
    hand_in(course, "sign", add="def add(a, b):\n    return a - b", times=TIMES)
    hand_in(course, "stubborn", add=LOOP, times=TIMES)
    hand_in(course, "wrong name").rename(course / "submitted" / "wrong name" / "ps1" / "my answers.ipynb")
    seen: list[tuple[str, str]] = []
    result = grade_anew(
        course,
        "ps1",
        limits={"cell_seconds": 3},
        on_progress=lambda who, outcome, done, of: seen.append((who, outcome)),
    )
    return course, result, seen


def copied(course: Path) -> nbformat.NotebookNode:
    """An answer that was copied and only then filled in, and a test that was deleted."""
    notebook = released(course)
    cell_named(notebook, "01-times-answer-1").source = TIMES
    place = notebook.cells.index(cell_named(notebook, "01-add-answer-1"))
    notebook.cells.insert(place + 1, nbformat.from_dict({**notebook.cells[place], "id": "copy", "source": ADD}))
    notebook.cells.remove(cell_named(notebook, "01-add-test-1"))
    return notebook


MARKS = {
    "[a-z] *": (2, 3, None),
    "blank": (0, 0, 0),
    "copied": (2, 3, 0),
    "fault": (None, 0, 0),
    "kernel dies": (0, 3, 0),
    "loop": (0, 3, 0),
    "sign": (0, 3, 0),
    "stubborn": (0, 3, 0),
}


def test_marks(graded: tuple[Path, Grading, object]) -> None:
    """Every mark is what a person would give: who dies or loops in one exercise has the points of the other."""
    result = graded[1]
    assert {student: tuple(marks.values()) for student, marks in result.marks.items()} == MARKS
    assert result.cells == {"01-add-test-1": 2, "01-times-test-1": 3, "01-why-manual-1": 1}
    assert result.scores["[a-z] *"] == 5


def test_nobody_is_held_up(graded: tuple[Path, Grading, list[tuple[str, str]]]) -> None:
    """Whoever could not be graded is listed with a reason, and everybody after them was graded."""
    _, result, seen = graded
    assert result.set_aside == {
        "cut off": "exercises.ipynb is damaged or cut off: its JSON ends or breaks at line 1, column "
        + result.set_aside["cut off"].rsplit(" ", 1)[1],
        "wrong name": "there is no exercises.ipynb in it, but my answers.ipynb; if one of these is it, rename it",
    }
    assert result.failed == {}
    assert not result.complete
    assert [student for student, _ in seen] == sorted([*MARKS, *result.set_aside, *result.failed])


def test_odd_folders(course: Path, grade: Grade) -> None:
    """A folder whose name no table can hold, or that is a link to another's, is listed; it is never passed over."""
    handed_in = hand_in(course, "ada").parents[1]
    os.rename(handed_in, handed_in.parent / "two\nlines")
    (course / "submitted" / "link").mkdir()
    (course / "submitted" / "link" / "ps1").symlink_to(handed_in.parent / "two\nlines" / "ps1")
    odd = {"two\\nlines", "link"}
    if sys.platform == "linux":  # elsewhere the system itself refuses such a name
        os.makedirs(os.fsencode(course / "submitted") + b"/\xff/ps1")
        odd.add("\\udcff")
    result = grade(course, "ps1")
    assert set(result.set_aside) == set(result.students) == odd
    assert "is a link" in result.set_aside["link"]
    assert "rename it" in result.set_aside["two\\nlines"]
    assert write_marks(result, course / "marks.csv").read_text(encoding="utf-8").count("set aside") == len(odd)


def test_files_without_room(course: Path, grade: Grade) -> None:
    """Files that a submission has no room for set it aside with both numbers, and with more room it is graded."""
    hand_in(course, "ada", add=ADD)
    for name in ("a.bin", "b.bin"):
        (course / "submitted" / "ada" / "ps1" / name).write_bytes(bytes(2_000_000))
    reason = "the files beside its notebooks have 4 MB, and a submission has room for 3; grade it with --scratch, "
    assert grade(course, "ps1", limits={"scratch": "3 MB"}).set_aside["ada"].startswith(reason)
    assert grade(course, "ps1", limits={"scratch": "5 MB"}).scores == {"ada": 2}


def test_what_cannot_even_be_read(course: Path, monkeypatch: pytest.MonkeyPatch, grade: Grade) -> None:
    """Whatever reading one submission stumbles over is told of that one, and the others are graded."""

    def stumbles(assignment: Any, student: str, found: Any) -> Any:
        if student == "ada":
            raise RecursionError("too deep,\x1b[2J\nand odd")
        return read(assignment, student, found)

    hand_in(course, "ada", add=ADD)
    hand_in(course, "bob", add=ADD)
    monkeypatch.setattr("autograder.grading.run.read", stumbles)
    result = grade(course, "ps1")
    assert result.failed == {"ada": r"reading it stopped with RecursionError: too deep,\x1b[2J\nand odd"}
    assert result.scores == {"bob": 2}


def test_another_language(course: Path, grade: Grade) -> None:
    """An assignment for another kernel than Python's is refused, with the command that grades it."""
    hand_in(course, "ada", add=ADD)
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        gradebook.execute("""update notebook set kernelspec = '{"name": "ir", "language": "R"}'""")
    with pytest.raises(GradingError, match=r"ps1/exercises.ipynb is for a kernel of R; .*: nbgrader autograde ps1"):
        grade(course, "ps1")


def test_mistakes(graded: tuple[Path, Grading, object]) -> None:
    """Mistakes are counted by exercise."""
    assert graded[1].mistakes == {"01-add": {"sign": 1}}


BROKEN_STEP = """
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades


class Stumbles(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        if resources["nbgrader"]["student"] == "ada":
            self.log.warning("about to stumble")
            raise KeyError("a step of the instructor's")
        return nb, resources


c.Autograde.autograde_preprocessors = [SaveAutoGrades, Stumbles]
"""


def test_a_step_that_stumbles(course: Path, grade: Grade) -> None:
    """Where a preprocessor of the course's fails, that student has no marks, what was logged is kept, and others do."""
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(BROKEN_STEP)
    for student in ("ada", "bob"):
        hand_in(course, student, add=ADD)
    result = grade(course, "ps1")
    assert result.scores == {"bob": 2}
    assert result.failed["ada"].startswith("a step of autograding stopped with KeyError: ")
    log = (course / result.failed["ada"].partition("the log is in ")[2]).read_text()
    assert "about to stumble" in log
    assert "Traceback" in log
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        assert gradebook.execute("select student_id from submitted_assignment").fetchall() == [("bob",)]


def test_output_is_bounded(graded: tuple[Path, Grading, object]) -> None:
    """A loop that prints until it is stopped does not fill the disk."""
    path = graded[0] / "autograded" / "loop" / "ps1" / "exercises.ipynb"
    assert path.stat().st_size < 300_000
    assert "output cut off here" in path.read_text()


def test_nbgrader_agrees(graded: tuple[Path, Grading, object]) -> None:
    """nbgrader's own gradebook, as Formgrader reads it, has the same marks and the same cells to be marked by hand."""
    course, result, _ = graded
    rows = sqlite3.connect(course / "gradebook.db").execute(
        """select submitted_assignment.student_id, base_cell.name, grade.auto_score, grade.needs_manual_grade
           from grade join submitted_notebook on grade.notebook_id = submitted_notebook.id
           join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
           join base_cell on grade.cell_id = base_cell.id"""
    )
    found = {(student, cell): None if by_hand else mark for student, cell, mark, by_hand in rows}
    for student, marks in result.marks.items():
        assert {cell: found[student, cell] for cell in marks} == marks


def test_unchanged_is_not_run_again(graded: tuple[Path, Grading, object], grade: Grade) -> None:
    """A second run grades nobody, finds the same marks, and reads again only those who have none."""
    course, result, _ = graded
    again = grade(course, "ps1", students={*result.graded, *result.set_aside})
    assert again.graded == ()
    assert again.unchanged == result.graded
    assert (again.marks, again.mistakes, again.set_aside) == (result.marks, result.mistakes, result.set_aside)


def test_feedback(graded: tuple[Path, Grading, object], grade: Grade) -> None:
    """Everybody with marks gets a page, a second run writes none again, and a new mark by hand does."""
    course, result, _ = graded
    pages = write_feedback(course, result)
    assert [page.parent.parent.name for page in pages] == sorted(MARKS)
    assert "Because it is." in pages[0].read_text()
    outcomes: list[str] = []
    write_feedback(course, result, on_progress=lambda who, outcome, done, of: outcomes.append(outcome))
    assert set(outcomes) == {"unchanged"}
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = 1, needs_manual_grade = 0 where needs_manual_grade = 1")
    outcomes.clear()
    write_feedback(course, grade(course, "ps1", students=MARKS), on_progress=lambda *now: outcomes.append(now[1]))
    assert sorted(outcomes) == ["graded"] * 2 + ["unchanged"] * 6


@pytest.fixture
def one(course: Path, grade: Grade) -> Path:
    """A course with one graded submission."""
    hand_in(course, "ada", add=ADD)
    assert grade(course, "ps1").scores == {"ada": 2}
    return course


def test_changed_submission(one: Path, grade: Grade) -> None:
    """A submission handed in again is graded again."""
    hand_in(one, "ada", add=ADD, times=TIMES)
    result = grade(one, "ps1")
    assert (result.graded, result.scores) == (("ada",), {"ada": 5})


def test_killed_half_way(one: Path, grade: Grade) -> None:
    """Without the record that it was finished, a submission is graded again, whatever files are there."""
    with sqlite3.connect(one / "gradebook.db") as gradebook:
        gradebook.execute("delete from mcourse_graded")
    assert grade(one, "ps1").graded == ("ada",)


def test_changed_assignment(one: Path, grade: Grade) -> None:
    """When the instructor changes a test, what was graded by the old one is graded again."""
    source = one / "source" / "ps1" / "exercises.ipynb"
    source.write_text(source.read_text().replace("== 5", "== 6"))
    release(one)
    result = grade(one, "ps1")
    assert (result.graded, result.scores, result.mistakes) == (("ada",), {"ada": 0}, {"01-add": {"sign": 1}})


def test_stock_commands_go_on(one: Path) -> None:
    """nbgrader's own commands work on what we leave."""
    for command in (["autograde", "ps1", "--force"], ["generate_feedback", "ps1", "--force"], ["export"]):
        subprocess.run([sys.executable, "-m", "nbgrader", *command], cwd=one, check=True, capture_output=True)
    assert "ps1,,,ada,,,,2.0,0.0,2.0,6.0" in (one / "grades.csv").read_text()


def test_another_layout(course: Path, grade: Grade) -> None:
    """A course whose folders are arranged in another way, as nbgrader allows, is graded all the same."""
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.CourseDirectory.directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}'\n")
    path = hand_in(course, "ada", add=ADD)
    (course / "submitted" / "ps1").mkdir()
    path.parent.rename(course / "submitted" / "ps1" / "ada")
    result = grade(course, "ps1")
    assert result.scores == {"ada": 2}
    assert [page.parent.parts[-2:] for page in write_feedback(course, result)] == [("ps1", "ada")]


def test_times_and_versions(course: Path, grade: Grade) -> None:
    """How long a submission took, and with which other version it was made, is known after a second run too."""
    notebook = released(course)
    notebook.metadata["mcourse"] = {"unit": "01", "mcutils": "0.0.1"}
    hand_in(course, "ada", notebook=notebook)
    first = grade(course, "ps1")
    again = grade(course, "ps1")
    assert (first.graded, again.unchanged) == (("ada",), ("ada",))
    assert first.seconds["ada"] > 0.01
    assert again.seconds == first.seconds
    assert first.versions == again.versions == {"ada": "0.0.1"}
    assert again.scores["ada"] == 0


def test_publish(graded: tuple[Path, Grading, object]) -> None:
    """Tables and report are written together; only whoever has every mark goes to Canvas and Moodle."""
    course, result, _ = graded
    made = publish(course, result)
    assert "01-add" in made.report.read_text(encoding="utf-8")
    assert "sign (1)" in made.report.read_text(encoding="utf-8")
    assert made.marks.read_text(encoding="utf-8").count("\n") == len(result.students) + 1
    for path, before in ((made.canvas, 2), (made.moodle, 1)):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) == before + 6
        assert not any("[a-z] *" in line or "fault" in line for line in lines)


def test_many_other_files(course: Path, grade: Grade) -> None:
    """Where the notebook is missing, the reason names some of the files that are there, and counts the rest."""
    path = hand_in(course, "ada")
    path.unlink()
    for number in range(14):
        (path.parent / f"{number:02}.txt").write_text("")
    reason = grade(course, "ps1").set_aside["ada"]
    assert reason.startswith("there is no exercises.ipynb in it, but 00.txt, 01.txt")
    assert reason.endswith("09.txt and 4 more; if one of these is it, rename it")


def test_the_notebook_of_another_assignment(course: Path, grade: Grade) -> None:
    """Whoever hands in the wrong notebook is told of, with a cell of it; nobody gets nothing for a mix-up of files.

    A notebook without any named cell is the student's own way of handing in, and is graded; so it is where a cell of
    another assignment was brought along.
    """
    other, bare, stray = (released(course) for _ in range(3))
    changes = (other, lambda name: name.replace("01-", "99-")), (bare, lambda name: None), (stray, lambda name: None)
    for notebook, change in changes:
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name and change(name) is None:
                del cell.metadata["nbgrader"]
            elif name:
                cell.metadata.nbgrader.grade_id = change(name)
    bare.cells[2].source = stray.cells[2].source = ADD
    stray.cells.append(other.cells[2])
    hand_in(course, "mixed", other)
    hand_in(course, "bare", bare)
    hand_in(course, "stray", stray)
    (course / "submitted" / "empty" / "ps1").mkdir(parents=True)
    result = grade(course, "ps1")
    assert result.set_aside == {
        "empty": "there is nothing in it; put exercises.ipynb there",
        "mixed": "exercises.ipynb has none of this assignment's answers, but cells of another's, such as "
        "99-add-answer-1; ask for the right notebook",
    }
    assert result.scores == {"bare": 2, "stray": 2}
