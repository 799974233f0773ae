"""A gradebook on a PostgreSQL server: the same marks, the same files, and what is said when the server is gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook, get_alembic_version
from postgres import MISSING, PASSWORD, USER, Server, program, serving
from sqlalchemy.engine import make_url
from tiny_course import Grade, hand_in, make_course

from autograder.authoring.build import build
from autograder.authoring.model import AuthoringError
from autograder.grading import GradingError, publish, staging, survey, write_feedback
from autograder.grading.graded_under import versions_here

pytestmark = [
    pytest.mark.slow,  # starts a server
    pytest.mark.skipif(program("initdb") is None, reason=MISSING),
]

REPOSITORY = Path(__file__).parents[3]
ADD = "def add(a, b):\n    return a + b"
THIRD = "zoë 数学 '; --"
TIMES = "def multiply(a, b):\n    return a * b"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests here; each takes databases of its own from it."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def pattern(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A course and its database, from which the others are copied: to make them takes seconds."""
    address = server.database()
    course = make_course(tmp_path_factory.mktemp("pattern") / "course", setting(address))
    return a_class(course), server.made[-1]


@pytest.fixture
def address(pattern: tuple[Path, str], server: Server) -> str:
    """Where a copy of the database is, password included."""
    return server.database(like=pattern[1])


@pytest.fixture
def theirs(pattern: tuple[Path, str], address: str, server: Server, tmp_path: Path) -> Path:
    """A copy of the course, to which a class has handed in."""
    course = Path(shutil.copytree(pattern[0], tmp_path / "theirs"))
    configuration = course / "nbgrader_config.py"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace(server.url(pattern[1]), address), encoding="utf-8")
    return course


def setting(address: str) -> str:
    """The line of a course's configuration that says where its gradebook is."""
    return f"c.CourseDirectory.db_url = {address!r}"


def a_class(course: Path) -> Path:
    hand_in(course, "ada", add=ADD, times=TIMES, why="Because it is.")
    hand_in(course, "bob", add="def add(a, b):\n    return a - b", times=TIMES)
    hand_in(course, THIRD, add=ADD)
    return course


def test_the_same_marks(theirs: Path, course: Path, grade: Grade) -> None:
    """Whatever a gradebook in a file says, one on a server says too, and no file takes its place."""
    expected, got = grade(a_class(course), "ps1"), grade(theirs, "ps1")
    assert got.graded == ("ada", "bob", THIRD)
    assert (got.marks, got.scores, got.cells, got.mistakes) == (
        expected.marks,
        expected.scores,
        expected.cells,
        expected.mistakes,
    )
    assert not list(theirs.rglob("*.db"))


def test_a_second_run(theirs: Path, address: str, grade: Grade) -> None:
    """What is done is remembered on the server: only who changed is run again, and a mark given by hand stays."""
    first = grade(theirs, "ps1")
    with Gradebook(address, "tiny") as gradebook:
        gradebook.find_grade("01-why-manual-1", "exercises", "ps1", "ada").manual_score = 1.0
        gradebook.db.commit()
    hand_in(theirs, "bob", add=ADD, times=TIMES)
    again = grade(theirs, "ps1")
    assert (again.graded, again.unchanged) == (("bob",), ("ada", THIRD))
    assert again.scores == first.scores | {"ada": 6, "bob": 5}


def test_a_dry_run(theirs: Path, server: Server, grade: Grade) -> None:
    """A rehearsal tells the marks that a run gives, and leaves the server's gradebook as it was."""
    rows = "SELECT count(*) FROM grade"
    rehearsed = grade(theirs, "ps1", dry_run=True)
    assert server.execute(server.made[-1], rows) == [(0,)]
    assert not (theirs / "autograded").exists()
    done = grade(theirs, "ps1")
    assert (rehearsed.marks, rehearsed.scores) == (done.marks, done.scores)
    assert server.execute(server.made[-1], rows) == [(9,)]
    assert survey(theirs, "ps1").unchanged == done.graded


def test_versions(theirs: Path, server: Server, grade: Grade) -> None:
    """The versions are recorded on the server too; a table that was made before they were grows when it is written."""
    grade(theirs, "ps1")
    recorded = "SELECT DISTINCT versions FROM mcourse_graded"
    here = server.execute(server.made[-1], recorded)
    assert here == [(versions_here(),)]
    server.execute(server.made[-1], "ALTER TABLE mcourse_graded DROP COLUMN versions")
    assert grade(theirs, "ps1").unchanged == survey(theirs, "ps1").unchanged == ("ada", "bob", THIRD)
    assert grade(theirs, "ps1", force=True).graded == ("ada", "bob", THIRD)
    assert server.execute(server.made[-1], recorded) == here
    server.execute(server.made[-1], "UPDATE mcourse_graded SET versions = 'Python 3.9' WHERE student = 'bob'")
    assert grade(theirs, "ps1").graded_under == {"bob": "Python 3.9"}


def test_feedback_and_tables(theirs: Path, grade: Grade) -> None:
    """Pages, marks and report come from the server's gradebook, and are not made twice."""
    grading = grade(theirs, "ps1")
    pages = write_feedback(theirs, grading)
    assert [page.parts[-3] for page in pages] == ["ada", "bob", THIRD]
    seen: list[str] = []
    write_feedback(theirs, grading, on_progress=lambda who, outcome, done, of: seen.append(outcome))
    assert seen == ["unchanged"] * 3
    made = publish(theirs, grading)
    assert "bob" in made.marks.read_text(encoding="utf-8")
    assert "bob" in made.report.read_text(encoding="utf-8")


