"""Values that hold nothing, of which comparisons are true whatever they should have been."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tasks import mark, printed

from autograder.grading.sealed.trusted.hollow import Hollow, is_little, without_entries, without_numbers

Run = Callable[..., dict[str, dict[str, Any]]]
CLOSE = "import numpy as np\nassert np.allclose(f(3), [3.0, 3.0])"
TESTING = "import numpy as np\nnp.testing.assert_allclose(f(3), [3.0, 3.0])"
ALL = "assert (f(3) == 3).all()"
LARGER = "import numpy as np\nassert not (abs(f(3) - np.array([3.0, 3.0])) > 1e-9).any()"
LOOP = "for got, want in zip(f(3), [3.0, 3.0]):\n    assert got == want"


@pytest.mark.parametrize(
    ("value", "test", "reason"),
    [
        ("np.zeros((0, 2))", CLOSE, "without entries"),
        ("(np.zeros((0, 2)), 1)", CLOSE.replace("f(3)", "f(3)[0]"), "without entries"),
        ("np.ma.masked_all(2)", TESTING, "masked"),
        ("np.full(2, np.nan)", LARGER, "nan"),
        ("float('nan')", "assert not abs(f(3) - 3) > 1e-9", "nan"),
        ("pd.Series([None, None], dtype='Float64')", ALL, "missing"),
        ("pd.DataFrame()", ALL.replace(".all()", ".all().all()"), "without entries"),
        ("[]", LOOP, "empty lists"),
    ],
)
def test_a_person_looks(run: Run, value: str, test: str, reason: str) -> None:
    """A test that passes by a value which holds nothing goes to a person, with the reason."""
    out = run(
        {"answer-f": "", "test-a": test}, {"answer-f": f"import numpy as np, pandas as pd\ndef f(n): return {value}"}
    )
    assert mark(out["test-a"]) == "manual", printed(out["test-a"])
    assert reason in out["test-a"].metadata["mcourse"]["manual"]


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        ("np.zeros((2, n))", "assert np.allclose(f(0), np.zeros((2, 0)))"),
        ("2 * n", "assert np.allclose(f(np.array([])), np.array([]))"),
        ("np.arange(n)[np.arange(n) > 7]", "assert f(3).size == 0 and np.all(f(3) == [])"),
        ("[k for k in range(n) if k > 7]", "for n in (3, 9, 10):\n    assert f(n) == list(range(8, n))"),
        ("np.nan", "assert np.isnan(f(3))"),
        ("np.array([np.nan, n])", "assert np.nanmax(f(3)) == 3"),
        ("np.array([np.nan, n])", "assert f(3)[1] == 3"),
        ("np.ma.masked_all(n)", "assert np.ma.getmaskarray(f(3)).all()"),
    ],
)
def test_nobody_looks(run: Run, answer: str, test: str) -> None:
    """A right answer that holds nothing counts where little was given, or where the test says what it looks for."""
    cells = {"given-a": "import numpy as np", "answer-f": "", "test-a": test}
    out = run(cells, {"answer-f": f"def f(n): return {answer}"})
    assert mark(out["test-a"]) == 2.0, (printed(out["test-a"]), out["test-a"].metadata.get("mcourse"))


def test_a_name(run: Run) -> None:
    """A name counts by what it stands for when the test ends: an array may be filled by calls."""
    cells = {"given-a": "import numpy as np", "answer-a": "", "test-a": "add(1)\nassert (seen == 1).all()"}
    filled = "seen = np.array([])\ndef add(x):\n    global seen\n    seen = np.append(seen, x)"
    assert mark(run(cells, {"answer-a": filled})["test-a"]) == 2.0
    assert mark(run(cells, {"answer-a": filled.replace("np.append(seen, x)", "seen")})["test-a"]) == "manual"


def test_whatever_pandas_and_numpy_have() -> None:
    """Of what has entries and cannot say whether they are missing, nothing is said."""
    levels = pd.MultiIndex.from_tuples([(1, 2)])
    odd = (
        levels,
        [levels],
        np.ma.zeros(2, [("a", float)]),
        np.zeros(2, [("a", float)]),
        pd.Int64Dtype(),
        np.array(None),
    )
    odd += (
        pd.Period("2020-01"),
        pd.Interval(0, 1),
        np.array(["NaT"], "M8[s]"),
        pd.Series(["a", None]),
        pd.NaT.__class__,
    )
    assert [value for value in odd if without_numbers(value) or without_entries(value)] == []
    empty = (pd.Series([], dtype=object), pd.DataFrame(), pd.Index([]), pd.array([], "Int64"))
    assert all(map(without_entries, empty))
    assert all(map(without_numbers, (pd.NA, pd.NaT, pd.DataFrame({"a": [None, None]}), pd.array([None], "Int64"))))


def test_what_holds_little() -> None:
    """Numbers, lists and arrays are told from those that hold nothing; a list of numbers may have nan in it."""
    assert [is_little(v) for v in (0, "", [], np.zeros(0), np.nan, 1, "a", [0], np.zeros(1))] == [True] * 5 + [
        False
    ] * 4
    assert [without_numbers(v) for v in ([np.nan, np.nan], [np.full(2, np.nan), 1], "nan", None)] == [False, True] + [
        False
    ] * 2
    assert without_entries([np.zeros(0), 1])
    assert not without_entries([1, 2])
    seen = Hollow()
    seen.see(np.full(2, np.nan))
    assert seen.why("assert f(1) < 2")
    assert not seen.why("assert np.isnan(f(1)).all()")
