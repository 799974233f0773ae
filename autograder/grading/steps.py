"""The preprocessors that a course's configuration has nbgrader run on a graded notebook, all but the executing one.

Separate because they are nbgrader's to configure and ours to call: they are made as nbgrader's own ``Autograde`` makes
them, once for a run, and called on a notebook in memory, where nbgrader reads and writes a file for each pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import fastjsonschema
from nbconvert.exporters.exporter import ResourcesDict
from nbgrader.converters import Autograde
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, LimitOutput, SaveAutoGrades
from traitlets.utils.importstring import import_item

from autograder.grading import graded_file
from autograder.grading.course import Course
from autograder.grading.intake import SetAside
from autograder.grading.late import LatePenalties
from autograder.grading.save import SaveMarks, told_of


class CheckMetadata(CheckCellMetadata):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's own check of its metadata, with the schema compiled once and not for every cell."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._validator = MetadataValidator()
        self._check = fastjsonschema.compile(self._validator.schema)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Check every cell that has nbgrader's metadata; where one fails, nbgrader's own check says so."""
        try:
            version = self._validator.schema_version
            for own in (cell["metadata"]["nbgrader"] for cell in nb["cells"] if "nbgrader" in cell["metadata"]):
                if own.get("schema_version") != version:
                    return tuple(super().preprocess(nb, resources))
                self._check(own)
        except fastjsonschema.JsonSchemaException:
            return tuple(super().preprocess(nb, resources))
        return nb, resources


class LimitText(LimitOutput):  # type: ignore[misc]  # nbgrader ships no types
    """nbgrader's own limits on what is printed, for the cells that have something of the kind."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Shorten what is too long."""
        for place, cell in enumerate(nb["cells"]):
            if any(output["output_type"] in ("stream", "error") for output in cell.get("outputs", ())):
                nb["cells"][place], resources = self.preprocess_cell(cell, resources, place)
        return nb, resources


OURS = {
    SaveAutoGrades: SaveMarks,
    AssignLatePenalties: LatePenalties,
    CheckCellMetadata: CheckMetadata,
    LimitOutput: LimitText,
}
"""What takes the place of nbgrader's own; a class that an instructor derived from these is left alone."""


class Steps:
    """The preprocessors of a course, and what else its configuration says of autograding.

    Args:
        course: the open course.
    """

    def __init__(self, course: Course) -> None:
        self._directory = course.directory
        self._converter = Autograde(coursedir=self._directory, config=deepcopy(course.config), log=course.log)
        self._url: str = self._directory.db_url
        self._exporter = self._converter.exporter_class(parent=self._converter, config=self._converter.config)
        self._before = self._made(kind for kind in self._converter.sanitize_preprocessors if not _is_nbgraders(kind))
        self._after = self._made(self._converter.autograde_preprocessors)

    def _made(self, configured: Iterable[Any]) -> list[Any]:
        """Make steps as nbgrader's exporter makes them, all but the executing one."""
        kinds = [import_item(kind) if isinstance(kind, str) else kind for kind in configured]
        self._exporter._preprocessors = []
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, Execute)):
                self._exporter.register_preprocessor(OURS.get(kind, kind))
        return list(self._exporter._preprocessors)

    @property
    def mode(self) -> int:
        """The permissions of graded files."""
        return int(str(self._converter.permissions), 8)

    @property
    def group(self) -> bool:
        """Whether folders are shared with the group."""
        return bool(self._directory.groupshared)

    @property
    def creates_students(self) -> bool:
        """Whether a student whom the gradebook does not know is added to it."""
        return bool(self._converter.create_student)

    def kept(self, assignment: str) -> frozenset[str]:
        """The files of an assignment that a submission may replace."""
        return frozenset(self._converter.exclude_overwriting.get(assignment, ()))

    def settings(self) -> str:
        """All that is configured of the steps, as text: when it changes, marks may."""
        config, steps = self._converter.config, [*self._before, *self._after]
        sections = {name for step in steps for name in _sections(step)}
        told = {name: repr(config[name]) for name in sections if name in config}
        return json.dumps([[_spelled(step) for step in steps], told], sort_keys=True)

    def before(self, student: str, assignment: str, notebooks: list[str]) -> None:
        """Call the instructor's hook before a submission is converted."""
        self._told(student, assignment, notebooks)
        self._converter.run_pre_convert_hook()

    def after(self, student: str, assignment: str, notebooks: list[str]) -> None:
        """Call the instructor's hook after a submission was converted."""
        self._told(student, assignment, notebooks)
        self._converter.run_post_convert_hook()

    def _told(self, student: str, assignment: str, notebooks: list[str]) -> None:
        self._directory.student_id, self._directory.assignment_id = student, assignment
        self._converter.notebooks = notebooks

    def sanitize(self, notebook: Any, who: Mapping[str, str], folder: Path) -> Any:
        """Take a rebuilt notebook through what a course does with a submission before it is run.

        nbgrader's own steps of that kind are not among these: a notebook that is rebuilt has nothing left to mend.

        Raises:
            SetAside: a step stopped; the message says which.
        """
        resources = self._resources(who, folder)
        for step in self._before:
            try:
                notebook, resources = step(notebook, resources)
            except Exception as error:  # whatever an instructor's step can raise
                first = (str(error).splitlines() or [""])[0]
                raise SetAside(
                    f"{_spelled(step)}, a step of this course, stopped with {type(error).__name__}: {first}"
                ) from error
        return notebook

    def process(self, text: str, who: Mapping[str, str], folder: Path, *, reporting: bool) -> Any:
        """Take a notebook that was run through every step.

        Args:
            text: the notebook, as JSON.
            who: ``student``, ``assignment`` and ``notebook``.
            folder: where nbgrader would look for it.
            reporting: whether every check in it reports.

        Returns:
            The notebook as it is to be kept.
        """
        notebook = graded_file.read(text)
        resources = self._resources(who, folder)
        resources["mcourse"] = told_of(notebook.cells, reporting=reporting)
        for step in self._after:
            notebook, resources = step(notebook, resources)
        return notebook

    def _resources(self, who: Mapping[str, str], folder: Path) -> ResourcesDict:
        """What nbgrader tells a step besides the notebook."""
        return ResourcesDict(
            unique_key=who["notebook"],
            output_files_dir=f"{who['notebook']}_files",
            nbgrader={**who, "db_url": self._url},
            metadata=ResourcesDict(name=who["notebook"], path=str(folder)),
        )


def _sections(step: object) -> list[str]:
    """The names under which a step, and a plugin that it uses, are configured."""
    kinds = [type(step), getattr(step, "plugin_class", type(step))]
    return [kind.__name__ for made in kinds for kind in made.__mro__ if hasattr(kind, "class_traits")]


def _is_nbgraders(kind: Any) -> bool:
    return (kind if isinstance(kind, str) else str(getattr(kind, "__module__", ""))).startswith("nbgrader.")


def _spelled(step: object) -> str:
    return f"{type(step).__module__}.{type(step).__qualname__}"
