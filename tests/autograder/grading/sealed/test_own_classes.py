"""Classes of a student's own: their operators, comparisons and exceptions, and what they are derived from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasks import mark, printed

Run = Callable[..., dict[str, dict[str, Any]]]

ANSWER = """
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import matplotlib.pyplot as plt
import numpy as np


class Vector:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return Vector(self.x + o.x, self.y + o.y)
    def __iadd__(self, o): self.x += o.x; return self
    def __eq__(self, o): return isinstance(o, Vector) and (self.x, self.y) == (o.x, o.y)
    def __hash__(self): return hash((self.x, self.y))
    def __lt__(self, o): return self.x < o.x
    def __format__(self, spec): return f"<{self.x:{spec}}>"
    def moved(self): self.x += 1; return self

class Anything:
    def __init__(self, *parts): self.parts = parts
    def __add__(self, o): return self
    def __eq__(self, o): return True
    def __lt__(self, o): return True
    def __contains__(self, o): return True
    def equals(self, o): return True
    __hash__ = None

class Odd:
    def __eq__(self, o): return "yes"

@dataclass(order=True)
class Version:
    major: int
    parts: list = field(default_factory=list)

class Low(ValueError):
    code = 7
    def __init__(self, n, *, k=0): self.n, self.k = n, k
    def __str__(self): return f"{self.n} missing"
    @property
    def half(self): return self.n / 2

class Guard:
    def __enter__(self): return self
    def __exit__(self, kind, error, trace): self.kind, self.args = kind, error.args; return True

class Marks(dict):
    def mean(self): return sum(self.values()) / len(self)
class Names(list):
    def __iter__(self): return iter(["none"])
    def __repr__(self): return f"Names({list.__repr__(self)})"
class Word(str): ...
class Squares(Sequence):
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i): return [k * k for k in range(self.n)][i]

def low(): raise Low(4)
def things(): return Marks(a=1), Names([1, 2]), Word("hi")
def read(text): return json.loads(text)
def product(p, q): return p * q
def attempt(f, errors):
    try: return f()
    except errors: return "caught"
def axes():
    plt.plot([1])
    return plt.gca()
def anything(): return Anything()
def walk(n): return np.cumsum(np.random.randint(0, 9, n))
"""
RIGHT = [
    "assert Vector(1, 2) == Vector(1, 2) and Vector(1, 2) != Vector(1, 3) and (Vector(1, 2) == 3) is False",
    "assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6) and Vector(1, 2) + Vector(3, 4) != Vector(4, 7)",
    "assert max([Vector(3, 1), Vector(1, 1)]).x == 3 and sorted([Vector(3, 1), Vector(1, 1)])[0].x == 1",
    "assert len({Vector(1, 1), Vector(1, 1)}) == 1 and [Vector(2, 1), Vector(1, 1)].index(Vector(1, 1)) == 1",
    "v = Vector(1, 1)\nv += Vector(2, 2)\nassert (v.x, v.y) == (3, 1) and f'{v:.1f}' == '<3.0>'",
    "assert Version(1) < Version(1, [2]) < Version(2) and Version(1) == Version(1) and Version(1) != Version(3)",
    "try:\n    low()\n    assert False\nexcept Low as e:\n"
    "    assert (e.n, e.code, e.half, str(e)) == (4, 7, 2.0, '4 missing')",
    "try:\n    raise Low(3, k=2)\nexcept ValueError as e:\n    assert (e.k, e.code, str(e)) == (2, 7, '3 missing')",
    "try:\n    read('{')\nexcept ValueError as e:\n    assert e.pos == 1",
    "with Guard() as g:\n    1 / 0\nassert g.kind is ZeroDivisionError and g.args == ('division by zero',)",
    "m, n, w = things()\nassert m == {'a': 1} and m['a'] == 1 and m.mean() == 1 and 'a' in m and not 'b' in m\n"
    "assert n == [1, 2] and n[1] == 2 and len(n) == 2 and list(n) == ['none'] and str(n) == 'Names([1, 2])'\n"
    "assert w == 'hi' and w + 'x' == 'hix' and {w: 1}['hi'] == 1",
    "assert isinstance(things()[0], dict) and isinstance(things()[2], str) and isinstance(Names(), Names)",
    "from collections.abc import Sequence\ns = Squares(4)\n"
    "assert isinstance(s, Sequence) and issubclass(Squares, Sequence)\n"
    "assert list(s) == [0, 1, 4, 9] and 9 in s and s.index(4) == 2 and s",
    "def f():\n    raise KeyError\nassert attempt(f, KeyError) == attempt(f, (ValueError, LookupError)) == 'caught'",
    "assert len(axes().lines) == 1",
    "from matplotlib.axes import Axes\nassert isinstance(axes(), Axes) and len(axes().lines) == 2",
    "import numpy as np\nnp.random.seed(3)\na = walk(5)\nnp.random.seed(3)\nassert (walk(5) == a).all()",
    "v = Vector(1, 2)\nassert v.moved() == Vector(2, 2)",
    "assert Anything(1) == Anything(2)",  # as in one process: nothing else is asked of that class here
]
WRONG = [
    "assert Vector(1, 2) + Vector(3, 4) == Vector(4, 7)",
    "assert Vector(1, 2) == 3",
    "assert Vector(1, 2) >= Vector(1, 3)",
    "assert Marks(a=1) == {'a': 2}",
    "assert anything() == 3 and 1 == 2",
    "from matplotlib.axes import Axes\nassert isinstance(axes(), Axes) and axes().get_title() == 'Waves'",
]
DOUBTFUL = [
    ("assert anything() == 3", "passed by what an object of the student's class Anything"),
    ("assert 3 in anything()", "passed by what"),
    ("assert anything().equals(3)", "passed by what equals of an object"),
    ("assert Anything(1) + Anything(2) == Anything(3)", "passed by what"),
    ("v, w = Vector(1, 2), Vector(2, 2)\nassert v.moved() == w", "passed by what"),
    ("assert anything() < 5", "passed by what"),
    ("Odd() == Odd()", "answers with a str"),
    (
        "class Cells:\n    def __call__(self): ...\n    def __mul__(self, o): return 1\nproduct(Cells(), 2)",
        "mul of an object",
    ),
]


def test_as_in_one_process(run: Run) -> None:
    """What is asked of classes that the test names, and of what they are derived from, has the answer that it has."""
    tests = {f"test-{place}": source for place, source in enumerate(RIGHT + WRONG)}
    out = run({"answer-a": "", **tests}, {"answer-a": ANSWER})
    marks = [2.0] * len(RIGHT) + [0.0] * len(WRONG)
    found = [mark(out[name]) for name in tests]
    assert found == marks, [
        (tests[n], found[k], printed(out[n]), out[n].metadata.get("mcourse"))
        for k, n in enumerate(tests)
        if found[k] != marks[k]
    ]


def test_what_only_the_student_says(run: Run) -> None:
    """A test that passed by a student's own word on what the student's code returned is left to a person."""
    tests = {f"test-{place}": source for place, (source, _) in enumerate(DOUBTFUL)}
    out = run({"answer-a": "", **tests}, {"answer-a": ANSWER})
    for name, (source, reason) in zip(tests, DOUBTFUL, strict=True):
        assert mark(out[name]) == "manual", (source, printed(out[name]))
        assert reason in out[name].metadata.mcourse.manual
