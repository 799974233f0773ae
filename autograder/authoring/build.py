"""Build an nbgrader course directory from units of text.

::

    nbgrader_config.py   source/NN_name/{exercises.ipynb,hints.json}    lessons/NN_name/lesson.ipynb
    gradebook.db         release/NN_name/{exercises.ipynb,hints.json}

The student version is made by nbgrader itself, under the course's own settings, so its commands and Formgrader go on
from here. Building again skips what has not changed; building elsewhere gives the same bytes.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import NullPool, create_engine, inspect, text
from traitlets.config.loader import Config, PyFileConfigLoader

from autograder.authoring import blanks, notebooks
from autograder.authoring.interrupts import children_without_ctrl_c
from autograder.authoring.ledger import Ledger, digest, write
from autograder.authoring.model import AuthoringError, Cell, Unit
from autograder.authoring.units import EXERCISES, read_units
from autograder.checks.hints import FILE
from autograder.gradebook_address import CANNOT_OPEN, file_of, unusable

CONFIG = "nbgrader_config.py"
RULES = (blanks, notebooks)
"""Modules whose text decides, with the unit's, what is built."""
NAMELESS = "a gradebook on a server needs a name for the course; give c.CourseDirectory.course_id one"


@dataclass(frozen=True)
class Built:
    """What :func:`build` did.

    Args:
        course: the course directory.
        written: names of the units that were built.
        skipped: names of the units that had not changed.
        kept: files that the instructor has changed and that were left alone.
    """

    course: Path
    written: tuple[str, ...]
    skipped: tuple[str, ...]
    kept: tuple[Path, ...]


