"""A feedback page shows hidden tests only when it is asked to."""

from __future__ import annotations

import base64
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from live_markup import graded_cell, nbgraders, notebook, ours, standing, text_of
from nbformat.v4 import new_code_cell, new_output
from tiny_course import hand_in

from autograder.checks.look import as_html
from autograder.checks.publish import REPORT_TYPE
from autograder.checks.report import Report
from autograder.grading import grade, write_feedback
from autograder.grading.feedback.hidden import Delimiters, curtain
from autograder.grading.feedback.standing import Mark

PLANTED = ("walrus", "4711", "Overlooked")
"""What stands in hidden tests only."""

REGION = """assert add(1, 2) == 3
### BEGIN HIDDEN TESTS
walrus = 4711
assert add(walrus, 1) == 4712, "Overlooked " + str(walrus)
### END HIDDEN TESTS
assert add(0, 0) == 0"""

IPYTHON = """\x1b[0;31m-----------------------------------------------------------------------\x1b[0m
\x1b[0;31mAssertionError\x1b[0m                            Traceback (most recent call last)
Cell \x1b[0;32mIn[4], line {line}\x1b[0m
{context}

\x1b[0;31mAssertionError\x1b[0m: {told}"""

FIRST = """----> 1 \x1b[0;32massert\x1b[0m add(1, 2) == 3
      2 \x1b[0;31m### BEGIN HIDDEN TESTS\x1b[0m
      3 walrus = 4711
      4 assert add(walrus, 1) == 4712, "Overlooked " + str(walrus)"""
FOURTH = """      2 ### BEGIN HIDDEN TESTS
      3 walrus = 4711
----> 4 assert add(walrus, 1) == 4712, "Overlooked " + str(walrus)
      5 ### END HIDDEN TESTS"""


def error(traceback: str, told: str = "", name: str = "AssertionError") -> Any:
    return new_output("error", ename=name, evalue=told, traceback=traceback.split("\n"))


def printed(text: str) -> Any:
    return new_output("stream", name="stdout", text=text)


def pictured(text: str) -> Any:
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg'><text>{text}</text></svg>"
    return new_output("display_data", data={"image/svg+xml": drawing, "text/plain": text})


RAN = {
    "passed": [printed("walrus is 4711\n")],
    "failed, as IPython tells": [error(IPYTHON.format(line=4, context=FOURTH, told="Overlooked"), "Overlooked 4711")],
    "failed, as our executor tells": [
        error('Cell In[4], line 4, in <module>\n    assert add(walrus, 1) == 4712, "Overlooked " + str(walrus)\n'
              "AssertionError: Overlooked 4711", "Overlooked 4711")
    ],
    "failed after it": [error("Cell In[4], line 6, in <module>\n    assert add(0, 0) == 0\nAssertionError: 4711")],
    "failed in a way nobody knows": [error("something about 4711", "4711", "Overlooked")],
    "drew": [pictured("walrus")],
    "came out as a value": [new_output("execute_result", data={"text/plain": "4711"})],
}  # fmt: skip
"""What a cell with hidden tests put out once it had come to them."""


def words_on(page: str) -> list[str]:
    """The planted words that a reader of the file could find, spelled in whatever way."""
    encoded = {word: [base64.b64encode((" " * k + word).encode()).decode()[4:-4] for k in range(3)] for word in PLANTED}
    text = unescape(unescape(page))
    pieces = [part.split('"')[0] for part in page.split("base64,")[1:]]
    text += "".join(base64.b64decode(piece).decode("utf-8", "replace") for piece in pieces)
    return [word for word in PLANTED if word in text or any(code in page for code in encoded[word] if len(code) > 3)]


@pytest.mark.parametrize("case", RAN)
def test_what_hidden_tests_put_out(case: str) -> None:
    """Of a cell that came to its hidden tests neither their text nor its outputs are shown, unless asked for."""
    made = notebook(graded_cell(REGION, RAN[case]))
    assert words_on(nbgraders(made, standing()))
    page = ours(made)
    assert words_on(page) == []
    assert "# hidden tests are not shown" in page
    assert "assert add(1, 2) == 3" in text_of(page)
    shown = ours(made, hide=False)
    assert words_on(shown)
    assert ("The test failed" in page) is case.startswith("failed")
    assert "The test failed" not in shown


def test_a_known_error_is_named() -> None:
    """That a hidden test failed is said, with the kind of error where it is one of Python's own."""
    page = ours(notebook(graded_cell(REGION, RAN["failed, as IPython tells"])))
    assert "The test failed (AssertionError). What it said is not shown" in page
    page = ours(notebook(graded_cell(REGION, RAN["failed in a way nobody knows"])))
    assert "The test failed. What it said is not shown" in page


@pytest.mark.parametrize("name", ["LimitReached", "ProcessEnded"])
def test_a_limit_is_named(name: str) -> None:
    """That a hidden test was ended by a limit is said, in words that are not the error's own."""
    outputs = [error("this cell was stopped: 4711", name=name)]
    for cell in (graded_cell(REGION, outputs), graded_cell("walrus", outputs, grade_id="01-add-hidden-1")):
        page = ours(notebook(cell))
        assert words_on(page) == []
        assert ("because it took too long" in page) is (name == "LimitReached")
        assert ("the process that ran it did" in page) is (name == "ProcessEnded")
    assert "this cell was stopped: 4711" in ours(notebook(graded_cell("t()", outputs)))


