"""What stands in a table of pandas: arrays of its own kinds, single values, and names of time zones and frequencies.

Separate from the tables themselves (``tables.py``), where the contract stands that everything here meets too.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing.known import words
from autograder.grading.sealed.crossing.plain import MOST_ITEMS, CannotCross, Malformed
from autograder.grading.sealed.crossing.required import require

UNITS = ("s", "ms", "us", "ns")
ZONE = re.compile(r"(?!dateutil)[A-Za-z][A-Za-z0-9_+/-]{0,50}")
FREQUENCY = re.compile(r"-?\d{0,6}[A-Za-z]{1,8}(-[A-Z0-9]{1,4}){0,3}")
MOST_LABELS = 1000
"""Labels that need not be in order: pandas files them, and where all have one hash that takes the square."""
MASKED = words("Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64 Boolean")
ARRAYS = words("Categorical DatetimeTZ Period Interval String")


@cache
def pandas() -> Any:
    """The library, imported when the first of its values is there."""
    try:
        import pandas as library
    except ImportError:
        raise Malformed("a table, and pandas is not installed here") from None
    return library


@cache
def kinds() -> dict[type, str]:
    """Single values and dtypes, by their exact type."""
    pd = pandas()
    named = {name: name.lower() for name in ("Timestamp", "Timedelta", "Period", "Interval")}
    named |= {f"{name}Dtype": "dtype" for name in MASKED + ARRAYS}
    return {getattr(pd, name): kind for name, kind in named.items()} | {type(pd.NaT): "nat", type(pd.NA): "na"}


@cache
def _kinds_of_arrays() -> dict[type, str]:
    named = dict.fromkeys(MASKED, "masked") | {name: f"{name} array" for name in ARRAYS}
    return {getattr(pandas(), f"{name}Dtype"): kind for name, kind in named.items()}


def kind_of_array(values: Any) -> str:
    """How an array of pandas' is called: by its dtype."""
    if isinstance(values.dtype, np.dtype) or type(values) is pandas().arrays.NumpyExtensionArray:
        return "numpy array"
    return _kinds_of_arrays().get(type(values.dtype), "")


def is_array(values: Any) -> bool:
    """Whether this is one of pandas' own arrays."""
    return isinstance(values, pandas().api.extensions.ExtensionArray)


def is_plain(values: Any) -> bool:
    """Whether this is an array of NumPy's as pandas has it."""
    if type(values) is not np.ndarray or values.ndim != 1 or not values.dtype.isnative:
        return False
    return values.dtype.kind in "biufcO" or _counted(values.dtype)


def _counted(dtype: Any) -> bool:
    """Whether this is a dtype of moments or spans in a unit that pandas has."""
    return dtype.kind in "mM" and np.datetime_data(dtype)[0] in UNITS and np.datetime_data(dtype)[1] == 1


def are_labels(labels: Any) -> bool:
    """Whether pandas can see quickly that no two labels are the same: by their order, where they are many."""
    if not MOST_LABELS < len(labels) <= MOST_ITEMS:
        return len(labels) <= MOST_LABELS
    comparable = labels.dtype != object or all(type(label) is str for label in labels)
    return comparable and labels.is_monotonic_increasing and bool((labels[1:] != labels[:-1]).all())


def labels_of(labels: Any) -> Any:
    """Labels that may cross.

    Raises:
        CannotCross: they are many and in no order.
    """
    if not are_labels(labels):
        raise CannotCross(f"a table with {len(labels)} categories or labels that are in no order")
    return labels


def zone_of(told: Any) -> Any:
    """A time zone by its name, or its distance in seconds."""
    if type(told) is int:
        return datetime.timezone(datetime.timedelta(seconds=told))
    require(type(told) is str and ZONE.fullmatch(told), "time zone")
    return told


def _zone_told(zone: Any) -> Any:
    if type(zone) is datetime.timezone and zone is not datetime.UTC:
        return round(zone.utcoffset(None).total_seconds())
    name = "UTC" if zone is datetime.UTC else getattr(zone, "key", None) or getattr(zone, "zone", None)
    if type(name) is not str or not ZONE.fullmatch(name):
        raise CannotCross("a moment in a time zone without a name")
    return name


def frequency(text: Any) -> str:
    """A name of a frequency, for pandas to look up."""
    require(type(text) is str and FREQUENCY.fullmatch(text), "frequency")
    return str(text)


