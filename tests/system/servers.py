"""Starting a JupyterLab for a test, and asking it for things."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-tests"


@dataclass(frozen=True)
class Server:
    """A JupyterLab that is running.

    Args:
        address: where it answers.
        pid: the process that was started.
    """

    address: str
    pid: int

    def fetch(self, path: str) -> str:
        """The text at a path."""
        request = urllib.request.Request(f"{self.address}{path}", headers={"Authorization": f"token {TOKEN}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(answer.read().decode())

    def answers(self) -> bool:
        try:
            return bool(self.fetch("/api/status"))
        except (urllib.error.URLError, ConnectionError):
            return False

    def page_config(self, path: str) -> dict[str, Any]:
        """What JupyterLab's page at a path is configured with."""
        found = re.search(
            r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', self.fetch(path), re.S
        )
        assert found is not None
        return dict(json.loads(found[1]))

    def news_are_off(self) -> bool:
        """Whether the extension that asks about news is disabled."""
        disabled = self.page_config("/lab")["disabledExtensions"]
        return any(name.startswith("@jupyterlab/apputils-extension:announcements") for name in disabled)


@contextlib.contextmanager
def running(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Iterator[Server]:
    """Start a command that starts JupyterLab, and stop it afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--allow-root", f"--IdentityProvider.token={TOKEN}"]
    silent = subprocess.DEVNULL
    process = subprocess.Popen([*command, *options], cwd=folder, env=dict(environ), stdout=silent, stderr=silent)
    server = Server(f"http://127.0.0.1:{port}", process.pid)
    try:
        deadline = time.monotonic() + 90
        while not server.answers():
            assert process.poll() is None, "it ended at once"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.3)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)
