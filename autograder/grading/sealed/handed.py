"""What a test hands over besides arguments: files that it has written, and what it puts in the place of ``input``.

In one process the student's code would find both. A file crosses when a call names it; where ``input`` or ``print`` has
been replaced, the student's code calls back.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import pathlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

REPLACEABLE = {"input": builtins.input, "print": builtins.print}
"""Functions of Python's that a test may replace, also for the student's code."""
PATHS = (str, type(pathlib.Path()))
LONGEST_PATH = 500
MOST_PATHS = 1000
"""Of one cell, that are kept to ask afterwards whether there is a file."""
MOST_IN_FILE = 10_000_000  # bytes
CLOCKS = 20_000_000  # nanoseconds by which a file may seem older than it is


class Handed:
    """What the tests of a notebook hand over.

    Args:
        namespace: of the tests.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.begun = time.time_ns() - CLOCKS
        self.paths: set[str] = set()

    def files(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The files, and the folders of files, that a call names and that the test has made."""
        named = [str(value) for value in (*args, *kwargs.values()) if type(value) in PATHS]
        paths = [path for path in named if 0 < len(path) <= LONGEST_PATH and "\0" not in path]
        if not paths:
            return {}
        found: dict[str, bytes] = {}
        for path in paths:
            with contextlib.suppress(OSError):
                found |= self._written(path)
        folders = {os.path.dirname(path) for path in paths if path not in found} - {""}
        made = sorted(filter(os.path.isdir, folders))
        self.paths |= {*paths} if len(self.paths) < MOST_PATHS else set()
        return ({"files": found} if found else {}) | ({"folders": made} if made else {})

    def _written(self, path: str) -> dict[str, bytes]:
        told = os.stat(path)
        if not os.path.isfile(path) or told.st_size > MOST_IN_FILE or told.st_mtime_ns < self.begun:
            return {}
        with open(path, "rb") as file:
            return {path: file.read()}

    def replaced(self) -> list[str]:
        """The functions of Python's in whose place the test has put something."""
        names = REPLACEABLE.items()
        return [name for name, usual in names if name in self.namespace or getattr(builtins, name) is not usual]
