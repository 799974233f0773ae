"""What is written down is what nbgrader writes: every row of the gradebook, every file.

nbgrader's own ``Autograde`` and ours are given the same submissions and the same run of them (a preprocessor in the
place of nbgrader's executing one); then the gradebooks and the folders are compared whole.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from stand_in import StandIn, fill_in
from tiny_course import exercises, hand_in, named, released, solution

from autograder.grading import grade
from autograder.grading.course import open_course

CONFIG = """
c.CourseDirectory.course_id = 'tiny'
c.AssignLatePenalties.plugin_class = 'nbgrader.plugins.LateSubmissionPlugin'
c.LateSubmissionPlugin.penalty_method = 'zero'
c.Autograde.exclude_overwriting = {'ps1': ['helper.py']}
c.LimitOutput.max_lines = 3
"""
DUE = "2026-02-01 12:00:00.000000"

TABLES = {
    "student": "select * from student order by id",
    "submitted_assignment": """select a.name, s.student_id, s.timestamp, s.extension
        from submitted_assignment s join assignment a on a.id = s.assignment_id order by 1, 2""",
    "submitted_notebook": """select n.name, s.student_id, m.flagged, m.late_submission_penalty
        from submitted_notebook m join notebook n on n.id = m.notebook_id
        join submitted_assignment s on s.id = m.assignment_id order by 1, 2""",
    "grade": """select n.name, s.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
        from grade g join base_cell c on c.id = g.cell_id join submitted_notebook m on m.id = g.notebook_id
        join notebook n on n.id = m.notebook_id
        join submitted_assignment s on s.id = m.assignment_id order by 1, 2, 3""",
    "comment": """select n.name, s.student_id, c.name, g.auto_comment, g.manual_comment
        from comment g join base_cell c on c.id = g.cell_id join submitted_notebook m on m.id = g.notebook_id
        join notebook n on n.id = m.notebook_id
        join submitted_assignment s on s.id = m.assignment_id order by 1, 2, 3""",
}


class FillIn(NbGraderPreprocessor):
    """The same run as the stand-in's, for nbgrader."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        fill_in(nb.cells)
        nb.cells = nbformat.from_dict(nb.cells)
        nb.metadata["language_info"] = nbformat.from_dict({"name": "python"})
        return nb, resources


def second_notebook() -> Any:
    """A notebook with one of nbgrader's task cells, and a written answer that is code."""
    task = named(new_markdown_cell, "Draw it in any file.", "draw", points=4)
    task.metadata.nbgrader |= {"task": True, "grade": False, "solution": False}
    by_hand = named(new_code_cell, solution("y = 2"), "by-hand", points=2, solution=True)
    return new_notebook(metadata=exercises().metadata, cells=[task, by_hand])


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of two notebooks, to which a small class has handed in all kinds of things."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    root = tmp_path_factory.mktemp("rows") / "course"
    source = root / "source" / "ps1"
    source.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()" + CONFIG)
    nbformat.write(exercises(), source / "exercises.ipynb")
    nbformat.write(second_notebook(), source / "second.ipynb")
    (source / "data.csv").write_text("1,2\n")
    (source / "helper.py").write_text("x = 1\n")
    with open_course(root) as opened:
        directory = CourseDirectory(root=str(root), assignment_id="ps1", log=opened.log)
        GenerateAssignment(coursedir=directory, log=opened.log, force=True).start()
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        gradebook.execute("update assignment set duedate = ?", [DUE])
    for student, answers in CLASS.items():
        folder = hand_in(root, student, released(root), **answers).parent
        notebook = released(root)
        for cell in notebook.cells:
            exercise = {"01-add-answer-1": "add", "01-times-answer-1": "times", "01-why-manual-1": "why"}
            short = exercise.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""), "")
            cell.source = answers.get(short, cell.source)
        nbformat.write(notebook, folder / "exercises.ipynb")
        if student != "one notebook":
            shutil.copy(root / "release" / "ps1" / "second.ipynb", folder)
        (folder / "data.csv").write_text("changed\n")
        (folder / "helper.py").write_text("x = 2\n")
        (folder / "plots").mkdir()
        (folder / "plots" / "mine.txt").write_text("mine\n")
        if student in WHEN:
            (folder / "timestamp.txt").write_text(WHEN[student])
    return root


