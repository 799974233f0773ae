"""What a student's code runs under while a test calls it."""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from autograder.checks.quiet import memory_limit
from autograder.grading.sealed.crossing.wire import decode
from mcutils._formula_only import formula_only

PUT: dict[str, bytes] = {}
"""The files that tests have written, as they were when the student's code had them."""


@contextlib.contextmanager
def under(flags: dict[str, Any], replaced: Callable[..., Any]) -> Iterator[None]:
    """Do as a test demands: formulas only, so much memory, random numbers from here on, its files and functions.

    Args:
        flags: what the test demands.
        replaced: called with the name of a function of Python's in whose place the test has put one, and arguments.
    """
    if "random" in flags:
        plain, numpys = flags["random"]
        random.setstate(plain)
        np.random.set_state(decode(numpys))
    if "recursion" in flags:
        sys.setrecursionlimit(flags["recursion"])
    _put(flags.get("files", {}), flags.get("folders", []))
    with contextlib.ExitStack() as stack:
        if flags.get("formula"):
            stack.enter_context(formula_only())
        if flags.get("memory"):
            stack.enter_context(memory_limit(flags["memory"]))
        for name in flags.get("replaced", ()):
            stack.enter_context(_in_place_of(name, partial(replaced, name)))
        yield


@contextlib.contextmanager
def heard(printed: io.StringIO, complaints: io.StringIO) -> Iterator[None]:
    """Catch what is printed, and what is complained of."""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complaints):
        yield


@contextlib.contextmanager
def without(namespace: dict[str, Any], names: Iterable[str]) -> Iterator[None]:
    """Do without names for a while; one that is bound anew meanwhile stays what it became.

    >>> namespace = {"f": 1, "g": 2}
    >>> with without(namespace, ["f", "h"]):
    ...     print(namespace)
    {'g': 2}
    >>> sorted(namespace)
    ['f', 'g']
    """
    away = {name: namespace.pop(name) for name in names if name in namespace}
    try:
        yield
    finally:
        for name, value in away.items():
            namespace.setdefault(name, value)


def _put(files: dict[str, bytes], folders: list[str]) -> None:
    """Have the files that a test has written, where it has them."""
    for path, data in files.items():
        with contextlib.suppress(OSError):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            PUT[path] = data
    for folder in folders:
        with contextlib.suppress(OSError):
            os.makedirs(folder, exist_ok=True)


def has(path: str, data: bytes) -> bool:
    """Whether a file is there, and has this in it."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return file.read(len(data) + 1) == data
    return False


@contextlib.contextmanager
def _in_place_of(name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Have a function of Python's be another one for a while."""
    before = getattr(builtins, name)
    setattr(builtins, name, function)
    try:
        yield
    finally:
        setattr(builtins, name, before)
