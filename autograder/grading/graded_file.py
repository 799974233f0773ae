"""Reads and writes a notebook as nbformat does, to the same nodes and the same bytes, in a third of its time.

Separate because it is nothing but speed: nbformat makes every node twice, has Python's slow encoder indent its file,
and tries each cell as every kind of cell that there is. What is not of the plainest form is left to nbformat.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines, strip_transient

from autograder.checks.publish import REPORT_TYPE

EVERY = frozenset(("cell_type", "id", "metadata", "source"))
KEYS = {"markdown": EVERY, "raw": EVERY, "code": EVERY | {"outputs", "execution_count"}}
FREE = frozenset(("nbgrader", "mcourse", "deletable", "editable"))
"""Metadata of which the format says nothing."""
SHOWN = frozenset(("output_type", "data", "metadata"))
TEXTS = {"stream": ("name", "text"), "error": ("ename", "evalue")}
OUTPUTS = {
    "stream": frozenset(("output_type", "name", "text")),
    "error": frozenset(("output_type", "ename", "evalue", "traceback")),
    "display_data": SHOWN,
    "execute_result": SHOWN | {"execution_count"},
}
SHORT = 5_000
"""Characters of a text that is kept for when it comes again."""
WORDS = {None: "null", True: "true", False: "false"}


def read(text: str) -> Any:
    """Read a notebook of the current format.

    Raises:
        ValueError: it is no JSON.
    """
    notebook = json.loads(text, object_hook=NotebookNode)
    if any(map(_may_be_in_lines, notebook["cells"])):
        rejoin_lines(notebook)
    return strip_transient(notebook)


def _may_be_in_lines(cell: Any) -> bool:
    """Whether a text in a cell may be a list of lines; in a notebook that was just run none is."""
    outputs = cell.get("outputs", ())
    return (
        type(cell.get("source")) is list
        or "attachments" in cell
        or any(type(text) is list for out in outputs for text in (out.get("text"), *out.get("data", {}).values()))
    )


def written(notebook: Any) -> bytes:
    """Write a notebook.

    Raises:
        nbformat.ValidationError: it is none.
    """
    plain = _is_plain(strip_transient(notebook))
    nbformat.validate({**notebook, "cells": []} if plain else notebook)
    try:
        text = _text(notebook) if plain else nbformat.v4.writes(notebook)
    except TypeError:  # keys that are no text, which JSON makes some
        text = nbformat.v4.writes(notebook)
    return f"{text}\n".encode()


# ---- is it one? ----


def _is_plain(notebook: Any) -> bool:
    """Whether all cells are of the form that those of a rebuilt notebook have when they were run; such are valid."""
    cells = notebook["cells"]
    return (
        type(cells) is list
        and notebook.get("nbformat_minor") == 5
        and all(map(_is_plain_cell, cells))
        and len({cell["id"] for cell in cells}) == len(cells)
    )


def _is_plain_cell(cell: Any) -> bool:
    kind, name = cell.get("cell_type"), cell.get("id")
    return (
        type(kind) is str
        and cell.keys() == KEYS.get(kind)
        and type(name) is str
        and len(name) <= 64
        and name.isascii()
        and name.isalnum()
        and type(cell["source"]) is str
        and isinstance(cell["metadata"], dict)
        and cell["metadata"].keys() <= FREE
        and (kind != "code" or (_is_count(cell["execution_count"]) and _are_plain(cell["outputs"])))
    )


def _are_plain(outputs: Any) -> bool:
    return isinstance(outputs, list) and all(isinstance(each, dict) and _is_plain_output(each) for each in outputs)


def _is_plain_output(output: Any) -> bool:
    kind = output.get("output_type")
    if type(kind) is not str or output.keys() != OUTPUTS.get(kind):
        return False
    if kind in TEXTS:
        lines = output.get("traceback", [])
        return all(type(output[key]) is str for key in TEXTS[kind]) and type(lines) is list and _are_texts(lines)
    return (
        isinstance(output["data"], dict)
        and _is_count(output.get("execution_count"))
        and all(map(_is_plain_datum, output["data"].items()))
        and output["metadata"] == {}
    )


def _is_plain_datum(item: tuple[str, Any]) -> bool:
    kind, value = item
    return type(kind) is str and (type(value) is str or kind == REPORT_TYPE)


def _are_texts(values: list[Any]) -> bool:
    return all(type(value) is str for value in values)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)


# ---- its text ----


def _text(notebook: Any) -> str:
    return _spelled({**notebook, "cells": [_split(cell) for cell in notebook["cells"]]}, "\n")


class _Lines(str):
    """Text that is written as a list of its lines."""

    __slots__ = ()


def _split(cell: Any) -> dict[str, Any]:
    """A plain cell with the texts marked that nbformat's ``split_lines`` splits."""
    made = {**cell, "source": _Lines(cell["source"])}
    if cell["cell_type"] == "code":
        made["outputs"] = [_split_output(output) for output in cell["outputs"]]
    return made


def _split_output(output: Any) -> Any:
    if output["output_type"] == "stream":
        return {**output, "text": _Lines(output["text"])}
    if "data" not in output:
        return output
    data = {kind: _Lines(value) if _is_split(kind) else value for kind, value in output["data"].items()}
    return {**output, "data": data}


def _is_split(kind: str) -> bool:
    return kind.startswith("text/") or kind in ("application/javascript", "image/svg+xml")


def _spelled_lines(text: str, line: str) -> str:
    parts = map(encode_basestring, text.splitlines(keepends=True))
    return f"[{line} {f',{line} '.join(parts)}{line}]" if text else "[]"


_known = lru_cache(maxsize=1024)(_spelled_lines)  # a class has most of its cells in common


def _spelled(value: Any, line: str) -> str:
    """JSON with an indent of 1 and sorted keys; ``line`` begins a line as deep as the value."""
    kind, inner = type(value), f"{line} "
    if kind is str:
        return encode_basestring(value)
    if kind is _Lines:
        return (_known if len(value) < SHORT else _spelled_lines)(value, line)
    if kind is list:
        parts = [encode_basestring(item) if type(item) is str else _spelled(item, inner) for item in value]
        return f"[{inner}{f',{inner}'.join(parts)}{line}]" if parts else "[]"
    if kind is NotebookNode or kind is dict:
        parts = [f"{encode_basestring(key)}: {_spelled(value[key], inner)}" for key in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}" if parts else "{}"
    if kind is bool or value is None:
        return WORDS[value]
    if kind is int or (kind is float and math.isfinite(value)):
        return repr(value)
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).replace("\n", line)
