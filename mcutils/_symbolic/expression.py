"""What people hold: an `Expression` in any notation, its `Derivation` with steps, and the functions that make them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcutils._errors import ShapeError
from mcutils._layouts import check_layout
from mcutils._symbolic import algebra, equivalence, evaluate, print_index, tree
from mcutils._symbolic.core import (
    Axis,
    Head,
    Tensor,
    Term,
    contracted,
    count_ones,
    derivative,
    fresh,
    permuted,
    product_rule,
)
from mcutils._symbolic.equivalence import Verdict
from mcutils._symbolic.print_index import DOWN, UP, IndexWriter, LatexWriter, default_levels
from mcutils._symbolic.print_matrix import NoMatrixForm, matrix_tree
from mcutils._symbolic.read_index import read_index
from mcutils._symbolic.read_matrix import read_matrix
from mcutils._symbolic.sizes import axis_names, read_sizes, shape

NOTATIONS = ("matrix", "index")


class Expression:
    """A scalar, vector, matrix or tensor expression of declared symbols.

    Made by `parse`; see there for the notations.

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

    def to_matrix(self) -> str:
        """The expression in matrix notation, as `parse` reads it.

        Returns:
            Text; evaluated by Python under `namespace` it gives the expression's value.

        Raises:
            ValueError: there is no matrix form; the message says why and shows the index form.
        """
        try:
            return tree.text(matrix_tree(self._value))
        except NoMatrixForm as reason:
            raise NoMatrixForm(f"no matrix form: {reason}; in index form it is {self.to_index()}") from None

    def to_index(self, summation: str = "levels") -> str:
        """The expression in index notation, in the summation convention ``"levels"`` or ``"repeated"``.

        Raises:
            ValueError: the convention cannot say this expression, or there is none of this name.
        """
        return IndexWriter(self._value, self._levels, summation).write()

    def to_einsum(self) -> str:
        """The expression as NumPy ``einsum`` calls."""
        return print_index.einsum_text(self._value)

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
            return LatexWriter(self._value, self._levels, summation).write()
        try:
            return tree.latex(matrix_tree(self._value))
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
        return evaluate.compiled(self._value, self.symbols)

    def evaluate(self, **arrays: Any) -> Any:
        """The value, given an array for each symbol.

        Raises:
            ShapeError: shapes do not agree with the declared axes.
            ValueError: a symbol has no value.
        """
        return self.compile()(**arrays)


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        rule: the name of the rule that was used.
        before: the expression before it, as text.
        after: the expression after it, as text.
        expression: the expression after it; its value is that of the next step's, too.
        latex: the step as LaTeX, deltas boxed.
    """

    rule: str
    before: str
    after: str
    expression: Expression
    latex: str

    def __str__(self) -> str:
        return f"{self.rule}:\n    {self.before}\n  = {self.after}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


class Derivation(Expression):
    """A derivative: an `Expression` that also knows the question and the steps that lead to it.

    Made by `differentiate`.
    """

    def __init__(
        self, question: Expression, wrt: str, layout: str, order: int, value: Tensor, levels: tuple[str, ...]
    ) -> None:
        super().__init__(value, question.symbols, question.conditions, levels)
        self.question, self.wrt, self.layout, self.order = question, wrt, layout, order

    @functools.cached_property
    def steps(self) -> tuple[Step, ...]:
        """The textbook method: write in indices, differentiate each factor, contract the deltas, merge, read back."""
        return tuple(_steps(self))


# ---------------------------------------------------------------- functions


def parse(
    text: Any,
    sizes: Mapping[str, str] | None = None,
    notation: str = "matrix",
    summation: str = "levels",
    free: str | None = None,
) -> Expression:
    """Read an expression.

    Args:
        text: matrix notation such as ``"2*A.T @ (A @ X - B)"``, index notation such as ``"W^i_j x^j"``, or a sympy
            expression.
        sizes: the axes of each symbol, ``{"X": "m n", "x": "n", "c": "", "S": "n n symmetric"}``.
        notation: ``"matrix"`` or ``"index"``.
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
    if type(text).__module__.partition(".")[0] == "sympy":
        from mcutils._symbolic.read_sympy import read_sympy  # sympy is loaded: the caller has one of its objects

        return Expression(*read_sympy(text, sizes))
    if not isinstance(sizes, Mapping):
        raise ValueError('sizes is missing: say what the symbols are, such as sizes={"A": "m n", "x": "n"}')
    if notation not in NOTATIONS:
        raise ValueError(f"there is no notation {notation!r}; choose one of {', '.join(NOTATIONS)}")
    try:
        return _parsed(text, tuple(sizes.items()), notation, summation, free)
    except TypeError:  # something unhashable was given
        raise ValueError(f"a formula and its sizes are texts, not {type(text).__name__}") from None


@functools.lru_cache(maxsize=512)
def _parsed(
    text: str, sizes: tuple[tuple[str, str], ...], notation: str, summation: str, free: str | None
) -> Expression:
    symbols = read_sizes(dict(sizes))
    if notation == "matrix":
        return Expression(*_with_symbols(read_matrix(text, symbols), symbols))
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
    full = derivative(f._value, f.symbols[wrt])
    levels = (*f._levels, *_flipped(f.symbols[wrt]))
    if order == 2:
        full, levels = derivative(full, f.symbols[wrt]), levels * 2
    value, levels = _arranged(full, levels, len(f.axes) if order == 1 else len(f.symbols[wrt].axes), layout)
    return Derivation(f, wrt, layout, order, value, levels)


