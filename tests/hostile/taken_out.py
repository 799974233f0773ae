"""Builds of the grader in which one defence is missing, to show that an attack which fails would else succeed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from autograder.grading.sealed.inside.isolate import SEALS

Patches = Callable[[], list[Any]]


class _Never(Exception):
    """Nothing raises it: in the place of an exception that is caught, it takes the handling out."""


def _deadlines() -> list[Any]:
    from autograder.grading.sealed.supervisor.clock import Clock

    return [patch.object(Clock, name, lambda self: "") for name in ("reached", "used_up")]


def _malformed() -> list[Any]:
    from autograder.grading.sealed.supervisor import pair, processes

    return [patch.object(module, name, _Never) for module in (pair, processes) for name in ("Malformed", "TooLong")]


def _closed() -> list[Any]:
    from autograder.grading.sealed.supervisor import pair, processes

    return [patch.object(module, "Closed", _Never) for module in (pair, processes)]


def _bare() -> list[Any]:
    from autograder.grading.sealed.crossing import wire
    from autograder.grading.sealed.supervisor import pair, processes

    return [patch.object(module, "BARE", wire.WITH_TABLES) for module in (pair, processes)]


def _rebuild() -> list[Any]:
    from nbformat.v4 import new_notebook

    from autograder.grading import submission

    return [patch.object(submission, "rebuild", lambda cells, plans: new_notebook(cells=cells))]


def _legible() -> list[Any]:
    from autograder.grading import intake, run

    return [patch.object(module, "legible", lambda name: name) for module in (intake, run)]


def _variables() -> list[Any]:
    from autograder.grading.sealed.supervisor import processes

    return [patch.object(processes, "TESTS_ONLY", ())]


DEFENCES: dict[str, Patches] = {
    "deadlines": _deadlines,
    "malformed": _malformed,
    "closed": _closed,
    "bare": _bare,
    "rebuild": _rebuild,
    "legible": _legible,
    "variables": _variables,
}
"""What is no seal of a process, by the name that the corpus uses."""


@contextmanager
def taken_out(name: str) -> Iterator[Any]:
    """An executor of a build without these defences and seals, for as long as the ``with`` block lasts."""
    from autograder.grading.sealed import Sealed

    parts = name.split(" and ")
    with ExitStack() as stack:
        for change in (change for part in parts if part not in SEALS for change in DEFENCES[part]()):
            stack.enter_context(change)
        yield stack.enter_context(Sealed(without=[part for part in parts if part in SEALS]))
