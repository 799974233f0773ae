"""The figure that is drawn last: where the student's code has drawn one for a test, it is the student's.

A test that says ``plt.gca()`` after a call means what the call has drawn. It has a pyplot of its own; what that says
of current figures is asked for over there, as long as nothing is drawn here.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
import sys
from collections.abc import Callable
from typing import Any

CURRENT = ("gcf", "gca", "get_fignums", "close")
MENTIONED = re.compile(r"\b(gca|gcf|get_fignums)\b")


class Figures:
    """What a test's pyplot says of current figures.

    Args:
        ask: asks the student's process.
        called: whether anything of the student's has been called in this cell.
    """

    def __init__(self, ask: Callable[..., Any], called: Callable[[], bool]) -> None:
        self.ask = ask
        self.called = called
        self.asked_for = self.changed = False

    def begin(self, source: str) -> None:
        """Begin a cell; of one that does not look for figures nothing is changed."""
        self.asked_for = MENTIONED.search(source) is not None
        if self.asked_for and not self.changed:
            self.changed = True
            try:
                pyplot = importlib.import_module("matplotlib.pyplot")
            except ImportError:  # whoever looks at figures here will say so
                return
            own = pyplot.get_fignums
            for name in CURRENT:
                setattr(pyplot, name, self._instead(getattr(pyplot, name), own))

    def _instead(self, function: Any, own: Callable[[], list[int]]) -> Callable[..., Any]:
        @functools.wraps(function)
        def current(*args: Any, **kwargs: Any) -> Any:
            name = function.__name__
            there = self.asked_for and self.called() and not own()
            if there and name == "close":
                self.ask("current", name)
            elif there and not args and not kwargs and (figures := self.ask("current", "get_fignums")):
                return figures if name == "get_fignums" else self.ask("current", name)
            return function(*args, **kwargs)

        return current


class Drawn:
    """The student's own figures: those that are open when a cell has run, and those that are drawn for a test later."""

    def __init__(self) -> None:
        self.before: set[int] = set()

    def begin(self) -> None:
        """Begin to serve tests: what is open now, the student's cells have drawn."""
        self.before = set(_open())

    def for_test(self) -> list[int]:
        """The figures that have been drawn for a test."""
        return sorted(set(_open()) - self.before)

    def put_away(self) -> None:
        """Close the figures that were drawn for a test: later they would be shown, or drawn into."""
        for figure in self.for_test():
            with contextlib.suppress(Exception):  # the student's cells may have made anything of it
                sys.modules["matplotlib.pyplot"].close(figure)

    def current(self, name: str) -> Any:
        """What pyplot says of the figures that have been drawn for a test."""
        drawn = self.for_test()
        if name == "close":
            self.put_away()
        if name in ("close", "get_fignums") or not drawn:
            return drawn
        return getattr(sys.modules["matplotlib.pyplot"], name)()


def _open() -> list[int]:
    """The figures that are open, if any can be."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    try:
        return list(pyplot.get_fignums()) if pyplot else []
    except Exception:  # the student's cells may have made anything of it
        return []
