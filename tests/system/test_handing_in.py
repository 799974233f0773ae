"""``mcourse roster`` and ``mcourse collect`` as a person meets them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from autograder.cli import main


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one assignment."""
    root = tmp_path / "course"
    (root / "source").mkdir(parents=True)
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        gradebook.add_assignment("ps1")
        gradebook.add_notebook("exercises", "ps1")
    (tmp_path / "class.csv").write_text("id,first name,last name,lms id\nada,Ada,Lovelace,4711\n")
    return root


def mcourse(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_class_and_work(course: Path, tmp_path: Path) -> None:
    """A list and a zip file in; the work in its place, and every file that was not taken named, with an exit status."""
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as archive:
        archive.writestr("lovelaceada_LATE_4711_9_exercises.ipynb", "work")
        archive.writestr("lovelaceada_4711_8_exercises.ipynb", "first")
    assert mcourse("roster", tmp_path / "class.csv", "--course", course).exit_code == 0
    good = mcourse("collect", "ps1", tmp_path / "sent.zip", "--course", course)
    assert good.exit_code == 0, good.output
    assert good.output.endswith("1 student collected, 0 unchanged.\n")
    assert (course / "submitted" / "ada" / "ps1" / "exercises.ipynb").read_text() == "work"
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        archive.writestr("lovelaceada_4711_10_mine.ipynb", "work, renamed")
    renamed = mcourse("collect", "ps1", tmp_path / "own.zip", "--course", course)
    assert "mine.ipynb is taken for exercises.ipynb: ada" in renamed.output
    with zipfile.ZipFile(tmp_path / "sent.zip", "a") as archive:
        archive.writestr("../eve_1_2_exercises.ipynb", "work")
    bad = mcourse("collect", "ps1", tmp_path / "sent.zip", "--course", course)
    assert bad.exit_code == 1
    assert "Files set aside: 1; the reasons are above" in bad.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["roster", "bad.csv"], "bad.csv, line 3: the id is empty; every student needs one"),
        (["roster", "none.csv"], "none.csv: no such file or directory"),
        (["collect", "ps1", "none.zip"], "There is no file none.zip"),
        (["collect", "ps1", "empty.zip"], "mcourse roster FILE.csv"),
    ],
    ids=["a bad row", "no list", "no archive", "no class"],
)
def test_sentences(words: list[str], said: str, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong is one sentence on stderr."""
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("id,email\nada,a@b\n,c@d\n")
    zipfile.ZipFile("empty.zip", "w").close()
    result = mcourse(*words, "--course", course)
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["sent.zip", "ps1"], "ps1 sent.zip"),
        (["sent.zip", "more.zip", "ps1"], "ps1 sent.zip more.zip"),
        (["sent.zip", "more.zip"], "ASSIGNMENT sent.zip more.zip"),
        (["somewhere/my sent", "ps1"], "ps1 'somewhere/my sent'"),
    ],
)
def test_the_wrong_order(words: list[str], meant: str, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names the zip file first is told the command that was probably meant."""
    monkeypatch.chdir(course)
    result = mcourse("collect", *words)
    assert result.exit_code == 2
    assert f"The assignment comes first, and then the zip files: mcourse collect {meant}\n" in result.output
