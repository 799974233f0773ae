"""Each attack of the corpus is a real one: it works against stock nbgrader, or where one of our defences is missing.

All of it runs in a box that can be thrown away. The same measure is used as for our grader in whole.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from box import in_the_box, why_no_box
from corpus import ATTACKS
from effects import Seen, effects
from hostile_course import make_course
from taken_out import DEFENCES

from autograder.grading.sealed.inside.isolate import SEALS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_no_box()), reason=why_no_box() or "not skipped"),
]
ALL_AGAINST_STOCK = [name for name, attack in ATTACKS.items() if attack.by == "stock"]
ALL_WITHOUT = [name for name, attack in ATTACKS.items() if attack.by not in ("stock", "odd")]
ONE_OF = 6
"""Letting all attacks loose takes ten minutes: one of so many stands for the others, and ``make attacks`` takes all."""
ALL = os.environ.get("ATTACKS") == "all"
AGAINST_STOCK = ALL_AGAINST_STOCK if ALL else ALL_AGAINST_STOCK[::ONE_OF]
WITHOUT = ALL_WITHOUT if ALL else list({ATTACKS[name].by: name for name in reversed(ALL_WITHOUT)}.values())
"""Of those against a build of ours, at least one for each defence that is taken out."""
ALONE = ("deadlines", "malformed", "closed", "bare")
"""Defences whose lack ends, or hangs, a whole run."""
AS_ROOT = {"make-a-device", "be-root", "become-root", "hold-privileges", "leave-by-chroot", "write-beside-programs"}
"""Attacks that nothing but root could succeed with where nothing is in the way."""
BEFORE_3_12 = {"deep-recursion"}
"""Attacks that Python itself stops in its later versions."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("template") / "course")


@pytest.fixture(scope="module")
def stock(course: Path) -> dict[str, Seen]:
    return ran("boxed_stock.py", course, ["honest", *AGAINST_STOCK])


@pytest.fixture(scope="module")
def without(course: Path) -> dict[str, Seen]:
    groups: dict[str, list[str]] = {}
    for name in WITHOUT:
        by = ATTACKS[name].by
        groups.setdefault(name if by in ALONE else by, []).append(name)
    return ran("boxed_without.py", course, [",".join(group) for group in groups.values()])


def ran(program: str, course: Path, names: Sequence[str]) -> dict[str, Seen]:
    """What came of each, two at a time."""
    with ThreadPoolExecutor(2) as two:
        found = two.map(lambda part: list(in_the_box(program, course, *part)), (names[::2], names[1::2]))
        return {one["name"]: _seen(one) for part in found for one in part}


def _seen(found: dict[str, Any]) -> Seen:
    return Seen(
        **{key: tuple(value) if type(value) is list else value for key, value in found.items() if key != "name"}
    )


def shown(name: str, seen: dict[str, Seen], honest: Seen) -> None:
    """Insist that an attack has its effect."""
    if name in AS_ROOT and os.getuid() != 0:
        pytest.skip("only root has what this attack is after")
    if name in BEFORE_3_12 and sys.version_info >= (3, 12):
        pytest.skip("from 3.12 on Python ends a recursion in C before the stack is full")
    attack = ATTACKS[name]
    if attack.by == "namespaces" and os.getuid() != 0:
        pytest.skip("without namespaces an ordinary user may not give up privileges, so nothing runs")
    assert attack.effect in effects(attack, seen[name], honest.pages), seen[name]


@pytest.mark.parametrize("name", AGAINST_STOCK)
def test_works_against_stock(stock: dict[str, Seen], name: str) -> None:
    """The attack has the effect it is after when nbgrader grades it with its own executor."""
    shown(name, stock, stock["honest"])


@pytest.mark.parametrize("name", WITHOUT)
def test_works_without(without: dict[str, Seen], name: str) -> None:
    """The attack has the effect it is after when our grader lacks the defence that the corpus names."""
    shown(name, without, Seen())


def test_honest_work_against_stock(stock: dict[str, Seen]) -> None:
    """Honest work has no effect: what is measured are the attacks."""
    assert stock["honest"].marks == dict.fromkeys(stock["honest"].marks, 1.0)
    assert len(stock["honest"].marks) == 10
    assert (stock["honest"].left, stock["honest"].sent, stock["honest"].said) == ((), "", "")


def test_the_corpus_is_whole() -> None:
    """There are at least sixty attacks, each with a sentence of its own, and every seal is missed by one of them."""
    assert len([*ALL_AGAINST_STOCK, *ALL_WITHOUT]) >= 60
    sentences = [attack.attempts for attack in ATTACKS.values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)
    used = {part for attack in ATTACKS.values() for part in attack.by.split(" and ")}
    assert set(SEALS) <= used <= {"stock", "odd", *SEALS, *DEFENCES}
