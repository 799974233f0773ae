"""What people hold: an `Expression`, shown in any notation, evaluated and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from mcutils._symbolic import evaluate, latex, tree
from mcutils._symbolic.compiled import compiled
from mcutils._symbolic.core import Axis, Head, Tensor, permuted
from mcutils._symbolic.levels import default_levels
from mcutils._symbolic.matrix_items import NoMatrixForm
from mcutils._symbolic.print_einsum import einsum_text
from mcutils._symbolic.print_index import IndexWriter, LatexWriter
from mcutils._symbolic.print_matrix import matrix_tree
from mcutils._symbolic.sizes import axis_names
from mcutils._symbolic.written_sizes import told_apart

NOTATIONS = ("matrix", "index")


class Expression:
    """A scalar, vector, matrix or tensor expression of declared symbols.

    Made by `parse`; see there for the notations.

    >>> from mcutils import parse
    >>> f = parse("x @ A @ x - b @ x", {"x": "n", "A": "n n", "b": "n"})
    >>> f.axes, f.to_matrix(), f.to_index()
    ((), 'x @ A @ x - b @ x', 'A^i_j x_i x^j - b^k x_k')
    """

    def __init__(
        self,
        value: Tensor,
        symbols: Mapping[str, Head],
        conditions: tuple[str, ...] = (),
        levels: tuple[str, ...] | None = None,
    ) -> None:
        self._value, self.symbols, self.conditions = value, dict(symbols), conditions
        self._levels = levels if levels is not None else default_levels(len(value.axes))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axis names of the result: () for a scalar, ("m", "n") for a matrix."""
        return self._value.axes

    @property
    def levels(self) -> tuple[str, ...]:
        """The level of each axis in index notation, "^" or "_"."""
        return self._levels

    @property
    def terms(self) -> tuple[Expression, ...]:
        """The terms of the sum, each by itself; one where nothing is added.

        >>> from mcutils import parse
        >>> parse("x @ A @ x - b @ x", {"x": "n", "A": "n n", "b": "n"}).terms
        (x @ A @ x, -b @ x)
        """
        axes, key = self._value.axes, self._value.key
        each = (Tensor(axes, (term,), f"term {k} of {key}") for k, term in enumerate(self._value.terms))
        return tuple(Expression(value, self.symbols, self.conditions, self._levels) for value in each)

    def reordered(self, order: Sequence[int]) -> Expression:
        """The same numbers with the axes in another order: axis k of the result is axis order[k] of this one."""
        levels = tuple(self._levels[k] for k in order)
        return Expression(permuted(self._value, tuple(order)), self.symbols, self.conditions, levels)

    def to_matrix(self) -> str:
        """The expression in matrix notation, as `parse` reads it.

        Returns:
            Text; evaluated by Python under `namespace` it gives the expression's value.

        Raises:
            ValueError: there is no matrix form; the message says why and shows the index form.
        """
        try:
            return tree.text(self._tree)
        except NoMatrixForm as reason:
            raise NoMatrixForm(f"no matrix form: {reason}; in index form it is {self.to_index()}") from None

    @cached_property
    def _tree(self) -> tree.Node:
        """The matrix form, found once: it is wanted as text and as LaTeX."""
        return matrix_tree(self._printed)

    @cached_property
    def _printed(self) -> Tensor:
        return told_apart(self._value, self.symbols.keys() & set(self._axis_names()))

    def to_index(self, summation: str = "levels") -> str:
        """The expression in index notation, in the summation convention ``"levels"`` or ``"repeated"``.

        Raises:
            ValueError: the convention cannot say this expression, or there is none of this name.
        """
        return IndexWriter(self._printed, self._levels, summation).write()

    def to_einsum(self) -> str:
        """The expression as NumPy ``einsum`` calls."""
        return einsum_text(self._value)

    def to_latex(self, notation: str = "matrix", summation: str = "levels") -> str:
        """The expression as LaTeX, without dollar signs.

        Args:
            notation: ``"matrix"`` or ``"index"``.
            summation: the convention of index notation.

        Raises:
            ValueError: there is no such notation, or no matrix form.
        """
        if notation not in NOTATIONS:
            raise ValueError(f"there is no notation {notation!r}; choose one of {', '.join(NOTATIONS)}")
        if notation == "index":
            return LatexWriter(self._printed, self._levels, summation).write()
        try:
            return latex.latex(self._tree)
        except NoMatrixForm as reason:
            raise NoMatrixForm(f"no matrix form: {reason}; ask for notation='index'") from None

    def _repr_latex_(self) -> str:
        try:
            return f"$\\displaystyle {self.to_latex()}$"
        except NoMatrixForm:
            return f"$\\displaystyle {self.to_latex('index')}$"

    def __repr__(self) -> str:
        try:
            return self.to_matrix()
        except NoMatrixForm:
            return self.to_index()

    def to_numpy(self, name: str = "f") -> str:
        """The source of a NumPy function of the symbols, in the order in which they were declared.

        The order of contractions in it is the best for axes of size 16; `compile` adapts it to the arrays it gets.
        """
        sizes = dict.fromkeys(self._axis_names(), evaluate.NOMINAL)
        return evaluate.source(self._value, self.symbols, sizes, name)

    def _axis_names(self) -> list[str]:
        return axis_names(axis for head in self.symbols.values() for axis in head.axes)

    def compile(self) -> Callable[..., Any]:
        """A function of the symbols, by position in the order of declaration or by name; it returns an array."""
        return self._compiled

    @cached_property
    def _compiled(self) -> Callable[..., Any]:
        """Made once, so that a text that is parsed again, at sizes that were there before, needs no new code."""
        return compiled(self._value, self.symbols)

    def evaluate(self, **arrays: Any) -> Any:
        """The value, given an array for each symbol.

        Raises:
            ShapeError: shapes do not agree with the declared axes.
            ValueError: a symbol has no value.
        """
        return self.compile()(**arrays)
