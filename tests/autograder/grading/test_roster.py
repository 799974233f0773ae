"""Class lists: read in any system's words, refused by the line, and kept by nbgrader."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autograder.grading.course import GradingError, open_course
from autograder.grading.roster import Person, RosterError, import_roster, people_of, read_roster

ADA = Person("ada", "Ada", "Lovelace", "ada@example.org", "4711")

LISTS = {
    "nbgrader": "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,4711\n",
    "ours": "Email,ID,LMS id,Last name,First name\nada@example.org,ada,4711,Lovelace,Ada\n",
    "semicolons": "\n\nid;first name;last name;email;lms id\n\nada;Ada;Lovelace;ada@example.org;4711\n\n",
    "for Excel": "sep=;\r\nid;first name;last name;email;lms id\r\nada;Ada;Lovelace;ada@example.org;4711\r\n",
    "one name": "id,Full name,email,lms id\nada,Ada Lovelace,ada@example.org,4711\n",
    "one name, family first": 'id,Name,email,lms id\nada,"Lovelace, Ada",ada@example.org,4711\n',
    "moodle": '"First name","Last name",Username,"ID number","Email address"\nAda,Lovelace,ada,4711,ada@example.org\n',
}


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "class.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_headings(text: str, encoding: str, tmp_path: Path) -> None:
    """The same student is read from a list in anybody's words, separators and encoding."""
    assert read_roster(written(tmp_path, text.encode(encoding))) == (ADA,)


def test_canvas_export(tmp_path: Path) -> None:
    """In Canvas' own export ID is the number and SIS Login ID the name; the row of points is no student."""
    text = 'Student,ID,SIS User ID,SIS Login ID,Section,ps1\n    Points Possible,,,,,3\n"Lovelace, Ada",4711,,ada,A,2\n'
    assert read_roster(written(tmp_path, text)) == (Person("ada", "Ada", "Lovelace", lms_user_id="4711"),)
    hidden = text.replace("    Points", ",,,,,Manual Posting\n    Points")
    assert read_roster(written(tmp_path, hidden)) == (Person("ada", "Ada", "Lovelace", lms_user_id="4711"),)
    whole = text.replace('"Lovelace, Ada"', "Plato")
    assert read_roster(written(tmp_path, whole)) == (Person("ada", "", "Plato", lms_user_id="4711"),)
    made_up = f'{text}"Student, Test",9999,,0a1b2c,A,\n'
    assert [person.id for person in read_roster(written(tmp_path, made_up))] == ["ada"]
    no_login = 'Student,ID,Section,ps1\n    Points Possible,,,3\n"Lovelace, Ada",4711,A,2\n'
    assert read_roster(written(tmp_path, no_login)) == (Person("4711", "Ada", "Lovelace", lms_user_id="4711"),)


REFUSED = {
    "empty": ("", "class.csv is empty; its first line must name"),
    "no id": ("name,email\nAda,a@b\n", r"line 1: no column is called id.*got name, email"),
    "no students": ("id,email\n\n,\n", "class.csv has a heading and no students below it; export it again"),
    "no id in Moodle": ("First name,Email address\nAda,a@b\n", r"call the one id that tells the students apart"),
    "a spreadsheet": (b"PK\x03\x04\x14\x00", r"class.csv is a spreadsheet, not text; save it as CSV"),
    "rounded id": ("id\n1.23457E+11\n", "line 2: a spreadsheet has rounded a number; show its column as text"),
    "rounded to one digit": ("id\n2E+11\n", "line 2: a spreadsheet has rounded a number"),
    "rounded number": ("id;lms id\nada;1,23E+5\n", "line 2: a spreadsheet has rounded a number"),
    "after Excel's line": ("sep=,\nid\n../x\n", r"line 3: the id '../x' has a /"),
    "no name": ("id,email\nada,a@b\n,c@d\n", "line 3: the id is empty"),
    "a path": ("id\nada\n../../etc\n", r"line 3: the id '../../etc' has a / or \\ in it; it names a folder"),
    "hidden": ("id\n.mcourse\n", "line 2: the id '.mcourse' begins with a full stop"),
    "control": ("id\na\x07b\n", r"line 2: the id 'a\\x07b' has characters"),
    "twice": ("id\nada\nbob\nADA\n", "line 4: 'ADA' stands in line 2 already"),
    "number twice": ("id,lms id\nada,1\nbob,1\n", "line 3: '1' stands in line 2 already"),
    "ragged": ("id,email\nada\n", "line 2: 1 entries, and the first line names 2"),
    "email": ("id,email\nada,ada\n", "line 2: 'ada' is no email address"),
    "long": (f"id\n{'a' * 129}\n", "line 2: id is longer than 128"),
    "open quotation": ('id\n"ada\nbob\n', "line 3: this is no table"),
    "latin-1": ("id,first name\nzoe,Zoë\n".encode("latin-1"), "line 2: this is not UTF-8"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_bad_row_is_named(text: str | bytes, said: str, tmp_path: Path) -> None:
    """A list that cannot be read is refused with the line that is wrong."""
    with pytest.raises(RosterError, match=said) as caught:
        read_roster(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def known(course: Path) -> dict[str, Person]:
    with open_course(course) as opened, opened.gradebook() as gradebook:
        return people_of(gradebook)


def test_import(course: Path, tmp_path: Path) -> None:
    """Students come into nbgrader's gradebook; what a later list leaves empty, or whom it leaves out, stays."""
    assert import_roster(course, written(tmp_path, LISTS["ours"] + "b@c,bob,,B,Bob\n")) == (2, 0)
    assert import_roster(course, written(tmp_path, "id,last name,email\nada,King,\ncy,,\n")) == (1, 1)
    people = known(course)
    assert people["ada"] == Person("ada", "Ada", "King", "ada@example.org", "4711")
    assert sorted(people) == ["ada", "bob", "cy"]
    with open_course(course) as opened, opened.gradebook() as gradebook:
        assert gradebook.find_student("ada").email == "ada@example.org"


def test_nothing_is_written_where_a_row_is_bad(course: Path, tmp_path: Path) -> None:
    """A list with one bad row changes nothing in the gradebook."""
    with pytest.raises(RosterError, match="line 3"):
        import_roster(course, written(tmp_path, "id\nada\n../bob\n"))
    assert known(course) == {}


def test_a_gradebook_that_is_locked(course: Path, tmp_path: Path) -> None:
    """What the database says is told in a sentence, though nbgrader has an exception of its own for it."""
    with closing(sqlite3.connect(course / "gradebook.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(GradingError, match=r"gradebook .* cannot be used \(database is locked\); another program"):
            import_roster(course, written(tmp_path, "id\nada\n"))