def build(
    units: Sequence[Path],
    into: Path,
    *,
    config: Path,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Built:
    """Build the course directory, or bring it up to date.

    Args:
        units: the units' folders.
        into: the course directory; made when it is not there.
        config: nbgrader's settings for the course; copied once, and again only while nobody has changed the copy.
        on_progress: called after each unit with its name, how many are done, and how many there are.

    Raises:
        AuthoringError: a unit cannot stand, or nbgrader cannot make its student version. What was built before stays.
    """
    read = read_units(units)
    into = into.resolve()
    into.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(into)
    kept = (into / CONFIG,) if ledger.put(CONFIG, _bytes(config)) == "kept" else ()
    written: list[str] = []
    skipped: list[str] = []
    recorded = _recorded(into)
    for done, unit in enumerate(read, start=1):
        (written if _build_unit(unit, into, ledger, unit.name in recorded) else skipped).append(unit.name)
        if on_progress is not None:
            on_progress(unit.name, done, len(read))
    return Built(into, tuple(written), tuple(skipped), kept)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AuthoringError(path, None, f"the course's settings cannot be read ({error.strerror})") from None


def _build_unit(unit: Unit, into: Path, ledger: Ledger, recorded: bool) -> bool:
    """Build one unit unless it is there already, and in the gradebook; return whether it had to be built."""
    source, lesson = notebooks.source_notebook(unit).encode(), notebooks.lesson_notebook(unit).encode()
    hints = notebooks.hints_file(unit).encode()
    state = digest(source, lesson, hints, _bytes(into / CONFIG), *_rules())
    files = [into / kind / unit.name / "exercises.ipynb" for kind in ("source", "release")]
    files += [into / "lessons" / unit.name / "lesson.ipynb"]
    files += [into / kind / unit.name / FILE for kind in ("source", "release")]
    if recorded and all(path.is_file() for path in files) and ledger.noted(f"unit {unit.name}") == state:
        return False
    with _put_back_on_failure(files[0].parent, files[1].parent):
        write(files[0], source)
        write(files[3], hints)  # nbgrader copies it into the release
        _generate(unit, into)
        _refuse_leaks(unit, files[1])
    write(files[2], lesson)
    ledger.note(f"unit {unit.name}", state)
    return True


def _recorded(into: Path) -> frozenset[str]:
    """The units that the course's gradebook knows; where there is none yet, none."""
    directory = CourseDirectory(config=_settings(into), root=str(into))
    address = directory.db_url
    path = file_of(address)
    if path is not None and not path.is_file():
        return frozenset()  # asking SQLite would make the file
    if (
        path is None and not directory.course_id
    ):  # the database insists on a row for the course, and nbgrader makes none
        raise AuthoringError(into / CONFIG, None, NAMELESS)
    try:
        with create_engine(address, poolclass=NullPool).connect() as database:
            if not inspect(database).has_table("assignment"):  # it was just begun
                return frozenset()
            return frozenset(database.execute(text("SELECT name FROM assignment")).scalars())
    except CANNOT_OPEN as error:
        raise AuthoringError(into, None, unusable(address, error)) from None


def _rules() -> list[bytes]:
    versions = [importlib.metadata.version(name) for name in ("nbgrader", "nbconvert", "nbformat")]
    return [*(Path(str(module.__file__)).read_bytes() for module in RULES), " ".join(versions).encode()]


@contextlib.contextmanager
def _put_back_on_failure(*folders: Path) -> Iterator[None]:
    """Leave the folders as they were when the block raises."""
    with tempfile.TemporaryDirectory() as spare:
        saved = [(folder, Path(spare) / str(number)) for number, folder in enumerate(folders)]
        for folder, copy in saved:
            if folder.exists():
                shutil.copytree(folder, copy)
        try:
            yield
        except BaseException:
            for folder, copy in saved:
                shutil.rmtree(folder, ignore_errors=True)
                if copy.exists():
                    shutil.copytree(copy, folder)
            raise


# --- nbgrader ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def environment_on_path() -> Iterator[None]:
    """Put this environment's commands on PATH: nbgrader calls ``alembic`` by bare name when it makes a gradebook."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _generate(unit: Unit, into: Path) -> None:
    """Have nbgrader make the student version, and say in one sentence what it says in a log."""
    said = _LastWords()
    settings = _settings(into)
    course = CourseDirectory(config=settings, root=str(into), assignment_id=unit.name, log=said.logger)
    generate = GenerateAssignment(coursedir=course, config=settings, force=True, log=said.logger)
    with environment_on_path(), children_without_ctrl_c():
        try:
            generate.start()
        except NbGraderException:
            raise AuthoringError(unit.folder, None, _reason(said.text)) from None


def _settings(into: Path) -> Config:
    try:
        settings: Config = PyFileConfigLoader(CONFIG, path=str(into)).load_config()
    except Exception as error:  # the settings are a program, and may raise anything
        raise AuthoringError(into / CONFIG, None, f"the course's settings raise {error!r}; mend them") from None
    return settings


def _reason(said: str) -> str:
    if "there are submissions associated with it" in said:
        return (
            "the gradebook holds submissions to this unit, so its cells can change but none can come or go; "
            "build into another folder"
        )
    return f"nbgrader cannot make the student version ({said or 'it does not say why'}); mend the unit or the settings"


class _LastWords(logging.Handler):
    """Keeps what an error log ends with: the exception's own line."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""
        self.logger = logging.Logger("nbgrader")
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if "Traceback" in message:
            self.text = message.strip().splitlines()[-1]


# --- nothing leaks ----------------------------------------------------------------------------------------------------


def _refuse_leaks(unit: Unit, release: Path) -> None:
    """Read the student version back, and refuse text that is not a student's to see."""
    if texts := sorted(release.parent.rglob("*.md")):
        raise AuthoringError(
            unit.folder / EXERCISES, None, f"{texts[0].name} would be released; take it out of source/"
        )
    cells = {cell["id"]: _source_of(cell) for cell in json.loads(release.read_text(encoding="utf-8"))["cells"]}
    for cell in unit.cells:
        for secret in _secrets(cell):
            if secret in cells.get(cell.id, ""):
                raise cell.error(
                    "the student version would show this; the settings must clear solutions and hidden tests"
                )
    for source in cells.values():
        if blanks.BEGIN in source or "BEGIN HIDDEN TESTS" in source:
            raise AuthoringError(unit.folder / EXERCISES, None, "the student version has marks of solutions or tests")


def _source_of(cell: Any) -> str:
    return "".join(cell["source"])


def _secrets(cell: Cell) -> list[str]:
    if cell.role == "answer":
        return [region.source.strip() for region in blanks.regions(cell.source)]
    return [cell.source] if cell.role in ("hidden", "manual") else []
