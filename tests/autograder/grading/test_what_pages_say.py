"""What a feedback page says of marks, and how it says it to everybody."""

from __future__ import annotations

import base64
import io
import re
import sqlite3
from html import unescape
from pathlib import Path

import html5lib
import pytest
from fontTools.ttLib import TTFont
from live_markup import answer, graded_cell, notebook, ours, standing
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from tiny_course import hand_in

from autograder.grading import GradingError, grade, write_feedback
from autograder.grading.feedback.font import ALPHABET, STYLED, face
from autograder.grading.feedback.maths import formula
from autograder.grading.feedback.standing import Mark
from autograder.grading.feedback.write import _unwritten

UNITS = Path(__file__).parents[3] / "course" / "units"


def words(page: str) -> str:
    return " ".join(" ".join(html5lib.parse(page, namespaceHTMLElements=False).find("body").itertext()).split())


def test_points_and_a_reason() -> None:
    """Part marks and the reason for them, what a person has still to mark, what was taken off: the page has them."""
    cells = [
        answer("because"),
        graded_cell("t()", grade_id="02-bowl-test-1"),
        graded_cell("t()", grade_id="02-bowl-test-2"),
    ]
    marks = {"why": Mark(0.5, 2), "02-bowl-test-1": Mark(1, 1), "02-bowl-test-2": Mark(0, 2, waiting=True)}
    said = {"why": "Right, but *why*: $A \\neq A^\\top$?"}
    page = ours(notebook(*cells), standing(marks=marks, comments=said, late_penalty=1.0, name="Ada L."))
    assert "Ada L. ( ada )" in words(page)
    assert "0.5 of 5 points so far; some of it is still to be marked by a person" in words(page)
    assert "1 point was taken off for handing in late." in words(page)
    assert "why 0.5 of 2 comment 02-bowl to be marked · 3 points" in words(page)
    assert "Answer why 0.5 of 2 top" in words(page)
    assert "Right, but <em>why</em>: <math>" in page
    assert "Test 02-bowl-test-1 1 of 1 top" in words(page)


def test_nothing_below_zero() -> None:
    """A penalty that is larger than the score leaves 0."""
    page = ours(notebook(answer("a")), standing(late_penalty=5.0))
    assert "0 of 2 points" in words(page)
    assert "5 points were taken off" in words(page)


def test_links_within_the_page() -> None:
    """Every link within the page leads to something on it, and no two things have one name."""
    cells = [answer("because"), graded_cell("t()", grade_id="02-bowl-test-1")]
    page = ours(notebook(*cells), standing(marks={"02-bowl-test-1": Mark(1, 1)}, comments={"why": "good"}))
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    names = [element.get("id") for element in tree.iter() if element.get("id")]
    wanted = {link.get("href")[1:] for link in tree.iter("a") if link.get("href", "").startswith("#")}
    assert len(names) == len(set(names))
    assert {"top", "cell-1-comment", "cell-2"} <= wanted <= set(names)


