"""A class of hostile students, an honest one after each: everybody gets what they deserve, and nothing else."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from corpus import ATTACKS
from effects import MARK, Seen, effects, left_in, live, read_seen
from hostile_course import WORD, hand_in, hand_in_attack, make_course, make_home
from limits_here import SMALL
from listeners import listening

from autograder.grading import Grading, grade, write_feedback
from autograder.grading.sealed import Sealed
from autograder.grading.sealed.supervisor.sandbox import why_not

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason="this machine has no namespaces to seal a submission off with"),
]
NEXT = "-next"
MACHINE = (Path("/tmp"), Path("/dev/shm"), Path.home(), Path("/"))
"""Folders of the machine that attacks would like to leave something in."""


@dataclass(frozen=True)
class Day:
    """A class that was graded.

    Args:
        course: the course directory.
        grading: what the run said.
        heard: what came in at servers of this machine meanwhile.
        children: processes that were left.
        planted: files that were left.
        before: of each file that students and the instructor wrote, a digest.
    """

    course: Path
    grading: Grading
    heard: list[bytes]
    children: dict[int, str]
    planted: list[str]
    before: dict[str, str]

    def seen(self, student: str) -> Seen:
        """What came of a student's work."""
        said = {**self.grading.set_aside, **self.grading.failed}.get(student, "")
        forged = any("forged" in tags for tags in self.grading.mistakes.values())
        return replace(read_seen(self.course, student, said=said), forged=forged)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    root = tmp_path_factory.mktemp("attacked")
    course, home = make_course(root / "course"), make_home(root / "home")
    around = [Path(folder) / f"{WORD}-{os.getpid()}" for folder in ("/tmp", "/dev/shm")]
    for path in around:
        path.write_text(f"{WORD}-of-another-program")
    adopt_orphans()
    with pytest.MonkeyPatch.context() as patch, listening(home, f"agent-{os.getpid()}") as listeners:
        patch.setenv("PLANTED", f"{WORD}-environment")
        places = {"COURSE": str(course), "HOME": str(home), **listeners.places}
        for attack in ATTACKS.values():
            hand_in_attack(course, attack, places)
            hand_in(course, attack.name + NEXT, {})
        before, children, planted = digests(course), running(), planted_around()
        with Sealed() as executor:
            grading = grade(course, "ps1", jobs=3, limits=SMALL, executor=executor)
        write_feedback(course, grading)
        time.sleep(0.5)
        left = {pid: what for pid, what in running().items() if pid not in children}
        new = [path for path in (*planted_around(), *left_in(course / ".mcourse", home)) if path not in planted]
        yield Day(course, grading, listeners.heard, left, new, before)
    for path in around:
        path.unlink()


def adopt_orphans() -> None:
    """Have this process be the parent of whatever its children leave behind, so that it is seen."""
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def running() -> dict[int, str]:
    """The processes that this one has started, and all that these left behind, with what each is.

    Those that have ended, and only wait for somebody to ask how, are none.
    """
    pids = [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]
    what = {pid: Path(f"/proc/{pid}/stat").read_text() for pid in pids}
    return {pid: said for pid, said in what.items() if said.rpartition(")")[2].split()[0] != "Z"}


def planted_around() -> list[str]:
    """What stands in the machine's folders under the name that attacks use."""
    return [str(path) for folder in MACHINE for path in folder.glob(f"*{MARK}*")]


def digests(course: Path) -> dict[str, str]:
    """What the instructor and the students wrote."""
    files = (
        p for step in ("source", "release", "submitted") for p in sorted((course / step).rglob("*")) if p.is_file()
    )
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files if not path.is_symlink()}


@pytest.mark.parametrize("name", ATTACKS)
def test_deserved(day: Day, name: str) -> None:
    """A hostile student gets exactly the marks that the answers deserve, or is set aside with the reason."""
    attack, seen = ATTACKS[name], day.seen(name)
    if attack.set_aside:
        assert attack.set_aside in day.grading.set_aside[name]
        assert not seen.marks
    else:
        assert seen.marks == attack.deserves, seen.said


@pytest.mark.parametrize("name", ATTACKS)
def test_no_effect(day: Day, name: str) -> None:
    """Nothing of what a hostile student attempted shows, neither in marks nor in what came out."""
    honest = day.seen(next(iter(ATTACKS)) + NEXT)
    assert effects(ATTACKS[name], day.seen(name), honest.pages) == set()


@pytest.mark.parametrize("name", ATTACKS)
def test_the_next_student(day: Day, name: str) -> None:
    """Whoever is graded right after a hostile student gets full marks for good work."""
    assert day.grading.marks[name + NEXT] == {test: 1.0 for test in day.grading.cells if test != "01-why-manual-1"} | {
        "01-why-manual-1": None
    }


def test_nothing_was_sent(day: Day) -> None:
    """No server of this machine heard from a submission."""
    assert day.heard == []


def test_nobody_stayed(day: Day) -> None:
    """No process outlives the run."""
    assert day.children == {}


def test_nothing_was_planted(day: Day) -> None:
    """No file is left: not in the machine's folders, not in the instructor's home, not with the grader's own."""
    assert day.planted == []


def test_what_was_handed_in_is_untouched(day: Day) -> None:
    """Sources, releases and submissions are, byte for byte, what they were."""
    assert digests(day.course) == day.before


def test_nothing_else_in_the_course(day: Day) -> None:
    """Of the names that attacks use for files, none is in the course but where it was handed in."""
    own = ("submitted", "autograded", "feedback")  # which hold the sources that have these names in them
    folders = [folder for folder in day.course.iterdir() if folder.name not in own]
    found = left_in(*folders)
    assert found == ()


def test_no_secret_on_a_page(day: Day) -> None:
    """No page that goes back to a student has a word of a hidden test, a reference or anything else that is planted."""
    pages = {path: path.read_text(encoding="utf-8") for path in (day.course / "feedback").rglob("*.html")}
    of_victim = str(Path("feedback") / "victim")
    assert len(pages) > len(ATTACKS)
    assert [path for path, text in pages.items() if WORD in text and of_victim not in str(path)] == []


def test_pages_do_nothing(day: Day) -> None:
    """No page has anything that a browser would act on beyond what every page has."""
    honest = live(day.seen(next(iter(ATTACKS)) + NEXT).pages)
    busy = {
        path.parts[-3]: live((path.read_text(encoding="utf-8"),)) for path in (day.course / "feedback").rglob("*.html")
    }
    assert {name: found - honest for name, found in busy.items() if found - honest} == {}


def test_everybody_is_accounted_for(day: Day) -> None:
    """Everybody is graded or set aside, and nobody's run failed."""
    handed_in = {path.name for path in (day.course / "submitted").iterdir()}
    assert set(day.grading.students) == handed_in
    assert day.grading.failed == {}
