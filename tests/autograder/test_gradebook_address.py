"""What is said about a gradebook that cannot be used: a sentence with something to do, and never the password."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from autograder.gradebook_address import CANNOT_OPEN, shown, unusable, without_password

ADDRESSES = [
    "postgresql+psycopg://ada:tulip@127.0.0.1:1/course",
    "postgresql+psycopg://ada:tulip@tulip@127.0.0.1:1/course",
    "postgresql+psycopg://ada:kiosk%40tulip@127.0.0.1:1/course",
    "postgresql+psycopg://ada@127.0.0.1:1/course?password=tulip",
    "postgresql+psycopg://ada@127.0.0.1:1/course?sslpassword=tulip",
    "postgresql+psycopg://ada:tulip@127.0.0.1:port/course",
    "postgresql+psycopg:/ada:tulip@127.0.0.1/course",
    "postgres://ada:tulip@127.0.0.1:1/course",
    "postgresql+nodriver://ada:tulip@127.0.0.1:1/course",
    "tulip",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_password(address: str) -> None:
    """Whatever is wrong with an address or the server behind it, one sentence says so without the password."""
    with pytest.raises(CANNOT_OPEN) as raised:
        create_engine(address).connect()
    said = unusable(address, raised.value)
    assert "tulip" not in said + shown(address)
    assert said.count("\n") == 0
    assert "db_url" in said or "The gradebook postgres" in said


def test_what_a_driver_repeats() -> None:
    """A driver that repeats the address has the password taken out, as it is and as the address spells it."""
    address = "postgresql+psycopg://ada:kiosk%40tulip@host/course"
    text = "cannot parse ada:kiosk%40tulip@host; password kiosk@tulip is wrong"
    assert without_password(text, address) == "cannot parse ada:***@host; password *** is wrong"
    said = unusable(address, OperationalError("select 1", {}, Exception(text)))
    assert "kiosk" not in said
    assert "(cannot parse ada:***@host; password *** is wrong)" in said


def test_no_driver() -> None:
    """Where the driver is not installed, the sentence names what to install."""
    address = "postgresql+psycopg://ada@host/course"
    error = ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
    assert unusable(address, error) == (
        f"The gradebook {address} needs psycopg, which is not installed; "
        "install it with: pip install 'mcourse[postgres]'"
    )


def test_no_address() -> None:
    """What is no address is answered with an example of one."""
    with pytest.raises(CANNOT_OPEN) as raised:
        create_engine("gradebook.db")
    assert unusable("gradebook.db", raised.value) == (
        "CourseDirectory.db_url is not an address of a database; write it as postgresql+psycopg://USER@HOST/DATABASE"
    )
