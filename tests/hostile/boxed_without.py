"""Runs in the box: our grader with the one defence taken out that attacks say they work without."""

from __future__ import annotations

import sys
from pathlib import Path

from corpus import ATTACKS
from inside import serve
from limits_here import SMALL
from taken_out import taken_out

from autograder.grading import grade, write_feedback


def without(names: list[str], course: Path, with_pages: bool) -> str:
    """Grade the work of students who need the same defence to be missing, with what is left."""
    with taken_out(ATTACKS[names[0]].by) as executor:
        grading = grade(course, "ps1", students=names, limits=SMALL, executor=executor)
    if with_pages and grading.marks:
        write_feedback(course, grading)
    return " ".join([*grading.set_aside.values(), *grading.failed.values()])


if __name__ == "__main__":
    serve(sys.argv[1:], without)
