"""Writes tables for spreadsheets, and files that are whole or not there.

Separate because names and comments are other people's text: a spreadsheet runs a cell that begins like a formula, and
every table that we write, for whatever program, must be safe to open.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), full-width forms included."""

INSIDE = re.compile(r"(?<=;)(\s{0,9})(?=[=+\-@＝＋－＠])")
"""Where a formula would begin in the middle of a text: in half of the world a spreadsheet cuts lines at semicolons."""

Entry = str | float | None
"""Text, which is made harmless; a number, which is ours; or nothing."""


def harmless(text: str) -> str:
    """Mark text that a spreadsheet would run as a formula, by the apostrophe that means "this is text".

    >>> harmless("=HYPERLINK(1)"), harmless(" -1"), harmless("Ada"), harmless("a=b"), harmless("a; =1")
    ("'=HYPERLINK(1)", "' -1", 'Ada', 'a=b', "a; '=1")
    """
    text = INSIDE.sub(r"\1'", text)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def entry(value: Entry) -> str:
    """What stands in a cell; a mark that is not known is empty, not 0.

    >>> entry(None), entry(-0.5), entry("-0.5")
    ('', '-0.5', "'-0.5")
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless("\n".join(value.splitlines()))  # a lone carriage return would end the row for some readers
    return f"{value:g}"


def write_sheet(path: Path, rows: Iterable[Sequence[Entry]]) -> Path:
    """Write a table as comma-separated values in UTF-8.

    Args:
        path: the file to write.
        rows: the heading, and then the rows.

    Returns:
        The file.
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([entry(value) for value in row] for row in rows)
    return write_whole(path, text.getvalue())


def write_whole(path: Path, text: str) -> Path:
    """Write a file so that a reader meets the old one or the new one, never a part.

    Args:
        path: the file to write; its folder is made.
        text: what stands in it afterwards.

    Returns:
        The file.

    Raises:
        OSError: it cannot be written; the error names it.
    """
    with aside(path) as made:
        made.write_text(text, encoding="utf-8", newline="")
    return path


@contextlib.contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Have a file written beside its place, and moved there once it is whole.

    Args:
        path: the file to write; its folder is made.

    Yields:
        The file to write meanwhile.

    Raises:
        OSError: it cannot be written; the error names the file that was wanted.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as made:
            pass
        try:
            yield Path(made.name)
            os.chmod(made.name, 0o644)
            os.replace(made.name, path)
        except BaseException:  # such as a full disk, which what was begun would fill for good
            os.unlink(made.name)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
