"""A graded notebook is read and written as nbformat reads and writes it."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from autograder.checks.publish import REPORT_TYPE
from autograder.grading import graded_file

TEXT = st.text(max_size=20) | st.sampled_from(["", "a\nb\n", "\u2028x\r\n", '"\\\x00\x1f', "é\U0001f600"])
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(TEXT, parts, max_size=3),
    max_leaves=8,
)


def notebook() -> Any:
    """One of every kind of cell and output that a graded notebook has."""
    outputs = [
        new_output("stream", name="stdout", text="a\nb"),
        new_output("error", ename="E", evalue="bad", traceback=["E", "bad"]),
        new_output("display_data", data={"text/html": "<p>\n</p>", REPORT_TYPE: {"earned": 0.5, "tags": []}}),
        new_output("execute_result", data={"text/plain": "0.5"}, execution_count=1),
    ]
    own = {"nbgrader": {"grade_id": "a", "points": 2.0, "locked": True}, "deletable": False}
    cells = [
        new_code_cell("x = 1\nx", metadata=own, outputs=outputs, execution_count=1),
        new_markdown_cell("é\n", metadata={}),
        new_raw_cell("raw"),
        new_code_cell(""),
    ]
    for place, cell in enumerate(cells):
        cell["id"] = f"{place:016x}"
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


@given(PLAIN)
@example({"b": {}, "a": [[], {}, [1.5, float("nan")], "x"], "": float("inf")})
def test_the_same_text(value: Any) -> None:
    """Any plain data is spelled as JSON's own encoder spells it."""
    assert graded_file._spelled(value, "\n") == json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def test_the_same_bytes_and_the_same_nodes() -> None:
    """A notebook goes into a file as nbformat would write it, and comes out as nbformat would read it."""
    wanted = nbformat.v4.writes(notebook())
    assert graded_file.written(notebook()) == f"{wanted}\n".encode()
    for text in (wanted, json.dumps(notebook())):
        assert graded_file.read(text) == nbformat.v4.reads(text)
    assert isinstance(graded_file.read(wanted).cells[0].outputs[2].data[REPORT_TYPE], nbformat.NotebookNode)


@pytest.mark.parametrize("where", [("metadata",), ("cells", 0, "metadata"), ("cells", 0, "outputs", 2, "data")])
def test_keys_that_are_no_text(where: tuple[Any, ...]) -> None:
    """What an instructor's step puts in is written as JSON writes it."""
    odd = part = notebook()
    for step in where:
        part = part[step]
    part[REPORT_TYPE if "data" in where else "mcourse"] = {1: "one"}
    assert graded_file.written(odd).decode().rstrip("\n") == nbformat.v4.writes(odd)


@given(TEXT, TEXT)
def test_texts_become_lists_of_lines(source: str, shown: str) -> None:
    """Sources, streams and what is shown as text are split where nbformat splits them."""
    odd = notebook()
    odd.cells[0].source = source
    odd.cells[0].outputs[0].text = shown
    odd.cells[0].outputs[2].data = {"text/html": shown, "image/png": shown, "image/svg+xml": shown}
    assert graded_file.written(odd).decode() == f"{nbformat.v4.writes(odd)}\n"


def test_whole_notebooks_are_plain() -> None:
    """The quick way is the one that is taken."""
    assert graded_file._is_plain(notebook())


PARTS = [
    (),
    ("metadata",),
    ("cells", 0),
    ("cells", 0, "metadata"),
    ("cells", 1),
    ("cells", 2),
    *[("cells", 0, "outputs", place) for place in range(4)],
    *[("cells", 0, "outputs", place, "data") for place in (2, 3)],
]
VALUES = [None, True, -1, 0, 1.5, "", "a b", "x" * 65, [], ["x"], [1], {}, {"a": 1}, "code", "markdown", "stream"]
KEYS = ["id", "cell_type", "metadata", "source", "outputs", "execution_count", "output_type", "name", "text", "data"]
KEYS += ["ename", "evalue", "traceback", "attachments", "tags", "collapsed", "text/plain", "application/json", "cells"]
KEYS += ["nbformat", "nbformat_minor", "kernelspec", "language_info", REPORT_TYPE]


@settings(deadline=None, max_examples=60)  # where nbformat refuses one it takes its time
@given(st.sampled_from(PARTS), st.sampled_from(KEYS), st.sampled_from([*VALUES, KeyError]))
def test_nothing_invalid_is_written(part: tuple[Any, ...], key: str, value: Any) -> None:
    """Whatever is changed in a notebook, it is refused exactly where nbformat refuses it."""
    changed = notebook()
    where = changed
    for step in part:
        where = where[step]
    where.pop(key, None) if value is KeyError else where.update({key: copy.deepcopy(value)})
    assert taken(changed) == nbformat_takes(changed)


def nbformat_takes(changed: Any) -> bool:
    try:
        nbformat.validate(copy.deepcopy(changed))
    except Exception:  # it stumbles over some
        return False
    return True


def taken(changed: Any) -> bool:
    try:
        graded_file.written(copy.deepcopy(changed))
    except Exception:
        return False
    return True


def test_ids_that_are_not_distinct() -> None:
    """As nbformat does, it gives a cell a new name where two have the same."""
    doubled = notebook()
    doubled.cells[1]["id"] = doubled.cells[0]["id"]
    with pytest.warns(nbformat.warnings.DuplicateCellId):
        graded_file.written(doubled)
    assert len({cell["id"] for cell in doubled.cells}) == 4
