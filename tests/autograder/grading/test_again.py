"""What is run again and what is not; what a rehearsal shows, and that it writes nothing; backups; several at a time."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from stand_in import StandIn, slowly
from tiny_course import hand_in, release

from autograder.grading import Grading, GradingError, grade, publish, settings, survey
from autograder.grading.sealed.limits import Limits
from autograder.grading.work import Task


def run(course: Path, **options: object) -> tuple[Grading, list[str]]:
    """Grade, and tell whose work was run."""
    executor = StandIn()
    return grade(course, "ps1", executor=executor, **options), executor.ran  # type: ignore[arg-type]


@pytest.fixture
def two(course: Path) -> Path:
    """A course in which ada has all points by machine, and bob half of those for the second exercise."""
    hand_in(course, "ada", add="x = 1", times="y = 1", why="Because.")
    hand_in(course, "bob", add="x = 1", times="# ends 1.5")
    run(course)
    return course


def everything(course: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a course, and when it was written."""
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(course.rglob("*")) if p.is_file()}


def folders(course: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in [course, *course.rglob("*")] if p.is_dir()}


def test_unchanged(two: Path) -> None:
    """What has not changed is not run again, and its marks are there; nothing is written and nothing is backed up."""
    before = everything(two)
    result, ran = run(two)
    assert (result.unchanged, result.graded, ran) == (("ada", "bob"), (), [])
    assert result.scores == {"ada": 5, "bob": 3.5}
    assert everything(two).keys() == before.keys()
    assert {p: v for p, v in everything(two).items() if not p.endswith("lock")} == {
        p: v for p, v in before.items() if not p.endswith("lock")
    }


def test_dates_of_files(two: Path) -> None:
    """A file that only has a new date has not changed; a file with an old date and a new answer has."""
    os.utime(two / "submitted" / "ada" / "ps1" / "exercises.ipynb")
    path = hand_in(two, "bob", add="x = 1", times="# ends 2.5")
    os.utime(path, (0, 0))
    result, ran = run(two)
    assert (result.unchanged, ran, result.scores["bob"]) == (("ada",), ["bob"], 4.5)


@pytest.mark.parametrize("change", ["test", "data", "due date", "limits", "late penalty"])
def test_a_changed_assignment(two: Path, change: str) -> None:
    """When what decides the marks has changed, everybody is graded again: tests, data, dates, limits, rules."""
    if change == "test":
        source = two / "source" / "ps1" / "exercises.ipynb"
        source.write_text(source.read_text().replace("== 12", "== 13"))
        release(two)
    elif change == "data":
        (two / "source" / "ps1" / "data.csv").write_text("3,4\n")
    elif change == "due date":
        with sqlite3.connect(two / "gradebook.db") as gradebook:
            gradebook.execute("update assignment set duedate = '2026-01-01 00:00:00.000000'")
    else:
        setting = {"limits": "MCourse.limits = {'cell_seconds': 7}", "late penalty": "LateSubmissionPlugin.x = 1"}
        with (two / "nbgrader_config.py").open("a") as config:
            config.write(f"c.{setting[change]}\n")
    assert run(two)[1] == ["ada", "bob"]
    assert run(two)[1] == []


def test_hints_decide_nothing(two: Path) -> None:
    """A hint that was put in another way leaves every mark as it is."""
    (two / "source" / "ps1" / "hints.json").write_text("{}")
    assert run(two)[1] == []


def test_typed_limits(two: Path) -> None:
    """Limits that are typed hold for one run: it grades again, and a later run without them does not."""
    assert run(two, limits={"cell_seconds": 90}, students=["bob"])[1] == ["bob"]
    assert run(two)[1] == []
    assert run(two, limits={"cell_seconds": 90})[1] == ["ada"]


