"""Makes markup of one output of a cell: of its kinds the best that has something to show when it is dead.

A picture is an ``img`` with the data in it, SVG too: browsers run nothing and load nothing in such a picture. What is
meant for a live page only (scripts, widgets) is shown by the text that came with it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.feedback.clean import Cleaner, TooMuch
from autograder.grading.feedback.maths import DELIMITED, MOST_TEXT, formula, set_delimited, set_in_text
from autograder.grading.feedback.text import plain, printed, prose

NOTHING = re.compile(r"(?:\s|&nbsp;|<(?!img|hr)[^>]*>)*")
"""Markup without anything to see."""

LIVE_SVG = re.compile(
    r"<(?:\w{1,20}:)?(?:script|foreignObject|animate|set|a)\b|<!ENTITY|<\?xml-stylesheet|@import|javascript:"
    r"|\son\w{1,30}\s{0,9}=|href\s{0,9}=\s{0,9}[\"']?(?![\"'#])|url\(\s{0,9}[\"']?(?![\"'#])",
    re.IGNORECASE,
)
"""What a drawing does not need. It is dead in an ``img``; this keeps it dead for a reader who opens it by itself."""

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
NO_ALT = "Output of the cell: a picture without a description."


class Outputs:
    """Makes the outputs of one submission.

    Args:
        cleaner: for what the student's cells show.
        report: for what cells show that the student does not write.
    """

    def __init__(self, cleaner: Cleaner, report: Cleaner) -> None:
        self._cleaners = {False: cleaner, True: report}

    def made(self, output: Mapping[str, Any], trusted: bool) -> str:
        """Make one output.

        Args:
            output: of a notebook.
            trusted: whether its cell is not the student's to write.

        Returns:
            Markup; empty where there is nothing to see.
        """
        kind = output.get("output_type")
        if kind == "stream":
            return _pre(printed(_joined(output.get("text"))), "stream")
        if kind == "error":
            return _pre(printed(_joined(output.get("traceback"), "\n") or _said(output)), "error")
        data = output.get("data") or {}
        if trusted and REPORT_TYPE in data and "text/html" in data:
            return set_delimited(self._cleaners[True].clean(_joined(data["text/html"])))
        return self._best(data, output.get("metadata") or {})

    def _best(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        for kind, make in KINDS.items():
            if kind in data:
                own = metadata.get(kind)
                try:
                    made = make(self._cleaners[False], _joined(data[kind]), own if isinstance(own, dict) else {})
                except TooMuch:
                    continue
                if made:
                    return made
        return ""


def _joined(value: Any, between: str = "") -> str:
    """Text of a notebook, which may be a list of lines."""
    return between.join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def _said(output: Mapping[str, Any]) -> str:
    return f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"


def _pre(markup: str, kind: str) -> str:
    return f'<pre class="{kind}" tabindex="0">{markup.rstrip()}</pre>' if markup.strip() else ""


def _html(cleaner: Cleaner, value: str, _: Mapping[str, Any]) -> str:
    made = cleaner.clean(value)
    return "" if NOTHING.fullmatch(made) else f'<div class="html">{set_delimited(made)}</div>'


def _markdown(cleaner: Cleaner, value: str, _: Mapping[str, Any]) -> str:
    return f'<div class="html">{prose(value, cleaner)}</div>' if value.strip() else ""


def _latex(_: Cleaner, value: str, __: Mapping[str, Any]) -> str:
    value = value.strip()
    in_text = len(value) > MOST_TEXT or DELIMITED.search(value)
    made = set_in_text(value) if in_text else formula(value, display=True) if value else ""
    return f'<div class="html">{made}</div>' if made else ""


def _text(_: Cleaner, value: str, __: Mapping[str, Any]) -> str:
    return _pre(printed(value), "value")


def _svg(_: Cleaner, value: str, about: Mapping[str, Any]) -> str:
    if LIVE_SVG.search(value):
        return ""
    return _picture("svg+xml", base64.b64encode(value.encode("utf-8", "replace")).decode("ascii"), about)


def _picture(kind: str, data: str, about: Mapping[str, Any]) -> str:
    size = "".join(
        f' {name}="{about[name]:.0f}"' for name in ("width", "height") if isinstance(about.get(name), int | float)
    )
    alt = about.get("alt")
    described = plain(alt) if isinstance(alt, str) and alt.strip() else NO_ALT
    return f'<img alt="{described}"{size} src="data:image/{kind};base64,{data}">'


def _raster(kind: str) -> Callable[[Cleaner, str, Mapping[str, Any]], str]:
    def made(_: Cleaner, value: str, about: Mapping[str, Any]) -> str:
        return _picture(kind, escape("".join(value.split())), about) if BASE64.fullmatch(value) else ""

    return made


KINDS: Mapping[str, Callable[[Cleaner, str, Mapping[str, Any]], str]] = {
    "text/html": _html,
    "text/markdown": _markdown,
    "text/latex": _latex,
    "image/svg+xml": _svg,
    "image/png": _raster("png"),
    "image/jpeg": _raster("jpeg"),
    "image/gif": _raster("gif"),
    "image/webp": _raster("webp"),
    "text/plain": _text,
}
"""What can be shown, best first."""
