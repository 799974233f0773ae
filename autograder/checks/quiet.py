"""Keep what a learner's code prints, what it changes for everybody, and the time it takes, inside one block."""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

LONGEST_WAIT = 10.0  # seconds on the clock; a limit that is longer is one of the clock
PATCHED = (np, np.linalg, np.random)  # modules in which a name that was bound to something else is bound back


class TimeUp(BaseException):
    """Raised inside the learner's code by the alarm; not an Exception, so ``except Exception`` does not catch it."""


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Swallow what code prints and warns: text on stderr would cost the learner the mark.

    A logging handler keeps the stream it was made with, and a library in C writes to the descriptor; so these are
    silenced too, and not only the names in ``sys``.
    """
    sink = io.StringIO()
    with contextlib.ExitStack() as stack:
        for stream in {id(stream): stream for stream in (sys.stdout, sys.stderr)}.values():
            if type(stream).__module__ == "ipykernel.iostream":
                stream.write = sink.write  # type: ignore[method-assign] # until the next line undoes it
                stack.callback(delattr, stream, "write")
        stack.enter_context(_descriptors_to_nowhere())
        stack.enter_context(contextlib.redirect_stdout(sink))
        stack.enter_context(contextlib.redirect_stderr(sink))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Put back what code in the block changes for everybody in this process.

    That is NumPy's functions (the comparison would use the learner's) and its settings, the state of random numbers,
    the environment, the current directory, the recursion limit and what Ctrl-C does.
    """
    names = [(vars(module), vars(module).copy()) for module in PATCHED]
    environment, depth = _encoded().copy(), sys.getrecursionlimit()
    interrupt = signal.getsignal(signal.SIGINT)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # the current directory may be gone
            stack.enter_context(contextlib.chdir("."))
        stack.enter_context(np.errstate())
        stack.enter_context(np.printoptions())
        stack.enter_context(random_numbers_put_back())
        try:
            yield
        finally:
            for now, before in names:
                now.update(before)
            _put_back(environment)
            sys.setrecursionlimit(depth)
            if signal.getsignal(signal.SIGINT) is not interrupt:
                signal.signal(signal.SIGINT, interrupt)


_put_back_outside: ContextVar[bool] = ContextVar("put_back_outside", default=False)


@contextlib.contextmanager
def random_numbers_put_back() -> Iterator[None]:
    """Put back the state of random numbers after the block, where no block around it does so already.

    A check puts it around all its calls of an answer, for it takes longer than most of these.
    """
    if _put_back_outside.get():
        yield
        return
    numbers, others = np.random.get_state(legacy=False), random.getstate()
    put_numbers, put_others = np.random.set_state, random.setstate
    token = _put_back_outside.set(True)
    try:
        yield
    finally:
        _put_back_outside.reset(token)
        put_numbers(numbers)
        put_others(others)


def _encoded() -> dict[Any, Any]:
    """The environment as the system has it: to decode all of it twice takes longer than most answers do."""
    found: dict[Any, Any] = os.environ._data  # type: ignore[attr-defined] # there since Python 3.0, if not written down
    return found


def _put_back(environment: dict[Any, Any]) -> None:
    now = _encoded()
    if now != environment:
        for key in [*now]:
            if key not in environment:
                del os.environ[os.environ.decodekey(key)]
        os.environ.update({os.environ.decodekey(k): os.environ.decodevalue(v) for k, v in environment.items()})


@contextlib.contextmanager
def _descriptors_to_nowhere() -> Iterator[None]:
    """Point descriptors 1 and 2 to the null device; where they are closed there is nothing to silence."""
    try:
        saved = [(number, os.dup(number)) for number in (1, 2)]
    except OSError:
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        for number, _ in saved:
            os.dup2(null, number)
        yield
    finally:
        for number, copy in saved:
            os.dup2(copy, number)
            os.close(copy)
        os.close(null)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the block after so many processor seconds, where the platform has alarms and this is the main thread.

    A block that waits, for a busy machine or for another process, is given up to five times as long on the clock, as
    far as that stays below ``LONGEST_WAIT``: no mark is to depend on what else a machine has to do.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    used = time.process_time() + seconds
    end = time.monotonic() + max(seconds, min(5 * seconds, LONGEST_WAIT))

    def ring(_signal: int, _frame: FrameType | None) -> None:
        left = min(used - time.process_time(), end - time.monotonic())
        if left <= 0:
            raise TimeUp
        signal.setitimer(signal.ITIMER_REAL, max(left, 0.01))

    before = signal.signal(signal.SIGALRM, ring)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


_allowed: ContextVar[int | None] = ContextVar("allowed", default=None)


def memory_allowed() -> int | None:
    """Return the bytes that :func:`memory_limit` grants the block we are in, for code that runs it elsewhere."""
    return _allowed.get()


@contextlib.contextmanager
def memory_limit(extra: int) -> Iterator[None]:
    """Let the block take so many bytes more than the process has now, where the system can hold it to that (Linux)."""
    now = _address_space()
    if now is None:
        yield
        return
    token = _allowed.set(extra)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    lower = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([now + extra, *lower]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        _allowed.reset(token)


statm: int | None = None
"""A descriptor of ``/proc/self/statm``, where a sandbox hides that folder."""


def _address_space() -> int | None:
    """Return how many bytes of addresses the process has, or None where that cannot be read or bounded."""
    try:
        text = os.pread(statm, 100, 0).decode() if statm is not None else Path("/proc/self/statm").read_text("ascii")
        pages = text.split()[0]
    except OSError:
        return None
    return int(pages) * resource.getpagesize() if resource is not None else None
