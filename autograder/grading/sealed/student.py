"""The student's process: runs the student's cells, and answers what tests ask of what these have defined."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import os
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.grading.sealed import lending, tables
from autograder.grading.sealed.called import callback
from autograder.grading.sealed.cells import Cells
from autograder.grading.sealed.channel import Channel
from autograder.grading.sealed.described import described_class, described_thing
from autograder.grading.sealed.far import OF_CODE, FarFunction, describe_function
from autograder.grading.sealed.figures import open_figures
from autograder.grading.sealed.in_a_row import goes_on
from autograder.grading.sealed.kinds import content_of
from autograder.grading.sealed.known import EXCEPTIONS
from autograder.grading.sealed.lent import without
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.looks import (
    FUNCTIONS,
    is_list_of_library,
    is_named_tuple,
    is_strange,
    read_by,
)
from autograder.grading.sealed.peer import NeedsPerson, Peer, ProcessEnded
from autograder.grading.sealed.raised import told_of
from autograder.grading.sealed.under import heard, under
from autograder.grading.sealed.wire import CannotCross, encode

LASTING = {str, int, float, bool, type(None), *FUNCTIONS}
"""What cannot change, or is known to the tests by its number alone."""
MOST_WATCHED = 100_000  # bytes
MOST_TOLD = 1 << 16  # bytes of names that are told before they are asked for
NEVER = -1  # the number of no answer
MOST_FILES = 1000
PLAIN = (int, float, complex, str, bytes, bool, type(None), list, tuple, dict, set)
"""What an attribute of a class may be, for it to be told to who asks what has become of that class."""


class StudentSide(Peer):
    """Answers the tests.

    Args:
        channel: the link to the tests.
        cells: what runs the student's cells.
        limits: of this submission.
    """

    names_functions = False

    def __init__(self, channel: Channel, cells: Cells, limits: Limits) -> None:
        super().__init__(channel, limits.depth)
        self.cells = cells
        self.limits = limits
        self.watched: dict[str, tuple[Any, Any]] = {}
        self.described: dict[int, bytes] = {}
        self.lent: dict[int, Any] = {}
        self.sent: dict[str, Any] = {}
        self.strange: set[str] = set()
        self.serial = 0
        self.complained = False
        self.missing = ""
        self.figures: set[int] = set()
        self.one_at_a_time = threading.RLock()

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Do what a test asks, and catch whatever the student's code does."""
        if self.missing:
            name, self.missing = self.missing, ""
            return ("person", f"{name}, which the test hands over, is not there")
        operation, flags, *parts = request
        if flags.get("first"):
            self.put_away()  # as the notebook does with what the last cell has drawn
        printed, complaints = io.StringIO(), io.StringIO()
        try:
            away = without(self.cells.namespace, flags.get("without", ()))
            with self.interruptible(), heard(printed, complaints), under(flags, self._call_replaced), away:
                value, changed, after = getattr(self, f"_{operation}")(flags, *parts)
            self.complained |= complaints.tell() > 0
            rebound = self._rebound() if operation != "names" else {}  # they have just been told
            return ("ok", value, printed.getvalue()[: self.limits.output], changed, after, rebound)
        except NeedsPerson as problem:
            return ("person", str(problem))
        except KeyboardInterrupt:
            return ("interrupted", "")
        except ProcessEnded:
            raise
        except BaseException as error:
            return ("error", told_of(error, self.cells.line_of(error), self.hold))

    def answers(self, request: list[Any]) -> Iterator[tuple[Any, ...]]:
        """Answer; calls that a test is going to make in a row are made as far as it goes on from one to the next."""
        if request[0] != "calls":
            yield self.perform(request)
            return
        _, flags, number, calls = request
        for left, args in zip(reversed(range(len(calls))), calls, strict=True):
            answer = self.perform(["call", flags, number, args, {}])
            yield answer
            if left and not goes_on(answer):
                yield ("stopped",)
                return

    def put_away(self) -> None:
        """Close the figures that were drawn for a test: later they would be shown, or drawn into."""
        for figure in set(open_figures()) - self.figures:
            with contextlib.suppress(Exception):  # the student's cells may have made anything of it
                sys.modules["matplotlib.pyplot"].close(figure)

    # ---- what can be asked ----

    def _names(self, _: dict[str, Any], wanted: list[str], serial: int) -> tuple[Any, Any, Any]:
        """The values of names; for those that cannot be handed over, why; and for modules, their names.

        Args:
            wanted: the names.
            serial: of the last answer that came through: what that one told, and cannot have changed, is told as such.
        """
        values = {name: self.cells.namespace[name] for name in wanted if name in self.cells.namespace}
        modules = {name: value.__name__ for name, value in values.items() if type(value) is types.ModuleType}
        before = self.sent if serial == self.serial else {}
        same = [name for name, value in values.items() if type(value) in LASTING and before.get(name, self) is value]
        found, uncrossed = {}, {}
        strange: dict[str, set[str]] = {}
        for name in [name for name in values if name not in modules and name not in same]:
            self.strange = strange[name] = set()
            try:
                encode(values[name], self)
                found[name] = values[name]
            except CannotCross as problem:
                uncrossed[name] = f"{name}, {problem}, cannot be handed over"
        first = {id(values[name]): name for name in reversed(found) if tables.can_change(values[name])}
        alike = {name: first[id(values[name])] for name in found if first.get(id(values[name]), name) != name}
        told = found | {name: values[name] for name in same}
        self.watched = {name: (value, self._watch(value)) for name, value in told.items()}
        self.sent, self.serial = before | told, self.serial + 1
        kinds = {name: list(kinds) for name, kinds in strange.items() if kinds}
        return (found, same, uncrossed, modules, self.serial, kinds, alike), (), []

    def tell(self, names: list[str]) -> bytes:
        """What a test would be told that asked for these names now; nothing where that is long, or goes wrong."""
        kind, *parts = self.perform(["names", {}, names, NEVER])
        try:
            told = encode((names, parts[0]), self) if kind == "ok" else b""
        except CannotCross:
            return b""
        return told if len(told) <= MOST_TOLD else b""

    def _watch(self, value: Any) -> Any:
        """What a container is made of, to see later whether it changed; nothing for what cannot, or is too large."""
        data = self._made_of(value)
        return data if data is None or len(data[-1]) <= MOST_WATCHED else None

    def _made_of(self, value: Any) -> tuple[Any, ...] | None:
        """What a value that can be changed is made of, to be compared and not to be read."""
        if id(value) in self.lent:
            return lending.content(value)
        if not tables.can_change(value) and not self._is_of_given_class(value):
            return None
        if type(value) is np.ndarray and not value.dtype.hasobject:
            return value.dtype, value.shape, value.strides, value.tobytes()
        return (encode(value, self),)

    def _is_of_given_class(self, value: Any) -> bool:
        return any(type(value) is kind for kind in self.given.values())

    def _rebound(self) -> dict[str, Any]:
        """The names that tests read, and that the student's code has bound to something else, or changed."""
        out = {}
        for name, (before, data) in self.watched.items():
            value = self.cells.namespace.get(name)
            if (value is not before or (data is not None and self._differs(data, value))) and self._crosses(value):
                out[name] = value
        self.watched |= {name: (value, self._watch(value)) for name, value in out.items()}
        return out

    def _crosses(self, value: Any) -> bool:
        try:
            encode(value, self)
        except CannotCross:
            return False
        return True

    def _call(self, flags: dict[str, Any], number: int, args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
        given = [*args, *kwargs.values()]
        before = [self._made_of(arg) for arg in given]
        value = self.own[number](*args, **kwargs)
        changed = tuple(k for k, data in enumerate(before) if data is not None and self._differs(data, given[k]))
        return value, changed, [given[k] for k in changed] if flags.get("back") else []

    _new = _call

    def _compared(self, _: dict[str, Any], number: int, name: str, args: Any) -> tuple[Any, Any, Any]:
        thing = self.own[number]
        return getattr(type(thing), name)(thing, *args), (), []

    def _content(self, _: dict[str, Any], number: int) -> tuple[Any, Any, Any]:
        return content_of(self.own[number]), (), []

    def _differs(self, before: tuple[Any, ...], value: Any) -> bool:
        try:
            return self._made_of(value) != before
        except CannotCross:
            return True

    def _special(self, _: dict[str, Any], number: int, name: str, args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
        thing = self.own[number]
        return getattr(type(thing), name)(thing, *args, **kwargs), (), []

    def _get(self, _: dict[str, Any], number: int, name: str) -> tuple[Any, Any, Any]:
        return getattr(self.own[number], name), (), []

    def _awaited(self, _: dict[str, Any], number: int) -> tuple[Any, Any, Any]:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self.own[number]), (), []
        finally:
            loop.close()

    def _code(self, _: dict[str, Any], number: int) -> tuple[Any, Any, Any]:
        code = self.own[number].__code__
        return {name: getattr(code, name) for name in OF_CODE}, (), []

    def _del(self, _: dict[str, Any], number: int, name: str) -> tuple[Any, Any, Any]:
        delattr(self.own[number], name)
        return None, (), []

    def _current(self, _: dict[str, Any], name: str) -> tuple[Any, Any, Any]:
        """What pyplot says of the figures that have been drawn for this test."""
        drawn = sorted(set(open_figures()) - self.figures)
        if name == "close":
            self.put_away()
        if name in ("close", "get_fignums") or not drawn:
            return drawn, (), []
        return getattr(sys.modules["matplotlib.pyplot"], name)(), (), []

    def _dir(self, _: dict[str, Any], number: int) -> tuple[Any, Any, Any]:
        return dir(self.own[number]), (), []

    def _copied(self, _: dict[str, Any], number: int, deep: bool) -> tuple[Any, Any, Any]:
        return (copy.deepcopy if deep else copy.copy)(self.own[number]), (), []

    def _set(self, _: dict[str, Any], number: int, name: str, value: Any) -> tuple[Any, Any, Any]:
        setattr(self.own[number], name, value)
        return None, (), []

    # ---- what may explain why a test failed ----

    def _files(self, _: dict[str, Any], paths: list[str]) -> tuple[Any, Any, Any]:
        """The files in its folder, and those at paths that it was handed."""
        found = (os.path.join(folder, name) for folder, _, files in os.walk(".") for name in files)
        below = [os.path.normpath(path) for path, _ in zip(found, range(MOST_FILES), strict=False)]
        return [path for path in paths if os.path.lexists(path)] + below, (), []

    def _attributes(self, _: dict[str, Any], kind: type) -> tuple[Any, Any, Any]:
        """The plain attributes of a class of the instructor's."""
        found = {name: value for name, value in vars(kind).items() if type(value) in PLAIN}
        return {name: value for name, value in found.items() if not name.startswith("__")}, (), []

    def _globals(self, _: dict[str, Any], wanted: list[str]) -> tuple[Any, Any, Any]:
        """Which of these names the student's functions read when they are called."""
        read = {name for value in self.cells.namespace.values() for name in read_by(value)}
        return [name for name in wanted if name in read], (), []

    def _warned(self, _: dict[str, Any]) -> tuple[Any, Any, Any]:
        return self.complained, (), []

    # ---- how things are described ----

    def number_of_theirs(self, value: Any) -> int | None:
        """Functions of a test, going home."""
        return int(value._number) if isinstance(value, FarFunction) else None

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data; an object may raise anything when it is looked at."""
        try:
            if is_named_tuple(type(value)) and not self._is_of_given_class(value):
                return "named", (type(value), tuple(value))
            if is_list_of_library(value):
                self.strange.add(type(value).__name__)
                parts = (tuple if isinstance(value, tuple) else list)(value)
                return "listed", (type(value).__name__, parts, self.hold(value))
            return super().leave(value)
        except (CannotCross, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise CannotCross(f"an object that raises {type(error).__name__} when it is looked at") from None

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe something that stays here."""
        number = self.hold(value)
        if isinstance(value, FUNCTIONS):
            return {"kind": "function", "number": number, "described": self._described(value, number)}
        if isinstance(value, type):
            return self._described_class(value, number)
        if strange := is_strange(type(value)):
            self.strange.add(type(value).__name__)
        return {"number": number, "strange": strange, **described_thing(value, strange)}

    def _described_class(self, kind: type, number: int) -> dict[str, Any]:
        """Describe a class, for one to be made that looks like it."""
        told = {} if is_named_tuple(kind) else {"described": self._described(kind, number)}
        return {"number": number, **told, **described_class(kind)}

    def _described(self, function: Any, number: int) -> bytes:
        """What a function looks like: found out once, for it is told whenever a test may read its name."""
        if number not in self.described:
            self.described[number] = encode(describe_function(function))
        return self.described[number]

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back; a tuple of one of our classes is made of its parts."""
        if how == "named":
            number, parts = described
            return tuple.__new__(self.own[number], parts)
        if how == "lent":
            return self._borrowed(*described)
        if how == "raised":
            return EXCEPTIONS[described[0]](*described[1])
        name = described[0] if how == "made" else described if how == "given" else ""
        if name and name not in self.given:
            self.missing = name
            return None
        return super().arrive(how, described)

    def _borrowed(self, how: str, data: bytes) -> Any:
        """A copy of an object that the test hands over; held, so that nothing else gets its id."""
        try:
            made = lending.unpacked(how, data)
        except Exception:  # the student's cells may have made anything of its library
            self.missing = "an object of a library"
            return None
        self.lent[id(made)] = made
        return made

    def stand_in(self, described: dict[str, Any]) -> Any:
        """A function of a test, to be called back."""
        return callback(described, self._call_back)

    def _call_back(self, function: FarFunction, args: Any, kwargs: Any) -> Any:
        return self._ask_tests("call", function._number, args, kwargs)

    def _call_replaced(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._ask_tests("replaced", name, args, kwargs)

    def _ask_tests(self, *request: Any) -> Any:
        if self.depth == 0:  # no test runs: nobody would answer
            raise RuntimeError("this function belongs to a test, and can only be called while that runs")
        with self.one_at_a_time:  # the student's code may have threads
            answer, *told = self.ask(*request)
        if answer == "ok":
            return told[0]
        kind = EXCEPTIONS.get(told[1], told[1]) if len(told) == 3 else RuntimeError
        raise kind(*told[2]) if len(told) == 3 else kind(*told)
