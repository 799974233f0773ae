"""What tests start ends with them, though their process is the first of its namespaces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, Any]]

LEAVES = """
import os, signal, subprocess
subprocess.Popen(["sleep", "{seconds}"])
subprocess.Popen(["sh", "-c", "sleep {seconds} & sleep {seconds} & exit"], start_new_session=True)
{then}
"""
ENDINGS = {
    "ends": "",
    "fails": "assert False",
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "ends itself": "os._exit(1)",
    "crashes": "import ctypes\nctypes.string_at(0)",
}


def running(seconds: int) -> list[int]:
    found = psutil.process_iter(["pid", "cmdline"])
    return [process.pid for process in found if (process.info["cmdline"] or [])[:2] == ["sleep", str(seconds)]]


@pytest.mark.parametrize(("place", "then"), list(enumerate(ENDINGS.values())), ids=ENDINGS)
def test_nothing_is_left(run: Run, place: int, then: str) -> None:
    """Programs that a test cell has started are gone a moment after the submission, and the next test counts."""
    seconds = 98_700 + place
    cells = {
        "answer-f": "def f():\n    return 3",
        "test-leaves": LEAVES.format(seconds=seconds, then=then),
        "test-next": "assert f() == 3",
    }
    out = run(cells, {})
    until = time.monotonic() + 10
    while running(seconds) and time.monotonic() < until:
        time.sleep(0.05)
    assert not running(seconds)
    assert mark(out["test-next"]) == 2.0, printed(out["test-next"])