def _flipped(variable: Head) -> tuple[str, ...]:
    """The levels of a derivative's new indices: a derivative by an upper index has a lower one."""
    return tuple(DOWN if level == UP else UP for level in default_levels(len(variable.axes)))


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
    if sizes is None:
        sizes_of = next((e for e in (a, b) if isinstance(e, Expression)), None)
        read = [e if isinstance(e, Expression) else _like(e, sizes_of) for e in (a, b)]
    else:
        read = [e if isinstance(e, Expression) else parse(e, sizes) for e in (a, b)]
    first, second = read
    for name in first.symbols.keys() & second.symbols.keys():
        if first.symbols[name] != second.symbols[name]:
            raise ValueError(
                f"{name} is declared in two ways, {first.symbols[name].key} and {second.symbols[name].key}"
            )
    conditions = tuple(dict.fromkeys(first.conditions + second.conditions))
    return equivalence.compare(first._value, second._value, {**first.symbols, **second.symbols}, conditions)


def _like(text: Any, other: Expression | None) -> Expression:
    """Read a text with the symbols of another expression."""
    if other is None or not isinstance(text, str):
        return parse(text)
    return Expression(*_with_symbols(read_matrix(text, other.symbols), other.symbols))


# ---------------------------------------------------------------- steps

RULE_NAMES = {
    "inv": "d inv(X) = -inv(X) dX inv(X)",
    "logdet": "d logdet(X) = tr(inv(X) dX)",
    "det": "d det(X) = det(X) tr(inv(X) dX)",
    "pow": "d u**k = k u**(k-1) du",
    "softmax": "d softmax(u) = p * (du - p·du)",
    "exp": "d exp(u) = exp(u) du",
    "log": "d log(u) = du / u",
    "sin": "d sin(u) = cos(u) du",
    "cos": "d cos(u) = -sin(u) du",
    "tanh": "d tanh(u) = (1 - tanh(u)**2) du",
    "sigmoid": "d sigmoid(u) = sigmoid(u) (1 - sigmoid(u)) du",
    "relu": "d relu(u) = step(u) du",
    "step": "d step(u) = 0",
}


def _steps(d: Derivation) -> list[Step]:
    f, variable = d.question, d.question.symbols[d.wrt]
    steps = [_step("write in index form", repr(f), f, f, boxed=False)]
    value, levels = f._value, f._levels
    for turn in range(d.order):
        levels = (*levels, *_flipped(variable))
        raw, apart = _uncontracted(value, variable)
        names = sorted(
            {
                RULE_NAMES[k]
                for t in value.terms
                for x in t.factors
                if (k := x.head.kind) in RULE_NAMES and d.wrt in x.head.names
            }
        )
        rule = "; ".join([f"differentiate factor by factor{' again' * turn}", *names])
        value = derivative(value, variable)
        made = [Expression(t, f.symbols, f.conditions, levels) for t in (raw, apart, value)]
        shown = f"d/d{d.wrt} [{steps[-1].after}]"
        steps.append(_step(rule, shown, made[0], made[0], boxed=True))
        steps.append(_step("contract each delta", steps[-1].after, made[1], made[0], boxed=True))
        if made[2].to_index() != made[1].to_index():
            steps.append(_step("merge like terms", steps[-1].after, made[2], made[1], boxed=False))
    if d._value != value:
        steps.append(_step(f"lay out as {d.layout}", steps[-1].after, d, d, boxed=False))
    try:
        text = d.to_matrix()
    except NoMatrixForm:
        return steps
    back = Expression(d._value, d.symbols, d.conditions, d._levels)
    latex = f"{d.to_latex('index')} = {d.to_latex()}"
    return [*steps, Step("read back as matrices", steps[-1].after, text, back, latex)]


def _step(rule: str, before: str, after: Expression, previous: Expression, boxed: bool) -> Step:
    """A step whose LaTeX shows what it starts from; deltas about to be contracted are boxed."""
    left = ""
    if previous is not after:
        writer = LatexWriter(previous._value, previous._levels)
        writer.marked = frozenset({"delta"}) if boxed else frozenset()
        left = writer.write() + " = "
    right = LatexWriter(after._value, after._levels)
    right.marked = frozenset({"delta"}) if boxed and not left else frozenset()
    return Step(rule, before, after.to_index(), after, left + right.write())


def _uncontracted(f: Tensor, variable: Head) -> tuple[Tensor, Tensor]:
    """The derivative before contraction, and contracted but with like terms apart."""
    rank = len(f.axes)
    axes = f.axes + variable.axes
    new = list(range(rank, len(axes)))
    shift = {s: fresh() for t in f.terms for x in t.factors for s in x.slots if s >= rank}
    apart_terms = tuple(
        Term(t.coefficient, tuple(x._replace(slots=tuple(shift.get(s, s) for s in x.slots)) for x in t.factors))
        for t in f.terms
    )
    place = {k: k for k in range(len(axes))}
    raw = [count_ones(t, place) for t in product_rule(Tensor(f.axes, apart_terms, f.key), variable, new)]
    done = [t for term in raw for t in contracted(term, place)]
    return Tensor(axes, tuple(raw), f"raw {f.key}"), Tensor(axes, tuple(done), f"apart {f.key}")
