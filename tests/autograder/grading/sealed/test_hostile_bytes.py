"""Bytes that no honest process sends are told as such, and nothing else happens."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import ARRAYS, EXPRESSIONS, LIBRARY, PLAIN, typed

from autograder.grading.sealed.crossing.standard import TOGETHER
from autograder.grading.sealed.crossing.wire import BARE, Malformed, decode, encode


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are either a value or malformed; nothing else happens."""
    try:
        decode(data)
    except Malformed:
        return


@settings(max_examples=300)
@given(PLAIN | ARRAYS | st.sampled_from(EXPRESSIONS + LIBRARY), st.data())
def test_damaged_bytes(value: Any, data: st.DataObject) -> None:
    """A message with a byte changed, cut off or made longer is a value or malformed; nothing else happens."""
    good = bytearray(encode(value))
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(good)))
    for damaged in (bytes(good), bytes(good[:cut]), bytes(good) + b"N"):
        try:
            decode(damaged)
        except Malformed:
            continue


@settings(max_examples=1000)
@given(st.sampled_from(sorted(TOGETHER)), PLAIN | ARRAYS | st.sampled_from(LIBRARY) | st.just([(1, 2)]))
def test_any_parts(kind: str, parts: Any) -> None:
    """Any value in the place of what a value is made of makes one, which can be written again, or is malformed."""
    name = kind.encode()
    try:
        made = decode(b"k" + len(name).to_bytes(4, "little") + name + encode(parts))
    except Malformed:
        return
    assert type(decode(encode(made))) is type(made)


class Planted:
    """Runs when it is unpickled."""

    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('executed')",))


LONG = 3**100_000
HOSTILE = {
    "a pickle": pickle.dumps(Planted()),
    "a list of four thousand million": b"l\xff\xff\xff\xff",
    "a text of four thousand million": b"s\xff\xff\xff\xffab",
    "an array of objects": b"a" + b"\x02\x00\x00\x00|O" + encode(("C", (1,))) + b"\x08\x00\x00\x00" + b"\x41" * 8,
    "an array larger than its bytes": b"a\x03\x00\x00\x00<f8" + encode(("C", (1 << 30,))) + b"\x08\x00\x00\x00AAAAAAAA",
    "an array of negative length": b"a\x03\x00\x00\x00<f8" + encode(("C", (-1,))) + b"\x00\x00\x00\x00",
    "a name that is not in the list": b"y\x0d\x00\x00\x00builtins.eval",
    "lists ten thousand deep": b"l\x01\x00\x00\x00" * 10_000,
    "a reference where there are none": b"R\x04\x00\x00\x00home" + encode(1),
    "an unknown class of sympy": b"Y" + encode(("node", "sympify", [1])),
    "text for sympy to read": b"Y" + encode(("node", "Add", ["__import__('os')"])),
    "text that sympy would evaluate": b"Y" + encode(("node", "Tuple", [("text", "print('evaluated')")])),
    "a symbol that is a call": b"Y" + encode(("symbol", "print('evaluated')", {})),
    "a matrix that is a call": b"Y" + encode(("matrix symbol", "print('evaluated')", 2, 2)),
    "a function that there is": b"Y" + encode(("unknown", "exec", [1])),
    "an operator that changes": b"y\x0c\x00\x00\x00operator.imul",
    "an operator that calls": b"y\x0d\x00\x00\x00operator.call",
    "a list as a key": b"d\x01\x00\x00\x00" + encode([1]) + encode(1),
    "half a number": b"f1234",
    "nothing": b"",
    "two values": encode(1) + encode(2),
    "texts of no width": b"a\x03\x00\x00\x00<U0" + encode(("C", (1 << 39,))) + b"\x00\x00\x00\x00",
    "bytes of no width": b"a\x03\x00\x00\x00|S0" + encode(("C", (1 << 39,))) + b"\x00\x00\x00\x00",
    "a sign that there is not": b"a\x03\x00\x00\x00<U1" + encode(("C", (1,))) + b"\x04\x00\x00\x00\xff\xff\xff\xff",
    "another way round": b"a\x03\x00\x00\x00>U1" + encode(("C", (1,))) + b"\x04\x00\x00\x00\x00\x11\x00\x00",
    "neither true nor false": b"a\x03\x00\x00\x00|b1" + encode(("C", (1,))) + b"\x01\x00\x00\x00\x02",
    "a float of sixteen bytes": b"a\x04\x00\x00\x00<f16" + encode(("C", (1,))) + b"\x10\x00\x00\x00" + b"\xff" * 16,
    "several fields": b"a\x05\x00\x00\x00<i4,i" + encode(("C", (1,))) + b"\x08\x00\x00\x00" + b"\xff" * 8,
    "keys with one hash": encode({k * (2**61 - 1): 0 for k in range(1000)}),
    "members with one hash": encode({k * (2**61 - 1) for k in range(1000)}),
    "half of them with one hash": b"S" + encode([*range(1000), *(k * (2**61 - 1) for k in range(1, 900))])[1:],
    "pairs with one hash": b"k\x0b\x00\x00\x00OrderedDict" + encode([(k * (2**61 - 1), 0) for k in range(1000)]),
    "a fraction that takes minutes": b"k\x08\x00\x00\x00fraction" + encode((LONG, 7**100_000)),
    "a ratio that takes minutes": b"Y" + encode(("ratio", LONG, 7**100_000)),
    "a decimal that takes minutes": b"k\x07\x00\x00\x00decimal" + encode("1" * 90_000),
    "a factory that calls": b"k\x0b\x00\x00\x00defaultdict" + encode((print, {})),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes(name: str) -> None:
    """What is made to harm the reader is malformed."""
    with pytest.raises(Malformed):
        decode(HOSTILE[name])


NODE = ("node", "Complement", [("node", "Interval", [0, 10**6]), ("node", "FiniteSet", list(range(900)))])
TAKES_HOURS = {
    "a matrix of rows alone": b"Y" + encode(("matrix", "ImmutableSparseMatrix", 10**12, 0, [])),
    "a set of many parts": b"Y" + encode(NODE),
}


@pytest.mark.parametrize("value", [*EXPRESSIONS, *LIBRARY, np.ones(3), 1 << 70, {1}], ids=repr)
def test_who_is_not_supervised(value: Any) -> None:
    """Whoever reads for the supervisor takes numbers, texts, bytes and containers, and nothing else."""
    with pytest.raises(Malformed, match="unknown tag"):
        decode(encode([value]), BARE)


@pytest.mark.parametrize("name", TAKES_HOURS)
def test_what_would_take_hours(name: str) -> None:
    """An expression that sympy would be at for hours is refused at once where nobody could stop it."""
    with pytest.raises(Malformed, match="unknown tag"):
        decode(TAKES_HOURS[name], BARE)


def test_few_parts_for_the_supervisor() -> None:
    """A message to the supervisor has a handful of parts; to read two million takes a tenth of a second each time."""
    assert decode(encode(([b"x"] * 500, False)), BARE)[1] is False
    with pytest.raises(Malformed, match="too many parts"):
        decode(encode([None] * 1001), BARE)


def test_what_the_supervisor_is_told() -> None:
    """What processes tell the supervisor crosses."""
    for value in (("hello", 12), (b"[]", True, b""), {"outputs": b"[]", "failed": False, "value": 0.5, "person": ""}):
        assert typed(decode(encode(value), BARE)) == typed(value)
