"""A limit on time counts processor seconds: a machine that is busy costs nobody a mark, and an endless loop ends."""

from __future__ import annotations

import time

import pytest

from autograder.checks import quiet
from autograder.checks.quiet import TimeUp, time_limit


def busy(seconds: float) -> None:
    """Compute for so many processor seconds."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_waiting_is_not_computing() -> None:
    """A block that waits longer than its limit, and computes less, comes to its end."""
    with time_limit(0.2):
        time.sleep(0.4)
        busy(0.05)


def test_an_endless_loop_ends() -> None:
    """A block that computes is stopped once it has taken its processor seconds."""
    used = time.process_time()
    with pytest.raises(TimeUp), time_limit(0.1):
        busy(60)
    assert time.process_time() - used < 5


def test_waiting_ends_too() -> None:
    """A block that only waits is stopped after five times its limit."""
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.1):
        time.sleep(60)
    assert 0.45 < time.monotonic() - began < 30


def test_a_long_limit_is_one_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for five times a limit that is long already."""
    monkeypatch.setattr(quiet, "LONGEST_WAIT", 0.1)
    began = time.monotonic()
    with pytest.raises(TimeUp), time_limit(0.3):
        time.sleep(60)
    assert 0.25 < time.monotonic() - began < 30
