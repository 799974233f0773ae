"""Zip files of a learning management system: the right work in the right folder, and nothing anywhere else."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from autograder.grading import archives as archives_module
from autograder.grading.archives import Unpackable, unpack
from autograder.grading.collect import Collected, collect
from autograder.grading.course import GradingError, open_course
from autograder.grading.names import PATTERNS, Roll, Sender, Unknown, find
from autograder.grading.roster import Person, import_roster

CLASS = (
    "id,first name,last name,lms id\n"
    "ada,Ada,Lovelace,4711\nbob,Bob,O'Neill,4712\ncy,Zoë,Ng,\ntwin1,Sam,Lee,\ntwin2,Sam,Lee,\n"
)
Entry = tuple[str | zipfile.ZipInfo, str]


def zipped(path: Path, *entries: Entry) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return path


def at(name: str, *moment: int) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, moment or (2026, 1, 1, 0, 0, 0))


@pytest.fixture
def taught(course: Path, tmp_path: Path) -> Path:
    """A course that knows its class."""
    (tmp_path / "class.csv").write_text(CLASS, encoding="utf-8")
    import_roster(course, tmp_path / "class.csv")
    return course


def work(course: Path, student: str) -> str:
    return (course / "submitted" / student / "ps1" / "exercises.ipynb").read_text()


def handed_in(course: Path) -> set[str]:
    return {str(path.relative_to(course / "submitted")) for path in (course / "submitted").rglob("*.ipynb")}


def outside(tmp_path: Path, course: Path) -> set[Path]:
    """Everything but the course's folders for submissions and for the names they came under, and the archives."""
    own = course / "submitted", course / ".mcourse" / "sent"
    return {path for path in tmp_path.rglob("*") if path.suffix != ".zip" and not any(map(path.is_relative_to, own))}


SENT = {
    "canvas": ("lovelaceada_4711_901_exercises.ipynb", "ada"),
    "canvas late": ("lovelaceada_LATE_4711_901_exercises.ipynb", "ada"),
    "canvas again": ("lovelaceada_4711_901_exercises-1.ipynb", "ada"),
    "browser again": ("lovelaceada_4711_901_exercises (2).ipynb", "ada"),
    "canvas by name": ("ngzoë_99_901_exercises.ipynb", "cy"),
    "wrapped": ("ps1 submissions/oneillbob_4712_901_exercises.ipynb", "bob"),
    "moodle folder": ("Ada Lovelace_77_assignsubmission_file_/exercises.ipynb", "ada"),
    "moodle 4 folder": ("Ada Lovelace_77_assignsubmission_file/exercises.ipynb", "ada"),
    "moodle 4 subfolder": ("Ada Lovelace_77_assignsubmission_file/my work/exercises.ipynb", "ada"),
    "moodle flat": ("Ada Lovelace_77_assignsubmission_file_exercises.ipynb", "ada"),
    "moodle accents": ("Zoe\u0308 Ng_77_assignsubmission_file_/exercises.ipynb", "cy"),
    "moodle subfolder": ("Bob O'Neill_77_assignsubmission_file_/my work/exercises.ipynb", "bob"),
}


@pytest.mark.parametrize(("name", "student"), SENT.values(), ids=SENT)
def test_whose(name: str, student: str, taught: Path, tmp_path: Path) -> None:
    """A file that Canvas or Moodle named goes to its student, under its own name."""
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", (name, "work"))])
    assert found == Collected(collected=(student,), late=(student,) if "LATE" in name else ())
    assert work(taught, student) == "work"
    assert len(handed_in(taught)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace_77_assignsubmission_file_/Bob O'Neill_78_assignsubmission_file_exercises.ipynb",
        "Ada Lovelace_77_assignsubmission_file_/Bob O'Neill_78_assignsubmission_file_/exercises.ipynb",
        "Ada Lovelace_77_assignsubmission_file/Bob O'Neill_78_assignsubmission_file/exercises.ipynb",
        "Ada Lovelace_77_assignsubmission_file/oneillbob_4712_901_exercises.ipynb",
        "Ada Lovelace_77_assignsubmission_file_oneillbob_4712_901_exercises.ipynb",
        "lovelaceada_4711_901_oneillbob_4712_902_exercises.ipynb",
        "lovelaceada_4711_901_Bob O'Neill_78_assignsubmission_file_exercises.ipynb",
    ],
)
def test_a_name_that_is_chosen_is_nobody_else(name: str, taught: Path, tmp_path: Path) -> None:
    """A student who names a file or folder as the system names another's hands in for nobody but themselves."""
    assert collect(taught, "ps1", [zipped(tmp_path / "a.zip", (name, "forged"))]).collected == ("ada",)
    assert not (taught / "submitted" / "bob").exists()


