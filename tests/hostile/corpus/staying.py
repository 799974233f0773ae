"""Good answers, with cells beside them that leave something behind: a process, a file, a script that runs later."""

from __future__ import annotations

from corpus.attack import WRONG_DOUBLE, ZERO_DOUBLE, Attack

DAEMON = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        @FIRST@
        for number in range(600):
            time.sleep(0.2)
        os._exit(0)
    os._exit(0)
os.wait()
"""
DEAF = "for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)"
CLOSED = "os.closerange(0, 1000)"
PROGRAM = """
import subprocess
subprocess.Popen(["hostile-was-here", "120"], executable="/bin/sleep", start_new_session=True)
"""
THREAD = """
import threading, time
threading.Thread(target=lambda: [time.sleep(0.2) for _ in range(600)]).start()
"""
PLANT = """
import os
path = os.path.expanduser("@PATH@")
os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
with open(path, "a") as file:
    file.write("\\n# hostile-was-here\\n")
"""
USER_SITE = PLANT.replace('"@PATH@"', 'os.path.join(__import__("site").getusersitepackages(), "@PATH@")')
PACKAGES = PLANT.replace(
    'os.path.expanduser("@PATH@")', 'os.path.join(os.path.dirname(os.path.dirname(np.__file__)), "@PATH@")'
)
EXIT = "import atexit\natexit.register(lambda: open('/tmp/hostile-was-here', 'w'))"
FAKE_NUMPY = """
import sys

class Content:
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self

sys.modules[__name__] = Content()
"""
FAKE_CHECKS = """
class Question:
    def derivative(self, answer, points=1):
        return float(points)

class check:
    question = staticmethod(lambda **about: Question())
"""


def _plants(name: str, attempts: str, path: str, text: str = PLANT) -> Attack:
    return Attack(name, attempts, "stock", "stays", first=text.replace("@PATH@", path))


ATTACKS = (
    Attack(
        "daemon",
        "Leaves a process in a session of its own, forked twice.",
        "stock",
        "stays",
        first=DAEMON.replace("@FIRST@", "pass"),
    ),
    Attack(
        "deaf-daemon", "Leaves a process that ignores signals.", "stock", "stays", first=DAEMON.replace("@FIRST@", DEAF)
    ),
    Attack(
        "daemon-without-files",
        "Leaves a process that holds nothing open by which it could be found.",
        "stock",
        "stays",
        first=DAEMON.replace("@FIRST@", CLOSED),
    ),
    Attack("program", "Leaves another program running.", "stock", "stays", first=PROGRAM),
    _plants(
        "plant-startup",
        "Plants a script that every later IPython runs.",
        "~/.ipython/profile_default/startup/00-first.py",
    ),
    _plants(
        "plant-jupyter-config", "Plants a configuration that every later Jupyter reads.", "~/.jupyter/jupyter_config.py"
    ),
    _plants("plant-profile", "Plants lines that the instructor's shell runs.", "~/.bashrc"),
    _plants("plant-usercustomize", "Plants a module that every later Python imports.", "usercustomize.py", USER_SITE),
    _plants("plant-pth", "Plants a .pth file, whose lines every later Python runs.", "first.pth", USER_SITE),
    _plants("plant-sitecustomize", "Plants sitecustomize beside the installed packages.", "sitecustomize.py", PACKAGES),
    _plants("plant-in-tmp", "Leaves a file in /tmp for the next student to find.", "/tmp/hostile-was-here"),
    _plants(
        "plant-in-shared-memory", "Leaves a file in /dev/shm for the next student to find.", "/dev/shm/hostile-was-here"
    ),
    _plants(
        "plant-beside-the-course",
        "Plants a configuration that nbgrader reads as Python.",
        "@COURSE@/nbgrader_config.py",
    ),
    Attack("at-exit", "Registers what its process does when it ends.", "stock", "stays", first=EXIT),
    Attack(
        "module-beside-the-notebook",
        "Hands in a file numpy.py, which the given cell would import in the place of NumPy.",
        *("stock", "marks"),
        answers={"double": WRONG_DOUBLE},
        loses=ZERO_DOUBLE,
        files={"numpy.py": FAKE_NUMPY},
    ),
    Attack(
        "checks-beside-the-notebook",
        "Hands in a file autograder.py, whose checks give full marks.",
        *("stock", "marks"),
        answers={"grad": "def grad(x, A):\n    return 0 * x"},
        loses={"grad": 0.0},
        files={"autograder.py": FAKE_CHECKS},
    ),
)
