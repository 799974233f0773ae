"""Stopping a run: nothing is left running, nothing finished is lost, and the next run goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tiny_course import Grade, hand_in, isolation

pytestmark = pytest.mark.slow  # starts whole runs

ADD = "def add(a, b):\n    return a + b"


def running(run: subprocess.Popen[str], finished: Path) -> list[psutil.Process]:
    """Wait until one submission is finished and the next is being run; everything that runs for it."""
    deadline = time.monotonic() + 60
    while not finished.exists():
        assert time.monotonic() < deadline, f"{finished} never came"
        assert run.poll() is None, "it ended too early"
        time.sleep(0.05)
    time.sleep(0.5)
    return psutil.Process(run.pid).children(recursive=True)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_stopped(course: Path, sent: signal.Signals, status: int, jobs: int, grade: Grade) -> None:
    """After Ctrl-C, or a kill, whoever was finished stays graded and whoever was not is graded by the next run."""
    hand_in(course, "ada", add=ADD)
    hand_in(course, "bob", add=f"import time\ntime.sleep(25)\n{ADD}")
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course), "--jobs", str(jobs)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    processes = running(run, course / "autograded" / "ada" / "ps1" / "exercises.ipynb")
    assert processes
    run.send_signal(sent)
    began = time.monotonic()
    _, said = run.communicate(timeout=15)
    assert isolation() == "process" or time.monotonic() - began < 4  # it takes a third of a second
    assert run.returncode == status
    assert "Traceback" not in said
    if sent is signal.SIGINT:
        assert said == "Stopped before the end; run the same command again to finish.\n"
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
    hand_in(course, "bob", add=ADD)
    again = grade(course, "ps1")
    assert (again.unchanged, again.graded) == (("ada",), ("bob",))
    assert again.scores == {"ada": 2, "bob": 2}
