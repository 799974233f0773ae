"""A Dask scheduler and workers as people start them: processes that a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Own:
    """A scheduler and workers as people start them.

    Args:
        file: where the scheduler says its address.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", *options]
        log = self.file.with_suffix(".log").open("ab")
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environ, cwd=self.file.parent))
        return self.processes[-1]

    def wait(self) -> None:
        """Wait until the scheduler has said its address, which takes it a moment more than making the file."""
        wait_until(lambda: self.file.exists() and self.file.stat().st_size)

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        return self.start("worker", "--no-dashboard", "--nthreads", "1", "--scheduler-file", str(self.file), *options)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            process.wait(30)
