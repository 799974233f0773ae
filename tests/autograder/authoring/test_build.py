"""The course that is built from text, and what nbgrader makes of it: real nbgrader throughout."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

import mcutils
from autograder.authoring.blanks import solved
from autograder.authoring.build import CONFIG, Built, build
from autograder.authoring.model import AuthoringError, Unit

UNITS = Path(__file__).parent / "units"
SETTINGS = Path(__file__).parents[3] / "course" / CONFIG
RELEASE = Path("release/41_tiny/exercises.ipynb")
SOURCE = Path("source/41_tiny/exercises.ipynb")

pytestmark = pytest.mark.slow


def cells(notebook: Path) -> dict[str, Any]:
    """The cells of a notebook by their id."""
    return {cell.id: cell for cell in nbformat.read(notebook, as_version=4).cells}


def files(course: Path) -> dict[str, bytes]:
    """Everything that must not depend on when and where it was built."""
    parts = [path for kind in ("source", "release", "lessons") for path in course.glob(f"{kind}/**/*")]
    return {str(path.relative_to(course)): path.read_bytes() for path in parts if path.is_file()}


def environment() -> dict[str, str]:
    """Variables for a command that calls others of this environment by bare name."""
    return os.environ | {"PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])}


def nbgrader(course: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run stock nbgrader in a course, as an instructor does."""
    command = (sys.executable, "-m", "nbgrader", *command)
    return subprocess.run(command, cwd=course, env=environment(), capture_output=True, text=True, check=False)


def test_what_is_built(built: Built) -> None:
    """A build makes sources, releases, lessons, a gradebook and the settings, and says what it built."""
    assert (built.written, built.skipped, built.kept) == (("41_tiny",), (), ())
    made = sorted(str(path.relative_to(built.course)) for path in built.course.rglob("*") if path.is_file())
    assert made == [
        ".mcourse.json", "gradebook.db", "lessons/41_tiny/lesson.ipynb", CONFIG,
        str(RELEASE), str(RELEASE.with_name("hints.json")), str(SOURCE), str(SOURCE.with_name("hints.json")),
    ]  # fmt: skip


def test_roles_become_nbgraders_metadata(built: Built, tiny: Unit) -> None:
    """Each role is what nbgrader calls it, points included; mistakes are in no notebook."""
    source = cells(built.course / SOURCE)
    assert set(source) == {cell.id for cell in tiny.cells if cell.role != "mistake"}
    flags = {
        name: tuple(cell.metadata.nbgrader[key] for key in ("grade", "solution", "locked"))
        for name, cell in source.items()
        if "nbgrader" in cell.metadata
    }
    assert flags == {
        "41_tiny-code-1": (False, False, True),
        "41-half-square-statement-1": (False, False, True),
        "41-half-square-given-1": (False, False, True),
        "41-half-square-answer-1": (False, True, False),
        "41-half-square-test-1": (True, False, True),
        "41-product-statement-1": (False, False, True),
        "41-product-answer-1": (False, True, False),
        "41-product-test-1": (True, False, True),
        "41-product-given-1": (False, False, True),
        "41-product-answer-2": (False, True, False),
        "41-product-test-2": (True, False, True),
        "41-product-hidden-1": (True, False, True),
        "41-explain-statement-1": (False, False, True),
        "41-explain-manual-1": (True, True, False),
    }
    assert all(cell.metadata.nbgrader.grade_id == name for name, cell in source.items() if name in flags)
    points = {n: c.metadata.nbgrader.points for n, c in source.items() if "points" in c.metadata.get("nbgrader", {})}
    assert points == {
        "41-half-square-test-1": 2.0,
        "41-product-test-1": 1.0,
        "41-product-test-2": 0.5,
        "41-product-hidden-1": 1.5,
        "41-explain-manual-1": 3.0,
    }


def test_what_a_learner_sees(built: Built) -> None:
    """Blanks for answers, folded hints, a line of facts under the heading, and neither solutions nor hidden tests."""
    seen = {name: cell.source for name, cell in cells(built.course / RELEASE).items()}
    assert seen["41-half-square-answer-1"].endswith('shape (n,)."""\n    return ...')
    assert seen["41-product-answer-1"] == "shape_of_product = ..."
    assert seen["41-product-answer-2"].endswith("product = A @ X\n    return ...\n\n\nentries = ...")
    assert seen["41-product-hidden-1"] == "# This check runs when your work is marked."
    assert seen["41-explain-manual-1"] == "*Write your answer here.*"
    assert seen["41-half-square-hint-1"] == (
        "<details>\n<summary>Hint 1: where to look</summary>\n\nWhat is squared is one number.\n\n</details>"
    )
    assert seen["41-product-statement-1"].startswith(
        "### A product\n\n<small>Objective 2 · 3 minutes · 3 points</small>\n\nFirst its shape"
    )


def test_notebooks_carry_the_version_of_mcutils(built: Built) -> None:
    """The grader can compare what a learner had with what it has."""
    for path in built.course.rglob("*.ipynb"):
        about = nbformat.read(path, as_version=4).metadata.mcourse
        assert about == {"unit": "41_tiny", "mcutils": mcutils.__version__}


