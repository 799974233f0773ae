"""Leaves hidden tests off a page: their source, what they put out, and the lines of theirs that a traceback shows.

Hidden are whole cells (a course of ours names them ``...-hidden-1``), and regions of a cell between nbgrader's
delimiters. The rules, from sure to careful:

* a hidden cell shows its points and nothing else;
* a region is replaced by one line that says so, wherever its cell is shown;
* the outputs of a cell with a region are shown only if the cell stopped before it came to the region; what came later
  may be the hidden test's, and nobody can tell;
* an output anywhere that repeats a hidden line is left out: a traceback through a hidden helper does, and so may a
  notebook that was run where student code can look at its tests.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from traitlets.config import Config

from autograder.grading.feedback.text import COLOURS, CONTROLS

HIDDEN_CELL = re.compile(r"-hidden-\d+$")
NOT_SHOWN = "# hidden tests are not shown"
HIDDEN = "This test is hidden."
FAILED = "The test failed{kind}. What it said is not shown, because it is hidden or has hidden parts."
ENDED = {
    "LimitReached": "The test was stopped, because it took too long.",
    "ProcessEnded": "The test did not end, because the process that ran it did.",
}
"""What is said of a test that our executor ended, by the name of the error; the error's own text may be a student's."""

LEFT_OUT = "This output shows part of a hidden test and is left out."

STOPPED = re.compile(r"^(?:Cell In|Input In) ?\[[\d ]*\],(?: in <cell line: (?P<old>\d+)>| line (?P<line>\d+))", re.M)
"""Where, in its own cell, an error came from: the first frame, as IPython and our executor write it."""

NUMBERED = re.compile(r"^\s*(?:-+>\s*)?\d*\s?")
TELLING = 6
"""Characters, blanks aside, from which a line tells something; ``)`` or ``x = 1`` stands everywhere."""


@dataclass(frozen=True)
class Delimiters:
    """What encloses hidden tests in a cell; ``ClearHiddenTests`` of the course's configuration."""

    begin: str = "BEGIN HIDDEN TESTS"
    end: str = "END HIDDEN TESTS"


def delimiters_of(config: Config) -> Delimiters:
    """What encloses hidden tests in a course with this configuration."""
    own, usual = config.ClearHiddenTests, Delimiters()
    return Delimiters(str(own.get("begin_test_delimeter", usual.begin)), str(own.get("end_test_delimeter", usual.end)))


@dataclass(frozen=True)
class Shown:
    """What of a cell is shown.

    Args:
        source: its text; ``None`` where it is not shown at all.
        outputs: of its outputs those that are shown.
        note: what is said in the place of the others.
    """

    source: str | None
    outputs: Sequence[Any] = ()
    note: str = ""


@dataclass(frozen=True)
class Curtain:
    """Knows the hidden lines of one notebook.

    Args:
        delimiters: what encloses a region.
        lines: hidden lines that stand nowhere else, without blanks around them.
        keys: the telling ones among them, as they are looked for in outputs.
    """

    delimiters: Delimiters = Delimiters()
    lines: frozenset[str] = frozenset()
    keys: frozenset[str] = field(default=frozenset())

    def draw(self, cell: Any) -> Shown:
        """Say what of a cell is shown."""
        outputs = cell.get("outputs", ())
        if _is_hidden_cell(cell):
            return Shown(None, note=_failed(outputs) or HIDDEN)
        regions = list(_regions(cell.source, self.delimiters))
        if not regions:
            shown = [output for output in outputs if not self._tells(output)]
            return Shown(cell.source, shown, LEFT_OUT if len(shown) < len(outputs) else "")
        source = _without(cell.source, regions)
        if not _stopped_before(outputs, regions[0].start):
            return Shown(source, note=_failed(outputs))
        kept = [self._cut(output) for output in outputs]
        return Shown(source, [output for output in kept if not self._tells(output)])

    def _cut(self, output: Any) -> Any:
        """Take the hidden lines around the line that failed out of a traceback."""
        if output.get("output_type") != "error":
            return output
        lines = "\n".join(map(str, output.get("traceback", ()))).split("\n")
        kept = [line for line in lines if NUMBERED.sub("", COLOURS.sub("", line)).strip() not in self.lines]
        return {**output, "traceback": ["\n".join(kept)]}

    def _tells(self, output: Any) -> bool:
        """Whether an output repeats a hidden line."""
        said = _key(unescape("\n".join(_texts(output)))) if self.keys else ""
        return any(key in said for key in self.keys)


