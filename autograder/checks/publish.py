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
from typing import Any

import mcutils
from autograder.checks.look import as_html, as_text
from autograder.checks.report import Report, earned

REPORT_TYPE = "application/vnd.mcourse.report+json"


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
        "tags": list(report.tags),
        "score": report.score,
        "message": report.message,
        "points": points,
        "earned": earned,
        "version": mcutils.__version__,
    }
    return {"text/plain": as_text(report), "text/html": as_html(report), REPORT_TYPE: record}


def marked(report: Report, points: float) -> float:
    """Show a report; return the points that it earns."""
    mark = earned(report, points)
    publish(report, points, mark)
    return mark
