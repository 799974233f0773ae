"""Reads and writes a notebook as nbformat does, to the same nodes and the same bytes, in a third of its time.

Separate because it is nothing but speed: nbformat makes every node twice, has Python's slow encoder indent its file,
and tries each cell as every kind of cell that there is. What is not of the plainest form is left to nbformat.
"""

from __future__ import annotations

import json
import math
from json.encoder import encode_basestring
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines, split_lines, strip_transient

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
WORDS = {None: "null", True: "true", False: "false"}


def read(text: str) -> Any:
    """Read a notebook of the current format.

    Raises:
        ValueError: it is no JSON.
    """
    return strip_transient(rejoin_lines(json.loads(text, object_hook=NotebookNode)))


def written(notebook: Any) -> bytes:
    """Write a notebook; its texts are lists of lines from then on.

    Raises:
        nbformat.ValidationError: it is none.
    """
    _require_valid(strip_transient(notebook))
    lines = split_lines(notebook)
    try:
        text = _spelled(lines, "\n")
    except TypeError:  # keys that are no text, which JSON makes some
        text = json.dumps(lines, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


# ---- is it one? ----


def _require_valid(notebook: Any) -> None:
    """Have nbformat look at the notebook, and at its cells unless all of them are plainly valid."""
    cells = notebook["cells"]
    current = type(cells) is list and notebook.get("nbformat_minor") == 5
    passed = current and all(map(_is_plain, cells)) and len({cell["id"] for cell in cells}) == len(cells)
    nbformat.validate({**notebook, "cells": []} if passed else notebook)


def _is_plain(cell: Any) -> bool:
    """Whether a cell is of the form that those of a rebuilt notebook have when they were run; such are valid."""
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
    return type(value) is str or kind == REPORT_TYPE


def _are_texts(values: list[Any]) -> bool:
    return all(type(value) is str for value in values)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)


# ---- its text ----


def _spelled(value: Any, line: str) -> str:
    """JSON with an indent of 1 and sorted keys; ``line`` begins a line as deep as the value."""
    kind, inner = type(value), f"{line} "
    if kind is str:
        return encode_basestring(value)
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
