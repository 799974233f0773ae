"""Whole notebooks through the sealed executor: right answers earn their marks, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, Any]]

SQUARE = {
    "given-import": "import numpy as np",
    "answer-square": "def square(x):\n    raise NotImplementedError",
    "test-square": "assert square(3) == 9\nassert np.allclose(square(np.array([1.0, 2.0])), [1.0, 4.0])",
}


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("def square(x):\n    return x * x", 2.0),
        ("square = lambda x: x**2", 2.0),
        ("import numpy\nsquare = numpy.square", 2.0),
        ("class S:\n    def __call__(self, x):\n        return x * x\nsquare = S()", 2.0),
        ("def square(x):\n    return 2 * x", 0.0),
        ("def square(x):\n    raise NotImplementedError", 0.0),
        ("", 0.0),
        ("def square(x)\n    return", 0.0),
        ("import os\ndef square(x):\n    os._exit(0)", 0.0),
    ],
)
def test_a_function(run: Run, answer: str, wanted: float) -> None:
    """A function of the student's is called across the processes; wrong, missing and dying ones fail."""
    assert mark(run(SQUARE, {"answer-square": answer})["test-square"]) == wanted


VALUES = {
    "answer-values": "n = ...\nlist_ = ...\narray = ...\ntext = ...",
    "test-values": "assert n == 3 and list_ == [1, (2,)] and array.shape == (2, 2) and text == 'ü'",
}


def test_values(run: Run) -> None:
    """Numbers, containers, arrays and texts that an answer binds are there in the test."""
    answer = "import numpy\nn, list_, array, text = 3, [1, (2,)], numpy.eye(2), 'ü'"
    assert mark(run(VALUES, {"answer-values": answer})["test-values"]) == 2.0


def test_a_given_cell_is_in_both_processes(run: Run) -> None:
    """What the instructor defines is there for answer and test, and the student cannot change the test's."""
    cells = {
        "given-data": "data = [1, 2, 3]\ndef helper(x):\n    return x + len(data)",
        "answer-total": "total = ...",
        "test-total": "assert helper(1) == 4\nassert total == sum(data)",
    }
    honest = run(cells, {"answer-total": "total = helper(0) + 3"})
    assert mark(honest["test-total"]) == 2.0
    cheat = run(cells, {"answer-total": "data.clear()\nhelper = lambda x: 4\ntotal = 0"})
    assert mark(cheat["test-total"]) == 0.0


def test_plain_cells_of_the_instructor(run: Run) -> None:
    """A cell of the instructor's that nbgrader does not know by name is run for the tests, whatever became of it."""
    cells = {"plain-1": "import math", "answer-root": "root = ...", "test-root": "assert root == math.sqrt(4)"}
    assert mark(run(cells, {"answer-root": "root = 2.0"})["test-root"]) == 2.0


def test_one_cell_dies(run: Run) -> None:
    """A cell that ends its process costs that cell: those below find what those above have defined."""
    cells = {
        "answer-a": "",
        "answer-b": "",
        "test-a": "assert a == 1",
        "test-b": "assert b == 2",
        "answer-c": "",
        "test-c": "assert c == 3",
    }
    out = run(cells, {"answer-a": "a = 1", "answer-b": "import os\nb = 2\nos._exit(3)", "answer-c": "c = a + 2"})
    assert [mark(out[f"test-{name}"]) for name in "abc"] == [2.0, 0.0, 2.0]
    assert "ended its process" in printed(out["answer-b"])
    assert "run again" in printed(out["answer-b"])


