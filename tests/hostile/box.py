"""A throw-away sandbox in which attacks are shown to work, where they can harm nothing.

Everything in it is read-only but a small file system in memory; it has no network, and its processes end with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.grading.sealed.supervisor import sandbox

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
LONGEST = 900  # seconds for all attacks of one call


def why_no_box() -> str:
    """Why attacks cannot be let loose here; empty where they can."""
    if reason := sandbox.why_not():
        return f"attacks are only let loose in a box, and this machine has none: {reason}"
    if shutil.which("bwrap") is None:
        return "attacks are only let loose in a box that the system's own bubblewrap makes: apt-get install bubblewrap"
    if Path(sys.prefix).resolve().is_relative_to("/tmp"):
        return f"the box has a /tmp of its own, and the Python of these tests lies in {sys.prefix}; clone elsewhere"
    return ""


def in_the_box(program: str, course: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """Run a program of this folder in the box.

    Args:
        program: its file's name.
        course: a course directory that it may copy.
        arguments: what else it is told.

    Yields:
        What it prints: a line of JSON for each attack.
    """
    command = ["bwrap", "--die-with-parent", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--cap-add", "ALL"]
    command += [] if os.getuid() == 0 else ["--unshare-user", "--uid", "0", "--gid", "0"]  # else no box fits into it
    command += [
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/run",
        "--tmpfs",
        "/mnt",
    ]
    command += ["--ro-bind", str(course), "/mnt/template", "--ro-bind", str(REPOSITORY), "/mnt/repository"]
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": "/mnt/repository:/mnt/repository/tests/hostile",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [*command, "--chdir", "/tmp", sys.executable, f"/mnt/repository/tests/hostile/{program}", *arguments],
        capture_output=True, text=True, check=False, env=environment, timeout=LONGEST, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the box ended with {done.returncode}: {done.stderr[-3000:]}")
    yield from (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))
