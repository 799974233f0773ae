"""The sealed executor as one of nbgrader's preprocessors, for its own commands and Formgrader's Autograde button.

A course sets it in ``c.Autograde.autograde_preprocessors``, with ``SaveMarks`` (``save.py``) in the place of nbgrader's
own; ``course/nbgrader_config.py``, which built courses have, shows the whole list.
"""

from __future__ import annotations

import atexit
import threading
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute

from autograder.grading.course import Course
from autograder.grading.identity import environment
from autograder.grading.prepare import prepare
from autograder.grading.rebuild import rebuild
from autograder.grading.save import told_of
from autograder.grading.sealed.supervisor.executor import Sealed
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.grading.settings import chosen, isolation
from autograder.grading.submission import Assignment
from autograder.grading.work import Task

_warm: dict[Isolation, Sealed] = {}
_lock = threading.Lock()


class RunSealed(Execute):  # type: ignore[misc]  # nbgrader ships no types
    """Runs a notebook as ``mcourse grade`` does: the student's cells sealed off, tests where they cannot see them."""

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        """Run one notebook.

        Raises:
            GradingError: the course's configuration is wrong.
            CannotIsolate: this machine cannot keep student code apart in the way that it should.
            CannotRun: it was not run.
        """
        who = resources["nbgrader"]
        folder = Path(resources["metadata"]["path"])
        assignment = self._assignment(who)
        plans = assignment.plans[who["notebook"]]
        rebuilt = rebuild(nb.cells, plans)
        rebuilt.metadata = nb.metadata
        task = Task(
            student=who["student"],
            assignment=who["assignment"],
            notebooks={who["notebook"]: nbformat.v4.writes(rebuilt)},
            plans={who["notebook"]: plans},
            handed_in=_others(folder, assignment),
            own_files=assignment.own_files,
            environment=environment(assignment.secret, who["student"], who["assignment"])
            | {"NBGRADER_EXECUTION": "autograde"},
            limits=assignment.limits,
        )
        ran = executor(isolation(self.config, None)).run(task)
        notebook = nbformat.v4.reads(ran.notebooks[who["notebook"]])
        resources["mcourse"] = told_of(notebook.cells, reporting=who["notebook"] in assignment.reporting)
        return notebook, resources

    def _assignment(self, who: dict[str, str]) -> Assignment:
        directory = CourseDirectory(config=self.config)
        course = Course(Path(directory.root), self.config, self.log)
        with Gradebook(who["db_url"], directory.course_id) as gradebook:
            return prepare(course, who["assignment"], gradebook, chosen(self.config, {}), looking=False)


def executor(way: Isolation) -> Sealed:
    """The executor of this process; it starts when it is first wanted and ends with the process."""
    with _lock:
        if way not in _warm:
            made = Sealed(way)
            made.__enter__()
            atexit.register(made.__exit__, None, None, None)
            _warm[way] = made
        return _warm[way]


def _others(folder: Path, assignment: Assignment) -> dict[str, bytes]:
    """What the student handed in beside the notebooks; nbgrader has put the assignment's own files among it."""
    kept = assignment.steps.kept(assignment.name)
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb"
        if name not in assignment.own_files or name in kept
    }
