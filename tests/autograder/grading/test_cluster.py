"""Submissions on a Dask cluster of separate processes: whatever dies, each task ends, with a result or a reason."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from dask_processes import Own, wait_until
from distributed import Client, LocalCluster
from fake_executor import Broken, Fake, task

from autograder.grading import GradingError
from autograder.grading import cluster as module
from autograder.grading.cluster import Cluster
from autograder.grading.flow import as_finished, pool_of
from autograder.grading.work import CannotRun, Task

pytestmark = pytest.mark.slow  # starts processes


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two processes with one thread each, on this machine only."""
    where = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, memory_limit=0, **where) as running:
        yield running.scheduler_address


def test_every_task_comes_back(address: str) -> None:
    """Each of many tasks comes back once with its own result, from both workers."""
    names = [f"student {k}" for k in range(40)]
    with Cluster(address, Fake) as cluster, pool_of(cluster, 1) as pool:
        ended = [(given.student, future.result()) for given, future in as_finished(map(task, names), pool)]
    assert sorted(name for name, _ in ended) == sorted(names)
    assert all(ran.notebooks == {"exercises": f"{name}'s".upper()} for name, ran in ended)
    assert len({ran.seconds for _, ran in ended}) == 2


def test_out_of_order(address: str, tmp_path: Path) -> None:
    """A task that takes long is overtaken by those that came after it."""
    gate = tmp_path / "gate"
    tasks = [task("slow", do="wait", file=str(gate)), *(task(f"quick {k}") for k in range(8))]
    order = []
    with Cluster(address, Fake) as cluster:
        for given, future in as_finished(tasks, cluster):
            assert future.result().notebooks
            order.append(given.student)
            if len(order) == 8:
                gate.touch()
    assert order[-1] == "slow"
    assert len(order) == 9


def test_a_worker_killed_in_the_middle(address: str, tmp_path: Path) -> None:
    """A worker that is killed costs its time: what it had in hand is run elsewhere."""
    gate = tmp_path / "gate"
    with Cluster(address, Fake) as cluster:
        waiting = [cluster.submit(task(f"student {k}", do="wait", file=str(gate))) for k in range(2)]
        pids = running_on(gate, 2)
        os.kill(pids[0], signal.SIGKILL)
        gate.touch()
        assert [future.result(60).notebooks["exercises"] for future in waiting] == ["STUDENT 0'S", "STUDENT 1'S"]


