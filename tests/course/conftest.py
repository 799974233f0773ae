"""The questions of a unit, as its exercises state them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring import play, variation
from autograder.authoring.units import read_units

UNITS = Path(__file__).parents[2] / "course" / "units"


@pytest.fixture(scope="session")
def given() -> Callable[..., Mapping[str, Any]]:
    """Return what the given cells of a unit bind, for one student."""

    @cache
    def bound(unit: str, student: str = "ada") -> Mapping[str, Any]:
        (read,) = read_units([UNITS / unit])
        namespace = play.namespace()
        with variation.drawing_for(student):
            for cell in (cell for cell in read.cells if cell.kind == "code" and cell.role in (None, "given")):
                outcome = play.run(cell, namespace, 0)
                assert outcome.stumble is None, outcome.stumble
        return namespace

    return bound
