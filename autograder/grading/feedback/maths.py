r"""Sets formulas: TeX goes in, MathML comes out, which every current browser shows without a script or a network.

Separate because what is a formula differs by source (Markdown's own dollar signs, an output's, a report's) and how it
is set does not. The work is done by ``math-core``, which knows a fixed set of commands: there is no ``\href``,
``\require`` or ``\style`` to be misused. What it cannot read is shown as its source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape, unescape

from math_core import LatexError, LatexToMathML

from autograder.grading.feedback.clean import IGNORED, PROCESSED

MOST_CHARACTERS = 20_000
MOST_COMMANDS = 1_500
"""Bounds on a formula. The converter descends once for each level, and at about 3,000 levels of any kind its stack
ends, and with it the process; a level takes at least one of the characters that are counted."""

SHARED = 500
"""Characters up to which what a formula was made to is kept for the next page."""

MOST_TEXT = 50_000
"""Characters of one text in which formulas are looked for."""

_converter = LatexToMathML(fancy_error=False, max_expansions=0)

MARKED = re.compile(r'<(span|div) class="math (inline|block|amsmath)">([^<]*)</\1>')
"""A formula as the Markdown renderer marks it; in clean markup the text has no tags, and attributes no such quotes."""

TAG = re.compile(r'<(/?)([a-z0-9]+)((?:"[^"]*"|[^">])*)>')
"""A tag of clean markup: names are small, values are in double quotes."""

DELIMITED = re.compile(
    r"(?<!\\)(?:"
    r"\$\$(?P<display>[^$]{1,4000})\$\$"
    r"|\$(?!\s)(?P<inline>[^$]{1,4000})(?<![\s\\])\$(?!\d)"  # as in pandoc: $5 and $6 are prices
    r"|\\\[(?P<brackets>(?:(?!\\[\[\]]).){1,4000})\\\]"
    r"|\\\((?P<parentheses>(?:(?!\\[()]).){1,4000})\\\)"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]{1,20}\*?)\}.{0,4000}?\\end\{(?P=name)\})"
    r")",
    re.DOTALL,
)
DISPLAYED = {"display", "brackets", "environment"}

NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|gather|multline)\}")
"""Environments that number their lines, which every formula of a notebook would begin anew; the starred ones do not."""

VERBATIM = {"pre", "code", "kbd", "samp", "tt"}
EMPTY = {"br", "col", "hr", "img", "wbr"}


def formula(tex: str, display: bool = False) -> str:
    r"""Set one formula.

    Args:
        tex: TeX without dollar signs.
        display: whether it stands on a line of its own.

    Returns:
        MathML, or the escaped source where it is not understood.

    >>> formula("x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    >>> formula(r"\href{javascript:x()}{y}")
    '<code class="tex">\\href{javascript:x()}{y}</code>'
    """
    return _shared(tex, display) if len(tex) <= SHARED else _made(tex, display)


def _made(tex: str, display: bool) -> str:
    tex = NUMBERED.sub(r"\\\1{\2*}", tex.strip())
    if len(tex) <= MOST_CHARACTERS and sum(map(tex.count, "\\{^_")) <= MOST_COMMANDS:
        try:
            return _converter.convert_with_local_state(tex, displaystyle=display)
        except LatexError:
            pass
    return f'<code class="tex">{escape(tex)}</code>'


_shared = lru_cache(maxsize=4096)(_made)


def set_marked(markup: str) -> str:
    """Set the formulas of rendered Markdown, once it is clean."""

    def made(found: re.Match[str]) -> str:
        return _placed(formula(unescape(found[3]), found[2] != "inline"), found[2] != "inline")

    return MARKED.sub(made, markup)


def set_delimited(markup: str) -> str:
    r"""Set what stands between dollar signs, or ``\(`` and ``\)``, in clean markup; not in code.

    >>> set_delimited("<p>$x$, <code>$x$</code></p>")
    '<p><math><mi>x</mi></math>, <code>$x$</code></p>'
    """
    if "$" not in markup and "\\" not in markup:
        return markup
    return "".join(set_in_text(unescape(piece)) if is_open else piece for piece, is_open in _parts(markup))


def set_in_text(text: str, otherwise: Callable[[str], str] = escape) -> str:
    """Set the formulas in text, and make markup of the rest.

    Args:
        text: text, not markup.
        otherwise: makes markup of what is no formula.
    """
    out, at = [], 0
    for found in DELIMITED.finditer(text) if len(text) <= MOST_TEXT else ():
        kind = next(name for name in ("display", "inline", "brackets", "parentheses", "environment") if found[name])
        out.append(otherwise(text[at : found.start()]))
        out.append(_placed(formula(found[kind], kind in DISPLAYED), kind in DISPLAYED))
        at = found.end()
    return "".join([*out, otherwise(text[at:])])


def _placed(made: str, display: bool) -> str:
    """A wide formula scrolls by itself."""
    return f'<span class="display">{made}</span>' if display else made


def _parts(markup: str) -> Iterator[tuple[str, bool]]:
    """Cut clean markup into texts and tags, and say of each whether it is a text in which formulas are set."""
    inside = [True]
    at = 0
    for tag in TAG.finditer(markup):
        yield markup[at : tag.start()], inside[-1]
        yield tag[0], False
        at = tag.end()
        closing, name, attributes = tag.groups()
        if closing:
            inside[1:] = inside[1:-1]
        elif name not in EMPTY:
            verbatim = name in VERBATIM or IGNORED in attributes
            inside.append(not verbatim and (PROCESSED in attributes or inside[-1]))
    yield markup[at:], inside[-1]
