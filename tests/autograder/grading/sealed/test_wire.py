"""Plain data crosses unchanged, and hostile bytes do nothing."""

from __future__ import annotations

import pickle
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.grading.sealed.standard import TOGETHER
from autograder.grading.sealed.wire import BARE, CannotCross, Malformed, decode, encode

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
    | st.fractions()
    | st.just(...),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers())
        | st.sets(st.text())
    ),
    max_leaves=20,
)
ARRAYS = hnp.arrays(
    hnp.scalar_dtypes() | hnp.unicode_string_dtypes(max_len=5), hnp.array_shapes(min_dims=0, min_side=0)
)


def typed(value: Any) -> Any:
    """A value with the types of all its parts, for 1, 1.0 and True are equal."""
    if isinstance(value, list | tuple):
        return type(value), [typed(item) for item in value]
    if isinstance(value, dict):
        return type(value), [(typed(key), typed(item)) for key, item in value.items()]
    return type(value), value


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


LIBRARY = [
    range(2, 9, 3),
    slice(None, 3, 2),
    Fraction(2, 7),
    Decimal("1.10"),
    date(2024, 2, 29),
    datetime(2024, 1, 2, 3, 4, 5, 6),
    time(1, 2),
    timedelta(days=-1, microseconds=5),
    deque([1, 2], maxlen=3),
    Counter("abba"),
    OrderedDict(b=1, a=2),
    defaultdict(list, {"a": [1]}),
    np.dtype("float32"),
    np.float64,
    np.sin,
    len,
    int,
    np.ndarray,
    NotImplemented,
    bytearray(b"ab"),
    [0.5] * 9,
]


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


x, y = sp.symbols("x y")
p = sp.Symbol("p", positive=True)
n = sp.Symbol("n")
X, A = sp.MatrixSymbol("X", 3, n), sp.MatrixSymbol("A", 3, 3)
EXPRESSIONS = [
    x**2 + sp.sin(y) / 3 - sp.pi,
    sp.Float("1.25"),
    sp.Float("0.1", 50),
    X.T * X,
    sp.Trace(X * X.T),
    sp.Matrix([[x, 1], [2, y]]),
    sp.ImmutableMatrix([[x]]),
    sp.Function("f")(x).diff(x),
    sp.Integral(x, (x, 0, 1)),
    sp.Eq(x, y),
    sp.sqrt(2) + sp.I,
    -sp.oo,
    sp.Piecewise((x, x > 0), (0, True)),
    A.I + A.T,
    sp.hadamard_product(X, X),
    p**3,
    sp.Add(x, x, evaluate=False),
]


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
    from autograder.grading.sealed.known import NAMED

    there = {name.partition(".")[2] for name in NAMED if name.startswith("operator.")}
    assert {"add", "matmul", "eq", "neg", "index", "invert", "is_", "indexOf"} <= there
    assert not there & {"iadd", "imatmul", "ior", "iconcat", "setitem", "delitem", "methodcaller", "attrgetter", "call"}


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


def test_what_the_supervisor_is_told() -> None:
    """What processes tell the supervisor crosses."""
    for value in (("hello", 12), (b"[]", True, b""), {"outputs": b"[]", "failed": False, "value": 0.5, "person": ""}):
        assert typed(decode(encode(value), BARE)) == typed(value)
