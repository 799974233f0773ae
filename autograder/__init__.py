"""What checks and grades the course: checks, authoring, grading and the command line.

A notebook takes from here ``check``, ``variant``, ``student`` and ``hint``. They are found when they are first asked
for, so that ``import autograder`` loads nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checks.hints import hint
    from autograder.checks.identity import student
    from autograder.checks.variants import variant

__all__ = ["hint", "student", "variant"]

HOMES = {
    "hint": "autograder.checks.hints",
    "student": "autograder.checks.identity",
    "variant": "autograder.checks.variants",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
