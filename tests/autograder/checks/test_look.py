"""How a report looks: few lines, no colour of its own for text, formulas set, everything else folded."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.look import COLUMNS, LOOKS, MOST_LINES, as_html, as_text
from autograder.checks.report import Formula, Report

FORMULA = Formula("Read as", "2*A @ x", r"2 A x")
LONG = Report("wrong", "One sentence of some length that says a thing. " * 30, details=("more",), formulas=(FORMULA,))


def unfolded(html):
    """The lines that are seen before anything is unfolded: the heading, the message as it wraps, the handle."""
    box, _, folded = html.partition("<details")
    message = unescape(re.sub("<[^>]+>", "", box.split("</strong>", 1)[1]))
    length = len(message)
    return 1 + -(-length // COLUMNS) + bool(folded)


@given(st.text(max_size=3000), st.lists(st.text(max_size=300), max_size=9))
def test_a_box_has_six_lines_at_most_before_it_is_unfolded(message, details):
    """However much there is to say, the page is not flooded."""
    html = as_html(Report("wrong", message, tag=None, details=tuple(details)))
    assert unfolded(html) <= MOST_LINES


def test_what_does_not_fit_is_folded_and_not_lost():
    """Every sentence of a long message is in the box, shown or folded."""
    html = as_html(LONG)
    assert html.count("One sentence of some length") == 30
    assert html.index("<details") < html.rindex("One sentence of some length")


def test_a_terminal_gets_six_lines_at_most():
    """In a terminal nothing can be folded, so what is left out is the end."""
    report = Report("wrong", "No.", details=tuple("abcdefgh"), formulas=(FORMULA,))
    assert len(as_text(report).splitlines()) == MOST_LINES
    assert as_text(Report("right", "Right.", 1.0, formulas=(FORMULA,))).splitlines()[1] == "  Read as: 2*A @ x"


@pytest.mark.parametrize("status", LOOKS)
def test_a_box_takes_the_colours_of_its_page(status):
    """No colour of text or ground is set, so light and dark pages both stay legible; the bar only repeats the word."""
    score = {"right": 1.0, "partly": 0.5}.get(status, 0.0)
    html = as_html(Report(status, "A message.", score, details=("more",)))
    style = " ".join(re.findall(r'style="([^"]*)"', html))
    assert not re.search(r"(^|[;\s])(color|background[^:]*):", style)
    assert LOOKS[status][1] in html
    assert '<span aria-hidden="true">' in html


def test_the_fold_opens_by_keyboard():
    """The browser's own element has the focus, the key and the words for screen readers."""
    assert as_html(LONG).count("<summary") == as_html(LONG).count("<details") == 1


def test_formulas_are_set_and_dollar_signs_of_learners_are_not():
    """A formula is left to the page between dollar signs; in what a learner wrote they are only signs."""
    html = as_html(Report("wrong", "costs $5 or $6", formulas=(Formula("Read as", "a < b", "a < b"),)))
    assert re.search(r'<div>Read as: <span class="[^"]*mathjax_process[^"]*">\$a &lt; b\$</span></div>', html)
    assert re.search(r'<div class="[^"]*mathjax_ignore[^"]*">costs \$5 or \$6</div>', html)
