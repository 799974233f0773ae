"""What is kept between checks: by key, and for functions that do the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mcutils as mc
from autograder import check
from autograder.checks.kept import Kept, meaning_of


def _defined(text: str, **names: object) -> Callable[..., Any]:
    space: dict[str, Any] = {"np": np, "mc": mc, **names}
    exec(text, space)
    function: Callable[..., Any] = space["f"]
    return function


def test_a_thing_is_made_once_for_each_key() -> None:
    """The second time it is there; one too many makes room for itself."""
    kept, made = Kept(2), list[int]()
    for key in (1, 1, 2, 2, 3, 1):
        kept.of(key, lambda key=key: made.append(key))
    assert made == [1, 2, 3, 1]


def test_functions_of_equal_code_that_read_modules_mean_the_same() -> None:
    """A cell that runs again makes another function that does the same."""
    text = "def f(x, A):\n    return np.sum(mc.vec(A) ** 2) + sum(g(e) for e in x for g in [lambda e: np.exp(e)])"
    assert meaning_of(_defined(text)) == meaning_of(_defined(text)) is not None
    assert meaning_of(_defined(text)) != meaning_of(_defined(text.replace("exp", "sin")))
    assert meaning_of(_defined(text)) != meaning_of(_defined(text, np=mc))


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return W @ x",
        "def f(x):\n    return helper(x)",
        "def f(x, a=2):\n    return a * x",
        "def f(x, *, a=2):\n    return a * x",
        "def f(x):\n    global W\n    W = x\n    return x",
        "def f(x):\n    import random\n    return random.random() * x",
        "def f(x):\n    return [W * e for e in x]",
        "f = (lambda a: lambda x: a * x)(2)",
        "from functools import partial\nf = partial(pow, 2)",
    ],
)
def test_a_function_that_reads_what_may_change_is_not_known_again(text: str) -> None:
    """Arrays, other functions, names that come later, defaults, closures and imports may be others the next time."""
    assert meaning_of(_defined(text, W=np.eye(3))) is None


def test_a_right_value_that_depends_on_a_global_is_computed_again() -> None:
    """A reference that reads an array follows it."""
    space: dict[str, Any] = {"W": 1.0}
    exec("def f(x):\n    return W * x", space)
    assert check.equal(lambda x: x, to=space["f"], sizes={"x": "n"}, points=1) == 1.0
    space["W"] = 2.0
    assert check.equal(lambda x: x, to=space["f"], sizes={"x": "n"}, points=1) == 0.0


def test_a_question_stated_again_by_the_same_function_is_the_same() -> None:
    """So its derivative is measured once; another variable is another question."""
    text, sizes = "def f(x, y):\n    return np.sum(np.sin(x) * y)", {"x": "n", "y": "n"}
    first, again, other = (check.question(of=_defined(text), wrt=wrt, sizes=sizes) for wrt in ("x", "x", "y"))
    assert first.stated is again.stated
    assert first.stated is not other.stated
