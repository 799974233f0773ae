"""The instructor's report: true figures, safe text, and a page that needs nothing but itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading import Grading
from autograder.grading.histogram import bins, histogram, in_words
from autograder.grading.items import items
from autograder.grading.page import report, write_report
from autograder.grading.roster import Person

GRADING = Grading(
    "ps1",
    cells={"01-add-test-1": 2.0, "01-add-test-2": 1.0, "01-why-manual-1": 1.0},
    graded=("ada", "bob"),
    unchanged=("cy",),
    set_aside={"dan": "exercises.ipynb is damaged"},
    failed={"eve": "its kernel died"},
    marks={
        "ada": {"01-add-test-1": 2.0, "01-add-test-2": 1.0, "01-why-manual-1": 0.5},
        "bob": {"01-add-test-1": 0.0, "01-add-test-2": 1.0, "01-why-manual-1": None},
        "cy": {"01-add-test-1": None, "01-add-test-2": 1.0, "01-why-manual-1": 1.0},
    },
    scores={"ada": 3.5, "bob": 1.0, "cy": 2.0},
    reasons={"cy": {"01-add": "written for somebody else"}},
    mistakes={"01-add": {"sign": 2, "factor": 1}},
    seconds={"ada": 1.25, "bob": 30.0},
    versions={"bob": "0.1"},
)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><svg onload=alert(1)>",
    "&lt;b&gt;",
    "a\u202egpj.exe",
    "nul\0bell\a",
]


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and the text of each table by rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in ("td", "th"):
            self.tables[-1][-1][-1] += data

    def table(self, *heading: str) -> list[list[str]]:
        """The rows of the table with this heading."""
        return next(table[1:] for table in self.tables if table[0][: len(heading)] == list(heading))


def test_items() -> None:
    """Shares and means are over those whose marks are known, and mistakes are those that the checks named."""
    add, why = items(GRADING)
    assert (add.exercise, add.worth, add.counted, add.right, add.mean) == ("01-add", 3.0, 2, 1, 2.0)
    assert add.mistakes == {"sign": 2, "factor": 1}
    assert (why.counted, why.right, why.mean, why.mistakes) == (2, 1, 0.75, {})


def test_items_of_several_notebooks() -> None:
    """Exercises of several notebooks stay apart, and find the mistakes that their cells reported."""
    grading = Grading("ps1", {"one/a-test-1": 1.0, "two/b-test-1": 1.0}, mistakes={"b": {"sign": 1}})
    assert [(item.exercise, dict(item.mistakes)) for item in items(grading)] == [("one/a", {}), ("two/b", {"sign": 1})]


def test_tables() -> None:
    """Every number of the report stands in its table, under its heading."""
    page = Page(report(GRADING))
    assert page.table("exercise", "points") == [
        ["01-add", "3", "2", "50%", "2.00", "sign (2), factor (1)"],
        ["01-why", "1", "2", "50%", "0.75", ""],
    ]
    assert page.table("student", "what") == [
        ["dan", "set aside", "exercises.ipynb is damaged"],
        ["eve", "failed", "its kernel died"],
    ]
    assert page.table("student", "cells", "why") == [
        ["bob", "01-why-manual-1", ""],
        ["cy", "01-add-test-1", "01-add: written for somebody else"],
    ]
    assert page.table("student", "seconds") == [["bob", "30.0"], ["ada", "1.2"]]
    assert page.table("student", "mcutils") == [["bob", "0.1"]]
    marks = page.table("student", "score (of 4)")
    assert [row[:2] for row in marks] == [["ada", "3.5"], ["bob", "1"], ["cy", "2"], ["dan", "–"], ["eve", "–"]]
    assert marks[1][2:] == ["to be marked by a person: 01-why-manual-1 | made with mcutils 0.1", "0", "1", "open"]


def test_counts() -> None:
    """How many were graded, unchanged, set aside and failed, and how many wait, stand at the top."""
    found = dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", report(GRADING)))
    assert found == {
        "handed in": "5",
        "graded now": "2",
        "unchanged": "1",
        "set aside": "1",
        "failed": "1",
        "wait for a person": "2",
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_only_text(text: str) -> None:
    """Whatever a name, reason, tag or version holds, the page has the elements that it has with plain words."""

    def made(word: str) -> str:
        return report(
            Grading(
                word,
                {word: 1.0},
                (word,),
                set_aside={word + "1": word},
                failed={word + "2": word},
                marks={word: {word: None}},
                scores={word: 0.0},
                reasons={word: {word: word}},
                mistakes={word: {word: 1}},
                seconds={word: 1.0},
                versions={word: word},
            )
        )

    def shape(page: str) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes in Page(page).elements]

    assert shape(made(text)) == shape(made("a" * len(text)))
    assert not re.search("[\u202a-\u202e\u2066-\u2069\0\a]", made(text))


def test_needs_nothing() -> None:
    """No address, no script and no file but itself; and its own policy forbids them."""
    text = report(GRADING)
    page = Page(text)
    names = {name for _, attributes in page.elements for name in attributes}
    assert not names & {"src", "href", "srcset", "action", "data", "xlink:href"}
    assert not {"script", "link", "img", "iframe", "object", "embed"} & {tag for tag, _ in page.elements}
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_for_every_reader() -> None:
    """Headings go down one level at a time, every table names columns and rows, the picture is said in words."""
    page = Page(report(GRADING))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}
    assert {"lang": "en"} in [attributes for tag, attributes in page.elements if tag == "html"]
    headers = [attributes.get("scope") for tag, attributes in page.elements if tag == "th"]
    assert set(headers) == {"col", "row"}
    assert all(attributes.get("aria-label") for tag, attributes in page.elements if tag == "table")
    picture = next(attributes for tag, attributes in page.elements if tag == "svg")
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert picture["role"] == "img"
    assert set(str(picture["aria-labelledby"]).split()) <= ids


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast of two colours."""

    def light(colour: str) -> float:
        wide = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
        parts = [int(wide[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast() -> None:
    """In light and in dark, text stands out by 4.5 to 1 and bars by 3 to 1."""
    themes = re.findall(r":root \{([^}]*)\}", report(GRADING))
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): #(\w+)", theme))
        assert contrast(colours["ink"], colours["paper"]) >= 4.5
        assert contrast(colours["quiet"], colours["paper"]) >= 4.5
        assert contrast(colours["bar"], colours["paper"]) >= 3


@given(st.lists(st.floats(-1, 12, allow_nan=False), max_size=40), st.floats(0, 50))
def test_every_score_is_in_one_bar(scores: list[float], maximum: float) -> None:
    """Bars count each score once, and the words say the same counts."""
    found = bins(scores, maximum)
    assert sum(b.count for b in found) == len(scores)
    assert [int(n) for n in re.findall(r"(\d+) with", in_words(scores, maximum))] == [b.count for b in found if b.count]


@pytest.mark.parametrize(("score", "place"), [(0, 0), (0.3, 3), (0.29, 2), (0.6, 6), (0.7, 7), (1, 9)])
def test_edges(score: float, place: int) -> None:
    """A score on the edge of two bars is in the upper one, the best score in the last, without rounding errors."""
    assert [b.count for b in bins([score], 1.0)].index(1) == place


@pytest.mark.parametrize(
    ("maximum", "count", "step"), [(49, 10, 5), (13, 7, 2), (24, 10, 2.5), (3, 6, 0.5), (0.7, 7, 0.1)]
)
def test_round_edges(maximum: float, count: int, step: float) -> None:
    """Bars begin and end at numbers that a person would choose, and there are at most ten."""
    found = bins([], maximum)
    assert (len(found), found[-1].high) == (count, pytest.approx(count * step))


def test_who_has_not_handed_in() -> None:
    """Whom the gradebook knows and who has handed in nothing is counted and listed, with the name; nobody else is."""
    people = {"ada": Person("ada", "Ada", "Lovelace"), "zoe": Person("zoe", "Zoë", "<b>"), "yan": Person("yan")}
    page = Page(report(GRADING, people))
    assert [["yan", ""], ["zoe", "Zoë <b>"]] in [rows[1:] for rows in page.tables]
    assert "<dt>not handed in</dt><dd>2</dd>" in report(GRADING, people)
    assert "Not handed in" not in report(GRADING)


def test_heights() -> None:
    """A bar is as tall as its count says."""
    tall = [float(h) for h in re.findall(r'class="bar"[^>]*height="([\d.]+)"', histogram([0, 0, 0, 0, 9, 9], 10))]
    assert tall[0] == pytest.approx(2 * tall[1], abs=0.1)


def test_nobody_has_marks(tmp_path: Path) -> None:
    """Where nobody has marks there is no picture, and the page says so."""
    text = write_report(Grading("ps1", {"a": 1.0}, failed={"eve": "died"}), tmp_path / "out" / "ps1.html").read_text()
    assert "<svg" not in text
    assert "No scores yet." in text
