"""How nbgrader turns a cell's last value into a mark, and that our checks never end with a value it misreads."""

from __future__ import annotations

import logging
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.checks.report import STATUSES, Report, earned

POINTS = 4.0
GRADED = {"nbgrader": {"grade": True, "solution": False, "grade_id": "a", "points": POINTS}}

STOCK: dict[str, float | type[Exception]] = {
    "None": POINTS,
    "float('nan')": POINTS,
    "-1": POINTS,
    "5": ValueError,
    "np.float64(0)": POINTS,
    "object()": POINTS,
    "'0'": POINTS,
    "0.0": 0.0,
    "1.5": 1.5,
    "import sys; print('careful', file=sys.stderr); 4.0": 0.0,
    "1 / 0": 0.0,
}
"""What stock nbgrader makes of a cell of four points that ends like this."""

ANSWERS = {
    "None": 0.0,
    "float('nan')": 0.0,
    "-1": 0.0,
    "5": 0.0,
    "np.float64(0)": 0.0,
    "object()": 0.0,
    "'0'": 0.0,
    "...": 0.0,
    "np.float64(2.0)": POINTS,
    "2": POINTS,
}
"""What our check makes of an answer like this where 2.0 is right."""

FUNCTIONS = {
    "import warnings; warnings.warn('careful'); return 2 * x": POINTS,
    "import sys; print('careful', file=sys.stderr); return 2 * x": POINTS,
    "return 1 / 0": 0.0,
    "raise SystemExit": 0.0,
    "return x": 0.0,
}
"""What our check makes of the body of a function where 2 * x is right."""


def asked(answer: str) -> str:
    """A test cell for an answer that is a value."""
    return f"check.equal({answer}, to=lambda: 2.0, points=4)"


def called(body: str) -> str:
    """A test cell for an answer that is a function."""
    return f"def f(x): {body}\ncheck.equal(f, to=lambda x: 2 * x, sizes={{'x': 'n'}}, points=4)"


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """Every cell above, run in one real kernel, by its source."""
    sources = [*STOCK, *map(asked, ANSWERS), *map(called, FUNCTIONS)]
    setup = new_code_cell("import numpy as np\nfrom autograder import check")
    notebook = new_notebook(cells=[setup, *(new_code_cell(source, metadata=GRADED) for source in sources)])
    NotebookClient(notebook, allow_errors=True, kernel_name="python3", shutdown_kernel="immediate").execute()
    return {cell.source: cell for cell in notebook.cells}


def mark(cell: Any) -> float:
    """The mark that real nbgrader gives a cell."""
    from nbgrader.utils import determine_grade

    score, _ = determine_grade(cell, logging.getLogger("silent"))
    return float(score)


@pytest.mark.slow
@pytest.mark.parametrize("last", STOCK)
def test_stock_nbgrader_fails_open(run: dict[str, Any], last: str) -> None:
    """A last value that is no number in range counts as full marks, and a word on stderr as none."""
    expected = STOCK[last]
    if isinstance(expected, float):
        assert mark(run[last]) == expected
    else:
        with pytest.raises(expected, match="cannot be greater"):
            mark(run[last])


@pytest.mark.slow
@pytest.mark.parametrize("answer", ANSWERS)
def test_our_checks_fail_closed(run: dict[str, Any], answer: str) -> None:
    """Whatever the answer is, the mark is what it has earned."""
    assert mark(run[asked(answer)]) == ANSWERS[answer]


@pytest.mark.slow
@pytest.mark.parametrize("body", FUNCTIONS)
def test_what_an_answer_does_meanwhile(run: dict[str, Any], body: str) -> None:
    """An answer that warns or writes to stderr keeps its mark; one that raises or leaves gets none."""
    assert mark(run[called(body)]) == FUNCTIONS[body]
    assert not any(output.output_type == "error" for output in run[called(body)].outputs)


@given(
    status=st.sampled_from(STATUSES),
    score=st.floats(0, 1),
    points=st.floats(0, 1000) | st.integers(0, 1000),
)
def test_any_report(status: str, score: float, points: float) -> None:
    """The printed form of what a report has earned is read back by nbgrader as exactly that, never above the points."""
    share = {"right": 1.0, "partly": score}.get(status, 0.0)
    if status == "partly" and not 0 < score < 1:
        return
    number = earned(Report(status, "message", share), points)
    output = new_output("execute_result", {"text/plain": repr(number)}, execution_count=1)
    meta = nbformat.from_dict({"nbgrader": {"grade": True, "solution": False, "grade_id": "a", "points": points}})
    assert type(number) is float
    assert mark(new_code_cell(metadata=meta, outputs=[output])) == number
    assert 0 <= number <= points
