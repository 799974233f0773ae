"""Tables of pandas as arrays and plain parts, and back.

pandas is no dependency of ours: nothing here imports it before a value of it is there. Each kind of value has a name,
a way to be taken apart and a way to be made of its parts, which are numbers, texts, arrays, and tables again: these
cross one by one. No class, constructor or text of the writer's is run; names of time zones and of frequencies are
looked up in pandas' own tables. Whatever takes more time than there are entries is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing import entries, values
from autograder.grading.sealed.crossing.entries import are_labels, frequency, is_array, is_plain, labels_of, pandas
from autograder.grading.sealed.crossing.known import CHANGING, words
from autograder.grading.sealed.crossing.plain import CannotCross, Malformed
from autograder.grading.sealed.crossing.required import require

INDEXES = words("Index DatetimeIndex TimedeltaIndex PeriodIndex CategoricalIndex IntervalIndex")
NAMES = {"DataFrame": "frame", "Series": "series", "RangeIndex": "range", "MultiIndex": "levels"}
NAMES |= dict.fromkeys(INDEXES, "index")
MOST_STEPS = 100_000
"""Moments of a frequency that is counted step by step, such as business days."""
FARTHEST = 2**62
"""Where a range may begin or end."""


def is_table(value: Any) -> bool:
    """Whether a value is one of pandas' that crosses by value; one of a class derived from pandas' is none."""
    return _from_pandas(value) and _kind(value) in APART


def can_change(value: Any) -> bool:
    """Whether a value can be changed where it is: a container, an array or a table."""
    known = type(value) in CHANGING or values.can_change(value)
    return known or (_from_pandas(value) and _kind(value) in NAMES.values())


def take_over(into: Any, value: Any) -> bool:
    """Make a frame or a series what another one is; whether it is one."""
    if not _from_pandas(into) or _kind(into) not in ("frame", "series"):
        return False
    into.__init__(value)
    return True


def _from_pandas(value: Any) -> bool:
    """Whether a value's class says that it is one of pandas'; asked before pandas is imported."""
    return str(type(value).__module__).partition(".")[0] == "pandas"


@cache
def _kinds() -> dict[type, str]:
    return entries.kinds() | {getattr(pandas(), name): kind for name, kind in NAMES.items()}


def _kind(value: Any) -> str:
    return entries.kind_of_array(value) if is_array(value) else _kinds().get(type(value), "")


def to_parts(value: Any) -> Any:
    """Take a table apart.

    Raises:
        CannotCross: a part of it is of a kind that does not cross.
    """
    kind = _kind(value)
    return (kind, *values.taken_apart(value, APART[kind]))


def from_parts(parts: Any) -> Any:
    """Make a table of its parts.

    Raises:
        Malformed: they are those of no table.
    """
    if type(parts) is not tuple or not parts or parts[0] not in TOGETHER:
        raise Malformed("table")
    return TOGETHER[parts[0]](*parts[1:])


def _values(holder: Any) -> Any:
    """The entries of a column or an index, as an array of NumPy's where they are in one."""
    values = holder.to_numpy() if isinstance(holder.dtype, np.dtype) else holder.array
    if not (is_plain(values) or is_table(values)):
        raise CannotCross(f"a table with entries of dtype {str(holder.dtype)[:50]}")
    return values


def _array(values: Any) -> Any:
    require(is_plain(values) or is_array(values), "array")
    return values


def _is_index(value: Any) -> Any:
    require(isinstance(value, pandas().Index), "index")
    return value


def _frame(index: Any, columns: Any, arrays: Any) -> Any:
    """A frame, by the places of its columns: two may have one name."""
    pd, rows = pandas(), range(len(_is_index(index)))
    require(type(arrays) is list and len(arrays) == len(_is_index(columns)), "columns")
    require(all(len(_array(values)) == len(rows) for values in arrays), "rows")
    series = [pd.Series(values, rows, values.dtype, copy=False) for values in arrays]
    frame = pd.DataFrame(dict(enumerate(series)), rows)
    frame.index, frame.columns = index, columns
    return frame


def _series(values: Any, index: Any, name: Any) -> Any:
    require(len(_array(values)) == len(_is_index(index)), "rows")
    return pandas().Series(values, index, values.dtype, name, copy=False)


def _index(values: Any, name: Any, steps: Any) -> Any:
    index = pandas().Index(_array(values), values.dtype, name=name, tupleize_cols=False)
    if steps is not None:
        offset = _offset(steps)
        require(_is_quick(offset, len(index)), "steps")
        index.freq = offset  # pandas looks whether it is true
    return index


def _range(start: Any, stop: Any, step: Any, name: Any) -> Any:
    require(all(type(n) is int and abs(n) < FARTHEST for n in (start, stop, step)), "range")
    return pandas().RangeIndex(start, stop, step, name=name)


def _levels(levels: Any, codes: Any, names: Any) -> Any:
    require(all(type(part) is list for part in (levels, codes, names)), "levels")
    require(all(are_labels(_is_index(level)) for level in levels), "labels")
    require(all(is_plain(code) and code.dtype.kind == "i" for code in codes), "codes")
    return pandas().MultiIndex(levels, codes, names=names)


def _offset(text: Any) -> Any:
    return pandas().tseries.frequencies.to_offset(frequency(text))


def _is_quick(offset: Any, count: int) -> bool:
    return count <= MOST_STEPS or isinstance(offset, pandas().offsets.Tick | pandas().offsets.Day)


def _steps(index: Any) -> str | None:
    """The frequency of an index of moments, where it has one."""
    offset = index.freq if type(index).__name__ in ("DatetimeIndex", "TimedeltaIndex") else None
    if offset is None:
        return None
    text = str(offset.freqstr)
    if not entries.FREQUENCY.fullmatch(text) or _offset(text) != offset or not _is_quick(offset, len(index)):
        raise CannotCross(f"an index with the frequency {text[:50]}")
    return text


APART: dict[str, Callable[[Any], tuple[Any, ...]]] = entries.APART | {
    "frame": lambda v: (v.index, v.columns, [_values(column) for _, column in v.items()]),
    "series": lambda v: (_values(v), v.index, v.name),
    "index": lambda v: (_values(v), v.name, _steps(v)),
    "range": lambda v: (v.start, v.stop, v.step, v.name),
    "levels": lambda v: ([*map(labels_of, v.levels)], [np.asarray(code) for code in v.codes], list(v.names)),
}
TOGETHER: dict[str, Callable[..., Any]] = entries.TOGETHER | {
    "frame": _frame,
    "series": _series,
    "index": _index,
    "range": _range,
    "levels": _levels,
}
