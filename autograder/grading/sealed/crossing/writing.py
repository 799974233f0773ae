"""Plain data to bytes: what it is made of is looked at, and none of it is asked."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing import standard, tables, values
from autograder.grading.sealed.crossing.known import NAMES
from autograder.grading.sealed.crossing.plain import (
    DEEPEST,
    LONGEST_INTEGER,
    MOST_BYTES,
    MOST_ITEMS,
    STRICT,
    CannotCross,
    Crossing,
    may_be_in_array,
)

_count, _long, _double = struct.Struct("<I").pack, struct.Struct("<q").pack, struct.Struct("<d").pack


class _Writer:
    def __init__(self, crossing: Crossing) -> None:
        self.crossing = crossing
        self.out: list[bytes] = []
        self.depth = self.items = 0

    def raw(self, tag: bytes, data: bytes) -> None:
        self.out.append(tag + _count(len(data)))
        self.out.append(data)

    def several(self, values: Iterable[Any], count: int) -> None:
        """Write values, all in one loop: what is written here is most of the time of a call."""
        self.items += count
        if count and (self.depth >= DEEPEST or self.items > MOST_ITEMS):
            raise CannotCross("a value that is nested too deeply or has too many parts")
        self.depth += 1
        for value in values:
            write = WRITERS.get(type(value))
            if write is not None:
                write(self, value)
            else:
                self.other(value)
        self.depth -= 1

    def other(self, value: Any) -> None:
        """Write a value of a type that is not in the table."""
        if NAMES.get(id(type(value))) and isinstance(value, np.generic):
            _write_array(self, np.asarray(value), b"g")
        elif (name := NAMES.get(id(value))) and (self.crossing.names_functions or isinstance(value, type)):
            self.raw(b"y", name.encode())
        elif _from_sympy(value):
            self.out.append(b"Y")
            self.several((_to_tree(value),), 1)
        elif self.crossing.takes_tables and tables.is_table(value):
            self.out.append(b"W")
            self.several((tables.to_parts(value),), 1)
        elif self.crossing.takes_tables and values.is_value(value):
            self.out.append(b"V")
            self.several((values.to_parts(value),), 1)
        else:
            how, described = self.crossing.leave(value)
            self.raw(b"R", how.encode())
            self.several((described,), 1)


def _from_sympy(value: Any) -> bool:
    kinds = (type(value), type(type(value)))  # the class of f(x) is of no module, but of a class of sympy's
    if not any(str(kind.__module__).partition(".")[0] == "sympy" for kind in kinds):
        return False
    from autograder.grading.sealed.crossing import trees

    return trees.is_tree(value)


def _to_tree(value: Any) -> Any:
    from autograder.grading.sealed.crossing import trees

    return trees.to_tree(value)


def _constant(tag: bytes) -> Callable[[_Writer, Any], None]:
    return lambda w, value: w.out.append(tag)


def _write_int(w: _Writer, value: int) -> None:
    if -(2**63) <= value < 2**63:
        w.out.append(b"i" + _long(value))
        return
    size = value.bit_length() // 8 + 1
    if size > LONGEST_INTEGER:
        raise CannotCross(f"a whole number of {size} bytes")
    w.raw(b"I", value.to_bytes(size, "little", signed=True))


def _write_text(w: _Writer, value: str) -> None:
    data = value.encode("utf-8", "surrogatepass")
    w.out.append(b"s" + _count(len(data)) + data)


def _bytes(tag: bytes) -> Callable[[_Writer, Any], None]:
    return lambda w, value: w.raw(tag, bytes(value))


def _items(tag: bytes) -> Callable[[_Writer, Any], None]:
    def write(w: _Writer, value: Any) -> None:
        w.out.append(tag + _count(len(value)))
        w.several(value, len(value))

    return write


def _write_list(w: _Writer, value: list[Any]) -> None:
    if len(value) > 8 and set(map(type, value)) == {float}:  # the commonest long list, in one step
        w.raw(b"p", struct.pack(f"<{len(value)}d", *value))
    else:
        w.out.append(b"l" + _count(len(value)))
        w.several(value, len(value))


def _write_dict(w: _Writer, value: dict[Any, Any]) -> None:
    w.out.append(b"d" + _count(len(value)))
    w.several(chain.from_iterable(value.items()), 2 * len(value))


def _as(name: str, parts: Callable[[Any], Any]) -> Callable[[_Writer, Any], None]:
    """Write a value of a library's class as its name and what it is made of."""

    def write(w: _Writer, value: Any) -> None:
        w.raw(b"k", name.encode())
        w.several((parts(value),), 1)

    return write


def _write_array(w: _Writer, value: np.ndarray, tag: bytes = b"a") -> None:
    if value.dtype.kind == "O":
        w.out.append(b"o")
        w.several((value.shape, list(value.flat)), 2)
        return
    if value.dtype.names is not None:
        w.raw(b"k", b"record" if tag == b"g" else b"records")
        w.several((standard.columns(value),), 1)
        return
    if not may_be_in_array(value.dtype):
        raise CannotCross(f"an array of dtype {value.dtype}")
    if value.nbytes > MOST_BYTES:
        raise CannotCross(f"an array of {value.nbytes / 1e9:.3g} GB")
    order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
    w.raw(tag, value.dtype.str.encode())
    w.several(((order, value.shape),), 1)
    w.raw(b"", value.tobytes(order=order))  # type: ignore[arg-type] # mypy does not see that it is one of the two


WRITERS: dict[type, Callable[[_Writer, Any], None]] = {
    type(None): _constant(b"N"),
    type(Ellipsis): _constant(b"E"),
    type(NotImplemented): _constant(b"n"),
    bool: lambda w, value: w.out.append(b"T" if value else b"F"),
    int: _write_int,
    float: lambda w, value: w.out.append(b"f" + _double(value)),
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
    np.void: lambda w, value: _write_array(w, np.asarray(value), b"g"),
    np.record: lambda w, value: _write_array(w, np.asarray(value), b"g"),
} | {kind: _as(name, parts) for kind, (name, parts) in standard.APART.items()}


def is_plain(value: Any) -> bool:
    """Whether a value is of a type that crosses by what it is made of, if that does."""
    return type(value) in WRITERS


def encode(value: Any, crossing: Crossing = STRICT) -> bytes:
    """Write a value.

    Raises:
        CannotCross: a part of it is no plain data, and the crossing has no way for it.
    """
    writer = _Writer(crossing)
    try:
        writer.several((value,), 1)
    except RecursionError:
        raise CannotCross("a value that is nested too deeply") from None
    except MemoryError:  # an array may claim more than there is
        raise CannotCross("a value that is too large") from None
    return b"".join(writer.out)
