"""What a process says that it put out, taken to what a notebook may hold.

The student's process may say anything: nothing of it is passed on that is not known to be harmless text or a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.sealed.inside.outputs import MOST_OUTPUTS, cut_display, cut_text
from autograder.grading.sealed.limits import Limits

TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")
PICTURES = ("image/png", "image/jpeg")
ESCAPES = re.compile(
    r"(?P<colour>\x1b\[(?!(?:[0-9;]*;)?0*[34]8m)[0-9;]*m)"  # a colour, which pages show, is kept if it has its number
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~]?)"
    r"|\x9b[0-?]*[ -/]*[@-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
    re.DOTALL,
)
BASE64 = re.compile(r"[A-Za-z0-9+/\s]*(?:=\s*){0,2}")
"""In this form it is at once clear where it ends: for what fits a pattern in several ways, each of them is tried."""
MOST_PARTS = 50

REACHED = (
    ("MemoryError", "one process may take {memory} of memory"),
    ("can't start new thread", "a submission may have {processes} processes and threads"),
    ("Resource temporarily unavailable", "a submission may have {processes} processes and threads"),
    ("Too many open files", "a process may have {open_files} files open"),
    ("File too large", "a file may have {file_size}"),
    ("No space left on device", "all files together may have {scratch}"),
)
"""What an error says where a limit was reached, and the limit in words."""


def clean(outputs: Any, limits: Limits, trusted: bool) -> list[dict[str, Any]]:
    """Take outputs as a process sent them to outputs of a notebook.

    Args:
        outputs: anything.
        limits: bounds on text and on what is shown.
        trusted: whether they come from the tests' process; only such may carry a report of a check.
    """
    if type(outputs) is not list:
        return []
    out, text, shown = [], limits.output, limits.display
    for output in outputs[:MOST_OUTPUTS]:
        made = _made(output, trusted, limits)
        if made is None:
            continue
        if made["output_type"] == "stream":
            made["text"], text = _cut(made["text"], text, limits.output), text - len(made["text"])
        elif "data" in made:
            shown -= sum(len(value) for value in made["data"].values() if type(value) is str)
            made["data"] = made["data"] if shown >= 0 else {"text/plain": cut_display(limits.display)}
        out.append(made)
    return [made for made in out if made.get("text") != ""]


def size(outputs: list[dict[str, Any]]) -> int:
    """Characters of outputs that are clean."""
    said = (part for out in outputs for part in (out.get("text", ""), out.get("evalue", ""), *out.get("traceback", ())))
    return sum(map(len, said)) + sum(len(part) for out in outputs for part in out.get("data", {}).values())


def error(name: str, sentence: str) -> dict[str, Any]:
    """An output that says why a cell did not end well."""
    return {"output_type": "error", "ename": name, "evalue": sentence, "traceback": [f"{name}: {sentence}"]}


def plain_text(value: Any, most: int) -> str:
    """Text that any page may show; empty for what is no text."""
    if type(value) is not str:
        return ""
    text: str = value[: 2 * most]
    if text.replace("\n", "").isprintable():  # as most is, and then there is nothing to find
        return text[:most]
    text = text.encode("utf-8", "replace").decode()
    text = ESCAPES.sub(lambda found: found["colour"] or "", text)
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)[:most]  # a line written over another


def _cut(text: str, room: int, most: int) -> str:
    cut = cut_text(most)
    return text if len(text) <= room + len(cut) else text[: max(0, room)] + cut if room > 0 else ""


def _made(output: Any, trusted: bool, limits: Limits) -> dict[str, Any] | None:
    kind = output.get("output_type") if type(output) is dict else None
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        room = limits.output + len(cut_text(limits.output))
        return {"output_type": "stream", "name": name, "text": plain_text(output.get("text"), room)}
    if kind == "error":
        return _error(output, limits)
    if kind in ("display_data", "execute_result"):
        data = _data(output.get("data"), trusted, limits)
        more = {"execution_count": None} if kind == "execute_result" else {}
        return {"output_type": kind, "data": data, "metadata": {}, **more} if data else None
    return None


def _error(output: dict[str, Any], limits: Limits) -> dict[str, Any]:
    name, value = plain_text(output.get("ename"), 200), plain_text(output.get("evalue"), limits.output)
    lines = output.get("traceback")
    told = list(_within(lines[:MOST_PARTS], limits.output)) if type(lines) is list else []
    told += [f"The limit that was reached: {limit}." for limit in _reached(name, value, limits)]
    return {"output_type": "error", "ename": name or "Error", "evalue": value, "traceback": told}


def _within(lines: list[Any], room: int) -> Iterator[str]:
    """As much of a traceback as there is room for, all lines together."""
    for line in lines:
        if room > 0:
            yield (text := plain_text(line, room))
            room -= len(text)


def _reached(name: str, value: str, limits: Limits) -> Iterator[str]:
    sizes = {"memory": limits.memory, "file_size": limits.file_size, "scratch": limits.scratch}
    words = {key: f"{size / 1e6:g} MB" for key, size in sizes.items()}
    for sign, text in REACHED:
        if sign in name or sign in value:
            yield text.format(**words, processes=limits.processes, open_files=limits.open_files)
            return


def _data(data: Any, trusted: bool, limits: Limits) -> dict[str, Any]:
    if type(data) is not dict:
        return {}
    out: dict[str, Any] = {}
    for kind in TEXTS:
        if kind in data and (text := plain_text(data[kind], limits.display)):
            out[kind] = text
    for kind in PICTURES:
        if picture := _picture(data.get(kind), limits.display):
            out[kind] = picture
    if trusted and type(data.get(REPORT_TYPE)) is dict:
        out[REPORT_TYPE] = data[REPORT_TYPE]
    return out


def _picture(value: Any, most: int) -> str:
    return value if type(value) is str and len(value) <= most and BASE64.fullmatch(value) else ""
