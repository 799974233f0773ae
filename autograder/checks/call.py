"""Run a learner's function and read what it gives back, whatever it does.

Separate because this is the only place where code that we did not write runs. The contract: :func:`call` returns a
plain real array, or raises :class:`Unreadable` with one sentence for the learner. Nothing it does reaches the screen,
the caller's arrays or the clock.
"""

from __future__ import annotations

import contextlib
import inspect
import linecache
import os
import re
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograder
import mcutils
from autograder.checks.quiet import TimeUp, silence, time_limit, undisturbed
from autograder.checks.reach import COMPARED_WITH
from autograder.checks.report import Report
from mcutils._derivatives import Slope
from mcutils._formula_only import formula_only

BLANK = "Not filled in yet: replace the three dots `...` by your answer."
FORMULA_WANTED = "asks for a formula"  # what mcutils says of a derivative function that is off
INSTALLED = tuple({os.path.dirname(os.__file__), *(str(Path(str(m.__file__)).parent) for m in (autograder, mcutils))})
TIME_LIMIT = 10.0  # seconds for one call; a typical one takes microseconds
LONGEST_QUOTE = 160
LONGEST_SENTENCE = 300  # of `mcutils.parse`, which says what to write at its end
_PARSER = os.path.join("mcutils", "_symbolic")
INSTEAD = {"coroutine": "Write `def` without `async`.", "generator": "Write `return` in place of `yield`."}


class Unreadable(Exception):
    """The answer is no valid input: ``str()`` of it is the sentence for the learner."""


class TooCostly(Unreadable):
    """The answer took more time, or more memory, than it was given."""


class Elsewhere:
    """A learner's function that runs in another process; what we get of it is derived from this.

    ``changed`` has the places of the arguments that it changed, over there, when it was called last.
    """

    changed: tuple[int, ...] = ()

    def expect(self, calls: Sequence[Sequence[Any]]) -> None:
        """Be told the arguments of the calls that come next, to make them together."""


def name_of(answer: object) -> str:
    """Return the name to call an answer by in messages.

    >>> name_of(name_of), name_of(lambda x: x)
    ('name_of', 'your function')
    """
    try:
        name = getattr(answer, "__name__", None)
    except Exception:
        name = None
    return name if type(name) is str and name.isidentifier() else "your function"


def type_name(value: object) -> str:
    """Return the name of a value's type without running code of that type.

    >>> type_name(1.0)
    'float'
    """
    return str(type.__dict__["__name__"].__get__(type(value)))


def is_a(value: object, *kinds: type) -> bool:
    """Whether a value's type is one of ``kinds`` or derived from it; ``isinstance`` would believe ``__class__``."""
    return issubclass(type(value), kinds)


def expect(
    answer: object, points: Callable[[], Sequence[Sequence[Any]]], names: Sequence[str], closed_form: bool = False
) -> None:
    """Say which calls come next, for an answer that is elsewhere to make them together: each then comes at once.

    Args:
        answer: what the learner bound.
        points: makes the arguments of each of the calls.
        names: the arguments' names.
        closed_form: as the calls will have it.
    """
    if not is_a(answer, Elsewhere):
        return
    with contextlib.suppress(Exception), formula_only() if closed_form else contextlib.nullcontext():
        _require_function(answer, name_of(answer), names)  # what goes wrong here is told where the call is made
        answer.expect([_copies(args) for args in points()])  # type: ignore[attr-defined] # is_a has seen to it


