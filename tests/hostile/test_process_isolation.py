"""Without namespaces less is promised, and that is kept: tests out of reach, true comparisons, limits, all graded.

What is not promised is not tried: such an attack would succeed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from box import in_the_box, why_no_box
from click.testing import CliRunner
from corpus import ATTACKS, THEMES
from effects import Seen, effects
from hostile_course import hand_in, make_course

from autograder.cli import main
from autograder.grading import grade
from autograder.grading.sealed import CannotIsolate
from autograder.grading.sealed.supervisor import sandbox

pytestmark = pytest.mark.slow
AFTER_TESTS = [
    *("read-history", "read-the-stack", "read-linecache", "read-all-objects", "read-callers", "hook-before-cells"),
    *("hook-on-errors", "read-the-seed"),
]
AFTER_LIMITS = [
    *("big-array", "growing-list", "many-descriptors", "flood-of-text", "flood-of-errors", "flood-of-displays"),
    *("large-image", "large-repr", "large-traceback", "long-power", "stubborn-loop", "segfault", "leave"),
    *("loop-in-a-test", "leave-in-a-test", "sleep", "loop"),
]
NOTEBOOKS = [attack.name for attack in THEMES["notebooks"] if not attack.set_aside]
PROMISED = [*(attack.name for attack in THEMES["comparison"]), *AFTER_TESTS, *AFTER_LIMITS, *NOTEBOOKS]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("template") / "course")


@pytest.fixture(scope="module")
def seen(course: Path) -> dict[str, Seen]:
    if reason := why_no_box():
        pytest.skip(reason)
    found = list(in_the_box("boxed_process.py", course, ",".join(PROMISED)))
    return {one.pop("name"): Seen(**{k: tuple(v) if type(v) is list else v for k, v in one.items()}) for one in found}


@pytest.mark.parametrize("name", PROMISED)
def test_promised(seen: dict[str, Seen], name: str) -> None:
    """A hostile student gets exactly what the answers deserve, sees no test, and goes past no limit."""
    assert seen[name].marks == ATTACKS[name].deserves, seen[name].said
    assert effects(ATTACKS[name], seen[name]) - {"stays", "markup"} == set()


def _nothing() -> None:
    return None


@pytest.mark.parametrize("missing", ["platform", "program"])
def test_refused_without(course: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Where there are no namespaces nothing is graded, and the sentence that says so names the way to go on."""
    hand_in(course, "ada", {})
    change: dict[str, Callable[[], None]] = {
        "platform": lambda: monkeypatch.setattr(sandbox.sys, "platform", "darwin"),
        "program": lambda: monkeypatch.setattr(sandbox, "find_bubblewrap", _nothing),
    }
    change[missing]()
    with pytest.raises(CannotIsolate, match="mcourse grade --isolation process"):
        grade(course, "ps1")
    refused = CliRunner().invoke(main, ["grade", "ps1", "--course", str(course)])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: Submissions are sealed off ")
    assert "mcourse grade --isolation process" in " ".join(refused.stderr.split())


def test_going_on(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way that the refusal names, an honest student of the same class gets full marks."""
    hand_in(course, "ada", {})
    monkeypatch.setattr(sandbox, "find_bubblewrap", _nothing)
    grading = grade(course, "ps1", isolation="process", students=["ada"])
    assert {mark for cell, mark in grading.marks["ada"].items() if "manual" not in cell} == {1.0}
