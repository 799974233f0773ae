"""The tables that Canvas and Moodle take in."""

from __future__ import annotations

import csv
from pathlib import Path

from autograder.grading import Grading
from autograder.grading.lms import write_canvas, write_moodle
from autograder.grading.roster import Person

GRADING = Grading(
    "ps1",
    cells={"a": 2.0, "b": 1.0},
    graded=("=1", "ada", "bob"),
    set_aside={"dan": "damaged"},
    marks={"=1": {"a": 1.0, "b": 0.0}, "ada": {"a": 2.0, "b": 0.5}, "bob": {"a": 0.0, "b": None}},
    scores={"=1": 1.0, "ada": 2.5, "bob": 0.0},
)
PEOPLE = {"ada": Person("ada", "Ada", "Lovelace", "ada@example.org", "4711"), "dan": Person("dan")}


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_canvas(tmp_path: Path) -> None:
    """Canvas' columns up to Section, its row of points, its own number of a student where the roster has one."""
    assert rows(write_canvas(GRADING, PEOPLE, tmp_path / "ps1.csv")) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps1"],
        ["    Points Possible", "", "", "", "", "3"],
        ["'=1", "", "", "'=1", "", "1"],
        ["Lovelace, Ada", "4711", "", "ada", "", "2.5"],
    ]


def test_moodle(tmp_path: Path) -> None:
    """Three columns by which Moodle can know a student, the grade, and with it what a person wrote."""
    said = {"ada": "=Well done", "=1": "Almost"}
    assert rows(write_moodle(GRADING, PEOPLE, tmp_path / "ps1.csv", said)) == [
        ["First name", "Last name", "Username", "ID number", "Email address", "ps1", "Feedback comments"],
        ["", "", "'=1", "", "", "1", "Almost"],
        ["Ada", "Lovelace", "ada", "4711", "ada@example.org", "2.5", "'=Well done"],
    ]


def test_only_what_is_decided(tmp_path: Path) -> None:
    """Whoever waits for a person, or has no marks, has no row: an empty mark would erase what the system has."""
    for write in (write_canvas, write_moodle):
        text = write(GRADING, PEOPLE, tmp_path / "ps1.csv").read_text()
        assert "bob" not in text
        assert "dan" not in text
