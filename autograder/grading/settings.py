"""What a submission may use: as it is typed, as the course's configuration says, or else as it comes.

In ``nbgrader_config.py``::

    c.MCourse.limits = {"cell_seconds": 120, "memory": "2 GB"}
    c.MCourse.isolation = "process"  # on a machine without namespaces
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, cast, get_args

from traitlets.config import Config

from autograder.grading.errors import GradingError
from autograder.grading.sealed.limits import Limits
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.nearest import did_you_mean

SIZES = frozenset(("memory", "file_size", "scratch", "message"))
"""Limits in bytes."""

FEWEST = 100_000
"""Fewer bytes than these are a number whose unit was forgotten: nothing fits into 1000, and marks would be lost."""

UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}

SETTINGS = ("limits", "isolation")
"""What a course may set of ``c.MCourse``."""

NAMES = tuple(field.name for field in fields(Limits))

WHOLE = frozenset(field.name for field in fields(Limits) if isinstance(field.default, int))
"""Limits that are counted: their values are whole numbers."""


def isolation(config: Config, given: Isolation | None) -> Isolation:
    """Decide how student code is kept apart.

    Raises:
        GradingError: the course's configuration names a way that there is not.
    """
    said = given or (config.MCourse.isolation if "isolation" in config.MCourse else "namespaces")
    for way in get_args(Isolation):
        if way == said:
            return cast(Isolation, way)
    raise GradingError(f"c.MCourse.isolation is {said!r}; write one of {', '.join(map(repr, get_args(Isolation)))}")


def chosen(config: Config, given: Limits | Mapping[str, Any]) -> Limits:
    """Decide on the limits of a run.

    Args:
        config: the instructor's; ``c.MCourse.limits`` is read, and nbgrader's own ``c.Execute.timeout``, where one is
            set, is the time for a cell.
        given: limits that count as they are, or some by name, over the course's own.

    Raises:
        GradingError: a limit is unknown, or its value is none.
    """
    if isinstance(given, Limits):
        return given
    if unknown := sorted(set(config.MCourse) - set(SETTINGS)):
        raise GradingError(f"There is no setting c.MCourse.{unknown[0]}; there are {', '.join(SETTINGS)}")
    own = config.MCourse.limits if "limits" in config.MCourse else {}
    if not isinstance(own, Mapping):
        raise GradingError(f'c.MCourse.limits is {own!r}; write the limits by name, such as {{"cell_seconds": 120}}')
    own = dict(own)
    timeout = config.Execute.timeout if "timeout" in config.Execute else None
    if isinstance(timeout, int) and timeout > 0:
        own.setdefault("cell_seconds", timeout)
    return _read(given, "", replace_in=_read(own, "c.MCourse.limits: ", replace_in=Limits()))


def _read(said: Mapping[str, Any], where: str, *, replace_in: Limits) -> Limits:
    values = {}
    for name, value in said.items():
        if name not in NAMES:
            raise GradingError(f"{where}there is no limit {name!r}; {did_you_mean(str(name), NAMES)}")
        values[name] = amount(name, value, where)
    try:
        return replace(replace_in, **values)
    except ValueError as error:
        raise GradingError(f"{where}{error}") from error


def amount(name: str, value: object, where: str = "") -> Any:
    """Read the value of a limit: a number, or text such as ``64 MB``.

    >>> amount("memory", "2 GB"), amount("cell_seconds", 1.5)
    (2000000000, 1.5)

    Raises:
        GradingError: it is none.
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*([kmg]b|)\s*", "" if isinstance(value, bool) else str(value).lower())
    try:
        number = float(found[1]) * UNITS[found[2]] if found else float("nan")
    except ValueError:
        number = float("nan")
    if math.isnan(number):
        wanted = "an amount, such as 64MB" if name in SIZES else "a number that is not negative, such as 120"
        raise GradingError(f"{where}{name} is {value!r}; give {wanted}")
    if found and not found[2] and name in SIZES and number < FEWEST:
        raise GradingError(f"{where}{name} is {value!r}, a number of bytes; say what it counts, such as {number:g}MB")
    return int(number) if name in WHOLE else number
