"""Feedback goes back to the platform that work came from: each page to its student, and nobody is left out silently.

What the platforms do with a zip file is written down here once more, in their own order of steps.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner, Result
from tiny_course import Grade, hand_in, released

from autograder.cli import main
from autograder.grading import GradingError, survey, write_feedback
from autograder.grading.collect import collect
from autograder.grading.course import open_course
from autograder.grading.hand_back import HandedBack, hand_back, place
from autograder.grading.roster import import_roster
from autograder.grading.sent import recall, returned

CLASS = "id,first name,last name,lms id\nada,Ada,Lovelace,4711\nzoe,Zoë,Müller-Weiß,\nbob,Bob,O'Neill,4713\n"
TWINS = "sam1,Sam,Lee,\nsam2,Sam,Lee,\n"


@pytest.fixture
def taught(course: Path, tmp_path: Path) -> Path:
    """A course that knows its class."""
    (tmp_path / "class.csv").write_text(CLASS + TWINS, encoding="utf-8")
    import_roster(course, tmp_path / "class.csv")
    return course


def sent(course: Path, path: Path, *names: str) -> Path:
    """A zip file with the released notebook under these names, each in its own words."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            notebook = released(course)
            notebook.cells.append(nbformat.v4.new_markdown_cell(f"I am {name}"))
            archive.writestr(name, nbformat.writes(notebook))
    return path


def canvas_takes(path: Path, uploads: Mapping[str, str]) -> dict[str, str]:
    """By student's number, the page that Canvas adds to a comment; ``uploads`` has by number whose it is."""
    out = {}
    for name in zipfile.ZipFile(path).namelist():
        parts = [part for part in Path(name).name.split("_") if part != "LATE"]
        student, upload = [part for part in parts if part.isdigit()][:2]
        assert not parts[-1].startswith("link")
        assert uploads.get(upload) == student, f"Canvas would ignore {name}"
        out[student] = zipfile.ZipFile(path).read(name).decode()
    return out


def moodle_takes(path: Path) -> dict[tuple[str, str], str]:
    """By participant's number and file name, the page that Moodle puts among the feedback files."""
    out = {}
    for name in zipfile.ZipFile(path).namelist():
        parts = name.split("/")
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) >= 4 and info[1].isdigit() and info[2:4] == ["assignsubmission", "file"]:
                file = "/".join([*info[4:], *parts]).lstrip("/")
                out[info[1], file] = zipfile.ZipFile(path).read(name).decode()
                break
        else:
            pytest.fail(f"Moodle would ignore {name}")
    return out


def packed(course: Path, *students: str) -> HandedBack:
    grading = survey(course, "ps1", students=students or None)
    return hand_back(course, grading, write_feedback(course, grading))


def pages(course: Path, *students: str) -> list[str]:
    return [(course / "feedback" / who / "ps1" / "exercises.html").read_text() for who in students]


def test_canvas(taught: Path, tmp_path: Path, grade: Grade) -> None:
    """Late, in a second attempt, renamed, in a folder, by name alone: each page comes with the upload that counts."""
    first = sent(
        taught, tmp_path / "1.zip", "lovelaceada_4711_901_exercises.ipynb", "oneillbob_4713_902_my 7_8 work.ipynb"
    )
    later = sent(
        taught,
        tmp_path / "2.zip",
        "ps1 submissions/lovelaceada_LATE_4711_950_exercises-1.ipynb",
        "ps1 submissions/müllerweißzoë_99_903_exercises (2).ipynb",
    )
    collect(taught, "ps1", [first])
    collect(taught, "ps1", [later, first])
    grade(taught, "ps1")
    found = packed(taught)
    assert found == HandedBack({"canvas": place(taught, "canvas", "ps1")}, {"canvas": ("ada", "bob", "zoe")})
    assert zipfile.ZipFile(found.archives["canvas"]).namelist() == [
        "lovelaceada_LATE_4711_950_exercises-1.html",
        "müllerweißzoë_99_903_exercises (2).html",
        "oneillbob_4713_902_my 7_8 work.html",
    ]
    taken = canvas_takes(found.archives["canvas"], {"950": "4711", "902": "4713", "903": "99"})
    assert [taken["4711"], taken["4713"], taken["99"]] == pages(taught, "ada", "bob", "zoe")
    assert "I am ps1 submissions/lovelaceada_LATE_4711_950" in taken["4711"]


