"""Makes the page on which Formgrader's users mark by hand dead where it shows a student's work.

Formgrader shows a submission inside the instructor's own session, with scripts of its own, so no policy can forbid all
of them there. What nbconvert makes of outputs and of Markdown is replaced instead, by two settings in the course's
``nbgrader_config.py``:

    c.HTMLExporter.preprocessors = ["autograder.grading.feedback.formgrader.DeadOutputs"]
    c.HTMLExporter.filters = {"markdown2html": "autograder.grading.feedback.formgrader.markdown2html"}
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.preprocessors import Preprocessor

from autograder.grading.feedback.clean import IGNORED, Cleaner
from autograder.grading.feedback.font import face
from autograder.grading.feedback.hidden import marking
from autograder.grading.feedback.outputs import Outputs
from autograder.grading.feedback.pictures import Pictures
from autograder.grading.feedback.text import prose

SET = f'<div class="{IGNORED} mathjax_ignore">{{}}</div>'
"""Its formulas are set; what still looks like one is not to be obeyed by MathJax, which that page has."""


FONT = "mcourse_font"
"""How we remember, in nbconvert's resources, that a page has the font of the formulas: the first Markdown brings it."""


class DeadOutputs(Preprocessor):
    """Replaces what outputs show by what our feedback page shows of them; raw cells become blocks of text."""

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Replace the outputs of one cell.

        Args:
            cell: of a notebook.
            resources: nbconvert's.
            index: the cell's place.
        """
        if cell.cell_type == "raw":
            fence = "`" * (1 + max(map(len, re.findall("`+", cell.source)), default=2))
            cell.cell_type, cell.source = "markdown", f"{fence}\n{cell.source}\n{fence}"
        elif cell.cell_type == "code":
            own = marking(cell)
            outputs = Outputs(Cleaner(), Cleaner(report=True, styled=True))
            for output in cell.outputs:
                if output.output_type in ("display_data", "execute_result"):
                    made = outputs.made(output, bool(own.get("grade") and not own.get("solution")))
                    output.data, output.metadata = {"text/html": SET.format(made)}, {}
        return cell, resources


@pass_context
def markdown2html(context: Any, source: str) -> str:
    """Render Markdown as our feedback page does.

    Args:
        context: of the template, which knows the cell and where its notebook lies.
        source: Markdown.
    """
    about = context.get("resources", {})
    font = "" if about.get(FONT) else f"<style>{face('<math')} math {{ font-family: Formulas, math; }}</style>"
    about[FONT] = True
    folder = about.get("metadata", {}).get("path")
    pictures = Pictures(Path(folder) if folder else None)
    attachments = (context.get("cell") or {}).get("attachments")
    pictures.attachments = attachments if isinstance(attachments, dict) else {}
    return font + SET.format(prose(source, Cleaner(pictures)))
