"""The instructor's table."""

from dataclasses import replace

from autograder.authoring.model import Unit
from autograder.authoring.table import units_table


def test_the_table_adds_up(tiny: Unit) -> None:
    """Hours, exercises, points and minutes of each unit, and of all."""
    table = units_table([tiny, replace(tiny, hours=2.0)]).splitlines()
    assert table[2] == "| 41_tiny | A tiny unit | 00_start | 0.5 | 3 | 8 | 10 |"
    assert table[4] == "|  | **all** |  | **2.5** | **6** | **16** | **20** |"


def test_the_table_maps_objectives_to_exercises(tiny: Unit) -> None:
    """Each objective stands with the exercises that serve it, or with a dash."""
    table = units_table([replace(tiny, after=(), objectives=(*tiny.objectives, "fly | swim"))]).splitlines()
    assert table[2].split(" | ")[2] == "–"
    assert table[-3:] == [
        "| 41_tiny | 1. write the gradient of half a square | 41-half-square |",
        "| 41_tiny | 2. read the shape of a product, and say what became of its axes | 41-product, 41-explain |",
        r"| 41_tiny | 3. fly \| swim | – |",
    ]
