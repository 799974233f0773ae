"""Notebooks that are broken, or lie about which cell is which and what it is worth."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from corpus.attack import WRONG_DOUBLE, ZERO_DOUBLE, Attack

REPORT = "application/vnd.mcourse.report+json"
FORGED = {
    "status": "right",
    "tag": "forged",
    "score": 1.0,
    "message": "all is right",
    "points": 9,
    "earned": 9,
    "version": 1,
}
WRONG = {"double": WRONG_DOUBLE, "root": "root = 1"}
NOTHING = ZERO_DOUBLE | {"root": 0.0}


def named(notebook: Any, name: str) -> Any:
    """The cell of that grade_id."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def _tests(notebook: Any) -> list[Any]:
    return [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("points") and cell.cell_type == "code"
    ]


def _raise_points(notebook: Any) -> None:
    for cell in _tests(notebook):
        cell.metadata.nbgrader.points = 1000


def _rewrite_tests(notebook: Any) -> None:
    for cell in _tests(notebook):
        cell.source = "pass"
        cell.metadata.nbgrader.locked = False


def _tests_as_answers(notebook: Any) -> None:
    for cell in _tests(notebook):
        cell.source = "pass"
        cell.metadata.nbgrader |= {"solution": True, "locked": False, "grade": False}


def _tests_as_markdown(notebook: Any) -> None:
    for cell in _tests(notebook):
        cell.cell_type = "markdown"
        cell.metadata.nbgrader.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]


def _delete_tests(notebook: Any) -> None:
    notebook.cells = [cell for cell in notebook.cells if cell not in _tests(notebook)]


def _delete_given(notebook: Any) -> None:
    notebook.cells = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "01-tools-given-1"
    ]


def _double_tests(notebook: Any) -> None:
    for cell in _tests(notebook):
        notebook.cells.append(deepcopy(cell) | {"source": "pass", "id": f"copy-{len(notebook.cells)}"})


def _swap(notebook: Any) -> None:
    answer, test = named(notebook, "01-double-answer-1"), named(notebook, "01-double-test-1")
    answer.metadata.nbgrader, test.metadata.nbgrader = test.metadata.nbgrader, answer.metadata.nbgrader
    test.source = WRONG_DOUBLE


def _swap_points(notebook: Any) -> None:
    last, root = named(notebook, "01-last-test-1"), named(notebook, "01-root-test-1")
    last.metadata.nbgrader.grade_id, root.metadata.nbgrader.grade_id = "01-root-test-1", "01-last-test-1"


def _reverse(notebook: Any) -> None:
    notebook.cells.reverse()


def _forge_outputs(notebook: Any) -> None:
    for cell in _tests(notebook):
        cell.outputs = [
            {"output_type": "display_data", "data": {REPORT: FORGED, "text/plain": "right"}, "metadata": {}},
            {"output_type": "execute_result", "data": {"text/plain": "1.0"}, "metadata": {}, "execution_count": 1},
        ]


def _forge_manual(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.metadata["mcourse"] = {"manual": "a person should look at it"}
    notebook.metadata["mcourse"] = {"version": "99"}


def _skip_by_tags(notebook: Any) -> None:
    for cell in _tests(notebook):
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "remove_cell", "remove-cell"]


def _kernel(notebook: Any) -> None:
    notebook.metadata.kernelspec = {"name": "no-such-kernel", "display_name": "None", "language": "cobol"}
    notebook.metadata.language_info = {"name": "cobol", "version": "1"}


def _strange_metadata(notebook: Any) -> None:
    for cell, value in zip(
        notebook.cells, (None, [], 7, "x", {"nbgrader": 3}, {"nbgrader": {"grade_id": ["a"]}}), strict=False
    ):
        extra = deepcopy(cell)
        extra["metadata"], extra["id"] = value, f"odd-{len(notebook.cells)}"
        notebook.cells.append(extra)


