"""What happens to notebooks on their way back: a table of damages, each from a notebook, or its bytes, to worse."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import nbformat
from nbformat import v3, v4

MEGABYTES = 10

Notebook = Any


def grade_id(cell: Any) -> str | None:
    """Return a notebook cell's grade id, if it has one."""
    found = cell.metadata.get("nbgrader", {}).get("grade_id")
    return str(found) if found else None


def _position(notebook: Notebook, name: str) -> int:
    return next(k for k, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def _delete(notebook: Notebook, name: str) -> None:
    del notebook.cells[_position(notebook, name)]


def _duplicate(notebook: Notebook, name: str) -> None:
    """Copy a cell below itself, as Jupyter does: the notebook id is new, the grade id is not."""
    position = _position(notebook, name)
    twin = copy.deepcopy(notebook.cells[position])
    twin["id"] = f"{twin['id']}-copy"
    notebook.cells.insert(position + 1, twin)


def _stored_output(notebook: Notebook, name: str) -> None:
    text = "0123456789" * (MEGABYTES * 100_000)
    output = v4.new_output("stream", name="stdout", text=text)
    notebook.cells[_position(notebook, name)].outputs = [output]


def _printed_output(notebook: Notebook, name: str) -> None:
    cell = notebook.cells[_position(notebook, name)]
    cell.source += f'\nprint("0123456789" * {MEGABYTES * 100_000})'


def _as_it_is(notebook: Notebook) -> str:
    return str(nbformat.writes(notebook))


def _without_ids(notebook: Notebook) -> str:
    notebook = copy.deepcopy(notebook)
    notebook.nbformat_minor = 2
    for cell in notebook.cells:
        del cell["id"]
    return str(nbformat.writes(notebook))


def _version_3(notebook: Notebook) -> str:
    return str(v3.writes_json(nbformat.convert(copy.deepcopy(notebook), 3)))


TO_CELL: Mapping[str, Callable[[Notebook, str], None]] = {
    "delete": _delete,
    "duplicate": _duplicate,
    "stored-output": _stored_output,
    "printed-output": _printed_output,
}
"""Damages to one cell, written ``name:grade_id``."""

TO_FORMAT: Mapping[str, Callable[[Notebook], str]] = {"nbformat-4.2": _without_ids, "nbformat-3": _version_3}
"""Older formats to save in."""

TO_BYTES: Mapping[str, Callable[[bytes], bytes]] = {
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "truncated": lambda data: data[: len(data) // 2],
}
"""Damages to the file."""

UNREADABLE = frozenset({"truncated"})
"""Damages after which the file is no notebook."""

NAMES = (*(f"{name}:<grade_id>" for name in TO_CELL), *TO_FORMAT, *TO_BYTES)


def damaged(notebook: Notebook, damages: tuple[str, ...]) -> bytes:
    """Return the file of a notebook after these damages, cells first, then format, then bytes."""
    for damage in damages:
        name, _, cell = damage.partition(":")
        if name in TO_CELL:
            TO_CELL[name](notebook, cell)
    written = next((TO_FORMAT[damage] for damage in damages if damage in TO_FORMAT), _as_it_is)
    data = (written(notebook) + "\n").encode()
    for damage in damages:
        data = TO_BYTES[damage](data) if damage in TO_BYTES else data
    return data
