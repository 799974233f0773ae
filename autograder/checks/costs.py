"""Check a product with a derivative that must not build the derivative: J dx, J* ybar or H v.

Three questions, in this order. Is the product right, in random directions? If the answer was handed a function, did it
call that no more often than it may? Does it still work at a size at which the array that it may not build is larger
than the memory it gets, while the arguments and the product are small?
"""

from __future__ import annotations

import contextlib
import time
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

import mcutils
from autograder.checks import compare
from autograder.checks.call import TIME_LIMIT, TooCostly, Unreadable, call, name_of
from autograder.checks.draw import Draw, at_least_one, draw, draw_at
from autograder.checks.mistakes import Case
from autograder.checks.products import PRODUCTS, Product, asked_for, large_lengths
from autograder.checks.question import MOST_ATTEMPTS, CannotTell, Point, Question
from autograder.checks.quiet import memory_limit, random_numbers_put_back, silence
from autograder.checks.report import Report, cannot_tell
from autograder.checks.sizes import Symbol
from autograder.checks.values import compared

TAG = "built-the-jacobian"
EXTRA_MEMORY = 2**28  # bytes that an answer may take at the large size
FORBIDDEN = 2**34  # bytes that the forbidden array has there, or more
SECONDS = 1.0  # for the call at the large size, where a product takes a few milliseconds,
PATIENCE = 50  # and so many times as long as the check's own product took
TELLING = 2**23  # bytes of the forbidden array where the learner is told how much memory the answer took


_SMALL_ONLY: ContextVar[bool] = ContextVar("small_only", default=False)


@contextlib.contextmanager
def small_sizes_only() -> Iterator[None]:
    """While this lasts no answer is called at a large size: for a verifier, who has done so on other seeds.

    What an answer builds does not depend on the numbers that it is given.
    """
    token = _SMALL_ONLY.set(True)
    try:
        yield
    finally:
        _SMALL_ONLY.reset(token)


@random_numbers_put_back()
def check_cost(
    question: Question,
    answer: object,
    kind: str | None = None,
    forbid: str = "jacobian",
    calls: int | None = None,
    draws: int = 3,
    closed_form: bool = False,
) -> Report:
    """Check a function that multiplies a derivative by a direction and may not build the derivative.

    Args:
        question: the function that is differentiated, and by what; its layout and order do not matter.
        answer: whatever the learner bound; called with the question's arguments and then the direction, and where
            ``calls`` is given, with a function of the variable before these: the map, or for ``"hvp"`` its gradient.
        kind: ``"jvp"``, ``"vjp"`` or ``"hvp"``; for a scalar formula ``"hvp"`` is understood.
        forbid: ``"jacobian"`` or ``"hessian"``, the array that may not be built (the Hessian is the Jacobian of the
            gradient).
        calls: how often the answer may call what it is handed; it has to do so at least once.
        draws: in how many random directions the product is compared.
        closed_form: the derivative functions of mcutils are off while the answer runs.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: something is asked that cannot be; the message says what, and what to write.
    """
    at_least_one(draws)
    asked = asked_for(question, _kind(question, kind, forbid, calls), calls, closed_form)
    large = large_lengths(asked, FORBIDDEN)
    try:
        tried = [_tried(asked, answer, *_kept_point(asked, number)) for number in range(draws)]
        report = compared([case for case, _ in tried], compare.ORDINARY, "Right.", lambda: asked.insight)
        if report.status != "right":
            return report
        count = max(count for _, count in tried)
        if calls is not None and not 0 < count <= calls:
            return _other_calls(asked, name_of(answer), count)
        if _SMALL_ONLY.get():
            return Report("right", "Right: The product holds at small sizes.", 1.0)
        return _at_large_size(asked, answer, large)
    except Unreadable as problem:
        return Report("invalid", str(problem))
    except Exception as fault:
        return cannot_tell(fault)


