"""A question as trees that can be broken: what was asked, and the right answer as the engine prints it.

Separate because it is made once for a question, lazily, and outlives the answers; `broken` and `fit` look through it.
Every array that it hands out is laid out as the answer should be, so that it can be held against one at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.checks import trees
from autograder.checks.bank import Case
from autograder.checks.compare import close
from autograder.checks.forward import Break, Forward
from autograder.checks.trees import Path, Tree
from mcutils._layouts import arrange

if TYPE_CHECKING:
    from autograder.checks.question import Question
    from mcutils._symbolic import Expression

Parts = tuple[tuple[tuple[int, ...], Callable[..., Any]], ...]


class Insight:
    """What can be said of a question that was stated as text.

    Args:
        question: the question.
        layout: of the answer; ``"array"`` with ``indices`` where the answer is in index notation.
        indices: whether the answer's axes stand in an order of their own, which is then found by comparing.
    """

    def __init__(self, question: Question, layout: str, indices: bool = False) -> None:
        self.expression, self.layout, self.indices = question.stated, layout, indices
        self.text, self.notation, self.summation = question.source, question.notation, question.summation
        self.sizes, self.wrt, self.order = dict(question.sizes), question.variable.name, question.order
        self.ranks = {symbol.name: len(symbol.axes) for symbol in question.symbols}
        self.symmetric = question.variable.symmetric
        self.candidates: dict[object, tuple[Any, ...]] = {}

    @cached_property
    def subject(self) -> Tree | None:
        """What is differentiated last: the question, or for a Hessian the gradient as the engine prints it."""
        if self.order == 2:
            return self._printed(self._derivative("gradient", 1))
        if self.notation == "matrix":
            return _read(self.text, self.ranks)
        return self._printed(self.expression)

    @cached_property
    def derivation(self) -> Expression:
        """The right answer, exactly."""
        return self._derivative(self.layout, self.order)

    @cached_property
    def answer(self) -> Tree | None:
        """The right answer as the engine prints it, where it has a matrix form."""
        return self._printed(self.derivation)

    @cached_property
    def occurrences(self) -> Parts:
        """The derivative by each occurrence of the variable, as functions of the arguments; none if they are many."""
        from mcutils._symbolic.occurrences import by_occurrence

        try:
            how = self.layout, self.order, self.notation, self.summation
            parts = by_occurrence(self.text, self.wrt, self.sizes, *how)
            return tuple((places, part.compile()) for places, part in parts)
        except ValueError:
            return ()

    @cached_property
    def terms(self) -> tuple[tuple[frozenset[str], Callable[..., Any]], ...]:
        """The terms of the right answer, written out: the symbols of each, and it as a function of the arguments."""
        from mcutils._symbolic.occurrences import terms_of

        try:
            return tuple((term._value.names, term.compile()) for term in terms_of(self.derivation))
        except ValueError:
            return ()

    def _derivative(self, layout: str, order: int) -> Expression:
        import mcutils

        return mcutils.differentiate(self.expression, self.wrt, layout=layout, order=order)

    def _printed(self, expression: Expression) -> Tree | None:
        try:
            return _read(expression.to_matrix(), self.ranks)
        except ValueError:  # no matrix form
            return None

    # --- arrays -----------------------------------------------------------------------------------

    def value(self, case: Case, tree: Tree, instead: Mapping[str, Any] | None = None) -> np.ndarray:
        """The value of a formula at the data of a case, or with other arrays instead."""
        return np.asarray(Forward({**self._arrays(case), **(instead or {})}).value(tree))

    def answered(self, case: Case, tree: Tree) -> np.ndarray:
        """The value of a changed right answer, in the order of the case's axes."""
        return self._turned(case, self.value(case, tree))

    def differentiated(
        self,
        case: Case,
        tree: Tree | None = None,
        wrt: str | None = None,
        seeds: frozenset[Path] | None = None,
        breaks: Mapping[Path, Break] | None = None,
    ) -> np.ndarray:
        """The derivative of a formula (the question's own by default), laid out as the answer should be."""
        arrays, wrt = self._arrays(case), wrt or self.wrt
        tree = tree or self.subject
        assert tree is not None, "only where the question has a matrix form"
        value, D = Forward(arrays, wrt, seeds, breaks or {}).pair(tree, ())
        shape = np.shape(arrays[wrt])
        full = np.zeros(value.shape + shape) if D is None else D
        if self.symmetric and wrt == self.wrt:
            full = (full + np.swapaxes(full, -1, -2)) / 2
        laid = full if self.layout == "gradient" else arrange(full, value.shape, shape, self.layout)
        return self._turned(case, laid)

    def called(self, case: Case, function: Callable[..., Any]) -> np.ndarray:
        """A compiled part of the right answer at the data of a case, in the order of the case's axes."""
        return self._turned(case, np.asarray(function(*case.draw.args), dtype=float))

    def sound(self, case: Case, what: str) -> bool:
        """Whether the unbroken ``subject`` or ``answer`` is right here, so that breaking it says something."""
        key = ("sound", what)
        if key not in case.memo:
            tree = self.subject if what == "subject" else self.answer
            try:
                made = None if tree is None else self._laid(case, what, tree)
                case.memo[key] = made is not None and close(made, case.want, 1e-6)
            except Exception:  # an inverse or a logarithm that does not exist for floats: nothing is said by it
                case.memo[key] = False
        return bool(case.memo[key])

    def _laid(self, case: Case, what: str, tree: Tree) -> np.ndarray:
        return self.differentiated(case) if what == "subject" else self.answered(case, tree)

    def _arrays(self, case: Case) -> dict[str, Any]:
        if "arrays" not in case.memo:
            case.memo["arrays"] = {
                **case.draw.lengths,
                **{s.name: arg for s, arg in zip(case.symbols, case.draw.args, strict=True)},
            }
        arrays: dict[str, Any] = case.memo["arrays"]
        return arrays

    def _turned(self, case: Case, array: np.ndarray) -> np.ndarray:
        """Put the axes into the order of an answer in index notation."""
        if not self.indices or array.ndim < 2:
            return array
        if "order" not in case.memo:
            right = np.asarray(self.derivation.compile()(*case.draw.args), dtype=float)
            orders = permutations(range(right.ndim))
            case.memo["order"] = next((o for o in orders if close(right.transpose(o), case.want, 1e-9)), None)
        order = case.memo["order"]
        return array.transpose(order) if order is not None and len(order) == array.ndim else array


def _read(formula: str, ranks: Mapping[str, int]) -> Tree | None:
    try:
        return trees.read(formula, ranks)
    except (ValueError, KeyError):
        return None
