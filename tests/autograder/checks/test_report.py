"""Reports and the marks they earn: fail closed, always a plain float."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import check
from autograder.checks.look import as_html, as_text
from autograder.checks.publish import REPORT_TYPE, bundle, collecting
from autograder.checks.report import Report, earned

RIGHT = Report("right", "Right.", 1.0)
WRONG = Report("wrong", "Not yet.", tag="sign")
EVERY = [
    RIGHT,
    Report("partly", "Two of four lines hold.", 0.5),
    WRONG,
    Report("invalid", "The answer is a str."),
    Report("fault", "Not graded: the check itself failed."),
]


@pytest.mark.parametrize("report", EVERY, ids=lambda report: report.status)
def test_marks_are_plain_finite_floats_in_range(report):
    """nbgrader gives full marks for anything odd, so nothing odd may come out."""
    mark = earned(report, 4)
    assert type(mark) is float
    assert mark == 4 * report.score


@given(st.floats(0.01, 0.99), st.floats(0, 1e6))
def test_part_marks_lie_between_nothing_and_everything(score, points):
    """A part of the points is never more than the points."""
    assert 0 <= earned(Report("partly", "", score), points) <= points


@pytest.mark.parametrize("points", [None, math.nan, math.inf, -1, "2", True, np.float64(math.nan), object()])
def test_points_that_are_no_points_are_refused(points):
    """An author who gives odd points hears it at once."""
    with pytest.raises(ValueError, match="points: got"):
        earned(RIGHT, points)


@pytest.mark.parametrize("score", [-1.0, 5.0, math.nan, 0.5])
@pytest.mark.parametrize("status", ["right", "wrong", "invalid", "fault"])
def test_a_score_that_does_not_fit_its_status_is_refused(status, score):
    """Nothing that is not right can carry a score, and nothing right can carry less than all."""
    with pytest.raises(ValueError, match="does not go with the status"):
        Report(status, "", score)


def test_an_unknown_status_is_refused():
    """The statuses are five."""
    with pytest.raises(ValueError, match="got the status 'good'"):
        Report("good", "")


def test_reports_are_frozen_and_print_the_same_twice():
    """A report is a value."""
    assert Report("wrong", "Not yet.", tag="sign") == WRONG
    assert as_text(WRONG) == as_text(WRONG)
    with pytest.raises(AttributeError):
        WRONG.score = 1.0


@pytest.mark.parametrize("report", EVERY, ids=lambda report: report.status)
def test_the_bundle_says_the_same_three_times(report):
    """Text, box and record carry one status and one message, without help of colour."""
    record = bundle(report, 2, earned(report, 2))[REPORT_TYPE]
    assert record["status"] == report.status
    assert record["message"] == report.message
    assert set(record) == {"status", "tag", "tags", "score", "message", "points", "earned", "version"}
    assert 'role="status"' in as_html(report)
    words = {
        "right": "Right",
        "partly": "Partly",
        "wrong": "Not yet",
        "invalid": "No verdict yet",
        "fault": "Not graded",
    }
    assert words[report.status] in as_html(report)
    assert words[report.status] in as_text(report)


def test_what_a_learner_wrote_is_escaped_in_the_box():
    """An error text with markup in it stays text."""
    report = Report("invalid", "f stopped with ValueError: <script>alert(1)</script>", details=("<b>",))
    assert "<script>" not in as_html(report)
    assert "<b>" not in as_html(report)


def test_checks_return_plain_floats_and_publish_once():
    """The façade's contract: one report, one float."""
    with collecting() as published:
        q = check.question(of=lambda x: x @ x, wrt="x", sizes={"x": "n"})
        marks = [
            q.derivative(lambda x: 2 * x, points=2),
            q.derivative(lambda x: x, points=2),
            q.derivative(..., points=2),
            check.derivative(lambda x: 2 * x, of=lambda x: x @ x, wrt="x", sizes={"x": "n"}, points=3),
            check.equal(4, to=lambda: 4),
            check.shape("n", of=lambda x: 2 * x, sizes={"x": "n"}),
            check.adjoint(lambda dx: 2 * dx, lambda ybar: 2 * ybar, sizes={"dx": "n"}, points=2),
        ]
    assert marks == [2.0, 0.0, 0.0, 3.0, 1.0, 1.0, 2.0]
    assert {type(mark) for mark in marks} == {float}
    assert [p.report.status for p in published] == ["right", "wrong", "invalid", "right", "right", "right", "right"]
    assert [p.points for p in published] == [2, 2, 2, 3, 1, 1, 2]


def test_outside_a_notebook_a_check_prints_text(capsys):
    """In a terminal the report is one line of text."""
    assert check.equal(3, to=lambda: 4) == 0.0
    assert capsys.readouterr().out.startswith("✗ Not yet")


def test_the_question_says_what_it_asks():
    """The repr of a question is a sentence, not an address."""
    q = check.question(of=lambda x: x @ x, wrt="x", sizes={"x": "n"})
    assert "by x, layout gradient, order 1" in repr(q)
    assert q.f(np.array([3.0])) == 9


def test_a_terminal_without_our_signs_still_shows_the_report():
    """Where the encoding has no tick, another sign stands for it, and nothing stops."""
    code = "from autograder import check; check.equal('wörter', to='rows')"
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "? Not yet: this is not the right choice.\n", "")
