"""The process that all others are forked from: it has imported everything, and knows nothing.

It holds no data of the course and never reads what a submission sends. (A template, see ``templates.py``, does hold
what its rehearsal left, and the one for tests takes in what its forks have said of typed answers.) It has one thread,
so that forking it is safe. A fork isolates itself (``isolate.py``) before it is told anything; only then do files and
environment arrive.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import socket
import sys
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

import autograder.checks
import mcutils
from autograder.checks import identity, judged, naming
from autograder.grading.sealed.crossing.channel import HEAD, Channel
from autograder.grading.sealed.crossing.wire import decode, encode
from autograder.grading.sealed.inside import isolate, kernel, orders
from autograder.grading.sealed.inside.cells import Cells
from autograder.grading.sealed.inside.shell import Shell, make_shell
from autograder.grading.sealed.limits import Limits

LARGEST_SETUP = 1 << 30
"""Bytes of all the files of one submission, or one assignment, together."""
LARGEST_REQUEST = 1 << 16
LARGEST_NEWS = 1 << 22
PATIENCE = 5.0  # seconds until the supervisor has sent what it announces
WANTED = ("sympy", "autograder.check", "contourpy", "matplotlib.backends.backend_svg", "numpy.testing", "tracemalloc")
TIDY_EVERY = 0.2  # seconds


def main(descriptor: int, namespaces: bool) -> None:
    """Get warm, say so, and fork whenever asked, until the supervisor hangs up.

    Args:
        descriptor: of a socket to the supervisor.
        namespaces: whether children get namespaces of their own.
    """
    control = socket.socket(fileno=descriptor)
    shell = _warm()
    if sys.platform == "linux":
        kernel.gather_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor to hear
    _bury(fork_on_demand(control, shell, namespaces), namespaces)


def fork_on_demand(control: socket.socket, shell: Shell, namespaces: bool) -> set[int]:
    """Say that this process is ready, and fork whenever asked, until the supervisor hangs up.

    Returns:
        The forks that have not ended.
    """
    if sys.platform == "linux":
        kernel.prctl(kernel.SET_DUMPABLE, 0)
        kernel.prctl(kernel.SET_CHILD_SUBREAPER, 1)
    size = _address_space()
    gc.collect()
    gc.freeze()
    control.sendall(b"+")
    forked: set[int] = set()
    while True:
        with contextlib.suppress(InterruptedError):
            if select.select([control], [], [], TIDY_EVERY)[0]:
                data, descriptors, _, _ = socket.recv_fds(control, LARGEST_REQUEST, 4)
                if not data:
                    return forked
                request = json.loads(data)
                if request["role"] == "learn":
                    _learn(descriptors)
                elif pid := _fork(request, namespaces):
                    forked.add(pid)
                else:
                    os.close(control.detach())
                    _become(request, descriptors, shell, size, namespaces)
                for number in descriptors:
                    os.close(number)
                control.sendall(b"+")
        _tidy(forked, namespaces)


def _fork(request: dict[str, Any], namespaces: bool) -> int:
    """Fork; what is to have namespaces of its own is forked into them."""
    if namespaces and request["role"] != "template" and "namespaces" not in request["without"]:
        return isolate.fork(rootless=request["uid"] is None)
    return os.fork()


PRACTICE = """
import numpy as np
from autograder import check
q = check.question(of="c * (p @ M @ p) - norm2(p)**2", wrt="p", sizes={"p": "k", "M": "k k", "c": ""})
q.derivative(lambda p, M, c: 2 * c * M @ p - 2 * p)
q.formula("2 * c * M @ p - 2 * p")
q.steps(["c * dp @ M @ p + c * p @ M @ dp - 2 * dp @ p", "(c * (M + M.T) @ p - 2 * p) @ dp"])
check.equal(lambda p: p, to=lambda p: 2 * p, sizes={"p": "k"})
"""
"""A question of nobody's, answered wrongly: what a check needs on such a way is loaded when it is first taken."""


def _warm() -> Shell:
    """Import what submissions will want, and build the shell."""
    import matplotlib.pyplot as plt

    for name in (*WANTED, *_modules(autograder.checks), *_modules(mcutils)):
        importlib.import_module(name)  # so that no submission has to wait for it

    defaults = Limits()
    shell = make_shell(defaults.output, defaults.display)
    Cells(shell).run("1\nprint('warm')\nraise ValueError('warm')")
    Cells(shell).run(PRACTICE, quiet=True)
    judged.forget()
    naming.news()
    for name in ("np", "check", "q"):
        shell.user_ns.pop(name, None)
    plt.switch_backend("module://matplotlib_inline.backend_inline")
    Cells(shell).run("import matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.title('warm')\nplt.show()")
    shell.user_ns.pop("plt", None)
    shell.execution_count = 1
    return shell


