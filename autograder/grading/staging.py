"""Puts a folder of files into place so that whoever looks finds the old one whole or the new one whole.

Separate because it is one protocol in four steps, and a run can be killed between any two of them:

1. the new files are written beside the old ones under a hidden name, and forced to the disk;
2. the gradebook commits the marks together with the fingerprint of these files (not here);
3. the old folder is moved aside, the new one to its place;
4. the old one is removed.

``settle`` finishes what was begun, or takes it back; which of the two, the committed fingerprint decides.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

DEFAULT = 0o444
"""nbgrader's own permissions for what it graded: nobody is to edit it by accident."""


def stage(target: Path, files: Mapping[str, bytes], mode: int = DEFAULT, *, group: bool = False) -> str:
    """Write a folder beside the one whose place it will take.

    Args:
        target: the folder's place.
        files: what is in it, by relative path with ``/``.
        mode: permissions of the files.
        group: whether the folders are shared with the group, as nbgrader's ``groupshared`` says.

    Returns:
        The fingerprint of the new folder.

    Raises:
        OSError: it could not be written; nothing of it is left.
    """
    new = _new(target)
    _remove(new)
    try:
        for name, data in files.items():
            _write(new / name, data, mode)
        for folder, _, _ in os.walk(new):
            if group:
                os.chmod(folder, os.stat(folder).st_mode | 0o2770)
            _force(Path(folder))
    except OSError:
        _remove(new)
        raise
    return fingerprint(files)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())


def _force(folder: Path) -> None:
    """Force a folder's list of names to the disk, where the system can."""
    with contextlib.suppress(PermissionError):  # a file system that opens no folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def fingerprint(files: Mapping[str, bytes]) -> str:
    """Digest a folder: the contents of its notebooks, the names and sizes of everything else.

    >>> fingerprint({"a.ipynb": b"{}"}) == fingerprint({"a.ipynb": b"{ }"})
    False
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        said = files[name] if name.endswith(".ipynb") else b""
        digest.update(f"{name}\0{len(files[name])}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(said).digest())
    return digest.hexdigest()


def found(folder: Path) -> str:
    """The fingerprint of a folder that is there; empty where it is not."""
    if not folder.is_dir():
        return ""
    files: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        files[name] = path.read_bytes() if path.suffix == ".ipynb" else bytes(path.stat().st_size)
    return fingerprint(files)


def swap(target: Path) -> None:
    """Move a staged folder to its place, and remove what was there."""
    new, old = _new(target), _old(target)
    _remove(old)
    if os.path.lexists(target):
        os.rename(target, old)
    os.rename(new, target)
    _force(target.parent)
    _remove(old)


def discard(target: Path) -> None:
    """Remove what was staged; what is in place stays."""
    _remove(_new(target))


def settle(target: Path, committed: str | None) -> bool:
    """Finish or take back what an earlier run began.

    Args:
        target: the folder's place.
        committed: the fingerprint that the gradebook holds for it, if it holds one.

    Returns:
        Whether the folder in place is the one that was committed.
    """
    new, old = _new(target), _old(target)
    if committed and found(target) != committed and new.is_dir() and found(new) == committed:
        swap(target)
    _remove(new)
    if os.path.lexists(old) and not os.path.lexists(target):
        os.rename(old, target)
    _remove(old)
    return bool(committed) and found(target) == committed


def is_committed(target: Path, committed: str) -> bool:
    """Whether the committed folder is in place, or ready to be moved there; nothing is changed."""
    return committed in (found(target), found(_new(target)))


def _new(target: Path) -> Path:
    return target.with_name(f".{target.name}.new")


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
