"""Check a value, or a function by its values: everything that is no derivative of a given question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.checks import compare
from autograder.checks.call import BLANK, Unreadable, call, expect, in_order, is_a, name_of, real_array, type_name
from autograder.checks.candidates import LARGEST
from autograder.checks.draw import Draw, ambient_seed, at_least_one, draw
from autograder.checks.kept import Kept, meaning_of
from autograder.checks.mistakes import UNNAMED, Case
from autograder.checks.naming import named
from autograder.checks.question import Point
from autograder.checks.quiet import random_numbers_put_back, silence
from autograder.checks.reach import out_of_reach
from autograder.checks.report import Report, cannot_tell
from autograder.checks.sizes import Symbol, read_sizes
from autograder.checks.valued import Valued, read_value

WRONG_NUMBER = "This is not the number asked for."


@random_numbers_put_back()
def check_equal(
    answer: object,
    to: object,
    sizes: Mapping[str, str] | None = None,
    draws: int = 3,
    rtol: float = 1e-8,
    closed_form: bool = False,
) -> Report:
    """Check a value, or a function by its values.

    Args:
        answer: a number, array, text, truth value or tuple of these; or, with ``sizes``, a function.
        to: the right value, or a function that computes it (of no arguments; with ``sizes``, of the same arguments).
        sizes: the arguments' shapes, where the answer is a function.
        draws: at how many random points a function is compared.
        rtol: tolerance relative to the largest entry.
        closed_form: derivative functions of mcutils are off while the answer runs.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: ``sizes`` cannot be read, or is given with a ``to`` that is no function; ``draws`` is less than 1.
    """
    at_least_one(draws)
    if sizes is None:
        return _check_value(answer, to, rtol)
    if not callable(to):
        raise ValueError(f"equal: got to={to!r} with sizes; give a function of the same arguments as the answer")
    symbols = read_sizes(sizes)
    report = _check_function(answer, to, symbols, draws, rtol, closed_form)
    return in_order(answer, [symbol.name for symbol in symbols], report)


def _check_function(
    answer: object, to: Callable[..., Any], symbols: tuple[Symbol, ...], draws: int, rtol: float, closed_form: bool
) -> Report:
    names = tuple(symbol.name for symbol in symbols)
    want, known = _right_values(to, symbols)
    cases = []
    expect(answer, lambda: [known(number).draw.args for number in range(draws)], names, closed_form)
    for number in range(draws):
        try:
            point, right, memo = known(number)
        except Exception as fault:
            return cannot_tell(fault)
        try:
            got = partial(_called, to, answer, names=names, shapes=point.described(symbols), closed_form=closed_form)
            value = got(point.args)
            cases.append(Case("value", value, right, symbols, point, None, reference=want, answer=got, memo=memo))
        except Unreadable as problem:
            return Report("invalid", str(problem))
    return compared(
        cases,
        rtol,
        f"Right: {name_of(answer)} gives the right values on {draws} sets of random data.",
        lambda: read_value(to, symbols),
    )


def _right_values(
    to: Callable[..., Any], symbols: tuple[Symbol, ...]
) -> tuple[Callable[[Sequence[Any]], np.ndarray], Callable[[int], Point]]:
    """What a function gives for some arguments, and at a point by its number; there it is kept."""
    kept = _points_of(to, symbols)

    def want(args: Sequence[Any]) -> np.ndarray:
        with silence():
            return np.asarray(to(*(np.copy(arg)[()] for arg in args)), dtype=float)

    def at(number: int) -> Point:
        point = draw(symbols, number)
        return Point(point, want(point.args), {})

    return want, lambda number: kept.of((ambient_seed(), number), partial(at, number))


def _called(to: Callable[..., Any], answer: object, args: Sequence[Any], **how: Any) -> np.ndarray:
    with out_of_reach(to):
        return call(answer, args, **how)


def _points_of(to: Callable[..., Any], symbols: tuple[Symbol, ...]) -> Kept:
    """What is kept of the right values of a function: nothing where it may give others the next time."""
    meaning = meaning_of(to)
    return Kept(MOST_KEPT) if meaning is None else _FUNCTIONS.of((meaning, symbols), lambda: Kept(MOST_KEPT))


MOST_KEPT = 200  # points of one function
_FUNCTIONS = Kept(64)


def _check_value(answer: object, to: object, rtol: float) -> Report:
    try:
        with silence():
            right = to() if callable(to) else to
    except Exception as fault:
        return cannot_tell(fault)
    if answer is Ellipsis:
        return Report("invalid", BLANK)
    answer, right = _plain(answer), _plain(right)
    if isinstance(right, str | bool) or (isinstance(right, tuple) and not _numeric(right)):
        return _check_exact(answer, right)
    try:
        got = real_array(np.array(answer) if _numeric(answer) else answer, "The answer is")
    except Unreadable as problem:
        return Report("invalid", str(problem))
    want = np.asarray(right, dtype=float)

    def fixed(_args: Sequence[Any]) -> np.ndarray:
        return want

    case = Case("value", got, want, (), Draw((), {}), None, reference=fixed, answer=fixed)
    return compared([case], rtol, "Right. This is the value asked for.")


def _numeric(value: object) -> bool:
    """Whether a value is a tuple or list of plain numbers, such as a shape."""
    return type(value) in (list, tuple) and all(type(_plain(item)) in (int, float) for item in value)  # type: ignore[attr-defined] # a list or a tuple


def _plain(value: object) -> object:
    """Turn NumPy's own truth values, texts and numbers, and tuples of them, into Python's."""
    if type(value) is tuple:
        return tuple(_plain(item) for item in value)
    return np.generic.item(value) if is_a(value, np.generic) else value  # type: ignore[call-overload] # a NumPy scalar


def _check_exact(answer: object, right: object) -> Report:
    if type(answer) is not type(right):
        wanted = {str: "text in quotes", bool: "True or False", tuple: "a tuple"}[type(right)]
        return Report("invalid", f"The answer is of type {type_name(answer)}; {wanted} is wanted.")
    if isinstance(right, tuple) and len(answer) != len(right):  # type: ignore[arg-type] # the types are equal
        return Report("wrong", f"Got {len(answer)} entries, wanted {len(right)}.")  # type: ignore[arg-type]
    return (
        Report("right", "Right. This is the choice asked for.", 1.0)
        if _same(answer, right)
        else Report("wrong", "Not yet: this is not the right choice.")
    )


def _same(answer: object, right: object) -> bool:
    """Whether two values are of the same plain types and equal; texts without regard to case and spaces."""
    if {type(answer), type(right)} == {int, float}:
        return bool(answer == right)
    if type(answer) is not type(right):
        return False
    if isinstance(answer, tuple) and isinstance(right, tuple):
        return len(answer) == len(right) and all(map(_same, answer, right))
    if isinstance(answer, str) and isinstance(right, str):
        return answer.lower().split() == right.lower().split()
    return bool(answer == right)


def compared(
    cases: Sequence[Case], rtol: float, praise: str, insight: Callable[[], Valued | None] = lambda: None
) -> Report:
    """Compare every case, and name what is wrong.

    Args:
        cases: the draws.
        rtol: tolerance relative to the largest entry.
        praise: what is said of a right answer.
        insight: what finds the formula of the right value, asked only where an answer is wrong.
    """
    wrong = [case for case in cases if not compare.close(case.got, case.want, rtol)]
    if not wrong:
        return Report("right", praise, 1.0)
    worst = wrong[0]
    if worst.got.size <= LARGEST and (known := insight()) is not None:
        cases = [replace(case, insight=known, memo=known.memo(number)) for number, case in enumerate(cases)]
    found = named(cases)
    tag, advice, tags = found or UNNAMED
    if worst.got.shape != worst.want.shape:
        got, want = (compare.shape_names(array.shape, worst.draw.lengths) for array in (worst.got, worst.want))
        got, want = (f"shape {text}" if text.startswith("(") else text for text in (got, want))
        return Report("wrong", f"Got {got}, wanted {want}. {advice}".strip(), tag=tag, tags=tags)
    if bad := compare.not_finite(worst.got):
        return Report("wrong", bad)
    if found:
        return Report("wrong", advice, tag=tag, tags=tags)
    if not worst.symbols:  # the value itself is the answer: saying it would give it away
        off = np.abs(worst.got - worst.want) > rtol * compare.scale_of(worst.want)
        fact = f"Not yet: {int(off.sum())} of {off.size} entries are off." if off.ndim else WRONG_NUMBER
        return Report("wrong", fact)
    return Report("wrong", f"Not yet. {compare.largest_difference(worst.got, worst.want, rtol)}")
