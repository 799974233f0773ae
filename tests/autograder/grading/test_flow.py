"""A bounded number of tasks at once: what runs when, and what is left when somebody stops."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from autograder.grading.flow import as_finished, pool_of


class ByHand:
    """A pool whose tasks end when the test says so."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.futures: dict[str, Future[str]] = {}

    def submit(self, task: str) -> Future[str]:
        self.futures[task] = Future()
        return self.futures[task]


class Letters:
    """A source of tasks that remembers how many were taken."""

    def __init__(self, text: str) -> None:
        self.text, self.taken = text, 0

    def __iter__(self) -> Iterator[str]:
        for letter in self.text:
            self.taken += 1
            yield letter


def soon(action: Callable[[], None]) -> None:
    """Do something while the test waits."""
    threading.Timer(0.05, action).start()


def test_in_the_order_in_which_they_end() -> None:
    """A task that ends early is handed back early, whatever began before it, and nothing is lost or doubled."""
    pool = ByHand(3)
    flow = as_finished("abc", pool)

    def ends(task: str) -> str:
        soon(lambda: pool.futures[task].set_result(task.upper()))
        got, future = next(flow)
        assert got == task
        return future.result()

    assert [ends(task) for task in "cab"] == ["C", "A", "B"]
    assert list(flow) == []


def test_never_more_than_there_is_room_for() -> None:
    """A source of many tasks is drawn from only as there is room, also when the room grows."""
    pool, source = ByHand(2), Letters("abcdefghijkl")
    flow = as_finished(source, pool)
    soon(lambda: pool.futures["a"].set_result(""))
    next(flow)
    assert source.taken == 2
    pool.room = 5
    soon(lambda: pool.futures["b"].set_result(""))
    next(flow)
    assert source.taken == 6  # the one that has ended, and five that run


def test_a_task_that_fails_stops_no_other() -> None:
    """What a task raises is kept for whoever asks for its result; the others go on."""

    class Fragile:
        def run(self, task: int) -> float:
            return 1 / task

    with pool_of(Fragile(), 2) as pool:
        ended = dict(as_finished([0, 1, 2], pool))
    assert {task: future.result() for task, future in ended.items() if task} == {1: 1.0, 2: 0.5}
    with pytest.raises(ZeroDivisionError):
        ended[0].result()


def test_jobs_run_side_by_side() -> None:
    """With two jobs, two tasks that wait for each other both end."""
    both = threading.Barrier(2, timeout=20)

    class Waits:
        def run(self, task: str) -> str:
            both.wait()
            return task

    with pool_of(Waits(), 2) as pool:
        assert {future.result() for _, future in as_finished("ab", pool)} == {"a", "b"}


def test_whoever_stops_leaves_nothing_waiting() -> None:
    """When the loop is left, tasks that have not begun are cancelled and the source is not drawn from again."""
    pool, source = ByHand(2), Letters("abc")
    flow = as_finished(source, pool)
    soon(lambda: pool.futures["a"].set_result(""))
    next(flow)
    flow.close()
    assert pool.futures["b"].cancelled()
    assert source.taken == 2


def test_an_executor_that_takes_tasks_is_the_pool() -> None:
    """A cluster is asked to take tasks itself; no thread is started for it."""
    cluster = ByHand(7)
    with pool_of(cluster, 2) as pool:
        assert pool is cluster
