"""Reads a class list into the gradebook, and back.

Separate because every learning management system names the columns of its list in its own way, and knows a student by
a number of its own, which nbgrader keeps as ``lms_user_id``.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.grading.course import open_course

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "student", "student id", "username", "login", "sis login id"),
    "first_name": ("first name", "first", "given name", "firstname"),
    "last_name": ("last name", "last", "surname", "family name", "lastname"),
    "email": ("email", "email address", "e-mail", "mail"),
    "lms_user_id": ("lms id", "lms user id", "canvas id", "canvas user id", "moodle id", "id number"),
}
"""By nbgrader's own name of a column, the headings that mean it; case and ``_`` do not matter."""

WHOLE = "whole name"
"""A name in one column: ``Last, First``, as Canvas writes it, or ``First Last``."""

WHOLE_NAMES = ("name", "full name", "fullname", "student name")
"""The headings that mean it."""

NOBODY = "Student, Test"
"""The student that Canvas makes up for an instructor who looks at the course as students see it."""

SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of Excel and LibreOffice begin that are no text."""

ROUNDED = re.compile(r"\d+([.,]\d+)?E\+\d+", re.IGNORECASE)
"""What a spreadsheet makes of a long number."""

FOR_EXCEL = re.compile(r'\A"?sep=.?"?\r?\n')
"""A first line that tells Excel alone what stands between the columns."""

LONGEST = 128
"""Characters that nbgrader's table holds in one column."""

LARGEST = 20_000_000
"""Bytes of a list; a hundred thousand students have a tenth of it."""


class RosterError(Exception):
    """A list that cannot be read; the message names the line."""


@dataclass(frozen=True)
class Person:
    """One student of the list.

    Args:
        id: the name that nbgrader and the folders know.
        first_name: the given name.
        last_name: the family name.
        email: an address.
        lms_user_id: the number by which the learning management system knows the student.

    >>> Person("ada", "Ada", "Lovelace").name
    'Ada Lovelace'
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """The whole name; the id where none is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


def import_roster(course: Path, path: Path) -> tuple[int, int]:
    """Read a list of students into the course's gradebook.

    All of it is read before anything is written. Students who are not in the list stay; an entry that the list leaves
    empty keeps what the gradebook has.

    Args:
        course: an nbgrader course directory.
        path: a file of comma-separated values with a heading.

    Returns:
        How many students are new, and how many were known.

    Raises:
        RosterError: the list cannot be read; nothing was written.
        GradingError: the gradebook cannot be used.
    """
    people = read_roster(path)
    with open_course(course) as opened, opened.gradebook() as gradebook:
        known = {student.id for student in gradebook.students}
        for person in people:
            gradebook.update_or_create_student(person.id, **_said(person))
    met = sum(person.id in known for person in people)
    return len(people) - met, met


def _said(person: Person) -> dict[str, str]:
    """What the list says of a student, in nbgrader's names."""
    return {name: value for name in COLUMNS if name != "id" and (value := getattr(person, name))}


def people_of(gradebook: Any) -> dict[str, Person]:
    """The students whom an open gradebook knows, by id."""
    return {student.id: _person(student) for student in gradebook.students}


def _person(student: object) -> Person:
    return Person(**{name: str(getattr(student, name) or "") for name in COLUMNS})


def read_roster(path: Path) -> tuple[Person, ...]:
    """Read a list of students.

    The heading may be in the words of nbgrader, Canvas or Moodle; other columns are left alone. A name may stand in one
    column. The separator is a comma, a semicolon or a tab.

    Args:
        path: the file, in UTF-8 or Windows' UTF-16.

    Returns:
        The students, in the order of the list.

    Raises:
        RosterError: a row is not as it should be; the sentence names its line.
    """
    text = _text(path)
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, strict=True
    )  # an open quotation is an error
    try:
        rows = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise RosterError(
            f"{path.name}, line {reader.line_num}: this is no table ({error}); export it again"
        ) from error
    if not rows:
        raise RosterError(f"{path.name} is empty; its first line must name the columns, such as: id,first name,email")
    places = _places(path, rows[0][1])
    people = tuple(_people(path, places, rows[1:], len(rows[0][1])))
    if not people:
        raise RosterError(f"{path.name} has a heading and no students below it; export it again")
    return people


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise RosterError(f"{path.name} has more than {LARGEST / 1e6:.0f} MB; is it a list of students?")
        data = path.read_bytes()
        if data.startswith(SPREADSHEETS):
            raise RosterError(f"{path.name} is a spreadsheet, not text; save it as CSV (in Excel: CSV UTF-8)")
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RosterError(
            f"{path.name}, line {line}: this is not UTF-8; save it as CSV in UTF-8 (in Excel: CSV UTF-8)"
        ) from error
    return FOR_EXCEL.sub("\n", text)  # an empty line, so that lines keep their numbers


