"""What is said of a typed answer is said once, and can be told to other processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autograder import check
from autograder.checks import formulas, judged
from autograder.checks.publish import collecting
from autograder.grading.sealed.crossing.wire import decode, encode

SIZES = {"x": "n", "A": "n n", "b": "n"}


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Begin each test, and leave it, with nothing judged."""
    judged.forget()
    yield
    judged.forget()


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The formulas that were decided from now on, and not remembered."""
    seen: list[object] = []

    def counted(question: Any, answer: object, right: Any) -> Any:
        seen.append(answer)
        return decide(question, answer, right)

    decide = formulas._decided
    monkeypatch.setattr(formulas, "_decided", counted)
    return seen


def asked(**more: Any) -> check.Question:
    return check.question(of="x @ A @ x - b @ x", wrt="x", sizes=SIZES, **more)


def said(answer: object, question: check.Question | None = None, **more: Any) -> Any:
    with collecting() as published:
        (question or asked()).formula(answer, **more)
    return published[0].report


@pytest.mark.parametrize("answer", ["2*A @ x - b", "(A + A.T) @ x - b", "A @ x"])
def test_an_answer_is_judged_once(decided: list[object], answer: str) -> None:
    """The same text gets the same report without being looked at again."""
    assert said(answer) == said(answer) == said(answer, asked())
    assert decided == [answer]


def test_what_the_report_depends_on(decided: list[object]) -> None:
    """Another question, layout, form or text is another matter, and each is judged by itself."""
    text = "x @ A.T + x @ A - b"
    reports = [
        said(text), said(text, form="no-transpose"), said(text, asked(layout="numerator")), said(f"{text} "),
        said(text, check.question(of="x @ A @ x", wrt="x", sizes=SIZES)),
    ]  # fmt: skip
    assert [report.status for report in reports] == ["right", "partly", "right", "right", "wrong"]
    assert len(decided) == 5


def test_lists_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivation is known by all of its lines."""
    lines = ["dx @ A @ x + x @ A @ dx - b @ dx", "((A + A.T) @ x - b) @ dx"]
    marks = [asked().steps(lines, points=3), asked().steps(lines, points=3), asked().steps(lines[::-1], points=3)]
    assert marks[0] == marks[1] == 3.0
    assert marks[2] < 3
    assert len(judged.news()) == 2


def test_what_is_not_kept(decided: list[object]) -> None:
    """What is no plain text, is no valid input, or is very long, is looked at each time."""

    class Text(str):
        __slots__ = ()

    for answer in (Text("2*A @ x - b"), "2A @ x", ..., "A @ x" + " + A @ x" * 400):
        assert said(answer) == said(answer)
    assert len(decided) == 8
    assert judged.news() == []


def test_the_seed_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of a typed answer does not depend on the seed, or it could not be told to others."""
    reports = []
    for seed in range(3):
        judged._reports.clear()
        monkeypatch.setenv("MC_SEED", str(seed))
        reports.append([said(text) for text in ("A @ x - b", "x", "(A - A.T) @ x + 3*b")])
    assert reports[0] == reports[1] == reports[2]
    assert "On random data" in reports[0][2].message


def test_news_cross(decided: list[object]) -> None:
    """What one process has judged, another knows when it was told, formulas and tags included."""
    report = said("2*A @ x - b")
    assert report.tag == "not-symmetrised"
    assert report.formulas
    told = decode(encode(judged.news()))
    assert judged.news() == []
    judged._reports.clear()
    judged.learn(told)
    assert said("2*A @ x - b") == report
    assert len(decided) == 1
    assert judged.news() == []


@pytest.mark.parametrize("told", [[1], [("key",)], [("key", ("right", "Right.", 7.0, None, (), (), ()))], 3])
def test_nonsense_is_refused(told: Any) -> None:
    """News that make no sense are an error, and nothing is known by them."""
    with pytest.raises((TypeError, ValueError)):
        judged.learn(told)
    assert judged._reports == {}


def test_they_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are never more reports than may be."""
    monkeypatch.setattr(judged._reports, "most", 3)
    for number in range(5):
        said(f"{number} * A @ x")
        assert len(judged._reports) <= 3
    assert len(judged.news()) <= 3