def test_two_builds_give_the_same_bytes(built: Built, tmp_path: Path) -> None:
    """Nothing in a built notebook depends on when or where it was built."""
    again = build([UNITS / "41_tiny"], tmp_path / "elsewhere", config=SETTINGS)
    assert len(files(again.course)) == 5
    assert files(again.course) == files(built.course)


def test_an_unchanged_unit_is_skipped_and_a_changed_one_built(course: Path, spoiled: Callable[..., Path]) -> None:
    """Building again does what has to be done and nothing else."""
    folder = spoiled("# A tiny unit: exercises", "# A tiny unit: exercises")
    before = (course / RELEASE).stat().st_mtime_ns
    assert build([folder], course, config=SETTINGS).skipped == ("41_tiny",)
    assert (course / RELEASE).stat().st_mtime_ns == before
    spoiled("# A tiny unit: exercises", "# Changed")
    assert build([folder], course, config=SETTINGS).written == ("41_tiny",)
    assert cells(course / RELEASE)["41_tiny-text-1"].source == "# Changed"


@pytest.mark.parametrize("lost", [RELEASE, SOURCE, Path("gradebook.db"), Path("lessons/41_tiny/lesson.ipynb")])
def test_what_was_lost_is_built_again(course: Path, lost: Path) -> None:
    """A file that is gone comes back, whatever the record says."""
    (course / lost).unlink()
    assert build([UNITS / "41_tiny"], course, config=SETTINGS).written == ("41_tiny",)
    assert (course / lost).is_file()


def test_every_unit_comes_back_into_a_lost_gradebook(course: Path, spoiled: Callable[..., Path]) -> None:
    """The first unit makes a new gradebook; the others must not be skipped because there is one again."""
    folder = spoiled("# A tiny unit: exercises", "# A tiny unit: exercises")
    other = shutil.copytree(folder, folder.parent / "42_other")
    text = (other / "exercises.md").read_text(encoding="utf-8").replace("41-", "42-")
    (other / "exercises.md").write_text(text, encoding="utf-8")
    build([folder, other], course, config=SETTINGS)
    (course / "gradebook.db").unlink()
    assert build([folder, other], course, config=SETTINGS).written == ("41_tiny", "42_other")
    assert build([folder, other], course, config=SETTINGS).skipped == ("41_tiny", "42_other")


def test_a_damaged_gradebook_is_told_and_left_alone(course: Path) -> None:
    """It may still be worth mending, and a copy worth putting back."""
    damaged = course / "gradebook.db"
    damaged.write_bytes(b"no database " * 99)
    with pytest.raises(AuthoringError, match=r"gradebook\.db cannot be used \(file is not a database\); restore"):
        build([UNITS / "41_tiny"], course, config=SETTINGS)
    assert damaged.read_bytes() == b"no database " * 99


def test_changed_settings_stay_and_count(course: Path) -> None:
    """The instructor's own settings are kept, said to be kept, and used."""
    text = (course / CONFIG).read_text() + '\nc.ClearSolutions.text_stub = "MINE"\n'
    (course / CONFIG).write_text(text)
    again = build([UNITS / "41_tiny"], course, config=SETTINGS)
    assert (again.written, again.kept) == (("41_tiny",), (course / CONFIG,))
    assert (course / CONFIG).read_text() == text
    assert cells(course / RELEASE)["41-explain-manual-1"].source == "MINE"


def test_settings_that_would_release_solutions_are_refused(course: Path) -> None:
    """Where the settings clear nothing, nothing is released, and what was there stays."""
    before = files(course)
    with (course / CONFIG).open("a") as settings:
        settings.write("\nc.GenerateAssignment.preprocessors = []\n")
    with pytest.raises(AuthoringError, match=r"exercises\.md:\d+: the student version would show this"):
        build([UNITS / "41_tiny"], course, config=SETTINGS)
    assert files(course) == before


def test_text_beside_a_source_is_not_released(course: Path, spoiled: Callable[..., Path]) -> None:
    """A stray .md in source/ stays there; with settings that would copy it, the build is refused."""
    folder = spoiled("# A tiny unit: exercises", "# Changed")
    (course / "source/41_tiny/notes.md").write_text("the answer is 12")
    build([folder], course, config=SETTINGS)
    assert not list((course / "release").rglob("*.md"))
    with (course / CONFIG).open("a") as settings:
        settings.write("\nc.CourseDirectory.ignore = []\n")
    with pytest.raises(AuthoringError, match=r"notes\.md would be released"):
        build([folder], course, config=SETTINGS)


def test_settings_that_fail_are_an_error_of_one_line(course: Path) -> None:
    """A mistake in the settings is said as one sentence with their path."""
    (course / CONFIG).write_text("c.GenerateAssignment.preprocessors = undefined")
    with pytest.raises(AuthoringError, match=r"nbgrader_config\.py: the course's settings raise NameError"):
        build([UNITS / "41_tiny"], course, config=SETTINGS)


@pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning")  # inside nbgrader's own gradebook
def test_cells_cannot_come_or_go_once_there_are_submissions(course: Path, spoiled: Callable[..., Path]) -> None:
    """Where the gradebook holds work on a unit, a build that would lose it is refused and the release stays."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission("41_tiny", "ada")
    before = files(course)
    for _ in range(5):  # its statement, its answer and its hints
        folder = spoiled('"41-explain",', '"41-explained",')
    with pytest.raises(AuthoringError, match=r"41_tiny: the gradebook holds submissions to this unit"):
        build([folder], course, config=SETTINGS)
    assert files(course) == before


def test_stock_nbgrader_releases_the_same(course: Path) -> None:
    """``nbgrader generate_assignment`` gives the bytes that the build gave."""
    before = files(course)
    shutil.rmtree(course / "release")
    done = nbgrader(course, "generate_assignment", "41_tiny", "--force")
    assert done.returncode == 0, done.stderr
    assert files(course) == before


def test_stock_nbgrader_validates_solutions_and_not_blanks(course: Path) -> None:
    """The source passes nbgrader's own validation; the blank fails it without an exception."""
    done = nbgrader(course, "validate", str(SOURCE))
    assert "Success! Your notebook passes all the tests." in done.stdout, done.stdout + done.stderr
    done = nbgrader(course, "validate", str(RELEASE))
    assert "VALIDATION FAILED ON 4 CELL(S)" in done.stdout, done.stdout + done.stderr
    assert "Partial credit" in done.stdout
    assert "Error" not in done.stdout


def test_stock_nbgrader_grades(course: Path, tiny: Unit) -> None:
    """A solution earns everything that a machine can mark, hidden test included; a blank nothing."""
    answers = {cell.id: solved(cell.source) for e in tiny.exercises for cell in e.having("answer")}
    for student, own in (("ada", answers), ("bob", {})):
        notebook = nbformat.read(course / RELEASE, as_version=4)
        for cell in notebook.cells:
            cell.source = own.get(cell.id, cell.source)
        path = course / "submitted" / student / "41_tiny" / "exercises.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    done = nbgrader(course, "autograde", "41_tiny")
    assert done.returncode == 0, done.stderr
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        marks = {
            (submission.student_id, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions("41_tiny")
            for grade in submission.notebooks[0].grades
        }
    assert {name: mark for (student, name), mark in marks.items() if student == "ada"} == {
        "41-half-square-test-1": 2.0,
        "41-product-test-1": 1.0,
        "41-product-test-2": 0.5,
        "41-product-hidden-1": 1.5,
        "41-explain-manual-1": 0.0,
    }
    assert {mark for (student, _), mark in marks.items() if student == "bob"} == {0.0}


@pytest.fixture
def formgrader(course: Path) -> Iterator[Callable[[str, str], Any]]:
    """A Jupyter server with Formgrader in the course directory; gives a function that asks its API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"port": port, "root_dir": course, "allow_root": True, "open_browser": False}
    command = [sys.executable, "-m", "jupyter", "server", "--IdentityProvider.token=secret"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    server = subprocess.Popen(command, cwd=course, env=environment(), stderr=subprocess.DEVNULL)

    def ask(method: str, what: str) -> Any:
        url = f"http://127.0.0.1:{port}/formgrader/api/{what}"
        request = urllib.request.Request(url, method=method, headers={"Authorization": "token secret"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                ask("GET", "status")
                break
            time.sleep(0.1)
        yield ask
    finally:
        server.terminate()
        server.wait()


def test_formgrader_lists_and_releases_the_unit(course: Path, formgrader: Callable[[str, str], Any]) -> None:
    """Formgrader knows the unit and what it is worth, and its own button gives the bytes that the build gave."""
    (assignment,) = formgrader("GET", "assignments")
    assert (assignment["name"], assignment["status"], assignment["max_score"]) == ("41_tiny", "draft", 8.0)
    (notebook,) = formgrader("GET", "notebooks/41_tiny")
    assert (notebook["name"], notebook["max_code_score"], notebook["max_written_score"]) == ("exercises", 5.0, 3.0)
    before = files(course)
    shutil.rmtree(course / "release")
    assert formgrader("POST", "assignment/41_tiny/assign")["success"] is True
    assert files(course) == before


def test_the_record_is_plain(built: Built) -> None:
    """What the build remembers is a small file of digests."""
    record = json.loads((built.course / ".mcourse.json").read_text())
    assert set(record) == {CONFIG, "unit 41_tiny"}


def test_hints_lie_beside_the_notebooks(built: Built) -> None:
    """The file of hints is released as it lies beside the source, and a lost one is built again."""
    source, release = (built.course / kind / "41_tiny" / "hints.json" for kind in ("source", "release"))
    assert source.read_bytes() == release.read_bytes()
    assert "half_square" not in release.read_text(encoding="utf-8")


def test_lost_hints_are_built_again(course: Path) -> None:
    """A release without its hints is not up to date."""
    (course / "release" / "41_tiny" / "hints.json").unlink()
    assert build([UNITS / "41_tiny"], course, config=SETTINGS).written == ("41_tiny",)
    assert (course / "release" / "41_tiny" / "hints.json").is_file()
