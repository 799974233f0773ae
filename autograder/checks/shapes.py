"""Check a shape given in axis names: the first thing to know about any product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.call import BLANK, Unreadable, is_a, type_name
from autograder.checks.draw import draw
from autograder.checks.quiet import silence
from autograder.checks.report import Report, cannot_tell
from autograder.checks.sizes import axis_names, read_sizes

LONGEST_NUMBER = 10  # digits; no axis is longer


def check_shape(answer: object, of: str | Callable[..., Any], sizes: Mapping[str, str]) -> Report:
    """Check a shape given in axis names.

    Args:
        answer: the axis names, as text ("p n") or as a tuple (("p", "n")); "" or () for a number.
        of: the formula as text, or a function of the arguments in ``sizes``; its result has the shape in question.
        sizes: the arguments' shapes.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: ``of`` is neither, or it or ``sizes`` cannot be read.
    """
    symbols = read_sizes(sizes)
    if isinstance(of, str):
        of = mcutils.parse(of, dict(sizes)).compile()
    if not callable(of):
        raise ValueError(f"shape: of= is {of!r}; give a formula as text, or a function of the arguments in sizes")
    point = draw(symbols, 0)
    try:
        with silence():
            right = np.shape(of(*point.args))
    except Exception as fault:
        return cannot_tell(fault)
    if answer is Ellipsis or (type(answer) is str and answer.strip() in ("...", "\u2026")):
        return Report("invalid", BLANK)
    known = axis_names(symbols)
    try:
        names = _axes_in(answer, known)
    except Unreadable as problem:
        return Report("invalid", str(problem))
    return _compared(names, right, point.lengths)


def _compared(names: Sequence[str], right: tuple[int, ...], lengths: Mapping[str, int]) -> Report:
    """Compare axes by their lengths, which are pairwise different."""
    got = tuple(lengths[name] if name in lengths else int(name) for name in names)
    if got == right:
        named = f"The shape is {compare.shape_names(right, lengths)}" if right else "It is a number, without axes"
        return Report("right", f"Right. {named}.", 1.0)
    if len(got) != len(right):
        return Report("wrong", f"This has {_axes(len(right))}, and you named {len(got)}.", tag="shape")
    if got == right[::-1]:
        return Report("wrong", "These are the right axes in the wrong order.", tag="transposed")
    where = next(position for position, (a, b) in enumerate(zip(got, right, strict=True)) if a != b)
    return Report("wrong", f"Axis {where} (counting from 0) is not {names[where]}.", tag="shape")


def _axes_in(answer: object, known: tuple[str, ...]) -> tuple[str, ...]:
    """Read axis names from text or a tuple, forgiving brackets and commas."""
    if type(answer) is str:
        words = tuple(answer.translate(str.maketrans("()[],", "     ")).split())
    elif type(answer) in (list, tuple) and all(is_a(item, str, int) for item in answer):  # type: ignore[attr-defined] # a list or a tuple
        words = tuple(str(item) for item in answer)  # type: ignore[attr-defined]
    else:
        raise Unreadable(f'The answer is of type {type_name(answer)}; write axis names as text, such as "m n".')
    for word in words:
        if word not in known and not (word.isdecimal() and len(word) < LONGEST_NUMBER):
            several = " ".join(word)
            hint = f' Put a space between names: "{several}".' if set(word) <= set(known) and len(word) > 1 else ""
            raise Unreadable(f'"{word}" is not an axis of this question; its axes are {", ".join(known)}.{hint}')
    return words


def _axes(count: int) -> str:
    return {0: "no axes: it is a number", 1: "1 axis"}.get(count, f"{count} axes")
