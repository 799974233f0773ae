"""What a cell shows as its last value: text for a terminal, Markdown with mathematics for a notebook, and a record.

Markdown and not HTML, because a notebook typesets the ``$...$`` in it, on screen and in a page made from the notebook,
and lets ``<details>`` stand in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Shown:
    """Something to look at.

    Args:
        text: for a terminal.
        markdown: for a notebook.
        records: further data of the same display, by MIME type.
    """

    text: str
    markdown: str
    records: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/plain": self.text, "text/markdown": self.markdown, **self.records}


def plain(text: str) -> str:
    r"""Keep Markdown from reading anything into a person's text.

    >>> print(plain("a_b <i>*"))
    a\_b \<i\>\*
    """
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~$&" else sign for sign in text)


def folded(summary: str, body: str) -> str:
    """Fold Markdown under a line that opens it, by mouse or keyboard."""
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


def indented(text: str) -> str:
    """Move text to the right, for a terminal."""
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
