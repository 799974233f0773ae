"""Stopping a run: nothing is left running, nothing finished is lost, and the next run goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tiny_course import hand_in

from autograder.grading import grade

pytestmark = pytest.mark.slow  # starts kernels

ADD = "def add(a, b):\n    return a + b"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.1)


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_stopped(course: Path, tmp_path: Path, sent: signal.Signals, status: int) -> None:
    """After Ctrl-C, or a kill, whoever was finished stays graded and whoever was not is graded by the next run."""
    hand_in(course, "ada", add=ADD)
    started = tmp_path / "started"
    hand_in(course, "bob", add=f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(25)\n{ADD}")
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(started)
    kernels = psutil.Process(run.pid).children(recursive=True)
    assert kernels
    run.send_signal(sent)
    _, said = run.communicate(timeout=30)
    assert run.returncode == status
    assert "Traceback" not in said
    if sent is signal.SIGINT:
        assert said == "Stopped before the end; run the same command again to finish.\n"
    _, alive = psutil.wait_procs(kernels, timeout=10)
    assert alive == []
    hand_in(course, "bob", add=ADD)
    again = grade(course, "ps1")
    assert (again.unchanged, again.graded) == (("ada",), ("bob",))
    assert again.scores == {"ada": 2, "bob": 2}
