"""Drives the two processes of one notebook (``processes.py``): orders go in, outcomes come out, limits hold.

The student's process may die, stop listening or say anything: that costs the cell that did it. It is then started
again, and the cells above are run again in it, so that the cells below find what those defined.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.grading.sealed.crossing.channel import Closed, Late, TooLong
from autograder.grading.sealed.crossing.wire import BARE, Malformed, decode, encode
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.supervisor.child import GREETED, Child
from autograder.grading.sealed.supervisor.clock import Clock, Patience
from autograder.grading.sealed.supervisor.launch import Zygote
from autograder.grading.sealed.supervisor.processes import Processes
from autograder.grading.work import Task

TICK = 0.2  # seconds between two looks at the limits
PATIENCE = 2.0  # processor seconds that a process gets to end a cell when it is interrupted
ENDED = "this cell ended its process (by exit, a crash, or for want of memory)"
NOTHING = encode(([], []))
AGAIN = "The cells below go on in a new process, in which the cells above have been run again."
NO_MORE = "a process that ended is started again {} times in a notebook, and this one has ended once more"

Step = Callable[[], None]
Solution = tuple[str, tuple[str, ...], tuple[str, ...]]
"""The instructor's text of an answer's cell, the names of what the solution changes, and what it imports besides."""


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
    """A student's process and a tests' process, which do as they are ordered.

    Args:
        zygote: what forks them.
        slot: a number that no other pair has at the same time.
        task: the submission.
        notebook: the name of the one that is run.
    """

    def __init__(self, zygote: Zygote, slot: int, task: Task, notebook: str) -> None:
        self.processes = Processes(zygote, slot, task, notebook)
        self.limits: Limits = task.limits
        self.for_student: list[tuple[str, list[str]]] = []
        self.for_tests: list[tuple[Any, ...]] = []
        self.put_off: list[tuple[Any, ...]] = []
        self.clock = Clock(self.limits, self.processes.cpu_seconds)

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.lose_student()
        self.processes.lose_tests()

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
        self.processes.told = told if type(told) is bytes else b""
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
        processes = self.processes
        self.clock.begin_cell()
        self._have_student()
        self._have_tests()
        is_test = order[0] == "test"
        told, processes.told = processes.told, None if is_test else b""  # what a given cell calls may bind names anew
        reply = self._ordered(processes.tests, (*order, told, before) if is_test else order, self._steps())
        if reply.died:
            processes.lose_tests()
        kept = not is_test and not reply.died
        self.for_tests.append(order if kept else ("seen", *order[1:3]))
        if processes.student and processes.student.gone():
            processes.lose_student()
        return reply

    def pass_on(self) -> None:
        """Have what the tests' process has judged be known to the next ones; of a notebook that is done."""
        processes = self.processes
        if not processes.tests or not processes.learns:
            return
        self.clock.begin_cell()
        news = self._ordered(processes.tests, ("news",), (processes.interrupt_tests, processes.end_both)).body
        if type(news) is bytes and news != NOTHING:
            processes.teach(news)

    # ---- talking ----

    def _ran_there(self, order: tuple[Any, ...]) -> Reply:
        """Have the student's process run a cell; a reply that is none ends it, for what it says next would be none."""
        processes = self.processes
        reply = self._ordered(processes.student, order, (processes.interrupt_student, processes.end_student))
        if type(reply.body) is not tuple or len(reply.body) != 3:
            processes.lose_student()
            return Reply(None, reply.limit, died=True)
        return reply

    def _steps(self) -> tuple[Step, ...]:
        """What is done, one after the other, about tests that go past a limit: it may be what they call that does."""
        return self.processes.interrupt_student, self.processes.interrupt_tests, self.processes.end_both

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
                        patience = Patience(PATIENCE, self.processes.cpu_seconds)
        except (Closed, Late, TooLong, Malformed):
            return Reply(None, limit, died=True)

    def _is_request(self, child: Child, body: Any) -> bool:
        """Do what the tests' process asks meanwhile: to have a call ended that it has given up."""
        if child is not self.processes.tests or type(body) is not tuple:
            return False
        if body == ("interrupt",):
            self.processes.interrupt_student()
        elif body == ("end",):
            self.processes.end_student()
        else:
            return False
        return True

    # ---- processes ----

    def _have_tests(self) -> None:
        """Start the tests' process if there is none, and run again what it must know."""
        if self.processes.tests:
            return
        self.processes.start_tests()
        for order in self.for_tests:
            self._ordered(self.processes.tests, order, self._steps())

    def _have_student(self) -> bool:
        """Start the student's process if there is none, with the cells above run again; say whether there is one."""
        return self.processes.student is not None or (self.processes.start_student() and self._run_again())

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
