"""Starts the warm process that all others are forked from, and has it fork."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import autograder
from autograder.grading.sealed.crossing.channel import Closed, Late
from autograder.grading.sealed.crossing.wire import encode
from autograder.grading.sealed.inside.isolate import FOLDERS, ROOM
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.supervisor.child import GREETED, Child
from autograder.grading.sealed.supervisor.place import Place
from autograder.grading.sealed.supervisor.sandbox import ADVICE, PACKAGES, PATIENCE, CannotIsolate, environment, sandbox
from autograder.grading.sealed.supervisor.templates import Templates, ask_to_fork
from autograder.grading.sealed.supervisor.users import has_users, user_of

Isolation = Literal["namespaces", "process"]
Role = Literal["student", "trusted"]
BEGIN = (
    "import sys; sys.path.insert(0, sys.argv[3]); from autograder.grading.sealed.inside.zygote import start; start()"
)


@dataclass(frozen=True)
class Seal:
    """How processes are kept apart.

    Args:
        isolation: ``namespaces``, or ``process`` for machines that have none.
        without: seals to leave out, for tests.
    """

    isolation: Isolation = "namespaces"
    without: Collection[str] = frozenset()


class Zygote:
    """A warm process that forks on demand; safe to use from several threads.

    It is begun at once; ``wait_until_warm`` must have returned before anything is asked of it.

    Args:
        seal: how its children are kept apart.

    Raises:
        CannotIsolate: this machine cannot, or not in this way.
    """

    def __init__(self, seal: Seal) -> None:
        self.seal = seal
        self.namespaces = seal.isolation == "namespaces"
        self.warm = False
        self.lock = threading.Lock()
        self.templates = Templates(self._fork)
        self.own = Place()
        self.place = self.own.path
        self.control, theirs = socket.socketpair()
        try:
            with theirs:
                self.process = self._start(theirs)
        except BaseException:
            self.control.close()
            self.own.remove()
            raise

    def _start(self, end: socket.socket) -> subprocess.Popen[bytes]:
        box = sandbox(self.place) if self.namespaces else []
        packages = PACKAGES if self.namespaces else str(Path(str(autograder.__file__)).parents[1])
        command = [*box, sys.executable, "-I", "-B", "-c", BEGIN, str(end.fileno()), self.seal.isolation, packages]
        self.errors = (self.place / "errors.txt").open("wb")
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            pass_fds=[end.fileno()],
            env=environment(self.place if not self.namespaces else None),
            start_new_session=True,
        )

    def wait_until_warm(self) -> None:
        """Wait until it can fork.

        Raises:
            CannotIsolate: it has not come so far, and is gone.
        """
        self.control.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            self.warm = self.control.recv(1) == b"+"
        if not self.warm:
            raise self._failed()

    def _failed(self) -> CannotIsolate:
        """End what did not start; say what it said last."""
        self._kill()
        self.process.wait()
        said = (self.place / "errors.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        self.close()
        return CannotIsolate(f"The sandbox did not start: {said[-1] if said else 'it said nothing'}. {ADVICE}")

    def spawn(
        self,
        role: Role,
        limits: Limits,
        slot: int,
        variables: Mapping[str, str],
        files: Mapping[str, bytes],
        link: socket.socket | None = None,
        rehearsed: Sequence[str] = (),
    ) -> Child:
        """Fork a process and settle it.

        Args:
            role: which of the two.
            limits: what it may use.
            slot: a number that no other running process has; as root it decides on its user.
            variables: added to its environment.
            files: what it finds in its folder.
            link: for a student's process, its end of the link to the tests.
            rehearsed: the instructor's cells that a process of this role may have run before, if any.

        Raises:
            CannotIsolate: it could not isolate itself.
        """
        room = ROOM if self.namespaces else self._room()
        request = {
            "role": role,
            "limits": limits.plain(),
            "uid": user_of(slot, os.getpid()) if self.namespaces and has_users() else None,
            "room": room,
            "without": sorted(self.seal.without),
        }
        end = self.templates.fork(role, rehearsed, request, link) if rehearsed else None
        child = Child.greeted(end or self._fork(request, link), own_group=not self.namespaces)
        if not self.namespaces:
            variables = {"HOME": f"{room}/.home", "TMPDIR": f"{room}/.tmp", **variables}
        try:
            child.channel.send(encode((dict(variables), dict(files))), time.monotonic() + GREETED)
        except (Closed, Late):
            child.release()
            raise CannotIsolate(f"A process ended while it was settled. {ADVICE}") from None
        return child

    def _fork(self, request: Mapping[str, object], link: socket.socket | None = None) -> socket.socket:
        """Have a process forked; return our end of the channel to it.

        Raises:
            CannotIsolate: there is nobody to fork it.
        """
        with self.lock:
            end = ask_to_fork(self.control, request, link)
        if end is None:
            raise CannotIsolate(f"The warm process has ended unexpectedly. {ADVICE}")
        return end

    def _room(self) -> str:
        room = tempfile.mkdtemp(dir=self.place)
        for name in FOLDERS:
            os.mkdir(f"{room}/.{name}")
        return room

    def _kill(self) -> None:
        """Kill it and what is around it: the sandbox is made by two processes, and the second may not yet have
        asked to die with the other."""
        if self.process.returncode is None:  # else the number may be somebody else's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether it is gone; the socket says so before anything that it has forked is."""
        if not select.select([self.control], [], [], 0)[0]:
            return False
        try:
            return self.control.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def close(self, *, at_once: bool = False) -> None:
        """End it, and with it all that it has forked.

        Args:
            at_once: where namespaces end all that it has forked with it, do not wait until that has ended by itself.
        """
        self.templates.close()
        self.control.close()
        if not self.warm or (at_once and self.namespaces):
            self._kill()  # it would hear of it only when it has imported everything; and it waits for its forks
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self._kill()
            self.process.wait()
        self.errors.close()
        self.own.remove()
