"""Opening a course directory, and what is said where that is not possible."""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path

import pytest
from tiny_course import hand_in

from autograder.grading import GradingError, grade, write_feedback
from autograder.grading.course import open_course

pytestmark = pytest.mark.slow  # nbgrader itself takes two seconds to import


def test_no_course(tmp_path: Path) -> None:
    """A folder that is no course is named, with the command that makes one, and nothing is written into it."""
    with pytest.raises(GradingError, match="is no course directory; make one with: mcourse build --into"):
        grade(tmp_path, "ps1")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_above(course: Path) -> None:
    """Whoever names the folder in which a course lies is asked whether that one was meant."""
    with pytest.raises(GradingError, match=f"{course.parent} is no course directory; did you mean {course}?"):
        grade(course.parent, "ps1")


def test_unknown_assignment(course: Path) -> None:
    """A misspelt assignment is answered with the one that was probably meant."""
    with pytest.raises(GradingError, match=r"no assignment 'ps2' .* did you mean ps1\?"):
        grade(course, "ps2")
    with pytest.raises(GradingError, match=r"no assignment 'ps1/' .* did you mean ps1\?"):
        grade(course, "ps1/")  # as a shell completes the name of a folder
    with pytest.raises(GradingError, match=r"no assignment '' .* there are ps1"):
        grade(course, "")


def test_no_assignment_yet(course: Path) -> None:
    """What was never released is answered with the command that releases it; any other with what there is."""
    (course / "source" / "week 2").mkdir()
    with pytest.raises(GradingError, match=r"release it first: nbgrader generate_assignment 'week 2'$"):
        grade(course, "week 2")
    with pytest.raises(GradingError, match=r"no assignment 'xyz' in the gradebook of .*; there are ps1$"):
        grade(course, "xyz")


def test_nobody(course: Path) -> None:
    """With no submissions the message says where they belong."""
    with pytest.raises(GradingError, match=r"Nobody has handed in ps1; .*submitted/STUDENT/ps1"):
        grade(course, "ps1")


def test_unknown_student(course: Path) -> None:
    """Asking for a student who handed in nothing is an error, not an empty result."""
    hand_in(course, "ada")
    with pytest.raises(GradingError, match="bob handed in nothing for ps1"):
        grade(course, "ps1", students=["ada", "bob"])


def test_a_folder_that_nobody_may_open(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A student whose folder this user cannot look into is listed, and not passed over as if nothing were there."""
    hand_in(course, "ada")
    folder = hand_in(course, "bob").parent
    closed = folder.parent
    may, seen = os.access, Path.is_symlink

    def is_symlink(path: Path) -> bool:
        if path.parent == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return seen(path)

    folder.rename(course / "away")  # as for a user who may not look: root may
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed and may(path, mode))
    monkeypatch.setattr(Path, "is_symlink", is_symlink)
    result = grade(course, "ps1")
    assert result.graded == ("ada",)
    assert result.set_aside == {"bob": f"{folder} cannot be opened (Permission denied); make it readable"}


def test_nobody_may_look_where_all_is_handed_in(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is no class of whom nobody has handed in."""
    handed_in = hand_in(course, "ada").parents[1].parent
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != handed_in and may(path, mode))
    with pytest.raises(GradingError, match=f"^{handed_in} cannot be looked into; make it readable"):
        grade(course, "ps1")


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": [{}], "metadata": {}}'])
@pytest.mark.parametrize("step", ["source", "release"])
def test_a_notebook_of_the_instructors_that_is_none(course: Path, step: str, text: str) -> None:
    """It is named, with what to do."""
    hand_in(course, "ada")
    path = course / step / "ps1" / "exercises.ipynb"
    path.chmod(0o644)
    path.write_text(text)
    with pytest.raises(GradingError, match=f"^{path} is no notebook that can be read; restore it, or release"):
        grade(course, "ps1")


