"""Zip files as people and their computers make them: renamed, packed again, by groups; and the class of thousands."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from tiny_course import released

from autograder.grading import archives
from autograder.grading.attempts import Attempt, recognised
from autograder.grading.collect import Collected, collect
from autograder.grading.course import GradingError
from autograder.grading.names import Roll, Sender, Unknown, find
from autograder.grading.roster import Person, import_roster

CLASS = "id,first name,last name,lms id\nada,Ada,Lovelace,4711\nzoe,Zoë,Müller-Weiß,\nbob,Bob,O'Neill,4713\n"


@pytest.fixture
def taught(course: Path, tmp_path: Path) -> Path:
    """A course that knows its class."""
    (tmp_path / "class.csv").write_text(CLASS, encoding="utf-8")
    import_roster(course, tmp_path / "class.csv")
    return course


def zipped(path: Path, files: dict[str, str], system: int = 3) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            member = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            member.create_system = system
            archive.writestr(member, text)
    return path


def unflagged(path: Path, name: str, encoding: str) -> Path:
    """A zip file whose one name is in an encoding of which the file says nothing."""
    stand_in = "X" * len(name.encode(encoding))
    data = zipped(path, {stand_in: "work"}).read_bytes()
    path.write_bytes(data.replace(stand_in.encode(), name.encode(encoding)))
    return path


def work(course: Path) -> dict[str, str]:
    top = course / "submitted"
    return {path.relative_to(top).as_posix(): path.read_text() for path in sorted(top.rglob("*.ipynb"))}


def ours(course: Path) -> str:
    return nbformat.writes(released(course))


def foreign(course: Path) -> str:
    """The notebook of another assignment: its cells have other names."""
    return ours(course).replace('"grade_id": "01-', '"grade_id": "99-')


def unnamed(course: Path) -> str:
    """A notebook into which the cells were copied by hand."""
    notebook = released(course)
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    return nbformat.writes(notebook)


CANVAS = "lovelaceada_4711_901_"
MINE = "ada/ps1/exercises.ipynb"


@pytest.mark.parametrize(
    "name", ["ps1-2.ipynb", "my homework.ipynb", "ps1: final.ipynb", "Copy of exercises.ipynb", "Exercises.ipynb"]
)
def test_a_renamed_notebook_is_known_by_its_cells(name: str, taught: Path, tmp_path: Path) -> None:
    """Whatever a student called it, the assignment's notebook comes under its own name, and that is told."""
    for text in (ours(taught), unnamed(taught)):
        found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", {CANVAS + name: text})])
        assert found.renamed == {"ada": {name: "exercises.ipynb"}}
        assert work(taught) == {MINE: text}


def test_what_is_not_taken_for_another(taught: Path, tmp_path: Path) -> None:
    """Beside the notebook itself, from another assignment, or one of several nameless ones: nothing is a guess."""
    for files in (
        {"exercises.ipynb": "mine", "scratch.ipynb": ours(taught)},
        {"other.ipynb": foreign(taught)},
        {"a.ipynb": unnamed(taught), "b.ipynb": unnamed(taught)},
    ):
        found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", {CANVAS + name: files[name] for name in files})])
        assert found.renamed == {}
        for name, text in files.items():
            assert work(taught)[f"ada/ps1/{name}"] == text


def test_the_zip_file_of_another_assignment(taught: Path, tmp_path: Path) -> None:
    """It takes no good work's place, nor that of an earlier attempt, and what is wrong with it is told."""
    good = zipped(tmp_path / "a.zip", {CANVAS + "exercises.ipynb": ours(taught)})
    wrong = zipped(tmp_path / "b.zip", {"lovelaceada_4711_950_exercises.ipynb": foreign(taught)})
    assert collect(taught, "ps1", [good, wrong]).collected == ("ada",)
    found = collect(taught, "ps1", [wrong])
    assert (found.collected, found.replaced) == ((), {})
    (reason,) = found.set_aside.values()
    assert reason == (
        "it has none of this assignment's answers, but cells of another's, such as 99-add-answer-1; ask for the right "
        "notebook, or collect the zip file of this assignment"
    )
    assert work(taught) == {MINE: ours(taught)}


def test_a_lesson_is_not_taken_for_the_exercises(taught: Path, tmp_path: Path) -> None:
    """Whoever hands in the lesson by mistake is told of, and does not get nothing for it."""
    lesson = nbformat.reads(unnamed(taught), as_version=4)
    lesson.metadata["mcourse"] = {"unit": "01_tiny"}
    archive = zipped(tmp_path / "a.zip", {CANVAS + "lesson.ipynb": nbformat.writes(lesson)})
    assert collect(taught, "ps1", [archive]).renamed == {}
    assert list(work(taught)) == ["ada/ps1/lesson.ipynb"]


