"""Warm processes for one assignment: forked from the warm one, they have run its cells, so that their forks are quick.

Most of what a check costs is the same for every student: the question is read, differentiated and compiled. A template
has done that, on the instructor's own cells and without any student's data, and is then forked as the warm process
itself is. One serves students and has run what they were given; another serves the tests and has run these too. For any
other course they have loaded the libraries that it imports, and run nothing (``libraries.py``).

The one for the tests learns: what one tests' process has said of a typed answer (a text and a report, never whose), the
next one knows. No student's code ever runs in a fork of it.

Whatever goes wrong with a template costs time and no mark: the process is then forked from the warm one.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from autograder.grading.sealed.crossing.channel import Channel, Closed, Late
from autograder.grading.sealed.crossing.wire import encode
from autograder.grading.sealed.supervisor.sandbox import PATIENCE, CannotIsolate

MOST = 6
"""Templates that are kept; a worker of a cluster sees many assignments."""

Key = tuple[str, tuple[str, ...]]


class Templates:
    """The templates of one warm process; safe to use from several threads.

    Args:
        fork: has the warm process fork.
    """

    def __init__(self, fork: Callable[[Mapping[str, object]], socket.socket]) -> None:
        self._new = fork
        self._lock = threading.Lock()
        self._controls: dict[Key, socket.socket | None] = {}

    def fork(
        self, role: str, rehearsed: Sequence[str], request: Mapping[str, object], link: socket.socket | None
    ) -> socket.socket | None:
        """Have a process forked from the template for these cells, which is made where it is missing.

        Returns:
            Our end of the channel to it; None where there is no such template.
        """
        key = role, tuple(rehearsed)
        with self._lock:
            if key not in self._controls:
                self._forget(len(self._controls) - MOST + 1)
                self._controls[key] = self._rehearse(key[1])
            control = self._controls[key] = self._controls.pop(key)  # the last to be forgotten
            end = ask_to_fork(control, request, link) if control else None
            if control and not end:
                control.close()
                self._controls[key] = None
            return end

    def teach(self, role: str, rehearsed: Sequence[str], news: bytes) -> None:
        """Tell the template for these cells, if there is one, what was judged by a fork of it."""
        key = role, tuple(rehearsed)
        with self._lock:
            control = self._controls.get(key)
            if control and not _told(control, news):
                control.close()
                self._controls[key] = None

    def _rehearse(self, cells: tuple[str, ...]) -> socket.socket | None:
        """Make a template: what runs the cells, says so, and then forks whenever asked."""
        with contextlib.suppress(CannotIsolate, Closed, Late, OSError):
            control = self._new({"role": "template"})
            Channel(control, 0).send(encode(cells), time.monotonic() + PATIENCE)
            control.settimeout(PATIENCE)
            if control.recv(1) == b"+":
                return control
            control.close()
        return None

    def _forget(self, count: int) -> None:
        for key in list(self._controls)[: max(0, count)]:
            if control := self._controls.pop(key):
                control.close()

    def close(self) -> None:
        """Have them end."""
        with self._lock:
            self._forget(len(self._controls))


def _told(control: socket.socket, news: bytes) -> bool:
    """Tell a template something; say whether it has listened."""
    ours, theirs = socket.socketpair()
    with ours, theirs, contextlib.suppress(Closed, Late, OSError):
        socket.send_fds(control, [b'{"role": "learn"}'], [theirs.fileno()])
        Channel(ours, 0).send(news, time.monotonic() + PATIENCE)
        return bool(control.recv(1))
    return False


def ask_to_fork(
    control: socket.socket, request: Mapping[str, object], link: socket.socket | None
) -> socket.socket | None:
    """Ask a warm process for a fork.

    Returns:
        Our end of a channel to the fork; None where nobody answers.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        ends = [theirs.fileno(), *([link.fileno()] if link is not None else [])]
        try:
            socket.send_fds(control, [json.dumps(request).encode()], ends)
            if control.recv(1):
                return ours
        except OSError:
            pass
    ours.close()
    return None
