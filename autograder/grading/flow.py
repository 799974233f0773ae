"""Keeps a bounded number of tasks running, and hands back each as it ends.

Separate because it knows neither submissions nor where they run: threads of this machine and a cluster of many are fed
in the same way. Tasks are taken from their source only when there is room, so a class of any size never stands in
memory at once; whoever asks for results is the only one who writes them down.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")
R = TypeVar("R")
Given = TypeVar("Given", contravariant=True)
Got = TypeVar("Got", covariant=True)


class Runs(Protocol[Given, Got]):
    """What runs one task and returns when it is done; several threads may call it at once."""

    def run(self, task: Given, /) -> Got:
        """Run a task."""


@runtime_checkable
class Pool(Protocol[Given, R]):
    """What takes a task and returns at once, as ``concurrent.futures`` has it."""

    @property
    def room(self) -> int:
        """How many tasks it can usefully hold, running and waiting; it may grow and shrink."""

    def submit(self, task: Given, /) -> Future[R]:
        """Begin a task."""


class _Threads:
    """The pool of this machine: each thread waits for one run.

    Args:
        executor: what runs a task.
        jobs: how many at once.
    """

    def __init__(self, executor: Runs[Any, Any], jobs: int) -> None:
        self.room = jobs + 1  # one more waits, so that no thread is idle while a result is written down
        self._executor = executor
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="mcourse-job")

    def submit(self, task: Any) -> Future[Any]:
        """Begin a task in a thread of its own."""
        return self._threads.submit(self._executor.run, task)

    def close(self, *, wait: bool = True) -> None:
        """Begin nothing more, and wait for what runs."""
        self._threads.shutdown(wait=wait, cancel_futures=True)


@contextmanager
def pool_of(executor: Runs[T, R] | Pool[T, R], jobs: int) -> Iterator[Pool[T, R]]:
    """Make a pool of an executor: the executor itself where it takes tasks by ``submit``, or else ``jobs`` threads."""
    if isinstance(executor, Pool):
        yield executor
        return
    threads = _Threads(executor, jobs)
    try:
        yield threads
    except BaseException:
        threads.close(wait=False)  # what still runs ends when its executor is closed
        raise
    threads.close()


def as_finished(tasks: Iterable[T], pool: Pool[T, R]) -> Generator[tuple[T, Future[R]], None, None]:
    """Run tasks, and yield each as it ends, in whatever order that is.

    Args:
        tasks: taken one by one, only when there is room, in the thread that iterates.
        pool: where they run.

    Yields:
        The task and its future, which is done: ``result()`` returns what came of it, or raises.
    """
    source = iter(tasks)
    running: dict[Future[R], T] = {}
    more = True
    try:
        while more or running:
            while more and len(running) < max(1, pool.room):
                try:
                    task = next(source)
                except StopIteration:
                    more = False
                else:
                    running[pool.submit(task)] = task
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield running.pop(future), future
    finally:
        for future in running:
            future.cancel()