@pytest.mark.parametrize("ending", ["exit()", "quit()", "raise SystemExit", "import sys\nsys.exit(1)"])
def test_exit(run: Run, ending: str) -> None:
    """``exit()`` ends its cell and nothing else."""
    cells = {"answer-a": "", "answer-b": "", "test-a": "assert a == 1"}
    out = run(cells, {"answer-a": f"a = 1\n{ending}", "answer-b": "b = a"})
    assert mark(out["test-a"]) == 2.0
    assert not out["answer-b"].outputs


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        ("0.5", 0.5),
        ("1", 1.0),
        ("2.0000000000000004", 2.0),
        ("import numpy as np; np.float64(0.5)", 0.5),
        ("None", 2.0),
        ("0.0", 0.0),
        ("print('x')", 2.0),
        ("import sys; print('careful', file=sys.stderr)", 2.0),
        ("float('nan')", "manual"),
        ("-1", "manual"),
        ("3.5", "manual"),
        ("float('inf')", "manual"),
        ("True", "manual"),
        ("'0.5'", "manual"),
        ("object()", "manual"),
        ("assert False", 0.0),
        ("raise KeyboardInterrupt", 0.0),
    ],
)
def test_last_value(run: Run, last: str, wanted: object) -> None:
    """A number in range is the mark, nothing is full marks, an error is none, and anything else is for a person."""
    assert mark(run({"test-it": last}, {})["test-it"]) == wanted


def test_reasons_are_sentences(run: Run) -> None:
    """What goes to a person says why."""
    out = run({"test-it": "3.5"}, {})
    assert out["test-it"].metadata.mcourse.manual == "The test gives 3.5 points, and the cell is worth 2."


def test_magics(run: Run) -> None:
    """Magics that a notebook begins with do what they do, which here is nothing."""
    cells = {"plain-1": "%matplotlib inline\nimport numpy as np", "answer-a": "a = ...", "test-a": "assert a == np.pi"}
    out = run(cells, {"answer-a": "%matplotlib inline\nimport math\na = math.pi"})
    assert mark(out["test-a"]) == 2.0, printed(out["test-a"])
    assert not out["answer-a"].outputs


def test_commands(run: Run) -> None:
    """What a command of the system's says is shown in the cell, names of the cell's filled in, and as a list too."""
    answer = "name = 'world'\n!echo hello {name}; echo oops >&2\nlines = !echo a; echo b\nlines = list(lines)\n!exit 3"
    out = run({"answer-a": "", "test-a": "assert lines == ['a', 'b'] and name == 'world'"}, {"answer-a": answer})
    assert printed(out["answer-a"]) == "hello world\noops\n"
    assert mark(out["test-a"]) == 2.0


def test_the_assignments_files(run: Run) -> None:
    """A test that fails and speaks of a file that it has itself fails for no want of a file."""
    cells = {"answer-read": "", "test-read": "assert read('numbers.csv') == 6"}
    out = run(cells, {"answer-read": "def read(path): return 0"}, own_files={"numbers.csv": b"1,2,3"})
    assert mark(out["test-read"]) == 0.0


