"""Each limit, reached: it is named in a sentence where the student sees it, and the rest of the notebook is graded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import pytest
from tasks import mark, printed

from autograder.grading.sealed import Limits

pytestmark = pytest.mark.slow  # the warm process takes seconds to start

Run = Callable[..., dict[str, dict[str, Any]]]
MB = 1_000_000
LOOP = "while True: pass"
SLEEP = "import time\ntime.sleep(60)"


@dataclass(frozen=True)
class Reach:
    """A way to reach a limit.

    Args:
        by: the answer that does.
        limit: what the limit is set to.
        said: words that the cell then shows, or the reason for a person.
        test: a test that calls the answer; empty where the answer's own cell reaches the limit.
    """

    by: str
    limit: float
    said: str
    test: str = ""


REACHES = {
    "cell_seconds": Reach(SLEEP, 1.0, "a cell may take 1 seconds"),
    "cell_cpu": Reach(LOOP, 0.5, "a cell may take 0.5 seconds of processor time"),
    "notebook_seconds": Reach(SLEEP, 2.0, "a notebook may take 2 seconds"),
    "notebook_cpu": Reach(LOOP, 1.5, "a notebook may take 1.5 seconds of processor time"),
    "memory": Reach("big = bytearray(400_000_000)", 200 * MB, "one process may take 200 MB of memory"),
    "processes": Reach(
        "from threading import Event, Thread\nfor _ in range(40): Thread(target=Event().wait, daemon=True).start()",
        8,
        "a submission may have 8 processes and threads",
    ),
    "open_files": Reach(
        "import os\nheld = [os.open('/dev/null', 0) for _ in range(90)]", 60, "a process may have 60 files open"
    ),
    "file_size": Reach("open('big', 'wb').write(bytes(3_000_000))", 1 * MB, "a file may have 1 MB"),
    "scratch": Reach(
        "for k in range(6):\n    with open(f'part-{k}', 'wb') as file:\n        file.write(bytes(1_000_000))",
        3 * MB,
        "all files together may have 3 MB",
    ),
    "output": Reach("print('x' * 5000)", 1000, "output cut off here: a cell may print 1000 characters"),
    "display": Reach(
        "from IPython.display import HTML, display\ndisplay(HTML('y' * 50_000))",
        9000,
        "output cut off here: a cell may show 9000 characters",
    ),
    "notebook_output": Reach(
        "print('x' * 50_000)", 9000, "output cut off here: the cells of a notebook may put out 9000 characters"
    ),
    "message": Reach(
        "def f(x):\n    return bytes(3_000_000)", 1 * MB, "3 MB is too large to be handed over", "assert f(0)"
    ),
    "calls": Reach(
        "def f(g):\n    return sum(g(k) for k in range(99))",
        50,
        "called more than 50 times",
        "assert f(lambda k: k) == 4851",
    ),
    "depth": Reach(
        "def f(g):\n    return g(lambda: f(g))",
        6,
        "nest too deeply",
        "def call(h):\n    return h()\nassert f(call) == 1",
    ),
    "restarts": Reach(
        "import os\nos._exit(1)",
        1,
        "this cell was not run: a process that ended is started again 1 times in a notebook",
    ),
}
KEPT_BY_NAMESPACES = ("processes", "scratch")
"""Limits that need namespaces, or else would count what others do."""


@pytest.mark.parametrize("name", REACHES)
def test_reached(run: Run, sealed: Any, name: str) -> None:
    """The limit is named in a sentence in the cell that reached it; what is above and below keeps its marks."""
    if name in KEPT_BY_NAMESPACES and sealed.seal.isolation != "namespaces":
        pytest.skip("this limit needs namespaces; --isolation process does not promise it")
    reach = REACHES[name]
    cells = {"answer-a": "", "test-a": "assert a == 1", "answer-f": "", "test-f": reach.test}
    cells |= {"answer-b": "", "test-b": "assert b == 2"}
    answers = {"answer-a": "a = 1", "answer-f": reach.by, "answer-b": "b = 2"}
    where = "test-f" if reach.test else "answer-f"
    if name == "restarts":  # nothing can be graded once this one is reached, so that is done last
        cells |= {"answer-g": "", "answer-h": ""}
        answers |= {"answer-g": reach.by, "answer-h": "c = 3"}
        where = "answer-h"
    out = run(cells, answers, limits={name: reach.limit})
    assert reach.said in printed(out[where]) + str(out[where].metadata.get("mcourse", ""))
    assert mark(out["test-a"]) == 2.0
    assert mark(out["test-b"]) == 2.0


def test_every_limit_is_here() -> None:
    """No limit is without its test."""
    assert list(REACHES) == [field.name for field in fields(Limits)]
