"""Runs submissions on a Dask cluster.

Workers get tasks and return what came of them; no worker opens the course directory or the gradebook. Dask tries a task
elsewhere when the worker that ran it dies. Here is what it leaves to be done: to refuse workers of another version, to
try a task alone before it is blamed for the workers that died, and to give up, with a reason for each submission, when
the cluster is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from autograder.grading.course import GradingError
from autograder.grading.work import CannotRun, Executor, Ran, Task

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as Remote

CONNECT = 5.0
"""Seconds to wait for an answer of the scheduler, and then for a first worker."""
GONE = 60.0
"""Seconds after which a cluster without workers, or without an answer, is given up; Dask restarts workers in less."""
LOOK = 1.0
"""Seconds between two looks at the cluster."""
RETRIES = 2
"""How often Dask tries a task again that ended with an error; a reason not to run it is none."""
WAITING = 2
"""Tasks in flight for each of the cluster's threads: one that runs, and one that waits beside it."""

MISSING = "Grading on a cluster needs Dask; install it with: pip install 'mcourse[dask]'"


class Cluster:
    """An executor, and a pool, whose processes are a Dask cluster's.

    Args:
        address: the scheduler's, such as ``tcp://host:8786`` or ``tls://host:8786``, or a scheduler file of Dask's.
        make: makes the executor of each worker; a function or class of a module that the workers have too.
        gone: seconds after which a cluster without workers is given up.

    Raises:
        GradingError: on entering: the cluster cannot be used; the message says why and what to do.
    """

    def __init__(self, address: str, make: Callable[[], Executor], *, gone: float = GONE) -> None:
        self.address, self.make, self.gone = address, make, gone
        self.room = 1
        self._name = f"mcourse-{hashlib.sha256(pickle.dumps(make)).hexdigest()[:12]}"
        self._open = contextlib.ExitStack()
        self._lock = threading.Lock()
        self._running: dict[Future[Ran], Remote[Any] | None] = {}
        self._lost = ""
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        """Connect, look at the workers, and start their executors."""
        try:
            import distributed  # noqa: F401 # it takes a second, and most courses need none
        except ImportError as error:
            raise GradingError(MISSING) from error
        with contextlib.ExitStack() as stack:
            stack.enter_context(_silence())
            self._client: Client = stack.enter_context(_connected(self.address))
            self._begin()
            self._alone = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="mcourse-alone"))
            self._open = stack.pop_all()
        threading.Thread(target=self._watch, name="mcourse-watch", daemon=True).start()
        return self

    def _begin(self) -> None:
        """Look at the workers, and start their executors."""
        try:
            self._version = _require_workers(self._client, self.address)
            _start(self._client, self._name, self.make)
            self._look()
        except GradingError:
            raise
        except Exception as error:  # a scheduler that ends meanwhile, a package that is broken there
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise GradingError(
                f"The cluster at {self.address} cannot be used ({reason}); see what its scheduler and its workers say, "
                "then run the same command again"
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Leave the cluster, which forgets what it had still to do for us."""
        self._closing.set()
        self._give_up("the run was stopped")
        self._open.close()

    def run(self, task: Task) -> Ran:
        """Run one submission, and wait for it.

        Raises:
            CannotRun: it was not run; nothing is known of its marks.
        """
        return self.submit(task).result()

    def submit(self, task: Task) -> Future[Ran]:
        """Begin one submission; the future raises ``CannotRun`` where it was not run."""
        ours: Future[Ran] = Future()
        with self._lock:
            if not self._lost:
                self._running[ours] = None
        if self._lost:
            self._end(ours, CannotRun(self._lost))
        else:
            self._send(task, ours, self._try_again)
        return ours

    def _send(self, task: Task, ours: Future[Ran], killed: Callable[[Task, Future[Ran]], None]) -> Remote[Any] | None:
        """Send a task to the cluster.

        Args:
            task: the task.
            ours: what to settle when it has ended.
            killed: called when the workers that ran it have died.
        """
        from autograder.grading.on_worker import run_task

        try:
            theirs = self._client.submit(
                run_task, task, self._name, self._version, key=f"mcourse-{uuid4()}", pure=False, retries=RETRIES
            )
        except Exception as error:  # the client has lost its scheduler, and says so in several ways
            self._give_up(f"the cluster at {self.address} was lost ({error})")
            return None
        with self._lock:
            if ours in self._running:
                self._running[ours] = theirs
        theirs.add_done_callback(lambda done: self._settle(task, ours, done, killed))
        return theirs

    def _settle(
        self, task: Task, ours: Future[Ran], theirs: Remote[Any], killed: Callable[[Task, Future[Ran]], None]
    ) -> None:
        """Hand on what came of a task. Called by Dask, in a thread of its own."""
        from distributed import KilledWorker

        if theirs.status == "cancelled" or self._lost:
            self._give_up(f"the scheduler at {self.address} was lost")
            return
        try:
            got = theirs.result(timeout=self.gone)
        except KilledWorker:
            killed(task, ours)
        except Exception as error:
            first = (str(error).splitlines() or [""])[0]
            self._end(ours, CannotRun(f"it could not be run on the cluster ({type(error).__name__}: {first})"))
        else:
            self._end(ours, got if isinstance(got, Ran) else CannotRun(got))
        finally:
            theirs.release()

    def _try_again(self, task: Task, ours: Future[Ran]) -> None:
        """Try a task whose workers died, one such task at a time: another may have brought them down."""

        def alone() -> None:
            settled = threading.Event()
            ours.add_done_callback(lambda _: settled.set())
            self._send(task, ours, self._blame)
            settled.wait()

        self._alone.submit(alone)

    def _blame(self, _task: Task, ours: Future[Ran]) -> None:
        self._end(ours, CannotRun("every worker that ran it died (killed, or out of memory?)"))

    def _end(self, ours: Future[Ran], outcome: Ran | CannotRun) -> None:
        """Settle a future, unless that is done or nobody wants it any more."""
        with self._lock:
            self._running.pop(ours, None)
        with contextlib.suppress(InvalidStateError):
            if isinstance(outcome, Ran):
                ours.set_result(outcome)
            else:
                ours.set_exception(outcome)

    def _give_up(self, reason: str) -> None:
        """Fail whatever runs, and whatever may still come, with one reason."""
        with self._lock:
            self._lost = self._lost or reason
            running = list(self._running)
        for ours in running:
            self._end(ours, CannotRun(self._lost))

    def _look(self) -> bool:
        """Ask the scheduler how much room there is; return whether there is any."""
        client = self._client
        assert client.scheduler is not None  # it is connected
        found = client.sync(client.scheduler.identity, n_workers=0, callback_timeout=CONNECT)
        self.room = max(1, WAITING * int(found["total_threads"]))
        return bool(found["n_workers"])

    def _watch(self) -> None:
        """Look at the cluster now and then, until it is gone or we are."""
        seen = time.monotonic()
        while not self._closing.wait(LOOK) and not self._lost:
            with contextlib.suppress(Exception):  # no answer: the time it lasts decides
                if self._look():
                    seen = time.monotonic()
            if time.monotonic() - seen > self.gone:
                self._give_up(f"the cluster at {self.address} had no workers for {self.gone:g} seconds")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep Dask's log off the terminal; what matters in it is said by us."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in {"distributed", *names}}
    for name in before:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client, with the certificates that Dask's own configuration names for ``tls://``."""
    from distributed import Client

    class Ending(Client):
        """Closed at once if it cannot connect: as garbage it would be, and wait for a client being made, for ever.

        Of a server that takes the connection and is no scheduler, Dask would wait for an answer for ever too.
        """

        def start(self, **kwargs: Any) -> None:
            try:
                super().start(callback_timeout=2 * CONNECT, **kwargs)  # type: ignore[no-untyped-call] # Dask says that it is typed, and much of it is not
            except BaseException:
                self.close(timeout=CONNECT)  # type: ignore[no-untyped-call]
                raise

    try:
        how = {"timeout": CONNECT, "set_as_default": False, "name": "mcourse"}
        client = Ending(_resolved(address), **how)  # type: ignore[no-untyped-call]
    except Exception as error:  # unknown schemes, missing files, refused certificates: each has a type of its own
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise GradingError(
            f"No Dask scheduler can be reached at {address} ({first}); start one with: dask scheduler"
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=CONNECT)  # type: ignore[no-untyped-call]


def _resolved(address: str) -> str:
    """The address that a scheduler file holds; Dask itself would wait for the file for ever."""
    if not address.endswith(".json"):
        return address
    return str(json.loads(Path(address).read_text(encoding="utf-8"))["address"])


def _require_workers(client: Client, address: str) -> str:
    """Insist on workers, and on one version of the course's package everywhere; return that version."""
    from importlib.metadata import version

    from autograder.grading.on_worker import own_version

    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError as error:
        raise GradingError(
            f"The cluster at {address} has no workers; start some with: dask worker {address}"
        ) from error
    wanted = own_version()
    # A function of Python's own: our modules may be missing there, or old.
    for worker, found in client.run(version, "mcourse", on_error="return").items():
        if found != wanted:
            has = f"mcourse {found}" if isinstance(found, str) else "no mcourse"
            raise GradingError(
                f"The worker {worker} has {has}, and this is mcourse {wanted}; install the same version everywhere"
            )
    return wanted


def _start(client: Client, name: str, make: Callable[[], Executor]) -> None:
    """Give each worker its executor, those too that join later, and insist that it starts."""
    from autograder.grading.on_worker import KeepsWarm, start

    client.register_plugin(KeepsWarm(make), name=name)
    for worker, reason in client.run(start, name).items():
        if reason:
            raise GradingError(f"The worker {worker} cannot run submissions: {reason}")
