"""Arrows point one way: a learner who imports the checks loads no grader and no Jupyter server."""

import subprocess
import sys

import pytest

HEAVY = ("sympy", "matplotlib", "nbgrader", "dask", "jupyter_server", "nbconvert", "jupytext", "rich", "click")
LATER_LAYERS = ("autograder.authoring", "autograder.grading", "autograder.cli")


def loaded_by(statement):
    """Return which of the modules above a statement loads, in a fresh interpreter."""
    names = HEAVY + LATER_LAYERS
    program = f"import sys\n{statement}\nprint(*[name for name in {names!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return result.stdout.split()


def test_the_checks_load_nothing_heavy():
    """``from autograder import check`` loads NumPy and ourselves."""
    assert loaded_by("from autograder import check") == []


def test_variants_load_nothing_heavy():
    """``variant`` and ``student`` load less than the checks do, and ``import autograder`` loads neither."""
    assert loaded_by("from autograder import variant, student") == []
    program = "import sys, autograder; print(*[name for name in sys.modules if name.startswith('autograder.')])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.parametrize("name", ["sympy", "matplotlib", "nbgrader", "click"])
def test_the_test_above_can_fail(name):
    """The same look does see a heavy import where there is one."""
    assert name in loaded_by(f"from autograder import check\nimport {name}")
