"""Attacks on what crosses between the student's process and the tests: values, calls, exceptions, the bytes themselves.

Stock nbgrader has no such wire. So an attack is shown against a build in which the one defence is taken out. Many are
no attack but an odd answer, which gains nothing anywhere: those are here because they must cost nothing else.
"""

from __future__ import annotations

from corpus.attack import FULL, WRONG_DOUBLE, ZERO_DOUBLE, Attack

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
from autograder.grading.sealed.wire import encode
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
side = sys.modules.get("autograder.grading.sealed.student")
if side:
    side.StudentSide.perform = lambda self, request: ("ok", type("X", (), {})(), "", (), ())
else:
    print("GOT nowhere")
"""

HOURS = (
    SOCKETS
    + """
from autograder.grading.sealed.wire import encode
frame = b"Y" + encode(("matrix", "ImmutableSparseMatrix", 10**12, 0, []))
for number in sockets(): os.write(number, struct.pack("<I", len(frame)) + frame)
"""
)
OWN_SIDE = "import autograder.grading.sealed.student as own\n"
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


BY_PERSON: dict[str, float | None] = {"double": None, "hidden": None}
ALL_BY_PERSON: dict[str, float | None] = dict.fromkeys(FULL)


def _answers(name: str, attempts: str, text: str, **more: object) -> Attack:
    """An answer that only makes trouble: it deserves nothing, and what is below it everything."""
    options = {"by": "stock", "effect": "breaks", "loses": ZERO_DOUBLE, **more}
    return Attack(name, attempts, answers={"double": text}, **options)  # type: ignore[arg-type] # as the table below gives them


HUGE = "def double(x):\n    return np.zeros(4_000_000)"
HUGE_FRAME = "import pandas as pd\ndef double(x):\n    return pd.DataFrame(np.zeros((4000, 1000)))"
ONE_HASH = """
import pandas as pd
from autograder.grading.sealed import tables

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
VIRTUAL = "def double(x):\n    return np.broadcast_to(np.float64(1), (1 << 40,))"
DEEP = "def double(x):\n    value = []\n    for _ in range(100_000):\n        value = [value]\n    return value"
CIRCLE = "def double(x):\n    value = []\n    value.append(value)\n    return value"
INTEGER = "def double(x):\n    return 7 << 40_000_000"
STRANGE = """
class Strange:
    def __getattribute__(self, name):
        raise SystemExit(name)
    def __repr__(self):
        while True:
            pass
    __class__ = property(lambda self: float)

def double(x):
    return Strange()
"""
SHOUTING = """
class Loud(Exception):
    def __str__(self):
        while True:
            pass
    __repr__ = __str__

def double(x):
    raise Loud("loud")
"""
LONG_ERROR = "def double(x):\n    raise ValueError('quack' * 2_000_000)"
META = """
class Meta(type):
    def __instancecheck__(cls, instance): return True
    def __subclasscheck__(cls, kind): return True
    def __eq__(cls, other): return True
    __hash__ = type.__hash__
    def mro(cls): return [cls, *type.mro(cls)[1:]]
    __module__ = "builtins"

class AssertionError(Exception, metaclass=Meta):
    pass

def double(x):
    raise AssertionError("all is well")
"""
QUIT = "import bdb\n\ndef double(x):\n    raise bdb.BdbQuit"
EXITS = "def double(x):\n    raise SystemExit(0)"
INTERRUPTS = "def double(x):\n    raise KeyboardInterrupt"
GENERATOR_EXIT = "def double(x):\n    raise GeneratorExit"
SIGNATURE = """
class Signed:
    @property
    def __signature__(self): raise SystemExit
    @property
    def __name__(self): return "n" * 10_000_000
    @property
    def __doc__(self): return "d" * 10_000_000
    def __call__(self, x): return 0 * x

double = Signed()
"""
CALLS = "def apply(f, x):\n    for _ in range(1_000_000):\n        f(x)\n    return 0"
NEST = """
class Again:
    def __init__(self, f): self.f = f
    def __add__(self, other): return self.f(self)

def apply(f, x):
    return f(Again(f))
"""
EXPRESSION = """
import sympy

def double(x):
    n = sympy.Integer(10) ** 9
    return sympy.Pow(sympy.Integer(3), n, evaluate=False)
"""
TOWER = """
import sympy

root = sympy.Pow(sympy.Integer(2), sympy.Pow(sympy.Integer(10), sympy.Integer(12), evaluate=False), evaluate=False)
"""
OBJECTS = """
class Anything:
    def __eq__(self, other): return True
    def __float__(self): return 2.0
    def __array__(self, *args, **kwargs): return np.array(2.0)

def double(x):
    out = np.empty(3, object)
    out[:] = [Anything(), Anything(), Anything()]
    return out if isinstance(x, np.ndarray) else 0
"""
ENDLESS_ITERATOR = """
class Endless:
    def __iter__(self):
        while True:
            yield 1.0
    __getitem__ = lambda self, place: 1.0
    def __len__(self):
        return 1 << 62

def double(x):
    return Endless()
"""

