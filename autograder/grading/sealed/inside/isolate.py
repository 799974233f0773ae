"""Turns a fresh fork of the zygote into a cell without doors, step by step, before it runs anything of a student's.

The order is the argument. First what needs privileges (namespaces, mounts), then the loss of every privilege, last the
filter that would refuse the steps before it. Nothing here looks at data from a submission.

Each step is a *seal* with a name. Tests leave one out at a time, to show that an attack which fails would else succeed.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from autograder.checks import quiet
from autograder.grading.sealed.inside import kernel, seccomp
from autograder.grading.sealed.limits import Limits

SEALS = ("descriptors", "namespaces", "scratch", "limits", "user", "privileges", "filter")
ROOM = "/room"
"""Where a sandboxed process finds the files that it may see and writes its own."""
FOLDERS = ("tmp", "shm", "home")
OVERHEAD = 200_000  # bytes of scratch that the folders themselves take
PARTLY: tuple[type[Exception], ...] = () if sys.platform == "linux" else (ValueError, OSError)
"""What setting a limit may raise: macOS refuses some of them on a running process."""


@dataclass(frozen=True)
class Terms:
    """How one process is to be isolated.

    Args:
        limits: what it may use.
        namespaces: whether the kernel's namespaces are used at all; else only limits and a folder of its own.
        uid: the user to become; None where that takes privileges that we do not have.
        room: its folder, where namespaces are not used.
        without: seals to leave out, for tests.
        foreign: whether it is going to run what a student wrote.
    """

    limits: Limits
    namespaces: bool
    uid: int | None
    room: str
    without: Collection[str] = ()
    foreign: bool = True

    def has(self, seal: str) -> bool:
        """Whether a seal is to be set."""
        return seal not in self.without

    @property
    def two(self) -> bool:
        """Whether it is to have the first process of its namespaces beside it.

        A first process is special: it gets no signal that it has not asked for, and it inherits every orphan. A
        student's code is to run in an ordinary one; the tests may do with the first.
        """
        return self.namespaces and self.has("namespaces") and self.foreign


@dataclass
class _Fork:
    """What a fork has to know of the process that it comes from: who that was, and what the kernel refused it."""

    user: int = -1
    group: int = -1
    refused: OSError | None = None


_fork = _Fork()


def fork(rootless: bool) -> int:
    """Fork into namespaces of its own: 0 in the child, which is yet to be isolated; where they are refused, it says so.

    Args:
        rootless: whether it takes a user namespace to be allowed the others.
    """
    own = kernel.NEWNS | kernel.NEWPID | kernel.NEWIPC | kernel.NEWNET | (kernel.NEWUSER if rootless else 0)
    _fork.user, _fork.group, _fork.refused = os.getuid(), os.getgid(), None
    try:
        return kernel.fork_into(own)
    except OSError as problem:
        _fork.refused = problem
        return os.fork()


def isolate(terms: Terms, keep: Collection[int], address_space: int) -> None:
    """Isolate this process, a child of the zygote; returns in the process that is isolated, and only there.

    Args:
        terms: how.
        keep: descriptors that it needs.
        address_space: bytes of address space that it has from the zygote.
    """
    if terms.has("descriptors"):
        close_others(keep)
    os.setsid()
    if not terms.namespaces:
        os.chdir(terms.room)
        _set_limits(terms, address_space)
        return
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    if terms.has("namespaces"):
        _settle_in_namespaces(rootless=terms.uid is None)
        if terms.has("scratch"):
            _mount_scratch(terms)
    os.chdir(ROOM)
    if terms.has("limits"):
        _set_limits(terms, address_space)
    if terms.has("privileges"):
        kernel.drop_bounding_set()
    if terms.uid is not None and terms.has("user"):
        os.setgroups([])
        os.setresgid(terms.uid, terms.uid, terms.uid)
        os.setresuid(terms.uid, terms.uid, terms.uid)
    if terms.has("privileges"):
        kernel.clear_capabilities()
    kernel.prctl(kernel.SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.SET_DUMPABLE, 0)
    if terms.has("filter"):
        seccomp.install()
    if terms.two:
        _have_init()
    if not os.path.exists("/proc/self"):
        quiet.statm = os.open("self/statm", os.O_RDONLY, dir_fd=processes)  # how much memory this very process has
    os.close(processes)


def _have_init() -> None:
    """Leave this process, the first of its namespaces, behind as the one that ends them; go on in a child of it.

    Where that child ends, or the supervisor ends the first, everything in here ends.
    """
    child = os.fork()
    if child == 0:
        kernel.prctl(kernel.SET_PDEATHSIG, signal.SIGKILL)
        return
    os.closerange(0, 1 << 20)
    with contextlib.suppress(ChildProcessError):
        while os.wait()[0] != child:
            pass
    os._exit(0)


def close_others(keep: Collection[int]) -> None:
    """Close every descriptor but these; the three standard ones lead nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    low = 3
    for number in sorted(keep):
        os.closerange(low, number)
        low = number + 1
    os.closerange(low, 1 << 20)


