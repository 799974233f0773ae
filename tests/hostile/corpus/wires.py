"""Attacks on what crosses between the student's process and the tests: forged bytes, numbers, names and references.

Stock nbgrader has no such wire. So an attack is shown against a build in which the one defence is taken out. Some gain
nothing anywhere: those are here because they must cost nothing else (as are ``own_side.py`` and ``odd_answers.py``).
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
        "labels-with-one-hash",
        "Answers with 200,000 categories that have one hash: to file them takes the square of their number.",
        ONE_HASH,
        by="odd",
    ),
)
