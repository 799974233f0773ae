"""Runs submissions so that their code reaches nothing but its own answers.

Student cells run in one process and test cells in another; plain data crosses between them. Both are forks of a warm
process, each in namespaces of its own.

The `supervisor` runs outside. In the sandbox, `inside` begins both processes and runs their cells; the tests' process
is `trusted`, the student's `untrusted`, which know nothing of each other, and `crossing` is what may pass between them.
All of them know the `limits`, and which `names` a cell reads and binds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.sealed.limits import Limits
    from autograder.grading.sealed.supervisor.executor import Sealed
    from autograder.grading.sealed.supervisor.sandbox import CannotIsolate

__all__ = ["CannotIsolate", "Limits", "Sealed"]

HOMES = {"Sealed": "supervisor.executor", "Limits": "limits", "CannotIsolate": "supervisor.sandbox"}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and only then: the sandbox's own processes need other parts than the supervisor."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    import_module("autograder.grading.startup")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
