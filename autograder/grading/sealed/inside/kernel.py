"""The few calls to the Linux kernel that Python has no name for, through the C library."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

NEWNS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
NOSUID, NODEV, REC, PRIVATE, BIND, READ_ONLY = 2, 4, 16384, 1 << 18, 4096, 1

SET_PDEATHSIG, SET_DUMPABLE, DROP_BOUND, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
AMBIENT, CLEAR_ALL = 47, 4
LARGE_PAGE, HUGE_PAGE, COLLAPSE = 1 << 21, 14, 25
CAPABILITIES = 64  # there are about 41; the kernel refuses the numbers that it does not know
TICKS = os.sysconf("SC_CLK_TCK")  # in a second, as /proc counts

CLONE = {"x86_64": 56, "aarch64": 220}


@cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def prctl(option: int, *arguments: int) -> None:
    """Change a property of this process; see ``prctl(2)``."""
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc().prctl(option, *padded), f"prctl({option})")


def fork_into(flags: int) -> int:
    """Fork into new namespaces, otherwise as ``os.fork`` does."""
    call = [ctypes.c_ulong(value) for value in (CLONE[platform.machine()], flags | signal.SIGCHLD, 0, 0, 0, 0)]
    libc, api = _held_libc(), ctypes.pythonapi
    api.PyOS_BeforeFork()
    pid = int(libc.syscall(*call))
    number = ctypes.get_errno()
    if pid == 0:
        api.PyOS_AfterFork_Child()
    else:
        api.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


@cache
def _held_libc() -> Any:
    """The C library, called with Python's lock held: a child that came out of the call would wait for it forever."""
    return ctypes.PyDLL(None, use_errno=True)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount something in this process's own view of the files."""
    texts = [text.encode() or None for text in (source, target, kind)]
    _checked(_libc().mount(*texts, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def drop_bounding_set() -> None:
    """Give up every privilege that a program started later could be given."""
    for number in range(CAPABILITIES):
        try:
            prctl(DROP_BOUND, number)
        except OSError:
            if number == 0:
                raise
            break
    prctl(AMBIENT, CLEAR_ALL)


def clear_capabilities() -> None:
    """Give up every privilege that this process has."""
    header = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0))
    _checked(_libc().capset(header, ctypes.create_string_buffer(24)), "capset")


def gather_memory() -> None:
    """Have the memory of this process in pages of 2 MB, where the kernel allows it: there is less to copy in a fork."""
    advise = _libc().madvise
    advise.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
    for begin, end in _own_memory():
        for place in range(-(-begin // LARGE_PAGE) * LARGE_PAGE, end - LARGE_PAGE + 1, LARGE_PAGE):
            advise(place, LARGE_PAGE, HUGE_PAGE)
            advise(place, LARGE_PAGE, COLLAPSE)


def _own_memory() -> Iterator[tuple[int, int]]:
    """The stretches of memory that are this process's own to write, and come from no file."""
    with contextlib.suppress(OSError), open("/proc/self/maps") as table:
        for line in table:
            span, rights, _, _, file, *name = line.split()
            if rights.startswith("rw") and file == "0" and name in ([], ["[heap]"]):
                begin, end = span.split("-")
                yield int(begin, 16), int(end, 16)


def cpu_seconds(pid: int) -> float:
    """Processor seconds that a process has used, its threads together."""
    return time.clock_gettime(~pid << 3 | 2)  # CPUCLOCK_SCHED of another process, as in clock_getcpuclockid(3)


def cpu_below(pid: int) -> dict[int, tuple[float, float]]:
    """Processor seconds of a process and of all that it has started, by number, as far as this system tells.

    Returns:
        For each that lives, what it has used itself, and what those of its own have that it has seen end.
    """
    found: dict[int, tuple[float, float]] = {}
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            user, system, users, systems = (int(ticks) / TICKS for ticks in stat[11:15])
            found[one] = user + system, users + systems
            for task in os.listdir(f"/proc/{one}/task"):
                waiting += map(int, Path(f"/proc/{one}/task/{task}/children").read_text().split())
    return found


def pid_of(pidfd: int) -> int:
    """The number, in our own view, of a process that is known by descriptor; -1 when it is gone."""
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        return next(int(line.split()[1]) for line in info if line.startswith("Pid:"))
