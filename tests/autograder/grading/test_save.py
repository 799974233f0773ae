"""What a cell's outputs are worth, and where the reason stands when a person must decide."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.utils import compute_checksum, determine_grade

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.save import decide, mark_of


def graded(*outputs: Any, name: str = "a", points: float = 2.0, **metadata: Any) -> Any:
    own = {"grade_id": name, "grade": True, "solution": False, "locked": True, "points": points}
    return new_code_cell(metadata=nbformat.from_dict({"nbgrader": own, **metadata}), outputs=list(outputs))


def answer(source: str, name: str, *, released: str = "...", graded: bool = False, make: Any = new_code_cell) -> Any:
    own = {"grade_id": name, "grade": graded, "solution": True, "locked": False} | ({"points": 1} if graded else {})
    cell = make(released, metadata=nbformat.from_dict({"nbgrader": own}))
    own["checksum"] = compute_checksum(cell)
    return make(source, metadata=nbformat.from_dict({"nbgrader": own}))


def value(text: str) -> Any:
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


ERROR = new_output("error", ename="AssertionError", evalue="", traceback=[])
STDERR = new_output("stream", name="stderr", text="careful\n")
PRINTED = new_output("stream", name="stdout", text="1.0\n")


@pytest.mark.parametrize(
    ("outputs", "mark"),
    [
        ([], 2.0),
        ([PRINTED], 2.0),
        ([ERROR], 0.0),
        ([STDERR], 2.0),
        ([STDERR, value("1.5")], 1.5),
        ([value("0.5")], 0.5),
        ([value("0")], 0.0),
        ([value("2")], 2.0),
        ([value("np.float64(0.5)")], 0.5),
        ([value("np.int64(1)")], 1.0),
        ([PRINTED, ERROR], 0.0),
    ],
)
def test_marks(outputs: list[Any], mark: float) -> None:
    """An error is nothing, a number is itself, also NumPy's, no value is everything; text on stderr costs nothing."""
    assert mark_of(graded(*outputs)) == (mark, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nan", "The test ended with nan, and a mark is at least 0 and at most 2, so a person will mark it."),
        ("-1", "The test ended with -1, and a mark is at least 0 and at most 2, so a person will mark it."),
        ("3", "The test ended with 3, and a mark is at least 0 and at most 2, so a person will mark it."),
        ("inf", "The test ended with inf, and a mark is at least 0 and at most 2, so a person will mark it."),
        (
            "np.float64(nan)",
            "The test ended with nan, and a mark is at least 0 and at most 2, so a person will mark it.",
        ),
        ("<object at 0x7f>", "The test ended with a value that is no number, so a person will mark it."),
        ("'2'", "The test ended with a value that is no number, so a person will mark it."),
        ("True", "The test ended with a value that is no number, so a person will mark it."),
        ("array(1.0)", "The test ended with a value that is no number, so a person will mark it."),
    ],
)
def test_no_mark(text: str, sentence: str) -> None:
    """What is no mark is left to a person, where nbgrader gives everything for it, and the sentence says why."""
    cell = graded(value(text))
    assert mark_of(cell) == (None, sentence)
    if text != "3" and text != "inf":  # nbgrader stops the whole submission there
        assert determine_grade(cell)[0] == 2.0


@given(number=st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5), numpy=st.booleans())
def test_any_number(number: float, numpy: bool) -> None:
    """Whatever number a test ends with: in range it is the mark to the last digit, else nobody gets points for it."""
    mark, why = mark_of(graded(value(f"np.float64({number!r})" if numpy else repr(number))))
    assert (mark == number and not why) if 0 <= number <= 2 else (mark is None and why)


def test_the_executor_says_so() -> None:
    """Where the executor says that a person must decide, its sentence counts, whatever the outputs are."""
    cell = graded(value("2.0"), mcourse={"manual": "The answer could not be carried over."})
    assert mark_of(cell) == (None, "The answer could not be carried over.")


def bundle(status: str, earned: float) -> Any:
    return new_output("display_data", {REPORT_TYPE: {"status": status, "tag": None, "earned": earned}})


@pytest.mark.parametrize(
    ("outputs", "reporting", "decided"),
    [
        ([bundle("right", 2), value("2.0")], True, True),
        ([bundle("right", 2), value("1.0")], True, False),
        ([bundle("fault", 0), value("0.0")], False, False),
        ([value("2.0")], True, False),
        ([value("2.0")], False, True),
        ([STDERR], True, False),
        ([ERROR], True, True),
    ],
)
def test_reports(outputs: list[Any], reporting: bool, decided: bool) -> None:
    """A mark that the check's report does not bear out is left to a person, and so is one of a check that failed."""
    mark, why = mark_of(graded(*outputs), reporting=reporting)
    assert (mark is not None, why == "") == (decided, decided)


def test_comments() -> None:
    """An answer as released is told so; one by hand that was written waits without a reason."""
    cells = [
        answer("...", "left"),
        answer("x = 1", "x"),
        answer("Because.", "why", graded=True, make=new_markdown_cell),
    ]
    decided = decide(cells)
    assert decided.comments == {"left": "No response.", "x": None, "why": None}
    assert decided.marks == {"why": None}
    assert decide([answer("...", "why", graded=True, make=new_markdown_cell)]).marks == {"why": 0.0}


def test_where_the_reason_stands() -> None:
    """The reason stands in the cell and beside the answers it is about: of the exercise, or else the answer above."""
    odd = "The test ended with nan, and a mark is at least 0 and at most 2, so a person will mark it."
    cells = [
        answer("x = 1", "01-a-answer-1"),
        answer("y = 1", "01-a-answer-2"),
        answer("z = 1", "plain"),
        graded(value("nan"), name="01-a-test-1"),
        graded(value("nan"), name="01-a-test-2"),
        graded(value("nan"), name="another"),
    ]
    decided = decide(cells)
    assert decided.comments == {"01-a-answer-1": odd, "01-a-answer-2": odd, "plain": odd}
    assert [cell.metadata.get("mcourse") for cell in cells] == [None] * 3 + [{"manual": odd}] * 3


def test_nothing_was_answered() -> None:
    """Where nothing was answered, that is what stands beside it."""
    decided = decide([answer("...", "left"), graded(value("nan"), name="t")])
    assert decided.comments == {"left": "No response."}
    assert decided.marks == {"t": None}
