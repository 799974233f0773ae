"""Grades one assignment of a course directory.

submitted/ --intake--> Task --Executor.run, several at a time--> Ran --one writer--> gradebook and autograded/

A student whose work cannot be read or run is listed with the reason and holds up nobody else. Reading and writing are
done by the thread that called; only running is done by others.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from pathlib import Path
from typing import Any

from autograder.grading import settings, staging
from autograder.grading.backup import back_up
from autograder.grading.course import PRIVATE, Course, open_course
from autograder.grading.errors import GradingError
from autograder.grading.flow import Pool, as_finished, pool_of
from autograder.grading.gradebook import Ledger
from autograder.grading.graded_under import other_than, versions_here
from autograder.grading.intake import SetAside, legible
from autograder.grading.prepare import choose, prepare
from autograder.grading.records import Entry, graded_entries, make_table
from autograder.grading.reports import GradedCell, count_mistakes, exercise_of, read_graded
from autograder.grading.result import Grading, Outcome, Progress
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.supervisor.executor import Sealed
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.grading.standing import Standing, extensions, standings
from autograder.grading.submission import Assignment, Found, Handed, find, read
from autograder.grading.versions import other_version
from autograder.grading.work import CannotRun, Executor, Ran, Task
from autograder.grading.write import Failed, Writer

Through = Generator[tuple[Task, Callable[[], Ran]], None, None]
"""Tasks that were run, each with a call that tells what came of it."""


def grade(
    course: Path,
    assignment: str,
    *,
    students: Collection[str] | None = None,
    jobs: int = 1,
    limits: Limits | Mapping[str, Any] | None = None,
    executor: Executor | None = None,
    isolation: Isolation | None = None,
    force: bool = False,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> Grading:
    """Grade what students handed in, and leave the course directory as nbgrader would.

    Submissions that were graded before are run again only if they, or the assignment, have changed since; that Python,
    numpy, sympy or mcourse have another version now is told, and no reason. Each one is committed by itself, and the
    gradebook is backed up before the first: a run that is stopped or killed loses nothing, and the next goes on from
    there.

    Args:
        course: an nbgrader course directory.
        assignment: the name of one of its assignments.
        students: grade only these; by default everybody.
        jobs: how many submissions are run at a time; with 1 everything is done in turn.
        limits: what a submission may use; a mapping sets some limits, over what ``nbgrader_config.py`` says.
        executor: what runs them; whoever gives one closes it. By default one that lives as long as the run.
        isolation: how that one keeps student code apart; by default what ``nbgrader_config.py`` says, or else in
            namespaces.
        force: run again what has not changed too.
        dry_run: run everything, write nothing, and tell what the marks would be.
        on_progress: called after each student.

    Returns:
        Who was graded and who was not, with reasons; marks, before and after; the commonest mistakes.

    Raises:
        GradingError: the run could not begin, or go on; the message says what to do.
        CannotIsolate: this machine cannot keep student code apart in that way; the message says what to do.
    """
    with open_course(course, looking=dry_run) as opened:
        opened.require(assignment)
        with opened.ledger(rehearsal=dry_run) as ledger:
            run = _Run(opened, assignment, ledger, looking=dry_run, limits=limits, force=force, say=on_progress)
            folders = choose(opened, assignment, students)
            ours = Sealed(settings.isolation(opened.config, isolation))
            run.grade(folders, ours if executor is None else nullcontext(executor), jobs)
            return run.result(folders)


def survey(course: Path, assignment: str, *, students: Collection[str] | None = None) -> Grading:
    """Tell how an assignment stands; nothing is run or written.

    Whoever handed in something else since the last run, or was never graded, is listed as failed, with that reason.

    Args:
        course: an nbgrader course directory.
        assignment: the name of one of its assignments.
        students: only these; everybody where nothing is said.

    Raises:
        GradingError: the course or its gradebook cannot be used, or one of the students handed in nothing.
    """
    with open_course(course, looking=True) as opened:
        opened.require(assignment)
        with opened.ledger() as ledger:
            run = _Run(opened, assignment, ledger, looking=True)
            folders = choose(opened, assignment, students)
            run.look(folders)
            return run.result(folders)


class _Run:
    """One run over one assignment: what it has found out so far."""

    def __init__(
        self,
        course: Course,
        name: str,
        ledger: Ledger,
        *,
        looking: bool,
        limits: Limits | Mapping[str, Any] | None = None,
        force: bool = False,
        say: Progress | None = None,
    ) -> None:
        self.ledger, self.on_progress, self.looking = ledger, say, looking
        self.outcomes: dict[str, tuple[Outcome, str]] = {}
        self.handed: dict[str, Handed] = {}
        self.cells: dict[str, tuple[GradedCell, ...]] = {}
        self.typed, self.force = bool(limits), force
        chosen = settings.chosen(course.config, limits or {})
        with ledger.reading() as gradebook:
            self.assignment: Assignment = prepare(course, name, gradebook, chosen, looking=self.looking)
            self.before = standings(gradebook, name)
            self.entries = graded_entries(gradebook, name)
            self.extensions = extensions(gradebook, name)
        self.writer = Writer(self.assignment, ledger)

    def look(self, folders: Mapping[str, Path]) -> None:
        """Tell what has changed."""
        self.total = len(folders)
        for task in self._tasks(dict(self._due(folders))):
            student = task.student
            why = (
                "it, or the assignment, has changed since it was graded"
                if student in self.entries
                else "it has not been graded yet"
            )
            self._say(student, "failed", f"{why}; run: mcourse grade {shlex.quote(self.assignment.name)}")

    def grade(self, folders: Mapping[str, Path], opening: AbstractContextManager[Executor], jobs: int) -> None:
        """Grade what has changed; the executor is opened only if something has."""
        self.total = len(folders)
        due = dict(self._due(folders))
        if not due:
            return
        course = self.assignment.course
        if not self.looking:
            with self.ledger.transaction() as gradebook:  # a locked or read-only one is told before anything is run
                make_table(gradebook)
            back_up(self.ledger.url, course.root / PRIVATE / "backups")
        with ExitStack() as stack:
            executor = stack.enter_context(opening)
            alone = jobs == 1 and not isinstance(executor, Pool)
            tasks = self._tasks(due)
            through = _in_turn(tasks, executor) if alone else _at_once(tasks, executor, jobs)
            for task, outcome in stack.enter_context(closing(through)):
                self._finish(self.handed.pop(task.student), outcome)

    def _due(self, folders: Mapping[str, Path]) -> Iterator[tuple[str, Found]]:
        """What is to be run; the others are done with."""
        for student, folder in folders.items():
            try:
                found = find(self.assignment, folder, self.extensions.get(student, ""))
            except SetAside as error:
                self._say(student, "set aside", str(error))
                continue
            done = self._is_done(student, found.state)
            if done and not self.force:
                self._say(student, "unchanged")
            else:
                yield student, found

    def _is_done(self, student: str, state: str) -> bool:
        """Whether this very work is graded and everything of it is there; what a killed run began is settled."""
        entry: Entry | None = self.entries.get(student)
        target = self.writer.place(student)
        if self.looking:
            whole = entry is not None and staging.is_committed(target, entry.files)
        else:
            whole = staging.settle(target, entry.files if entry else None)
        if not whole or entry is None or student not in self.extensions:
            return False
        return entry.state == state and (not self.typed or entry.limits == self.assignment.limits_used)

    def _tasks(self, due: Mapping[str, Found]) -> Iterator[Task]:
        """Read submissions, each when there is somebody to run it."""
        for student, found in due.items():
            try:
                handed = read(self.assignment, student, found)
            except SetAside as error:
                self._say(student, "set aside", str(error))
                continue
            except Exception as error:  # whatever a library can stumble over in what a student thought up
                self._say(student, "failed", f"reading it stopped with {type(error).__name__}: {error}")
                continue
            self.handed[student] = handed
            yield handed.task

    def _finish(self, handed: Handed, outcome: Callable[[], Ran]) -> None:
        """Write down a submission that was run."""
        student = handed.task.student
        try:
            self.cells[student] = self.writer.write(handed, outcome()).cells
        except (CannotRun, Failed) as error:
            self._say(student, "failed", str(error))
        except GradingError:
            raise
        except Exception as error:  # whatever an executor can stumble over; the others go on
            self._say(student, "failed", f"running it stopped with {type(error).__name__}: {error}")
        else:
            self._say(student, "graded")

    def _say(self, student: str, outcome: Outcome, reason: str = "") -> None:
        self.outcomes[student] = outcome, legible(reason)
        if self.on_progress is not None:
            self.on_progress(student, outcome, len(self.outcomes), self.total)

    def result(self, folders: Mapping[str, Path]) -> Grading:
        """Read the marks of everybody who has some."""
        assignment, worth = self.assignment, self.assignment.worth
        with self.ledger.reading() as gradebook:
            after = standings(gradebook, assignment.name)
            entries = graded_entries(gradebook, assignment.name)
        marked = sorted(
            student for student, (outcome, _) in self.outcomes.items() if outcome in ("graded", "unchanged")
        )
        cells = {student: self._cells(student) for student in marked}
        ignore = assignment.course.directory.ignore
        versions = {student: other_version(folders[student], assignment.plans, ignore) for student in marked}
        reasons = {student: _reasons(after[student], cells[student]) for student in marked}
        return Grading(
            assignment=assignment.name,
            cells=worth,
            graded=self._those("graded"),
            unchanged=self._those("unchanged"),
            set_aside=self._why("set aside"),
            failed=self._why("failed"),
            marks={student: {cell: after[student].marks[cell] for cell in worth} for student in marked},
            scores={student: after[student].score for student in marked},
            reasons={student: why for student, why in reasons.items() if why},
            mistakes=count_mistakes(cells.values()),
            seconds={student: entries[student].seconds for student in marked if student in entries},
            versions={student: version for student, version in versions.items() if version},
            graded_under=_other_versions(entries, self._those("unchanged")),
            before={student: self.before[student].marks for student in folders if student in self.before},
            scores_before={student: self.before[student].score for student in folders if student in self.before},
        )

    def _cells(self, student: str) -> tuple[GradedCell, ...]:
        return self.cells[student] if student in self.cells else read_graded(self.writer.place(student))

    def _those(self, wanted: Outcome) -> tuple[str, ...]:
        return tuple(sorted(student for student, (outcome, _) in self.outcomes.items() if outcome == wanted))

    def _why(self, wanted: Outcome) -> dict[str, str]:
        return {student: self.outcomes[student][1] for student in self._those(wanted)}


def _other_versions(entries: Mapping[str, Entry], students: Collection[str]) -> dict[str, str]:
    """Under which versions work was graded that are not those here, where that is known."""
    recorded = {student: entries[student].versions or "" for student in students}
    found = {student: other_than(versions_here(), said) for student, said in recorded.items() if said}
    return {student: said for student, said in found.items() if said}


def _reasons(standing: Standing, cells: Collection[GradedCell]) -> dict[str, str]:
    """Why a student's marks are left to a person, by exercise."""
    said = {exercise_of(cell.name): cell.why for cell in cells if cell.why}
    return {exercise: why for exercise, why in (said | standing.reasons).items() if exercise in standing.waiting}


def _in_turn(tasks: Iterator[Task], executor: Executor) -> Through:
    """Run one task after another, in this thread."""
    for task in tasks:
        yield task, lambda task=task: executor.run(task)  # type: ignore[misc]  # mypy cannot infer a default


def _at_once(tasks: Iterator[Task], executor: Executor | Pool[Task, Ran], jobs: int) -> Through:
    """Run several tasks at a time, and hand each on when it is through."""
    with pool_of(executor, jobs) as pool, closing(as_finished(tasks, pool)) as through:
        for task, future in through:
            yield task, future.result
