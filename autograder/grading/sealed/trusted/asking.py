"""The tests' side of the link: asks the student's process, and takes what comes back for what it is, data.

Separate from what runs the tests (``tests.py``): this knows what is asked, that what runs when.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
import threading
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from autograder.grading.sealed.crossing import tables
from autograder.grading.sealed.crossing.channel import Channel
from autograder.grading.sealed.crossing.far import TOLD, FarCode, FarFunction
from autograder.grading.sealed.crossing.peer import TWINS, NeedsPerson, Peer, ProcessEnded, short
from autograder.grading.sealed.crossing.raised import arguments, bounded, remade
from autograder.grading.sealed.crossing.wire import Malformed, decode
from autograder.grading.sealed.inside.figures import Figures
from autograder.grading.sealed.inside.outputs import Stream
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.trusted.handed import USUAL_DEPTH, Handed
from autograder.grading.sealed.trusted.in_a_row import InARow
from autograder.grading.sealed.trusted.in_place import take_over
from autograder.grading.sealed.trusted.noticed import Noticed
from autograder.grading.sealed.trusted.references_tests import TestReferences
from autograder.grading.sealed.trusted.stand_ins import Things
from autograder.grading.sealed.trusted.things import Far

IN_PLACE = "mcourse: in-place"
"""A test cell with these words in it gets back what the student's code did to the arguments."""
LASTING = (str, int, float, bool, type(None), FarFunction)
"""What a test cannot change, so that it may be held from one cell to the next."""
CALLING = ("call", "new", "special")
"""What runs a function of the student's with a test's arguments."""
CHANGING = ("call", "special", "set", "del", "awaited")
"""What may change an object of the student's that the test has made."""
LOOKERS = os.path.join(os.path.dirname(os.__file__), "unittest")
"""Files whose code may look into an object on behalf of a test: it looks for what the test asks for."""
MOST_TEXT = 500
PATIENCE = 1.0  # seconds that a call which was given up gets to end


