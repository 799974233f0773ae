"""Run the cells of an exercise as a notebook would, without a kernel: in order, in one namespace, on past errors.

A cell's value is that of its last expression. Test cells are run once for each seed, at their place.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import signal
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

from autograder.authoring.model import Cell
from autograder.checks.costs import small_sizes_only
from autograder.checks.publish import Published, collecting

LARGE_SEEDS = 3
"""On how many seeds answers are also called at a size at which what they may not build does not fit."""

CPU_SECONDS = 20.0
"""How long one cell may compute; one that needs more would try a learner's patience too."""


@dataclass(frozen=True)
class Stumble:
    """An exception that a cell raised.

    Args:
        message: its type and text, in one line.
        line: the line of the unit's text where it happened.
    """

    message: str
    line: int


@dataclass(frozen=True)
class Outcome:
    """One run of one cell.

    Args:
        seed: the seed of its checks.
        value: what its last expression gave (None for a statement).
        stumble: the exception that ended it, if any.
        stderr: what it wrote there, warnings included.
        published: the reports of its checks.
    """

    seed: int
    value: Any
    stumble: Stumble | None
    stderr: str
    published: tuple[Published, ...]

    @property
    def tags(self) -> frozenset[str]:
        """The mistakes that its checks named."""
        return frozenset(item.report.tag for item in self.published if item.report.tag is not None)

    @property
    def message(self) -> str:
        """What its checks said, in one line."""
        return " ".join(item.report.message for item in self.published) or "no check spoke"


def play(cells: Sequence[Cell], seeds: Sequence[int]) -> Mapping[str, tuple[Outcome, ...]]:
    """Run cells in order.

    Args:
        cells: code cells, with the solution, the blank or a mistake in them.
        seeds: the seeds for test cells; others run once, with the first.

    Returns:
        The outcomes of each cell by its id.
    """
    return played(cells, seeds, namespace())


def played(cells: Sequence[Cell], seeds: Sequence[int], shared: dict[str, Any]) -> Mapping[str, tuple[Outcome, ...]]:
    """Run cells in order in a namespace, as :func:`play` does in a fresh one."""
    return {cell.id: tuple(_on_seeds(cell, seeds, shared)) for cell in cells}


def _on_seeds(cell: Cell, seeds: Sequence[int], shared: dict[str, Any]) -> Iterator[Outcome]:
    for number, seed in enumerate(seeds if cell.role in ("test", "hidden") else seeds[:1]):
        with small_sizes_only() if number >= LARGE_SEEDS else contextlib.nullcontext():
            yield run(cell, shared, seed)


def namespace() -> dict[str, Any]:
    """Return the names that a notebook begins with."""
    return {"__name__": "__main__", "display": lambda *_, **__: None}


@contextlib.contextmanager
def put_back(namespace: dict[str, Any]) -> Iterator[None]:
    """Bind every name afterwards to what it was bound to before."""
    before = dict(namespace)
    try:
        yield
    finally:
        namespace.clear()
        namespace.update(before)


def run(cell: Cell, namespace: dict[str, Any], seed: int, seconds: float | None = None) -> Outcome:
    """Run one cell in a namespace.

    Args:
        cell: a code cell.
        namespace: what was bound before; what the cell binds is added.
        seed: the seed of its checks.
        seconds: how long it may compute; by default :data:`CPU_SECONDS`.
    """
    seconds = CPU_SECONDS if seconds is None else seconds
    os.environ["MC_SEED"] = str(seed)
    said = io.StringIO()
    value, stumble = None, None
    with collecting() as published, _quietly(said):
        try:
            with _time_limit(seconds):
                value = _execute(cell, namespace)
        except (Exception, SystemExit) as error:
            stumble = _stumble(cell, error)
        except _TimeUpError:
            stumble = Stumble(f"it computes for more than {seconds:g} seconds", cell.line)
    return Outcome(seed, value, stumble, said.getvalue(), tuple(published))


def _execute(cell: Cell, namespace: dict[str, Any]) -> Any:
    body, last = _compiled(cell.source, _filename(cell))
    exec(body, namespace)
    return None if last is None else eval(last, namespace)


@lru_cache(maxsize=64)
def _compiled(source: str, filename: str) -> tuple[CodeType, CodeType | None]:
    """A cell's statements, and its last expression where it ends in one; a test runs on many seeds."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    body: CodeType = compile(tree, filename, "exec", dont_inherit=True)
    if not isinstance(last, ast.Expr):
        return body, None
    return body, compile(ast.Expression(last.value), filename, "eval", dont_inherit=True)


def _filename(cell: Cell) -> str:
    return f"<{cell.id}>"


def _stumble(cell: Cell, error: BaseException) -> Stumble:
    """Say what an exception was, and on which line of this cell."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, SyntaxError):
        return Stumble(text, cell.line + (error.lineno or 1) - 1)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == _filename(cell) and frame.lineno is not None]
    return Stumble(text, cell.line + (lines[-1] if lines else 1) - 1)


@contextlib.contextmanager
def _quietly(said: io.StringIO) -> Iterator[None]:
    """Keep what a cell prints off the screen, and in ``said`` what goes to stderr, which costs marks in nbgrader."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(said),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("default")
        yield
    said.writelines(f"{warning.category.__name__}: {warning.message}\n" for warning in warned)


class _TimeUpError(BaseException):
    """Not an Exception, so that no cell catches it."""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Stop a loop that never ends; counted in computing time, so that a busy machine makes no difference."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise _TimeUpError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
