"""Index notation in: ``W^i_j x^j``, ``P^{t}_{w s}``, ``delta^i_j``, sums, brackets, functions.

A formula is read into closed expressions from the inside out: every product sums the indices that its convention
sums, and shows the others, by name and level, to what is around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from mcutils._errors import ShapeError
from mcutils._symbolic.core import (
    Axis,
    Factor,
    Head,
    Tensor,
    Term,
    applied,
    bracket,
    delta,
    fresh,
    number,
    ones,
    opened,
    symbol,
    tensor,
)
from mcutils._symbolic.pasted import check_writing
from mcutils._symbolic.print_index import DOWN, SUMMATIONS, UP
from mcutils._symbolic.read_matrix import HIGHEST, LARGEST, LONGEST, check_text, clip
from mcutils._symbolic.sizes import axis_names, read_axis

CALLS = frozenset(
    {"exp", "log", "tanh", "sigmoid", "relu", "step", "sin", "cos", "sqrt", "softmax", "inv", "det", "logdet"}
)
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z][A-Za-z0-9]*)|(\*\*|.))", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_INDEXED = re.compile(r"([A-Za-z][A-Za-z0-9]*)\s*((?:[\^_]\s*(?:\{[^}]*\}|[A-Za-z])\s*)+)")
_LEVEL_NAMES = {UP: "upper", DOWN: "lower"}


class Open(NamedTuple):
    """An expression whose free indices have names and levels; a level of "^_" cannot be."""

    value: Tensor
    names: tuple[str, ...]
    levels: tuple[str, ...]


class Bare(NamedTuple):
    """A constant that takes its axis from its neighbours, ``delta^i_j`` or ``ones_i``, or names it, ``ones(n)_i``."""

    kind: str
    axis: Axis | None
    names: tuple[str, ...]
    levels: tuple[str, ...]


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
    if summation not in SUMMATIONS:
        raise ValueError(f"there is no summation {summation!r}; choose one of {', '.join(SUMMATIONS)}")
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
            f"free={free!r} must name each free index once, and they are {' '.join(whole.names) or 'none'}"
        )
    return order


class _Reader:
    """A recursive-descent reader; every method reads one rule of the grammar."""

    def __init__(self, text: str, symbols: Mapping[str, Head], summation: str) -> None:
        self.tokens = [(number, name, sign) for number, name, sign in _TOKEN.findall(text)]
        self.text, self.symbols, self.summation, self.at = text, symbols, summation, 0
        self.sizes = frozenset(axis_names(a for h in symbols.values() for a in h.axes))
        self.conditions: list[str] = []
        self.elsewhere = self._scanned()

    def _scanned(self) -> dict[str, Axis]:
        """The axis of each index name that stands for one axis only in the whole formula."""
        found: dict[str, set[Axis]] = {}
        for name, indices in _INDEXED.findall(self.text):
            if name in self.symbols:
                for index, axis in zip(_NAME.findall(indices), self.symbols[name].axes, strict=False):
                    found.setdefault(index, set()).add(axis)
        return {index: axes.pop() for index, axes in found.items() if len(axes) == 1}

    def peek(self) -> str:
        """The next token, or nothing."""
        return "".join(self.tokens[self.at]) if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        """Take the next token, which must be `wanted` if that is given."""
        token = self.peek()
        if not token or (wanted and token != wanted):
            found = f"found {token!r}" if token else "the text ends"
            raise ValueError(f"{clip(self.text)}: {found} where {wanted or 'a factor'!r} should stand")
        self.at += 1
        return token

    def expression(self) -> Open:
        """Terms with + and - between them."""
        terms = []
        sign = -1 if self.peek() == "-" else 1
        if self.peek() in {"+", "-"}:
            self.take()
        while True:
            terms.append(self.term(sign))
            if self.peek() not in {"+", "-"}:
                return self._added(terms)
            sign = -1 if self.take() == "-" else 1

    def _added(self, terms: list[Open]) -> Open:
        first = terms[0]
        for k, other in enumerate(terms[1:], 2):
            lone = sorted(set(first.names) ^ set(other.names))
            if lone:
                raise ValueError(
                    f"the index {lone[0]} is free in one term of a sum only (compare terms 1 and {k}); "
                    "every term needs the same free indices"
                )
            for name, level in zip(first.names, first.levels, strict=True):
                if self.summation == "levels" and level != other.levels[other.names.index(name)]:
                    raise ValueError(
                        f"the index {name} is {_LEVEL_NAMES[level]} in term 1 and {_LEVEL_NAMES[_other(level)]} "
                        f"in term {k}; a free index keeps its level"
                    )
        slots = {name: fresh() for name in first.names}
        axes = dict(zip(first.names, first.value.axes, strict=True))
        raw = list[Term]()
        for term in terms:
            for name, axis in zip(term.names, term.value.axes, strict=True):
                self._same_axis(name, axes[name], axis)
            raw += opened(term.value, [slots[name] for name in term.names])
        return Open(tensor(list(slots.values()), list(axes.values()), raw), first.names, first.levels)

    def term(self, sign: int) -> Open:
        """Factors side by side, or with * and / between them."""
        parts = [self.factor()]
        while self.peek() and self.peek() not in {"+", "-", ")", ","}:
            if self.peek() == "/":
                self.take()
                below = self._product([self.factor()], 1)
                if not below.value.terms:
                    raise ValueError(f"{clip(self.text)}: divide by a number or an expression other than zero")
                parts.append(self._mapped("pow", below, Fraction(-1)))
                continue
            if self.peek() == "*":
                self.take()
            parts.append(self.factor())
        return self._product(parts, sign)

    def _product(self, parts: Sequence[Open | Bare], sign: int) -> Open:
        slots: dict[str, int] = {}
        axes: dict[str, Axis] = {}
        met: dict[str, list[str]] = {}
        for part in parts:
            for name, level in zip(part.names, part.levels, strict=True):
                slots.setdefault(name, fresh())
                met.setdefault(name, []).append(level)
        for part in parts:
            if isinstance(part, Open):
                for name, axis in zip(part.names, part.value.axes, strict=True):
                    self._same_axis(name, axes.setdefault(name, axis), axis)
        self._complete(parts, axes)
        factors = list[Factor]()
        for part in parts:
            if isinstance(part, Open):
                factors += bracket(part.value, [slots[name] for name in part.names])
            elif part.kind == "ones":
                factors += [ones(axes[name], slots[name]) for name in part.names]
            else:
                factors.append(delta(axes[part.names[0]], *(slots[name] for name in part.names)))
        free = [name for name, levels in met.items() if not self._is_summed(levels)]
        value = tensor([slots[n] for n in free], [axes[n] for n in free], [Term(Fraction(sign), tuple(factors))])
        return Open(value, tuple(free), tuple(met[name][0] for name in free))

    def _is_summed(self, levels: list[str]) -> bool:
        return len(levels) > 1 if self.summation == "repeated" else len(set(levels)) > 1

    def _complete(self, parts: Sequence[Open | Bare], axes: dict[str, Axis]) -> None:
        """Find the axes of deltas and ones: named, from what they meet here, or from elsewhere in the formula."""
        for part in parts:
            if isinstance(part, Bare) and part.axis is not None:
                for name in part.names:
                    self._same_axis(name, axes.setdefault(name, part.axis), part.axis)
        self._along_deltas(parts, axes)
        for part in parts:
            for name in part.names:
                if name not in axes and name in self.elsewhere:
                    axes[name] = self.elsewhere[name]
        self._along_deltas(parts, axes)
        lost = [name for part in parts for name in part.names if name not in axes]
        if lost and len(self.sizes) == 1:
            axes.update(dict.fromkeys(lost, next(iter(self.sizes))))
        elif lost:
            raise ShapeError(
                f"the axis of the index {lost[0]} is not known: it stands on no symbol; "
                "name the axis, as in delta(n)^i_j or ones(n)_i"
            )

    def _along_deltas(self, parts: Sequence[Open | Bare], axes: dict[str, Axis]) -> None:
        for _ in parts:
            for part in parts:
                if isinstance(part, Bare) and part.kind == "delta":
                    found = [axes[name] for name in part.names if name in axes]
                    for name in part.names:
                        if found:
                            self._same_axis(name, axes.setdefault(name, found[0]), found[0])

    def _same_axis(self, name: str, one: Axis, other: Axis) -> None:
        if one != other:
            raise ShapeError(
                f"the index {name} runs over {one} in one place and over {other} in another; use two names"
            )

    def factor(self) -> Open | Bare:
        """A number, a symbol with indices, a function or a bracket, to a power if ** follows."""
        base = self._primary()
        if self.peek() != "**":
            return base
        self.take()
        exponent = self._exponent()
        base = self._product([base], 1)
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
        value = float(token)
        if value and not 1 / LARGEST <= value <= LARGEST:
            raise ValueError(f"the number {clip(token)} is out of range; sizes from 1e-12 to 1e12 are read")
        return Open(number(Fraction(token)), (), ())

    def _primary(self) -> Open | Bare:
        digits, name, _ = self.tokens[self.at] if self.peek() else ("", "", "")
        if digits:
            return self._number()
        if not name:
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
        names, levels = self._indices(name)
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
            raise ValueError(f"unknown name {name!r}; the symbols here are {', '.join(self.symbols) or 'none'}")
        if len(names) != len(head.axes):
            axes = f"{len(head.axes)} {'axis' if len(head.axes) == 1 else 'axes'}"
            raise ShapeError(
                f"{name} has {_counted(names)} here and {axes}; write one index for each axis{_apart(names)}"
            )
        return Open(symbol(head.name, head.axes, head.flags), names, levels)

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

    def _indices(self, owner: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        names, levels = list[str](), list[str]()
        while self.peek() in {UP, DOWN}:
            level = self.take()
            if self.peek() != "{":
                name = self.take()
                if not re.fullmatch(r"[A-Za-z]", name):
                    hint = (
                        f"several or long ones need braces, {owner}{level}{{{' '.join(name)}}}"
                        if name.isalpha()
                        else "an index is a letter; a power is written **"
                    )
                    raise ValueError(f"{owner}{level}{name}: {hint}")
                names.append(name)
                levels.append(level)
                continue
            self.take()
            while self.peek() != "}":
                name = self.take()
                if not _NAME.fullmatch(name):
                    raise ValueError(f"{clip(self.text)}: {name!r} is no index; an index is a letter or a short name")
                names.append(name)
                levels.append(level)
            self.take()
        return tuple(names), tuple(levels)

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
            raise ShapeError(
                f"{name} takes a square matrix, an expression with two free indices over one axis, not {rank}"
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


def _other(level: str) -> str:
    return DOWN if level == UP else UP


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} {'index' if len(names) == 1 else 'indices'}"


def _apart(names: Sequence[str]) -> str:
    """What to write where one index looks like several, as in ``A_{im}``."""
    long = next((name for name in names if len(name) > 1 and name.isalpha()), None)
    return f"; several in one pair of braces stand apart, {{{' '.join(long)}}}" if long else ""
