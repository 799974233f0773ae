"""Fixtures: the tiny course, fresh for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_course import make_course


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course directory that the others are copied from."""
    return make_course(tmp_path_factory.mktemp("template") / "course")


@pytest.fixture
def course(template: Path, tmp_path: Path) -> Path:
    """A fresh course directory in which nobody has handed anything in."""
    return Path(shutil.copytree(template, tmp_path / "course"))
