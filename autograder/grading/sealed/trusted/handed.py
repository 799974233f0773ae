"""What a test hands over besides arguments: files that it has written, and what it puts in the place of ``input``.

In one process the student's code would find both. A file crosses when a call names it; where ``input`` or ``print`` has
been replaced, the student's code calls back.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import os
import pathlib
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.checks.quiet import memory_allowed
from autograder.grading.sealed.crossing.wire import encode
from autograder.grading.sealed.trusted.lent import Lent
from mcutils._formula_only import is_formula_only

REPLACEABLE = {"input": builtins.input, "print": builtins.print}
"""Functions of Python's that a test may replace, also for the student's code."""
USUAL_DEPTH = sys.getrecursionlimit()
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
        person: called with a reason where something cannot be handed over; raises.
    """

    def __init__(self, namespace: dict[str, Any], person: Callable[[str], Any]) -> None:
        self.namespace = namespace
        self.person = person
        self.lent = Lent(namespace)
        self.state: Any = None
        self.recursion = USUAL_DEPTH
        self.begun = time.time_ns() - CLOCKS
        self.rooms = [os.path.realpath(folder) for folder in (".", os.environ.get("TMPDIR", "/tmp"))]
        self.paths: set[str] = set()
        self.written: set[str] = set()

    def flags(self, in_place: bool, with_random: bool) -> dict[str, Any]:
        """What the student's code is to be run under; only what is not as ever.

        Args:
            in_place: whether what it does to its arguments is to be told.
            with_random: whether the test uses random numbers, so that the student's code goes on with the same.
        """
        flags: dict[str, Any] = {
            "formula": is_formula_only(),
            "memory": memory_allowed(),
            "back": in_place,
            "replaced": self.replaced(),
            "without": self._taken_away(),
        }
        flags = {name: value for name, value in flags.items() if value} | self._recursion()
        return flags | (self._random_state() if with_random else {})

    def _recursion(self) -> dict[str, int]:
        """How deep calls may go, where a test has said so."""
        limit, before = sys.getrecursionlimit(), self.recursion
        self.recursion = limit
        return {"recursion": limit} if limit != before else {}

    def _taken_away(self) -> list[str]:
        """The names of functions that the student's code has to do without, since the test does."""
        missing = self.lent.missing()
        for name in missing:
            if name in self.namespace:
                self.person(
                    f"the test has something else in the place of the student's function {name}, and the student's "
                    "code goes on using its own"
                )
        return missing

    def _random_state(self) -> dict[str, Any]:
        """The state of random numbers, where it is another than a moment ago; it goes there and never comes back."""
        state = (random.getstate(), encode(np.random.get_state(legacy=False)))
        if state == self.state:
            return {}
        self.state = state
        return {"random": state}

    def notice_seeds(self) -> None:
        """Have random numbers go on over there also where a test begins them anew with what they began with before."""
        for home, name in ((random, "seed"), (random, "setstate"), (np.random, "seed"), (np.random, "set_state")):
            setattr(home, name, self._noticed(getattr(home, name)))

    def _noticed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def begin(*args: Any, **kwargs: Any) -> Any:
            self.state = None
            return function(*args, **kwargs)

        return begin

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
        self.written |= {os.path.normpath(path) for path in found}
        folders = {os.path.dirname(path) for path in paths if path not in found} - {""}
        made = sorted(filter(os.path.isdir, folders))
        self.paths |= {*paths} if len(self.paths) < MOST_PATHS else set()
        return ({"files": found} if found else {}) | ({"folders": made} if made else {})

    def _written(self, path: str) -> dict[str, bytes]:
        """The file at a path, if a test has written it; what the student's code names may lie anywhere, as in /proc."""
        whole = os.path.realpath(path)
        if not any(whole.startswith(f"{room}{os.sep}") for room in self.rooms):
            return {}
        told = os.stat(path)
        if not os.path.isfile(path) or told.st_size > MOST_IN_FILE or told.st_mtime_ns < self.begun:
            return {}
        with open(path, "rb") as file:
            return {path: file.read()}

    def replaced(self) -> list[str]:
        """The functions of Python's in whose place the test has put something."""
        names = REPLACEABLE.items()
        return [name for name, usual in names if name in self.namespace or getattr(builtins, name) is not usual]
