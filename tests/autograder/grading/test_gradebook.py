"""A gradebook that cannot be used, and what is kept when something goes wrong while it is."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from stand_in import StandIn
from tiny_course import hand_in

from autograder.grading import GradingError, grade, gradebook, staging
from autograder.grading.gradebook import Ledger, require_usable
from autograder.grading.work import Task


@pytest.fixture
def three(course: Path) -> Path:
    """A course in which ada is graded, and bob and cyd have just handed in."""
    hand_in(course, "ada", add="x = 1")
    grade(course, "ps1", executor=StandIn())
    hand_in(course, "bob", add="x = 1")
    hand_in(course, "cyd", add="x = 1")
    return course


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for a lock."""
    connect = sqlite3.connect

    def hastily(*args: object, **kwargs: object) -> sqlite3.Connection:
        return connect(*args, **{**kwargs, "timeout": 0.2})  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3.dbapi2, "connect", hastily)
    monkeypatch.setattr(sqlite3, "connect", hastily)
    monkeypatch.setattr(gradebook, "PATIENCE", 0.2)


def standing(course: Path) -> dict[str, int]:
    """Who is in the gradebook, and how many rows of marks they have."""
    count = """select s.student_id, count(*) from grade g join submitted_notebook m on m.id = g.notebook_id
        join submitted_assignment s on s.id = m.assignment_id group by 1"""
    with sqlite3.connect(course / "gradebook.db") as database:
        return dict(database.execute(count).fetchall())


def left(course: Path) -> list[str]:
    """Everything under ``autograded/``."""
    return sorted(str(p.relative_to(course / "autograded")) for p in (course / "autograded").rglob("*") if p.is_file())


GRADED = ["ada/ps1/data.csv", "ada/ps1/exercises.ipynb"]


