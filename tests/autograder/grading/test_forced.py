"""Work that has not changed is graded again when that is asked for; that the versions are others now is told."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stand_in import StandIn
from tiny_course import hand_in

from autograder.cli.grading import changes, other_versions
from autograder.grading import Grading, grade, graded_under, run, survey
from autograder.grading.sealed import Sealed

PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
OLD, NEW = (
    f"{PYTHON}, mcourse 0.{minor}.0, numpy {numpy}, sympy 1.13" for minor, numpy in ((1, "1.26.4"), (2, "2.3.4"))
)
Upgrade = Callable[[str], None]


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    """Has the machine have these versions from now on."""
    return lambda versions: monkeypatch.setattr(run, "versions_here", lambda: versions)


@pytest.fixture
def two(course: Path, upgrade: Upgrade) -> Path:
    """A course in which two were graded under the old versions, to other marks than they would get now."""
    upgrade(OLD)
    hand_in(course, "ada", add="x = 1", times="# ends 1.5", why="Because.")
    hand_in(course, "bob", add="x = 1", times="# ends 1.5")
    grade(course, "ps1", executor=Other("1.5", "2.5", versions=OLD))
    return course


class Other(StandIn):
    """Grades some work otherwise, as another version of what compares numbers may.

    Args:
        was: what an answer says that it comes to.
        now: what it comes to.
        versions: under which it runs.
    """

    def __init__(self, was: str, now: str, versions: str) -> None:
        super().__init__(versions=versions)
        self.was, self.now = was, now

    def run(self, task: Any) -> Any:
        """Run a task."""
        ran = super().run(task)
        said = {name: text.replace(f'"{self.was}"', f'"{self.now}"') for name, text in ran.notebooks.items()}
        return type(ran)(said, ran.seconds, ran.cpu, ran.versions)


def again(course: Path, **options: Any) -> tuple[Grading, list[str]]:
    """Grade under the new versions; tell whose work was run."""
    executor = StandIn(versions=NEW)
    return grade(course, "ps1", executor=executor, **options), executor.ran


def files(course: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(course.rglob("*")) if p.is_file() and p.name != "lock"}


def test_told_and_not_run(two: Path, upgrade: Upgrade) -> None:
    """After an upgrade no mark moves and nothing is written; under which other versions work was graded is told."""
    assert again(two)[0].graded_under == {}
    upgrade(NEW)
    before = files(two)
    grading, ran = again(two)
    assert (ran, grading.unchanged, grading.scores["bob"]) == ([], ("ada", "bob"), 4.5)
    assert grading.graded_under == dict.fromkeys(("ada", "bob"), "mcourse 0.1.0, numpy 1.26.4")
    assert survey(two, "ps1").graded_under == grading.graded_under
    assert again(two, dry_run=True)[0].graded_under == grading.graded_under
    assert files(two) == before
    assert other_versions(grading) == (
        "Some work was graded under other versions than those here, and is kept as it is: 2 submissions (mcourse "
        "0.1.0, numpy 1.26.4); mcourse grade ps1 --force grades it again, and with --dry-run shows what would change."
    )


def test_only_what_was_asked_for(two: Path, upgrade: Upgrade) -> None:
    """Of a new attempt nothing is told, for it is graded under those of now; of one student, only of that one."""
    upgrade(NEW)
    hand_in(two, "bob", add="x = 1", times="# ends 1.5", why="Now I know.")
    assert again(two, students=["ada"])[0].graded_under.keys() == {"ada"}
    grading, ran = again(two)
    assert (ran, grading.graded_under.keys()) == (["bob"], {"ada"})
    assert again(two)[0].graded_under.keys() == {"ada"}


def test_forced(two: Path, upgrade: Upgrade) -> None:
    """When it is asked for, everybody is graded again, once, and then there is nothing more to tell."""
    upgrade(NEW)
    grading, ran = again(two, force=True)
    assert (ran, grading.graded, grading.graded_under) == (["ada", "bob"], ("ada", "bob"), {})
    assert (grading.scores_before["bob"], grading.scores["bob"]) == (4.5, 3.5)
    grading, ran = again(two)
    assert (ran, grading.graded_under, grading.scores["bob"]) == ([], {}, 3.5)


def test_forced_for_one(two: Path, upgrade: Upgrade) -> None:
    """With a name only that student is graded again."""
    upgrade(NEW)
    assert again(two, force=True, students=["bob"])[1] == ["bob"]
    grading, ran = again(two)
    assert (ran, grading.graded_under.keys()) == ([], {"ada"})
    assert (grading.scores["ada"], grading.scores["bob"]) == (4.5, 3.5)


def test_rehearsed(two: Path, upgrade: Upgrade) -> None:
    """A rehearsal of it shows the marks before and after, cell by cell, and writes nothing."""
    upgrade(NEW)
    before = files(two)
    grading, ran = again(two, force=True, dry_run=True)
    assert ran == ["ada", "bob"]
    assert changes(grading)[1] == ("bob", "4.5", "3.5", "01-times-test-1: 2.5 → 1.5")
    assert files(two) == before
    assert again(two)[0].scores["bob"] == 4.5


def test_by_hand(two: Path) -> None:
    """Marks, extra points and comments given by a person are kept, and nbgrader's flag asks to look again."""
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = 0.5, needs_manual_grade = 0 where needs_manual_grade = 1")
        gradebook.execute("update grade set extra_credit = 0.25 where auto_score = 2.5")
        gradebook.execute("update comment set manual_comment = 'Well put.' where auto_comment is null")
    assert again(two, force=True)[0].scores["ada"] == 4.25
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        given = "select manual_score, needs_manual_grade from grade where manual_score is not null"
        assert gradebook.execute(given).fetchall() == [(0.5, 1)]
        said = "select distinct manual_comment from comment where manual_comment is not null"
        assert gradebook.execute(said).fetchall() == [("Well put.",)]


