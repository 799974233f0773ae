"""Tables of pandas in whole notebooks: what a student's code makes of them is what a test gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tasks import mark, printed

Run = Callable[..., dict[str, Any]]

GIVEN = "import pandas as pd\nimport numpy as np\nsales = pd.read_csv('sales.csv')"
CSV = b"town,item,price,sold\nUlm,tea,2.5,10\nUlm,rum,8,\nBonn,tea,2,4\nBonn,rum,7.5,1\nUlm,tea,2.5,10\n"
CLEAN = "def clean(df):\n    return df.drop_duplicates().dropna().astype({'sold': int}).reset_index(drop=True)"
TOTALS = """\
def totals(df):
    return df.assign(total=df.price * df.sold).groupby('town')['total'].sum()
best = totals(sales).idxmax()
table = sales.groupby(['town', 'item']).agg({'price': ['mean', 'max'], 'sold': 'sum'})
"""


def graded(run: Run, answer: str, test: str) -> Any:
    cells = {"given-data": GIVEN, "answer-a": "", "test-a": test}
    out = run(cells, {"answer-a": answer}, own_files={"sales.csv": CSV})
    return mark(out["test-a"]), printed(out["test-a"])


TESTS = [
    ("pd.testing.assert_frame_equal(clean(sales), sales.iloc[[0, 2, 3]].astype({'sold': int}).reset_index(drop=True))"),
    "got = clean(sales)\nassert isinstance(got, pd.DataFrame) and list(got.columns) == list(sales.columns)",
    "assert clean(sales)['sold'].sum() == 15 and clean(sales).shape == (3, 4) and not clean(sales).isna().any().any()",
    "assert (clean(sales).dtypes == ['str', 'str', 'float64', 'int64']).all()",
    "assert len(sales) == 5  # the test's own has not changed\nassert len(clean(sales)) == 3 and len(sales) == 5",
]
RIGHT = [(CLEAN, test) for test in TESTS] + [
    (TOTALS, "pd.testing.assert_series_equal(totals(sales), (sales.price * sales.sold).groupby(sales.town).sum()"
     ".rename('total'))"),
    (TOTALS, "assert best == 'Ulm'\nassert table.loc[('Ulm', 'tea'), ('price', 'max')] == 2.5\n"
     "assert table.index.names == ['town', 'item'] and table.columns.nlevels == 2"),
    ("cities = sales.town.unique()\ncounts = sales.town.value_counts()\ntypes = sales.dtypes",
     "assert sorted(cities) == ['Bonn', 'Ulm'] and counts['Ulm'] == 3 and types['price'] == float"),
    ("groups = sales.groupby('town')", "assert groups.size().to_dict() == {'Bonn': 2, 'Ulm': 3}"),
    ("first = pd.Timestamp('2024-02-29')\nnext_ = first + pd.Timedelta(days=1)",
     "assert next_.month == 3 and next_ - first == pd.Timedelta('1D') and isinstance(first, pd.Timestamp)"),
    ("def apply_to(f, df):\n    return df.apply(f)",
     "assert apply_to(lambda column: column.max(), sales[['price', 'sold']]).tolist() == [8, 10]"),
    ("def missing():\n    return pd.NA, pd.NaT", "a, b = missing()\nassert a is pd.NA and b is pd.NaT"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "test"), RIGHT)
def test_right_answers(run: Run, answer: str, test: str) -> None:
    """What an ordinary test asks of a frame, a series, an index or a moment is decided, and a right answer is right."""
    assert graded(run, answer, test) == (2.0, "")


WRONG = [
    "def clean(df):\n    return df",
    "def clean(df):\n    return df.dropna().reset_index(drop=True)",
    "def clean(df):\n    return df.drop_duplicates().dropna()",
    "def clean(df):\n    return df.drop_duplicates().dropna().reset_index(drop=True)",
    "def clean(df):\n    return df.to_dict()",
    "def clean(df):\n    return None",
    "def clean(df):\n    raise KeyError('town')",
    CLEAN + "[['item', 'town', 'price', 'sold']]",
    CLEAN + ".rename(columns=str.upper)",
]


@pytest.mark.parametrize("answer", WRONG)
def test_wrong_answers(run: Run, answer: str) -> None:
    """A frame with other rows, columns, labels or types, or none at all, is wrong; nobody has to look at it."""
    assert graded(run, answer, TESTS[0])[0] == 0.0


SPOILS = "def double(df):\n    df['sold'] *= 2\n    return df"
GROWS = "def grow(s):\n    s.loc[len(s)] = 7.0"


@pytest.mark.parametrize(
    ("answer", "test", "wanted"),
    [
        (SPOILS, "double(frame)\nassert frame.sold.sum() == 50", "manual"),
        (SPOILS, "# mcourse: in-place\ndouble(frame)\nassert frame.sold.sum() == 50", 2.0),
        (SPOILS, "# mcourse: in-place\ndouble(frame)\nassert frame.sold.sum() == 25", 0.0),
        (SPOILS, "assert double(frame).sold.sum() == 50", 2.0),
        (GROWS, "# mcourse: in-place\nprices = frame.price\ngrow(prices)\nassert prices.tolist()[-1] == 7", 2.0),
        ("def double(df):\n    return df * 2", "assert double(frame[['sold']]).sold.sum() == 51", 0.0),
    ],
)
def test_changed_arguments(run: Run, answer: str, test: str, wanted: object) -> None:
    """A function that changes the frame it was given is noticed, and a test that asks for it gets it back."""
    assert graded(run, answer, f"frame = sales.copy()\n{test}")[0] == wanted


LOG = "log = pd.DataFrame({'n': [0]})\ndef note():\n    log.loc[len(log)] = 1"
SHORTER = "frame = sales\ndef shorten():\n    global frame\n    frame = frame.head(1)"


@pytest.mark.parametrize(
    ("answer", "test"),
    [
        (LOG, "assert len(log) == 1\nnote()\nassert len(log) == 2 and log.n.sum() == 1"),
        (SHORTER, "assert len(frame) == 5\nshorten()\nassert len(frame) == 1"),
    ],
)
def test_frames_that_a_call_changes(run: Run, answer: str, test: str) -> None:
    """A frame that a student's function changes, or binds anew, is the new one in the test that called it."""
    assert graded(run, answer, test)[0] == 2.0


