"""Plain data as bytes, and back: the only form in which anything crosses between a student's process and the tests.

Whoever reads must survive whoever wrote. Reading makes numbers, text, containers, arrays and (through a list of allowed
classes) sympy expressions; it runs no constructor, name or text of the writer's. Every length is checked against the
bytes that are there, nesting and size are bounded, and whatever is not as it should be raises :class:`Malformed`.

What is no plain data is passed to a *crossing*: an object that may turn it into a reference to an object that stays
where it is.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from autograder.grading.sealed.known import NAMED, NAMES

DEEPEST = 60
"""Containers within containers; also what protects the reader's stack."""
MOST_ITEMS = 2_000_000
"""Values in one message; an array counts as one."""
LONGEST_INTEGER = 100_000  # bytes
KINDS = "biufcSUmM"
WIDEST = 100_000  # bytes of one entry of an array; only texts are so wide


class CannotCross(Exception):
    """A value that is no plain data; the message says what it is."""


class Malformed(Exception):
    """Bytes that no honest writer wrote."""


class Crossing(Protocol):
    """What is done about values that are no plain data."""

    def leave(self, value: Any) -> tuple[str, Any]:
        """Describe a value: how it crosses, and a description for the other side.

        Raises:
            CannotCross: there is no way.
        """

    def arrive(self, how: str, described: Any) -> Any:
        """Take a description back to a value, or to something that stands for it.

        Raises:
            Malformed: it describes nothing.
        """


class _Strict:
    """Plain data only."""

    def leave(self, value: Any) -> tuple[str, Any]:
        raise CannotCross(f"a value of type {type.__dict__['__name__'].__get__(type(value))}")

    def arrive(self, how: str, described: Any) -> Any:
        raise Malformed(f"a reference ({how}) where plain data is wanted")


STRICT = _Strict()


# ---- writing ----


class _Writer:
    def __init__(self, crossing: Crossing) -> None:
        self.crossing = crossing
        self.out: list[bytes] = []
        self.depth = self.items = 0

    def raw(self, data: bytes) -> None:
        self.out.append(struct.pack("<I", len(data)))
        self.out.append(data)

    def value(self, value: Any) -> None:
        self.items += 1
        if self.depth >= DEEPEST or self.items > MOST_ITEMS:
            raise CannotCross("a value that is nested too deeply or has too many parts")
        self.depth += 1
        write = WRITERS.get(type(value))
        if write is not None:
            write(self, value)
        elif NAMES.get(id(type(value))) and isinstance(value, np.generic):
            _write_array(self, np.asarray(value), b"g")
        elif (name := NAMES.get(id(value))) is not None:
            self.out.append(b"y")
            self.raw(name.encode())
        elif _from_sympy(value):
            self.out.append(b"Y")
            self.value(_to_tree(value))
        else:
            how, described = self.crossing.leave(value)
            self.out.append(b"R")
            self.raw(how.encode())
            self.value(described)
        self.depth -= 1


def _from_sympy(value: Any) -> bool:
    if str(type(value).__module__).partition(".")[0] != "sympy" and type(value).__name__ != "Function":
        return False
    from autograder.grading.sealed import trees

    return trees.is_tree(value)


def _to_tree(value: Any) -> Any:
    from autograder.grading.sealed import trees

    return trees.to_tree(value)


def _constant(tag: bytes) -> Callable[[_Writer, Any], None]:
    return lambda w, value: w.out.append(tag)


def _write_int(w: _Writer, value: int) -> None:
    if -(2**63) <= value < 2**63:
        w.out.append(b"i" + struct.pack("<q", value))
        return
    size = value.bit_length() // 8 + 1
    if size > LONGEST_INTEGER:
        raise CannotCross(f"a whole number of {size} bytes")
    w.out.append(b"I")
    w.raw(value.to_bytes(size, "little", signed=True))


def _write_text(w: _Writer, value: str) -> None:
    w.out.append(b"s")
    w.raw(value.encode("utf-8", "surrogatepass"))


def _bytes(tag: bytes) -> Callable[[_Writer, Any], None]:
    def write(w: _Writer, value: Any) -> None:
        w.out.append(tag)
        w.raw(bytes(value))

    return write


def _items(tag: bytes) -> Callable[[_Writer, Any], None]:
    def write(w: _Writer, value: Any) -> None:
        w.out.append(tag + struct.pack("<I", len(value)))
        for item in value:
            w.value(item)

    return write


