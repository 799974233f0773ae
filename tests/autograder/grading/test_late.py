"""What is in time is told as nbgrader tells it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from nbgrader.api import Assignment, SubmittedAssignment

from autograder.grading.late import _in_time

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
