"""Why a test that failed may have failed for no fault of the student's, and why one that passed may be worth nothing.

Between two processes some things are not as they are in one: what is handed over is a copy, and what a test replaces it
replaces on its own side. Where that may have decided a test, a person does. Separate from what runs the tests
(``tests.py``): nothing here is asked while a test runs.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from autograder.grading.sealed import names
from autograder.grading.sealed.crossing import tables
from autograder.grading.sealed.crossing.peer import short
from autograder.grading.sealed.crossing.wire import WITH_TABLES, CannotCross, encode
from autograder.grading.sealed.trusted.asking import IN_PLACE, TestSide

CATCHES_STOP = re.compile("StopIteration|except|raises|Raises")
ONE_AND_THE_SAME = re.compile(r"(?<![.\w])id\(|shares?_memory|\.base is\b")
WAY_IN_MEMORY = re.compile(r"\.(flags|strides)\b")
REPLACED_OVER_THERE = r"\(\s*['\"](sys\.std(out|err)|builtins\.(input|print))['\"]"
ASKS_FOR_TYPE = re.compile(r"\btype\(|__class__|\bis\b(?! (not )?(None|True|False)\b)")
TOLD_APART = ("AssertionError", "AttributeError", "IndexError", "KeyError")
"""Exceptions that no stand-in for an object brings about where the object would not."""
PATCHES = re.compile(rf"\bpatch\b(?!{REPLACED_OVER_THERE})|\bmonkeypatch\b")
IMPORTS_PATCH = re.compile(r"^\s*(from|import)\b.*$", re.MULTILINE)
SHOWN = re.compile(r"\bcapture_output\b|\.outputs\b")
CURRENT_FIGURE = re.compile(r"\b(fignum_exists|plt\.axes|plt\.sca)\b")


@dataclass(frozen=True)
class Tried:
    """A test that has been run.

    Args:
        side: what asked the student's process.
        source: its text.
        namespace: of the tests.
        fetched: the student's names that were brought for it.
        unanswered: the names that it reads and that only the instructor gave, where it reads nothing else.
        error: the name of the exception that it ended with, if any.
        reported: whether one of our checks has judged, which looks at more than a comparison does.
        worthless: whether it ended with no points.
    """

    side: TestSide
    source: str
    namespace: Mapping[str, Any]
    fetched: Mapping[str, Any]
    unanswered: frozenset[str]
    error: str
    reported: bool = False
    worthless: bool = False


def why(tried: Tried) -> str:
    """Why a person must decide on a test that has been run; empty where none must."""
    noticed = tried.side.noticed
    if tried.error == "NotImplementedError" and noticed.unfilled:
        return ""  # nothing has been written there, so nothing else can be at fault
    if noticed.asked and tried.error != "NameError" and (why := _why_either(tried)):
        return why
    if not tried.error:
        return _why_too_good(tried)
    for reason in (_why_by_what_was_seen, _why_by_the_text, _why_by_what_is_there):
        if found := reason(tried):
            return f"{found}, and the test failed"
    return ""


def _why_too_good(tried: Tried) -> str:
    noticed = tried.side.noticed
    if noticed.doubtful:
        return noticed.doubtful
    read = [value for name, value in tried.side.brought.items() if name in names.read(tried.source)]
    if not (tried.reported or tried.worthless) and (hollow := noticed.hollow.why(tried.source, read)):
        return hollow
    if tried.side.noticed.ended_loop and not CATCHES_STOP.search(tried.source):
        return "the student's function raised StopIteration, which ends a loop of the test's in silence"
    return ""


def _why_either(tried: Tried) -> str:
    """Why a test says nothing, whether it passed or failed: it looks at copies as if they were the student's own."""
    compared = [pair for pair in names.compared_by_identity(tried.source) if not tried.fetched.keys() >= {*pair}]
    known = vars(builtins) | dict(tried.namespace) if compared else {}
    pairs = [[known.get(name) for name in pair] for pair in compared]
    copied = any(_is_copied(tried, value) for pair in pairs for value in pair if not any(map(_is_class, pair)))
    if ONE_AND_THE_SAME.search(tried.source) or copied:
        return "the test asks whether two values are one and the same, and it has copies of the student's"
    twins = tried.side.noticed.twins
    if twins and names.changed(tried.source):
        return f"{min(twins)} returned one and the same list in several places, and the test has a copy in each"
    copies = tried.side.noticed.copies
    if copies and (inside := sorted(names.changed_inside(tried.source) & copies)):
        return f"the test changes {inside[0]} of an object of the student's, of which it has a copy"
    return ""


def _is_class(value: Any) -> bool:
    return isinstance(value, type)


def _is_copied(tried: Tried, value: Any) -> bool:
    """Whether a value is another object in the other process, and can be changed."""
    given = tried.side.references.is_given(type(value)) and not isinstance(value, Enum)
    return given or tables.can_change(value)