@pytest.mark.parametrize("damage", ["removed", "cut off", "rows removed"])
def test_what_was_left_is_gone(two: Path, damage: str) -> None:
    """Where the graded files or the rows are no longer what was committed, the work is graded again."""
    path = two / "autograded" / "ada" / "ps1" / "exercises.ipynb"
    if damage == "removed":
        shutil.rmtree(path.parent)
    elif damage == "cut off":
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:100])
    else:
        with sqlite3.connect(two / "gradebook.db") as gradebook:
            gradebook.execute("delete from submitted_assignment where student_id = 'ada'")
    result, ran = run(two)
    assert (ran, result.scores["ada"]) == (["ada"], 5)


def test_an_older_gradebook_put_back(two: Path) -> None:
    """With a copy of the gradebook put back, what was graded since is graded again, and nothing else."""
    hand_in(two, "cyd", add="x = 1")
    assert run(two)[1] == ["cyd"]
    newest = max((two / ".mcourse" / "backups").iterdir())
    shutil.copy(newest, two / "gradebook.db")
    result, ran = run(two)
    assert ran == ["cyd"]
    assert result.scores == {"ada": 5, "bob": 3.5, "cyd": 2}


def test_attempts(two: Path) -> None:
    """A second attempt is graded in place of the first; what a person gave and wrote is kept, to be looked at again."""
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = 0.5, needs_manual_grade = 0 where needs_manual_grade = 1")
        gradebook.execute("update grade set extra_credit = 0.25 where auto_score = 3")
        gradebook.execute("update comment set manual_comment = 'Well put.' where auto_comment is null")
    assert run(two)[0].scores["ada"] == 5.75
    for last in ("# ends 1.0", "y = 3"):
        hand_in(two, "ada", add="x = 1", times=last, why="Because, I said.")
        result, ran = run(two)
        assert ran == ["ada"]
        assert result.scores["ada"] == (3.75 if "1.0" in last else 5.75)
        assert result.marks["ada"]["01-why-manual-1"] == 0.5
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        by_hand = "select manual_score, needs_manual_grade from grade where manual_score is not null"
        assert gradebook.execute(by_hand).fetchall() == [(0.5, 1)]
        said = "select distinct manual_comment from comment where manual_comment is not null"
        assert gradebook.execute(said).fetchall() == [("Well put.",)]


def test_one_student(two: Path) -> None:
    """Only who is asked for is graded; the others stay as they are, and are listed as they stand."""
    for student in ("ada", "bob", "cyd"):
        hand_in(two, student, add="# ends 1.0", times="y = 3")
    result, ran = run(two, students=["bob"])
    assert (ran, result.students, result.scores) == (["bob"], ("bob",), {"bob": 4})
    stands = survey(two, "ps1")
    assert (stands.unchanged, stands.scores) == (("bob",), {"bob": 4})
    assert stands.failed == {
        "ada": "it, or the assignment, has changed since it was graded; run: mcourse grade ps1",
        "cyd": "it has not been graded yet; run: mcourse grade ps1",
    }


def test_a_student_who_is_not_there(two: Path) -> None:
    """A name that nobody has is answered with the one that was probably meant."""
    with pytest.raises(GradingError, match=r"adda handed in nothing for ps1; .*; did you mean ada for adda\?"):
        run(two, students=["adda"])
    with pytest.raises(GradingError, match=r"; name each by itself: --student ada --student bob$"):
        run(two, students=["ada,bob"])


def test_rehearsal(two: Path) -> None:
    """A rehearsal tells the marks before and after, and writes nothing at all."""
    hand_in(two, "ada", add="# ends 0.5", times="y = 1")
    hand_in(two, "cyd", add="x = 1")
    hand_in(two, "dan", notebook="no notebook")
    before = everything(two), folders(two)
    result, ran = run(two, dry_run=True)
    assert (everything(two), folders(two)) == before
    assert ran == ["ada", "cyd"]
    assert (result.scores_before, result.scores) == ({"ada": 5, "bob": 3.5}, {"ada": 3.5, "bob": 3.5, "cyd": 2})
    assert result.before["ada"]["01-add-test-1"] == 2
    assert result.marks["ada"]["01-add-test-1"] == 0.5
    assert set(result.set_aside) == {"dan"}
    assert run(two)[0].scores == result.scores


