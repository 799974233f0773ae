"""Tables of pandas cross unchanged, and hostile ones do nothing."""

from __future__ import annotations

import datetime
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.grading.sealed.crossing import tables as tables_module
from autograder.grading.sealed.crossing.wire import WITH_TABLES, CannotCross, Malformed, decode, encode

MOMENTS = st.datetimes(datetime.datetime(1800, 1, 1), datetime.datetime(2200, 1, 1))
ENTRIES: dict[str, st.SearchStrategy[Any]] = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint8": st.integers(0, 255),
    "float64": st.floats(),
    "float32": st.floats(width=32),
    "complex128": st.complex_numbers(),
    "bool": st.booleans(),
    "object": st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | MOMENTS,
    "str": st.none() | st.text(),
    "string": st.none() | st.text(),
    "Int16": st.none() | st.integers(-(2**15), 2**15 - 1),
    "Float64": st.none() | st.floats(allow_nan=False),
    "boolean": st.none() | st.booleans(),
    "category": st.none() | st.sampled_from("abc"),
    "datetime64[ns]": st.none() | MOMENTS,
    "datetime64[s]": st.none() | MOMENTS,
    "datetime64[us, Europe/Berlin]": st.none() | MOMENTS,
    "datetime64[ms, UTC-02:30]": st.none() | MOMENTS,
    "timedelta64[ns]": st.none() | st.timedeltas(datetime.timedelta(-9999), datetime.timedelta(9999)),
    "period[Q-DEC]": st.none() | MOMENTS,
    "interval[float64, left]": st.none() | st.integers(-9, 9).map(lambda n: pd.Interval(float(n), n + 0.5, "left")),
}
NAMES = st.none() | st.text() | st.integers() | st.tuples(st.text(), st.integers())


@st.composite
def columns(draw: Any, count: int) -> Any:
    """A column of so many entries, of any dtype."""
    dtype = draw(st.sampled_from(sorted(ENTRIES)))
    entries = draw(st.lists(ENTRIES[dtype], min_size=count, max_size=count))
    return pd.Series(entries, dtype=dtype)


@st.composite
def indexes(draw: Any, count: int) -> Any:
    """An index of so many labels, of any kind."""
    kind = draw(st.sampled_from(["range", "steps", "levels", "labels"]))
    if kind == "range":
        return pd.RangeIndex(draw(st.integers(-9, 9)), name=draw(NAMES))[:0].append(pd.RangeIndex(count))
    if kind == "steps":
        steps = draw(st.sampled_from(["D", "h", "MS", "QE-DEC", "B", "-2W-SUN", "15min"]))
        return pd.date_range("2024-02-29", periods=count, freq=steps, tz=draw(st.sampled_from([None, "Asia/Tokyo"])))
    if kind == "levels" and count:
        levels = [pd.Index(draw(columns(count))) for _ in range(draw(st.integers(1, 3)))]
        if not any(isinstance(label, list) for level in levels for label in level):
            return pd.MultiIndex.from_arrays(levels, names=[draw(NAMES) for _ in levels])
    return pd.Index(draw(columns(count)), name=draw(NAMES))


@st.composite
def tables(draw: Any) -> Any:
    """A frame, a series or an index."""
    count = draw(st.integers(0, 5))
    index = draw(indexes(count))
    kind = draw(st.sampled_from(["index", "series", "frame"]))
    if kind == "index":
        return index
    if kind == "series":
        return draw(columns(count)).set_axis(index).rename(draw(NAMES))
    wide = draw(st.integers(0, 4))
    frame = pd.DataFrame(dict(enumerate(draw(columns(count)) for _ in range(wide))), range(count))
    return frame.set_axis(index).set_axis(draw(indexes(wide)), axis=1)


def back(value: Any) -> Any:
    return decode(encode(value, WITH_TABLES), WITH_TABLES)