CLASS: dict[str, dict[str, str]] = {
    "all right": {"add": "x = 1", "times": "y = 2", "why": "Because."},
    "blank": {},
    "late": {"add": "x = 1", "times": "y = 2", "why": "Because."},
    "in time": {"add": "x = 1"},
    "one notebook": {"add": "x = 1", "times": "# ends 1.5\n"},
    "part": {"add": "# ends 0.5\n", "times": "# ends error\n"},
    "zero": {"add": "# ends 0.0\n", "times": "# ends 3\n", "why": "So."},
}
WHEN = {"late": "2026-02-01 13:00:00 UTC", "in time": "2026-02-01 11:59:59.5 UTC"}


def stock(course: Path, students: dict[str, Any]) -> None:
    from nbgrader.converters import Autograde
    from nbgrader.coursedir import CourseDirectory

    with open_course(course) as opened:
        for student in students:
            directory = CourseDirectory(root=str(course), assignment_id="ps1", student_id=student, config=opened.config)
            made = Autograde(coursedir=directory, config=opened.config, log=opened.log, force=True)
            made.autograde_preprocessors = [FillIn if s is Execute else s for s in made.autograde_preprocessors]
            made.start()


def rows(course: Path) -> dict[str, list[Any]]:
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        return {table: gradebook.execute(query).fetchall() for table, query in TABLES.items()}


def files(course: Path) -> dict[str, Any]:
    """Every graded file and its permissions; of notebooks what they say, the ids of cells apart."""
    out: dict[str, Any] = {}
    for path in sorted(path for path in (course / "autograded").rglob("*") if path.is_file()):
        content: Any = path.read_bytes()
        if path.suffix == ".ipynb":
            content = json.loads(content)
            for cell in content["cells"]:
                del cell["id"]
        out[str(path.relative_to(course))] = (path.stat().st_mode & 0o777, content)
    return out


def both(handed_in: Path, tmp_path: Path) -> list[Path]:
    return [Path(shutil.copytree(handed_in, tmp_path / name)) for name in ("ours", "theirs")]


def by_hand(course: Path) -> None:
    """What an instructor does in Formgrader."""
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = 0.75, needs_manual_grade = 0 where needs_manual_grade = 1")
        gradebook.execute("update grade set extra_credit = 0.5 where auto_score = 0.5")
        gradebook.execute("update comment set manual_comment = 'Look at the sign.' where auto_comment is null")


@pytest.mark.slow  # nbgrader's own passes over eight submissions
def test_same_rows_and_files(handed_in: Path, tmp_path: Path) -> None:
    """Marks, penalties, comments, timestamps, files and permissions are nbgrader's to the letter, and again so."""
    ours, theirs = both(handed_in, tmp_path)
    assert set(grade(ours, "ps1", executor=StandIn()).graded) == set(CLASS)
    stock(theirs, CLASS)
    assert rows(ours) == rows(theirs)
    assert files(ours) == files(theirs)
    assert any(penalty for *_, penalty in rows(ours)["submitted_notebook"])
    for course in (ours, theirs):
        by_hand(course)
        path = course / "submitted" / "part" / "ps1" / "exercises.ipynb"
        path.write_text(path.read_text().replace("# ends 0.5", "# ends 1.5"))
    assert grade(ours, "ps1", executor=StandIn()).graded == ("part",)
    stock(theirs, {"part": None})
    assert rows(ours) == rows(theirs)
    assert files(ours) == files(theirs)
    assert "Look at the sign." in {comment for *_, comment in rows(ours)["comment"]}


