"""How a report looks: plain text in a terminal, a box in a notebook and on a feedback page.

Separate from what is said and from where it is shown. The box has at most six lines before anything is unfolded, speaks
without colour, takes the page's own colours for text and background (so light and dark), opens by keyboard, and lets
the page set formulas. Both are functions of the report alone, and print the same twice.
"""

from __future__ import annotations

import re
from html import escape

from autograder.checks.report import Formula, Report

# status: the sign, the word beside it, and the colour of the bar; the colour only repeats what the word says
LOOKS = {
    "right": ("✓", "Right", "#1a7f37"),
    "partly": ("◐", "Partly right", "#9a6700"),
    "wrong": ("✗", "Not yet", "#cf222e"),
    "invalid": ("?", "No verdict yet", "#8250df"),
    "fault": ("!", "Not graded", "#6e7781"),
}

MOST_LINES = 6  # of a box before it is unfolded: the heading, the message, and the handle of the fold
COLUMNS = 84  # characters that a line of the box holds at its full width
MOST_SHOWN = (MOST_LINES - 2) * COLUMNS

BOX = "border:1px solid #8c959f;border-left:6px solid {colour};border-radius:4px;padding:.5em .8em;margin:.3em 0;"
UNSET = "tex2jax_ignore mathjax_ignore"  # a learner's dollar signs are no formulas
SET = "tex2jax_process mathjax_process"


def as_text(report: Report) -> str:
    """Write a report for a terminal, in at most six lines.

    >>> print(as_text(Report("wrong", "Right but for the sign.", tag="sign")))
    ✗ Not yet (sign): Right but for the sign.
    """
    sign, word, _ = LOOKS[report.status]
    formulas = [f"{formula.label}: {formula.text}" for formula in report.formulas]
    lines = [f"{sign} {word}{_named(report)}: {_without(word, report.message)}"]
    return "\n".join([*lines, *(f"  {more}" for more in (*report.details, *formulas))][:MOST_LINES])


def as_html(report: Report) -> str:
    """Write a report as a box that speaks without colour, in light and dark, to eyes and to screen readers."""
    sign, word, colour = LOOKS[report.status]
    shown, rest = _split(_without(word, report.message))
    more = [f'<div class="{UNSET}">{_marked_up(detail)}</div>' for detail in (*rest, *report.details)]
    more += map(_formula, report.formulas)
    return (
        f'<div role="status" class="mcourse-report mcourse-{report.status}" '
        f'style="{BOX.format(colour=colour)}max-width:46em">'
        f'<strong><span aria-hidden="true">{sign}</span> {word}</strong>{escape(_named(report))}'
        f'<div class="{UNSET}">{_marked_up(shown)}</div>{_folded(more)}</div>'
    )


def _folded(more: list[str]) -> str:
    if not more:
        return ""
    summary = '<summary style="cursor:pointer">More</summary>'
    return f'<details style="margin-top:.4em">{summary}{"".join(more)}</details>'


def _formula(formula: Formula) -> str:
    """Leave a formula to the page to set; where nothing does, its LaTeX can still be read."""
    return f'<div>{escape(formula.label)}: <span class="{SET}">${escape(formula.latex)}$</span></div>'


def _named(report: Report) -> str:
    return f" ({report.tag})" if report.tag else ""


def _without(word: str, message: str) -> str:
    """Drop the message's first words where the heading has just said them; a function's name keeps its small letter."""
    said = next((said for said in (f"{word}: ", f"{word}. ") if message.startswith(said)), "")
    rest = message[len(said) :]
    return rest[:1].upper() + rest[1:] if rest.startswith("your ") else rest


def _split(message: str) -> tuple[str, tuple[str, ...]]:
    """Cut a message that has more lines than the box: whole sentences stay, the rest is folded."""
    if len(message) <= MOST_SHOWN:
        return message, ()
    ends = [end.end() for end in re.finditer(r"[.!?](?= )", message) if end.end() <= MOST_SHOWN]
    if ends:
        return message[: ends[-1]], (message[ends[-1] + 1 :],)
    return message[: message.rfind(" ", 0, MOST_SHOWN) if " " in message[:MOST_SHOWN] else MOST_SHOWN] + " …", (
        message,
    )


def _marked_up(text: str) -> str:
    """Escape text for HTML; what stands in `backticks` becomes code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick is only a backtick
        return escape(text)
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))