def test_nbgraders_own_commands(
    theirs: Path, address: str, server: Server, monkeypatch: pytest.MonkeyPatch, grade: Grade
) -> None:
    """The schema has nbgrader's version, and its export and upgrade work on the database that we filled.

    The password comes by the environment: an address in which one is escaped is too much for the upgrade.
    """
    grade(theirs, "ps1")
    configuration = theirs / "nbgrader_config.py"
    plain = f"postgresql+psycopg://{USER}@/{server.made[-1]}"
    configuration.write_text(configuration.read_text(encoding="utf-8").replace(address, plain), encoding="utf-8")
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic by name
    for name, value in (server.environment | {"PATH": beside}).items():
        monkeypatch.setenv(name, value)
    for command in ("export", "db upgrade"):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command.split()],
            cwd=theirs,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert "ps1,,,ada,,,,5.0,0.0,5.0,6.0" in (theirs / "grades.csv").read_text(encoding="utf-8")
    assert server.execute(server.made[-1], "SELECT version_num FROM alembic_version") == [(get_alembic_version(),)]
    assert grade(theirs, "ps1").unchanged == ("ada", "bob", THIRD)


def test_build(server: Server, tmp_path: Path) -> None:
    """Units are built into a server's gradebook once, and again when it was emptied."""
    units = [REPOSITORY / "tests" / "autograder" / "authoring" / "units" / "41_tiny"]
    settings, into, address = tmp_path / "settings.py", tmp_path / "course", server.database()
    text = (REPOSITORY / "course" / "nbgrader_config.py").read_text(encoding="utf-8")
    settings.write_text(f"{text}\n{setting(address)}\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"needs a name for the course; give c\.CourseDirectory\.course_id one"):
        build(units, into, config=settings)
    settings.write_text(f"{text}\n{setting(address)}\nc.CourseDirectory.course_id = 'tiny'\n", encoding="utf-8")
    assert build(units, into, config=settings).written == ("41_tiny",)
    assert build(units, into, config=settings).skipped == ("41_tiny",)
    assert not list(into.rglob("*.db"))
    assert server.execute(server.made[-1], "SELECT name FROM assignment") == [("41_tiny",)]
    server.execute(server.made[-1], "DROP SCHEMA public CASCADE")
    server.execute(server.made[-1], "CREATE SCHEMA public")
    assert build(units, into, config=settings).written == ("41_tiny",)


def test_the_server_goes_away(theirs: Path, server: Server, grade: Grade) -> None:
    """A server that dies in the middle is told in a sentence; what was committed stays, the next run does the rest."""
    with pytest.raises(GradingError) as stopped:
        grade(theirs, "ps1", on_progress=lambda *_: server.stop(signal.SIGQUIT))
    said = str(stopped.value)
    assert "the gradebook postgresql+psycopg://instructor:***@/" in said.lower()
    assert said.endswith("run the same command again; what is in the gradebook stays there")
    server.start()
    again = grade(theirs, "ps1")
    assert (again.unchanged, again.graded) == (("ada",), ("bob", THIRD))
    assert again.scores == {"ada": 5, "bob": 3, THIRD: 2}


def test_the_server_goes_away_in_a_transaction(
    theirs: Path, server: Server, monkeypatch: pytest.MonkeyPatch, grade: Grade
) -> None:
    """A server that dies between the rows and the commit leaves neither rows nor files of that submission."""
    stage = staging.stage

    def last_words(target: Path, *arguments: Any, **options: Any) -> Any:
        if "bob" in target.parts:
            server.stop(signal.SIGQUIT)
        return stage(target, *arguments, **options)

    monkeypatch.setattr(staging, "stage", last_words)
    with pytest.raises(GradingError, match=r"cannot be used .*run the same command again"):
        grade(theirs, "ps1")
    monkeypatch.undo()
    server.start()
    assert {path.relative_to(theirs).parts[1] for path in theirs.glob("autograded/**/*.*")} == {"ada"}
    assert server.execute(server.made[-1], "SELECT student_id FROM submitted_assignment") == [("ada",)]
    again = grade(theirs, "ps1")
    assert (again.unchanged, again.graded) == (("ada",), ("bob", THIRD))
    assert again.scores == {"ada": 5, "bob": 3, THIRD: 2}


def test_no_password_in_what_is_said(theirs: Path, address: str, server: Server) -> None:
    """A wrong password is answered in a sentence, and neither it nor what is logged or kept has the password."""
    configuration = theirs / "nbgrader_config.py"
    wrong = make_url(address).set(password=f"{PASSWORD} too").render_as_string(hide_password=False)
    configuration.write_text(configuration.read_text(encoding="utf-8").replace(address, wrong), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(theirs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "password authentication failed" in done.stderr
    assert done.stderr.startswith("Error: The gradebook postgresql+psycopg://instructor:***@/")
    assert done.stderr.count("\n") == 1
    kept = [path.read_text(encoding="utf-8") for path in (theirs / ".mcourse").rglob("*") if path.is_file()]
    for text in (done.stdout, done.stderr, *kept):
        assert "tulip" not in text
