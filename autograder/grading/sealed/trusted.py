"""The tests' process: runs test cells, in a namespace where the student's names are stand-ins.

Its names are the instructor's: what the given cells bind, from the instructor's own text. A name that a solution cell
binds is fetched from the student's process before each cell that may read it: plain values by value, functions, classes
and objects as stand-ins. A name that neither binds is looked for there too. So the student's code can be called, and
can neither see nor change what calls it.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import math
import socket
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.quiet import TimeUp, memory_allowed
from autograder.grading.sealed import names
from autograder.grading.sealed.channel import Channel, Closed, TooLong
from autograder.grading.sealed.far import FarFunction, describe_function
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.outputs import Stream
from autograder.grading.sealed.peer import Gone, NeedsPerson, Peer, short
from autograder.grading.sealed.shell import Cells, Ran
from autograder.grading.sealed.things import Things, exception_base, number_of
from autograder.grading.sealed.wire import CannotCross, decode, encode
from mcutils._derivatives import _formula_only

IN_PLACE = "mcourse: in-place"
"""A test cell with these words in it gets back what the student's code did to the arguments."""
MOST_TEXT = 500
MOST_POINTS = 1e9


class TestSide(Peer):
    """Asks the student's process.

    Args:
        limits: of this submission.
        interrupt: asks the supervisor to interrupt the student's process.
    """

    __test__ = False  # pytest need not look here

    def __init__(self, limits: Limits, interrupt: Callable[[], None]) -> None:
        super().__init__(None, limits.depth)
        self.limits = limits
        self.interrupt = interrupt
        self.begin(in_place=False)
        self.reset(None)

    def reset(self, channel: Channel | None) -> None:
        """Talk to another process from now on: everything that the one before held is gone."""
        self.channel = channel
        self.things = Things(self.value_of)
        self.functions: dict[int, FarFunction] = {}

    def begin(self, in_place: bool) -> None:
        """Begin a cell: functions that earlier ones handed out cannot be called any more."""
        self.in_place = in_place
        self.calls = 0
        self.own.clear()
        self.numbers.clear()
        self.person = ""
        self.strange: set[str] = set()
        self.changed: set[str] = set()

    # ---- asking ----

    def value_of(self, *request: Any) -> Any:
        """Ask, and take the answer apart.

        Raises:
            Exception: what the student's code raised.
            NeedsPerson: it cannot be done across two processes.
        """
        return self._answer(request)[0]

    def _answer(self, request: tuple[Any, ...]) -> tuple[Any, Any, Any]:
        try:
            answer = self.ask(*request)
        except (TimeUp, KeyboardInterrupt):
            self.interrupt()  # the call that was given up would else go on and keep the next one waiting
            raise
        except NeedsPerson as problem:
            self.person = self.person or str(problem)
            raise
        kind, *parts = answer
        if kind == "ok" and len(parts) == 4:
            value, printed, changed, after = parts
            if type(sys.stdout) is not Stream and type(printed) is str:
                sys.stdout.write(printed)  # a test that catches what is printed gets it; nobody is shown it
            return value, changed, after
        if kind == "error" and type(parts[0]) is dict:
            raise self._exception(parts[0])
        if kind == "interrupted":
            raise TimeoutError("it was stopped: it took longer than it may")
        self.needs_person(short(parts[0], MOST_TEXT) if parts else "an answer that says nothing")

    def needs_person(self, reason: str) -> None:
        """Leave the cell to a person."""
        self.person = self.person or reason
        raise NeedsPerson(reason)

    def _call(self, function: FarFunction, args: Any, kwargs: Any) -> Any:
        flags = {"formula": _formula_only.get(), "memory": memory_allowed(), "back": self.in_place}
        value, changed, after = self._answer(("call", function._number, args, kwargs, flags))
        function.changed = tuple(k for k in changed if type(k) is int and 0 <= k < len(args))
        for place, argument in zip(function.changed, after, strict=False):
            _take_over(args[place], argument)
        if function.changed and not self.in_place:
            self.changed.add(function.__name__)
        return value

    def _exception(self, told: dict[str, Any]) -> BaseException:
        """Make an exception of the type that the student's code raised, with its text and the line where it was."""
        known = exception_base(told.get("known")) or Exception
        kind: Any = told.get("class") if not told.get("exactly") else known
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind = type(short(told.get("name")) or "Exception", (known,), {})
        args = tuple(_bounded(part) for part in told.get("args") or ())
        error = BaseException.__new__(kind, *args)
        error.args = args
        error.line_elsewhere = short(told.get("line"), MOST_TEXT)  # type: ignore[attr-defined] # for the checks to tell
        return error

    # ---- being asked ----

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Call a function that a test handed to the student's code; nothing else can be asked."""
        if len(request) != 4 or request[0] != "call" or not isinstance(request[2], tuple):
            return ("error", "only calls are answered")
        _, number, args, kwargs = request
        self.calls += 1
        function = self.own.get(number) if type(number) is int else None
        if function is None or not isinstance(kwargs, dict) or not all(type(name) is str for name in kwargs):
            return ("error", "this function can only be called while the test that handed it over runs")
        if self.calls > self.limits.calls:
            return ("error", f"the function that the test handed over was called more than {self.limits.calls} times")
        try:
            return ("ok", function(*args, **kwargs))
        except Exception as error:
            return ("error", f"{type(error).__name__}: {str(error)[:MOST_TEXT]}")

    # ---- how things cross ----

    def number_of_theirs(self, value: Any) -> int | None:
        """What stands for something of the student's, going home."""
        return int(value._number) if type(value) is FarFunction else number_of(value)

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe a function of a test; nothing else is let out."""
        if isinstance(value, type) or not callable(value):
            raise CannotCross(f"an object of class {type(value).__name__}")
        described = describe_function(value, self.hold(value))
        return described | {"doc": ""}

    def stand_in(self, described: dict[str, Any]) -> Any:
        """Something of the student's."""
        number, kind = described.get("number"), described.get("kind")
        if type(number) is not int:
            raise ValueError("a stand-in without a number")
        if kind == "function":
            if number not in self.functions:
                self.functions[number] = FarFunction(number, described, self._call, self._inside)
            return self.functions[number]
        if kind == "class":
            return self.things.kind(number, described)
        if described.get("strange") is True:
            self.strange.add(short(described.get("name")))
        return self.things.thing(number, described)

    def _inside(self, name: str) -> Any:
        self.needs_person(f"the test looks into the student's function (at its {name})")


