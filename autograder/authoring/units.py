"""Read units: folders ``NN_name`` with ``lesson.md`` and ``exercises.md``, into frozen records.

Whatever cannot stand is refused here, before anything is built or run, with its file and line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from autograder.authoring import names, rules, sisters, variation
from autograder.authoring.model import AuthoringError, Cell, Exercise, Unit
from autograder.authoring.reader import read_notebook

__all__ = ["AuthoringError", "Cell", "Exercise", "Unit", "find_units", "read_unit", "read_units"]

LESSON = "lesson.md"
EXERCISES = "exercises.md"
OBJECTIVES = "You will be able to"

HEADING = re.compile(r"^### +(.+)$", re.MULTILINE)
"""An exercise's own heading; a part of the notebook may begin above it with one of two signs."""

UNIT_NAME = re.compile(r"[0-9A-Z][0-9]_[a-z0-9_]{1,40}")


def find_units(*roots: Path) -> tuple[Path, ...]:
    """Return the unit folders that lie directly in these folders, sorted by name.

    Raises:
        AuthoringError: a root is no folder, holds no unit, or two roots hold a unit of the same name.
    """
    found: dict[str, Path] = {}
    for root in roots:
        if not root.is_dir():
            raise AuthoringError(root, None, "there is no such folder; give one that holds units, such as course/units")
        folders = [f for f in sorted(root.iterdir()) if (f / LESSON).is_file() or (f / EXERCISES).is_file()]
        if not folders:
            raise AuthoringError(root, None, f"it holds no unit, that is no folder with a {LESSON}; begin one there")
        for folder in folders:
            if folder.name in found:
                raise AuthoringError(folder, None, f"{found[folder.name]} has the same name; rename one of the two")
            found[folder.name] = folder
    return tuple(found[name] for name in sorted(found))


def read_units(folders: Sequence[Path]) -> tuple[Unit, ...]:
    """Read the units of one course.

    Raises:
        AuthoringError: as :func:`read_unit`; or two exercises share a name.
    """
    units = tuple(read_unit(folder) for folder in folders)
    owners: dict[str, Unit] = {}
    for unit in units:
        for exercise in unit.exercises:
            if (owner := owners.setdefault(exercise.id, unit)) is not unit:
                raise exercise.cells[0].error(f"{owner.name} has an exercise {exercise.id} too; rename one of the two")
    return units


def read_unit(folder: Path) -> Unit:
    """Read one unit.

    Args:
        folder: holds lesson.md and exercises.md; its name, such as ``02_gradients``, is also the assignment's.

    Raises:
        AuthoringError: something in the text cannot stand; it says what, and where.
    """
    if not UNIT_NAME.fullmatch(folder.name):
        raise AuthoringError(folder, None, "a unit's folder has a name such as 02_gradients; rename it")
    front, lesson = read_notebook(folder / LESSON, f"{folder.name}-lesson")
    _, cells = read_notebook(folder / EXERCISES, folder.name)
    for cell in lesson:
        if cell.role is not None:
            raise cell.error(f"a lesson's cells have no roles; move this one to {EXERCISES}")
    title, hours, after = _about(folder / LESSON, front.get("mcourse"))
    objectives = _objectives(folder / LESSON, lesson)
    unit = Unit(folder, title, hours, after, objectives, lesson, cells, _exercises(cells, objectives))
    _obey_rules(unit)
    return unit


def _about(path: Path, about: Any) -> tuple[str, float, tuple[str, ...]]:
    """Read what the lesson's front matter says about the unit."""
    about = about if isinstance(about, Mapping) else {}
    title, hours, after = about.get("title"), about.get("hours"), about.get("after", [])
    right = (
        set(about) <= {"title", "hours", "after"}
        and (isinstance(title, str) and title)
        and (isinstance(hours, int | float) and not isinstance(hours, bool) and 0 < hours < 100)
        and (isinstance(after, list) and all(isinstance(name, str) and UNIT_NAME.fullmatch(name) for name in after))
    )
    if not right:
        raise AuthoringError(path, 1, "the front matter needs mcourse: with title, hours (a number) and after (a list)")
    return str(title), float(hours), tuple(after)


def _objectives(path: Path, lesson: Sequence[Cell]) -> tuple[str, ...]:
    """Read the numbered list under the heading that begins every unit."""
    for cell in lesson:
        _, heading, rest = cell.source.partition(f"## {OBJECTIVES}") if cell.kind == "markdown" else ("", "", "")
        if heading:
            section = re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]
            items = re.split(r"^\d+[.)]\s+", section, flags=re.MULTILINE)[1:]
            if items:
                return tuple(" ".join(item.split("\n\n")[0].split()).rstrip(".;") for item in items)
    raise AuthoringError(path, 1, f'there are no objectives; add a numbered list under "## {OBJECTIVES}"')


def _exercises(cells: Sequence[Cell], objectives: Sequence[str]) -> tuple[Exercise, ...]:
    """Group the cells by exercise."""
    begun: dict[str, Cell] = {}
    exercises = []
    for name, group in groupby((cell for cell in cells if cell.exercise), key=lambda cell: str(cell.exercise)):
        own = tuple(group)
        if name in begun:
            raise own[0].error(
                f"the exercise {name} began at line {begun[name].line}, and another began since; "
                "keep its cells together, or give this one a name of its own"
            )
        begun[name] = own[0]
        exercises.append(_exercise(name, own, objectives))
    return tuple(exercises)


def _exercise(name: str, cells: tuple[Cell, ...], objectives: Sequence[str]) -> Exercise:
    first = cells[0]
    roles = {cell.role for cell in cells}
    if first.role != "statement":
        raise first.error(f"the exercise {name} begins without a statement; put one before its other cells")
    if "manual" not in roles:
        for role, others in (("answer", {"answer"}), ("test", {"test", "hidden"})):
            if not roles & others:
                raise first.error(f"the exercise {name} has no {role} cell; add one")
    heading = HEADING.search(first.source)
    if heading is None:
        raise first.error("an exercise's statement has a heading, such as ### A tilted bowl; add one")
    if first.objective is None or first.minutes is None:
        raise first.error('the statement needs "objective" and "minutes" in its metadata')
    if first.objective > len(objectives):
        raise first.error(f"there are {len(objectives)} objectives, and this exercise serves number {first.objective}")
    hints = [cell for cell in cells if cell.role == "hint" and cell.kind == "markdown"]
    for step, hint in enumerate(hints, start=1):
        if hint.step != step:
            raise hint.error(f"hints come in order, one for each step from 1 to 3; this should be step {step}")
    return Exercise(name, heading[1].strip(), first.objective, first.minutes, cells)


def _obey_rules(unit: Unit) -> None:
    """Apply the rules about code, which need the unit's other cells."""
    for cell in unit.cells:
        rules.marks(cell)
        if cell.kind == "code":
            rules.parse(cell)
    answers = [cell for exercise in unit.exercises for cell in exercise.having("answer")]
    written = frozenset(name for cell in answers for name in names.bound(cell.source))
    for exercise in unit.exercises:
        rules.checks((*unit.common, *exercise.having("given", "test", "hidden")), written)
        for cell in exercise.having("mistake", "right"):
            rules.rebinding(cell, exercise)
    rules.shared_names(unit.exercises, unit.common)
    variation.obey(unit.exercises, unit.common)
    sisters.obey(unit.exercises)
