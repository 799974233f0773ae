"""Our half of ``grading.py``: grade one assignment in a process of its own, and say how long each stage took.

Run by ``grading.py``: python benchmarks/grading_ours.py COURSE ASSIGNMENT JOBS [feedback | untested]
Separate because its own imports would count: it loads what ``mcourse grade`` loads, and nothing else.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch


@contextmanager
def clocks() -> Iterator[dict[str, float]]:
    """Add up the seconds of each stage."""
    from autograder.grading import run
    from autograder.grading.write import Writer

    seconds: dict[str, float] = defaultdict(float)

    def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.monotonic()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[stage] += time.monotonic() - began

        return call

    with ExitStack() as stack:
        for where, name, stage in ((run, "find", "intake"), (run, "read", "intake"), (Writer, "write", "write")):
            stack.enter_context(patch.object(where, name, timed(stage, getattr(where, name))))
        yield seconds


def end_counted(child: Any) -> None:
    """End a submission's process so that the first one of its namespace waits for it, and then ends by itself.

    What it has used is then counted. As the executor does it, for speed, the first process is killed too, and whether
    it has waited before is a matter of luck.
    """
    child.cpu_seconds()
    if child.holds:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(child.holds[0], signal.SIGKILL)
        ended = select.poll()
        ended.register(child.holds[0], select.POLLIN)
        ended.poll(5000)
    child.channel.close()


@contextmanager
def untested() -> Iterator[None]:
    """Have every test cell answered at once, with no process for tests: what is left is saved by no faster check."""
    from autograder.grading.sealed.supervisor.pair import Pair, Reply

    passed = Reply({"outputs": [], "failed": False, "value": None, "person": ""})
    with (
        patch.object(Pair, "run_test", lambda *_, **__: passed),
        patch.object(Pair, "run_given", lambda *_, **__: None),
    ):
        yield


def grade_here(course: Path, assignment: str, jobs: int, more: str) -> dict[str, Any]:
    """Grade, write the feedback if it is wanted, and say how long each stage took."""
    began = time.monotonic()
    from autograder.grading.sealed.supervisor.ahead import warming
    from autograder.grading.sealed.supervisor.child import Child

    first_done: list[float] = []
    done = lambda *_: first_done.append(time.monotonic())  # noqa: E731 - a call for each student
    with patch.object(Child, "kill", end_counted), warming(), ExitStack() as stack:
        from autograder.grading import grade

        if more == "untested":
            stack.enter_context(untested())
        loaded = time.monotonic()
        seconds = stack.enter_context(clocks())
        grading = grade(course, assignment, jobs=jobs, on_progress=done)
        graded = time.monotonic()
        cpu = sum(os.times()[:4])
        if more == "feedback":
            from autograder.grading import write_feedback

            write_feedback(course, grading)
        seconds["feedback"] = time.monotonic() - graded
    if not grading.complete:
        sys.exit(f"not everybody was graded: {grading.set_aside}, {grading.failed}")
    return {
        "students": len(grading.graded),
        "cpu_of_this_process": time.process_time(),
        "seconds": graded - loaded,
        "cpu_of_feedback": sum(os.times()[:4]) - cpu,
        "imports": loaded - began,
        "until_first": first_done[0] - loaded,
        "stages": dict(seconds) | {"run": sum(grading.seconds.values())},
    }


if __name__ == "__main__":
    course, assignment, jobs, *more = sys.argv[1:]
    print(json.dumps(grade_here(Path(course), assignment, int(jobs), "".join(more))))
