"""Values of Python's and NumPy's own classes that cross as a name and what they are made of: fractions, dates, records.

Each class has a name, a way to be taken apart into plain parts, and each name a way to be made of them again. What is
not of exactly such a class does not cross so; and no name of the writer's is looked up but in the lists here.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.plain import LONGEST_PART, CannotCross, may_be_in_array
from autograder.grading.sealed.crossing.required import dtype_of, filed, of_kind, require, require_shape

MOST_COLUMNS = 1000
FACTORIES = (None, int, float, str, list, dict, set, bool, tuple)
"""What a ``defaultdict`` may make the values of that it lacks."""


def _of(kind: type, to: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make something of one plain value."""
    return lambda value: to(of_kind(kind, value))


def _whole(to: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make something of a tuple of whole numbers."""
    return lambda parts: to(*(of_kind(int, part) for part in of_kind(tuple, parts)))


# ---- numbers and texts ----


def _short(parts: Any) -> Any:
    """A fraction's or a decimal number's parts, unless they are too long to be reduced again."""
    sizes = [part.bit_length() // 8 for part in parts] if type(parts) is tuple else [len(parts)]
    if max(sizes) > LONGEST_PART:
        raise CannotCross(f"a number of {max(sizes)} digits")
    return parts


def _fraction(parts: Any) -> Fraction:
    require(type(parts) is tuple and len(parts) == 2 and all(type(part) is int for part in parts), "fraction")
    require(max(part.bit_length() for part in parts) <= 8 * LONGEST_PART + 8, "a long fraction")
    return Fraction(*parts)


def _short_text(to: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Make something of a text that is no longer than a part may be."""

    def make(text: Any) -> Any:
        require(type(text) is str and len(text) <= LONGEST_PART, "a short text")
        return to(text)

    return make


# ---- containers ----


def _ordered(pairs: Any) -> Any:
    require(all(type(pair) is tuple and len(pair) == 2 for pair in of_kind(list, pairs)), "pairs")
    return OrderedDict(filed(pairs))


def _defaultdict(parts: Any) -> Any:
    factory, items = parts
    require(any(factory is kind for kind in FACTORIES), "factory")
    return defaultdict(factory, of_kind(dict, items))


# ---- of NumPy ----


def columns(value: np.ndarray) -> Any:
    """A structured array as its columns, where it has nothing but columns of plain entries, one behind the other.

    Raises:
        CannotCross: it has something else.
    """
    names: Any = value.dtype.names
    kinds = [value.dtype[name] for name in names]
    packed = np.dtype([(name, kind) for name, kind in zip(names, kinds, strict=True)])
    if packed != value.dtype or not all(may_be_in_array(kind) for kind in kinds):
        raise CannotCross(f"an array of dtype {value.dtype}")
    are_records = value.dtype.type is np.record
    return list(names), value.shape, [np.ascontiguousarray(value[name]).ravel() for name in names], are_records


def _records(parts: Any) -> Any:
    """A structured array, of its columns."""
    names, shape, columns, are_records = parts
    require_shape(shape)
    require(type(names) is list and len(names) <= MOST_COLUMNS and all(type(n) is str for n in names), "names")
    require(len(of_kind(list, columns)) == len(names) and type(are_records) is bool, "columns")
    size = math.prod(shape)
    require(all(type(c) is np.ndarray and c.shape == (size,) and c.dtype != object for c in columns), "columns")
    dtype = np.dtype([(name, column.dtype) for name, column in zip(names, columns, strict=True)])
    made = np.empty(size, np.dtype((np.record, dtype)) if are_records else dtype)
    for name, column in zip(names, columns, strict=True):
        made[name] = column
    return made.reshape(shape)


def _recarray(value: Any) -> Any:
    require(of_kind(np.ndarray, value).dtype.names is not None, "records")
    return value.view(np.recarray)


def _matrix(value: Any) -> Any:
    require(of_kind(np.ndarray, value).ndim == 2, "matrix")
    return value.view(np.matrix)


def _rng_state(value: np.random.Generator) -> Any:
    return _state_of("PCG64", value.bit_generator.state)


def _rng(state: Any) -> np.random.Generator:
    generator = np.random.PCG64(0)
    generator.state = state
    return np.random.Generator(generator)


def _legacy_state(value: np.random.RandomState) -> Any:
    state = _state_of("MT19937", value.get_state(legacy=False))
    return state["state"]["key"], int(state["state"]["pos"]), int(state["has_gauss"]), float(state["gauss"])


def _legacy_rng(parts: Any) -> np.random.RandomState:
    key, place, has_gauss, gauss = parts
    require(of_kind(np.ndarray, key).shape == (624,) and key.dtype == np.uint32, "state")
    require(0 <= of_kind(int, place) <= 624, "state")
    made = np.random.RandomState(0)
    made.set_state(("MT19937", key, place, int(of_kind(int, has_gauss) != 0), of_kind(float, gauss)))
    return made


def _state_of(usual: str, state: Any) -> Any:
    if state.get("bit_generator") != usual:
        raise CannotCross("a random number generator of an unusual kind")
    return state


APART: dict[type, tuple[str, Callable[[Any], Any]]] = {
    range: ("range", lambda value: (value.start, value.stop, value.step)),
    slice: ("slice", lambda value: (value.start, value.stop, value.step)),
    Fraction: ("fraction", lambda value: _short((value.numerator, value.denominator))),
    Decimal: ("decimal", lambda value: _short(str(value))),
    date: ("date", date.isoformat),
    datetime: ("datetime", datetime.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: (value.days, value.seconds, value.microseconds)),
    type(Path()): ("path", str),
    deque: ("deque", lambda value: (list(value), value.maxlen)),
    Counter: ("Counter", dict),
    OrderedDict: ("OrderedDict", lambda value: list(value.items())),
    defaultdict: ("defaultdict", lambda value: (value.default_factory, dict(value))),
    np.matrix: ("matrix", np.asarray),
    np.recarray: ("recarray", np.asarray),
    np.random.Generator: ("rng", _rng_state),
    np.random.RandomState: ("legacy rng", _legacy_state),
}
for _kind in set(np.sctypeDict.values()) - {np.void}:
    APART[type(np.dtype(_kind))] = ("dtype", lambda value: value.str)

TOGETHER: dict[str, Callable[[Any], Any]] = {
    "range": _whole(range),
    "slice": lambda parts: slice(*of_kind(tuple, parts)),
    "fraction": _fraction,
    "decimal": _short_text(Decimal),
    "date": _of(str, date.fromisoformat),
    "datetime": _of(str, datetime.fromisoformat),
    "time": _of(str, time.fromisoformat),
    "timedelta": _whole(timedelta),
    "path": _short_text(Path),
    "deque": lambda parts: deque(of_kind(list, parts[0]), parts[1]),
    "Counter": _of(dict, Counter),
    "OrderedDict": _ordered,
    "defaultdict": _defaultdict,
    "matrix": _matrix,
    "recarray": _recarray,
    "records": _records,
    "record": lambda parts: _records(parts)[()],
    "rng": _of(dict, _rng),
    "legacy rng": _legacy_rng,
    "dtype": _of(str, lambda text: np.dtype(object) if text == "|O" else dtype_of(text)),
}
