"""The options of ``mcourse grade`` that bound a submission: one for each limit.

Their names, meanings, units and defaults are read from the table that the executor keeps to, when somebody grades or
asks for help.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import Any

import click

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
