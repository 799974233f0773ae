"""What a test cell calls: ``from autograder import check``.

Every check publishes one report and returns a plain float of points, the cell's last value. A question is stated once
and may be asked in several ways::

    q = check.question(of=f, wrt="x", sizes={"x": "n", "A": "n n", "b": "n"})
    q.derivative(grad_f, points=2)

or in one call, ``check.derivative(grad_f, of=f, wrt="x", sizes=..., points=2)``. Every check takes ``draws`` and
``closed_form``; one that is exact, or looks at a shape, needs neither, and decides the same with any.

The convention card (rows are outputs; a gradient has its variable's shape) is :mod:`mcutils`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.asked import Question
from autograder.checks import question as _questions
from autograder.checks.adjoints import check_adjoint
from autograder.checks.draw import at_least_one
from autograder.checks.publish import marked
from autograder.checks.shapes import check_shape
from autograder.checks.values import check_equal

__all__ = [
    "Question",
    "adjoint",
    "cost",
    "derivative",
    "equal",
    "formula",
    "index",
    "question",
    "shape",
    "steps",
    "typed",
]


def question(
    of: str | Callable[..., Any],
    wrt: str,
    sizes: Mapping[str, str],
    layout: str = "gradient",
    order: int = 1,
    notation: str = "matrix",
    summation: str = "levels",
) -> Question:
    """State a question: the derivative of a function by one of its arguments.

    Args:
        of: the formula as text, ``"x @ A @ x - b @ x"``; or, where the notation does not reach, a function. Bind that
            in a locked cell: who can change the question can make any answer right.
        wrt: the name of the variable.
        sizes: each argument's axes and flags, in order: ``{"x": "n", "A": "n n", "c": "", "S": "n n symmetric"}``.
        layout: ``gradient`` (scalar functions), ``array``, ``numerator``, ``denominator`` or ``vec``.
        order: 1, or 2 for the Hessian of a scalar function.
        notation: of a formula given as text, ``"matrix"`` or ``"index"``.
        summation: in index notation, ``"levels"`` (an index on both levels is summed) or ``"repeated"`` (any repeat).

    Returns:
        The question, to be asked by its methods.

    Raises:
        ValueError: something cannot be read; the message says what, and what to write.
    """
    return Question(_questions.question(of, wrt, sizes, layout, order, notation, summation))


def derivative(
    answer: object,
    of: str | Callable[..., Any],
    wrt: str,
    sizes: Mapping[str, str],
    layout: str = "gradient",
    order: int = 1,
    points: float = 1,
    draws: int = 3,
    closed_form: bool = False,
) -> float:
    """State a question and check an answer to it in one call; see :func:`question` and :meth:`Question.derivative`."""
    return question(of, wrt, sizes, layout, order).derivative(answer, points, draws, closed_form)


def formula(
    answer: object, of: str, wrt: str, sizes: Mapping[str, str], layout: str = "gradient", order: int = 1, **asked: Any
) -> float:
    """State a question and ask for its formula in one call; the rest is for :meth:`Question.formula`."""
    return question(of, wrt, sizes, layout, order).formula(answer, **asked)


def index(
    answer: object, of: str, wrt: str, sizes: Mapping[str, str], layout: str = "gradient", order: int = 1, **asked: Any
) -> float:
    """State a question and ask for its index form in one call; the rest is for :meth:`Question.index`."""
    return question(of, wrt, sizes, layout, order).index(answer, **asked)


def steps(
    lines: object, of: str, wrt: str, sizes: Mapping[str, str], layout: str = "gradient", order: int = 1, **asked: Any
) -> float:
    """State a question and ask for its derivation in one call; the rest is for :meth:`Question.steps`."""
    return question(of, wrt, sizes, layout, order).steps(lines, **asked)


def cost(answer: object, of: str | Callable[..., Any], wrt: str, sizes: Mapping[str, str], **asked: Any) -> float:
    """State a question and ask for a product with its derivative in one call; the rest is for :meth:`Question.cost`."""
    return question(of, wrt, sizes, "array").cost(answer, **asked)


def equal(
    answer: object,
    to: object,
    sizes: Mapping[str, str] | None = None,
    points: float = 1,
    draws: int = 3,
    rtol: float = 1e-8,
    closed_form: bool = False,
) -> float:
    """Check a value, or (with ``sizes``) a function by its values.

    Args:
        answer: a number, array, text, truth value or tuple of these; with ``sizes``, a function.
        to: a function that computes the right value from the question (with ``sizes``, of the same arguments as the
            answer). A literal value belongs into hidden cells only.
        sizes: each argument's axes and flags, in order.
        points: what the check is worth.
        draws: on how many sets of random data a function is compared.
        rtol: tolerance, relative to the largest entry.
        closed_form: the derivative functions of mcutils are off while the answer runs.

    Returns:
        The points earned, a plain float in [0, points].
    """
    return marked(check_equal(answer, to, sizes, draws, rtol, closed_form), points)


def shape(
    answer: object,
    of: str | Callable[..., Any],
    sizes: Mapping[str, str],
    points: float = 1,
    draws: int = 3,
    closed_form: bool = False,
) -> float:
    """Check a shape given in axis names: ``check.shape("p n", of="A @ X", sizes={"A": "p m", "X": "m n"})``.

    Args:
        answer: axis names as text or as a tuple; "" or () for a number.
        of: the formula as text, or a function of the arguments in ``sizes``; its result has the shape in question.
        sizes: each argument's axes.
        points: what the check is worth.
        draws, closed_form: as every check takes them; a shape is the same for all data.

    Returns:
        The points earned, a plain float in [0, points].
    """
    at_least_one(draws)
    return marked(check_shape(answer, of, sizes), points)


def adjoint(
    forward: Callable[..., Any],
    adjoint: object,
    sizes: Mapping[str, str],
    points: float = 1,
    draws: int = 3,
    closed_form: bool = False,
) -> float:
    """Check that ``<ybar, forward(dx)> = <adjoint(ybar), dx>`` for all ybar and dx.

    Args:
        forward: a linear function of the first argument in ``sizes``; bind it in a locked cell.
        adjoint: the learner's function of ybar and the other arguments.
        sizes: the arguments of ``forward``.
        points: what the check is worth.
        draws: on how many sets of random data.
        closed_form: the derivative functions of mcutils are off while the answer runs.

    Returns:
        The points earned, a plain float in [0, points].
    """
    return marked(check_adjoint(forward, adjoint, sizes, draws, closed_form), points)


def typed(
    answer: object,
    sizes: Mapping[str, str],
    notation: str = "matrix",
    summation: str = "levels",
    free: str | None = None,
) -> object:
    """Read a typed formula as the function that it stands for, for :func:`equal`; a blank stays a blank.

    Args:
        answer: the formula as text, read as forgivingly as :meth:`Question.formula` and :meth:`Question.index` read it.
        sizes: each argument's axes and flags, in order.
        notation: ``"matrix"`` or ``"index"``.
        summation: in index notation, ``"levels"`` or ``"repeated"``.
        free: in index notation, the free indices in the order of the result's axes.

    Returns:
        A function of the arguments in ``sizes``; what cannot be read is said when it is called.
    """
    from autograder.checks.typed import as_function

    return as_function(answer, sizes, notation, summation, free)
