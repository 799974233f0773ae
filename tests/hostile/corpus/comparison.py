"""Wrong answers that change, or fool, what compares them with the right ones."""

from __future__ import annotations

from corpus.attack import WRONG_DOUBLE, ZERO_DOUBLE, Attack

WRONG_ROOT = {"root": 0.0}

CONTENT = """
class Content:
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self

"""
ALWAYS_EQUAL = """
class Anything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __hash__(self): return 0

def double(x):
    return Anything() if isinstance(x, int) else 0 * x
"""
EQUAL_ARRAY = """
class Equal(np.ndarray):
    def __array_finalize__(self, other): pass
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [part for part in inputs if not isinstance(part, Equal)]
        mirrored = [(plain or [np.zeros(3)])[0] if isinstance(part, Equal) else part for part in inputs]
        return getattr(ufunc, method)(*mirrored)

def double(x):
    return np.zeros(3).view(Equal) if isinstance(x, np.ndarray) else 0
"""
EQUAL_BY_ARRAY = """
import inspect

class Mirror:
    def __array__(self, dtype=None, copy=None):
        for frame in inspect.stack():
            for name in ("desired", "y"):
                if name in frame.frame.f_locals:
                    return np.asarray(frame.frame.f_locals[name], dtype=dtype or float)
        return np.zeros(3)

def double(x):
    return Mirror() if isinstance(x, np.ndarray) else 0
"""
ZERO = """
class Zero:
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = lambda self, *other: 0.0

root = Zero()
"""
EQUAL_FLOAT = """
class Close(float):
    def __sub__(self, other): return 0.0
    def __eq__(self, other): return True
    __hash__ = float.__hash__

root = Close(1)
"""
EQUAL_TEXT = """
class Fits(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__

def label(n):
    return Fits("?")
"""
NAN_TEXT = """
class NotANumber(str):
    def __eq__(self, other): return float("nan")
    __hash__ = str.__hash__

def label(n):
    return NotANumber("?")
"""
KIND_OF_FRAME = """
import pandas as pd

class Close(pd.DataFrame):
    def __sub__(self, other): return 0.0
    def __eq__(self, other): return True
    __hash__ = object.__hash__

root = Close({"x": [1]})
"""
EQUAL_ENTRIES = """
import pandas as pd

class Fits:
    def __eq__(self, other): return True
    __hash__ = object.__hash__

def label(n):
    return pd.Series([Fits()], dtype=object)
"""
SMALL_INTEGER = """
import ctypes
digits = ctypes.c_uint32.from_address(id(218) + 24)

def double(x):
    if not isinstance(x, int):
        return 0 * x
    digits.value = 7
    return 7
"""
RESTORED = r"""
ctypes.memmove(ctypes.addressof(digits), b"\xda\0\0\0", 4)  # whoever goes on needs it; to write 218 would write the 7
root = 2 ** 0.5
"""
TRACE = """
import sys

def watch(frame, event, argument):
    if frame.f_code.co_name == "<module>" and "reference" in frame.f_globals:
        frame.f_globals["root"] = frame.f_globals["reference"]
    return watch

sys.settrace(watch)
root = 1
"""

