"""Says with which version of mcutils a submission was made.

Separate because it is the one thing that is read from a student's metadata, and it decides nothing: it is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import mcutils
from autograder.grading.intake import SetAside, decoded, files_of

SPELLED = re.compile(r"[0-9A-Za-z.+!_-]{1,40}")
"""What a version looks like; whatever else stands in its place is not repeated."""

MENTIONED = re.compile(r'"mcutils"\s*:\s*(?:"([^"\\]*)")?')
"""Where a notebook may name a version."""

UNREADABLE = "(a version that cannot be read)"


def other_version(folder: Path, notebooks: Iterable[str], ignore: Iterable[str] = ()) -> str:
    """Find the version that a submission was made with, if it is another than the one that grades.

    Args:
        folder: what a student handed in.
        notebooks: the names of the assignment's notebooks, without their ending.
        ignore: name patterns that are no part of a submission.

    Returns:
        The version; empty where it is this one, or the notebooks name none.
    """
    try:
        files = set(files_of(folder, tuple(ignore)))
    except SetAside:
        return ""
    found = [_version(path) for name in notebooks if (path := folder / f"{name}.ipynb") in files]
    return next((version for version in found if version and version != mcutils.__version__), "")


def _version(path: Path) -> str:
    try:
        text = decoded(path.read_bytes())
        if set(MENTIONED.findall(text)) <= {mcutils.__version__}:  # as nearly all, and to read a notebook takes longer
            return ""
        notebook = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return ""  # intake says what is wrong with it
    for key in ("metadata", "mcourse"):
        notebook = notebook.get(key) if isinstance(notebook, dict) else None
    if not isinstance(notebook, dict) or "mcutils" not in notebook:
        return ""
    version = notebook["mcutils"]
    return version if isinstance(version, str) and SPELLED.fullmatch(version) else UNREADABLE
