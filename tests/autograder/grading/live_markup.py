"""What makes a page live, found as a browser finds it: by parsing, not by looking for words.

And the two pages of one notebook that are compared: nbgrader's own, and ours.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from autograder.grading.feedback.hidden import Delimiters
from autograder.grading.feedback.page import page
from autograder.grading.feedback.standing import Mark, Standing

ACTIVE = re.compile(
    "script|iframe|frame|frameset|object|embed|applet|form|input|button|textarea|select|link|base|video|audio|source|"
    "track|portal|animate|set|foreignObject|use|annotation-xml|marquee|canvas|template|dialog"
)
LOADING = {
    "src",
    "srcset",
    "data",
    "poster",
    "background",
    "action",
    "formaction",
    "code",
    "manifest",
    "lowsrc",
    "ping",
}
RUNNING = re.compile(r"^[\x00-\x20]*(?:javascript|vbscript|data:(?!image/))", re.IGNORECASE)
OWN_PICTURE = re.compile(r"^data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*$")
STYLED = re.compile(
    r"url\(|@import|expression|position|behavior|-moz-binding|z-index|margin:\s*-|image-set", re.IGNORECASE
)
TEX = re.compile(r"\\(?:href|require|style|class|cssId|bbox|unicode)\b")


def live(text: str) -> Counter[str]:
    """Count what runs, loads, sends or covers on a page."""
    tree = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    found: Counter[str] = Counter()
    typeset = any(_name(element) == "script" and "MathJax" in _text(element) for element in tree.iter())
    ignored = {
        child for element in tree.iter() if "tex2jax_ignore" in element.get("class", "") for child in element.iter()
    }
    style = 0
    for element in tree.iter():
        name = _name(element)
        if ACTIVE.fullmatch(name):
            found[f"<{name}>"] += 1
        if name == "style":
            style += 1
            if re.search(r"@import|url\((?!data:font/)", _text(element)):
                found["<style> that loads"] += 1
        if name == "meta" and element.get("http-equiv", "").lower() == "refresh":
            found["<meta refresh>"] += 1
        if (
            typeset
            and element not in ignored
            and name not in ("script", "style", "code", "pre")
            and TEX.search(_own_text(element))
        ):
            found["TeX that MathJax obeys"] += 1
        for attribute, value in element.attrib.items():
            found.update(_live_attribute(name, str(attribute).lower().rsplit("}", 1)[-1], value))
    found["<style>"] += max(0, style - 1)
    return +found


def _live_attribute(tag: str, name: str, value: str) -> list[str]:
    out = []
    if name.startswith("on") or name == "srcdoc":
        out.append(name)
    if RUNNING.match(re.sub(r"[\t\r\n]", "", value)) and not (tag == "img" and OWN_PICTURE.match(value)):
        out.append(f"{name} that runs")
    elif name in LOADING and not OWN_PICTURE.match(value):
        out.append(f"{name} that loads")
    if name == "href" and tag not in ("a", "area"):
        out.append("href of no link")
    if name == "style" and STYLED.search(value) and "scroll" not in value:
        out.append("style")
    return out


def _name(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else "comment"


def _text(element: Any) -> str:
    return "".join(element.itertext())


def _own_text(element: Any) -> str:
    return "".join([element.text or "", *(child.tail or "" for child in element)])


def text_of(page: str) -> str:
    """What a reader of the page reads."""
    return _text(html5lib.parse(page, namespaceHTMLElements=False).find("body"))


def answer(source: str, **more: Any) -> Any:
    """A written answer that a person marks."""
    own = {"grade_id": "why", "grade": True, "solution": True, "points": 2, "schema_version": 3, "locked": False}
    return new_markdown_cell(source, metadata={"nbgrader": own | {"task": False, "cell_type": "markdown"}}, **more)


def graded_cell(source: str, outputs: Any = (), grade_id: str = "add-test-1") -> Any:
    """A test."""
    own = {"grade_id": grade_id, "grade": True, "solution": False, "points": 2, "schema_version": 3, "locked": True}
    return new_code_cell(source, metadata={"nbgrader": own | {"task": False}}, outputs=list(outputs))


def shown(kind: str, value: str, **metadata: Any) -> Any:
    """A cell that shows something of one kind."""
    output = new_output("display_data", data={kind: value, "text/plain": "harmless"}, metadata={kind: metadata})
    return new_code_cell("show()", outputs=[output])


def raw(source: str) -> Any:
    return new_raw_cell(source)


def notebook(*cells: Any) -> Any:
    return new_notebook(cells=list(cells))


def standing(**more: Any) -> Standing:
    """Somebody's marks."""
    return Standing(
        **{"student": "ada", "assignment": "ps1", "notebook": "exercises", "marks": {"why": Mark(1, 2)}} | more
    )


def ours(made: Any, known: Standing | None = None, *, hide: bool = True, folder: Path | None = None) -> str:
    """Our page."""
    return page(made, known or standing(), folder, Delimiters() if hide else None)


def nbgraders(made: Any, known: Standing | None = None) -> str:
    """nbgrader's own page, from its own template, as ``nbgrader generate_feedback`` fills it."""
    known = known or standing()
    for cell in made.cells:
        if own := cell.metadata.get("nbgrader"):
            own |= {"score": 1.0, "points": 2.0, "comment": known.comments.get(own.grade_id)}
    resources = {"nbgrader": {"notebook": known.notebook, "score": 1.0, "max_score": 2.0, "late_penalty": 0}}
    text, _ = _exporter().from_notebook_node(made, resources=resources)
    return str(text)


def formgraders(made: Any, *, safe: bool) -> str:
    """The page on which Formgrader's users mark by hand, as it is or with our two settings."""
    about = {"index": 0, "total": 1, "base_url": "/base", "notebook_id": "exercises", "assignment_id": "ps1"}
    text, _ = _formgrader(safe).from_notebook_node(made, resources=about | {"student": "ada", "notebook_path": "p"})
    return str(text)


@cache
def _exporter() -> Any:
    from nbconvert.exporters import HTMLExporter
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    config = GenerateFeedback(coursedir=CourseDirectory()).config
    config.Exporter.default_preprocessors = ["nbconvert.preprocessors.CSSHTMLHeaderPreprocessor"]
    return HTMLExporter(config=config)


@cache
def _formgrader(safe: bool) -> Any:
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.handlers import template_path
    from traitlets.config import Config

    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [template_path]
    if safe:
        config.HTMLExporter.preprocessors = ["autograder.grading.feedback.formgrader.DeadOutputs"]
        config.HTMLExporter.filters = {"markdown2html": "autograder.grading.feedback.formgrader.markdown2html"}
    return HTMLExporter(config=config)
