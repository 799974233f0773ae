"""Runs a notebook in a plain kernel: student code runs with the rights of whoever grades, and can see the tests.

It is nbgrader's own ``Execute`` preprocessor. Three things are added: what the checks draw from, a bound on output, and
silence.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.preprocessors import Execute
from traitlets import Dict, default

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.work import CannotRun, Ran, Task

MOST_DISPLAYS = 200
CUT = "\n... output cut off here ...\n"

REASONS: dict[type[BaseException], str] = {
    NoSuchKernel: "the kernel it needs is not installed here; mcourse doctor says what to do",
    DeadKernelError: "its kernel died (exit(), a crash, or not enough memory)",
    CellTimeoutError: "a cell that ran too long could not be interrupted (a loop that catches every exception?)",
}


class PlainKernel:
    """An executor that starts a kernel for each notebook."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to let go: a kernel ends with its notebook."""

    def run(self, task: Task) -> Ran:
        """Run one submission in a folder of its own."""
        began, used = time.monotonic(), os.times()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            for name, data in {**task.own_files, **task.handed_in}.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            notebooks = {name: _run(task, text, folder) for name, text in task.notebooks.items()}
        after = os.times()
        cpu = after.children_user + after.children_system - used.children_user - used.children_system
        return Ran(notebooks, time.monotonic() - began, cpu)


def _run(task: Task, text: str, folder: str) -> str:
    runner = RunNotebook(timeout=int(max(1, task.limits.cell_seconds)), environment=dict(task.environment))
    runner.most_text, runner.most_data = task.limits.output, task.limits.display
    resources = ResourcesDict(metadata=ResourcesDict(path=folder))
    try:
        notebook, _ = runner.preprocess(nbformat.v4.reads(text), resources)
    except tuple(REASONS) as error:
        raise CannotRun(next(why for kind, why in REASONS.items() if isinstance(error, kind))) from error
    return str(nbformat.v4.writes(notebook))


class RunNotebook(Execute):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's executor, bounded and silent."""

    environment = Dict(help="Variables of the kernel's environment.")
    most_text = 100_000
    most_data = 5_000_000

    @default("shutdown_kernel")
    def _shutdown_kernel_default(self) -> str:
        """A kernel that has run its notebook has nothing left to save."""
        return "immediate"

    def start_new_kernel(self, **options: Any) -> None:
        """Start the kernel with its seed and its student's name, its own output going nowhere."""
        super().start_new_kernel(
            env=os.environ | self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str, cell_index: int) -> Any:
        """Keep an output, unless its cell has already put out more than anybody will read."""
        content = msg["content"]
        if msg["msg_type"] == "stream":
            room = self.most_text - sum(len(out["text"]) for out in outs if out["output_type"] == "stream")
            if room <= 0:
                return None
            if len(content["text"]) > room:
                content["text"] = content["text"][:room] + CUT
        elif msg["msg_type"] == "display_data" and REPORT_TYPE not in content["data"]:
            if len(outs) >= MOST_DISPLAYS:
                return None
            if sum(len(str(value)) for value in content["data"].values()) > self.most_data:
                content["data"] = {"text/plain": CUT}
        return super().output(outs, msg, display_id, cell_index)
