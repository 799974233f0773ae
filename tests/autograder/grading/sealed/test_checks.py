"""The course's checks across two processes: what they demand of an answer holds where the answer runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

from autograder.checks.publish import REPORT_TYPE

Run = Callable[..., dict[str, Any]]

BOWL = {
    "given-import": "import numpy as np\nimport mcutils as mc\nfrom autograder import check",
    "given-bowl": 'q = check.question(of="x @ A @ x", wrt="x", sizes={"x": "n", "A": "n n"})',
    "answer-grad": "def grad(x, A):\n    return ...",
    "test-grad": "q.derivative(grad, closed_form=True, points=2)",
}


def report(cell: Any) -> dict[str, Any]:
    """What the check in a cell reported."""
    return next(out["data"][REPORT_TYPE] for out in cell.outputs if REPORT_TYPE in out.get("data", {}))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("def grad(x, A):\n    return (A + A.T) @ x", "Right"),
        ("grad = lambda x, A: (A + A.T) @ x", "Right"),
        ("class Grad:\n    def __call__(self, x, A):\n        return (A + A.T) @ x\ngrad = Grad()", "Right"),
        ("from functools import partial\ngrad = partial(lambda s, x, A: s * (A + A.T) @ x, 1.0)", "Right"),
        ("def grad(x, A):\n    return 2 * A @ x", "symmetric"),
        ("def grad(x, A):\n    return mc.gradient(lambda z: z @ A @ z, x)", "asks for a formula"),
        ("class Grad:\n    def __call__(self, x, A):\n        return mc.gradient(lambda z: z @ A @ z, x)\n"
         "grad = Grad()", "asks for a formula"),
        ("def grad(x, A):\n    y = A @ x\n    return y / 0 + nothing", "in the line `return y / 0 + nothing`"),
        ("def grad(x, A):\n    x += 1\n    return (A + A.T) @ (x - 1)", "changed its argument x"),
        ("def grad(x, A):\n    return ...", "Not filled in yet"),
        ("def grad(x):\n    return x", "does not take them"),
        ("async def grad(x, A):\n    return x", "without `async`"),
        ("grad = 3", "calls a function"),
        ("class grad:\n    def __init__(self, x, A):\n        pass", "The answer is the class grad"),
    ],
)  # fmt: skip
def test_a_gradient(run: Run, answer: str, said: str) -> None:
    """A check says of a function in another process what it says of one in its own, the failing line included."""
    cell = run(BOWL, {"answer-grad": answer})["test-grad"]
    assert said in report(cell)["message"], printed(cell)
    assert mark(cell) == (2.0 if said == "Right" else 0.0)


def test_a_call_that_never_ends(run: Run) -> None:
    """A call that the check gives up is ended over there too, and the next exercise is graded as ever."""
    cells = BOWL | {"answer-next": "def double(x): ...", "test-next": "assert double(4) == 8"}
    impatient = "import autograder.checks.call as c\nc.call.__defaults__ = (*c.call.__defaults__[:-1], 0.3)\n"
    cells["test-grad"] = impatient + cells["test-grad"]
    answers = {
        "answer-grad": "def grad(x, A):\n    while True:\n        pass",
        "answer-next": "def double(x):\n    return 2 * x",
    }
    out = run(cells, answers)
    assert "did not finish" in report(out["test-grad"])["message"]
    assert mark(out["test-grad"]) == 0
    assert mark(out["test-next"]) == 2


COST = {
    "given-import": "import numpy as np\nfrom autograder import check",
    "given-map": 'q = check.question(of="tanh(x) * x", wrt="x", sizes={"x": "n"}, layout="numerator")',
    "answer-vjp": "def vjp(x, u): ...",
    "test-vjp": 'q.cost(vjp, product="vjp", points=2)',
}
SLOPES = "np.tanh(x) + x * (1 - np.tanh(x) ** 2)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "tag"),
    [
        (f"({SLOPES}) * u", None),
        (f"np.diag({SLOPES}) @ u", "built-the-jacobian"),
    ],
)
def test_costs(run: Run, body: str, tag: str | None) -> None:
    """The memory that an answer may take is bounded where the answer runs."""
    cell = run(COST, {"answer-vjp": f"def vjp(x, u):\n    return {body}"})["test-vjp"]
    assert report(cell)["tag"] == tag, printed(cell)
    assert mark(cell) == (0.0 if tag else 2.0)


def test_typed_answers(run: Run) -> None:
    """Formulas as text, and as sympy expressions with their assumptions, are read by the check as they were typed."""
    cells = BOWL | {"test-grad": "q.formula(typed, points=2)", "answer-grad": 'typed = "..."'}
    assert mark(run(cells, {"answer-grad": 'typed = "(A + A.T) @ x"'})["test-grad"]) == 2
    assert mark(run(cells, {"answer-grad": 'typed = "2 * A @ x"'})["test-grad"]) == 0
    cells |= {"given-bowl": 'q = check.question(of="sin(t)", wrt="t", sizes={"t": ""})'}
    answer = "import sympy as sp\nt = sp.Symbol('t', real=True)\ntyped = sp.cos(t)"
    assert mark(run(cells, {"answer-grad": answer})["test-grad"]) == 2


def test_functions_that_a_test_hands_over(run: Run) -> None:
    """An answer may call, keep and hand back what a test gives it; what it keeps cannot be called later."""
    cells = {
        "given-none": "kept = []",
        "answer-apply": "def apply(f, x): ...",
        "test-apply": "assert apply(lambda x: 2 * x, 3) == 12\ng = lambda x: x\nassert apply(g, g) is g",
        "test-later": "assert late(5) == 5",
        "test-inside": "assert inside(lambda x, secret=41: x + secret) == []",
    }
    answer = (
        "kept = []\ndef apply(f, x):\n    kept.append(f)\n    return f(f(x))\ndef late(x):\n    return kept[0](x)\n"
        "def inside(f):\n    import inspect\n    found = list(map(repr, inspect.signature(f).parameters.values()))\n"
        "    found += [repr(getattr(f, name, '')) for name in ('__defaults__', '__code__', '__doc__')]\n"
        "    return [text for text in found if '41' in text]"
    )
    out = run(cells, {"answer-apply": answer})
    assert mark(out["test-apply"]) == 2, printed(out["test-apply"])
    assert mark(out["test-later"]) == "manual"  # a function that a test has decorated would be right
    assert "while the test that handed it over runs" in printed(out["test-later"])
    assert mark(out["test-inside"]) == 2, printed(out["test-inside"])


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n        return n\n    return g",
         "a, b = f(), f()\nassert [a(), a(), b()] == [1, 2, 1]"),
        ("def f():\n    yield from range(3)", "assert list(f()) == [0, 1, 2]\nit = f()\nassert next(it) == 0"),
        ("f = lambda: map(str, [1, 2])", "assert list(f()) == ['1', '2']"),
        ("f = lambda: {1: (2, [3])}.items()", "assert sorted(f()) == [(1, (2, [3]))]"),
        ("from fractions import Fraction\nf = lambda: Fraction(1, 3)", "assert f() * 3 == 1"),
        ("from collections import namedtuple\nP = namedtuple('P', 'x y')\nf = lambda: P(1, 2)", "assert f().x == 1"),
        ("def f():\n    print('hello')", "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as s:\n"
         "    f()\nassert s.getvalue() == 'hello\\n'"),
        ("def f(*args, key=1, **more):\n    return args, key, more",
         "assert f(1, 2, key=3, z=4) == ((1, 2), 3, {'z': 4})\nimport inspect\n"
         "assert list(inspect.signature(f).parameters) == ['args', 'key', 'more']"),
        ("def f(x: int) -> int:\n    'Say what it does.'\n    return x", "assert callable(f) and f.__name__ == 'f'\n"
         "assert 'what it does' in f.__doc__"),
    ],
)  # fmt: skip
def test_ordinary_python(run: Run, answer: str, test: str) -> None:
    """Closures, generators, iterators, printed text, signatures and docstrings are as they are in one process."""
    out = run({"answer-f": "", "test-f": test}, {"answer-f": answer})
    assert mark(out["test-f"]) == 2, printed(out["test-f"])


@pytest.mark.parametrize(
    "error",
    ["MemoryError('x')", "FileNotFoundError(2, 'x', 'file')", "KeyError('x')",
     "UnicodeDecodeError('utf-8', b'x', 0, 1, 'x')",
     "np.exceptions.AxisError('x')", "ExceptionGroup('x', [ValueError('x')])", "StopIteration('x')", "Own('x', 3)",
     "np.linalg.LinAlgError('x')", "SyntaxError('x')", "ImportError('x', name='x')", "Own(1.5, object())"],
)  # fmt: skip
def test_exceptions(run: Run, error: str) -> None:
    """Whatever an answer raises is raised in the test, by its name."""
    answer = f"import numpy as np\nclass Own(ValueError): pass\ndef f():\n    raise {error}"
    name = error.partition("(")[0].split(".")[-1]
    test = f"try:\n    f()\nexcept Exception as e:\n    assert type(e).__name__ == '{name}'"
    out = run({"answer-f": "", "test-f": test + "\nelse:\n    assert False"}, {"answer-f": answer})
    assert mark(out["test-f"]) == 2, printed(out["test-f"])


def test_a_broken_given_cell(run: Run) -> None:
    """A given cell that fails costs only the tests that use its names, and those go to a person: it is not theirs."""
    cells = {
        "given-a": "import nowhere_to_be_found\nx = 1",
        "given-b": "y = 2",
        "test-a": "assert x == 1",
        "test-b": "assert y == 2",
    }
    out = run(cells, {})
    assert [mark(out["test-a"]), mark(out["test-b"])] == ["manual", 2.0]
    assert "nowhere_to_be_found" in out["test-a"].metadata.mcourse.manual


def test_a_given_cell_that_the_answer_breaks(run: Run) -> None:
    """Where a given cell fails for want of the answer, the test that needs it earns nothing."""
    cells = {"answer-f": "def f(): ...", "given-a": "x = f() + 1", "test-a": "assert x == 2"}
    assert mark(run(cells, {"answer-f": "def f():\n    return 1"})["test-a"]) == 2
    assert mark(run(cells, {"answer-f": "def f():\n    raise NotImplementedError"})["test-a"]) == 0


def test_the_process_of_the_tests_ends(run: Run) -> None:
    """A test that ends its own process is for a person; what it defined is never taken from the student instead."""
    cells = {
        "given-a": "helper = 5",
        "test-1": "want = 4",
        "test-2": "import os\nos._exit(1)",
        "test-3": "assert want == 0",
        "test-4": "assert helper == 5",
    }
    out = run(cells | {"answer-a": ""}, {"answer-a": "want = 0"})
    assert [mark(out[f"test-{k}"]) for k in (1, 2, 3, 4)] == [2.0, "manual", "manual", 2.0]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [("numbers.append(4)", "manual"), ("numbers += [4]", "manual"), ("", 0.0), ("# nothing", 0.0), ("print(1)", 0.0)],
)
def test_given_data_that_an_answer_changes(run: Run, answer: str, wanted: object) -> None:
    """An answer that changes what was given, and binds nothing, is for a person; an empty one has changed nothing."""
    cells = {"given-a": "numbers = [1, 2, 3]", "answer-a": "# your code", "test-a": "assert numbers == [1, 2, 3, 4]"}
    assert mark(run(cells, {"answer-a": answer})["test-a"]) == wanted
