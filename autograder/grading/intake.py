"""Reads what a student handed in, whatever it is, and says why where that is impossible.

Nothing here trusts a submission: only regular files of a bounded size are opened, and of a notebook only the sources
of its cells are taken. What cannot be read is set aside with a reason, and stops nobody else.
"""

from __future__ import annotations

import codecs
import hashlib
import itertools
import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import nbformat

LARGEST = 50_000_000
"""Bytes in one file. A notebook of text and figures stays far below it."""
MOST_BYTES = 500_000_000
"""In all files together."""
MOST_PARTS = 2_000_000
"""Lists and objects in a notebook: each takes two characters there, and memory for a hundred times that."""
MOST_CELLS, MOST_SOURCE = 5_000, 10_000_000
"""Cells of a notebook, and characters that are written in them."""
MOST_FILES = 2_000
DEEPEST = 20
"""Folders within folders."""


TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of all that is shown after them."""


class SetAside(Exception):
    """A submission that cannot be read; the message is the reason, for the instructor's list.

    It may quote names that students gave to files: nothing in it moves a cursor or turns a line.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(legible(reason))


def legible(name: str) -> str:
    r"""Spell a file's name so that tables, terminals and the gradebook can hold it; others stay as they are.

    >>> print(legible("Zoë [1]"), legible("a\nb\udcff\u202e"))
    Zoë [1] a\nb\udcff\u202e
    """
    return "".join(char.encode("unicode_escape").decode() if _is_odd(char) else char for char in name)


def _is_odd(char: str) -> bool:
    """Whether it is a control character, no UTF-8, or turns what follows."""
    return unicodedata.category(char) in ("Cc", "Cs") or char in TURNING


def files_of(folder: Path, ignore: Sequence[str] = ()) -> tuple[Path, ...]:
    """List the files of a submission, in a fixed order.

    Args:
        folder: the student's folder for one assignment.
        ignore: name patterns to leave out, such as ``.ipynb_checkpoints``.

    Returns:
        Paths of regular files.

    Raises:
        SetAside: one is a link, no regular file, or too large, or there are too many, or too large ones together.
    """
    found = tuple(itertools.islice(_walk(folder, folder, ignore), MOST_FILES + 1))
    if len(found) > MOST_FILES:
        raise SetAside(f"it has more than {MOST_FILES} files; ask for those that belong to the work")
    if (size := sum(path.lstat().st_size for path in found)) > MOST_BYTES:
        raise SetAside(f"its files have {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}; ask for smaller ones")
    return tuple(sorted(found))


def _walk(folder: Path, top: Path, ignore: Sequence[str]) -> Iterator[Path]:
    if len(folder.parts) - len(top.parts) > DEEPEST:
        raise SetAside(f"its folders are nested more than {DEEPEST} deep; ask for the files alone")
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SetAside(f"{folder.name} cannot be opened ({error.strerror})") from error
    for entry in entries:
        if any(fnmatch(entry.name, pattern) for pattern in ignore):
            continue
        path, found = Path(entry.path), entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            yield from _walk(path, top, ignore)
        else:
            _require_readable(path.relative_to(top), found)
            yield path


def _require_readable(name: Path, found: os.stat_result) -> None:
    """Insist on a regular file of a bounded size."""
    if stat.S_ISLNK(found.st_mode):
        raise SetAside(f"{name} is a link, not a file; ask for the file itself")
    if not stat.S_ISREG(found.st_mode):
        raise SetAside(f"{name} is not a regular file")
    if found.st_size > LARGEST:
        raise SetAside(f"{name} has {found.st_size / 1e6:.0f} MB, more than {LARGEST / 1e6:.0f}; clear its outputs")


def fingerprint(folder: Path, files: Sequence[Path]) -> str:
    """Digest names and contents, so that a submission which has not changed is not run again."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(json.dumps(str(path.relative_to(folder))).encode())
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise SetAside(f"{path.name} cannot be opened ({error.strerror})") from error
    return digest.hexdigest()


def read_cells(path: Path) -> list[Any]:
    """Read the cells of a notebook of any format that Jupyter ever wrote.

    Args:
        path: an ``.ipynb`` file.

    Returns:
        Its cells in the current format, each with ``cell_type``, ``source`` and ``metadata``.

    Raises:
        SetAside: the file is no notebook, or larger than anybody writes one.
    """
    cells = _cells(path)
    if sum(len(cell["source"]) for cell in cells) > MOST_SOURCE:
        raise SetAside(f"{path.name} has more written in its cells than anybody can have meant")
    return cells


def _cells(path: Path) -> list[Any]:
    try:
        text = decoded(path.read_bytes())
        if text.count("[") + text.count("{") > MOST_PARTS:
            raise SetAside(f"{path.name} has more than {MOST_PARTS} lists and objects; clear its outputs")
        data = json.loads(text)
        cells = data["cells"] if data["nbformat"] == 4 else _of_old_format(data)
        if len(cells) > MOST_CELLS:
            raise SetAside(f"{path.name} has {len(cells)} cells, more than anybody can have meant")
        return [_joined(cell) for cell in cells if _is_cell(cell)]
    except SetAside:
        raise
    except UnicodeDecodeError as error:
        raise SetAside(f"{path.name} is not text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise SetAside(
            f"{path.name} is damaged or cut off: its JSON ends or breaks at line {error.lineno}, column {error.colno}"
        ) from error
    except Exception as error:  # whatever is not where a notebook has it
        raise SetAside(f"{path.name} is JSON but no notebook ({type(error).__name__})") from error


def _of_old_format(data: Any) -> list[Any]:
    """The cells of a notebook as they were written until 2015, what is in them only.

    nbformat's own converters look at every output several times, and at some for half a millisecond.
    """
    if data["nbformat"] not in (1, 2, 3):
        raise ValueError("a format that there is not")
    return [_of_old_cell(cell) for sheet in data.get("worksheets", [data]) for cell in sheet["cells"]]


def _of_old_cell(cell: Any) -> dict[str, Any]:
    kind, metadata = cell["cell_type"], nbformat.from_dict(cell.get("metadata", {}))
    if kind == "code":
        return {"cell_type": kind, "source": cell.get("input", cell.get("code", "")), "metadata": metadata}
    text = cell.get("source", cell.get("text", ""))
    if kind == "heading":
        level = cell.get("level") if cell.get("level") in range(1, 7) else 1
        text = f"{'#' * level} {' '.join(''.join(text).splitlines())}"
    return {"cell_type": "raw" if kind in ("raw", "plaintext") else "markdown", "source": text, "metadata": metadata}


def _is_cell(cell: Any) -> bool:
    """Whether something has what is taken from a cell; whatever else it has is not looked at."""
    source = cell.get("source") if isinstance(cell, dict) else None
    lines = all(isinstance(line, str) for line in source) if isinstance(source, list) else isinstance(source, str)
    return lines and isinstance(cell.get("cell_type"), str)


def _joined(cell: dict[str, Any]) -> nbformat.NotebookNode:
    """A cell with its lines put together, as a file may have them apart; what is in it stays as plain as it is."""
    return nbformat.NotebookNode({"metadata": {}, **cell, "source": "".join(cell["source"])})


def decoded(data: bytes) -> str:
    """Decode UTF-8, with or without the mark some editors put first, and Windows' UTF-16."""
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if utf16 else "utf-8-sig")