@pytest.mark.parametrize(
    "form", ["{}_assignsubmission_file/", "{}_assignsubmission_file_/mine/", "{}_assignsubmission_file_"]
)
@pytest.mark.parametrize("group", ["", "Team 1-", "Default group-"])
def test_moodle(form: str, group: str, taught: Path, tmp_path: Path, grade: Grade) -> None:
    """Every shape of folder that Moodle ever made, groups and accents among them, goes back as it came."""
    senders = {"ada": "Ada Lovelace_77", "bob": "Bob O'Neill_79", "zoe": "Zoe\u0308 Mu\u0308ller-Weiß_78"}
    names = [f"{form.format(group + sender)}exercises.ipynb" for sender in senders.values()]
    collect(taught, "ps1", [sent(taught, tmp_path / "a.zip", *names)])
    grade(taught, "ps1")
    found = packed(taught)
    assert found.students == {"moodle": ("ada", "bob", "zoe")}
    taken = moodle_takes(found.archives["moodle"])
    expected = {
        (sender[-2:], "exercises.html"): page
        for sender, page in zip(senders.values(), pages(taught, *senders), strict=True)
    }
    assert taken == expected


def test_several_notebooks() -> None:
    """Each page goes with its own upload; one whose notebook did not come by itself, with another of the student's."""
    uploads = {"a.ipynb": "x/oneillbob_4713_901_a-2.ipynb", "b.ipynb": "x/oneillbob_4713_902_b_3_4.ipynb"}
    assert [returned(uploads, name)[1] for name in ("a.html", "b.html", "c.html")] == [
        "oneillbob_4713_901_a-2.html",
        "oneillbob_4713_902_b_3_4.html",
        "oneillbob_4713_901_c.html",
    ]
    folder = dict.fromkeys(["a.ipynb", "b.ipynb"], "Ada_7_assignsubmission_file/in/a.ipynb")
    assert [returned(folder, name)[1] for name in ("a.html", "b.html", "c.html")] == [
        f"Ada_7_assignsubmission_file/{name}.html" for name in "abc"
    ]


def test_two_platforms_and_one_student(taught: Path, tmp_path: Path, grade: Grade) -> None:
    """Each platform gets its own students; who is named alone is alone in the file, for Canvas adds a comment anew."""
    names = "lovelaceada_4711_901_exercises.ipynb", "Bob O'Neill_79_assignsubmission_file/exercises.ipynb"
    collect(taught, "ps1", [sent(taught, tmp_path / "a.zip", *names)])
    grade(taught, "ps1")
    assert packed(taught).students == {"canvas": ("ada",), "moodle": ("bob",)}
    assert packed(taught, "ada").students == {"canvas": ("ada",)}
    with pytest.raises(GradingError, match=r"adda handed in nothing for ps1; .*; did you mean ada for adda\?"):
        packed(taught, "adda")


def test_whatever_else_lies_beside_a_page_stays(taught: Path, tmp_path: Path, grade: Grade) -> None:
    """A student's own page, which nbgrader's command copies there, is not sent as feedback."""
    collect(taught, "ps1", [sent(taught, tmp_path / "a.zip", "lovelaceada_4711_901_exercises.ipynb")])
    grade(taught, "ps1")
    packed(taught)
    (taught / "feedback" / "ada" / "ps1" / "mine.html").write_text("<script>")
    assert zipfile.ZipFile(packed(taught).archives["canvas"]).namelist() == ["lovelaceada_4711_901_exercises.html"]


