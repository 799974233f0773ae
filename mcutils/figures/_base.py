"""What every figure of the course has in common: a text alternative, a caption, and one way to be shown.

Separate from the units' figures so that these only draw. The contract: a picture is never shown without its text
alternative; the same picture is the same bytes each time; nothing is shared with pyplot, so a figure appears once,
where it is returned. A figure keeps its own background, which makes it readable in a dark theme and on paper.

The first three colours are after Okabe and Ito, dark enough for white, and told apart with any common colour blindness;
red is the bar of a feedback box. Colour only repeats what a label, a shape, a dash or a position says already.
"""

from __future__ import annotations

import base64
import html
import io
import os
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure as Canvas

BLUE, ORANGE, GREEN, RED = "#0072b2", "#d55e00", "#00795a", "#cf222e"
INK, GREY, PALE = "#1f2328", "#6e7781", "#eef1f4"

_SAME_BYTES: dict[Any, Any] = {
    "svg.hashsalt": "mcutils",
    "svg.fonttype": "path",
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
}
_NO_METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}
_HTML = (
    '<figure style="margin: 1em 0; text-align: center">'
    '<img alt="{alt}" src="data:image/svg+xml;base64,{data}" style="max-width: 100%; background: white">'
    "{caption}</figure>"
)
_CAPTION = '<figcaption style="max-width: 46em; margin: 0.5em auto 0; text-align: center">{caption}</figcaption>'


class Figure:
    """A matplotlib figure with its text alternative and its caption; a notebook shows all three.

    Args:
        figure: the picture, a :class:`matplotlib.figure.Figure` made without pyplot.
        alt: what the picture shows, in a sentence or two, for a reader who does not see it.
        caption: the line below the picture, plain text.

    Raises:
        TypeError: ``figure`` is no matplotlib figure.
        ValueError: ``alt`` is empty.

    >>> Figure(Canvas(), alt="An empty sheet.")
    An empty sheet.
    """

    def __init__(self, figure: Canvas, alt: str, caption: str = "") -> None:
        if not isinstance(figure, Canvas):
            raise TypeError(
                f"Figure: got {type(figure).__name__}; give a matplotlib.figure.Figure, made without pyplot"
            )
        if not alt.strip():
            raise ValueError("Figure: alt is empty; say in a sentence or two what the picture shows")
        self.figure = figure
        self.alt = alt
        self.caption = caption

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, the same bytes each time.

        Args:
            path: where; its ending (``.svg``, ``.png``, ``.pdf``) says in which format.

        Raises:
            ValueError: the ending is none of these.
        """
        ending = os.path.splitext(path)[1].lower().lstrip(".")
        if ending not in _NO_METADATA:
            raise ValueError(f"save: got {os.fspath(path)!r}; give a path that ends in .svg, .png or .pdf")
        with open(path, "wb") as file:
            file.write(self._bytes(ending))

    def _bytes(self, format: str) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context(_SAME_BYTES):
            if (engine := self.figure.get_layout_engine()) is not None:
                engine.execute(self.figure)  # once: matplotlib moves things at every drawing, and draws twice to do so
                self.figure.set_layout_engine(None)
            self.figure.savefig(buffer, format=format, metadata=_NO_METADATA[format], dpi=150, transparent=False)
        return buffer.getvalue()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        shown = _HTML.format(
            alt=html.escape(self.alt),
            data=base64.b64encode(self._bytes("svg")).decode("ascii"),
            caption=_CAPTION.format(caption=html.escape(self.caption)) if self.caption else "",
        )
        return {"text/plain": self.alt, "text/html": shown}

    def __repr__(self) -> str:
        return self.alt
