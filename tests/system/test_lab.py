"""``mcourse lab``: what a learner opens."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from servers import Server, running

pytestmark = pytest.mark.slow  # builds the course and starts JupyterLab

REPOSITORY = Path(__file__).parents[2]
LAB = [sys.executable, "-m", "autograder.cli", "lab"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course's text."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(REPOSITORY / "course", folder / "course")
    return folder


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    with running(LAB, root, os.environ) as lab:
        yield lab


def test_opens_the_workspace(server: Server) -> None:
    """The folder that opens is the learner's: lessons, exercises and their hints, nothing of the course's making."""
    listed = json.loads(server.fetch("/api/contents/"))["content"]
    assert {entry["name"] for entry in listed} >= {"00_start", "02_gradients", "03_jacobians"}
    inside = json.loads(server.fetch("/api/contents/00_start"))["content"]
    assert {entry["name"] for entry in inside} == {"lesson.ipynb", "exercises.ipynb", "hints.json"}


def test_no_news(server: Server) -> None:
    """No pop-up about news stands in front of the first lesson."""
    assert server.news_are_off()


def test_this_machine_only(server: Server) -> None:
    """Nobody else on the network can reach it."""
    process = psutil.Process(server.pid)
    assert set().union(*map(listens_at, [process, *process.children(recursive=True)])) == {"127.0.0.1"}


def listens_at(process: psutil.Process) -> set[str]:
    """The addresses at which a process waits for others; none where it has just ended."""
    try:
        connections = process.net_connections("inet")
    except psutil.NoSuchProcess:
        return set()
    return {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}


def test_changes_are_kept(root: Path, server: Server) -> None:
    """A notebook that the learner has changed is not overwritten, whatever happens to the course."""
    mine = root / "learn" / "00_start" / "exercises.ipynb"
    mine.write_text(mine.read_text().replace("...", "x @ W", 1))
    changed = mine.read_text()
    text = root / "course" / "units" / "00_start" / "exercises.md"
    text.write_text(re.sub(r"^# (.+)$", r"# \1, with a new name", text.read_text(), count=1, flags=re.MULTILINE))
    done = subprocess.run([*LAB, "--prepare"], cwd=root, capture_output=True, text=True, check=True)
    assert "learn/00_start/exercises.ipynb has your changes and is kept" in done.stdout
    assert mine.read_text() == changed
