"""A feedback page runs nothing, loads nothing and sends nothing, whatever a student wrote."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import html5lib
import pytest
from live_markup import answer, formgraders, graded_cell, live, nbgraders, notebook, ours, raw, shown, standing, text_of
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.checks.look import as_html
from autograder.checks.publish import REPORT_TYPE
from autograder.checks.report import Formula, Report
from autograder.grading.feedback.clean import Cleaner, TooMuch
from autograder.grading.feedback.text import code, plain, printed

DATA = "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="

MARKUP = {
    "script": "harmless<script>x()</script>",
    "script, foreign": "harmless<script src=https://example.org/x.js></script>",
    "error handler": "harmless <img src=x onerror=x()>",
    "error handler, capitals": "harmless <IMG SRC=x OnErRoR=x()>",
    "svg": "harmless <svg onload=x()></svg>",
    "svg animation": "harmless <svg><a><animate attributeName=href values=javascript:x() /><text>t</text></a></svg>",
    "svg use": "harmless <svg><use href='https://example.org/a.svg#x'/></svg>",
    "svg foreign object": "harmless <svg><foreignObject><img src=x onerror=x()></foreignObject></svg>",
    "mathml link": "harmless <math><maction actiontype='statusline' xlink:href='javascript:x()'>t</maction></math>",
    "mutation": "harmless <math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=x()&gt;'><img src=x onerror=x()>",
    "link that runs": "<a href='javascript:x()'>harmless</a>",
    "link that runs, spelled in entities": "<a href='jav&#x09;ascript&colon;x()'>harmless</a>",
    "link to a page in the link": f"<a href='{DATA}'>harmless</a>",
    "foreign picture": "harmless <img src='https://example.org/seen.png'>",
    "foreign picture, no scheme": "harmless <img src='//example.org/seen.png'>",
    "foreign pictures by size": "harmless <img srcset='https://example.org/seen.png 2x'>",
    "frame": "harmless <iframe src='https://example.org/'></iframe>",
    "frame with its page": "harmless <iframe srcdoc='<script>x()</script>'></iframe>",
    "object": f"harmless <object data='{DATA}'></object>",
    "plug-in": "harmless <embed src='https://example.org/x.swf'>",
    "form": "harmless <form action='https://example.org/'><input name=password></form>",
    "button": "harmless <button formaction='javascript:x()'>ok</button>",
    "focus": "harmless <input autofocus onfocus=x()>",
    "toggle": "<details open ontoggle=x()><summary>harmless</summary>t</details>",
    "marquee": "<marquee onstart=x()>harmless</marquee>",
    "video": "harmless <video poster='https://example.org/seen.png' src='https://example.org/x.mp4'></video>",
    "audio": "harmless <audio src=x onerror=x()></audio>",
    "style sheet": "harmless <link rel=stylesheet href='https://example.org/x.css'>",
    "style that loads": "harmless <style>@import 'https://example.org/x.css';</style>",
    "style that covers": "harmless <style>body { display: none }</style>",
    "cover": "<div style='position:fixed;inset:0;background:white'>harmless</div>",
    "shift": "<div style='margin:-900px 0 0 0;z-index:9'>harmless</div>",
    "style with an address": "<p style='background-image:url(https://example.org/seen.png)'>harmless</p>",
    "refresh": "harmless <meta http-equiv=refresh content='0;url=https://example.org/'>",
    "base": "harmless <base href='https://example.org/'>",
    "background": "<table background='https://example.org/seen.png'><tr><td>harmless</td></tr></table>",
    "body": "harmless <body onload=x()>",
    "template": "harmless <template><script>x()</script></template>",
}
"""Markup that lives in nbgrader's page wherever Markdown or HTML is shown."""

PLACES: dict[str, Callable[[str], tuple[Any, dict[str, Any]]]] = {
    "an answer": lambda text: (answer(text), {}),
    "a cell": lambda text: (new_markdown_cell(text), {}),
    "a comment": lambda text: (answer("my answer"), {"comments": {"why": text}}),
    "HTML output": lambda text: (shown("text/html", text), {}),
    "Markdown output": lambda text: (shown("text/markdown", text), {}),
}

