"""Exercises whose question differs from student to student: what their text must keep, and for whom to try them.

Separate from :mod:`.rules`, which an exercise without a variant obeys as well.
"""

from __future__ import annotations

import ast
import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.authoring import names
from autograder.authoring.model import Cell, Exercise
from autograder.checks.variants import drawn

FEWEST = 5
"""For how many students an exercise with a variant is tried, at least."""

MOST = 1000
"""How many names are looked through for those that draw every value."""

EXAMPLE = 'v = variant("02-tilted-bowl", c=[2, 3, 5])'


@dataclass(frozen=True)
class Variation:
    """The one call of ``variant`` in an exercise.

    Args:
        cell: the given cell in which it stands.
        line: its line within the cell.
        name: what it is bound to.
        choices: what can be drawn for each keyword.
    """

    cell: Cell
    line: int
    name: str
    choices: Mapping[str, Sequence[Any]]


def variation(exercise: Exercise) -> Variation | None:
    """Return how an exercise varies, or None.

    Raises:
        AuthoringError: its call of ``variant`` cannot stand.
    """
    found = [(cell, node) for cell in exercise.cells if cell.kind == "code" for node in _calls(cell)]
    if not found:
        return None
    for cell, node in found:
        if cell.role != "given":
            raise cell.error("a variant is drawn in a given cell, where the learner cannot change it", node.lineno)
    if len(found) > 1:
        cell, node = found[1]
        raise cell.error("an exercise has one variant; give the one it has another keyword", node.lineno)
    return _read(exercise, *found[0])


def obey(exercises: Iterable[Exercise], common: Iterable[Cell]) -> None:
    """Refuse variants that give an answer away, change what code is called with, or are never shown.

    Raises:
        AuthoringError: any of these, or a call that cannot be read.
    """
    for cell in common:
        for node in _calls(cell):
            raise cell.error("a variant belongs to one exercise; draw it in a given cell of that", node.lineno)
    for exercise in exercises:
        if (found := variation(exercise)) is not None:
            _refuse_unshown(exercise, found)
            _refuse_dependence(exercise, found)


def students(exercise: Exercise) -> tuple[str, ...]:
    """Return names that between them draw every value of every keyword; one empty name where nothing varies."""
    found = variation(exercise)
    if found is None:
        return ("",)
    missing = {(keyword, repr(value)) for keyword, values in found.choices.items() for value in values}
    chosen: list[str] = []
    for number in range(MOST):
        name = f"student {number}"
        draws = {(keyword, repr(value)) for keyword, value in drawn(exercise.id, name, found.choices)}
        if draws & missing or (not missing and len(chosen) < FEWEST):
            chosen.append(name)
            missing -= draws
        if not missing and len(chosen) >= FEWEST:
            break
    return tuple(chosen)


@contextlib.contextmanager
def drawing_for(student: str) -> Iterator[None]:
    """Let variants in the block be drawn for this student."""
    before = os.environ.get("MC_STUDENT")
    os.environ["MC_STUDENT"] = student
    try:
        yield
    finally:
        os.environ.pop("MC_STUDENT")
        if before is not None:
            os.environ["MC_STUDENT"] = before


def _calls(cell: Cell) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("variant", "autograder.variant"):
            yield node


def _read(exercise: Exercise, cell: Cell, call: ast.Call) -> Variation:
    targets = [
        target.id
        for statement in ast.parse(cell.source).body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.value) == ast.unparse(call)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    if len(targets) != 1:
        raise cell.error(f"give the variant a name, as in {EXAMPLE}", call.lineno)
    if [ast.unparse(argument) for argument in call.args] != [repr(exercise.id)]:
        raise cell.error(f"a variant begins with its exercise's name, here variant({exercise.id!r}, ...)", call.lineno)
    choices = {keyword.arg: _values(cell, keyword) for keyword in call.keywords if keyword.arg}
    if len(choices) != len(call.keywords) or not choices:
        raise cell.error(f"say what varies, each by its name, as in {EXAMPLE}", call.lineno)
    return Variation(cell, call.lineno, targets[0], choices)


def _values(cell: Cell, keyword: ast.keyword) -> Sequence[Any]:
    try:
        values = ast.literal_eval(keyword.value)
    except ValueError:
        values = None
    if not isinstance(values, list | tuple) or len(set(map(repr, values))) < 2:
        raise cell.error(
            f"{keyword.arg} needs a list of at least two different values, written out here, so that each is tried",
            keyword.value.lineno,
        )
    return values


def _refuse_unshown(exercise: Exercise, found: Variation) -> None:
    """A learner must see the question; and what is shown tells the grader whose variant was answered."""
    for cell in exercise.having("given"):
        last = ast.parse(cell.source).body[-1]
        shown = ast.unparse(last.value) if isinstance(last, ast.Expr) else ""
        if shown == found.name or shown.startswith(f"{found.name}.show("):
            return
    raise found.cell.error(
        f"nobody sees what was drawn; end this cell with {found.name}.show(f=...), with the question for f", found.line
    )


def _refuse_dependence(exercise: Exercise, found: Variation) -> None:
    tainted = {found.name}
    for cell in exercise.having("given", "test", "hidden"):
        tree = ast.parse(cell.source)
        for statement in tree.body:
            if names.read(text := ast.unparse(statement)) & tainted:
                tainted |= names.bound(text)
        for keyword in (keyword for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords):
            value = keyword.value.body if isinstance(keyword.value, ast.Lambda) else keyword.value
            if keyword.arg == "sizes" and names.read_by(keyword.value) & tainted:
                raise cell.error(
                    "sizes= depends on the variant; what an answer is called with must be the same for everybody, "
                    "or code written for one variant does not run under another",
                    keyword.value.lineno,
                )
            if keyword.arg == "to" and isinstance(value, ast.Attribute) and names.read_by(value) == {found.name}:
                raise cell.error(
                    "to= is a drawn value; a variant draws the question and never its answer, which stands here for "
                    "everybody to read",
                    keyword.value.lineno,
                )
