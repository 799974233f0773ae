"""Reading what students hand in."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading import intake
from autograder.grading.intake import SetAside, files_of, fingerprint, read_cells

NOTEBOOK = json.dumps(new_notebook(cells=[new_code_cell("x = 'é'\ny = 2")]))


def write(folder: Path, data: bytes, name: str = "exercises.ipynb") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NOTEBOOK[:-40].encode(), "exercises.ipynb is damaged or cut off: its JSON ends or breaks at line 1, column"),
        (b"", "exercises.ipynb is damaged or cut off: its JSON ends or breaks at line 1, column 1"),
        (b"\x89PNG\r\n\x1a\n\x00", r"exercises.ipynb is not text \(byte 0\)"),
        (b"[1, 2]", "exercises.ipynb is JSON but no notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "exercises.ipynb is JSON but no notebook"),
        (b'{"nbformat": 9, "cells": []}', "exercises.ipynb is JSON but no notebook"),
    ],
)
def test_unreadable(tmp_path: Path, data: bytes, reason: str) -> None:
    """A file that is no notebook is set aside, and the reason says what is the matter with it."""
    with pytest.raises(SetAside, match=reason):
        read_cells(write(tmp_path, data))


@pytest.mark.parametrize(
    "data",
    [
        NOTEBOOK.encode(),
        NOTEBOOK.encode("utf-8-sig"),
        NOTEBOOK.encode("utf-16"),
        json.dumps(json.loads(NOTEBOOK), indent=1).replace("\n", "\r\n").encode(),
    ],
    ids=["utf-8", "with a byte order mark", "utf-16", "Windows line ends"],
)
def test_encodings(tmp_path: Path, data: bytes) -> None:
    """A notebook that went through an editor on Windows is the same notebook."""
    assert [cell.source for cell in read_cells(write(tmp_path, data))] == ["x = 'é'\ny = 2"]


def test_older_formats(tmp_path: Path) -> None:
    """Notebooks of formats 3 and 4.2 are read, names of cells included."""
    own = {"nbgrader": {"grade_id": "a"}}
    cell = {"cell_type": "code", "input": "x", "language": "python", "outputs": [], "metadata": own}
    old = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"metadata": {}, "cells": [cell]}]}
    cells = read_cells(write(tmp_path, json.dumps(old).encode()))
    assert [(cell.source, cell.metadata.nbgrader.grade_id) for cell in cells] == [("x", "a")]
    cell = {"cell_type": "code", "source": ["x\n", "y"], "metadata": own, "outputs": [], "execution_count": None}
    heading = {"cell_type": "heading", "level": 10**12, "source": ["a\n", "b"]}
    oldest = {"nbformat": 1, "cells": [{"cell_type": "code", "code": "x"}, {"cell_type": "text", "text": "y"}, heading]}
    found = [(cell.cell_type, cell.source) for cell in read_cells(write(tmp_path, json.dumps(oldest).encode()))]
    assert found == [("code", "x"), ("markdown", "y"), ("markdown", "# a b")]
    less = {"metadata": {}, "nbformat": 4, "nbformat_minor": 2, "cells": [cell]}
    assert [cell.source for cell in read_cells(write(tmp_path, json.dumps(less).encode()))] == ["x\ny"]


def test_links_and_pipes(tmp_path: Path) -> None:
    """Nothing outside the submission is read, and nothing that could block."""
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(SetAside, match="link is a link"):
        files_of(tmp_path)
    (tmp_path / "link").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SetAside, match="pipe is not a regular file"):
        files_of(tmp_path)


def test_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the limit is not opened, and the reason has both numbers."""
    monkeypatch.setattr(intake, "LARGEST", 1_000_000)
    write(tmp_path, b" " * 3_000_000, "data.bin")
    with pytest.raises(SetAside, match=r"data.bin has 3 MB, more than 1;"):
        files_of(tmp_path)


