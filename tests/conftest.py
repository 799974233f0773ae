"""What every test finds: this Python's own programs first on PATH, for nbgrader calls one of them by its bare name."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

LONGEST = (
    "test_same_marks_units",
    "test_attacks_work",
    "test_killed",
    "test_same_marks",
    "test_attacks_fail",
    "test_binder",
    "test_process_isolation",
    "test_whole_class",
)
"""The files that take longest, a minute or more."""

os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a shell that started this in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else what tests start would be deaf to Ctrl-C


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: else one process is left with one of them when the others are done."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))
