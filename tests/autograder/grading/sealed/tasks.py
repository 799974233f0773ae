"""Small notebooks as tasks, and what came out of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade

from autograder.grading.rebuild import Blueprint, rebuild
from autograder.grading.sealed import Limits
from autograder.grading.sealed.names import changed
from autograder.grading.sealed.supervisor.sandbox import why_not
from autograder.grading.work import Ran, Task

__all__ = ["ISOLATIONS", "graded", "mark", "printed", "task_of", "why_not"]

ISOLATIONS = ("namespaces", "process")
KINDS: Mapping[str, Mapping[str, Any]] = {
    "given": {"locked": True},
    "answer": {"solution": True},
    "test": {"locked": True, "grade": True, "points": 2.0},
    "written": {"solution": True, "grade": True, "points": 2.0},
    "plain": {},
}


def task_of(
    instructor: Mapping[str, str], answers: Mapping[str, str] | None = None, limits: Limits | None = None, **more: Any
) -> Task:
    """Make a task.

    Args:
        instructor: the instructor's cells; each name begins with its kind and a hyphen: ``answer-f``, ``test-f``.
        answers: the student's text, by the name of the cell; another name is that of a cell that the student added.
        limits: of the submission.
        more: other parts of the task.
    """
    plans = tuple(
        Blueprint(name, "code", source, changes=tuple(changed(source)), **KINDS[name.partition("-")[0]])
        for name, source in instructor.items()
    )
    texts = {name: source for name, source in instructor.items() if not name.startswith("plain")} | dict(answers or {})
    order = list(dict.fromkeys([*(answers or {}), *texts])) if set(answers or {}) - set(instructor) else list(texts)
    cells = [new_code_cell(texts[name], metadata=_claimed(name, instructor)) for name in order]
    notebook = nbformat.writes(rebuild(cells, plans))
    return Task(
        **{
            "student": "bob",
            "assignment": "a1",
            "notebooks": {"n": notebook},
            "plans": {"n": plans},
            "handed_in": {},
            "own_files": {},
            "environment": {"MC_SEED": "1", "MC_STUDENT": "bob"},
            "limits": limits or Limits(),
            **more,
        }
    )


def _claimed(name: str, instructor: Mapping[str, str]) -> dict[str, Any]:
    return {"nbgrader": {"grade_id": name}} if name in instructor else {"nbgrader": {"grade_id": f"added-{name}"}}


def graded(ran: Ran) -> dict[str, dict[str, Any]]:
    """The cells of the one notebook, by name; those that the student added are numbered ``added-0`` and so on."""
    notebook = nbformat.reads(ran.notebooks["n"], 4)
    nbformat.validate(json.loads(ran.notebooks["n"]))
    added = iter(range(100))
    return {
        cell.metadata.get("nbgrader", {}).get("grade_id") or f"added-{next(added)}": cell for cell in notebook.cells
    }


def mark(cell: Any) -> float | str | None:
    """What nbgrader reads from a cell, or ``manual``."""
    return "manual" if cell.metadata.get("mcourse") else determine_grade(cell)[0]


def printed(cell: Any) -> str:
    """Everything that a cell shows, as text."""
    parts = [out.get("text") or out.get("evalue") or out.get("data", {}).get("text/plain", "") for out in cell.outputs]
    parts += [line for out in cell.outputs for line in out.get("traceback", [])]
    return "\n".join(parts)
