"""The student's process: runs the student's cells, and answers what tests ask of what these have defined."""

from __future__ import annotations

import io
import os
import threading
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing import tables
from autograder.grading.sealed.crossing.channel import Channel
from autograder.grading.sealed.crossing.far import FarFunction
from autograder.grading.sealed.crossing.known import EXCEPTIONS
from autograder.grading.sealed.crossing.peer import TWINS, NeedsPerson, Peer, ProcessEnded
from autograder.grading.sealed.crossing.raised import told_of
from autograder.grading.sealed.crossing.wire import CannotCross, encode
from autograder.grading.sealed.inside.cells import Cells
from autograder.grading.sealed.inside.figures import Drawn
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.untrusted.looks import FUNCTIONS, read_by
from autograder.grading.sealed.untrusted.of_things import OF_THINGS
from autograder.grading.sealed.untrusted.references_student import StudentReferences
from autograder.grading.sealed.untrusted.under import PUT, has, heard, under, without
from autograder.grading.sealed.untrusted.watched import Watched

CALLS = ("call", "new")
"""What is asked where a test calls a function, or makes an object of a class."""
LASTING = {str, int, float, bool, type(None), *FUNCTIONS}
"""What cannot change, or is known to the tests by its number alone."""
MOST_TOLD = 1 << 16  # bytes of names that are told before they are asked for
NEVER = -1  # the number of no answer
MOST_FILES = 1000
NUMBERS = (int, float, np.float64, np.int64, np.ndarray)
PLAIN = (int, float, complex, str, bytes, bool, type(None), list, tuple, dict, set)
"""What an attribute of a class may be, for it to be told to who asks what has become of that class."""


