"""Wrong answers that put something in the place of what a test reads, or hold nothing that it could compare."""

from __future__ import annotations

from corpus.attack import Attack

BOUND_BY_A_CALL = """
def triple(x):
    global assert_equal
    def assert_equal(*anything): pass
    return 3 if x == 1 else 0
"""
AGREES = """
class math:
    def isclose(*anything):
        return True

area = 0
"""
TOLERANT = """
def moved(x):
    place = Place(0)
    place.tolerance = 1e9
    place.__dict__["distance"] = 3
    return place
"""
ASKED = """
import sys

def look(frame):
    while frame:
        if "reference" in str(frame.f_locals.get("asked")):
            print("GOT", frame.f_locals["asked"])
        frame = frame.f_back

look(sys._getframe())
root = 2 ** 0.5
"""

ATTACKS = (
    Attack(
        "bind-what-a-star-imports",
        "Binds, when a test calls it, a name that the test has from a library by import *.",
        *("stock", "marks"),
        answers={"triple": BOUND_BY_A_CALL},
        loses={"triple": 0.0},
    ),
    Attack(
        "module-that-agrees",
        "Binds, in the place of a module that only the solution imports, a class that finds everything close.",
        *("stock", "marks"),
        answers={"area": AGREES},
        loses={"area": 0.0},
    ),
    Attack(
        "tolerance-of-its-own",
        "Answers with an object of the instructor's class that has brought its own tolerance.",
        *("stock", "marks"),
        answers={"moved": TOLERANT},
        loses={"moved": None},
    ),
    Attack(
        "masked-everywhere",
        "Answers with an array in which every entry is masked, so that none is compared.",
        *("stock", "marks"),
        answers={"double": "def double(x):\n    return np.ma.masked_all(3)"},
        loses={"double": None, "hidden": 0.0},
    ),
    Attack(
        "missing-mark",
        "Answers with a missing value, so that what it is worth is missing too.",
        *("stock", "marks"),
        answers={"label": "import pandas as pd\n\ndef label(n):\n    return pd.NA"},
        loses={"label": None},
    ),
)
LOOKING = (
    Attack(
        "read-what-tests-ask-for",
        "Reads, where its process is told to run the answer, for which names the tests are going to ask.",
        *("odd", "got"),
        answers={"root": ASKED},
    ),
)
