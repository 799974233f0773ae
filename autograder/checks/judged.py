"""Judge a typed answer once: its report follows from the question and the text alone, so the next who types it gets it.

In a class most answers have been typed before. What one process has judged can be told to others as plain data
(``news``, ``learn``): a grader has a process for each submission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from autograder.checks.kept import Kept
from autograder.checks.question import Question
from autograder.checks.report import Formula, Report

MOST = 5_000  # reports that are kept
LONGEST = 2_000  # characters of an answer that is kept
DECIDED = ("right", "partly", "wrong")
"""What is kept: that a formula could not be decided may be for want of time."""

Key = tuple[Any, ...]

_reports = Kept(MOST)
_new: list[Key] = []


def judged(
    question: Question, how: str, answer: object, options: tuple[object, ...], judge: Callable[[], Report]
) -> Report:
    """Return the report on a typed answer, the one that it got before if there is one.

    Args:
        question: what is asked.
        how: the name of the check.
        answer: whatever the learner bound.
        options: of the check; with the question, the name and the text all that the report depends on.
        judge: makes the report.
    """
    text = _text(answer)
    if not question.asked or text is None:
        return judge()
    key = (how, question.asked, options, text)
    if key not in _reports:
        report = judge()
        if report.status not in DECIDED:
            return report
        _reports[key] = report
        _new.append(key)
    known: Report = _reports[key]
    return known


def _text(answer: object) -> str | tuple[str, ...] | None:
    """An answer that is text, or a list of texts, as such; None where it is neither, or too long to be kept."""
    if type(answer) is str:
        return answer if len(answer) <= LONGEST else None
    if type(answer) not in (list, tuple):  # isinstance would ask the answer
        return None
    lines = cast("Sequence[str]", answer)
    whole = all(type(line) is str for line in lines) and sum(map(len, lines)) <= LONGEST
    return tuple(lines) if whole else None


def news() -> list[tuple[Any, ...]]:
    """What was judged here since this was asked last, as plain data."""
    told = [(key, _as_plain(_reports[key])) for key in _new if key in _reports]
    _new.clear()
    return told


def forget() -> None:
    """Forget every report."""
    _reports.clear()
    _new.clear()


def learn(told: Iterable[Any]) -> None:
    """Take over what another process has judged.

    Raises:
        TypeError, ValueError: it is nothing that ``news`` says.
    """
    for key, (status, message, score, tag, details, formulas, tags) in told:
        shown = tuple(Formula(*formula) for formula in formulas)
        _reports[key] = Report(status, message, score, tag, tuple(details), shown, tuple(tags))


def _as_plain(report: Report) -> tuple[Any, ...]:
    formulas = tuple((formula.label, formula.text, formula.latex) for formula in report.formulas)
    return report.status, report.message, report.score, report.tag, report.details, formulas, report.tags
