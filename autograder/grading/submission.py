"""Reads one submission, and makes of it a task that can be run anywhere.

submitted/ --intake--> rebuilt notebooks, plain files --> ``Handed``: the task, and what the writer has to know besides
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from nbgrader.utils import parse_utc

from autograder.grading import records
from autograder.grading.course import Course
from autograder.grading.identity import environment, foreign
from autograder.grading.intake import SetAside, files_of, fingerprint, legible, read_cells
from autograder.grading.rebuild import Blueprint, of_another, rebuild
from autograder.grading.rows import Shape
from autograder.grading.sealed.limits import Limits
from autograder.grading.steps import Steps
from autograder.grading.work import Task

TIMESTAMP = "timestamp.txt"
LONGEST_DATE = 1_000
"""Bytes of it that are read: the time that nbgrader takes to read a date grows with their square."""
MOST_NAMED = 10
"""Files that a reason names."""

Doubts = Mapping[str, Mapping[str, str]]
"""By notebook and exercise, why a person must mark the answers."""


@dataclass(frozen=True)
class Assignment:
    """One assignment, ready to be graded.

    Args:
        course: the open course it belongs to.
        name: its name.
        plans: the instructor's cells, by notebook.
        kernels: by notebook, the kernel that the instructor's has, as nbgrader's gradebook holds it.
        shape: what its rows in the gradebook hang on.
        own_files: what lies beside the instructor's notebooks, by relative path.
        steps: the course's preprocessors, and what else it says of autograding.
        reporting: the notebooks in which every check reports: those that were built from our units.
        fingerprint: of everything but the submission that decides the marks.
        secret: the course's own; what the checks draw depends on it.
        limits: what a submission may use.
        rehearsals: the cells, solutions included, of the notebooks in which every check reports.
    """

    course: Course
    name: str
    plans: Mapping[str, tuple[Blueprint, ...]]
    kernels: Mapping[str, Mapping[str, Any]]
    shape: Shape
    own_files: Mapping[str, bytes]
    steps: Steps
    reporting: frozenset[str]
    fingerprint: str
    secret: str
    limits: Limits
    rehearsals: Mapping[str, tuple[str, ...]]

    @cached_property
    def limits_used(self) -> str:
        """A fingerprint of the limits."""
        return records.digest(self.limits.set_apart())

    @property
    def worth(self) -> dict[str, float]:
        """What each graded cell is worth, in the notebooks' order, named as in ``records.marks_of``."""
        return {
            records.cell_name(notebook, plan.name, len(self.plans)): plan.points
            for notebook, cells in self.plans.items()
            for plan in cells
            if plan.grade or plan.task
        }


@dataclass(frozen=True)
class Found:
    """A submission that was found, and not yet read.

    Args:
        folder: where it is.
        files: its files.
        state: the fingerprint of all that decides its marks.
    """

    folder: Path
    files: tuple[Path, ...]
    state: str


@dataclass(frozen=True)
class Handed:
    """A submission that was read.

    Args:
        task: what is to be run.
        state: the fingerprint of all that decides its marks.
        doubts: what the submission shows and the rebuilt notebooks do not: answers to another student's questions.
        others: what stands beside the graded notebooks, by relative path: the assignment's own files, and theirs.
        timestamp: when it was handed in, in UTC, where ``timestamp.txt`` says so.
    """

    task: Task
    state: str
    doubts: Doubts
    others: Mapping[str, bytes]
    timestamp: datetime | None


def find(assignment: Assignment, folder: Path, extension: str = "") -> Found:
    """List what was handed in, and digest it.

    Args:
        assignment: what it is a submission of.
        folder: the student's folder.
        extension: what else decides the marks: how much later than others the student may hand in.

    Raises:
        SetAside: it cannot be taken; the message says why.
    """
    name = os.path.relpath(folder, assignment.course.root)
    if legible(name) != name:
        raise SetAside("the folder's name has characters that no table can hold; rename it")
    try:
        is_link = folder.is_symlink()
    except OSError as error:
        raise SetAside(f"{folder} cannot be opened ({error.strerror}); make it readable") from error
    if is_link:
        raise SetAside(f"{folder.name} is a link, not a folder; put the files themselves there")
    files = files_of(folder, assignment.course.directory.ignore)
    return Found(folder, files, records.digest(assignment.fingerprint, fingerprint(folder, files), extension))


