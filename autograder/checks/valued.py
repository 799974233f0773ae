"""A value whose formula is known, as the mistake bank takes it apart: an `insight` where nothing is differentiated.

Separate from `insight`, whose right answer is the engine's derivative of a question: here the formula is the right
answer itself. It comes from the function that a check compares with, where that can be read, or from the engine, for
products with a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

import mcutils
from autograder.checks.bank import Case, Kind
from autograder.checks.insight import MOST_KEPT, Insight, Parts
from autograder.checks.kept import Kept
from autograder.checks.sizes import FLAGS, Symbol, read_sizes
from autograder.checks.traced import trace

if TYPE_CHECKING:
    from autograder.checks.trees import Tree
    from mcutils._symbolic import Expression

MOST_VALUES = 256  # formulas that are kept


class Valued(Insight):
    """What can be said of a value.

    Args:
        sizes: the axes of each symbol.
        expression: the right value, exactly.
        written: forms in which it is written, besides those in which the engine prints it.
    """

    def __init__(self, sizes: Mapping[str, str], expression: Expression, written: tuple[str, ...] = ()) -> None:
        self.expression = self.derivation = expression
        self.layout, self.indices, self.order, self.wrt, self.symmetric = "array", False, 0, "", False
        self.text, self.notation, self.summation, self.sizes = "", "matrix", "levels", dict(sizes)
        self.ranks = {name: len([w for w in axes.split() if w not in FLAGS]) for name, axes in sizes.items()}
        self.candidates: dict[object, tuple[Any, ...]] = {}
        self.memos = Kept(MOST_KEPT)
        self.symbols, self.place, self.function, self.origin = read_sizes(sizes), None, None, ()
        self.written = written

    def called(self, case: Case, function: Callable[..., Any]) -> np.ndarray:
        """A compiled part of the right value at the data of a case."""
        arrays = self.arrays(case)
        return np.asarray(function(**{name: arrays[name] for name in self.expression.symbols}), dtype=float)

    subject: Tree | None = None
    occurrences: Parts = ()
    _by_occurrence = ()

    def right(self, args: Sequence[Any]) -> np.ndarray:
        """The right value at these arguments."""
        named = {symbol.name: arg for symbol, arg in zip(self.symbols, args, strict=True)}
        return np.asarray(self.expression.evaluate(**{name: named[name] for name in self.expression.symbols}))

    def kind(self, _: np.ndarray) -> Kind:
        """Every value is one."""
        return "value"


def read_value(function: Callable[..., Any], symbols: Sequence[Symbol]) -> Valued | None:
    """Read the function that computes the right value; None where it is no formula."""
    text = trace(function, symbols)
    if not isinstance(text, str):
        return None
    return valued(text, tuple((s.name, " ".join([*map(str, s.axes), *sorted(s.flags)])) for s in symbols))


@lru_cache(maxsize=MOST_VALUES)
def valued(text: str, sizes: tuple[tuple[str, str], ...]) -> Valued | None:
    """Read the formula of a right value; None where it is none of the engine's."""
    try:
        known = Valued(dict(sizes), mcutils.parse(text, dict(sizes)), (text,))
    except ValueError:  # within Python's grammar, and not within the engine's
        return None
    known.origin = ("value", text, sizes)
    return known