def test_latest_upload_wins(taught: Path, tmp_path: Path) -> None:
    """In Canvas the upload with the highest number counts, in whichever archive; the others are named."""
    first = zipped(
        tmp_path / "new.zip",
        ("lovelaceada_4711_1000_exercises-1.ipynb", "latest"),
        ("lovelaceada_4711_20_exercises.ipynb", "first"),
    )
    second = zipped(tmp_path / "old.zip", ("lovelaceada_LATE_4711_999_exercises.ipynb", "second"))
    found = collect(taught, "ps1", [first, second])
    assert work(taught, "ada") == "latest"
    assert set(found.superseded["ada"]) == {
        "new.zip: lovelaceada_4711_20_exercises.ipynb",
        "old.zip: lovelaceada_LATE_4711_999_exercises.ipynb",
    }


def test_latest_time_wins(taught: Path, tmp_path: Path) -> None:
    """In Moodle the later time counts, and of equal times the archive that is named later."""
    name = "Ada Lovelace_7_assignsubmission_file_/exercises.ipynb"
    late = zipped(tmp_path / "a.zip", (at(name, 2026, 3, 1, 12, 0, 0), "late"))
    early = zipped(tmp_path / "b.zip", (at(name, 2026, 2, 1, 12, 0, 0), "early"))
    same = zipped(tmp_path / "c.zip", (at(name, 2026, 3, 1, 12, 0, 0), "same time"))
    assert collect(taught, "ps1", [late, early]).collected == ("ada",)
    assert work(taught, "ada") == "late"
    collect(taught, "ps1", [late, same])
    assert work(taught, "ada") == "same time"


def test_twice_is_once(taught: Path, tmp_path: Path) -> None:
    """The same archive again, or twice at once, changes nothing and is no second attempt."""
    archive = zipped(tmp_path / "a.zip", ("lovelaceada_4711_901_exercises.ipynb", "work"))
    assert collect(taught, "ps1", [archive, archive]) == Collected(collected=("ada",))
    assert collect(taught, "ps1", [archive]) == Collected(unchanged=("ada",))


def test_what_is_replaced_is_kept(taught: Path, tmp_path: Path) -> None:
    """A resubmission replaces its notebook alone; all that stood there before is kept aside, each time anew."""
    folder = taught / "submitted" / "ada" / "ps1"
    folder.mkdir(parents=True)
    (folder / "exercises.ipynb").write_text("one")
    (folder / "data.csv").write_text("1")
    (folder / "timestamp.txt").write_text("2026-01-01 00:00:00")
    for number, text in ((1, "two"), (2, "three")):
        archive = zipped(tmp_path / f"{number}.zip", (f"lovelaceada_4711_{number}_exercises.ipynb", text))
        place = collect(taught, "ps1", [archive]).replaced["ada"]
        assert place == taught.resolve() / ".mcourse" / "earlier" / "ps1" / "ada" / str(number)
    assert work(taught, "ada") == "three"
    assert {path.name for path in folder.iterdir()} == {"exercises.ipynb", "data.csv"}
    assert (place.parent / "1" / "timestamp.txt").exists()
    assert [(place.parent / n / "exercises.ipynb").read_text() for n in "12"] == ["one", "two"]


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