def test_graded_before_versions_were_recorded(two: Path, upgrade: Upgrade) -> None:
    """A gradebook of that time is read as it is, and nothing is told of its work; its table grows when written."""
    upgrade(NEW)
    columns = "select name from pragma_table_info('mcourse_graded')"
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        gradebook.execute("alter table mcourse_graded drop column versions")
        before = gradebook.execute(columns).fetchall()
    for options in ({}, {"dry_run": True}, {"dry_run": True, "force": True}):
        grading, _ = again(two, **options)
        assert grading.graded_under == {}
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        assert gradebook.execute(columns).fetchall() == before
    hand_in(two, "bob", add="x = 2")
    grading, ran = again(two)
    assert (ran, grading.graded_under) == (["bob"], {})
    with sqlite3.connect(two / "gradebook.db") as gradebook:
        found = gradebook.execute("select student, versions from mcourse_graded order by 1").fetchall()
    assert found == [("ada", None), ("bob", NEW)]


def test_an_upgrade_of_ours(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another mcourse that is really installed is told like any other upgrade, and nothing is run again."""
    about = tmp_path / "packages" / "mcourse-99.0.dist-info" / "METADATA"
    about.parent.mkdir(parents=True)
    about.write_text("Metadata-Version: 2.1\nName: mcourse\nVersion: 99.0\n")
    monkeypatch.syspath_prepend(about.parents[1])
    here = graded_under.versions_here.__wrapped__()
    monkeypatch.setattr(run, "versions_here", lambda: here)
    assert "mcourse 99.0" in here
    grading, ran = again(two)
    assert (ran, grading.graded_under["ada"].split(", ")[0]) == ([], "mcourse 0.1.0")


@pytest.mark.slow  # starts the executor
def test_what_is_recorded(course: Path) -> None:
    """The executor says under what a submission ran: Python, mcourse, numpy and sympy."""
    hand_in(course, "ada", add="def add(a, b):\n    return a + b")
    with Sealed("process") as executor:
        assert grade(course, "ps1", executor=executor).graded_under == {}
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        ((recorded,),) = gradebook.execute("select versions from mcourse_graded").fetchall()
    assert recorded == graded_under.versions_here()
    assert [part.split()[0] for part in recorded.split(", ")] == ["Python", "mcourse", "numpy", "sympy"]


def test_an_assignment_with_a_space_in_its_name() -> None:
    """The command that is named can be typed as it stands."""
    assert "; mcourse grade 'week 1' --force" in other_versions(Grading("week 1", graded_under={"ada": "numpy 1"}))
