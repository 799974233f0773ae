"""Grades an nbgrader course directory: submissions in; marks, feedback pages and a summary out.

Everything that nbgrader leaves, this leaves too (``autograded/`` notebooks and gradebook rows), so Formgrader and
nbgrader's own commands go on working on the same directory.

What a person calls is imported when it is asked for: the processes that run submissions import parts of this package,
and must neither wait for nbgrader nor carry it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.errors import GradingError
    from autograder.grading.feedback import write_feedback
    from autograder.grading.marks import write_marks
    from autograder.grading.published import publish
    from autograder.grading.result import Grading
    from autograder.grading.run import grade, survey

__all__ = ["Grading", "GradingError", "grade", "publish", "survey", "write_feedback", "write_marks"]

HOMES = {
    "Grading": "result",
    "GradingError": "errors",
    "grade": "run",
    "publish": "published",
    "survey": "run",
    "write_feedback": "feedback",
    "write_marks": "marks",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    import_module(f"{__name__}.startup")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
