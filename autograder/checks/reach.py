"""Keep the function that a test cell compares with out of the answer's reach.

A grader runs answers in a process that never had the test cell. In a learner's notebook the names of a test cell are
there from the second run on, and an answer that called one would pass at home and fail when it is marked. So a function
that stands in the cell that runs is off while the answer runs, and says why.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any

COMPARED_WITH = "calls the function that the check compares with"

CELLS = ("<module>", "<cell")  # how Python and IPython call the code of a cell that is in no function


def _refuse(*_args: Any, **_options: Any) -> None:
    raise RuntimeError(
        "Your answer calls the function that the check compares with, which is off meanwhile: write out yourself what "
        "it should compute"
    )


@contextlib.contextmanager
def out_of_reach(function: object) -> Iterator[None]:
    """While this lasts, a function that was defined in the running cell raises RuntimeError instead of running."""
    if type(function) is not FunctionType or function.__code__.co_freevars or not _stands_in_this_cell(function):
        yield
        return
    code = function.__code__
    function.__code__ = _refuse.__code__
    try:
        yield
    finally:
        function.__code__ = code


def _stands_in_this_cell(function: FunctionType) -> bool:
    """Whether the cell that called us is the one that the function was written in: each has a file name of its own."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == function.__code__.co_filename and frame.f_code.co_name.startswith(CELLS):
            return True
        frame = frame.f_back
    return False
