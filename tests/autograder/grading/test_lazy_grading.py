"""What runs submissions loads no grader: parts of the package are imported without the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

import autograder.grading

SEEN = "print(*sorted({'nbgrader', 'sqlalchemy', 'dask', 'distributed', 'matplotlib'} & set(sys.modules)))"


def loaded_by(statement: str) -> list[str]:
    """Which heavy packages a statement loads in a fresh interpreter."""
    program = f"import sys\n{statement}\n{SEEN}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_tasks_load_no_grader() -> None:
    """A process that takes tasks and runs them does not carry nbgrader, nor a cluster."""
    assert loaded_by("from autograder.grading import flow, rebuild, work") == []
    assert "nbgrader" in loaded_by("from autograder.grading import grade")  # so the look above can see it


@pytest.mark.slow
@pytest.mark.parametrize("name", autograder.grading.__all__)
def test_what_a_person_calls_is_there(name: str) -> None:
    """Each promised name is there, and none of them is a module."""
    assert callable(getattr(autograder.grading, name))


def test_a_wrong_name() -> None:
    """A name that is not there is an AttributeError, as for any module."""
    with pytest.raises(AttributeError, match="has no attribute 'grades'"):
        _ = autograder.grading.grades
