"""A fork of the warm process, as the supervisor holds it: to talk to, to interrupt, to end, to measure."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from typing import Any

from autograder.grading.sealed.crossing.channel import HEAD, Channel, Closed, Late, TooLong
from autograder.grading.sealed.crossing.wire import BARE, Malformed, decode
from autograder.grading.sealed.inside import kernel
from autograder.grading.sealed.supervisor.sandbox import ADVICE, CannotIsolate

GREETED = 20.0  # seconds until a fork must have isolated itself


class Child:
    """One process and everything that it starts.

    Args:
        channel: to it.
        holds: descriptors of the process and, where it lives in namespaces of its own, of their first process, with
            which all the others end; none where the system has no such descriptors.
        pid: its number as it sees it itself; ours, where there are no namespaces.
        own_group: whether it leads a group of processes that we can name.
    """

    def __init__(self, channel: Channel, holds: Sequence[int], pid: int, own_group: bool) -> None:
        self.channel = channel
        self.holds = list(holds)
        self.pid = pid
        self.own_group = own_group
        self.used = 0.0
        self.seen: dict[int, float] = {}

    @classmethod
    def greeted(cls, end: socket.socket, own_group: bool) -> Child:
        """Wait until a fork says that it is isolated, and take it.

        Raises:
            CannotIsolate: it could not isolate itself.
        """
        end.settimeout(GREETED)
        try:
            data, holds, _, _ = socket.recv_fds(end, HEAD.size, 2)
            channel = Channel(end, 1 << 16)
            channel.buffer += data
            kind, said = decode(channel.receive(time.monotonic() + GREETED), BARE)
        except (OSError, Closed, Late, TooLong, Malformed, ValueError):
            kind, said = "failed", "it ended without a word"
        if kind != "hello":
            end.close()
            raise CannotIsolate(f"A process could not be sealed off ({said}). {ADVICE}")
        return cls(channel, holds, said, own_group)

    def interrupt(self) -> None:
        """Ask it to stop what it is doing, if it is still there."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.holds:
                signal.pidfd_send_signal(self.holds[0], signal.SIGINT)
            else:
                os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it and everything that it has started."""
        self.cpu_seconds()
        if self.own_group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        for hold in reversed(self.holds):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                signal.pidfd_send_signal(hold, signal.SIGKILL)
        self.channel.close()

    def release(self, patience: float = 5.0) -> None:
        """Kill it, and wait until it and all its own are gone, so that another may have its user."""
        self.kill()
        until = time.monotonic() + patience
        while self.holds:
            hold = self.holds.pop()
            gone: Any = select.poll()
            gone.register(hold, select.POLLIN)
            gone.poll(max(0.0, until - time.monotonic()) * 1000)
            os.close(hold)

    def gone(self) -> bool:
        """Whether it has hung up."""
        try:
            heard: Any = select.poll()
            heard.register(self.channel.end, select.POLLIN)
            if not heard.poll(0):
                return False
            self.channel.end.settimeout(0)
            return self.channel.end.recv(1, socket.MSG_PEEK) == b""
        except (BlockingIOError, InterruptedError):
            return False
        except (OSError, ValueError):  # it was closed
            return True

    def cpu_seconds(self) -> float:
        """Processor seconds that it and all its own have used; 0 where that cannot be known."""
        if self.holds:
            with contextlib.suppress(OSError, StopIteration, OverflowError):
                itself, first = kernel.pid_of(self.holds[0]), kernel.pid_of(self.holds[-1])
                self.used = max(self.used, kernel.cpu_seconds(itself), self._of_all(first))
        return self.used

    def _of_all(self, first: int) -> float:
        """What all together have used: by what is told of the dead, or, where they die untold, by what was seen."""
        found = kernel.cpu_below(first)
        self.seen |= {pid: own for pid, (own, _) in found.items()}
        return max(sum(own + buried for own, buried in found.values()), sum(self.seen.values()))
