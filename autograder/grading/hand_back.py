"""Packs feedback pages into the zip file that Canvas or Moodle takes in, each under the name that it asks for.

Canvas ("Re-Upload Submissions") finds a student and an upload by the two numbers in the name that the upload had when
it was downloaded (its ``AbstractAssignment#infer_comment_context_from_filename``), and adds a comment with the page,
again each time that it is given one. Moodle ("Upload multiple feedback files in a zip") finds a student by the number
in the folder's name, and replaces a page of the same name (its ``assignfeedback_file_zip_importer``).
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.grading.archives import FIRST, LAST
from autograder.grading.course import Course, open_course
from autograder.grading.result import Grading
from autograder.grading.sent import recall, returned
from autograder.grading.sheet import aside


@dataclass(frozen=True)
class HandedBack:
    """What came of packing.

    Args:
        archives: by system, the zip file.
        students: by system, whose pages are in it.
        waiting: students of whose marks a person has still to decide some: their pages are not in it.
        ungraded: by student, why there is no page that counts.
        elsewhere: students who have a page, but whose work came from no platform's archive.
    """

    archives: Mapping[str, Path] = field(default_factory=dict)
    students: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    ungraded: Mapping[str, str] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()


def place(course: Path, system: str, assignment: str) -> Path:
    """Say where the zip file for a system is written.

    >>> place(Path("c"), "moodle", "ps1").as_posix()
    'c/marks/moodle/ps1-feedback.zip'
    """
    return course / "marks" / system / f"{assignment}-feedback.zip"


def hand_back(course: Path, grading: Grading, pages: Iterable[Path]) -> HandedBack:
    """Write a zip file of feedback pages for each system that work came from.

    Args:
        course: the course directory that was graded.
        grading: how the assignment stands, from ``survey``.
        pages: the feedback pages of the same students, from ``write_feedback``.

    Returns:
        Where the files are, and who is in none of them.

    Raises:
        GradingError: what was remembered of the archives is damaged.
    """
    ungraded = {**grading.set_aside, **grading.failed}
    decided = [who for who in grading.students if who not in ungraded and not grading.waiting(who)]
    with open_course(course) as opened:
        sent = recall(opened, grading.assignment)
        packed = _named(opened, grading.assignment, pages, {who: sent[who] for who in decided if who in sent})
        archives = {
            system: _pack(place(opened.root, system, grading.assignment), names.values())
            for system, names in packed.items()
        }
    return HandedBack(
        archives={system: place(course, system, grading.assignment) for system in archives},
        students={system: tuple(names) for system, names in packed.items()},
        waiting=tuple(filter(grading.waiting, grading.students)),
        ungraded=ungraded,
        elsewhere=tuple(who for who in decided if who not in sent),
    )


def _named(
    course: Course, assignment: str, pages: Iterable[Path], sent: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, dict[str, Path]]]:
    """By system and student, the pages by the names under which they go back."""
    of: dict[Path, list[Path]] = defaultdict(list)
    for page in pages:
        of[page.parent].append(page)
    out: dict[str, dict[str, dict[str, Path]]] = {}
    for student, names in sent.items():
        for page in of[course.path("feedback", student, assignment)]:
            system, name = returned(names, page.name)
            out.setdefault(system, {}).setdefault(student, {})[name] = page
    return out


def _pack(path: Path, files: Iterable[Mapping[str, Path]]) -> Path:
    with aside(path) as made, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in sorted((name, page) for names in files for name, page in names.items()):
            at = datetime.fromtimestamp(min(max(page.stat().st_mtime, FIRST), LAST))
            member = zipfile.ZipInfo(name, at.timetuple()[:6])
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(member, page.read_bytes())
    return path