OWN = "lovelaceada_4711_901_"
BAD: dict[str, tuple[str | zipfile.ZipInfo, str]] = {
    "parent": (f"../../{OWN}exercises.ipynb", "leads out of the folder"),
    "inner parent": (f"x/../../{OWN}exercises.ipynb", "leads out of the folder"),
    "absolute": (f"/tmp/{OWN}exercises.ipynb", "leads out of the folder"),
    "windows": (f"..\\{OWN}exercises.ipynb", "leads out of the folder"),
    "drive": (f"C:{OWN}exercises.ipynb", "leads out of the folder"),
    "link": (special(f"{OWN}exercises.ipynb", stat.S_IFLNK | 0o777), "is a link"),
    "fifo": (special(f"{OWN}exercises.ipynb", stat.S_IFIFO | 0o644), "no regular file"),
    "device": (special(f"{OWN}exercises.ipynb", stat.S_IFBLK | 0o644), "no regular file"),
    "bell": (f"{OWN}exer\acises.ipynb", "characters in it that are no text"),
    "long": (f"{OWN}{'a' * 300}.ipynb", "too long"),
    "deep": (f"{'a/' * 50}{OWN}exercises.ipynb", "too long"),
    "archive": (f"{OWN}exercises.zip", "archives in archives are not opened"),
    "no notebook": (f"{OWN}essay.pdf", "it is no notebook; where no notebook came with it, ask for the .ipynb file"),
    "no system": ("exercises.ipynb", "not of the form that Canvas or Moodle give"),
    "nobody": ("eve_666_901_exercises.ipynb", "nobody in the roster is 'eve' with the number 666"),
    "twins": ("Sam Lee_7_assignsubmission_file_/exercises.ipynb", "may be twin1, twin2; find out who it is"),
    "twins in canvas": ("leesam_7_901_exercises.ipynb", "may be twin1, twin2; give each an LMS id in the roster"),
    "name of another number": ("lovelaceada_4799_901_exercises.ipynb", "nobody in the roster"),
}


@pytest.mark.parametrize(("name", "reason"), BAD.values(), ids=BAD)
def test_set_aside(name: str | zipfile.ZipInfo, reason: str, taught: Path, tmp_path: Path) -> None:
    """What cannot be trusted or placed is set aside with its reason; it holds up nobody and writes nothing else."""
    before = outside(tmp_path, taught)
    good = ("oneillbob_4712_900_exercises.ipynb", "good")
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", (name, "/etc/passwd"), good)])
    assert found.collected == ("bob",)
    assert [reason in said for said in found.set_aside.values()] == [True]
    assert handed_in(taught) == {"bob/ps1/exercises.ipynb"}
    assert outside(tmp_path, taught) == before


def test_clutter_is_passed_over(taught: Path, tmp_path: Path) -> None:
    """What a computer puts into archives by itself is no student's file."""
    clutter = [
        (f"__MACOSX/._{OWN}exercises.ipynb", "x"),
        (".DS_Store", "x"),
        (f"a/.ipynb_checkpoints/{OWN}e.ipynb", ""),
    ]
    assert collect(taught, "ps1", [zipped(tmp_path / "a.zip", *clutter)]) == Collected()


