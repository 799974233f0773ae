"""``docs/security.md`` says what the code does: its tables are compared with seals, defences and corpus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from corpus import ATTACKS, THEMES
from taken_out import DEFENCES

from autograder.grading.sealed.inside.isolate import SEALS
from autograder.grading.sealed.inside.seccomp import NUMBERS

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")


def rows(first: str) -> Iterator[list[str]]:
    """The rows of the table whose head begins with a word, cell by cell."""
    _, _, after = PAGE.partition(f"\n| {first} |")
    for line in after.partition("\n\n")[0].splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def shown_by(missing: str) -> list[str]:
    """The attacks that work where this is missing."""
    return [name for name, attack in ATTACKS.items() if missing in attack.by.split(" and ")]


def test_seals() -> None:
    """The table has the seals in their order, and with each the attacks that show it."""
    table = {named(seal)[0]: named(attacks) for seal, _, _, attacks in rows("seal")}
    assert list(table) == list(SEALS)
    assert {seal: sorted(names) for seal, names in table.items()} == {seal: sorted(shown_by(seal)) for seal in SEALS}


def test_defences() -> None:
    """The table has every other defence that the corpus takes out, and with each the attacks that show it."""
    table = {named(defence)[0]: named(attacks) for defence, _, attacks in rows("defence")}
    assert {name: sorted(names) for name, names in table.items()} == {n: sorted(shown_by(n)) for n in DEFENCES}
    assert all(table.values())


def test_themes() -> None:
    """The numbers of submissions are those of the corpus."""
    table = {named(theme)[0]: (int(count), int(stock)) for theme, count, stock in rows("theme")}
    assert table == {name: (len(t), sum(attack.by == "stock" for attack in t)) for name, t in THEMES.items()}


def test_refused_calls() -> None:
    """What the page says of the filter's length is about right."""
    assert "some sixty system calls" in PAGE
    assert 60 <= len(NUMBERS) < 70