def test_for_every_reader() -> None:
    """The page says its language, has one title and headings below it, and signs that are not only colours."""
    made = notebook(
        new_markdown_cell("# First\n## Second"), new_code_cell("1", outputs=[new_output("stream", text="one")])
    )
    tree = html5lib.parse(ours(made), namespaceHTMLElements=False)
    assert tree.get("lang") == "en"
    headings = [(element.tag, element.text) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert [tag for tag, _ in headings] == ["h1", "h2", "h3"]
    assert [pre.get("tabindex") for pre in tree.iter("pre")] == ["0", "0"]


def contrasts(css: str) -> dict[str, float]:
    """The contrast of each colour with the page and with its shaded parts (WCAG 2.2, relative luminance)."""
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", css))

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    out = {}
    for name in colours.keys() - {"paper", "shade", "line"}:
        for ground in ("paper", "shade"):
            high, low = sorted((light(colours[name]), light(colours[ground])), reverse=True)
            out[f"{name} on {ground}"] = (high + 0.05) / (low + 0.05)
    return out


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_contrast(scheme: str) -> None:
    """Every colour of text has a contrast of at least 4.5 with what is behind it, in light, in dark and on paper."""
    css = (Path(face.__code__.co_filename).parent / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    found = contrasts(dict(zip(("light", "dark", "print"), blocks, strict=True))[scheme])
    assert len(found) > 20
    assert {name: ratio for name, ratio in found.items() if ratio < 4.5} == {}


def test_a_font_for_formulas() -> None:
    """A page with formulas has the font for them in itself, with what stretches; a page without has none."""
    plain, set_, styled = (ours(notebook(answer(text))) for text in ("none", "$x^2$", "$\\mathbf{x}$"))
    assert "font/woff" not in plain
    data = [re.search(r"font/woff;base64,([^)]*)", page)[1] for page in (set_, styled)]
    fonts = [TTFont(io.BytesIO(base64.b64decode(text))) for text in data]
    assert [0x1D431 in font.getBestCmap() for font in fonts] == [False, True]
    for font in fonts:
        assert "MATH" in font
        assert {ord("("), ord("["), ord("{"), 0x2211, 0x1D465, 0x22A4} <= set(font.getBestCmap())
    assert len(set_) < 200_000


def test_the_font_has_what_the_course_writes() -> None:
    """Every sign in a formula of the units is in the font."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(UNITS.glob("*/*.md")))
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    made = (formula(tex) for tex in set(re.findall(r"(?<![\\$])\$\$?([^$]+)\$\$?", text)))
    signs = {sign for markup in made for sign in unescape(re.sub("<[^>]*>", "", markup))}
    unseen = set("\n\u2061\u2062\u2063")
    assert len(signs) > 80
    assert signs - ALPHABET - STYLED - unseen == set()


def test_a_page_is_written_again_if_it_would_differ(course: Path) -> None:
    """A comment, a name, or a changed way of making pages brings a new page; nothing new leaves the old one."""
    hand_in(course, "ada", add="def add(a, b):\n    return a + b")
    hand_in(course, "bob", add="def add(a, b):\n    return a - b")
    result = grade(course, "ps1")
    outcomes: list[tuple[str, str]] = []

    def write() -> list[tuple[str, str]]:
        outcomes.clear()
        write_feedback(course, result, on_progress=lambda who, outcome, *_: outcomes.append((who, outcome)))
        return list(outcomes)

    assert write() == [("ada", "graded"), ("bob", "graded")]
    assert write() == [("ada", "unchanged"), ("bob", "unchanged")]
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        gradebook.execute("update student set first_name = 'Bob' where id = 'bob'")
    assert write() == [("ada", "unchanged"), ("bob", "graded")]
    (course / "feedback" / "ada" / "ps1" / "exercises.html").unlink()
    assert write() == [("ada", "graded"), ("bob", "unchanged")]


def test_one_page_that_cannot_be_made_stops_no_other(course: Path) -> None:
    """Where one student's page cannot be written, the others have theirs, and the message says whose is missing."""
    for student in ("ada", "bob"):
        hand_in(course, student, add="def add(a, b):\n    return a + b")
    result = grade(course, "ps1")
    work = course / "autograded" / "ada" / "ps1" / "exercises.ipynb"
    whole = work.read_text(encoding="utf-8")
    work.chmod(0o644)
    work.write_text(whole[:-9], encoding="utf-8")
    outcomes = []
    with pytest.raises(GradingError, match=r"^The feedback of ada could not be written \(.+\); put that right"):
        write_feedback(course, result, on_progress=lambda who, outcome, *_: outcomes.append((who, outcome)))
    assert outcomes == [("ada", "failed"), ("bob", "graded")]
    work.write_text(whole, encoding="utf-8")
    assert len(write_feedback(course, result)) == 2


def test_the_reason_why_pages_cannot_be_written_is_readable() -> None:
    """Of a class whose pages find no room a few names stand for all, and the system's reason is in words."""
    full = OSError(28, "No space left on device", "a.html")
    said = str(_unwritten({f"s{k}": full for k in range(60)}))
    assert said.startswith(
        "The feedback of s0, s1, s2, s3, s4 and 55 more could not be written (No space left on device);"
    )


def test_odd_notebooks() -> None:
    """Metadata of the wrong form and half characters cost nobody their page."""
    cells = [
        new_code_cell("print('\ud83d')", outputs=[new_output("stream", text="half \udc00 a character")]),
        answer("$\ud83d$"),
    ]
    for own in ("text", {"grade_id": ["a"], "grade": True}, None):
        cells.append(new_code_cell("odd", metadata={"nbgrader": own}))
    assert "half ? a character" in words(ours(notebook(*cells)))
