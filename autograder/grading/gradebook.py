"""The gradebook of one run: looked at before it is opened, and written in one transaction for each submission.

Separate because nbgrader's own ``Gradebook`` makes tables before it knows what database it has in hand, and commits
after every cell. Here the database is checked first; and while a transaction is open, every ``Gradebook`` that
nbgrader's preprocessors, or an instructor's, open on it takes part in it: their commits are kept when the whole
submission is, and undone when it is not.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from nbgrader.api import Gradebook
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, inspect, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import scoped_session, sessionmaker

from autograder.gradebook_address import CANNOT_OPEN, file_of, shown, unusable
from autograder.grading.errors import GradingError

PATIENCE = 5.0
"""Seconds for which a locked database is waited for: Python's own default, and so nbgrader's."""

ABOUT_DATA = (
    DataError,
    IntegrityError,
    ProgrammingError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
)
"""What a database says of one row, or of one statement, and not of itself."""


def explained(url: str, error: Exception) -> GradingError:
    """Turn what a database said into a sentence.

    >>> print(explained("sqlite:///g.db", sqlite3.OperationalError("database is locked")))
    The gradebook sqlite:///g.db cannot be used (database is locked); another program holds it: close it there, then
    run the same command again
    """
    return GradingError(unusable(url, first_cause(error) or error))


def first_cause(error: BaseException | None) -> Exception | None:
    """The first thing that a database said; nothing where it said nothing.

    nbgrader hides it behind an exception of its own, and so does SQLAlchemy behind one about the transaction that the
    first one ended.
    """
    found = None
    while error is not None:
        if isinstance(error, DBAPIError | sqlite3.Error) and not isinstance(error, ABOUT_DATA):
            found = error
        error = error.__cause__ or error.__context__
    return found


def require_usable(url: str) -> bool:
    """Look at a database without changing it.

    Args:
        url: its address.

    Returns:
        Whether there is a gradebook in it; where there is none, nbgrader would make one.

    Raises:
        GradingError: it cannot be read, or another version of nbgrader made it.
    """
    path = file_of(url)
    if path is not None and (not path.exists() or path.stat().st_size == 0):
        return False
    try:
        engine = create_engine(url)
    except CANNOT_OPEN as error:
        raise explained(url, error) from error
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            dated = "alembic_version" in tables
            version = connection.execute(text("select version_num from alembic_version")).scalar() if dated else None
    except CANNOT_OPEN as error:
        raise explained(url, error) from error
    finally:
        engine.dispose()
    if "assignment" in tables and version not in (newest := _versions())[:1]:
        raise _other_version(url, str(version), version is None or version in newest)
    return "assignment" in tables


def _versions() -> list[str]:
    """The versions of the database that the installed nbgrader knows, newest first."""
    return [script.revision for script in ScriptDirectory(ALEMBIC_DIR).walk_revisions()]


def _other_version(url: str, version: str, older: bool) -> GradingError:
    if older:
        do = f"is of an older nbgrader (its tables are of version {version}); back it up, then run: nbgrader db upgrade"
    else:
        do = (
            f"is of a newer nbgrader (its tables are of version {version}); upgrade the nbgrader that is installed here"
        )
    return GradingError(f"The gradebook {shown(url)} {do}")


SESSION = sessionmaker(join_transaction_mode="create_savepoint")


@contextlib.contextmanager
def connected(gradebook: Any) -> Iterator[Connection]:
    """A connection to an open gradebook, for rows that are written without objects; they are committed after the block.

    In a transaction of a ledger's it is that transaction's own, and what is written is kept when the rest is.
    """
    if (shared := getattr(gradebook, "shared", None)) is not None:
        yield shared
        return
    yield gradebook.db.connection()
    gradebook.db.commit()


class Ledger:
    """The gradebook for as long as a run lasts.

    Args:
        url: the address of the database.
        course_id: nbgrader's name of the course.
        rehearsal: whether everything is undone at the end, and the database left as it was.
    """

    def __init__(self, url: str, course_id: str, *, rehearsal: bool = False) -> None:
        self.url, self.course_id, self.rehearsal = url, course_id, rehearsal
        self._engine = _engine(url, rehearsal)
        self._rehearsing: Connection | None = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        if self._rehearsing is not None:
            self._rehearsing.close()
        self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Gradebook]:
        """Open the gradebook to read; whatever is changed all the same is not kept.

        Raises:
            GradingError: the database cannot be used.
        """
        with self._explaining(), self._connection(write=False) as connection, _sharing(self, connection) as gradebook:
            yield gradebook

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Gradebook]:
        """Open the gradebook to write; all that is written in the block is kept together, or none of it.

        Raises:
            GradingError: the database cannot be used; none of it is kept.
        """
        with self._explaining(), self._connection(write=True) as connection:
            with _sharing(self, connection) as gradebook:
                yield gradebook
            if not self.rehearsal:
                connection.commit()

    @contextlib.contextmanager
    def _connection(self, *, write: bool) -> Iterator[Connection]:
        """A connection in a transaction; in a rehearsal always the same one."""
        if self.rehearsal:
            if self._rehearsing is None:
                self._rehearsing = self._engine.connect()
                self._rehearsing.begin()
            with self._rehearsing.begin_nested():
                yield self._rehearsing
            return
        with self._engine.connect().execution_options(mcourse_writes=write) as connection:
            connection.begin()
            yield connection

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if first_cause(error) is None or isinstance(error, GradingError):
                raise
            raise explained(self.url, error) from error


def _engine(url: str, rehearsal: bool) -> Engine:
    """Connect to a database, or for a rehearsal of SQLite to a copy of it in memory."""
    options: dict[str, Any] = {}
    if rehearsal and file_of(url) is not None:
        copy = _in_memory(url)
        url, options = "sqlite://", {"creator": lambda: copy, "poolclass": StaticPool}
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _manual)
        event.listen(engine, "begin", _begin)
    return engine


def _in_memory(url: str) -> sqlite3.Connection:
    path = file_of(url)
    assert path is not None
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        copy_database(path, copy)
    except sqlite3.Error as error:
        raise explained(url, error) from error
    return copy


def copy_database(path: Path, into: sqlite3.Connection) -> None:
    """Copy an SQLite database by SQLite itself, so that the copy is whole even while others write.

    Raises:
        sqlite3.Error: it cannot be read, or was locked for longer than nbgrader would wait.
    """
    deadline = time.monotonic() + PATIENCE

    def waiting(status: int, _left: int, _all: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")

    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as original:
        original.backup(into, progress=waiting, sleep=0.05)


def _manual(connection: sqlite3.Connection, _record: object) -> None:
    """Leave the beginning of transactions to us: Python's driver begins none for a savepoint."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Begin a transaction; one that will write asks for the lock at once, and waits for it as nbgrader does."""
    writes = connection.get_execution_options().get("mcourse_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _sharing(ledger: Ledger, connection: Connection) -> Iterator[Gradebook]:
    """Let every gradebook that is opened on this database take part in the connection's transaction."""
    plainly_open, plainly_close = Gradebook.__init__, Gradebook.close

    def opened(self: Any, db_url: str, course_id: str = ledger.course_id, authenticator: Any = None) -> None:
        if db_url != ledger.url:
            plainly_open(self, db_url, course_id, authenticator)
            return
        self.engine, self.shared = connection.engine, connection
        self.db = scoped_session(partial(SESSION, bind=connection))  # type: ignore[arg-type]  # anything that makes one
        self.course_id, self.authenticator = ledger.course_id, authenticator

    def closed(self: Any) -> None:
        if getattr(self, "shared", None) is not None:
            self.db.remove()
        else:
            plainly_close(self)

    Gradebook.__init__, Gradebook.close = opened, closed
    try:
        with Gradebook(ledger.url, ledger.course_id) as gradebook:
            yield gradebook
            if gradebook.db.registry.has():  # else it was not used
                gradebook.db.commit()
    finally:
        Gradebook.__init__, Gradebook.close = plainly_open, plainly_close
