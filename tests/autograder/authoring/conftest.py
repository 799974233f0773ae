"""A tiny unit of real text, and a way to spoil it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.build import Built, build
from autograder.authoring.model import Unit
from autograder.authoring.units import read_unit

UNITS = Path(__file__).parent / "units"
CONFIG = Path(__file__).parents[3] / "course" / "nbgrader_config.py"


@pytest.fixture
def tiny() -> Unit:
    """The tiny unit, as it stands."""
    return read_unit(UNITS / "41_tiny")


@pytest.fixture
def spoiled(tmp_path: Path) -> Callable[..., Path]:
    """A function that copies the tiny unit with one piece of its text replaced, and returns the folder."""

    def spoil(old: str, new: str, file: str = "exercises.md", unit: str = "41_tiny") -> Path:
        folder = tmp_path / "units" / unit
        if not folder.exists():
            shutil.copytree(UNITS / "41_tiny", folder)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, f"the tiny unit has no {old!r}"
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return spoil


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The tiny unit, built once by nbgrader; only to be looked at."""
    return build([UNITS / "41_tiny"], tmp_path_factory.mktemp("built") / "course", config=CONFIG)


@pytest.fixture
def course(built: Built, tmp_path: Path) -> Path:
    """A copy of the built course, to do with as a test likes."""
    return Path(shutil.copytree(built.course, tmp_path / "course"))
