"""What a submission does where no clock looked: it stops nobody, and takes no more than its limits say."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from tasks import mark, printed, task_of

from autograder.grading.sealed import Limits

pytestmark = pytest.mark.slow  # the warm process takes seconds to start

Run = Callable[..., dict[str, dict[str, Any]]]
INSTRUCTOR = {"answer-a": "", "test-a": "assert a == 1"}
TELL_THE_SUPERVISOR = """
import os, socket, stat, struct
from autograder.grading.sealed.crossing.wire import encode

frame = b"Y" + encode(("matrix", "ImmutableSparseMatrix", 10**12, 0, []))
for number in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, struct.pack("<I", len(frame)) + frame)
    except OSError:
        pass
"""
BURN = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        if os.fork() == 0:
            while True:
                pass
        os._exit(0)
time.sleep(50)
"""
BURN_UNSEEN = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody is told what those used that end
for _ in range(50):
    for _ in range(4):
        if os.fork() == 0:
            until = time.process_time() + 0.5
            while time.process_time() < until:
                pass
            os._exit(0)
    time.sleep(1)
"""


def test_what_the_supervisor_reads(run: Run) -> None:
    """A reply that would keep whoever reads it for hours costs the cell that sent it, and no time."""
    began = time.monotonic()
    out = run(INSTRUCTOR, {"answer-a": "a = 1", "x": TELL_THE_SUPERVISOR})
    assert "this cell ended its process" in printed(out["added-0"])
    assert mark(out["test-a"]) == 2.0
    assert time.monotonic() - began < 20


def test_pictures_that_are_none(run: Run) -> None:
    """What is shown as a picture and is none is left out at once."""
    out = run(INSTRUCTOR, {"answer-a": "a = 1", "x": "display({'image/png': ' ' * 4_000_000 + '!'}, raw=True)"})
    assert out["added-0"].outputs == []
    assert mark(out["test-a"]) == 2.0


def test_many_short_cells(sealed: Any) -> None:
    """Cells that are each over before anybody looks are counted together; the instructor's are run all the same."""
    added = {f"x{number}": "import time\ntime.sleep(0.15)" for number in range(40)}
    began = time.monotonic()
    ran = sealed.run(task_of(INSTRUCTOR, {**added, "answer-a": "a = 1"}, limits=Limits(notebook_seconds=1.5)))
    assert time.monotonic() - began < 5
    *cells, answer, test = nbformat.reads(ran.notebooks["n"], 4).cells
    assert "this cell was not run: a notebook may take 1.5 seconds" in printed(cells[-1])
    assert cells[0].outputs == answer.outputs == []
    assert mark(test) == 2.0


def test_cells_that_are_run_again(sealed: Any) -> None:
    """Where a process is started again, the cells above take no more time than one cell may."""
    added = {f"x{number}": "import time\ntime.sleep(0.15)" for number in range(30)}
    answers = {**added, "answer-a": "a = 1", "y": "import os\nos._exit(0)"}
    began = time.monotonic()
    sealed.run(task_of(INSTRUCTOR, answers, limits=Limits(cell_seconds=1)))
    assert time.monotonic() - began < 8


def test_all_that_a_notebook_puts_out(sealed: Any) -> None:
    """What cells show is bounded together; smaller outputs still have their place."""
    added = {f"x{number}": "display({'image/png': 'A' * 90_000}, raw=True)\nprint('and text')" for number in range(20)}
    answers = {**added, "answer-a": "a = 1", "y": "print('small')"}
    ran = sealed.run(task_of(INSTRUCTOR, answers, limits=Limits(notebook_output=500_000)))
    assert len(ran.notebooks["n"]) < 600_000
    *_, late, _, last, _ = nbformat.reads(ran.notebooks["n"], 4).cells
    assert "the cells of a notebook may put out 500000 characters together" in printed(late)
    assert "small" in printed(last)


@pytest.mark.parametrize("burn", [BURN, BURN_UNSEEN], ids=["seen", "unseen"])
def test_processes_that_a_cell_starts(sealed: Any, burn: str) -> None:
    """Processor time is counted over all processes of a submission, whoever their parents are."""
    if sealed.seal.isolation != "namespaces":
        pytest.skip("without namespaces a process can leave its family, and is not found")
    began = time.monotonic()
    ran = sealed.run(task_of(INSTRUCTOR, {"answer-a": "a = 1", "x": burn}, limits=Limits(cell_cpu=3)))
    assert time.monotonic() - began < 25
    assert ran.cpu > 3
    assert "a cell may take 3 seconds of processor time" in json.dumps(ran.notebooks)
