"""The two processes of one notebook, and the link between them: started, interrupted, ended, and measured.

What they are told to do has a module of its own (``pair.py``).
"""

from __future__ import annotations

import contextlib
import socket
import time

from autograder.grading.sealed.crossing.channel import Closed, Late, TooLong
from autograder.grading.sealed.crossing.wire import BARE, Malformed, decode, encode
from autograder.grading.sealed.limits import MB, Limits
from autograder.grading.sealed.supervisor.child import GREETED, Child
from autograder.grading.sealed.supervisor.launch import Zygote
from autograder.grading.sealed.supervisor.libraries import libraries
from autograder.grading.work import Task

TESTS_ONLY = ("MC_SEED",)
"""Variables that decide what a test draws, and are not the student's to know."""


class Processes:
    """A student's process and a tests' process; neither is there before it is started.

    Args:
        zygote: what forks them.
        slot: a number that no others have at the same time.
        task: the submission.
        notebook: the name of the one that is run.
    """

    def __init__(self, zygote: Zygote, slot: int, task: Task, notebook: str) -> None:
        self.zygote, self.slot, self.task = zygote, slot, task
        self.rehearsed, self.given = _rehearsals(task, notebook)
        self.learns = notebook in task.rehearsals
        self.limits: Limits = task.limits
        self.student: Child | None = None
        self.tests: Child | None = None
        self.told: bytes | None = b""  # with the reply of the student's last cell; None once a test has it
        self.past = 0.0
        self.starts = 0

    def cpu_seconds(self) -> float:
        """Processor seconds of all the processes so far."""
        return self.past + sum(child.cpu_seconds() for child in (self.student, self.tests) if child)

    def teach(self, news: bytes) -> None:
        """Have what a test has judged be known to the processes of later submissions."""
        self.zygote.templates.teach("trusted", self.rehearsed, news)

    # ---- beginning ----

    def start_tests(self) -> None:
        """Start the tests' process."""
        task = self.task
        self.tests = self.zygote.spawn(
            "trusted", self.limits, 2 * self.slot + 1, task.environment, task.own_files, rehearsed=self.rehearsed
        )
        self.tests.channel.most = self._longest()
        self._link()

    def start_student(self) -> bool:
        """Start the student's process, unless it has ended too often; say whether it was started."""
        if self.starts > self.limits.restarts:
            return False
        self.starts += 1
        variables = {name: value for name, value in self.task.environment.items() if name not in TESTS_ONLY}
        files = {**self.task.own_files, **self.task.handed_in}  # what may not be replaced is not handed in
        link, theirs = socket.socketpair()
        with theirs:
            self.student = self.zygote.spawn(
                "student", self.limits, 2 * self.slot, variables, files, theirs, rehearsed=self.given
            )
        self.student.channel.most = self._longest()
        self.link = link
        if self.tests:
            self._link()
        return True

    def _link(self) -> None:
        """Hand the tests' process its end of the link to the student's process."""
        if not (self.tests and self.student):
            return
        with contextlib.suppress(Closed, Late, OSError, TooLong, Malformed):
            self.tests.channel.send(encode(("link",)), time.monotonic() + GREETED)
            decode(self.tests.channel.receive(time.monotonic() + GREETED), BARE)
            self.tests.channel.end.settimeout(GREETED)
            socket.send_fds(self.tests.channel.end, [b"+"], [self.link.fileno()])
        self.link.close()

    def _longest(self) -> int:
        """Bytes of the longest reply: what one cell may put out, in UTF-8."""
        return 4 * (self.limits.output + self.limits.display) + MB

    # ---- ending ----

    def interrupt_student(self) -> None:
        """Have the student's process end what it does."""
        if self.student:
            self.student.interrupt()

    def interrupt_tests(self) -> None:
        """Have the tests' process end what it does."""
        if self.tests:
            self.tests.interrupt()

    def end_student(self) -> None:
        """End the student's process, whatever it does."""
        if self.student:
            self.student.kill()

    def end_both(self) -> None:
        """End both, whatever they do."""
        self.end_student()
        if self.tests:
            self.tests.kill()

    def lose_student(self) -> None:
        """Be without a student's process from now on."""
        if self.student:
            self.past += self.student.cpu_seconds()
            self.student.release()
            self.student, self.told = None, b""

    def lose_tests(self) -> None:
        """Lose the student's process too: the link between them cannot be made anew."""
        if self.tests:
            self.past += self.tests.cpu_seconds()
            self.tests.release()
            self.tests = None
            self.lose_student()
            self.starts = max(0, self.starts - 1)  # it did not end by itself


def _rehearsals(task: Task, notebook: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What processes for tests, and for students, may have run before: of a course that is not ours, imports alone."""
    code = [plan for plan in task.plans[notebook] if plan.cell_type == "code"]
    given = [plan.source for plan in code if not (plan.grade or plan.solution or plan.task)]
    if solved := task.rehearsals.get(notebook):
        blanks = [plan.source for plan in code if plan.solution]  # the tests' process takes note of them
        return (*blanks, *solved), tuple(given)
    return libraries([plan.source for plan in code], task.own_files), libraries(given, task.own_files)