def _modules(package: types.ModuleType) -> Iterator[str]:
    """Everything in a package of ours: most of it is imported only when a check runs."""
    return (module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


def _address_space() -> int:
    with contextlib.suppress(OSError):
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 1 << 33


def _bury(forked: set[int], namespaces: bool) -> None:
    """Wait until the forks have ended: whoever inherits one takes it for a stray, and loses count of what it used."""
    with contextlib.suppress(ChildProcessError):
        while forked:
            forked.discard(os.waitpid(-1, 0)[0])
    _tidy(forked, namespaces)


def _tidy(forked: set[int], namespaces: bool) -> None:
    """Bury the dead; without namespaces, end what they have left behind."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == 0:
            break
        forked.discard(pid)
    if namespaces or sys.platform != "linux":
        return
    path = f"/proc/self/task/{os.getpid()}/children"
    with contextlib.suppress(OSError):
        for pid in {int(text) for text in Path(path).read_text(encoding="ascii").split()} - forked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _become(request: dict[str, Any], descriptors: list[int], shell: Shell, size: int, namespaces: bool) -> None:
    """Become a student's process, a tests' process or a template of such; never returns."""
    end = socket.socket(fileno=descriptors[0])
    try:
        if request["role"] == "template":
            _rehearse(end, shell)
            _bury(fork_on_demand(end, shell, namespaces), namespaces)
        else:
            _serve(request, end, descriptors, shell, size, namespaces)
    except BaseException as error:
        with contextlib.suppress(BaseException):
            Channel(end, LARGEST_SETUP).send(encode(("failed", f"{type(error).__name__}: {error}")))
    finally:
        os._exit(0)


def _serve(
    request: dict[str, Any], end: socket.socket, descriptors: list[int], shell: Shell, size: int, namespaces: bool
) -> None:
    """Isolate this process, settle, and follow orders until the supervisor hangs up."""
    limits, foreign = Limits.of(request["limits"]), request["role"] == "student"
    room, without = request["room"], frozenset(request["without"])
    terms = isolate.Terms(limits, namespaces, request["uid"], room, without, foreign)
    isolate.isolate(terms, descriptors, size)
    _greet(end, terms.two)
    control = Channel(end, LARGEST_SETUP)
    environment, files = decode(control.receive())
    _settle(environment, files)
    shell.outputs.most = (limits.output, limits.display)
    if foreign:
        link = Channel(socket.socket(fileno=descriptors[1]), limits.message)
        orders.serve_student(control, link, Cells(shell), limits)
    else:
        orders.serve_tests(control, Cells(shell, remembering=False), limits)


def _rehearse(end: socket.socket, shell: Shell) -> None:
    """Run an instructor's cells for what they leave in caches; names that they bind are forgotten."""
    cells, before = Cells(shell), dict(shell.user_ns)
    for source in decode(Channel(end, LARGEST_SETUP).receive()):
        cells.rehearse(source)
    shell.user_ns.clear()
    shell.user_ns.update(before)
    identity.forget()
    judged.news(), naming.news()  # every fork knows it already
    shell.execution_count = 1
    end.settimeout(None)
    if _threads() > 1:
        raise RuntimeError("a process with several threads cannot be forked safely")


def _threads() -> int:
    """How many threads this process has; on Linux those too that a library has started without Python."""
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task"))
    return threading.active_count()


def _learn(descriptors: list[int]) -> None:
    """Take over what a fork has judged, so that the next ones need not; where it makes no sense, nothing."""
    with contextlib.suppress(Exception), socket.socket(fileno=os.dup(descriptors[0])) as end:
        reports, questions = decode(Channel(end, LARGEST_NEWS).receive(time.monotonic() + PATIENCE))
        judged.learn(reports)
        naming.prepare(questions)
        gc.freeze()


def _greet(end: socket.socket, first_too: bool) -> None:
    """Hand the supervisor a hold on this process and on its namespace's first: no student's code has run here yet."""
    frame = encode(("hello", os.getpid()))
    pids = [os.getpid(), *([1] if first_too else [])]
    holds = [os.pidfd_open(pid) for pid in pids] if hasattr(os, "pidfd_open") else []
    socket.send_fds(end, [HEAD.pack(len(frame)) + frame], holds)
    for hold in holds:
        os.close(hold)


def _settle(environment: dict[str, str], files: dict[str, bytes]) -> None:
    """Take environment and files into a room of one's own."""
    os.environ.update(environment)
    for name, data in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"a file outside the room: {name}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)
    os.umask(0o077)
    random.seed()
    np.random.seed()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path.insert(0, "")  # a module handed in beside the notebook can be imported


def start() -> None:
    """Start from the command line: descriptor, and whether there are namespaces."""
    main(int(sys.argv[1]), sys.argv[2] == "namespaces")
