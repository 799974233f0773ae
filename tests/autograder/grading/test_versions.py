"""With which version of mcutils a submission was made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mcutils
from autograder.grading.versions import UNREADABLE, other_version

SAID = {
    "another": ({"mcourse": {"mcutils": "0.0.1"}}, "0.0.1"),
    "this one": ({"mcourse": {"mcutils": mcutils.__version__}}, ""),
    "not ours": ({"kernelspec": {}}, ""),
    "no version": ({"mcourse": {"unit": "02"}}, ""),
    "no text": ({"mcourse": {"mcutils": ["0.1"]}}, UNREADABLE),
    "markup": ({"mcourse": {"mcutils": "<b>0.1</b>"}}, UNREADABLE),
    "endless": ({"mcourse": {"mcutils": "1" * 10_000}}, UNREADABLE),
    "no metadata": ([], ""),
    "ours is text": ({"mcourse": "0.1"}, ""),
}


@pytest.mark.parametrize(("metadata", "version"), SAID.values(), ids=SAID)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_version(metadata: object, version: str, encoding: str, tmp_path: Path) -> None:
    """Another version is named, this one is not, and what is no version is not repeated."""
    text = json.dumps({"cells": [], "metadata": metadata})
    (tmp_path / "exercises.ipynb").write_text(text, encoding=encoding)
    assert other_version(tmp_path, ["exercises", "more"]) == version


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\udcff"])
def test_damaged(text: str, tmp_path: Path) -> None:
    """A damaged notebook names no version, and stops nothing."""
    (tmp_path / "exercises.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert other_version(tmp_path, ["exercises"]) == ""


def test_only_files_of_the_submission(tmp_path: Path) -> None:
    """A link is not followed."""
    other = tmp_path / "other.ipynb"
    other.write_text(json.dumps({"metadata": {"mcourse": {"mcutils": "0.0.1"}}}))
    folder = tmp_path / "ps1"
    folder.mkdir()
    (folder / "exercises.ipynb").symlink_to(other)
    assert other_version(folder, ["exercises"]) == ""


@pytest.mark.parametrize("said", ['x = {"mcutils": "9"}', '"mcutils": []', '"mcutils"'])
def test_cells_name_no_version(said: str, tmp_path: Path) -> None:
    """What a cell says is not asked."""
    metadata = {"mcourse": {"mcutils": mcutils.__version__}}
    text = json.dumps({"cells": [{"source": said, "mcutils": said}], "metadata": metadata})
    (tmp_path / "exercises.ipynb").write_text(text)
    assert other_version(tmp_path, ["exercises"]) == ""