ELSEWHERE: dict[str, tuple[Any, dict[str, Any]]] = {
    "Markdown link that runs": (answer("[harmless](javascript:x\\(\\))"), {}),
    "Markdown picture": (answer("harmless ![](https://example.org/seen.png)"), {}),
    "Markdown picture behind a reference": (answer("harmless ![][1]\n\n[1]: https://example.org/seen.png"), {}),
    "TeX link": (answer(r"harmless $\href{javascript:x()}{\text{click}}$"), {}),
    "TeX extension": (answer("harmless $$\\require{html}\\style{position:fixed}{x}$$"), {}),
    "TeX link in an output": (shown("text/latex", r"harmless $\href{javascript:x()}{\text{click}}$"), {}),
    "TeX link in text": (shown("text/html", r"harmless \(\class{a}{\href{javascript:x()}{y}}\)"), {}),
    "JavaScript output": (shown("application/javascript", "x()"), {}),
    "tag left open": (shown("text/html", "harmless <img src='https://example.org/?' <b"), {}),
    "HTML in a frame of its own": (shown("text/html", "harmless <script>x()</script>", isolated=True), {}),
    "notebook's name": (answer("harmless"), {"notebook": "a<script>x()</script>"}),
    "picture pasted": (
        answer("harmless <img src='attachment:a'>", attachments={"a": {"text/html": "PHNjcmlwdD4="}}),
        {},
    ),
    "name of a cell": (graded_cell("harmless", grade_id='a"><script>x()</script>'), {}),
}
"""Vectors of one place only."""

VECTORS = {
    **{f"{name}, in an answer": PLACES["an answer"](text) for name, text in MARKUP.items()},
    **{
        f"{name}, in {place}": PLACES[place](MARKUP[name])
        for place in list(PLACES)[1:]
        for name in ("script", "error handler", "link that runs", "foreign picture", "cover")
    },
    **ELSEWHERE,
}
assert len(VECTORS) >= 70


@pytest.fixture(scope="module")
def ordinary() -> Any:
    """What lives on nbgrader's page of a harmless notebook."""
    return live(nbgraders(notebook(answer("harmless"))))


@pytest.mark.parametrize("vector", VECTORS)
def test_dead(vector: str, ordinary: Any) -> None:
    """What lives on nbgrader's page is dead on ours, and what stands beside it can be read."""
    cell, known = VECTORS[vector]
    assert live(nbgraders(notebook(cell), standing(**known))) - ordinary
    page = ours(notebook(cell), standing(**known))
    assert not live(page)
    assert "harmless" in text_of(page)


MARKED_BY_HAND = [vector for vector, (_, known) in VECTORS.items() if not known and vector != "name of a cell"]
"""Those that Formgrader's page shows too; there, comments are in a field, and names are nbgrader's to check."""


@pytest.mark.parametrize("vector", MARKED_BY_HAND)
def test_dead_in_formgrader(vector: str) -> None:
    """On the page where an instructor marks by hand nothing of a student's lives, once the course says so."""
    usual = {safe: live(formgraders(notebook(answer("harmless")), safe=safe)) for safe in (False, True)}
    made = notebook(VECTORS[vector][0])
    as_it_is, safe = (live(formgraders(deepcopy(made), safe=safe)) - usual[safe] for safe in (False, True))
    fields = dict.fromkeys(("<input>", "<textarea>"), 9)  # Formgrader's own, for points and comments
    assert as_it_is - Counter(fields)
    assert not safe - Counter(fields)


def test_reports_stay_in_formgrader() -> None:
    """There a report keeps its own look; what is raw is text; formulas are set."""
    report = {"text/html": as_html(Report("wrong", "Not $x$.")), REPORT_TYPE: {"status": "wrong", "earned": 0}}
    test = graded_cell("check()", [new_output("display_data", data=report)])
    page = formgraders(notebook(test, raw("```\n<b>raw</b> $x$"), answer("$x^2$")), safe=True)
    assert "font-family: Formulas; src: url(data:font/woff" in page
    assert "border-left:6px solid #cf222e" in page.replace(": ", ":")
    assert "&lt;b&gt;raw&lt;/b&gt; $x$" in page
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page


@pytest.mark.parametrize("place", ["student", "name", "assignment", "notebook"])
def test_names_are_text(place: str) -> None:
    """A name is shown as it is written, and only that."""
    name = "<img src=x onerror=x()>\u202e&"
    page = ours(notebook(), standing(**{place: name}))
    assert not live(page)
    assert "&lt;img src=x onerror=x()&gt;\ufffd&amp;" in page


