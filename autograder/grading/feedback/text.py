"""Makes markup of what people write in a notebook: plain text, text with terminal colours, source code, Markdown.

Separate from ``clean`` because these know formats, and it knows none. What is the same on many pages (an instructor's
words, a line of output) is made once.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbconvert.filters import ansi2html
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from autograder.grading.feedback.clean import Cleaner, TooMuch
from autograder.grading.feedback.maths import set_delimited, set_marked

MOST_PROSE = 50_000
"""Characters of Markdown that are rendered; longer text is shown as it is."""

MOST_CODE = 30_000
LONGEST_LINE = 1_000
"""Bounds on source that is coloured: the time of the lexer grows with the square of a line."""

SHARED = 5_000
"""Characters up to which what was made of a text is kept for the next page."""

MOST_SHARED = 500
"""Texts of which that is kept: an assignment has a hundred, and markup may have fifty times as many characters."""

CONTROLS = re.compile(
    r"\x1b(?!\[[0-9;]*m)(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)"
    r"|\x9b[0-?]*[ -/]*[@-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufeff]"
)
"""What a terminal would obey, colours apart: cursors, titles, links (ECMA-48)."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

MOST_COLOURED = 10**9
"""Bound on orders for colours times characters: for each order, nbconvert copies all the text that is left."""

TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], "\ufffd")
"""Characters that turn the direction of what stands beside them, so that text reads otherwise than it is."""

_formatter = HtmlFormatter(nowrap=True)
_lexer = get_lexer_by_name("ipython3")


def plain(text: str) -> str:
    """Escape a name or a title: one line of text that shows every character that it has.

    >>> plain("<b>\\u202eAda")
    '&lt;b&gt;\\ufffdAda'
    """
    return escape(CONTROLS.sub("", " ".join(text.replace("\x1b", "").translate(TURNING).split())))


def printed(text: str) -> str:
    """Make markup of what was printed: colours stay; what a carriage return overwrote, and other orders, go.

    >>> printed("10%\\r20%\\x1b]0;title\\x07 \\x1b[31mred\\x1b[0m")
    '20% <span class="ansi-red-fg">red</span>'
    """
    lines = CONTROLS.sub("", text.replace("\r\n", "\n")).split("\n")
    shown = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines).translate(TURNING)
    if "\x1b" in shown and shown.count("\x1b") * len(shown) <= MOST_COLOURED:
        with contextlib.suppress(IndexError):  # an order that lacks its number
            return str(ansi2html(shown))
    return escape(COLOURS.sub("", shown))


def code(source: str) -> str:
    """Colour source code, if it is of a size that a person wrote."""
    return _shared_code(source) if len(source) <= SHARED else _code(source)


def _code(source: str) -> str:
    source = CONTROLS.sub("\ufffd", source.replace("\x1b", "\ufffd")).translate(TURNING)
    if len(source) > MOST_CODE or max(map(len, source.split("\n"))) > LONGEST_LINE:
        return escape(source)
    return str(highlight(source, _lexer, _formatter)).rstrip("\n")


_shared_code = lru_cache(maxsize=MOST_SHARED)(_code)


def prose(source: str, cleaner: Cleaner) -> str:
    """Render Markdown, with its formulas set and nothing in it alive.

    Args:
        source: Markdown, with whatever HTML.
        cleaner: knows the pictures that the text may show.
    """
    if len(source) <= SHARED and "img" not in source.lower() and "![" not in source:
        return _shared_prose(source)
    return _prose(source, cleaner)


def _prose(source: str, cleaner: Cleaner) -> str:
    if len(source) > MOST_PROSE:
        return f"<pre>{escape(source)}</pre>"
    try:
        return set_delimited(set_marked(cleaner.clean(_markdown.render(source))))
    except TooMuch:
        return f"<pre>{escape(source)}</pre>"


@lru_cache(maxsize=MOST_SHARED)
def _shared_prose(source: str) -> str:
    return _prose(source, _no_pictures)


_no_pictures = Cleaner()


class _Renderer(RendererHTML):
    """Markdown-it's own, with headings one step down: the page has a title above them."""

    def heading_open(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return f"<{_lower(tokens[at].tag)}>"

    def math_inline_double(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return f'<span class="math block">{escape(tokens[at].content)}</span>'

    def heading_close(self, tokens: Sequence[Token], at: int, *_: Any) -> str:
        return f"</{_lower(tokens[at].tag)}>\n"


def _lower(tag: str) -> str:
    return f"h{min(6, int(tag[1:]) + 1)}"


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    reader.use(amsmath_plugin).use(dollarmath_plugin, allow_labels=False, double_inline=True)
    reader.add_render_rule("math_inline_double", _Renderer.math_inline_double)  # the plugin's breaks the paragraph
    return reader


_markdown = _reader()