def _kind(question: Question, kind: str | None, forbid: str, calls: int | None) -> str:
    scalar = question.expression is not None and not question.expression.axes
    kind = "hvp" if kind is None and scalar else kind
    if kind not in PRODUCTS:
        raise ValueError(f"cost: got product={kind!r}; use one of {', '.join(PRODUCTS)}")
    if forbid not in ("jacobian", "hessian"):
        raise ValueError(f"cost: got forbid={forbid!r}; use jacobian or hessian")
    if kind == "hvp" and question.expression is not None and not scalar:
        raise ValueError('cost: product="hvp" is for scalar functions, and this one is not; use "jvp" or "vjp"')
    if kind == "hvp" and question.expression is None and calls is not None:
        raise ValueError("cost: to hand out the gradient, state the question as text; a measured one is too slow")
    if forbid == "hessian" and kind != "hvp":
        raise ValueError(f'cost: forbid="hessian" goes with product="hvp", and this is "{kind}"; forbid the jacobian')
    return kind


# --- the product, at small sizes --------------------------------------------------------------------------------------


def _kept_point(asked: Product, number: int) -> Point:
    return asked.question.kept(("product", asked.kind, number), lambda: _point(asked, number))


def _point(asked: Product, number: int) -> Point:
    """Draw arguments and a direction at which the right product has a value."""
    last: Exception = CannotTell("it is not finite")
    for attempt in range(MOST_ATTEMPTS):
        point = draw(asked.question.symbols, number, attempt)
        try:
            with silence(), np.errstate(all="ignore"):
                args = (*point.args, asked.direction(point.args))
                if np.all(np.isfinite(want := asked.right(args))):
                    return Point(Draw(args, point.lengths), want, {})
        except mcutils.KinkError as problem:
            last = problem
    raise CannotTell(f"no point was found where the product has a value ({last})")


def _tried(
    asked: Product,
    answer: object,
    point: Draw,
    want: np.ndarray | None,
    memo: dict[Any, Any],
    seconds: float = TIME_LIMIT,
    memory: int | None = None,
) -> tuple[Case, int]:
    """Put the answer's product beside the right one; say also how often it called what it was handed."""
    symbols = (*asked.question.symbols, Symbol(asked.arrow, np.shape(point.args[-1]), frozenset()))
    shapes = [f"the function {name}" for name in asked.names[: len(asked.names) - len(symbols)]]
    shapes += point.described(symbols)
    count: list[int] = []

    def got(args: Sequence[Any]) -> np.ndarray:
        given = (*asked.handed(args[:-1], count), *args)
        with contextlib.nullcontext() if memory is None else memory_limit(memory):
            return call(answer, given, asked.names, shapes, asked.closed_form, seconds)

    first = got(point.args)
    called = len(count)
    wanted = first if want is None else want
    return Case("value", first, wanted, symbols, point, asked.question.wrt, asked.right, got, memo=memo), called


def _tried_at_large(asked: Product, answer: object, point: Draw) -> tuple[Case, int]:
    """The same with as much memory, and as much time, as a product needs at a large size."""
    began = time.perf_counter()
    want = _within_memory(asked, point)
    seconds = SECONDS + PATIENCE * (time.perf_counter() - began)
    return _tried(asked, answer, point, want, {}, seconds, EXTRA_MEMORY)


def _within_memory(asked: Product, point: Draw) -> np.ndarray | None:
    """Return the right product at a large size, or None where it cannot be had in the memory that an answer gets."""
    if asked.question.expression is None:
        return None
    try:
        with memory_limit(EXTRA_MEMORY):
            return asked.right(point.args)
    except MemoryError:
        return None


