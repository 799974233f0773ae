"""Answers that anybody can type, a symbol or two, fetch no part of the right answer from any question of the course."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring.units import find_units
from autograder.check import Question
from autograder.checks.formulas import check_formula
from autograder.checks.report import Report

UNITS = [folder.name for folder in find_units(Path(__file__).parents[2] / "course" / "units")]


def formulas(namespace: Mapping[str, Any]) -> list[Question]:
    """The questions of a unit that are stated as formulas in matrix notation."""
    questions = [thing for thing in namespace.values() if isinstance(thing, Question)]
    return [q for q in questions if q.stated.expression is not None and q.stated.notation == "matrix"]


def squeezed(text: str) -> str:
    """A formula without its spaces and brackets."""
    return re.sub(r"[\s()]", "", text)


def fetched(question: Question, typed: str) -> list[str]:
    """The formulas in what is said of an answer that stand neither in the question nor in the answer."""
    report = check_formula(question.stated, typed, "")
    parts = [squeezed(part) for part in re.findall("`([^`]*)`", report.message)]
    known = squeezed(question.stated.source)
    return [part for part in parts if part not in known and len(part) > len(squeezed(typed)) + 2]


@pytest.mark.parametrize("unit", UNITS)
def test_a_symbol_fetches_nothing(given: Callable[..., Mapping[str, Any]], unit: str) -> None:
    """What is said of it names parts of the question and of the answer, and shows nothing that is longer."""
    for question in formulas(given(unit)):
        for symbol in question.sizes:
            for typed in (symbol, f"{symbol}.T", f"2*{symbol}", "1"):
                assert fetched(question, typed) == [], (question.stated.source, typed)


def test_the_test_above_can_fail(given: Callable[..., Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A message with more of the right answer than was asked or typed is found."""
    told = Report("wrong", "A term is missing: here stands `A.T @ (x - c)` alone.")
    monkeypatch.setattr(f"{__name__}.check_formula", lambda *_: told)
    question = formulas(given("02_gradients"))[0]
    assert fetched(question, "x") == ["A.T@x-c"]