def call(
    answer: object,
    args: Sequence[Any],
    names: Sequence[str],
    shapes: Sequence[str] = (),
    closed_form: bool = False,
    seconds: float = TIME_LIMIT,
) -> np.ndarray:
    """Call the learner's function with copies of ``args`` and return a plain real array.

    Args:
        answer: what the learner bound; should be a function of ``len(args)`` positional arguments.
        args: arrays and floats.
        names: the arguments' names, for messages.
        shapes: each argument with its shape, to be quoted where the call fails; by default by numbers alone.
        closed_form: whether the derivative functions of mcutils are off meanwhile.
        seconds: how long the call may take.

    Returns:
        An array of dtype float64 that shares no memory with anything of the learner's; huge arrays are returned as they
        came, so that their shape can be refused before anyone copies them.

    Raises:
        Unreadable: with one sentence saying what came back and what to do; :class:`TooCostly` where time or memory ran
            out.
    """
    name = name_of(answer)
    _require_function(answer, name, names)
    copies = _copies(args)
    with formula_only() if closed_form else contextlib.nullcontext():
        value = _run(answer, copies, name, shapes or _numbers(names, args), seconds)  # type: ignore[arg-type] # _require_function has seen to it
    result = real_array(value, f"{name} returned")
    changed = answer.changed if is_a(answer, Elsewhere) else ()  # type: ignore[attr-defined] # is_a has seen to it
    for place, (arg, copy, argument) in enumerate(zip(args, copies, names, strict=True)):
        if isinstance(arg, np.ndarray) and (place in changed or not _same_bytes(arg, copy)):
            raise Unreadable(
                f"{name} changed its argument {argument}, which belongs to the caller. Work on a copy: "
                f"{argument} = {argument}.copy()."
            )
    return result


def real_array(value: object, what: str) -> np.ndarray:
    """Read a value that a learner produced as a real array, without trusting its class.

    Raises:
        Unreadable: it is a blank, None, text, a list, complex, or of any other type; ``what`` begins the sentence.
    """
    if value is Ellipsis:
        raise Unreadable(BLANK)
    if value is None:
        raise Unreadable(f"{what} None. Fill in the blank `...`, or end the function with `return` and your result.")
    if is_a(value, np.generic) or type(value) in (int, float, complex, bool):
        value = np.asarray(value)
    if is_a(value, Slope):
        raise Unreadable(f"{what} a pair of a slope and its error. Take the slope alone: mc.slope(...).value.")
    if is_a(value, list, tuple):
        raise Unreadable(f"{what} a {type_name(value)}. Make it an array: np.array([...]).")
    if type(value) is not np.ndarray:
        advice = INSTEAD.get(type_name(value), "A NumPy array or a number is wanted.")
        raise Unreadable(f"{what} {_a(type_name(value))}. {advice}")
    if value.dtype.kind == "c":
        raise Unreadable(f"{what} complex numbers. The answer is real: look for where the imaginary part comes from.")
    if value.dtype.kind not in "iuf":
        raise Unreadable(f"{what} an array of dtype {value.dtype}. An array of numbers (dtype float64) is wanted.")
    return value if value.nbytes > 10**8 else value.astype(np.float64)


def _require_function(answer: object, name: str, names: Sequence[str]) -> None:
    call_form = f"{name if name != 'your function' else 'answer'}({', '.join(names)})"
    if answer is Ellipsis:
        raise Unreadable(BLANK)
    if is_a(answer, type) or not callable(answer):
        kind = f"the class {name}" if is_a(answer, type) else _a(type_name(answer))
        raise Unreadable(f"The answer is {kind}; the check calls a function: def {call_form}.")
    try:
        inspect.signature(answer).bind(*names)
    except TypeError:
        wanted = f"{len(names)} argument{'s' * (len(names) != 1)}"
        raise Unreadable(
            f"The check calls {call_form} with {wanted}; {name} does not take them in this form."
        ) from None
    except Exception:  # a built-in without a signature, or an object that answers for itself: calling it will tell
        return


def in_order(answer: object, names: Sequence[str], report: Report) -> Report:
    """Return the report, or what explains it: the function names its arguments in another order than it is called.

    What is right all the same stays right.
    """
    if report.status not in ("wrong", "invalid") or not callable(answer) or is_a(answer, type):
        return report
    try:
        taken = list(inspect.signature(answer).parameters)
    except Exception:  # as in _require_function
        return report
    if taken == list(names) or sorted(taken) != sorted(names):
        return report
    name = name_of(answer)
    said = f"The check calls {name}({', '.join(names)}), and {name} takes them as ({', '.join(taken)})."
    return Report("invalid", f"{said} Put its arguments in the order of the exercise.")


