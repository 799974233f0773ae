"""Libraries that a course imports are loaded before its processes are anybody's, and are what it would import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

from autograder.grading.sealed.supervisor.libraries import PRACTICE, libraries

Run = Callable[..., dict[str, Any]]
LOOK = "import sys\nearly = 'html5lib' in sys.modules"  # a library that nothing else here uses
CELLS = {
    "answer-look": "early = ...",
    "given-tools": "import html5lib",
    "test-look": "assert early is True and html5lib.__version__",
}


def test_loaded_before(run: Run) -> None:
    """A student's process has loaded what the given cells import, before its first cell."""
    cells = run(CELLS, {"answer-look": LOOK})
    assert mark(cells["test-look"]) == 2.0, printed(cells["test-look"])


def test_not_told_what_tests_import(run: Run) -> None:
    """What only a test imports, only the tests' process has loaded before."""
    test = "import sys\nassert 'html5lib' in sys.modules and early is False\nimport html5lib"
    cells = run({"answer-look": "early = ...", "test-look": test}, {"answer-look": LOOK})
    assert mark(cells["test-look"]) == 2.0, printed(cells["test-look"])


def test_a_module_beside_the_notebook(run: Run) -> None:
    """A module of the course's own that has the name of a library is what is imported."""
    test = CELLS | {"test-look": "assert early is False and html5lib.__version__ == 'ours'"}
    cells = run(test, {"answer-look": LOOK}, own_files={"html5lib.py": b"__version__ = 'ours'"})
    assert mark(cells["test-look"]) == 2.0, printed(cells["test-look"])


def test_a_library_that_is_not_there(run: Run) -> None:
    """Who imports it is told so, as ever."""
    cells = run({"given-tools": "import no_such_library", "answer-x": "x = 1", "test-x": "assert x == 1"}, {})
    assert mark(cells["test-x"]) == 2.0
    assert "No module named 'no_such_library'" in printed(cells["given-tools"])


@pytest.mark.parametrize(
    ("cells", "own", "statements"),
    [
        (["import numpy as np, math"], [], []),  # the one is warm, and the other Python's own
        (["from . import a", "from .b import c", "%load x", "x ="], [], []),
        (["import a.b as c, d"], ["d/e.py"], ["import a.b"]),
        (
            ["from a import b, c as d", "def f():\n    import e", "import a"],
            [],
            ["from a import b, c as d", "import a"],
        ),
        (["import sympy as sp", "from sympy import *"], [], ["import sympy", "from sympy import *", PRACTICE["sympy"]]),
    ],
)
def test_what_is_loaded(cells: list[str], own: list[str], statements: list[str]) -> None:
    """Imports of installed libraries, and nothing else that a cell does."""
    assert list(libraries(cells, own)) == statements


def test_practice_runs() -> None:
    """What loads the parts of a library does so."""
    for source in PRACTICE.values():
        exec(source, {})
