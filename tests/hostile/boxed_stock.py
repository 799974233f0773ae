"""Runs in the box: stock nbgrader, its own ``Autograde`` and ``GenerateFeedback`` with nothing of ours around them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from inside import serve
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

CELL_SECONDS = 3


def stock(names: list[str], course: Path, with_pages: bool) -> str:
    """Grade one student's work as ``nbgrader autograde`` does."""
    os.environ.pop("PYTHONPATH", None)  # kernels find packages where they are installed
    config = Config()
    config.Execute.timeout = CELL_SECONDS
    directory = CourseDirectory(root=str(course), course_id="attacked", assignment_id="ps1", student_id=names[0])
    Autograde(coursedir=directory, config=config).start()
    if with_pages:
        GenerateFeedback(coursedir=directory, config=config).start()
    return ""


if __name__ == "__main__":
    serve(sys.argv[1:], stock)