def _other_calls(asked: Product, name: str, count: int) -> Report:
    """Say that the answer calls what it is handed too often, or that it does without and so serves one function."""
    array, handed = PRODUCTS[asked.kind], asked.names[0]
    if not count:
        return Report(
            "wrong",
            f"The product is right, but {name} never called {handed}, so it is right for this one function only. Take "
            f"all that you need to know of the function from {handed}.",
        )
    allowed = f"{asked.calls} call{'s' * (asked.calls != 1)}"
    return Report(
        "wrong",
        f"The product is right, but {name} called {handed} {count} times, and {allowed} will do. One call for "
        f"each column builds {array}; step along {asked.arrow} itself.",
        tag=TAG,
    )


# --- a size at which the array does not fit ---------------------------------------------------------------------------


def _at_large_size(asked: Product, answer: object, lengths: Mapping[str, int]) -> Report:
    """Call the answer where the forbidden array is larger than the memory that it gets.

    The value is compared again where a formula gives it in little memory; to measure it would take too long.
    """
    np.eye(64) @ np.eye(64)  # the library behind `@` takes memory of its own when it is first used
    try:
        case, _ = _tried_at_large(asked, answer, _large_point(asked, lengths))
    except TooCostly as problem:
        return _built(asked, answer, lengths, str(problem))
    if case.got.shape != asked.result(lengths):
        got = compare.shape_names(case.got.shape, lengths)
        return Report("wrong", f"Right at small sizes, but {_at(lengths)} the shape is {got}.", tag="shape")
    if not compare.close(case.got, case.want, compare.ORDINARY):
        return compared([case], compare.ORDINARY, "Right.")
    size = _size(asked.array_bytes(lengths))
    return Report("right", f"Right: The product holds {_at(lengths)}, where {PRODUCTS[asked.kind]} takes {size}.", 1.0)


def _built(asked: Product, answer: object, lengths: Mapping[str, int], problem: str) -> Report:
    array, size = PRODUCTS[asked.kind], _size(asked.array_bytes(lengths))
    return Report(
        "wrong",
        f"The product is right, but {_at(lengths)} it takes too much memory or time: {array} has {size} there. The "
        f"product needs none of it. Begin at {asked.arrow}, and multiply by one factor after the other.",
        tag=TAG,
        details=(*_told(asked, answer), problem),
    )


def _large_point(asked: Product, lengths: Mapping[str, int]) -> Draw:
    args = draw_at(asked.question.symbols, lengths).args
    with memory_limit(EXTRA_MEMORY):
        return Draw((*args, asked.direction(args)), lengths)


def _told(asked: Product, answer: object) -> tuple[str, ...]:
    """What is told of the memory that an answer takes, measured once for one answer."""
    known = asked.told.get("answer")
    if known is None or known[0] is not answer:
        asked.told["answer"] = known = (answer, _memory_taken(asked, answer))
    return known[1]


def _memory_taken(asked: Product, answer: object) -> tuple[str, ...]:
    """Tell how much memory the answer takes at a middle size: for the learner, and no part of the verdict."""
    if tracemalloc.is_tracing():
        return ()
    try:
        lengths = large_lengths(asked, TELLING)
        point = _large_point(asked, lengths)
        tracemalloc.start()
        _tried_at_large(asked, answer, point)
        peak = tracemalloc.get_traced_memory()[1]
    except Exception:  # then there is nothing to tell
        return ()
    finally:
        tracemalloc.stop()
    size = _size(asked.array_bytes(lengths))
    return (f"Measured {_at(lengths)}: it held up to {_size(peak)} at once; {PRODUCTS[asked.kind]} has {size}.",)


def _at(lengths: Mapping[str, int]) -> str:
    return f"at {', '.join(f'{name} = {length}' for name, length in lengths.items())}"


def _size(count: int) -> str:
    """Write a number of bytes.

    >>> _size(17_200_000_000), _size(370_000)
    ('17 GB', '0.37 MB')
    """
    unit, name = (10**9, "GB") if count >= 10**9 else (10**6, "MB")
    return f"{count / unit:.2g} {name}" if count < 10 * unit else f"{count / unit:.0f} {name}"
