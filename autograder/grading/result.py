"""What a grading run found: frozen, and free of nbgrader, so that whatever shows it needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["graded", "unchanged", "set aside", "failed"]
Progress = Callable[[str, Outcome, int, int], None]
"""Called after each student with the student, the outcome, how many are done, and how many there are."""


@dataclass(frozen=True)
class Grading:
    """The state of one assignment after a run.

    Every student who handed something in stands in exactly one of ``graded``, ``unchanged``, ``set_aside`` and
    ``failed``; the first two have marks.

    Args:
        assignment: its name.
        cells: what each graded cell is worth, in the order of the notebook.
        graded: students whose work was run now.
        unchanged: students whose work was graded before and has not changed since; nothing was run.
        set_aside: students whose files could not be read as a submission, with the reason.
        failed: students whose run ended early, with the reason.
        marks: by student, then by cell; ``None`` where a person has still to decide.
        scores: by student, the total that counts (late penalty taken off).
        reasons: by student, then by exercise, why a person has to decide, where that was said.
        mistakes: by exercise, then by tag, how many students made that mistake.
        seconds: by student, how long the work took to run, where it was measured.
        versions: by student, the version of mcutils that the work was made with, where another one graded it.
        graded_under: by student whose work is unchanged, versions under which it was graded that are not those here.
        before: by student, then by cell, the marks before this run, of whoever had some.
        scores_before: by student, the total that counted before this run.

    >>> Grading("02_gradients", cells={"bowl-test-1": 2.0}).maximum
    2.0
    """

    assignment: str
    cells: Mapping[str, float] = field(default_factory=dict)
    graded: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    mistakes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    graded_under: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    scores_before: Mapping[str, float] = field(default_factory=dict)

    @property
    def maximum(self) -> float:
        """The largest possible total."""
        return sum(self.cells.values())

    @property
    def complete(self) -> bool:
        """Whether everybody who handed something in has marks."""
        return not self.set_aside and not self.failed

    @property
    def students(self) -> tuple[str, ...]:
        """Everybody who handed something in, by name."""
        return tuple(sorted({*self.graded, *self.unchanged, *self.set_aside, *self.failed}))

    def waiting(self, student: str) -> tuple[str, ...]:
        """The cells of a student that a person has still to mark."""
        return tuple(cell for cell, mark in self.marks.get(student, {}).items() if mark is None)

    def why(self, student: str) -> tuple[str, ...]:
        """Why a student's cells wait for a person: sentences, each after the exercises that it is about."""
        by_reason: dict[str, list[str]] = {}
        for exercise, reason in self.reasons.get(student, {}).items():
            by_reason.setdefault(reason, []).append(exercise)
        return tuple(f"{', '.join(exercises)}: {reason}" for reason, exercises in by_reason.items())

    def version_note(self, student: str) -> str:
        """What is said of work that was made with another version; empty where it was made with this one."""
        return f"made with mcutils {self.versions[student]}" if student in self.versions else ""
