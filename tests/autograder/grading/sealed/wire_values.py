"""Values of all kinds that cross, for the tests of what crosses."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

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