class TestSide(Peer):
    """Asks the student's process.

    Args:
        limits: of this submission.
        namespace: of the tests.
        tell: tells the supervisor a word: ``interrupt`` or ``end`` what the student's process is doing.
    """

    __test__ = False  # pytest need not look here
    references: TestReferences

    def __init__(self, limits: Limits, namespace: dict[str, Any], tell: Callable[[str], None]) -> None:
        super().__init__(None, limits.depth, TestReferences(self._function))
        self.namespace = namespace
        self.random = False
        self.limits = limits
        self.tell = tell
        self.handed = Handed(namespace, self.needs_person)
        self.one_at_a_time = threading.RLock()
        self.texts: set[str] = set()
        self.in_a_row = InARow(self)
        self.figures = Figures(self.value_of, lambda: self.noticed.called)
        self.begin("")
        self.reset(None)

    def reset(self, channel: Channel | None) -> None:
        """Talk to another process from now on: everything that the one before held is gone."""
        self.channel = channel
        far = Far(self.value_of, self._is_named, self.mentions, self.needs_person, self.doubt)
        far = replace(far, epoch=lambda: self.epoch, requests=lambda: self.number, looked=self._looked)
        self.references.reset(Things(far))
        self.handed.state, self.handed.recursion = None, USUAL_DEPTH
        self.held: dict[str, Any] = {}
        self.in_a_row.forget()
        self.told = b""
        self.serial: Any = 0
        self.epoch = 0

    def begin(self, source: str, reads: Iterable[str] = (), binds: Iterable[str] = ()) -> None:
        """Begin a cell, with the names that it reads and binds: functions of earlier ones cannot be called any more."""
        self.texts.add(source)
        self.figures.begin(source)
        self.in_place = IN_PLACE in source
        self.reads, self.binds = frozenset(reads), frozenset(binds)
        self.watch((), ())
        self.handed.paths = set()
        self.in_a_row.forget()
        self.references.let_go()
        self.noticed = Noticed()
        self.person = ""
        kinds = {type(self.namespace.get(name)) for name in self.reads}
        self.references.strange = {kind.__name__ for kind in kinds if getattr(kind, "_far_strange", False)}

    # ---- asking ----

    def value_of(self, *request: Any) -> Any:
        """Ask, and take the answer apart.

        Raises:
            Exception: what the student's code raised.
            NeedsPerson: it cannot be done across two processes.
        """
        value = self._answer(*request)[0]
        if request[0] == "get":
            self.noticed.hollow.see(value)
            if tables.can_change(value):
                self.noticed.copies.add(request[-1])
            return self.references.docs.get(value, value) if type(value) is str else value
        return value

    def names(self, wanted: list[str]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Ask for the values of names; a function, a number or a text that we have from before is not sent again.

        Returns:
            The values; for those that cannot be handed over, why; and for modules, their names.
        """
        before, self.noticed.asked = frozenset(self.references.strange), True
        answer = self._told(wanted) or self.value_of("names", wanted, self.serial)
        found, same, uncrossed, modules, serial, strange, alike = answer
        self.references.strange = {*before, *(short(kind) for name in wanted for kind in strange.get(name, ()))}
        found = found | {name: self.held[name] for name in same if name in self.held}
        found |= {name: found[other] for name, other in alike.items()}  # one list under two names
        self.held |= {name: value for name, value in found.items() if type(value) in LASTING}
        self.serial = serial
        return found, uncrossed, modules

    def _told(self, wanted: list[str]) -> Any:
        """What the student's process has told of names when its last cell had run, read afresh; nothing if not of all.

        It holds until anything is asked: what is run then may bind names anew.
        """
        with contextlib.suppress(Malformed, TypeError, ValueError):
            names, answer = decode(self.told, self.references) if self.told else ((), ())
            if set(wanted) <= set(names) and len(answer) == 7:
                return answer
        return None

    def _answer(self, operation: str, *parts: Any) -> tuple[Any, Any, Any]:
        with self.one_at_a_time:  # the test may have threads
            return self._answer_alone(operation, *parts)

    def _answer_alone(self, operation: str, *parts: Any) -> tuple[Any, Any, Any]:
        flags = self.handed.flags(self.in_place, self.random)
        self.epoch += operation in CHANGING
        flags |= {"first": True} if not self.noticed.began else {}
        self.noticed.began = True
        if operation in CALLING:
            self.noticed.called = True
            flags |= self.handed.files(*parts[-2:])
        try:
            kind, *told = self._asked(operation, flags, *parts)
        except NeedsPerson as problem:
            self.to_person(str(problem))
            raise
        except ProcessEnded:
            self.tell("end")  # it is dead or makes no sense: the cells below are to have a new one
            raise
        if kind == "ok" and len(told) == 5:
            value, printed, changed, after, rebound = told
            if type(sys.stdout) is not Stream and type(printed) is str:
                sys.stdout.write(printed)  # a test that catches what is printed gets it; nobody is shown it
            self._rebind(rebound)
            return value, changed, after
        return self._complain(kind, told)

    def _asked(self, *request: Any) -> tuple[Any, ...]:
        """Ask, unless this very request is one of those that were sent ahead."""
        self.told = b""
        return self.in_a_row.answer_to(request) or self.ask(*request)

    def _expect(self, function: FarFunction, calls: Sequence[Sequence[Any]]) -> None:
        """Send calls ahead. A test that has handed over functions, or draws random numbers, may see in which order
        things happen; its calls are made one by one."""
        self.in_a_row.forget()
        self.noticed.began = True
        if not (self.random or self.references.own or self.in_place):
            with contextlib.suppress(NeedsPerson, ProcessEnded):  # the call itself will meet it again
                self.in_a_row.send(self.handed.flags(self.in_place, self.random), function._number, calls)

    def _complain(self, kind: Any, parts: list[Any]) -> NoReturn:
        """Raise what an answer that is no value stands for."""
        if kind == "error" and type(parts[0]) is dict:
            raise self._exception(parts[0])
        if kind == "interrupted":
            raise TimeoutError("it was stopped: it took longer than it may")
        self.needs_person(as_said(parts[0]) if parts else "an answer that says nothing")

    def _rebind(self, rebound: dict[str, Any]) -> None:
        """Take over what a call made of the student's names; never a name that the test has bound itself."""
        for name in self.watched & set(rebound) - self.binds:
            if name in self.namespace and not self.is_brought(name):  # it was bound without its name being said
                continue
            self.namespace[name] = rebound[name]  # and what it stood for stays as it is: the test may compute from it
            self.brought[name] = rebound[name]
            self.handed.lent.forget(name)

    def watch(self, names: Iterable[str], brought: Iterable[str]) -> None:
        """Begin to take over what becomes of names of the student's; of these some stand for a value already."""
        self.watched = set(names)
        self.brought = {name: self.namespace[name] for name in brought}

    def is_brought(self, name: str) -> bool:
        """Whether a name still stands for what it stood for when the cell began, or what a call has made of it."""
        return name in self.brought and self.namespace.get(name, self) is self.brought[name]

    def doubt(self, reason: str) -> None:
        """Leave the cell to a person unless it fails."""
        self.noticed.doubtful = self.noticed.doubtful or reason

    def _looked(self, name: str, frame: types.FrameType) -> None:
        """Note that a library looks into an object of the student's: it may look for more than there is here."""
        if frame.f_globals is not self.namespace and not frame.f_code.co_filename.startswith(LOOKERS):
            self.noticed.looked.add(name)

    def _is_named(self, kind: type) -> bool:
        """Whether the cell reads a name of a class, or of one that it is derived from."""
        values = [self.namespace.get(name) for name in self.reads]
        return any(value is base for base in kind.__mro__ for value in values if isinstance(value, type))

    def give_up(self, number: int) -> None:
        """Have a call ended that nobody waits for any more: it would keep the next one waiting."""
        self.tell("interrupt")
        if not self.settled(number, PATIENCE):
            self.tell("end")

    def needs_person(self, reason: str) -> NoReturn:
        """Leave the cell to a person, now."""
        self.to_person(reason)
        raise NeedsPerson(reason)

    def to_person(self, reason: str) -> None:
        """Leave the cell to a person when it has been run; the first reason is told."""
        self.person = self.person or reason

    def _call(self, function: FarFunction, args: Any, kwargs: Any) -> Any:
        try:
            value, changed, after = self._answer("call", function._number, args, kwargs)
        except (StopIteration, StopAsyncIteration):
            self.noticed.ended_loop = True
            raise
        targets = [*args, *kwargs.values()]
        self.noticed.hollow.see(value, targets)
        if TWINS in changed:
            self.noticed.twins.add(function.__name__)
        places = [k for k in changed if type(k) is int and 0 <= k < len(targets)]
        function.changed = tuple(k for k in places if k < len(args))
        told = after if self.in_place and type(after) is list and len(after) == len(places) else []
        taken = {k for k, argument in zip(places, told, strict=False) if take_over(targets[k], argument)}
        for k in places:
            if k not in taken:
                self._note_changed(function.__name__, targets[k])
        return value

    def _note_changed(self, who: str, target: Any) -> None:
        """Note that a function has changed what the test goes on having as it was."""
        if tables.can_change(target) or self.references.is_given(type(target)):
            self.noticed.changed.add(who)
        else:
            self.noticed.changed_copies[who] = type(target).__name__

    def _exception(self, told: dict[str, Any]) -> BaseException:
        """Make an exception of the type that the student's code raised, and note what may explain it."""
        error, known = remade(told)
        self.noticed.asks_for_input |= known is EOFError
        self.noticed.unfilled = known is NotImplementedError
        self.noticed.raised.add(type(error).__name__)
        return error

    # ---- being asked ----

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Call a function that a test handed to the student's code, or put in the place of one of Python's."""
        if len(request) != 4 or request[0] not in ("call", "replaced") or not isinstance(request[2], tuple):
            return ("error", "only calls are answered")
        kind, which, args, kwargs = request
        self.noticed.calls += 1
        function = self.references.own.get(which) if kind == "call" and type(which) is int else None
        earlier = kind == "call" and type(which) is int and 0 < which <= self.references.last
        self.noticed.calls_earlier |= earlier and function is None
        if kind == "replaced" and which in self.handed.replaced():
            function = self.namespace.get(which, getattr(builtins, which))
        if function is None or not isinstance(kwargs, dict) or not all(type(name) is str for name in kwargs):
            return ("error", "this function can only be called while the test that handed it over runs")
        if self.noticed.calls > self.limits.calls:
            return ("error", f"the function that the test handed over was called more than {self.limits.calls} times")
        try:
            return ("ok", function(*args, **kwargs))
        except Exception as error:
            text = f"{type(error).__name__}: {str(error)[:MOST_TEXT]}"
            return ("error", text, self.references.known(type(error)), tuple(map(bounded, arguments(error)[:5])))

    # ---- functions of the student's ----

    def _function(self, number: int, described: dict[str, Any]) -> FarFunction:
        return FarFunction(number, described, self._call, self._inside, self._expect, self._assign)

    def _inside(self, function: FarFunction, name: str) -> Any:
        """An attribute of a function of the student's."""
        if name == "__code__":
            return FarCode(self.value_of("code", function._number), self.needs_person)
        if name in TOLD or not name.startswith("_"):
            return self.value_of("get", function._number, name)
        if self.mentions(name):
            self.needs_person(f"the test looks into the student's function (at its {name})")
        raise AttributeError(f"'function' object has no attribute {name!r}")

    def _assign(self, function: FarFunction, name: str, value: Any) -> None:
        self.value_of("set", function._number, name, value)

    def mentions(self, name: str) -> bool:
        """Whether a cell of the instructor's has a name in it: what else is looked for, a library looks for."""
        return any(name in text for text in self.texts)


def as_said(reason: Any) -> str:
    """A reason that the student's process gives, as its own words: they may be anybody's."""
    return f"the student's process says: {short(reason, MOST_TEXT)}"
