"""Reads what an assignment consists of, and finds out who handed it in."""

from __future__ import annotations

import glob
import json
import os
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbgrader.utils import find_all_files

from autograder.checks.hints import FILE as HINTS
from autograder.grading import records
from autograder.grading.course import PRIVATE, Course
from autograder.grading.errors import GradingError
from autograder.grading.intake import legible
from autograder.grading.rebuild import Blueprint, named, with_plain
from autograder.grading.rows import Shape
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.names import bound, changed, imports, rebound
from autograder.grading.settings import chosen
from autograder.grading.steps import Steps
from autograder.grading.submission import Assignment

STAR = re.compile(r"^\s*from\b.*\bimport\s*\*", re.MULTILINE)
"""What binds names that stand in no text."""
FORM = "0.1.0"
"""Part of every fingerprint: another one has everything graded again. The version of mcourse stood here once."""


def prepare(course: Course, name: str, gradebook: Any, limits: Limits, *, looking: bool) -> Assignment:
    """Read what an assignment consists of.

    Args:
        course: the open course.
        name: of the assignment; the gradebook knows it.
        gradebook: open to read.
        limits: what a submission may use; those that were typed for one run decide nothing later.
        looking: whether nothing may be written.
    """
    released = {  # where a course was moved without its release, the source has the same cells in the same order
        path.stem: _notebook(path)
        for step in ("source", "release")
        for path in course.path(step, ".", name).glob("*.ipynb")
    }
    source = course.path("source", ".", name)
    plans = _plans(gradebook, name, released, source)
    row = gradebook.find_assignment(name)
    own = _own_files(course, name)
    kernels = {notebook.name: json.loads(notebook.kernelspec or "{}") for notebook in row.notebooks}
    for notebook, kernel in kernels.items():
        _require_python(name, notebook, kernel)
    with course.configured():
        steps = Steps(course)
    rules = [str(row.duedate), chosen(course.config, {}).set_apart(), steps.settings()]
    reporting = frozenset(stem for stem, notebook in released.items() if "mcourse" in notebook["metadata"])
    return Assignment(
        course=course,
        name=name,
        plans=plans,
        kernels=kernels,
        shape=Shape.of(gradebook, name),
        own_files=own,
        steps=steps,
        reporting=reporting,
        fingerprint=_fingerprint(plans, own, kernels, rules),
        secret=_secret(course, looking),
        limits=limits,
        rehearsals={stem: _solved(source / f"{stem}.ipynb") for stem in reporting},
    )


def _plans(gradebook: Any, name: str, released: Mapping[str, Any], source: Path) -> dict[str, tuple[Blueprint, ...]]:
    """The instructor's cells of each notebook, in order."""
    order = {stem: [named(cell) or "" for cell in notebook["cells"]] for stem, notebook in released.items()}
    plans = records.blueprints(gradebook, name, order)
    plans |= {stem: with_plain(plans[stem], released[stem]["cells"]) for stem in released.keys() & plans.keys()}
    return {stem: _with_solutions(cells, source / f"{stem}.ipynb") for stem, cells in plans.items()}


def _fingerprint(
    plans: Mapping[str, Sequence[Blueprint]], own: Mapping[str, bytes], kernels: Mapping[str, Any], rules: list[Any]
) -> str:
    """What decides on marks, in short: where it is another, everything is graded again."""
    decides = {path: records.digest(data.hex()) for path, data in own.items() if path != HINTS}
    cells = [plan for stem in sorted(plans) for plan in plans[stem]]
    changes = [(plan.name, plan.changes, *plan.imports) for plan in cells if plan.changes or plan.imports]
    return records.digest(FORM, repr(plans), decides, kernels, rules, *changes)


def _notebook(path: Path) -> Any:
    """Read a notebook of the instructor's.

    Raises:
        GradingError: it is none.
    """
    try:
        notebook = json.loads(path.read_bytes())
        if all("source" in cell and "metadata" in cell for cell in notebook["cells"]) and "metadata" in notebook:
            return notebook
    except (ValueError, TypeError, KeyError):
        pass
    raise GradingError(f"{path} is no notebook that can be read; restore it, or release the assignment again")


