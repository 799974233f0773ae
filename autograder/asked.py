"""A question, asked: what ``check.question`` gives, with a method for each way to answer it.

Separate from :mod:`autograder.check`, which is all that a test cell names; what a question is stands in
:mod:`autograder.checks.question`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.checks import question as _questions
from autograder.checks.derivative import check_derivative
from autograder.checks.draw import at_least_one
from autograder.checks.judged import judged
from autograder.checks.publish import marked
from autograder.checks.report import Report


class Question:
    """A question stated once; its methods check answers to it. Made by ``check.question``."""

    def __init__(self, stated: _questions.Question) -> None:
        self._stated = stated

    @property
    def stated(self) -> _questions.Question:
        """The question as the checks know it."""
        return self._stated

    @property
    def f(self) -> Callable[..., Any]:
        """The question as a function of the arguments in ``sizes``, in their order."""
        return self._stated.f

    @property
    def sizes(self) -> Mapping[str, str]:
        """The arguments' axes and flags, as they were stated."""
        return self._stated.sizes

    @property
    def summation(self) -> str:
        """The convention of its indices, ``levels`` or ``repeated``."""
        return self._stated.summation

    @property
    def wrt(self) -> str:
        """The name of the variable."""
        return self._stated.variable.name

    @property
    def axes(self) -> tuple[str, ...] | None:
        """The axes of the function's value, where the question was stated as text."""
        expression = self._stated.expression
        return None if expression is None else tuple(map(str, expression.axes))

    def derivative(self, answer: object, points: float = 1, draws: int = 3, closed_form: bool = False) -> float:
        """Check a function that should return the derivative, by numbers.

        Args:
            answer: the learner's function, called with one argument for each entry of ``sizes``, in that order.
            points: what the check is worth.
            draws: at how many random points it is compared.
            closed_form: ask for a formula; difference quotients and the derivative functions of mcutils are refused.

        Returns:
            The points earned, a plain float in [0, points].
        """
        return marked(check_derivative(self._stated, answer, draws, closed_form), points)

    def formula(
        self, answer: object, points: float = 1, form: str = "", draws: int = 3, closed_form: bool = False
    ) -> float:
        """Check a typed formula in matrix notation, or a sympy expression, exactly.

        Args:
            answer: text such as ``"(A + A.T) @ x - b"``; any way to write the right answer is right.
            points: what the check is worth.
            form: forms that the formula must have, by name and with spaces between them: ``"factored"`` (one product),
                ``"expanded"`` (no sum in a product), ``"no-inverse"``, ``"no-transpose"``, or ``no-`` and any function,
                ``"no-kron"``. The right value in another form earns half.
            draws, closed_form: as every check takes them; text is decided exactly.

        Returns:
            The points earned, a plain float in [0, points].

        Raises:
            ValueError: the question was stated as a function, or there is no such form.
        """
        from autograder.checks.formulas import check_formula

        at_least_one(draws)
        return self._judged("formula", answer, points, check_formula, form)

    def index(
        self,
        answer: object,
        summation: str | None = None,
        free: str | None = None,
        points: float = 1,
        notation: str = "index",
        draws: int = 3,
        closed_form: bool = False,
    ) -> float:
        """Check a typed formula in index or einsum notation exactly, right up to the names of its indices.

        Args:
            answer: text such as ``"W^i_j x^j"``, or ``'einsum("ij,j->i", W, x)'``, whose axes stand in order: those of
                the function first, then those of the variable.
            summation: ``"levels"`` (an index on both levels is summed) or ``"repeated"`` (every repeated index is); by
                default that of the question.
            free: the names of the free indices, where the exercise gives them; by default any will do.
            points: what the check is worth.
            notation: ``"index"`` takes either; ``"einsum"`` asks for ``einsum(...)``.
            draws, closed_form: as every check takes them; text is decided exactly.

        Returns:
            The points earned, a plain float in [0, points].

        Raises:
            ValueError: the question was stated as a function, or there is no such notation or convention.
        """
        from autograder.checks.index_answers import check_index

        at_least_one(draws)
        return self._judged("index", answer, points, check_index, summation, free, notation)

    def steps(
        self,
        lines: object,
        points: float = 3,
        least: int | None = None,
        given: int = 0,
        notation: str | None = None,
        summation: str | None = None,
        form: str = "",
        draws: int = 3,
        closed_form: bool = False,
    ) -> float:
        """Check a derivation line by line, exactly; marks are earned by lines.

        In matrix notation a line is the differential of the question, the change of the variable written ``d`` and its
        name; each must equal the one before, and the last have the form from which the derivative is read off::

            q.steps(["tr(dX.T @ A @ X) + tr(X.T @ A @ dX)", "tr(((A + A.T) @ X).T @ dX)"], points=3)

        That is ``tr(G.T @ dX)`` for a scalar by a matrix, ``g @ dx`` by a vector, ``J @ dx`` for a vector by a vector,
        ``M @ vec(dX)`` in vec layout, ``dx @ H @ dx`` for a second differential (``vec(dX) @ H @ vec(dX)`` by a
        matrix), ``g * dc`` by a scalar. In index notation a line is the derivative itself, with deltas, and the last
        holds none that can be contracted. A line that only repeats an earlier one earns nothing.

        Args:
            lines: a list of texts, or one text with a line for each.
            points: what the check is worth.
            least: how many lines that say something new a full derivation has; by default one where the differential
                already has the last line's form (``logdet(X)``), else two.
            given: how many of the lines the exercise gives; they earn nothing.
            notation: ``"matrix"`` or ``"index"``; by default the question's own.
            summation: the convention of index notation; by default the question's own.
            form: a form for the derivative in the last line, as in :meth:`formula`.
            draws, closed_form: as every check takes them; lines are decided exactly.

        Returns:
            The points earned, a plain float in [0, points].

        Raises:
            ValueError: the question was stated as a function, or its derivative has no such last line.
        """
        from autograder.checks.steps import check_steps

        at_least_one(draws)
        return self._judged("steps", lines, points, check_steps, least, given, notation, summation, form)

    def cost(
        self,
        answer: object,
        product: str | None = None,
        forbid: str = "jacobian",
        calls: int | None = None,
        points: float = 1,
        draws: int = 3,
        closed_form: bool = False,
    ) -> float:
        """Check a product with the derivative that may not build the derivative.

        Args:
            answer: the learner's function, called with the arguments of the question and then the direction: of the
                variable's shape for ``"jvp"`` (J dx) and ``"hvp"`` (H v), of the output's for ``"vjp"`` (J* ybar).
            product: one of these; for a scalar formula ``"hvp"`` is understood.
            forbid: ``"jacobian"``, or for ``"hvp"`` also ``"hessian"``.
            calls: where given, the answer gets one more argument before the others, a function of the variable alone,
                the map or for ``"hvp"`` its gradient, and may call it so many times.
            points: what the check is worth.
            draws: in how many random directions the product is compared, before it is called at a large size.
            closed_form: the derivative functions of mcutils are off while the answer runs.

        Returns:
            The points earned, a plain float in [0, points].

        Raises:
            ValueError: something is asked that cannot be; the message says what, and what to write.
        """
        from autograder.checks.costs import check_cost

        return marked(check_cost(self._stated, answer, product, forbid, calls, draws, closed_form), points)

    def _judged(self, how: str, answer: object, points: float, check: Callable[..., Report], *options: object) -> float:
        """The points for a typed answer, which is judged once."""
        judge = lambda: check(self._stated, answer, *options)  # noqa: E731
        return marked(judged(self._stated, how, answer, options, judge), points)

    def as_text(self, name: str = "f") -> str:
        """Write the question's function as text: ``f(x) = x @ A @ x``."""
        return f"{name}({self._stated.variable.name}) = {self._stated.text}"

    def as_latex(self, name: str = "f") -> str:
        r"""Write the question's function as LaTeX: ``f(x) = x^\top A x``."""
        return f"{name}({self._stated.variable_latex}) = {self._stated.latex}"

    def __repr__(self) -> str:
        stated = self._stated
        asked = stated.expression or f"{getattr(stated.f, '__name__', 'f')}({', '.join(stated.names)})"
        named = f"the derivative of {asked}"
        return f"Question: {named} by {stated.variable.name}, layout {stated.layout}, order {stated.order}"
