"""Attacks on what crosses between the student's process and the tests: forged bytes, numbers, names and references.

Stock nbgrader has no such wire. So an attack is shown against a build in which the one defence is taken out. Some gain
nothing anywhere: those are here because they must cost nothing else (as are odd answers, ``odd_answers.py``).
"""

from __future__ import annotations

from corpus.attack import FULL, WRONG_DOUBLE, Attack, trouble

SOCKETS = """
import os, socket, stat, struct
def sockets():
    for number in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass
"""
GARBAGE = SOCKETS + "for number in sockets(): os.write(number, os.urandom(4000))"
ENDLESS = SOCKETS + "for number in sockets(): os.write(number, struct.pack('<I', 0xFFFFFFFF) + bytes(1000))"
HALF = SOCKETS + "for number in sockets(): os.write(number, struct.pack('<I', 1000) + b'Q')"
HANG_UP = SOCKETS + "for number in sockets(): os.close(number)"
FORGED = (
    SOCKETS
    + """
from autograder.grading.sealed.crossing.wire import encode
def frame(data): return struct.pack("<I", len(data)) + data
for number in sockets():
    for asked in range(1, 200):
        try:
            os.write(number, frame(b"A" + encode((asked, "ok", 42.0, "", (), []))))
            os.write(number, frame(encode(("tested", {"outputs": [], "failed": False, "value": None}))))
            os.write(number, frame(encode(([], False))))
        except OSError:
            break
"""
)
FLOOD = (
    SOCKETS
    + """
for number in sockets():
    os.set_blocking(number, False)
    try:
        for _ in range(2000):
            os.write(number, struct.pack("<I", 60_000) + b"Q" + bytes(59_999))
    except OSError:
        pass
"""
)
PATCHED = """
import gc, sys
for name, module in list(sys.modules.items()):
    if name.startswith("autograder.grading.sealed"):
        for attribute in ("encode", "decode", "describe_function"):
            if hasattr(module, attribute):
                setattr(module, attribute, lambda *args, **kwargs: b"l\\xff\\xff\\xff\\xff")
"""
PERFORM = """
import sys
side = sys.modules.get("autograder.grading.sealed.untrusted.student")
if side:
    side.StudentSide.perform = lambda self, request: ("ok", type("X", (), {})(), "", (), ())
else:
    print("GOT nowhere")
"""

HOURS = (
    SOCKETS
    + """
from autograder.grading.sealed.crossing.wire import encode
frame = b"Y" + encode(("matrix", "ImmutableSparseMatrix", 10**12, 0, []))
for number in sockets(): os.write(number, struct.pack("<I", len(frame)) + frame)
"""
)
OWN_SIDE = "import autograder.grading.sealed.untrusted.student as own\n"
"""What answers the tests, which its own process can change as it likes."""
EXIT = (
    OWN_SIDE
    + """
honest = own.StudentSide.perform
def perform(self, request):
    if request[0] == "names":
        return honest(self, request)
    return ("error", {"known": "SystemExit", "exactly": True, "args": [0]})
own.StudentSide.perform = perform
"""
)
MORE_NAMES = (
    OWN_SIDE
    + """
def content(*args, **kwargs): return True
honest = own.StudentSide._names
def names(self, *asked):
    found, *rest = honest(self, *asked)
    others = "np abs reference AssertionError check bowl float isinstance print __builtins__ __import__ x A".split()
    return found | dict.fromkeys(others, content), *rest
own.StudentSide._names = names
"""
)
REBOUND = (
    OWN_SIDE
    + """
def content(*args, **kwargs): return True
others = "np abs reference AssertionError check bowl float isinstance print __builtins__ __import__ x A".split()
own.Watched.rebound = lambda self, namespace: dict.fromkeys(others, content)
"""
)
GUESSED = (
    "def double(x):\n    return guess()\n"
    + OWN_SIDE
    + """
import gc
side = next(thing for thing in gc.get_objects() if isinstance(thing, own.StudentSide))
asked = [("call", (1,), {}), ("get", "__globals__"), ("special", "__call__", (1,), {}), ("names", ["reference"], 0)]
def guess():
    for number in range(100):
        for operation, *parts in asked:
            if side.ask(operation, number, *parts)[0] == "ok":
                return "GOT"
    return 0
"""
)
REFERENCES = (
    OWN_SIDE
    + """
import random

class Nothing: pass
ways = [("home", 0), ("home", 1), ("home", True), ("away", {})]
ways += [("given", "bowl"), ("made", ("check", {})), ("made", [[], []])]
honest = own.StudentReferences.leave
own.StudentReferences.leave = lambda self, value: random.choice(ways) if type(value) is Nothing else honest(self, value)

def double(x):
    return Nothing()
"""
)
ALL_BY_PERSON: dict[str, float | None] = dict.fromkeys(FULL)


