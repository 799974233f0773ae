"""Puts one feedback page together: a file that needs nothing but itself, and in which nothing runs.

No script, no font, no address; the page's own policy forbids all of them besides. The template escapes whatever is not
markup of ``text``, ``outputs`` or ``maths``.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.feedback.clean import Cleaner
from autograder.grading.feedback.font import face
from autograder.grading.feedback.hidden import Curtain, Delimiters, Shown, curtain, marking
from autograder.grading.feedback.outputs import Outputs
from autograder.grading.feedback.pictures import Pictures
from autograder.grading.feedback.standing import Mark, Standing
from autograder.grading.feedback.text import code, plain, prose
from autograder.grading.reports import exercise_of

TOO_MUCH = "This output cannot be shown."

MOST_SECONDS = 20.0
"""Processor time for one page; what is left then is shown as plain text. An ordinary page takes a hundredth of it."""

MOST_MARKUP = 64_000_000
"""Characters of markup of one page, pictures included; what goes past them is shown as plain text. A formula may take
fifty times as many as its source, and to put a page together takes ten times as much memory as it has characters."""


@dataclass(frozen=True)
class Cell:
    """One cell of the page.

    Args:
        anchor: what a link to it is called.
        kind: ``code``, ``prose`` or ``raw``.
        body: its text.
        role: what it is to a student, such as ``Test``; empty for a cell without marks or answers.
        name: its ``grade_id``, where it has a role.
        mark: its mark, where it has one.
        outputs: what is shown of its outputs.
        note: what is said in the place of others.
        comment: what a person, or the grader, said of it.
    """

    anchor: str
    kind: str
    body: Markup
    role: str = ""
    name: str = ""
    mark: Mark | None = None
    outputs: tuple[Markup, ...] = ()
    note: str = ""
    comment: Markup | None = None

    @property
    def markup(self) -> str:
        """All of it that may have formulas."""
        return "".join([self.body, *self.outputs, self.comment or ""])


@dataclass(frozen=True)
class Row:
    """One exercise in the page's summary.

    Args:
        exercise: its name.
        anchor: of its first cell with a mark.
        mark: the sum.
        comment: the anchor of the first comment; empty where there is none.
    """

    exercise: str
    anchor: str
    mark: Mark
    comment: str = ""


def page(notebook: Any, standing: Standing, folder: Path | None, delimiters: Delimiters | None) -> str:
    """Make the page of one notebook.

    Args:
        notebook: as it was graded.
        standing: its marks.
        folder: where it lies, for the pictures that its text shows.
        delimiters: what encloses hidden tests; ``None`` to show them.

    Returns:
        HTML, complete.
    """
    made = _Maker(standing, Pictures(folder), curtain(notebook.cells, delimiters) if delimiters else None)
    cells = list(made.cells(notebook.cells))
    style = Markup(face("".join(cell.markup for cell in cells)) + _style())
    text = _template().render(
        standing=standing, cells=cells, rows=_rows(cells), style=style, points=_points, plain=_markup(plain)
    )
    return text.encode("utf-8", "replace").decode()  # half a character can be written in JSON, and not in a file


class _Maker:
    """Makes the cells of one page."""

    def __init__(self, standing: Standing, pictures: Pictures, hiding: Curtain | None) -> None:
        self.standing, self.pictures, self.hiding = standing, pictures, hiding
        self.cleaner = Cleaner(pictures)
        self.outputs = Outputs(self.cleaner, Cleaner(report=True))
        self.until = time.process_time() + MOST_SECONDS
        self.room = MOST_MARKUP

    def cells(self, cells: Iterable[Any]) -> Iterator[Cell]:
        for at, cell in enumerate(cells):
            shown = self.hiding.draw(cell) if self.hiding else Shown(cell.source, cell.get("outputs", ()))
            own = marking(cell)
            name = own.get("grade_id", "")
            trusted = bool(own.get("grade") and not own.get("solution"))
            comment = self.standing.comments.get(name, "") if own.get("solution") or own.get("task") else ""
            yield Cell(
                anchor=f"cell-{at + 1}",
                kind={"code": "code", "markdown": "prose"}.get(cell.cell_type, "raw"),
                body=self._body(cell, shown),
                role=_role(own, shown),
                name=name,
                mark=self.standing.marks.get(name) if own.get("grade") or own.get("task") else None,
                outputs=tuple(self._outputs(shown.outputs, trusted)),
                note=shown.note,
                comment=self._careful(partial(prose, comment, self.cleaner), comment) if comment else None,
            )

    def _body(self, cell: Any, shown: Shown) -> Markup:
        if shown.source is None:
            return Markup()
        if cell.cell_type == "markdown":
            attachments = cell.get("attachments")
            self.pictures.attachments = attachments if isinstance(attachments, dict) else {}
            return self._careful(partial(prose, shown.source, self.cleaner), shown.source)
        return self._careful(partial(code, shown.source), shown.source)

    def _outputs(self, outputs: Sequence[Any], trusted: bool) -> Iterator[Markup]:
        reported = trusted and any(REPORT_TYPE in (output.get("data") or ()) for output in outputs)
        for output in outputs:
            if reported and _is_points(output):
                continue  # it stands above, beside what the cell is worth
            made = self._careful(partial(self.outputs.made, output, trusted))
            if made:
                yield made

    def _careful(self, make: Callable[[], str], instead: str = TOO_MUCH) -> Markup:
        """Make markup, or show plain text: a page with a plain cell is better than no page."""
        if time.process_time() < self.until and self.room > 0:
            with contextlib.suppress(Exception):  # whatever a library stumbles over in what a student thought up
                made = make()
                self.room -= len(made)
                if self.room >= 0:
                    return Markup(made)
        return Markup(f"<pre>{escape(instead)}</pre>")


def _role(own: Any, shown: Shown) -> str:
    """What a cell is to a student."""
    if own.get("solution"):
        return "Answer"
    if own.get("task"):
        return "Task"
    if own.get("grade"):
        return "Test" if shown.source is not None else "Hidden test"
    return ""


def _is_points(output: Any) -> bool:
    """Whether an output is only the number of points that a test ends with."""
    if output.get("output_type") != "execute_result" or set(output.get("data") or ()) != {"text/plain"}:
        return False
    try:
        float("".join(output["data"]["text/plain"]))
    except ValueError:
        return False
    return True


def _rows(cells: Iterable[Cell]) -> list[Row]:
    marks: dict[str, Mark] = {}
    anchors: dict[str, str] = {}
    comments: dict[str, str] = {}
    for cell in cells:
        exercise = exercise_of(cell.name)
        if cell.comment:
            comments.setdefault(exercise, cell.anchor)
        if cell.mark is not None or cell.comment:
            anchors.setdefault(exercise, cell.anchor)
            marks[exercise] = marks.get(exercise, Mark(0.0, 0.0)) + (cell.mark or Mark(0.0, 0.0))
    return [Row(name, anchors[name], mark, comments.get(name, "")) for name, mark in marks.items()]


def _points(value: float) -> str:
    """Write points as people do: 2, not 2.0.

    >>> _points(2.0), _points(1 / 3)
    ('2', '0.33')
    """
    return f"{round(value, 2):g}"


def _markup(make: Callable[[str], str]) -> Callable[[str], Markup]:
    return lambda text: Markup(make(text))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("autograder.grading.feedback", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")


@cache
def _style() -> str:
    return files("autograder.grading.feedback").joinpath("page.css").read_text(encoding="utf-8")