def test_figures(run: Run) -> None:
    """A figure is in the notebook that comes out."""
    out = run({"answer-a": ""}, {"answer-a": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"})
    assert any("image/png" in output.get("data", {}) for output in out["answer-a"].outputs)


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


def test_globals_that_a_call_changes(run: Run) -> None:
    """What a call binds or changes among the student's names is seen by the test at once."""
    cells = {
        "answer-a": "count = 0\nlog = []",
        "test-a": "before = count\ntick()\nassert count == before + 1\ntick()\nassert log == [1, 2] and count == 2",
    }
    answer = "count = 0\nlog = []\ndef tick():\n    global count\n    count += 1\n    log.append(count)"
    out = run(cells, {"answer-a": answer})
    assert mark(out["test-a"]) == 2.0, printed(out["test-a"])


@pytest.mark.parametrize(
    "answer",
    [
        "def f(x):\n    global x0, want\n    x0 = want = 0\n    return 0",  # names of the test, bound by a call
        "want = 0\ndef f(x):\n    return 0",  # and bound before it
        "x0 = 0\nwant = 0\ndef f(x):\n    raise ValueError",  # the first test fails before it binds them
    ],
)
def test_names_of_tests(run: Run, answer: str) -> None:
    """A name that a test binds is never the student's to bind, not even where the test fails before it does."""
    cells = {
        "answer-f": "def f(x): ...",
        "test-1": "x0 = 3\ny = f(x0)\nwant = x0 + 1\nassert y == want",
        "test-2": "assert f(0) == want if 'f' else 0\nassert want == 4",
        "test-3": "assert want == 0",
    }
    out = run(cells, {"answer-f": answer})
    assert [mark(out[f"test-{k}"]) for k in (1, 2, 3)] == [0.0, 0.0, 0.0]


def test_a_comprehension_in_a_test_binds_nothing(run: Run) -> None:
    """Its variable may be called as an answer is, and the tests below still read the answer."""
    cells = {
        "answer": "y = 0",
        "test-one": "assert [x for x in 'ab'] == ['a', 'b'] and {x: 1 for x in 'a'}",
        "test-two": "assert x == 5, x",
    }
    ran = run(cells, {"answer": "y = 0\nx = 5"})
    assert (mark(ran["test-one"]), mark(ran["test-two"])) == (2.0, 2.0)


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


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ("def save():\n    open('out.txt', 'w').write('1')", "save()\nassert open('out.txt').read() == '1'"),
        ("def save():\n    open('out.txt', 'w').write('1')", "import os\nsave()\nassert os.path.exists('out.txt')"),
        ("def f(x):\n    x.append(1)", "a = []\nf(a)\nassert a == [1]"),
        ("def f(x):\n    return x", "import inspect\nassert 'return' in inspect.getsource(f)"),
        ("def f(x):\n    return x", "assert f.__code__.co_consts"),
        ("a = 1", "assert 'a' in In[1]"),
    ],
)
def test_what_cannot_be_done_across_processes(run: Run, answer: str, test: str) -> None:
    """What needs both sides in one process is for a person, with a reason; never 0, never full."""
    out = run({"answer-a": "", "test-a": test}, {"answer-a": answer})
    assert mark(out["test-a"]) == "manual", printed(out["test-a"])
    assert len(out["test-a"].metadata.mcourse.manual) > 20


def test_an_error_of_an_answer_in_a_test_shows_the_line_of_the_answer(run: Run) -> None:
    """What stands between the two processes says nothing to a student."""
    out = run({"answer-f": "", "test-f": "x = 0\nf(x)", "test-g": "f()"}, {"answer-f": "def f(x):\n    return 1 / x"})
    text = printed(out["test-f"])
    assert "line 2, in <module>\n    f(x)\nin the answer\n    return 1 / x\nZeroDivisionError" in text
    assert "TypeError: f() missing 1" in printed(out["test-g"])
    assert ".py" not in text + printed(out["test-g"])


USES = "def g():\n    return 1\ndef f():\n    return g()"
TAKES_AWAY = "own = g\ndel g\ntry:\n    f()\nexcept NameError:\n    pass\nelse:\n    raise AssertionError\n"


@pytest.mark.parametrize(
    ("answer", "test", "wanted"),
    [
        (USES, f"{TAKES_AWAY}finally:\n    g = own\nassert f() == 1", 2.0),
        (USES.replace("return g()", "return 1"), f"{TAKES_AWAY}finally:\n    g = own", 0.0),
        (USES, "del g\ntry:\n    f()\nexcept NameError:\n    pass\nelse:\n    raise AssertionError", 2.0),
        (USES, "def g():\n    return 2\nassert f() == 2", "manual"),
        (USES, "def g():\n    return 1\nassert f() == 1", "manual"),
        (USES, "g = lambda: 2", 2.0),
        (USES, "assert g() == 1\nh = g\nassert f() == h()", 2.0),
    ],
)
def test_a_function_that_a_test_takes_away(run: Run, answer: str, test: str, wanted: float | str) -> None:
    """What a test takes away is gone for its calls too; what it has instead a person looks at. Tests below go on."""
    cells = {"answer-a": "def g():\n    ...\ndef f():\n    ...", "test-a": test, "test-b": "assert f() == 1"}
    out = run(cells, {"answer-a": answer})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])
    assert mark(out["test-b"]) == 2.0


