"""Limits: what is typed, what the course says, what comes by itself; and what is said of a wrong one."""

from __future__ import annotations

import re
from typing import Any

import click
import pytest
from click.testing import CliRunner
from traitlets.config import Config

from autograder.cli import grade as command
from autograder.cli.limits import limit_options
from autograder.grading import GradingError
from autograder.grading.sealed.limits import Limits
from autograder.grading.settings import amount, chosen, isolation


def course(**said: Any) -> Config:
    return Config({"MCourse": {"limits": said}} if said else {})


def test_where_they_come_from() -> None:
    """What is typed goes over what the course says, and that over what comes by itself."""
    own = course(cell_seconds=7, memory="2 GB")
    assert chosen(Config(), {}) == Limits()
    assert chosen(own, {}) == Limits(cell_seconds=7, memory=2_000_000_000)
    assert chosen(own, {"cell_seconds": 9}) == Limits(cell_seconds=9, memory=2_000_000_000)
    assert chosen(own, Limits(depth=3)) == Limits(depth=3)


def test_the_time_that_a_course_gave_nbgrader() -> None:
    """The time for a cell that a course set for nbgrader's own executor holds here too, unless it sets ours."""
    own = Config({"Execute": {"timeout": 90}})
    assert chosen(own, {}).cell_seconds == 90
    own.MCourse.limits = {"cell_seconds": 5}
    assert chosen(own, {}).cell_seconds == 5
    assert chosen(Config({"Execute": {"timeout": None}}), {}) == Limits()


@pytest.mark.parametrize(
    ("text", "value"),
    [("64MB", 64_000_000), ("1.5 gb", 1_500_000_000), ("12 KB", 12_000), ("200000", 200_000), (2e5, 200_000)],
)
def test_amounts(text: object, value: int) -> None:
    """An amount is typed as people write it, and is a whole number of bytes."""
    got = amount("memory", text)
    assert (got, type(got)) == (value, int)


@pytest.mark.parametrize("value", ["1000", 1000, " 64 "])
def test_a_forgotten_unit(value: object) -> None:
    """Who types the megabytes that the help shows, without saying so, is asked, and loses nobody's marks."""
    wanted = rf"memory is {re.escape(repr(value))}, a number of bytes; say what it counts, such as \d+MB"
    with pytest.raises(GradingError, match=wanted):
        amount("memory", value)
    assert amount("calls", "1000") == 1000


@pytest.mark.parametrize("value", ["much", "-1", "", "1 TB", True, None, "1.2.3", "nan", "inf", [1]])
def test_no_amount(value: object) -> None:
    """What is no amount is said so, with what one looks like."""
    with pytest.raises(GradingError, match=rf"memory is {re.escape(repr(value))}; give an amount, such as 64MB"):
        amount("memory", value)
    wanted = rf"cell_seconds is {re.escape(repr(value))}; give a number that is not negative, such as 120"
    with pytest.raises(GradingError, match=wanted):
        amount("cell_seconds", value)


def test_what_is_wrong_in_the_configuration() -> None:
    """An unknown limit, one that is 0, and an unknown isolation are said in a sentence that names the setting."""
    with pytest.raises(GradingError, match=r"c.MCourse.limits: there is no limit 'cell_second'; did you mean cell_sec"):
        chosen(course(cell_second=3), {})
    with pytest.raises(GradingError, match=r"c.MCourse.limits: .*depth is 0; give a number greater than 0"):
        chosen(course(depth=0), {})
    with pytest.raises(GradingError, match=r"no setting c.MCourse.limit; there are limits, isolation"):
        chosen(Config({"MCourse": {"limit": {}}}), {})
    with pytest.raises(GradingError, match=r"c.MCourse.limits is 3; write the limits by name"):
        chosen(Config({"MCourse": {"limits": 3}}), {})
    with pytest.raises(GradingError, match=r"c.MCourse.isolation is 'none'; write one of 'namespaces', 'process'"):
        isolation(Config({"MCourse": {"isolation": "none"}}), None)
    assert isolation(Config({"MCourse": {"isolation": "process"}}), None) == "process"
    assert isolation(Config({"MCourse": {"isolation": "process"}}), "namespaces") == "namespaces"


def test_help_has_every_limit() -> None:
    """Help shows each limit with its meaning, its unit and what it is by itself, read from the table of limits."""
    said = " ".join(CliRunner().invoke(command, ["--help"]).output.split())
    for option in limit_options():
        assert option.opts[0] in said
        assert " ".join((option.help or "").split()) in said
    assert "--cell-seconds SECONDS Limit: time on the clock for one cell. [60 s]" in said
    assert "--memory SIZE Limit: bytes of address space for one process, beyond what it starts with. [1000 MB]" in said
    assert "--calls NUMBER" in said
    assert "[100,000]" in said


def test_a_limit_typed_wrong() -> None:
    """A limit that is typed wrong is answered before anything is opened."""
    said = CliRunner().invoke(command, ["ps1", "--memory", "much"])
    assert said.exit_code == 2
    assert "Invalid value for '--memory': memory is 'much'; give an amount" in said.output
    assert isinstance(limit_options()[0], click.Option)
