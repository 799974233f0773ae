"""What is noticed while a test cell runs, for whoever judges afterwards what it is worth (``doubts.py``)."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.grading.sealed.trusted.hollow import Hollow


@dataclass
class Noticed:
    """Of one cell; nothing at its beginning.

    Args:
        asked: whether the values of names were asked for.
        called: whether anything of the student's was called.
        began: whether anything was asked at all.
        asks_for_input: whether the student's code asked for input, and there was none.
        unfilled: whether what it raised last says that nothing has been written there.
        ended_loop: whether it raised what ends a loop in silence.
        raised: the classes of what it raised.
        copies: attributes of the student's objects of which the test has a copy.
        changed: functions of the student's that changed an argument.
        changed_copies: functions that changed an object of a library, and its class.
        calls_earlier: whether it called what a test above has handed over.
        twins: functions that returned one list in several places of another.
        looked: classes of a library's whose objects another library has looked into.
        doubtful: why a person must decide if the test passes.
        hollow: what came of the student's that holds nothing.
        calls: calls of what the test has handed over.
    """

    asked: bool = False
    called: bool = False
    began: bool = False
    asks_for_input: bool = False
    unfilled: bool = False
    ended_loop: bool = False
    raised: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    changed_copies: dict[str, str] = field(default_factory=dict)
    calls_earlier: bool = False
    twins: set[str] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)
    doubtful: str = ""
    hollow: Hollow = field(default_factory=Hollow)
    calls: int = 0
