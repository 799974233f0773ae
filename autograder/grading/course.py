"""Opens an nbgrader course directory inside this process.

Separate because nbgrader expects a process of its own: it finds its files from the current directory, calls ``alembic``
by bare name, and logs everything to stderr. Here, and nowhere else, it is given all three.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Application, Config

from autograder.gradebook_address import CANNOT_OPEN
from autograder.grading.errors import GradingError as GradingError  # what opening a course raises
from autograder.grading.gradebook import Ledger, explained, require_usable

PRIVATE = ".mcourse"
"""What the grader keeps for itself in a course directory: its lock, its logs, what it is working on."""


@dataclass(frozen=True)
class Course:
    """An open course directory.

    Args:
        root: the directory.
        config: the instructor's nbgrader configuration.
        log: where nbgrader writes while the course is open.
    """

    root: Path
    config: Config
    log: logging.Logger

    @cached_property
    def directory(self) -> Any:
        """nbgrader's own view of the directory; not to be changed."""
        return CourseDirectory(config=self.config, root=str(self.root))

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Where a student's work stands at a step, such as ``submitted`` or ``autograded``."""
        directory = self.directory
        return Path(directory.format_path(getattr(directory, f"{step}_directory"), student, assignment))

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Any]:
        """Open the gradebook with nbgrader's own hands; where there is none, nbgrader makes one.

        Raises:
            GradingError: the database cannot be used.
        """
        directory = self.directory
        require_usable(directory.db_url)
        try:
            opened = Gradebook(directory.db_url, directory.course_id)
        except CANNOT_OPEN as error:
            raise explained(directory.db_url, error) from error
        try:
            with opened as gradebook:
                yield gradebook
        except SQLAlchemyError as error:
            raise explained(directory.db_url, error) from error

    def ledger(self, *, rehearsal: bool = False) -> Ledger:
        """The gradebook for a run of several transactions; in a rehearsal nothing is kept."""
        return Ledger(self.directory.db_url, self.directory.course_id, rehearsal=rehearsal)

    def require(self, assignment: str) -> None:
        """Insist that the gradebook knows the assignment.

        Raises:
            GradingError: it does not; the sentence names what there is.
        """
        known: list[str] = []
        if require_usable(self.directory.db_url):
            with self.ledger() as ledger, ledger.reading() as gradebook:
                known = [entry.name for entry in gradebook.assignments]
        if assignment in known:
            return
        near = get_close_matches(assignment, known, n=1, cutoff=0.3) or [n for n in known if n.startswith(assignment)]
        hint = f"did you mean {near[0]}?" if near else "build the course first: mcourse build"
        raise GradingError(f"There is no assignment {assignment!r} in the gradebook of {self.root}; {hint}")


@contextlib.contextmanager
def open_course(path: Path, *, looking: bool = False) -> Iterator[Course]:
    """Open a course directory for as long as the ``with`` block lasts.

    Args:
        path: the directory that holds ``nbgrader_config.py`` or ``gradebook.db``.
        looking: whether nothing is going to be written, not even the lock.

    Raises:
        GradingError: it is no course, its configuration is broken, or somebody else is grading in it.
    """
    root = path.resolve()
    if not any((root / name).exists() for name in ("nbgrader_config.py", "gradebook.db", "source")):
        raise GradingError(f"{path} is no course directory; make one with: mcourse build --into {path}")
    with _alone(root, looking), _at(root), listening() as log:
        yield Course(root, _configuration(root), log)


def _configuration(root: Path) -> Config:
    """Read the configuration as nbgrader's own commands do, the course's file last."""
    application = Application(raise_config_file_errors=True)
    try:
        application.load_config_file("nbgrader_config", path=[str(root), *jupyter_config_path()])
    except Exception as error:  # whatever an instructor's Python file can raise
        raise GradingError(f"{root / 'nbgrader_config.py'} cannot be read ({error}); correct it first") from error
    return application.config


@contextlib.contextmanager
def _alone(root: Path, looking: bool) -> Iterator[None]:
    """Keep a second grader out of the same directory; several may look at a time."""
    path = root / PRIVATE / "lock"
    if looking and not path.exists():
        yield
        return
    try:
        path.parent.mkdir(exist_ok=True)
        lock = path.open("r" if looking else "w")
    except OSError as error:
        raise GradingError(
            f"Nothing can be written into {root} ({error.strerror}); make the folder writable, or grade a copy of it"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, (fcntl.LOCK_SH if looking else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            raise GradingError(f"Another run is grading in {root}; wait until it has finished") from error
        yield


@contextlib.contextmanager
def _at(root: Path) -> Iterator[None]:
    """Stand in the course with this Python's own programs first on PATH."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        with contextlib.chdir(root):
            yield
    finally:
        os.environ["PATH"] = before


@contextlib.contextmanager
def listening() -> Iterator[logging.Logger]:
    """Keep log records and warnings of nbgrader and its libraries off the terminal."""
    root, silent, log = logging.getLogger(), logging.NullHandler(), logging.getLogger("mcourse.nbgrader")
    root.addHandler(silent)
    log.setLevel(logging.INFO)  # once: at each change all loggers forget what they have found out
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield log
    finally:
        root.removeHandler(silent)


@contextlib.contextmanager
def transcript(log: logging.Logger) -> Iterator[io.StringIO]:
    """Collect what is logged in the block, as text."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.propagate = False
    log.addHandler(handler)
    try:
        yield text
    finally:
        log.removeHandler(handler)
        log.propagate = True
