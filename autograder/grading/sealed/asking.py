"""The tests' side of the link: asks the student's process, and takes what comes back for what it is, data.

Separate from what runs the tests (``trusted.py``): this holds what may cross, that what runs when.
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

from autograder.grading.sealed import tables
from autograder.grading.sealed.channel import Channel
from autograder.grading.sealed.far import TOLD, FarCode, FarFunction, describe_function
from autograder.grading.sealed.figures import Figures
from autograder.grading.sealed.handed import Handed
from autograder.grading.sealed.in_a_row import MOST_AHEAD, same, size
from autograder.grading.sealed.in_place import take_over
from autograder.grading.sealed.known import EXCEPTION_NAMES
from autograder.grading.sealed.lending import packed
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.outputs import Stream
from autograder.grading.sealed.peer import NeedsPerson, Peer, ProcessEnded, short
from autograder.grading.sealed.raised import bounded, remade
from autograder.grading.sealed.stand_ins import Things, described_as
from autograder.grading.sealed.things import Far, FarClass, number_of
from autograder.grading.sealed.wire import CannotCross, Malformed, decode

IN_PLACE = "mcourse: in-place"
"""A test cell with these words in it gets back what the student's code did to the arguments."""
LASTING = (str, int, float, bool, type(None), FarFunction)
"""What a test cannot change, so that it may be held from one cell to the next."""
PLAIN_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
"""What has no attributes that anybody would ask for, unless they were set."""
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
    takes_functions = False

    def __init__(self, limits: Limits, namespace: dict[str, Any], tell: Callable[[str], None]) -> None:
        super().__init__(None, limits.depth)
        self.namespace = namespace
        self.watched: set[str] = set()
        self.random = False
        self.limits = limits
        self.tell = tell
        self.handed = Handed(namespace, self.needs_person)
        self.one_at_a_time = threading.RLock()
        self.texts: set[str] = set()
        self.docs: dict[str, str] = {}
        self.familiar: set[str] = set()
        self.figures = Figures(self.value_of, lambda: self.called)
        self.begin("")
        self.reset(None)

    def reset(self, channel: Channel | None) -> None:
        """Talk to another process from now on: everything that the one before held is gone."""
        self.channel = channel
        far = Far(self.value_of, self._is_named, self.mentions, self.needs_person, self.doubt)
        self.things = Things(replace(far, epoch=lambda: self.epoch, requests=lambda: self.number, looked=self._looked))
        self.functions: dict[int, FarFunction] = {}
        self.handed.state = None
        self.held: dict[str, Any] = {}
        self.ahead: list[tuple[int, tuple[Any, ...]]] = []
        self.told = b""
        self.serial: Any = 0
        self.epoch = 0

    def begin(self, source: str, reads: Iterable[str] = (), binds: Iterable[str] = ()) -> None:
        """Begin a cell, with the names that it reads and binds: functions of earlier ones cannot be called any more."""
        self.texts.add(source)
        self.figures.begin(source)
        self.in_place = IN_PLACE in source
        self.reads, self.binds = frozenset(reads), frozenset(binds)
        self.asks_for_input = self.ended_loop = self.unfilled = self.asked = self.called = False
        self.copies: set[str] = set()
        self.handed.paths = set()
        self.calls = 0
        self.ahead = []
        self.own.clear()
        self.numbers.clear()
        self.person = ""
        kinds = {type(self.namespace.get(name)) for name in self.reads}
        self.strange: set[str] = {kind.__name__ for kind in kinds if getattr(kind, "_far_strange", False)}
        self.changed: set[str] = set()
        self.changed_copies: dict[str, str] = {}
        self.looked: set[str] = set()
        self.raised: set[str] = set()
        self.doubtful = ""
        self.began = False

    # ---- asking ----

    def value_of(self, *request: Any) -> Any:
        """Ask, and take the answer apart.

        Raises:
            Exception: what the student's code raised.
            NeedsPerson: it cannot be done across two processes.
        """
        value = self._answer(*request)[0]
        if request[0] == "get":
            if tables.can_change(value):
                self.copies.add(request[-1])
            return self.docs.get(value, value) if type(value) is str else value
        return value

    def names(self, wanted: list[str]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Ask for the values of names; a function, a number or a text that we have from before is not sent again.

        Returns:
            The values; for those that cannot be handed over, why; and for modules, their names.
        """
        before, self.asked = frozenset(self.strange), True
        answer = self._told(wanted) or self.value_of("names", wanted, self.serial)
        found, same, uncrossed, modules, serial, strange, alike = answer
        self.strange = {*before, *(short(kind) for name in wanted for kind in strange.get(name, ()))}
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
            names, answer = decode(self.told, self) if self.told else ((), ())
            if set(wanted) <= set(names) and len(answer) == 7:
                return answer
        return None

    def _answer(self, operation: str, *parts: Any) -> tuple[Any, Any, Any]:
        with self.one_at_a_time:  # the test may have threads
            return self._answer_alone(operation, *parts)

    def _answer_alone(self, operation: str, *parts: Any) -> tuple[Any, Any, Any]:
        flags = self.handed.flags(self.in_place, self.random)
        self.epoch += operation in CHANGING
        flags |= {"first": True} if not self.began else {}
        self.began = True
        if operation in CALLING:
            self.called = True
            flags |= self.handed.files(*parts[-2:])
        try:
            kind, *told = self._asked(operation, flags, *parts)
        except NeedsPerson as problem:
            self.person = self.person or str(problem)
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
        ahead, self.ahead, self.told = self.ahead, [], b""
        if ahead and same(request, ahead[0][1]):
            answer = self.answer_to(ahead[0][0])
            if answer[0] != "stopped":
                self.ahead = ahead[1:]
                return answer
        return self.ask(*request)

    def _expect(self, function: FarFunction, calls: Sequence[Sequence[Any]]) -> None:
        """Send calls ahead: between two of them this process would wait, and wake up with nothing at hand.

        Each is answered by itself, and its answer waited for where the call is made. A test that has handed over
        functions, or draws random numbers, may see in which order things happen; its calls are made one by one.
        """
        self.ahead, self.began = [], True
        if self.random or self.own or self.in_place:
            return
        if sum(size(arg) for args in calls for arg in args) < MOST_AHEAD:
            with contextlib.suppress(NeedsPerson, ProcessEnded):  # the call itself will meet it again
                flags, number = self.handed.flags(self.in_place, self.random), function._number
                first = self.send(("calls", flags, number, [tuple(args) for args in calls]), len(calls))
                self.ahead = [(k, ("call", flags, number, tuple(args), {})) for k, args in enumerate(calls, first)]

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
            self.namespace[name] = rebound[name]  # and what it stood for stays as it is: the test may compute from it
            self.handed.lent.forget(name)

    def doubt(self, reason: str) -> None:
        """Leave the cell to a person unless it fails."""
        self.doubtful = self.doubtful or reason

    def _looked(self, name: str, frame: types.FrameType) -> None:
        """Note that a library looks into an object of the student's: it may look for more than there is here."""
        if frame.f_globals is not self.namespace and not frame.f_code.co_filename.startswith(LOOKERS):
            self.looked.add(name)

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
        """Leave the cell to a person."""
        self.person = self.person or reason
        raise NeedsPerson(reason)

    def _call(self, function: FarFunction, args: Any, kwargs: Any) -> Any:
        try:
            value, changed, after = self._answer("call", function._number, args, kwargs)
        except (StopIteration, StopAsyncIteration):
            self.ended_loop = True
            raise
        targets = [*args, *kwargs.values()]
        places = [k for k in changed if type(k) is int and 0 <= k < len(targets)]
        function.changed = tuple(k for k in places if k < len(args))
        told = after if self.in_place and type(after) is list and len(after) == len(places) else []
        taken = {k for k, argument in zip(places, told, strict=False) if take_over(targets[k], argument)}
        for target in (targets[k] for k in places if k not in taken):
            if tables.can_change(target) or any(type(target) is kind for kind in self.given.values()):
                self.changed.add(function.__name__)
            else:
                self.changed_copies[function.__name__] = type(target).__name__
        return value

    def _exception(self, told: dict[str, Any]) -> BaseException:
        """Make an exception of the type that the student's code raised, and note what may explain it."""
        error, known = remade(told)
        self.asks_for_input |= known is EOFError
        self.unfilled = known is NotImplementedError
        self.raised.add(type(error).__name__)
        return error

    # ---- being asked ----

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Call a function that a test handed to the student's code, or put in the place of one of Python's."""
        if len(request) != 4 or request[0] not in ("call", "replaced") or not isinstance(request[2], tuple):
            return ("error", "only calls are answered")
        kind, which, args, kwargs = request
        self.calls += 1
        function = self.own.get(which) if kind == "call" and type(which) is int else None
        if kind == "replaced" and which in self.handed.replaced():
            function = self.namespace.get(which, getattr(builtins, which))
        if function is None or not isinstance(kwargs, dict) or not all(type(name) is str for name in kwargs):
            return ("error", "this function can only be called while the test that handed it over runs")
        if self.calls > self.limits.calls:
            return ("error", f"the function that the test handed over was called more than {self.limits.calls} times")
        try:
            return ("ok", function(*args, **kwargs))
        except Exception as error:
            text = f"{type(error).__name__}: {str(error)[:MOST_TEXT]}"
            return ("error", text, self._known(type(error)), tuple(bounded(part) for part in error.args[:5]))

    def _known(self, kind: type) -> Any:
        """A class of exceptions that both sides have: one of the instructor's, or the name of one of Python's."""
        line = [base for base in kind.__mro__ if id(base) in EXCEPTION_NAMES or base in self.given.values()]
        return EXCEPTION_NAMES.get(id(line[0]), line[0])

    # ---- how things cross ----

    def number_of_theirs(self, value: Any) -> int | None:
        """What stands for something of the student's, going home."""
        if isinstance(value, type) and value in self.things.tuples:
            return self.things.tuples[value]
        return int(value._number) if type(value) is FarFunction else number_of(value)

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data; a tuple of a class of the student's by its parts."""
        number = self.things.tuples.get(type(value))
        if number is not None:
            return "named", (number, tuple(value))
        if self._is_a_library_s(value) and (told := packed(value)) is not None:
            return "lent", told
        if id(type(value)) in EXCEPTION_NAMES:
            return "raised", (EXCEPTION_NAMES[id(type(value))], tuple(value.args))
        return super().leave(value)

    def _is_a_library_s(self, value: Any) -> bool:
        """Whether a value is neither a stand-in nor one that the student's process has by its name."""
        given = any(value is known for known in self.given.values())
        return not (given or isinstance(value, FarFunction) or number_of(value) is not None)

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back; what a library has for a list is a list."""
        if how == "listed":
            name, parts, number = described
            if type(parts) in (list, tuple) and type(number) is int:
                self.strange.add(short(name))
                self.familiar.add(short(name))
                return self.things.listed(number, short(name), parts)
        if how == "named":
            kind, parts = described
            if kind in self.things.tuples and type(parts) is tuple and len(parts) == len(kind._fields):
                return tuple.__new__(kind, parts)
        return super().arrive(how, described)

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe a function of a test; nothing else is let out."""
        if isinstance(value, type) or not callable(value):
            raise CannotCross(f"an object of class {type(value).__name__}")
        described = describe_function(value)
        told = described["signature"]  # without its defaults: they are the test's own data
        number, plain = self.hold(value), isinstance(value, PLAIN_FUNCTIONS) and not getattr(value, "__dict__", None)
        doc = f"the docstring of function {number} of the test" if described["doc"] else ""
        self.docs[doc] = described["doc"]  # for who copies it: it may say more than the student is to know
        described |= {"doc": doc, "signature": told and [(*part[:3], False, None) for part in told]}
        return {"kind": "function", "number": number, "described": described, "plain": plain}

    def stand_in(self, described: dict[str, Any]) -> Any:
        """Something of the student's."""
        number, kind = described.get("number"), described.get("kind")
        if type(number) is not int:
            raise ValueError("a stand-in without a number")
        if kind == "function":
            if number not in self.functions:
                told = described_as(described.get("described"))
                told |= {"doc": self.docs.get(short(told.get("doc")), told.get("doc"))}
                self.functions[number] = FarFunction(number, told, self._call, self._inside, self._expect, self._assign)
            return self.functions[number]
        if kind == "class":
            parent = described.get("parent")
            ours = isinstance(parent, FarClass) or any(parent is given for given in self.given.values())
            return self.things.kind(number, described if ours else described | {"parent": None})
        if described.get("strange") is True:
            self.strange.add(short(described.get("name")))
        thing = self.things.thing(number, described)
        if type(thing)._far_looks is not None:
            self.familiar.add(type(thing).__name__)
        return thing

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