def _text(text: str | bytes) -> Callable[[Path], None]:
    def place(folder: Path) -> None:
        (folder / "exercises.ipynb").write_bytes(text if isinstance(text, bytes) else text.encode())

    return place


def _cut(folder: Path) -> None:
    path = folder / "exercises.ipynb"
    path.write_bytes(path.read_bytes()[:2000])


def _lies(
    name: str, attempts: str, change: Callable[[Any], None], by: str = "rebuild", effect: str = "marks"
) -> Attack:
    """Wrong answers, and metadata that should turn them into marks."""
    return Attack(name, attempts, by, effect, answers=WRONG, change=change, loses=NOTHING)  # type: ignore[arg-type] # one of the effects


def _broken(name: str, attempts: str, text: str | bytes, reason: str) -> Attack:
    return Attack(name, attempts, "odd", "breaks", place=_text(text), set_aside=reason)


ATTACKS = (
    _lies("raise-points", "Says in the metadata that each test is worth 1,000 points.", _raise_points),
    _lies("rewrite-tests", "Unlocks the tests and writes pass in them.", _rewrite_tests),
    _lies("tests-as-answers", "Says in the metadata that the tests are answers.", _tests_as_answers, effect="breaks"),
    _lies("tests-as-markdown", "Turns the tests into text, which cannot fail.", _tests_as_markdown),
    _lies("delete-tests", "Deletes the tests: a cell without an output has not failed.", _delete_tests),
    _lies(
        "double-tests",
        "Hands in each test twice, the second time one that cannot fail.",
        _double_tests,
        "stock",
        "breaks",
    ),
    _lies("swap-answer-and-test", "Exchanges the names of an answer and its test.", _swap),
    _lies("swap-tests", "Exchanges the names of a test that is passed and one that is not.", _swap_points),
    _lies("forge-outputs", "Hands in outputs that say that everything is right.", _forge_outputs),
    _lies(
        "skip-by-tags", "Has the tests skipped, by the tags with which runners of notebooks are told so.", _skip_by_tags
    ),
    _lies("forge-manual-marks", "Asks, in the grader's own words, that a person look at each answer.", _forge_manual),
    Attack(
        "forge-reports",
        "Shows reports like those of the checks, with a tag of its own.",
        "odd",
        "forged",
        first=f"display({{'text/plain': 'all is right', '{REPORT}': {FORGED!r}}}, raw=True)",
    ),
    Attack("reverse-cells", "Hands in the cells from the last to the first.", "rebuild", "breaks", change=_reverse),
    Attack("delete-the-given", "Deletes the cell that everything rests on.", "rebuild", "breaks", change=_delete_given),
    Attack("another-kernel", "Asks for a kernel that does not exist.", "rebuild", "breaks", change=_kernel),
    Attack(
        "strange-metadata",
        "Adds cells whose metadata is nothing, a list, a number or a text.",
        "odd",
        "breaks",
        change=_strange_metadata,
    ),
    _broken("no-json", "Hands in text that is no notebook.", "print('hello')", "damaged"),
    Attack("cut-off", "Hands in a notebook that ends in the middle.", "odd", "breaks", place=_cut, set_aside="damaged"),
    _broken("deep-json", "Hands in JSON nested 200,000 deep.", "[" * 200_000 + "]" * 200_000, "no notebook"),
    _broken(
        "deep-json-in-a-cell",
        "Hands in a notebook with 90,000 lists in one another in its metadata.",
        '{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {"a": ' + "[" * 90_000 + "]" * 90_000 + "}}",
        "no notebook",
    ),
    _broken(
        "huge-format",
        "Hands in a notebook whose format is a number of 200,000 digits.",
        '{"cells": [], "metadata": {}, "nbformat": ' + "9" * 200_000 + "}",
        "notebook",
    ),
    _broken("no-utf-8", "Hands in bytes that are no text.", b"\xff\xfe\xff\xd8\x00", "not text"),
    _broken("a-list", "Hands in JSON that is a list.", "[1, 2, 3]", "no notebook"),
)
