"""Ways in which real courses ask: each works across two processes, or a person is told why it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, dict[str, Any]]]

COUNTED = """\
import functools
def counted(f):
    @functools.wraps(f)
    def inner(*args):
        inner.calls += 1
        return f(*args)
    inner.calls = 0
    return inner
"""
NUMBER = """\
def number():
    while True:
        try:
            return int(input("Number: "))
        except ValueError:
            print("no number")
"""
DOG = """\
class Dog:
    "A dog."
    legs = 4
    def __init__(self, name, age=1):
        "Name it."
        self.name, self._age, self.tricks = name, age, []
class Puppy(Dog):
    pass
"""
PAIR = "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\ndef swap(p):\n    return Pair(p.b, p.a)"
COLOURS = "from enum import Enum\nclass Colour(Enum):\n    RED = 1\n    GREEN = 2"
MONEY = """\
class Money:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
    def more(self): return Money(self.n + 1)
"""
TICK = "calls = 0\nlog = []\ndef tick(x):\n    global calls\n    calls += 1\n    log.append(x)"

WORKING = [
    (COUNTED, "@counted\ndef add(a):\n    'Adds.'\n    return a\nadd(1)\n"
     "assert (add.calls, add.__doc__) == (1, 'Adds.')"),
    (COUNTED, "f = counted(abs)\nf.calls = 5\nassert f(-1) == 1 and f.calls == 6 and not hasattr(f, 'other')"),
    (NUMBER, "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['x', '7']) as asked:\n"
     "    assert number() == 7\nasked.assert_called_with('Number: ')"),
    (NUMBER, "def input(prompt=''):\n    return '5'\nassert number() == 5"),
    (NUMBER, "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['x', '7']), \\\n"
     "     patch('builtins.print') as said:\n    number()\nsaid.assert_called_once_with('no number')"),
    ("def greet(name='you', *, times=1):\n    print('Hello', name)",
     "assert greet.__code__.co_kwonlyargcount == 1 and greet.__defaults__ == ('you',)"),
    ("def half(x: int) -> float:\n    return x / 2", "assert half.__annotations__ == {'x': int, 'return': float}"),
    ("def greet(): print('Hello')", "%%capture caught\ngreet()"),
    (DOG, "assert Dog.__doc__ == 'A dog.' and Dog.__init__.__doc__ == 'Name it.' and Puppy.__bases__ == (Dog,)"),
    (DOG, "import inspect\nassert list(inspect.signature(Dog).parameters) == ['name', 'age']"),
    (DOG, "d = Dog('a', 2)\nassert d._age == 2 and d and d in [Dog('b'), d] and Dog('b') != d and len({d, d}) == 1"),
    (DOG, "Dog.legs = 3\nd = Dog('a')\nassert d.legs == 3\ndel d.name\nassert not hasattr(d, 'name')"),
    (DOG, "import copy\nd = Dog('a')\ne = copy.deepcopy(d)\ne.name = 'b'\nassert d.name == 'a'"),
    (PAIR, "p = swap(Pair(1, b=2))\na, b = p\nassert isinstance(p, tuple) and p == (2, 1) and p[0] == p.a == a"),
    (PAIR, "assert Pair._fields == ('a', 'b') and isinstance(swap(Pair(1, 2)), Pair)"),
    (COLOURS, "from enum import Enum\n"
     "assert [c.name for c in Colour] == ['RED', 'GREEN'] and issubclass(Colour, Enum)"),
    (COLOURS, "assert len(Colour) == 2 and Colour(2) is Colour.GREEN and Colour['RED'].value == 1"),
    ("def evens(n):\n    yield from range(0, n, 2)",
     "import inspect, types\nassert isinstance(evens(3), types.GeneratorType) and 2 in evens(5)\n"
     "assert inspect.isgeneratorfunction(evens)"),
    ("async def fetch(n):\n    return 2 * n", "import inspect\nassert inspect.iscoroutinefunction(fetch)\n"
     "assert await fetch(3) == 6"),
    ("async def count(n):\n    for k in range(n):\n        yield k",
     "found = []\nasync for k in count(3):\n    found.append(k)\n"
     "assert found == [k async for k in count(3)] == [0, 1, 2]"),
    ("def attempt(f):\n    try:\n        return f()\n    except KeyError as e:\n        return e.args",
     "def refuse():\n    raise KeyError('k')\nassert attempt(refuse) == ('k',)"),
    ("def lines(path):\n    return len(open(path).readlines())",
     "import pathlib, tempfile\npath = pathlib.Path(tempfile.mkdtemp()) / 'a.txt'\npath.write_text('1\\n2\\n')\n"
     "assert lines(path) == 2"),
    (MONEY, "assert type(Money(1)) is Money and type(Money(1).more()) == Money and Money(1).__class__ is Money\n"
     "assert not callable(Money(1)) and not hasattr(Money(1), '__or__')"),
    ("class Tally(dict):\n    def total(self):\n        return sum(self.values())",
     "t = Tally(a=1)\nassert type(t) is Tally and isinstance(t, dict) and t == {'a': 1} and t.total() == 1"),
    ("def lines(path):\n    return len(open(path).readlines())",
     "try:\n    lines('none.txt')\nexcept FileNotFoundError as error:\n"
     "    assert error.filename == 'none.txt' and 'none.txt' in str(error) and error.errno == 2\n"
     "else:\n    raise AssertionError"),
    ("from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Point:\n    x: int",
     "from dataclasses import FrozenInstanceError\np = Point(1)\ntry:\n    p.x = 2\nexcept FrozenInstanceError:\n"
     "    pass\nelse:\n    raise AssertionError"),
    ("import sqlite3\ndef ask(text):\n    return sqlite3.connect(':memory:').execute(text)",
     "import sqlite3\ntry:\n    ask('selct 1')\nexcept sqlite3.OperationalError as error:\n"
     "    assert 'syntax' in str(error)\nelse:\n    raise AssertionError"),
    ("def depth(n):\n    return n and 1 + depth(n - 1)",
     "import sys\nsys.setrecursionlimit(5000)\nassert depth(3000) == 3000\nsys.setrecursionlimit(1000)\n"
     "try:\n    depth(2000)\nexcept RecursionError:\n    pass\nelse:\n    raise AssertionError"),
    ("from functools import lru_cache, partial\n@lru_cache\ndef fib(n):\n"
     "    return n if n < 2 else fib(n - 1) + fib(n - 2)\ntwice = partial(pow, 2)",
     "from functools import partial\nassert fib(30) == 832040 and fib.cache_info().misses == 31\n"
     "assert isinstance(twice, partial) and twice.args == (2,) and twice(3) == 8"),
    ("def size(path):\n    return len(path.name)", "from pathlib import Path\nassert size(Path('x') / 'abc') == 3"),
    ("def draw(values, state):\n    return state.choice(values)", "import numpy as np\nr = np.random.RandomState\n"
     "assert draw([1, 2, 3], r(1)) == r(1).choice([1, 2, 3])"),
    ("def double(x):\n    return 2 * x", "from concurrent.futures import ThreadPoolExecutor\n"
     "with ThreadPoolExecutor(2) as pool:\n    assert list(pool.map(double, range(4))) == [0, 2, 4, 6]"),
    ("from concurrent.futures import ThreadPoolExecutor\ndef each(f, values):\n"
     "    with ThreadPoolExecutor(2) as pool:\n        return list(pool.map(f, values))",
     "assert each(lambda x: x + 1, range(20)) == list(range(1, 21))"),
    (MONEY, "assert Money(1) == Money(1)"),
    (MONEY + "    __hash__ = lambda self: self.n", "assert len({Money(1), Money(1)}) == 1"),
    ("class Text(str):\n    pass\nt = Text('a')", "assert isinstance(t, str)"),
    ("speed = 3", "assert 'speed' in globals() and eval('speed + 1') == 4 and 'other' not in globals()"),
    ("kinds = {'a': int}", "assert kinds['a'] is int and kinds is not None"),
    ("a = [1]\nb = a\nc = a[:]", "assert a is b and a is not c\na.append(2)\nassert b == [1, 2] and c == [1]"),
    ("import sympy as sp\nx = sp.Symbol('x')\ns = sp.series(sp.sin(x), x, 0, 4)",
     "assert s == x - x**3 / 6 + sp.O(x**4)"),
]  # fmt: skip
DOUBTFUL = [
    (TICK, "calls = 0\ntick(1)\nassert calls == 1\ncalls = 5\ntick(1)\nassert calls == 6", "binds calls"),
    (TICK, "tick(1)\nlog.clear()\ntick(5)\nassert log == [5]", "changes log"),
    (DOG, "d = Dog('a')\nd.tricks.append(1)\nassert d.tricks == [1]", "copy"),
    (DOG, "class Cat(Dog):\n    pass\nassert Cat('a').name == 'a'", "derives"),
    (DOG, "assert 'legs' in vars(Dog)", "mappingproxy"),
    (MONEY, "m = Money(2)\nassert Money(1).more() == m", "__eq__"),
    ("def same(x):\n    return x", "a = [1]\nassert same(a) is a", "one and the same"),
    ("def copied(x):\n    return x", "a = [1]\nassert copied(a) is not a", "one and the same"),
    ("import random\ndef throw():\n    return random.randint(1, 6)",
     "from unittest.mock import patch\nwith patch('random.randint', return_value=99):\n    assert throw() == 99",
     "module"),
    ("import warnings\ndef old():\n    warnings.warn('old')",
     "import warnings\nwith warnings.catch_warnings(record=True) as caught:\n    old()\nassert caught", "warnings"),
    ("def area(shape):\n    return shape.area()",
     "from unittest.mock import Mock\nassert area(Mock(**{'area.return_value': 3})) == 3", "hands over"),
    ("def add(path):\n    open(path, 'a').write('b')",
     "open('a.txt', 'w').write('a')\nadd('a.txt')\nassert open('a.txt').read() == 'ab'", "changed a.txt"),
    ("def grid(n):\n    return [[0] * n] * n", "g = grid(2)\ng[0][0] = 1\nassert g[1][0] == 0", "in several places"),
    ("def note(path):\n    open(path, 'w').write('1')",
     "import os\nos.mkdir('below')\nnote('below/a.txt')\nassert open('below/a.txt').read() == '1'",
     "looks for"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "test"), WORKING)
def test_what_works(run: Run, answer: str, test: str) -> None:
    """What crosses by value, is asked for, or is called back, is as in one process."""
    out = run({"answer-a": "", "test-a": test}, {"answer-a": answer})
    assert mark(out["test-a"]) == 2.0, (printed(out["test-a"]), out["test-a"].metadata.get("mcourse"))


@pytest.mark.parametrize(("answer", "test"), WORKING)
def test_nothing_written_is_worth_nothing(run: Run, answer: str, test: str) -> None:
    """Where nothing has been written, nobody needs to look."""
    out = run({"answer-a": "", "test-a": test}, {"answer-a": "raise NotImplementedError()"})
    assert mark(out["test-a"]) == 0.0 or test.startswith("%%capture")


@pytest.mark.parametrize(("answer", "test", "reason"), DOUBTFUL)
def test_what_is_doubtful(run: Run, answer: str, test: str, reason: str) -> None:
    """A right answer that two processes cannot decide is left to a person, who is told why."""
    out = run({"answer-a": "", "test-a": test}, {"answer-a": answer})
    assert mark(out["test-a"]) == "manual", printed(out["test-a"])
    assert reason in out["test-a"].metadata.mcourse.manual


def test_given_things(run: Run) -> None:
    """What the instructor gives is known on both sides: a class in a cell that is not locked, and what is no data."""
    given = (
        "import sqlite3\nclass Point:\n    def __init__(self, x):\n        self.x = x\n"
        "pets = sqlite3.connect(':memory:')\npets.execute('create table t (n integer)')\n"
        "pets.execute('insert into t values (3)')\nclass Herd:\n    size = 0"
    )
    cells = {
        "plain-1": given.replace("pets", "_pets").replace("Herd", "_Herd"),
        "given-a": given.replace("Point", "_Point"),
        "answer-a": "",
        "test-a": "assert moved(Point(1)).x == 2 and isinstance(moved(Point(1)), Point)",
        "test-b": "assert count(pets) == [(3,)]",
        "test-c": "p = Point(1)\npush(p)\nassert p.x == 5",
        "test-d": "# mcourse: in-place\np = Point(1)\npush(p)\nassert p.x == 5",
        "test-e": "grow()\nassert Herd.size == 1",
    }
    answer = (
        "def moved(p):\n    return Point(p.x + 1)\ndef count(db):\n"
        "    return db.execute('select n from t').fetchall()\n"
        "def push(p):\n    p.x = 5\ndef grow():\n    Herd.size += 1"
    )
    out = run(cells, {"plain-1": cells["plain-1"], "answer-a": answer})
    marks = [mark(out[f"test-{name}"]) for name in "abcde"]
    assert marks == [2.0, 2.0, "manual", 2.0, "manual"], [printed(out[f"test-{name}"]) for name in "abcde"]


def test_figures_of_tests(run: Run) -> None:
    """What a test has an answer draw is not shown in the next answer's cell."""
    cells = {"answer-a": "", "test-a": "assert draw().get_title() == 'Bars'", "answer-b": ""}
    draw = "import matplotlib.pyplot as plt\ndef draw():\n    plt.figure()\n    plt.title('Bars')\n    return plt.gca()"
    out = run(cells, {"answer-a": draw, "answer-b": "x = 1"})
    assert mark(out["test-a"]) == 2.0, printed(out["test-a"])
    assert not out["answer-b"].outputs
