"""A question whose right answer is a derivative: what is asked, and what follows from that without an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.bank import Kind
from autograder.checks.draw import Draw, ambient_seed
from autograder.checks.insight import Insight
from autograder.checks.kept import Kept, meaning_of
from autograder.checks.quiet import silence
from autograder.checks.sizes import Symbol, read_sizes
from autograder.checks.traced import trace
from mcutils._derivatives import full_derivative
from mcutils._layouts import LAYOUTS, arrange

if TYPE_CHECKING:
    from mcutils._symbolic import Derivation, Expression

MOST_KEPT = 200  # points for which a question keeps its derivative
MOST_QUESTIONS = 256  # which are kept: a notebook states the same ones whenever its cells run again
MOST_ATTEMPTS = 6  # how often a point is drawn again before the check says that it cannot tell
TRUSTED_ERROR = 1e-5  # a numerical slope with a larger relative error estimate decides nothing


T = TypeVar("T")


class CannotTell(Exception):
    """The check itself cannot decide: ``str()`` of it says why."""


class Point(NamedTuple):
    """Where a question was asked: the data, the right answer there, and what else was computed for it."""

    draw: Draw
    want: np.ndarray
    memo: dict[Any, Any]


@dataclass(frozen=True)
class Question:
    """What is asked: the derivative of ``f`` by one of its arguments, in one layout.

    Args:
        f: the function, of one argument for each of ``symbols``, in their order.
        sizes: the arguments' axes and flags as the author wrote them.
        wrt: position of the variable.
        layout: one of ``gradient``, ``array``, ``numerator``, ``denominator``, ``vec``.
        order: 1, or 2 for the Hessian of a scalar.
        expression: the question itself, where it was stated as text.
        summation: the convention in which its indices are written, ``levels`` or ``repeated``.
        notation: in which it was stated, ``matrix`` or ``index``.
        source: the text as its author wrote it.
    """

    f: Callable[..., Any]
    sizes: Mapping[str, str]
    wrt: int
    layout: str
    order: int
    expression: Expression | None = None
    summation: str = "levels"
    notation: str = "matrix"
    source: str = ""

    @cached_property
    def asked(self) -> tuple[Any, ...]:
        """All that a question stated as text is made of, as plain data; nothing where it was stated as a function."""
        if not self.source:
            return ()
        return self.source, self.wrt, tuple(self.sizes.items()), self.layout, self.order, self.notation, self.summation

    @cached_property
    def _points(self) -> Kept:
        return Kept(MOST_KEPT)

    @cached_property
    def _remembered(self) -> Kept:
        return Kept(MOST_KEPT)

    def remembered(self, key: Any, made: Callable[[], T]) -> T:
        """Return what does not depend on a seed, made only once for each ``key``, which says all that it depends on."""
        return self._remembered.of(key, made)

    def kept(self, key: tuple[Any, ...], made: Callable[[], T], seed: str | None = None) -> T:
        """Return what was drawn, and the right answer there, made only once for each ``key`` and seed (that of now)."""
        return self._points.of((seed or ambient_seed(), *key), made)

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """The arguments' names, axes and flags, in order."""
        return read_sizes(self.sizes)

    @property
    def variable(self) -> Symbol:
        """The argument that is differentiated by."""
        return self.symbols[self.wrt]

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments' names, in order."""
        return tuple(symbol.name for symbol in self.symbols)

    @property
    def stated(self) -> Expression:
        """The question's formula.

        Raises:
            ValueError: the question was stated as a function, which nobody can print.
        """
        if self.expression is None:
            raise ValueError("this question was stated as a function; state it as text to have its formula shown")
        return self.expression

    @property
    def text(self) -> str:
        """The formula as text: in matrix notation where it has such a form, else with indices."""
        try:
            return self.stated.to_matrix()
        except ValueError:  # no matrix form
            return self.stated.to_index(self.summation)

    @property
    def latex(self) -> str:
        """The formula as LaTeX, in the notation of ``text``."""
        try:
            return self.stated.to_latex()
        except ValueError:  # no matrix form
            return self.stated.to_latex(notation="index", summation=self.summation)

    @property
    def variable_latex(self) -> str:
        """The variable's name as LaTeX."""
        bare = mcutils.parse(
            self.variable.name, {self.variable.name: ""}
        )  # with three axes it would have no matrix form
        return bare.to_latex()

    @cached_property
    def derivation(self) -> Derivation | None:
        """The exact derivative, where the question was stated as text."""
        if self.expression is None:
            return None
        return mcutils.differentiate(self.expression, self.variable.name, layout=self.layout, order=self.order)

    @cached_property
    def insight(self) -> Insight | None:
        """The question as the mistake bank takes it apart, where it was stated as text."""
        return self._insight(self.layout, indices=False)

    @cached_property
    def insight_in_indices(self) -> Insight | None:
        """The same for answers in index notation, whose axes stand in an order of their own."""
        return self._insight("array", indices=True)

    def _insight(self, layout: str, indices: bool) -> Insight | None:
        if self.expression is None:
            return self.read[0].insight if len(self.read) == 1 and not indices else None
        return Insight(self, layout, indices)

    @cached_property
    def read(self) -> tuple[Question, ...]:
        """The question as text, where it was stated as a function that can be read as a formula.

        Several where the function returns an array of formulas, one for each entry along its first axis.
        """
        text = trace(self.f, self.symbols)
        try:
            how = self.wrt, tuple(self.sizes.items()), self.layout, self.order, "matrix", "levels"
            return tuple(stated_as_text(each, *how) for each in ([text] if isinstance(text, str) else text or ()))
        except ValueError:  # no formula of the engine's, or a layout that single rows have not
            return ()

    def right_answer(self, args: Sequence[Any]) -> np.ndarray:
        """Return the derivative at these arguments, in the layout that is asked for.

        Raises:
            CannotTell: its numerical error is too large to decide anything by.
            mcutils.KinkError: f has a kink there.
        """
        if self.derivation is not None:
            exact = np.asarray(self.derivation.compile()(*args), dtype=float)
            return _finite(exact)
        variable = np.asarray(args[self.wrt], dtype=float)
        with silence():  # the author's function may print
            D, error = full_derivative(
                partial(self.along, tuple(args)), variable, order=self.order, symmetric=self.variable.symmetric
            )
        if not error <= TRUSTED_ERROR * compare.scale_of(_finite(D)):
            raise CannotTell(f"the slopes of the question's function are known to {error:.0e} only")
        if self.order == 2:
            return D if self.layout != "vec" else arrange(D, variable.shape, variable.shape, "vec")
        return arrange(D, D.shape[: D.ndim - variable.ndim], variable.shape, self.layout)

    def along(self, args: tuple[Any, ...], value: Any) -> Any:
        """Return f with ``value`` for its variable and copies of ``args`` for the others."""
        copies = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
        copies[self.wrt] = value
        return self.f(*copies)

    def kind(self, want: np.ndarray) -> Kind:
        """Say what sort of answer is asked for, as the mistake bank distinguishes them."""
        if self.order == 2:
            return "hessian"
        if self.layout == "vec":
            return "vec"
        scalar = self.layout in ("gradient", "array") and want.ndim == len(self.variable.axes)
        return "gradient" if scalar else "jacobian"


