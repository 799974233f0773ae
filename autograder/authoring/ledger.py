"""Write files into a folder that other people edit too, and never over their edits.

A record beside the files says what was last written. A file that still is what was written may be replaced; a file that
somebody has changed is theirs.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

RECORD = ".mcourse.json"

Outcome = Literal["written", "current", "kept"]


class Ledger:
    """The record of one folder.

    Args:
        folder: where the files go; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            self._digests = {str(name): str(value) for name, value in record.items()}
        except (FileNotFoundError, ValueError, AttributeError):
            self._digests = {}  # without a record, every file there is somebody's

    def put(self, name: str, data: bytes) -> Outcome:
        """Write a file, unless somebody has changed it since it was last written.

        Returns:
            ``written``; ``current`` where it already says so; ``kept`` where somebody's version was left alone.
        """
        path = self.folder / name
        found = path.read_bytes() if path.exists() else None
        if found is not None and found != data and digest(found) != self._digests.get(name):
            return "kept"
        if found != data:
            write(path, data)
        self.note(name, digest(data))
        return "current" if found == data else "written"

    def note(self, name: str, value: str) -> None:
        """Record a digest under a name, at once."""
        if self._digests.get(name) != value:
            self._digests[name] = value
            write(self.folder / RECORD, json.dumps(self._digests, indent=1, sort_keys=True).encode())

    def noted(self, name: str) -> str | None:
        """Return the digest recorded under a name."""
        return self._digests.get(name)


def digest(*parts: bytes) -> str:
    """Return one digest of several pieces of data."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    os.replace(new, path)
