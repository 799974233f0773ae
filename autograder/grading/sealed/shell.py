"""An IPython shell built once, in the process that all others are forked from, and used to run cells.

Cells run as in a kernel (magics, last expression, figures shown at the end) but in this process and this thread, with
errors told by ourselves: IPython's own traceback takes 30 to 130 ms.
"""

from __future__ import annotations

import builtins
import linecache
import sys
import traceback
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE, STDOUT, Popen
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.grading.sealed.outputs import Outputs, Stream

MOST_FRAMES = 12
CHUNK = 1 << 16  # bytes


class _Hook(DisplayHook):
    """Records the value that a cell ends with."""

    def __call__(self, result: Any = None) -> None:
        hook: Any = self  # IPython says that it is typed, and its methods are not
        if result is None or hook.quiet():
            return
        hook.fill_exec_result(result)
        shell: Any = self.shell
        if not shell.outputs.quiet:
            data, metadata = hook.compute_format_data(result)
            shell.outputs.result(dict(data), dict(metadata or {}), shell.execution_count)
        shell.user_ns["_"] = builtins._ = result  # type: ignore[attr-defined] # as in every Python shell


class _Publisher(DisplayPublisher):
    """Records what a cell shows."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, **__: Any) -> None:
        self.shell.outputs.display(dict(data), dict(metadata or {}))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class Shell(InteractiveShell):
    """An interactive shell that records outputs."""

    outputs: Outputs
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    kernel = "mcourse"  # whoever asks whether this is a notebook is told yes

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Record an error."""
        kind, error, trace = exc_tuple or sys.exc_info()
        self.outputs.error(getattr(kind, "__name__", "Error"), text_of(error), told(error, trace, self.cell_numbers()))

    def showsyntaxerror(self, filename: Any = None, running_compiled_code: bool = False) -> None:
        """Record an error of the text itself."""
        self.showtraceback()

    def enable_gui(self, gui: Any = None) -> None:
        """There are no windows here, and figures are shown at the end of the cell anyway."""

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Keep no traceback in the history: it has no reader, and a chain of exceptions takes seconds."""
        return {}

    def system(self, cmd: str) -> None:
        """Run a command of the system's, as ``!ls`` asks; what it says is printed, for there is no terminal."""
        us: Any = self  # IPython says that it is typed, and its methods are not
        words = ["/bin/sh", "-c", us.var_expand(cmd, depth=1)]
        with Popen(words, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT) as process:
            try:
                while said := process.stdout.read1(CHUNK):  # type: ignore[union-attr] # it is a pipe
                    sys.stdout.write(said.decode("utf-8", "replace"))
            except BaseException:
                process.kill()
                raise
        us.user_ns["_exit_code"] = process.returncode

    def ask_exit(self) -> None:
        """End the cell, and nothing else."""
        raise SystemExit("exit() ends this cell; the cells below go on")

    def cell_numbers(self) -> dict[str, int]:
        """The files that stand for cells, with the cells' numbers."""
        return dict(self.compile._filename_map)


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
        shell: made by :func:`make_shell`.
    """

    def __init__(self, shell: Shell) -> None:
        self.shell: Any = shell

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
            result = self.shell.run_cell(source, store_history=True)
        failed = not result.success
        return Ran(outputs.taken(), failed, None if failed else result.result)

    def plain(self, source: str) -> str:
        """The text of a cell with its magics turned into calls, for whoever wants to know its names."""
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


@contextmanager
def streams(outputs: Outputs) -> Iterator[None]:
    """Have what is printed recorded."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream(outputs, "stdout"), Stream(outputs, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def text_of(error: BaseException | None, most: int = 10_000) -> str:
    """An exception's own text, if it can say one."""
    try:
        return str(error)[:most]
    except Exception:
        return "(its text cannot be had)"


def told(error: Any, trace: Any, cells: dict[str, int]) -> list[str]:
    """Tell an error: the lines in cells that it went through, and where outside it began."""
    if isinstance(error, SyntaxError):
        return [line.rstrip("\n") for line in traceback.format_exception_only(type(error), error)]
    lines = []
    frames = traceback.extract_tb(trace)
    for place, frame in enumerate(frames):
        if frame.filename in cells:
            lines.append(f"Cell In[{cells[frame.filename]}], line {frame.lineno}, in {frame.name}\n    {frame.line}")
        elif place == len(frames) - 1 and lines:
            module = frame.filename.replace("\\", "/").rsplit("/", 1)[-1]
            lines.append(f"{module}, line {frame.lineno}, in {frame.name}")
    if len(lines) > MOST_FRAMES:
        lines[MOST_FRAMES // 2 : -MOST_FRAMES // 2] = [f"... {len(lines) - MOST_FRAMES} more calls ..."]
    return [*lines, f"{type(error).__name__}: {text_of(error)}"]


def make_shell(most_text: int, most_display: int) -> Shell:
    """Build the shell; once in a process, and before it forks."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.autoawait = True
    module = types.ModuleType("__main__")
    Shell.outputs = Outputs(most_text, most_display)
    shell: Any = Shell.instance(config=config, user_module=module)
    InteractiveShell._instance = shell
    sys.modules["__main__"] = module
    sys.displayhook = shell.displayhook
    return shell  # type: ignore[no-any-return] # the singleton of its own class
