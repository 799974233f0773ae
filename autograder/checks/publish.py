"""Show a report: one display bundle in a notebook, plain text in a terminal, or a list for a program.

The bundle carries the same words three times: as text, as an accessible HTML box, and as data
(``application/vnd.mcourse.report+json``) that the grader reads back from the cells it trusts.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape
from typing import Any

import mcutils
from autograder.checks.report import Report

REPORT_TYPE = "application/vnd.mcourse.report+json"

# status: the sign, the word beside it, and the colour of the bar; the colour only repeats what the word says
LOOKS = {
    "right": ("✓", "Right", "#1a7f37"),
    "partly": ("◐", "Partly right", "#9a6700"),
    "wrong": ("✗", "Not yet", "#cf222e"),
    "invalid": ("?", "No verdict yet", "#6e40c9"),
    "fault": ("!", "Not graded", "#57606a"),
}


@dataclass(frozen=True)
class Published:
    """A report as it was published, with what its check is worth."""

    report: Report
    points: float


_collector: ContextVar[list[Published] | None] = ContextVar("collector", default=None)


@contextlib.contextmanager
def collecting() -> Iterator[list[Published]]:
    """Collect what is published in the block in a list, and display nothing."""
    published: list[Published] = []
    token = _collector.set(published)
    try:
        yield published
    finally:
        _collector.reset(token)


def publish(report: Report, points: float, earned: float) -> None:
    """Show a report where the learner is: notebook, terminal, or the list of :func:`collecting`."""
    collector = _collector.get()
    if collector is not None:
        collector.append(Published(report, points))
    elif _in_notebook():
        from IPython.display import publish_display_data

        publish_display_data(bundle(report, points, earned))  # type: ignore[no-untyped-call] # IPython has no types
    else:
        print(_printable(as_text(report)))


def _printable(text: str) -> str:
    """Replace what the terminal's encoding has no sign for."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def bundle(report: Report, points: float, earned: float) -> dict[str, Any]:
    """Return the display bundle of a report."""
    record = {
        "status": report.status,
        "tag": report.tag,
        "score": report.score,
        "message": report.message,
        "points": points,
        "earned": earned,
        "version": mcutils.__version__,
    }
    return {"text/plain": as_text(report), "text/html": as_html(report), REPORT_TYPE: record}


def as_text(report: Report) -> str:
    """Write a report for a terminal.

    >>> print(as_text(Report("wrong", "Right but for the sign.", tag="sign")))
    ✗ Not yet (sign): Right but for the sign.
    """
    sign, word, _ = LOOKS[report.status]
    lines = [f"{sign} {word}{_named(report)}: {_without(word, report.message)}"]
    return "\n".join([*lines, *(f"  {detail}" for detail in report.details)])


def as_html(report: Report) -> str:
    """Write a report as a box that speaks without colour, in light and dark, to eyes and to screen readers."""
    sign, word, colour = LOOKS[report.status]
    details = "".join(f"<div>{_marked_up(detail)}</div>" for detail in report.details)
    folded = (
        f'<details style="margin-top:.4em"><summary style="cursor:pointer">More</summary>{details}</details>'
        if details
        else ""
    )
    return (
        f'<div role="status" class="mcourse-report mcourse-{report.status}" style="border:1px solid #8c959f;'
        f'border-left:6px solid {colour};border-radius:4px;padding:.5em .8em;margin:.3em 0;max-width:46em">'
        f'<strong><span aria-hidden="true">{sign}</span> {word}</strong>{escape(_named(report))}'
        f"<div>{_marked_up(_without(word, report.message))}</div>{folded}</div>"
    )


def _named(report: Report) -> str:
    return f" ({report.tag})" if report.tag else ""


def _without(word: str, message: str) -> str:
    """Drop the message's first words where the heading has just said them; a function's name keeps its small letter."""
    said = next((said for said in (f"{word}: ", f"{word}. ") if message.startswith(said)), "")
    rest = message[len(said) :]
    return rest[:1].upper() + rest[1:] if rest.startswith("your ") else rest


def _marked_up(text: str) -> str:
    """Escape text for HTML; what stands in `backticks` becomes code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick is only a backtick
        return escape(text)
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))