def _take_over(into: Any, value: Any) -> None:
    """Make a container what the student's code made of it."""
    if type(into) is not type(value):
        return
    if isinstance(into, list | bytearray):
        into[:] = value
    elif isinstance(into, dict | set):
        into.clear()
        into.update(value)
    elif isinstance(into, np.ndarray) and into.shape == value.shape and into.dtype == value.dtype:
        into[...] = value


def _bounded(part: Any) -> Any:
    return part[:MOST_TEXT] if type(part) is str else part if type(part) in (int, float, bool) else None


class Tests:
    """Runs given cells and test cells.

    Args:
        cells: what runs them.
        side: what asks the student's process.
    """

    __test__ = False  # pytest need not look here

    def __init__(self, cells: Cells, side: TestSide) -> None:
        self.cells = cells
        self.side = side
        self.theirs: set[str] = set()
        self.read_by_given: set[str] = set()
        self.broken: dict[str, str] = {}
        _have_sources_refused(side)

    def given(self, source: str, theirs: list[str]) -> str:
        """Run the instructor's text of a given cell.

        Args:
            source: the text.
            theirs: names that the solution cells above have bound since the last time.

        Returns:
            What went wrong; empty where nothing did.
        """
        self.theirs |= set(theirs)
        plain = self.cells.plain(source)
        binds = names.bound(plain)
        self.read_by_given |= names.read(plain)
        self.side.begin(in_place=False)
        wrong = self._fetch(names.read(plain))
        ran = self.cells.run(source, quiet=True) if not wrong else None
        if ran is not None and ran.failed:
            wrong = self._wrong(ran)
        self.theirs -= binds
        for name in binds:
            self.broken.pop(name, None)
            if wrong and name not in self.cells.namespace:
                self.broken[name] = wrong
        self.side.give(self.cells.namespace, binds)
        return wrong

    def test(self, source: str, theirs: list[str]) -> dict[str, Any]:
        """Run a test cell.

        Returns:
            ``outputs``; ``failed``, whether it ended with an exception; ``value``, what it ended with, as a number or
            the name of a type; ``person``, why a person must decide, or nothing; ``broken``, names of failed given
            cells that it reads.
        """
        self.theirs |= set(theirs)
        plain = self.cells.plain(source)
        reads = names.read(plain)
        self.side.begin(in_place=IN_PLACE in source)
        if names.looks_at_history(plain):
            self.side.person = "the test looks at what the student typed"
        if broken := sorted(reads & set(self.broken)):
            text = f"the cell above that defines {broken[0]} did not run: {self.broken[broken[0]]}"
            return self._outcome(self._not_run(text), broken)
        if wrong := self._fetch(reads):
            return self._outcome(self._not_run(wrong), [])
        return self._outcome(self.cells.run(source), [])

    def _fetch(self, reads: frozenset[str]) -> str:
        """Bring the student's names that a cell may read into the namespace; say what went wrong."""
        namespace = self.cells.namespace
        unknown = {n for n in reads if n not in namespace and not hasattr(builtins, n) and n not in self.broken}
        self.theirs |= unknown
        wanted = sorted((reads | self.read_by_given) & self.theirs)
        if not wanted:
            return ""
        try:
            found = self.side.value_of("names", wanted)
        except NeedsPerson as problem:
            return str(problem)
        except Exception as problem:
            return f"the student's process does not answer: {problem}"
        for name in wanted:
            namespace.pop(name, None)
        namespace.update({name: found[name] for name in wanted if name in found})
        return ""

    def _not_run(self, text: str) -> Ran:
        outputs = self.cells.shell.outputs
        outputs.start()
        outputs.error("NotRun", text, [text])
        return Ran(outputs.taken(), True, None)

    def _wrong(self, ran: Ran) -> str:
        error = next((out for out in ran.outputs if out["output_type"] == "error"), {})
        return f"{error.get('ename', 'an error')}: {error.get('evalue', '')}"[:MOST_TEXT]

    def _outcome(self, ran: Ran, broken: list[str]) -> dict[str, Any]:
        side, person = self.side, self.side.person
        if ran.failed and not person and side.strange:
            person = f"an object of class {min(side.strange)} cannot be handed over whole, and the test failed"
        if ran.failed and not person and side.changed:
            person = (
                f"{min(side.changed)} changed its arguments, which a test sees only where its cell says "
                f"'# {IN_PLACE}', and the test failed"
            )
        return {
            "outputs": ran.outputs,
            "failed": ran.failed,
            "value": _value(ran.value),
            "person": person,
            "broken": broken,
        }