def test_a_later_attempt_counts_under_another_name(taught: Path, tmp_path: Path) -> None:
    """Who hands in again under another name has handed in again."""
    first = zipped(tmp_path / "1.zip", {CANVAS + "exercises.ipynb": "first"})
    later = zipped(tmp_path / "2.zip", {"lovelaceada_4711_950_final.ipynb": ours(taught)})
    found = collect(taught, "ps1", [later, first])
    assert found.superseded == {"ada": ("1.zip: lovelaceada_4711_901_exercises.ipynb",)}
    assert work(taught) == {MINE: ours(taught)}


def test_two_notebooks_that_were_renamed(course: Path, tmp_path: Path) -> None:
    """Of an assignment with two notebooks each file is the one whose cells it has."""
    (tmp_path / "a").write_text(foreign(course))
    (tmp_path / "b").write_text(ours(course))
    cells = {f"01-{cell}-1" for cell in ("add-answer", "add-test", "times-answer", "times-test")}
    wanted = {"one.ipynb": frozenset(cells), "two.ipynb": frozenset(name.replace("01-", "99-") for name in cells)}
    given = [Attempt(str(tmp_path / name), "ada", f"{name}.ipynb", 1, 0, 1, 0) for name in "ab"]
    assert [each.name for each in recognised(given, wanted)] == ["two.ipynb", "one.ipynb"]
    alike = dict.fromkeys(wanted, frozenset(cells))
    assert [each.name for each in recognised(given, alike)] == ["a.ipynb", "b.ipynb"]