def _masked(values: Any, mask: Any) -> Any:
    arrays = pandas().arrays
    require(is_plain(values) and is_plain(mask) and values.dtype.kind in "biuf", "masked")
    kinds = {"b": arrays.BooleanArray, "f": arrays.FloatingArray}
    return kinds.get(values.dtype.kind, arrays.IntegerArray)(values, mask)


def _categorical(codes: Any, categories: Any, ordered: Any) -> Any:
    require(is_plain(codes) and codes.dtype.kind == "i" and type(ordered) is bool, "codes")
    require(isinstance(categories, pandas().Index) and are_labels(categories), "labels")
    return pandas().Categorical.from_codes(codes, categories, ordered)


def _strings(texts: Any, storage: Any, not_a_number: Any) -> Any:
    require(type(texts) is list and all(type(text) in (str, type(None)) for text in texts), "texts")
    require(storage in ("python", "pyarrow"), "storage")
    pd = pandas()
    return pd.array(texts, pd.StringDtype(storage, na_value=np.nan) if not_a_number else pd.StringDtype(storage))


def _numpy_array(values: Any) -> Any:
    require(is_plain(values), "array")
    return pandas().array(values, values.dtype)


def _zoned(values: Any, zone: Any) -> Any:
    require(is_plain(values) and values.dtype.kind == "M", "moments")
    return pandas().DatetimeIndex(values).tz_localize("UTC").tz_convert(zone_of(zone)).array


def _periods(ordinals: Any, text: Any) -> Any:
    require(is_plain(ordinals) and ordinals.dtype == np.int64, "ordinals")
    return pandas().arrays.PeriodArray(ordinals, pandas().PeriodDtype(frequency(text)))


def _intervals(left: Any, right: Any, closed: Any) -> Any:
    pd = pandas()
    for ends in (left, right):
        require(isinstance(ends, pd.Index) and ends.dtype != object and len(ends) <= MOST_ITEMS, "interval")
    return pd.arrays.IntervalArray.from_arrays(left, right, closed)


def _timestamp(moment: Any, zone: Any) -> Any:
    require(type(moment) is np.datetime64 and _counted(moment.dtype), "timestamp")
    made = pandas().Timestamp(moment)
    return made if zone is None else made.tz_localize("UTC").tz_convert(zone_of(zone))


def _timedelta(span: Any) -> Any:
    require(type(span) is np.timedelta64 and _counted(span.dtype), "timedelta")
    return pandas().Timedelta(span)


def _period(ordinal: Any, text: Any) -> Any:
    require(type(ordinal) is int, "ordinal")
    return pandas().Period(ordinal=ordinal, freq=frequency(text))


def _interval(left: Any, right: Any, closed: Any) -> Any:
    pd = pandas()
    comparable = (int, float, np.float64, np.int64, pd.Timestamp, pd.Timedelta)
    require(type(left) in comparable and type(right) in comparable, "interval")
    return pd.Interval(left, right, closed)


def _dtype(values: Any) -> Any:
    require(is_array(values), "dtype")
    return values.dtype


APART: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "masked": lambda v: (v.to_numpy(v.dtype.numpy_dtype, na_value=v.dtype.type(0)), np.asarray(v.isna())),
    "Categorical array": lambda v: (np.asarray(v.codes), labels_of(v.categories), bool(v.ordered)),
    "String array": lambda v: (v.to_numpy(object, na_value=None).tolist(), v.dtype.storage, v.dtype.name == "str"),
    "numpy array": lambda v: (v.to_numpy(),),
    "DatetimeTZ array": lambda v: (v.tz_convert(None).to_numpy(), _zone_told(v.tz)),
    "Period array": lambda v: (v.asi8, v.freqstr),
    "Interval array": lambda v: (v.left, v.right, v.closed),
    "dtype": lambda v: (pandas().array([], v),),
    "timestamp": lambda v: (v.asm8, None if v.tz is None else _zone_told(v.tz)),
    "timedelta": lambda v: (v.asm8,),
    "period": lambda v: (v.ordinal, v.freqstr),
    "interval": lambda v: (v.left, v.right, v.closed),
    "nat": lambda v: (),
    "na": lambda v: (),
}
TOGETHER: dict[str, Callable[..., Any]] = {
    "masked": _masked,
    "Categorical array": _categorical,
    "String array": _strings,
    "numpy array": _numpy_array,
    "DatetimeTZ array": _zoned,
    "Period array": _periods,
    "Interval array": _intervals,
    "dtype": _dtype,
    "timestamp": _timestamp,
    "timedelta": _timedelta,
    "period": _period,
    "interval": _interval,
    "nat": lambda: pandas().NaT,
    "na": lambda: pandas().NA,
}
