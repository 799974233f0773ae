"""The README says what is so."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import click

from autograder.authoring.table import units_table
from autograder.authoring.units import find_units, read_units
from autograder.cli import main
from autograder.cli.readme import with_table

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_example_runs() -> None:
    """The ten lines give the output that stands below them."""
    result = doctest.testfile(str(REPOSITORY / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 10
    assert result.failed == 0


def test_table_is_current() -> None:
    """The instructor's table is the one that the units give; where it is not, run: make readme."""
    assert with_table(README, "") != README
    assert with_table(README, units_table(read_units(find_units(REPOSITORY / "course" / "units")))) == README


def test_commands_exist() -> None:
    """Every mcourse command in the README is one that mcourse accepts."""
    lines = re.findall(r"^(?:\S*/)?mcourse (.+?)(?: +#.*)?$", README, re.MULTILINE)
    assert len(lines) >= 5
    for line in lines:
        accept(main, shlex.split(line))


def accept(group: click.Group, words: list[str]) -> None:
    command = group.commands[words[0]]
    if isinstance(command, click.Group):
        accept(command, words[1:])
    else:
        command.make_context(words[0], words[1:])


def test_make_targets_exist() -> None:
    """Every make target in the README is in the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))
    assert named >= {"demo", "lab", "test", "lock"}
    assert named <= targets


def test_paths_exist() -> None:
    """Every folder and file that the README names as part of the repository is there."""
    named = re.findall(r"^\| `([a-z_/]+)/` \|", README, re.MULTILINE) + re.findall(r"\]\(([A-Z]+\.md)\)", README)
    assert len(named) == 11
    assert [name for name in named if not (REPOSITORY / name).exists()] == []
