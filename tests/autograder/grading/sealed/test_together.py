"""Several submissions at a time keep out of each other's way, and nothing of them is left."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tasks import graded, mark, printed, task_of, why_not

from autograder.grading.sealed import Limits, Sealed
from autograder.grading.work import Task

pytestmark = pytest.mark.slow

CELLS = {
    "answer-f": "def f(x): ...",
    "test-f": "assert f(2) == 4",
    "answer-g": "def g(x): ...",
    "test-g": "assert g(2) == 6",
}
THRICE = "def g(x):\n    return 3 * x"
FOUR = "def f(x):\n    return 4"
CRASH = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
TWIN = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n"
STRAY = "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\n"
ANSWERS = (
    ("def f(x):\n    return 2 * x", THRICE, [2.0, 2.0]),
    ("import os\nos._exit(1)", THRICE, [0.0, 2.0]),
    ("def f(x):\n    while True: pass", THRICE, [0.0, 2.0]),
    (FOUR, CRASH, [2.0, 0.0]),
    (TWIN + FOUR, STRAY + THRICE, [2.0, 2.0]),
)


def tasks() -> list[tuple[Task, list[Any]]]:
    limits = Limits(cell_seconds=5.0)
    return [(task_of(CELLS, {"answer-f": f, "answer-g": g}, limits=limits), wanted) for f, g, wanted in ANSWERS]


def marks(sealed: Sealed, task: Task) -> list[Any]:
    cells = graded(sealed.run(task))
    assert mark(cells["test-f"]) is not None, printed(cells["test-f"])
    return [mark(cells["test-f"]), mark(cells["test-g"])]


@pytest.mark.parametrize("isolation", ["namespaces", "process"])
def test_at_once(isolation: Any) -> None:
    """Good, dying, endless and forking submissions, four at a time, get what each gets alone; no process is left."""
    if isolation == "namespaces" and (reason := why_not()):
        pytest.skip(reason)
    before = sleepers()
    with Sealed(isolation) as sealed, ThreadPoolExecutor(4) as pool:
        asked = [(pool.submit(marks, sealed, task), wanted) for _ in range(3) for task, wanted in tasks()]
        assert [future.result(timeout=120) for future, _ in asked] == [wanted for _, wanted in asked]
        assert sealed.busy == set()
        own = [zygote.process for zygote in sealed.zygotes.values()]
    assert all(process.poll() is not None for process in own)
    assert sleepers() <= before
    assert threading.active_count() < 20


def sleepers() -> set[int]:
    """Processes of this machine that sleep for ten minutes, as far as they can be seen."""
    out = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"sleep\x00600" in path.read_bytes():
                out.add(int(path.parent.name))
        except OSError:
            continue
    return out


def test_descriptors() -> None:
    """A submission leaves no descriptor open in the process that runs them."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("open descriptors cannot be counted here")
    with Sealed("process") as sealed:
        marks(sealed, tasks()[0][0])
        before = len(os.listdir("/proc/self/fd"))
        for task, _ in tasks()[:2]:
            marks(sealed, task)
        assert len(os.listdir("/proc/self/fd")) == before