def test_size_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files, none of which is too large, are not opened where they are too large together."""
    monkeypatch.setattr(intake, "MOST_BYTES", 5_000_000)
    for number in range(3):
        with write(tmp_path, b"", f"{number}.bin").open("wb") as file:
            file.truncate(2_000_000)
    with pytest.raises(SetAside, match=r"its files have 6 MB, more than 5;"):
        files_of(tmp_path)


def test_what_nobody_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook of more cells, text or lists than anybody can have meant is set aside."""
    monkeypatch.setattr(intake, "MOST_CELLS", 3)
    monkeypatch.setattr(intake, "MOST_SOURCE", 100)
    monkeypatch.setattr(intake, "MOST_PARTS", 1000)
    for sources, said in ((["x"] * 4, "4 cells, more"), (["x" * 60] * 2, "more written in its cells")):
        path = write(tmp_path, json.dumps(new_notebook(cells=[new_code_cell(source) for source in sources])).encode())
        with pytest.raises(SetAside, match=f"exercises.ipynb has {said} than anybody can have meant"):
            read_cells(path)
    path = write(tmp_path, b'{"nbformat": 4, "cells": [], "metadata": [' + b"[]," * 1000 + b"[]]}")
    with pytest.raises(SetAside, match=r"exercises.ipynb has more than 1000 lists and objects; clear its outputs"):
        read_cells(path)


def test_outputs_of_an_old_format(tmp_path: Path) -> None:
    """Of a notebook of format 3 the outputs are not looked at: nbformat takes half a millisecond for each."""
    output = {"output_type": "pyout", "png": "x", "html": "y"}
    cell = {"cell_type": "code", "input": "x", "language": "python", "metadata": {}, "outputs": [output] * 100_000}
    old = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"metadata": {}, "cells": [cell]}]}
    path = write(tmp_path, json.dumps(old).encode())
    began = time.process_time()
    assert [cell.source for cell in read_cells(path)] == ["x"]
    assert time.process_time() - began < 5


def test_number_and_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders without end and files without number stop nobody's run: the submission is set aside with the number."""
    monkeypatch.setattr(intake, "MOST_FILES", 3)
    for number in range(3):
        write(tmp_path, b"", f"{number}.txt")
    assert len(files_of(tmp_path)) == 3
    write(tmp_path, b"", "one-more.txt")
    with pytest.raises(SetAside, match=r"it has more than 3 files; ask for those that belong to the work"):
        files_of(tmp_path)
    deep = tmp_path / "deep"
    deep.joinpath(*"abcdefghijklmnopqrstuvwxyz").mkdir(parents=True)
    with pytest.raises(SetAside, match=r"its folders are nested more than 20 deep; ask for the files alone"):
        files_of(deep)


def test_ignored_files(tmp_path: Path) -> None:
    """Jupyter's own left-overs are no part of a submission."""
    (tmp_path / ".ipynb_checkpoints").mkdir()
    write(tmp_path / ".ipynb_checkpoints", b"", "exercises-checkpoint.ipynb")
    kept = write(tmp_path, b"")
    assert files_of(tmp_path, [".ipynb_checkpoints"]) == (kept,)


def test_fingerprint(tmp_path: Path) -> None:
    """A fingerprint depends on the names and contents of the files, and on nothing else."""
    path = write(tmp_path, b"1")
    first = fingerprint(tmp_path, [path])
    os.utime(path, (0, 0))
    assert fingerprint(tmp_path, [path]) == first
    assert fingerprint(tmp_path, [write(tmp_path, b"2")]) != first
    assert fingerprint(tmp_path, [write(tmp_path, b"1", "other.ipynb")]) != first


def test_reasons_move_no_cursor(tmp_path: Path) -> None:
    """A reason that quotes a file's name has none of the signs that a terminal, or a line of text, obeys."""
    (tmp_path / "a\x1b[2J\n\u202eb").symlink_to(tmp_path)
    with pytest.raises(SetAside) as problem:
        files_of(tmp_path)
    assert str(problem.value).startswith(r"a\x1b[2J\n\u202eb is a link")
