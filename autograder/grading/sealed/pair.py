"""The two processes of one notebook, as the supervisor drives them: orders go in, outcomes come out, limits hold.

The student's process may die, stop listening or say anything: that costs the cell that did it. It is then started
again, and the cells above are run again in it, so that the cells below find what those defined.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.grading.sealed.channel import Closed, Late, TooLong
from autograder.grading.sealed.child import GREETED, Child
from autograder.grading.sealed.clock import Clock, Patience
from autograder.grading.sealed.launch import Zygote
from autograder.grading.sealed.libraries import libraries
from autograder.grading.sealed.limits import MB, Limits
from autograder.grading.sealed.wire import BARE, Malformed, decode, encode
from autograder.grading.work import Task

TICK = 0.2  # seconds between two looks at the limits
PATIENCE = 2.0  # processor seconds that a process gets to end a cell when it is interrupted
TESTS_ONLY = ("MC_SEED",)
"""Variables that decide what a test draws, and are not the student's to know."""
ENDED = "this cell ended its process (by exit, a crash, or for want of memory)"
NOTHING = encode(([], []))
AGAIN = "The cells below go on in a new process, in which the cells above have been run again."
NO_MORE = "a process that ended is started again {} times in a notebook, and this one has ended once more"

Step = Callable[[], None]
Solution = tuple[str, tuple[str, ...]]
"""The instructor's text of an answer's cell, and the names of what the solution changes."""


@dataclass(frozen=True)
class Reply:
    """What came of an order.

    Args:
        body: what the process said; nothing where it said nothing that makes sense.
        limit: the limit that was reached meanwhile, as a clause.
        died: whether its process is gone.
        ran: whether there was a process to do it.
    """

    body: Any
    limit: str = ""
    died: bool = False
    ran: bool = True


