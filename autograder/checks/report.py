"""What a check found: one frozen record, the same each time it is printed.

Separate because everything else speaks through it: checks return it, the display shows it, the grader reads it back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["right", "partly", "wrong", "invalid", "fault"]
STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True)
class Formula:
    """A formula to show beside a verdict, such as the answer as it was read.

    Args:
        label: what it is, ``"Read as"``.
        text: for a terminal.
        latex: for a notebook, without dollar signs.
    """

    label: str
    text: str
    latex: str


@dataclass(frozen=True)
class Report:
    """The verdict on one answer.

    ``invalid`` (the answer cannot be read as one) and ``fault`` (the check itself failed) both mean "cannot tell":
    neither is a verdict on the mathematics, and neither earns anything by accident.

    Args:
        status: one of ``right``, ``partly``, ``wrong``, ``invalid``, ``fault``.
        message: what is right, one fact, one next action; for a person.
        score: share of the points, in [0, 1].
        tag: the stable name of the mistake, where one was recognised.
        details: further lines, shown folded.
        formulas: formulas to show, folded too.
        tags: the names of all mistakes that were made together, ``tag`` first; by default ``tag`` alone.

    Raises:
        ValueError: the status is unknown, or the score does not fit the status.

    >>> Report("right", "Right.", 1.0).score
    1.0
    """

    status: Status
    message: str
    score: float = 0.0
    tag: str | None = None
    details: tuple[str, ...] = ()
    formulas: tuple[Formula, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.tag is not None and not self.tags:
            object.__setattr__(self, "tags", (self.tag,))
        object.__setattr__(self, "tags", tuple(dict.fromkeys(self.tags)))
        if self.tags[:1] != ((self.tag,) if self.tag is not None else ()):
            raise ValueError(f"Report: got the tags {self.tags!r}; the first of them is the tag, {self.tag!r}")
        if self.status not in STATUSES:
            raise ValueError(f"Report: got the status {self.status!r}; use one of {', '.join(STATUSES)}")
        allowed = {"right": self.score == 1.0, "partly": 0.0 < self.score < 1.0}.get(self.status, self.score == 0.0)
        if not allowed:
            raise ValueError(f"Report: a score of {self.score!r} does not go with the status {self.status!r}")


def earned(report: Report, points: float) -> float:
    """Turn a report into the number that a graded cell ends with.

    nbgrader takes a cell's last value as its mark and counts anything that is no number in range as full marks. So this
    is always a plain, finite float between 0 and ``points``; whatever is in doubt earns nothing.

    Args:
        report: the verdict.
        points: what the check is worth, finite and not negative.

    Returns:
        A built-in float in [0, points].

    Raises:
        ValueError: ``points`` is not a finite number of at least 0.

    >>> earned(Report("right", "Right."  , 1.0), 2)
    2.0
    """
    if isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points) or points < 0:
        raise ValueError(f"points: got {points!r}; give a finite number of at least 0, such as points=2")
    score = float(report.score)
    if not math.isfinite(score):
        return 0.0
    return float(points) * min(max(score, 0.0), 1.0)


def cannot_tell(fault: Exception) -> Report:
    """Report a failure of the check itself: nobody's mathematics is judged by it."""
    text = " ".join(str(fault).split()) or type(fault).__name__
    return Report(
        "fault",
        "Not graded: The check itself failed, which is not your mistake. Show this box to your instructor.",
        details=(f"{type(fault).__name__}: {text[:300]}",),
    )
