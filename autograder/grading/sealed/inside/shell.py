"""An IPython shell built once, in the process that all others are forked from, and used to run cells.

Cells run as in a kernel (magics, last expression, figures shown at the end) but in this process and this thread, with
errors told by ourselves: IPython's own traceback takes 30 to 130 ms.
"""

from __future__ import annotations

import builtins
import sys
import types
from subprocess import DEVNULL, PIPE, STDOUT, Popen
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.grading.sealed.crossing.raised import text_of
from autograder.grading.sealed.inside.cells import told
from autograder.grading.sealed.inside.outputs import Outputs

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
            data, metadata = self._formatted(result)
            shell.outputs.result(dict(data), dict(metadata or {}), shell.execution_count)
        shell.user_ns["_"] = builtins._ = result  # type: ignore[attr-defined] # as in every Python shell

    def quiet(self) -> bool:
        """Whether the cell ends with a semicolon; IPython reads it sign by sign to find out, even where it has none."""
        shell: Any = self.shell
        cells = shell.history_manager.input_hist_parsed
        return ";" in cells[-1] and bool(super().quiet())  # type: ignore[no-untyped-call] # IPython says it is typed

    def _formatted(self, result: Any) -> Any:
        """A value as it is shown; a number has one form, and is asked for no other."""
        if type(result) in (float, int, bool):
            shell: Any = self.shell
            return {"text/plain": shell.display_formatter.formatters["text/plain"](result)}, {}
        return self.compute_format_data(result)  # type: ignore[no-untyped-call] # the same


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
    shell.builtin_trap.activate()  # get_ipython is there for cells that run without IPython's own steps
    return shell  # type: ignore[no-any-return] # the singleton of its own class
