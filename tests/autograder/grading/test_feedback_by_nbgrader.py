"""nbgrader's own commands make our page where the course says so, and take our pages where it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from live_markup import live
from tiny_course import Grade, hand_in

from autograder.grading import write_feedback

SETTING = 'c.GenerateFeedback.exporter_class = "autograder.grading.feedback.exporter.FeedbackExporter"\n'


@pytest.fixture
def graded(course: Path, grade: Grade) -> Path:
    hand_in(course, "ada", times="def multiply(a, b):\n    return 6", why="<img src=x onerror=x()> $x^2$")
    write_feedback(course, grade(course, "ps1"))
    return course


def nbgrader(course: Path, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=course, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_same_page(graded: Path) -> None:
    """With one line in its configuration, nbgrader leaves the very file that we do; without it, a live one."""
    path = graded / "feedback" / "ada" / "ps1" / "exercises.html"
    ours = path.read_text(encoding="utf-8")
    nbgrader(graded, "generate_feedback", "ps1", "--force")
    assert live(path.read_text(encoding="utf-8"))
    with (graded / "nbgrader_config.py").open("a") as config:
        config.write(SETTING)
    nbgrader(graded, "generate_feedback", "ps1", "--force")
    assert path.read_text(encoding="utf-8") == ours
    with (graded / "nbgrader_config.py").open("a") as config:
        config.write("c.FeedbackExporter.show_hidden = True\n")
    nbgrader(graded, "generate_feedback", "ps1", "--force")
    assert "hidden tests are not shown" in ours
    assert "hidden tests are not shown" not in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_release(graded: Path, tmp_path: Path, grade: Grade) -> None:
    """nbgrader releases our pages, of submissions that came through its exchange, and no page of a student's own."""
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    with (graded / "nbgrader_config.py").open("a") as config:
        config.write(f"c.Exchange.root = {str(exchange)!r}\n")
    work = graded / "submitted" / "ada" / "ps1"
    (work / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    (work / "submission_secret.txt").write_text("secret")
    (work / "mine.html").write_text("<script>x()</script>")
    pages = graded / "feedback" / "ada" / "ps1"
    (pages / "mine.html").write_text("<script>x()</script>")
    hand_in(graded, "ada", times="def multiply(a, b):\n    return a")
    (page,) = write_feedback(graded, grade(graded, "ps1"))
    assert page == pages / "exercises.html"
    assert sorted(path.name for path in pages.iterdir()) == ["exercises.html", "submission_secret.txt", "timestamp.txt"]
    nbgrader(graded, "release_feedback", "ps1")
    (released,) = (exchange / "tiny" / "feedback").glob("*.html")
    assert released.read_text(encoding="utf-8") == page.read_text(encoding="utf-8")
