"""Writes the instructor's report of one assignment: a page that needs nothing but itself.

No script, no font, no address: it can be opened from a memory stick. Everything that somebody else wrote (names of
students, files and exercises, reasons, tags) goes through ``_text``, and the page's own policy lets nothing run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from autograder.grading.histogram import histogram, in_words
from autograder.grading.intake import legible
from autograder.grading.items import Item, items
from autograder.grading.marks import note
from autograder.grading.result import Grading
from autograder.grading.roster import Person
from autograder.grading.sheet import write_whole

SLOWEST = 10
"""How many of the slowest submissions are listed."""

MOST_TAGS = 3
"""How many mistakes of one exercise are listed."""

_FOCUS = 'tabindex="0" role="region"'
"""What lets a keyboard scroll a part of the page that may be wider than the screen."""

STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --quiet: #555; --paper: #fff; --line: #c8c8c8; --bar: #2b6cb0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eaeaea; --quiet: #b3b3b3; --paper: #16181c; --line: #454a52; --bar: #7db3ea; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.about { color: var(--quiet); margin: .25rem 0; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; padding: 0; }
dl div { display: flex; flex-direction: column-reverse; }
dt { color: var(--quiet); font-size: .9rem; }
dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid var(--bar); }
table { border-collapse: collapse; min-width: min(100%, 32rem); font-size: .95rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; overflow-wrap: normal; }
th[scope=row] { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.short { white-space: nowrap; }
td.long { min-width: 16rem; }
svg { display: block; width: 100%; min-width: 30rem; max-width: 40rem; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .bar { fill: var(--bar); }
svg .grid { stroke: var(--line); }
@media print { .wide { overflow: visible; } }
"""


def write_report(grading: Grading, path: Path, people: Mapping[str, Person] | None = None) -> Path:
    """Write the report, aside and then moved into place.

    Args:
        grading: the result of ``grade``.
        path: the file to write.
        people: the students whom the gradebook knows, by id; who of them has not handed in is listed.

    Returns:
        The file.
    """
    return write_whole(path, report(grading, people))


def report(grading: Grading, people: Mapping[str, Person] | None = None) -> str:
    """Make the page: counts, scores, exercises, who waits, who has no marks, who has not handed in, what was slow."""
    absent = {student: person for student, person in (people or {}).items() if student not in set(grading.students)}
    title = f"Report: {_text(grading.assignment)}"
    sections = (
        _counts(grading, None if people is None else len(absent)),
        _distribution(grading),
        _exercises(items(grading)),
        _unmarked(grading),
        _waiting(grading),
        _absent(absent),
        _slowest(grading),
        _versions(grading),
        _marks(grading),
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{"".join(sections)}</main>
</body>
</html>
"""


def _text(said: str) -> str:
    """Somebody else's text as text: no markup, and no characters that turn the line around or hide."""
    turning = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], "\ufffd")
    return escape(legible(said.translate(turning)), quote=True)


def _counts(grading: Grading, absent: int | None) -> str:
    facts = {
        "handed in": len(grading.students),
        **({} if absent is None else {"not handed in": absent}),
        "graded now": len(grading.graded),
        "unchanged": len(grading.unchanged),
        "set aside": len(grading.set_aside),
        "failed": len(grading.failed),
        "wait for a person": sum(bool(grading.waiting(student)) for student in grading.marks),
    }
    return f"<dl>{''.join(f'<div><dt>{name}</dt><dd>{count}</dd></div>' for name, count in facts.items())}</dl>\n"


def _distribution(grading: Grading) -> str:
    scores = list(grading.scores.values())
    picture = f'<div class="wide" {_FOCUS} aria-label="Scores">{histogram(scores, grading.maximum)}</div>\n'
    waits = any(grading.waiting(student) for student in grading.marks)
    open_ones = " Marks that are still open count as 0 here." if waits else ""
    return _section(
        "Scores", f"{picture if scores else ''}<p>{_text(in_words(scores, grading.maximum))}{open_ones}</p>\n"
    )


