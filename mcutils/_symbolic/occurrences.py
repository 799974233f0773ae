"""The derivative by each occurrence of a variable, term by term, and with indices run together.

Separate because these are no derivatives that anybody asks for: they are what a wrong answer is made of. The product
rule gives one part for each place in which the variable stands, and a learner loses, doubles or turns single parts. The
text counts here as its author wrote it, since the normal form would merge equal parts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from mcutils._symbolic.core import Axis, Factor, Head, Tensor, Term, fresh, opened, tensor, written_out
from mcutils._symbolic.derivative import derivative
from mcutils._symbolic.expression import Expression
from mcutils._symbolic.public import differentiate, parse

MOST = 8  # occurrences; a longer formula is not taken apart
_WORDS = {
    "matrix": re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z_]\w*|."),
    "index": re.compile(r"[\^_]\s*(?:\{[^}]*\}|\w)|[A-Za-z][A-Za-z0-9]*|."),
}


def by_occurrence(
    text: str,
    wrt: str,
    sizes: Mapping[str, str],
    layout: str = "gradient",
    order: int = 1,
    notation: str = "matrix",
    summation: str = "levels",
) -> tuple[tuple[tuple[int, ...], Expression], ...]:
    """Differentiate by each occurrence of a variable on its own: ``x1 @ A @ x2 - b @ x3`` by x1, x2 and x3.

    Args:
        text: a formula, as its author wrote it.
        wrt: the variable.
        sizes: the axes of each symbol.
        layout: of the derivatives, as for `differentiate`.
        order: 1, or 2: then the derivative by each ordered pair of occurrences, where the first belongs to the gradient
            and the second to its derivative. They add up to the Hessian as the occurrences do to the gradient.
        notation: ``"matrix"`` or ``"index"``.
        summation: the convention of index notation.

    Returns:
        For each occurrence its number (for each pair its two numbers), from 0 in the order of the text, and the
        derivative, in the symbols of the question; without those that are zero.

    Raises:
        ValueError: the text cannot be read, the layout does not fit, or the variable occurs too often.

    >>> parts = by_occurrence("x @ A @ x - b @ x", "x", {"x": "n", "A": "n n", "b": "n"})
    >>> [derivative.to_matrix() for _, derivative in parts]
    ['A @ x', 'A.T @ x', '-b']
    """
    marked, marks = _marked(text, wrt, sizes, notation)
    f = parse(marked, {**sizes, **dict.fromkeys(marks, sizes[wrt])}, notation, summation)
    plain = {name: head for name, head in f.symbols.items() if name not in marks}
    parts: list[tuple[tuple[int, ...], Expression]]
    if order == 1:
        parts = [((k,), differentiate(f, mark, layout=layout)) for k, mark in enumerate(marks)]
    else:
        firsts = [differentiate(f, mark) for mark in marks]
        second = "vec" if layout == "vec" else "array"
        pairs = itertools.product(range(len(marks)), repeat=2)
        parts = [((j, k), differentiate(firsts[j], marks[k], layout=second)) for j, k in pairs]
    back = dict.fromkeys(marks, plain[wrt])
    made = ((places, Expression(_renamed(part._value, back), plain, levels=part.levels)) for places, part in parts)
    return tuple((places, part) for places, part in made if part._value.terms)


def _marked(text: str, wrt: str, sizes: Mapping[str, str], notation: str) -> tuple[str, list[str]]:
    """The text with a name of its own for each occurrence, and these names."""
    words = _WORDS[notation].findall(text)
    count = sum(word == wrt for word in words)
    if count > MOST:
        raise ValueError(f"{wrt} occurs {count} times; at most {MOST} are told apart")
    stem = next(stem for stem in (f"{wrt}{'of' * k}" for k in itertools.count(1)) if not _taken(stem, sizes))
    marks = [f"{stem}{k}" for k in range(count)]
    names = iter(marks)
    return "".join(next(names) if word == wrt else word for word in words), marks


def _taken(stem: str, sizes: Mapping[str, str]) -> bool:
    return any(word.startswith(stem) for name, axes in sizes.items() for word in (name, *axes.split()))


def _renamed(f: Tensor, heads: Mapping[str, Head]) -> Tensor:
    """The expression with other symbols of the same axes."""
    if not f.names & heads.keys():
        return f
    slots = range(len(f.axes))
    terms = [Term(t.coefficient, tuple(_renamed_factor(x, heads) for x in t.factors)) for t in opened(f, slots)]
    return tensor(slots, f.axes, terms)


def _renamed_factor(factor: Factor, heads: Mapping[str, Head]) -> Factor:
    head = factor.head
    if head.inner is not None:
        inner = _renamed(head.inner, heads)
        return factor._replace(head=Head(head.kind, head.axes, inner=inner, parameter=head.parameter))
    return factor._replace(head=heads[head.name]) if head.kind == "symbol" and head.name in heads else factor


def terms_of(expression: Expression, most: int = 12) -> tuple[Expression, ...]:
    """The terms of an expression with its brackets written out, each on its own.

    Raises:
        ValueError: there are more than ``most``.
    """
    value = expression._value
    slots = range(len(value.axes))
    whole = tensor(slots, value.axes, written_out(opened(value, slots), most))
    parts = [Tensor(value.axes, (term,), f"{value.key}#{k}") for k, term in enumerate(whole.terms)]
    closed = [tensor(slots, value.axes, opened(part, slots)) for part in parts]
    return tuple(Expression(part, expression.symbols, levels=expression.levels) for part in closed)


def run_together(expression: Expression, wrt: str | None = None, most: int = 12) -> Iterator[Expression]:
    """Expressions in which two indices of a term have one name by accident: u_i x^i v_i x^i for u_i x^i v_j x^j.

    Args:
        expression: any expression.
        wrt: where given, each result is differentiated by it: ``D[out..., in...]``.
        most: how many results there are at most.
    """
    value = expression._value
    whole = terms_of(expression, most)
    for chosen in [*range(len(whole)), None] if len(whole) > 1 else [None]:
        kept = [t for k, part in enumerate(whole) if k != chosen for t in part._value.terms]
        hit = [t for k, part in enumerate(whole) if chosen is None or k == chosen for t in part._value.terms]
        for merged in itertools.islice(_merged(value, hit), most):
            result = tensor(range(len(value.axes)), value.axes, [*merged, *(kept if chosen is not None else [])])
            variable = expression.symbols[wrt] if wrt is not None else None
            made = derivative(result, variable) if variable is not None else result
            yield Expression(made, expression.symbols)


def _merged(f: Tensor, terms: list[Term]) -> Iterator[list[Term]]:
    """Each way to give a summed index the name of another index of the same axis, in all of the terms."""
    rank = len(f.axes)
    choices: list[list[Term]] = []
    for term in terms:
        axes: dict[int, Axis] = {s: a for x in term.factors for s, a in zip(x.slots, x.head.axes, strict=False)}
        summed = [s for s in axes if s >= rank]
        pairs = [(s, t) for s in summed for t in axes if t != s and axes[t] == axes[s] and (t < rank or t < s)]
        choices.append([_with_one_name(term, s, t) for s, t in pairs])
    if choices and all(choices):
        yield from map(list, zip(*choices, strict=False))


def split_apart(expression: Expression, most: int = 12) -> Iterator[Expression]:
    """Expressions in which an index of one factor has a name of its own by accident, and is summed there alone.

    ``A^i_j x^k`` for ``A^i_j x^j``: one sum has come apart into two.

    Args:
        expression: any expression.
        most: of how many terms it may consist.

    Raises:
        ValueError: there are more terms.
    """
    value = expression._value
    parts = [part._value.terms for part in terms_of(expression, most)]
    for k, terms in enumerate(parts):
        others = [term for j, part in enumerate(parts) if j != k for term in part]
        for apart in _apart(terms):
            yield Expression(tensor(range(len(value.axes)), value.axes, [*apart, *others]), expression.symbols)


def _apart(terms: tuple[Term, ...]) -> Iterator[list[Term]]:
    for n, term in enumerate(terms):
        slots = [slot for factor in term.factors for slot in factor.slots]
        for k, factor in enumerate(term.factors):
            for place, slot in enumerate(factor.slots):
                if slots.count(slot) > 1:
                    own = Factor(factor.head, (*factor.slots[:place], fresh(), *factor.slots[place + 1 :]))
                    changed = Term(term.coefficient, (*term.factors[:k], own, *term.factors[k + 1 :]))
                    yield [*terms[:n], changed, *terms[n + 1 :]]


def _with_one_name(term: Term, old: int, new: int) -> Term:
    factors = tuple(Factor(x.head, tuple(new if s == old else s for s in x.slots)) for x in term.factors)
    return Term(Fraction(term.coefficient), factors)
