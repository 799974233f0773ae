"""A new unit works as it is written."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

from autograder.authoring.contract import verify_exercise
from autograder.authoring.model import AuthoringError
from autograder.authoring.scaffold import new_unit
from autograder.authoring.units import read_unit


def test_a_new_unit_keeps_the_contract(tmp_path: Path) -> None:
    """The template's exercises pass everything that is asked of an author's own."""
    unit = read_unit(new_unit("14_my_topic", tmp_path))
    assert (unit.title, [exercise.id for exercise in unit.exercises]) == ("My topic", ["14-half-square", "14-own-bowl"])
    for exercise in unit.exercises:
        assert verify_exercise(unit.name, unit.common, exercise, seeds=20).problems == ()


def test_a_new_unit_is_as_jupytext_writes_it(tmp_path: Path) -> None:
    """Opening the template in JupyterLab and saving it changes nothing."""
    for path in new_unit("14_my_topic", tmp_path).iterdir():
        text = path.read_text(encoding="utf-8")
        assert jupytext.writes(jupytext.reads(text, fmt="md:myst"), fmt="md:myst") == text


def test_two_new_units_have_different_exercises(tmp_path: Path) -> None:
    """Exercise names begin with the unit's place, so that two templates do not collide."""
    first, second = (read_unit(new_unit(name, tmp_path)) for name in ("14_one", "15_two"))
    assert first.exercises[0].id != second.exercises[0].id


@pytest.mark.parametrize("name", ["topic", "1_topic", "14-topic", "14_My_Topic", "../14_topic", "14_"])
def test_a_unit_needs_a_units_name(tmp_path: Path, name: str) -> None:
    """A name that no course could sort is refused before anything is written."""
    with pytest.raises(AuthoringError, match="a name such as 14_my_topic"):
        new_unit(name, tmp_path / "units")
    assert not (tmp_path / "units").exists()


def test_a_unit_is_never_overwritten(tmp_path: Path) -> None:
    """A folder that is there is left alone."""
    folder = new_unit("14_my_topic", tmp_path)
    (folder / "lesson.md").write_text("my text")
    with pytest.raises(AuthoringError, match="there already"):
        new_unit("14_my_topic", tmp_path)
    assert (folder / "lesson.md").read_text() == "my text"
