"""Tells which of an assignment's notebooks each file of a class is, and which of several attempts counts.

Separate because a file's name decides little: systems number it, browsers and people change it. What a notebook is, its
cells say, by the ``grade_id`` that they have from the released one.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.grading.intake import SetAside, decoded, legible, read_cells
from autograder.grading.rebuild import Blueprint, named, of_another

Wanted = Mapping[str, frozenset[str]]
"""The assignment's notebooks, by file name, each with the names of its cells."""


@dataclass(frozen=True)
class Attempt:
    """A notebook that a student handed in.

    Args:
        path: where it was unpacked.
        student: whose it is.
        name: which notebook it is, as a file name.
        upload: the number that the system gave to its upload; higher is later.
        archive: in which archive it was, in the order in which they were named.
        depth: how many folders it lay in.
        place: which member of the archive it was.
        number: that of the student in the system.
        system: ``canvas`` or ``moodle``.
    """

    path: str
    student: str
    name: str
    upload: int
    archive: int
    depth: int
    place: int
    number: str = ""
    system: str = ""

    @property
    def order(self) -> tuple[float, ...]:
        """What sorts attempts, the latest last; of what was handed in together, the higher folder's counts."""
        return self.upload, os.stat(self.path).st_mtime, self.archive, -self.depth, self.place


Whose = tuple[str, int]
"""A student, and one of the archives."""


def disputed(attempts: Iterable[Attempt], before: Mapping[str, tuple[str, str]]) -> dict[Whose, str]:
    """Find whom the names in an archive confuse: a system has one number for each student.

    Where files with two numbers go to one student, two people have the name, or one has taken it.

    Args:
        attempts: everybody's files.
        before: by student, the system and the number with which work came when it was collected before.

    Returns:
        By student and archive, why neither file can be taken for the student's.
    """
    found: dict[int, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for attempt in attempts:
        found[attempt.archive][attempt.student].add((attempt.system, attempt.number))
    out: dict[Whose, str] = {}
    met = dict(before)
    for archive, theirs in sorted(found.items()):
        for student in _differing(theirs, met):
            out[student, archive] = (
                f"the number {_listed(theirs[student])} comes with the name of {student}, whose work came with "
                f"{met[student][1]} before; find out whose it is, then put it into submitted/ by hand"
            )
        for student in (student for student, numbers in theirs.items() if len(numbers) > 1):
            out[student, archive] = (
                f"the numbers {_listed(theirs[student])} come with the name of {student}, but each has one; find out "
                "whose each is, then put the right one into submitted/ by hand"
            )
        met |= {student: min(numbers) for student, numbers in theirs.items() if (student, archive) not in out}
    return out


def _listed(numbers: Iterable[tuple[str, str]]) -> str:
    return " and ".join(sorted(number for _, number in numbers))


def _differing(theirs: Mapping[str, Collection[tuple[str, str]]], before: Mapping[str, tuple[str, str]]) -> set[str]:
    """Who comes with another number than before.

    Moodle numbers everybody anew in each activity; so where nobody of several has the number of before, it is another
    activity's archive, and nobody is confused. Of one student alone that cannot be told.
    """
    known = {who for who, numbers in theirs.items() if who in before and before[who][0] in dict(numbers)}
    differing = {who for who in known if before[who] not in theirs[who]}
    another = differing == known and len(known) > 1 and all(before[who][0] == "moodle" for who in known)
    return set() if another else differing


def of_others(attempts: Iterable[Attempt], plans: Mapping[str, Sequence[Blueprint]]) -> dict[str, str]:
    """Find notebooks of other assignments under the names of this one's, before they take the place of good work.

    Args:
        attempts: everybody's files.
        plans: the instructor's cells of each of the assignment's notebooks, by file name.

    Returns:
        By path, the reason.
    """
    out = {}
    for attempt in attempts:
        with contextlib.suppress(SetAside):  # the grader says why it cannot be read
            stranger = (
                of_another(read_cells(Path(attempt.path)), plans[attempt.name]) if attempt.name in plans else None
            )
            if stranger:
                out[attempt.path] = (
                    f"it has none of this assignment's answers, but cells of another's, such as "
                    f"{legible(stranger[:80])}; ask for the right notebook, or collect the zip file of this assignment"
                )
    return out


def recognised(attempts: Iterable[Attempt], wanted: Wanted) -> Iterator[Attempt]:
    """Give a notebook that was renamed the name of the one that it is, where that one was not handed in beside it.

    Args:
        attempts: everybody's files.
        wanted: what the assignment has.
    """
    together: dict[tuple[str, int], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        together[attempt.student, attempt.archive].append(attempt)
    for found in together.values():
        missing = {name: cells for name, cells in wanted.items() if name not in {attempt.name for attempt in found}}
        alone = len(found) == len(wanted) == 1
        for attempt in found:
            name = attempt.name if attempt.name in wanted else _recognised(attempt, missing, alone)
            yield replace(attempt, name=name or attempt.name)


def _recognised(attempt: Attempt, missing: Wanted, alone: bool) -> str | None:
    """Which notebook a file is that has another name: the one to which most of its cells belong.

    Without any such cell, as in a notebook that was copied by hand, it can only be the one that there is; but a lesson
    that was handed in by mistake is none.
    """
    path = Path(attempt.path)
    only = next(iter(missing)) if alone else None
    try:
        claims = {named(cell) for cell in read_cells(path)} - {None}
    except SetAside:  # the grader says why it cannot be read
        return only
    if not claims:
        return None if _is_built(path) else only
    found = [name for name, cells in missing.items() if len(cells & claims) * 2 > len(claims)]
    return found[0] if len(found) == 1 else None


def _is_built(path: Path) -> bool:
    """Whether a readable notebook says that ``mcourse build`` made it; those that are handed in have named cells."""
    metadata = json.loads(decoded(path.read_bytes())).get("metadata")
    return isinstance(metadata, dict) and "mcourse" in metadata


def latest(attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, tuple[Attempt, ...]]]:
    """Choose among attempts at the same notebook.

    Yields:
        The one that counts, and those before it that say something else.
    """
    at: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        at[attempt.student, attempt.name].append(attempt)
    for found in at.values():
        *earlier, last = sorted(found, key=lambda attempt: attempt.order)
        yield last, tuple(each for each in earlier if not filecmp.cmp(each.path, last.path, shallow=False))