def test_folders_that_lie_elsewhere(course: Path, tmp_path: Path) -> None:
    """What is handed in and what is graded may lie outside of the course, as nbgrader lets them."""
    hand_in(course, "ada")
    (course / "submitted").rename(tmp_path / "handed in")
    with (course / "nbgrader_config.py").open("a") as file:
        for step, name in (("submitted", "handed in"), ("autograded", "graded"), ("feedback", "returned")):
            file.write(f"c.CourseDirectory.{step}_directory = {str(tmp_path / name)!r}\n")
    result = grade(course, "ps1")
    assert result.graded == ("ada",)
    assert [page.parents[2] for page in write_feedback(course, result)] == [tmp_path / "returned"]
    assert (tmp_path / "graded" / "ada" / "ps1" / "exercises.ipynb").is_file()
    assert grade(course, "ps1").unchanged == ("ada",)


def test_broken_configuration(course: Path) -> None:
    """An error in the instructor's configuration is said in a sentence, with the file."""
    (course / "nbgrader_config.py").write_text("c.Execute.timeout = oops")
    with pytest.raises(GradingError, match=r"nbgrader_config.py cannot be read .*oops"):
        grade(course, "ps1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raise SystemExit(3)", r"cannot be read \(SystemExit: 3\)"),
        ("c.CourseDirectory.course_id = 5", "cannot be used .*course_id.*not the int 5"),
        ("c.CourseDirectory.directory_structure = '{step}'", "cannot be used .*step"),
        ("c.Autograde.autograde_preprocessors = ['no.such']", "cannot be used .*No module named 'no'"),
        ("c.AssignLatePenalties.plugin_class = 'no.Such'", "cannot be used .*no.Such"),
    ],
)
def test_a_configuration_that_cannot_be_used(course: Path, line: str, said: str) -> None:
    """What nbgrader, or a class that it names, does not take is said in a sentence, with the file."""
    hand_in(course, "ada")
    (course / "nbgrader_config.py").write_text(f"c = get_config()\n{line}\n")
    with pytest.raises(GradingError, match=rf"nbgrader_config.py {said}.*; correct it first"):
        grade(course, "ps1")


def test_a_configuration_of_a_course_elsewhere(course: Path, tmp_path: Path) -> None:
    """A directory whose own configuration says that the course is elsewhere is not graded as if it were the course."""
    here = tmp_path / "configured"
    here.mkdir()
    (here / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(course)!r}\n")
    with pytest.raises(GradingError, match=f"says that the course is in {course} .*--course {course}$"):
        grade(here, "ps1")


def test_broken_gradebook(course: Path) -> None:
    """A damaged gradebook is said in a sentence."""
    (course / "gradebook.db").write_bytes(b"this is no database, though it has a few bytes" * 100)
    with pytest.raises(GradingError, match=r"gradebook .* cannot be used .*restore it from a copy"):
        grade(course, "ps1")


def test_one_at_a_time(course: Path) -> None:
    """Two graders in one directory would overwrite each other's work."""
    with open_course(course), pytest.raises(GradingError, match="Another run is grading"):
        grade(course, "ps1")


def test_everything_is_put_back(course: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Directory and PATH are as before, and neither records nor warnings reach the terminal."""
    before = os.getcwd(), os.environ["PATH"], logging.getLogger().handlers[:]
    with open_course(course) as opened:
        assert Path(os.getcwd()) == opened.root
        logging.getLogger("nbgrader").warning("a record")
        warnings.warn("a warning", stacklevel=1)
    assert (os.getcwd(), os.environ["PATH"], logging.getLogger().handlers) == before
    assert capfd.readouterr().err == ""


def test_where_an_assignment_was_looked_for(course: Path, tmp_path: Path) -> None:
    """Where the configuration puts the gradebook elsewhere, that one is named."""
    with open_course(course) as opened, pytest.raises(GradingError, match=f"in the gradebook of {course}; did you"):
        opened.require("ps")
    address = f"sqlite:///{tmp_path}/other.db"
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CourseDirectory.db_url = {address!r}\n")
    with open_course(course) as opened, pytest.raises(GradingError, match=f"in the gradebook {address} "):
        opened.require("ps")