def _finite(D: np.ndarray) -> np.ndarray:
    if not np.all(np.isfinite(D)):
        raise CannotTell("the slopes of the question's function are not finite")
    return D


def question(
    of: str | Callable[..., Any],
    wrt: str,
    sizes: Mapping[str, str],
    layout: str = "gradient",
    order: int = 1,
    notation: str = "matrix",
    summation: str = "levels",
) -> Question:
    """Read a question as its author writes it.

    Raises:
        ValueError: something in it cannot be read; the message says what and what to write.
    """
    symbols = read_sizes(sizes)
    names = [symbol.name for symbol in symbols]
    if wrt not in names:
        raise ValueError(f"question: wrt={wrt!r} is not among the arguments in sizes ({', '.join(names)})")
    if layout not in LAYOUTS:
        raise ValueError(f"question: got layout={layout!r}; use one of {', '.join(LAYOUTS)}")
    if order not in (1, 2) or (order == 2 and layout not in ("gradient", "array", "vec")):
        raise ValueError(
            f"question: order={order!r} with layout={layout!r}; order 1 has every layout, order 2 (scalars only) has "
            "gradient, array and vec"
        )
    if isinstance(of, str):
        return stated_as_text(of, names.index(wrt), tuple(sizes.items()), layout, order, notation, summation)
    if not callable(of):
        raise ValueError(f"question: of= is {of!r}; give a formula as text, or a function of the arguments in sizes")
    stated = Question(of, dict(sizes), names.index(wrt), layout, order)
    meaning = meaning_of(of)
    key = (meaning, tuple(sizes.items()), wrt, layout, order)
    return stated if meaning is None else _OF_FUNCTIONS.of(key, lambda: stated)


_OF_FUNCTIONS = Kept(MOST_QUESTIONS)


@lru_cache(maxsize=MOST_QUESTIONS)
def stated_as_text(
    of: str, wrt: int, sizes: tuple[tuple[str, str], ...], layout: str, order: int, notation: str, summation: str
) -> Question:
    """Read a question that is stated as text, of which `Question.asked` tells another process.

    It holds nothing of an answer, so that it can be kept.
    """
    expression = mcutils.parse(of, dict(sizes), notation=notation, summation=summation)
    stated = Question(expression.compile(), dict(sizes), wrt, layout, order, expression, summation, notation, of)
    assert stated.derivation is not None  # made now, so that a layout that does not fit is the author's to hear
    return stated
