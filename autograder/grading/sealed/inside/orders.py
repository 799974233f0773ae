"""What the two processes do: each follows the supervisor's orders, and the student's answers the tests between them."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from typing import Any

from autograder.checks import judged, naming
from autograder.grading.sealed.crossing.channel import Channel, Closed, TooLong
from autograder.grading.sealed.crossing.peer import ProcessEnded
from autograder.grading.sealed.crossing.wire import decode, encode
from autograder.grading.sealed.inside.cells import Cells
from autograder.grading.sealed.inside.outputs import packed
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.trusted.asking import TestSide
from autograder.grading.sealed.trusted.tests import Tests
from autograder.grading.sealed.untrusted.student import StudentSide

ORDERS = ("given", "seen", "test")
"""What a tests' process is told to run."""


def serve_student(control: Channel, link: Channel, cells: Cells, limits: Limits) -> None:
    """Do what the supervisor says and what tests ask in a student's process, until the supervisor hangs up."""
    side = StudentSide(link, cells, limits)
    if hasattr(os, "register_at_fork"):  # a fork that goes on with the notebook has nobody to tell
        os.register_at_fork(after_in_child=control.close)
        os.register_at_fork(after_in_child=link.close)
    with contextlib.suppress(Closed, TooLong, ProcessEnded):
        while True:
            if control.buffer or control in select.select([control, link], [], [])[0]:
                control.send(_obey(side, decode(control.receive())))
            else:
                side.serve_waiting()


def _obey(side: StudentSide, order: Any) -> bytes:
    """Run a cell: its text, whether anybody will see what it puts out, and the names that it gives to both sides.

    What the test below is going to ask for is told with the reply.
    """
    source, quiet, gives, asked = order
    side.drawn.put_away()
    try:
        with side.interruptible():
            ran = side.cells.run(source, quiet)
        outputs, failed = ran.outputs, ran.failed
        side.references.give(side.cells.namespace, gives)
    except KeyboardInterrupt:
        outputs, failed = side.cells.shell.outputs.taken(), True
    side.drawn.begin()
    told = side.tell(asked) if asked else b""
    return encode((packed(outputs), failed, told))


def serve_tests(control: Channel, cells: Cells, limits: Limits) -> None:
    """Do what the supervisor says in the tests' process, until it hangs up."""
    side = TestSide(limits, cells.namespace, tell=lambda word: control.send(encode((word,))))
    tests = Tests(cells, side)
    with contextlib.suppress(Closed, TooLong):
        while True:
            order, *parts = decode(control.receive())
            if order == "link":
                control.send(encode(("ready",)))
                side.reset(_take_link(control, limits))
                continue
            if order == "news":
                control.send(encode(encode((judged.news(), naming.news()))))
                continue
            control.send(encode(_done(tests, order, *parts)))


def _done(tests: Tests, order: str, solutions: list[Any], *parts: Any) -> Any:
    """Follow an order; what came of it."""
    if order == "test":
        source, told, before = parts
        asked = tests.side.number
        for earlier in before:
            _done(tests, *earlier)
        parts = source, told if tests.side.number == asked else b""  # what these have called may bind names anew
    tests.note(solutions)
    return getattr(tests, order)(*parts) if order in ORDERS else None


def _take_link(control: Channel, limits: Limits) -> Channel:
    """Take the descriptor of a new link, which comes with one byte of its own."""
    control.end.settimeout(None)
    data, descriptors, _, _ = socket.recv_fds(control.end, 1, 1)
    if not data or not descriptors:
        raise Closed
    return Channel(socket.socket(fileno=descriptors[0]), limits.message)
