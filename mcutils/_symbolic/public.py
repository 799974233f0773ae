"""What people call: `parse`, `differentiate` and `equivalent`."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from mcutils._errors import ShapeError
from mcutils._layouts import check_layout
from mcutils._symbolic import algebra, equivalence
from mcutils._symbolic.budget import SECONDS, TooMuch, limited
from mcutils._symbolic.core import Head, Tensor, permuted
from mcutils._symbolic.derivative import derivative
from mcutils._symbolic.expression import NOTATIONS, Expression
from mcutils._symbolic.levels import DOWN, UP
from mcutils._symbolic.read_einsum import read_einsum
from mcutils._symbolic.read_index import read_index
from mcutils._symbolic.read_matrix import read_matrix
from mcutils._symbolic.sizes import read_sizes, shape
from mcutils._symbolic.steps import Derivation, flipped
from mcutils._symbolic.verdict import Verdict

READ = (*NOTATIONS, "einsum")
DERIVING = 10.0  # seconds for one derivative


def parse(
    text: Any,
    sizes: Mapping[str, str] | None = None,
    notation: str = "matrix",
    summation: str = "levels",
    free: str | None = None,
) -> Expression:
    """Read an expression.

    Args:
        text: matrix notation such as ``"2*A.T @ (A @ X - B)"``, index notation such as ``"W^i_j x^j"``, NumPy's
            einsum such as ``'einsum("ij,j->i", W, x)'``, or a sympy expression.
        sizes: the axes of each symbol, ``{"X": "m n", "x": "n", "c": "", "S": "n n symmetric"}``.
        notation: ``"matrix"``, ``"index"`` or ``"einsum"``.
        summation: in index notation, what is summed: ``"levels"`` (an index on both levels) or ``"repeated"`` (any
            repeat).
        free: in index notation, the order of the free indices; by default upper ones first.

    Returns:
        The expression.

    Raises:
        ShapeError: shapes do not fit.
        ValueError: the text cannot be read; the message says what to write instead.

    >>> parse("A.T @ A @ x", {"A": "m n", "x": "n"}).axes
    ('n',)
    >>> parse("W^i_j x^j", {"W": "m n", "x": "n"}, notation="index").to_matrix()
    'W @ x'
    """
    if str(type(text).__module__).partition(".")[0] == "sympy":  # sympy makes classes without a module
        from mcutils._symbolic.read_sympy import read_sympy  # sympy is loaded: the caller has one of its objects

        return Expression(*read_sympy(text, sizes))
    if not isinstance(sizes, Mapping):
        raise ValueError('sizes is missing: say what the symbols are, such as sizes={"A": "m n", "x": "n"}')
    if notation not in READ:
        raise ValueError(f"there is no notation {notation!r}; choose one of {', '.join(READ)}")
    try:
        with _bounded():
            return _parsed(text, tuple(sizes.items()), notation, summation, free)
    except TypeError:  # something unhashable was given
        read_sizes(sizes)  # which says so, if it is there
        raise ValueError(f"a formula and its sizes are texts, not {type(text).__name__}") from None


@contextlib.contextmanager
def _bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Turn work that would take too long, or too much room, into a sentence."""
    try:
        with limited(seconds):
            yield
    except (TooMuch, RecursionError):
        raise ValueError(
            "the formula grows too large when it is written out; write fewer operations, or smaller powers"
        ) from None


READERS = {"matrix": read_matrix, "einsum": read_einsum}


@functools.lru_cache(maxsize=512)
def _parsed(
    text: str, sizes: tuple[tuple[str, str], ...], notation: str, summation: str, free: str | None
) -> Expression:
    symbols = read_sizes(dict(sizes))
    if notation in READERS:
        return Expression(*_with_symbols(READERS[notation](text, symbols), symbols))
    value, levels, conditions = read_index(text, symbols, summation, free)
    return Expression(value, symbols, conditions, levels)


def _with_symbols(
    read: tuple[Tensor, tuple[str, ...]], symbols: Mapping[str, Head]
) -> tuple[Tensor, Mapping[str, Head], tuple[str, ...]]:
    return read[0], symbols, read[1]


