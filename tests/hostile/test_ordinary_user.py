"""Whoever grades need not be root: as an ordinary user, hostile submissions get what they deserve too, and no more.

As root each submission has a user of its own; here all have the grader's, and only namespaces and the loss of every
privilege stand between them and what that user owns. All other tests that run as root do not see this.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from corpus import ATTACKS
from corpus.attack import FULL
from effects import MARK, effects, left_in, read_seen
from hostile_course import WORD, hand_in, hand_in_attack, make_course, make_home
from limits_here import SMALL
from listeners import listening
from ordinary_user import USER, as_ordinary_user, why_not

pytestmark = pytest.mark.slow  # grades some thirty submissions
HONEST = "honest"
TRIED = (
    *("be-root", "become-root", "hold-privileges", "pass-on-privileges", "raise-limits", "leave-by-chroot"),
    *("ptrace", "read-memory-of-parent", "unshare-user", "mount-over", "kill-the-parent", "kill-the-group"),
    *("see-siblings", "see-the-machine", "hold-descriptors", "write-into-the-course", "write-beside-programs"),
    *("read-the-gradebook", "read-keys", "read-environments", "send-by-tcp", "send-by-abstract-socket"),
    *("deaf-daemon", "plant-startup", "plant-in-tmp", "many-processes", "fork-tree", "big-array", "many-large-files"),
    *("flood-of-text", "loop", "never-dies", "garbage", "hang-up", "patch-numpy-testing", "raise-points"),
)
"""Of each theme some, and all that reach for what the user has."""


@dataclass(frozen=True)
class Day:
    """A class that an ordinary user has graded.

    Args:
        course: the course directory.
        done: the command.
        heard: what came in at servers of this machine meanwhile.
        stayed: processes of the user's that were left.
        planted: files that were left.
    """

    course: Path
    done: subprocess.CompletedProcess[str]
    heard: list[bytes]
    stayed: list[str]
    planted: list[str]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    room = tmp_path_factory.mktemp("ordinary")
    if reason := why_not(room):
        pytest.skip(reason)
    course, home = make_course(room / "course"), make_home(room / "home")
    with (course / "nbgrader_config.py").open("a") as configuration:
        configuration.write(f"c.MCourse.limits = {SMALL.plain()!r}\n")
    with listening(home, f"agent-of-{USER}") as listeners:
        places = {"COURSE": str(course), "HOME": str(home), **listeners.places}
        for name in TRIED:
            hand_in_attack(course, ATTACKS[name], places)
        hand_in(course, HONEST, {})
        command = ("-m", "autograder.cli", "grade", "ps1", "--course", str(course), "--jobs", "2")
        done = as_ordinary_user(room, *command, environment={"PLANTED": f"{WORD}-environment"})
        time.sleep(0.5)
        planted = [*left_in(home), *planted_around(room / "temporary")]
        yield Day(course, done, listeners.heard, running(), planted)


def planted_around(temporary: Path) -> list[str]:
    """What the ordinary user has left among temporary files: of submissions, and of the grader itself."""
    machine = [path for folder in ("/tmp", "/dev/shm", "/var/tmp") for path in Path(folder).glob(f"*{MARK}*")]
    own = [path for path in machine if path.lstat().st_uid == USER]
    return list(map(str, (*own, *temporary.rglob(f"*{MARK}*"), *temporary.glob("mcourse-*"))))


def running() -> list[str]:
    """The processes of the ordinary user."""
    processes = psutil.process_iter(["uids", "name", "status"])
    found = [process.info for process in processes if process.info["status"] != psutil.STATUS_ZOMBIE]
    return [info["name"] for info in found if info["uids"] and USER in info["uids"]]


def test_graded(day: Day) -> None:
    """The command ends well, and everybody has marks."""
    assert (day.done.returncode, day.done.stderr) == (0, "")
    assert f"ps1: {len(TRIED) + 2} graded, 0 unchanged, 0 set aside, 0 failed." in day.done.stdout
    assert (day.course / "gradebook.db").stat().st_uid == USER


@pytest.mark.parametrize("name", TRIED)
def test_deserved(day: Day, name: str) -> None:
    """A hostile student gets exactly the marks that the answers deserve, and nothing of what was attempted."""
    seen, honest = read_seen(day.course, name), read_seen(day.course, HONEST)
    assert seen.marks == ATTACKS[name].deserves
    assert effects(ATTACKS[name], seen, honest.pages) == set()


def test_honest(day: Day) -> None:
    """An honest student among them gets full marks."""
    assert read_seen(day.course, HONEST).marks == FULL


def test_nothing_is_left(day: Day) -> None:
    """No server heard anything, no process stayed, and nothing was planted at home or among temporary files."""
    assert (day.heard, day.stayed, day.planted) == ([], [], [])