def running_on(gate: Path, count: int) -> list[int]:
    """The processes in which tasks wait at a gate."""
    deadline = time.monotonic() + 60
    while len(found := list(gate.parent.glob(f"{gate.name}.*"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return [int(path.suffix[1:]) for path in found]


def test_a_task_that_kills_its_workers_fails_alone(address: str, tmp_path: Path) -> None:
    """What brings down one worker after another is given up with a reason, and everybody else has a result."""
    trace = tmp_path / "trace"
    tasks = [task("ada"), task("killer", do="die", file=str(trace)), *(task(f"student {k}") for k in range(20))]
    with Cluster(address, Fake) as cluster:
        ended = {given.student: future.exception() for given, future in as_finished(tasks, cluster)}
    assert str(ended.pop("killer")) == "every worker that ran it died (killed, or out of memory?)"
    assert set(ended.values()) == {None}
    assert len(ended) == 21


def test_reasons_and_retries(address: str, tmp_path: Path) -> None:
    """A reason not to run a task is handed on; an error of one worker's is tried again."""
    with Cluster(address, Fake) as cluster:
        with pytest.raises(CannotRun, match=r"^its kernel is not installed$"):
            cluster.run(task("ada", do="refuse", file=""))
        assert cluster.run(task("bob", do="stumble", file=str(tmp_path / "full"))).notebooks


def test_another_version(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers with another version of the course's package are refused, and the sentence names both."""
    from autograder.grading import on_worker

    have = on_worker.own_version()
    monkeypatch.setattr(on_worker, "own_version", lambda: "99.0")
    with pytest.raises(GradingError, match=rf"has mcourse {have}, and this is mcourse 99\.0; install the same"):
        Cluster(address, Fake).__enter__()


def test_a_worker_that_cannot(address: str) -> None:
    """Where an executor cannot be started, the run ends before it begins, with the worker's own reason."""
    with pytest.raises(GradingError, match="cannot run submissions: there is no sandbox; install bubblewrap"):
        Cluster(address, Broken).__enter__()


def test_a_class_is_never_in_memory_at_once(address: str) -> None:
    """Of 500 tasks only as many are taken from their source as there is room for on two threads."""
    taken = 0

    def source() -> Iterator[Task]:
        nonlocal taken
        for k in range(500):
            taken += 1
            yield task(f"student {k}")

    most = 0
    with Cluster(address, Fake) as cluster:
        wait_until(lambda: cluster.room == 4)  # a killed worker may still be on its way back
        for done, _ in enumerate(as_finished(source(), cluster)):
            most = max(most, taken - done)
    assert taken == 500
    assert most <= 5  # those in flight, and the one that is handed back


def test_nobody_there() -> None:
    """A scheduler that does not answer is one sentence, within seconds, with what to start."""
    began = time.monotonic()
    with pytest.raises(GradingError, match=r"^No Dask scheduler can be reached at tcp://127\.0\.0\.1:1 \(.*dask sched"):
        Cluster("tcp://127.0.0.1:1", Fake).__enter__()
    assert time.monotonic() - began < 4 * module.CONNECT


def test_another_server_there() -> None:
    """So is a server that takes the connection and waits for something else, such as a Jupyter server."""

    class Web(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(1000):
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Web) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(GradingError, match=rf"^No Dask scheduler can be reached at {address} \("):
            Cluster(address, Fake).__enter__()
        server.shutdown()


@pytest.mark.parametrize("address", ["nonsense://host", "missing.json", "tls://127.0.0.1:1"])
def test_no_address(address: str) -> None:
    """What cannot be an address, or lacks certificates, is one sentence too."""
    with pytest.raises(GradingError, match=r"^No Dask scheduler can be reached at ") as refused:
        Cluster(address, Fake).__enter__()
    assert "\n" not in str(refused.value)


def test_no_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the sentence names what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GradingError, match=r"pip install 'mcourse\[dask\]'"):
        Cluster("tcp://127.0.0.1:1", Fake).__enter__()


def test_a_cluster_that_ends_while_it_is_looked_at(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Dask raises before the first submission is one sentence."""

    def end(*_: object) -> None:
        raise OSError("Timed out trying to connect\nand more")

    monkeypatch.setattr(module, "_start", end)
    with pytest.raises(GradingError, match=r"cannot be used \(Timed out trying to connect\); see what its scheduler"):
        Cluster(address, Fake).__enter__()


def test_no_workers(own: Own) -> None:
    """A scheduler without workers is one sentence that says how to start some."""
    own.wait()
    with pytest.raises(GradingError, match=r"has no workers; start some with: dask worker "):
        Cluster(str(own.file), Fake).__enter__()


def test_the_scheduler_is_lost(own: Own, tmp_path: Path) -> None:
    """When the scheduler dies, whatever it had, and whatever would have followed, fails with a reason and soon."""
    own.worker()
    own.wait()
    gate = tmp_path / "gate"
    tasks = [task("ada"), *(task(f"student {k}", do="wait", file=str(gate)) for k in range(50))]
    with Cluster(str(own.file), Fake) as cluster:
        flow = as_finished(tasks, cluster)
        _, first = next(flow)
        running_on(gate, 1)
        own.processes[0].kill()
        ended = [future.exception() for _, future in flow]
    assert first.result().notebooks
    assert len(ended) == 50
    assert {str(reason) for reason in ended} == {f"the scheduler at {own.file} was lost"}
    gate.touch()


def test_all_workers_are_lost(own: Own, tmp_path: Path) -> None:
    """Workers that end for good do not keep the run waiting for ever."""
    worker = own.worker()
    own.wait()
    gate = tmp_path / "gate"
    with Cluster(str(own.file), Fake, gone=3) as cluster:
        waiting = cluster.submit(task("ada", do="wait", file=str(gate)))
        running_on(gate, 1)
        worker.terminate()
        gate.touch()
        with pytest.raises(CannotRun, match="had no workers for 3 seconds"):
            cluster.run(task("bob", do="wait", file=str(tmp_path / "never")))
        assert waiting.exception() is None or "no workers" in str(waiting.exception())


def test_a_worker_that_joins_later(own: Own, tmp_path: Path) -> None:
    """A worker that joins in the middle has an executor too, and makes room for more."""
    own.worker()
    own.wait()
    gate = tmp_path / "gate"
    with Cluster(str(own.file), Fake) as cluster:
        waiting = [cluster.submit(task(f"student {k}", do="wait", file=str(gate))) for k in range(2)]
        running_on(gate, 1)
        own.worker()
        running_on(gate, 2)
        wait_until(lambda: cluster.room == 4)
        gate.touch()
        assert len({future.result(60).seconds for future in waiting}) == 2


def test_executors_are_closed(own: Own, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends closes its executor."""
    monkeypatch.setenv("FAKE_CLOSED", str(tmp_path))
    worker = own.worker()
    own.wait()
    with Cluster(str(own.file), Fake) as cluster:
        pid = int(cluster.run(task("ada")).seconds)
    worker.terminate()
    worker.wait(60)
    assert (tmp_path / str(pid)).exists()


def _clients_of(error: BaseException | None) -> list[str]:
    """The states of the clients in whose making an exception was raised."""
    assert error is not None
    frames = [frame.f_locals.get("self") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return sorted({client.status for client in frames if isinstance(client, Client)})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificates, is not here")
def test_certificates(tmp_path: Path) -> None:
    """A cluster that asks for certificates takes those of Dask's own configuration, and refuses whoever has none."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mcourse"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    shown = ["--tls-ca-file", str(certificate), "--tls-cert", str(certificate), "--tls-key", str(key)]
    own = Own(tmp_path / "scheduler.json")
    own.start(
        "scheduler", "--port", "0", "--protocol", "tls", "--no-dashboard", "--scheduler-file", str(own.file), *shown
    )
    try:
        own.worker(*shown)
        own.wait()
        address = json.loads(own.file.read_text())["address"]
        assert address.startswith("tls://")
        with pytest.raises(GradingError, match="No Dask scheduler can be reached at tls://") as refused:
            Cluster(address, Fake).__enter__()
        assert _clients_of(refused.value.__cause__) == ["closed"]  # and not when its memory is needed
        mine = {"ca-file": str(certificate), "client.cert": str(certificate), "client.key": str(key)}
        mine = {f"distributed.comm.tls.{name}": value for name, value in mine.items()}
        with dask.config.set(mine), Cluster(address, Fake) as cluster:
            assert cluster.run(task("ada")).notebooks == {"exercises": "ADA'S"}
    finally:
        own.stop()
