"""What is in time is told as nbgrader tells it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from nbgrader.api import Assignment, SubmittedAssignment

from autograder.grading.intake import SetAside
from autograder.grading.late import _in_time
from autograder.grading.submission import _timestamp

DUE = datetime(2026, 2, 1, 12)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("handed_in", [None, DUE - MOMENT, DUE, DUE + MOMENT, DUE + timedelta(days=2)])
@pytest.mark.parametrize("due", [None, DUE])
@pytest.mark.parametrize("longer", [None, timedelta(), timedelta(days=1)])
def test_nothing_late_is_called_in_time(
    handed_in: datetime | None, due: datetime | None, longer: timedelta | None
) -> None:
    """A submission is passed over exactly where nbgrader counts no second."""
    submission = SubmittedAssignment(timestamp=handed_in, extension=longer, assignment=Assignment("ps1", duedate=due))
    if due is None and longer is not None and handed_in is not None:
        with pytest.raises(TypeError):  # it stumbles, and is left to say so
            _ = submission.total_seconds_late
        assert not _in_time(handed_in, due, longer)
    elif due is not None or longer is None:
        assert _in_time(handed_in, due, longer) == (submission.total_seconds_late == 0)


def test_a_long_date() -> None:
    """What is far longer than a date is set aside at once: nbgrader would be at it for hours."""
    began = time.process_time()
    with pytest.raises(SetAside, match=r"timestamp.txt holds no date \('aaaa"):
        _timestamp({"timestamp.txt": b"a" * 2_000_000})
    assert time.process_time() - began < 2
