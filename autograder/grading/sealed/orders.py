"""What a student's process does: it runs the cells that the supervisor orders, and lets tests ask between them."""

from __future__ import annotations

import contextlib
import os
import select
from typing import Any

from autograder.grading.sealed.cells import Cells
from autograder.grading.sealed.channel import Channel, Closed, TooLong
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.outputs import packed
from autograder.grading.sealed.peer import ProcessEnded
from autograder.grading.sealed.student import StudentSide
from autograder.grading.sealed.wire import decode, encode


def serve(control: Channel, link: Channel, cells: Cells, limits: Limits) -> None:
    """Do what the supervisor says and what tests ask, until the supervisor hangs up."""
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
