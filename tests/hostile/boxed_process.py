"""Runs in the box: our grader as it is where there are no namespaces, with processes alone."""

from __future__ import annotations

import sys
from pathlib import Path

from inside import serve
from limits_here import SMALL

from autograder.grading import grade
from autograder.grading.sealed import Sealed


def apart(names: list[str], course: Path, with_pages: bool) -> str:
    """Grade the work of several students, one after the other."""
    with Sealed("process") as executor:
        grading = grade(course, "ps1", students=names, limits=SMALL, executor=executor)
    return " ".join([*grading.set_aside.values(), *grading.failed.values()])


if __name__ == "__main__":
    serve(sys.argv[1:], apart)
