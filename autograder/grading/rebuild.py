"""Rebuilds a student's notebook on the instructor's own.

Of the student's notebook only sources count: by ``grade_id``, each answer goes back to the place its cell has in the
instructor's notebook. Locked cells are the instructor's text, wherever the student moved, changed, deleted or doubled
them; points and locks are the instructor's; cells that the student added stay behind the cell they stood behind.
(Left to itself, nbgrader refuses a whole notebook in which one cell was copied, and a deleted test costs its mark.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from nbformat import NotebookNode, from_dict


@dataclass(frozen=True)
class Blueprint:
    """One cell of the instructor's notebook.

    Args:
        name: its ``grade_id``; empty where it has none. Such a cell is the student's to keep, change or delete, and is
            never put back; but tests want what it defines.
        cell_type: ``code`` or ``markdown``.
        source: the instructor's text, hidden tests included.
        checksum: nbgrader's, of the released text.
        locked: whether the student's text counts for nothing.
        grade: whether it carries points.
        solution: whether the student writes in it.
        task: whether it is one of nbgrader's task cells.
        points: what it is worth.
        changes: of an answer, the names given elsewhere whose values the instructor's own solution changes or replaces.
        imports: of an answer, the import statements of that solution that are cut out of the text.
    """

    name: str
    cell_type: str
    source: str
    checksum: str | None = None
    locked: bool = False
    grade: bool = False
    solution: bool = False
    task: bool = False
    points: float = 0.0
    changes: tuple[str, ...] = field(default=(), repr=False)
    imports: tuple[str, ...] = field(default=(), repr=False)

    @property
    def needed(self) -> bool:
        """Whether the cell is put back where it was deleted; an empty answer is not, it could hide a moved one."""
        return self.locked or self.grade or self.task


def rebuild(cells: Sequence[Any], blueprint: Sequence[Blueprint]) -> Any:
    """Put a student's sources into the instructor's notebook.

    Args:
        cells: the student's cells, of the current notebook format.
        blueprint: the instructor's cells, in order.

    Returns:
        A notebook that nbgrader accepts.
    """
    plans = {plan.name: plan for plan in blueprint if plan.name}
    last = _last(cells, plans)
    theirs: dict[str, Any] = {}
    added: dict[str | None, list[Any]] = {}
    behind: str | None = None
    for place, cell in enumerate(cells):
        name = named(cell)
        if name is not None and last.get(name) == place:
            theirs[name], behind = cell, name
        elif name not in plans or not (plans[name].locked or _is_blank(cell, plans[name])):
            added.setdefault(behind, []).append(_copy(cell, cell.cell_type, {}))
    out = list(added.get(None, []))
    for plan in blueprint:
        if plan.needed or plan.name in theirs:
            out.append(_placed(plan, theirs.get(plan.name)))
        out += added.get(plan.name, [])
    _give_ids(out)
    return NotebookNode(cells=out, metadata=NotebookNode(), nbformat=4, nbformat_minor=5)


def _last(cells: Sequence[Any], plans: Mapping[str, Blueprint]) -> dict[str, int]:
    """Where the cell of each name stands that counts: the last one, where a copy that was kept of the blank is none."""
    last: dict[str, int] = {}
    for place, cell in enumerate(cells):
        plan = plans.get(named(cell) or "")
        if plan and not (plan.name in last and _is_blank(cell, plan)):
            last[plan.name] = place
    return last


def _is_blank(cell: Any, plan: Blueprint) -> bool:
    """Whether an answer is as it was released."""
    return plan.solution and cell.source.strip() == plan.source.strip()


def _give_ids(cells: Sequence[Any]) -> None:
    """Give every cell an id that is the same whenever the same work is rebuilt: its name's, or its place's."""
    for place, cell in enumerate(cells):
        cell["id"] = _id(named(cell) or f"added {place}")


@lru_cache(maxsize=4096)  # everybody's notebooks have the same
def _id(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def with_plain(plans: Sequence[Blueprint], cells: Sequence[Any]) -> tuple[Blueprint, ...]:
    """Add the code cells that nbgrader has no name for.

    Args:
        plans: the cells that it has a name for, in order.
        cells: of the instructor's notebook, as it is released.
    """
    waiting = {plan.name: plan for plan in plans}
    out = []
    for cell in cells:
        name = named(cell)
        if name in waiting:
            out.append(waiting.pop(name))
        elif not name and cell["cell_type"] == "code":
            out.append(Blueprint("", "code", "".join(cell["source"])))
    return (*out, *waiting.values())


def named(cell: Any) -> str | None:
    """The ``grade_id`` that a cell claims, if it claims one."""
    metadata = cell.get("metadata")
    own = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = own.get("grade_id") if isinstance(own, dict) else None
    return name if isinstance(name, str) else None


def of_another(cells: Sequence[Any], blueprint: Sequence[Blueprint]) -> str | None:
    """Name a cell of some other notebook, where nothing that counts in this one is there; None where all is well.

    Most cells must speak for the other one: who copied the cells by hand has lost their names, and may have brought one
    of last week's. Plain text speaks for none.
    """
    claims = [named(cell) for cell in cells if named(cell) is not None or cell.cell_type == "code"]
    counting = {plan.name for plan in blueprint if plan.grade or plan.solution or plan.task}
    ours = {plan.name for plan in blueprint}
    strange = [name for name in claims if name is not None and name not in ours]
    return None if counting & set(claims) or len(strange) * 2 <= len(claims) else strange[0]


def _placed(plan: Blueprint, cell: Any | None) -> Any:
    """The instructor's cell with, where it is the student's to write, the student's source."""
    own = {
        "schema_version": 3,
        "grade_id": plan.name,
        "cell_type": plan.cell_type,
        "grade": plan.grade,
        "solution": plan.solution,
        "locked": plan.locked,
        "task": plan.task,
    }
    own |= {"checksum": plan.checksum} if plan.checksum else {}
    own |= {"points": plan.points} if plan.grade or plan.task else {}
    fixed = {"deletable": False} | ({"editable": False} if plan.locked else {})  # as nbgrader releases it
    metadata = fixed | {"nbgrader": NotebookNode(own)}
    if cell is None or plan.locked:
        return _cell(plan.cell_type, plan.source, metadata)
    return _copy(cell, plan.cell_type, metadata)


def _copy(cell: Any, cell_type: str, metadata: dict[str, Any]) -> Any:
    """A fresh cell with a student's source, as text that can be written to a file again."""
    made = _cell(cell_type, cell.source.encode("utf-8", "replace").decode(), metadata)
    if cell_type == "markdown" and _are_attachments(cell.get("attachments")):
        made["attachments"] = from_dict(cell["attachments"])
    return made


def _cell(cell_type: str, source: str, metadata: dict[str, Any]) -> Any:
    """A fresh cell; nbformat's own makers check each one by itself, which for a whole class takes its time."""
    kind = cell_type if cell_type in ("code", "markdown") else "raw"
    run: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return NotebookNode(cell_type=kind, metadata=NotebookNode(metadata), source=source, **run)


def _are_attachments(found: Any) -> bool:
    """Whether something is what a markdown cell may carry: by name, data by type."""
    if not isinstance(found, dict):
        return False
    bundles = [data for bundle in found.values() for data in (bundle.values() if isinstance(bundle, dict) else (None,))]
    texts = [[data] if isinstance(data, str) else data for data in bundles]
    return all(isinstance(lines, list) and all(isinstance(line, str) for line in lines) for lines in texts)