def test_what_a_mac_puts_beside_a_file(taught: Path, tmp_path: Path) -> None:
    """The double of a file, which has its name after two signs, is never the attempt that counts."""
    files = {f"{CANVAS}exercises.ipynb": "work", f"._{CANVAS}exercises.ipynb": "\0\5\26\7", "._sent": "x"}
    assert collect(taught, "ps1", [zipped(tmp_path / "a.zip", files)]) == Collected(collected=("ada",))
    assert work(taught) == {MINE: "work"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_names_whose_encoding_is_not_said(encoding: str, taught: Path, tmp_path: Path) -> None:
    """A Mac writes UTF-8 without saying so, other programs what DOS wrote: both are read as they were meant."""
    name = "Zoë Müller-Weiß_78_assignsubmission_file_/exercises.ipynb"
    found = collect(taught, "ps1", [unflagged(tmp_path / "a.zip", name, encoding)])
    assert (found.collected, found.set_aside) == (("zoe",), {})


def test_backslashes_of_windows(taught: Path, tmp_path: Path) -> None:
    """An archive that was made with them throughout is read; one name alone that has them is a student's choice."""
    name = "sent\\Ada Lovelace_77_assignsubmission_file_\\exercises.ipynb"
    packed = zipped(tmp_path / "a.zip", {"sent\\": "", name: "work", "sent\\desktop.ini": ""}, system=0)
    assert collect(taught, "ps1", [packed]) == Collected(collected=("ada",))
    forged = {
        "oneillbob_4713_900_x\\lovelaceada_4711_999_exercises.ipynb": "forged",
        "oneillbob_4713_901_exercises.ipynb": "his own",
    }
    found = collect(taught, "ps1", [zipped(tmp_path / "b.zip", forged, system=0)])
    assert (found.collected, len(found.set_aside)) == (("bob",), 1)
    assert work(taught)[MINE] == "work"


def test_the_upper_folder_counts(taught: Path, tmp_path: Path) -> None:
    """Of two notebooks of the same name that were handed in together, the one that does not lie deeper counts."""
    top = "Ada Lovelace_77_assignsubmission_file_"
    files = {f"{top}/exercises.ipynb": "work", f"{top}/old/exercises.ipynb": "old"}
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", files)])
    assert found.superseded == {"ada": (f"a.zip: {top}/old/exercises.ipynb",)}
    assert work(taught) == {MINE: "work"}


def test_an_ending_in_capitals(taught: Path, tmp_path: Path) -> None:
    """Old cameras and old systems write endings so; it is the same file."""
    collect(taught, "ps1", [zipped(tmp_path / "a.zip", {f"{CANVAS}exercises.IPYNB": "work"})])
    assert work(taught) == {MINE: "work"}


@pytest.mark.parametrize("name", ["Team 1-Ada Lovelace", "A-B-Zoë Müller-Weiß", "Default group-Bob O'Neill"])
def test_the_name_of_a_group_stands_before_that_of_the_student(name: str, taught: Path, tmp_path: Path) -> None:
    """In Moodle a team or a group stands first, with a hyphen, which names have too."""
    archive = zipped(tmp_path / "a.zip", {f"{name}_77_assignsubmission_file/exercises.ipynb": "work"})
    assert len(collect(taught, "ps1", [archive]).collected) == 1


def test_who_is_not_in_the_class_is_nobody_whose_name_is_shorter(taught: Path, tmp_path: Path) -> None:
    """A hyphen ends the name of a group only where every name has one; elsewhere it belongs to the student's."""
    sent = {
        "Zoë Müller-Weiß_77_assignsubmission_file/exercises.ipynb": "hers",
        "Bob O'Neill_78_assignsubmission_file/exercises.ipynb": "his",
        "Eve-Ada Lovelace_79_assignsubmission_file/exercises.ipynb": "of somebody else",
    }
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", sent)])
    assert found.collected == ("bob", "zoe")
    (reason,) = found.set_aside.values()
    assert reason.startswith("nobody in the roster is 'Eve-Ada Lovelace' with the number 79")


def test_a_name_that_comes_with_two_numbers(taught: Path, tmp_path: Path) -> None:
    """Two people of one name, or one who took it: neither file is taken for the student's, and that is told."""
    sent = {
        f"{name}_assignsubmission_file/exercises.ipynb": name for name in ("T-Ada Lovelace_77", "T-T-Ada Lovelace_79")
    }
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", sent)])
    assert (found.collected, work(taught), len(found.set_aside)) == ((), {}, 2)
    assert set(found.set_aside.values()) == {
        "the numbers 77 and 79 come with the name of ada, but each has one; find out whose each is, then put the "
        "right one into submitted/ by hand"
    }
    more = zipped(
        tmp_path / "b.zip", {"T-Ada Lovelace_99_assignsubmission_file/exercises.ipynb": "in another activity"}
    )
    assert collect(taught, "ps1", [more]).collected == ("ada",)


def moodle(path: Path, *senders: str) -> Path:
    """An archive with a notebook of each sender, which has the sender's name and number in it."""
    return zipped(path, {f"{sender}_assignsubmission_file/exercises.ipynb": sender for sender in senders})


def test_one_name_that_comes_alone_with_another_number(taught: Path, tmp_path: Path) -> None:
    """Whoever is not in the class and has a student's name is told by the number, also alone in a later archive."""
    first = moodle(tmp_path / "a.zip", "Ada Lovelace_77", "Bob O'Neill_78")
    other = moodle(tmp_path / "b.zip", "Ada Lovelace_79")
    reason = (
        "the number 79 comes with the name of ada, whose work came with 77 before; find out whose it is, then put it "
        "into submitted/ by hand"
    )
    together = collect(taught, "ps1", [first, other])
    assert (together.collected, list(together.set_aside.values())) == (("ada", "bob"), [reason])
    alone = collect(taught, "ps1", [other])
    assert (alone.collected, list(alone.set_aside.values())) == ((), [reason])
    assert work(taught)[MINE] == "Ada Lovelace_77"
    some = collect(taught, "ps1", [moodle(tmp_path / "c.zip", "Ada Lovelace_79", "Bob O'Neill_78")])
    assert (some.unchanged, list(some.set_aside.values())) == (("bob",), [reason])


def test_another_activity_has_other_numbers(taught: Path, tmp_path: Path) -> None:
    """Moodle numbers everybody anew there: where no number is that of before, nobody is taken for somebody else."""
    collect(taught, "ps1", [moodle(tmp_path / "a.zip", "Ada Lovelace_77", "Bob O'Neill_78")])
    again = moodle(tmp_path / "b.zip", "Ada Lovelace_97", "Bob O'Neill_98")
    assert collect(taught, "ps1", [again]).collected == ("ada", "bob")
    assert collect(taught, "ps1", [again]) == Collected(unchanged=("ada", "bob"))


def test_what_follows_a_hyphen_is_no_name_in_canvas() -> None:
    """There no group stands before a name, and whoever is called like that is somebody else."""
    roll = Roll([Person("ada", "Ada", "Lovelace")])
    with pytest.raises(Unknown, match="nobody in the roster"):
        find(Sender("canvas", "eve-lovelaceada", "5"), roll)
    assert find(Sender("moodle", "eve-lovelaceada", "5", grouped=True), roll) == "ada"


def test_blind_marking_is_told(taught: Path, tmp_path: Path) -> None:
    """Where Moodle left out the names, the sentence says what to do there."""
    archive = zipped(tmp_path / "a.zip", {"Participant_77_assignsubmission_file/exercises.ipynb": "work"})
    (reason,) = collect(taught, "ps1", [archive]).set_aside.values()
    assert reason == "Moodle left the names out (blind marking); reveal them there, then download again"


def test_a_folder_that_a_browser_unpacked(taught: Path, tmp_path: Path) -> None:
    """It is read as the archive was; links are not followed, what is no notebook is named, clutter is passed over."""
    sent = tmp_path / "sent" / "Zoë Müller-Weiß_78_assignsubmission_file_"
    sent.mkdir(parents=True)
    (sent / "exercises.ipynb").write_text("hers")
    (sent / ".DS_Store").write_text("x")
    (sent / "essay.pdf").write_text("x")
    (tmp_path / "sent" / f"{CANVAS}exercises.ipynb").write_text("his")
    if sys.platform == "linux":  # elsewhere the system itself refuses such a name
        Path(os.fsdecode(os.fsencode(sent) + b"/notes\xff.ipynb")).write_text("x")
    (tmp_path / "sent" / "oneillbob_4713_900_exercises.ipynb").symlink_to("/etc/passwd")
    found = collect(taught, "ps1", [tmp_path / "sent"])
    assert found.collected == ("ada", "zoe")
    kept = {name: text for name, text in work(taught).items() if "notes" not in name}
    assert kept == {MINE: "his", "zoe/ps1/exercises.ipynb": "hers"}
    assert sorted(found.set_aside) == [
        "sent: Zoë Müller-Weiß_78_assignsubmission_file_/essay.pdf",
        "sent: oneillbob_4713_900_exercises.ipynb",
    ]
    assert not list(taught.glob(".mcourse/collect*"))


def test_a_folder_with_a_time_that_no_archive_can_say(taught: Path, tmp_path: Path) -> None:
    """A clock that went wrong stops nobody's work."""
    for number, (name, moment) in enumerate((("Ada Lovelace", 0), ("Zoë Müller-Weiß", 9_000_000_000))):
        sent = tmp_path / "sent" / f"{name}_{number}_assignsubmission_file" / "exercises.ipynb"
        sent.parent.mkdir(parents=True)
        sent.write_text(name)
        os.utime(sent, (moment, moment))
    assert collect(taught, "ps1", [tmp_path / "sent"]) == Collected(collected=("ada", "zoe"))


def test_a_folder_that_cannot_be_opened(taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever hands in what the instructor's computer may not read is named, and not passed over in silence."""
    sent = tmp_path / "sent" / "Ada Lovelace_1_assignsubmission_file"
    sent.mkdir(parents=True)
    scan = os.scandir

    def refuse(path: str | int) -> object:
        if path == str(sent):
            raise PermissionError(13, "Permission denied", str(sent))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert collect(taught, "ps1", [tmp_path / "sent"]).set_aside == {
        "sent": f"{sent.name} in it cannot be read (Permission denied); make it readable, then collect again"
    }


def test_a_folder_with_too_large_notebooks(taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are weighed before the first of them is copied."""
    monkeypatch.setattr(archives, "MOST_BYTES", 2_000_000)
    (tmp_path / "sent").mkdir()
    for number in range(3):
        (tmp_path / "sent" / f"{CANVAS}{number}.ipynb").write_text("x" * 1_000_000)
    with pytest.raises(archives.Unpackable, match="its notebooks have 3 MB, more than 2; split it"):
        archives.packed(tmp_path / "sent", tmp_path / "packed.zip")
    assert not (tmp_path / "packed.zip").exists()
    assert list(collect(taught, "ps1", [tmp_path / "sent"]).set_aside) == ["sent"]


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_a_full_disk_is_not_the_fault_of_an_archive(
    kind: str, taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told to download again what is in order."""
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / f"{CANVAS}exercises.ipynb").write_text("work")
    sent = zipped(tmp_path / "a.zip", {f"{CANVAS}exercises.ipynb": "work"}) if kind == "zip" else tmp_path / "sent"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    monkeypatch.setattr(archives, "_write", full)
    with pytest.raises(GradingError, match=f"There is no room left in {taught}; make room, then collect again"):
        collect(taught, "ps1", [sent])


def test_a_folder_with_too_much_in_it(taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names the wrong folder does not wait for all that is in it."""
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    (tmp_path / "home").mkdir()
    for number in range(9):
        (tmp_path / "home" / f"{number}.txt").write_text("x")
    assert collect(taught, "ps1", [tmp_path / "home"]).set_aside == {"home": "it has more than 3 files; split it"}
