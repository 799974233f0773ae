"""Finds the pictures that text in a notebook shows: pasted into the cell, or a file beside the notebook.

Separate because it reads files that a student names: only pictures, only from the submission's own folder, only of a
size that belongs on a page. Nothing is ever fetched.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

KINDS = {
    ".png": ("png", b"\x89PNG"),
    ".jpg": ("jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("jpeg", b"\xff\xd8\xff"),
    ".gif": ("gif", b"GIF8"),
    ".webp": ("webp", b"RIFF"),
}
"""Ending: the kind, and how such a file begins."""

MOST_BYTES = 2_000_000
MOST_ON_A_PAGE = 20_000_000


class Pictures:
    """Finds pictures of one notebook.

    Args:
        folder: where the notebook lies; ``None`` where there are no files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder.resolve() if folder else None
        self._room = MOST_ON_A_PAGE
        self.attachments: Mapping[str, Any] = {}
        """What was pasted into the cell that is being made."""

    def __call__(self, address: str) -> str | None:
        """Find a picture by its address; ``None`` where there is none that may be shown."""
        found = self._pasted(unquote(address[11:])) if address.startswith("attachment:") else self._file(address)
        if found is None or len(found) > self._room:
            return None
        self._room -= len(found)
        return found

    def _pasted(self, name: str) -> str | None:
        bundle = self.attachments.get(name)
        for kind, _ in KINDS.values():
            data = bundle.get(f"image/{kind}") if isinstance(bundle, dict) else None
            if isinstance(data, str):
                return f"data:image/{kind};base64,{''.join(data.split())}"
        return None

    def _file(self, address: str) -> str | None:
        if self._folder is None or ":" in address or "\\" in address or address.startswith("/"):
            return None
        path = self._folder / unquote(address)
        kind, beginning = KINDS.get(path.suffix.lower(), ("", b""))
        try:
            if not kind or not path.is_file() or not path.resolve().is_relative_to(self._folder):
                return None
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except (OSError, ValueError):
            return None
        if len(data) > MOST_BYTES or not data.startswith(beginning):
            return None
        return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
