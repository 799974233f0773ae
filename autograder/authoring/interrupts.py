"""Leave Ctrl-C to this process: a child that is started meanwhile would answer it with a stack trace of its own."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def children_without_ctrl_c() -> Iterator[None]:
    """Start child processes that Ctrl-C does not reach; here it is answered at the end of the block at the latest."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_at_ctrl_c() -> None:
    """In such a child, once it is ready: end at Ctrl-C without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
