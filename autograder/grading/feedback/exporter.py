"""Offers the same page to ``nbgrader generate_feedback`` and to Formgrader's button.

One line of the course's ``nbgrader_config.py`` does it:

    c.GenerateFeedback.exporter_class = "autograder.grading.feedback.exporter.FeedbackExporter"
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.api import Gradebook
from traitlets import Bool

from autograder.grading.feedback.hidden import delimiters_of
from autograder.grading.feedback.page import page
from autograder.grading.feedback.standing import Standing, standings


class FeedbackExporter(HTMLExporter):
    """Makes our feedback page where nbgrader would fill its template."""

    show_hidden = Bool(False, help="Show hidden tests and what they put out.").tag(config=True)

    def from_notebook_node(  # type: ignore[override]  # as HTMLExporter's own; its parent promises another type
        self, nb: Any, resources: dict[str, Any] | None = None, **_: Any
    ) -> tuple[str, ResourcesDict]:
        """Make the page of a graded notebook.

        Args:
            nb: the notebook.
            resources: nbgrader's own, which say whose it is and where the gradebook is.

        Returns:
            The page, and resources for the writer.
        """
        made = self._init_resources(resources)  # type: ignore[no-untyped-call]  # nbconvert's
        about = made["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            known = standings(gradebook, about["assignment"], about["student"]).get(about["student"], {})
        standing = known.get(about["notebook"], Standing(about["student"], about["assignment"], about["notebook"]))
        folder = made.get("metadata", {}).get("path")
        delimiters = None if self.show_hidden else delimiters_of(self.config)
        return page(nb, standing, Path(folder) if folder else None, delimiters), made
