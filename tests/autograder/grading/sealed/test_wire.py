"""Plain data crosses unchanged, and what is none does not cross."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from wire_values import ARRAYS, EXPRESSIONS, LIBRARY, PLAIN, typed

from autograder.grading.sealed.crossing.wire import CannotCross, Malformed, decode, encode


@given(PLAIN)
def test_plain_data(value: Any) -> None:
    """Numbers, texts and containers come back equal, and of the same types."""
    assert typed(decode(encode(value))) == typed(value)


@given(ARRAYS)
def test_arrays(value: np.ndarray) -> None:
    """An array comes back with its dtype, shape, order and bytes, and may be written to."""
    back = decode(encode(value))
    assert (back.dtype, back.shape, back.tobytes()) == (value.dtype, value.shape, value.tobytes())
    assert back.flags.writeable
    turned = decode(encode(value.T))
    assert turned.flags.f_contiguous == value.T.flags.f_contiguous
    assert turned.tobytes() == value.T.tobytes()


@given(ARRAYS.filter(lambda a: a.size))
def test_numpy_scalars(value: np.ndarray) -> None:
    """A NumPy number stays a NumPy number of its type."""
    item = value.reshape(-1)[0]
    back = decode(encode(item))
    assert type(back) is type(item)
    assert np.asarray(back).tobytes() == np.asarray(item).tobytes()


@pytest.mark.parametrize("value", LIBRARY, ids=repr)
def test_library_types(value: object) -> None:
    """Values of the standard library and NumPy's types and functions come back as what they are."""
    back = decode(encode(value))
    assert type(back) is type(value)
    assert back == value


def test_more_of_numpy() -> None:
    """Matrices, arrays of objects and random number generators cross."""
    with pytest.warns(PendingDeprecationWarning):
        written = encode(np.matrix([[1, 2]]))
    matrix = decode(written)
    assert type(matrix) is np.matrix
    objects = decode(encode(np.array([[None, "a"], [1, (2,)]], object)))
    assert objects.tolist() == [[None, "a"], [1, (2,)]]
    rng = np.random.default_rng(3)
    assert decode(encode(rng)).random() == rng.random()


@pytest.mark.parametrize("value", EXPRESSIONS, ids=str)
def test_sympy(value: Any) -> None:
    """A sympy expression comes back equal, assumptions and all, and unevaluated where it was."""
    back = decode(encode(value))
    assert back == value
    assert sp.srepr(back) == sp.srepr(value)


class Mine:
    """No plain data."""


class Sub(np.ndarray):
    """An array that could do anything."""


@pytest.mark.parametrize(
    "value",
    [Mine(), lambda: 0, (i for i in ()), np.zeros(1).view(Sub), np, Mine],
    ids=["object", "function", "generator", "array", "module", "class"],
)
def test_what_cannot_cross(value: object) -> None:
    """Objects, functions, generators, subclasses of arrays, modules and classes are refused by name."""
    with pytest.raises(CannotCross, match="a value of type"):
        encode([value])


def test_self_reference() -> None:
    """A list that contains itself is refused, not followed for ever."""
    knot: list[Any] = []
    knot.append(knot)
    with pytest.raises(CannotCross, match="nested too deeply"):
        encode(knot)


@pytest.mark.parametrize(
    "value",
    [
        Fraction(3**100_000, 2),
        Decimal("1" * 2000),
        sp.Rational(3**100_000, 2),
        np.broadcast_to(1.0, (1 << 40,)),
        1 << 10**6,
    ],
    ids=["fraction", "decimal", "ratio", "array", "integer"],
)
def test_what_is_too_large(value: object) -> None:
    """A value that would take the reader too long, or the writer too much memory, is refused."""
    with pytest.raises(CannotCross):
        encode(value)


def test_keys_of_all_kinds() -> None:
    """Large dictionaries and sets with ordinary keys cross, also where some have one hash: -1 and -2 have."""
    assert len(decode(encode(set(product(range(-2, 3), repeat=6))))) == 5**6
    for value in ({k: k for k in range(20_000)}, {str(k) for k in range(20_000)}, {k / 7: None for k in range(5000)}):
        assert decode(encode(value)) == value


class Choosy:
    """A crossing that names no functions, and takes none."""

    names_functions = takes_functions = takes_tables = False
    takes_objects = True

    def leave(self, value: object) -> tuple[str, object]:
        return "function", getattr(value, "__name__", "")

    def arrive(self, how: str, described: object) -> object:
        return (how, described)


@pytest.mark.parametrize("function", [np.add, len, sorted])
def test_functions_of_the_student(function: object) -> None:
    """A function that would run in the tests' process is not taken by its name; a type is."""
    assert decode(encode(function, Choosy()), Choosy()) == ("function", function.__name__)
    assert decode(encode(float, Choosy()), Choosy()) is float
    with pytest.raises(Malformed, match="a function by its name"):
        decode(encode(function), Choosy())


@pytest.mark.parametrize(
    "value",
    [
        sp.Symbol("exit()"),
        sp.MatrixSymbol("x[0]", 2, 2),
        sp.Function("eval")(1),
        sp.Function("fromfile")(sp.Symbol("x")),
    ],
    ids=str,
)
def test_names_that_are_code(value: Any) -> None:
    """sympy writes names into the code that it makes: one that would do something there is not handed over."""
    with pytest.raises(CannotCross, match="called"):
        encode(value)


@pytest.mark.parametrize("name", ["x", "x_{12}", "alpha'", r"\\theta", "θ", "X^T", "a b", "dx/dt", "λ*"])
def test_names_of_symbols(name: str) -> None:
    """Names as people give them cross."""
    assert decode(encode(sp.Symbol(name) + 1)) == sp.Symbol(name) + 1


def test_operators_that_change_nothing() -> None:
    """Of Python's operators those cross by name that only compute."""
    from autograder.grading.sealed.crossing.known import NAMED

    there = {name.partition(".")[2] for name in NAMED if name.startswith("operator.")}
    assert {"add", "matmul", "eq", "neg", "index", "invert", "is_", "indexOf"} <= there
    assert not there & {"iadd", "imatmul", "ior", "iconcat", "setitem", "delitem", "methodcaller", "attrgetter", "call"}