def _places(path: Path, heading: list[str]) -> dict[str, int]:
    """Where each column is that we know."""
    words = [" ".join(word.replace("_", " ").casefold().split()) for word in heading]
    places: dict[str, int] = {}
    for name, spellings in COLUMNS.items():
        found = [words.index(spelling) for spelling in spellings if spelling in words]
        places |= {name: found[0]} if found else {}
    if "sis login id" in words or {"student", "id", "section"} <= set(words):
        # Canvas' own list: its ID is the number, and its login the name, where the instructor may see that
        places |= {"id": words.index("sis login id" if "sis login id" in words else "id")}
        places |= {"lms_user_id": words.index("id")} if "id" in words else {}
        places |= {WHOLE: words.index("student")} if "student" in words else {}
    elif not places.keys() & {"first_name", "last_name"}:
        whole = [words.index(word) for word in WHOLE_NAMES if word in words]
        places |= {WHOLE: whole[0]} if whole else {}
    if "id" not in places:
        raise RosterError(
            f"{path.name}, line 1: no column is called id, username or SIS Login ID; got {', '.join(heading)[:200]}; "
            "call the one id that tells the students apart (it names their folders), or add such a column"
        )
    return places


def _people(path: Path, places: Mapping[str, int], rows: list[tuple[int, list[str]]], width: int) -> Iterator[Person]:
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        where = f"{path.name}, line {line}"
        if row[0].strip() == "Points Possible":  # Canvas' second row describes assignments
            continue
        if len(row) != width:
            raise RosterError(f"{where}: {len(row)} entries, and the first line names {width}; correct the row")
        said = {name: row[place].strip() for name, place in places.items()}
        if not any(said.values()) or said.get(WHOLE) == NOBODY:
            continue  # Canvas has an empty row where marks of an assignment are not yet shown
        said |= _parts(said.pop(WHOLE, ""))
        person = Person(**said)
        _require(where, person)
        for name in ("id", "lms_user_id"):
            value = getattr(person, name)
            if value and (before := seen.setdefault((name, value.casefold()), line)) != line:
                raise RosterError(f"{where}: {value!r} stands in line {before} already; every student has one row")
        yield person


def _parts(whole: str) -> dict[str, str]:
    """Take a whole name apart; of names without a comma the last word counts as the family's.

    >>> _parts("Lovelace, Ada King"), _parts("Ada King Lovelace")["last_name"], _parts("")
    ({'first_name': 'Ada King', 'last_name': 'Lovelace'}, 'Lovelace', {})
    """
    last, comma, first = whole.partition(",")
    if not comma:
        first, _, last = whole.rpartition(" ")
    return {"first_name": first.strip(), "last_name": last.strip()} if whole else {}


def _require(where: str, person: Person) -> None:
    """Insist on what the gradebook and a file system can hold."""
    if not person.id:
        raise RosterError(f"{where}: the id is empty; every student needs one")
    if ROUNDED.fullmatch(person.id) or ROUNDED.fullmatch(person.lms_user_id):
        raise RosterError(f"{where}: a spreadsheet has rounded a number; show its column as text there, and save again")
    if unusable := why_unusable(person.id):
        raise RosterError(f"{where}: the id {person.id!r} {unusable}; it names a folder")
    for name in COLUMNS:
        value = getattr(person, name)
        if len(value) > LONGEST or any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
            raise RosterError(f"{where}: {name} is longer than {LONGEST} characters, or not all of it is text")
    if person.email and "@" not in person.email.strip("@"):
        raise RosterError(f"{where}: {person.email!r} is no email address; correct it or leave it empty")


def why_unusable(student: str) -> str:
    """Why an id cannot name a student's folder, or nothing.

    >>> why_unusable("../../bin"), why_unusable("ada.l")
    ('has a / or \\\\ in it', '')
    """
    if any(sign in student for sign in "/\\"):
        return "has a / or \\ in it"
    if student.startswith("."):
        return "begins with a full stop"
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in student):
        return "has characters in it that are no text"
    return ""
