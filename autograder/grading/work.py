"""What a submission is to whatever runs it: a task goes in, a run comes out, and both are plain data.

Separate because this is where grading divides: tasks can be run anywhere (another process, another machine), several
at a time, and only the process that made them reads the course directory or writes the gradebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:  # executors import this module, and the module of the limits lies beside an executor
    from autograder.grading.rebuild import Blueprint
    from autograder.grading.sealed.limits import Limits


@dataclass(frozen=True)
class Task:
    """Everything that running one submission needs.

    Args:
        student: whose it is, as the course directory spells it.
        assignment: the name of the assignment.
        notebooks: by name, the rebuilt notebook as JSON text, nbgrader's metadata in it.
        plans: by name of a notebook, the instructor's cells in order; a code cell that nbgrader does not know has the
            name "" and is neither locked nor graded nor to be solved.
        handed_in: the submission's other files by relative path, with ``/``; the student's process sees them, and where
            ``own_files`` has the same name, these: intake has left out what may not be replaced.
        own_files: the assignment's own files by relative path; student code and tests both see them.
        environment: variables for both processes: ``MC_SEED`` and ``MC_STUDENT``.
        limits: what the submission may use.
        rehearsals: by name of a notebook, the instructor's own cells with their solutions, for an executor that has
            its processes for tests get warm on them; no mark depends on it.
    """

    student: str
    assignment: str
    notebooks: Mapping[str, str]
    plans: Mapping[str, tuple[Blueprint, ...]]
    handed_in: Mapping[str, bytes]
    own_files: Mapping[str, bytes]
    environment: Mapping[str, str]
    limits: Limits
    rehearsals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """A task that was run.

    Args:
        notebooks: by name, the executed notebook as JSON text, its outputs bounded.
        seconds: on the clock.
        cpu: processor seconds.
        versions: what it ran under, as ``graded_under`` writes it; empty where that is not known.
    """

    notebooks: Mapping[str, str]
    seconds: float
    cpu: float
    versions: str = ""


class CannotRun(Exception):
    """A task that an executor cannot run to its end; the message is a clause that says why, for the instructor."""


class Executor(Protocol):
    """Runs tasks. Several threads may call ``run`` at once; the ``with`` block holds what it keeps warm."""

    def __enter__(self) -> Self:
        """Make ready."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Let go; no process of the executor's is left."""

    def run(self, task: Task) -> Ran:
        """Run one submission.

        Each test cell's outputs say its mark as nbgrader reads it: an error for a failed one, a finite number as the
        last value for one worth part of its points. Where a person must decide, the cell's ``mcourse`` metadata has a
        sentence under ``manual``.

        Raises:
            CannotRun: it was not run; nothing is known of its marks.
        """
