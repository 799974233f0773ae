"""A function read as a formula, by running it once on symbols.

Separate from the engine, which reads texts: a question that its author wrote as code is a formula all the same where it
is made of NumPy's own operations, and then a wrong answer to it can be taken apart like any other. Only functions of
the author's are run, never an answer. What is no formula (a loop over entries, a test of a value, a measurement) gives
None, and what was read is held against the function's own values before anything is said by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

import mcutils
from autograder.checks import trees
from autograder.checks.quiet import silence
from autograder.checks.sizes import Symbol
from autograder.checks.trees import Tree

Axes = tuple[str, ...]


class Untraceable(Exception):
    """The function does something that is no formula."""


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A formula that behaves as the array whose value it is, as far as formulas go."""

    def __init__(self, tree: Tree, axes: Axes, sizes: Mapping[str, str]) -> None:
        self.tree, self.axes, self.sizes = tree, axes, sizes

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.axes)

    @property
    def T(self) -> Traced:
        """The transpose."""
        return self._made(trees.transpose(self.tree), self.axes[::-1]) if self.ndim < 3 else _no()

    def sum(self, axis: int | None = None) -> Traced:
        """The sum of all entries, or along an axis."""
        return _sum(self, axis)

    def copy(self) -> Traced:
        """The same."""
        return self

    def _made(self, tree: Tree, axes: Axes) -> Traced:
        return Traced(tree, axes, self.sizes)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Traced:
        rule = _UFUNCS.get(ufunc.__name__)
        if method != "__call__" or options or rule is None:
            raise Untraceable
        return rule(*(self._read(value) for value in inputs))

    def __array_function__(self, function: Any, _types: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        rule = _FUNCTIONS.get(function)
        if rule is None:
            raise Untraceable
        return rule(*(self._read(arg) if isinstance(arg, Traced | np.ndarray) else arg for arg in args), **options)

    def __mcutils_function__(self, name: str, *args: Any) -> Any:
        return _MEASURED[name](*args)

    def _read(self, value: Any) -> Traced:
        if isinstance(value, Traced):
            return value
        if isinstance(value, int | float | np.number) or (isinstance(value, np.ndarray) and not value.ndim):
            plain = float(value)
            return self._made(trees.number(int(plain) if plain.is_integer() else plain), ())
        raise Untraceable

    def __bool__(self) -> bool:
        raise Untraceable


def _no() -> Any:
    raise Untraceable


def trace(function: Callable[..., Any], symbols: Sequence[Symbol]) -> str | tuple[str, ...] | None:
    """Read a function as a formula in matrix notation.

    Args:
        function: an author's function of these arguments.
        symbols: the arguments' names, axes and flags.

    Returns:
        The formula; several where the function returns an array of such, one for each entry along its first axis; None
        where it is none.
    """
    sizes = {symbol.name: " ".join([*map(str, symbol.axes), *sorted(symbol.flags)]) for symbol in symbols}
    arguments = [Traced(_name(s.name, len(s.axes)), tuple(map(str, s.axes)), sizes) for s in symbols]
    try:
        with silence():
            value = function(*arguments)
        if isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1:
            return tuple(str(part.tree) for part in value)
        return str(value.tree) if isinstance(value, Traced) else None
    except Exception:  # whatever it did with a symbol, it is no formula
        return None


def _name(name: str, rank: int) -> Tree:
    return Tree("name", rank, (), name)


# --- NumPy's operations ---------------------------------------------------------------------------


def _common(a: Traced, b: Traced) -> Axes:
    """The axes of two arrays entry by entry; NumPy aligns them at the right."""
    longer, shorter = (a.axes, b.axes) if a.ndim >= b.ndim else (b.axes, a.axes)
    if shorter and longer[len(longer) - len(shorter) :] != shorter:
        raise Untraceable
    return longer


def _entrywise(sign: str) -> Callable[[Traced, Traced], Traced]:
    return lambda a, b: a._made(trees.binary(sign, a.tree, b.tree), _common(a, b))


def _power(a: Traced, b: Traced) -> Traced:
    return a._made(trees.binary("**", a.tree, b.tree), a.axes) if b.tree.kind == "number" else _no()


def _matmul(a: Traced, b: Traced) -> Traced:
    if not (0 < a.ndim < 3 and 0 < b.ndim < 3) or a.axes[-1] != b.axes[0]:
        raise Untraceable
    return a._made(trees.binary("@", a.tree, b.tree), (*a.axes[:-1], *b.axes[1:]))


def _mapped(name: str) -> Callable[[Traced], Traced]:
    return lambda a: a._made(trees.function(name, a.tree), a.axes)


def _maximum(a: Traced, b: Traced) -> Traced:
    return _mapped("relu")(a) if b.tree.kind == "number" and not b.tree.value else _no()


def _sum(a: Traced, axis: int | None = None) -> Traced:
    if axis is None:
        return a._made(trees.function("sum", a.tree), ())
    k = axis % a.ndim
    return a._made(trees.function("sum", a.tree, axis=axis), a.axes[:k] + a.axes[k + 1 :])


def _number(name: str) -> Callable[[Traced], Traced]:
    return lambda a: a._made(trees.function(name, a.tree), ())


def _outer(a: Traced, b: Traced) -> Traced:
    return a._made(trees.function("outer", a.tree, b.tree), (*a.axes, *b.axes)) if a.ndim == b.ndim == 1 else _no()


def _kron(a: Traced, b: Traced) -> Traced:
    axes = tuple(f"{i}*{k}" for i, k in zip(a.axes, b.axes, strict=True))
    return a._made(trees.function("kron", a.tree, b.tree), axes) if a.ndim == 2 else _no()


def _diag(a: Traced) -> Traced:
    return a._made(trees.function("diag", a.tree), a.axes * 2 if a.ndim == 1 else a.axes[:1])


def _inverse(a: Traced) -> Traced:
    return a._made(trees.function("inv", a.tree), a.axes)


def _product(*parts: Traced) -> Traced:
    whole, *others = parts
    for other in others:
        whole = _matmul(whole, other)
    return whole


_UFUNCS: Mapping[str, Callable[..., Traced]] = {
    "add": _entrywise("+"),
    "subtract": _entrywise("-"),
    "multiply": _entrywise("*"),
    "divide": _entrywise("/"),
    "power": _power,
    "square": lambda a: a._made(trees.binary("**", a.tree, trees.number(2)), a.axes),
    "negative": lambda a: a._made(trees.negative(a.tree), a.axes),
    "matmul": _matmul,
    "maximum": _maximum,
    **{name: _mapped(name) for name in ("exp", "log", "tanh", "sin", "cos", "sqrt")},
}
_FUNCTIONS: Mapping[Any, Callable[..., Traced]] = {
    np.sum: _sum,
    np.trace: _number("tr"),
    np.linalg.det: _number("det"),
    np.linalg.norm: _number("norm2"),
    np.outer: _outer,
    np.kron: _kron,
    np.diag: _diag,
    np.linalg.inv: _inverse,
    np.linalg.solve: lambda a, b: _matmul(_inverse(a), b),
    np.linalg.multi_dot: lambda parts: _product(*parts),
    np.dot: _matmul,
    np.transpose: lambda a: a.T,
    np.copy: lambda a: a,
}


# --- what mcutils measures ------------------------------------------------------------------------


def _jvp(function: Callable[[Any], Any], x: Traced, dx: Traced) -> Traced:
    """The differential of a function at x along dx, from the function read as a formula."""
    from mcutils._symbolic.products import product

    point, arrow = "point_of_the_check", "arrow_of_the_check"
    sizes = {**x.sizes, point: " ".join(x.axes)}
    value = function(Traced(_name(point, x.ndim), x.axes, sizes))
    if not isinstance(value, Traced):
        raise Untraceable
    along = product(mcutils.parse(str(value.tree), sizes), point, "jvp", arrow)
    ranks = {name: len([w for w in axes.split() if w not in _FLAGS]) for name, axes in sizes.items()}
    tree = trees.read(along.to_matrix(), {**ranks, arrow: x.ndim})
    back = {point: x.tree, arrow: dx.tree}
    tree = trees.everywhere(tree, lambda part: back.get(str(part.value)) if part.kind == "name" else None)
    return Traced(tree, value.axes, x.sizes)


_FLAGS = frozenset({"symmetric", "spd", "positive"})
_MEASURED: Mapping[str, Callable[..., Any]] = {
    "jvp": _jvp,
    "slope": lambda function, x, dx: SimpleNamespace(value=_jvp(function, x, dx)),
}
