"""A warm process that is begun before it is needed is taken by whoever needs one, and else leaves nothing behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest
from tasks import graded, mark, task_of, why_not

from autograder.grading.sealed import Sealed
from autograder.grading.sealed.supervisor import ahead
from autograder.grading.sealed.supervisor.ahead import warming
from autograder.grading.sealed.supervisor.launch import Isolation, Seal, Zygote

CELLS = {"answer-square": "square = ...", "test-square": "assert square(3) == 9"}
RIGHT = {"answer-square": "def square(x):\n    return x * x"}


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Zygote]:
    """The processes that were begun from now on."""
    seen: list[Zygote] = []

    class Noted(Zygote):
        def __init__(self, seal: Seal) -> None:
            super().__init__(seal)
            seen.append(self)

    monkeypatch.setattr(ahead, "Zygote", Noted)
    return seen


def test_it_is_taken(isolation: Isolation, begun: list[Zygote]) -> None:
    """An executor of the same kind takes it, grades with it and ends it."""
    with warming(isolation), Sealed(isolation) as executor:
        assert mark(graded(executor.run(task_of(CELLS, RIGHT)))["test-square"]) == 2.0
    assert len(begun) == 1
    assert begun[0].process.returncode is not None
    assert not begun[0].place.exists()


def test_another_kind_is_left(begun: list[Zygote]) -> None:
    """An executor of another kind begins its own; what was begun in vain ends with the block."""
    if reason := why_not():
        pytest.skip(reason)
    with warming("namespaces"), Sealed("process") as executor:
        assert mark(graded(executor.run(task_of(CELLS, RIGHT)))["test-square"]) == 2.0
    assert [zygote.seal.isolation for zygote in begun] == ["namespaces", "process"]
    assert all(zygote.process.returncode is not None and not zygote.place.exists() for zygote in begun)


def test_in_vain(isolation: Isolation, begun: list[Zygote]) -> None:
    """Where nobody takes it, it ends at once, warm or not, and leaves neither a process nor a folder."""
    for pause in (0, 0.3):
        with warming(isolation):
            time.sleep(pause)
        zygote = begun.pop()
        assert zygote.process.returncode is not None
        assert not zygote.place.exists()
        assert not Path(f"/proc/{zygote.process.pid}").exists() or os.name != "posix"


def test_after_an_error(isolation: Isolation, begun: list[Zygote]) -> None:
    """An error in the block comes out, and the process does not stay."""
    with pytest.raises(ZeroDivisionError), warming(isolation):
        1 / 0  # noqa: B018
    assert begun[0].process.returncode is not None


def test_where_none_can_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot even begin, the block goes on: whoever needs one is told why there is none."""

    def none(*_: object) -> None:
        raise ahead.CannotIsolate("there is no bubblewrap")

    monkeypatch.setattr(ahead, "Zygote", none)
    with warming():
        pass
    with pytest.raises(ahead.CannotIsolate, match="bubblewrap"), warming(), Sealed():
        pass


def test_ended_while_it_starts(isolation: Isolation) -> None:
    """Ended at any moment of its start, it leaves no process: the sandbox's own second one may not yet know of it."""
    sessions = set()
    for moment in range(24):
        zygote = Zygote(Seal(isolation))
        time.sleep(moment / 4000)
        sessions.add(zygote.process.pid)
        zygote.close()
    left = [pid for pid in psutil.pids() if _session_of(pid) in sessions]
    assert psutil.wait_procs([psutil.Process(pid) for pid in left if psutil.pid_exists(pid)], timeout=5)[1] == []


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0
