"""The one writer: of a submission that was run it makes gradebook rows and files, all of them or none.

Separate because everything before it can be done again at no loss. A transaction holds the marks, the comments and the
record that the submission is done; the files stand ready beside their place when it is committed, and are moved there
when it is (``staging`` says what happens if the run is killed in between).
"""

from __future__ import annotations

import contextlib
import errno
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.grading import graded_file, records, rows, staging
from autograder.grading.course import PRIVATE, transcript
from autograder.grading.errors import GradingError
from autograder.grading.gradebook import Ledger, connected
from autograder.grading.reports import GradedCell, graded_cells
from autograder.grading.submission import Assignment, Handed
from autograder.grading.work import Ran

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
"""What no other submission would escape either."""


class Failed(Exception):
    """A submission that was run, and could not be written down; the message is the reason."""


@dataclass(frozen=True)
class Written:
    """A submission that was written down.

    Args:
        cells: what the cells said that were marked by running them.
    """

    cells: tuple[GradedCell, ...]


class Writer:
    """Writes down what was run, in one thread.

    Args:
        assignment: what the submissions are of.
        ledger: the gradebook; in a rehearsal no file is written either.
    """

    def __init__(self, assignment: Assignment, ledger: Ledger) -> None:
        self.assignment, self.steps, self.ledger = assignment, assignment.steps, ledger

    def place(self, student: str) -> Path:
        """Where a student's graded work stands."""
        return self.assignment.course.path("autograded", student, self.assignment.name)

    def write(self, handed: Handed, ran: Ran) -> Written:
        """Write down one submission.

        Raises:
            Failed: this submission cannot be written down; nothing of it was.
            GradingError: none could; nothing of it was.
        """
        student, target = handed.task.student, self.place(handed.task.student)
        notebooks = [str(target / f"{name}.ipynb") for name in ran.notebooks]
        log = self.assignment.course.root / PRIVATE / "logs" / self.assignment.name / f"{student}.txt"
        with transcript(self.assignment.course.log) as said:
            try:
                self.steps.before(student, self.assignment.name, notebooks)
                with self.ledger.transaction() as gradebook:
                    graded = self._rows(gradebook, handed, ran)
                    files = self._files(handed, graded)
                    if not self.ledger.rehearsal:
                        staged = staging.stage(target, files, self.steps.mode, group=self.steps.group)
                        self._share()
                        entry = self._entry(handed, ran, staged)
                        records.set_graded(gradebook, self.assignment.name, student, entry)
                if not self.ledger.rehearsal:
                    staging.swap(target)
                    log.unlink(missing_ok=True)
                    self.steps.after(student, self.assignment.name, notebooks)
            except GradingError:
                self._take_back(target)
                raise
            except OSError as error:
                self._take_back(target)
                raise self._problem(error) from error
            except Exception as error:  # whatever a preprocessor of the course's can raise
                self._take_back(target)
                raise Failed(self._logged(error, log, said.getvalue())) from error
        return Written(tuple(cell for name, made in graded.items() for cell in graded_cells(name, made["cells"])))

    def _entry(self, handed: Handed, ran: Ran, files: str) -> records.Entry:
        return records.Entry(handed.state, files, self.assignment.limits_used, ran.seconds, ran.versions or None)

    def _rows(self, gradebook: Any, handed: Handed, ran: Ran) -> dict[str, Any]:
        """Write the rows; return the notebooks as they are to be kept."""
        student, shape = handed.task.student, self.assignment.shape
        with connected(gradebook) as connection:
            if self.steps.creates_students:
                rows.add_student(connection, student)
            elif not rows.has_student(connection, student):
                raise Failed(f"the gradebook knows no student {student}, and c.Autograde.create_student is False")
            rows.hand_in(connection, shape, student, handed.timestamp)
            rows.nothing_handed_in(connection, shape, student, set(shape.notebooks) - set(ran.notebooks))
        graded = {name: self._graded(student, name, text) for name, text in ran.notebooks.items()}
        for name, reasons in handed.doubts.items():
            if reasons:
                submitted = gradebook.find_submission_notebook(name, self.assignment.name, student)
                records.leave_open(submitted, reasons)
        return graded

    def _graded(self, student: str, name: str, text: str) -> Any:
        who = {"student": student, "assignment": self.assignment.name, "notebook": name}
        return self.steps.process(text, who, self.place(student), reporting=name in self.assignment.reporting)

    def _files(self, handed: Handed, graded: Mapping[str, Any]) -> dict[str, bytes]:
        """The files of the graded submission, by relative path."""
        made = {f"{name}.ipynb": _written(name, notebook) for name, notebook in graded.items()}
        return {**handed.others, **made}

    def _share(self) -> None:
        """Share the folder of all graded work with the group, as nbgrader does, where the course says so."""
        if self.steps.group:
            folder = self.assignment.course.path("autograded", ".", ".")
            with contextlib.suppress(PermissionError):  # it is somebody else's, who may have done so
                folder.chmod(folder.stat().st_mode & 0o7777 | 0o2770)

    def _take_back(self, target: Path) -> None:
        if not self.ledger.rehearsal:
            staging.discard(target)

    def _problem(self, error: OSError) -> Exception:
        where = f" ({error.filename})" if error.filename else ""
        if error.errno in FULL:
            return GradingError(
                f"Graded work cannot be written: {error.strerror}{where}; put that right, then run the same command "
                "again: what was graded before is kept"
            )
        return Failed(f"its graded files could not be written: {error.strerror}{where}")

    def _logged(self, error: Exception, log: Path, said: str) -> str:
        """Keep what was logged, and say why a submission could not be written down."""
        first = (str(error).splitlines() or [""])[0]
        if isinstance(error, Failed) or self.ledger.rehearsal:
            return first
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(said + "".join(traceback.format_exception(error)), encoding="utf-8")
        kept = log.relative_to(self.assignment.course.root)
        return f"a step of autograding stopped with {type(error).__name__}: {first}; the log is in {kept}"


def _written(name: str, notebook: Any) -> bytes:
    """A notebook as nbgrader would write it.

    Raises:
        Failed: it is none; feedback could not be made of it.
    """
    try:
        return graded_file.written(notebook)
    except nbformat.ValidationError as error:
        raise Failed(f"{name}.ipynb is no valid notebook after its run ({error.message[:200]})") from error
