"""Cells that take all there is of something, or never end; good answers around them must keep their marks.

Each is bounded: it takes some times what is allowed, and not all that a machine has.
"""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_code_cell

from corpus.attack import WRONG_DOUBLE, ZERO_DOUBLE, Attack, Effect

FORKS = """
import os, time
children = []
try:
    for _ in range(80):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
except OSError:
    pass
if len(children) > 50:
    print("GOT", len(children), "processes")
"""
FORK_TREE = """
import os, time
first, (read, write) = os.getpid(), os.pipe()
try:
    for _ in range(7):
        os.fork()
except OSError:
    pass
os.write(write, b".")
time.sleep(2 if os.getpid() == first else 60)
told = len(os.read(read, 1000))
if told > 100:
    print("GOT", told, "processes")
"""
TWIN = "import os\nos.fork()"
TWINS = "import os\nfor _ in range(3): os.fork()"
THREADS = """
import threading, time
started = 0
try:
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        started += 1
except RuntimeError:
    pass
if started > 100:
    print("GOT", started, "threads")
"""
BURNING_THREADS = """
import threading
def burn():
    while True:
        pass
for _ in range(3):
    threading.Thread(target=burn, daemon=True).start()
"""
ARRAY = "big = np.ones(150_000_000, np.uint8) if False else np.full(900_000_000, 1, np.uint8)\nprint('GOT', big.nbytes)"
LIST = """
pieces = []
try:
    for _ in range(90):
        pieces.append(bytes(10_000_000))
        pieces[-1][0]
except MemoryError:
    pass
size = sum(map(len, pieces))
pieces = None
if size > 600_000_000:
    print("GOT", size)
"""
BIG_FILE = """
try:
    with open("big", "wb") as file:
        for _ in range(60):
            file.write(bytes(1_000_000))
except OSError:
    pass
import os
if os.path.getsize("big") > 50_000_000:
    print("GOT", os.path.getsize("big"))
"""
MANY_FILES = """
written = 0
try:
    for number in range(12):
        with open(f"/tmp/part-{number}", "wb") as file:
            for _ in range(7):
                file.write(bytes(1_000_000))
                written += 1_000_000
except OSError:
    pass
if written > 50_000_000:
    print("GOT", written)
"""
INODES = """
import os
made = 0
os.makedirs("many")
try:
    for number in range(20_000):
        open(f"many/{number}", "w").close()
        made += 1
except OSError:
    pass
if made > 15_000:
    print("GOT", made, "files")
"""
SPARSE = """
import os
try:
    with open("sparse", "wb") as file:
        file.truncate(1 << 36)
    print("GOT", os.path.getsize("sparse"))
except OSError:
    pass
"""
DESCRIPTORS = """
import os
held = []
try:
    for _ in range(900):
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
if len(held) > 500:
    print("GOT", len(held), "files at once")
for number in held:
    os.close(number)
"""
FLOOD = "line = 'x' * 9_999\nfor _ in range(300): print(line)"
ERRORS = "import sys\nfor _ in range(300): sys.stderr.write('x' * 9_999)"
DISPLAYS = "for _ in range(3000): display({'text/plain': 'y' * 999}, raw=True)"
IMAGE = "display({'image/png': 'A' * 3_000_000, 'text/plain': ''}, raw=True)"
REPR = """
class Long:
    def __repr__(self):
        return "z" * 3_000_000
Long()
"""
TRACEBACK = "raise ValueError('w' * 3_000_000)"
CHAIN = """
problem = None
for number in range(2000):
    try:
        raise ValueError(str(number) * 900) from problem
    except ValueError as error:
        problem = error
raise problem
"""
LOOP = "while True: pass"
STUBBORN = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
POWER = "value = 3 ** (10 ** 9)"
REGEX = "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"
RECURSION = """
import sys
sys.setrecursionlimit(1 << 30)
def deeper(_):
    return sorted([0], key=deeper)
deeper(0)
"""
STOP = "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"
ALARM = """
import signal
def again(*_):
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while True:
        pass
signal.signal(signal.SIGALRM, again)
signal.setitimer(signal.ITIMER_REAL, 0.001)
while True:
    pass
"""
DEAF = """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    pass
"""
SEGFAULT = "import ctypes\nctypes.string_at(0)"
LEAVE = "import os\nos._exit(0)"
ABORT = "import os\nos.abort()"
SLEEP = "import time\ntime.sleep(3600)"
AWAIT = "import asyncio\nawait asyncio.sleep(3600)"
EXIT_HOOK = """
import sys
class Never:
    def __del__(self):
        while True:
            pass
sys.never = Never()
"""

NAMELESS = """
class Meta(type):
    @property
    def __name__(cls): raise SystemExit
class Nameless(Exception, metaclass=Meta): pass
raise Nameless
"""