def _write_list(w: _Writer, value: list[Any]) -> None:
    if len(value) > 8 and set(map(type, value)) == {float}:  # the commonest long list, in one step
        w.out.append(b"p")
        w.raw(struct.pack(f"<{len(value)}d", *value))
    else:
        _items(b"l")(w, value)


def _write_dict(w: _Writer, value: dict[Any, Any]) -> None:
    w.out.append(b"d" + struct.pack("<I", len(value)))
    for key, item in value.items():
        w.value(key)
        w.value(item)


def _as(name: str, parts: Callable[[Any], Any]) -> Callable[[_Writer, Any], None]:
    """Write a value of a library's class as its name and what it is made of."""

    def write(w: _Writer, value: Any) -> None:
        w.out.append(b"k")
        w.raw(name.encode())
        w.value(parts(value))

    return write


def _write_array(w: _Writer, value: np.ndarray, tag: bytes = b"a") -> None:
    if value.dtype.kind == "O":
        w.out.append(b"o")
        w.value(value.shape)
        w.value(list(value.flat))
        return
    if value.dtype.kind not in KINDS or value.dtype.itemsize > WIDEST:
        raise CannotCross(f"an array of dtype {value.dtype}")
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    w.out.append(tag)
    w.raw(value.dtype.str.encode())
    w.value((order, value.shape))
    w.raw(value.tobytes(order=order))  # type: ignore[arg-type] # mypy does not see that it is one of the two


def _rng_state(value: np.random.Generator) -> Any:
    state: Any = value.bit_generator.state
    if state.get("bit_generator") != "PCG64":
        raise CannotCross("a random number generator of an unusual kind")
    return state


WRITERS: dict[type, Callable[[_Writer, Any], None]] = {
    type(None): _constant(b"N"),
    type(Ellipsis): _constant(b"E"),
    type(NotImplemented): _constant(b"n"),
    bool: lambda w, value: w.out.append(b"T" if value else b"F"),
    int: _write_int,
    float: lambda w, value: w.out.append(b"f" + struct.pack("<d", value)),
    complex: lambda w, value: w.out.append(b"c" + struct.pack("<dd", value.real, value.imag)),
    str: _write_text,
    bytes: _bytes(b"b"),
    bytearray: _bytes(b"B"),
    list: _write_list,
    tuple: _items(b"t"),
    set: _items(b"S"),
    frozenset: _items(b"Z"),
    dict: _write_dict,
    np.ndarray: _write_array,
    np.matrix: _as("matrix", np.asarray),
    np.random.Generator: _as("rng", _rng_state),
    range: _as("range", lambda value: (value.start, value.stop, value.step)),
    slice: _as("slice", lambda value: (value.start, value.stop, value.step)),
    Fraction: _as("fraction", lambda value: (value.numerator, value.denominator)),
    Decimal: _as("decimal", str),
    date: _as("date", date.isoformat),
    datetime: _as("datetime", datetime.isoformat),
    time: _as("time", time.isoformat),
    timedelta: _as("timedelta", lambda value: (value.days, value.seconds, value.microseconds)),
    deque: _as("deque", lambda value: (list(value), value.maxlen)),
    Counter: _as("Counter", dict),
    OrderedDict: _as("OrderedDict", lambda value: list(value.items())),
    defaultdict: _as("defaultdict", lambda value: (value.default_factory, dict(value))),
}
for _kind in set(np.sctypeDict.values()) - {np.void, np.object_}:
    WRITERS[type(np.dtype(_kind))] = _as("dtype", lambda value: value.str)


def encode(value: Any, crossing: Crossing = STRICT) -> bytes:
    """Write a value.

    Raises:
        CannotCross: a part of it is no plain data, and the crossing has no way for it.
    """
    writer = _Writer(crossing)
    try:
        writer.value(value)
    except RecursionError:
        raise CannotCross("a value that is nested too deeply") from None
    except MemoryError:  # an array may claim more than there is
        raise CannotCross("a value that is too large") from None
    return b"".join(writer.out)


# ---- reading ----


