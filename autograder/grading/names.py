"""Reads from a file's name whose work it is, as Canvas and Moodle write it.

Canvas (its ``ContentZipper``): ``lovelaceada_LATE_4711_99_exercises-1.ipynb`` is the name in sorting order without
spaces, whether it is late, the number of the student, the number of the upload, and the file's own name, with ``-1``
and so on where a file of that name was handed in before. Moodle (its ``assign::download_submissions``):
``Ada Lovelace_4711_assignsubmission_file/exercises.ipynb``, before version 4 with one more ``_`` at the end of the
folder, or with that and no folder; its number is that of the participation, not of the student. Where teams hand in or
groups are downloaded, the team or group and ``-`` stand before every name; in blind marking that is ``Participant``.

What a student chose, the file's own name, comes last; so the first place where a pattern fits is the system's.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autograder.grading.roster import Person

_BEFORE = r"(?:[^/]+/)*?"

PATTERNS: dict[str, str] = {
    "moodle": _BEFORE + r"(?P<name>[^/_]*)_(?P<student_id>[0-9]+)_assignsubmission_file[_/](?:.*/)?(?P<file_id>[^/]+)$",
    "canvas": _BEFORE
    + r"(?P<name>[^/]*?)(?P<late>_LATE)?_(?P<student_id>[0-9]+)_(?P<upload>[0-9]+)_(?P<file_id>[^/]+)$",
}
"""By system, nbgrader's ``named_regexp`` for a path inside the archive; tried in this order."""

AGAIN = re.compile(r"(?:-\d+| ?\(\d+\))(?=\.ipynb$)")
"""What Canvas or a browser adds to the name of a file that was there before."""


@dataclass(frozen=True)
class Named:
    """A file's name as it was read; by a part's name, what stands there, or nothing.

    Args:
        system: ``canvas`` or ``moodle``.
        parts: what the system's pattern found.
    """

    system: str
    parts: re.Match[str]

    def __getitem__(self, part: str) -> str:
        return self.parts.groupdict().get(part) or ""

    def start(self, part: str) -> int:
        """Where in the name a part begins."""
        return self.parts.start(part)


def read(path: str) -> Named | None:
    """Read a name of the form that a system gives.

    Args:
        path: where the file stands in its archive.

    Returns:
        What it says; nothing, where it has no such form.
    """
    found = ((system, re.match(pattern, path)) for system, pattern in PATTERNS.items())
    return next((Named(system, parts) for system, parts in found if parts), None)


@dataclass(frozen=True)
class Sender:
    """What a file's name says of who handed it in.

    Args:
        system: ``canvas`` or ``moodle``.
        name: as the system spells it.
        number: the system's.
        grouped: whether the name of a group may stand before that of the student.
    """

    system: str
    name: str
    number: str
    grouped: bool = False


class Unknown(Exception):
    """A sender whom the roster does not settle; the message is the reason."""


def squeezed(name: str) -> str:
    """Spell a name so that two systems agree: letters and digits alone, in small letters, accents composed.

    >>> squeezed("O'Neill, Zoë"), squeezed("oneillzoë")
    ('oneillzoë', 'oneillzoë')
    """
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


class Roll:
    """The class, as it is looked up: by number, and by every spelling of a name.

    Args:
        people: the roster.
    """

    def __init__(self, people: Iterable[Person]) -> None:
        self.numbered: dict[str, list[Person]] = defaultdict(list)
        self.spelled: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            self.numbered[person.lms_user_id].append(person)
            for spelling in _spellings(person):
                self.spelled[spelling].append(person)


def find(sender: Sender, roll: Roll) -> str:
    """Find the student whom a sender is in the roster: by Canvas' number first, else by the name if it is one's alone.

    A name settles nothing for somebody whose number in Canvas is known to be another: names can be chosen.

    Args:
        sender: what the file's name says.
        roll: the class.

    Returns:
        The student's id.

    Raises:
        Unknown: nobody, or more than one, has that name and number.
    """
    numbers = sender.system == "canvas"
    by_number = roll.numbered.get(sender.number, []) if numbers else []
    if len(by_number) == 1:
        return by_number[0].id
    spelled = (roll.spelled.get(squeezed(name), []) for name in _without_group(sender))
    free = ([person.id for person in people if not (numbers and person.lms_user_id)] for people in spelled)
    named = next(filter(None, free), [])
    if len(named) == 1:
        return named[0]
    what = f"{sender.name!r} with the number {sender.number}"
    if named:
        do = (
            "give each an LMS id in the roster"
            if numbers
            else "find out who it is, then put it into submitted/ by hand"
        )
        raise Unknown(f"{what} may be {', '.join(sorted(named))}; {do}")
    if sender.system == "moodle" and sender.name.endswith("Participant"):
        raise Unknown("Moodle left the names out (blind marking); reveal them there, then download again")
    raise Unknown(f"nobody in the roster is {what}; add the student with: mcourse roster FILE.csv")


def in_groups(paths: Iterable[str]) -> bool:
    """Whether the names of groups may stand in an archive of Moodle's: then every name has a hyphen.

    Where one has none, ``Anne-Marie Curie`` is whole, and nobody is to take her for ``Marie Curie``.

    Args:
        paths: of all files in the archive.
    """
    names = (found["name"] for path in paths if (found := re.match(PATTERNS["moodle"], path)))
    return all("-" in name for name in names)


def _without_group(sender: Sender) -> Iterator[str]:
    """What the name may be: as it stands, or what follows the name of a group; names have hyphens too."""
    yield sender.name
    for place, sign in enumerate(sender.name if sender.grouped else ""):
        if sign == "-":
            yield sender.name[place + 1 :]


def _spellings(person: Person) -> set[str]:
    """A person's name in both orders; a person without a name has none."""
    both = (person.first_name + person.last_name, person.last_name + person.first_name)
    return {spelling for name in both if (spelling := squeezed(name))}


def own_name(name: str, wanted: Collection[str]) -> str:
    """The name that a notebook had before a system or a browser numbered it.

    Args:
        name: the file's name.
        wanted: the assignment's notebooks, with their ending; only to these a numbered name is led back.

    >>> own_name("exercises-1.ipynb", ["exercises.ipynb"]), own_name("part-1.ipynb", ["part-1.ipynb"])
    ('exercises.ipynb', 'part-1.ipynb')
    """
    plain = AGAIN.sub("", name)
    return name if name in wanted or plain not in wanted else plain
