"""Objects of libraries that a test hands over, and figures that it looks at: copies, and the student's own."""

from __future__ import annotations

import functools
import io
from collections import UserDict
from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

from autograder.grading.sealed.trusted.packing import packed
from autograder.grading.sealed.untrusted.lending import unpacked

Run = Callable[..., dict[str, dict[str, Any]]]

ANSWER = """
import re
import matplotlib.pyplot as plt
from collections import ChainMap

def best(table, course):
    return table.execute("select name from marks where course = ? order by mark desc", (course,)).fetchone()[0]
def add(table):
    table.execute("insert into marks values ('Cem', 'art', 99)")
def lines(file): return len(file.read().splitlines())
def write(file): file.write("x")
def largest(key, values): return max(values, key=key)
def made(kind): return kind(a=1)
def sort(values): values.sort()
def draw():
    plt.figure()
    plt.plot([1, 2, 3])
    plt.title("Drawn")
def title(ax): ax.set_title("On")
def first(text): return re.search(r"(?P<word>[a-z]+)", text)
settings = ChainMap({"a": 1}, {"b": 2})
"""
TABLE = """
import sqlite3
table = sqlite3.connect(":memory:")
table.execute("create table marks (name text, course text, mark integer)")
table.executemany("insert into marks values (?, ?, ?)", [("Zoe", "art", 3), ("Yan", "art", 9)])
"""
RIGHT = [
    TABLE + "assert best(table, 'art') == 'Yan'",
    "import io\nassert lines(io.StringIO('a\\nb')) == 2",
    "import operator\nassert largest(operator.itemgetter(1), [(1, 2), (3, 1)]) == (1, 2)",
    "import functools\nassert largest(functools.partial(lambda a, b: -b, 1), [2, 3]) == 2",
    "from collections import UserDict\nassert isinstance(made(UserDict), UserDict) and made(UserDict)['a'] == 1",
    "import matplotlib.pyplot as plt\nplt.close('all')\ndraw()\nassert plt.gca().get_title() == 'Drawn'",
    "import matplotlib.pyplot as plt\nfor _ in range(2):\n    plt.close('all')\n    draw()\n"
    "    assert len(plt.get_fignums()) == 1 and len(plt.gcf().axes[0].lines) == 1",
    "import matplotlib.pyplot as plt\nplt.plot([1])\nassert len(plt.gca().lines) == 1",
    "m = first('  two words')\nassert m['word'] == m.group() == 'two' and m.span() == (2, 5) and not first('1')",
    "assert settings['a'] == 1 and len(settings) == 2",
    "# mcourse: in-place\nvalues = [2, 1]\nsort(values=values)\nassert values == [1, 2]",
]
DOUBTFUL = [
    (TABLE + "add(table)\nassert best(table, 'art') == 'Cem'", "changed an object of class Connection"),
    ("import io\nfile = io.StringIO()\nwrite(file)\nassert file.getvalue() == 'x'", "object of class StringIO"),
    (
        "import matplotlib.pyplot as plt\n_, ax = plt.subplots()\ntitle(ax)\nassert ax.get_title() == 'On'",
        "of class Axes",
    ),
    ("values = [2, 1]\nsort(values=values)\nassert values == [1, 2]", "changed its arguments"),
]


def test_what_works(run: Run) -> None:
    """A test hands over a library's objects, and sees the figure that it has had drawn."""
    tests = {f"test-{place}": source for place, source in enumerate(RIGHT)}
    out = run({"answer-a": "", **tests}, {"answer-a": ANSWER})
    wrong = [name for name in tests if mark(out[name]) != 2.0]
    assert not wrong, [(tests[name], printed(out[name]), out[name].metadata.get("mcourse")) for name in wrong]


def test_what_the_student_changes(run: Run) -> None:
    """What the student's code does to its copy a person is told of, where the test fails by that."""
    tests = {f"test-{place}": source for place, (source, _) in enumerate(DOUBTFUL)}
    out = run({"answer-a": "", **tests}, {"answer-a": ANSWER})
    for name, (source, reason) in zip(tests, DOUBTFUL, strict=True):
        assert mark(out[name]) == "manual", (source, printed(out[name]))
        assert reason in out[name].metadata.mcourse.manual


class Own:
    """Of this module, as a test's class is of its notebook."""


Own.__module__ = "__main__"


OWN = [Own(), Own, UserDict(a=Own()), UserDict(a=Own), lambda: 1, io, packed, [Own()], functools.partial(min, 42)]


@pytest.mark.parametrize("value", OWN)
def test_nothing_of_the_test_s_own(value: object) -> None:
    """An object that has anything in it which the test's own text defines stays with the test; so do functions."""
    assert packed(value) is None


def test_what_is_packed() -> None:
    """A library's object is made again of what it was made of."""
    told = packed(UserDict(a=[1, (2, {3})]))
    assert told is not None
    assert unpacked(*told) == {"a": [1, (2, {3})]}