def test_an_extension(handed_in: Path, tmp_path: Path) -> None:
    """Whoever may hand in later is not late: the penalty is taken back, without a word about the work."""
    ours, _ = both(handed_in, tmp_path)
    grade(ours, "ps1", students=["late", "blank"], executor=StandIn())
    with sqlite3.connect(ours / "gradebook.db") as gradebook:
        gradebook.execute(
            "update submitted_assignment set extension = '1970-01-02 00:00:00.000000' where student_id = 'late'"
        )
    result = grade(ours, "ps1", students=["late", "blank"], executor=StandIn())
    assert (result.graded, result.scores_before["late"], result.scores["late"]) == (("late",), 0.0, 5.0)


def test_unknown_students(handed_in: Path, tmp_path: Path) -> None:
    """Where the course takes only students whom the gradebook knows, another one is listed, and not added."""
    ours, _ = both(handed_in, tmp_path)
    with (ours / "nbgrader_config.py").open("a") as config:
        config.write("c.Autograde.create_student = False\n")
    with sqlite3.connect(ours / "gradebook.db") as gradebook:
        gradebook.execute("insert into student (id) values ('part')")
    result = grade(ours, "ps1", executor=StandIn(), students=["part", "zero"])
    assert result.graded == ("part",)
    assert result.failed["zero"].startswith("the gradebook knows no student zero")
    assert rows(ours)["student"] == [("part", None, None, None, None)]


def test_a_timestamp_as_windows_writes_it(handed_in: Path, tmp_path: Path) -> None:
    """The mark that some editors put before UTF-8 is no part of the date."""
    ours, _ = both(handed_in, tmp_path)
    said = b"\xef\xbb\xbf2026-02-03 12:00:00 UTC\r\n"
    (ours / "submitted" / "part" / "ps1" / "timestamp.txt").write_bytes(said)
    assert grade(ours, "ps1", executor=StandIn(), students=["part"]).graded == ("part",)


def test_a_timestamp_that_is_none(handed_in: Path, tmp_path: Path) -> None:
    """A date that cannot be read is no reason to guess how late the work is."""
    ours, _ = both(handed_in, tmp_path)
    (ours / "submitted" / "part" / "ps1" / "timestamp.txt").write_text("yesterday, I think")
    result = grade(ours, "ps1", executor=StandIn(), students=["part"])
    assert result.set_aside["part"].startswith(
        "timestamp.txt holds no date ('yesterday, I think'); write it like this:"
    )


def test_a_notebook_that_came_later(handed_in: Path, tmp_path: Path) -> None:
    """A notebook that was released after somebody was graded has its rows too; nbgrader would stop there."""
    ours, _ = both(handed_in, tmp_path)
    grade(ours, "ps1", executor=StandIn(), students=["part"])
    with sqlite3.connect(ours / "gradebook.db") as gradebook:
        gradebook.executescript(
            """delete from grade where notebook_id in (select m.id from submitted_notebook m join notebook n
                   on n.id = m.notebook_id where n.name = 'second');
               delete from comment where notebook_id in (select m.id from submitted_notebook m join notebook n
                   on n.id = m.notebook_id where n.name = 'second');
               delete from submitted_notebook where notebook_id in (select id from notebook where name = 'second');
               delete from mcourse_graded;"""
        )
    result = grade(ours, "ps1", executor=StandIn(), students=["part"])
    assert result.marks["part"] == {
        "exercises/01-add-test-1": 0.5,
        "exercises/01-times-test-1": 0.0,
        "exercises/01-why-manual-1": 0.0,
        "second/draw": None,
        "second/by-hand": 0.0,
    }


def test_hooks(handed_in: Path, tmp_path: Path) -> None:
    """The hooks that a course has for nbgrader's conversion are called, before and after."""
    ours, _ = both(handed_in, tmp_path)
    with (ours / "nbgrader_config.py").open("a") as config:
        config.write(
            "called = open('hooks.txt', 'a')\n"
            "def told(**said):\n"
            "    print(sorted(said.items())[0], len(said['notebooks']), file=called, flush=True)\n"
            "c.Autograde.pre_convert_hook = c.Autograde.post_convert_hook = told\n"
        )
    grade(ours, "ps1", executor=StandIn(), students=["part"])
    assert (ours / "hooks.txt").read_text() == "('assignment', 'ps1') 2\n" * 2