def _settle_in_namespaces(rootless: bool) -> None:
    """Be somebody in the namespaces that this process was forked into, as the first of its own."""
    if _fork.refused:
        raise _fork.refused
    if rootless:
        kernel.prctl(kernel.SET_DUMPABLE, 1)  # else the files below belong to root
        user, group = _fork.user, _fork.group
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        kernel.prctl(kernel.SET_DUMPABLE, 0)
    kernel.mount("", "/", flags=kernel.REC | kernel.PRIVATE)


def _mount_scratch(terms: Terms) -> None:
    """One small file system in memory for everything that may be written; it goes when the process goes."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # where memory runs out after all, this process goes first
    options = f"size={terms.limits.scratch + OVERHEAD},nr_inodes=10000,mode=0755"
    kernel.mount("room", ROOM, "tmpfs", kernel.NOSUID | kernel.NODEV, options)
    for name in FOLDERS:
        os.mkdir(f"{ROOM}/.{name}", 0o700)
    _keep_in_sight("/tmp", f"{ROOM}/.tmp")
    kernel.mount(f"{ROOM}/.tmp", "/tmp", flags=kernel.BIND | kernel.REC)
    kernel.mount(f"{ROOM}/.shm", "/dev/shm", flags=kernel.BIND)
    flags = kernel.NOSUID | kernel.NODEV | kernel.READ_ONLY
    try:
        kernel.mount("proc", "/proc", "proc", flags, "subset=pid")  # its own processes, and nothing of the machine
    except OSError:
        kernel.mount("none", "/proc", "tmpfs", flags, "size=4k")
    if terms.uid is not None and terms.has("user"):
        for path in (ROOM, *(f"{ROOM}/.{name}" for name in FOLDERS)):
            os.chown(path, terms.uid, terms.uid)


def _keep_in_sight(folder: str, cover: str) -> None:
    """Show in the cover of a folder what the sandbox shows in that: the Python may be installed below it."""
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        shown = [line.split()[4].encode().decode("unicode_escape") for line in table]
    before = os.umask(0o022)
    for path in sorted(path for path in shown if path.startswith(f"{folder}/")):
        place = cover + path.removeprefix(folder)
        os.makedirs(place if os.path.isdir(path) else os.path.dirname(place), exist_ok=True)
        if not os.path.isdir(path):
            os.close(os.open(place, os.O_CREAT))
        kernel.mount(path, place, flags=kernel.BIND)
    os.umask(before)


def _set_limits(terms: Terms, address_space: int) -> None:
    limits = terms.limits
    wanted: dict[str, float] = {
        "RLIMIT_CPU": limits.notebook_cpu + 1,
        "RLIMIT_AS": address_space + limits.memory,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_FSIZE": limits.file_size,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if terms.namespaces:  # elsewhere it counts everything that this user runs
        wanted["RLIMIT_NPROC"] = limits.processes
    for name, value in wanted.items():
        kind: Any = getattr(resource, name, None)
        if kind is not None:
            most = resource.getrlimit(kind)[1]
            bound = int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
            with contextlib.suppress(*PARTLY):
                resource.setrlimit(kind, (bound, bound))
