"""What a killed run has left in the folder for temporary files is removed by the next, and nothing else ever is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.sealed import Sealed
from autograder.grading.sealed.supervisor import place
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.grading.sealed.supervisor.place import PREFIX, Place, remove_abandoned

HOLD = """
from autograder.grading.sealed.supervisor.place import Place
held = Place()
(held.path / "folder").mkdir()
(held.path / "folder" / "file").touch()
(held.path / "link").symlink_to(held.path.parent)
print(held.path, flush=True)
input()
"""
GRADER = """
import sys
from autograder.grading.sealed import Sealed
with Sealed(sys.argv[1]) as executor:
    print(executor.zygotes[0].place, flush=True)
    input()
"""
MANY = """
from autograder.grading.sealed.supervisor.place import Place
for _ in range(300):
    with Place() as own:
        (own.path / "file").touch()
        assert Place().path.exists() and (own.path / "file").exists()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def running(program: str, *words: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process, and the folder that it has made."""
    command: Sequence[str] = [sys.executable, "-c", program, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_own_folder() -> None:
    """It is there, its own, and gone when it is removed; to remove it twice does nothing."""
    own = Place()
    assert own.path.is_dir()
    assert own.path.stat().st_mode & 0o777 == 0o700
    own.remove()
    own.remove()
    assert not own.path.exists()


def test_killed_and_living(temporary: Path) -> None:
    """Of two processes one is killed: the next removes what that one had, and not what the other has."""
    (temporary / "note").touch()
    with running(HOLD) as (dead, left), running(HOLD) as (_, used):
        kill(dead)
        assert sorted(path.name for path in left.iterdir()) == ["folder", "link"]
        with Place():
            assert not left.exists()
            assert (used / "folder" / "file").exists()
    assert (temporary / "note").exists()


def test_own_is_never_abandoned() -> None:
    """A process that makes a second folder keeps its first."""
    with Place() as first, Place() as second:
        remove_abandoned()
        assert first.path.exists()
        assert second.path.exists()


def test_what_a_child_inherits_keeps_nothing() -> None:
    """A program that a killed process has started does not hold its folder."""
    started = "import subprocess; subprocess.Popen(['cat'])\n"
    with running(started + HOLD) as (dead, left):
        kill(dead)
        remove_abandoned()
        assert not left.exists()


@pytest.mark.parametrize("what", ["link", "file", "open to others", "another machine's", "another name"])
def test_planted(temporary: Path, what: str) -> None:
    """What has such a name and was not made by a run is left alone, and so is whatever it leads to."""
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    path = temporary / f"{PREFIX}-abcd1234"
    match what:
        case "link":
            path.symlink_to(elsewhere)
        case "file":
            path.touch()
        case "open to others":
            path.mkdir()
            path.chmod(0o777)
        case "another machine's":
            path = temporary / "mcourse-00000000-abcd1234"
            path.mkdir(0o700)
        case _:
            path = temporary / f"{PREFIX}-notes-abcd1234"
            path.mkdir(0o700)
    (elsewhere / "kept").touch()
    remove_abandoned()
    assert os.path.lexists(path)
    assert (elsewhere / "kept").exists()


def test_of_somebody_else(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of another user is left alone, also by root."""
    path = temporary / f"{PREFIX}-abcd1234"
    path.mkdir(0o700)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    remove_abandoned()
    assert path.exists()


@pytest.mark.parametrize("moment", ["mkdtemp", "open"])
def test_taken_before_it_was_locked(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Whose folder is removed after it was made, or opened, and before it is locked makes another."""
    module = tempfile if moment == "mkdtemp" else os
    real: Callable[..., Any] = getattr(module, moment)
    seen: list[Path] = []

    def overtaken(*words: Any, **options: Any) -> Any:
        out = real(*words, **options)
        if not seen:
            seen.extend(Path(tempfile.gettempdir()).iterdir())
            remove_abandoned()
        return out

    monkeypatch.setattr(module, moment, overtaken)
    with Place() as own:
        assert len(seen) == 1
        assert not seen[0].exists()
        assert own.path.exists()


def test_a_folder_that_nobody_may_list(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not tell what lies beside, nothing is removed, and all else works."""

    def refuse(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(place.os, "listdir", refuse)
    with Place() as own:
        assert own.path.parent == temporary


@pytest.mark.slow  # makes and removes folders for some seconds
def test_at_once(temporary: Path) -> None:
    """Processes that all the time make folders and look for abandoned ones take none from each other."""
    command = [sys.executable, "-c", MANY]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    remove_abandoned()
    assert list(temporary.glob(f"{PREFIX}-*")) == []


@pytest.mark.slow  # starts three warm processes
def test_killed_grader(isolation: Isolation) -> None:
    """A grader that is killed leaves its folder; the next removes it, and leaves that of one that still runs."""
    with running(GRADER, isolation) as (dead, left), running(GRADER, isolation) as (_, used):
        assert left.exists()
        assert left != used
        kill(dead)
        assert left.exists()
        with Sealed(isolation) as executor:
            assert not left.exists()
            assert used.exists()
            assert executor.zygotes[0].place.exists()
