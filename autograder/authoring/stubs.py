"""The stub rule as a part of nbgrader, so that its own commands and Formgrader release what ``mcourse build`` does.

Named in ``nbgrader_config.py``. nbgrader replaces every solution by one fixed text; a blank here keeps the names and
the return that the rest of the cell needs.
"""

from __future__ import annotations

from typing import Any

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearSolutions
from traitlets import default

from autograder.authoring.blanks import BEGIN, blank


class StubSolutions(ClearSolutions):  # type: ignore[misc] # nbgrader ships no types
    """Replace each solution region of a code cell by what :func:`~autograder.authoring.blanks.blank` leaves of it."""

    @default("code_stub")
    def _code_stub(self) -> dict[str, str]:
        return {"python": "..."}

    @default("text_stub")
    def _text_stub(self) -> str:
        return "*Write your answer here.*"

    def _replace_solution_region(self, cell: Any, language: str) -> bool:
        if cell.cell_type != "code" or BEGIN not in cell.source:
            return bool(super()._replace_solution_region(cell, language))
        cell.source = blank(cell.source)
        return True


def preprocessors() -> list[type]:
    """Return nbgrader's own steps to a student version, in its order, with ours in the place of its ClearSolutions."""
    stock = GenerateAssignment.class_traits()["preprocessors"].default()
    return [StubSolutions if step is ClearSolutions else step for step in stock]
