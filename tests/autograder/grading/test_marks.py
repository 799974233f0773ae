"""The table of marks."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from autograder.grading import Grading, write_marks
from autograder.grading import sheet as sheet_module

GRADING = Grading(
    "ps1",
    cells={"a": 2.0, "b": 1.0},
    graded=("ada", "bob"),
    unchanged=("cy",),
    set_aside={"dan": 'exercises.ipynb is damaged, "quoted"'},
    failed={"eve": "its kernel died"},
    marks={"ada": {"a": 2.0, "b": 0.5}, "bob": {"a": 0.0, "b": None}, "cy": {"a": 1.0, "b": 1.0}},
    scores={"ada": 2.5, "bob": 0.0, "cy": 1.5},
)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_table(tmp_path: Path) -> None:
    """One row for each student, one column for each cell; what is not known is empty, never 0, and has a note."""
    assert rows(write_marks(GRADING, tmp_path / "marks" / "ps1.csv")) == [
        ["student", "a", "b", "score", "max", "note"],
        ["ada", "2", "0.5", "2.5", "3", ""],
        ["bob", "0", "", "0", "3", "to be marked by a person: b"],
        ["cy", "1", "1", "1.5", "3", ""],
        ["dan", "", "", "", "3", 'set aside: exercises.ipynb is damaged, "quoted"'],
        ["eve", "", "", "", "3", "failed: its kernel died"],
    ]


def test_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that stops while it writes leaves the marks of the run before."""
    path = write_marks(GRADING, tmp_path / "ps1.csv")
    before = path.read_text()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sheet_module.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_marks(Grading("ps1"), path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """The error names the file that was wanted, not one that was to become it, and nothing is left."""
    path = tmp_path / f"{'a' * 300}.csv"
    with pytest.raises(OSError, match="too long") as told:
        write_marks(GRADING, path)
    assert told.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_complete() -> None:
    """A grading in which somebody has no marks is not complete."""
    assert not GRADING.complete
    assert Grading("ps1", graded=("ada",)).complete
    assert GRADING.students == ("ada", "bob", "cy", "dan", "eve")
    assert GRADING.waiting("bob") == ("b",)


FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "  =1", "＝1"]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_is_a_formula(name: str, tmp_path: Path) -> None:
    """A name or a reason that a spreadsheet would run is marked as text, wherever it stands; a negative mark is not."""
    grading = Grading("ps1", cells={name: 1.0}, graded=(name,), marks={name: {name: -0.5}}, scores={name: -0.5})
    heading, row = rows(write_marks(grading, tmp_path / "ps1.csv"))
    assert heading[1] == row[0] == "'" + name.replace("\r", "\n")
    assert row[1] == row[2] == "-0.5"


def test_other_version_is_noted(tmp_path: Path) -> None:
    """Work that was made with another version of mcutils has its marks, and a note that says so."""
    grading = Grading(
        "ps1", {"a": 1.0}, ("ada",), marks={"ada": {"a": 1.0}}, scores={"ada": 1}, versions={"ada": "0.1"}
    )
    assert rows(write_marks(grading, tmp_path / "ps1.csv"))[1] == ["ada", "1", "1", "1", "made with mcutils 0.1"]
