"""Attacks by changing what answers the tests, in the student's own process: its code can be had there, and patched.

Each knows the modules of the sealed executor by their names. They gain nothing anywhere (``wires.py``).
"""

from __future__ import annotations

from corpus.attack import WRONG_DOUBLE, Attack, trouble

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
TRUSTED = """
import builtins, operator
from autograder.grading.sealed.inside import orders
from autograder.grading.sealed.trusted import asking, doubts, in_a_row, references_tests, tests

passed = {"outputs": [], "failed": False, "value": 1.0, "person": ""}
doubts.why = tests.why = lambda tried: ""
tests.Tests.test = orders._done = lambda *args, **kwargs: passed
asking.TestSide._call = lambda *args: 42.0
in_a_row.InARow.answer_to = lambda self, request: ("ok", 42.0, "", (), [], {})
references_tests.TestReferences.arrive = lambda self, how, described: 42.0
"""
PICKLED = (
    OWN_SIDE
    + """
import itertools, pickle

class Bomb:
    def __reduce__(self):
        return exec, ("import builtins, operator; builtins.abs = operator.not_",)

class Nothing: pass

bomb = pickle.dumps(Bomb())
ways = itertools.cycle([("lent", ("object", bomb)), ("lent", ("database", bomb)), ("raised", ("SystemExit", (0,)))])
honest = own.StudentReferences.leave
own.StudentReferences.leave = lambda self, value: next(ways) if type(value) is Nothing else honest(self, value)

def double(x):
    return Nothing()
"""
)
TOLD_AHEAD = (
    OWN_SIDE
    + """
from autograder.grading.sealed.crossing.wire import encode
def content(*args, **kwargs): return True
def tell(self, names):
    others = "np abs reference AssertionError check bowl float isinstance print __builtins__ x A".split()
    found = {name: self.cells.namespace.get(name) for name in names} | {"content": content}
    alike, modules = dict.fromkeys(others, "content"), {"np": "os", "check": "operator"}
    return encode(([*names, *others], (found, others, {}, modules, True, {}, alike)), self.references)
own.StudentSide.tell = tell
"""
)
GOES_ON = (
    OWN_SIDE
    + """
own._goes_on = lambda answer: True
calls = []

def grad(x, A):
    calls.append(1)
    return (A + A.T) @ x if len(calls) % 2 else 0 * x
"""
)
LOOKED_FOR = """
import gc, importlib, pkgutil, sys
import autograder.grading.sealed.trusted as trusted
from autograder.grading.sealed.inside import cells

rooms = [importlib.import_module(f"{trusted.__name__}.{room.name}") for room in pkgutil.iter_modules(trusted.__path__)]
classes = [kind for room in rooms for kind in vars(room).values() if isinstance(kind, type)]
theirs = tuple(kind for kind in classes if kind.__module__.startswith(trusted.__name__))
found = [type(thing).__name__ for thing in gc.get_objects() if type(thing) in theirs]
word = "quo" + "kka"
for name, module in list(sys.modules.items()):
    if name.startswith("autograder"):
        found += [key for key, value in list(vars(module).items()) if word in repr(value)[:100_000]]
found += [text for text in cells._KEPT if "reference" in text]
print("GOT" if found else "nothing", found)
"""


ATTACKS = (
    trouble(
        "exit-when-asked",
        "Answers SystemExit to whatever it is asked, also where no test calls anything.",
        WRONG_DOUBLE + EXIT,
        by="odd",
        effect="marks",
        loses=dict.fromkeys(("double", "hidden", "apply", "label", "grad", "triple", "moved"), 0.0),
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
        "patch-the-tests-modules",
        "Imports the modules that run tests, and has them find that all is well, in its own process.",
        WRONG_DOUBLE + TRUSTED,
        by="odd",
        effect="marks",
    ),
    trouble(
        "pickle-for-the-tests",
        "Answers with what a test lends, and nobody lends back: a pickle that would run where the tests are.",
        PICKLED,
        by="odd",
        effect="marks",
    ),
    trouble(
        "told-ahead",
        "Tells with the reply to a cell, before any test asks, what abs, np and the test's own reference stand for.",
        WRONG_DOUBLE + TOLD_AHEAD,
        by="odd",
        effect="marks",
    ),
    Attack(
        "go-on-whatever-comes",
        "Makes all calls of a row, also those after which a check makes no other; every second is right.",
        *("odd", "marks"),
        answers={"grad": GOES_ON},
        loses={"grad": 0.0},
    ),
    Attack(
        "look-for-the-tests-side",
        "Imports the modules that run tests, and looks for what the warm process may have left of them, and of tests.",
        *("odd", "got"),
        first=LOOKED_FOR,
    ),
)
