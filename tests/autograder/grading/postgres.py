"""A PostgreSQL server of a test's own: in a temporary directory, on a Unix socket, without a network.

The server refuses to run as root, so root starts it as the user that Debian's package makes for it, or as ``nobody``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

MISSING = "PostgreSQL's initdb is not here; apt-get install postgresql"
USER = "instructor"
PASSWORD = "tulip/8@kiosk"
"""Has signs that an address must escape."""


def program(name: str) -> str | None:
    """Where a server's program is; Debian keeps them off PATH, by version."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return shutil.which(name) or (str(newest[-1]) if newest else None)


def unprivileged() -> dict[str, Any]:
    """Who the server runs as, in the words of ``subprocess``."""
    if os.geteuid() != 0:
        return {}
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = users.get("postgres") or users["nobody"]
    return {"user": chosen.pw_uid, "group": chosen.pw_gid, "extra_groups": []}


@dataclass
class Server:
    """A server with a directory of its own.

    Args:
        folder: holds its data, its socket and its log.
    """

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    made: list[str] = field(default_factory=list)

    def url(self, database: str, password: str = PASSWORD) -> str:
        """The address of a database, password included, as a course's configuration has it."""
        where = URL.create("postgresql+psycopg", USER, password, database=database, query={"host": str(self.folder)})
        return where.render_as_string(hide_password=False)

    @property
    def environment(self) -> dict[str, str]:
        """What PostgreSQL's library reads where an address does not say it."""
        return {"PGHOST": str(self.folder), "PGPASSWORD": PASSWORD}

    def prepare(self) -> None:
        """Make the directory that the server works in."""
        os.chmod(self.folder, 0o700)
        if who := unprivileged():
            os.chown(self.folder, who["user"], who["group"])
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        initdb = [str(program("initdb")), "-D", str(self.folder / "data"), "-U", USER, "--pwfile", str(secret)]
        self._call(*initdb, "--auth=scram-sha-256", "--locale=C", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [str(program("postgres")), "-D", str(self.folder / "data"), "-k", str(self.folder), "-F"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-c", "listen_addresses="], stdout=log, stderr=log, cwd=self.folder, **unprivileged()
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT disconnects everybody, SIGQUIT is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
            self.process = None

    def database(self, like: str = "template1") -> str:
        """Make a database that is a copy of another, by default of an empty one, and return its address."""
        name = f"course{len(self.made)}"
        self.made.append(name)
        self.execute("postgres", f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def execute(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Send a statement by a connection of its own."""
        engine = create_engine(self.url(database), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                got = connection.execute(text(statement))
                return [tuple(row) for row in got] if got.returns_rows else []
        finally:
            engine.dispose()

    def _answers(self) -> bool:
        try:
            return bool(self.execute("postgres", "SELECT 1"))
        except OperationalError:
            return False

    def _call(self, *command: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, **unprivileged())
        assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A server for as long as the block lasts; its directory has a short name, for a socket's path may not be long."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = Server(Path(folder))
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.stop()
