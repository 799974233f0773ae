"""Waits until a file changes, without keeping the machine busy."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path


def changes(folders: Iterable[Path], pause: float = 0.5) -> Iterator[None]:
    """Yield at once, and then again each time a file in one of the folders has changed."""
    tops = tuple(folders)
    seen: dict[Path, int] | None = None
    while True:
        now = {path: _changed(path) for top in tops for path in top.rglob("*.md")}
        if now != seen:
            seen = now
            yield
        time.sleep(pause)


def _changed(path: Path) -> int:
    """When a file was changed; 0 while an editor is putting another in its place."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
