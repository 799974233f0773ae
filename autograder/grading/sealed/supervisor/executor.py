"""Runs submissions, several at a time, each in processes of its own that are forked from a warm one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection
from types import TracebackType
from typing import Self

from autograder.grading.graded_under import versions_here
from autograder.grading.sealed.supervisor.ahead import warm_process
from autograder.grading.sealed.supervisor.launch import Isolation, Seal, Zygote
from autograder.grading.sealed.supervisor.notebook import run_notebook
from autograder.grading.sealed.supervisor.pair import Pair
from autograder.grading.sealed.supervisor.sandbox import CannotIsolate
from autograder.grading.sealed.supervisor.users import has_users
from autograder.grading.work import CannotRun, Ran, Task

TRIES = 3
"""How often a notebook is run whose warm process is killed."""


class Sealed:
    """The executor: student code reaches nothing but its own answers.

    Safe to use from several threads. The warm processes start with the first submission and end with the ``with``
    block.

    Args:
        isolation: ``namespaces``, or ``process`` for machines that have none: that still keeps tests out of reach of
            the student's code and bounds what it uses, but not what it can read.
        without: seals to leave out, for tests.

    Raises:
        CannotIsolate: on entering the block: this machine cannot; the message says what to do.
    """

    def __init__(self, isolation: Isolation = "namespaces", without: Collection[str] = ()) -> None:
        self.seal = Seal(isolation, frozenset(without))
        self.lock = threading.Lock()
        self.busy: set[int] = set()
        self.zygotes: dict[int, Zygote] = {}

    def __enter__(self) -> Self:
        self._zygote(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with self.lock:
            zygotes, self.zygotes = self.zygotes, {}
        for zygote in zygotes.values():
            zygote.close(at_once=kind is not None)

    def run(self, task: Task) -> Ran:
        """Run one submission: each notebook in a pair of processes of its own.

        Raises:
            CannotRun: it was not run; nothing is known of its marks.
        """
        began, own = time.monotonic(), time.thread_time()
        notebooks, cpu = {}, 0.0
        with self._slot() as slot:
            for name in task.notebooks:
                notebooks[name], used = self._run_notebook(task, name, slot)
                cpu += used
        return Ran(notebooks, time.monotonic() - began, cpu + time.thread_time() - own, versions_here())

    def _run_notebook(self, task: Task, name: str, slot: int) -> tuple[str, float]:
        """Run a notebook; return it, and the processor seconds that it took.

        Where the warm process was killed meanwhile, nothing is believed of the run: its forks died with it, and that is
        not what their cells deserve.
        """
        for _ in range(TRIES):
            try:
                zygote = self._zygote(slot)
            except CannotIsolate as problem:
                raise CannotRun(str(problem)) from problem
            try:
                with Pair(zygote, slot, task, name) as pair:
                    made = run_notebook(task.notebooks[name], task.plans[name], pair)
                if not zygote.has_ended():
                    return made, pair.processes.cpu_seconds()
            except CannotIsolate as problem:
                if not zygote.has_ended():
                    raise CannotRun(str(problem)) from problem
        raise CannotRun(
            f"the process that it is forked from was killed {TRIES} times while it ran (too little memory?)"
        )

    @contextlib.contextmanager
    def _slot(self):  # type: ignore[no-untyped-def] # a generator of numbers
        """A number that no other submission has meanwhile; the lowest that is free."""
        with self.lock:
            slot = next(number for number in range(len(self.busy) + 1) if number not in self.busy)
            self.busy.add(slot)
        try:
            yield slot
        finally:
            with self.lock:
                self.busy.discard(slot)

    def _zygote(self, slot: int) -> Zygote:
        """The warm process for a slot. Where each slot has users of its own, one serves all; else each has its own,
        for the kernel counts processes by user within a sandbox."""
        number = 0 if has_users() or self.seal.isolation == "process" else slot
        with self.lock:
            if number in self.zygotes and self.zygotes[number].has_ended():
                self.zygotes.pop(number).close()  # killed, say by a machine that ran out of memory
            if number not in self.zygotes:
                self.zygotes[number] = warm_process(self.seal)
            return self.zygotes[number]
