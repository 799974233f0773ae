"""Looks at this machine, tries what can be tried, and says what to do about what is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_PYTHON = (3, 11)
REINSTALL = "install the course again: remove .venv and run make demo"
NO_SANDBOX = (
    "This version of mcourse grade does not use a sandbox yet: student code runs with your rights. "
    "Grade classes you trust, or in a container that you can throw away."
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        name: what it is.
        found: what is there; empty where it is missing.
        advice: what to do where it is missing.
        needed: whether the course cannot be used without it.
    """

    name: str
    found: str
    advice: str
    needed: bool = True

    @property
    def ok(self) -> bool:
        """Whether it is there."""
        return bool(self.found)


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other."""
    version = platform.python_version() if sys.version_info >= OLDEST_PYTHON else ""
    yield Finding("Python", version, f"install Python 3.11 or newer; this is {platform.python_version()}")
    for name in ("nbgrader", "jupyterlab", "numpy", "sympy"):
        yield Finding(name, _installed(name), REINSTALL)
    advice = "notebooks run in it; make it with: python -m ipykernel install --sys-prefix --name python3"
    yield Finding("kernel python3", _kernel("python3"), advice)
    yield Finding("alembic", _program("alembic"), f"nbgrader calls it by name; {REINSTALL}")
    yield Finding("git", _asked("git", "--version"), "install git to fetch and update the course", needed=False)
    yield Finding("make", _asked("make", "--version"), "install make, or use the mcourse command alone", needed=False)
    yield from _sandbox()


def _sandbox() -> Iterator[Finding]:
    """Try the two things that a sandbox needs, by using them."""
    if sys.platform != "linux":
        advice = f"there is none for {platform.system()}; use Linux to grade a class you do not trust"
        yield Finding("sandbox", "", advice, needed=False)
        return
    spaces = "they work" if _works("unshare", "--user", "--pid", "--fork", "true") else ""
    advice = "a sandbox needs them; ask whoever runs this machine to allow unprivileged user namespaces"
    yield Finding("user namespaces", spaces, advice, needed=False)
    boxed = _works("bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true")
    advice = "a sandbox needs it; install bubblewrap (Debian, Ubuntu: apt install bubblewrap)"
    yield Finding("bubblewrap", _asked("bwrap", "--version") if boxed else "", advice, needed=False)


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _kernel(name: str) -> str:
    """The folder of a kernel's description, where Jupyter looks for kernels."""
    try:
        from jupyter_client.kernelspec import find_kernel_specs
    except ImportError:
        return ""
    return str(find_kernel_specs().get(name, ""))


def _program(name: str) -> str:
    """Where a program is, on PATH or beside this Python, where grading puts PATH's first entry."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent)) or ""


def _asked(*command: str) -> str:
    """The first line that a program answers, or nothing."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return (done.stdout.strip().splitlines() or [""])[0] if done.returncode == 0 else ""


def _works(*command: str) -> bool:
    """Whether a command can be run and succeeds."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
