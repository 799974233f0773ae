"""Proves how far student code is sealed off, by trying to get out: a small hostile notebook, run as any submission is.

Separate from the list of what is installed, because what is installed proves nothing: a kernel may forbid what its
version promises, and a container may have taken away what the kernel has.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell

from autograder.grading.rebuild import Blueprint, rebuild
from autograder.grading.sealed import Limits, Sealed
from autograder.grading.sealed.supervisor.launch import Isolation
from autograder.grading.sealed.supervisor.place import Place
from autograder.grading.work import Task

REACHED = "reached"
FIRST = "print('the notebook', 'runs')"
RUNS = "the notebook runs"
NOTEBOOK = "notebook"


@dataclass(frozen=True)
class Trial:
    """One thing that student code tries to get at.

    Args:
        what: what it is, as a row of a table names it.
        cell: the code; it prints ``reached`` where nothing outside of the sandbox would show that it was.
        always: whether it is refused without namespaces too.
    """

    what: str
    cell: str
    always: bool = False


TRIALS = (
    Trial("read a file of yours", 'print(open("@FOLDER@/planted").read())'),
    Trial("write a file of yours", 'open("@FOLDER@/written", "w").close()'),
    Trial(
        "reach a server of this machine", 'import socket\nsocket.create_connection(("127.0.0.1", @PORT@), 2).send(b"!")'
    ),
    Trial(
        "see other processes",
        "import os\nothers = {name for name in os.listdir('/proc') if name.isdigit()}\n"
        "print('reached' if others - {str(os.getpid()), str(os.getppid())} else '')",
    ),
    Trial(
        "open more files than it may",
        "import os\nheld = [os.open(os.devnull, os.O_RDONLY) for _ in range(2 * @FILES@)]\nprint('reached')",
        always=True,
    ),
    Trial(
        "see a test",
        "import sys\n\ndef answer():\n    word = '@WORD@'[::-1]\n    frame, texts = sys._getframe().f_back, []\n"
        "    while frame:\n        texts.append(str(frame.f_locals) + str(frame.f_code.co_consts))\n"
        "        frame = frame.f_back\n    texts += get_ipython().user_ns['In']\n"
        "    return any(word in text for text in texts)",
        always=True,
    ),
)
"""In the order in which they are tried; the last is called by a test that has the word in it."""


@dataclass(frozen=True)
class Proof:
    """What came of the trials.

    Args:
        ran: whether the notebook ran at all; if not, nothing is proved.
        refused: for each trial, whether it was refused.
    """

    ran: bool
    refused: Mapping[str, bool] = field(default_factory=dict)


def prove(isolation: Isolation, executor: Any = None) -> Proof:
    """Run the hostile notebook, and look at what it has reached.

    Args:
        isolation: how it is kept apart.
        executor: what runs it; by default a sealed one of that kind.

    Raises:
        CannotIsolate: this machine cannot keep it apart in this way.
    """
    with Place() as own, _server() as (port, heard):
        place, planted, word = own.path, secrets.token_hex(8), secrets.token_hex(8)
        place.chmod(0o755)  # whatever keeps student code out of it, it is not this folder's own lock
        (place / "planted").write_text(planted, encoding="ascii")
        if executor is None:
            with Sealed(isolation) as executor:
                ran = executor.run(_task(place, port, word))
        else:
            ran = executor.run(_task(place, port, word))
        said = _said(ran.notebooks[NOTEBOOK])
        reached = [
            planted in said[0],
            (place / "written").exists(),
            bool(heard),
            *(REACHED in text for text in said[3:5]),
            "True" in said[-1],
        ]
    return Proof(RUNS in said[-2], {trial.what: not got for trial, got in zip(TRIALS, reached, strict=True)})


def _task(place: Path, port: int, word: str) -> Task:
    """The notebook as a submission: trials as cells, the last one as an answer with its test, and a sign of life."""
    limits = Limits(cell_seconds=10, notebook_seconds=30)
    places = {"@FOLDER@": str(place), "@PORT@": str(port), "@WORD@": word[::-1], "@FILES@": str(limits.open_files)}
    *cells, answer = [new_code_cell(_filled(trial.cell, places)) for trial in TRIALS]
    plans = (
        Blueprint("answer", "code", "", solution=True),
        Blueprint("alive", "code", "", solution=True),
        Blueprint("test", "code", f"print(answer())  # {word}", locked=True, grade=True, points=1.0),
    )
    named = [_named(answer, "answer"), _named(new_code_cell(FIRST), "alive")]
    notebook = rebuild([*cells, *named], plans)
    return Task("doctor", "doctor", {NOTEBOOK: json.dumps(notebook)}, {NOTEBOOK: plans}, {}, {}, {}, limits)


def _filled(text: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(name, value)
    return text


def _named(cell: Any, name: str) -> Any:
    cell.metadata["nbgrader"] = {"grade_id": name}
    return cell


def _said(notebook: str) -> list[str]:
    """What each cell has printed."""
    cells = json.loads(notebook)["cells"]
    return ["".join(text for out in cell["outputs"] for text in out.get("text", ())) for cell in cells]


@contextmanager
def _server() -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback that notes who calls."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    heard.append(b"!")
                    caller.close()

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], heard