class Pair:
    """A student's process and a tests' process, and the link between them.

    Args:
        zygote: what forks them.
        slot: a number that no other pair has at the same time.
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
        self.for_student: list[tuple[str, list[str]]] = []
        self.for_tests: list[tuple[Any, ...]] = []
        self.put_off: list[tuple[Any, ...]] = []
        self.clock = Clock(self.limits, self.cpu_seconds)

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self._lose_student()
        self._lose_tests()

    def cpu_seconds(self) -> float:
        """Processor seconds of all the processes so far."""
        return self.past + sum(child.cpu_seconds() for child in (self.student, self.tests) if child)

    # ---- orders ----

    def run_theirs(
        self, source: str, gives: Sequence[str] = (), asked: Sequence[str] = (), added: bool = False
    ) -> Reply:
        """Run a cell in the student's process.

        Args:
            source: its text.
            gives: names of the instructor's that it binds, known to both sides.
            asked: names that tests below are going to ask for, told with the reply so that they need not.
            added: whether it is one that the student added: of these there may be any number.

        Returns:
            The reply; its body is the pair of outputs and whether the cell failed.
        """
        self.clock.begin_cell()
        if added and (limit := self.clock.used_up()):
            return Reply(None, limit, ran=False)
        if not self._have_student():
            return Reply(None, NO_MORE.format(self.limits.restarts), ran=False)
        order = (source, False, list(gives), list(asked))
        reply = self._ran_there(order)
        if reply.died:
            return reply
        self.for_student.append((source, list(gives)))
        *body, told = reply.body
        self.told = told if type(told) is bytes else b""
        return replace(reply, body=tuple(body))

    def run_given(self, source: str, solutions: Sequence[Solution], ran_there: bool, alone: bool) -> None:
        """Run the instructor's text of a given cell in the tests' process, for what it defines.

        Args:
            source: the text.
            solutions: the solution cells since the last order.
            ran_there: whether it ran without an error in the student's process.
            alone: whether it needs nothing of the student's, so that it can wait until a test is run.
        """
        order = ("given", list(solutions), source, ran_there, alone)
        if alone:
            self.put_off.append(order)
        else:
            self._catch_up()
            self._run_trusted(order)

    def run_test(self, source: str, solutions: Sequence[Solution]) -> Reply:
        """Run a test cell; the reply's body is what the tests' process says of it.

        Given cells that were put off go with it. Should their process end, each is run by itself in a new one: it may
        have been any of them.
        """
        order = ("test", list(solutions), source)
        before = tuple(self.put_off)
        reply = self._run_trusted(order, before)
        if before and reply.died:
            self.for_tests.pop()
            self._catch_up()
            return self._run_trusted(order)
        self.put_off, self.for_tests[-1:-1] = [], before
        return reply

    def _catch_up(self) -> None:
        """Run the given cells that were put off."""
        waiting, self.put_off = self.put_off, []
        for order in waiting:
            self._run_trusted(order)

    def _run_trusted(self, order: tuple[Any, ...], before: tuple[Any, ...] = ()) -> Reply:
        self.clock.begin_cell()
        self._have_student()
        self._have_tests()
        steps = (self._interrupt_student, self._interrupt_tests, self._end_both)
        told, self.told = self.told, None if order[0] == "test" else b""  # what a given cell calls may bind names anew
        reply = self._ordered(self.tests, (*order, told, before) if order[0] == "test" else order, steps)
        if reply.died:
            self._lose_tests()
        kept = order[0] == "given" and not reply.died
        self.for_tests.append(order if kept else ("seen", *order[1:3]))
        if self.student and self.student.gone():
            self._lose_student()
        return reply

    def pass_on(self) -> None:
        """Have what the tests' process has judged be known to the next ones; of a notebook that is done."""
        if not self.tests or not self.learns:
            return
        self.clock.begin_cell()
        news = self._ordered(self.tests, ("news",), (self._interrupt_tests, self._end_both)).body
        if type(news) is bytes and news != NOTHING:
            self.zygote.templates.teach("trusted", self.rehearsed, news)

    # ---- talking ----

    def _ran_there(self, order: tuple[Any, ...]) -> Reply:
        """Have the student's process run a cell; a reply that is none ends it, for what it says next would be none."""
        reply = self._ordered(self.student, order, (self._interrupt_student, self._end_student))
        if type(reply.body) is not tuple or len(reply.body) != 3:
            self._lose_student()
            return Reply(None, reply.limit, died=True)
        return reply

    def _ordered(self, child: Child | None, order: tuple[Any, ...], steps: Sequence[Step]) -> Reply:
        """Send an order and wait for its reply; where a limit is reached, take one step after the other."""
        assert child is not None
        limit, ahead = "", iter(steps)
        patience: Patience | None = None
        try:
            child.channel.send(encode(order), time.monotonic() + GREETED)
            while True:
                try:
                    body = decode(child.channel.receive(time.monotonic() + TICK), BARE)
                    if self._is_request(child, body):
                        continue
                    return Reply(body, limit)
                except Late:
                    limit = limit or self.clock.reached()
                    if limit and (patience is None or patience.is_over()):
                        next(ahead)()
                        patience = Patience(PATIENCE, self.cpu_seconds)
        except (Closed, Late, TooLong, Malformed):
            return Reply(None, limit, died=True)

    def _is_request(self, child: Child, body: Any) -> bool:
        """Do what the tests' process asks meanwhile: to have a call ended that it has given up."""
        if child is not self.tests or type(body) is not tuple:
            return False
        if body == ("interrupt",):
            self._interrupt_student()
        elif body == ("end",):
            self._end_student()
        else:
            return False
        return True

    def _interrupt_student(self) -> None:
        if self.student:
            self.student.interrupt()

    def _interrupt_tests(self) -> None:
        if self.tests:
            self.tests.interrupt()

    def _end_student(self) -> None:
        if self.student:
            self.student.kill()

    def _end_both(self) -> None:
        self._end_student()
        if self.tests:
            self.tests.kill()

    # ---- processes ----

    def _have_tests(self) -> None:
        """Start the tests' process if there is none, and run again what it must know."""
        if self.tests:
            return
        task = self.task
        self.tests = self.zygote.spawn(
            "trusted", self.limits, 2 * self.slot + 1, task.environment, task.own_files, rehearsed=self.rehearsed
        )
        self.tests.channel.most = self._longest()
        self._link()
        for order in self.for_tests:
            self._ordered(self.tests, order, (self._interrupt_student, self._interrupt_tests, self._end_both))

    def _have_student(self) -> bool:
        """Start the student's process if there is none; say whether there is one."""
        if self.student:
            return True
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
        return self._run_again()

    def _run_again(self) -> bool:
        """Run the cells above in a new process; those that would end it are left out from then on.

        That takes no longer than a cell may: there may be any number of them, each of which took no time.
        """
        until = time.monotonic() + self.limits.cell_seconds
        for cell in list(self.for_student):
            if time.monotonic() >= until:
                break
            source, gives = cell
            if self._ran_there((source, True, gives, [])).died:
                self.for_student.remove(cell)
                return self._have_student()
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

    def _lose_student(self) -> None:
        if self.student:
            self.past += self.student.cpu_seconds()
            self.student.release()
            self.student, self.told = None, b""

    def _lose_tests(self) -> None:
        """Lose the student's process too: the link between them cannot be made anew."""
        if self.tests:
            self.past += self.tests.cpu_seconds()
            self.tests.release()
            self.tests = None
            self._lose_student()
            self.starts = max(0, self.starts - 1)  # it did not end by itself


def _rehearsals(task: Task, notebook: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What processes for tests, and for students, may have run before: of a course that is not ours, imports alone."""
    code = [plan for plan in task.plans[notebook] if plan.cell_type == "code"]
    given = [plan.source for plan in code if not (plan.grade or plan.solution or plan.task)]
    if solved := task.rehearsals.get(notebook):
        blanks = [plan.source for plan in code if plan.solution]  # the tests' process takes note of them
        return (*blanks, *solved), tuple(given)
    return libraries([plan.source for plan in code], task.own_files), libraries(given, task.own_files)
