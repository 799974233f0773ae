"""Collects what a cell puts out, as far as anybody will read it.

The same class serves both processes; whatever the student's one says it collected is bounded and cleaned once more by
whoever reads it there (``clean.py``).
"""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode
from typing import Any

from autograder.checks.publish import REPORT_TYPE

MOST_OUTPUTS = 200
MOST_BESIDE = 1_000_000
"""Bytes beside the texts in what a cell has put out. A container takes two, and memory for thirty times that."""
TEXTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)', re.DOTALL)
"""A text in JSON; one without an end goes to the end, so that none is looked at twice."""


def cut_text(most: int) -> str:
    """What stands where printed text was cut off."""
    return f"\n... output cut off here: a cell may print {most} characters ...\n"


def cut_display(most: int) -> str:
    """What stands in place of something that is too large to be shown."""
    return f"... output cut off here: a cell may show {most} characters of figures and tables ..."


def cut_notebook(most: int) -> str:
    """What stands in place of all that a cell put out where the cells of its notebook have put out too much."""
    return f"... output cut off here: the cells of a notebook may put out {most} characters together ..."


class Outputs:
    """The outputs of the cell that runs, as plain data in the shape that notebooks have.

    Args:
        most_text: characters of printed text.
        most_display: characters of everything that is shown.
    """

    def __init__(self, most_text: int, most_display: int) -> None:
        self.most = (most_text, most_display)
        self.quiet = False
        self.start()

    def start(self) -> None:
        """Begin the next cell."""
        self.collected: list[dict[str, Any]] = []
        self.text_left, self.display_left = self.most

    def clear(self) -> None:
        """Forget what was put out, as a cell may ask."""
        self.collected.clear()

    def stream(self, name: str, text: str) -> None:
        """Add printed text to the stream that it belongs to."""
        if self.text_left < 0 or not text:  # below 0: it was cut off before
            return
        kept = text[: self.text_left]
        self.text_left -= len(text)
        kept += cut_text(self.most[0]) if self.text_left < 0 else ""
        last = self.collected[-1] if self.collected else {}
        if last.get("output_type") == "stream" and last.get("name") == name:
            last["text"].append(kept)
        else:
            self._add({"output_type": "stream", "name": name, "text": [kept]})

    def display(self, data: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Add something that is shown."""
        self._show({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    def result(self, data: dict[str, Any], metadata: dict[str, Any], count: int) -> None:
        """Add the value that a cell ends with."""
        self._show({"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": count})

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """Add the exception that ended the cell."""
        room = self.most[0]
        told = {"ename": name[:200], "evalue": value[:room], "traceback": [line[:room] for line in traceback[:50]]}
        self.collected.append({"output_type": "error", **told})

    def taken(self) -> list[dict[str, Any]]:
        """Everything collected, its streams joined."""
        joined = ({**out, "text": "".join(out["text"])} if "text" in out else out for out in self.collected)
        return list(joined)

    def _show(self, output: dict[str, Any]) -> None:
        kept = {kind: v for kind, v in output["data"].items() if isinstance(v, str | bytes) or kind == REPORT_TYPE}
        output["data"] = {kind: _text_of(value) for kind, value in kept.items()}
        size = sum(len(value) if isinstance(value, str) else 100 for value in output["data"].values())
        self.display_left -= size
        if self.display_left < 0:
            output["data"], output["metadata"] = {"text/plain": cut_display(self.most[1])}, {}
        self._add(output)

    def _add(self, output: dict[str, Any]) -> None:
        if len(self.collected) < MOST_OUTPUTS and not self.quiet:
            self.collected.append(output)


def _text_of(value: Any) -> Any:
    """Pictures go into a notebook as text."""
    return b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def packed(outputs: list[dict[str, Any]]) -> bytes:
    """Outputs as bytes: in the form that notebooks have, which is read and written faster than any of ours.

    Something shown may describe itself by whatever it likes; what is no text, number or container is left out.
    """
    try:
        return json.dumps(outputs, skipkeys=True, default=lambda _: None).encode()
    except (ValueError, RecursionError):  # within itself, or too deep
        return b"[]"


def unpacked(data: Any) -> Any:
    """What bytes say that was put out, anything at all; nothing where they cannot be read, or are hardly text."""
    try:
        return json.loads(data) if type(data) is bytes and _is_mostly_text(data) else []
    except (ValueError, RecursionError):
        return []


def _is_mostly_text(data: bytes) -> bool:
    """Whether there is little beside the texts; whoever sees that there is more looks no further."""
    if len(data) <= MOST_BESIDE:
        return True
    beside = place = 0
    for text in TEXTS.finditer(data):
        beside, place = beside + text.start() - place, text.end()
        if beside > MOST_BESIDE:
            return False
    return beside + len(data) - place <= MOST_BESIDE


class Stream(io.TextIOBase):
    """What ``sys.stdout`` or ``sys.stderr`` is while a cell runs."""

    encoding = "utf-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self.outputs, self.title = outputs, name

    def write(self, text: str) -> int:
        """Take printed text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.outputs.stream(self.title, str(text))
        return len(text)

    def writable(self) -> bool:
        """It can be printed to."""
        return True

    def isatty(self) -> bool:
        """Nobody is watching."""
        return False