def test_rehearsal_of_a_fresh_course(course: Path) -> None:
    """Nothing is written even where nothing was graded before: no folder, no secret, no table."""
    hand_in(course, "ada", add="x = 1")
    shutil.rmtree(course / ".mcourse")
    before = everything(course), folders(course)
    assert run(course, dry_run=True)[0].scores == {"ada": 2}
    assert (everything(course), folders(course)) == before


def test_backups(course: Path) -> None:
    """Before each run that will write the gradebook is copied as it was, and the last five copies are kept."""
    for count in range(7):
        hand_in(course, f"student {count}", add="x = 1")
        run(course)
    copies = sorted((course / ".mcourse" / "backups").iterdir())
    assert len(copies) == 5
    for count, copy in enumerate(copies, start=2):
        with sqlite3.connect(copy) as gradebook:
            assert gradebook.execute("pragma integrity_check").fetchone() == ("ok",)
            assert gradebook.execute("select count(*) from submitted_assignment").fetchone() == (count,)


def test_no_room_for_a_backup(course: Path) -> None:
    """Where the gradebook cannot be copied, nothing is run."""
    hand_in(course, "ada", add="x = 1")
    (course / ".mcourse" / "backups").write_text("a file in the way")
    executor = StandIn()
    with pytest.raises(GradingError, match=r"The gradebook cannot be copied into .*backups .* so nothing was graded"):
        grade(course, "ps1", executor=executor)
    assert executor.ran == []


def test_in_turn(course: Path) -> None:
    """With one job everything is done by the thread that asked, one after another, in order."""
    for student in "abcd":
        hand_in(course, student, add="x = 1")
    executor = StandIn()
    said: list[tuple[str, str, int, int]] = []
    grade(course, "ps1", executor=executor, on_progress=lambda *now: said.append(now))
    assert (executor.most, executor.ran) == (1, list("abcd"))
    assert executor.threads == {threading.current_thread().name}
    assert said == [(student, "graded", place, 4) for place, student in enumerate("abcd", start=1)]


def test_at_once(course: Path) -> None:
    """With three jobs three are run at a time, each is written when it is through, and the marks are the same."""
    marks = {f"s{k}": k / 8 for k in range(9)}
    for student, mark in marks.items():
        hand_in(course, student, add=f"# ends {mark}")
    executor = StandIn(slowly(0.05))
    result = grade(course, "ps1", executor=executor, jobs=3)
    assert executor.most == 3
    assert threading.current_thread().name not in executor.threads
    assert result.scores == marks


def test_one_that_cannot_be_run(course: Path) -> None:
    """A submission that cannot be run, or over which the executor itself stumbles, is listed; the others are graded."""
    hand_in(course, "ada", add="# ends never")
    hand_in(course, "bob", add="x = 1")
    hand_in(course, "cyd", add="x = 1")

    def stumble(task: Task) -> None:
        if task.student == "cyd":
            raise ZeroDivisionError("somewhere")

    result = grade(course, "ps1", executor=StandIn(stumble), jobs=2)
    assert result.failed == {
        "ada": "it cannot be run here",
        "cyd": "running it stopped with ZeroDivisionError: somewhere",
    }
    assert (result.graded, result.complete) == (("bob",), False)


OWN_STEPS = """
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader.preprocessors import ClearOutput, NbGraderPreprocessor, SaveAutoGrades


class Trims(NbGraderPreprocessor):
    def preprocess_cell(self, cell, resources, index):
        if "too long" in cell.source:
            raise ValueError("that is too long")
        cell.source = cell.source.replace("# ends 0.25", "# ends 0.5")
        return cell, resources


c.Autograde.sanitize_preprocessors = [ClearOutput, Trims]
c.Autograde.autograde_preprocessors = [ClearMetadataPreprocessor, SaveAutoGrades]
c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {"nbgrader"}
"""


