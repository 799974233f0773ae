"""Copies the gradebook before a run changes it, and keeps the last few copies."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from autograder.gradebook_address import file_of
from autograder.grading.errors import GradingError
from autograder.grading.gradebook import copy_database

KEPT = 5
"""How many copies are kept; an older one is removed when a new one is whole."""


def back_up(url: str, folder: Path, now: datetime | None = None) -> Path | None:
    """Copy an SQLite gradebook by SQLite itself, so that the copy is whole even while others write.

    Args:
        url: the address of the gradebook.
        folder: where the copies are.
        now: the time that the copy is named after.

    Returns:
        The copy; nothing for another database, which is backed up by its own tools (``pg_dump`` for PostgreSQL).

    Raises:
        GradingError: no copy could be made, so nothing may be changed.
    """
    source = file_of(url)
    if source is None or not source.exists():
        return None
    made = folder / f"gradebook-{now or datetime.now():%Y-%m-%d-%H%M%S-%f}.db"
    aside = made.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _copy(source, aside)
        os.replace(aside, made)
        for old in sorted(folder.glob("gradebook-*.db"))[:-KEPT]:
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise GradingError(
            f"The gradebook cannot be copied into {folder} ({error}), so nothing was graded; "
            "make room there, and see that the folder can be written to"
        ) from error
    return made


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(target)) as copy:
        copy_database(source, copy)
    with target.open("rb+") as file:
        os.fsync(file.fileno())