FORGED_TREE = """
import sympy
import autograder.grading.sealed.trees as trees

code = "[__import__('builtins').__dict__.update(abs=__import__('operator').not_), 1][1]"
trees.to_tree = lambda value: ("node", "exp", [("text", code)])
root = sympy.Symbol("x")
"""
FORGED_NAME = """
import sympy
import autograder.grading.sealed.trees as trees

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
    _answers("garbage", "Writes random bytes to every socket that it holds.", WRONG_DOUBLE + GARBAGE, by="malformed"),
    _answers(
        "endless-frame",
        "Announces a message of 4 GB on every socket that it holds.",
        WRONG_DOUBLE + ENDLESS,
        by="malformed",
    ),
    _answers(
        "half-a-frame",
        "Begins a message on every socket that it holds, and never ends it.",
        WRONG_DOUBLE + HALF,
        by="deadlines",
    ),
    _answers("hang-up", "Closes every socket that it holds.", WRONG_DOUBLE + HANG_UP, by="closed"),
    _answers(
        "forged-frames",
        "Writes answers to tests, and results of tests, to every socket that it holds.",
        WRONG_DOUBLE + FORGED,
        by="malformed",
    ),
    _answers(
        "flood-of-frames",
        "Writes 120 MB of messages to every socket that it holds.",
        WRONG_DOUBLE + FLOOD,
        by="malformed",
    ),
    _answers(
        "patch-the-wire",
        "Replaces the code that writes what crosses, in its own process.",
        WRONG_DOUBLE + PATCHED,
        by="malformed",
    ),
    _answers(
        "patch-the-answering",
        "Replaces the code that answers the tests, in its own process.",
        WRONG_DOUBLE + PERFORM,
        by="odd",
        loses=ALL_BY_PERSON,
    ),
    _answers(
        "hours-for-the-supervisor",
        "Tells the supervisor, where it waits for outputs, an expression that sympy would be at for hours.",
        WRONG_DOUBLE + HOURS,
        by="bare",
    ),
    _answers(
        "exit-when-asked",
        "Answers SystemExit to whatever it is asked, also where no test calls anything.",
        WRONG_DOUBLE + EXIT,
        by="odd",
        effect="marks",
        loses={"double": 0.0, "hidden": 0.0, "apply": 0.0, "label": 0.0, "grad": 0.0},
    ),
    _answers(
        "more-names-than-asked-for",
        "Tells tests, with the names that they ask for, what abs, np and their own reference are.",
        WRONG_DOUBLE + MORE_NAMES,
        by="odd",
        effect="marks",
    ),
    _answers(
        "names-bound-anew",
        "Says after each call that abs, np and the test's own reference stand for something else now.",
        WRONG_DOUBLE + REBOUND,
        by="odd",
        effect="marks",
    ),
    _answers(
        "guessed-numbers",
        "Asks the tests' process, while a test waits, for all that might have a number there.",
        GUESSED,
        by="odd",
        effect="got",
    ),
    _answers(
        "references-to-nothing",
        "Answers with references to the tests' own objects, and to classes that nobody gave it.",
        REFERENCES,
        by="odd",
    ),
    _answers("huge-answer", "Answers with an array of 32 MB.", HUGE, by="odd", loses=BY_PERSON),
    _answers("huge-frame", "Answers with a frame of four million numbers.", HUGE_FRAME, by="odd", loses=BY_PERSON),
    _answers(
        "labels-with-one-hash",
        "Answers with 200,000 categories that have one hash: to file them takes the square of their number.",
        ONE_HASH,
        by="odd",
    ),
    _answers("virtual-array", "Answers with an array that claims 8 TB.", VIRTUAL, by="odd", loses=BY_PERSON),
    _answers("deep-answer", "Answers with lists nested 100,000 deep.", DEEP, by="odd", loses=BY_PERSON),
    _answers("circular-answer", "Answers with a list that contains itself.", CIRCLE, by="odd", loses=BY_PERSON),
    _answers("huge-integer", "Answers with an integer of 5 MB.", INTEGER, by="odd", loses=BY_PERSON),
    _answers("object-array", "Answers with an array of objects that are equal to everything.", OBJECTS, by="odd"),
    _answers(
        "strange-object",
        "Answers with an object that raises, or loops, however it is looked at.",
        STRANGE,
        by="odd",
        loses=BY_PERSON,
    ),
    _answers(
        "endless-iterator",
        "Answers with a sequence that never ends.",
        ENDLESS_ITERATOR,
        by="odd",
        loses=BY_PERSON | {"hidden": 0.0},
    ),
    _answers("error-that-loops", "Raises an exception that loops for ever when asked for its text.", SHOUTING),
    _answers("long-error", "Raises an exception with a text of 10 MB.", LONG_ERROR, effect="flood"),
    _answers(
        "error-of-a-metaclass",
        "Raises an exception whose class says that it is every class.",
        META,
        by="odd",
    ),
    _answers("quit-the-debugger", "Raises the one exception that IPython passes over in silence.", QUIT, by="odd"),
    _answers("exit-from-a-test", "Raises SystemExit when a test calls it.", EXITS, by="odd"),
    _answers("interrupt-a-test", "Raises KeyboardInterrupt when a test calls it.", INTERRUPTS, by="odd"),
    _answers("end-a-generator", "Raises GeneratorExit when a test calls it.", GENERATOR_EXIT, by="odd"),
    _answers(
        "hostile-signature",
        "Is a callable with a name of 10 MB and a signature that raises.",
        SIGNATURE,
        by="odd",
        loses=BY_PERSON,
    ),
    _answers("huge-expression", "Answers with an expression that takes for ever to compute.", EXPRESSION, by="odd"),
    Attack(
        "huge-number",
        "Answers with an expression that stands for a number of 300 GB.",
        "odd",
        "breaks",
        answers={"root": TOWER},
        loses={"root": 0.0},
    ),
    Attack(
        "million-calls",
        "Calls the function that a test handed it a million times.",
        "odd",
        "breaks",
        answers={"apply": CALLS},
        loses={"apply": 0.0},
    ),
    Attack(
        "nested-calls",
        "Has a test's function call it, and calls that function again, without end.",
        "odd",
        "breaks",
        answers={"apply": NEST},
        loses={"apply": None},
    ),
)
