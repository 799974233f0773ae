"""Fixtures: the tiny course, fresh for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from dask_processes import Own
from tiny_course import Grade, isolation, make_course

from autograder.grading import grade as grade_anew
from autograder.grading.sealed import Sealed


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course directory that the others are copied from."""
    return make_course(tmp_path_factory.mktemp("template") / "course")


@pytest.fixture
def course(template: Path, tmp_path: Path) -> Path:
    """A fresh course directory in which nobody has handed anything in."""
    return Path(shutil.copytree(template, tmp_path / "course"))


@pytest.fixture(scope="session")
def warm() -> Iterator[Sealed]:
    """A sealed executor that many runs share, for to start one takes seconds."""
    with Sealed(isolation()) as executor:
        yield executor


@pytest.fixture(scope="session")
def grade(warm: Sealed) -> Grade:
    """Grade for real, by the executor that is warm."""
    return partial(grade_anew, executor=warm)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    """A scheduler of the test's own, which it may kill."""
    running = Own(tmp_path / "scheduler.json")
    running.start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(running.file))
    try:
        yield running
    finally:
        running.stop()
