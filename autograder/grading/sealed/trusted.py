"""The tests' process: runs test cells, in a namespace where the student's names are stand-ins.

Its names are the instructor's: what the given cells bind, from the instructor's own text. A name that a solution cell
binds is fetched from the student's process before each cell that may read it: plain values by value, functions, classes
and objects as stand-ins. A name that neither binds is looked for there too. So the student's code can be called, and
can neither see nor change what calls it.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import inspect
import math
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograder.checks.quiet import TimeUp, memory_allowed
from autograder.grading.sealed import names
from autograder.grading.sealed.channel import Channel, Closed, TooLong
from autograder.grading.sealed.far import FarFunction, describe_function
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.outputs import Stream
from autograder.grading.sealed.peer import NeedsPerson, Peer, short
from autograder.grading.sealed.shell import Cells, Ran
from autograder.grading.sealed.things import Things, exception_base, number_of
from autograder.grading.sealed.wire import CannotCross, decode, encode
from mcutils._derivatives import _formula_only

IN_PLACE = "mcourse: in-place"
"""A test cell with these words in it gets back what the student's code did to the arguments."""
MOST_TEXT = 500
MOST_POINTS = 1e9
USUAL = {"np": "numpy", "plt": "matplotlib.pyplot", "pd": "pandas", "numpy": "numpy", "sympy": "sympy", "mc": "mcutils"}
"""Modules under the names by which everybody knows them."""
PATIENCE = 1.0  # seconds that a call which was given up gets to end


class TestSide(Peer):
    """Asks the student's process.

    Args:
        limits: of this submission.
        tell: tells the supervisor a word: ``interrupt`` or ``end`` what the student's process is doing.
    """

    __test__ = False  # pytest need not look here

    def __init__(self, limits: Limits, tell: Callable[[str], None]) -> None:
        super().__init__(None, limits.depth)
        self.limits = limits
        self.tell = tell
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
            self._give_up(self.number)
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
        return self.needs_person(short(parts[0], MOST_TEXT) if parts else "an answer that says nothing")

    def _give_up(self, number: int) -> None:
        """Have a call ended that nobody waits for any more: it would keep the next one waiting."""
        self.tell("interrupt")
        if not self.settled(number, PATIENCE):
            self.tell("end")

    def needs_person(self, reason: str) -> NoReturn:
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
        error: BaseException = BaseException.__new__(kind, *args)
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
        self.read_later: set[str] = set()
        self.broken: dict[str, tuple[str, bool]] = {}
        _have_sources_refused(side)

    def note(self, solutions: list[str]) -> None:
        """Take note of the instructor's text of solution cells: the names that it binds are the student's to bind.

        What it imports is no answer: it is imported here, from the instructor's text.
        """
        for source in solutions:
            plain = self.cells.plain(source)
            self.theirs |= names.bound(plain)
            for statement, binds in names.imports(plain):
                if not self.cells.run(statement, quiet=True).failed:
                    self.theirs -= binds

    def given(self, source: str, ran_there: bool) -> None:
        """Run the instructor's text of a given cell.

        Where it fails, whoever reads a name that it should have bound is told; if nothing of the student's was in it,
        or it did run in the student's process, a person is.

        Args:
            source: the text.
            ran_there: whether it ran without an error in the student's process.
        """
        plain = self.cells.plain(source)
        binds = names.bound(plain)
        self.read_later |= names.read_later(plain)
        self.side.begin(in_place=False)
        asked, wrong = self._fetch(names.read(plain))
        ran = self._run(source, quiet=True) if not wrong else None
        if ran is not None and ran.failed:
            wrong = self._wrong(ran)
        self.theirs -= binds
        for name in binds:
            self.broken.pop(name, None)
            if wrong and name not in self.cells.namespace:
                self.broken[name] = (wrong, ran_there or not asked or bool(self.side.person))
        self.side.give(self.cells.namespace, binds)

    def test(self, source: str) -> dict[str, Any]:
        """Run a test cell.

        Returns:
            ``outputs``; ``failed``, whether it ended with an exception; ``value``, what it ended with, as a number or
            the name of a type; ``person``, why a person must decide, or nothing.
        """
        plain = self.cells.plain(source)
        self.read_later |= names.read_later(plain)
        reads = names.read(plain)
        self.side.begin(in_place=IN_PLACE in source)
        if names.looks_at_history(plain):
            self.side.person = "the test looks at what the student typed"
        if broken := sorted(reads & set(self.broken)):
            why, person = self.broken[broken[0]]
            text = f"the cell above that defines {broken[0]} did not run: {why}"
            self.side.person = self.side.person or (text if person else "")
            return self._outcome(self._not_run(text))
        _, wrong = self._fetch(reads)
        return self._outcome(self._not_run(wrong) if wrong else self._run(source))

    def _run(self, source: str, quiet: bool = False) -> Ran:
        try:
            with self.side.interruptible():
                return self.cells.run(source, quiet)
        except KeyboardInterrupt:
            return self._not_run("it was stopped")

    def _fetch(self, reads: frozenset[str]) -> tuple[list[str], str]:
        """Bring the student's names that a cell may read into the namespace; return them, and what went wrong."""
        namespace = self.cells.namespace
        unknown = {n for n in reads if n not in namespace and not hasattr(builtins, n) and n not in self.broken}
        self.theirs |= unknown - self._import_usual(unknown)
        left_open = {name for name in reads if namespace.get(name, 0) in (None, ...)}
        wanted = sorted((reads | self.read_later) & self.theirs | left_open)
        if not wanted:
            return [], ""
        try:
            with self.side.interruptible():
                found, uncrossed = self.side.value_of("names", wanted)
        except (NeedsPerson, KeyboardInterrupt) as problem:
            return wanted, str(problem) or "it was stopped"
        except Exception as problem:
            return wanted, f"the student's process does not answer: {problem}"
        for name in set(wanted) - left_open:
            namespace.pop(name, None)
        namespace.update({name: found[name] for name in wanted if name in found})
        reasons = [short(uncrossed[name], MOST_TEXT) for name in sorted(reads) if name in uncrossed]
        self.side.person = self.side.person or (reasons[0] if reasons else "")
        return wanted, self.side.person if reasons else ""

    def _import_usual(self, unknown: set[str]) -> set[str]:
        """Import modules that no text of the instructor's is left to import, under the names that everybody uses."""
        usual = {name for name in unknown if name in USUAL or name in sys.stdlib_module_names}
        for name in usual:
            with contextlib.suppress(ImportError):
                self.cells.namespace[name] = importlib.import_module(USUAL.get(name, name))
        return usual

    def _not_run(self, text: str) -> Ran:
        outputs = self.cells.shell.outputs
        outputs.start()
        outputs.error("NotRun", text, [text])
        return Ran(outputs.taken(), True, None)

    def _wrong(self, ran: Ran) -> str:
        error = next((out for out in ran.outputs if out["output_type"] == "error"), {})
        return f"{error.get('ename', 'an error')}: {error.get('evalue', '')}"[:MOST_TEXT]

    def _outcome(self, ran: Ran) -> dict[str, Any]:
        side, person = self.side, self.side.person
        if ran.failed and not person and side.strange:
            person = f"an object of class {min(side.strange)} cannot be handed over whole, and the test failed"
        if ran.failed and not person and side.changed:
            person = (
                f"{min(side.changed)} changed its arguments, which a test sees only where its cell says "
                f"'# {IN_PLACE}', and the test failed"
            )
        return {"outputs": ran.outputs, "failed": ran.failed, "value": _value(ran.value), "person": person}


