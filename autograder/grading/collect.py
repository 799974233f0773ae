"""Puts what students handed in to a learning management system where the grader looks for it.

The work is nbgrader's own ``zip_collect``: extract, read names by patterns, copy to ``submitted/``. Three of its steps
are replaced, since it trusts archives, stops at a second attempt, and deletes what it replaces.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets.config import Config

from autograder.grading.archives import FULL, Unpackable, packed, unpack
from autograder.grading.attempts import Attempt, Wanted, disputed, latest, of_others, recognised
from autograder.grading.course import PRIVATE, Course, GradingError, open_course, transcript
from autograder.grading.intake import legible
from autograder.grading.names import Roll, Sender, Unknown, find, in_groups, own_name, read
from autograder.grading.rebuild import Blueprint
from autograder.grading.records import blueprints
from autograder.grading.roster import people_of, why_unusable
from autograder.grading.sent import numbers, recall, remember

WORK = f"{PRIVATE}/collect"
"""Where archives are unpacked, and nothing stays."""

EARLIER = f"{PRIVATE}/earlier"
"""Where work that was replaced is kept."""


@dataclass(frozen=True)
class Collected:
    """What came of collecting.

    Args:
        collected: students whose work was put in place now.
        unchanged: students whose very work was there already.
        late: students whom the system calls late.
        renamed: by student, files that were renamed and are taken for a notebook of the assignment, each with its name.
        superseded: by student, attempts in the archives that a later one replaces.
        replaced: by student, where the work that was in ``submitted/`` before is kept.
        set_aside: by file, why it was not taken.
    """

    collected: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    superseded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    replaced: Mapping[str, Path] = field(default_factory=dict)
    set_aside: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Desk:
    """What the steps tell one another during one run."""

    course: Course
    plans: Mapping[str, Sequence[Blueprint]]
    roll: Roll
    archives: Sequence[Path]
    work: Path
    grouped: set[int] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    counting: dict[str, Attempt] = field(default_factory=dict)
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)
    superseded: dict[str, list[str]] = field(default_factory=dict)
    replaced: dict[str, Path] = field(default_factory=dict)
    set_aside: dict[str, str] = field(default_factory=dict)

    @cached_property
    def wanted(self) -> Wanted:
        """The assignment's notebooks, by file name, each with the names of its cells."""
        return {name: frozenset(plan.name for plan in plans) for name, plans in self.plans.items()}

    @property
    def sent(self) -> dict[str, dict[str, str]]:
        """By student and notebook, under which name what counts stood in its archive."""
        out: dict[str, dict[str, str]] = {}
        for path, attempt in self.counting.items():
            out.setdefault(attempt.student, {})[attempt.name] = self.inside(path)
        return out

    def archive(self, path: str) -> int:
        """In which archive an unpacked file was, in the order in which they were named."""
        return int(Path(path).relative_to(self.work / "extracted").parts[0])

    def inside(self, path: str) -> str:
        """Where an unpacked file stood in its archive."""
        return "/".join(Path(path).relative_to(self.work / "extracted").parts[2:])

    def shown(self, path: str) -> str:
        """How a file is named in the summary."""
        return f"{legible(self.archives[self.archive(path)].name)}: {legible(self.inside(path))}"


def collect(course: Path, assignment: str, archives: Sequence[Path]) -> Collected:
    """Put the notebooks of an assignment into ``submitted/STUDENT/ASSIGNMENT``.

    Of several attempts the latest counts: the one with the highest upload number in Canvas, the latest time in Moodle,
    and of equals the one in the archive that is named later. What stood there before is kept aside.

    Args:
        course: an nbgrader course directory.
        assignment: the name of one of its assignments.
        archives: zip files as Canvas or Moodle make them, or folders into which these were unpacked.

    Returns:
        Whose work was taken, and what was not, with reasons.

    Raises:
        GradingError: nothing could be collected; the message says what to do.
    """
    given = [path.resolve() for path in archives]
    if missing := [str(path) for path in archives if not (path.is_file() or path.is_dir())]:
        raise GradingError(f"There is no file {', '.join(missing)}; give the path of the zip file as it was downloaded")
    with open_course(course) as opened, transcript(opened.log) as log:
        opened.require(assignment)
        desk = _desk(opened, assignment, given)
        shutil.rmtree(desk.work, ignore_errors=True)
        try:
            _lay_out(desk)
            found = _run(desk, assignment)
            remember(opened, assignment, desk.sent)
        except SystemExit as error:  # how nbgrader's command gives up
            said = (log.getvalue().strip().splitlines() or ["nothing"])[-1]
            raise GradingError(f"nbgrader stopped collecting ({said}); nothing else was put in place") from error
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise GradingError(f"There is no room left in {opened.root}; make room, then collect again") from error
        finally:
            shutil.rmtree(desk.work, ignore_errors=True)
    return Collected(
        collected=tuple(sorted(found)),
        unchanged=tuple(sorted(desk.unchanged)),
        late=tuple(sorted(desk.late)),
        renamed=dict(sorted(desk.renamed.items())),
        superseded={student: tuple(names) for student, names in sorted(desk.superseded.items())},
        replaced=dict(sorted(desk.replaced.items())),
        set_aside=dict(sorted(desk.set_aside.items())),
    )