DERIVED = """\
class Equal(pd.DataFrame):
    def equals(self, other):
        return True
    __eq__ = equals
frame = Equal({'x': [0]})
"""


def test_a_kind_of_frame(run: Run) -> None:
    """A frame of a class of the student's own stays where it is: what it says of itself is no mark."""
    assert graded(run, DERIVED, "assert frame == 3")[0] == "manual"
    assert graded(run, DERIVED, "pd.testing.assert_frame_equal(frame, sales)")[0] == "manual"


ABROAD = (
    "when = pd.Timestamp('2024-07-01 12:00', tz='America/New_York')\nmoments = pd.Series([when]).dt.tz_convert('UTC')"
)


def test_time_zones(run: Run) -> None:
    """The tests' process knows the time zones that the student's knows."""
    test = "assert when.utcoffset().total_seconds() == -4 * 3600 and moments.dt.hour[0] == 16 and moments[0] == when"
    assert graded(run, ABROAD, test) == (2.0, "")


IMPORTED = "import sys\nimported = 'pandas' in sys.modules"


def test_nobody_pays_who_does_not_use_it(run: Run) -> None:
    """Where no cell imports pandas, neither process has."""
    cells = {"answer-a": "", "test-a": "import sys\nassert not imported and 'pandas' not in sys.modules"}
    assert mark(run(cells, {"answer-a": IMPORTED})["test-a"]) == 2.0


@pytest.mark.parametrize("rehearsed", [True, False])
def test_a_template_has_imported_it(run: Run, rehearsed: bool) -> None:
    """Where given cells import pandas, both processes have it before their first cell runs, rehearsed or not."""
    cells = {
        "answer-a": "imported = None",
        "test-a": "import sys\nprint(imported, 'pandas' in sys.modules)",
        "given-data": "import pandas as pd\nframe = pd.DataFrame({'x': [1, 2]})",
        "answer-b": "",
        "test-b": "assert doubled.x.tolist() == [2, 4]",
    }
    solved = ("", "", cells["given-data"], "doubled = 2 * frame", cells["test-b"])
    out = run(
        cells,
        {"answer-a": IMPORTED, "answer-b": "doubled = frame * 2"},
        rehearsals={"n": solved} if rehearsed else {},
    )
    assert printed(out["test-a"]).split() == ["True", "True"]
    assert mark(out["test-b"]) == 2.0


ADDS = "sales['total'] = sales.price * sales.sold\nsales.dropna(inplace=True)"
KEEPS = "more = sales.assign(total=sales.price * sales.sold).dropna()"


@pytest.mark.parametrize(
    ("solution", "answer", "wanted"),
    [(ADDS, ADDS, 2.0), (ADDS, "", 0.0), (ADDS, "sales['total'] = 0", 0.0), (KEEPS, ADDS, "manual")],
)
def test_given_frames_that_answers_change(run: Run, solution: str, answer: str, wanted: object) -> None:
    """Where the instructor's own answer changes a given frame, a test reads the student's; else a person looks."""
    cells = {
        "given-data": GIVEN,
        "answer-a": f"{solution}\n",
        "given-later": "rows = len(sales)",
        "test-a": "assert round(sales['total'].sum(), 1) == 65.5 and rows == len(sales) == 4",
    }
    out = run(cells, {"answer-a": answer}, own_files={"sales.csv": CSV})
    assert mark(out["test-a"]) == wanted, printed(out["test-a"])


def test_a_given_module_that_an_answer_changes(run: Run) -> None:
    """What is no data stays the instructor's: an answer may set an option of a library."""
    cells = {
        "given-data": GIVEN,
        "answer-a": "pd.options.display.max_rows = 5",
        "test-a": "assert pd.Series([1, 2]).sum() == 3",
    }
    assert mark(run(cells, {"answer-a": "pd.Series = None"})["test-a"]) == 2.0
