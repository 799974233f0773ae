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


def test_a_value_below_magics(run: Run) -> None:
    """A cell that ends with a value shows it also where a magic, or text that is no Python, ran before."""
    cells = run(
        SQUARE, {"m": "%timeit -n1 -r1 1", "b": "def f(:", "v": "6 * 7", "answer-square": "square = lambda x: x * x"}
    )
    assert printed(cells["added-2"]) == "42"
    assert mark(cells["test-square"]) == 2.0