def differentiate(
    expression: Expression | str,
    wrt: str,
    sizes: Mapping[str, str] | None = None,
    layout: str = "gradient",
    order: int = 1,
) -> Derivation:
    """Differentiate an expression by one of its symbols.

    Args:
        expression: an `Expression`, or text for `parse`.
        wrt: the symbol to differentiate by.
        sizes: the axes of each symbol, if `expression` is text.
        layout: ``"gradient"``, ``"array"``, ``"numerator"``, ``"denominator"`` or ``"vec"`` (see the convention card).
        order: 1, or 2 for the Hessian of a scalar (layouts ``"gradient"``, ``"array"`` and ``"vec"``).

    Returns:
        The derivative, with its `steps`.

    Raises:
        ShapeError: the layout or the order needs a scalar, and the expression is none.
        ValueError: there is no such symbol, layout or order.

    >>> differentiate("norm2(A @ X - B)**2", "X", {"A": "p m", "X": "m n", "B": "p n"})
    2*A.T @ (A @ X - B)
    >>> differentiate("A @ X @ B", "X", {"A": "p m", "X": "m n", "B": "n q"}, layout="vec")
    kron(B.T, A)
    """
    f = expression if isinstance(expression, Expression) else parse(expression, sizes)
    check_layout("differentiate", layout)
    if wrt not in f.symbols:
        raise ValueError(f"cannot differentiate by {wrt!r}: the symbols are {', '.join(f.symbols) or 'none'}")
    if order not in (1, 2):
        raise ValueError(f"order={order!r} is not available; ask for order=1 or order=2")
    if f.axes and order == 2:
        raise ShapeError(f"order=2 is the Hessian of a scalar, and the expression has shape {shape(f.axes)}")
    if f.axes and layout == "gradient":
        raise ShapeError(
            f'layout "gradient" is for a scalar, and the expression has shape {shape(f.axes)}; '
            'use layout "numerator", "denominator", "array" or "vec"'
        )
    if order == 2 and layout in {"numerator", "denominator"}:
        raise ValueError(f'order=2 has no layout "{layout}"; use "gradient", "array" or "vec"')
    levels = (*f._levels, *flipped(f.symbols[wrt]))
    with _bounded(DERIVING):
        full = derivative(f._value, f.symbols[wrt])
        if order == 2:
            full, levels = derivative(full, f.symbols[wrt]), levels * 2
        value, levels = _arranged(full, levels, len(f.axes) if order == 1 else len(f.symbols[wrt].axes), layout)
    return Derivation(f, wrt, layout, order, value, levels)


def _arranged(full: Tensor, levels: tuple[str, ...], outputs: int, layout: str) -> tuple[Tensor, tuple[str, ...]]:
    """Lay out D[out..., in...] as the convention card says."""
    rank = len(full.axes)
    order = list(range(rank))
    if layout == "vec":
        return algebra.grouped(full, [order[:outputs], order[outputs:]]), (UP, DOWN)
    numerator = [1, 0] if rank == 2 and outputs == 0 else order
    if layout == "numerator":
        order = numerator
    elif layout == "denominator":
        order = numerator[::-1] if rank == 2 else order[outputs:] + order[:outputs]
    if order == list(range(rank)):
        return full, levels
    return permuted(full, order), tuple(levels[k] for k in order)


def equivalent(a: Any, b: Any, sizes: Mapping[str, str] | None = None) -> Verdict:
    """Decide whether two expressions are equal for all values of their symbols.

    Args:
        a: an `Expression`, or text for `parse`.
        b: the same.
        sizes: the axes of each symbol, if one of them is text.

    Returns:
        A `Verdict`: true if they are equal; it says how that is known, and gives a witness if they are not.

    Raises:
        ValueError: a text cannot be read, or the two declare a symbol differently.

    >>> bool(equivalent("tr(A @ B)", "tr(B @ A)", {"A": "m n", "B": "n m"}))
    True
    >>> equivalent("2*A @ x", "(A + A.T) @ x", {"A": "n n", "x": "n"}).equal
    False
    """
    with limited():
        return _compared(*_both(a, b, sizes))


def _both(a: Any, b: Any, sizes: Mapping[str, str] | None) -> list[Expression]:
    """Read what is text; without sizes a text has the symbols of the other expression."""
    known = next((e for e in (a, b) if isinstance(e, Expression)), None) if sizes is None else None
    return [e if isinstance(e, Expression) else parse(e, sizes) if known is None else _like(e, known) for e in (a, b)]


def _compared(first: Expression, second: Expression) -> Verdict:
    for name in first.symbols.keys() & second.symbols.keys():
        if first.symbols[name] != second.symbols[name]:
            raise ValueError(
                f"{name} is declared in two ways, {first.symbols[name].key} and {second.symbols[name].key}"
            )
    conditions = tuple(dict.fromkeys(first.conditions + second.conditions))
    return equivalence.compare(first._value, second._value, {**first.symbols, **second.symbols}, conditions)


def _like(text: Any, other: Expression) -> Expression:
    """Read a text with the symbols of another expression."""
    if not isinstance(text, str):
        return parse(text)
    with _bounded():
        return Expression(*_with_symbols(read_matrix(text, other.symbols), other.symbols))
