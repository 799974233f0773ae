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
import shlex
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Application, Config

from autograder.gradebook_address import CANNOT_OPEN, file_of, shown
from autograder.grading.errors import GradingError as GradingError  # what opening a course raises
from autograder.grading.gradebook import Ledger, explained, first_cause, require_usable
from autograder.nearest import did_you_mean

CONFIG = "nbgrader_config.py"
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
        with self.configured():
            directory = CourseDirectory(config=self.config, root=str(self.root))
            directory.format_path(directory.submitted_directory, "student", "assignment")
            return directory

    @contextlib.contextmanager
    def configured(self) -> Iterator[None]:
        """Say in a sentence what of the configuration cannot be used, where something is made of it.

        Raises:
            GradingError: something cannot.
        """
        try:
            yield
        except GradingError:
            raise
        except Exception as error:  # whatever traits, and classes that a course names, can raise
            raise GradingError(
                f"{self.root / CONFIG} cannot be used ({type(error).__name__}: {error}); correct it first"
            ) from error

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
        except Exception as error:  # nbgrader hides what a database said behind an exception of its own
            if isinstance(error, GradingError) or first_cause(error) is None:
                raise
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
        released = f"release it first: nbgrader generate_assignment {shlex.quote(assignment)}"
        built = "build the course first: mcourse build; a course of your own: nbgrader generate_assignment ASSIGNMENT"
        hint = did_you_mean(assignment.partition("#")[0], known) if known else built
        is_name = assignment and Path(assignment).name == assignment
        hint = released if is_name and self.path("source", ".", assignment).is_dir() else hint
        url = self.directory.db_url
        usual = file_of(url) == self.root / "gradebook.db"
        where = f"of {self.root}" if usual else f"{shown(url)} (c.CourseDirectory.db_url)"
        raise GradingError(f"There is no assignment {assignment!r} in the gradebook {where}; {hint}")


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
    if not _is_course(root):
        inside = next(filter(_is_course, sorted(path.iterdir())), None) if path.is_dir() else None
        hint = f"did you mean {inside}?" if inside else f"make one with: mcourse build --into {shlex.quote(str(path))}"
        raise GradingError(f"{path} is no course directory; {hint}")
    with _at(root), listening() as log:
        course = Course(root, _configuration(root), log)
        _require_here(root, course.config)
        with _alone(root, looking), _shared(root, course.directory.groupshared and not looking):
            yield course


def _is_course(folder: Path) -> bool:
    return any((folder / name).exists() for name in (CONFIG, "gradebook.db", "source"))


@contextlib.contextmanager
def _shared(root: Path, with_group: bool) -> Iterator[None]:
    """Have what is written meanwhile be the group's to change too, where a course is shared by those who teach it."""
    if not with_group:
        yield
        return
    folder = root / PRIVATE
    for path in (folder, *folder.iterdir()):
        with contextlib.suppress(PermissionError):  # another's, who has shared it already or has yet to
            path.chmod(path.stat().st_mode | (0o070 if path.is_dir() else 0o060))
    before = os.umask(0)
    os.umask(before & ~0o070)
    try:
        yield
    finally:
        os.umask(before)


def _require_here(root: Path, config: Config) -> None:
    """Insist that the course is where its own configuration says."""
    said = config.CourseDirectory.root if "root" in config.CourseDirectory else root
    if Path(said).resolve() != root and _configuration(root, alone=True).CourseDirectory.get("root") == said:
        raise GradingError(
            f"{root / CONFIG} says that the course is in {said} (c.CourseDirectory.root); put that file there, and "
            f"name that directory: --course {shlex.quote(str(said))}"
        )


def _configuration(root: Path, *, alone: bool = False) -> Config:
    """Read the configuration as nbgrader's own commands do, the course's file last; or that file alone."""
    application = Application(raise_config_file_errors=True)
    try:
        application.load_config_file("nbgrader_config", path=[str(root), *([] if alone else jupyter_config_path())])
    except (Exception, SystemExit) as error:  # whatever an instructor's Python file can raise
        said = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise GradingError(f"{root / CONFIG} cannot be read ({said}); correct it first") from error
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
