"""Check an adjoint by its defining property, which needs no formula for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.checks import compare
from autograder.checks.call import Unreadable, call
from autograder.checks.draw import Draw, at_least_one, draw
from autograder.checks.mistakes import Case
from autograder.checks.quiet import random_numbers_put_back, silence
from autograder.checks.report import Report, cannot_tell
from autograder.checks.sizes import Symbol, read_sizes
from autograder.checks.values import compared


@random_numbers_put_back()
def check_adjoint(
    forward: Callable[..., Any], adjoint: object, sizes: Mapping[str, str], draws: int = 3, closed_form: bool = False
) -> Report:
    """Check that <ybar, forward(dx)> = <adjoint(ybar), dx> for all ybar and dx.

    Args:
        forward: a linear function of its first argument; the others are parameters. It must not be the learner's.
        adjoint: the learner's function of ybar and the same parameters.
        sizes: the arguments of ``forward``; the first is the one it is linear in.
        draws: on how many sets of data.
        closed_form: derivative functions of mcutils are off while the answer runs.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: ``forward`` is no function, ``sizes`` cannot be read, or ``draws`` is less than 1.
    """
    at_least_one(draws)
    if not callable(forward):
        raise ValueError(f"adjoint: got forward={forward!r}; give a linear function of the first argument in sizes")
    symbols = read_sizes(sizes)
    cases = []
    for number in range(draws):
        point = draw(symbols, number)
        try:
            with silence():
                matrix = _matrix_of(forward, point.args)
        except Exception as fault:
            return cannot_tell(fault)
        try:
            cases.append(_case(matrix, forward, adjoint, symbols, point, closed_form))
        except Unreadable as problem:
            return Report("invalid", str(problem))
    return compared(cases, 1e-8, f"Right: <ybar, A dx> = <A* ybar, dx> on {draws} sets of random data.")


def _matrix_of(forward: Callable[..., Any], args: Sequence[Any]) -> np.ndarray:
    """Return forward's array M[out..., in...], and make sure that it is linear and not zero."""
    dx = np.asarray(args[0], dtype=float)
    units = np.eye(dx.size).reshape((dx.size, *dx.shape))
    columns = [np.asarray(forward(unit, *args[1:]), dtype=float) for unit in units]
    M = np.stack(columns, axis=-1).reshape(columns[0].shape + dx.shape)
    direct = np.asarray(forward(2 * dx, *args[1:]), dtype=float)
    if not np.any(M) or not compare.close(2 * np.tensordot(M, dx, dx.ndim), direct, 1e-9):
        raise ValueError("forward is not a linear function of its first argument, or is zero everywhere")
    return M


def _case(
    M: np.ndarray,
    forward: Callable[..., Any],
    adjoint: object,
    symbols: tuple[Symbol, ...],
    point: Draw,
    closed_form: bool,
) -> Case:
    """Put the learner's adjoint beside the transpose of M, at one random ybar in place of dx."""
    outputs = M.ndim - len(symbols[0].axes)
    ybar = np.random.default_rng(M.size).standard_normal(M.shape[:outputs])
    ybar_symbol = Symbol("ybar", M.shape[:outputs], frozenset())
    names = tuple(symbol.name for symbol in (ybar_symbol, *symbols[1:]))

    def want(args: Sequence[Any]) -> np.ndarray:
        return np.asarray(np.tensordot(np.asarray(args[0], dtype=float), M, outputs))

    def got(args: Sequence[Any]) -> np.ndarray:
        return call(adjoint, args, names, closed_form=closed_form)

    at = Draw((ybar, *point.args[1:]), point.lengths)
    return Case("adjoint", got(at.args), want(at.args), (ybar_symbol, *symbols[1:]), at, 0, want, got, function=forward)