def _desk(opened: Course, assignment: str, archives: Sequence[Path]) -> _Desk:
    with opened.gradebook() as gradebook:
        plans = {f"{name}.ipynb": cells for name, cells in blueprints(gradebook, assignment, {}).items()}
        people = people_of(gradebook)
    if not any(person.lms_user_id or person.first_name or person.last_name for person in people.values()):
        raise GradingError("The gradebook knows nobody by name; read in the class first: mcourse roster FILE.csv")
    return _Desk(opened, plans, Roll(people.values()), archives, opened.root / WORK)


def _lay_out(desk: _Desk) -> None:
    """Make the folders that nbgrader wants, with the archives in the order in which they were named."""
    (desk.work / "archive").mkdir(parents=True)
    (desk.work / "extracted").mkdir()
    for number, path in enumerate(desk.archives):
        (desk.work / "archive" / f"{number}.zip").symlink_to(path)


def _run(desk: _Desk, assignment: str) -> set[str]:
    """Let nbgrader collect.

    Returns:
        The students whose work was put in place.
    """
    directory = desk.course.directory
    directory.assignment_id = assignment
    command = _Collect(
        coursedir=directory,
        log=desk.course.log,
        config=Config(),
        desk=desk,
        force=True,
        downloaded_directory=WORK,
        collect_directory_structure=os.path.join("{downloaded}", "{collect_step}"),
        extractor_plugin=_Extract,
        collector_plugin=_Collector,
    )
    command.init_plugins()
    command.extract_archive_files()
    command.process_extracted_files()
    return set(command.transferred)


class _Extract(ExtractorPlugin):  # type: ignore[misc]  # nbgrader ships no types
    """Unpacks what can be trusted of each archive."""

    parent: Any

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack each archive into a folder of its own."""
        desk: _Desk = self.parent.desk
        for number, archive in enumerate(desk.archives):
            try:
                file = packed(archive, desk.work / f"{number}.zip") if archive.is_dir() else archive
                left_out = unpack(file, Path(extracted_path) / str(number))
            except Unpackable as error:
                desk.set_aside[legible(archive.name)] = str(error)
            else:
                desk.set_aside |= {f"{legible(archive.name)}: {name}": why for name, why in left_out.items()}


class _Collector(FileNameCollectorPlugin):  # type: ignore[misc]  # nbgrader ships no types
    """Reads from a file's name whose it is, and finds the student in the roster."""

    parent: Any

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        """Say which student and notebook a file is; nothing, where it is set aside."""
        desk: _Desk = self.parent.desk
        if counting := desk.counting.get(submitted_file):
            return {"student_id": counting.student, "file_id": counting.name}
        try:
            if (said := read(desk.inside(submitted_file))) is None:
                raise Unknown("its name is not of the form that Canvas or Moodle give; put it into submitted/ by hand")
            grouped = said.system == "moodle" and desk.archive(submitted_file) in desk.grouped
            student = find(Sender(said.system, said["name"], said["student_id"], grouped), desk.roll)
            _require_place(desk, self.parent.coursedir, student)
        except Unknown as error:
            desk.set_aside[desk.shown(submitted_file)] = legible(str(error))
            return None
        if said["late"]:
            desk.late.add(student)
        name = own_name(said["file_id"], desk.wanted)
        return {"student_id": student, "file_id": name, "said": said}