def _exercises(found: Sequence[Item]) -> str:
    rows = [
        [
            item.exercise,
            f"{item.worth:g}",
            f"{item.counted}",
            f"{item.right / item.counted:.0%}" if item.counted else "–",
            f"{item.mean:.2f}" if item.counted else "–",
            ", ".join(f"{tag} ({count})" for tag, count in list(item.mistakes.items())[:MOST_TAGS]),
        ]
        for item in found
    ]
    heading = ["exercise", "points", "students", "all points", "mean", "commonest mistakes (students)"]
    caption = "Over everybody whose marks for the exercise are known; mistakes as the checks named them."
    return _section("Exercises", _table(heading, rows, caption, numbers=range(1, 5)))


def _unmarked(grading: Grading) -> str:
    rows = [
        [student, kind, reason]
        for kind, reasons in (("set aside", grading.set_aside), ("failed", grading.failed))
        for student, reason in sorted(reasons.items())
    ]
    caption = "Set aside: the files cannot be graded as they are. Failed: the run ended early."
    return _section("No marks", _table(["student", "what", "reason"], rows, caption)) if rows else ""


def _waiting(grading: Grading) -> str:
    rows = [
        [student, ", ".join(cells), " ".join(grading.why(student))]
        for student in sorted(grading.marks)
        if (cells := grading.waiting(student))
    ]
    caption = "Mark these in Formgrader; the tables for Canvas and Moodle leave these students out until then."
    heading = ["student", "cells", "why"]
    if not any(why for *_, why in rows):
        heading, rows = heading[:2], [row[:2] for row in rows]
    return _section("To be marked by a person", _table(heading, rows, caption)) if rows else ""


def _absent(people: Mapping[str, Person]) -> str:
    rows = [[student, person.name if person.name != student else ""] for student, person in sorted(people.items())]
    caption = "Students whom the gradebook knows, and who have handed in nothing for this assignment."
    return _section("Not handed in", _table(["student", "name"], rows, caption)) if rows else ""


def _slowest(grading: Grading) -> str:
    slow = sorted(grading.seconds.items(), key=lambda pair: (-pair[1], pair[0]))[:SLOWEST]
    rows = [[student, f"{seconds:.1f}"] for student, seconds in slow]
    caption = f"The {len(rows)} that took longest, out of {len(grading.seconds)}."
    table = _table(["student", "seconds"], rows, caption, numbers=(1,))
    return _section("Slowest submissions", table) if rows else ""


def _versions(grading: Grading) -> str:
    rows = [[student, version] for student, version in sorted(grading.versions.items())]
    caption = "Graded all the same; a check may have changed since."
    table = _table(["student", "mcutils"], rows, caption)
    return _section("Made with another version of mcutils", table) if rows else ""


def _marks(grading: Grading) -> str:
    rows = []
    for student in grading.students:
        marks = grading.marks.get(student, {})
        shown = [_mark(marks[cell]) if cell in marks else "–" for cell in grading.cells]
        total = _mark(grading.scores[student]) if student in grading.scores else "–"
        rows.append([student, total, note(grading, student), *shown])
    worth = [f"{cell} (of {points:g})" for cell, points in grading.cells.items()]
    heading = ["student", f"score (of {grading.maximum:g})", "note", *worth]
    numbers = (1, *range(3, len(heading)))
    return _section("Marks", _table(heading, rows, "“open”: a person has still to decide. “–”: no marks.", numbers))


def _mark(value: float | None) -> str:
    return "open" if value is None else f"{value:g}"


def _section(heading: str, body: str) -> str:
    return f"<section>\n<h2>{heading}</h2>\n{body}</section>\n"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]], caption: str, numbers: Iterable[int] = ()) -> str:
    """A table that scrolls by itself, by keyboard too; the first column names its row.

    Args:
        heading: the columns' names.
        rows: text, not markup.
        caption: what the table shows.
        numbers: the columns of numbers.
    """
    right, about = set(numbers), _text(caption)

    def kind(column: int, entry: str) -> str:
        return "number" if column in right else "long" if len(entry) > 40 else "short"

    head = "".join(f'<th scope="col" class="{kind(k, name)}">{_text(name)}</th>' for k, name in enumerate(heading))
    body = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>'
        + "".join(f'<td class="{kind(k, entry)}">{_text(entry)}</td>' for k, entry in enumerate(row[1:], start=1))
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<p class="about">{about}</p>\n<div class="wide" {_FOCUS} aria-label="{about}"><table aria-label="{about}">\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )
