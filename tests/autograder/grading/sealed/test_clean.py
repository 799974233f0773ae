"""What a student's process says that it put out is taken for nothing but text and pictures."""

from __future__ import annotations

import json
import string
import time
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.publish import REPORT_TYPE
from autograder.grading.sealed import Limits
from autograder.grading.sealed.inside.outputs import packed, unpacked
from autograder.grading.sealed.supervisor.clean import clean, plain_text, size

LIMITS = Limits(output=1000, display=2000)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=9) | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
OUTPUT = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "update_display_data"])},
    optional={
        "name": JUNK,
        "text": JUNK | st.text(),
        "ename": JUNK,
        "evalue": JUNK | st.text(),
        "traceback": JUNK | st.lists(st.text()),
        "metadata": JUNK,
        "data": st.dictionaries(
            st.sampled_from(["text/plain", "text/html", "image/png", "application/javascript", REPORT_TYPE]),
            JUNK | st.text(),
        ),
    },
)


@given(st.lists(OUTPUT | JUNK) | JUNK)
def test_anything(outputs: Any) -> None:
    """Whatever is said, a valid notebook comes of it, bounded, with nothing in it but what is allowed."""
    made = clean(outputs, LIMITS, trusted=False)
    cell = nbformat.v4.new_code_cell("x", outputs=[out | _numbered(out) for out in made])
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]), relax_add_props=False)
    assert "\x1b]" not in json.dumps(made)
    for out in made:
        assert set(out.get("data", {})) <= {"text/plain", "text/html", "text/markdown", "text/latex", "image/png"}


def _numbered(out: dict[str, Any]) -> dict[str, Any]:
    return {"execution_count": 1} if out["output_type"] == "execute_result" else {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b[2Jcleared", "cleared"),
        ("\x1b[>4;2mset", "set"),
        ("\x1b[1;38;5;9mred", "\x1b[1;38;5;9mred"),
        ("\x1b[38mno number", "no number"),
        ("\x1b[1;048mno number", "no number"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\x", "x"),
        ("\x1b]never ended", ""),
        ("a\x08b\x00c\x7f", "abc"),
        ("10%\r20%\r30%\ndone", "30%\ndone"),
        ("one\r\ntwo", "one\ntwo"),
        ("\ud800half", "?half"),
        ("\u202eabc", "abc"),
        ("tab\tä∂", "tab\tä∂"),
    ],
)
def test_signs(text: str, shown: str) -> None:
    """Colours stay; whatever else a terminal would obey goes; a line that is written over shows its last state."""
    assert plain_text(text, 100) == shown


@given(st.text(alphabet="\x1b[]\\;0m\x07\r\nab" + string.digits, max_size=60))
def test_only_colours_are_left(text: str) -> None:
    """After cleaning, what is left of escapes is colours alone, and cleaning again changes nothing."""
    once = plain_text(text, 1000)
    assert all(part[:1] == "[" for part in once.split("\x1b")[1:])
    assert plain_text(once, 1000) == once


def test_long_lines_take_no_time() -> None:
    """A picture's worth of text in one line is cleaned at once."""
    limits = Limits()
    text = "a" * 4_000_000
    (made,) = clean([{"output_type": "display_data", "data": {"text/plain": text}}], limits, trusted=False)
    assert made["data"]["text/plain"] == text


def test_bounds() -> None:
    """Text and what is shown are cut where the limits say, all the outputs of a cell together."""
    streams = [{"output_type": "stream", "name": "stdout", "text": "x" * 800}] * 3
    made = clean(streams, LIMITS, trusted=False)
    assert sum(out["text"].count("x") for out in made) == 1000
    assert "cut off" in made[-1]["text"]
    shows = [{"output_type": "display_data", "data": {"text/plain": "§" * 1500}}] * 3
    assert [out["data"]["text/plain"].count("§") for out in clean(shows, LIMITS, trusted=False)] == [1500, 0, 0]


def test_reports() -> None:
    """A report counts from a test and not from a student's cell."""
    shown = [{"output_type": "display_data", "data": {"text/plain": "Right", REPORT_TYPE: {"status": "right"}}}]
    assert REPORT_TYPE not in clean(shown, LIMITS, trusted=False)[0]["data"]
    assert clean(shown, LIMITS, trusted=True)[0]["data"][REPORT_TYPE] == {"status": "right"}


@given(st.lists(OUTPUT | JUNK))
def test_outputs_cross(outputs: list[Any]) -> None:
    """What is text, numbers and containers arrives as it is; the rest of it is left out and costs nothing else."""
    arrived = unpacked(packed(outputs))
    assert json.dumps(clean(arrived, LIMITS, trusted=False)) == json.dumps(clean(outputs, LIMITS, trusted=False))


def test_outputs_that_do_not_cross() -> None:
    """What contains itself, and bytes that say nothing, are no outputs; a text with half a sign is."""
    inner: list[Any] = []
    inner.append(inner)
    assert unpacked(packed([{"data": inner}])) == []
    assert unpacked(packed([{"text": "\ud800", (1, 2): 3, "x": object()}])) == [{"text": "\ud800", "x": None}]
    for told in (b"", b"[" * 100_000, b"\xff", b"1" * 10_000, "[]", None, b'{"a"'):
        assert unpacked(told) == []


NO_PICTURES = [" " * 2_000_000 + "!", "A" * 2_000_000 + "!", "=" + " " * 2_000_000 + "!", "= " * 1_000_000]


@pytest.mark.parametrize("picture", NO_PICTURES, ids=["blanks", "signs", "blanks behind the end", "many ends"])
def test_what_is_no_picture_takes_no_time(picture: str) -> None:
    """Data that are a picture's up to the last sign are refused at once."""
    begin = time.process_time()
    shown = {"output_type": "display_data", "data": {"image/png": picture, "text/plain": "p"}}
    assert clean([shown], Limits(), trusted=False)[0]["data"] == {"text/plain": "p"}
    assert time.process_time() - begin < 1


def test_all_of_a_traceback_is_bounded() -> None:
    """The lines of a traceback are cut together, not each by itself."""
    told = {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["first", "§" * 900, "§" * 900, "last"]}
    (made,) = clean([told], LIMITS, trusted=False)
    assert made["traceback"][0] == "first"
    assert sum(line.count("§") for line in made["traceback"]) == 995
    assert size([made]) == 1001


HARDLY_TEXT = {
    "lists": b"[" + b"[]," * 2_000_000 + b"[]]",
    "objects": b"[" + b'{"a":0},' * 2_000_000 + b"0]",
    "texts of nothing": b"[" + b'"",' * 2_000_000 + b"0]",
    "a text without an end": b'["' + b'\\"' * 3_000_000,
}


@pytest.mark.parametrize("name", HARDLY_TEXT)
def test_what_is_hardly_text(name: str) -> None:
    """Outputs that would take thirty times their bytes of memory are none; text of any size is, with its signs."""
    begin = time.process_time()
    assert unpacked(HARDLY_TEXT[name]) == []
    assert time.process_time() - begin < 2
    shown = [{"output_type": "display_data", "data": {"text/html": '<a b="c">\\{[' * 200_000}}]
    assert unpacked(packed(shown)) == shown
