"""``python -m autograder.cli.readme``: bring the table of units in README.md up to date with the units' text."""

from __future__ import annotations

import re

from autograder.authoring.table import units_table
from autograder.authoring.units import find_units, read_units
from autograder.cli.places import find_places

MARKS = re.compile(r"(<!-- units:begin -->\n).*?(<!-- units:end -->)", re.DOTALL)


def with_table(readme: str, table: str) -> str:
    """Put the table between the marks.

    >>> with_table("# A\\n<!-- units:begin -->\\nold\\n<!-- units:end -->\\n", "| new |")
    '# A\\n<!-- units:begin -->\\n| new |\\n<!-- units:end -->\\n'
    """
    return MARKS.sub(lambda found: f"{found[1]}{table}\n{found[2]}", readme)


def main() -> None:
    """Write README.md."""
    places = find_places()
    path = places.root / "README.md"
    table = units_table(read_units(find_units(places.units)))
    path.write_text(with_table(path.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
