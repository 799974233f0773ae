"""What happens on a worker of a Dask cluster: it keeps one warm executor, and runs with it whatever is sent.

Separate because it is imported there, where nothing of nbgrader, a course directory or a gradebook is needed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from distributed import Worker, WorkerPlugin, get_worker

from autograder.grading.work import CannotRun, Executor, Ran, Task


def own_version() -> str:
    """The version of the course's package on this machine."""
    try:
        return version("mcourse")
    except PackageNotFoundError:
        return "none"


class KeepsWarm(WorkerPlugin):
    """Holds a worker's executor: started when it is first wanted, closed when the worker ends.

    Args:
        make: makes the executor; sent to the workers by its name in our modules.
    """

    idempotent = True  # a second run on the same cluster finds the executors warm, and takes them from nobody

    def __init__(self, make: Callable[[], Executor]) -> None:
        self.make = make

    def setup(self, worker: Worker) -> None:
        """Begin with none: Dask calls this on each worker, also on those that join later."""
        self._lock = threading.Lock()
        self._open = contextlib.ExitStack()
        self._executor: Executor | None = None

    def executor(self) -> Executor:
        """The worker's executor, started if need be."""
        with self._lock:
            if self._executor is None:
                self._executor = self._open.enter_context(self.make())
            return self._executor

    def teardown(self, worker: Worker) -> None:
        """Close the executor, and with it all processes that it has."""
        with self._lock:
            self._executor = None
            self._open.close()


def _kept(worker: Worker, name: str) -> Executor:
    plugin = worker.plugins[name]
    assert isinstance(plugin, KeepsWarm)
    return plugin.executor()


def start(name: str, dask_worker: Worker) -> str:
    """Start the worker's executor; return why it cannot be started, or nothing.

    Args:
        name: under which it is kept.
        dask_worker: the worker; Dask knows the argument by its name.
    """
    try:
        _kept(dask_worker, name)
    except Exception as error:  # whatever stops an executor stops it on every worker like this one
        return str(error) or type(error).__name__
    return ""


def run_task(task: Task, name: str, wanted: str) -> Ran | str:
    """Run one submission.

    Args:
        task: what to run.
        name: under which the executor is kept.
        wanted: the version of the course's package that the task is for.

    Returns:
        What came of it; or a clause that says why it was not run, which no other attempt would change.
    """
    worker = get_worker()
    if own_version() != wanted:
        return f"the worker {worker.address} has mcourse {own_version()}, and not {wanted}"
    try:
        return _kept(worker, name).run(task)
    except CannotRun as reason:
        return str(reason)
