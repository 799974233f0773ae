"""Wrong functions get their names at points that are the same for everybody; questions are prepared for that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograder import check
from autograder.checks import candidates, naming, question, valued
from autograder.checks.publish import collecting
from autograder.grading.sealed.crossing.wire import decode, encode

SIZES = {"x": "n", "A": "n n", "b": "n"}
TEXT = "x @ A @ x - b @ x"


def symmetric_only(x: Any, A: Any, b: Any) -> Any:
    return 2 * A @ x - b


def forgets_b(x: Any, A: Any, b: Any) -> Any:
    return (A + A.T) @ x


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Begin each test with no question prepared, and leave none."""
    question.stated_as_text.cache_clear()
    valued.valued.cache_clear()
    naming.news()
    yield
    naming.news()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The wrong arrays that were computed from now on."""
    seen: list[object] = []

    def counted(*args: Any) -> Any:
        seen.append(args)
        return make(*args)

    make = candidates._made
    monkeypatch.setattr(candidates, "_made", counted)
    return seen


def asked(of: Any = TEXT) -> check.Question:
    return check.question(of=of, wrt="x", sizes=SIZES)


def said(answer: Any, of: Any = TEXT) -> Any:
    with collecting() as published:
        asked(of).derivative(answer)
    return published[0].report


def as_function(x: Any, A: Any, b: Any) -> Any:
    return x @ A @ x - b @ x


@pytest.mark.parametrize("of", [TEXT, as_function])
def test_what_is_known_is_not_computed_again(made: list[object], monkeypatch: pytest.MonkeyPatch, of: Any) -> None:
    """On another seed, and in answer to another mistake, hardly anything is computed again."""
    monkeypatch.setenv("MC_SEED", "1")
    first = said(lambda x, A, b: np.sin(x), of)
    before = len(made)
    monkeypatch.setenv("MC_SEED", "2")
    reports = [said(symmetric_only, of), said(forgets_b, of)]
    assert first.tag is None
    assert [report.tag for report in reports] == ["not-symmetrised", "missing-term"]
    assert len(made) - before < before / 10


def test_prepared_elsewhere(made: list[object]) -> None:
    """Another process prepares the questions that it is told of; then a wrong answer finds nearly everything known."""
    report = said(forgets_b)
    told = decode(encode(naming.news()))
    assert told
    assert naming.news() == []
    question.stated_as_text.cache_clear()
    made.clear()
    naming.prepare(told)
    prepared = len(made)
    assert prepared > 20
    assert said(forgets_b) == report
    assert len(made) - prepared < prepared / 10
    assert naming.news() == []


def test_values_are_prepared_too(made: list[object]) -> None:
    """What is compared with a function is a question as well."""
    right, wrong = (lambda A, x: A @ x + x), (lambda A, x: A.T @ x + x)

    def report() -> Any:
        with collecting() as published:
            check.equal(wrong, to=right, sizes={"A": "n n", "x": "n"})
        return published[0].report

    before = report()
    told = naming.news()
    valued.valued.cache_clear()
    naming.prepare(told)
    made.clear()
    assert report() == before
    assert before.tag == "transposed"
    assert len(made) < 10


def test_an_answer_that_is_wrong_elsewhere_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is right, or fails, at the points for everybody is named where it was judged."""
    points = [naming._at(asked().stated.insight, k).draw.args[0] for k in range(3)]  # type: ignore[arg-type]

    def usual(x: Any) -> bool:
        return any(x.shape == known.shape and np.allclose(x, known) for known in points)

    def right_there(x: Any, A: Any, b: Any) -> Any:
        return (A + A.T) @ x - b if usual(x) else symmetric_only(x, A, b)

    def fails_there(x: Any, A: Any, b: Any) -> Any:
        return 1 / 0 if usual(x) else symmetric_only(x, A, b)

    monkeypatch.setenv("MC_SEED", "7")
    assert said(right_there).tag == said(fails_there).tag == said(symmetric_only).tag == "not-symmetrised"
    assert said(right_there).status == "wrong"


@pytest.mark.parametrize("told", [["question"], [("answer", "x")], [("question", "x +", 0, (("x", "n"),))], [7]])
def test_no_question(told: list[Any]) -> None:
    """What names no question is an error."""
    with pytest.raises((TypeError, ValueError)):
        naming.prepare(told)