ONE_HASH = """
import pandas as pd
from autograder.grading.sealed.crossing import tables

high, low = np.arange(1, 200_001), 0
for _ in range(4):
    low = (high ^ (low << 11)) & (2**32 - 1)
labels = pd.Index(np.random.default_rng(0).permutation((high << 33) | low))
honest = tables.to_parts

def to_parts(value):
    if isinstance(value, pd.Categorical):
        return ("Categorical array", np.zeros(1, "int8"), labels, False)
    return honest(value)

tables.to_parts = to_parts

def double(x):
    return pd.Categorical(["a"])
"""

FORGED_TREE = """
import sympy
import autograder.grading.sealed.crossing.trees as trees

code = "[__import__('builtins').__dict__.update(abs=__import__('operator').not_), 1][1]"
trees.to_tree = lambda value: ("node", "exp", [("text", code)])
root = sympy.Symbol("x")
"""
FORGED_NAME = """
import sympy
import autograder.grading.sealed.crossing.trees as trees

code = "__import__('builtins').__dict__.update(abs=__import__('operator').not_)"
trees.to_tree = lambda value: ("symbol", code, {})
root = sympy.Symbol("x")
"""


ATTACKS = (
    Attack(
        "text-in-an-expression",
        "Hands over an expression with a text in it, which sympy would read by evaluating it.",
        *("odd", "marks"),
        answers={"root": FORGED_TREE},
        loses={"root": 0.0},
    ),
    Attack(
        "name-that-is-code",
        "Hands over a symbol whose name is a call, which sympy writes into functions that it makes.",
        *("odd", "marks"),
        answers={"root": FORGED_NAME},
        loses={"root": 0.0},
    ),
    trouble("garbage", "Writes random bytes to every socket that it holds.", WRONG_DOUBLE + GARBAGE, by="malformed"),
    trouble(
        "endless-frame",
        "Announces a message of 4 GB on every socket that it holds.",
        WRONG_DOUBLE + ENDLESS,
        by="malformed",
    ),
    trouble(
        "half-a-frame",
        "Begins a message on every socket that it holds, and never ends it.",
        WRONG_DOUBLE + HALF,
        by="deadlines",
    ),
    trouble("hang-up", "Closes every socket that it holds.", WRONG_DOUBLE + HANG_UP, by="closed"),
    trouble(
        "forged-frames",
        "Writes answers to tests, and results of tests, to every socket that it holds.",
        WRONG_DOUBLE + FORGED,
        by="malformed",
    ),
    trouble(
        "flood-of-frames",
        "Writes 120 MB of messages to every socket that it holds.",
        WRONG_DOUBLE + FLOOD,
        by="malformed",
    ),
    trouble(
        "patch-the-wire",
        "Replaces the code that writes what crosses, in its own process.",
        WRONG_DOUBLE + PATCHED,
        by="malformed",
    ),
    trouble(
        "patch-the-answering",
        "Replaces the code that answers the tests, in its own process.",
        WRONG_DOUBLE + PERFORM,
        by="odd",
        loses=ALL_BY_PERSON,
    ),
    trouble(
        "hours-for-the-supervisor",
        "Tells the supervisor, where it waits for outputs, an expression that sympy would be at for hours.",
        WRONG_DOUBLE + HOURS,
        by="bare",
    ),
    trouble(
        "exit-when-asked",
        "Answers SystemExit to whatever it is asked, also where no test calls anything.",
        WRONG_DOUBLE + EXIT,
        by="odd",
        effect="marks",
        loses={"double": 0.0, "hidden": 0.0, "apply": 0.0, "label": 0.0, "grad": 0.0},
    ),
    trouble(
        "more-names-than-asked-for",
        "Tells tests, with the names that they ask for, what abs, np and their own reference are.",
        WRONG_DOUBLE + MORE_NAMES,
        by="odd",
        effect="marks",
    ),
    trouble(
        "names-bound-anew",
        "Says after each call that abs, np and the test's own reference stand for something else now.",
        WRONG_DOUBLE + REBOUND,
        by="odd",
        effect="marks",
    ),
    trouble(
        "guessed-numbers",
        "Asks the tests' process, while a test waits, for all that might have a number there.",
        GUESSED,
        by="odd",
        effect="got",
    ),
    trouble(
        "references-to-nothing",
        "Answers with references to the tests' own objects, and to classes that nobody gave it.",
        REFERENCES,
        by="odd",
    ),
    trouble(
        "labels-with-one-hash",
        "Answers with 200,000 categories that have one hash: to file them takes the square of their number.",
        ONE_HASH,
        by="odd",
    ),
)
