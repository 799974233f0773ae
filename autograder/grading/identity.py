"""What every process that grades a submission is told of it, and whose variants the submission shows.

Separate because student code and the checks may run in different processes, which must draw the same questions.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence
from typing import Any

from autograder.checks.identity import spelled
from autograder.checks.variants import VARIANT_TYPE
from autograder.grading.rebuild import Blueprint, named

DRAWS = re.compile(r"""\bvariant\(\s*(["'])(?P<exercise>[\w-]+)\1""")
"""How a cell draws a variant; ``mcourse build`` insists on this form."""

TYPED = re.compile(r"""^[ \t]*student\(\s*(["'])(?P<name>.*?)\1""", re.MULTILINE)
"""How a learner types a name, in a cell that is not all Python."""

LONGEST_CELL = 20_000
"""Characters of a cell that is read as Python: its tree takes hundreds of times as much memory."""

LONGEST = 200
"""Characters of a name that a sentence repeats."""


def environment(secret: str, student: str, assignment: str) -> dict[str, str]:
    """Return the variables of the environment that decide what is drawn while a submission is graded.

    Args:
        secret: the course's own; only the data of the checks depend on it, for a learner must draw the same variant.
        student: whose submission it is, as the course directory spells it.
        assignment: its name.

    Returns:
        ``MC_SEED`` for the data of the checks, and ``MC_STUDENT`` for the variants.
    """
    seed = hashlib.sha256(f"{secret}/{student}/{assignment}".encode()).hexdigest()
    return {"MC_SEED": seed, "MC_STUDENT": student}


def foreign(cells: Sequence[Any], blueprint: Sequence[Blueprint], student: str) -> dict[str, str]:
    """Find answers that were written for somebody else's variant.

    What a cell that drew a variant has saved as its output says for whom it drew; where none is saved, a name typed in
    the notebook does. A submission that says nothing of the kind is taken for the student's own.

    Args:
        cells: the student's cells, as handed in, with their outputs.
        blueprint: the instructor's cells.
        student: whose submission it is.

    Returns:
        For each exercise whose answers show another name, a sentence that says so.
    """
    may = (plan for plan in blueprint if "variant(" in plan.source)  # for speed: few cells do
    drawing = {plan.name: found["exercise"] for plan in may if (found := DRAWS.search(plan.source))}
    if not drawing:
        return {}
    typed = _typed(cells)
    shown = {exercise: typed for exercise in drawing.values() if typed}
    for cell in cells:
        if (exercise := drawing.get(named(cell) or "")) and (name := _recorded(cell, exercise)) is not None:
            shown[exercise] = name
    own = spelled(student)
    return {exercise: _sentence(name, student) for exercise, name in shown.items() if spelled(name) != own}


def _sentence(name: str, student: str) -> str:
    whose = f"the variant of '{_harmless(name)}'" if spelled(name) else "the variant that is drawn without a name"
    return (
        f"These answers were written for {whose}, not for that of '{_harmless(student)}', so a person will mark them."
    )


def _harmless(name: str) -> str:
    """Spell a name that a student may have made up, so that it is only text on a page, and short."""
    return re.sub(r"[^\w .@'-]", "?", name)[:LONGEST]


def _typed(cells: Sequence[Any]) -> str:
    """The name that is typed last; empty where there is none."""
    names = [name for cell in cells if cell.get("cell_type") == "code" for name in _typed_in(str(cell["source"]))]
    return next((name for name in reversed(names) if spelled(name)), "")


def _typed_in(source: str) -> list[str]:
    if "student" not in source:  # most cells, and to parse all those of a class takes seconds
        return []
    try:
        tree = ast.parse(source if len(source) <= LONGEST_CELL else "(")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # no Python, such as a magic: look at its lines
        return [found["name"] for found in TYPED.finditer(source)]
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_student(node.func))
    values = (node.args[0] for node in calls if node.args)
    return [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]


def _is_student(called: ast.expr) -> bool:
    return isinstance(called, ast.Name) and called.id == "student"


def _recorded(cell: Any, exercise: str) -> str | None:
    """For whom a cell drew when it ran last, as its saved output says."""
    outputs = cell.get("outputs")
    for output in reversed(outputs) if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        record = data.get(VARIANT_TYPE) if isinstance(data, dict) else None
        if isinstance(record, dict) and record.get("exercise") == exercise and isinstance(record.get("student"), str):
            return str(record["student"])
    return None
