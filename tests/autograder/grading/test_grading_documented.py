"""What the page on grading promises is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from nbgrader.converters import Autograde
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograder.cli import grade as command
from autograder.grading.backup import KEPT
from autograder.grading.gradebook import PATIENCE
from autograder.grading.hand_back import place
from autograder.grading.settings import chosen

PAGE = (Path(__file__).parents[3] / "docs" / "grading.md").read_text(encoding="utf-8")


def test_options() -> None:
    """Every option on the page is one of the command's."""
    known = {name for option in command.get_params(command.make_context("grade", ["ps1"])) for name in option.opts}
    named = set(re.findall(r"`(--[a-z-]+)|\s(--[a-z-]+)", PAGE))
    assert len(named) > 5
    assert {a or b for a, b in named} <= known


def test_numbers() -> None:
    """How many copies are kept, and how long a lock is waited for, are as the page says."""
    assert (KEPT, PATIENCE) == (5, 5.0)
    assert "keeps the last five copies" in PAGE
    assert "longer than five seconds" in " ".join(PAGE.split())


def test_where_feedback_is_packed() -> None:
    """The files for the platforms are where the page says."""
    for system in ("canvas", "moodle"):
        assert f"`{place(Path(), system, '02_gradients').as_posix()}`" in PAGE


def test_configuration() -> None:
    """The settings on the page can be made: the limits are limits, and the steps are classes that can be imported."""
    config = Config()
    block = next(line for line in PAGE.splitlines() if "c.MCourse.limits" in line)
    exec(block.strip(), {"c": config})
    assert chosen(config, {}).memory == 2_000_000_000
    steps = re.findall(r'^        "([\w.]+)",$', PAGE, re.MULTILINE)
    ours = {"RunSealed": "Execute", "SaveMarks": "SaveAutoGrades"}
    named = [import_item(step).__name__ for step in steps]
    assert [ours.get(name, name) for name in named] == [kind.__name__ for kind in Autograde().autograde_preprocessors]
    for name in ("create_student", "exclude_overwriting", "permissions", "sanitize_preprocessors"):
        assert Autograde.class_traits(config=True)[name]
        assert f"`{name}`" in PAGE