def test_in_place(run: Run) -> None:
    """A test that says so gets back what the student's code did to its arguments."""
    cells = {"answer-a": "", "test-a": "# mcourse: in-place\na = [2, 1]\nf(a)\nassert a == [1, 2]"}
    assert mark(run(cells, {"answer-a": "def f(x):\n    x.sort()"})["test-a"]) == 2.0


def test_seeds(run: Run) -> None:
    """A seed that a test sets counts for the student's code, and that code cannot set the test's."""
    cells = {
        "answer-a": "",
        "test-a": "import random\nrandom.seed(3)\nwant = [random.random() for _ in range(3)]\nrandom.seed(3)\n"
        "assert [throw(), throw(), throw()] == want",
        "test-b": "import numpy as np\nnp.random.seed(3)\nwant = np.random.rand(2)\nnp.random.seed(3)\n"
        "assert np.all(draw(2) == want)",
        "test-c": "assert sample(np.random.default_rng(5)) == np.random.default_rng(5).random()",
        "test-d": "import random\nrandom.seed(4)\nwant = random.random()\nrandom.seed(4)\nreseed()\n"
        "assert random.random() == want",
    }
    answer = (
        "import random\nimport numpy as np\ndef throw():\n    return random.random()\ndef draw(n):\n"
        "    return np.random.rand(n)\ndef sample(rng):\n    return rng.random()\ndef reseed():\n    random.seed(0)"
    )
    out = run(cells, {"answer-a": answer})
    for name in "abcd":
        assert mark(out[f"test-{name}"]) == 2.0, printed(out[f"test-{name}"])


def test_death_while_a_test_calls(run: Run) -> None:
    """An answer that ends its process when a test calls it costs that test; the next ones find everything."""
    cells = {
        "answer-f": "def f(): ...",
        "test-f": "assert f() == 1",
        "test-g": "assert g() == 2",
        "answer-h": "def h(): ...",
        "test-h": "assert h() == 3",
    }
    answers = {
        "answer-f": "import os\ndef f():\n    os._exit(1)\ndef g():\n    return 2",
        "answer-h": "def h():\n    return g() + 1",
    }
    out = run(cells, answers)
    assert [mark(out[f"test-{name}"]) for name in "fgh"] == [0.0, 2.0, 2.0]
    assert not out["answer-h"].outputs


def test_the_seed_is_not_told(run: Run) -> None:
    """The student's process knows for whom variants are drawn, and not what the tests draw from."""
    cells = {"answer-a": "", "test-a": "import os\nassert seen == [None, 'bob'] and os.environ['MC_SEED'] == '1'"}
    answer = "import os\nseen = [os.environ.get(name) for name in ('MC_SEED', 'MC_STUDENT')]"
    assert mark(run(cells, {"answer-a": answer})["test-a"]) == 2.0


@pytest.mark.parametrize(
    ("answer", "test", "wanted"),
    [
        ("import numpy as np\nx = np.pi", "assert x == np.pi", 2.0),
        ("import numpy.testing as npt\nx = 1", "npt.assert_equal(x, 1)", 2.0),
        ("code = 3", "assert code == 3", 2.0),
        ("import math\nx = math.pi", "assert x == math.pi", 2.0),
        ("class np:\n    allclose = lambda *a: True\nx = 1", "assert np.allclose(x, 2)", 0.0),
        ("import math as np\nx = 1", "assert np.allclose(x, 1)", 2.0),
    ],
)
def test_modules_that_solutions_import(run: Run, answer: str, test: str, wanted: float) -> None:
    """A module that only the solution imports, which is cut out of the instructor's text, is there for the test."""
    out = run({"answer-a": "# your code here", "test-a": test}, {"answer-a": answer})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])


def test_a_value_below_magics(run: Run) -> None:
    """A cell that ends with a value shows it also where a magic, or text that is no Python, ran before."""
    cells = run(
        SQUARE, {"m": "%timeit -n1 -r1 1", "b": "def f(:", "v": "6 * 7", "answer-square": "square = lambda x: x * x"}
    )
    assert printed(cells["added-2"]) == "42"
    assert mark(cells["test-square"]) == 2.0
