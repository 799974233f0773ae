"""Read one text notebook (MyST Markdown, as Jupytext reads it) into cells that know their lines.

Jupytext does the reading; this module knows what the metadata of a cell mean, and refuses what cannot stand or would be
lost on the way into a notebook.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from jupytext.myst import get_parser, myst_to_notebook

from autograder.authoring import rules
from autograder.authoring.model import ROLES, WRONG, AuthoringError, Cell, Role
from autograder.checks.mistakes import ALL_TAGS

EXERCISE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,47}")

OPTIONS: Mapping[Role | None, frozenset[str]] = {
    None: frozenset(),
    "statement": frozenset({"objective", "minutes"}),
    "given": frozenset(),
    "answer": frozenset(),
    "test": frozenset(),
    "hidden": frozenset(),
    "mistake": frozenset({"expect"}),
    "right": frozenset({"because"}),
    "hint": frozenset({"step"}),
    "manual": frozenset({"points"}),
}
"""The metadata that a role takes, besides ``exercise``, ``role`` and ``tags``."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "statement": ("markdown",),
    "hint": ("markdown", "code"),
    "manual": ("markdown", "code"),
}
"""The kinds of cell that a role can be; every other role is code. A hint of code states a sister question."""


def read_notebook(path: Path, prefix: str) -> tuple[Mapping[str, Any], tuple[Cell, ...]]:
    """Read the front matter and the cells of one file.

    Args:
        path: the file.
        prefix: begins the names of cells that belong to no exercise.

    Raises:
        AuthoringError: the file, or a cell of it, cannot stand.
    """
    text = _text(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # such as a code cell in a language that would be dropped
            notebook = myst_to_notebook(text, add_source_map=True)
    except Exception as error:  # whatever the reader trips over is something in this text
        _refuse_unreadable(path, error)
    kernel = notebook.metadata.get("kernelspec")
    if not isinstance(kernel, Mapping) or kernel.get("name") != "python3":
        raise AuthoringError(path, 1, "the front matter names no kernel; begin with kernelspec: {name: python3, ...}")
    starts = notebook.metadata.pop("source_map")
    _refuse_breaks(path, text, {start for start, raw in zip(starts, notebook.cells, strict=True) if raw.metadata})
    lines = [line.rstrip() for line in text.splitlines()]
    counts: dict[str, int] = {}
    cells = []
    for start, raw in zip(starts, notebook.cells, strict=True):
        cell = _cell(path, _first_line(lines, start, raw.source), raw)
        series = f"{cell.exercise or prefix}-{cell.role or ('code' if cell.kind == 'code' else 'text')}"
        counts[series] = counts.get(series, 0) + 1
        cells.append(replace(cell, id=f"{series}-{counts[series]}"))
    return dict(notebook.metadata), tuple(cells)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise AuthoringError(path, None, "there is no such file; a unit has a lesson.md and an exercises.md") from None
    except UnicodeDecodeError:
        raise AuthoringError(path, None, "this file is not UTF-8 text; save it as UTF-8") from None


def _refuse_unreadable(path: Path, error: Exception) -> NoReturn:
    """Say in one line what the reader says in several; it counts front matter from the line after the dashes."""
    text = str(error)
    if isinstance(error, UserWarning):
        raise AuthoringError(path, None, f"this file cannot be read as it is meant ({text}); mend it")
    if in_cell := re.search(r"at line (\d+)", text):
        line, what = int(in_cell[1]), "the metadata of this cell"
    else:
        place = re.search(r"line (\d+), column", text)
        line, what = (int(place[1]) + 1 if place else 1), "the front matter"
    detail = " ".join(text.split("could not be read: ")[-1].split())
    raise AuthoringError(path, line, f"{what} cannot be read ({detail}); mend it")


def _refuse_breaks(path: Path, text: str, described: AbstractSet[int]) -> None:
    """Refuse ``+++`` lines that would be lost: those without metadata, and those with no text after them."""
    for token in get_parser().parse(text):
        if token.type == "myst_block_break" and token.map[1] not in described:
            wrong = "has no text after it" if token.content.strip() else "has no metadata"
            raise AuthoringError(path, token.map[0] + 1, f"this +++ {wrong}; say what begins here, or take it out")


def _first_line(lines: Sequence[str], start: int, source: str) -> int:
    """Return the line of the file, counted from 1, on which a cell's source begins (Jupytext knows its fence's)."""
    wanted = [line.rstrip() for line in source.splitlines()]
    places = (i for i in range(start, len(lines)) if lines[i : i + len(wanted)] == wanted)
    return next(places, start) + 1


def _cell(path: Path, line: int, raw: Any) -> Cell:
    """Make a cell of what Jupytext read."""
    options = dict(raw.metadata)
    exercise, role, tags = options.pop("exercise", None), options.pop("role", None), options.pop("tags", [])
    cell = Cell(path, line, raw.cell_type, role, raw.source, "", exercise, tags=tuple(tags))
    _refuse_place(cell)
    _refuse_source(cell)
    allowed = OPTIONS[cell.role]
    if unknown := sorted(set(options) - allowed):
        owner = f"a {role} cell" if role else "a cell outside exercises"
        raise cell.error(f"{owner} takes no {unknown[0]!r}; it can have {_listed(allowed | {'tags'})}")
    return _with_options(cell, options)


def _refuse_place(cell: Cell) -> None:
    """Refuse a cell whose exercise, role and kind do not go together."""
    if (cell.exercise is None) != (cell.role is None):
        raise cell.error("exercise and role go together; this cell has only one of them")
    if cell.kind not in ("code", "markdown"):
        raise cell.error("a unit has no raw cells; use text or code")
    if cell.role is None:
        return
    if cell.role not in ROLES:
        raise cell.error(f"there is no role {cell.role!r}; use one of {_listed(ROLES)}")
    if not (isinstance(cell.exercise, str) and EXERCISE_ID.fullmatch(cell.exercise)):
        raise cell.error(f"an exercise has a name of at most 48 letters, digits and hyphens; got {cell.exercise!r}")
    if cell.kind not in (kinds := KINDS.get(cell.role, ("code",))):
        raise cell.error(f"a {cell.role} cell is {' or '.join(kinds)}; this one is {cell.kind}")


def _refuse_source(cell: Cell) -> None:
    """Refuse what is empty, or would be lost on the way into a notebook."""
    if not cell.source.strip():
        raise cell.error("this cell is empty; fill it in or take it out")
    if cell.kind == "markdown":
        if re.search(r"[(\"'<]attachment:", cell.source):
            raise cell.error("an attachment does not travel with text; draw the picture with mcutils.figures")
        if re.search(r"!\[[^\]]*\]\((?!https?:|data:)", cell.source):
            raise cell.error("a picture file does not travel with the notebook; draw the picture with mcutils.figures")
        if re.search(r"`{3,}\s*\{(code|raw)", cell.source):
            raise cell.error("this text hides a code cell; begin that with ```{code-cell} at the left edge")


def _with_options(cell: Cell, options: Mapping[str, Any]) -> Cell:
    """Add what a cell's metadata say, or, for a test, its last line."""
    if cell.role in ("test", "hidden"):
        return replace(cell, points=rules.points(cell))
    if cell.role == "manual":
        return replace(cell, points=float(_number(cell, options, "points", (int, float))))
    if cell.role == "mistake":
        return replace(cell, expect=_expected(cell, options))
    if cell.role == "right":
        return replace(cell, because=_reason(cell, options))
    if cell.role == "hint" and cell.kind == "code":
        if options:
            raise cell.error("a sister question comes after the three steps and has no step of its own; take it out")
    elif cell.role == "hint":
        if (step := _number(cell, options, "step", (int,))) not in (1, 2, 3):
            raise cell.error(f"hints come in steps 1, 2 and 3; this one says {step}")
        return replace(cell, step=step)
    if cell.role == "statement" and options:
        objective, minutes = (_number(cell, options, name, (int,)) for name in ("objective", "minutes"))
        return replace(cell, objective=objective, minutes=minutes)
    return cell


def _number(cell: Cell, options: Mapping[str, Any], name: str, types: tuple[type, ...]) -> Any:
    value = options.get(name)
    if isinstance(value, bool) or not isinstance(value, types) or not 0 < value < 1000:  # type: ignore[operator]
        kind = "a whole number" if types == (int,) else "a number"
        raise cell.error(f"a {cell.role} cell needs {name!r}, {kind} above 0; got {value!r}")
    return value


def _reason(cell: Cell, options: Mapping[str, Any]) -> str:
    because = options.get("because")
    if not isinstance(because, str) or not because.strip():
        raise cell.error("a right cell says why this answer is right too; add because:, with the reason in a sentence")
    return because.strip()


def _expected(cell: Cell, options: Mapping[str, Any]) -> str:
    tag = options.get("expect")
    if tag != WRONG and tag not in ALL_TAGS:
        raise cell.error(f"no check gives the tag {tag!r}; expect {WRONG}, or one of {_listed(sorted(ALL_TAGS))}")
    return str(tag)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
