"""Turns whatever goes wrong into one sentence on stderr and an exit status that is not 0."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import click

SHOW_TRACEBACK = "MCOURSE_TRACEBACK"


class Sentences(click.Group):
    """A group of commands none of which shows a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; say in a sentence why it could not do what was asked."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal may have no sign for what is shown
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except KeyboardInterrupt:
            click.echo("Stopped before the end; run the same command again to finish.", err=True)
            ctx.exit(130)
        except Exception as error:
            if os.environ.get(SHOW_TRACEBACK):
                raise
            raise click.ClickException(sentence(error)) from error


def sentence(error: Exception) -> str:
    """Say what an exception means for the person who typed the command.

    Our own exceptions are written for that person already; they are known by their module, so that no command has to
    import what only another one needs.

    >>> sentence(FileNotFoundError(2, "No such file or directory", "ps1.csv"))
    'ps1.csv: no such file or directory; put that right, then run the same command again'
    >>> sentence(OSError(28, "No space left on device"))
    'Something cannot be read or written: no space left on device; put that right, then run the same command again'
    """
    if type(error).__module__.startswith("autograder."):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        lower = f"{error.strerror[:1].lower()}{error.strerror[1:]}"
        what = f"{error.filename}: {lower}" if error.filename else f"Something cannot be read or written: {lower}"
        return f"{what}; put that right, then run the same command again"
    return (
        f"This should not have happened ({type(error).__name__}: {error}); to see where, set {SHOW_TRACEBACK}=1 and "
        "run it again, and please report it"
    )
