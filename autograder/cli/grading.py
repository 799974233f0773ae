"""The options of ``mcourse grade``, and what it says of a rehearsal.

The limits of a submission are options by themselves: their names, meanings, units and defaults are read from the table
that the executor keeps to, when somebody grades or asks for help.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # grading imports nbgrader, which takes two seconds
    from autograder.grading.result import Grading
    from autograder.grading.sealed.launch import Isolation
    from autograder.grading.work import Executor

UNITS = {"byte": ("SIZE", " MB"), "second": ("SECONDS", " s"), "time": ("SECONDS", " s")}
"""How a limit is measured, by a word of what it says of itself: what to type, and how the default is shown."""


class Limited(click.Command):
    """A command whose last options are the limits of a submission."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options that were written down, and one for each limit."""
        return [*super().get_params(ctx), *limit_options()]


class Amount(click.ParamType[Any]):
    """A number, or an amount such as ``64MB``."""

    def __init__(self, limit: str, name: str) -> None:
        self.limit, self.name = limit, name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read what was typed."""
        from autograder.grading.errors import GradingError
        from autograder.grading.settings import amount

        try:
            return amount(self.limit, value)
        except GradingError as error:
            self.fail(str(error), param, ctx)


def limit_options() -> list[click.Option]:
    """One option for each limit."""
    from autograder.grading.sealed.limits import Limits

    said = explained(inspect.getdoc(Limits) or "")
    return [_option(limit.name, limit.default, said[limit.name]) for limit in fields(Limits)]


def _option(name: str, default: Any, meaning: str) -> click.Option:
    kind, unit = next((units for word, units in UNITS.items() if word in meaning), ("NUMBER", ""))
    shown = f"{default / 1e6:g}" if unit == " MB" else f"{default:g}" if default < 10_000 else f"{default:,}"
    help_ = f"Limit: {meaning}.  [{shown}{unit}]"
    return click.Option([f"--{name.replace('_', '-')}", name], type=Amount(name, kind), metavar=kind, help=help_)


def explained(text: str) -> dict[str, str]:
    """Read what a docstring says of each argument.

    >>> explained('''Bounds.
    ...
    ...     Args:
    ...         memory: bytes of
    ...             address space.
    ...         depth: how deep.
    ... ''')
    {'memory': 'bytes of address space', 'depth': 'how deep'}
    """
    arguments = inspect.cleandoc(text.partition("Args:\n")[2])
    found = re.findall(r"^(\w+): (.*(?:\n .*)*)", arguments, re.MULTILINE)
    return {name: " ".join(meaning.split()).rstrip(".") for name, meaning in found}


@contextlib.contextmanager
def cluster(address: str | None, course: Path, isolation: Isolation | None) -> Iterator[Executor | None]:
    """The cluster at an address, for as long as the block lasts; without one the grader runs everything itself."""
    if address is None:
        yield None
        return
    from autograder.cli.screen import say
    from autograder.grading import settings
    from autograder.grading.cluster import Cluster
    from autograder.grading.course import open_course
    from autograder.grading.sealed import Sealed

    with open_course(course, looking=True) as opened:
        way = settings.isolation(opened.config, isolation)
    with Cluster(address, partial(Sealed, way)) as executor:
        say(f"The cluster at {address} takes {executor.room} submissions at a time.")
        yield executor


def getting_warm(isolation: str | None) -> contextlib.AbstractContextManager[None]:
    """Have the process that runs submissions get warm while the block imports what grading needs here."""
    from autograder.grading.sealed.ahead import warming

    return warming("process" if isolation == "process" else "namespaces")


def isolation_here() -> str:
    """The best way to keep student code apart on this machine; says so where it is not the usual one."""
    from autograder.cli.screen import say
    from autograder.grading.sealed.sandbox import why_not

    reason = why_not()
    if reason:
        say(f"{reason}. The class of this demonstration is invented, so it is graded like that.")
    return "process" if reason else "namespaces"


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def summary(grading: Grading) -> str:
    """Say how many submissions ended in which way.

    >>> from autograder.grading.result import Grading
    >>> summary(Grading("ps1", graded=("ada",), failed={"bob": "..."}))
    'ps1: 1 graded, 0 unchanged, 0 set aside, 1 failed.'
    """
    counts = {
        "graded": grading.graded,
        "unchanged": grading.unchanged,
        "set aside": grading.set_aside,
        "failed": grading.failed,
    }
    return f"{grading.assignment}: {', '.join(f'{len(students)} {name}' for name, students in counts.items())}."


def other_versions(grading: Grading) -> str:
    """Say how many submissions were graded under other versions than those here; empty where none was.

    >>> from autograder.grading.result import Grading
    >>> print(other_versions(Grading("ps1", graded_under={"ada": "numpy 1.26.4, sympy 1.13", "bob": "Python 3.11"})))
    Some work was graded under other versions than those here, and is kept as it is: 1 submission (numpy 1.26.4,
    sympy 1.13), 1 submission (Python 3.11); mcourse grade ps1 --force grades it again, and with --dry-run shows what
    would change.
    """
    if not grading.graded_under:
        return ""
    counts = Counter(grading.graded_under.values()).most_common()
    which = ", ".join(f"{count} submission{'s' if count > 1 else ''} ({said})" for said, count in counts)
    return (
        f"Some work was graded under other versions than those here, and is kept as it is: {which}; mcourse grade "
        f"{grading.assignment} --force grades it again, and with --dry-run shows what would change."
    )


def changes(grading: Grading) -> list[tuple[str, str, str, str]]:
    """Tell what a run changes: student, total before, total after, and the cells whose marks differ.

    >>> from autograder.grading.result import Grading
    >>> marks = {"ada": {"a": 1.0, "b": None}}
    >>> before = {"ada": {"a": 2.0, "b": None}}
    >>> totals = {"scores": {"ada": 1.0}, "scores_before": {"ada": 2.0}}
    >>> changes(Grading("ps1", graded=("ada",), marks=marks, before=before, **totals))
    [('ada', '2', '1', 'a: 2 → 1')]
    """
    out = []
    for student in grading.students:
        old, new = grading.before.get(student, {}), grading.marks.get(student, {})
        pairs = {cell: (_mark(old, cell), _mark(new, cell)) for cell in new}
        cells = [f"{cell}: {was} → {becomes}" for cell, (was, becomes) in pairs.items() if was != becomes]
        what = "\n".join(cells) if old else "no marks before"
        out.append((student, _total(grading.scores_before, student), _total(grading.scores, student), what))
    return out


def _total(scores: Mapping[str, float], student: str) -> str:
    return f"{scores[student]:g}" if student in scores else "–"


def _mark(marks: Mapping[str, float | None], cell: str) -> str:
    if cell not in marks:
        return "none"
    return "by hand" if marks[cell] is None else f"{marks[cell]:g}"