def assert_same(got: Any, value: Any) -> None:
    """Of one type, equal to the last bit, and written as the same bytes again."""
    assert type(got) is type(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(got, value, check_exact=True, check_column_type=True, check_index_type=True)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(got, value, check_exact=True, check_index_type=True)
    else:
        pd.testing.assert_index_equal(got, value, exact=True, check_exact=True)
    assert encode(got, WITH_TABLES) == encode(value, WITH_TABLES)


@settings(max_examples=300, deadline=None)
@given(tables())
def test_tables(value: Any) -> None:
    """Frames, series and indexes come back with their dtypes, labels, names, frequencies and entries."""
    assert_same(back(value), value)


SALES = pd.DataFrame(
    {"town": ["Ulm", "Bonn", "Ulm", "Bonn"], "item": ["tea", "tea", "rum", "rum"], "sold": [3, 1, 2, 5]},
    index=pd.date_range("2024-01-31", periods=4, freq="ME", name="month"),
)
USUAL = {
    "grouped": SALES.groupby(["town", "item"])["sold"].agg(["sum", "mean"]),
    "pivoted": SALES.pivot_table(index="town", columns="item", values="sold", aggfunc=["sum", "max"]),
    "described": SALES.describe(),
    "cut": pd.cut(SALES["sold"], 2),
    "counted": SALES["town"].value_counts(),
    "resampled": SALES["sold"].resample("QE").sum(),
    "dtypes": SALES.dtypes,
    "twice the same name": pd.concat([SALES["sold"], SALES["sold"]], axis=1),
    "rows only": SALES[[]],
    "columns only": SALES[:0],
    "nothing": pd.DataFrame(),
}
NESTED = pd.Series([SALES, None], dtype=object).to_frame()


@pytest.mark.parametrize("name", USUAL)
def test_usual_tables(name: str) -> None:
    """What data courses make of frames comes back."""
    assert_same(back(USUAL[name]), USUAL[name])


VALUES = [
    pd.Timestamp("2024-02-29 12:00:00.000001"),
    pd.Timestamp("2024-10-27 01:30", tz="UTC").tz_convert("Europe/Berlin"),
    pd.Timedelta("-1D 2ns"),
    pd.Period("2024Q3"),
    pd.Interval(0, 2.5, closed="both"),
    pd.NaT,
    pd.NA,
    pd.CategoricalDtype(["b", "a"], ordered=True),
    pd.StringDtype(),
    pd.Int64Dtype(),
    pd.DatetimeTZDtype("ms", "Asia/Tokyo"),
    np.dtype(object),
]
ARRAYS = [
    SALES["town"].array,
    SALES["sold"].array,
    SALES.index.array,
    SALES["town"].unique(),
    SALES["town"].astype("category").array,
    pd.array([1, None]),
    pd.array([0.5, None]),
    pd.array([True, None]),
    pd.to_timedelta([1, None], unit="h").array,
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_single_values(value: Any) -> None:
    """Moments, spans, periods, intervals, dtypes and what is missing come back as what they are."""
    got = back([value])[0]
    assert type(got) is type(value)
    assert got is value or got == value
    assert encode(got, WITH_TABLES) == encode(value, WITH_TABLES)


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: type(value).__name__)
def test_arrays(value: Any) -> None:
    """Arrays of pandas' own come back as such, with their dtype."""
    got = back(value)
    assert type(got) is type(value)
    pd.testing.assert_extension_array_equal(got, value)


def test_what_comes_back_is_its_own() -> None:
    """A frame that was read can be written into, and knows nothing of the attributes that another hung on it."""
    frame = SALES.copy()
    frame.attrs["from"] = "elsewhere"
    got = back(frame)
    got.loc[got.index[0], "sold"] = 7
    assert got["sold"].sum() == 15
    assert got.attrs == {}


class Mine(pd.DataFrame):
    """A frame that could do anything."""


OWN_CALENDAR = pd.date_range("2024", periods=4, freq=pd.offsets.CustomBusinessDay(holidays=["2024-01-03"]))
ORDERLESS = pd.Series(np.random.default_rng(0).permutation(5000))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Mine(SALES), "a value of type Mine"),
        (SALES.groupby("town"), "a value of type DataFrameGroupBy"),
        (pd.Series(pd.arrays.SparseArray([0, 1])), "entries of dtype Sparse"),
        (ORDERLESS.astype(pd.CategoricalDtype(ORDERLESS)), "5000 categories or labels that are in no order"),
        (OWN_CALENDAR, "the frequency C"),
    ],
    ids=["derived", "grouped", "sparse", "orderless", "calendar"],
)  # fmt: skip
def test_what_cannot_cross(value: Any, words: str) -> None:
    """What is no table of pandas' own, or one that cannot be made again, is refused in words."""
    with pytest.raises(CannotCross, match=words):
        encode(value, WITH_TABLES)


def test_nowhere_else() -> None:
    """Where nobody asked for tables, none is written and none is read."""
    with pytest.raises(CannotCross, match="DataFrame"):
        encode(SALES)
    with pytest.raises(Malformed, match="a table"):
        decode(encode(SALES, WITH_TABLES))