class _Reader:
    def __init__(self, data: bytes, crossing: Crossing) -> None:
        self.data = memoryview(data)
        self.crossing = crossing
        self.place = self.depth = self.items = 0

    def take(self, size: int) -> memoryview:
        if size > len(self.data) - self.place:
            raise Malformed("cut off")
        self.place += size
        return self.data[self.place - size : self.place]

    def unpack(self, code: str) -> Any:
        return struct.unpack(code, self.take(struct.calcsize(code)))

    def raw(self) -> memoryview:
        return self.take(self.unpack("<I")[0])

    def text(self) -> str:
        return bytes(self.raw()).decode("utf-8", "surrogatepass")

    def value(self) -> Any:
        self.items += 1
        self.depth += 1
        if self.depth > DEEPEST or self.items > MOST_ITEMS:
            raise Malformed("too deep, or too many parts")
        read = READERS.get(bytes(self.take(1)))
        if read is None:
            raise Malformed("unknown tag")
        value = read(self)
        self.depth -= 1
        return value

    def count(self) -> int:
        (count,) = self.unpack("<I")
        if count > len(self.data) - self.place:  # a part takes a byte at least
            raise Malformed("cut off")
        return int(count)

    def several(self) -> list[Any]:
        return [self.value() for _ in range(self.count())]

    def pairs(self) -> dict[Any, Any]:
        return {self.value(): self.value() for _ in range(self.count())}

    def array(self) -> np.ndarray:
        dtype = _dtype_of(bytes(self.raw()).decode("ascii"))
        order, shape = self.value()
        _require_shape(shape)
        if order not in ("C", "F"):
            raise Malformed("order")
        data = self.raw()
        if math.prod(shape) * dtype.itemsize != len(data):
            raise Malformed("an array of another size")
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

    def reference(self) -> Any:
        how = self.text()
        return self.crossing.arrive(how, self.value())


def _dtype_of(text: str) -> np.dtype[Any]:
    if len(text) > 20 or text[:1] not in tuple("<>|=") or text[1:2] not in tuple(KINDS):
        raise Malformed("dtype")
    dtype: np.dtype[Any] = np.dtype(text)
    if dtype.kind not in KINDS or dtype.itemsize > WIDEST:
        raise Malformed("dtype")
    return dtype


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


def _rng(state: Any) -> np.random.Generator:
    generator = np.random.PCG64(0)
    generator.state = state
    return np.random.Generator(generator)


def _defaultdict(parts: Any) -> Any:
    factory, items = parts
    if factory is not None and not any(factory is kind for kind in (int, float, str, list, dict, set, bool, tuple)):
        raise Malformed("factory")
    return defaultdict(factory, _require(dict, items))


def _matrix(value: Any) -> Any:
    if _require(np.ndarray, value).ndim != 2:
        raise Malformed("matrix")
    return value.view(np.matrix)


MADE: dict[str, Callable[[Any], Any]] = {
    "range": _whole(range),
    "slice": lambda parts: slice(*_require(tuple, parts)),
    "fraction": _whole(Fraction),
    "decimal": _of(str, Decimal),
    "date": _of(str, date.fromisoformat),
    "datetime": _of(str, datetime.fromisoformat),
    "time": _of(str, time.fromisoformat),
    "timedelta": _whole(timedelta),
    "deque": lambda parts: deque(_require(list, parts[0]), parts[1]),
    "Counter": _of(dict, Counter),
    "OrderedDict": _of(list, OrderedDict),
    "defaultdict": _defaultdict,
    "dtype": _of(str, _dtype_of),
    "matrix": _matrix,
    "rng": _of(dict, _rng),
}

READERS: dict[bytes, Callable[[_Reader], Any]] = {
    b"N": lambda r: None,
    b"E": lambda r: ...,
    b"n": lambda r: NotImplemented,
    b"T": lambda r: True,
    b"F": lambda r: False,
    b"i": lambda r: r.unpack("<q")[0],
    b"I": lambda r: int.from_bytes(r.raw()[:LONGEST_INTEGER], "little", signed=True),
    b"f": lambda r: r.unpack("<d")[0],
    b"c": lambda r: complex(*r.unpack("<dd")),
    b"s": _Reader.text,
    b"b": lambda r: bytes(r.raw()),
    b"B": lambda r: bytearray(r.raw()),
    b"l": _Reader.several,
    b"p": lambda r: [number for (number,) in struct.iter_unpack("<d", r.raw())],
    b"t": lambda r: tuple(r.several()),
    b"S": lambda r: set(r.several()),
    b"Z": lambda r: frozenset(r.several()),
    b"d": _Reader.pairs,
    b"a": _Reader.array,
    b"g": lambda r: r.array()[()],
    b"o": _Reader.objects,
    b"y": lambda r: NAMED[r.text()],
    b"k": lambda r: MADE[r.text()](r.value()),
    b"Y": _Reader.tree,
    b"R": _Reader.reference,
}


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
