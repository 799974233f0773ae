"""Remembers under which names notebooks came out of a platform's archive, for on the way back the same are asked for.

Separate because it outlives a run: what is collected today is handed back weeks later, and a later archive is compared
with it. It lies apart from the submissions, since a file beside one would be part of the work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from autograder.grading.course import PRIVATE, Course
from autograder.grading.errors import GradingError
from autograder.grading.names import read
from autograder.grading.sheet import write_whole

FOLDER = f"{PRIVATE}/sent"
"""Where it lies in a course directory, a file for each assignment."""

Sent = Mapping[str, Mapping[str, str]]
"""By student and by the notebook's file name, the name in the archive."""


def place(course: Course, assignment: str) -> Path:
    """Say where it is kept what is remembered of an assignment; there is no file where nothing came from a platform."""
    return course.root / FOLDER / f"{assignment}.json"


def recall(course: Course, assignment: str) -> dict[str, dict[str, str]]:
    """Read what is remembered of an assignment; nothing, where none of it came from a platform.

    Raises:
        GradingError: it was damaged.
    """
    path = place(course, assignment)
    try:
        kept: dict[str, dict[str, str]] = json.loads(path.read_bytes())
        if not all(names and all(map(read, names.values())) for names in kept.values()):
            raise ValueError("a name that no platform gives")
        return kept
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        raise GradingError(f"{path} is damaged; remove it, then collect the platform's zip files again") from error


def remember(course: Course, assignment: str, sent: Sent) -> None:
    """Add to what is remembered; a student's other notebooks stay as they are."""
    before = recall(course, assignment)
    now = before | {student: {**before.get(student, {}), **names} for student, names in sorted(sent.items())}
    if now != before:
        write_whole(place(course, assignment), json.dumps(now, ensure_ascii=False, indent=1))


def numbers(sent: Sent) -> dict[str, tuple[str, str]]:
    """By student, the system that the last of the notebooks came from, and the number that the student has there.

    >>> numbers({"ada": {"exercises.ipynb": "lovelaceada_LATE_4711_99_mine.ipynb"}})
    {'ada': ('canvas', '4711')}
    """
    return {
        student: (found.system, found["student_id"])
        for student, names in sent.items()
        for found in filter(None, map(read, names.values()))
    }


def returned(sent: Mapping[str, str], page: str) -> tuple[str, str]:
    """Say under which name a page goes back to a student.

    Canvas finds the student and the upload by the two numbers; Moodle takes whatever lies in the student's folder.

    Args:
        sent: by the notebook's file name, the names under which the student's notebooks came.
        page: the page's file name.

    Returns:
        The system, and the name.

    >>> returned({"a.ipynb": "ps1/lovelaceada_LATE_4711_99_a-1.ipynb"}, "a.html")
    ('canvas', 'lovelaceada_LATE_4711_99_a-1.html')
    >>> returned({"a.ipynb": "ps1/Ada Lovelace_77_assignsubmission_file_/mine/a.ipynb"}, "b.html")
    ('moodle', 'Ada Lovelace_77_assignsubmission_file_/b.html')
    """
    own = sent.get(f"{Path(page).stem}.ipynb")
    name = own or next(iter(sent.values()))
    found = read(name)
    assert found is not None  # what is recalled was read
    whole, file = name[found.start("name") :], found["file_id"]
    folder, in_folder, _ = whole.partition("/")
    if in_folder:
        return found.system, f"{folder}/{page}"
    renamed = re.sub(r"\.ipynb$", ".html", file) if own and found.system == "canvas" else page
    return found.system, whole.removesuffix(file) + renamed