def _solved(path: Path) -> tuple[str, ...]:
    """The code of the instructor's notebook, solutions included; none where it is not there."""
    cells = _notebook(path)["cells"] if path.is_file() else ()
    return tuple("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def _with_solutions(plans: Sequence[Blueprint], path: Path) -> tuple[Blueprint, ...]:
    """Say of each answer what the instructor's own solution changes and imports, if that notebook is there."""
    cells = _notebook(path)["cells"] if path.is_file() else ()
    texts = {named(cell): "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
    given = frozenset[str]().union(*(bound(plan.source) for plan in plans if not plan.solution))
    all_of_it = any(STAR.search(plan.source) for plan in plans if not plan.solution)
    again = {name: rebound(text) if all_of_it else rebound(text) & given for name, text in texts.items()}
    changes = {name: tuple(sorted(changed(text) | again[name])) for name, text in texts.items()}
    needs = {name: [statement for statement, _ in imports(text)] for name, text in texts.items()}
    return tuple(
        replace(
            plan,
            changes=changes[plan.name],
            imports=tuple(statement for statement in needs[plan.name] if statement not in plan.source),
        )
        if plan.solution and plan.name in texts
        else plan
        for plan in plans
    )


def _require_python(name: str, notebook: str, kernel: Mapping[str, Any]) -> None:
    """Insist on a notebook that can be run here."""
    language = kernel.get("language")
    if isinstance(language, str) and language.lower() not in ("python", ""):
        raise GradingError(
            f"{name}/{notebook}.ipynb is for a kernel of {language}; only notebooks with a Python kernel can be graded "
            f"here, so grade this one with: nbgrader autograde {name}"
        )


def _own_files(course: Course, name: str) -> dict[str, bytes]:
    """What lies beside the instructor's notebooks, as nbgrader finds it."""
    source = course.path("source", ".", name)
    paths = [Path(path) for path in find_all_files(str(source), [*course.directory.ignore, "*.ipynb"])]
    try:
        return {path.relative_to(source).as_posix(): path.read_bytes() for path in sorted(paths)}
    except OSError as error:
        raise GradingError(f"{error.filename} cannot be read ({error.strerror}); it belongs to {name}") from error


def _secret(course: Course, looking: bool) -> str:
    """The course's secret, drawn once; the numbers that the checks draw depend on it."""
    path = course.root / PRIVATE / "secret"
    if path.exists() and (secret := path.read_text(encoding="ascii")):
        return secret
    secret = secrets.token_hex(32)
    if not looking:
        path.parent.mkdir(exist_ok=True)  # nbgrader's own commands do not make it
        path.touch(mode=0o660 if course.directory.groupshared else 0o600)
        path.write_text(secret, encoding="ascii")
    return secret


def choose(course: Course, assignment: str, students: Collection[str] | None) -> dict[str, Path]:
    """The submissions to grade, by student.

    Raises:
        GradingError: there are none, or one that was asked for is missing.
    """
    found = submissions(course, assignment)
    where = course.path("submitted", "STUDENT", assignment)
    if not found:
        raise GradingError(f"Nobody has handed in {assignment}; put each student's notebooks into {where}")
    missing = sorted(set(students or ()) - set(found))
    if missing:
        near = {name: get_close_matches(name, found, n=1) for name in missing}
        hints = "".join(f"; did you mean {names[0]} for {name}?" for name, names in near.items() if names)
        if "," in missing[0] and set(missing[0].split(",")) <= set(found):
            hints = f"; name each by itself: --student {missing[0].replace(',', ' --student ')}"
        raise GradingError(
            f"{', '.join(missing)} handed in nothing for {assignment}; it is looked for in {where}{hints}"
        )
    return {student: folder for student, folder in found.items() if students is None or student in students}


def submissions(course: Course, assignment: str) -> Mapping[str, Path]:
    """Everything that was handed in, by student; the layout is the course's own."""
    directory = course.directory
    layout = Path(
        directory.directory_structure.format(
            nbgrader_step=directory.submitted_directory, student_id="*", assignment_id=glob.escape(assignment)
        )
    )
    top = Path(layout.anchor) if layout.is_absolute() else course.root  # it may lie on another disk
    layout = layout.relative_to(layout.anchor)
    pattern = directory.format_path(directory.submitted_directory, "(?P<student>.*)", assignment, escape=True)
    left_out = set(filter(None, directory.student_id_exclude.split(",")))
    out = {}
    closed = set(_closed(top, layout))
    for folder in sorted({*top.glob(str(layout)), *closed}):
        match = re.fullmatch(pattern, str(folder), re.DOTALL)
        if match is None or match["student"] in left_out:
            continue
        if folder in closed or folder.is_dir() or folder.is_symlink():
            out[legible(match["student"])] = folder
    return out


def _closed(root: Path, layout: Path) -> Iterator[Path]:
    """Where submissions would be, in folders that this user cannot look into.

    Raises:
        GradingError: it is the one in which all of them are.
    """
    depth = next(place for place, part in enumerate(layout.parts, start=1) if "*" in part)
    for folder in root.glob(str(Path(*layout.parts[: depth - 1]))) if depth > 1 else ():
        if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
            raise GradingError(f"{folder} cannot be looked into; make it readable, then run the same command again")
    for folder in root.glob(str(Path(*layout.parts[:depth]))) if depth < len(layout.parts) else ():
        if folder.is_dir() and not os.access(folder, os.X_OK):
            yield folder.joinpath(*layout.parts[depth:])