def test_no_database(course: Path) -> None:
    """A file that is no database is said so, and is as it was."""
    (course / "gradebook.db").write_bytes(b"notes on the course\n" * 200)
    hand_in(course, "ada", add="x = 1")
    with pytest.raises(GradingError, match=r"gradebook.db cannot be used \(file is not a database\); restore it"):
        grade(course, "ps1", executor=StandIn())
    assert (course / "gradebook.db").read_bytes() == b"notes on the course\n" * 200


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (
            "50a4d84c131a",
            r"is of an older nbgrader \(its tables are of version 50a4d84c131a\); .*: nbgrader db upgrade",
        ),
        ("ffffffffffff", r"is of a newer nbgrader \(its tables are of version ffffffffffff\); upgrade the nbgrader"),
    ],
)
def test_another_version(course: Path, version: str, said: str) -> None:
    """A gradebook of another version of nbgrader is refused before a table of it is touched."""
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("update alembic_version set version_num = ?", [version])
        database.execute("drop table comment")
    before = (course / "gradebook.db").read_bytes()
    hand_in(course, "ada", add="x = 1")
    with pytest.raises(GradingError, match=said):
        grade(course, "ps1", executor=StandIn())
    assert (course / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize("empty", [False, True])
def test_no_gradebook(course: Path, empty: bool) -> None:
    """Where there is no gradebook, or an empty file, none is made by asking for a grading."""
    (course / "gradebook.db").unlink()
    if empty:
        (course / "gradebook.db").touch()
    assert not require_usable(f"sqlite:///{course}/gradebook.db")
    with pytest.raises(GradingError, match=r"no assignment 'ps1' in the gradebook .*: nbgrader generate_assignment"):
        grade(course, "ps1", executor=StandIn())
    assert [path.stat().st_size for path in course.glob("gradebook.db")] == [0] * empty


@pytest.mark.usefixtures("hasty")
def test_locked_before(three: Path) -> None:
    """A gradebook that another program holds is waited for, then said so; the next run is as if nothing had been."""
    holder = sqlite3.connect(three / "gradebook.db", isolation_level=None)
    holder.execute("begin exclusive")
    with pytest.raises(GradingError, match=r"\(database is locked\); another program holds it: close it there, then"):
        grade(three, "ps1", executor=StandIn())
    holder.execute("rollback")
    holder.close()
    assert grade(three, "ps1", executor=StandIn()).graded == ("bob", "cyd")


@pytest.mark.usefixtures("hasty")
def test_locked_meanwhile(three: Path) -> None:
    """A lock that comes in the middle stops the run; what was committed before it is kept, and the rest comes later."""
    holder = sqlite3.connect(three / "gradebook.db", isolation_level=None, check_same_thread=False)

    def lock(task: Task) -> None:
        if task.student == "cyd":
            holder.execute("begin immediate")

    with pytest.raises(GradingError, match="database is locked"):
        grade(three, "ps1", executor=StandIn(lock))
    assert set(standing(three)) == {"ada", "bob"}
    assert not any(name.startswith("cyd") for name in left(three))
    holder.execute("rollback")
    holder.close()
    result = grade(three, "ps1", executor=StandIn())
    assert (result.graded, result.unchanged) == (("cyd",), ("ada", "bob"))


def test_a_lock_that_goes_away(three: Path) -> None:
    """A lock of a moment, such as Formgrader's, is waited for, and nobody notices."""
    code = "import sqlite3, sys, time\nd = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    code += "d.execute('begin immediate')\nprint('held', flush=True)\ntime.sleep(1)\nd.execute('rollback')\n"
    holder = subprocess.Popen([sys.executable, "-c", code, three / "gradebook.db"], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    assert grade(three, "ps1", executor=StandIn()).graded == ("bob", "cyd")
    holder.communicate()


def test_read_only(three: Path) -> None:
    """A gradebook that may only be read is said so before anything is run."""
    with (three / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CourseDirectory.db_url = 'sqlite:///file:{three}/gradebook.db?mode=ro&uri=true'\n")
    executor = StandIn()
    with pytest.raises(GradingError, match=r"\(attempt to write a readonly database\); make the file and its folder"):
        grade(three, "ps1", executor=executor)
    assert (executor.ran, left(three)) == ([], GRADED)
    assert grade(three, "ps1", executor=executor, dry_run=True).scores == {"ada": 2, "bob": 2, "cyd": 2}


def test_no_place_for_the_lock(three: Path) -> None:
    """A course in which nothing can be written is said so."""
    shutil.rmtree(three / ".mcourse")
    (three / ".mcourse").write_text("a file where a folder belongs")
    with pytest.raises(GradingError, match=r"Nothing can be written into .* \(File exists\); make the folder writable"):
        grade(three, "ps1", executor=StandIn())


def test_two_graders(three: Path) -> None:
    """A second grader of the same course is sent away in a sentence, and the first is not disturbed."""
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(three)]
    said: list[tuple[int, str]] = []

    def meanwhile(task: Task) -> None:
        if task.student == "bob":
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            said.append((done.returncode, done.stderr))

    assert grade(three, "ps1", executor=StandIn(meanwhile)).graded == ("bob", "cyd")
    assert said == [(1, f"Error: Another run is grading in {three}; wait until it has finished\n")]


FULL = "No space left on device"


def test_disk_full_while_staging(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the graded files find no room the run stops in a sentence, and the gradebook says nothing of them."""
    real = os.fsync

    def full(descriptor: int) -> None:
        if "cyd" in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, FULL)
        real(descriptor)

    monkeypatch.setattr(staging.os, "fsync", full)
    with pytest.raises(GradingError, match=rf"Graded work cannot be written: {FULL}; .*before is kept"):
        grade(three, "ps1", executor=StandIn())
    monkeypatch.undo()
    assert set(standing(three)) == {"ada", "bob"}
    assert not any("cyd" in name for name in left(three))
    assert grade(three, "ps1", executor=StandIn()).graded == ("cyd",)


def test_disk_full_while_committing(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the database finds no room nothing of that submission is kept; those before it are whole."""
    begin = gradebook._begin

    def limited(connection: Connection) -> None:
        connection.exec_driver_sql(f"pragma max_page_count = {pages}")
        begin(connection)

    with closing(sqlite3.connect(three / "gradebook.db")) as database:
        pages = database.execute("pragma page_count").fetchone()[0] + 5
    for number in range(40):
        hand_in(three, f"s{number:02}", add="x = 1")
    monkeypatch.setattr(gradebook, "_begin", limited)
    with pytest.raises(GradingError, match=r"\(database or disk is full\); make room on its disk, then run"):
        grade(three, "ps1", executor=StandIn())
    monkeypatch.undo()
    whole = standing(three)
    assert 3 < len(whole) < 43
    assert set(whole.values()) == {3}
    assert left(three) == sorted(f"{name}/ps1/{file}" for name in whole for file in ("data.csv", "exercises.ipynb"))
    assert len(grade(three, "ps1", executor=StandIn()).graded) == 43 - len(whole)
    assert standing(three).keys() == {"ada", "bob", "cyd", *(f"s{number:02}" for number in range(40))}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_disk_that_is_full(small_disk: Path, three: Path) -> None:
    """On a real disk that fills up: one sentence, no half submission, and when there is room the run goes on."""
    course = Path(shutil.copytree(three, small_disk / "course"))

    def fill(task: Task) -> None:
        if task.student == "cyd":
            with (small_disk / "film").open("wb") as film:
                free = os.statvfs(small_disk)
                film.write(bytes(free.f_bavail * free.f_frsize))

    with pytest.raises(GradingError, match=r"(No space left on device|disk is full).*, then run the same"):
        grade(course, "ps1", executor=StandIn(fill))
    (small_disk / "film").unlink()
    assert set(standing(course)) == {"ada", "bob"}
    assert grade(course, "ps1", executor=StandIn()).graded == ("cyd",)
    assert standing(course) == {"ada": 3, "bob": 3, "cyd": 3}


def test_a_folder_in_the_way(three: Path) -> None:
    """Where only one student's files cannot be written, the others are graded."""
    (three / "autograded" / "bob").write_text("a file where a folder belongs")
    result = grade(three, "ps1", executor=StandIn())
    assert (result.graded, result.unchanged) == (("cyd",), ("ada",))
    assert result.failed["bob"].startswith("its graded files could not be written: ")
    assert set(standing(three)) == {"ada", "cyd"}


def undone(ledger: Ledger) -> None:
    with ledger.transaction(), Gradebook(ledger.url) as inner:
        inner.add_student("undone")
        raise KeyError


def test_one_transaction(three: Path) -> None:
    """What nbgrader's code commits inside a transaction of ours is kept with it, and undone with it."""
    url = f"sqlite:///{three}/gradebook.db"
    with Ledger(url, "tiny") as ledger:
        with pytest.raises(KeyError):
            undone(ledger)
        with ledger.transaction() as outer:
            with Gradebook(url) as inner:
                inner.add_student("kept")
            assert "kept" in {student.id for student in outer.students}
    with sqlite3.connect(three / "gradebook.db") as database:
        names = {name for (name,) in database.execute("select id from student")}
    assert {"kept", "undone"} & names == {"kept"}


def test_an_error_about_one_row(three: Path) -> None:
    """What a database says of one row is no reason to call the whole gradebook unusable."""
    twice = text("insert into student (id) values ('ada')")
    ledger = Ledger(f"sqlite:///{three}/gradebook.db", "tiny")
    with ledger, pytest.raises(IntegrityError), ledger.transaction() as book:
        book.db.execute(twice)


def test_gradebooks_elsewhere(three: Path, tmp_path: Path) -> None:
    """A step that opens some other gradebook meanwhile gets that one, as it always would."""
    ledger = Ledger(f"sqlite:///{three}/gradebook.db", "tiny")
    with ledger, ledger.transaction(), Gradebook(f"sqlite:///{tmp_path}/other.db") as other:
        other.add_student("elsewhere")
    with sqlite3.connect(tmp_path / "other.db") as database:
        assert database.execute("select id from student").fetchall() == [("elsewhere",)]
