"""What an instructor reads about marks is what the tests of the marks allow."""

from __future__ import annotations

import re
from pathlib import Path

from differences import ORDINARY, UNITS

DOCS = Path(__file__).parents[2] / "docs" / "marks.md"


def test_the_documentation_has_the_table() -> None:
    """Instructors read of every difference, and of no other."""
    section = DOCS.read_text(encoding="utf-8").partition("## Where our marks differ from nbgrader's, and why")[2]
    lines = re.findall(r"^\| (.+?) \|", section.partition("\n## ")[0], re.MULTILINE)
    assert lines[0] == "what"
    assert sorted(lines[1:]) == sorted([*ORDINARY, *UNITS])