def _why_by_what_was_seen(tried: Tried) -> str:
    noticed = tried.side.noticed
    if strange := _not_told_whole(tried):
        return f"an object of class {min(strange)} cannot be handed over whole"
    if noticed.calls_earlier:
        return "the student's code calls a function of a test above, which it can only while that test runs"
    if noticed.changed_copies:
        who, kind = min(noticed.changed_copies.items())
        return f"the function {who} changed an object of class {kind}, of which it has a copy"
    if noticed.changed:
        who = f"the function {min(noticed.changed)}"
        return f"{who} changed its arguments, which a test sees only where its cell says '# {IN_PLACE}'"
    if noticed.asks_for_input:
        return "the student's code asks for input, which the test cannot give it"
    return ""


def _not_told_whole(tried: Tried) -> set[str]:
    """The classes of a library whose objects may not have been for this test what they are.

    Where the tests' process has the class too, all that the test itself has looked for is answered by the object; what
    a library of its own looks for, and the ways of asking in the text, are not.
    """
    noticed, references = tried.side.noticed, tried.side.references
    known = tried.error in TOLD_APART or tried.error in noticed.raised
    if not known or ASKS_FOR_TYPE.search(tried.source):
        return references.strange
    return references.strange - (references.familiar - noticed.looked)


def _why_by_the_text(tried: Tried) -> str:
    noticed, source = tried.side.noticed, IMPORTS_PATCH.sub("", tried.source)
    if not noticed.asked:
        return ""
    modules = {n for n in names.changed_in_part(source) if type(tried.namespace.get(n)) is types.ModuleType}
    if PATCHES.search(source) or modules - {"sys", "builtins"}:
        return "the test replaces a part of a module, in its own process"
    if noticed.called and SHOWN.search(source):
        return "the test looks at what the student's code shows, which it does in another process"
    if noticed.called and CURRENT_FIGURE.search(source):
        return "the test looks at the figure that is drawn last, which is one of its own process"
    if WAY_IN_MEMORY.search(source):
        return "the test looks at how an array lies in memory, and it has a copy"
    if noticed.called and names.changes_what_is_returned(source):
        return "the test changes what the student's code returned, of which it has a copy"
    copies = {n for n in names.changed(source) & set(tried.fetched) if tables.can_change(tried.fetched[n])}
    if noticed.called and copies:
        return f"the test changes {min(copies)}, of which it has a copy"
    return ""


def _why_by_what_is_there(tried: Tried) -> str:
    """Ask the student's process for what would explain it; that may have ended, or say anything."""
    for reason in (_why_changed, _why_bound, _why_warned, _why_file, _why_rewritten):
        with contextlib.suppress(BaseException):  # it may say that anything was raised
            if found := reason(tried):
                return found
    return ""


def _why_changed(tried: Tried) -> str:
    for name in (*_changed(tried), *_changed_classes(tried)):
        return f"the test reads {name}, which the student's code has changed in its own process"
    return ""


def _changed(tried: Tried) -> Iterator[str]:
    """Of a test that reads nothing but what the instructor gave, the names that stand for something else there."""
    if wanted := sorted(tried.unanswered):
        found, _, _ = tried.side.names(wanted)
        yield from (name for name in found if _differ(found[name], tried.namespace.get(name)))


def _changed_classes(tried: Tried) -> Iterator[str]:
    """The instructor's classes of which an attribute is another there."""
    read = names.read(tried.source)
    for name, kind in tried.side.references.given.items():
        if name in read and isinstance(kind, type):
            there = tried.side.value_of("attributes", kind)
            if any(_differ(value, vars(kind).get(attribute)) for attribute, value in there.items()):
                yield name


def _differ(value: Any, other: Any) -> bool:
    with contextlib.suppress(CannotCross):
        return encode(value, WITH_TABLES) != encode(other, WITH_TABLES)
    return False


def _why_bound(tried: Tried) -> str:
    anew = names.rebound(tried.source)
    bound = sorted(anew | names.changed(tried.source) & tried.namespace.keys())
    if tried.side.noticed.called and bound and (read := tried.side.value_of("globals", bound)):
        does = "binds" if min(read) in anew else "changes"
        return f"the test {does} {short(min(read))}, which the student's code reads in its own process"
    return ""


def _why_warned(tried: Tried) -> str:
    if "warn" in tried.source and tried.side.noticed.called and tried.side.value_of("warned") is True:
        return "the test looks at warnings, and the student's code gives its own in another process"
    return ""


def _why_file(tried: Tried) -> str:
    for file in (short(file) for file in tried.side.value_of("files", sorted(tried.side.handed.paths))):
        wanted = file in tried.side.handed.paths or _mentions(tried.source, file)
        mine = os.path.normpath(file) in tried.side.handed.written  # the test has removed it since
        if wanted and not mine and not os.path.lexists(file):
            return f"the test looks for {file}, which only the student's process has"
    return ""


def _why_rewritten(tried: Tried) -> str:
    if tried.side.handed.paths:
        for file in (short(file) for file in tried.side.value_of("rewritten")):
            return f"the student's code has changed {file}, of which the test has its own"
    return ""


def _mentions(source: str, file: str) -> bool:
    """Whether a test speaks of a file, or of a module in it."""
    name, dot, ending = os.path.basename(file).rpartition(".")
    imported = ending == "py" and re.search(rf"\b(import|from)\b.*\b{re.escape(name)}\b", source)
    return bool(dot and (os.path.basename(file) in source or imported))
