"""The student's process: runs the student's cells, and answers what tests ask of what these have defined."""

from __future__ import annotations

import contextlib
import io
import os
import random
import select
import types
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from autograder.checks.quiet import memory_limit
from autograder.grading.sealed import tables
from autograder.grading.sealed.cells import Cells, text_of
from autograder.grading.sealed.channel import Channel, Closed, TooLong
from autograder.grading.sealed.far import FarFunction, describe_function, parameters_of
from autograder.grading.sealed.known import EXCEPTION_NAMES
from autograder.grading.sealed.lent import without
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.outputs import packed
from autograder.grading.sealed.peer import NeedsPerson, Peer, ProcessEnded
from autograder.grading.sealed.things import CARRIED
from autograder.grading.sealed.wire import CannotCross, decode, encode
from mcutils._derivatives import formula_only

LONGEST_TEXT = 500
FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
    partial,
    np.ufunc,
)
NOTHING: dict[Any, Any] = {}
LASTING = {str, int, float, bool, type(None), *FUNCTIONS}
"""What cannot change, or is known to the tests by its number alone."""
VIEWS = (type(NOTHING.keys()), type(NOTHING.values()), type(NOTHING.items()))
NUMBERS = (int, float, np.float64, np.int64, np.ndarray)
MOST_WATCHED = 100_000  # bytes
MOST_TOLD = 1 << 16  # bytes of names that are told before they are asked for
NEVER = -1  # the number of no answer
MOST_FILES = 1000
ITSELF = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
"""Builtin types that a student's code makes without any library."""


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
        self.sent: dict[str, Any] = {}
        self.serial = 0

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Do what a test asks, and catch whatever the student's code does."""
        operation, flags, *parts = request
        printed = io.StringIO()
        try:
            away = without(self.cells.namespace, flags.get("without", ()))
            with self.interruptible(), _heard(printed), _under(flags), away:
                value, changed, after = getattr(self, f"_{operation}")(flags, *parts)
            rebound = self._rebound() if operation != "names" else {}  # they have just been told
            return ("ok", value, printed.getvalue()[: self.limits.output], changed, after, rebound)
        except NeedsPerson as problem:
            return ("person", str(problem))
        except KeyboardInterrupt:
            return ("interrupted", "")
        except ProcessEnded:
            raise
        except BaseException as error:
            return ("error", self._told(error))

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
        for name in [name for name in values if name not in modules and name not in same]:
            try:
                encode(values[name], self)
                found[name] = values[name]
            except CannotCross as problem:
                uncrossed[name] = f"{name}, {problem}, cannot be handed over"
        told = found | {name: values[name] for name in same}
        self.watched = {name: (value, self._watch(value)) for name, value in told.items()}
        self.sent, self.serial = before | told, self.serial + 1
        return (found, same, uncrossed, modules, self.serial), (), []

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
        data = self._content(value)
        return data if data is None or len(data[-1]) <= MOST_WATCHED else None

    def _content(self, value: Any) -> tuple[Any, ...] | None:
        """What a value that can be changed is made of, to be compared and not to be read."""
        if not tables.can_change(value):
            return None
        if type(value) is np.ndarray and not value.dtype.hasobject:
            return value.dtype, value.shape, value.strides, value.tobytes()
        return (encode(value, self),)

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
        before = [self._content(arg) for arg in args]
        value = self.own[number](*args, **kwargs)
        if type(value) is types.CoroutineType:
            value.close()  # else Python warns that nobody awaited it
        changed = tuple(k for k, data in enumerate(before) if data is not None and self._differs(data, args[k]))
        return value, changed, [args[k] for k in changed] if flags.get("back") else []

    def _differs(self, before: tuple[Any, ...], value: Any) -> bool:
        try:
            return self._content(value) != before
        except CannotCross:
            return True

    def _special(self, _: dict[str, Any], number: int, name: str, args: Any, kwargs: Any) -> tuple[Any, Any, Any]:
        thing = self.own[number]
        return getattr(type(thing), name)(thing, *args, **kwargs), (), []

    def _get(self, _: dict[str, Any], number: int, name: str) -> tuple[Any, Any, Any]:
        return getattr(self.own[number], name), (), []

    def _set(self, _: dict[str, Any], number: int, name: str, value: Any) -> tuple[Any, Any, Any]:
        setattr(self.own[number], name, value)
        return None, (), []

    def _files(self, _: dict[str, Any]) -> tuple[Any, Any, Any]:
        """The files in its folder that no test has: a test may look for them."""
        with os.scandir() as found:
            return [entry.name for entry, _ in zip(found, range(MOST_FILES), strict=False)], (), []

    # ---- how things are described ----

    def number_of_theirs(self, value: Any) -> int | None:
        """Functions of a test, going home."""
        return int(value._number) if type(value) is FarFunction else None

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data; an object may raise anything when it is looked at."""
        try:
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
            parents = [base for base in value.__bases__ if base.__module__ == "__main__"]
            raises = _exception_name(value)
            parent = parents[0] if parents else None
            return {"kind": "class", "number": number, "name": value.__name__, "parent": parent, "raises": raises}
        kind = type(value)
        own = kind.__module__ == "__main__"
        can = [name for name in CARRIED if hasattr(kind, name)]
        if not own:
            can = [name for name in can if getattr(kind, name) is not getattr(object, name, None)]
        if kind in VIEWS:
            can.remove("__len__")  # a list that is made of one would ask for it, and need not
        return {
            "kind": "thing",
            "number": number,
            "name": kind.__name__,
            "class": kind if own else None,
            "can": can,
            "signature": parameters_of(value) if "__call__" in can else None,
            "strange": not own and not issubclass(kind, ITSELF) and not kind.__name__.endswith("iterator"),
        }

    def _described(self, function: Any, number: int) -> bytes:
        """What a function looks like: found out once, for it is told whenever a test may read its name."""
        if number not in self.described:
            self.described[number] = encode(describe_function(function))
        return self.described[number]

    def stand_in(self, described: dict[str, Any]) -> Any:
        """A function of a test, to be called back."""
        return FarFunction(described["number"], described["described"], self._call_back, _nothing_inside)

    def _call_back(self, function: FarFunction, args: Any, kwargs: Any) -> Any:
        if self.depth == 0:  # no test runs: nobody would answer
            raise RuntimeError("this function belongs to a test, and can only be called while that runs")
        answer = self.ask("call", function._number, args, kwargs)
        if answer[0] == "ok":
            return answer[1]
        raise RuntimeError(str(answer[1]) if len(answer) > 1 else "the test's function cannot be called")

    def _told(self, error: BaseException) -> dict[str, Any]:
        kind = type(error)
        own = next((c for c in kind.__mro__ if c.__module__ == "__main__"), None)
        known = next((EXCEPTION_NAMES[id(c)] for c in kind.__mro__ if id(c) in EXCEPTION_NAMES), "Exception")
        plain = all(type(part) in (str, int, float, bool, type(None)) for part in error.args)
        args = [part[:LONGEST_TEXT] if type(part) is str else part for part in error.args[:5]]
        return {
            "name": kind.__name__,
            "class": own,
            "known": known,
            "exactly": id(kind) in EXCEPTION_NAMES,
            "args": args if plain else [text_of(error, LONGEST_TEXT)],
            "line": self.cells.line_of(error)[:LONGEST_TEXT],
        }


@contextlib.contextmanager
def _heard(printed: io.StringIO) -> Iterator[None]:
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _under(flags: dict[str, Any]) -> Iterator[None]:
    """Do as a test demands: formulas only, so much memory, random numbers from here on."""
    if "random" in flags:
        plain, numpys = flags["random"]
        random.setstate(plain)
        np.random.set_state(decode(numpys))
    with contextlib.ExitStack() as stack:
        if flags.get("formula"):
            stack.enter_context(formula_only())
        if flags.get("memory"):
            stack.enter_context(memory_limit(flags["memory"]))
        yield


def _goes_on(answer: tuple[Any, ...]) -> bool:
    """Whether a check that gets this answer makes its next call: it is numbers, and nothing was changed by the way."""
    kind, value, _, changed, _, rebound = answer if len(answer) == 6 else ("error", None, "", (), [], {})
    if kind != "ok" or changed or rebound or type(value) not in NUMBERS:
        return False
    array = np.asarray(value)
    return array.dtype.kind in "iuf" and bool(np.isfinite(array).all())


def _exception_name(kind: type) -> str | None:
    return next((EXCEPTION_NAMES[id(c)] for c in kind.__mro__ if id(c) in EXCEPTION_NAMES), None)


def _nothing_inside(name: str) -> Any:
    raise AttributeError(f"this function belongs to a test; it has no {name} here")


def serve(control: Channel, link: Channel, cells: Cells, limits: Limits) -> None:
    """Do what the supervisor says and what tests ask, until the supervisor hangs up."""
    side = StudentSide(link, cells, limits)
    if hasattr(os, "register_at_fork"):  # a fork that goes on with the notebook has nobody to tell
        os.register_at_fork(after_in_child=control.close)
        os.register_at_fork(after_in_child=link.close)
    with contextlib.suppress(Closed, TooLong, ProcessEnded):
        while True:
            if control.buffer or control in select.select([control, link], [], [])[0]:
                control.send(_obey(side, decode(control.receive())))
            else:
                side.serve_waiting()


def _obey(side: StudentSide, order: Any) -> bytes:
    """Run a cell: its text, whether anybody will see what it puts out, and the names that it gives to both sides.

    What the test below is going to ask for is told with the reply.
    """
    source, quiet, gives, asked = order
    try:
        with side.interruptible():
            ran = side.cells.run(source, quiet)
        outputs, failed = ran.outputs, ran.failed
        side.give(side.cells.namespace, gives)
    except KeyboardInterrupt:
        outputs, failed = side.cells.shell.outputs.taken(), True
    told = side.tell(asked) if asked else b""
    return encode((packed(outputs), failed, told))