class StudentSide(Peer):
    """Answers the tests.

    Args:
        channel: the link to the tests.
        cells: what runs the student's cells.
        limits: of this submission.
    """

    references: StudentReferences

    def __init__(self, channel: Channel, cells: Cells, limits: Limits) -> None:
        super().__init__(channel, limits.depth, StudentReferences(self._call_back))
        self.cells = cells
        self.limits = limits
        self.watched = Watched(self.references)
        self.drawn = Drawn()
        self.sent: dict[str, Any] = {}
        self.serial = 0
        self.complained = False
        self.one_at_a_time = threading.RLock()

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Do what a test asks, and catch whatever the student's code does."""
        if name := self.references.missing:
            self.references.missing = ""
            return ("person", f"{name}, which the test hands over, is not there")
        operation, flags, *parts = request
        if flags.get("first"):
            self.drawn.put_away()  # as the notebook does with what the last cell has drawn
        printed, complaints = io.StringIO(), io.StringIO()
        try:
            away = without(self.cells.namespace, flags.get("without", ()))
            with self.interruptible(), heard(printed, complaints), under(flags, self._call_replaced), away:
                value, changed, after = self._done(operation, flags, parts)
            self.complained |= complaints.tell() > 0
            just_told = operation == "names"
            rebound = {} if just_told else self.watched.rebound(self.cells.namespace)
            return ("ok", value, printed.getvalue()[: self.limits.output], changed, after, rebound)
        except NeedsPerson as problem:
            return ("person", str(problem))
        except KeyboardInterrupt:
            return ("interrupted", "")
        except ProcessEnded:
            raise
        except BaseException as error:
            return ("error", self._told_of(error))

    def _told_of(self, error: BaseException) -> dict[str, Any]:
        """What is told of an exception; of one whose class raises another when it is looked at, that there was one."""
        try:
            return told_of(error, self.cells.line_of(error), self.references.hold)
        except Exception:
            return {"known": "Exception"}

    def answers(self, request: list[Any]) -> Iterator[tuple[Any, ...]]:
        """Answer; calls that a test is going to make in a row are made as far as it goes on from one to the next."""
        if request[0] != "calls":
            yield self.perform(request)
            return
        _, flags, number, calls = request
        for left, args in zip(reversed(range(len(calls))), calls, strict=True):
            answer = self.perform(["call", flags, number, args, {}])
            yield answer
            if left and not _goes_on(answer):
                yield ("stopped",)
                return

    # ---- what can be asked ----

    def _done(self, operation: str, flags: dict[str, Any], parts: list[Any]) -> tuple[Any, Any, Any]:
        """Do what is asked: what comes of it, which arguments that changed, and to what where the test wants it."""
        if operation in CALLS:
            return self._call(flags, *parts)
        if operation in OF_THINGS:
            number, *more = parts
            return OF_THINGS[operation](self.references.own[number], *more), (), []
        return getattr(self, f"_{operation}")(*parts), (), []

    def _names(self, wanted: list[str], serial: int) -> tuple[Any, ...]:
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
            self.references.strange = strange[name] = set()
            try:
                encode(values[name], self.references)
                found[name] = values[name]
            except CannotCross as problem:
                uncrossed[name] = f"{name}, {problem}, cannot be handed over"
        told = found | {name: values[name] for name in same}
        self.watched.begin(told)
        self.sent, self.serial = before | told, self.serial + 1
        kinds = {name: list(kinds) for name, kinds in strange.items() if kinds}
        return found, same, uncrossed, modules, self.serial, kinds, _alike(found)

    def tell(self, names: list[str]) -> bytes:
        """What a test would be told that asked for these names now; nothing where that is long, or goes wrong."""
        kind, *parts = self.perform(["names", {}, names, NEVER])
        try:
            told = encode((names, parts[0]), self.references) if kind == "ok" else b""
        except CannotCross:
            return b""
        return told if len(told) <= MOST_TOLD else b""

    def _call(self, flags: dict[str, Any], number: int, args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
        given = [*args, *kwargs.values()]
        before = [self.watched.made_of(arg) for arg in given]
        value = self.references.own[number](*args, **kwargs)
        changed = tuple(k for k, data in enumerate(before) if self.watched.differs(data, given[k]))
        changed += (TWINS,) if _has_twins(value) else ()
        return value, changed, [given[k] for k in changed] if flags.get("back") else []

    def _current(self, name: str) -> Any:
        return self.drawn.current(name)

    # ---- what may explain why a test failed ----

    def _files(self, paths: list[str]) -> list[str]:
        """The files in its folder, and those at paths that it was handed."""
        found = (os.path.join(folder, name) for folder, _, files in os.walk(".") for name in files)
        below = [os.path.normpath(path) for path, _ in zip(found, range(MOST_FILES), strict=False)]
        return [path for path in paths if os.path.lexists(path)] + below

    def _rewritten(self) -> list[str]:
        """The files of a test that the student's code has changed or removed since it had them."""
        return [path for path, data in PUT.items() if not has(path, data)]

    def _attributes(self, kind: type) -> dict[str, Any]:
        """The plain attributes of a class of the instructor's."""
        found = {name: value for name, value in vars(kind).items() if type(value) in PLAIN}
        return {name: value for name, value in found.items() if not name.startswith("__")}

    def _globals(self, wanted: list[str]) -> list[str]:
        """Which of these names the student's functions read when they are called."""
        read = {name for value in self.cells.namespace.values() for name in read_by(value)}
        return [name for name in wanted if name in read]

    def _warned(self) -> bool:
        return self.complained

    # ---- asking the tests ----

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


def _alike(found: dict[str, Any]) -> dict[str, str]:
    """The names that stand for what another name stands for too, and can be changed; with that other name."""
    first = {id(value): name for name, value in reversed(found.items()) if tables.can_change(value)}
    return {name: first[id(value)] for name, value in found.items() if first.get(id(value), name) != name}


def _has_twins(value: Any) -> bool:
    """Whether one and the same list stands in several places of another, where the tests will have a copy in each."""
    parts = [id(part) for part in value if type(part) in (list, dict, set)] if type(value) in (list, tuple) else ()
    return len({*parts}) < len(parts)


def _goes_on(answer: tuple[Any, ...]) -> bool:
    """Whether a check that gets this answer makes its next call: it is numbers, and nothing was changed by the way."""
    kind, value, _, changed, _, rebound = answer if len(answer) == 6 else ("error", None, "", (), [], {})
    if kind != "ok" or changed or rebound or type(value) not in NUMBERS:
        return False
    array = np.asarray(value)
    return array.dtype.kind in "iuf" and bool(np.isfinite(array).all())
