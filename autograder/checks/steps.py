"""Check a derivation line by line: each line against the one before, by value and by form.

**By value**: every line equals the question's differential (in index notation, its derivative), decided exactly. The
first that does not is named, with the line that it should still equal, and its slip with it.

**By form**: lines earn marks where something happens in them. A line that only repeats an earlier one, up to what
`written` leaves free, is allowed and earns nothing; so does whatever follows the first line from which the derivative
can be read off. Where the exercise gives the first lines, each of the others has its place, and one that repeats leaves
its place empty. A result on line 1 is no derivation: where the variable stands in several places, some line before the
result must hold its differential twice. The last line must have the form from which the derivative is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograder.checks.call import BLANK, is_a, type_name
from autograder.checks.question import Question
from autograder.checks.report import Report
from autograder.checks.typed import UNDECIDED, as_sentence, right_answer

if TYPE_CHECKING:
    from autograder.checks.chains import Chain, Line

MOST_LINES = 40
SECONDS = 8.0  # for all lines together
START = re.compile(r"^\s*(?:d\w*\s*)?=(?!=)")  # people begin a line with "=" or "df ="


def check_steps(
    question: Question,
    lines: object,
    least: int | None = None,
    given: int = 0,
    notation: str | None = None,
    summation: str | None = None,
    form: str = "",
) -> Report:
    """Check a derivation.

    Args:
        question: what is asked, stated as text.
        lines: a list of texts, or one text with a line for each.
        least: how many lines that say something new a full derivation has; by default one where the differential has
            the last line's form from the start, else two.
        given: how many of the lines the exercise gives; they earn nothing.
        notation: ``matrix`` (differentials) or ``index``; by default the question's own.
        summation: the convention of index notation; by default the question's.
        form: a form that the derivative must have in the last line, see :mod:`.forms`.

    Returns:
        A report; never raises because of the answer.

    Raises:
        ValueError: the question was stated as a function, or has no steps of this kind.
    """
    from mcutils._symbolic.budget import limited

    chain = _chain(question, notation or question.notation, summation or question.summation, form)
    try:
        with limited(SECONDS):
            typed = [_read(chain, number, text) for number, text in enumerate(texts_of(lines), start=1)]
            return _judged(chain, typed, max(least or chain.least, given + 1), given)
    except ValueError as problem:
        return Report("invalid", as_sentence(problem))


def _chain(question: Question, notation: str, summation: str, form: str) -> Chain:
    right_answer(question)
    from autograder.checks.index_steps import IndexChain
    from autograder.checks.matrix_steps import MatrixChain

    if notation not in ("matrix", "index"):
        raise ValueError(f"steps: there is no notation {notation!r}; use matrix or index")
    return MatrixChain(question, form) if notation == "matrix" else IndexChain(question, summation)


def texts_of(lines: object) -> list[str]:
    """Return the lines as texts.

    Raises:
        ValueError: with the sentence for the learner.
    """
    if lines is Ellipsis or (is_a(lines, str) and str.strip(lines) in ("...", "\u2026")):  # type: ignore[arg-type] # it is one
        raise ValueError(BLANK)
    if is_a(lines, str):
        return [line for line in str.splitlines(lines) if line.strip()] or [""]  # type: ignore[arg-type] # it is one
    if not is_a(lines, list, tuple):
        raise ValueError(f"The answer is of type {type_name(lines)}; give the lines as a list of texts in quotes.")
    kind: Any = list if is_a(lines, list) else tuple
    found: list[object] = list(kind.__iter__(lines))
    if not found:
        raise ValueError("The list is empty; its first line is the differential of the function.")
    if len(found) > MOST_LINES:
        raise ValueError(f"There are {len(found)} lines; at most {MOST_LINES} are read.")
    return [_text(number, line) for number, line in enumerate(found, start=1)]


def _text(number: int, line: object) -> str:
    if line is Ellipsis or (is_a(line, str) and str.strip(line) in ("...", "\u2026", "")):  # type: ignore[arg-type] # it is one
        raise ValueError(f"Not filled in yet: line {number}.")
    if not is_a(line, str):
        raise ValueError(f"Line {number} is of type {type_name(line)}; type it as text in quotes.")
    return str.__str__(line)


def _read(chain: Chain, number: int, text: str) -> Line:
    try:
        return chain.read(number, START.sub("", text, count=1))
    except ValueError as problem:
        raise ValueError(f"Line {number}: {problem}") from None


# --- judgement ------------------------------------------------------------------------------------------------------


def _judged(chain: Chain, lines: Sequence[Line], least: int, given: int) -> Report:
    broken = _first_wrong(chain, lines)
    right = [line for line in lines if broken is None or line.number < broken.number]
    missing = [chain.unfinished(line) for line in right]
    told = right[: _end(chain, right, missing)]
    counted = _new(told)
    if None in missing and counted >= least > 1 and not any(map(chain.shows, told)):
        counted = least - 1
    if broken is not None:
        score = _share(counted, max(least, _new(lines)), least, given)
        return _broken(chain, lines, broken, score)
    if missing[-1] is not None:
        score = _share(counted, max(least, counted + 1), least, given)
        return _partly(score, f"Every line is right so far. {missing[-1]}", details=_repeats(lines))
    return _finished(lines, counted, least, given)


def _first_wrong(chain: Chain, lines: Sequence[Line]) -> Line | None:
    """The first line that does not agree with what the question asks for."""
    for line in lines:
        verdict = chain.agrees(line)
        if verdict is None:
            raise ValueError(f"Line {line.number}: {UNDECIDED}")
        if not verdict:
            return line
    return None


def _finished(lines: Sequence[Line], counted: int, least: int, given: int) -> Report:
    """Judge lines that are right, and of which the last is what was asked for."""
    repeats = _repeats(lines)
    if counted < least:
        said = (
            f"Every line is right, but this is a result without its derivation: write at least {least} lines that "
            "differ, the first with a term for each place where the variable stands."
        )
        return _partly(_share(counted, least, least, given), said, details=repeats)
    if given and (again := _again(lines, given)):
        said = f"Every line is right, but line {again[0]} only repeats an earlier one. Write what is asked for."
        return _partly(1 - len(again) / (len(lines) - given), said, details=repeats)
    count = f"{len(lines)} lines" if len(lines) > 1 else "1 line"
    return Report("right", f"Right: {count}, and the derivative can be read off from the last.", 1.0, details=repeats)


def _end(chain: Chain, right: Sequence[Line], missing: Sequence[str | None]) -> int:
    """How many lines there are up to the first that can be read off.

    That is the first that is new and has its brackets opened; or else the first at all, so that nothing is gained by
    brackets alone.
    """
    finished = [k for k, said in enumerate(missing) if said is None]
    keys = [line.key for line in right]
    open_ones = [k for k in finished if chain.ends(right[k]) and keys[k] not in keys[:k]]
    return next(iter(open_ones or finished), len(right) - 1) + 1


def _new(lines: Sequence[Line]) -> int:
    return len({line.key for line in lines})


def _repeats(lines: Sequence[Line]) -> tuple[str, ...]:
    first: dict[str, int] = {}
    found = []
    for line in lines:
        if line.key in first:
            found.append(f"Line {line.number} only repeats line {first[line.key]}, and does not count.")
        first.setdefault(line.key, line.number)
    return tuple(found)


def _again(lines: Sequence[Line], given: int) -> list[int]:
    """The numbers of the lines, not of the given ones, that were there before."""
    keys = [line.key for line in lines]
    return [line.number for k, line in enumerate(lines) if k >= given and line.key in keys[:k]]


def _share(counted: int, needed: int, least: int, given: int) -> float:
    """The lines that count, of those needed; at most ``least`` of ``least + 1`` without a right last line."""
    own = max(counted - given, 0) / max(needed - given, 1)
    return min(own, least / (least + 1))


def _partly(
    score: float,
    message: str,
    tag: str | None = None,
    details: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Report:
    return Report("partly" if score else "wrong", message, score, tag, details, tags=tags)


def _broken(chain: Chain, lines: Sequence[Line], broken: Line, score: float) -> Report:
    before = lines[broken.number - 2] if broken.number > 1 else None
    tag, advice, tags = chain.slip(broken, before)
    if before is None:
        return _partly(score, f"Line 1 is not {chain.stated()}. {advice}".strip(), tag, tags=tags)
    still = f"It should still equal line {before.number}: `{before.text.strip()}`."
    said = f"Line {broken.number} is not equal to line {before.number}. {advice}".strip()
    return _partly(score, said, tag, (still,), tags)
