"""Frames are whole or not there, whoever sends them and whatever interrupts."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from autograder.grading.sealed.crossing.channel import HEAD, Channel, Closed, Late, TooLong, undisturbed


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    one, other = socket.socketpair()
    with one, other:
        yield Channel(one, 1 << 20), Channel(other, 1 << 20)


def soon(seconds: float = 0.05) -> float:
    return time.monotonic() + seconds


def test_frames(ends: tuple[Channel, Channel]) -> None:
    """Frames come out as they went in, one by one, empty ones too."""
    for frame in (b"one", b"", b"three" * 1000):
        ends[0].send(frame)
    assert [ends[1].receive() for _ in range(3)] == [b"one", b"", b"three" * 1000]


def test_a_large_frame(ends: tuple[Channel, Channel]) -> None:
    """A frame that is larger than the system's buffers arrives whole."""
    frame = bytes(range(256)) * 4000
    sender = threading.Thread(target=ends[0].send, args=(frame,))
    sender.start()
    assert ends[1].receive() == frame
    sender.join()


def test_bounds(ends: tuple[Channel, Channel]) -> None:
    """What is announced as too long is not read, and nothing is waited for beyond a deadline."""
    with pytest.raises(Late):
        ends[1].receive(soon())
    ends[0].end.sendall(HEAD.pack(5) + b"ha")
    with pytest.raises(Late):
        ends[1].receive(soon())
    ends[0].end.sendall(b"lf!" + HEAD.pack(1 << 30))
    assert ends[1].receive() == b"half!"
    with pytest.raises(TooLong, match="1073741824 bytes where 1048576"):
        ends[1].receive()


def test_nobody_there(ends: tuple[Channel, Channel]) -> None:
    """A side that has hung up is said to be gone, to whoever reads and to whoever sends."""
    ends[0].close()
    with pytest.raises(Closed):
        ends[1].receive()
    with pytest.raises(Closed):
        ends[1].send(b"x" * 100_000)
    with pytest.raises(Closed):
        ends[0].send(b"x")


def test_nobody_reads(ends: tuple[Channel, Channel]) -> None:
    """A side that does not read keeps nobody waiting beyond a deadline."""
    with pytest.raises(Late):
        ends[0].send(b"x" * 10_000_000, soon())


def ring_inside(reached: list[str]) -> None:
    with undisturbed():
        signal.raise_signal(signal.SIGALRM)
        reached.append("the end")


def test_interrupts(ends: tuple[Channel, Channel]) -> None:
    """An interrupt waits until a frame is whole, and is let in while nothing comes."""

    def ring(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(TimeoutError):
            ends[1].receive(soon(5))
        reached: list[str] = []
        with pytest.raises(TimeoutError):
            ring_inside(reached)
        assert reached == ["the end"]
        ends[0].send(b"still whole")
        assert ends[1].receive() == b"still whole"
    finally:
        signal.signal(signal.SIGALRM, before)
