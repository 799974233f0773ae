"""Objects of libraries that a test hands over, such as a model to fit or a database: the student's code gets a copy.

They go one way only, from the tests to the student's process, where whatever they are made of may run (``lending.py``):
what comes back is an object of the student's like any other, and nothing that a student's process sends is ever
unpickled. Nothing that the test's own text defines is in them.
"""

from __future__ import annotations

import io
import pickle
import sqlite3
import types
from typing import Any

from autograder.grading.sealed.crossing.known import words

KEPT = words(
    "__main__ builtins functools autograder mcutils os posix subprocess threading multiprocessing unittest IPython"
)
"""Modules whose objects, functions and classes stay with the tests; Python's own containers go by what is in them."""
MOST = 20_000_000  # bytes
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
PLAIN = (list, dict, set, frozenset, tuple, str, bytes, bytearray, int, float, complex, bool, type(None), slice, range)
BUILT_IN = {id(kind) for kind in (*PLAIN, object)}


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Refuse whatever a part is, or is of, that is no library's."""
        kind = value if isinstance(value, type) else type(value)
        home = getattr(value, "__module__", None) if isinstance(value, FUNCTIONS) else kind.__module__
        if _stays(home) and id(kind) not in BUILT_IN and not _is_built_in(value):
            raise pickle.PicklingError(f"a part of class {kind.__name__}")
        return NotImplemented


def _stays(home: Any) -> bool:
    return type(home) is not str or home.partition(".")[0] in KEPT


def _is_built_in(value: Any) -> bool:
    """Whether a value is a function of Python's that makes or names something, such as ``getattr``."""
    return type(value) is types.BuiltinFunctionType and value.__module__ in ("builtins", "copyreg", None)


def packed(value: Any) -> tuple[str, bytes] | None:
    """What an object of a library is made of, for the student's process; nothing where it cannot be told."""
    if isinstance(value, sqlite3.Connection):
        return _told_database(value)
    if isinstance(value, FUNCTIONS) or (isinstance(value, type) and _stays(value.__module__)):
        return None
    if not isinstance(value, type) and (_stays(type(value).__module__) or hasattr(type(value), "_far")):
        return None
    out = io.BytesIO()
    try:
        _Pickler(out, 5).dump(value)
    except Exception:  # there are many ways in which something cannot be told
        return None
    return ("object", out.getvalue()) if out.tell() <= MOST else None


def _told_database(value: sqlite3.Connection) -> tuple[str, bytes] | None:
    try:
        data = value.serialize()
    except sqlite3.Error:
        return None
    rows: Any = value.row_factory
    how = {None: "database", sqlite3.Row: "database of rows"}.get(rows)
    return (how, data) if how and len(data) <= MOST else None