def _copies(args: Sequence[Any]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def _numbers(names: Sequence[str], args: Sequence[Any]) -> list[str]:
    return [f"{name} {np.shape(arg)}" for name, arg in zip(names, args, strict=True)]


def _run(answer: Callable[..., Any], args: list[Any], name: str, shapes: Sequence[str], seconds: float) -> Any:
    try:
        with _kept_apart(answer), time_limit(seconds):
            value = answer(*args)
            if type(value) is types.CoroutineType:
                value.close()  # else Python warns on stderr that nobody awaited it
            return value
    except TimeUp:
        raise TooCostly(
            f"{name} did not finish within {seconds:.3g} seconds. Look for a loop that never ends."
        ) from None
    except MemoryError as error:
        raise TooCostly(_what_happened(error, name, shapes)) from None
    except KeyboardInterrupt:  # of the person at the keyboard
        raise
    except BaseException as error:  # also SystemExit, and what a learner derives from BaseException
        raise Unreadable(_what_happened(error, name, shapes)) from None


@contextlib.contextmanager
def _kept_apart(answer: object) -> Iterator[None]:
    """Keep from this process what the answer does; what runs in another one does nothing here."""
    if is_a(answer, Elsewhere):
        yield
        return
    with undisturbed(), silence():
        yield


def _what_happened(error: BaseException, name: str, shapes: Sequence[str]) -> str:
    """Tell an exception in the learner's code as a teacher would, the commonest ones in the course's own words."""
    text = _quote(error)
    if isinstance(error, TypeError) and "'ellipsis'" in text:
        return "A blank `...` is still there: fill it in too."
    if FORMULA_WANTED in text or COMPARED_WITH in text:
        return f"{text.removeprefix('RuntimeError: ')}."
    if _of_parser(error):
        return f"{_quote(error, LONGEST_SENTENCE).partition(': ')[2]}."
    if clash := re.search(r"matmul: .*size (\d+) is different from (\d+)", text):
        text = f"shapes that do not fit: `@` sums over one axis of both sides, and here one has {clash[2]} entries and "
        text += f"the other {clash[1]}"
    elif re.search(r"matmul: .*does not have enough dimensions", text):
        text = "`@` beside a number or a blank `...`: it multiplies arrays"
    elif clash := re.search(r"could not be broadcast together with shapes (\(.*?\)) (\(.*?\))", text):
        text = f"shapes that do not fit: entry by entry, {clash[1]} and {clash[2]} cannot be combined"
    elif value := re.fullmatch(r"TypeError: '(\w+)' object is not callable", text):
        what = f"something that is called is {_a(value[1])} and no function"
        return f"{name} stopped{_place(error)}: {what}. Write your answer as a function, with `def`."
    called = f" It was called with {', '.join(shapes)}." if shapes else ""
    return f"{name} stopped{_place(error)} with {text}.{called}"


def _of_parser(error: BaseException) -> bool:
    """Whether `mcutils.parse` raised it: its sentence is about what was typed, whichever line hands that on."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, ValueError) and any(
        frame.name == "parse" and _PARSER in frame.filename for frame in frames
    )


def _quote(error: BaseException, longest: int = LONGEST_QUOTE) -> str:
    try:
        text = " ".join(str(error).split()).rstrip(".")
    except Exception:
        text = ""
    if len(text) > longest:
        text = text[:longest] + "…"
    return f"{type_name(error)}: {text}" if text else type_name(error)


def _place(error: BaseException) -> str:
    """Say where in the learner's notebook it happened: the last line there, not one of a library or of ours.

    What happened in another process brings its line along.
    """
    brought = getattr(error, "line_elsewhere", "") if isinstance(error, Exception) else ""
    if type(brought) is str and brought:
        return f" in the line `{brought}`"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _installed(frame.filename)]
    if not frames:
        return ""
    source = linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip()
    return f" in the line `{source}`" if source else ""


def _installed(filename: str) -> bool:
    return filename.startswith(INSTALLED) or "site-packages" in filename


def _same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
