"""Runs a notebook. The seam: whatever else runs student code replaces this one class and nothing around it.

It is nbgrader's own ``Execute`` preprocessor, in a plain kernel: student code runs with the rights of whoever grades.
Three things are added: what the checks draw from, a bound on output, and silence.
"""

from __future__ import annotations

import os
import subprocess
from typing import Any

from nbgrader.preprocessors import Execute
from traitlets import Unicode, default

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.identity import environment

MOST_TEXT = 100_000
"""Characters of printed text kept for one cell; a forgotten ``print`` in a loop writes megabytes a second."""
MOST_DATA = 5_000_000
"""Characters in one display; a large figure has a tenth of it."""
MOST_DISPLAYS = 200
CUT = "\n... output cut off here ...\n"


class RunNotebook(Execute):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's executor, bounded and silent."""

    secret = Unicode(help="What the seeds of the checks are drawn from; the course's own.").tag(config=True)

    @default("shutdown_kernel")
    def _shutdown_kernel_default(self) -> str:
        """A kernel that has run its notebook has nothing left to save."""
        return "immediate"

    def start_new_kernel(self, **options: Any) -> None:
        """Start the kernel with its seed and its student's name, its own output going nowhere."""
        who = self.resources["nbgrader"]
        drawn_from = environment(self.secret, who["student"], who["assignment"])
        super().start_new_kernel(
            env=os.environ | drawn_from, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
        )

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str, cell_index: int) -> Any:
        """Keep an output, unless its cell has already put out more than anybody will read."""
        content = msg["content"]
        if msg["msg_type"] == "stream":
            room = MOST_TEXT - sum(len(out["text"]) for out in outs if out["output_type"] == "stream")
            if room <= 0:
                return None
            if len(content["text"]) > room:
                content["text"] = content["text"][:room] + CUT
        elif msg["msg_type"] == "display_data" and REPORT_TYPE not in content["data"]:
            if len(outs) >= MOST_DISPLAYS:
                return None
            if sum(len(str(value)) for value in content["data"].values()) > MOST_DATA:
                content["data"] = {"text/plain": CUT}
        return super().output(outs, msg, display_id, cell_index)
