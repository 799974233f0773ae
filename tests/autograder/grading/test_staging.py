"""Files are in place whole, whenever the run that put them there was killed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.grading import staging

OLD = {"exercises.ipynb": b"old", "data/a.csv": b"1"}
NEW = {"exercises.ipynb": b"new", "figure.png": b"\x89"}


class Killed(BaseException):
    """As if the process had ended here."""


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A place with an old folder in it."""
    place = tmp_path / "ada" / "ps1"
    staging.stage(place, OLD)
    staging.swap(place)
    return place


def test_in_place(target: Path) -> None:
    """What was staged takes the place of what was there, with nbgrader's permissions, and nothing else is left."""
    mark = staging.stage(target, NEW)
    assert contents(target) == OLD
    staging.swap(target)
    assert contents(target) == NEW
    assert mark == staging.found(target) == staging.fingerprint(NEW)
    assert (target / "figure.png").stat().st_mode & 0o777 == 0o444
    assert os.listdir(target.parent) == ["ps1"]


def killed_at(call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die at the n-th of the calls that change a folder."""
    calls = 0

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def instead(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == call:
                raise Killed
            return real(*args, **kwargs)

        return instead

    for module, name in ((os, "rename"), (os, "fsync"), (staging.shutil, "rmtree")):
        monkeypatch.setattr(module, name, dying(getattr(module, name)))


BEFORE, AFTER = 3, 7
"""How many calls change a folder until it is staged, and until it is in place."""


@pytest.mark.parametrize(
    ("call", "committed"), [(k, False) for k in range(1, BEFORE + 1)] + [(k, True) for k in range(1, AFTER + 1)]
)
def test_killed(target: Path, call: int, committed: bool) -> None:
    """Killed before any step, the next run finds the old folder as long as the marks are the old ones, else the new."""
    expected = OLD
    with pytest.MonkeyPatch.context() as monkeypatch:
        killed_at(call, monkeypatch)
        try:
            staging.stage(target, NEW)
            if committed:
                expected = NEW
                staging.swap(target)
            pytest.fail("nothing was killed")
        except Killed:
            pass
    assert staging.settle(target, staging.fingerprint(expected))
    assert contents(target) == expected
    assert os.listdir(target.parent) == ["ps1"]


def test_nothing_was_committed(tmp_path: Path) -> None:
    """What was staged and never committed is removed, and there is nothing in place."""
    place = tmp_path / "ada" / "ps1"
    staging.stage(place, NEW)
    assert not staging.settle(place, None)
    assert os.listdir(place.parent) == []


def test_somebody_changed_it(target: Path) -> None:
    """A folder in which a notebook was changed, or a file removed, is not the one that was committed."""
    mark = staging.fingerprint(OLD)
    (target / "data" / "a.csv").unlink()
    assert not staging.settle(target, mark)
    staging.stage(target, OLD)
    staging.swap(target)
    (target / "exercises.ipynb").chmod(0o644)
    (target / "exercises.ipynb").write_bytes(b"0ld")
    assert not staging.settle(target, mark)


def test_no_room(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full, the old folder stays and nothing of the new one is left."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        staging.stage(target, NEW)
    assert contents(target) == OLD
    assert os.listdir(target.parent) == ["ps1"]


def test_shared_with_the_group(tmp_path: Path) -> None:
    """Where the course is shared with a group, so are the folders."""
    place = tmp_path / "ada" / "ps1"
    staging.stage(place, OLD, 0o664, group=True)
    staging.swap(place)
    assert place.stat().st_mode & 0o7777 == 0o2775
    assert (place / "exercises.ipynb").stat().st_mode & 0o777 == 0o664
