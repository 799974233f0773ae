"""A folder for the temporary files of one warm process, removed with it; the next one removes it if that was killed.

Separate because it is one protocol. Whoever makes such a folder holds a lock on it for life, which the kernel frees
however its holder dies: a folder whose lock can be taken is nobody's any more. The name says of which machine it is,
for on a file system that several machines share, none may see the locks of the others.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path
from typing import Self

MACHINE = hashlib.sha256(socket.gethostname().encode("utf-8", "surrogateescape")).hexdigest()[:8]
PREFIX = f"mcourse-{MACHINE}"
OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
"""How a folder is opened: a link that somebody planted under its name is not followed."""


class Place:
    """A new folder that this process alone uses; whatever killed runs have left is removed first."""

    def __init__(self) -> None:
        remove_abandoned()
        held = None
        while held is None:
            self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}-"))
            held = _hold(self.path)
        self._held: int | None = held

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove it with all that is in it; a second time does nothing."""
        if self._held is not None:
            with contextlib.suppress(RecursionError):  # folders in folders, a thousand times
                shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._held)
            self._held = None


def _hold(path: Path) -> int | None:
    """Lock a folder that was just made; nothing where another has meanwhile taken it for abandoned."""
    with contextlib.suppress(FileNotFoundError):
        folder = os.open(path, OPEN)
        with contextlib.suppress(OSError):  # a file system without locks: nobody else can take this one either
            fcntl.flock(folder, fcntl.LOCK_EX)
        if os.path.lexists(path) and os.path.samestat(os.fstat(folder), os.lstat(path)):
            return folder
        os.close(folder)
    return None


def remove_abandoned() -> None:
    """Remove the folders of this user whose processes were killed."""
    temporary = tempfile.gettempdir()
    try:
        names = os.listdir(temporary)
    except PermissionError:  # a system that shows nobody what others have
        return
    for path in [os.path.join(temporary, name) for name in names if name.rpartition("-")[0] == PREFIX]:
        with contextlib.suppress(OSError, RecursionError):  # it is used, or not ours, or cannot be removed
            folder = os.open(path, OPEN)
            try:
                if _is_own(folder):
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _empty(folder)
                    os.rmdir(path)
            finally:
                os.close(folder)


def _is_own(folder: int) -> bool:
    """Whether it is this user's, and nobody else can have put anything into it."""
    about = os.fstat(folder)
    return about.st_uid == os.geteuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _empty(folder: int) -> None:
    """Remove what is in an open folder, whatever has its name by now."""
    with os.scandir(folder) as entries:
        inside = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in inside:
        if is_folder:
            shutil.rmtree(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