def _add_cells(notebook: Any) -> None:
    notebook.cells[1:1] = [new_code_cell(f"print('{number:03}' * 6000)") for number in range(60)]


def _takes(name: str, attempts: str, text: str, effect: Effect = "got", by: str = "stock") -> Attack:
    return Attack(name, attempts, by, effect, first=text)


def _ends(name: str, attempts: str, text: str, by: str = "stock") -> Attack:
    """Written into an answer: the answer is lost, whatever is below it is not."""
    answers = {"double": WRONG_DOUBLE + text}
    return Attack(name, attempts, by, "breaks", answers=answers, loses=ZERO_DOUBLE)


def _ends_test(name: str, attempts: str, text: str) -> Attack:
    """Done by the answer when a test calls it."""
    lines = "\n".join("    " + line for line in text.strip().splitlines())
    return Attack(
        name, attempts, "stock", "breaks", answers={"apply": f"def apply(f, x):\n{lines}"}, loses={"apply": 0.0}
    )


ATTACKS = (
    _takes("many-processes", "Starts 80 processes.", FORKS),
    _takes("fork-tree", "Forks, and has all its forks fork.", FORK_TREE),
    _takes("a-twin", "Forks, and both go on with the notebook.", TWIN, "stays", "odd"),
    _takes("many-twins", "Forks three times over, and all eight go on with the notebook.", TWINS, "stays", "odd"),
    _takes("many-threads", "Starts 300 threads.", THREADS),
    _takes("big-array", "Makes an array of 900 MB.", ARRAY),
    _takes("growing-list", "Has a list grow to 900 MB.", LIST),
    _takes("big-file", "Writes a file of 60 MB.", BIG_FILE),
    _takes("many-large-files", "Writes 84 MB into files of 7 MB.", MANY_FILES),
    _takes("many-small-files", "Makes 20,000 empty files.", INODES),
    _takes("sparse-file", "Makes a file that claims to have 64 GB.", SPARSE),
    _takes("many-descriptors", "Opens 900 files at once.", DESCRIPTORS),
    _takes("flood-of-text", "Prints 3 MB.", FLOOD, "flood"),
    _takes("flood-of-errors", "Writes 3 MB to stderr.", ERRORS, "flood"),
    _takes("flood-of-displays", "Shows 3,000 things.", DISPLAYS, "flood"),
    _takes("large-image", "Shows an image of 3 MB that is none.", IMAGE, "flood"),
    _takes("large-repr", "Ends a cell with an object that describes itself in 3 MB.", REPR, "flood"),
    _takes("large-traceback", "Raises an exception with a text of 3 MB.", TRACEBACK, "flood"),
    Attack(
        "flood-of-cells",
        "Adds 60 cells, each of which prints nearly all that a cell may.",
        *("stock", "flood"),
        change=_add_cells,
    ),
    _takes(
        "nameless-exception",
        "Raises an exception whose class raises when it is asked for its name.",
        NAMELESS,
        "breaks",
        "odd",
    ),
    _takes("long-chain", "Raises the last of 2,000 exceptions, each from the one before.", CHAIN, "breaks"),
    _ends("stubborn-loop", "Loops for ever, and catches every interrupt.", STUBBORN),
    _ends(
        "long-power", "Computes a power in one step of the interpreter that takes hours.", POWER, "deadlines and limits"
    ),
    _ends("slow-pattern", "Matches a pattern that takes exponential time.", REGEX, "deadlines and limits"),
    _ends("deep-recursion", "Recurses in C until the stack overflows.", RECURSION),
    _ends("stop-itself", "Stops its own process, without ending it.", STOP),
    _ends("alarm-in-alarm", "Has an alarm go off, again and again, in a handler that never returns.", ALARM, "odd"),
    _ends("deaf-loop", "Handles and blocks all signals, and loops.", DEAF),
    _ends("segfault", "Reads from address 0.", SEGFAULT),
    _ends("leave", "Ends its process as if nothing were wrong.", LEAVE),
    _ends("abort", "Has the C library abort its process.", ABORT),
    _ends_test("loop-in-a-test", "Loops for ever, and catches every interrupt, when a test calls it.", STUBBORN),
    _ends_test("leave-in-a-test", "Ends its process when a test calls it.", LEAVE),
    _ends_test("segfault-in-a-test", "Crashes when a test calls it.", SEGFAULT),
    _takes("sleep", "Sleeps for an hour.", SLEEP, "breaks", "deadlines"),
    _takes("await", "Awaits what never comes.", AWAIT, "breaks", "deadlines"),
    _takes("loop", "Loops for ever.", LOOP, "breaks", "deadlines and limits"),
    _takes("burning-threads", "Leaves threads that compute for ever.", BURNING_THREADS, "breaks", "odd"),
    _takes("never-dies", "Leaves an object that loops for ever when its process ends.", EXIT_HOOK, "breaks", "odd"),
)
