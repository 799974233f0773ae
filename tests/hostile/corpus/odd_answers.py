"""Odd answers: values, objects and exceptions that are no attack, or make trouble by what they are.

Most gain nothing anywhere: those are here because they must cost nothing else.
"""

from __future__ import annotations

from corpus.attack import Attack, trouble

BY_PERSON: dict[str, float | None] = {"double": None, "hidden": None}


HUGE = "def double(x):\n    return np.zeros(4_000_000)"
HUGE_FRAME = "import pandas as pd\ndef double(x):\n    return pd.DataFrame(np.zeros((4000, 1000)))"
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
NO_ARGUMENTS = """
class Loud(Exception):
    args = property(lambda self: 1 / 0)

def double(x):
    raise Loud("loud")
"""
LONG_NAME = """
def double(x):
    error = type("A" * 9_000_000, (Exception,), {})("loud")
    error.add_note("n" * 9_000_000)
    error.more = "m" * 9_000_000
    raise error
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


ATTACKS = (
    trouble("huge-answer", "Answers with an array of 32 MB.", HUGE, by="odd", loses=BY_PERSON),
    trouble("huge-frame", "Answers with a frame of four million numbers.", HUGE_FRAME, by="odd", loses=BY_PERSON),
    trouble("virtual-array", "Answers with an array that claims 8 TB.", VIRTUAL, by="odd", loses=BY_PERSON),
    trouble("deep-answer", "Answers with lists nested 100,000 deep.", DEEP, by="odd", loses=BY_PERSON),
    trouble("circular-answer", "Answers with a list that contains itself.", CIRCLE, by="odd", loses=BY_PERSON),
    trouble("huge-integer", "Answers with an integer of 5 MB.", INTEGER, by="odd", loses=BY_PERSON),
    trouble("object-array", "Answers with an array of objects that are equal to everything.", OBJECTS, by="odd"),
    trouble(
        "strange-object",
        "Answers with an object that raises, or loops, however it is looked at.",
        STRANGE,
        by="odd",
        loses=BY_PERSON,
    ),
    trouble(
        "endless-iterator",
        "Answers with a sequence that never ends.",
        ENDLESS_ITERATOR,
        by="odd",
        loses=BY_PERSON | {"hidden": 0.0},
    ),
    trouble("error-that-loops", "Raises an exception that loops for ever when asked for its text.", SHOUTING),
    trouble("long-error", "Raises an exception with a text of 10 MB.", LONG_ERROR, effect="flood"),
    trouble(
        "error-without-arguments",
        "Raises an exception whose class raises another when it is asked for its arguments.",
        NO_ARGUMENTS,
        by="odd",
    ),
    trouble(
        "long-name-of-an-error", "Raises an exception with a name, a note and a part of 9 MB.", LONG_NAME, by="odd"
    ),
    trouble(
        "error-of-a-metaclass",
        "Raises an exception whose class says that it is every class.",
        META,
        by="odd",
    ),
    trouble("quit-the-debugger", "Raises the one exception that IPython passes over in silence.", QUIT, by="odd"),
    trouble("exit-from-a-test", "Raises SystemExit when a test calls it.", EXITS, by="odd"),
    trouble("interrupt-a-test", "Raises KeyboardInterrupt when a test calls it.", INTERRUPTS, by="odd"),
    trouble("end-a-generator", "Raises GeneratorExit when a test calls it.", GENERATOR_EXIT, by="odd"),
    trouble(
        "hostile-signature",
        "Is a callable with a name of 10 MB and a signature that raises.",
        SIGNATURE,
        by="odd",
        loses=BY_PERSON,
    ),
    trouble("huge-expression", "Answers with an expression that takes for ever to compute.", EXPRESSION, by="odd"),
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
