"""Runs submissions so that their code reaches nothing but its own answers.

Student cells run in one process and test cells in another; plain data crosses between them. Both are forks of a warm
process, each in namespaces of its own.

Rooms of the supervisor: `executor` runs submissions, `notebook` takes one through its cells, `pair` orders its two
`processes` about and holds the `clock`, `child` is one of them; `clean` takes what they put out for text and pictures,
and `verdict` takes what a test came to for a mark. `launch` starts the warm process (`ahead` of time, if asked to) in
its `sandbox`, as one of the `users`, in a `place` of its own; `templates` and `libraries` save what all have in common.

Rooms of the sandbox: `zygote` forks, `isolate` seals the fork, with what `kernel` and `seccomp` can do and within its
`limits`; then it follows `orders`. `cells` are run in the `shell`, and their `outputs` collected.

Rooms of the tests: `trusted` runs their cells, by the `names` in these; `asking` asks the student's process, what was
`noticed` meanwhile is weighed as `doubts`. What a test does besides calling: `handed`, `lent`, `in_a_row`, `in_place`,
`figures`. What it has of the student's is `far`: `stand_ins` for `things`, with `special` methods, `compared` as their
`kinds` allow.

Rooms of the student: `student` answers, `of_things` is what can be asked, `watched` what may have changed, `under` what
a call runs under; `looks` and `described` say what a value is, `called` and `lending` what a test has handed over.

Rooms between the two: `channel` carries frames, `peer` calls and answers. What is `plain` crosses by value (`wire`:
`writing`, `reading`, what is `required` of it), as `standard` classes, `values` of libraries, `tables` and their
`entries`, `trees` and their `sympy_names`, or as what is `known` everywhere; exceptions as `raised` says; anything else
stays where it is, and `references` to it cross, `references_student` one way and `references_tests` the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.sealed.executor import Sealed
    from autograder.grading.sealed.limits import Limits
    from autograder.grading.sealed.sandbox import CannotIsolate

__all__ = ["CannotIsolate", "Limits", "Sealed"]

HOMES = {"Sealed": "executor", "Limits": "limits", "CannotIsolate": "sandbox"}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and only then: the sandbox's own processes need other parts than the supervisor."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    import_module("autograder.grading.startup")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