def test_sources_and_prints_are_text() -> None:
    """Source code, printed text, tracebacks and raw cells are text, whatever they look like."""
    script = "<script>x()</script>"
    error = new_output("error", ename=script, evalue=script, traceback=[f"\x1b[31m{script}\x1b]8;;https://e.org/\x07"])
    outputs = [new_output("stream", name="stdout", text=script), error]
    page = ours(notebook(new_code_cell(f"# {script}", outputs=outputs), raw(f"# {script}")))
    assert not live(page)
    assert page.count("&lt;script&gt;x()&lt;/script&gt;") == 4
    assert "\x1b" not in page
    assert "https://e.org" not in page


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/svg+xml"])
def test_pictures_hold_pictures(kind: str) -> None:
    """What calls itself a picture and is something else is shown by its text."""
    value = '"><script>x()</script>' if kind != "image/svg+xml" else "<svg><script>x()</script></svg>"
    page = ours(notebook(shown(kind, value)))
    assert not live(page)
    assert "<img" not in page
    assert "harmless" in page


def test_pictures_are_shown_with_their_descriptions(tmp_path: Path) -> None:
    """Figures keep their descriptions; pasted pictures and files beside the notebook are in the page itself."""
    png = "iVBORw0KGgo="
    (tmp_path / "plot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "trap.png").symlink_to("/etc/hostname")
    (tmp_path.parent / "outside.png").write_bytes(b"\x89PNG outside")
    text = "![a](attachment:p.png) ![b](plot.png) ![c](../outside.png) ![d](trap.png) ![e](secret.txt)"
    cells = [
        answer(text, attachments={"p.png": {"image/png": png}}),
        shown("image/png", png, alt='A "line"'),
        shown(
            "text/html", f'<figure><img alt="An arrow." src="data:image/png;base64,{png}"><figcaption>F</figcaption>'
        ),
    ]
    page = ours(notebook(*cells), folder=tmp_path)
    assert not live(page)
    assert [f"[picture: {name}]" in text_of(page) for name in "abcde"] == [False, False, True, True, True]
    pictures = html5lib.parse(page, namespaceHTMLElements=False).findall(".//img")
    found = {picture.get("alt"): picture.get("src") for picture in pictures}
    assert found == {
        "a": f"data:image/png;base64,{png}",
        "b": "data:image/png;base64,iVBORw0KGgo=",
        'A "line"': f"data:image/png;base64,{png}",
        "An arrow.": f"data:image/png;base64,{png}",
    }


def test_reports_stay() -> None:
    """A check's report keeps its box, its fold and its formulas; a student's copy of one is only text."""
    report = Report(
        "wrong", "Costs $5, not $6.", tag="sign", details=("Look here.",), formulas=(Formula("Read as", "x", "x^2"),)
    )
    bundle = {"text/html": as_html(report), "text/plain": "plain", REPORT_TYPE: {"status": "wrong", "earned": 0}}
    value = new_output("execute_result", data={"text/plain": "0.0"})
    cells = [graded_cell("check()", [new_output("display_data", data=bundle), value])]
    page = ours(notebook(*cells))
    assert not live(page)
    assert '<div class="mcourse-report mcourse-wrong">' in page
    assert "<details><summary>More</summary>" in page
    assert "Costs $5, not $6." in page
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page
    assert '<pre class="value"' not in page
    forged = ours(notebook(shown("text/html", as_html(report))))
    assert "mcourse-report" not in forged[forged.index("<body") :]
    assert "Costs $5, not $6." in forged


def test_links_are_left() -> None:
    """A link that a reader must click stays, and tells nobody where it was clicked."""
    page = ours(notebook(answer("[there](https://example.org/a) [mail](mailto:a@b.org) <a href='/x'>here</a>")))
    links = html5lib.parse(page, namespaceHTMLElements=False).findall(".//div[@class='prose']//a")
    assert [(link.text, link.get("href")) for link in links] == [
        ("there", "https://example.org/a"),
        ("mail", "mailto:a@b.org"),
        ("here", None),
    ]
    assert {link.get("rel") for link in links} == {"noopener noreferrer nofollow"}


def test_the_policy_forbids_the_rest() -> None:
    """The page's own policy lets nothing run or load, should anything slip through."""
    head = html5lib.parse(ours(notebook()), namespaceHTMLElements=False).find("head")
    policies = [meta.get("content") for meta in head.findall("meta") if meta.get("http-equiv")]
    assert policies == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; "
        "form-action 'none'"
    ]


@pytest.mark.parametrize(
    "text",
    ["<div>" * 60_000, "[" * 60_000, "$" * 60_000, "\\begin{align}\n" * 4_000, "*a **b" * 9_000, "> " * 30_000],
    ids=["divisions", "brackets", "dollars", "environments", "stars", "quotes"],
)
def test_floods_are_shown_plainly(text: str) -> None:
    """Markup meant to keep the grader busy becomes plain text, or is rendered all the same."""
    assert not live(ours(notebook(answer(text))))


