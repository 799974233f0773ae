"""The inside of the box: one hostile submission after the other, each graded in namespaces and on files of its own.

The process with number 1 of each such namespace hands the work in, has it graded by a process that may be killed, and
looks around when that has ended. It belongs to neither the grader nor the student.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import shutil
import signal
import site
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus import ATTACKS
from effects import MARK, Seen, left_in, read_seen
from hostile_course import WORD, hand_in, hand_in_attack, make_home
from listeners import Listeners
from namespaces import ALL_BELOW, NEW_IPC, NEW_MOUNTS, NEW_PIDS, PRIVATE, mount, unshare

ROOM = Path("/tmp/room")
FIRST_SECONDS, MORE_SECONDS = 25, 4
"""How long grading may take: for one submission, and for each more."""
PACKAGES = Path(site.getsitepackages()[0])

Grade = Callable[[list[str], Path, bool], str]
"""Grades students' work in a course, writes pages if asked to, and says why nothing was graded, if so."""


def serve(groups: list[str], grade: Grade) -> None:
    """Have each group (names with commas between) graded in a room of its own, and print a line for each name."""
    logging.disable(logging.CRITICAL)
    for group in groups:
        into, out = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(into)
            _in_namespaces(group.split(","), grade, out)
        os.close(out)
        with open(into, encoding="utf-8") as file:
            print(file.read(), flush=True)
        os.waitpid(first, 0)


def _in_namespaces(names: list[str], grade: Grade, out: int) -> None:
    unshare(NEW_MOUNTS | NEW_PIDS | NEW_IPC)
    second = os.fork()
    if second:
        os.close(out)
        os.waitpid(second, 0)
        os._exit(0)
    try:
        found = _look_after(names, grade, out)
    except BaseException as error:
        found = {name: Seen(said=f"the box itself failed: {error!r}") for name in names}
    with open(out, "w", encoding="utf-8", errors="replace") as file:
        file.writelines(json.dumps({"name": name, **dataclasses.asdict(seen)}) + "\n" for name, seen in found.items())
    os._exit(0)


def _look_after(names: list[str], grade: Grade, out: int) -> dict[str, Seen]:
    """Set the room up, have the submission graded, and look around."""
    course, home = _furnish()
    listeners = Listeners(home, f"agent-{os.getpid()}")
    places = {"COURSE": str(course), "HOME": str(home), **listeners.places}
    attacks = [ATTACKS[name] for name in names if name in ATTACKS]
    for attack in attacks:
        hand_in_attack(course, attack, places)
    if not attacks:
        hand_in(course, names[0], {})
    helper = subprocess.Popen([f"{WORD}-on-a-command-line", "99"], executable="/bin/sleep")
    with_pages = not attacks or any(attack.effect == "markup" for attack in attacks)
    most = FIRST_SECONDS + MORE_SECONDS * (len(names) - 1)
    said = _graded(lambda: grade(names, course, with_pages), course, out, most)
    helper.kill()
    helper.wait()
    found = (*_processes(), *left_in(ROOM, Path("/tmp"), Path("/dev/shm")))
    left = tuple(path for path in dict.fromkeys(found) if "/submitted/" not in path)
    return {name: _bounded(read_seen(course, name, said=said, left=left, sent=listeners.text)) for name in names}


def _bounded(seen: Seen) -> Seen:
    return dataclasses.replace(seen, outputs=seen.outputs[:2_000_000], of_tests=seen.of_tests[:2_000_000])


def _furnish() -> tuple[Path, Path]:
    """File systems in memory, with a course, a home, and packages that can be written to as by their installer."""
    mount("", "/", flags=ALL_BELOW | PRIVATE)
    mount("proc", "/proc", "proc")
    mount("shm", "/dev/shm", "tmpfs", 0, "size=200m")
    mount("temporary", "/tmp", "tmpfs", 0, "size=300m")
    ROOM.mkdir()
    mount("room", str(ROOM), "tmpfs", 0, "size=400m")
    for name in ("upper", "work"):
        (ROOM / name).mkdir()
    options = f"lowerdir={PACKAGES},upperdir={ROOM}/upper,workdir={ROOM}/work"
    mount("overlay", str(PACKAGES), "overlay", 0, options)
    course = Path(shutil.copytree("/mnt/template", ROOM / "course"))
    home = make_home(ROOM / "home")
    os.environ |= {"HOME": str(home), "PLANTED": f"{WORD}-environment"}
    Path(f"/tmp/{WORD}-left").write_text(f"{WORD}-of-another-program")
    return course, home


def _graded(grade: Callable[[], str], course: Path, out: int, seconds: float) -> str:
    """Grade in a process of its own, for as long as that may take.

    Returns:
        What went wrong; empty where nothing did.
    """
    log = ROOM / "said"
    grader = os.fork()
    if grader == 0:
        os.close(out)
        os.setsid()
        os.chdir(course)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        try:
            log.write_text(grade(), encoding="utf-8", errors="replace")
        except BaseException as error:
            log.write_text(f"{type(error).__name__}: {error}"[:1000], encoding="utf-8", errors="replace")
        os._exit(0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid == grader:
            return log.read_text() if log.exists() else "the grader was killed"
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(grader, signal.SIGKILL)
    return "it never ended"


def _processes() -> Iterator[str]:
    time.sleep(0.3)  # what was killed a moment ago may take as long
    for path in Path("/proc").glob("[0-9]*"):
        if path.name != str(os.getpid()):
            with contextlib.suppress(OSError):
                state = (path / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if state != "Z":
                    yield f"{MARK}: process {(path / 'comm').read_text().strip()}"
