"""A derivative with its derivation: the textbook method, step by step, each step an expression of its own.

Write in indices, differentiate factor by factor (each factor gives Kronecker deltas), contract the deltas, merge like
terms, read back as matrices.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from mcutils._symbolic.core import Head, Tensor, Term, contracted, count_ones, fresh
from mcutils._symbolic.derivative import derivative, product_rule
from mcutils._symbolic.expression import Expression
from mcutils._symbolic.levels import DOWN, UP, default_levels
from mcutils._symbolic.matrix_items import NoMatrixForm
from mcutils._symbolic.print_index import IndexWriter, LatexWriter

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


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        rule: the name of the rule that was used.
        before: the expression before it, as text.
        after: the expression after it, as text.
        expression: the expression after it; its value is that of the next step's, too.
        latex: the step as LaTeX; deltas about to be contracted are boxed, and each contracted pair has a number.
        text: the same for a terminal: such deltas in square brackets, each contracted pair with its own primes.
    """

    rule: str
    before: str
    after: str
    expression: Expression
    latex: str
    text: str

    def __str__(self) -> str:
        return f"{self.rule}:\n    {self.text}"

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


def _steps(d: Derivation) -> list[Step]:
    f, variable = d.question, d.question.symbols[d.wrt]
    steps = [_step("write in index form", repr(f), f)]
    value, levels = f._value, f._levels
    for turn in range(d.order):
        levels = (*levels, *flipped(variable))
        raw, apart = (Expression(t, f.symbols, f.conditions, levels) for t in _uncontracted(value, variable))
        rule = "; ".join([f"differentiate factor by factor{' again' * turn}", *_rules_used(value, d.wrt)])
        steps.append(_step(rule, f"d/d{d.wrt} [{steps[-1].after}]", raw, new_deltas=True))
        if raw._value.terms != apart._value.terms:
            steps.append(_step("contract each delta", steps[-1].after, apart, raw, new_deltas=True))
        value = derivative(value, variable)
        if len(value.terms) != len(apart._value.terms):
            merged = Expression(value, f.symbols, f.conditions, levels)
            steps.append(_step("merge like terms", steps[-1].after, merged, apart))
    if d._value != value:
        steps.append(_step(f"lay out as {d.layout}", steps[-1].after, d))
    try:
        text = d.to_matrix()
    except NoMatrixForm:
        return steps
    back = Expression(d._value, d.symbols, d.conditions, d._levels)
    before, latex = steps[-1].after, f"{d.to_latex('index')} = {d.to_latex()}"
    return [*steps, Step("read back as matrices", before, text, back, latex, _lines(before, text))]


def _rules_used(f: Tensor, wrt: str) -> list[str]:
    """The rules of the functions whose argument holds the variable."""
    kinds = {x.head.kind for t in f.terms for x in t.factors if wrt in x.head.names}
    return sorted(RULE_NAMES[kind] for kind in kinds & RULE_NAMES.keys())


def _step(
    rule: str, before: str, after: Expression, previous: Expression | None = None, new_deltas: bool = False
) -> Step:
    """A step from `previous` (shown in LaTeX if it is given) to `after`.

    Where the step makes new deltas or contracts them, they are marked: in `previous` if it is given, else in `after`.
    """
    made, read = after.to_index(), before
    latex = _written(LatexWriter, after, new_deltas and previous is None)
    shown = _written(IndexWriter, after, new_deltas and previous is None)
    if previous is not None:
        latex = f"{_written(LatexWriter, previous, new_deltas)} = {latex}"
        read = _written(IndexWriter, previous, new_deltas)
    return Step(rule, before, made, after, latex, _lines(read, shown))


def _written(kind: type[IndexWriter], f: Expression, marking: bool) -> str:
    return kind(f._value, f._levels, marking=marking).write()


def _lines(before: str, after: str) -> str:
    return f"{before}\n  = {after}"


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


def flipped(variable: Head) -> tuple[str, ...]:
    """The levels of a derivative's new indices: a derivative by an upper index has a lower one."""
    return tuple(DOWN if level == UP else UP for level in default_levels(len(variable.axes)))
