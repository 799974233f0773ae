"""The learner's folder, and the rule that a changed file is its owner's."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring.ledger import Ledger
from autograder.authoring.workspace import Workspace, write_workspace


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The two folders of a built course from which a workspace is made."""
    for name in ("lessons/41_tiny/lesson.ipynb", "release/41_tiny/exercises.ipynb", "source/41_tiny/exercises.ipynb"):
        (tmp_path / "course" / name).parent.mkdir(parents=True)
        (tmp_path / "course" / name).write_text(f"{name}, first edition")
    return tmp_path / "course"


def names(paths: tuple[Path, ...]) -> list[str]:
    return [path.name for path in paths]


def again(course: Path) -> Workspace:
    return write_workspace(course, course.parent / "learn")


def test_lessons_and_releases_are_copied(course: Path) -> None:
    """A workspace has the lesson and the released exercises of each unit side by side, and no source."""
    made = again(course)
    assert names(made.written) == ["lesson.ipynb", "exercises.ipynb"]
    assert (made.current, made.kept) == ((), ())
    assert (made.folder / "41_tiny/exercises.ipynb").read_text() == "release/41_tiny/exercises.ipynb, first edition"


def test_a_second_time_nothing_is_written(course: Path) -> None:
    """What is there already is left as it is."""
    again(course)
    assert names(again(course).current) == ["lesson.ipynb", "exercises.ipynb"]


def test_a_new_edition_replaces_what_nobody_changed(course: Path) -> None:
    """A learner who has not touched a file gets the new one."""
    again(course)
    (course / "release/41_tiny/exercises.ipynb").write_text("second edition")
    made = again(course)
    assert (names(made.written), names(made.current)) == (["exercises.ipynb"], ["lesson.ipynb"])
    assert (made.folder / "41_tiny/exercises.ipynb").read_text() == "second edition"


def test_a_learners_work_is_never_overwritten(course: Path) -> None:
    """A changed file stays, edition after edition, and is said to be kept."""
    work = again(course).folder / "41_tiny/exercises.ipynb"
    work.write_text("my work")
    for edition in ("first edition", "second edition", "third edition"):
        (course / "release/41_tiny/exercises.ipynb").write_text(edition)
        assert names(again(course).kept) == ["exercises.ipynb"]
        assert work.read_text() == "my work"


def test_without_the_record_every_file_is_somebodys(course: Path) -> None:
    """A folder whose record is lost or broken keeps its files."""
    folder = again(course).folder
    (folder / ".mcourse.json").write_text("[broken")
    (course / "release/41_tiny/exercises.ipynb").write_text("second edition")
    assert names(again(course).kept) == ["exercises.ipynb"]


def test_a_deleted_file_comes_back(course: Path) -> None:
    """A learner who deletes a notebook gets a fresh one."""
    work = again(course).folder / "41_tiny/lesson.ipynb"
    work.unlink()
    assert names(again(course).written) == ["lesson.ipynb"]


def test_a_course_must_be_built_first(tmp_path: Path) -> None:
    """An empty course makes no empty workspace."""
    with pytest.raises(FileNotFoundError, match="build the course into it first"):
        write_workspace(tmp_path, tmp_path / "learn")
    assert not (tmp_path / "learn").exists()


def test_a_file_that_became_right_counts_as_ours(tmp_path: Path) -> None:
    """A file that somebody wrote exactly as we would is not kept back from the next edition."""
    (tmp_path / "a.txt").write_bytes(b"one")
    assert Ledger(tmp_path).put("a.txt", b"one") == "current"
    assert Ledger(tmp_path).put("a.txt", b"two") == "written"


def test_hints_come_along(course: Path) -> None:
    """The file that ``hint`` reads lies beside the exercises, as released."""
    (course / "release/41_tiny/hints.json").write_text("{}")
    (course / "source/41_tiny/hints.json").write_text("no")
    made = again(course)
    assert (made.folder / "41_tiny/hints.json").read_text() == "{}"
    assert names(made.written) == ["lesson.ipynb", "exercises.ipynb", "hints.json"]
