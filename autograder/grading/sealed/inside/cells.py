"""Runs cells in the one shell of a process, and tells their errors.

IPython's own traceback takes 30 to 130 ms, and its way of running a cell a millisecond; a notebook has fifty cells, and
each of its two processes runs them.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import CodeType
from typing import Any

from IPython.core.interactiveshell import ExecutionResult

from autograder.grading.sealed import names
from autograder.grading.sealed.crossing.raised import text_of
from autograder.grading.sealed.inside.outputs import Outputs, Stream

MOST_FRAMES = 12
OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
"""Whose lines say nothing to whoever reads an error."""
IPYTHONS = ("__future__", "await", "async")
"""Words in cells that IPython runs in a way of its own."""
_KEPT: dict[str, tuple[CodeType, ...]] = {}
"""What rehearsed cells were compiled to: every fork of a template runs them, under whatever number."""


@dataclass(frozen=True)
class Ran:
    """What running a cell came to.

    Args:
        outputs: in the shape that notebooks have.
        failed: whether it ended with an exception.
        value: what it ended with.
    """

    outputs: list[dict[str, Any]]
    failed: bool
    value: Any


class Cells:
    """Runs cells in the one shell of this process.

    Args:
        shell: made by ``make_shell`` (``shell.py``).
        remembering: whether what was typed is to be had again, as ``In`` and ``_i``.
    """

    def __init__(self, shell: Any, remembering: bool = True) -> None:
        self.shell = shell
        self.remembering = remembering
        self.parsed: tuple[str, ast.Module | None] = ("", ast.Module([], []))

    @property
    def namespace(self) -> dict[str, Any]:
        """The names of the notebook."""
        return self.shell.user_ns  # type: ignore[no-any-return] # a dict

    def run(self, source: str, quiet: bool = False) -> Ran:
        """Run one cell.

        Args:
            source: its text, with magics.
            quiet: nothing that it puts out is wanted; nor are its figures drawn.
        """
        outputs = self.shell.outputs
        outputs.start()
        outputs.quiet = quiet
        with streams(outputs), self._undrawn(quiet):
            tree = self._ordinary(source)
            failed, value = self._by_shell(source) if tree is None else self._by_ourselves(source, tree)
        return Ran(outputs.taken(), failed, None if failed else value)

    def rehearse(self, source: str) -> None:
        """Run a cell for what that leaves in caches; it is kept compiled, unless the compiler has anything to say."""
        self.run(source, quiet=True)
        names.remember(self.plain(source))
        tree = self._ordinary(source)
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("error")
            if isinstance(tree, ast.Module) and ast.parse(source):
                _KEPT[source] = tuple(_steps(tree, ""))

    def _ordinary(self, source: str) -> ast.Module | tuple[CodeType, ...] | None:
        """The cell as a tree where it is Python alone, and nobody wants to change it before it runs; or compiled."""
        shell = self.shell
        if shell.ast_transformers or shell.input_transformers_post or any(word in source for word in IPYTHONS):
            return None
        if source in _KEPT:
            return _KEPT[source]
        if self.parsed[0] != source:
            try:
                self.parsed = source, ast.parse(source)
            except Exception:
                self.parsed = source, None
        return self.parsed[1]

    def _by_shell(self, source: str) -> tuple[bool, Any]:
        """Run a cell as IPython does: it reads magics, and tells what is wrong with the text."""
        result = self.shell.run_cell(source, store_history=True)
        return not result.success, result.result

    def _by_ourselves(self, source: str, tree: ast.Module | tuple[CodeType, ...]) -> tuple[bool, Any]:
        """Run a cell that is Python alone: the same steps, without what takes a millisecond and is not needed here."""
        shell = self.shell
        if self.remembering:
            shell.history_manager.store_inputs(shell.execution_count, source)
        else:
            shell.history_manager.input_hist_parsed.append(source)  # where it is seen whether a cell ends with ";"
        made: Any = ExecutionResult  # IPython says that it is typed
        holder = shell.displayhook.exec_result = made(None)
        failed = False
        sys.displayhook = shell.displayhook  # IPython leaves none behind when it has run a cell
        try:
            shell.events.trigger("pre_execute")
            shell.events.trigger("pre_run_cell", holder)
            for code in _steps(tree, shell.compile.cache(source, shell.execution_count, raw_code=source)):
                exec(code, self.namespace)
        except BaseException:
            failed = True
            shell.showtraceback()
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", holder)
        shell.execution_count += 1
        return failed, holder.result

    def plain(self, source: str) -> str:
        """The text of a cell with its magics turned into calls, for whoever wants to know its names."""
        if self._ordinary(source) is not None:
            return source
        try:
            return str(self.shell.transform_cell(source))
        except Exception:  # no Python, and no magics either
            return source

    def line_of(self, error: BaseException) -> str:
        """The last line in a cell that an exception went through."""
        cells = self.shell.cell_numbers()
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in cells]
        return linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip() if frames else ""

    @contextmanager
    def _undrawn(self, quiet: bool) -> Iterator[None]:
        formatter: Any = self.shell.display_formatter
        if quiet:
            formatter.format = lambda *_, **__: ({}, {})
        try:
            yield
        finally:
            if quiet:
                del formatter.format


def _steps(cell: ast.Module | tuple[CodeType, ...], name: str) -> Iterator[CodeType]:
    """What to run, one after the other: the value of a last statement that is an expression is shown."""
    if not isinstance(cell, ast.Module):
        yield from (_moved(code, name) for code in cell)
        return
    last = cell.body[-1] if cell.body and isinstance(cell.body[-1], ast.Expr) else None
    body = cell.body if last is None else cell.body[:-1]
    if body:
        yield compile(ast.Module(body, []), name, "exec", dont_inherit=True)
    if last is not None:
        yield compile(ast.Interactive([last]), name, "single", dont_inherit=True)


def _moved(code: CodeType, name: str) -> CodeType:
    """Code as if it had been compiled from the file of this name."""
    inner = tuple(_moved(part, name) if isinstance(part, CodeType) else part for part in code.co_consts)
    return code.replace(co_filename=name, co_consts=inner)


@contextmanager
def streams(outputs: Outputs) -> Iterator[None]:
    """Have what is printed recorded."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream(outputs, "stdout"), Stream(outputs, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def told(error: Any, trace: Any, cells: dict[str, int]) -> list[str]:
    """Tell an error: the lines in cells that it went through, and where outside it began.

    Of one that an answer raised in its own process, that is the line of the answer.
    """
    if isinstance(error, SyntaxError):
        return [line.rstrip("\n") for line in traceback.format_exception_only(type(error), error)]
    lines = []
    frames = traceback.extract_tb(trace)
    for place, frame in enumerate(frames):
        if frame.filename in cells:
            lines.append(f"Cell In[{cells[frame.filename]}], line {frame.lineno}, in {frame.name}\n    {frame.line}")
        elif place == len(frames) - 1 and frame.filename.startswith(OURS):
            lines += [f"in the answer\n    {line}"] if (line := getattr(error, "line_elsewhere", "")) else []
        elif place == len(frames) - 1 and lines:
            module = frame.filename.replace("\\", "/").rsplit("/", 1)[-1]
            lines.append(f"{module}, line {frame.lineno}, in {frame.name}")
    if len(lines) > MOST_FRAMES:
        lines[MOST_FRAMES // 2 : -MOST_FRAMES // 2] = [f"... {len(lines) - MOST_FRAMES} more calls ..."]
    return [*lines, f"{type(error).__name__}: {text_of(error)}"]
