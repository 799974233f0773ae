"""A machine that runs out of memory may kill the warm process: it is started again, and nobody's mark depends on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from tasks import graded, mark, task_of

from autograder.grading.sealed import Sealed
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.grading.work import CannotRun

pytestmark = pytest.mark.slow  # starts warm processes

SQUARE = {"answer-square": "def square(x):\n    raise NotImplementedError", "test-square": "assert square(3) == 9"}
SLOW = {"answer-square": "import time\ntime.sleep(2)\ndef square(x):\n    return x * x"}


@pytest.fixture
def own(isolation: Isolation) -> Iterator[Sealed]:
    """An executor of the test's own."""
    with Sealed(isolation) as executor:
        yield executor


def family(executor: Sealed) -> list[psutil.Process]:
    """The warm process, and then everything that it has forked."""
    outer = psutil.Process(executor.zygotes[0].process.pid)
    found = [process for process in (outer, *outer.children(recursive=True)) if "bwrap" not in process.name()]
    return sorted(found, key=lambda process: process.create_time())


def test_killed_while_an_answer_runs(own: Sealed) -> None:
    """The answer is run again, by a new warm process, and earns what it deserves."""
    alone = len(family(own))

    def kill() -> None:
        while len(family(own)) < alone + 2:
            time.sleep(0.02)
        family(own)[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    ran = own.run(task_of(SQUARE, SLOW))
    killer.join()
    assert mark(graded(ran)["test-square"]) == 2.0


def test_killed_between_two_submissions(own: Sealed) -> None:
    """Whoever comes next meets a new warm process."""
    first = family(own)[0]
    first.kill()
    first.wait(20)
    assert mark(graded(own.run(task_of(SQUARE, {"answer-square": "square = lambda x: x * x"})))["test-square"]) == 2.0
    assert family(own)[0] != first


def test_killed_again_and_again(own: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few attempts the submission is given up with a reason; nothing is said of its marks."""
    start = own._zygote

    def doomed(slot: int) -> Any:
        zygote = start(slot)
        family(own)[0].kill()
        return zygote

    monkeypatch.setattr(own, "_zygote", doomed)
    with pytest.raises(CannotRun, match=r"^the process that it is forked from was killed 3 times while it ran"):
        own.run(task_of(SQUARE, SLOW))