def _value(value: Any) -> Any:
    """The last value of a cell: nothing, a number, or the name of its type."""
    if value is None:
        return None
    if type(value) in (int, float) or isinstance(value, np.floating | np.integer):
        return math.inf if abs(value) > MOST_POINTS else float(value)
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
    side = TestSide(limits, tell=lambda word: control.send(encode((word,))))
    tests = Tests(cells, side)
    with contextlib.suppress(Closed, TooLong):
        while True:
            order, *parts = decode(control.receive())
            if order == "link":
                control.send(encode(("ready",)))
                side.reset(_take_link(control, limits))
                continue
            solutions, *more = parts
            tests.note(solutions)
            control.send(_outcome_of(tests, order, more))


def _outcome_of(tests: Tests, order: str, parts: Any) -> bytes:
    """Follow an order; the outcome as bytes."""
    if order == "given":
        tests.given(*parts)
    if order != "test":
        return encode(("done",))
    outcome = tests.test(*parts)
    try:
        return encode(outcome)
    except CannotCross:  # something shown that describes itself by other things than text
        return encode(outcome | {"outputs": []})


def _take_link(control: Channel, limits: Limits) -> Channel:
    """Take the descriptor of a new link, which comes with one byte of its own."""
    control.end.settimeout(None)
    data, descriptors, _, _ = socket.recv_fds(control.end, 1, 1)
    if not data or not descriptors:
        raise Closed
    return Channel(socket.socket(fileno=descriptors[0]), limits.message)