def test_floods_of_source() -> None:
    """Source with lines that no person writes, or with too many, is shown without colours; the lexer never sees it."""
    assert "<span" in code("def f():\n    return 1")
    assert "<span" in code(("a." * 490 + "\n") * 30)
    assert "<span" not in code("a." * 501)
    assert "<span" not in code("a.b\n" * 7_501)


DRAWINGS = {
    "link": "<svg><a href='javascript:x()'><text>t</text></a></svg>",
    "handler": "<svg onload = x()></svg>",
    "fetched": "<svg><image xlink:href='https://example.org/seen.png'/></svg>",
    "fetched by style": "<svg><rect style='fill:url( https://example.org/a#b)'/></svg>",
    "flood of links": "<svg>" + "<image href" * 100_000,
    "flood of blanks": "<svg>url(" + " " * 500_000,
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_that_are_more(name: str) -> None:
    """A drawing that runs, links or fetches is shown by its text."""
    page = ours(notebook(shown("image/svg+xml", DRAWINGS[name])))
    assert "<img" not in page if not name.startswith("flood") else not live(page)
    assert "harmless" in page or name.startswith("flood")


def test_drawings_are_shown() -> None:
    """A drawing as matplotlib writes it is shown."""
    figure = Figure()
    figure.subplots().plot([1, 2], label="line")
    written = io.StringIO()
    figure.savefig(written, format="svg")
    assert 'src="data:image/svg+xml;base64,' in ours(notebook(shown("image/svg+xml", written.getvalue())))


def test_too_many_tags() -> None:
    """Markup of absurd depth is refused before it is parsed."""
    with pytest.raises(TooMuch, match="20,000"):
        Cleaner().clean("<b>" * 20_001)
    assert "harmless" in ours(notebook(shown("text/html", "<b>" * 20_001)))


LONG = {
    "attributes": ("text/html", "<p " + " ".join(f"a{k}=1" for k in range(500_000)) + ">harmless"),
    "attributes in a picture": ("text/html", "<p ='data:image/png;base64," + "/".join(map(str, range(500_000))) + "'>"),
    "pieces of formulas": ("text/html", ("<p>" + "\\begin{a}" * 5_000) * 100),
    "environments": ("text/latex", "\\begin{a}" * 500_000),
}


@pytest.mark.parametrize("name", LONG)
def test_long_markup_takes_no_time(name: str) -> None:
    """What is made to be slow is shown as text, or not at all, and at once; a large picture is shown."""
    begin = time.process_time()
    ours(notebook(shown(*LONG[name])))
    assert time.process_time() - begin < 3
    assert 'src="data:image' in Cleaner().clean(f"<img src='data:image/png;base64,{'A/B+' * 100_000}' alt='a b'>")


def test_text_from_terminals() -> None:
    """Colours stay; whatever else a terminal would obey goes, and a line shows what was written over it last."""
    assert printed("50%\r100%\n\x1b[2J\x9b1m\x1b[1mdone\x1b[0m\x08") == '100%\n<span class="ansi-bold">done</span>'
    assert plain("a\x1b[31m\nb\u2066") == "a[31m b\ufffd"
    assert printed("\x1b[38ma <number> is missing") == "a &lt;number&gt; is missing"


def test_colours_take_no_time() -> None:
    """Text in which each letter has its own colour is shown without any, and at once."""
    begin = time.process_time()
    assert printed("\x1b[1mx" * 500_000) == "x" * 500_000
    assert time.process_time() - begin < 2


@pytest.mark.slow
def test_a_browser_runs_nothing(tmp_path: Path) -> None:
    """A browser that runs the scripts on nbgrader's page runs none on ours."""
    browser = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no Chromium on this machine")
    mark = "document.documentElement.dataset.ran=1"
    texts = [f"<script>{mark}</script>", f"<img src=x onerror='{mark}'>", f"<svg onload='{mark}'></svg>"]
    made = notebook(*(answer(text) for text in texts), *(shown("text/html", text) for text in texts))
    assert 'data-ran="1"' in loaded(browser, tmp_path / "stock.html", nbgraders(made))
    found = loaded(browser, tmp_path / "ours.html", ours(made))
    assert "my answer" not in found
    assert "ps1" in found
    assert "data-ran" not in found


def loaded(browser: str, path: Path, text: str) -> str:
    """The page as it is after a browser has loaded it."""
    path.write_text(text, encoding="utf-8")
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    offline = ("--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND")
    own = f"--user-data-dir={path.with_suffix('.profile')}"
    command = [browser, *quiet, *offline, own, "--virtual-time-budget=3000", "--dump-dom", path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
