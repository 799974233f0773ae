"""An executor that does what its task's environment tells it to, for tests of whatever hands it tasks."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.grading.sealed.limits import Limits
from autograder.grading.work import CannotRun, Ran, Task


def task(student: str, **environment: str) -> Task:
    """A task that does what it is told: ``do`` one of the words of ``DEEDS``, with a file."""
    return Task(student, "ps1", {"exercises": f"{student}'s"}, {"exercises": ()}, {}, {}, environment, Limits())


def wait_for(path: str) -> None:
    """Say by a file beside it that the task runs and where, and wait until somebody makes the file."""
    Path(f"{path}.{os.getpid()}").touch()
    deadline = time.monotonic() + 60
    while not Path(path).exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.02)


def die(path: str) -> None:
    """Take the whole worker along, and leave a trace of it."""
    with Path(path).open("a") as file:
        file.write("x")
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(path: str) -> None:
    raise CannotRun("its kernel is not installed")


def stumble(path: str) -> None:
    """Fail once, as a worker with a full disk does."""
    if not Path(path).exists():
        Path(path).touch()
        raise OSError("no space left on device")


DEEDS: dict[str, Callable[[str], None]] = {"wait": wait_for, "die": die, "refuse": refuse, "stumble": stumble}


class Fake:
    """Returns the notebook in capitals, and the process that it was in."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if trace := os.environ.get("FAKE_CLOSED"):
            Path(trace, str(os.getpid())).touch()

    def run(self, task: Task) -> Ran:
        if deed := task.environment.get("do"):
            DEEDS[deed](task.environment["file"])
        return Ran({name: text.upper() for name, text in task.notebooks.items()}, float(os.getpid()), 0.0)


class Broken(Fake):
    """Cannot be started on any machine."""

    def __enter__(self) -> Self:
        raise RuntimeError("there is no sandbox; install bubblewrap")
