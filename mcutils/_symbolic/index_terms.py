"""Terms in index notation: what a product sums and shows, and what the terms of a sum have to agree in.

Separate from the grammar (`read_index`), which says what stands where; this says what it means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from mcutils._errors import ShapeError
from mcutils._symbolic.core import Axis, Factor, Tensor, Term, bracket, delta, fresh, ones, opened, tensor
from mcutils._symbolic.levels import DOWN, UP

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


class Terms:
    """Makes products and sums of expressions with free indices.

    Args:
        summation: the convention, ``levels`` or ``repeated``.
        sizes: the names of all axes.
        elsewhere: the axis of each index that stands for one only in the whole formula.
    """

    def __init__(self, summation: str, sizes: frozenset[str], elsewhere: Mapping[str, Axis]) -> None:
        self.summation, self.sizes, self.elsewhere = summation, sizes, elsewhere

    def added(self, terms: Sequence[Open]) -> Open:
        """The sum of expressions with the same free indices."""
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

    def product(self, parts: Sequence[Open | Bare], sign: int) -> Open:
        """The product of factors, with the indices summed that the convention sums."""
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


def _other(level: str) -> str:
    return DOWN if level == UP else UP
