"""Bytes to plain data: numbers, text, containers, arrays, tables of pandas and, through a list of classes, sympy's.

Whoever reads must survive whoever wrote. Reading runs no constructor, name or text of the writer's. Every length is
checked against the bytes that are there, nesting and size are bounded, and whatever is not as it should be raises
:class:`~autograder.grading.sealed.plain.Malformed`.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from autograder.grading.sealed import tables, values
from autograder.grading.sealed.known import NAMED
from autograder.grading.sealed.plain import (
    DEEPEST,
    LONGEST_INTEGER,
    LONGEST_PART,
    MOST_ITEMS,
    STRICT,
    Crossing,
    Malformed,
    may_be_in_array,
)

FEW = 16
"""So many keys may have one hash, on the average: that takes no time to speak of."""
LAST_SIGN = 0x10FFFF
MOST_COLUMNS = 1000


_COUNT, _LONG, _DOUBLE, _COMPLEX = (struct.Struct(code) for code in ("<I", "<q", "<d", "<dd"))


class _Reader:
    def __init__(self, data: bytes, crossing: Crossing) -> None:
        self.data = data
        self.crossing = crossing
        self.readers = READERS if crossing.takes_objects else BARE_READERS
        self.place = self.depth = self.items = 0

    def unpack(self, form: struct.Struct) -> Any:
        place = self.place
        self.place = place + form.size
        return form.unpack_from(self.data, place)  # raises where that is not there

    def raw(self) -> bytes:
        begin = self.place + _COUNT.size
        end = begin + _COUNT.unpack_from(self.data, self.place)[0]
        if end > len(self.data):
            raise Malformed("cut off")
        self.place = end
        return self.data[begin:end]

    def text(self) -> str:
        return self.raw().decode("utf-8", "surrogatepass")

    def value(self) -> Any:
        return self.so_many(1)[0]

    def count(self) -> int:
        (count,) = self.unpack(_COUNT)
        if count > len(self.data) - self.place:  # a part takes a byte at least
            raise Malformed("cut off")
        return int(count)

    def so_many(self, count: int) -> list[Any]:
        """Read values, all in one loop: what is read here is most of the time of a call."""
        self.items += count
        if count and (self.depth >= DEEPEST or self.items > MOST_ITEMS):
            raise Malformed("too deep, or too many parts")
        self.depth += 1
        data, readers, out = self.data, self.readers, []
        for _ in range(count):
            read = readers.get(data[self.place])
            if read is None:
                raise Malformed("unknown tag")
            self.place += 1
            out.append(read(self))
        self.depth -= 1
        return out

    def several(self) -> list[Any]:
        return self.so_many(self.count())

    def pairs(self) -> dict[Any, Any]:
        parts = iter(self.so_many(2 * self.count()))
        return _filed(list(zip(parts, parts, strict=True)))

    def members(self) -> list[Any]:
        items = self.several()
        _require_spread(items)
        return items

    def floats(self) -> list[float]:
        data = self.raw()
        if len(data) > 8 * MOST_ITEMS:
            raise Malformed("too many parts")
        return [number for (number,) in struct.iter_unpack("<d", data)]

    def named(self) -> Any:
        value = NAMED[self.text()]
        if not self.crossing.takes_functions and not isinstance(value, type):
            raise Malformed("a function by its name")
        return value

    def array(self) -> np.ndarray:
        dtype = _dtype_of(self.raw().decode("ascii"))
        order, shape = self.value()
        _require_shape(shape)
        if order not in ("C", "F"):
            raise Malformed("order")
        data = self.raw()
        if math.prod(shape) * dtype.itemsize != len(data):
            raise Malformed("an array of another size")
        _require_meaning(dtype, data)
        return np.ndarray(shape, dtype, bytearray(data), order=order) if len(data) else np.empty(shape, dtype, order)

    def objects(self) -> np.ndarray:
        shape, items = self.value(), self.value()
        _require_shape(shape)
        if type(items) is not list or math.prod(shape) != len(items):
            raise Malformed("an array of another size")
        out = np.empty(len(items), object)
        for place, item in enumerate(items):
            out[place] = item
        return out.reshape(shape)

    def tree(self) -> Any:
        from autograder.grading.sealed import trees

        return trees.from_tree(self.value())

    def table(self) -> Any:
        if not self.crossing.takes_tables:
            raise Malformed("a table")
        return tables.from_parts(self.value())

    def library(self) -> Any:
        if not self.crossing.takes_tables:
            raise Malformed("a library's value")
        return values.from_parts(self.value())

    def reference(self) -> Any:
        how = self.text()
        return self.crossing.arrive(how, self.value())


def _dtype_of(text: str) -> np.dtype[Any]:
    if len(text) > 20 or text[:1] not in tuple("<>|=") or "," in text:
        raise Malformed("dtype")
    dtype: np.dtype[Any] = np.dtype(text)
    if not may_be_in_array(dtype):
        raise Malformed("dtype")
    return dtype


def _require_meaning(dtype: np.dtype[Any], data: bytes) -> None:
    """Refuse bytes that stand for no value: what NumPy does with such is anybody's guess."""
    if dtype.kind == "b" and len(data) and np.frombuffer(data, np.uint8).max() > 1:
        raise Malformed("a truth value that is neither")
    if dtype.kind == "U" and len(data):
        signs = np.frombuffer(data, np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        if signs.max() > LAST_SIGN:
            raise Malformed("a text with a sign that there is not")


def _require_spread(keys: list[Any]) -> None:
    """Refuse keys that were chosen to have one hash: to file them takes the square of their number."""
    if len(keys) <= FEW:
        return
    hashes = list(map(hash, keys))
    alike = Counter(hashes) if len(set(hashes)) < len(keys) else {}
    if sum(count * count for count in alike.values()) > FEW * len(keys):
        raise Malformed("keys that were chosen to be slow")


def _filed(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    _require_spread([key for key, _ in pairs])
    return dict(pairs)


def _require_shape(shape: Any) -> None:
    if type(shape) is not tuple or len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise Malformed("shape")


def _require(kind: type, value: Any) -> Any:
    size: Any = len
    if type(value) is not kind or (kind is str and size(value) > LONGEST_INTEGER):
        raise Malformed(f"{kind.__name__} wanted")
    return value


def _of(kind: type, to: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make something of one plain value."""
    return lambda value: to(_require(kind, value))


def _whole(to: Callable[..., Any]) -> Callable[[Any], Any]:
    """Make something of a tuple of whole numbers."""
    return lambda parts: to(*(_require(int, part) for part in _require(tuple, parts)))


def _fraction(parts: Any) -> Fraction:
    if type(parts) is not tuple or not all(type(part) is int for part in parts) or len(parts) != 2:
        raise Malformed("fraction")
    if max(part.bit_length() for part in parts) > 8 * LONGEST_PART + 8:
        raise Malformed("a long fraction")
    return Fraction(*parts)


def _decimal(text: Any) -> Decimal:
    if type(text) is not str or len(text) > LONGEST_PART:
        raise Malformed("decimal")
    return Decimal(text)


def _ordered(pairs: Any) -> Any:
    if not all(type(pair) is tuple and len(pair) == 2 for pair in _require(list, pairs)):
        raise Malformed("pairs")
    return OrderedDict(_filed(pairs))


def _rng(state: Any) -> np.random.Generator:
    generator = np.random.PCG64(0)
    generator.state = state
    return np.random.Generator(generator)


def _legacy_rng(parts: Any) -> np.random.RandomState:
    key, place, has_gauss, gauss = parts
    if _require(np.ndarray, key).shape != (624,) or key.dtype != np.uint32 or not 0 <= _require(int, place) <= 624:
        raise Malformed("state")
    made = np.random.RandomState(0)
    made.set_state(("MT19937", key, place, int(_require(int, has_gauss) != 0), _require(float, gauss)))
    return made


def _path(text: Any) -> Path:
    if type(text) is not str or len(text) > LONGEST_PART:
        raise Malformed("path")
    return Path(text)


def _defaultdict(parts: Any) -> Any:
    factory, items = parts
    if factory is not None and not any(factory is kind for kind in (int, float, str, list, dict, set, bool, tuple)):
        raise Malformed("factory")
    return defaultdict(factory, _require(dict, items))


def _records(parts: Any) -> Any:
    """A structured array, of its columns."""
    names, shape, columns, are_records = parts
    _require_shape(shape)
    if type(names) is not list or not all(type(name) is str for name in names) or len(names) > MOST_COLUMNS:
        raise Malformed("names of columns")
    if len(_require(list, columns)) != len(names) or type(are_records) is not bool:
        raise Malformed("columns")
    size = math.prod(shape)
    if not all(type(column) is np.ndarray and column.shape == (size,) and column.dtype != object for column in columns):
        raise Malformed("columns")
    dtype = np.dtype([(name, column.dtype) for name, column in zip(names, columns, strict=True)])
    made = np.empty(size, np.dtype((np.record, dtype)) if are_records else dtype)
    for name, column in zip(names, columns, strict=True):
        made[name] = column
    return made.reshape(shape)


def _recarray(value: Any) -> Any:
    if _require(np.ndarray, value).dtype.names is None:
        raise Malformed("records")
    return value.view(np.recarray)


def _matrix(value: Any) -> Any:
    if _require(np.ndarray, value).ndim != 2:
        raise Malformed("matrix")
    return value.view(np.matrix)


MADE: dict[str, Callable[[Any], Any]] = {
    "range": _whole(range),
    "slice": lambda parts: slice(*_require(tuple, parts)),
    "fraction": _fraction,
    "decimal": _decimal,
    "date": _of(str, date.fromisoformat),
    "datetime": _of(str, datetime.fromisoformat),
    "time": _of(str, time.fromisoformat),
    "timedelta": _whole(timedelta),
    "deque": lambda parts: deque(_require(list, parts[0]), parts[1]),
    "Counter": _of(dict, Counter),
    "OrderedDict": _ordered,
    "defaultdict": _defaultdict,
    "dtype": _of(str, lambda text: np.dtype(object) if text == "|O" else _dtype_of(text)),
    "matrix": _matrix,
    "records": _records,
    "record": lambda parts: _records(parts)[()],
    "recarray": _recarray,
    "rng": _of(dict, _rng),
    "legacy rng": _legacy_rng,
    "path": _path,
}

_BY_TAG: dict[bytes, Callable[[_Reader], Any]] = {
    b"N": lambda r: None,
    b"E": lambda r: ...,
    b"n": lambda r: NotImplemented,
    b"T": lambda r: True,
    b"F": lambda r: False,
    b"i": lambda r: r.unpack(_LONG)[0],
    b"I": lambda r: int.from_bytes(r.raw()[:LONGEST_INTEGER], "little", signed=True),
    b"f": lambda r: r.unpack(_DOUBLE)[0],
    b"c": lambda r: complex(*r.unpack(_COMPLEX)),
    b"s": _Reader.text,
    b"b": _Reader.raw,
    b"B": lambda r: bytearray(r.raw()),
    b"l": _Reader.several,
    b"p": _Reader.floats,
    b"t": lambda r: tuple(r.several()),
    b"S": lambda r: set(r.members()),
    b"Z": lambda r: frozenset(r.members()),
    b"d": _Reader.pairs,
    b"a": _Reader.array,
    b"g": lambda r: r.array()[()],
    b"o": _Reader.objects,
    b"y": _Reader.named,
    b"k": lambda r: MADE[r.text()](r.value()),
    b"Y": _Reader.tree,
    b"W": _Reader.table,
    b"V": _Reader.library,
    b"R": _Reader.reference,
}
READERS = {ord(tag): read for tag, read in _BY_TAG.items()}
BARE_READERS = {tag: READERS[tag] for tag in b"NTFifsbltd"}


def decode(data: bytes, crossing: Crossing = STRICT) -> Any:
    """Read a value.

    Raises:
        Malformed: the bytes are not those of a value, or of more than one.
    """
    reader = _Reader(data, crossing)
    try:
        value = reader.value()
    except Malformed:
        raise
    except Exception as error:  # NumPy, datetime and sympy each refuse in their own way
        raise Malformed(f"{type(error).__name__}: {str(error)[:200]}") from None
    if reader.place != len(reader.data):
        raise Malformed("more than one value")
    return value
