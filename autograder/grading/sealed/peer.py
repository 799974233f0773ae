"""Calls from one process into another, both ways, nested: a test calls an answer, which calls a function of the test.

Each side numbers the objects that it lets the other side hold; the other side holds numbers. What a request may do is
for the subclass to say: the student's side does anything with its own objects, the tests' side only calls functions.
"""

from __future__ import annotations

import contextlib
import importlib
import signal
import time
import types
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

import numpy as np

from autograder.grading.sealed.channel import Channel, Closed, Late, TooLong
from autograder.grading.sealed.wire import CannotCross, Malformed, decode, encode, is_plain

REQUEST, ANSWER = b"Q", b"A"
_set_handler: Any = importlib.import_module("_signal").signal  # without the wrapper's enumerations
LONGEST_NAME = 200
NO_OBJECTS = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc, np.generic)


class ProcessEnded(Exception):
    """The other process ended, or what it sends makes no sense."""


class NeedsPerson(BaseException):
    """Something that cannot be done across two processes; the message says what. A person decides on the mark.

    Not an ``Exception``, so that a test that catches those does not take it for the student's.
    """


class Peer:
    """One end of a link.

    Args:
        channel: to the other end.
        deepest: how deeply calls may nest.
    """

    names_functions = takes_functions = takes_objects = takes_tables = True

    def __init__(self, channel: Channel | None, deepest: int) -> None:
        self.channel = channel
        self.deepest = deepest
        self.depth = self.number = self.last = 0
        self.armed = False
        self.own: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.given: dict[str, Any] = {}

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let an interrupt in while code of a notebook runs, and only then."""
        before = self.armed
        with contextlib.suppress(ValueError):  # in a thread of its own it is interrupted with all the others
            _set_handler(signal.SIGINT, self._interrupt)  # that code may have put its own there
        self.armed = True
        try:
            yield
        finally:
            self.armed = before

    def _interrupt(self, _signal: int, _frame: Any) -> None:
        if self.armed:
            raise KeyboardInterrupt

    # ---- asking ----

    def ask(self, *request: Any) -> tuple[Any, ...]:
        """Send a request and wait for its answer, serving what the other side asks meanwhile.

        Returns:
            The answer; it begins with ``ok``, ``error`` or ``person``.

        Raises:
            ProcessEnded: there is no other side any more.
            NeedsPerson: a part of the request cannot cross.
        """
        return self.answer_to(self.send(request))

    def send(self, request: Iterable[Any], answers: int = 1) -> int:
        """Send a request, as ``ask`` does; return the number of its answer, or of the first of several."""
        number = self.number + 1
        self.number += answers
        try:
            frame = REQUEST + encode((number, *request), self)
        except CannotCross as problem:
            raise NeedsPerson(f"{problem} cannot be handed over") from None
        with _while_there_is_one():
            if self.channel is None:
                raise Closed
            if len(frame) > self.channel.most:
                raise NeedsPerson(_too_large(frame))
            self.channel.send(frame)
        return number

    def answer_to(self, number: int) -> tuple[Any, ...]:
        """Wait for an answer, as ``ask`` does."""
        with _while_there_is_one():
            return self._answer_to(number)

    def _answer_to(self, number: int) -> tuple[Any, ...]:
        answered = False
        try:
            while True:
                kind, body = self._next()
                if kind == REQUEST:
                    self._serve(body)
                    continue
                answered = True  # even where it cannot be read
                answer = self._read(body)
                if answer[0] == number:
                    return answer[1:]
                answered = False  # it is to a call that was given up
        except (Closed, TooLong, ProcessEnded):
            answered = True  # as far as it can be
            raise
        finally:
            if not answered:
                self.give_up(number)

    def give_up(self, number: int) -> None:
        """Note that nobody waits any more for the answer to a request."""

    def settled(self, number: int, patience: float) -> bool:
        """Wait for the answer to a call that was given up; whether it came, or cannot come any more."""
        until = time.monotonic() + patience
        try:
            while True:
                kind, body = self._next(until)
                if kind == ANSWER and self._read(body)[0] == number:
                    return True
        except (Closed, TooLong, ProcessEnded):
            return True
        except Late:
            return False

    def _next(self, deadline: float | None = None) -> tuple[bytes, bytes]:
        assert self.channel is not None
        frame = self.channel.receive(deadline)
        return frame[:1], frame[1:]

    def _read(self, body: bytes) -> tuple[Any, ...]:
        try:
            message = decode(body, self)
        except Malformed as problem:
            raise ProcessEnded(f"it sent what cannot be read ({problem})") from None
        if type(message) is not tuple or len(message) < 2 or type(message[0]) is not int:
            raise ProcessEnded("it sent what cannot be read")
        return message

    # ---- serving ----

    def serve_waiting(self) -> None:
        """Wait for one request and serve it."""
        kind, body = self._next()
        if kind == REQUEST:
            self._serve(body)

    def _serve(self, body: bytes) -> None:
        number, *request = self._read(body)
        self.depth += 1
        try:
            deep = self.depth > self.deepest
            answers = [("person", "calls that nest too deeply")] if deep else self.answers(request)
            for place, answer in enumerate(answers):
                self._send_answer(number + place, answer)
        finally:
            self.depth -= 1

    def _send_answer(self, number: int, answer: tuple[Any, ...]) -> None:
        assert self.channel is not None
        try:
            frame = ANSWER + encode((number, *answer), self)
        except CannotCross as problem:
            frame = ANSWER + encode((number, "person", f"{problem} cannot be handed over"))
        if len(frame) > self.channel.most:
            frame = ANSWER + encode((number, "person", _too_large(frame)))
        self.channel.send(frame)

    def answers(self, request: list[Any]) -> Iterable[tuple[Any, ...]]:
        """The answers to a request, each made when the one before has been sent: one, where a subclass has no more."""
        yield self.perform(request)

    def perform(self, request: list[Any]) -> tuple[Any, ...]:
        """Do what is asked; never raises because of what was asked."""
        raise NotImplementedError

    # ---- what crosses otherwise than by value ----

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe what is no plain data: the other side's own, of a class that both sides have, or ours."""
        number = self.number_of_theirs(value)
        if number is not None:
            return "home", number
        name = next((name for name, kind in self.given.items() if kind is type(value)), None)
        if name is not None:
            return "made", (name, _state(value))
        name = next((name for name, kind in self.given.items() if kind is value), None)
        if name is not None:
            return "given", name
        return "away", self.describe(value)

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back."""
        if how == "home" and type(described) is int and described in self.own:
            return self.own[described]
        if how == "made":
            return self._make(described)
        if how == "given" and type(described) is str and described in self.given:
            return self.given[described]
        if how == "away" and type(described) is dict:
            return self.stand_in(described)
        raise Malformed(f"a reference {how[:20]!r} to nothing")

    def hold(self, value: Any) -> int:
        """Number one of our objects, the same again for the same one."""
        number = self.numbers.get(id(value))
        if number is None:
            self.last += 1  # never a number twice: a stand-in may be kept longer than what it stands for
            number = self.numbers[id(value)] = self.last
            self.own[number] = value  # held, so that nothing else gets its id
        return number

    def number_of_theirs(self, value: Any) -> int | None:
        """The other side's number for what we have a stand-in of."""
        raise NotImplementedError

    def describe(self, value: Any) -> dict[str, Any]:
        """Describe one of our objects to the other side."""
        raise NotImplementedError

    def stand_in(self, described: dict[str, Any]) -> Any:
        """Make something that stands for an object of the other side's."""
        raise NotImplementedError

    # ---- classes that the instructor defined, which both sides have ----

    def give(self, namespace: dict[str, Any], names: Iterable[str]) -> None:
        """Note the classes among these names as known to both sides, and what is neither data nor a function."""
        for name in names:
            value = namespace.get(name)
            if value.__module__ == "__main__" if isinstance(value, type) else self._is_known_by_name(value):
                self.given[name] = value

    def _is_known_by_name(self, value: Any) -> bool:
        """Whether a value can only be known by its name to the other side, which has its own."""
        home = str(type(value).__module__).partition(".")[0]
        return not (home in ("sympy", "pandas", "__main__") or is_plain(value) or isinstance(value, NO_OBJECTS))

    def _make(self, described: Any) -> Any:
        """An instance of such a class, with no code of it run."""
        name, state = described
        kind = self.given[name]
        if issubclass(kind, Enum):
            return kind.__members__[state]
        if issubclass(kind, tuple):
            return tuple.__new__(kind, tuple(state))
        if type(state) is not dict or not all(type(name) is str for name in state) or _hides_methods(kind, state):
            raise Malformed("state")
        made = object.__new__(kind)
        made.__dict__.update(state)
        return made


@contextlib.contextmanager
def _while_there_is_one() -> Iterator[None]:
    """Tell the end of the other process as such."""
    try:
        yield
    except (Closed, TooLong) as problem:
        raise ProcessEnded(str(problem) or "the answer ended its process while the test waited for it") from None


def _too_large(frame: bytes) -> str:
    return f"a value of {len(frame) / 1e6:.0f} MB is too large to be handed over"


def _state(value: Any) -> Any:
    """What an instance of the instructor's class consists of."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, tuple):
        return tuple(value)
    state: Any = getattr(value, "__dict__", None)
    plain = getattr(type(value), "__new__", None) is object.__new__ and type(state) is dict
    if plain and not _hides_methods(type(value), state):
        return dict(state)
    raise CannotCross(f"an object of class {type(value).__name__}")


def _hides_methods(kind: type, state: Any) -> bool:
    """Whether an instance would bring something in the place of a method of the instructor's class."""
    return any(callable(getattr(kind, str(name), None)) for name in state)


def short(text: Any, most: int = LONGEST_NAME) -> str:
    """A text from the other side, bounded; anything else is empty."""
    return text[:most] if type(text) is str else ""
