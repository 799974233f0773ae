"""Calls from one process into another, both ways, nested: a test calls an answer, which calls a function of the test.

What a request may do is for the subclass to say: the student's side does anything with its own objects, the tests' side
only calls functions. What crosses otherwise than by value has a module of its own (``references.py``).
"""

from __future__ import annotations

import contextlib
import importlib
import signal
import time
from collections.abc import Iterable, Iterator
from typing import Any

from autograder.grading.sealed.crossing.channel import Channel, Closed, Late, TooLong
from autograder.grading.sealed.crossing.references import References
from autograder.grading.sealed.crossing.wire import CannotCross, Malformed, decode, encode

REQUEST, ANSWER = b"Q", b"A"
_set_handler: Any = importlib.import_module("_signal").signal  # without the wrapper's enumerations
LONGEST_NAME = 200
TWINS = -1
"""Among the places of arguments that a call has changed: what it returns has one list in several places."""


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
        references: how what is no plain data crosses.
    """

    def __init__(self, channel: Channel | None, deepest: int, references: References) -> None:
        self.channel = channel
        self.deepest = deepest
        self.references = references
        self.depth = self.number = 0
        self.armed = False

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
            frame = REQUEST + encode((number, *request), self.references)
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
            message = decode(body, self.references)
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
            frame = ANSWER + encode((number, *answer), self.references)
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


@contextlib.contextmanager
def _while_there_is_one() -> Iterator[None]:
    """Tell the end of the other process as such."""
    try:
        yield
    except (Closed, TooLong) as problem:
        raise ProcessEnded(str(problem) or "the answer ended its process while the test waited for it") from None


def _too_large(frame: bytes) -> str:
    return f"a value of {len(frame) / 1e6:.0f} MB is too large to be handed over"


def short(text: Any, most: int = LONGEST_NAME) -> str:
    """A text from the other side, bounded; anything else is empty."""
    return text[:most] if type(text) is str else ""