def curtain(cells: Iterable[Any], delimiters: Delimiters) -> Curtain:
    """Find the hidden lines of a notebook."""
    hidden: set[str] = set()
    visible: set[str] = set()
    for cell in cells:
        lines = [line.strip() for line in cell.source.split("\n")]
        inside = {at for region in _regions(cell.source, delimiters) for at in region}
        for at, line in enumerate(lines):
            (hidden if at in inside or _is_hidden_cell(cell) else visible).add(line)
    alone = frozenset(hidden - visible)
    return Curtain(delimiters, alone, frozenset(key for line in alone if len(key := _key(line)) >= TELLING))


def _key(text: str) -> str:
    """Text as it is compared: without what quoting, escaping, colouring or breaking a line adds."""
    return re.sub(r"[\s\"'\\]+", "", CONTROLS.sub("", COLOURS.sub("", text.replace("\\n", "\n"))))


def marking(cell: Any) -> Mapping[str, Any]:
    """What nbgrader knows of a cell; nothing where that is not of the right form."""
    own = cell.metadata.get("nbgrader")
    return own if isinstance(own, dict) and isinstance(own.get("grade_id"), str) else {}


def _is_hidden_cell(cell: Any) -> bool:
    own = marking(cell)
    return bool(own.get("grade") and not own.get("solution") and HIDDEN_CELL.search(own["grade_id"]))


def _regions(source: str, delimiters: Delimiters) -> Iterator[range]:
    """The lines of each region, delimiters included, counted from 0; one that is not closed goes to the end."""
    begin = None
    lines = source.split("\n")
    for at, line in enumerate(lines):
        if begin is None and delimiters.begin in line:
            begin = at
        elif begin is not None and delimiters.end in line:
            yield range(begin, at + 1)
            begin = None
    if begin is not None:
        yield range(begin, len(lines))


def _without(source: str, regions: Sequence[range]) -> str:
    lines = source.split("\n")
    for region in reversed(regions):
        first = lines[region.start]
        lines[region.start : region.stop] = [first[: len(first) - len(first.lstrip())] + NOT_SHOWN]
    return "\n".join(lines)


def _stopped_before(outputs: Sequence[Any], line: int) -> bool:
    """Whether a cell ended with an error before it came to a line, counted from 0."""
    error = _error(outputs)
    if error is None:
        return False
    where = STOPPED.search(COLOURS.sub("", "\n".join(map(str, error.get("traceback", ())))))
    return where is not None and int(where["line"] or where["old"]) <= line


def _failed(outputs: Sequence[Any]) -> str:
    """Say that a test failed, with the kind of error where Python itself has it."""
    error = _error(outputs)
    if error is None:
        return ""
    if error.get("ename") in ENDED:
        return ENDED[error["ename"]]
    kind = getattr(builtins, str(error.get("ename")), None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    return FAILED.format(kind=f" ({error['ename']})" if known else "")


def _error(outputs: Sequence[Any]) -> Any | None:
    return next((output for output in outputs if output.get("output_type") == "error"), None)


def _texts(output: Any) -> Iterator[str]:
    yield str(output.get("text", ""))
    yield "\n".join(map(str, [output.get("ename", ""), output.get("evalue", ""), *output.get("traceback", ())]))
    data = output.get("data")
    for kind, value in data.items() if isinstance(data, dict) else ():
        if not kind.startswith("image/") or kind == "image/svg+xml":
            yield str(value)
