"""sympy's matrix expressions in. Each of its classes is read by name, so that this module imports no sympy.

sympy writes a vector as a matrix of one column and a scalar product as a 1 x 1 matrix; here they are read so, and
axes of size 1 are dropped at the end: ``MatrixSymbol("x", n, 1)`` becomes the vector x with the axis n.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from mcutils._errors import ShapeError
from mcutils._symbolic import algebra
from mcutils._symbolic.core import Axis, Head, Tensor, bracket, fresh, number, symbol
from mcutils._symbolic.sizes import axis_names, read_axis, read_sizes, shape
from mcutils._symbolic.text import HIGHEST, LARGEST

_FUNCTIONS = {"exp": "exp", "log": "log", "sin": "sin", "cos": "cos", "tanh": "tanh"}


def read_sympy(expression: Any, sizes: Mapping[str, str] | None) -> tuple[Tensor, dict[str, Head], tuple[str, ...]]:
    """Read a sympy expression.

    Args:
        expression: a sympy matrix expression or scalar expression.
        sizes: the axes of each symbol; by default they are taken from sympy's shapes.

    Returns:
        The expression, its symbols, and the conditions under which it is defined (none are collected here).

    Raises:
        ShapeError: `sizes` and sympy's shapes disagree.
        ValueError: the expression holds something that has no counterpart here.
    """
    if not isinstance(getattr(expression, "args", None), tuple):  # an explicit matrix of numbers
        raise ValueError(f"{type(expression).__name__} of sympy cannot be read here; write the expression as text")
    declared = read_sizes(sizes) if sizes is not None else {}
    symbols = dict(declared)
    lengths = axis_names(axis for head in declared.values() for axis in head.axes)
    for leaf in sorted(expression.atoms(), key=str):
        if type(leaf).__name__ not in {"Symbol", "Dummy"} or leaf.name in lengths or _is_size(leaf, expression):
            continue
        head = symbols.setdefault(leaf.name, Head("symbol", (), leaf.name))
        if head.axes:
            raise ShapeError(
                f"{leaf.name} is {shape(head.axes)} by sizes and a scalar in sympy; write it as a MatrixSymbol"
            )
    for leaf in sorted(_matrix_symbols(expression), key=str):
        axes = tuple(axis for axis in map(_axis, leaf.shape) if axis != 1)
        head = symbols.setdefault(leaf.name, Head("symbol", axes, leaf.name))
        if head.axes != axes:
            raise ShapeError(
                f"{leaf.name} is {shape(head.axes)} by sizes and {shape(axes)} in sympy; use the same axis names"
            )
    return _squeezed(_Reader(symbols).read(expression)), symbols, ()


def _matrix_symbols(expression: Any) -> set[Any]:
    if type(expression).__name__ == "MatrixSymbol":
        return {expression}
    return set().union(*(_matrix_symbols(arg) for arg in expression.args))


def _is_size(leaf: Any, expression: Any) -> bool:
    """Whether a scalar symbol is the size of a matrix in the expression."""
    return any(leaf in getattr(n, "free_symbols", ()) for m in _matrix_symbols(expression) for n in m.shape)


def _axis(size: Any) -> Axis:
    return int(size) if getattr(size, "is_Integer", False) else read_axis(str(size).replace(" ", ""), "a sympy shape")


def _squeezed(f: Tensor) -> Tensor:
    """Drop axes of size 1."""
    slots = [fresh() for _ in f.axes]
    kept = [k for k, axis in enumerate(f.axes) if axis != 1]
    return algebra.closed([slots[k] for k in kept], [f.axes[k] for k in kept], *bracket(f, slots))


class _Reader:
    """Reads each class by a method of its name; every matrix has two axes here."""

    def __init__(self, symbols: Mapping[str, Head]) -> None:
        self.symbols = symbols

    def read(self, e: Any) -> Tensor:
        """Read any expression."""
        for cls in type(e).__mro__:
            if cls.__name__ in _READERS:
                return _READERS[cls.__name__](self, e)
        raise ValueError(f"{type(e).__name__} of sympy cannot be read here; write the expression as text")

    def all(self, args: Any, join: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """Read arguments and join them."""
        return functools.reduce(join, [self.read(arg) for arg in args])

    def square(self, e: Any) -> Tensor:
        """Read an argument that must be a square matrix."""
        value = self.read(e.args[0])
        _require_square(e, value)
        return value

    def matrix_symbol(self, e: Any) -> Tensor:
        """A matrix, or a vector as a matrix of one column or row."""
        head = self.symbols[e.name]
        value = symbol(head.name, head.axes, head.flags)
        axes = [_axis(n) for n in e.shape]
        slots = [fresh() for _ in axes]
        return algebra.closed(
            slots, axes, *bracket(value, [s for s, axis in zip(slots, axes, strict=True) if axis != 1])
        )

    def scalar_symbol(self, e: Any) -> Tensor:
        """A scalar, or the size of an axis."""
        return symbol(e.name, ()) if e.name in self.symbols else algebra.axis_size(e.name)

    def rational(self, e: Any) -> Tensor:
        """A number."""
        if not getattr(e, "is_finite", False) or not getattr(e, "is_real", False):
            raise ValueError(f"{e} is no real number")
        value = Fraction(int(e.p), int(e.q)) if getattr(e, "is_Rational", False) else Fraction(str(e))
        if value and not Fraction(1, LARGEST) <= abs(value) <= LARGEST:
            raise ValueError(f"the number {str(e)[:20]} is out of range; sizes from 1e-12 to 1e12 are read")
        return number(value)

    def product(self, e: Any) -> Tensor:
        """Scalars times matrices."""
        return self.all(e.args, functools.partial(_times, e))

    def power(self, e: Any) -> Tensor:
        """A scalar to a rational power, or a matrix to a whole one."""
        base, exponent = self.read(e.args[0]), e.args[1]
        if not getattr(exponent, "is_Rational", False) or abs(exponent) > HIGHEST:
            raise ValueError(f"the exponent {exponent} cannot be read here; exponents are numbers")
        value = Fraction(int(exponent.p), int(exponent.q))
        if not base.axes:
            return algebra.power(base, value)
        _require_square(e, base)
        if value.denominator != 1 or not value:
            raise ValueError(f"the matrix power {exponent} cannot be read here; matrix powers are whole numbers")
        return functools.reduce(
            algebra.matmul, [algebra.function("inv", base) if value < 0 else base] * abs(int(value))
        )

    def function(self, e: Any) -> Tensor:
        """A function of a scalar."""
        name = type(e).__name__
        if name not in _FUNCTIONS:
            raise ValueError(f"the function {name} cannot be read here; there are {', '.join(_FUNCTIONS)}")
        return algebra.function(name, self.read(e.args[0]))

    def elementwise(self, e: Any) -> Tensor:
        """A function of every entry of a matrix."""
        name = type(e.function.expr).__name__
        if name not in _FUNCTIONS or e.function.expr.args != e.function.variables:
            raise ValueError(f"{e.function} cannot be read here; there are {', '.join(_FUNCTIONS)}")
        return algebra.function(name, self.read(e.expr))


def _times(e: Any, a: Tensor, b: Tensor) -> Tensor:
    """The product of two matrices, whose shapes sympy does not compare where they have names; 1 x 1 is a scalar."""
    if not a.axes or not b.axes:
        return algebra.multiply(a, b)
    if a.axes[-1] == b.axes[0]:
        return algebra.matmul(a, b)
    if a.axes == (1, 1):
        return algebra.multiply(_squeezed(a), b)
    raise ShapeError(
        f"{e} multiplies shapes {shape(a.axes)} and {shape(b.axes)}; {a.axes[-1]} and {b.axes[0]} must be one axis"
    )


def _entrywise(join: Callable[[Tensor, Tensor], Tensor], e: Any, a: Tensor, b: Tensor) -> Tensor:
    """A sum or an elementwise product; nothing is broadcast in sympy."""
    if a.axes != b.axes:
        raise ShapeError(f"{e} joins shapes {shape(a.axes)} and {shape(b.axes)} entry by entry; give both one shape")
    return join(a, b)


def _require_square(e: Any, value: Tensor) -> None:
    if len(value.axes) != 2 or value.axes[0] != value.axes[1]:
        raise ShapeError(f"{e} needs a square matrix, and has one of shape {shape(value.axes)}")


_READERS: dict[str, Callable[[_Reader, Any], Tensor]] = {
    "MatrixSymbol": _Reader.matrix_symbol,
    "Symbol": _Reader.scalar_symbol,
    "Number": _Reader.rational,
    "MatMul": _Reader.product,
    "Mul": _Reader.product,
    "MatAdd": lambda r, e: r.all(e.args, functools.partial(_entrywise, algebra.add, e)),
    "Add": lambda r, e: r.all(e.args, functools.partial(_entrywise, algebra.add, e)),
    "Pow": _Reader.power,
    "MatPow": _Reader.power,
    "Inverse": lambda r, e: algebra.function("inv", r.square(e)),
    "Transpose": lambda r, e: algebra.transpose(r.read(e.args[0])),
    "Trace": lambda r, e: algebra.trace(r.square(e)),
    "Determinant": lambda r, e: algebra.function("det", r.square(e)),
    "HadamardProduct": lambda r, e: r.all(e.args, functools.partial(_entrywise, algebra.multiply, e)),
    "KroneckerProduct": lambda r, e: r.all(e.args, algebra.kron),
    "Identity": lambda r, e: algebra.identity(_axis(e.shape[0])),
    "ZeroMatrix": lambda r, e: algebra.constant([_axis(n) for n in e.shape], 0),
    "OneMatrix": lambda r, e: algebra.constant([_axis(n) for n in e.shape], 1),
    "ElementwiseApplyFunction": _Reader.elementwise,
    "Function": _Reader.function,
}
