"""Grades an nbgrader course directory: submissions in; marks, feedback pages and a summary out.

Everything that nbgrader leaves, this leaves too (``autograded/`` notebooks and gradebook rows), so Formgrader and
nbgrader's own commands go on working on the same directory.
"""

from __future__ import annotations

from autograder.grading.course import GradingError
from autograder.grading.feedback import write_feedback
from autograder.grading.marks import write_marks
from autograder.grading.publish import publish
from autograder.grading.result import Grading
from autograder.grading.run import grade

__all__ = ["Grading", "GradingError", "grade", "publish", "write_feedback", "write_marks"]
