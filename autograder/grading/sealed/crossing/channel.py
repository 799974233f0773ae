"""Frames over a socket between two processes: a length, then so many bytes.

A frame is whole or not there. Signals (an alarm that ends a call, an interrupt that ends a cell) raise exceptions
anywhere in Python code; here they are let in only while waiting, so that no frame is lost half-read.
"""

from __future__ import annotations

import importlib
import select
import signal
import socket
import struct
import threading
import time
from typing import Any

HEAD = struct.Struct("<I")
USUAL, PIECE = 1 << 12, 1 << 18
"""Bytes that are read at once: room for more takes ten times as long to get, and few frames need it."""
HELD = {signal.SIGINT, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])}


class Closed(Exception):
    """The other side is gone."""


class Late(Exception):
    """Nothing came in time."""


class TooLong(Exception):
    """A frame that is longer than allowed; the other side is not to be listened to any more."""


# without the wrapper of ``signal``, which makes enumerations of all the numbers: a call is masked twice on either side
_mask: Any = importlib.import_module("_signal").pthread_sigmask


class undisturbed:  # noqa: N801 # read as a word, like the context managers of the standard library
    """Keep signals waiting; one that came just before is let in first."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        ours = threading.current_thread() is threading.main_thread()  # signals go to the main thread
        self.before = _mask(signal.SIG_BLOCK, HELD) if ours else None

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            _mask(signal.SIG_SETMASK, self.before)


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
                self._wait_for(None if deadline is None else max(0.001, deadline - time.monotonic()))
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
        while (frame := self._whole()) is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise Late
            try:
                select.select([self.end], [], [], left)
            except TimeoutError:  # of somebody's alarm: this call raises none
                raise
            except (OSError, ValueError):
                raise Closed from None
            self._read()
        return frame

    def _wait_for(self, seconds: float | None) -> None:
        """Set how long the socket waits, unless that is how long it waits already."""
        if self.end.gettimeout() != seconds:
            self.end.settimeout(seconds)

    def _whole(self) -> bytes | None:
        """Take a frame out of what has been read, if there is a whole one; a signal before the end leaves it there."""
        length = self._announced()
        if length is None or len(self.buffer) < HEAD.size + length:
            return None
        frame = bytes(self.buffer[HEAD.size : HEAD.size + length])
        del self.buffer[: HEAD.size + length]
        return frame

    def _announced(self) -> int | None:
        """The length of the frame that has begun, if one has."""
        if len(self.buffer) < HEAD.size:
            return None
        (length,) = HEAD.unpack_from(self.buffer)
        if length > self.most:
            raise TooLong(f"it sent {length} bytes where {self.most} are allowed")
        return int(length)

    def _read(self) -> None:
        """Read what there is."""
        with undisturbed():
            try:
                self._wait_for(None)
                piece = self.end.recv(USUAL if self._announced() is None else PIECE, socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                raise Closed from None
            if not piece:
                raise Closed
            self.buffer += piece
