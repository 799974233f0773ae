"""Every lesson runs from top to bottom, in a real kernel, with warnings as errors."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

UNITS = sorted((Path(__file__).parents[2] / "course" / "units").iterdir())
STRICT = "import warnings\nwarnings.simplefilter('error')"


def run(notebook):
    """Execute a notebook with warnings as errors; raises where a cell does."""
    strict = nbformat.v4.new_notebook(metadata=notebook.metadata)
    strict.cells = [nbformat.v4.new_code_cell(STRICT), *notebook.cells]
    return NotebookClient(strict, timeout=120, kernel_name="python3").execute()


@pytest.fixture(scope="module", params=UNITS, ids=lambda unit: unit.name)
def executed(request):
    """A lesson after a learner has run all its cells; there is none where a cell met an error or warned."""
    return run(jupytext.read(request.param / "lesson.md"))


@pytest.mark.slow
def test_a_lesson_runs_without_a_warning(executed):
    """A learner who runs all cells meets no error and no warning."""
    counts = [cell.execution_count for cell in executed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.slow
def test_a_warning_would_be_seen():
    """The test above can fail: a cell that warns stops the run."""
    warning = nbformat.v4.new_code_cell("import numpy as np\nnp.log(np.array(-1.0))")
    with pytest.raises(Exception, match="RuntimeWarning"):
        run(nbformat.v4.new_notebook(cells=[warning]))


@pytest.mark.slow
def test_every_figure_of_a_lesson_has_alt_text(executed):
    """A figure says in words what it shows; no picture comes without."""
    pages = [
        output.data
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.output_type in ("display_data", "execute_result")
    ]
    pictures = [data for data in pages if "<img" in data.get("text/html", "") or "image/png" in data]
    assert pictures, "a lesson has at least one figure"
    for data in pictures:
        html = data.get("text/html", "")
        assert html.count("<img") == html.count("alt=") > 0
        assert 'alt=""' not in html