def test_steps_of_the_course(course: Path) -> None:
    """What a course does with submissions before they are run is done; who stumbles over it is set aside, with why."""
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(OWN_STEPS)
    hand_in(course, "ada", add="# ends 0.25")
    hand_in(course, "bob", add="# too long")
    result = run(course)[0]
    assert result.marks["ada"]["01-add-test-1"] == 0.5
    assert result.set_aside["bob"].endswith("Trims, a step of this course, stopped with ValueError: that is too long")


def test_metadata_that_a_step_clears(course: Path) -> None:
    """A mark that a person must give stays one where a step clears what was noted of the cell."""
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(OWN_STEPS)
    hand_in(course, "ada", add="# ends for a person")
    result = run(course)[0]
    assert result.marks["ada"]["01-add-test-1"] is None
    assert result.reasons["ada"] == {"01-add": "Somebody must look."}


def test_a_version_with_another_limit(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a later version has a limit more, nothing is run; where the course sets one, everything is."""

    @dataclass(frozen=True)
    class Later(Limits):
        more: int = 5

    monkeypatch.setattr(settings, "Limits", Later)
    assert run(two)[1] == []
    with (two / "nbgrader_config.py").open("a") as config:
        config.write("c.MCourse.limits = {'cell_seconds': 7}\n")
    assert sorted(run(two)[1]) == ["ada", "bob"]


def test_shared_with_the_group(course: Path) -> None:
    """Where a course is shared with a group, so are the folders of graded work, and the files can be changed by it."""
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.CourseDirectory.groupshared = True\n")
    hand_in(course, "ada", add="x = 1")
    publish(course, run(course)[0])
    for folder in (course / "autograded", course / "autograded" / "ada" / "ps1"):
        assert folder.stat().st_mode & 0o2770 == 0o2770
    for own in (".mcourse", ".mcourse/lock", ".mcourse/secret", ".mcourse/backups", "marks", "marks/canvas"):
        assert (course / own).stat().st_mode & 0o060 == 0o060, own
    assert (course / "autograded" / "ada" / "ps1" / "exercises.ipynb").stat().st_mode & 0o777 == 0o664


def test_what_a_task_has(course: Path) -> None:
    """A task has the rebuilt notebook, the files of both, and what is drawn from; of the student's only what counts."""
    tasks: list[Task] = []
    folder = hand_in(course, "ada", add="x = 1").parent
    (folder / "data.csv").write_text("mine\n")
    (folder / "deep").mkdir()
    (folder / "deep" / "more.txt").write_text("more\n")
    grade(course, "ps1", executor=StandIn(tasks.append), limits={"memory": "2 GB"})
    (task,) = tasks
    assert (task.student, task.assignment) == ("ada", "ps1")
    assert task.handed_in == {"deep/more.txt": b"more\n"}
    assert task.own_files == {"data.csv": b"1,2\n"}
    assert '"x = 1"' in task.notebooks["exercises"]
    assert [plan.name for plan in task.plans["exercises"]][:2] == ["tools", "01-add-answer-1"]
    assert task.environment["MC_STUDENT"] == "ada"
    assert task.environment["NBGRADER_EXECUTION"] == "autograde"
    assert task.limits.memory == 2_000_000_000


def test_seeds(course: Path) -> None:
    """The checks draw other numbers for each student, and the same ones when the work is graded again."""
    for student in ("ada", "bob"):
        hand_in(course, student, add="x = 1")

    def seeds() -> list[str]:
        tasks: list[Task] = []
        grade(course, "ps1", executor=StandIn(tasks.append))
        return [task.environment["MC_SEED"] for task in tasks]

    first = seeds()
    assert len({*first}) == 2
    assert all(len(seed) == 64 and set(seed) <= set("0123456789abcdef") for seed in first)
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        gradebook.execute("delete from mcourse_graded")
    assert seeds() == first
