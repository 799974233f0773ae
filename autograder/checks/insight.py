"""A question as trees that can be broken: what was asked, and the right answer as the engine prints it.

Separate because it is made once for a question, lazily, and outlives the answers; `broken` and `fit` look through it.
Every array that it hands out is laid out as the answer should be, so that it can be held against one at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial, reduce
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.checks import trees
from autograder.checks.bank import Case, Kind
from autograder.checks.compare import close
from autograder.checks.draw import ambient_seed
from autograder.checks.forward import Break, Forward, Values
from autograder.checks.kept import Kept
from autograder.checks.sizes import FLAGS, Symbol
from autograder.checks.trees import Path, Tree
from mcutils._layouts import arrange

if TYPE_CHECKING:
    from autograder.checks.question import Question
    from mcutils._symbolic import Expression

MOST_KEPT = 200  # points for which a question keeps what was computed there
MOST_ADDED = 8  # terms of a form that slips are tried on
Parts = tuple[tuple[tuple[int, ...], frozenset[str], Callable[..., Any]], ...]


class Insight:
    """What can be said of a question that was stated as text.

    Args:
        question: the question.
        layout: of the answer; ``"array"`` with ``indices`` where the answer is in index notation.
        indices: whether the answer's axes stand in an order of their own, which is then found by comparing.

    Attributes:
        origin: plain data of which another process can make the same; nothing where it cannot.
        symbols: the arguments; ``place`` is the variable's among them.
        right: gives the right answer at arguments.
        kind: gives the kind of a right answer.
        function: the question's own.
    """

    origin: tuple[Any, ...]
    symbols: tuple[Symbol, ...]
    place: int | None
    function: Callable[..., Any] | None
    right: Callable[[Sequence[Any]], np.ndarray]
    kind: Callable[[np.ndarray], Kind]

    def __init__(self, question: Question, layout: str, indices: bool = False) -> None:
        self.expression, self.layout, self.indices = question.stated, layout, indices
        self.text, self.notation, self.summation = question.source, question.notation, question.summation
        self.sizes, self.wrt, self.order = dict(question.sizes), question.variable.name, question.order
        self.ranks = {symbol.name: len(symbol.axes) for symbol in question.symbols}
        self.symmetric = question.variable.symmetric
        self.candidates: dict[object, tuple[Any, ...]] = {}
        self.memos = Kept(MOST_KEPT)
        self.symbols, self.place, self.function = question.symbols, question.wrt, question.f
        self.right, self.kind = question.right_answer, question.kind
        self.origin = () if indices else ("question", *question.asked)

    def memo(self, number: int, seed: str = "") -> dict[Any, Any]:
        """What was computed for a draw, by default on the seed of now, and does not depend on an answer."""
        return self.memos.of((seed or ambient_seed(), number), dict)

    @cached_property
    def subject(self) -> Tree | None:
        """What is differentiated last: the question, or for a Hessian the gradient as the engine prints it."""
        if self.order == 2:
            return self._printed(self._derivative("gradient", 1))
        if self.notation == "matrix":
            return read(self.text, self.ranks)
        return self._printed(self.expression)

    @cached_property
    def derivation(self) -> Expression:
        """The right answer, exactly."""
        return self._derivative(self.layout, self.order)

    @cached_property
    def answer(self) -> Tree | None:
        """The right answer as the engine prints it, where it has a matrix form."""
        return self._printed(self.derivation)

    written: tuple[str, ...] = ()  # forms of the right answer besides those that the engine prints

    @cached_property
    def forms(self) -> tuple[Tree, ...]:
        """The right answer as people write it: printed, with a term for each place, and with its brackets opened.

        All are equal, and differ in what one slip makes of them.
        """
        by_place = self._added(part for _, part in self._by_occurrence)
        found = [*(read(text, self.ranks) for text in self.written), self.answer, by_place, self._added(self._by_term)]
        return tuple(dict.fromkeys(tree for tree in found if tree is not None))

    def _added(self, parts: Iterable[Expression]) -> Tree | None:
        """The sum of expressions as one formula, where each has a matrix form."""
        printed = [self._printed(part) for part in parts]
        whole = [tree for tree in printed if tree is not None]
        if len(whole) != len(printed) or not 1 < len(whole) <= MOST_ADDED:
            return None
        return reduce(lambda a, b: trees.binary("+", a, b), whole)

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions in the right answer."""
        return frozenset(part.kind for form in self.forms for _, part in trees.walk(form) if part.parts)

    def twins(self, name: str) -> tuple[str, ...]:
        """The other symbols that have the axes of this one."""
        axes = {symbol: [word for word in text.split() if word not in FLAGS] for symbol, text in self.sizes.items()}
        return tuple(other for other in axes if other != name and axes[other] == axes[name])

    @cached_property
    def _by_occurrence(self) -> tuple[tuple[tuple[int, ...], Expression], ...]:
        from mcutils._symbolic.occurrences import by_occurrence

        try:
            how = self.layout, self.order, self.notation, self.summation
            return by_occurrence(self.text, self.wrt, self.sizes, *how)
        except ValueError:
            return ()

    @cached_property
    def _by_term(self) -> tuple[Expression, ...]:
        from mcutils._symbolic.occurrences import terms_of

        try:
            return terms_of(self.derivation)
        except ValueError:
            return ()

    @cached_property
    def occurrences(self) -> Parts:
        """The derivative by each occurrence of the variable: its symbols, and a function; none if they are many."""
        return tuple((places, part._value.names, part.compile()) for places, part in self._by_occurrence)

    @cached_property
    def terms(self) -> tuple[tuple[frozenset[str], Callable[..., Any]], ...]:
        """The terms of the right answer, written out: the symbols of each, and it as a function of the arguments."""
        return tuple((term._value.names, term.compile()) for term in self._by_term)

    def _derivative(self, layout: str, order: int) -> Expression:
        import mcutils

        return mcutils.differentiate(self.expression, self.wrt, layout=layout, order=order)

    def _printed(self, expression: Expression) -> Tree | None:
        try:
            return read(expression.to_matrix(), self.ranks)
        except ValueError:  # no matrix form
            return None

    # --- arrays -----------------------------------------------------------------------------------

    def value(self, case: Case, tree: Tree, instead: Mapping[str, Any] | None = None) -> np.ndarray:
        """The value of a formula at the data of a case, or with other arrays instead."""
        if instead:
            return np.asarray(Forward({**self.arrays(case), **instead}).value(tree))
        if "values" not in case.memo:
            case.memo["values"] = Values(self.arrays(case), self.forms)
        values: Values = case.memo["values"]
        return values.of(tree)

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
        arrays, wrt = self.arrays(case), wrt or self.wrt
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
            if what == "answer":
                self.forms = tuple(form for form in self.forms if self._right(case, partial(self.answered, tree=form)))
                case.memo[key] = bool(self.forms)
            else:
                case.memo[key] = self.subject is not None and self._right(case, self.differentiated)
        return bool(case.memo[key])

    @staticmethod
    def _right(case: Case, made: Callable[[Case], np.ndarray]) -> bool:
        try:
            return close(made(case), case.want, 1e-6)
        except Exception:  # an inverse or a logarithm that does not exist for floats: nothing is said by it
            return False

    def arrays(self, case: Case) -> dict[str, Any]:
        """The value of each symbol at the data of a case, and the length of each axis."""
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


def typed_tree(formula: object, ranks: Mapping[str, int]) -> Tree | None:
    """Read a formula that was typed; None where it is no text, or none of matrices."""
    return read(formula, ranks) if type(formula) is str else None


def read(formula: str, ranks: Mapping[str, int]) -> Tree | None:
    """Read a formula of matrices; None where it is too large, or none."""
    try:
        return trees.read(formula, ranks)
    except (ValueError, KeyError, SyntaxError):
        return None