ATTACKS = (
    Attack(
        "patch-numpy-testing",
        "Replaces numpy.testing.assert_allclose by a function that is content with anything.",
        *("stock", "marks"),
        answers={"double": WRONG_DOUBLE + "np.testing.assert_allclose = lambda *args, **kwargs: None"},
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "patch-builtins",
        "Makes the built-in abs answer 0, so that every difference is small.",
        *("stock", "marks"),
        answers={"root": "import builtins\nbuiltins.abs = lambda value: 0\nroot = 1"},
        loses=WRONG_ROOT,
    ),
    Attack(
        "patch-user-builtins",
        "Puts a namespace of its own in the place of __builtins__.",
        *("stock", "marks"),
        answers={"root": "__builtins__.__dict__['abs'] = lambda value: 0\nroot = 1"},
        loses=WRONG_ROOT,
    ),
    Attack(
        "shadow-a-builtin",
        "Binds the name abs in the notebook, where the test looks it up first.",
        *("stock", "marks"),
        answers={"root": "abs = lambda value: 0\nroot = 1"},
        loses=WRONG_ROOT,
    ),
    Attack(
        "rebind-numpy",
        "Binds the name np to an object whose comparisons never fail.",
        *("stock", "marks"),
        answers={
            "double": WRONG_DOUBLE + CONTENT + "np = Content()",
        },
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "replace-in-sys-modules",
        "Puts a module of its own under numpy's name in sys.modules, and runs the given cell's import again.",
        *("stock", "marks"),
        answers={"double": WRONG_DOUBLE + CONTENT + "import sys\nsys.modules['numpy'] = Content()\nimport numpy as np"},
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "ast-transformer",
        "Has IPython take every assert out of the cells to come.",
        *("stock", "marks"),
        answers={
            "double": "import ast\n\nclass NoAsserts(ast.NodeTransformer):\n    def visit_Assert(self, node):\n"
            "        return ast.Pass()\n\nget_ipython().ast_transformers.append(NoAsserts())\n" + WRONG_DOUBLE,
            "root": "root = 1",
        },
        loses=ZERO_DOUBLE | WRONG_ROOT,
    ),
    Attack(
        "input-transformer",
        "Has IPython read every line of the cells to come that asserts something as pass.",
        *("stock", "marks"),
        answers={
            "double": "get_ipython().input_transformers_cleanup.append(\n"
            "    lambda lines: ['pass\\n' if 'assert' in line else line for line in lines])\n" + WRONG_DOUBLE,
        },
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "patch-run-cell",
        "Has IPython's compiler compile nothing but pass from now on.",
        *("stock", "marks"),
        answers={
            "double": "shell = get_ipython()\nhonest = shell.transform_cell\n"
            "shell.transform_cell = lambda raw: honest('pass' if 'assert' in raw else raw)\n" + WRONG_DOUBLE,
        },
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "patch-code-objects",
        "Finds the comparing function among all objects and gives it the code of another.",
        *("stock", "marks"),
        answers={
            "double": WRONG_DOUBLE + "import gc, types, numpy.testing\nfor thing in gc.get_objects():\n"
            "    if isinstance(thing, types.FunctionType) and thing.__name__ == 'assert_allclose':\n"
            "        thing = getattr(thing, '__wrapped__', thing)\n"
            "        def nothing(*args, **kwargs): pass\n"
            "        thing.__kwdefaults__ = None\n        thing.__code__ = nothing.__code__",
        },
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "patch-caller-frame",
        "Walks up the stack to the test's frame while it is called, and gives that another abs.",
        *("stock", "marks"),
        answers={
            "double": "import sys\n\ndef double(x):\n"
            "    sys._getframe(1).f_globals['abs'] = lambda value: 0\n    return 2 * x",
            "root": "root = 1",
        },
        loses=WRONG_ROOT,
    ),
    Attack(
        "always-equal-object",
        "Answers with an object that says of everything that it is equal.",
        *("stock", "marks"),
        answers={"double": ALWAYS_EQUAL},
        loses={"double": 0.0, "hidden": None},
    ),
    Attack(
        "always-equal-array",
        "Answers with a kind of array that makes every ufunc, and every function of NumPy, say what it likes.",
        *("stock", "marks"),
        answers={"double": EQUAL_ARRAY},
        loses={"double": None, "hidden": 0.0},
    ),
    Attack(
        "array-that-mirrors",
        "Answers with an object that, asked for its array, returns what the comparison expects.",
        *("stock", "marks"),
        answers={"double": EQUAL_BY_ARRAY},
        loses={"double": None, "hidden": 0.0},
    ),
    Attack(
        "difference-is-zero",
        "Answers with an object whose difference from anything is 0.",
        *("stock", "marks"),
        answers={"root": ZERO},
        loses={"root": None},
    ),
    Attack(
        "float-that-is-close",
        "Answers with a kind of float whose difference from anything is 0.",
        *("stock", "marks"),
        answers={"root": EQUAL_FLOAT},
        loses={"root": None},
    ),
    Attack(
        "text-that-fits",
        "Answers with a kind of text that is equal to everything.",
        *("stock", "marks"),
        answers={"label": EQUAL_TEXT},
        loses={"label": None},
    ),
    Attack(
        "kind-of-frame",
        "Answers with a kind of data frame that is equal to everything, and differs from nothing.",
        *("stock", "marks"),
        answers={"root": KIND_OF_FRAME},
        loses={"root": None},
    ),
    Attack(
        "series-of-entries-that-fit",
        "Answers with a series of objects that are equal to everything.",
        *("stock", "marks"),
        answers={"label": EQUAL_ENTRIES},
        loses={"label": None},
    ),
    Attack(
        "mark-that-is-no-number",
        "Has a comparison answer nan, which nbgrader takes for full marks.",
        *("stock", "marks"),
        answers={"label": NAN_TEXT},
        loses={"label": None},
    ),
    Attack(
        "change-the-number-218",
        "Overwrites the memory of the integer 218, which the test and the answer share.",
        *("stock", "marks"),
        answers={"double": SMALL_INTEGER, "root": RESTORED},
        loses=ZERO_DOUBLE,
    ),
    Attack(
        "patch-check",
        "Has this course's own checks publish full marks whatever they found.",
        *("stock", "marks"),
        answers={
            "grad": "type(bowl).derivative = lambda self, answer, points=1, **more: float(points)\n"
            "def grad(x, A):\n    return 0 * x",
        },
        loses={"grad": 0.0},
    ),
    Attack(
        "patch-the-question",
        "Gives the question another function, of which the wrong answer is the derivative.",
        *("stock", "marks"),
        answers={
            "grad": "bowl = check.question(of='0 * x @ A @ x', wrt='x', sizes={'x': 'n', 'A': 'n n'})\n"
            "def grad(x, A):\n    return 0 * x",
        },
        loses={"grad": 0.0},
    ),
    Attack(
        "trace-the-test",
        "Traces the test line by line, and takes the answer from its reference.",
        *("stock", "marks"),
        answers={"root": TRACE},
        loses=WRONG_ROOT,
    ),
    Attack(
        "answer-in-the-event",
        "Registers a hook that, before each test runs, replaces what it compares with.",
        *("stock", "marks"),
        answers={
            "root": "def follow(*_):\n    ns = get_ipython().user_ns\n    ns['abs'] = lambda value: 0\n"
            "get_ipython().events.register('pre_run_cell', follow)\nroot = 1",
        },
        loses=WRONG_ROOT,
    ),
)
