"""What came of a submission, read from the course directory that a grader leaves, and whether an attack has worked.

One measure for both sides: the same function says what an attack gained under stock nbgrader and what under ours.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
from corpus.attack import Attack, Effect
from hostile_course import TESTS, WORD

MARK = "hostile-was-here"
MOST = 500_000
"""Characters of output of one submission; twice what the corpus's limits allow."""
LIVE_TAGS = ("script", "iframe", "object", "embed", "form", "base", "meta", "link", "style", "input", "frame", "applet")
ODD = ("\x1b", "\x07", "\x08", "\u202e", "\u2066", "\u2067", "\u202d")
"""Characters that a terminal or a page obeys."""


@dataclass(frozen=True)
class Seen:
    """What came of one submission.

    Args:
        marks: by test; nothing where nothing was graded.
        outputs: of the cells that are not tests, as text.
        of_tests: of the tests, as text.
        pages: the feedback.
        sent: what came in at the servers that were listening.
        left: files and processes that were left behind.
        said: the reason, where nothing was graded.
        forged: whether a mistake that nobody made is in the summary.
        copied: bytes of the largest file that was copied.
    """

    marks: dict[str, float | None] = field(default_factory=dict)
    outputs: str = ""
    of_tests: str = ""
    pages: tuple[str, ...] = ()
    sent: str = ""
    left: tuple[str, ...] = ()
    said: str = ""
    forged: bool = False
    copied: int = 0


def effects(attack: Attack, seen: Seen, honest_pages: tuple[str, ...] = ()) -> set[Effect]:
    """Name all that a submission gained beyond what it deserves."""
    wanted, got = ({} if attack.set_aside else attack.deserves), seen.marks
    more = [t for t, mark in got.items() if _is_more(mark, wanted.get(t, 0.0))]
    less = [t for t, mark in wanted.items() if _is_more(mark, got.get(t, 0.0)) and mark is not None]
    found: dict[Effect, bool] = {
        "marks": bool(more),
        "breaks": bool(less) or bool(seen.said and not attack.set_aside) or "never ended" in seen.said,
        "got": "GOT" in seen.outputs + seen.of_tests,
        "secret": WORD in seen.outputs or WORD in seen.sent,
        "stays": bool(seen.left),
        "flood": len(seen.outputs) + len(seen.of_tests) > MOST or seen.copied > 50_000_000,
        "markup": live(seen.pages) > live(honest_pages) or any(sign in seen.said for sign in ODD),
        "forged": seen.forged,
    }
    return {effect for effect, is_there in found.items() if is_there}


def _is_more(one: float | None, other: float | None) -> bool:
    """Whether a mark is better than another; one that a person must decide on is better than none."""
    if one is None or other is None:
        return one is not other and (other == 0 or (other is None and bool(one)))
    return one > other


def read_seen(course: Path, student: str, **more: Any) -> Seen:
    """Read what a grader left for a student."""
    outputs, of_tests = _outputs(course / "autograded" / student / "ps1")
    pages = tuple(path.read_text(encoding="utf-8") for path in (course / "feedback" / student).rglob("*.html"))
    sizes = [p.stat().st_size for p in (course / "autograded" / student).rglob("*") if p.is_file()]
    return Seen(_marks(course, student), outputs, of_tests, pages, copied=max(sizes, default=0), **more)


def _marks(course: Path, student: str) -> dict[str, float | None]:
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "attacked") as book:
        try:
            grades = [g for n in book.find_submission("ps1", student).notebooks for g in n.grades]
        except MissingEntry:
            return {}
        by_name = {g.name: None if g.needs_manual_grade and g.manual_score is None else g.score for g in grades}
        nothing = all(g.auto_score is None and not g.needs_manual_grade for g in grades)
    return {} if nothing else {test: by_name[name] for test, (name, _) in TESTS.items()}


def _outputs(folder: Path) -> tuple[str, str]:
    """All that cells have put out, by whether they are tests."""
    tests = {name for name, _ in TESTS.values()}
    own: list[str] = []
    of_tests: list[str] = []
    for path in folder.glob("*.ipynb") if folder.is_dir() else ():
        for cell in nbformat.read(path, as_version=4).cells:
            into = of_tests if cell.metadata.get("nbgrader", {}).get("grade_id") in tests else own
            into += [text for output in cell.get("outputs", ()) for text in _texts(output)]
    return "\n".join(own), "\n".join(of_tests)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


class _Live(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += tag in LIVE_TAGS
        for name, value in attrs:
            text = "".join((value or "").split()).lower()
            self.found[name] += name.startswith("on")
            self.found["script url"] += text.startswith(("javascript:", "vbscript:", "data:text"))
            self.found["elsewhere"] += name in ("src", "srcset", "action", "background") and text.startswith(
                ("http", "//")
            )

    def handle_data(self, data: str) -> None:
        for sign in ODD:
            self.found[f"sign {ord(sign):x}"] += data.count(sign)


def live(pages: tuple[str, ...]) -> Counter[str]:
    """Count what a browser would act on in the pages."""
    parser = _Live()
    for page in pages:
        parser.feed(page)
    return +parser.found


def left_in(*folders: Path) -> tuple[str, ...]:
    """The files below these folders that attacks have made or marked."""
    return tuple(str(path) for folder in folders for path in _walk(folder) if MARK in path.name or _is_marked(path))


def _walk(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names)


def _is_marked(path: Path) -> bool:
    try:
        mode = path.lstat()
        if not stat.S_ISREG(mode.st_mode) or mode.st_size > 1 << 20:
            return False
        return f"# {MARK}".encode() in path.read_bytes()
    except OSError:
        return False
