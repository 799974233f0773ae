"""Folders that are handed in with something in them that is no homework."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from corpus.attack import Attack

NOTEBOOK = "exercises.ipynb"
READ_DATA = """
import os
for name in os.listdir("."):
    try:
        text = open(name, "rb").read().decode("latin-1")
    except OSError:
        continue
    if "quok" + "ka" in text:
        print("GOT", text[text.index("quok" + "ka"):][:60])
"""


def _link_notebook(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).symlink_to(folder.parents[2] / "source" / "ps1" / NOTEBOOK)


def _link_data(folder: Path) -> None:
    (folder / "data.txt").symlink_to(folder.parents[2] / "nbgrader_config.py")


def _link_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.parents[1] / "victim" / "ps1", target_is_directory=True)


def _link_inside(folder: Path) -> None:
    (folder / "more").symlink_to(folder.parents[2] / "source", target_is_directory=True)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "data.txt")


def _pipe_notebook(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        here = os.open(folder, os.O_RDONLY)
        try:
            end.bind(f"/proc/self/fd/{here}/data.txt")
        finally:
            os.close(here)


def _large(folder: Path) -> None:
    with (folder / "data.txt").open("wb") as file:
        file.truncate(60_000_000)


def _long_date(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("a" * 8_000_000)


def _old_format(folder: Path) -> None:
    outputs = ",".join(['{"output_type": "pyout", "png": "x", "html": "y"}'] * 60_000)
    cell = f'{{"cell_type": "code", "input": "x", "language": "python", "metadata": {{}}, "outputs": [{outputs}]}}'
    sheet = f'{{"metadata": {{}}, "cells": [{cell}, 7]}}'
    text = f'{{"metadata": {{}}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{sheet}]}}'
    (folder / NOTEBOOK).write_text(text)


def _directory(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()
    (folder / NOTEBOOK).mkdir()


def _names(folder: Path) -> None:
    (folder / NOTEBOOK).unlink()
    for name in ("a\x1b[2Jb", "c\nd", "..\\..\\e", "f; touch hostile-was-here", "\u202egpj.exe", "-rf", "%s%n"):
        (folder / name).write_text("")


def _set_aside(name: str, attempts: str, by: str, effect: str, place: Callable[[Path], None], reason: str) -> Attack:
    return Attack(name, attempts, by, effect, place=place, set_aside=reason, first=READ_DATA)  # type: ignore[arg-type] # one of the effects


ATTACKS = (
    _set_aside(
        "link-to-the-solutions",
        "Hands in a link to the instructor's notebook.",
        "stock",
        "marks",
        _link_notebook,
        "is a link",
    ),
    _set_aside(
        "link-to-a-file",
        "Hands in a link to the course's configuration, to read what is copied.",
        "stock",
        "got",
        _link_data,
        "is a link",
    ),
    _set_aside(
        "link-to-another",
        "Hands in, for a folder, a link to another student's.",
        "stock",
        "marks",
        _link_folder,
        "is a link",
    ),
    _set_aside(
        "link-to-a-folder", "Hands in a link to a folder of the course.", "stock", "got", _link_inside, "is a link"
    ),
    _set_aside(
        "pipe",
        "Hands in a named pipe, on which whoever copies it waits for ever.",
        "odd",
        "breaks",
        _pipe,
        "not a regular file",
    ),
    _set_aside(
        "pipe-for-a-notebook",
        "Hands in a named pipe under the notebook's name.",
        "stock",
        "breaks",
        _pipe_notebook,
        "not a regular file",
    ),
    _set_aside(
        "socket-file", "Hands in a socket, which cannot be copied.", "odd", "breaks", _socket, "not a regular file"
    ),
    _set_aside(
        "large-file", "Hands in a file of 60 MB, which is copied at each step.", "stock", "flood", _large, "more than"
    ),
    _set_aside(
        "folder-for-a-notebook",
        "Hands in a folder under the notebook's name.",
        "odd",
        "breaks",
        _directory,
        "there is no",
    ),
    _set_aside(
        "long-date",
        "Hands in a date of 8 MB, over which whoever reads it sits for ten minutes.",
        "stock",
        "breaks",
        _long_date,
        "holds no date",
    ),
    _set_aside(
        "old-format",
        "Hands in a notebook of a format of 2014, with outputs each of which takes half a millisecond to convert.",
        "odd",
        "breaks",
        _old_format,
        "no notebook",
    ),
    Attack(
        "names-that-move-the-cursor",
        "Hands in only files whose names clear the screen and set the title of whoever prints them.",
        *("legible", "markup"),
        place=_names,
        set_aside=r"a\x1b[2Jb",
    ),
)