def _value(value: Any) -> Any:
    """The last value of a cell: nothing, a number, or the name of its type."""
    if value is None:
        return None
    if type(value) in (int, float) or isinstance(value, np.floating | np.integer):
        return float(value) if abs(value) < MOST_POINTS else math.inf
    return type(value).__name__


def _have_sources_refused(side: TestSide) -> None:
    """Have ``inspect`` hand the question for a student's source over to a person."""

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        def ask(thing: Any, *args: Any, **kwargs: Any) -> Any:
            if type(thing) is FarFunction or number_of(thing) is not None:
                side.needs_person("the test reads the source of the student's code")
            return function(thing, *args, **kwargs)

        return ask

    for name in ("getfile", "findsource", "getsourcefile", "getsource", "getsourcelines", "getmodule"):
        setattr(inspect, name, wrapped(getattr(inspect, name)))


def serve(control: Channel, cells: Cells, limits: Limits) -> None:
    """Do what the supervisor says, until it hangs up."""
    side = TestSide(limits, interrupt=lambda: control.send(encode(("interrupt",))))
    tests = Tests(cells, side)
    with contextlib.suppress(Closed, TooLong):
        while True:
            order, *parts = decode(control.receive())
            if order == "link":
                control.send(encode(("ready",)))
                side.reset(_take_link(control, limits))
            elif order == "given":
                control.send(encode(("given", tests.given(*parts))))
            else:
                control.send(_tested(tests, parts))


def _tested(tests: Tests, parts: Any) -> bytes:
    outcome = tests.test(*parts)
    try:
        return encode(("tested", outcome))
    except CannotCross:  # something shown that describes itself by other things than text
        return encode(("tested", outcome | {"outputs": []}))


def _take_link(control: Channel, limits: Limits) -> Channel:
    """Take the descriptor of a new link, which comes with one byte of its own."""
    control.end.settimeout(None)
    data, descriptors, _, _ = socket.recv_fds(control.end, 1, 1)
    if not data or not descriptors:
        raise Closed
    return Channel(socket.socket(fileno=descriptors[0]), limits.message)