def _require_place(desk: _Desk, directory: Any, student: str) -> None:
    """Insist that a student's folder is one; the gradebook may hold names that are paths.

    That ``submitted`` itself lies elsewhere is the instructor's own doing.
    """
    if why := why_unusable(student):
        raise Unknown(f"the id {student!r} {why}; change it in the gradebook")
    folder = Path(directory.format_path(directory.submitted_directory, student, directory.assignment_id))
    top = desk.course.root / directory.submitted_directory
    top = top if folder.is_relative_to(top) else desk.course.root
    if folder.resolve() != top.resolve() / folder.relative_to(top):
        raise Unknown(f"the folder {folder.name} of {student} is a link to elsewhere; remove the link")


class _Collect(ZipCollectApp):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's own command, which here chooses among attempts and keeps what it replaces."""

    desk: _Desk
    coursedir: Any

    def __init__(self, *, desk: _Desk, **traits: Any) -> None:
        super().__init__(**traits)
        self.desk = desk
        self.transferred: dict[str, Any] = {}

    def _collect_files(self, src_files: list[str]) -> Any:
        """Collect the latest attempt at each notebook."""
        desk = self.desk
        archives = range(len(desk.archives))
        inside = {each: [desk.inside(path) for path in src_files if desk.archive(path) == each] for each in archives}
        desk.grouped = {each for each in archives if in_groups(inside[each])}
        attempts = self._sound([attempt for path in src_files if (attempt := self._attempt(path))])
        given = {attempt.path: attempt.name for attempt in attempts}
        for attempt, earlier in latest(tuple(recognised(attempts, desk.wanted))):
            desk.counting[attempt.path] = attempt
            if attempt.name != given[attempt.path]:
                desk.renamed.setdefault(attempt.student, {})[legible(given[attempt.path])] = attempt.name
            for each in earlier:
                desk.superseded.setdefault(attempt.student, []).append(desk.shown(each.path))
        return super()._collect_files(sorted(desk.counting))

    def _attempt(self, path: str) -> Attempt | None:
        """What a file is; nothing, where it is set aside."""
        if (info := self.collector_plugin_inst.collect(path)) is None:
            return None
        archive, place, *inside = Path(path).relative_to(self.desk.work / "extracted").parts
        where, said = (int(archive), len(inside), int(place)), info["said"]
        upload = int(said["upload"] or 0)
        return Attempt(path, info["student_id"], info["file_id"], upload, *where, said["student_id"], said.system)

    def _sound(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Set aside what may be somebody else's, or is for another assignment."""
        confused = disputed(attempts, numbers(recall(self.desk.course, self.coursedir.assignment_id)))
        strange = of_others(attempts, self.desk.plans)
        sound = []
        for attempt in attempts:
            if reason := confused.get((attempt.student, attempt.archive)) or strange.get(attempt.path):
                self.desk.set_aside[self.desk.shown(attempt.path)] = reason
            else:
                sound.append(attempt)
        return sound

    def _transfer_files(self, collected_data: Mapping[str, Any]) -> None:
        """Put the files in place, unless they are there already."""
        for student, data in collected_data.items():
            pairs = list(zip(data["src_files"], data["dest_files"], strict=True))
            if all(os.path.isfile(new) and filecmp.cmp(old, new, shallow=False) for old, new in pairs):
                self.desk.unchanged.add(student)
                continue
            self._keep(student, [Path(new) for _, new in pairs])
            self.transferred[student] = data
        super()._transfer_files(self.transferred)

    def _keep(self, student: str, new: Sequence[Path]) -> None:
        """Keep a copy of what stands in a student's folder, and make room for what is put there.

        A file with another name stays; the time of the earlier attempt goes, it is not that of this one.
        """
        folder = new[0].parent
        if not folder.is_dir() or not any(folder.iterdir()):
            return
        kept = self.desk.course.root / EARLIER / self.coursedir.assignment_id / student
        place = kept / str(1 + max((int(p.name) for p in kept.glob("*") if p.name.isdigit()), default=0))
        shutil.copytree(folder, place, symlinks=True)
        self.desk.replaced[student] = place
        for path in (*new, folder / "timestamp.txt"):
            path.unlink(missing_ok=True)

    def _clear_existing_files(self, path: str) -> None:
        """Leave what is there: ``_keep`` has made room."""
