"""Products with a derivative as a check asks for them: what is right, and at which size the derivative does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

import mcutils
from autograder.checks.question import Question
from autograder.checks.sizes import Axis, axis_names
from autograder.checks.valued import Valued
from mcutils._derivatives import full_derivative

if TYPE_CHECKING:
    from mcutils._symbolic import Expression

PRODUCTS = {"jvp": "the Jacobian", "vjp": "the Jacobian", "hvp": "the Hessian"}
AFFORDABLE = 2**26  # bytes that arguments, direction and product may have there together
MUCH_LESS = 4  # times fewer bytes of all the rest: then one axis grows alone
LONGEST = 2.0**22  # the longest axis that is tried


@dataclass(frozen=True)
class Product:
    """What is asked: a product of a question's derivative with a direction.

    Args:
        question: the function and the variable.
        kind: ``"jvp"``, J dx; ``"vjp"``, J* ybar; or ``"hvp"``, H v.
        calls: how often the answer may call the function that it is handed first; None where it is handed none.
        closed_form: whether the derivative functions of mcutils are off while the answer runs.
    """

    question: Question
    kind: str
    calls: int | None
    closed_form: bool

    @cached_property
    def told(self) -> dict[str, tuple[object, tuple[str, ...]]]:
        """What was told of the last answer that took too much."""
        return {}

    @property
    def arrow(self) -> str:
        """The name of the direction."""
        return {"jvp": f"d{self.question.variable.name}", "vjp": "ybar"}.get(self.kind, "v")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the answer's arguments."""
        handed = () if self.calls is None else ("grad" if self.kind == "hvp" else "f",)
        return (*handed, *self.question.names, self.arrow)

    @cached_property
    def _exact(self) -> Callable[..., Any] | None:
        if self.question.expression is None:
            return None
        return self._formula(f"{self.arrow}_of_the_check").compile()

    def _formula(self, arrow: str) -> Expression:
        from mcutils._symbolic.products import product

        return product(self.question.stated, self.question.variable.name, self.kind, arrow)

    @cached_property
    def insight(self) -> Valued | None:
        """The product as the mistake bank takes it apart, where its question was stated as text."""
        if self.question.expression is None or self.arrow in self.question.names:
            return None
        formula = self._formula(self.arrow)
        axes = " ".join(map(str, formula.symbols[self.arrow].axes))
        return Valued({**self.question.sizes, self.arrow: axes}, formula)

    @cached_property
    def _gradient(self) -> Callable[..., Any] | None:
        if self.kind != "hvp" or self.question.expression is None:
            return None
        return mcutils.differentiate(self.question.expression, self.question.variable.name).compile()

    def output(self, lengths: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape of the function's value; of code it is found by running it on ones."""
        question = self.question
        if question.expression is not None:
            return tuple(_length(axis, lengths) for axis in question.expression.axes)
        return np.shape(question.f(*(np.ones(symbol.shape(lengths))[()] for symbol in question.symbols)))

    def result(self, lengths: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape of the product."""
        return self.output(lengths) if self.kind == "jvp" else self.question.variable.shape(lengths)

    def array_bytes(self, lengths: Mapping[str, int]) -> int:
        """Return how many bytes the array has that may not be built."""
        variable = self.question.variable.shape(lengths)
        return 8 * prod(variable) * prod(variable if self.kind == "hvp" else self.output(lengths))

    def other_bytes(self, lengths: Mapping[str, int]) -> int:
        """Return how many bytes there are anyway: arguments, direction and product."""
        shapes = [symbol.shape(lengths) for symbol in self.question.symbols]
        return 8 * sum(map(prod, [*shapes, self.question.variable.shape(lengths), self.output(lengths)]))

    @property
    def growing(self) -> frozenset[str]:
        """The names of the axes by which the array grows."""
        axes = [*self.question.variable.axes]
        axes += () if self.kind == "hvp" or self.question.expression is None else self.question.expression.axes
        return frozenset(part for axis in axes for part in str(axis).split("*") if not part.isdecimal())

    def direction(self, args: Sequence[Any]) -> Any:
        """Draw a direction: of the variable's shape, or for a pullback of the output's."""
        of = self.question.f(*args) if self.kind == "vjp" else args[self.question.wrt]
        arrow = np.random.default_rng(np.size(of)).standard_normal(np.shape(of))
        symmetric = self.kind != "vjp" and self.question.variable.symmetric
        return arrow + arrow.T if symmetric else arrow[()]

    def right(self, args: Sequence[Any]) -> np.ndarray:
        """Return the product at the question's arguments and a direction.

        From a formula it comes without the derivative; of a function the derivative is measured, for small sizes only.
        """
        if self._exact is not None:
            return np.asarray(self._exact(*args), dtype=float)
        *own, arrow = args
        variable = np.asarray(own[self.question.wrt], dtype=float)
        order, symmetric = 2 if self.kind == "hvp" else 1, self.question.variable.symmetric
        D, _ = full_derivative(partial(self.question.along, tuple(own)), variable, order=order, symmetric=symmetric)
        if self.kind == "vjp":
            return np.asarray(np.tensordot(arrow, D, np.ndim(arrow)))
        return np.asarray(np.tensordot(D, arrow, variable.ndim))

    def handed(self, args: Sequence[Any], count: list[int]) -> tuple[Callable[[Any], Any], ...]:
        """Return the function that the answer is handed, as a tuple; it counts its calls in ``count``."""
        if self.calls is None:
            return ()

        def function(value: Any) -> Any:
            count.append(1)
            if self._gradient is None:
                return self.question.along(tuple(args), value)
            return self._gradient(*args[: self.question.wrt], value, *args[self.question.wrt + 1 :])

        return (function,)


def asked_for(question: Question, kind: str, calls: int | None, closed_form: bool) -> Product:
    """Return what is asked, made only once for each question."""
    key = ("product", kind, calls, closed_form)
    return question.remembered(key, lambda: Product(question, kind, calls, closed_form))


def large_lengths(asked: Product, wanted: int) -> dict[str, int]:
    """Deal the lengths of :func:`_large_lengths`, once for each question."""
    key = ("lengths", asked.kind, wanted)
    return asked.question.remembered(key, lambda: _large_lengths(asked, wanted))


def _large_lengths(asked: Product, wanted: int) -> dict[str, int]:
    """Deal lengths at which the array that may not be built has so many bytes: its own axes grow, others stay short.

    Where it takes much less of all the rest, one of its axes grows alone.

    Raises:
        ValueError: what there is anyway would grow with it.
    """
    best, most = None, AFFORDABLE
    for growing in (asked.growing, *(frozenset({name}) for name in sorted(asked.growing))):
        if lengths := _grown(asked, wanted, growing, most):
            best, most = lengths, asked.other_bytes(lengths) // MUCH_LESS
    if best is None:
        raise ValueError(
            f"cost: at no size is {PRODUCTS[asked.kind]} much larger than the arguments, so nothing would show "
            "that it was built; ask about a function of smaller arguments, or one of a matrix"
        )
    return best


def _grown(asked: Product, wanted: int, growing: frozenset[str], most: int) -> dict[str, int] | None:
    """The first lengths at which the array is large enough; None where the rest has more bytes by then."""
    names, length = axis_names(asked.question.symbols), 8.0
    while length <= LONGEST:
        lengths = {name: int(length) + k if name in growing else 3 + k for k, name in enumerate(names)}
        if asked.other_bytes(lengths) > most:
            break
        if asked.array_bytes(lengths) >= wanted:
            return lengths
        length *= 1.2
    return None


def _length(axis: Axis, lengths: Mapping[str, int]) -> int:
    """Return the length of an axis, which may be a number or a product, ``"m*n"``."""
    return prod(int(part) if part.isdecimal() else lengths[part] for part in str(axis).split("*"))
