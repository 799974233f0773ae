"""nbgrader's step for late submissions, which is quick about those that are not late.

Separate because nbgrader reads a whole submission, object by object, to find that nothing is to be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from nbgrader.api import Assignment, Gradebook, Notebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import bindparam, select, update

from autograder.grading.gradebook import connected

FOUND = (
    select(SubmittedNotebook.id, SubmittedAssignment.timestamp, Assignment.duedate, SubmittedAssignment.extension)
    .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
    .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .where(Assignment.name == bindparam("its_assignment"), Notebook.name == bindparam("its_notebook"))
    .where(SubmittedAssignment.student_id == bindparam("its_student"))
)
NO_PENALTY = (
    update(SubmittedNotebook.__table__)
    .where(SubmittedNotebook.__table__.c.id == bindparam("row"))
    .values(late_submission_penalty=None)
)


class LatePenalties(AssignLatePenalties):  # type: ignore[misc]  # nbgrader ships no types
    """Takes off what a late submission loses; an instructor's plugin is asked of every submission, as nbgrader does."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Decide on one notebook's penalty."""
        if self._is_plain and _settled(resources["nbgrader"]):
            return nb, resources
        return tuple(super().preprocess(nb, resources))

    @cached_property
    def _is_plain(self) -> bool:
        """Whether the plugin is nbgrader's own; that its configuration is wrong is told as nbgrader tells it."""
        self.init_plugin()
        return self.plugin_class is LateSubmissionPlugin


def _settled(who: Mapping[str, str]) -> bool:
    """Take back any penalty of a notebook that is in time; say whether it was."""
    with Gradebook(who["db_url"]) as gradebook, connected(gradebook) as connection:
        wanted = {f"its_{kind}": who[kind] for kind in ("student", "assignment", "notebook")}
        found = connection.execute(FOUND, wanted).one_or_none()
        if found is None or not _in_time(*found[1:]):
            return False
        connection.execute(NO_PENALTY, {"row": found[0]})
        return True


def _in_time(handed_in: datetime | None, due: datetime | None, longer: timedelta | None) -> bool:
    """Whether it is certain that a submission is in time; of a longer time after no date nbgrader is to say."""
    if due is None:
        return longer is None or handed_in is None
    return handed_in is None or handed_in <= due + (longer or timedelta())
