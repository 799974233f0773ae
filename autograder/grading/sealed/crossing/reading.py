"""Bytes to plain data: numbers, text, containers, arrays, tables of pandas and, through a list of classes, sympy's.

Whoever reads must survive whoever wrote. Reading runs no constructor, name or text of the writer's. Every length is
checked against the bytes that are there, nesting and size are bounded, and whatever is not as it should be raises
:class:`~autograder.grading.sealed.crossing.plain.Malformed`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.grading.sealed.crossing import standard, tables, values
from autograder.grading.sealed.crossing.known import NAMED
from autograder.grading.sealed.crossing.plain import (
    DEEPEST,
    FEW_ITEMS,
    LONGEST_INTEGER,
    MOST_ITEMS,
    STRICT,
    Crossing,
    Malformed,
)
from autograder.grading.sealed.crossing.required import dtype_of, filed, require_meaning, require_shape, require_spread

_COUNT, _LONG, _DOUBLE, _COMPLEX = (struct.Struct(code) for code in ("<I", "<q", "<d", "<dd"))


class _Reader:
    def __init__(self, data: bytes, crossing: Crossing) -> None:
        self.data = data
        self.crossing = crossing
        self.readers, self.most = (READERS, MOST_ITEMS) if crossing.takes_objects else (BARE_READERS, FEW_ITEMS)
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
        if count and (self.depth >= DEEPEST or self.items > self.most):
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
        return filed(list(zip(parts, parts, strict=True)))

    def members(self) -> list[Any]:
        items = self.several()
        require_spread(items)
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
        dtype = dtype_of(self.raw().decode("ascii"))
        order, shape = self.value()
        require_shape(shape)
        if order not in ("C", "F"):
            raise Malformed("order")
        data = self.raw()
        if math.prod(shape) * dtype.itemsize != len(data):
            raise Malformed("an array of another size")
        require_meaning(dtype, data)
        return np.ndarray(shape, dtype, bytearray(data), order=order) if len(data) else np.empty(shape, dtype, order)

    def objects(self) -> np.ndarray:
        shape, items = self.value(), self.value()
        require_shape(shape)
        if type(items) is not list or math.prod(shape) != len(items):
            raise Malformed("an array of another size")
        out = np.empty(len(items), object)
        for place, item in enumerate(items):
            out[place] = item
        return out.reshape(shape)

    def tree(self) -> Any:
        from autograder.grading.sealed.crossing import trees

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
    b"k": lambda r: standard.TOGETHER[r.text()](r.value()),
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
