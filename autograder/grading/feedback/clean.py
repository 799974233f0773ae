"""Makes other people's markup dead: what comes out of here has words, tables and pictures, and does nothing.

Separate because it is the one gate. Whatever a student or a grader can have written as markup (Markdown after it is
rendered, an output's HTML) passes through ``Cleaner.clean`` before it is put on a page; everything else on a page is
escaped text. The work is done by ammonia (the ``nh3`` package), which parses as a browser does and writes out again
only what is on its list; this module is the list.

Allowed are the tags of ordinary text. Not allowed is whatever runs, loads, sends, or leaves its place: scripts, event
handlers, style sheets, forms, frames, plug-ins, SVG and MathML, identifiers, and any address but that of a link that
a reader must click.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import nh3

Pictures = Callable[[str], str | None]
"""Finds the picture that an address on a page means, as a ``data:`` address; ``None`` where there is none to show."""


def _words(text: str) -> set[str]:
    return set(text.split())


TAGS = _words(
    "a abbr b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup "
    "table tbody td tfoot th thead time tr tt u ul var wbr"
)

DROPPED = _words(
    "script style title template noscript noembed noframes iframe frameset object embed applet audio video canvas "
    "svg math select textarea xmp head"
)
"""Tags whose content goes with them, because it is not meant to be read."""

ATTRIBUTES = {
    "*": {"title", "lang", "style"},
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "headers", "align"},
    "th": {"colspan", "rowspan", "headers", "align", "scope"},
}

STYLES = _words("background-color color font-style font-weight text-align text-decoration vertical-align")
"""Properties that neither load anything nor take anything out of its place."""

BOX = _words("border border-left border-radius padding margin margin-top max-width cursor")
"""What makes the box of a report besides."""

CLASSES = {"span": {"math", "inline", "block"}, "div": {"math", "inline", "block", "amsmath"}, "table": {"dataframe"}}
"""What marks a formula, until it is set, and a table of pandas."""

IGNORED, PROCESSED = "tex2jax_ignore", "tex2jax_process"
"""How a report says where dollar signs are no formulas, and where they are."""

REPORT_CLASSES = {
    "span": {*CLASSES["span"], PROCESSED},
    "div": {
        *CLASSES["div"],
        IGNORED,
        "mcourse-report",
        *(f"mcourse-{status}" for status in ("right", "partly", "wrong", "invalid", "fault")),
    },
}
"""What a report of a check may be besides: a box. Only cells that a student does not write may have one."""

LINK = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
PICTURE = re.compile(
    r"data:image/(?:png|jpeg|gif|webp|svg\+xml)(?:;charset=utf-8)?;base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE
)
COLOUR = re.compile(r"(?:rgb|hsl)a?\([\d\s.,%/]*\)", re.IGNORECASE)
IMAGE = re.compile(r"<img[^>]*>")  # of clean markup, whose attributes have no ">"
LEADING = re.compile(r"<pre\b[^>]*>(?=\n)")  # a parser drops the line end that follows this tag
NUMBER = re.compile(r"\d{1,4}(?:\.\d*)?(?:px|%)?")

MOST_TAGS, MOST_MARKUP = 20_000, 200_000
"""Tags, and characters besides pictures. A browser's parser, and ammonia's too, take a time that grows with the square
of the depth, and with the square of the attributes of one tag."""
WHOLE_PICTURE = re.compile(r"""[a-z]=(["'])data:image/[a-z+]{1,9};base64,[a-z0-9+/=]*\1""", re.IGNORECASE)
"""A picture, written so that it is the value of one attribute whatever stands before it."""


class TooMuch(ValueError):
    """More markup than anybody can have meant."""


def no_pictures(address: str) -> None:
    """Find no pictures but those that are in the page already."""


class Cleaner:
    """Cleans the markup of one submission.

    Args:
        pictures: what an address of a picture means.
        report: whether it is a check's own, from a cell that the student does not write.
        styled: whether such a report keeps its own look; on our page it has the page's.
    """

    def __init__(self, pictures: Pictures = no_pictures, *, report: bool = False, styled: bool = False) -> None:
        self._pictures = pictures
        own = {"*": ATTRIBUTES["*"] if styled else ATTRIBUTES["*"] - {"style"}, "span": {"aria-hidden"}}
        self._cleaner = nh3.Cleaner(
            tags=TAGS,
            clean_content_tags=DROPPED,
            attributes=ATTRIBUTES | (own if report else {}),
            attribute_filter=self._attribute,
            allowed_classes=REPORT_CLASSES if report else CLASSES,
            filter_style_properties=STYLES | BOX if report else STYLES,
            url_schemes={"http", "https", "mailto", "data", "attachment"},
            link_rel="noopener noreferrer nofollow",
        )

    def clean(self, markup: str) -> str:
        """Clean a piece of markup.

        Args:
            markup: anything.

        Returns:
            Markup in which every tag that is opened is closed, every attribute is quoted, and nothing is live.

        Raises:
            TooMuch: it has more than 20,000 tags, or, besides pictures, more than 200,000 characters.

        >>> Cleaner().clean('<b onclick="x()">bold<script>x()</script></b> <img src=https://example.org/x.png alt=A>')
        '<b>bold</b> <span class="absent">[picture: A]</span>'
        """
        if markup.count("<") > MOST_TAGS:
            raise TooMuch("more than 20,000 tags")
        if len(markup) > MOST_MARKUP and len(WHOLE_PICTURE.sub("", markup)) > MOST_MARKUP:
            raise TooMuch("more than 200,000 characters besides pictures")
        return IMAGE.sub(_absent, LEADING.sub("\\g<0>\n", self._cleaner.clean(markup)))

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        keep = FILTERS.get(name)
        return value if keep is None else keep(self._pictures, value)


def _absent(image: re.Match[str]) -> str:
    """Put a picture's description where there is no picture to show."""
    if ' src="' in image[0]:
        return image[0]
    alt = re.search(r' alt="([^"]+)"', image[0])
    return f'<span class="absent">[picture{f": {alt[1]}" if alt else ""}]</span>'


def _link(_: Pictures, value: str) -> str | None:
    return value if LINK.match(value.strip()) else None


def _picture(pictures: Pictures, value: str) -> str | None:
    found = value if value.lstrip()[:5].lower() == "data:" else pictures(value)
    return found if found is not None and PICTURE.fullmatch(found.strip()) else None


def _style(_: Pictures, value: str) -> str | None:
    return value if not re.search(r"[(\\@]|/\*", COLOUR.sub("", value)) else None


def _number(_: Pictures, value: str) -> str | None:
    return value if NUMBER.fullmatch(value.strip()) else None


FILTERS: Mapping[str, Callable[[Pictures, str], str | None]] = {
    "href": _link,
    "src": _picture,
    "style": _style,
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "span", "start"), _number),
}
"""Which values of an attribute are kept."""
