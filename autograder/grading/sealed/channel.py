"""Frames over a socket between two processes: a length, then so many bytes.

A frame is whole or not there. Signals (an alarm that ends a call, an interrupt that ends a cell) raise exceptions
anywhere in Python code; here they are let in only while waiting, so that no frame is lost half-read.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator

HEAD = struct.Struct("<I")
PIECE = 1 << 18
HELD = {signal.SIGINT, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])}


class Closed(Exception):
    """The other side is gone."""


class Late(Exception):
    """Nothing came in time."""


class TooLong(Exception):
    """A frame that is longer than allowed; the other side is not to be listened to any more."""


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keep signals waiting; one that came just before is let in first."""
    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Channel:
    """One end of a connected stream socket.

    Args:
        end: the socket.
        most: bytes of the longest frame that is read or sent.
    """

    def __init__(self, end: socket.socket, most: int) -> None:
        self.end = end
        self.most = most
        self.buffer = bytearray()

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self.end.fileno()

    def close(self) -> None:
        """Hang up."""
        self.end.close()

    def send(self, frame: bytes, deadline: float | None = None) -> None:
        """Send one frame.

        Raises:
            Closed: nobody is there.
            Late: nobody read it before the deadline, a time of ``time.monotonic``.
        """
        with undisturbed():
            try:
                self.end.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
                self.end.sendall(HEAD.pack(len(frame)) + frame)
            except TimeoutError:
                raise Late from None
            except OSError:
                raise Closed from None

    def receive(self, deadline: float | None = None) -> bytes:
        """Wait for one frame.

        Raises:
            Closed: the other side is gone.
            Late: it did not come before the deadline, a time of ``time.monotonic``.
            TooLong: it announces more than it may.
        """
        while True:
            frame = self._whole()
            if frame is not None:
                return frame
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise Late
            try:
                select.select([self.end], [], [], left)
            except (OSError, ValueError):
                raise Closed from None
            self._read()

    def _whole(self) -> bytes | None:
        if len(self.buffer) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self.buffer)
        if length > self.most:
            raise TooLong(f"it sent {length} bytes where {self.most} are allowed")
        if len(self.buffer) < HEAD.size + length:
            return None
        with undisturbed():
            frame = bytes(self.buffer[HEAD.size : HEAD.size + length])
            del self.buffer[: HEAD.size + length]
        return frame

    def _read(self) -> None:
        with undisturbed():
            self.end.settimeout(0)
            try:
                piece = self.end.recv(PIECE)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                raise Closed from None
            if not piece:
                raise Closed
            self.buffer += piece
