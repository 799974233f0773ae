"""A class graded on a cluster of separate processes, sealed there as here: the marks are those of one machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import nbformat
import pytest
from dask_processes import Own, wait_until
from distributed import LocalCluster
from tiny_course import hand_in

from autograder.grading import Grading, grade
from autograder.grading.cluster import Cluster
from autograder.grading.sealed import Sealed

pytestmark = pytest.mark.slow  # starts processes

ADD = "def add(a, b):\n    return a + b"
TIMES = "def multiply(a, b):\n    return a * b"
WHO = "import os\nprint('user', os.getuid())\n"
SEALED = partial(Sealed, "namespaces")


@pytest.fixture(scope="module")
def local() -> Iterator[LocalCluster]:
    """A cluster of two processes on this machine only."""
    where = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, memory_limit=0, **where) as running:
        yield running


def a_class(course: Path, size: int) -> Path:
    """Right answers, wrong ones, and answers that take their process along."""
    answers = [ADD, "def add(a, b):\n    return a - b", "import os\nos._exit(1)"]
    for number in range(size):
        hand_in(course, f"student {number:02}", add=answers[number % len(answers)], times=TIMES)
    return course


def on_one_machine(course: Path) -> Grading:
    """The same class, graded here, one after the other."""
    with Sealed() as executor:
        return grade(Path(shutil.copytree(course, course.with_name("copy"))), "ps1", executor=executor)


def as_told(grading: Grading) -> tuple[object, ...]:
    return grading.graded, grading.failed, grading.marks, grading.scores, grading.reasons, grading.mistakes


def test_the_same_marks(course: Path, local: LocalCluster) -> None:
    """Marks, reasons and mistakes are those of one machine, and a second run on the cluster runs nobody again."""
    alone = on_one_machine(a_class(course, 12))
    with Cluster(local.scheduler_address, SEALED) as cluster:
        spread = grade(course, "ps1", executor=cluster)
        again = grade(course, "ps1", executor=cluster)
    assert as_told(spread) == as_told(alone)
    assert len(spread.graded) == 12
    assert (again.graded, again.unchanged, again.marks) == ((), spread.graded, spread.marks)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has users to give away")
def test_no_two_workers_share_a_user(course: Path, local: LocalCluster) -> None:
    """Two workers on one machine run their submissions as different users, whose processes are counted apart."""
    with Cluster(local.scheduler_address, SEALED) as cluster:
        for number in range(12):
            hand_in(course, f"student {number:02}", add=WHO + ADD, times=TIMES)
        grade(course, "ps1", executor=cluster)
    cells = [
        cell
        for path in course.glob("autograded/*/ps1/exercises.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    ]
    users = set(re.findall(r"user (\d+)", str([cell.get("outputs") for cell in cells])))
    assert len(users) == 2


def test_a_worker_killed_in_the_middle(course: Path, local: LocalCluster) -> None:
    """A worker that is killed while a class is graded costs time and nothing else."""
    alone = on_one_machine(a_class(course, 16))

    def kill_one(student: str, outcome: str, done: int, total: int) -> None:
        if done == 4:
            os.kill(pids.pop(), signal.SIGKILL)

    with Cluster(local.scheduler_address, SEALED) as cluster:
        pids = [worker.process.pid for worker in local.workers.values()]
        spread = grade(course, "ps1", executor=cluster, on_progress=kill_one)
    assert len(pids) == 1
    assert as_told(spread) == as_told(alone)


def test_the_command_loses_its_scheduler(course: Path, own: Own) -> None:
    """What is committed stays, everybody else is listed with the reason, and the next run, anywhere, does the rest."""
    for number in range(6):
        hand_in(course, f"student {number}", add=f"import time\ntime.sleep(1)\n{ADD}", times=TIMES)
    own.worker()
    own.wait()
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course)]
    run = subprocess.Popen(
        [*command, "--dask", str(own.file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: list(course.glob("autograded/*/ps1")))
    own.processes[0].kill()
    shown, said = run.communicate(timeout=120)
    assert run.returncode == 1
    lost = shown.count("was lost")
    assert 1 <= lost < 6
    assert said == f"Error: {lost} of 6 students have no marks; the reasons are above\n"
    again = grade(course, "ps1")
    assert len(again.unchanged) == 6 - lost
    assert set(again.scores.values()) == {5}


def test_the_command_is_stopped(course: Path, own: Own) -> None:
    """Ctrl-C is a sentence; the cluster forgets what it had still to do, and the next run on it does the rest."""
    for number in range(6):
        hand_in(course, f"student {number}", add=f"import time\ntime.sleep(1)\n{ADD}", times=TIMES)
    own.worker()
    own.wait()
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course), "--dask", str(own.file)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: list(course.glob("autograded/*/ps1")))
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert (run.returncode, said) == (130, "Stopped before the end; run the same command again to finish.\n")
    with Cluster(str(own.file), SEALED) as cluster:
        again = grade(course, "ps1", executor=cluster)
    assert again.unchanged
    assert again.graded
    assert set(again.scores.values()) == {5}
    assert len(again.scores) == 6


def test_the_command_finds_no_scheduler(course: Path) -> None:
    """A scheduler that does not answer is one sentence, and nobody is graded."""
    hand_in(course, "ada", add=ADD)
    command = [sys.executable, "-m", "autograder.cli", "grade", "ps1", "--course", str(course)]
    done = subprocess.run([*command, "--dask", "tcp://127.0.0.1:1"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"Error: No Dask scheduler can be reached at .*; start one with: dask scheduler\n", done.stderr)
    assert not (course / "autograded").exists()