@settings(max_examples=500, deadline=None)
@given(tables() | st.sampled_from([*USUAL.values(), NESTED, *VALUES, *ARRAYS]), st.data())
def test_damaged_bytes(value: Any, data: st.DataObject) -> None:
    """A table with bytes changed, or cut off, is a value or malformed; nothing else happens."""
    good = bytearray(encode(value, WITH_TABLES))
    for _ in range(data.draw(st.integers(1, 3))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    for damaged in (bytes(good), bytes(good[: data.draw(st.integers(0, len(good)))])):
        try:
            decode(damaged, WITH_TABLES)
        except Malformed:
            continue


def table(*parts: Any) -> bytes:
    return b"W" + encode(parts, WITH_TABLES)


PARTS = st.sampled_from([
    "UTC", "D", "left", "python", None, True, False,
    0, 1, -1, 2**40, 2**61, -(2**61), 2**80, 0.5, [], (), {}, [None], ["a"],
    np.array(1), np.arange(3), np.arange(3, dtype="int8"), np.array([True, False, True]), np.array([None, 1, "a"]),
    np.array([[1.0]]), np.datetime64("2024-01-01", "s"), np.timedelta64(1, "ns"), np.array(["2024"], "M8[D]"),
    np.array(["2024", "1900"], "M8[us]"), [np.array([0, 1, -1], "int8")], SALES, [pd.Index(["a", "b"])],
    pd.RangeIndex(3), pd.RangeIndex(2**40), pd.Index(["a", "b"]), pd.NaT, pd.Index([1, 2, 3]), pd.Series([1, 2, 3]),
    pd.array([1, 2, 3]),
])  # fmt: skip


@settings(max_examples=2000, deadline=None)
@given(st.sampled_from(sorted(tables_module.TOGETHER)), st.lists(PARTS, max_size=4))
def test_any_parts(kind: str, parts: list[Any]) -> None:
    """Any parts make a table that can be written again, or are malformed; nothing else happens."""
    try:
        made = decode(table(kind, *parts), WITH_TABLES)
    except Malformed:
        return
    assert type(back(made)) is type(made)


def colliding(count: int) -> np.ndarray:
    """Numbers that pandas files in one place: their hash is (k >> 33) ^ k ^ (k << 11), cut to 32 bits."""
    keys = []
    for high in range(1, count + 1):
        low = 0
        for _ in range(4):
            low = (high ^ (low << 11)) & (2**32 - 1)
        keys.append((high << 33) | low)
    return np.random.default_rng(0).permutation(np.array(keys))


ONES, CODES, LETTERS = np.ones(3), np.zeros(3, "int8"), pd.Index(["a", "b", "c"])
LONG_ROW = pd.Index(colliding(30_000))
HOSTILE = {
    "no table": table("parquet", b""),
    "no parts": b"W" + encode("frame"),
    "a part too few": table("frame", LETTERS, LETTERS),
    "other names than columns": table("frame", LETTERS, LETTERS, [ONES]),
    "other rows than labels": table("frame", LETTERS, LETTERS, [ONES, ONES, np.ones(4)]),
    "a list as a column": table("frame", LETTERS, LETTERS, [[1, 2, 3]] * 3),
    "a list as labels": table("series", ONES, ["a", "b", "c"], None),
    "a name that cannot be one": table("series", ONES, LETTERS, ["a"]),
    "a range without end": table("range", 0, 2**70, 1, None),
    "a range of no step": table("range", 0, 3, 0, None),
    "categories without end": table("Categorical array", CODES, pd.RangeIndex(2**40), False),
    "a category that there is not": table("Categorical array", CODES + 3, LETTERS, False),
    "the same category twice": table("Categorical array", CODES, pd.Index(["a", "a"]), False),
    "categories with one hash": table("Categorical array", CODES, LONG_ROW, False),
    "labels with one hash": table("levels", [LONG_ROW], [CODES], [None]),
    "a label that there is not": table("levels", [LETTERS], [CODES - 2], [None]),
    "levels of other lengths": table("levels", [LETTERS, LETTERS], [CODES, CODES[:2]], [None, None]),
    "a mask of another length": table("masked", CODES, np.zeros(2, bool)),
    "texts that are none": table("String array", ["a", 1], "python", True),
    "texts of a program": table("String array", ["a"], "os", True),
    "a zone that is a file": table("timestamp", np.datetime64(0, "s"), "/etc/passwd"),
    "a zone somewhere else": table("timestamp", np.datetime64(0, "s"), "../../../etc/passwd"),
    "a zone of another library": table("timestamp", np.datetime64(0, "s"), "dateutil//etc/passwd"),
    "a unit of 25 seconds": table("index", np.zeros(3, "M8[25s]"), None, None),
    "another way round": table("index", np.zeros(3, ">i8"), None, None),
    "a table of columns and rows": table("index", np.zeros((2, 2)), None, None),
    "a frequency that is code": table("index", np.zeros(3, "M8[s]"), None, "__import__('os')"),
    "a frequency that is not true": table("index", np.zeros(3, "M8[s]"), None, "D"),
    "a frequency of nothing": table("index", np.zeros(3, "M8[s]"), None, "0D"),
    "steps without end": table("index", np.arange(200_000).astype("M8[D]").astype("M8[s]"), None, "B"),
    "ends that are objects": table("Interval array", pd.Index([None, 1]), pd.Index([1, 2]), "left"),
    "ends without end": table("Interval array", pd.RangeIndex(2**40), pd.RangeIndex(2**40), "left"),
    "an interval the other way round": table("interval", 2, 1, "left"),
    "frames a hundred deep": (b"Wt\x02\x00\x00\x00" + encode("dtype")) * 100 + encode(1),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables(name: str) -> None:
    """What is made to harm the reader is malformed, and is so at once."""
    begin = time.process_time()
    with pytest.raises(Malformed):
        decode(HOSTILE[name], WITH_TABLES)
    assert time.process_time() - begin < 0.2
