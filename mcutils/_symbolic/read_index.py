"""Index notation in: ``W^i_j x^j``, ``P^{t}_{w s}``, ``delta^i_j``, sums, brackets, functions.

A formula is read into closed expressions from the inside out: every product sums the indices that its convention
sums, and shows the others, by name and level, to what is around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction

from mcutils._errors import ShapeError
from mcutils._symbolic.core import (
    Axis,
    Head,
    Tensor,
    Term,
    applied,
    fresh,
    number,
    ones,
    opened,
    symbol,
    tensor,
)
from mcutils._symbolic.index_terms import Bare, Open, Terms
from mcutils._symbolic.index_tokens import NAME, Tokens, letters
from mcutils._symbolic.levels import DOWN, UP, check_summation
from mcutils._symbolic.pasted import check_writing
from mcutils._symbolic.sizes import axis_names, read_axis
from mcutils._symbolic.text import HIGHEST, LONGEST, check_number, check_text, clip

CALLS = frozenset(
    {"exp", "log", "tanh", "sigmoid", "relu", "step", "sin", "cos", "sqrt", "softmax", "inv", "det", "logdet"}
)
_ELSEWHERE = {
    "@": "factors stand side by side, as in W^i_j x^j",
    "^": "a power is written **, and indices stand on symbols only",
    "_": "indices stand on symbols only",
    "=": "write one formula, without an equals sign",
}
_INDEXED = re.compile(r"([A-Za-z][A-Za-z0-9]*)\s*((?:[\^_]\s*(?:\{[^}]*\}|[A-Za-z])\s*)+)")


def read_index(
    text: str, symbols: Mapping[str, Head], summation: str = "levels", free: str | None = None
) -> tuple[Tensor, tuple[str, ...], tuple[str, ...]]:
    """Read an expression in index notation.

    Args:
        text: such as ``"W^i_j x^j"``.
        symbols: the declared symbols.
        summation: ``"levels"`` (an index on both levels of a term is summed) or ``"repeated"`` (any repeated index).
        free: the free indices in the order of the result's axes; by default upper ones first, in order of appearance.

    Returns:
        The expression, the level of each of its axes, and the conditions under which it is defined.

    Raises:
        ShapeError: an index stands for two axes, or a symbol has too many or too few indices.
        ValueError: the text is not in the grammar, or its free indices do not agree.
    """
    check_summation(summation)
    check_text(text)
    check_writing(text, symbols, "W^i_j x^j")
    text = unicodedata.normalize("NFKC", text)  # as Python does with the names in matrix notation
    reader = _Reader(text, symbols, summation)
    if len(reader.tokens) > LONGEST // 4:
        raise ValueError(f"the formula has {len(reader.tokens)} signs and names; at most {LONGEST // 4} are read")
    whole = reader.expression()
    if reader.peek():
        raise ValueError(f"{clip(text)}: {reader.peek()!r} is left over at the end")
    order = _order(whole, free)
    slots = [fresh() for _ in whole.names]
    kept = [whole.names.index(name) for name in order]
    value = tensor([slots[k] for k in kept], [whole.value.axes[k] for k in kept], opened(whole.value, slots))
    return value, tuple(whole.levels[k] for k in kept), tuple(dict.fromkeys(reader.conditions))


def _order(whole: Open, free: str | None) -> list[str]:
    if free is None:
        return sorted(whole.names, key=lambda name: whole.levels[whole.names.index(name)] == DOWN)
    order = free.split()
    if sorted(order) != sorted(whole.names) or len(set(order)) < len(order):
        raise ValueError(
            f"the free indices here are {' '.join(whole.names) or 'none'}, and wanted are {free or 'none'}"
        )
    return order


class _Reader(Tokens):
    """A recursive-descent reader; every method reads one rule of the grammar."""

    def __init__(self, text: str, symbols: Mapping[str, Head], summation: str) -> None:
        super().__init__(text, symbols)
        self.sizes = frozenset(axis_names(a for h in symbols.values() for a in h.axes))
        self.conditions: list[str] = []
        self.terms = Terms(summation, self.sizes, self._scanned())

    def _scanned(self) -> dict[str, Axis]:
        """The axis of each index name that stands for one axis only in the whole formula."""
        found: dict[str, set[Axis]] = {}
        for name, indices in _INDEXED.findall(self.text):
            if name in self.symbols:
                axes = self.symbols[name].axes
                for index, axis in zip(letters(NAME.findall(indices), len(axes)), axes, strict=False):
                    found.setdefault(index, set()).add(axis)
        return {index: axes.pop() for index, axes in found.items() if len(axes) == 1}

    def expression(self) -> Open:
        """Terms with + and - between them."""
        terms = []
        sign = -1 if self.peek() == "-" else 1
        if self.peek() in {"+", "-"}:
            self.take()
        while True:
            terms.append(self.term(sign))
            if self.peek() not in {"+", "-"}:
                return self.terms.added(terms)
            sign = -1 if self.take() == "-" else 1

    def term(self, sign: int) -> Open:
        """Factors side by side, or with * and / between them."""
        parts = [self.factor()]
        while self.peek() and self.peek() not in {"+", "-", ")", ","}:
            if self.peek() == "/":
                self.take()
                below = self.terms.product([self.factor()], 1)
                if not below.value.terms:
                    raise ValueError(f"{clip(self.text)}: divide by a number or an expression other than zero")
                parts.append(self._mapped("pow", below, Fraction(-1)))
                continue
            if self.peek() == "*":
                self.take()
            parts.append(self.factor())
        return self.terms.product(parts, sign)

    def factor(self) -> Open | Bare:
        """A number, a symbol with indices, a function or a bracket, to a power if ** follows."""
        base = self._primary()
        if self.peek() != "**":
            return base
        self.take()
        exponent = self._exponent()
        base = self.terms.product([base], 1)
        if exponent < 0 and not base.value.terms:
            raise ValueError(f"{clip(self.text)} divides by zero")
        return self._mapped("pow", base, exponent)

    def _exponent(self) -> Fraction:
        if self.peek() == "(":
            self.take()
            value = self.expression()
            self.take(")")
        else:
            value = self._number()
        if value.names or any(t.factors for t in value.value.terms):
            raise ValueError(f"{clip(self.text)}: an exponent is a number, such as 2 or (-1/2)")
        exponent = value.value.terms[0].coefficient if value.value.terms else Fraction(0)
        if abs(exponent) > HIGHEST or exponent.denominator > HIGHEST:
            raise ValueError(f"{clip(self.text)}: exponents up to {HIGHEST} in size are read")
        return exponent

    def _number(self) -> Open:
        token = self.take()
        if not token[0].isdigit() and token[0] != ".":
            raise ValueError(f"{clip(self.text)}: found {token!r} where a number should stand")
        check_number(float(token), token)
        return Open(number(Fraction(token)), (), ())

    def _primary(self) -> Open | Bare:
        digits, name, _ = self.tokens[self.at] if self.peek() else ("", "", "")
        if digits:
            return self._number()
        if not name:
            if self.peek() in _ELSEWHERE:
                raise ValueError(f"{clip(self.text)}: found {self.peek()!r}; {_ELSEWHERE[self.peek()]}")
            self.take("(")
            inside = self.expression()
            self.take(")")
            return inside
        self.take()
        if self.peek() == "(" and name not in self.symbols and name not in {"delta", "ones"} | self.sizes:
            return self._call(name)
        return self._symbol(name)

    def _symbol(self, name: str) -> Open | Bare:
        constant = name in {"delta", "ones"} and name not in self.symbols
        axis = self._named_axis(name) if constant and self.peek() == "(" else None
        names, levels = self.indices(name, self._counts(name))
        if constant:
            if len(names) != (2 if name == "delta" else 1):
                wanted = "two" if name == "delta" else "one"
                raise ShapeError(f"{name} has {_counted(names)}; it takes {wanted}{_apart(names)}")
            return Bare(name, axis, names, levels)
        if name in self.sizes and name not in self.symbols and not names:
            slot = fresh()
            return Open(tensor([], [], [Term(Fraction(1), (ones(name, slot),))]), (), ())
        head = self.symbols.get(name)
        if head is None:
            hint = ""
            if name in CALLS:
                hint = f"; the argument of a function stands in brackets, {name}(x^i)"
            elif name == "sum":
                hint = "; a sum needs no sign: an index on both levels is summed"
            raise ValueError(f"unknown name {name!r}{hint}; the symbols here are {', '.join(self.symbols) or 'none'}")
        if len(names) != len(head.axes):
            axes = f"{len(head.axes)} {'axis' if len(head.axes) == 1 else 'axes'}"
            raise ShapeError(
                f"{name} has {_counted(names)} here and {axes}; write one index for each axis{_apart(names)}"
            )
        return Open(symbol(head.name, head.axes, head.flags), names, levels)

    def _counts(self, name: str) -> int:
        """How many indices belong to a name."""
        return len(self.symbols[name].axes) if name in self.symbols else {"delta": 2, "ones": 1}.get(name, 0)

    def _named_axis(self, owner: str) -> Axis:
        """The axis in ``delta(n)^i_j``."""
        self.take("(")
        parts = [self.take()]
        while self.peek() != ")":
            parts.append(self.take())
        self.take(")")
        axis = read_axis("".join(parts), f"{owner}(...)")
        unknown = [name for name in axis_names([axis]) if name not in self.sizes]
        if unknown:
            raise ValueError(
                f"{owner}({axis}): no symbol has an axis {unknown[0]!r}; "
                f"the axes here are {', '.join(sorted(self.sizes))}"
            )
        return axis

    def _call(self, name: str) -> Open:
        if name not in CALLS:
            raise ValueError(f"unknown function {name!r}; there are {', '.join(sorted(CALLS))}")
        self.take("(")
        inside = self.expression()
        along = ""
        if self.peek() == ",":
            self.take()
            along = self.take()
        self.take(")")
        if self.peek() in {UP, DOWN}:
            raise ValueError(f"{name}(...){self.peek()}: indices stand inside, {name}(A^i_j)")
        return self._applied(name, inside, along)

    def _applied(self, name: str, inside: Open, along: str) -> Open:
        rank = len(inside.names)
        if name in {"inv", "det", "logdet"} and (rank != 2 or inside.value.axes[0] != inside.value.axes[1]):
            got = f"{rank}" if rank != 2 else f"over {inside.value.axes[0]} and {inside.value.axes[1]}"
            raise ShapeError(
                f"{name} takes a square matrix, an expression with two free indices over one axis, not {got}"
            )
        if name != "softmax" and along:
            raise ValueError(f"{name} takes one argument, not an index {along!r}")
        if name == "sqrt":
            self.conditions.append("sqrt(...) >= 0")
            return self._mapped("pow", inside, Fraction(1, 2))
        if name == "softmax":
            if along not in inside.names and (along or rank != 1):
                raise ValueError(f"softmax needs the index to sum over, one of {' '.join(inside.names) or 'none'}")
            return self._mapped("softmax", inside, inside.names.index(along) if along else 0)
        return self._mapped(name, inside, None)

    def _mapped(self, kind: str, inside: Open, parameter: Fraction | int | None) -> Open:
        slots = [fresh() for _ in inside.names]
        closes = kind in {"det", "logdet"}
        factors = applied(kind, inside.value, slots, parameter)
        free = [] if closes else slots
        value = tensor(free, inside.value.axes[: len(free)], [Term(Fraction(1), factors)])
        return Open(value, (), ()) if closes else Open(value, inside.names, inside.levels)


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} {'index' if len(names) == 1 else 'indices'}"


def _apart(names: Sequence[str]) -> str:
    """What to write where one index looks like several, as in ``A_{im}``."""
    long = next((name for name in names if len(name) > 1 and name.isalpha()), None)
    return f"; several in one pair of braces stand apart, {{{' '.join(long)}}}" if long else ""
