"""Servers that wait for what attacks send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path


class Listeners:
    """A server on loopback by TCP and one by UDP, one with an abstract name, and one in a folder.

    Args:
        home: the folder.
        name: the abstract name.
    """

    def __init__(self, home: Path, name: str) -> None:
        self.heard: list[bytes] = []
        self.ends = [socket.socket(kind, how) for kind, how in _KINDS]
        for end, address in zip(self.ends, (("127.0.0.1", 0), ("127.0.0.1", 0), f"\0{name}", None), strict=True):
            if address is not None:
                end.bind(address)
        with contextlib.chdir(home):  # the path may be longer than such an address can be
            self.ends[3].bind("agent")
        for end, (_, how) in zip(self.ends, _KINDS, strict=True):
            if how == socket.SOCK_STREAM:
                end.listen()
            threading.Thread(target=self._hear, args=(end, how), daemon=True).start()
        self.places = {
            "PORT": str(self.ends[0].getsockname()[1]),
            "UDP": str(self.ends[1].getsockname()[1]),
            "SOCKET": name,
        }

    def _hear(self, end: socket.socket, how: int) -> None:
        with contextlib.suppress(OSError):
            while True:
                if how == socket.SOCK_DGRAM:
                    self.heard.append(end.recv(1000))
                    continue
                other, _ = end.accept()
                with other:
                    other.settimeout(1)
                    self.heard.append(b"somebody:" + other.recv(1000))

    @property
    def text(self) -> str:
        """All that came in."""
        return b"\n".join(self.heard).decode("latin-1")

    def close(self) -> None:
        """Stop listening."""
        for end in self.ends:
            end.close()


_KINDS = (
    (socket.AF_INET, socket.SOCK_STREAM),
    (socket.AF_INET, socket.SOCK_DGRAM),
    (socket.AF_UNIX, socket.SOCK_STREAM),
    (socket.AF_UNIX, socket.SOCK_STREAM),
)


@contextlib.contextmanager
def listening(home: Path, name: str) -> Iterator[Listeners]:
    """Listen for as long as the ``with`` block lasts."""
    listeners = Listeners(home, name)
    try:
        yield listeners
    finally:
        listeners.close()
