"""The address of a course's gradebook: how to show it, and what to say where nothing can be had at it.

Separate because building and grading both open the gradebook, and neither may give away the password that its address
can hold, whatever the database's driver has to say.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

EXAMPLE = "postgresql+psycopg://USER@HOST/DATABASE"
HIDDEN = "***"

DRIVERS = {"psycopg": "; install it with: pip install 'mcourse[postgres]'"}
"""What to add where the package of a driver is not installed, by the package's name."""

UNREACHABLE = (
    "see that the server runs and lets you in, then run the same command again; what is in the gradebook stays there"
)
DAMAGED = "restore it from a copy, or after an upgrade of nbgrader run: nbgrader db upgrade"

CAUSES = {
    "is locked": "another program holds it: close it there, then run the same command again",
    "readonly database": "make the file and its folder writable, then run the same command again",
    "disk is full": "make room on its disk, then run the same command again",
    "disk I/O error": "see that its disk has room and is in order, then run the same command again",
    "unable to open": "see that the path is right, and that its folder can be written to",
}
"""What to do about what SQLite says, by a part of that."""

CANNOT_OPEN = (SQLAlchemyError, ImportError, ValueError)
"""What opening a gradebook raises: the database's own errors, no driver, a port that is no number."""


def file_of(address: str) -> Path | None:
    """The file that a gradebook is in, SQLite's; ``None`` for a database on a server.

    >>> file_of("sqlite:////course/gradebook.db")
    PosixPath('/course/gradebook.db')
    >>> file_of("sqlite:///file:/course/gradebook.db?mode=ro&uri=true")
    PosixPath('/course/gradebook.db')
    >>> file_of("postgresql+psycopg://ada@host/course")
    """
    url = _parts(address)
    if url is None or not url.drivername.startswith("sqlite") or url.database in (None, "", ":memory:"):
        return None
    name = str(url.database)
    return Path(unquote(urlsplit(name).path)) if name.startswith("file:") else Path(name)


def shown(address: str) -> str:
    """An address without its password, wherever in it that stands.

    >>> shown("postgresql+psycopg://ada:tulip@host/course")
    'postgresql+psycopg://ada:***@host/course'
    >>> shown("postgresql+psycopg://ada@host/course?password=tulip&sslmode=require")
    'postgresql+psycopg://ada@host/course?password=***&sslmode=require'
    >>> shown("postgresql+psycopg://ada:tu@lip@host/course")  # an @ that is not escaped cuts the password in two
    'postgresql+psycopg://ada:***@host/course'
    >>> shown("ada:tulip")
    'CourseDirectory.db_url'
    """
    url = _parts(address)
    if url is None:
        return "CourseDirectory.db_url"
    host = (url.host or "").rpartition("@")[2] or None
    query = {key: HIDDEN if "password" in key else value for key, value in url.query.items()}
    return url.set(host=host, query=query).render_as_string(hide_password=True).replace("%2A%2A%2A", HIDDEN)


def unusable(address: str, error: Exception) -> str:
    """Say in one sentence why a gradebook cannot be used, and what to do.

    Args:
        address: nbgrader's ``db_url``.
        error: what was raised when it was opened or used.
    """
    if isinstance(error, ImportError):
        package = (error.name or "the driver").partition(".")[0]
        return f"The gradebook {shown(address)} needs {package}, which is not installed{DRIVERS.get(package, '')}"
    if isinstance(error, ArgumentError) or _parts(address) is None:
        return f"CourseDirectory.db_url is not an address of a database; write it as {EXAMPLE}"
    lost = isinstance(error, OperationalError) and file_of(address) is None
    reason = without_password(str(getattr(error, "orig", None) or error), address).strip().splitlines()[0]
    do = next((do for cause, do in CAUSES.items() if cause in reason), DAMAGED)
    return f"The gradebook {shown(address)} cannot be used ({reason}); {UNREACHABLE if lost else do}"


def without_password(text: str, address: str) -> str:
    """A text about an address with the password taken out, as it is and as the address spells it.

    >>> without_password("cannot resolve lip@host", "postgresql+psycopg://ada:tu@lip@host/course")
    'cannot resolve ***@host'
    """
    url = _parts(address)
    if url is None:
        return text
    query = [str(value) for key, value in url.query.items() if "password" in key]
    spelt = address.partition("://")[2].partition("@")[0].partition(":")[2]
    for secret in [url.password, spelt, (url.host or "").rpartition("@")[0], *query]:
        text = text.replace(str(secret), HIDDEN) if secret else text
    return text


def _parts(address: str) -> URL | None:
    try:
        return make_url(address)
    except (ArgumentError, ValueError):
        return None
