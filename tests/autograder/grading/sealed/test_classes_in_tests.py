"""Classes and objects, the student's and the instructor's, in a test: they are what they are, and equal no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, Any]]


ACCOUNT = """\
class Account:
    rate = 0.5
    def __init__(self, owner, balance=0):
        self.owner, self.balance = owner, balance
    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amount")
        self.balance += amount
    def __add__(self, other):
        return Account(self.owner, self.balance + other.balance)
    def __len__(self):
        return self.balance
    def __iter__(self):
        yield from (self.owner, self.balance)
"""


@pytest.mark.parametrize(
    ("test", "wanted"),
    [
        ('a = Account("x", balance=1)\na.deposit(2)\nassert a.balance == 3 and a.owner == "x"', 2.0),
        ('assert Account.rate == 0.5 and Account.__name__ == "Account"', 2.0),
        ('assert isinstance(Account("x"), Account)', 2.0),
        ('assert (Account("x", 1) + Account("y", 2)).balance == 3', 2.0),
        ('assert len(Account("x", 3)) == 3 and list(Account("x", 3)) == ["x", 3]', 2.0),
        ('a = Account("x")\na.balance = 7\nassert a.balance == 7', 2.0),
        ('try:\n    Account("x").deposit(-1)\n    1/0\nexcept ValueError as e:\n    assert str(e) == "amount"', 2.0),
        ('assert Account("x").balance == 1', 0.0),
        ('assert Account("x") == Account("x")', 0.0),
        ('a = Account("x")\nassert a == a', "manual"),
        ('assert Account("x")', 0.0),
        ('assert Account("x", 3) and not Account("x")', 2.0),
        ('assert Account("x") in [1, 2]', 0.0),
        ('assert hasattr(Account("x"), "owner") and not hasattr(Account("x"), "other")', 2.0),
    ],
)
def test_a_class(run: Run, test: str, wanted: object) -> None:
    """A student's class works in a test."""
    out = run({"answer-a": "class Account: ...", "test-a": test}, {"answer-a": ACCOUNT})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])


@pytest.mark.parametrize(
    "answer",
    [
        "class Zero:\n    __sub__ = __rsub__ = lambda s, o: 0.0\nroot = Zero()",
        "class Zero(float):\n    __sub__ = __rsub__ = lambda s, o: 0.0\nroot = Zero()",
        "import numpy as np\nclass Zero(np.ndarray):\n    __sub__ = __rsub__ = lambda s, o: 0.0\n"
        "root = np.zeros(()).view(Zero)",
        "from unittest.mock import MagicMock\nroot = MagicMock()\nroot.__rsub__.return_value = 0.0\n"
        "root.__sub__.return_value = 0.0",
        "class Same:\n    __eq__ = lambda s, o: True\n    __float__ = lambda s: 0.0\n    __abs__ = lambda s: 0\n"
        "root = Same()",
        "class Same(str):\n    __eq__ = lambda s, o: True\nroot = Same()",
        "class Same(list):\n    __eq__ = lambda s, o: True\nroot = Same()",
    ],
)
@pytest.mark.parametrize(
    "test", ["assert abs(root - 2**0.5) < 1e-9", "assert root == 2**0.5", "assert abs(2**0.5 - root) < 1e-9"]
)
def test_objects_that_equal_everything(run: Run, answer: str, test: str) -> None:
    """An object of a class that the test does not name is no number, however it behaves."""
    out = run({"answer-root": "root = ...", "test-root": test}, {"answer-root": answer})
    assert mark(out["test-root"]) in ("manual", 0.0), printed(out["test-root"])


def test_given_classes(run: Run) -> None:
    """A class of the instructor's is the same in both processes: its instances cross, and students derive from it."""
    cells = {
        "given-a": "class Shape:\n    def area(self):\n        raise NotImplementedError\n"
        "class Poor(Exception):\n    pass",
        "answer-a": "class Square(Shape): ...",
        "test-a": "assert issubclass(Square, Shape) and isinstance(Square(2), Shape)\nassert Square(2).area() == 4",
        "test-b": "try:\n    pay(1)\n    1/0\nexcept Poor as e:\n    assert e.args == ('x',)",
        "test-c": "try:\n    pay(2)\nexcept Poor as e:\n    assert type(e).__name__ == 'Poorer'\nelse:\n    1/0",
        "test-d": "assert type(make()) is Shape and make().side == 3",
    }
    answer = (
        "class Square(Shape):\n    def __init__(self, s):\n        self.s = s\n    def area(self):\n"
        "        return self.s**2\n"
        "class Poorer(Poor):\n    pass\ndef pay(n):\n    raise (Poor if n == 1 else Poorer)('x')\n"
        "def make():\n    s = Shape()\n    s.side = 3\n    return s"
    )
    out = run(cells, {"answer-a": answer})
    for name in ("test-a", "test-b", "test-c", "test-d"):
        assert mark(out[name]) == 2.0, (name, printed(out[name]))


def test_abstract_given_class(run: Run) -> None:
    """Deriving from an abstract class of the instructor's is seen by ``isinstance``."""
    cells = {
        "given-a": "import abc\nclass Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...",
        "answer-a": "",
        "test-a": "assert isinstance(Square(), Shape) and issubclass(Square, Shape) and Square().area() == 1",
    }
    out = run(cells, {"answer-a": "class Square(Shape):\n    def area(self):\n        return 1"})
    assert mark(out["test-a"]) == 2.0, printed(out["test-a"])


PLACE = """
from dataclasses import dataclass
from functools import cached_property

@dataclass
class Place:
    x: float = 0
    tolerance = 1e-9
    visits = 0
    note = ""
    @cached_property
    def distance(self): return abs(self.x)
    def visit(self): self.visits += 1; return self
    def __eq__(self, other): return abs(self.x - other.x) < self.tolerance
"""


@pytest.mark.parametrize(
    ("answer", "test", "wanted"),
    [
        ("return Place(x).visit()", "place = f(3)\nassert place == Place(3) and place.visits == 1", 2.0),
        ("place = Place(-x)\n    place.distance\n    return place", "assert f(3).distance == 3", 2.0),
        ("place = Place(x)\n    place.note = 'here'\n    return place", "assert f(3).note == 'here'", 2.0),
        ("place = Place(0)\n    vars(place)['distance'] = 3\n    return place", "assert f(3).distance == 3", 0.0),
        ("place = Place(0)\n    place.tolerance = 9\n    return place", "assert f(3) == Place(3)", "manual"),
    ],
)
def test_what_a_given_class_keeps(run: Run, answer: str, test: str, wanted: float | str) -> None:
    """An object has its own values where the instructor's class sets them; what the class only reads is the class's."""
    out = run({"given-a": PLACE, "answer-f": "", "test-a": test}, {"answer-f": f"def f(x):\n    {answer}"})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])