@pytest.mark.parametrize(
    "told",
    [
        IPYTHON.format(line=1, context=FIRST, told="add(1, 2) is 4"),
        "Cell In[4], line 1, in <module>\n    assert add(1, 2) == 3\nAssertionError: add(1, 2) is 4",
    ],
    ids=["IPython", "our executor"],
)
def test_a_visible_test_that_failed_first(told: str) -> None:
    """Where a cell stopped before its hidden tests, its error is shown without the hidden lines around it."""
    page = ours(notebook(graded_cell(REGION, [printed("seen\n"), error(told, "add(1, 2) is 4")])))
    assert words_on(page) == []
    assert "add(1, 2) is 4" in page
    assert "seen" in page
    assert "The test failed" not in page


def test_a_student_cannot_say_where_it_stopped() -> None:
    """A class named like the beginning of a traceback opens nothing that repeats a hidden line."""
    name = "Cell In[4], line 1, in <module>"
    told = error(IPYTHON.format(line=4, context=FOURTH, told="Overlooked").replace("AssertionError", name), name=name)
    page = ours(notebook(graded_cell(REGION, [told])))
    assert "walrus" not in page
    assert "4711" not in page


def test_hidden_cells() -> None:
    """A hidden cell shows its points, and neither its text nor its outputs nor its report."""
    report = {
        "text/html": as_html(Report("wrong", "walrus")),
        "text/plain": "walrus",
        REPORT_TYPE: {"message": "walrus"},
    }
    outputs = [new_output("display_data", data=report), printed("4711"), error("Overlooked")]
    made = notebook(graded_cell("check.equal(walrus, to=4711)", outputs, grade_id="01-add-hidden-1"))
    page = ours(made, standing(marks={"01-add-hidden-1": Mark(1, 2)}))
    assert words_on(page) == []
    assert "Hidden test" in page
    assert "1 of 2" in page
    assert words_on(ours(made, hide=False)) == list(PLANTED)


def test_a_hidden_helper_in_another_cells_traceback() -> None:
    """A visible test that goes through a hidden helper shows no line of it, nor does a print of all that was run."""
    helper = "### BEGIN HIDDEN TESTS\ndef near(a):\n    return abs(a - 4711) < 0.5\n### END HIDDEN TESTS"
    through = error(
        "Cell In[5], line 1, in <module>\n    near('a')\nCell In[4], line 3, in near\n    return abs(a - 4711) < 0.5"
    )
    copied = new_code_cell("print(In)", outputs=[printed(repr([helper]))])
    page = ours(notebook(graded_cell(helper), graded_cell("near('a')", [through], grade_id="b"), copied))
    assert "4711" not in page
    assert page.count("This output shows part of a hidden test and is left out.") == 2


def test_what_is_nothing_secret_stays() -> None:
    """Lines that stand in the open too, and lines that say nothing, are no reason to leave an output out."""
    source = "### BEGIN HIDDEN TESTS\nx = 1\nanswer = add(1, 2)\n### END HIDDEN TESTS"
    cells = [
        new_code_cell("answer = add(1, 2)"),
        graded_cell(source),
        new_code_cell("f()", outputs=[printed("x = 1\nanswer = add(1, 2)")]),
    ]
    drawn = curtain(cells, Delimiters())
    assert drawn.draw(cells[2]).outputs == cells[2].outputs


def test_regions_that_are_not_closed() -> None:
    """A region without an end goes to the end of its cell; several in one cell are each left out; indentation stays."""
    source = "if True:\n    # BEGIN HIDDEN TESTS\n    a\n    # END HIDDEN TESTS\n    b\n# BEGIN HIDDEN TESTS\nc"
    cell = graded_cell(source)
    shown = curtain([cell], Delimiters()).draw(cell).source
    assert shown == "if True:\n    # hidden tests are not shown\n    b\n# hidden tests are not shown"


def test_in_a_graded_course(course: Path) -> None:
    """What the grader leaves shows no hidden test: of a course with delimiters of its own, until it is asked to."""
    hand_in(course, "ada", add="def add(a, b):\n    return a + b", times="def multiply(a, b):\n    return 6")
    result = grade(course, "ps1")
    assert result.marks["ada"]["01-times-test-1"] == 0.0
    (path,) = write_feedback(course, result)
    hidden = path.read_text(encoding="utf-8")
    assert "== 12" not in text_of(hidden)
    assert "The test failed (AssertionError)" in hidden
    write_feedback(course, result, show_hidden=True)
    assert "== 12" in text_of(path.read_text(encoding="utf-8"))
    write_feedback(course, result)
    assert path.read_text(encoding="utf-8") == hidden
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.ClearHiddenTests.begin_test_delimeter = 'assert multiply(2'\n")
        config.write("c.ClearHiddenTests.end_test_delimeter = 'BEGIN HIDDEN'\n")
    write_feedback(course, result)
    assert "== 12" in text_of(path.read_text(encoding="utf-8"))
