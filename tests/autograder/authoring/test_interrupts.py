"""Ctrl-C is answered once, by the process that a person started."""

from __future__ import annotations

import signal
import subprocess
import sys

from autograder.authoring.interrupts import children_without_ctrl_c

BLOCKED = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
INTERRUPTED = """
import os, signal
from autograder.authoring.interrupts import end_at_ctrl_c
os.kill(os.getpid(), signal.SIGINT)
print("ready", flush=True)
end_at_ctrl_c()
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_child_does_not_hear_ctrl_c() -> None:
    """Inside the block a child is started without it; before and after, with it."""
    assert run(BLOCKED).stdout == "False\n"
    with children_without_ctrl_c():
        assert run(BLOCKED).stdout == "True\n"
    assert run(BLOCKED).stdout == "False\n"


def test_a_ready_child_ends_without_a_word() -> None:
    """What came while it could not hear is answered as soon as it can, with no stack trace."""
    with children_without_ctrl_c():
        child = run(INTERRUPTED)
    assert (child.returncode, child.stdout, child.stderr) == (-signal.SIGINT, "ready\n", "")