def test_bomb(taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to more than a notebook may have is left out, whatever size it claims."""
    monkeypatch.setattr(archives_module, "LARGEST", 2_000_000)
    archive = zipped(tmp_path / "a.zip", (f"{OWN}exercises.ipynb", "0" * 3_000_000))
    assert archive.stat().st_size < 5_000
    data = archive.read_bytes().replace((3_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    (tmp_path / "lies.zip").write_bytes(data)
    for path in (archive, tmp_path / "lies.zip"):
        found = collect(taught, "ps1", [path])
        assert len(found.set_aside) == 1
        assert handed_in(taught) == set()


def test_bomb_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together, too, files have a bound, in number and in bytes."""
    entries = [(f"{k}.ipynb", "0" * 1000) for k in range(5)]
    archive = zipped(tmp_path / "a.zip", *entries)
    monkeypatch.setattr(archives_module, "MOST_BYTES", 2500)
    assert sorted(unpack(archive, tmp_path / "bytes")) == ["2.ipynb", "3.ipynb", "4.ipynb"]
    monkeypatch.setattr(archives_module, "MOST_FILES", 4)
    with pytest.raises(Unpackable, match="has more than 4 files"):
        unpack(archive, tmp_path / "number")


def damaged(kind: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{OWN}exercises.ipynb", "a wholly regular notebook")
    data = out.getvalue()
    return {
        "no zip": b"hello",
        "empty": b"",
        "cut off": data[:-30],
        "crc": data.replace(b"wholly", b"hollow"),
        "encrypted": data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
        "unknown method": data.replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\0\0\0\x63\0"
        ),
    }[kind]


@pytest.mark.parametrize("kind", ["no zip", "empty", "cut off", "crc", "encrypted", "unknown method"])
def test_damaged(kind: str, taught: Path, tmp_path: Path) -> None:
    """A damaged or locked archive is set aside in a sentence, and the next one is collected."""
    (tmp_path / "bad.zip").write_bytes(damaged(kind))
    good = zipped(tmp_path / "good.zip", ("oneillbob_4712_900_exercises.ipynb", "good"))
    found = collect(taught, "ps1", [tmp_path / "bad.zip", good])
    assert found.collected == ("bob",)
    assert len(found.set_aside) == 1
    assert handed_in(taught) == {"bob/ps1/exercises.ipynb"}


def test_never_through_a_link(taught: Path, tmp_path: Path) -> None:
    """Where a student's folder is a link to elsewhere, nothing is written through it."""
    (tmp_path / "elsewhere").mkdir()
    (taught / "submitted").mkdir(exist_ok=True)
    (taught / "submitted" / "ada").symlink_to(tmp_path / "elsewhere")
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", (f"{OWN}exercises.ipynb", "work"))])
    assert "is a link to elsewhere" in next(iter(found.set_aside.values()))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_where_all_that_is_handed_in_lies_elsewhere(taught: Path, tmp_path: Path) -> None:
    """An instructor may have ``submitted`` on another disk, by a link."""
    (tmp_path / "disk").mkdir()
    (taught / "submitted").symlink_to(tmp_path / "disk")
    archive = zipped(tmp_path / "a.zip", ("lovelaceada_4711_901_exercises.ipynb", "work"))
    assert collect(taught, "ps1", [archive]).collected == ("ada",)
    assert (tmp_path / "disk" / "ada" / "ps1" / "exercises.ipynb").read_text() == "work"


def test_an_id_that_is_a_path(taught: Path, tmp_path: Path) -> None:
    """An id that somebody put into the gradebook and that leads elsewhere is refused, not followed."""
    with open_course(taught) as opened, opened.gradebook() as gradebook:
        gradebook.add_student("../../evil", lms_user_id="5")
    found = collect(taught, "ps1", [zipped(tmp_path / "a.zip", ("x_5_901_exercises.ipynb", "work"))])
    assert r"'../../evil' has a / or \ in it" in next(iter(found.set_aside.values()))
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("assignment", "name", "said"),
    [
        ("ps1", "missing.zip", r"There is no file .*missing\.zip; give the path"),
        ("ps9", "a.zip", "There is no assignment 'ps9'"),
    ],
)
def test_refused(assignment: str, name: str, said: str, taught: Path, tmp_path: Path) -> None:
    """A wrong assignment or file is said in a sentence."""
    zipped(tmp_path / "a.zip", (f"{OWN}exercises.ipynb", "work"))
    with pytest.raises(GradingError, match=said):
        collect(taught, assignment, [tmp_path / name])


def test_without_a_class(course: Path, tmp_path: Path) -> None:
    """Where the gradebook knows nobody, the sentence says how to read in the class."""
    with pytest.raises(GradingError, match=r"mcourse roster FILE\.csv"):
        collect(course, "ps1", [zipped(tmp_path / "a.zip", (f"{OWN}exercises.ipynb", "work"))])


def test_nothing_stays(taught: Path, tmp_path: Path) -> None:
    """Unpacked files are gone afterwards."""
    collect(taught, "ps1", [zipped(tmp_path / "a.zip", (f"{OWN}exercises.ipynb", "work"))])
    assert not (taught / ".mcourse" / "collect").exists()


def test_the_number_of_moodle_is_no_students(taught: Path) -> None:
    """Moodle's number is that of a participation: it does not find the student who has it in the roster."""
    roll = Roll([Person("ada", "Ada", "Lovelace", lms_user_id="4711")])
    with pytest.raises(Unknown, match="nobody"):
        find(Sender("moodle", "Bob", "4711"), roll)
    assert set(PATTERNS) == {"moodle", "canvas"}
