"""Whatever is put together of the pieces that markup and formulas are made of, nothing of it lives."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from live_markup import live

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.feedback.clean import Cleaner
from autograder.grading.feedback.maths import formula, set_delimited
from autograder.grading.feedback.outputs import Outputs
from autograder.grading.feedback.text import code, plain, printed, prose

PIECES = (
    "<", ">", '"', "'", "`", "=", "/", "\\", "{", "}", "^", "_", "&", " ", "\n", "\n\n", "x", "\x00",
    "\x1b[31m", "\u2028", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\text{", "\\begin{align}", "\\end{align}",
    "\\frac", "\\href{", "\\color{", "<b>", "</b>", "<p>", "<a href='", '<a href="javascript:x()" title="',
    "<img alt='", '<img src="', "<img src=x onerror=x()>", "<script>", "</script>", "x()", "<style>",
    "</style>", "<title>", "</title>", "<textarea>", "<noscript>", "<template>", "<svg>", "</svg>", "<math>",
    "</math>", "<mtext>", "<mglyph>", "<annotation-xml encoding='text/html'>", "<desc>", "<table>", "<td>",
    "</table>", "<select>", "<form>", "<iframe srcdoc='", "<details open ontoggle=x()>", "<pre>", "</pre>",
    "<!--", "-->", "--!>", "<![CDATA[", "]]>", "<?", "?>", "&lt;img src=x onerror=x()&gt;", "&quot;", "&#60;",
    "&#x3e;", '<span class="math inline">', '<span class="math block">', "</span>",
    '<div class="tex2jax_process">', "</div>", " onerror=x() ", "javascript:x()", "data:text/html,x",
    "https://example.org/", "![", "](", ")", "[1]: ", "attachment:a", " style='position:fixed'",
    " style='color:red'", "url(", "src=", "href=",
)  # fmt: skip
"""Pieces of Markdown, HTML, TeX and of what we put between them."""

MARKUP = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)

OUTPUTS = Outputs(Cleaner(), Cleaner(report=True))

MAKERS: dict[str, Any] = {
    "Markdown": lambda text: prose(text, Cleaner()),
    "HTML": lambda text: OUTPUTS.made(shown({"text/html": text}), False),
    "report": lambda text: OUTPUTS.made(shown({"text/html": text, REPORT_TYPE: {}}), True),
    "LaTeX": lambda text: OUTPUTS.made(shown({"text/latex": text}), False),
    "drawing": lambda text: OUTPUTS.made(shown({"image/svg+xml": text}), False),
    "formula": formula,
    "source": code,
    "print": printed,
    "name": plain,
}
"""Every way in which somebody's text gets onto a page."""


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


@given(MARKUP, st.sampled_from(sorted(MAKERS)))
@settings(max_examples=400, deadline=None)
def test_nothing_lives(text: str, way: str) -> None:
    """What is made of any text, in any way, is dead where it stands on a page, within an element and as a whole."""
    made = MAKERS[way](text)
    assert not live(f"<!DOCTYPE html><body><div>{made}</div>")
    assert not live(f'<!DOCTYPE html><body><section aria-label="t"><p>{made}')


@given(MARKUP)
@example("<pre>\n\n\n")
@settings(max_examples=200, deadline=None)
def test_cleaning_is_final(text: str) -> None:
    """Clean markup is clean: a second cleaning, and what a browser makes of the first, find nothing to take away."""
    once = Cleaner().clean(text)
    again = Cleaner().clean(once)
    assert Cleaner().clean(again) == again
    assert not live(once)


@given(MARKUP)
@settings(max_examples=200, deadline=None)
def test_formulas_leave_tags_alone(text: str) -> None:
    """Setting formulas changes text only: of clean markup every tag is still there, in order."""
    clean = Cleaner().clean(text)
    tags = [part.split(">")[0] for part in clean.split("<")[1:]]
    left = iter([part.split(">")[0] for part in set_delimited(clean).split("<")[1:]])
    assert all(tag in left for tag in tags)


def test_the_pieces_can_live() -> None:
    """The pieces are such as live where nothing cleans them."""
    assert live("<!DOCTYPE html><body>" + "".join(PIECES[40:60]))