def test_what_is_remembered(taught: Path, tmp_path: Path) -> None:
    """It is no part of a submission; work that was collected before it was kept is remembered by collecting again."""
    archive = sent(taught, tmp_path / "a.zip", "lovelaceada_4711_901_exercises.ipynb")
    collect(taught, "ps1", [archive])
    kept = taught / ".mcourse" / "sent" / "ps1.json"
    assert json.loads(kept.read_text()) == {"ada": {"exercises.ipynb": "lovelaceada_4711_901_exercises.ipynb"}}
    assert [path.name for path in (taught / "submitted" / "ada" / "ps1").iterdir()] == ["exercises.ipynb"]
    kept.unlink()
    assert collect(taught, "ps1", [archive]).unchanged == ("ada",)
    with open_course(taught) as opened:
        assert list(recall(opened, "ps1")) == ["ada"]
        for damaged in (
            "{",
            "[]",
            '{"ada": 1}',
            '{"ada": {"exercises.ipynb": 1}}',
            '{"ada": {}}',
            '{"ada": {"a": "b"}}',
        ):
            kept.write_text(damaged)
            with pytest.raises(GradingError, match="is damaged; remove it"):
                recall(opened, "ps1")
    said = mcourse("grade", "ps1", "--course", taught).output
    assert "ps1: 1 graded" in said
    assert "To hand the feedback back: mcourse feedback ps1" in said


def mcourse(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_who_is_left_out_is_named(taught: Path, tmp_path: Path, grade: Grade) -> None:
    """Waiting for a person, not graded, of no platform, two of one name: each in a sentence, with an exit status."""
    names = [
        f"{who}_assignsubmission_file/exercises.ipynb"
        for who in ("Ada Lovelace_77", "Bob O'Neill_79", "Sam Lee_8", "Sam Lee_9")
    ]
    assert len(collect(taught, "ps1", [sent(taught, tmp_path / "a.zip", *names)]).set_aside) == 2
    hand_in(taught, "sam1")
    hand_in(taught, "bob", why="Because it is so.")
    grade(taught, "ps1")
    hand_in(taught, "zoe")
    advice = f"To hand the feedback back: mcourse feedback ps1 --course {taught}\n"
    assert advice in mcourse("grade", "ps1", "--course", taught, "--student", "ada").output
    result = mcourse("feedback", "ps1", "--course", taught)
    assert result.exit_code == 1
    path = place(taught, "moodle", "ps1")
    assert f"Feedback for Moodle, 1 student, {path.stat().st_size / 1e6:.1f} MB: {path}" in result.output
    assert "Not packed, for a person has still to mark something: bob" in result.output
    assert "Not packed: zoe: it has not been graded yet" in result.output
    assert "that was collected had their work: sam1; collect it (mcourse collect ps1 FILE.zip)" in result.output
    assert "Without feedback for a platform: 2; the reasons are above" in result.output
    assert list(moodle_takes(path)) == [("77", "exercises.html")]
    assert mcourse("feedback", "ps1", "--course", taught, "--student", "ada").exit_code == 0
    alone = mcourse("feedback", "ps1", "--course", taught, "--student", "bob")
    assert (alone.exit_code, "everybody waits for a person's marks" in alone.output) == (1, True)


def test_marks_of_a_person_are_on_the_page(taught: Path, tmp_path: Path, grade: Grade) -> None:
    """Whoever has marked by hand since the last run sends back what they have decided."""
    collect(taught, "ps1", [sent(taught, tmp_path / "a.zip", "lovelaceada_4711_901_exercises.ipynb")])
    hand_in(taught, "ada", why="Because it is so.")
    grade(taught, "ps1")
    assert packed(taught).waiting == ("ada",)
    with open_course(taught) as opened, opened.gradebook() as gradebook:
        submitted = gradebook.find_submission_notebook("exercises", "ps1", "ada")
        (mark,) = (each for each in submitted.grades if each.name == "01-why-manual-1")
        mark.manual_score, mark.needs_manual_grade = 1.0, False
        (comment,) = (each for each in submitted.comments if each.name == "01-why-manual-1")
        comment.manual_comment = "Well put."
        gradebook.db.commit()
    taken = canvas_takes(packed(taught).archives["canvas"], {"901": "4711"})
    assert "Well put." in taken["4711"]