def read(assignment: Assignment, student: str, found: Found) -> Handed:
    """Read what was handed in.

    Args:
        assignment: what it is a submission of.
        student: whose it is.
        found: its files.

    Raises:
        SetAside: it cannot be read; the message says why.
    """
    notebooks, doubts = {}, {}
    for name in _names(assignment, found):
        cells, plans = read_cells(found.folder / f"{name}.ipynb"), assignment.plans[name]
        if stranger := of_another(cells, plans):
            raise SetAside(
                f"{name}.ipynb has none of this assignment's answers, but cells of another's, such as {stranger[:80]}; "
                "ask for the right notebook"
            )
        doubts[name] = foreign(cells, plans, student)
        rebuilt = _with_kernel(rebuild(cells, plans), assignment.kernels[name])
        who = {"student": student, "assignment": assignment.name, "notebook": name}
        notebooks[name] = json.dumps(assignment.steps.sanitize(rebuilt, who, found.folder))
    theirs, kept = _others(found, assignment.limits.scratch), assignment.steps.kept(assignment.name)
    theirs = {name: data for name, data in theirs.items() if name not in assignment.own_files or name in kept}
    task = Task(
        student=student,
        assignment=assignment.name,
        notebooks=notebooks,
        plans={name: assignment.plans[name] for name in notebooks},
        handed_in=theirs,
        own_files=assignment.own_files,
        environment=environment(assignment.secret, student, assignment.name) | {"NBGRADER_EXECUTION": "autograde"},
        limits=assignment.limits,
        rehearsals=assignment.rehearsals,
    )
    return Handed(task, found.state, doubts, {**assignment.own_files, **theirs}, _timestamp(theirs))


def _names(assignment: Assignment, found: Found) -> list[str]:
    """The notebooks of the assignment that were handed in."""
    names = [name for name in assignment.plans if found.folder / f"{name}.ipynb" in found.files]
    if not names:
        wanted = " or ".join(f"{name}.ipynb" for name in assignment.plans)
        there = [str(path.relative_to(found.folder)) for path in found.files]
        if not there:
            raise SetAside(f"there is nothing in it; put {wanted} there")
        more = f" and {len(there) - MOST_NAMED} more" if len(there) > MOST_NAMED else ""
        listed = f"{', '.join(there[:MOST_NAMED])}{more}"
        raise SetAside(f"there is no {wanted} in it, but {listed}; if one of these is it, rename it")
    return names


def _with_kernel(rebuilt: Any, kernel: Mapping[str, Any]) -> Any:
    if kernel:
        rebuilt.metadata["kernelspec"] = dict(kernel)
    return rebuilt


def _others(found: Found, room: int) -> dict[str, bytes]:
    """What is no notebook: data, a helper module, ``timestamp.txt``.

    Raises:
        SetAside: it cannot be read, or leaves no room for what the student's code writes beside it.
    """
    out = {}
    size = sum(path.lstat().st_size for path in found.files if path.suffix != ".ipynb")
    if size > room:
        raise SetAside(
            f"the files beside its notebooks have {size / 1e6:.0f} MB, and a submission has room for "
            f"{room / 1e6:.0f}; grade it with --scratch, or ask for smaller files"
        )
    for path in found.files:
        if path.suffix != ".ipynb":
            try:
                out[path.relative_to(found.folder).as_posix()] = path.read_bytes()
            except OSError as error:
                raise SetAside(f"{path.name} cannot be opened ({error.strerror})") from error
    return out


def _timestamp(files: Mapping[str, bytes]) -> datetime | None:
    """When the work was handed in, as nbgrader reads it.

    Raises:
        SetAside: the file is there and holds no date: a penalty for lateness would be a guess.
    """
    said = files.get(TIMESTAMP, b"")[:LONGEST_DATE].decode("utf-8-sig", "replace").strip()
    if not said:
        return None
    try:
        when: datetime = parse_utc(said)
    except (ValueError, OverflowError) as error:
        raise SetAside(
            f"{TIMESTAMP} holds no date ({said[:40]!r}); write it like this: 2026-02-03 12:00:00 UTC"
        ) from error
    return when
